"""
How each event changes an order. It obeys and never refuses: yesterday's history replays under tomorrow's rules.

OrderUpdates of a sandbox attempt changes that attempt, never the stage: the stage is about the order's own way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import evolve

from tastyflow.domain.events import Event, Evolve
from tastyflow.domain.order import events as happened
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.order.submission import Attempt, AttemptOutcome, Fill
from tastyflow.domain.testresult import TestProof
from tastyflow.domain.venue import Status, Venue

if TYPE_CHECKING:
    from tastyflow.domain.order import Order


def _to(stage: Stage, *fields: str) -> Any:
    """Go to *stage*, taking *fields* over from the event."""

    def change(order: Order, event: Event) -> Order:
        taken = {name: getattr(event, name) for name in fields}
        return evolve(order, version=event.originator_version, stage=stage, **taken)

    return change


def _stay(order: Order, event: Event, **changes: Any) -> Order:
    return evolve(order, version=event.originator_version, **changes)


def _attempt(order: Order, event: Any, **changes: Any) -> tuple[Attempt, ...]:
    key = (event.venue, event.attempt)
    return tuple(evolve(a, **changes) if (a.venue, a.number) == key else a for a in order.attempts)


def _settled(order: Order, attempts: tuple[Attempt, ...], otherwise: Stage) -> Stage:
    """
    Where an attempt that is over leaves the order: nowhere new while another one may be at work in production.

    What the venue told of any of them counts before *otherwise*: a late no to one must not close the other.
    """
    live = [attempt for attempt in attempts if attempt.venue is Venue.PRODUCTION]
    if any(attempt.is_open for attempt in live):
        return order.stage
    told = [_STAGES[a.status] for a in live if a.status in _STAGES]
    return Stage.FILLED if Stage.FILLED in told else (*told, otherwise)[0]


_STAGES = {
    Status.FILLED: Stage.FILLED,
    Status.CANCELLED: Stage.CANCELLED,
    Status.EXPIRED: Stage.EXPIRED,
    Status.REJECTED: Stage.REJECTED,
}


def _claimed(order: Order, event: happened.SubmissionClaimed) -> Order:
    attempt = Attempt(
        venue=event.venue,
        number=event.attempt,
        external_id=event.external_id,
        nonce=event.nonce,
        digest=event.digest,
        claimed_at=event.at,
        proof=event.proof,
    )
    attempts = (*order.attempts, attempt)
    if event.venue is Venue.PRODUCTION:
        return _stay(order, event, stage=Stage.SUBMITTING, attempts=attempts)
    return _stay(order, event, stage=Stage.REHEARSING, attempts=attempts, proof=None)  # an old proof is void


def _adopted(order: Order, event: happened.SubmissionAdopted) -> Order:
    attempts = _attempt(order, event, outcome=AttemptOutcome.ADOPTED, broker_order=event.broker_order)
    ended = any(
        (a.venue, a.number) == (event.venue, event.attempt) and a.status and a.status.is_terminal for a in attempts
    )
    moves = event.venue is Venue.PRODUCTION and not ended
    return _stay(order, event, attempts=attempts, stage=Stage.WORKING if moves else order.stage)


def _declined(order: Order, event: happened.SubmissionDeclined) -> Order:
    attempts = _attempt(order, event, outcome=AttemptOutcome.DECLINED, reason=event.message)
    if event.venue is Venue.SANDBOX:
        return _stay(order, event, attempts=attempts)
    stage = _settled(order, attempts, Stage.REJECTED)
    return _stay(order, event, attempts=attempts, stage=stage, code=event.code, message=event.message)


def _not_sent(order: Order, event: happened.SubmissionNotSent) -> Order:
    attempts = _attempt(order, event, outcome=AttemptOutcome.NOT_SENT, reason=event.message)
    if event.venue is Venue.SANDBOX:
        return _stay(order, event, attempts=attempts)
    back = Stage.APPROVED if order.stage is Stage.SUBMITTING else order.stage
    return _stay(order, event, attempts=attempts, stage=_settled(order, attempts, back))


def _lost(order: Order, event: happened.SubmissionLost) -> Order:
    return _stay(order, event, attempts=_attempt(order, event, outcome=AttemptOutcome.UNKNOWN, reason=event.message))


def _not_found(order: Order, event: happened.SubmissionNotFound) -> Order:
    attempts = _attempt(order, event, outcome=AttemptOutcome.NOT_FOUND)
    if event.venue is Venue.SANDBOX:
        return _stay(order, event, attempts=attempts)
    return _stay(order, event, attempts=attempts, stage=_settled(order, attempts, order.stage))


def _concluded(order: Order, event: happened.RehearsalConcluded) -> Order:
    proof = TestProof(
        test=event.test,
        order=order.id,
        digest=event.digest,
        passed=event.passed,
        concluded_at=event.at,
        valid_until=event.valid_until,
    )
    if event.passed:
        return _stay(order, event, stage=Stage.REHEARSED, test=event.test, proof=proof)
    return _stay(order, event, test=event.test)  # it may be rehearsed again, or be refused


def _went_live(order: Order, event: happened.OrderWentLive) -> Order:
    return _stay(order, event, attempts=_attempt(order, event, status=Status.LIVE))


def _fill(order: Order, event: happened.FillRecorded) -> Order:
    fill = Fill(
        venue=event.venue,
        attempt=event.attempt,
        fill_id=event.fill_id,
        symbol=event.symbol,
        quantity=event.quantity,
        price=event.price,
        filled_at=event.filled_at,
    )
    return _stay(order, event, fills=(*order.fills, fill))


def _finished(status: Status, stage: Stage) -> Any:
    def change(order: Order, event: Any) -> Order:
        reason = getattr(event, "reason", "")
        attempts = _attempt(order, event, status=status, reason=reason)
        if event.venue is Venue.SANDBOX:
            return _stay(order, event, attempts=attempts)
        return _stay(order, event, attempts=attempts, stage=_settled(order, attempts, stage), message=reason)

    return change


def _replaced(order: Order, event: happened.OrderReplaced) -> Order:
    return _stay(order, event, stage=Stage.CANCELLED, message=f"replaced by order {event.replacement.hex[:6]}")


EVOLVE: Evolve = {
    happened.OrderValidated: _to(Stage.VALIDATED, "notional_usd", "contracts"),
    happened.OrderRefused: _to(Stage.REFUSED, "code", "message", "hint", "suggestions"),
    happened.OrderWithdrawn: lambda order, event: _stay(order, event, stage=Stage.CANCELLED, message=event.reason),
    happened.SubmissionClaimed: _claimed,
    happened.SubmissionAdopted: _adopted,
    happened.SubmissionDeclined: _declined,
    happened.SubmissionNotSent: _not_sent,
    happened.SubmissionLost: _lost,
    happened.SubmissionNotFound: _not_found,
    happened.RehearsalConcluded: _concluded,
    happened.OrderApproved: _to(Stage.APPROVED, "approved_by"),
    happened.OrderWentLive: _went_live,
    happened.FillRecorded: _fill,
    happened.OrderFilled: _finished(Status.FILLED, Stage.FILLED),
    happened.OrderCancelled: _finished(Status.CANCELLED, Stage.CANCELLED),
    happened.OrderExpired: _finished(Status.EXPIRED, Stage.EXPIRED),
    happened.OrderRejected: _finished(Status.REJECTED, Stage.REJECTED),
    happened.CancelRequested: lambda order, event: _stay(order, event, cancel_requested=True),
    happened.CancelDenied: lambda order, event: _stay(order, event, cancel_requested=False),
    happened.ReplaceRequested: lambda order, event: _stay(order, event, replacement=event.replacement),
    happened.OrderReplaced: _replaced,
    happened.ReplaceDenied: lambda order, event: _stay(order, event, replacement=None),
    happened.OrderEscalated: lambda order, event: _stay(
        order,
        event,
        stage=order.stage if order.stage.is_over else Stage.ESCALATED,  # what is over stays over, with an alarm
        code=event.reason,
        message=event.message,
    ),
    happened.OrderAbandoned: _to(Stage.ABANDONED),
}
