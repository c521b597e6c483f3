"""
What is overdue of an order, by the log alone: no venue is asked, and nothing is recorded.

    no answer from production for `LATE_ANSWER_S`                ─┐
    no step before production for `Policy.interrupted_after_s`   ─┴▶ Overdue, for who looks at an installation
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

from attrs import frozen

from tastyflow.application.ledger.ledger import Ledger
from tastyflow.application.ledger.lookup import Lookup
from tastyflow.domain.age import Mark, age_s
from tastyflow.domain.events import Event
from tastyflow.domain.order import Order
from tastyflow.domain.order.events import SubmissionClaimed
from tastyflow.domain.order.stages import BEFORE_VERDICT, Stage
from tastyflow.domain.order.submission import AttemptOutcome
from tastyflow.domain.policy import Policy
from tastyflow.domain.setup import Setup, SetupClaimed
from tastyflow.domain.testresult import TestResult
from tastyflow.domain.venue import Venue
from tastyflow.ports import Clock

LATE_ANSWER_S: Final = 120.0
"""No order is without an answer for longer, where a service runs or a command was given since."""

BEFORE_PRODUCTION: Final = (Stage.VALIDATED, Stage.REHEARSING, Stage.REHEARSED, Stage.APPROVED)
UNANSWERED: Final = frozenset({AttemptOutcome.PENDING, AttemptOutcome.UNKNOWN})

AgeS = Callable[[datetime, Mark | None], float]


@frozen
class Overdue:
    """
    One order that stays open too long.

    Attributes:
        since_s: For how many seconds; ``math.inf`` where that cannot be told.
        has_left: Whether it may be in production; else it stopped before.
    """

    order: Order
    since_s: float
    has_left: bool


def overdue(ledger: Ledger, clock: Clock, policy: Policy, *, has_live_venue: bool) -> Iterator[Overdue]:
    """
    The open orders of all traders that stay open too long.

    Raises:
        StoreFailure: The log cannot be read.
    """
    now, mark = clock.now(), clock.mark()

    def age(at: datetime, then: Mark | None) -> float:
        return age_s(at, then, now=now, now_mark=mark)

    for order in Lookup(ledger).everyones_open():
        ages = [
            age(each.claimed_at, each.mark)
            for each in order.attempts
            if each.venue is Venue.PRODUCTION and each.outcome in UNANSWERED
        ]
        if ages and max(ages) > LATE_ANSWER_S:
            yield Overdue(order, max(ages), has_left=True)
        elif is_interrupted(ledger, order, policy, now=now, age=age, has_live_venue=has_live_venue):
            yield Overdue(order, idle_s(ledger, order, age), has_left=False)


def is_interrupted(
    ledger: Ledger, order: Order, policy: Policy, *, now: datetime, age: AgeS, has_live_venue: bool
) -> bool:
    """
    Whether no process will take its next step before production.

    An order that waits for a person waits until its own time; any other for `Policy.interrupted_after_s` since
    something was last recorded of it, its rehearsal or its setup.
    """
    ends_here = order.stage is Stage.REHEARSED and not has_live_venue
    if order.stage not in BEFORE_PRODUCTION or ends_here:
        return False
    if order.needs_confirmation and order.confirm_until is not None:
        return now > order.confirm_until
    if order.waiting_until is not None:
        return now >= order.waiting_until
    return idle_s(ledger, order, age) > policy.interrupted_after_s


def idle_s(ledger: Ledger, order: Order, age: AgeS) -> float:
    """How many seconds ago something was last recorded of *order*; ``math.inf`` where that cannot be told."""
    tests = [TestResult.id_of(order.id, each.external_id) for each in order.attempts]
    steps = [order.id, *tests[-1:]]
    if order.stage in BEFORE_VERDICT:
        steps.append(Setup.id_of(order.id))  # later it is put back by any process, which takes no step of the order
    last = [ledger.last_event(each) for each in steps]
    ages = [age(event.at, _mark_of(event)) for event in last if event is not None]
    return min(ages, default=age(order.asked_at, None))


def _mark_of(event: Event) -> Mark | None:
    """The moment of *event* by the clock that counts sleep, where it keeps one."""
    return event.mark if isinstance(event, (SubmissionClaimed, SetupClaimed)) else None
