"""
What follows from one part of a complex order for the others.

    trigger filled ─▶ the members start          trigger over otherwise ─▶ the members are cancelled
    a member of an OCO trades ─▶ the other is cancelled (and may trade before that reaches the exchange)
"""

from datetime import datetime

from tastyflow_simulator.book import routing
from tastyflow_simulator.book.cancelling import leave
from tastyflow_simulator.book.complexes import Complex
from tastyflow_simulator.book.orders import Order, Status
from tastyflow_simulator.book.state import State


def follow(state: State, order: Order, at: datetime) -> None:
    """Look at the complex order that *order* is part of."""
    group = state.complexes.get(order.placed_in or 0)
    if group is None:
        return
    if order.number == group.trigger:
        _after_trigger(state, group, order, at)
    elif order.number in group.members and group.one_cancels_other and order.has_fills:
        for other in group.members:
            if other != order.number:
                leave(state, state.orders[other], Status.CANCEL_REQUESTED, at)


def _after_trigger(state: State, group: Complex, trigger: Order, at: datetime) -> None:
    if not trigger.status.is_terminal:
        return
    for member in (state.orders[number] for number in group.members):
        if member.status is not Status.CONTINGENT or _waits_for_old(state, member):
            continue
        if trigger.status is Status.FILLED:
            routing.begin(state, member, at)
        else:
            leave(state, member, Status.CANCEL_REQUESTED, at)


def _waits_for_old(state: State, member: Order) -> bool:
    """Whether it replaces an order that the exchange has not let go yet."""
    return member.replaces is not None and not state.orders[member.replaces].status.is_terminal
