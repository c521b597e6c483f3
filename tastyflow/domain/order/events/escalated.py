"""
A person must look at an order; gave it up; or lets it be sent again.
"""

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from attrs import frozen

from tastyflow.domain.changing import changed
from tastyflow.domain.events import topic
from tastyflow.domain.order.events.base import OrderEvent
from tastyflow.domain.order.evolve import S
from tastyflow.domain.order.stages import Stage

RESUBMITTED: Final = "resubmitted"
"""The code of the reason for which an order that is sent again waits for another person."""


class EscalationReason(StrEnum):
    """Why a person must look at an order."""

    OUTCOME_UNKNOWN = "outcome_unknown"  # production never answered, and a search did not find the attempt
    DUPLICATE_ORDER = "duplicate_order"  # the venue has the order twice
    EXCESS_FILL = "excess_fill"  # the venue filled more than was ordered
    ECHO_DIFFERS = "echo_differs"  # production works other content than was tested and sent
    FILLS_MISSING = "fills_missing"  # production says filled, and the fills of its legs do not add up
    VANISHED = "vanished"  # production had it, and knows it no more
    TURNED_UP = "turned_up"  # production has what the log called declined, not sent or given up
    UNCLAIMED = "unclaimed"  # production has an attempt whose claim is not in the log
    OUTSIDE_LIMITS = "outside_limits"  # changed at the venue by other hands, to what a limit does not allow


@topic("tastyflow.order.escalated@1")
@frozen(kw_only=True, repr=False)
class OrderEscalated(OrderEvent):
    """A person must look: *message* says what was seen. *incident* is what tells the operators; None in old logs."""

    reason: EscalationReason
    message: str
    incident: UUID | None = None

    def change(self, order: S) -> S:
        stage = order.stage if order.stage.is_over else Stage.ESCALATED  # what is over stays over, with an alarm
        return changed(order, version=self.originator_version, stage=stage, code=self.reason, message=self.message)


@topic("tastyflow.order.abandoned@1")
@frozen(kw_only=True, repr=False)
class OrderAbandoned(OrderEvent):
    """A person gave it up. If the venue ever shows it, it is adopted all the same."""

    reason: str = ""

    def change(self, order: S) -> S:
        return changed(order, version=self.originator_version, stage=Stage.ABANDONED)


@topic("tastyflow.order.resubmitted@1")
@frozen(kw_only=True, repr=False)
class OrderResubmitted(OrderEvent):
    """
    A person lets it be sent again: production does not have it. It begins anew, with a rehearsal of its own.

    Attributes:
        by: Who, by the name that people know.
        searched_at: When production was searched to the end for what was sent before, and did not have it.
        resubmitter: Who, as a trader; None where it was an operator.
        approval: Why another person must approve it now, as a sentence; empty where none must.
    """

    by: str
    searched_at: datetime
    resubmitter: UUID | None = None
    reason: str = ""
    approval: str = ""

    def change(self, order: S) -> S:
        reasons = tuple(reason for reason in order.approval_reasons if reason[0] != RESUBMITTED)
        if self.approval:
            reasons += ((RESUBMITTED, self.approval),)
        return changed(
            order,
            version=self.originator_version,
            stage=Stage.VALIDATED,
            proof=None,
            request=None,
            approval=None,
            approved_by="",
            approval_reasons=reasons,
            resubmitted_by=self.actor,
            resubmitter=self.resubmitter,
            code="",
            message="",
            hint="",
        )
