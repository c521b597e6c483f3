"""
An order is submitted, to the sandbox or to production: it queues, an attempt is claimed, and ends in what became of it.
"""

from enum import StrEnum
from uuid import UUID

from attrs import frozen

from tastyflow.domain.age import Mark
from tastyflow.domain.changing import changed
from tastyflow.domain.events import topic
from tastyflow.domain.order.events.base import AttemptEvent, OrderEvent
from tastyflow.domain.order.events.escalated import EscalationReason
from tastyflow.domain.order.evolve import S, settled_stage, with_attempt
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.order.state import UNANSWERED, OrderState
from tastyflow.domain.order.submission import Attempt, AttemptOutcome
from tastyflow.domain.venue import Status, Venue


class FoundBy(StrEnum):
    """How we learned that a venue has an attempt."""

    ANSWER = "answer"  # the venue's answer to our request
    STREAM = "stream"
    SEARCH = "search"  # we asked for it by its external id
    PERSON = "person"  # a person said which order it is; the venue was asked for it


@topic("tastyflow.order.queued@1")
@frozen(kw_only=True, repr=False)
class OrderQueued(OrderEvent):
    """
    It waits in the queue before *venue*: *ahead* requests leave before it, and its turn should come in *expected_s*.

    Recorded once for each venue, and only where it has to wait noticeably. Nothing is claimed yet.
    """

    venue: Venue
    ahead: int
    expected_s: float

    def change(self, order: S) -> S:
        return changed(order, version=self.originator_version, queued_at=(*order.queued_at, self.venue))


@topic("tastyflow.order.retrying@1")
@frozen(kw_only=True, repr=False)
class OrderRetrying(OrderEvent):
    """
    The try numbered *tried* of *tries* at *venue* came to nothing, for *reason*; the next one follows in *wait_s*.

    Nothing of it is at the venue.
    """

    venue: Venue
    reason: str
    wait_s: float
    tried: int
    tries: int

    def change(self, order: S) -> S:
        return changed(order, version=self.originator_version)


@topic("tastyflow.order.still_waiting@1")
@frozen(kw_only=True, repr=False)
class OrderStillWaiting(OrderEvent):
    """Its trader was told nothing for *silent_s* seconds; *message* says what it waits for, as a sentence."""

    message: str
    silent_s: float

    def change(self, order: S) -> S:
        return changed(order, version=self.originator_version)


@topic("tastyflow.order.submission_claimed@1")
@frozen(kw_only=True, repr=False)
class SubmissionClaimed(AttemptEvent):
    """
    The right to send *digest* to *venue*, once. Committed before the first byte leaves.

    *account* is the name of the account there; empty in the oldest logs, as *environment* is. *is_exit* says whether
    the order only took risk away when production was claimed; None for the sandbox, and in the oldest logs.
    *mark* is the moment by the clock that counts sleep. *body* is what is sent, byte for byte; empty in old logs.
    """

    external_id: str
    nonce: str
    digest: str
    proof: UUID | None = None
    environment: str = ""
    account: str = ""
    is_exit: bool | None = None
    mark: Mark | None = None
    body: str = ""

    def change(self, order: S) -> S:
        attempt = Attempt(
            venue=self.venue,
            number=self.attempt,
            external_id=self.external_id,
            nonce=self.nonce,
            digest=self.digest,
            claimed_at=self.at,
            proof=self.proof,
            environment=self.environment,
            account=self.account,
            is_exit=self.is_exit,
            mark=self.mark,
        )
        attempts = (*order.attempts, attempt)
        if self.venue is Venue.PRODUCTION:
            return changed(order, version=self.originator_version, stage=Stage.SUBMITTING, attempts=attempts)
        return changed(  # a new rehearsal voids the old proof, and what was approved by it
            order,
            version=self.originator_version,
            stage=Stage.REHEARSING,
            attempts=attempts,
            proof=None,
            approval=None,
        )


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
    """
    It never left: nothing was placed.

    Its sender says so, and knows it for certain: also where others gave it up as lost, or searched for it and handed
    the order to a person. With that doubt gone the order is where it was before the claim.
    """

    message: str

    def change(self, order: S) -> S:
        outcome = AttemptOutcome.NOT_SENT
        attempts = with_attempt(order, self.venue, self.attempt, outcome=outcome, reason=self.message)
        if self.venue is Venue.SANDBOX:
            return changed(order, version=self.originator_version, attempts=attempts)
        goes_back = order.stage is Stage.SUBMITTING or _is_all_that_was_doubted(order, self.attempt)
        stage = settled_stage(order, attempts, Stage.APPROVED if goes_back else order.stage)
        return changed(order, version=self.originator_version, attempts=attempts, stage=stage)


def _is_all_that_was_doubted(order: OrderState, number: int) -> bool:
    """Whether a person looks at *order* because the outcome of that attempt in production is not known."""
    doubted = any(
        a.venue is Venue.PRODUCTION and a.number == number and a.outcome in UNANSWERED for a in order.attempts
    )
    return order.stage is Stage.ESCALATED and order.code == EscalationReason.OUTCOME_UNKNOWN and doubted


@topic("tastyflow.order.submission_lost@1")
@frozen(kw_only=True, repr=False)
class SubmissionLost(AttemptEvent):
    """It left, and no answer came: the outcome is unknown until the venue is asked."""

    message: str

    def change(self, order: S) -> S:
        outcome = AttemptOutcome.UNKNOWN
        attempts = with_attempt(order, self.venue, self.attempt, outcome=outcome, reason=self.message)
        return changed(order, version=self.originator_version, attempts=attempts)


@topic("tastyflow.order.attempt_forgotten@1")
@frozen(kw_only=True, repr=False)
class AttemptForgotten(AttemptEvent):
    """The sandbox was reset: it has nothing of an attempt that it had, and nothing of it is at work."""

    def change(self, order: S) -> S:
        attempts = with_attempt(order, self.venue, self.attempt, status=Status.REMOVED, reason="The sandbox was reset.")
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
