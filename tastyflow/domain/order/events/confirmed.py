"""
An order is confirmed by its trader, who was shown what it is about to do.
"""

from attrs import frozen

from tastyflow.domain.changing import changed
from tastyflow.domain.events import topic
from tastyflow.domain.order.events.base import OrderEvent
from tastyflow.domain.order.evolve import S


@topic("tastyflow.order.confirmed@1")
@frozen(kw_only=True, repr=False)
class OrderConfirmed(OrderEvent):
    """The trader saw the content *digest* and said yes to it."""

    digest: str

    def change(self, order: S) -> S:
        return changed(order, version=self.originator_version, confirmed=self.digest)
