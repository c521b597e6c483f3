"""
What time does to orders: the planned steps happen, in the order of their times, and snapshots come out.

    begin ─▶ received ─▶ routed ─▶ in flight ─▶ live ─┬─▶ filled · rejected · removed       the plan
                contingent ──────────────────▶        ├─▶ expired                           its last moment
    end ───────────────────────▶ cancel requested ────┴─▶ cancelled (or filled after all)   the plan's other ending

Statuses only move forward, by phase; fills never exceed what was ordered, whatever a script says; and each order's
``updated_at`` strictly rises, even where two processes' clocks do not agree.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Final

from msgspec.structs import replace

from tastyflow.domain.expirations import new_york_date
from tastyflow.domain.instruments import EquityOption
from tastyflow.domain.ticket import Leg, Ticket
from tastyflow.domain.venue import Phase, Position, Status, VenueFill
from tastyflow_adapters.fake import money
from tastyflow_adapters.fake.book_store import BookStore
from tastyflow_adapters.fake.fill_models import FillModel
from tastyflow_adapters.fake.market import FakeMarket, next_session
from tastyflow_adapters.fake.money import leg_prices
from tastyflow_adapters.fake.order_plan import Plan, Step, StepKind, reject, route
from tastyflow_adapters.fake.order_row import MOMENT, Due, Row

OFF_TICK: Final = Plan((route(), reject("The price is not on a valid tick.", after_s=0.02)))
ORIGINAL_FILLED: Final = Step(StepKind.CANCEL, reason="The order to be replaced was filled first.")

_BECOMES: Final = {
    StepKind.ROUTE: Status.ROUTED,
    StepKind.FLY: Status.IN_FLIGHT,
    StepKind.LIVE: Status.LIVE,
    StepKind.REJECT: Status.REJECTED,
    StepKind.CANCEL: Status.CANCELLED,
    StepKind.EXPIRE: Status.EXPIRED,
    StepKind.REMOVE: Status.REMOVED,
}


class Engine:
    """Runs the plans of a book's orders. Its caller holds the store."""

    def __init__(self, store: BookStore, market: FakeMarket, model: FillModel, *, seed: int) -> None:
        self._store = store
        self._market = market
        self._model = model
        self._seed = seed
        self._seen_market: object = None

    def is_due(self, now: datetime) -> bool:
        """Whether `settle` would have anything to do."""
        due = self._store.due()
        return (due is not None and due[0] <= now) or self._seen_market != self._market.revision

    def settle(self, now: datetime) -> None:
        """Let happen everything that is due by *now*."""
        while (due := self._store.due()) is not None and due[0] <= now:
            at, broker_order = due
            row = self._store.row(broker_order)
            assert row is not None  # noqa: S101  the store just named it
            if row.to_come and row.to_come[0].at == at:
                self._step(row)
            else:
                self._happen(row, Step(StepKind.EXPIRE), at, then=())
        if self._seen_market != self._market.revision:
            self._seen_market = self._market.revision
            self._look_again(now)
            self._pay_out(now)

    def begin(self, row: Row, now: datetime) -> Row:
        """Give a new order its plan, and run what is due at once."""
        opens_at, _ = next_session(self._market, now)
        if opens_at > now:
            row = replace(row, to_come=(Due(opens_at, Step(StepKind.PLAN)),))
            self._store.put(row)
            return row
        before = self._store.last_change()
        row = self._run(self._planned(row, now), now)
        if self._store.last_change() == before:
            self._store.put(row)  # nothing happens at once: it shows as received
        return row

    def end(self, row: Row, asked: Status, now: datetime) -> Row:
        """Play the plan's ending for a cancel. An order that never worked is not seen as *asked* first."""
        row = replace(row, to_come=_from(now, row.on_cancel))
        if row.status.phase is Phase.WORKING:
            row = replace(row, status=asked, updated_at=_later(now, row))
        self._store.put(row, quietly=row.status is not asked)
        return self._run(row, now)

    def _planned(self, row: Row, now: datetime) -> Row:
        plan = self._plan(row.ticket, row.number, now)
        return replace(
            row,
            to_come=_from(now, plan.steps),
            on_cancel=plan.on_cancel,
            refuses_cancel=plan.refuses_cancel,
            rests=plan.rests,
        )

    def _plan(self, ticket: Ticket, number: int, now: datetime) -> Plan:
        if not self._on_tick(ticket):
            return OFF_TICK
        quotes = self._market.quotes_now([leg.instrument for leg in ticket.legs])
        rng = Random(self._seed * 1_000_003 + number)  # noqa: S311  the same venue and the same order: the same numbers
        return self._model.plan(ticket, quotes, now, rng)

    def _on_tick(self, ticket: Ticket) -> bool:
        prices = [price for price in (ticket.price, ticket.stop) if price is not None]
        chain = self._market.chain_now(ticket.underlying)
        if chain is None:
            return True
        ticks = chain.ticks_of(ticket.legs[0].instrument) if len(ticket.legs) == 1 else chain.net_ticks
        return all(ticks.allows(price) for price in prices)

    def _run(self, row: Row, now: datetime) -> Row:
        while row.to_come and row.to_come[0].at <= now:
            row = self._step(row)
        return row

    def _step(self, row: Row) -> Row:
        """The next thing planned for an order happens."""
        due, *then = row.to_come
        if due.step.kind is StepKind.PLAN:
            row = self._planned(row, due.at)
            self._store.put(row, quietly=True)
            return row
        return self._happen(row, due.step, due.at, then=tuple(then))

    def _happen(self, before: Row, step: Step, at: datetime, *, then: tuple[Due, ...]) -> Row:
        row = replace(before, to_come=then)
        if step.kind is StepKind.FILL:
            row = self._fill(row, step, at)
        elif step.kind is not StepKind.REPEAT and _moves_on(row.status, _BECOMES[step.kind]):
            row = replace(row, status=_BECOMES[step.kind], reason=step.reason)
        if row.status is before.status and row.fills == before.fills:
            self._store.put(row, quietly=step.kind is not StepKind.REPEAT)
            return row
        left = Decimal(0) if row.status.is_terminal else Decimal(row.units_left) / Decimal(before.units_left or 1)
        row = replace(row, updated_at=_later(at, row), reserved_usd=round(row.reserved_usd * left, 2))
        if row.successor and row.status.is_terminal and not before.status.is_terminal:
            return self._make_way(row, row.successor, at)
        self._store.put(row)
        return row

    def _fill(self, row: Row, step: Step, at: datetime) -> Row:
        units, fills = row.ticket.units, list(row.fills)
        quotes = self._market.quotes_now([leg.instrument for leg in row.ticket.legs])
        prices = leg_prices(row.ticket, quotes, step.price)
        for index, leg in enumerate(row.ticket.legs):
            quantity = min(step.quantity * (leg.quantity // units), leg.quantity - row.filled(index))
            if quantity > 0 and step.leg in (None, index):
                name = f"{row.broker_order}-{len(fills) + 1}"
                fills.append(VenueFill(name, leg.instrument.occ, quantity, prices[index], at))
                self._pay(leg, quantity, prices[index])
        row = replace(row, fills=tuple(fills))
        if row.status.is_terminal or len(fills) == 0:
            return row  # a fill that crossed the cancel changes no status
        if row.is_filled or step.as_filled:
            return replace(row, status=Status.FILLED)
        return replace(row, status=Status.LIVE) if row.status.phase is Phase.SUBMISSION else row

    def _pay(self, leg: Leg, quantity: int, price: Decimal) -> None:
        """Money and contracts change hands."""
        instrument, cash_usd = leg.instrument, self._store.cash_usd() or Decimal(0)
        cost_usd = money.signed(leg.action, quantity) * price * instrument.multiplier
        self._store.set_cash_usd(cash_usd - cost_usd - money.fee_usd(leg, quantity))
        self._store.hold(money.after_fill(self._store.holding(instrument), leg, quantity, price))

    def _make_way(self, old: Row, successor: str, at: datetime) -> Row:
        """The replaced order is over: its successor begins, unless fills have crossed and it would be too many."""
        new = self._store.row(successor)
        if new is None or new.status.is_terminal:
            self._store.put(old)
            return old
        if old.status is Status.CANCELLED and old.units_left >= new.ticket.units:
            old = replace(old, replaced_by=successor)
            self._store.put(old)
            self.begin(new, at)
        else:
            self._store.put(old)
            self._happen(new, ORIGINAL_FILLED, at, then=())
        return old

    def _look_again(self, now: datetime) -> None:
        """The market has moved: what rests may fill."""
        for row in self._store.rows(open_only=True):
            if row.rests and not row.to_come and row.status in (Status.LIVE, Status.RECEIVED):
                row = self._planned(row, now)
                self._store.put(row, quietly=True)
                self._run(row, now)

    def _pay_out(self, now: datetime) -> None:
        """Options that have expired leave the account for their worth in cash, also where shares would be delivered."""
        today = new_york_date(now)
        for position in tuple(self._store.holdings().values()):
            option = position.instrument
            if isinstance(option, EquityOption) and option.expiration < today:
                worth = money.intrinsic(option, self._market.spot(option.underlying))
                gained_usd = worth * position.quantity * option.multiplier
                self._store.set_cash_usd((self._store.cash_usd() or Decimal(0)) + gained_usd)
                self._store.hold(Position(option, 0, Decimal(0)))


def _from(now: datetime, steps: tuple[Step, ...]) -> tuple[Due, ...]:
    """Each step at its moment, one after the other."""
    at, dues = now, []
    for step in steps:
        at = at + timedelta(seconds=step.after_s) if step.after_s else at
        dues.append(Due(at, step))
    return tuple(dues)


def _later(at: datetime, row: Row) -> datetime:
    return max(at, row.updated_at + MOMENT)


def _moves_on(status: Status, becomes: Status) -> bool:
    return not status.is_terminal and becomes is not status and becomes.phase.rank >= status.phase.rank
