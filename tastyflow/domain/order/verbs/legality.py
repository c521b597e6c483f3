"""
What every verb asks first: is it possible from here, and for this attempt.

    legality ─▶ asking, approving ─▶ claiming     each group of verbs is a class; `Order` is all of them
             ─▶ hearing
             ─▶ working

What is possible where is `stages.MENU`, and for an attempt `submission.OUTCOMES`. News of a sandbox attempt is heard at
every stage, and moves no order.
"""

from typing import Final

from tastyflow.domain.events import Because, EventFields, next_of
from tastyflow.domain.order.stages import MENU
from tastyflow.domain.order.state import OrderState
from tastyflow.domain.order.submission import OUTCOMES, Attempt
from tastyflow.domain.venue import Venue
from tastyflow.errors import IllegalStep

_OUTCOME_VERBS: Final = frozenset({"adopt", "decline", "not_sent", "lose", "not_found"})


class AttemptFields(EventFields):
    """The fields that every event of an attempt has."""

    venue: Venue
    attempt: int


class Legality(OrderState):
    """An order, and whether a verb is possible."""

    __slots__ = ()

    def _require(self, verb: str, venue: Venue | None = None, attempt: Attempt | None = None) -> None:
        if venue is not Venue.SANDBOX and verb not in MENU[self.stage]:
            raise IllegalStep(self.stage, verb, MENU[self.stage])
        if attempt is not None and verb in _OUTCOME_VERBS and verb not in OUTCOMES[attempt.outcome]:
            subject = f"attempt {attempt.number} in {attempt.venue}"
            raise IllegalStep(attempt.outcome, verb, OUTCOMES[attempt.outcome], subject=subject)

    def _known(self, venue: Venue, number: int, verb: str) -> Attempt:
        for attempt in self.attempts:
            if attempt.venue is venue and attempt.number == number:
                return attempt
        raise IllegalStep(f"{self.stage} without attempt {number} in {venue}", verb, MENU[self.stage])

    def _of(self, attempt: Attempt, why: Because) -> AttemptFields:
        return {**next_of(self, why), "venue": attempt.venue, "attempt": attempt.number}
