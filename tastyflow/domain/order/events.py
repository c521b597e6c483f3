"""
What can happen to an order, in the order in which it usually does.

    asked        OrderDrafted ─ OrderValidated                       or OrderRefused: we said no, and why
    rehearsed    SubmissionClaimed(sandbox) ─ … ─ RehearsalConcluded ─ OrderApproved
    submitted    SubmissionClaimed(production) ─ SubmissionAdopted    or Declined, NotSent, Lost, NotFound
    worked       OrderWentLive ─ FillRecorded… ─ OrderFilled          or Cancelled, Expired, Rejected by the venue
    changed      CancelRequested, CancelDenied, ReplaceRequested, OrderReplaced, ReplaceDenied
    looked at    OrderEscalated ─ OrderAbandoned; OrderWithdrawn before it reached production

These shapes are stored: add fields with defaults, or a new version of the topic.
"""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from attrs import frozen

from tastyflow.domain.events import Event, topic
from tastyflow.domain.ticket import Ticket
from tastyflow.domain.venue import Venue


@frozen
class Asked:
    """
    The request behind an order.

    Attributes:
        text: The words as typed, bounded.
        platform: Where they were typed (``cli``, ``discord``, ``signal``).
        user: Who typed them, by the platform's id.
        message: The platform's id of the message; used once.
        trader: The trader that *user* is; None where nobody is known by that identity.
    """

    text: str
    platform: str
    user: str
    message: str
    trader: UUID | None = None


@topic("tastyflow.order.drafted@1")
@frozen(kw_only=True)
class OrderDrafted(Event):
    """
    An order was understood and completed.

    *words* are the canonical words of *ticket*; *completions* say what the text left open and how it was settled.
    """

    asked: Asked
    ticket: Ticket
    digest: str
    strategy: str
    words: str
    completions: tuple[str, ...] = ()


@topic("tastyflow.order.validated@1")
@frozen(kw_only=True)
class OrderValidated(Event):
    """The order is within its trader's limits; *notional_usd* is what was reserved for it."""

    notional_usd: Decimal
    contracts: int
    checks: tuple[str, ...] = ()


@topic("tastyflow.order.refused@1")
@frozen(kw_only=True)
class OrderRefused(Event):
    """We said no. As a first event: the text never became a ticket, and *asked* says what it was."""

    code: str
    message: str
    hint: str = ""
    suggestions: tuple[str, ...] = ()
    asked: Asked | None = None


@topic("tastyflow.order.withdrawn@1")
@frozen(kw_only=True)
class OrderWithdrawn(Event):
    """Cancelled before it reached production."""

    reason: str = ""


@frozen(kw_only=True)
class _OfAttempt(Event):
    venue: Venue
    attempt: int


@topic("tastyflow.order.submission_claimed@1")
@frozen(kw_only=True)
class SubmissionClaimed(_OfAttempt):
    """The right to send *digest* to *venue*, once. Committed before the first byte leaves."""

    external_id: str
    nonce: str
    digest: str
    proof: UUID | None = None


@topic("tastyflow.order.submission_adopted@1")
@frozen(kw_only=True)
class SubmissionAdopted(_OfAttempt):
    """The venue has it. *found_by* is ``answer``, ``stream`` or ``search``."""

    broker_order: str
    found_by: str = "answer"


@topic("tastyflow.order.submission_declined@1")
@frozen(kw_only=True)
class SubmissionDeclined(_OfAttempt):
    """The venue said no: nothing was placed."""

    code: str
    message: str


@topic("tastyflow.order.submission_not_sent@1")
@frozen(kw_only=True)
class SubmissionNotSent(_OfAttempt):
    """It never left: nothing was placed."""

    message: str


@topic("tastyflow.order.submission_lost@1")
@frozen(kw_only=True)
class SubmissionLost(_OfAttempt):
    """It left, and no answer came: the outcome is unknown until the venue is asked."""

    message: str


@topic("tastyflow.order.submission_not_found@1")
@frozen(kw_only=True)
class SubmissionNotFound(_OfAttempt):
    """The venue was searched, completely and for long enough, and does not have it."""

    searches: int


@topic("tastyflow.order.rehearsal_concluded@1")
@frozen(kw_only=True)
class RehearsalConcluded(Event):
    """The test of *digest* ended; only a passed one is proof, and only until *valid_until*."""

    test: UUID
    digest: str
    passed: bool
    valid_until: datetime
    reasons: tuple[str, ...] = ()


@topic("tastyflow.order.approved@1")
@frozen(kw_only=True)
class OrderApproved(Event):
    """Somebody, or the policy, let *digest* go on to production."""

    digest: str
    approved_by: str


@topic("tastyflow.order.went_live@1")
@frozen(kw_only=True)
class OrderWentLive(_OfAttempt):
    """The venue is working it."""


@topic("tastyflow.order.fill_recorded@1")
@frozen(kw_only=True)
class FillRecorded(_OfAttempt):
    """One execution. *late* when the order was over already: a fill can cross our cancel."""

    fill_id: str
    symbol: str
    quantity: int
    price: Decimal
    filled_at: datetime
    late: bool = False


@topic("tastyflow.order.filled@1")
@frozen(kw_only=True)
class OrderFilled(_OfAttempt):
    """Every leg is filled."""


@topic("tastyflow.order.cancelled@1")
@frozen(kw_only=True)
class OrderCancelled(_OfAttempt):
    """The venue cancelled what was not filled."""

    reason: str = ""


@topic("tastyflow.order.expired@1")
@frozen(kw_only=True)
class OrderExpired(_OfAttempt):
    """The venue let what was not filled expire."""

    reason: str = ""


@topic("tastyflow.order.rejected@1")
@frozen(kw_only=True)
class OrderRejected(_OfAttempt):
    """The venue had accepted it and rejected it afterwards."""

    reason: str = ""


@topic("tastyflow.order.cancel_requested@1")
@frozen(kw_only=True)
class CancelRequested(Event):
    """Somebody wants it cancelled; the venue may still fill it."""

    reason: str = ""


@topic("tastyflow.order.cancel_denied@1")
@frozen(kw_only=True)
class CancelDenied(Event):
    """The venue would not cancel it."""

    message: str


@topic("tastyflow.order.replace_requested@1")
@frozen(kw_only=True)
class ReplaceRequested(Event):
    """*replacement*, an order of its own with its own rehearsal, is to work in place of this one."""

    replacement: UUID
    digest: str


@topic("tastyflow.order.replaced@1")
@frozen(kw_only=True)
class OrderReplaced(Event):
    """*replacement* works in its place; what was filled before stays with this order."""

    replacement: UUID
    broker_order: str


@topic("tastyflow.order.replace_denied@1")
@frozen(kw_only=True)
class ReplaceDenied(Event):
    """The venue would not replace it; it goes on working."""

    message: str


@topic("tastyflow.order.escalated@1")
@frozen(kw_only=True)
class OrderEscalated(Event):
    """A person must look: *reason* is a code, *message* says what was seen."""

    reason: str
    message: str


@topic("tastyflow.order.abandoned@1")
@frozen(kw_only=True)
class OrderAbandoned(Event):
    """A person gave it up. If the venue ever shows it, it is adopted all the same."""

    reason: str = ""


ENDINGS: tuple[type[Event], ...] = (
    OrderRefused,
    OrderWithdrawn,
    OrderFilled,
    OrderCancelled,
    OrderExpired,
    OrderRejected,
    OrderReplaced,
    OrderAbandoned,
)
"""The events that can end an order (those of an attempt: where it is the one in production)."""
