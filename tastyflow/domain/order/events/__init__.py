"""
What can happen to an order, in the order in which it usually does, and what each event does to the order's state.

    asked       OrderDrafted ─ OrderValidated                       or OrderRefused: the desk refused it, and why
    confirmed   OrderConfirmed                                   where the trader is asked before anything is sent
    rehearsed   SubmissionClaimed(sandbox) ─ … ─ RehearsalConcluded     or AttemptForgotten: the sandbox was reset
    approved    OrderApproved                               or ApprovalRequested ─ OrderApproved, ApprovalVoided
    waiting     OrderQueued, OrderRetrying, OrderStillWaiting
    submitted   SubmissionClaimed(production) ─ SubmissionAdopted   or Declined, NotSent, Lost, NotFound
    worked      OrderWentLive ─ FillRecorded… ─ OrderFilled         or Cancelled, Expired, Rejected by the venue
    changed     CancelRequested, CancelDenied, ReplaceRequested, OrderReplaced, ReplaceDenied
    escalated   OrderEscalated ─ OrderAbandoned, OrderResubmitted
    outside     OrderChangedOutside, OrderFoundAtVenue

An event is added here, with its `change`, and in ``tastyflow.application.telling``, with its words for people.
These shapes are stored: add fields with defaults, or a new version of the topic.
"""

from tastyflow.domain.order.events.approved import ApprovalRequested, ApprovalVoided, OrderApproved
from tastyflow.domain.order.events.asked import (
    OrderDrafted,
    OrderRefused,
    OrderValidated,
    OrderWithdrawn,
    RecordedCheck,
)
from tastyflow.domain.order.events.base import AttemptEvent, OrderEvent
from tastyflow.domain.order.events.changed import (
    CancelDenied,
    CancelRequested,
    OrderReplaced,
    ReplaceDenied,
    ReplaceRequested,
)
from tastyflow.domain.order.events.confirmed import OrderConfirmed
from tastyflow.domain.order.events.escalated import (
    RESUBMITTED,
    EscalationReason,
    OrderAbandoned,
    OrderEscalated,
    OrderResubmitted,
)
from tastyflow.domain.order.events.outside import OrderChangedOutside, OrderFoundAtVenue
from tastyflow.domain.order.events.rehearsed import RehearsalConcluded
from tastyflow.domain.order.events.submitted import (
    AttemptForgotten,
    FoundBy,
    OrderQueued,
    OrderRetrying,
    OrderStillWaiting,
    SubmissionAdopted,
    SubmissionClaimed,
    SubmissionDeclined,
    SubmissionLost,
    SubmissionNotFound,
    SubmissionNotSent,
)
from tastyflow.domain.order.events.worked import (
    AttemptEnded,
    FillRecorded,
    OrderCancelled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    OrderWentLive,
)

__all__ = [
    "RESUBMITTED",
    "ApprovalRequested",
    "ApprovalVoided",
    "AttemptEnded",
    "AttemptEvent",
    "AttemptForgotten",
    "CancelDenied",
    "CancelRequested",
    "EscalationReason",
    "FillRecorded",
    "FoundBy",
    "OrderAbandoned",
    "OrderApproved",
    "OrderCancelled",
    "OrderChangedOutside",
    "OrderConfirmed",
    "OrderDrafted",
    "OrderEscalated",
    "OrderEvent",
    "OrderExpired",
    "OrderFilled",
    "OrderFoundAtVenue",
    "OrderQueued",
    "OrderRefused",
    "OrderRejected",
    "OrderReplaced",
    "OrderResubmitted",
    "OrderRetrying",
    "OrderStillWaiting",
    "OrderValidated",
    "OrderWentLive",
    "OrderWithdrawn",
    "RecordedCheck",
    "RehearsalConcluded",
    "ReplaceDenied",
    "ReplaceRequested",
    "SubmissionAdopted",
    "SubmissionClaimed",
    "SubmissionDeclined",
    "SubmissionLost",
    "SubmissionNotFound",
    "SubmissionNotSent",
]
