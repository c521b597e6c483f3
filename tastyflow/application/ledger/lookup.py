"""
Reading what was recorded: orders by reference, the newest ones, those still open; traders. Nothing is changed here.

    the log's indexes ─▶ ids ─▶ the ledger ─▶ aggregates, as durable and as new as the log
"""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from tastyflow.application.ledger.codec import decode
from tastyflow.application.ledger.ledger import Ledger
from tastyflow.application.ledger.read_models import TRADER, ReadModels
from tastyflow.domain.order import Order
from tastyflow.domain.order.events import OrderDrafted, OrderFoundAtVenue, OrderRefused
from tastyflow.domain.trader import Trader, TraderRegistered
from tastyflow.errors import Refused

BIRTHS: Final = (OrderDrafted.TOPIC, OrderRefused.TOPIC, OrderFoundAtVenue.TOPIC)
SCAN: Final = 500
"""How many of the newest orders are looked through for those of one trader, where the read models lag behind."""
MANY: Final = 20
"""How many orders that a reference may name are read, to say whose they are."""


class Lookup:
    """Finds orders and traders in one ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def by_id(self, order_id: UUID) -> Order:
        """
        Raises:
            Refused: code ``unknown_order``.
        """
        order = self._ledger.read(Order, order_id)
        if order is None:
            raise _unknown(order_id.hex[:6])
        return order

    def find(self, reference: str, *, of: Trader | None = None) -> Order:
        """
        The order that *reference* names: the first digits of its id, the whole id, or ``last``.

        Args:
            of: Only among this trader's orders.

        Raises:
            Refused: code ``unknown_order`` or ``ambiguous_order``, with the candidates.
        """
        if reference.lower() == "last":
            newest = self.newest_orders(1, of=of)
            if not newest:
                raise Refused("There is no order yet.", code="unknown_order")
            return newest[0]
        prefix = reference.lower().lstrip("#").replace("-", "")
        if not re.fullmatch(r"[0-9a-f]{1,32}", prefix):
            raise _unknown(reference)
        ids = self._ledger.log.select(BIRTHS, prefix=prefix, limit=MANY + 1)
        if len(ids) > MANY:
            hint = "Type more of its digits."
            raise Refused(f"{reference!r} names more than {MANY} orders.", code="ambiguous_order", hint=hint)
        orders = [order for order in self._read(ids) if of is None or order.asked.trader == of.id]
        if not orders:
            raise _unknown(reference)
        if len(orders) > 1:
            named = ", ".join(order.id.hex[:10] for order in orders[:5])
            raise Refused(f"{reference!r} names several orders.", code="ambiguous_order", hint=f"Say which: {named}.")
        return orders[0]

    def newest_orders(self, limit: int, *, of: Trader | None = None, among: int = SCAN) -> tuple[Order, ...]:
        """
        The newest orders, newest first; refused ones too.

        Args:
            of: Only this trader's; where the read models lag behind, of the newest *among* orders of all.
        """
        ids: Sequence[UUID] | None = None
        if of is not None:
            ids = ReadModels(self._ledger).streams(TRADER, of.id.hex, limit=limit)
        if ids is None:
            ids = self._ledger.log.begun(BIRTHS, limit=limit if of is None else among)
        mine = (order for order in self._read(ids) if of is None or order.asked.trader == of.id)
        return tuple(order for order, _ in zip(mine, range(limit), strict=False))

    def newest_ids(self, limit: int) -> Sequence[UUID]:
        """The ids of the newest orders, newest first; no order is read."""
        return self._ledger.log.begun(BIRTHS, limit=limit)

    def last_open(self, trader: Trader, instead: Callable[[str], str]) -> Order:
        """
        The newest order of *trader*: the one that ``last`` names everywhere, if it is open.

        Args:
            instead: The command that names another order, by its reference.

        Raises:
            Refused: code ``unknown_order``; or ``last_is_over``, naming the newest one that is open.
        """
        last = self.find("last", of=trader)
        if last.id in trader.reserved:
            return last
        about = f"Your last order, {last.reference}, is {last.stage} already."
        open_orders = self.open_orders([trader])
        if not open_orders:
            raise Refused(about, code="last_is_over", hint="No order of yours is open.")
        newest = max(open_orders, key=lambda order: order.asked_at)
        raise Refused(
            about,
            code="last_is_over",
            hint=f"The newest one that is open is {newest.reference}: {newest.words}.",
            suggestions=(instead(newest.reference),),
        )

    def traders(self) -> tuple[Trader, ...]:
        """Every trader, in the order of registration."""
        ids = self._ledger.log.select((TraderRegistered.TOPIC,), newest_first=False)
        return tuple(t for t in (self._ledger.read(Trader, trader_id) for trader_id in ids) if t)

    def open_orders(self, traders: Sequence[Trader]) -> tuple[Order, ...]:
        """The orders of *traders* that are not over: exactly those that hold a reservation."""
        return tuple(self._read(order_id for trader in traders for order_id in trader.reserved))

    def everyones_open(self) -> tuple[Order, ...]:
        """Every order that is not over: of all traders, and what was found at the venue and belongs to none."""
        found = self._read(self._ledger.log.select((OrderFoundAtVenue.TOPIC,), newest_first=False))
        ownerless = (order for order in found if order.asked.trader is None and not order.stage.is_over)
        return (*self.open_orders(self.traders()), *ownerless)

    def recorded_at(self, position: int) -> datetime | None:
        """When the event at *position* of the log, or the next one, was recorded; None where there is none."""
        rows = self._ledger.next_rows(after=position - 1, limit=1) if position > 0 else ()
        for row in rows:
            if isinstance(row.originator_id, UUID):
                return decode(row.topic, row.originator_id, row.originator_version, row.state).at
        return None

    def _read(self, ids: Iterable[UUID]) -> Iterable[Order]:
        return (order for order in (self._ledger.read(Order, order_id) for order_id in ids) if order)


def _unknown(reference: str) -> Refused:
    return Refused(f"There is no order {reference[:40]!r}.", code="unknown_order", hint="Type 'orders' to see yours.")
