"""
What can be asked of a book. Each answer is preceded by everything that was due.

    order, live, history, complex …        positions, balances, transactions, reports        ledger: for the admin API
"""

from collections.abc import Callable
from datetime import date, datetime

from tastyflow.domain.expirations import new_york_date
from tastyflow_simulator.book import account_reports, complex_orders, queries
from tastyflow_simulator.book.account_reports import balances_json
from tastyflow_simulator.book.formats import EPOCH, MS, Json, iso
from tastyflow_simulator.book.order_json import order_json
from tastyflow_simulator.book.orders import Order
from tastyflow_simulator.book.positions import position_json
from tastyflow_simulator.book.queries import Query
from tastyflow_simulator.book.settling import Clockwork
from tastyflow_simulator.book.state import State
from tastyflow_simulator.book.transactions import transaction_json
from tastyflow_simulator.errors import ApiError

NO_QUERY: Query = {}


class Views:
    """The asking half of a book."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._clockwork = Clockwork(state)

    # time

    def settle(self, now: datetime) -> None:
        """Let everything happen that is due by *now*."""
        self._clockwork.settle(now)

    def next_due(self, now: datetime) -> datetime | None:
        """When something is due next; None when nothing ever is."""
        return self._clockwork.next_due(now)

    def listen(self, heard: Callable[[str, Json], None]) -> Callable[[], None]:
        """Hear every change from now on; call what is returned to hear no more."""
        return self._state.listen(heard)

    # orders

    def order(self, order_id: int, now: datetime) -> Json:
        self.settle(now)
        return order_json(self._state.order(order_id), account=self._state.account)

    def live(self, now: datetime) -> list[Json]:
        """All that was created or changed today or is open still, in any status; the newest first."""
        today = new_york_date(now)

        def concerns(order: Order) -> bool:
            changed_at = _day_of(order.updated_ms)
            return not order.status.is_terminal or today in (new_york_date(order.received_at), changed_at)

        return [self._shown(order) for order in reversed(self._listed(now)) if concerns(order)]

    def history(self, now: datetime, *, query: Query = NO_QUERY) -> list[Json]:
        return [self._shown(order) for order in queries.orders(self._listed(now), query)]

    def complex_order(self, order_id: int, now: datetime) -> Json:
        self.settle(now)
        return self._state.complex_json(complex_orders.find(self._state, order_id))

    def complex_live(self, now: datetime) -> list[Json]:
        """Those of today, and those that are open still; the newest first."""
        today = new_york_date(now)
        self.settle(now)
        shown = [self._state.complex_json(group) for group in self._state.complexes.values()]
        return [
            each
            for each in reversed(shown)
            if "terminal-at" not in each or new_york_date(datetime.fromisoformat(each["terminal-at"])) == today
        ]

    def complex_history(self, now: datetime) -> list[Json]:
        self.settle(now)
        return [self._state.complex_json(group) for group in reversed(self._state.complexes.values())]

    # the account

    def positions(self, now: datetime, *, query: Query = NO_QUERY) -> list[Json]:
        self.settle(now)
        state, marks = self._state, queries.is_set(query, "include-marks")
        return [
            position_json(held, state.mark(held.symbol, now), now, account=state.account, marks=marks)
            for held in queries.positions(state.holdings.values(), query)
        ]

    def balances(self, now: datetime) -> Json:
        self.settle(now)
        return balances_json(self._state, now)

    def balance_snapshots(self, now: datetime, query: Query = NO_QUERY) -> list[Json]:
        self.settle(now)
        return account_reports.snapshots(self._state, now, query)

    def trading_status(self, now: datetime) -> Json:
        self.settle(now)
        return account_reports.trading_status(self._state, now)

    def account_row(self, now: datetime) -> Json:
        self.settle(now)
        return account_reports.account_row(self._state)

    def transactions(self, now: datetime, *, query: Query = NO_QUERY) -> list[Json]:
        self.settle(now)
        kept = queries.transactions(self._state.transactions, query)
        return [transaction_json(line, account=self._state.account) for line in kept]

    def transaction(self, number: int, now: datetime) -> Json:
        """
        Raises:
            ApiError: 404.
        """
        self.settle(now)
        for line in self._state.transactions:
            if line.number == number:
                return transaction_json(line, account=self._state.account)
        raise ApiError(404, "not_found", f"Couldn't find transaction {number}.")

    def total_fees(self, day: date, now: datetime) -> Json:
        self.settle(now)
        return account_reports.total_fees(self._state, day)

    def margin_requirements(self, now: datetime) -> Json:
        self.settle(now)
        return account_reports.margin_report(self._state, now)

    def net_liq_history(self, now: datetime) -> list[Json]:
        self.settle(now)
        return account_reports.net_liq_history(self._state, now)

    def position_limit(self, now: datetime) -> Json:
        self.settle(now)
        return account_reports.position_limit(self._state)

    # behind the scenes

    def ledger(self) -> list[Json]:
        """Every order that was ever accepted, in order; the night does not touch it."""
        return [
            {
                "order-id": order.number,
                "external-identifier": order.request.external_identifier,
                "received-at": iso(order.received_at),
                "body": order.request.body,
                "status": order.status.value,
                "side": self._state.side.value,
                "replaces-order-id": order.replaces,
                "complex-order-id": order.placed_in,
            }
            for order in self._state.orders.values()
            if not order.refused
        ]

    def has_accepted(self, external_id: str) -> bool:
        orders = self._state.orders.values()
        return any(order.request.external_identifier == external_id and not order.refused for order in orders)

    def _listed(self, now: datetime) -> list[Order]:
        self.settle(now)
        first = self._state.listed_from
        return [each for each in self._state.orders.values() if each.number > first and each.listed_at <= now]

    def _shown(self, order: Order) -> Json:
        return order_json(order, account=self._state.account)


def _day_of(updated_ms: int) -> date:
    return new_york_date(EPOCH + updated_ms * MS)
