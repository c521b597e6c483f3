"""
What several events of an order do alike: change one attempt, and say where the end of an attempt leaves the order.

News of a sandbox attempt changes that attempt, never the stage: the stage is about the order's own way to production.
"""

from collections.abc import Mapping
from typing import Final, TypedDict, TypeVar, Unpack

from tastyflow.domain.changing import changed
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.order.state import OrderState
from tastyflow.domain.order.submission import Attempt, AttemptOutcome
from tastyflow.domain.venue import Status, Venue

S = TypeVar("S", bound=OrderState)

ENDS: Final[Mapping[Status, Stage]] = {
    Status.FILLED: Stage.FILLED,
    Status.CANCELLED: Stage.CANCELLED,
    Status.EXPIRED: Stage.EXPIRED,
    Status.REJECTED: Stage.REJECTED,
}
"""The stage of an order whose attempt in production ended so."""


class AttemptChanges(TypedDict, total=False):
    """What can become known of an attempt."""

    outcome: AttemptOutcome
    broker_order: str
    status: Status
    reason: str
    earlier: tuple[str, ...]
    content: str


def with_attempt(
    order: OrderState, venue: Venue, number: int, **changes: Unpack[AttemptChanges]
) -> tuple[Attempt, ...]:
    """The attempts of *order*, one of them changed."""
    return tuple(changed(a, **changes) if (a.venue, a.number) == (venue, number) else a for a in order.attempts)


def settled_stage(order: OrderState, attempts: tuple[Attempt, ...], otherwise: Stage) -> Stage:
    """
    Where an attempt that is over leaves the order: nowhere new while another one may be at work in production.

    What the venue told of any of them counts before *otherwise*: a late refusal of one must not close the other.
    """
    live = [attempt for attempt in attempts if attempt.venue is Venue.PRODUCTION]
    if any(attempt.is_open for attempt in live):
        return order.stage
    told = [ENDS[attempt.status] for attempt in live if attempt.status is not None and attempt.status in ENDS]
    return Stage.FILLED if Stage.FILLED in told else (*told, otherwise)[0]


def with_ended_attempt(order: S, version: int, venue: Venue, number: int, status: Status, reason: str) -> S:
    """*order* after the venue ended an attempt with *status*."""
    attempts = with_attempt(order, venue, number, status=status, reason=reason)
    if venue is Venue.SANDBOX:
        return changed(order, version=version, attempts=attempts)
    stage = settled_stage(order, attempts, ENDS[status])
    message = reason or (order.cancel_reason if status is Status.CANCELLED else "")
    return changed(order, version=version, attempts=attempts, stage=stage, message=message)
