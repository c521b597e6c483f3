"""
An order ends before it is filled: by a cancel, by the clock, or because another one takes its place.

    at the exchange     Live ─▶ Cancel Requested ─▶ Cancelled     a fill can come first
    not yet there       Received, Contingent ─▶ Cancelled         in one step
    over already        422 cannot_update_order

    the replaced one    Live ─▶ Replace Requested ─▶ Cancelled, edited, replacing-order-id
    its successor       Contingent ─────────────────▶ Routed ─▶ …, replaces-order-id

Between the two there is a moment in which neither works. A fill of the replaced order in that moment ends the
replacement: the successor is Rejected. Only price, type and time in force may change, and the successor is for the
quantity that the replaced order had left.
"""

from datetime import datetime, timedelta
from typing import Final

from attrs import evolve

from tastyflow_simulator.book import routing
from tastyflow_simulator.book.orders import AT_VENUE, LEAVING, Order, Status
from tastyflow_simulator.book.requests import LegRequest, OrderRequest, read_replacement
from tastyflow_simulator.book.state import State, What
from tastyflow_simulator.errors import ApiError


def cancel(state: State, order: Order, at: datetime) -> Order:
    """
    Ask for the cancel of an order.

    Raises:
        ApiError: 422, when it is over, or on its way out.
    """
    check_open(order)
    return leave(state, order, Status.CANCEL_REQUESTED, at)


def check_open(order: Order) -> None:
    """
    Raises:
        ApiError: 422, when nothing can be changed about it any more.
    """
    if order.status.is_terminal or order.status in LEAVING:
        message = "the order could not be cancelled"
        raise ApiError(422, "cannot_update_order", message, [{"code": "cannot_update_order", "message": message}])


def leave(state: State, order: Order, asked: Status, at: datetime) -> Order:
    """Take it back, as *asked*: at once where no exchange has it, else when that lets it go."""
    if order.status.is_terminal or order.status in LEAVING:
        return order
    if order.status not in AT_VENUE:
        return state.move(order, Status.CANCELLED, at)
    timings = state.options.timings
    pause_s = timings.replace_s if asked is Status.REPLACE_REQUESTED else timings.cancel_s
    state.plan(at + timedelta(seconds=pause_s), What.CANCEL, order.number)
    return state.move(order, asked, at)


def let_go(state: State, order: Order, at: datetime) -> Order:
    """The exchange confirms the cancel, unless it was called off."""
    return state.move(order, Status.CANCELLED, at) if order.status in LEAVING else order


def expire(state: State, order: Order, at: datetime) -> Order:
    """Its time is over; an order that was about to be cancelled is cancelled."""
    ending = Status.CANCELLED if order.status in LEAVING else Status.EXPIRED
    return state.move(order, ending, at)


OVERTAKEN: Final = "The order to be replaced was filled first"


def read_successor(body: object, old: Order, *, partial: bool) -> OrderRequest:
    """
    What *old* shall become, for the quantities that it has left.

    Raises:
        ApiError: 400 for the shape, 422 when the legs differ.
    """
    request = read_replacement(body, old.request, partial=partial)
    left = tuple(
        LegRequest(leg.instrument_type, leg.symbol, leg.action, leg.remaining if leg.quantity else None)
        for leg in old.legs
    )
    if not all(_same(leg, own, original) for leg, own, original in _paired(request, old)):
        message = "Only price, order type and time in force of an order can be replaced."
        raise ApiError(
            422, "preflight_check_failure", "One or more preflight checks failed",
            [{"code": "sim.replacement_changes_legs", "message": message}],
        )  # fmt: skip
    return request.of(left)


def put_successor(state: State, old: Order, new: Order, at: datetime) -> Order:
    """The new order takes the place of the old one in whatever complex order that belongs to."""
    new = evolve(new, replaces=old.number, placed_in=old.placed_in, part=old.part, part_index=old.part_index)
    if old.placed_in is not None:
        state.complexes[old.placed_in] = state.complexes[old.placed_in].swapped(old.number, new.number)
    return state.put(evolve(new, status=Status.CONTINGENT), at)


def follow_replaced(state: State, old: Order, at: datetime) -> None:
    """What becomes of the replacement when something happened to the order that it replaces."""
    new = state.orders.get(old.replaced_by or 0)
    if new is None or new.status is not Status.CONTINGENT or new.replaces != old.number:
        return
    if old.status is Status.CANCELLED:
        if not _waits_for_trigger(state, new):
            routing.begin(state, new, at)
    elif old.status.is_terminal or _was_filled(old, new):
        routing.reject(state, new, OVERTAKEN, at)
        if old.placed_in is not None:
            state.complexes[old.placed_in] = state.complexes[old.placed_in].swapped(new.number, old.number)
        status = old.status if old.status.is_terminal else Status.LIVE
        state.put(evolve(old, status=status, replaced_by=None), at)


def _was_filled(old: Order, new: Order) -> bool:
    """Whether the old order has less left than when its replacement was asked for."""
    return any(left.remaining < leg.quantity for left, leg in zip(old.legs, new.legs, strict=True))


def _waits_for_trigger(state: State, new: Order) -> bool:
    group = state.complexes.get(new.placed_in or 0)
    if group is None or group.trigger is None or new.number == group.trigger:
        return False
    return state.orders[group.trigger].status is not Status.FILLED


def _paired(request: OrderRequest, old: Order) -> list[tuple[LegRequest, LegRequest, LegRequest]]:
    """Each leg asked for, beside what is left of it and what it was at first."""
    if len(request.legs) != len(old.legs):
        return [(request.legs[0], _UNLIKE, _UNLIKE)]
    left = (LegRequest(leg.instrument_type, leg.symbol, leg.action, leg.remaining) for leg in old.legs)
    return list(zip(request.legs, left, old.request.legs, strict=True))


_UNLIKE: Final = LegRequest("", "", "", None)


def _same(asked: LegRequest, left: LegRequest, original: LegRequest) -> bool:
    if asked in (left, original):
        return True
    relabelled = LegRequest(asked.instrument_type, asked.symbol, left.action, asked.quantity)
    return asked.action == original.action and relabelled in (left, original)
