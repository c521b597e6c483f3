"""
An order for another: the new one waits until the exchange has let the old one go.

    old   Live ─▶ Replace Requested ─▶ Cancelled, edited, replacing-order-id      a fill of it: the replacement is off
    new   Contingent ─────────────────▶ Routed ─▶ …, replaces-order-id            and Rejected

Between the two there is a moment in which neither works. Only price, type and time in force may change; the new order
is for what the old one had left.
"""

from datetime import datetime
from typing import Final

from attrs import evolve

from tastyflow_simulator.book import routing
from tastyflow_simulator.book.orders import Order, Status
from tastyflow_simulator.book.requests import LegRequest, OrderRequest, read_replacement
from tastyflow_simulator.book.state import State
from tastyflow_simulator.errors import WireError

OVERTAKEN: Final = "The order to be replaced was filled first"


def read(body: object, old: Order, *, partial: bool) -> OrderRequest:
    """
    What *old* shall become, for the quantities that it has left.

    Raises:
        WireError: 400 for the shape, 422 when the legs differ.
    """
    request = read_replacement(body, old.request, partial=partial)
    left = tuple(
        LegRequest(leg.instrument_type, leg.symbol, leg.action, leg.remaining if leg.quantity else None)
        for leg in old.legs
    )
    if not all(_same(leg, own, original) for leg, own, original in _paired(request, old)):
        message = "Only price, order type and time in force of an order can be replaced."
        raise WireError(
            422, "preflight_check_failure", "One or more preflight checks failed",
            [{"code": "sim.replacement_changes_legs", "message": message}],
        )  # fmt: skip
    return request.of(left)


def succeed(state: State, old: Order, new: Order, at: datetime) -> Order:
    """The new order takes the place of the old one in whatever complex order that belongs to."""
    new = evolve(new, replaces=old.number, placed_in=old.placed_in, part=old.part, part_index=old.part_index)
    if old.placed_in is not None:
        state.complexes[old.placed_in] = state.complexes[old.placed_in].swapped(old.number, new.number)
    return state.put(evolve(new, status=Status.CONTINGENT), at)


def follow(state: State, old: Order, at: datetime) -> None:
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
