"""
An execution happens: fills on the legs, money and fees at once, the position as soon as its record is not behind.

    Execution ─▶ order: fills, and Filled as soon as one leg is ─▶ cash, transactions ─▶ positions (after the lag)

tastytrade calls an order Filled when the first leg that it processed has nothing left, and sends the fills of the other
legs later. *leg_gap_s* makes that so for every spread; the script ``partial`` does it to a single spread.
"""

from datetime import datetime, timedelta
from decimal import Decimal

from attrs import evolve

from tastyflow.domain.expirations import new_york_date
from tastyflow_simulator.admin.faults import FaultKind
from tastyflow_simulator.book.fees import leg_fees
from tastyflow_simulator.book.formats import ZERO, signed
from tastyflow_simulator.book.orders import Fill, Leg, Order, Status
from tastyflow_simulator.book.pricing import Execution
from tastyflow_simulator.book.requests import NOTIONAL
from tastyflow_simulator.book.state import VENUE, State, What
from tastyflow_simulator.book.transactions import trade


def execute(state: State, order: Order, done: Execution, at: datetime, *, gap_s: float = 0.0) -> Order:
    """Let *done* happen, all legs at once or one after the other."""
    if gap_s and len(order.legs) > 1:
        for index in range(1, len(order.legs)):
            part = Execution(_only(done.quantities, index), done.prices)
            state.plan(at + timedelta(seconds=gap_s * index), What.FILL, order.number, part)
        done = Execution(_only(done.quantities, 0), done.prices)
    return settle_fill(state, order, done, at)


def settle_fill(state: State, order: Order, done: Execution, at: datetime) -> Order:
    """Write the fills into the order, the account and the journal. Never more than was ordered."""
    legs, made = [], []
    for leg, wanted, price in zip(order.legs, done.quantities, done.prices, strict=True):
        if order.request.order_type == NOTIONAL and not leg.quantity:
            leg = evolve(leg, quantity=wanted)  # now it is known how much the money buys
        quantity = min(wanted, leg.remaining)
        if quantity > 0:
            fill = _fill(state, order, quantity, price, at)
            leg = evolve(leg, fills=(*leg.fills, fill))
            made.append((leg, fill))
        legs.append(leg)
    if not made:
        return order
    order = evolve(order, legs=tuple(legs))
    if any(leg.quantity and not leg.remaining for leg in legs) and not order.status.is_terminal:
        order = order.becoming(Status.FILLED, at)
    order = state.put(order, at)
    lag_s = _position_lag_s(state, order)
    for leg, fill in made:
        _book(state, order, leg, fill, lag_s)
    return order


def take_late_position(state: State, symbol: str, detail: tuple[Decimal, Decimal], at: datetime) -> None:
    """The record of positions catches up with a fill that it did not show yet."""
    change, price = detail
    state.hide(symbol, -change)  # also where it and others came to nothing together
    state.hold(symbol, change, price, at)


def _book(state: State, order: Order, leg: Leg, fill: Fill, lag_s: float) -> None:
    fees = leg_fees(leg, fill.quantity, order.underlying)
    state.note(trade(state.next_turn(), order, leg, fill, fees))
    detail = (signed(leg.action, fill.quantity), fill.price)
    if lag_s:
        state.hide(leg.symbol, detail[0])
        state.plan(fill.at + timedelta(seconds=lag_s), What.HOLD, leg.symbol, detail)
    else:
        state.hold(leg.symbol, *detail, fill.at)


def _position_lag_s(state: State, order: Order) -> float:
    fault = state.hazards.strikes(FaultKind.POSITION_LAG, order=order.tag)
    return state.options.position_lag_s if fault is None else max(fault.seconds, state.options.position_lag_s)


def _fill(state: State, order: Order, quantity: Decimal, price: Decimal, at: datetime) -> Fill:
    turn, venue = state.next_turn(), VENUE[state.side]
    fill_id = f"{turn}_TW::SIM_A{order.number}::{new_york_date(at):%Y%m%d}.{turn}"
    return Fill(fill_id, str(turn), quantity, price, at, venue)


def _only(quantities: tuple[Decimal, ...], index: int) -> tuple[Decimal, ...]:
    return tuple(quantity if place == index else ZERO for place, quantity in enumerate(quantities))
