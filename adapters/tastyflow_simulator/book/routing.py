"""
The way of an order to the exchange, and what it meets there.

    begin ─▶ Received until its session begins ─▶ Routed ─▶ In Flight ─▶ Live ─▶ held against the quotes, ever again
                                                    └─▶ Rejected: session offline, price off its tick, script

An order is looked at for the first time *fill_s* after it was routed, then whenever the quotes may have changed: one
that offers the touch trades at once, a limit inside the spread after a moment, all others rest. A script (`Script`)
says instead when and how much trades, whatever the quotes are.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from attrs import evolve

from tastyflow.domain.instruments import net_ticks
from tastyflow_simulator.admin.faults import FaultKind
from tastyflow_simulator.book import order_hours, pricing
from tastyflow_simulator.book.filling import execute, settle_fill
from tastyflow_simulator.book.orders import AT_VENUE, Order, Status
from tastyflow_simulator.book.pricing import Execution
from tastyflow_simulator.book.requests import NOTIONAL
from tastyflow_simulator.book.state import State, What
from tastyflow_simulator.options import Fills

OFFLINE: Final = "Session offline"
DEFAULT_DELAY_S: Final = 1.0
MEETS_AFTER_S: Final = (0.1, 0.4)
"""How long an order inside the spread waits for a counterparty, at least and at most."""


def begin(state: State, order: Order, at: datetime) -> Order:
    """Let an accepted order go, at once or when its session begins."""
    tif, until = order.request.time_in_force, order.request.gtc_date
    ends_at = order_hours.ends_at(tif, until, at, state.options.hours)
    last_trades = (state.market.stops_trading_at(leg.symbol) for leg in order.legs)
    ends = [end for end in (ends_at, *last_trades) if end is not None]
    order = evolve(order, ends_at=max(at, min(ends)) if ends else None)
    if order.ends_at is not None:
        state.plan(order.ends_at, What.EXPIRE, order.number)
    begins = order_hours.begins_at(tif, at, state.options.hours)
    if begins > at:
        state.plan(begins, What.OPEN, order.number)
        return state.put(evolve(order, status=Status.RECEIVED), at)
    return depart(state, order, at)


def depart(state: State, order: Order, at: datetime) -> Order:
    """Send it off: it is routed at once, or after a moment in which it is only received."""
    if not state.options.timings.routed_s:
        return route(state, order, at)
    state.plan(_later(at, state.options.timings.routed_s), What.ROUTE, order.number)
    return (
        order
        if order.status is Status.RECEIVED and order.updated_ms
        else state.put(evolve(order, status=Status.RECEIVED), at)
    )


def route(state: State, order: Order, at: datetime) -> Order:
    """It has left; plan what it meets."""
    timings, number = state.options.timings, order.number
    routing_id = f"{state.luck.getrandbits(72):018x}"
    order = state.move(evolve(order, routing_id=routing_id), Status.ROUTED, at)
    begun = at - timedelta(seconds=timings.routed_s)
    refusal = _refusal(state, order)
    if refusal:
        state.plan(_later(begun, timings.reject_s), What.REJECT, number, refusal)
        return order
    state.plan(_later(begun, timings.in_flight_s), What.FLY, number)
    state.plan(_later(begun, timings.live_s), What.LIVE, number)
    _plan_fills(state, order, begun)
    return order


def reject(state: State, order: Order, reason: str, at: datetime) -> Order:
    return state.move(evolve(order, reject_reason=reason), Status.REJECTED, at)


def look(state: State, order: Order, at: datetime, *, first: bool) -> Order:
    """Hold a working order against the quotes."""
    if not _trades(state, order, at):
        return order
    quotes = state.quotes(order, at)
    if not order.triggered and pricing.is_triggered(order, quotes):
        order = state.orders[order.number] = evolve(order, triggered=True)
    by_table = state.options.fills is Fills.TABLE
    if order.triggered:
        order = _trade(state, order, (pricing.by_table if by_table else pricing.by_quotes)(order, quotes), at)
    if order.status.is_terminal:
        return order
    if order.request.time_in_force == "IOC":
        return state.move(order, Status.CANCELLED, at)
    if order.triggered and not by_table and order.number not in state.met and pricing.is_inside(order, quotes):
        state.met.add(order.number)
        state.plan(_later(at, state.luck.uniform(*MEETS_AFTER_S)), What.MEET, order.number)
    if first:
        state.watched.add(order.number)
    return order


def meet(state: State, order: Order, at: datetime) -> Order:
    """A counterparty meets an order inside the spread, if it is there still."""
    state.met.discard(order.number)
    if not _trades(state, order, at):
        return order
    return _trade(state, order, pricing.by_limit(order, state.quotes(order, at)), at)


def fill(state: State, order: Order, detail: Decimal | Execution, at: datetime) -> Order:
    """What was settled before trades now: a share of the units by a script, or the other legs of an execution."""
    if isinstance(detail, Execution):
        return settle_fill(state, order, detail, at)
    if order.status not in AT_VENUE:
        return order
    begins = order_hours.begins_at(order.request.time_in_force, at, state.options.hours)
    if begins > at:  # a script does not trade while the exchange is closed
        state.plan(begins, What.FILL, order.number, detail)
        return order
    units = min(detail, order.units_left)
    done = pricing.by_script(order, state.quotes(order, at), units)
    if done is None:
        return order
    single_spread = order.request.script.behavior == "partial" and order.units == 1
    gap_s = _pause_s(state, order) if single_spread else state.options.timings.leg_gap_s
    return execute(state, order, done, at, gap_s=gap_s)


def _trades(state: State, order: Order, at: datetime) -> bool:
    return order.status in AT_VENUE and order_hours.works(order.request.time_in_force, at, state.options.hours)


def _trade(state: State, order: Order, done: Execution | None, at: datetime) -> Order:
    """Let it happen; the size that was quoted is used up then, and there again a moment later."""
    if done is None:
        return order
    order = execute(state, order, done, at, gap_s=state.options.timings.leg_gap_s)
    if not order.status.is_terminal:
        state.plan(_later(at, state.options.timings.partial_s), What.LOOK, order.number)
    return order


def _plan_fills(state: State, order: Order, begun: datetime) -> None:
    script, first = order.request.script, _later(begun, state.options.timings.fill_s)
    everything = order.units if order.request.order_type != NOTIONAL else Decimal(1)
    match script.behavior:
        case "never" | "reject":
            return
        case "delayed":
            delay_s = DEFAULT_DELAY_S if script.delay_s is None else script.delay_s
            state.plan(max(first, _later(begun, delay_s)), What.FILL, order.number, everything)
        case "scheduled":
            assert script.schedule is not None  # noqa: S101  the reader of requests sees to that
            state.plan(max(first, script.schedule), What.FILL, order.number, everything)
        case "partial":
            half = (everything / 2).to_integral_value() if everything > 1 else everything
            state.plan(first, What.FILL, order.number, half)
            if half < everything:
                state.plan(_later(first, _pause_s(state, order)), What.FILL, order.number, everything - half)
        case _:
            state.plan(first, What.LOOK, order.number)


def _pause_s(state: State, order: Order) -> float:
    delay_s = order.request.script.delay_s
    return state.options.timings.partial_s if delay_s is None else delay_s


def _refusal(state: State, order: Order) -> str:
    """Why the exchange will not take it; empty when it will."""
    offline = state.hazards.strikes(FaultKind.SESSION_OFFLINE, order=order.tag)
    if offline is not None:
        return offline.reason or OFFLINE
    if order.request.script.behavior == "reject":
        return "Rejected by script"
    for price in (order.request.price, order.request.stop_trigger):
        if price and not _on_tick(state, order, price):
            return f"Price {price.normalize():f} is not on a valid tick"
    return ""


def _on_tick(state: State, order: Order, price: Decimal) -> bool:
    if len(order.legs) > 1:
        return net_ticks(order.underlying).allows(price)
    return state.market.ticks(order.legs[0].symbol).allows(price)


def _later(at: datetime, seconds: float) -> datetime:
    return at + timedelta(seconds=seconds)
