"""
What all events of an order are: an event of an order that exists, and an event of one attempt at one venue.
"""

from abc import abstractmethod

from attrs import frozen

from tastyflow.domain.events import Event
from tastyflow.domain.order.evolve import S
from tastyflow.domain.venue import Venue


@frozen(kw_only=True, repr=False)
class OrderEvent(Event):
    """An event of an order that exists."""

    @abstractmethod
    def change(self, order: S) -> S:
        """*order* after this event."""


@frozen(kw_only=True, repr=False)
class AttemptEvent(OrderEvent):
    """An event of one attempt at one venue."""

    venue: Venue
    attempt: int
