"""
Everything that is due by now happens, in the order of its time.

    agenda ──▶ the next planned step ┐
    quotes ──▶ the next change       ┴─▶ the earlier one ─▶ what follows from it ─▶ and listeners are told

While orders work, they are held against the quotes whenever those may have changed. Where the clock was turned far, the
changes in between are sampled: `MOST_LOOKS` moments at most.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from tastyflow_simulator.book import cancel_replace, complex_orders, end_of_day, filling, routing
from tastyflow_simulator.book.account_reports import balances_json
from tastyflow_simulator.book.orders import Order, Status
from tastyflow_simulator.book.pricing import Execution
from tastyflow_simulator.book.state import Due, State, What

MOST_LOOKS: Final = 1_000

_ORDER_STEPS: Final[dict[What, Callable[[State, Order, Any, datetime], object]]] = {
    What.OPEN: lambda state, order, _, at: routing.depart(state, order, at),
    What.ROUTE: lambda state, order, _, at: routing.route(state, order, at),
    What.FLY: lambda state, order, _, at: state.move(order, Status.IN_FLIGHT, at),
    What.LIVE: lambda state, order, _, at: state.move(order, Status.LIVE, at),
    What.LOOK: lambda state, order, _, at: routing.look(state, order, at, first=True),
    What.MEET: lambda state, order, _, at: routing.meet(state, order, at),
    What.FILL: lambda state, order, detail, at: routing.fill(state, order, detail, at),
    What.REJECT: lambda state, order, reason, at: routing.reject(state, order, reason, at),
    What.CANCEL: lambda state, order, _, at: cancel_replace.let_go(state, order, at),
    What.EXPIRE: lambda state, order, _, at: cancel_replace.expire(state, order, at),
}


class Clockwork:
    """Runs one state's agenda, and remembers up to when it did and which quotes it saw."""

    def __init__(self, state: State) -> None:
        self._state = state
        self.settled_until: datetime | None = None
        self._revision: int | None = None

    def settle(self, now: datetime) -> None:
        """Let everything happen that is due by *now*."""
        state = self._state
        if state.opened_at is None:
            end_of_day.open_account(state, now)
        looked_at = now if self.settled_until is None else self.settled_until
        stride = max(now - looked_at, timedelta(0)) / MOST_LOOKS
        while True:
            due_at, change_at = state.next_due(), self._next_change(looked_at, stride)
            if change_at is not None and change_at <= now and (due_at is None or change_at < due_at):
                looked_at = change_at
                self._look(change_at)
            elif (due := state.take_due(now)) is not None:
                looked_at = max(looked_at, due.at)  # an order that begins to work later than then is no older
                self._step(due)
                self.follow(due.at)
            else:
                break
        self.settled_until = max(looked_at, now)
        self._look(now)

    def next_due(self, now: datetime) -> datetime | None:
        """When `settle` will have something to do again; *now* when it has already."""
        due_at = self._state.next_due()
        change_at = self._state.market.next_change(now) if self._state.watched else None
        moments = [at for at in (due_at, change_at) if at is not None]
        return min(moments) if moments else None

    def follow(self, at: datetime) -> None:
        """Draw the consequences of what changed, and tell what they are."""
        state = self._state
        while state.changed:
            order = state.orders[state.changed.popleft()]
            cancel_replace.follow_replaced(state, order, at)
            complex_orders.follow(state, state.orders[order.number], at)
        for number in list(state.touched):
            if number in state.complexes:
                state.tell("ComplexOrder", state.complex_json(state.complexes[number]))
        state.touched.clear()
        if state.told and state.listened:
            state.tell("AccountBalance", balances_json(state, at))
        state.told = False

    def _next_change(self, looked_at: datetime, stride: timedelta) -> datetime | None:
        if not self._state.watched:
            return None
        return max(self._state.market.next_change(looked_at), looked_at + stride)

    def _look(self, at: datetime) -> None:
        """Hold all working orders against the quotes, if those are not the ones they were held against before."""
        state = self._state
        revision = state.market.revision(at)
        if revision == self._revision:
            return
        self._revision = revision
        for number in sorted(state.watched):
            if not (order := state.orders[number]).status.is_terminal:
                routing.look(state, order, at, first=False)
        self.follow(at)

    def _step(self, due: Due) -> None:
        state = self._state
        match due.what:
            case What.HOLD:
                filling.take_late_position(state, due.subject, due.detail, due.at)
            case What.MATURE:
                end_of_day.mature(state, due.subject, due.at)
            case What.CLOSE:
                end_of_day.close_day(state, due.at)
            case What.NIGHT:
                end_of_day.forget(state, due.at)
            case _:
                order = state.orders[due.subject]
                late_leg = isinstance(due.detail, Execution)  # its first leg has traded, whatever came since
                if late_leg or not order.status.is_terminal:
                    _ORDER_STEPS[due.what](state, order, due.detail, due.at)
