"""
The end of an order before it is filled: asked for, or by the clock.

    at the exchange     Live ─▶ Cancel Requested ─▶ Cancelled     a fill can come first
    not yet there       Received, Contingent ─▶ Cancelled         in one step
    over already        422 cannot_update_order
"""

from datetime import datetime, timedelta

from tastyflow_simulator.book.orders import AT_VENUE, LEAVING, Order, Status
from tastyflow_simulator.book.state import State, What
from tastyflow_simulator.errors import WireError


def cancel(state: State, order: Order, at: datetime) -> Order:
    """
    Ask for the cancel of an order.

    Raises:
        WireError: 422, when it is over, or on its way out.
    """
    check_open(order)
    return leave(state, order, Status.CANCEL_REQUESTED, at)


def check_open(order: Order) -> None:
    """
    Raises:
        WireError: 422, when nothing can be changed about it any more.
    """
    if order.status.is_terminal or order.status in LEAVING:
        message = "the order could not be cancelled"
        raise WireError(422, "cannot_update_order", message, [{"code": "cannot_update_order", "message": message}])


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
