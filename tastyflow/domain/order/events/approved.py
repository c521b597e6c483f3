"""
An order is approved for production: by the policy, or by a person whom it had to wait for.

    rehearsed ─▶ ApprovalRequested ─▶ OrderApproved                     or OrderRefused: rejected, or not in time
                       └──────────────────┴──▶ ApprovalVoided ─▶ OrderRefused     the market moved
"""

from datetime import datetime
from uuid import UUID

from attrs import frozen

from tastyflow.domain.changing import changed
from tastyflow.domain.events import topic
from tastyflow.domain.order.approval import ApprovalRequest, MarketSnapshot, PersonalApproval
from tastyflow.domain.order.events.base import OrderEvent
from tastyflow.domain.order.evolve import S
from tastyflow.domain.order.stages import Stage


@topic("tastyflow.order.approval_requested@1")
@frozen(kw_only=True, repr=False)
class ApprovalRequested(OrderEvent):
    """
    *digest* passed its rehearsal and waits for the approval of another person.

    Attributes:
        reasons: Why a person must approve, as sentences.
        market: The market when it began to wait.
        until: The first moment at which it waits no more.
    """

    reasons: tuple[str, ...]
    digest: str
    market: MarketSnapshot
    until: datetime

    def change(self, order: S) -> S:
        request = ApprovalRequest(self.reasons, self.digest, self.market, self.at, self.until)
        return changed(order, version=self.originator_version, request=request)


@topic("tastyflow.order.approved@1")
@frozen(kw_only=True, repr=False)
class OrderApproved(OrderEvent):
    """
    A person, or the policy, let *digest* go on to production.

    Attributes:
        approved_by: The name of the person, or ``policy``.
        approver: The person, as a trader; None where the policy approved.
        market: The market as the person saw it; None where the policy approved.
    """

    digest: str
    approved_by: str
    approver: UUID | None = None
    market: MarketSnapshot | None = None

    def change(self, order: S) -> S:
        given = None
        if self.approver is not None and self.market is not None:
            given = PersonalApproval(self.approver, self.digest, self.market, self.at)
        return changed(
            order,
            version=self.originator_version,
            stage=Stage.APPROVED,
            approved_by=self.approved_by,
            approval=given,
        )


@topic("tastyflow.order.approval_voided@1")
@frozen(kw_only=True, repr=False)
class ApprovalVoided(OrderEvent):
    """
    The market moved too far: what was asked for, or approved, at *then* does not count at *now*.

    *reason* says how far it moved, as a sentence.
    """

    reason: str
    then: MarketSnapshot
    now: MarketSnapshot

    def change(self, order: S) -> S:
        return changed(order, version=self.originator_version, request=None, approval=None)
