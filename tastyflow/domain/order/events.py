"""
What can happen to an order, in the order in which it usually does, and what each event does to the order's state.

    asked        OrderDrafted ─ OrderValidated                       or OrderRefused: the desk refused it, and why
    rehearsed    SubmissionClaimed(sandbox) ─ … ─ RehearsalConcluded ─ OrderApproved
    submitted    SubmissionClaimed(production) ─ SubmissionAdopted    or Declined, NotSent, Lost, NotFound
    worked       OrderWentLive ─ FillRecorded… ─ OrderFilled          or Cancelled, Expired, Rejected by the venue
    changed      CancelRequested, CancelDenied, ReplaceRequested, OrderReplaced, ReplaceDenied
    looked at    OrderEscalated ─ OrderAbandoned; OrderWithdrawn before it reached production

An event is added here, with its `change`, and in ``tastyflow.application.telling``, with its words for people.
These shapes are stored: add fields with defaults, or a new version of the topic.
"""

from abc import abstractmethod
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from attrs import field, frozen

from tastyflow.domain.changing import changed
from tastyflow.domain.events import Event, topic
from tastyflow.domain.order.evolve import S, settled_stage, with_attempt, with_ended_attempt
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.order.state import Asked
from tastyflow.domain.order.submission import Attempt, AttemptOutcome, Fill
from tastyflow.domain.testresult import TestProof
from tastyflow.domain.ticket import Strategy, Ticket
from tastyflow.domain.venue import Status, Venue


class FoundBy(StrEnum):
    """How we learned that a venue has an attempt."""

    ANSWER = "answer"  # the venue's answer to our request
    STREAM = "stream"
    SEARCH = "search"  # we asked for it by its external id


class EscalationReason(StrEnum):
    """Why a person must look at an order."""

    OUTCOME_UNKNOWN = "outcome_unknown"  # production never answered, and a search did not find the attempt
    DUPLICATE_ORDER = "duplicate_order"  # the venue has the order twice
    EXCESS_FILL = "excess_fill"  # the venue filled more than was ordered
    ECHO_DIFFERS = "echo_differs"  # production works other content than was tested and sent


@frozen(kw_only=True, repr=False)
class OrderEvent(Event):
    """An event of an order that exists."""

    @abstractmethod
    def change(self, order: S) -> S:
        """*order* after this event."""


# ── asked ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@topic("tastyflow.order.drafted@1")
@frozen(kw_only=True, repr=False)
class OrderDrafted(Event):
    """
    An order was understood and completed.

    *words* are the canonical words of *ticket*; *completions* say what the text left open and how it was settled.
    """

    asked: Asked
    ticket: Ticket
    digest: str
    strategy: Strategy
    words: str
    completions: tuple[str, ...] = ()

    def begin(self, kind: type[S]) -> S:
        """The order that this event makes."""
        return kind(
            id=self.originator_id,
            version=self.originator_version,
            stage=Stage.DRAFTED,
            asked=self.asked,
            ticket=self.ticket,
            words=self.words,
            strategy=self.strategy,
            completions=self.completions,
            asked_at=self.at,
        )


@frozen
class RecordedCheck:
    """
    A check of risk as the log keeps it (`tastyflow.domain.risk.codes` says what each code asks).

    Attributes:
        outcome: ``passed``, ``refused``, ``needs_approval`` or ``could_not_run``.
        inputs: What the check saw, in short words by name.
    """

    code: str
    outcome: str
    detail: str
    inputs: Mapping[str, str] = field(factory=dict, hash=False)


@topic("tastyflow.order.validated@1")
@frozen(kw_only=True, repr=False)
class OrderValidated(OrderEvent):
    """
    The order is within its limits.

    Attributes:
        notional_usd: What was reserved for it.
        checks: What the checks found that a trader should know, as sentences.
        risk: What each check of risk found.
        loss_usd: What the order can add to the loss of the account; None where that is unlimited.
        book: The book of the account that it is entered in; None in the oldest logs.
    """

    notional_usd: Decimal
    contracts: int
    checks: tuple[str, ...] = ()
    risk: tuple[RecordedCheck, ...] = ()
    loss_usd: Decimal | None = None
    book: UUID | None = None

    def change(self, order: S) -> S:
        return changed(
            order,
            version=self.originator_version,
            stage=Stage.VALIDATED,
            notional_usd=self.notional_usd,
            contracts=self.contracts,
            loss_usd=self.loss_usd,
            book=self.book,
        )


@topic("tastyflow.order.refused@1")
@frozen(kw_only=True, repr=False)
class OrderRefused(OrderEvent):
    """The desk refused it. As a first event: the text never became a ticket, and *asked* holds the request."""

    code: str
    message: str
    hint: str = ""
    suggestions: tuple[str, ...] = ()
    asked: Asked | None = None
    risk: tuple[RecordedCheck, ...] = ()

    def begin(self, kind: type[S]) -> S:
        """The order that this event makes, where it is the first: one that is over."""
        if self.asked is None:
            raise TypeError("OrderRefused begins no order where it does not say what was asked")
        return kind(
            id=self.originator_id,
            version=self.originator_version,
            stage=Stage.REFUSED,
            asked=self.asked,
            asked_at=self.at,
            code=self.code,
            message=self.message,
            hint=self.hint,
            suggestions=self.suggestions,
        )

    def change(self, order: S) -> S:
        return changed(
            order,
            version=self.originator_version,
            stage=Stage.REFUSED,
            code=self.code,
            message=self.message,
            hint=self.hint,
            suggestions=self.suggestions,
        )


@topic("tastyflow.order.withdrawn@1")
@frozen(kw_only=True, repr=False)
class OrderWithdrawn(OrderEvent):
    """Cancelled before it reached production."""

    reason: str = ""

    def change(self, order: S) -> S:
        return changed(order, version=self.originator_version, stage=Stage.CANCELLED, message=self.reason)


# ── submitted, to the sandbox or to production ─────────────────────────────────────────────────────────────────────


@frozen(kw_only=True, repr=False)
class AttemptEvent(OrderEvent):
    """An event of one attempt at one venue."""

    venue: Venue
    attempt: int


@topic("tastyflow.order.submission_claimed@1")
@frozen(kw_only=True, repr=False)
class SubmissionClaimed(AttemptEvent):
    """The right to send *digest* to *venue*, once. Committed before the first byte leaves."""

    external_id: str
    nonce: str
    digest: str
    proof: UUID | None = None

    def change(self, order: S) -> S:
        attempt = Attempt(
            venue=self.venue,
            number=self.attempt,
            external_id=self.external_id,
            nonce=self.nonce,
            digest=self.digest,
            claimed_at=self.at,
            proof=self.proof,
        )
        attempts = (*order.attempts, attempt)
        if self.venue is Venue.PRODUCTION:
            return changed(order, version=self.originator_version, stage=Stage.SUBMITTING, attempts=attempts)
        proof = None  # a new rehearsal voids the old proof
        return changed(order, version=self.originator_version, stage=Stage.REHEARSING, attempts=attempts, proof=proof)


@topic("tastyflow.order.submission_adopted@1")
@frozen(kw_only=True, repr=False)
class SubmissionAdopted(AttemptEvent):
    """The venue has it."""

    broker_order: str
    found_by: FoundBy = FoundBy.ANSWER

    def change(self, order: S) -> S:
        ours = (self.venue, self.attempt)
        ended = any((a.venue, a.number) == ours and a.status and a.status.is_terminal for a in order.attempts)
        moves = self.venue is Venue.PRODUCTION and not ended
        return changed(
            order,
            version=self.originator_version,
            attempts=with_attempt(order, *ours, outcome=AttemptOutcome.ADOPTED, broker_order=self.broker_order),
            stage=Stage.WORKING if moves else order.stage,
        )


@topic("tastyflow.order.submission_declined@1")
@frozen(kw_only=True, repr=False)
class SubmissionDeclined(AttemptEvent):
    """The venue refused the attempt: nothing was placed."""

    code: str
    message: str

    def change(self, order: S) -> S:
        outcome = AttemptOutcome.DECLINED
        attempts = with_attempt(order, self.venue, self.attempt, outcome=outcome, reason=self.message)
        if self.venue is Venue.SANDBOX:
            return changed(order, version=self.originator_version, attempts=attempts)
        return changed(
            order,
            version=self.originator_version,
            attempts=attempts,
            stage=settled_stage(order, attempts, Stage.REJECTED),
            code=self.code,
            message=self.message,
        )


@topic("tastyflow.order.submission_not_sent@1")
@frozen(kw_only=True, repr=False)
class SubmissionNotSent(AttemptEvent):
    """It never left: nothing was placed."""

    message: str

    def change(self, order: S) -> S:
        outcome = AttemptOutcome.NOT_SENT
        attempts = with_attempt(order, self.venue, self.attempt, outcome=outcome, reason=self.message)
        if self.venue is Venue.SANDBOX:
            return changed(order, version=self.originator_version, attempts=attempts)
        back = Stage.APPROVED if order.stage is Stage.SUBMITTING else order.stage
        stage = settled_stage(order, attempts, back)
        return changed(order, version=self.originator_version, attempts=attempts, stage=stage)


@topic("tastyflow.order.submission_lost@1")
@frozen(kw_only=True, repr=False)
class SubmissionLost(AttemptEvent):
    """It left, and no answer came: the outcome is unknown until the venue is asked."""

    message: str

    def change(self, order: S) -> S:
        outcome = AttemptOutcome.UNKNOWN
        attempts = with_attempt(order, self.venue, self.attempt, outcome=outcome, reason=self.message)
        return changed(order, version=self.originator_version, attempts=attempts)


@topic("tastyflow.order.submission_not_found@1")
@frozen(kw_only=True, repr=False)
class SubmissionNotFound(AttemptEvent):
    """The venue was searched, completely and for long enough, and does not have it."""

    searches: int

    def change(self, order: S) -> S:
        attempts = with_attempt(order, self.venue, self.attempt, outcome=AttemptOutcome.NOT_FOUND)
        if self.venue is Venue.SANDBOX:
            return changed(order, version=self.originator_version, attempts=attempts)
        stage = settled_stage(order, attempts, order.stage)
        return changed(order, version=self.originator_version, attempts=attempts, stage=stage)


# ── rehearsed ──────────────────────────────────────────────────────────────────────────────────────────────────────


@topic("tastyflow.order.rehearsal_concluded@1")
@frozen(kw_only=True, repr=False)
class RehearsalConcluded(OrderEvent):
    """
    The test of *digest* ended; only a passed one is proof, and only until *valid_until*.

    *rehearsed* is the digest of the mirrored ticket, where that was placed in the sandbox instead; else empty.
    """

    test: UUID
    digest: str
    passed: bool
    valid_until: datetime
    reasons: tuple[str, ...] = ()
    rehearsed: str = ""

    def change(self, order: S) -> S:
        if not self.passed:  # it may be rehearsed again, or be refused
            return changed(order, version=self.originator_version, test=self.test)
        proof = TestProof(
            test=self.test,
            order=order.id,
            digest=self.digest,
            passed=self.passed,
            concluded_at=self.at,
            valid_until=self.valid_until,
            rehearsed=self.rehearsed,
        )
        return changed(order, version=self.originator_version, stage=Stage.REHEARSED, test=self.test, proof=proof)


@topic("tastyflow.order.approved@1")
@frozen(kw_only=True, repr=False)
class OrderApproved(OrderEvent):
    """A person, or the policy, let *digest* go on to production."""

    digest: str
    approved_by: str

    def change(self, order: S) -> S:
        return changed(order, version=self.originator_version, stage=Stage.APPROVED, approved_by=self.approved_by)


# ── worked ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@topic("tastyflow.order.went_live@1")
@frozen(kw_only=True, repr=False)
class OrderWentLive(AttemptEvent):
    """The venue is working it."""

    def change(self, order: S) -> S:
        attempts = with_attempt(order, self.venue, self.attempt, status=Status.LIVE)
        return changed(order, version=self.originator_version, attempts=attempts)


@topic("tastyflow.order.fill_recorded@1")
@frozen(kw_only=True, repr=False)
class FillRecorded(AttemptEvent):
    """One execution. *late* when the order was over already: a fill can cross our cancel."""

    fill_id: str
    symbol: str
    quantity: int
    price: Decimal
    filled_at: datetime
    late: bool = False

    def change(self, order: S) -> S:
        fill = Fill(
            venue=self.venue,
            attempt=self.attempt,
            fill_id=self.fill_id,
            symbol=self.symbol,
            quantity=self.quantity,
            price=self.price,
            filled_at=self.filled_at,
        )
        return changed(order, version=self.originator_version, fills=(*order.fills, fill))


@topic("tastyflow.order.filled@1")
@frozen(kw_only=True, repr=False)
class OrderFilled(AttemptEvent):
    """Every leg is filled."""

    def change(self, order: S) -> S:
        return with_ended_attempt(order, self.originator_version, self.venue, self.attempt, Status.FILLED, reason="")


@frozen(kw_only=True, repr=False)
class AttemptEnded(AttemptEvent):
    """The venue is done with an attempt that it did not fill, or not in full."""

    STATUS: ClassVar[Status]

    reason: str = ""

    def change(self, order: S) -> S:
        return with_ended_attempt(order, self.originator_version, self.venue, self.attempt, self.STATUS, self.reason)


@topic("tastyflow.order.cancelled@1")
@frozen(kw_only=True, repr=False)
class OrderCancelled(AttemptEnded):
    """The venue cancelled what was not filled."""

    STATUS: ClassVar[Status] = Status.CANCELLED


@topic("tastyflow.order.expired@1")
@frozen(kw_only=True, repr=False)
class OrderExpired(AttemptEnded):
    """The venue let what was not filled expire."""

    STATUS: ClassVar[Status] = Status.EXPIRED


@topic("tastyflow.order.rejected@1")
@frozen(kw_only=True, repr=False)
class OrderRejected(AttemptEnded):
    """The venue had accepted it and rejected it afterwards."""

    STATUS: ClassVar[Status] = Status.REJECTED


# ── changed ────────────────────────────────────────────────────────────────────────────────────────────────────────


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


# ── looked at by a person ──────────────────────────────────────────────────────────────────────────────────────────


@topic("tastyflow.order.escalated@1")
@frozen(kw_only=True, repr=False)
class OrderEscalated(OrderEvent):
    """A person must look: *message* says what was seen."""

    reason: EscalationReason
    message: str

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
