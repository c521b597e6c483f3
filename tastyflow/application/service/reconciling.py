"""
The venue is held against the log again and again, whatever the streams say.

    at the start              ─▶ each account once; what was found is told
    something is in doubt     ─▶ again after `IN_DOUBT_S`: a report that is not complete, an order without an answer,
                                 an order that a person must look at
    an order was declined     ─▶ within `LOOK_S`, once: a no can be wrong, and the command that heard it has ended
    else                      ─▶ again after `ANYWAY_S`: what other hands did in the account is seen, too

After a gap of a stream the desk of the account does it by itself.
"""

from collections.abc import Callable, Sequence
from typing import Final

from tastyflow.application.desk import Desk
from tastyflow.application.reconciling.report import AccountReport
from tastyflow.application.service.supervision import MayAct
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.order.state import UNANSWERED
from tastyflow.domain.order.submission import AttemptOutcome
from tastyflow.domain.venue import Venue
from tastyflow.ports import Clock

IN_DOUBT_S: Final = 60.0
ANYWAY_S: Final = 900.0
LOOK_S: Final = 5.0
"""How often it is looked whether something is in doubt; that asks no venue."""
NEWEST: Final = 50
"""Among how many of the newest orders those are looked for that production declined."""

OnFound = Callable[[str], None]


class Reconciliations:
    """
    Reconciles the accounts of *desk*.

    Args:
        found: Is told what each one recorded, and what could not be asked, in sentences.
    """

    def __init__(self, desk: Desk, clock: Clock, found: OnFound) -> None:
        self._desk = desk
        self._clock = clock
        self._found = found
        self._is_complete = False
        self._at_s = clock.monotonic()
        self._looked_for: frozenset[str] = frozenset()

    async def now(self) -> None:
        """
        Reconcile each account.

        Raises:
            StoreFailure: The log cannot be read or written.
        """
        self._at_s = self._clock.monotonic()
        self._looked_for = self._declined()
        reports = await self._desk.reconcile()
        was_complete, self._is_complete = self._is_complete, all(report.is_complete for report in reports)
        for line in _told(reports, with_missing=was_complete or not self._is_complete):
            self._found(line)

    async def run(self, may_act: MayAct) -> None:
        """For ever."""
        while True:
            await self._clock.sleep(LOOK_S)
            age_s = self._clock.monotonic() - self._at_s
            if may_act() and (self.was_declined() or age_s >= (IN_DOUBT_S if self.is_in_doubt() else ANYWAY_S)):
                await self.now()

    def was_declined(self) -> bool:
        """Whether production declined an order since the last time."""
        return not self._declined() <= self._looked_for

    def is_in_doubt(self) -> bool:
        """Whether the last report was not complete, or an order waits for an answer or a person."""
        return not self._is_complete or any(
            order.stage is Stage.ESCALATED or any(attempt.outcome in UNANSWERED for attempt in order.attempts)
            for order in self._desk.lookup.everyones_open()
        )

    def _declined(self) -> frozenset[str]:
        """The tags of what production declined, of the newest orders."""
        return frozenset(
            attempt.external_id
            for order in self._desk.lookup.newest_orders(NEWEST)
            for attempt in order.attempts
            if attempt.venue is Venue.PRODUCTION and attempt.outcome is AttemptOutcome.DECLINED
        )


def _told(reports: Sequence[AccountReport], *, with_missing: bool) -> list[str]:
    lines = [line.text for report in reports for line in report.news]
    return [*lines, *(said for report in reports for said in report.missing if with_missing)]
