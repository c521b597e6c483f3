"""
Whose order it is that the venue has under a tag of ours.

    a claim of the log has the tag            ─▶ that order
    the tag is derived of an order here       ─▶ that order: the log has lost its claim; a person looks
    neither                                   ─▶ an order of its own, found at the venue; a person looks

Each order that is found is owned from then on: in its account's book, followed, and cancelled like any other.
"""

from collections.abc import Iterable, Mapping
from typing import Final
from uuid import UUID

from tastyflow.application.context import Context
from tastyflow.application.incidents import open_incident
from tastyflow.application.ledger.lookup import Lookup
from tastyflow.application.ledger.read_models import CLAIM, ReadModels
from tastyflow.application.ledger.transaction import Transaction
from tastyflow.application.reconciling.head import doubt_the_log
from tastyflow.domain.book import Book
from tastyflow.domain.events import Because
from tastyflow.domain.incident import IncidentKind
from tastyflow.domain.order import Order
from tastyflow.domain.order.events import EscalationReason, OrderFoundAtVenue, SubmissionClaimed
from tastyflow.domain.order.submission import external_id, tag_prefix
from tastyflow.domain.venue import Account, BrokerOrder, Venue

CLAIMED: Final = (SubmissionClaimed.TOPIC, OrderFoundAtVenue.TOPIC)
"""What says whose a tag is."""

BEHIND: Final = (
    "Production has orders with our tags that the log does not know: its end was lost, or another one trades."
)
"""What such an order says of the log."""

NEWEST: Final = 500
"""How many of the newest orders a tag is derived of, to know whose it is, also where its claim is missing."""

TRIES: Final = 9
"""How many attempts of an order are known by its id alone."""


def is_ours(snapshot: BrokerOrder) -> bool:
    """Whether *snapshot*, of production, has a tag of ours."""
    return (snapshot.external_id or "").startswith(tag_prefix(Venue.PRODUCTION))


class Owners:
    """Finds the owner of what production shows, and makes one where there is none."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._lookup = Lookup(context.ledger)
        self._derived: Mapping[str, tuple[UUID, int]] | None = None

    def owner_of(self, snapshot: BrokerOrder) -> Order | None:
        """
        The order whose claim has the tag of *snapshot*; None where the log has none.

        Whose tag it is of the newest orders is derived, and of the others it is in the read models. That no order has
        it, the log alone says.
        """
        tag, ledger = snapshot.external_id or "", self._context.ledger
        if (known := self._without_claim(tag)) is not None:
            order = ledger.read(Order, known[0])
            if order is not None and any(each.external_id == tag for each in order.attempts):
                return order
        for found in ReadModels(ledger).streams(CLAIM, tag, limit=1) or ():
            order = ledger.read(Order, found)
            if order is not None and any(each.external_id == tag for each in order.attempts):
                return order
        owner = ledger.log.holding(CLAIMED, tag)
        return None if owner is None else ledger.read(Order, owner)

    async def take_up(self, snapshot: BrokerOrder) -> Order:
        """The order that *snapshot*, whose tag no claim has, belongs to from now on; as recorded."""
        known = self._without_claim(snapshot.external_id or "")
        if known is not None:
            return await self._as_attempt(*known, snapshot)
        return await self._as_order(snapshot, await self._context.account.account())

    def _without_claim(self, tag: str) -> tuple[UUID, int] | None:
        if self._derived is None or tag not in self._derived:
            orders = (order.id for order in self._lookup.everyones_open())
            self._derived = derived_tags((*orders, *self._lookup.newest_ids(NEWEST)))
        return self._derived.get(tag)

    async def _as_attempt(self, order_id: UUID, attempt: int, snapshot: BrokerOrder) -> Order:
        message = f"Production has it as {snapshot.broker_order}, and the log has no claim of it."

        def decide(tx: Transaction) -> None:
            order = tx.require(Order, order_id)
            if any(each.external_id == snapshot.external_id for each in order.attempts):
                return  # another process was first
            why = self._why(snapshot)
            account = self._context.account_name
            tx.record(
                order.find_unclaimed(
                    attempt, broker_order=snapshot.broker_order, account=account, message=message, why=why
                )
            )
            found = tx.require(Order, order_id)
            tx.record(found.escalate(reason=EscalationReason.UNCLAIMED, message=message, why=why))
            doubt_the_log(tx, self._context, BEHIND, why)

        return await self._context.change(order_id, decide)

    async def _as_order(self, snapshot: BrokerOrder, account: Account) -> Order:
        order_id = Order.found_id(snapshot.external_id or "")
        message = f"Production has order {snapshot.broker_order} with a tag of ours, and the log knows nothing of it."
        stands = "is followed: cancel it, or let it work"
        if snapshot.status.is_terminal:
            stands = f"is {snapshot.status} there: what it filled is in the account"

        def decide(tx: Transaction) -> None:
            if tx.get(Order, order_id) is not None:
                return  # another process was first
            why, book = self._why(snapshot), Book.id_of(account)
            if tx.get(Book, book) is None:
                tx.record(Book.open(account, why=why))
            tx.record(
                Order.found(
                    snapshot,
                    message=message,
                    book=book,
                    environment=self._context.environment,
                    account=self._context.account_name,
                    is_simulated=self._context.is_simulated,
                    why=why,
                )
            )
            doubt_the_log(tx, self._context, BEHIND, why)
            open_incident(
                tx,
                IncidentKind.UNKNOWN_ORDER,
                snapshot.external_id or "",
                message=message,
                hint=f"It is order {order_id.hex[:6]} here, and {stands}.",
                order=order_id,
                account=self._context.account_name,
                environment=self._context.environment,
                why=why,
            )

        return await self._context.change(order_id, decide)

    def _why(self, snapshot: BrokerOrder) -> Because:
        clock, cause = self._context.clock, f"venue:{snapshot.external_id}"
        return Because(actor="reconciler", cause=cause, command_id=cause, at=clock.now(), mark=clock.mark())


def derived_tags(orders: Iterable[UUID]) -> dict[str, tuple[UUID, int]]:
    """The tag of each attempt in production that one of *orders* could have made."""
    return {
        external_id(order, Venue.PRODUCTION, number): (order, number)
        for order in dict.fromkeys(orders)
        for number in range(1, TRIES + 1)
    }
