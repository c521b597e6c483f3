"""
A criterion at work, in a process of its own: looks go in, alerts come out, and its end says why.

    async with RunningCriterion(name, rule, clock) as running:
        running.look(figures)                   never waits: the newest look wins
        async for heard, market in running.alerts():   ends with CriterionFailed, and with nothing else
            ...
"""

from collections.abc import AsyncIterator
from enum import StrEnum
from types import TracebackType

from tastyflow.domain.signal_rule import HeardAlert
from tastyflow.domain.signal_rule.figures import Figures
from tastyflow.errors import TastyflowError
from tastyflow.ports import Clock


class CriterionFault(StrEnum):
    """Why a criterion is over; each turns its rule off."""

    NOT_FOUND = "criterion_not_found"  # none of that name is installed, or it cannot be imported
    RAISED = "criterion_raised"  # it raised an error
    HANGS = "criterion_hangs"  # it did not come back for the next look in time
    FLOODS = "criterion_floods"  # it gave more alerts than one can
    RUBBISH = "criterion_rubbish"  # what it gave is no alert
    ENDED = "criterion_ended"  # it came to its end, or its process did


class CriterionFailed(TastyflowError):
    """A criterion is over: `code` is a `CriterionFault`, the message says what it did, for people."""


class RunningCriterion:
    """The criterion *name*, for *rule*; its process lives for as long as this is entered."""

    def __init__(self, name: str, rule: str, clock: Clock, *, symbol: str, brings: frozenset[str]) -> None:
        raise NotImplementedError

    async def __aenter__(self) -> "RunningCriterion":
        """
        Start its process.

        Raises:
            CriterionFailed: It cannot be started.
        """
        raise NotImplementedError

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def look(self, figures: Figures) -> None:
        """Show it the newest *figures*; never waits. The same ones are shown again each second."""
        raise NotImplementedError

    def alerts(self) -> AsyncIterator[tuple[HeardAlert, Figures]]:
        """
        Its alerts, each with the figures of the look at which it was given.

        Raises:
            CriterionFailed: It is over.
        """
        raise NotImplementedError
