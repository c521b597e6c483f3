"""
A working order is to be changed: cancelled, or replaced by another order.
"""

from uuid import UUID

from attrs import frozen

from tastyflow.domain.changing import changed
from tastyflow.domain.events import topic
from tastyflow.domain.order.events.base import OrderEvent
from tastyflow.domain.order.evolve import S
from tastyflow.domain.order.stages import Stage


@topic("tastyflow.order.cancel_requested@1")
@frozen(kw_only=True, repr=False)
class CancelRequested(OrderEvent):
    """A cancel is wanted; the venue may still fill the order."""

    reason: str = ""

    def change(self, order: S) -> S:
        return changed(order, version=self.originator_version, cancel_requested=True)


@topic("tastyflow.order.cancel_denied@1")
@frozen(kw_only=True, repr=False)
class CancelDenied(OrderEvent):
    """The venue would not cancel it."""

    message: str

    def change(self, order: S) -> S:
        return changed(order, version=self.originator_version, cancel_requested=False)


@topic("tastyflow.order.replace_requested@1")
@frozen(kw_only=True, repr=False)
class ReplaceRequested(OrderEvent):
    """*replacement*, an order of its own with its own rehearsal, is to work in place of this one."""

    replacement: UUID
    digest: str

    def change(self, order: S) -> S:
        return changed(order, version=self.originator_version, replacement=self.replacement)


@topic("tastyflow.order.replaced@1")
@frozen(kw_only=True, repr=False)
class OrderReplaced(OrderEvent):
    """*replacement* works in its place; what was filled before stays with this order."""

    replacement: UUID
    broker_order: str

    def change(self, order: S) -> S:
        message = f"replaced by order {self.replacement.hex[:6]}"
        return changed(order, version=self.originator_version, stage=Stage.CANCELLED, message=message)


@topic("tastyflow.order.replace_denied@1")
@frozen(kw_only=True, repr=False)
class ReplaceDenied(OrderEvent):
    """The venue would not replace it; it goes on working."""

    message: str

    def change(self, order: S) -> S:
        return changed(order, version=self.originator_version, replacement=None)
