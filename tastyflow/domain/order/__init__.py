"""
One order, from the words typed to the last fill.

    stages       where an order can be, and what is possible from there
    submission   one attempt at one venue, and its fills
    state        what replaying the events says: data, and how to read it
    events       what can happen to it, and what each event does to the state
    evolve       the changes that several events share
    verbs        what can be done with it, by what the verbs are about
    order        all of it: `Order`
"""

from tastyflow.domain.order.order import Order
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.order.state import Asked

__all__ = ["Asked", "Order", "Stage"]
