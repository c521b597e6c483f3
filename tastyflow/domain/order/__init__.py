"""
One order, from the words typed to the last fill.

    stages       where an order can be, and what is possible from there
    events       what can happen to it
    submission   one attempt at one venue, and its fills
    state        what replaying the events says
    evolve       how each event changes the state
    verbs        what can be done with it: `Order`
"""

from tastyflow.domain.order.events import Asked
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.order.verbs import Order

__all__ = ["Asked", "Order", "Stage"]
