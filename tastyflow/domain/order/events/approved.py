"""
An order is approved for production, by a person or by the policy.
"""

from attrs import frozen

from tastyflow.domain.changing import changed
from tastyflow.domain.events import topic
from tastyflow.domain.order.events.base import OrderEvent
from tastyflow.domain.order.evolve import S
from tastyflow.domain.order.stages import Stage


@topic("tastyflow.order.approved@1")
@frozen(kw_only=True, repr=False)
class OrderApproved(OrderEvent):
    """A person, or the policy, let *digest* go on to production."""

    digest: str
    approved_by: str

    def change(self, order: S) -> S:
        return changed(order, version=self.originator_version, stage=Stage.APPROVED, approved_by=self.approved_by)
