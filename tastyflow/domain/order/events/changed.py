"""
A working order is to be changed: cancelled, or replaced by another order.
"""

from uuid import UUID

from attrs import frozen

from tastyflow.domain.changing import changed
from tastyflow.domain.events import topic
from tastyflow.domain.order.events.base import OrderEvent
from tastyflow.domain.order.evolve import S, with_attempt
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.venue import Status, Venue


@topic("tastyflow.order.cancel_requested@1")
@frozen(kw_only=True, repr=False)
class CancelRequested(OrderEvent):
    """A cancel is wanted; the venue may still fill the order."""

    reason: str = ""

    def change(self, order: S) -> S:
        return changed(order, version=self.originator_version, cancel_requested=True, cancel_reason=self.reason)


@topic("tastyflow.order.cancel_denied@1")
@frozen(kw_only=True, repr=False)
class CancelDenied(OrderEvent):
    """The venue would not cancel it."""

    message: str

    def change(self, order: S) -> S:
        return changed(order, version=self.originator_version, cancel_requested=False, cancel_reason="")


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
    """
    *replacement* works in its place, at the venue as *broker_order*; what was filled before stays with this order.

    The venue has cancelled the attempt that was replaced.
    """

    replacement: UUID
    broker_order: str

    def change(self, order: S) -> S:
        message = f"replaced by order {self.replacement.hex[:6]}"
        latest, attempts = order.attempt(Venue.PRODUCTION), order.attempts
        if latest is not None and not (latest.status and latest.status.is_terminal):
            attempts = with_attempt(order, latest.venue, latest.number, status=Status.CANCELLED)
        return changed(
            order, version=self.originator_version, stage=Stage.CANCELLED, attempts=attempts, message=message
        )


@topic("tastyflow.order.replace_denied@1")
@frozen(kw_only=True, repr=False)
class ReplaceDenied(OrderEvent):
    """The replacement came to nothing: *message* says why. It goes on working, unless it is over."""

    message: str

    def change(self, order: S) -> S:
        return changed(order, version=self.originator_version, replacement=None)
