"""
What can happen to a test, and what each event does to its state.

    TestPlanned ─ CheckRecorded… ─ TestConcluded

These shapes are stored: add fields with defaults, or a new version of the topic.
"""

from abc import abstractmethod
from datetime import datetime
from typing import ClassVar, TypeVar
from uuid import UUID

from attrs import frozen

from tastyflow.domain.changing import changed
from tastyflow.domain.events import Event, topic
from tastyflow.domain.testresult.checks import Check
from tastyflow.domain.testresult.state import TestState
from tastyflow.domain.testresult.verdict import Verdict

S = TypeVar("S", bound=TestState)


@frozen(kw_only=True, repr=False)
class TestEvent(Event):
    """An event of a test that was planned."""

    __test__: ClassVar[bool] = False  # not a test case

    @abstractmethod
    def change(self, test: S) -> S:
        """*test* after this event."""


@topic("tastyflow.test_result.planned@1")
@frozen(kw_only=True, repr=False)
class TestPlanned(Event):
    """
    A rehearsal of *digest* begins; *checks* are the names of what will be looked at.

    *rehearsed* is the digest of the mirrored ticket, where that is placed in the sandbox instead; else empty.
    """

    __test__: ClassVar[bool] = False

    order: UUID
    digest: str
    external_id: str
    checks: tuple[str, ...]
    rehearsed: str = ""

    def begin(self, kind: type[S]) -> S:
        """The test that this event makes."""
        return kind(
            id=self.originator_id,
            version=self.originator_version,
            order=self.order,
            digest=self.digest,
            external_id=self.external_id,
            planned=self.checks,
            planned_at=self.at,
            rehearsed=self.rehearsed,
        )


@topic("tastyflow.test_result.check_recorded@1")
@frozen(kw_only=True, repr=False)
class CheckRecorded(TestEvent):
    """One check ran, or could not."""

    check: Check

    def change(self, test: S) -> S:
        return changed(test, version=self.originator_version, checks=(*test.checks, self.check))


@topic("tastyflow.test_result.concluded@1")
@frozen(kw_only=True, repr=False)
class TestConcluded(TestEvent):
    """
    The verdict over all checks; *reasons* name what stood against it, *required* what had to run.

    *trouble* names why it is inconclusive, where that is the sandbox's own and not the order's; else empty.
    """

    verdict: Verdict
    valid_until: datetime
    reasons: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    trouble: str = ""

    def change(self, test: S) -> S:
        return changed(
            test,
            version=self.originator_version,
            verdict=self.verdict,
            concluded_at=self.at,
            valid_until=self.valid_until,
            reasons=self.reasons,
            trouble=self.trouble,
        )
