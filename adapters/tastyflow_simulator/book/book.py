"""
The account and order book of one side of the simulator: JSON in, JSON out, and time is an argument.

    place, replace, cancel ─▶ settle what is due ─▶ read the body ─▶ the checks ─▶ a number ─▶ on its way
    order, live, history, positions, balances … ─▶ settle what is due ─▶ look
    listen ─▶ every change as the streamer tells it, in order of happening

Nothing here waits, and no thread but one may call. What is not due is not done: `next_due` says when to `settle` again.
"""

import random
from datetime import datetime
from decimal import Decimal
from typing import Any

from attrs import evolve

from tastyflow_simulator.book import account_reports, cancel_replace, checks, complex_orders, end_of_day, routing
from tastyflow_simulator.book.checks import Admission
from tastyflow_simulator.book.formats import Json
from tastyflow_simulator.book.order_json import order_json
from tastyflow_simulator.book.orders import Order, Status
from tastyflow_simulator.book.placing import accept, effects, keep_refused, tried
from tastyflow_simulator.book.ports import Hazards, Market
from tastyflow_simulator.book.position_checks import Circumstances
from tastyflow_simulator.book.requests import OrderRequest, read_order
from tastyflow_simulator.book.state import State
from tastyflow_simulator.book.views import Views
from tastyflow_simulator.errors import ApiError
from tastyflow_simulator.options import Options, Side


class Book(Views):
    """
    One account of one side.

    Args:
        luck: Where made-up identifiers come from; the same seed tells the same story.
    """

    def __init__(
        self,
        *,
        account: str,
        market: Market,
        options: Options,
        side: Side,
        luck: random.Random,
        hazards: Hazards,
        orders_from: int = 0,
    ) -> None:
        super().__init__(State(account, side, options, market, luck, hazards, orders_from=orders_from))

    # orders

    def dry_run(self, body: object, now: datetime) -> Json:
        """
        Ask every rule, and place nothing.

        Raises:
            ApiError: 400 for the shape of the body, 422 with what the checks found.
        """
        self.settle(now)
        request = read_order(body)
        admission = checks.admit(self._state, request, now)
        return {"order": self._shown(tried(request, admission, now)), **effects(self._state, admission, now)}

    def place(self, body: object, now: datetime) -> Json:
        """
        Accept an order, and let it go.

        Raises:
            ApiError: 400 for the shape of the body, 422 with what the checks found.
        """
        self.settle(now)
        request = read_order(body)
        try:
            admission = checks.admit(self._state, request, now)
        except ApiError as refusal:
            keep_refused(self._state, request, refusal, now)
            raise
        money = effects(self._state, admission, now)
        order = routing.begin(self._state, accept(self._state, request, admission, now), now)
        self._after(now)
        return {"order": self._shown(self._state.orders[order.number]), **money}

    def replace(self, order_id: int, body: object, now: datetime, *, partial: bool = False) -> Json:
        """
        Ask for another order in the place of this one: the new order.

        Raises:
            ApiError: 404, 400 for the shape of the body, 422 when it is too late or the checks found something.
        """
        self.settle(now)
        state, old = self._state, self._state.order(order_id)
        request, admission = self._replacement(old, body, now, partial=partial)
        new = accept(state, request, admission, now)
        old = evolve(old, replaced_by=new.number)
        state.orders[old.number] = old
        new = cancel_replace.put_successor(state, old, new, now)
        cancel_replace.leave(state, old, Status.REPLACE_REQUESTED, now)
        self._after(now)
        return order_json(state.orders[new.number], account=state.account)

    def edit(self, order_id: int, body: object, now: datetime) -> Json:
        """The same, where the body names only what shall change."""
        return self.replace(order_id, body, now, partial=True)

    def replace_dry_run(self, order_id: int, body: object, now: datetime) -> Json:
        """Ask what `replace` would say, and replace nothing."""
        self.settle(now)
        old = self._state.order(order_id)
        request, admission = self._replacement(old, body, now, partial=False)
        return {"order": self._shown(tried(request, admission, now)), **effects(self._state, admission, now)}

    def cancel(self, order_id: int, now: datetime) -> Json:
        """
        Ask for the cancel: the order as it then stands.

        Raises:
            ApiError: 404, or 422 when it is over.
        """
        self.settle(now)
        cancel_replace.cancel(self._state, self._state.order(order_id), now)
        self._after(now)
        return order_json(self._state.orders[order_id], account=self._state.account)

    # complex orders

    def place_complex(self, body: object, now: datetime, *, dry_run: bool) -> Json:
        """
        Raises:
            ApiError: 400 for the shape of the body, 422 with what the checks found.
        """
        self.settle(now)
        shown = complex_orders.place(self._state, body, now, dry_run=dry_run)
        self._after(now)
        return shown

    def cancel_complex(self, order_id: int, now: datetime) -> Json:
        """
        Raises:
            ApiError: 404, or 422 when all of it is over.
        """
        self.settle(now)
        group = complex_orders.find(self._state, order_id)
        complex_orders.cancel(self._state, group, now)
        self._after(now)
        return self._state.complex_json(group)

    # behind the scenes

    def reset(self, now: datetime) -> None:
        """What the sandbox does at night."""
        self.settle(now)
        end_of_day.forget(self._state, now)
        self._after(now)

    def endow(self, symbol: str, quantity: Decimal | int, price: Decimal, now: datetime) -> None:
        """
        Put a position into the account, as if it had always been there: no cash moves.

        Raises:
            ApiError: 422, when there is no such symbol.
        """
        self.settle(now)
        if not self._state.market.lists(symbol, now) or self._state.market.is_index(symbol):
            raise ApiError(422, "instrument_validation_failed", f"Trading of {symbol} is not supported")
        self._state.hold(symbol, Decimal(quantity), price, now)
        self._after(now)

    def set_status(self, **flags: Any) -> None:
        """
        Change what the account may do, for instance ``is_closing_only=True``.

        Raises:
            ApiError: 400, for a word that is no such flag, or a value of another kind.
        """
        for name, value in flags.items():
            if name not in account_reports.SETTABLE or type(value) is not type(account_reports.SETTABLE[name]):
                raise ApiError(400, "validation_error", f"{name[:40]} is no flag of an account, or not of that kind.")
        self._state.flags |= flags
        if (now := self._clockwork.settled_until) is not None:
            self._state.tell("TradingStatus", account_reports.trading_status(self._state, now))

    def _replacement(self, old: Order, body: object, now: datetime, *, partial: bool) -> tuple[OrderRequest, Admission]:
        cancel_replace.check_open(old)
        request = cancel_replace.read_successor(body, old, partial=partial)
        waits = old.status is Status.CONTINGENT
        return request, checks.admit(
            self._state, request, now, Circumstances(instead_of=old.number, waits=waits, siblings=self._family(old))
        )

    def _family(self, order: Order) -> frozenset[int]:
        group = self._state.complexes.get(order.placed_in or 0)
        return frozenset(group.parts) if group is not None else frozenset()

    def _after(self, now: datetime) -> None:
        """What follows from a deed, at once: steps without a delay are due already."""
        self._clockwork.follow(now)
        self._clockwork.settle(now)
