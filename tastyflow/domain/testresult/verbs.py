"""
The test of one rehearsal: what was planned, what each check saw, and what follows.

    TestResult.plan ─ record(check)… ─ conclude ─▶ passed · failed · inconclusive
                                                      │
                                                      └─▶ TestProof: the digest tested, and until when it counts

A check passes, fails, or could not run and says why. A failed check, and one that was planned and never recorded,
always blocks; which ones must have run is the policy's word (`Policy.required_checks`).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from attrs import evolve, field, frozen

from tastyflow.domain.events import Because, Event, Evolve, born, derived_id, next_of, topic
from tastyflow.errors import IllegalStep, Invalid


class CheckOutcome(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    COULD_NOT_RUN = "could_not_run"


class Verdict(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"


@frozen
class Check:
    """
    One check of a rehearsal.

    Attributes:
        detail: A sentence: what was seen, or why it could not run.
        evidence: What it was seen in, as short texts by name.
        latency_ms: How long the venue took, where that is what the check is about.
    """

    name: str
    outcome: CheckOutcome
    detail: str
    evidence: Mapping[str, str] = field(factory=dict, hash=False)
    latency_ms: float | None = None


@frozen
class TestProof:
    """What a concluded test proves: content, verdict, and until when. The gate and the order ask for it."""

    __test__: ClassVar[bool] = False  # not a test case

    test: UUID
    order: UUID
    digest: str
    passed: bool
    concluded_at: datetime
    valid_until: datetime


@topic("tastyflow.test_result.planned@1")
@frozen(kw_only=True)
class TestPlanned(Event):
    """A rehearsal of *digest* begins; *checks* are the names of what will be looked at."""

    __test__: ClassVar[bool] = False

    order: UUID
    digest: str
    external_id: str
    checks: tuple[str, ...]


@topic("tastyflow.test_result.check_recorded@1")
@frozen(kw_only=True)
class CheckRecorded(Event):
    """One check ran, or could not."""

    check: Check


@topic("tastyflow.test_result.concluded@1")
@frozen(kw_only=True)
class TestConcluded(Event):
    """The verdict over all checks; *reasons* name what stood against it, *required* what had to run."""

    __test__: ClassVar[bool] = False

    verdict: Verdict
    valid_until: datetime
    reasons: tuple[str, ...] = ()
    required: tuple[str, ...] = ()


@frozen
class TestResult:
    """The state of a test: what replaying its events says."""

    __test__: ClassVar[bool] = False

    id: UUID
    version: int
    order: UUID
    digest: str
    external_id: str
    planned: tuple[str, ...]
    planned_at: datetime
    checks: tuple[Check, ...] = ()
    verdict: Verdict | None = None
    concluded_at: datetime | None = None
    valid_until: datetime | None = None
    reasons: tuple[str, ...] = ()

    def evolved(self, event: Event) -> "TestResult":
        """The test after *event*."""
        after: TestResult = EVOLVE[type(event)](self, event)
        return after

    @classmethod
    def born_of(cls, event: Event) -> "TestResult":
        """The test that its first event makes."""
        if not isinstance(event, TestPlanned):
            raise TypeError(f"{type(event).__name__} begins no test")
        return cls(
            id=event.originator_id,
            version=event.originator_version,
            order=event.order,
            digest=event.digest,
            external_id=event.external_id,
            planned=event.checks,
            planned_at=event.at,
        )

    @staticmethod
    def id_of(order: UUID, external_id: str) -> UUID:
        """The id of the test of one sandbox attempt."""
        return derived_id("test", order.hex, external_id)

    @staticmethod
    def plan(*, order: UUID, digest: str, external_id: str, checks: tuple[str, ...], why: Because) -> TestPlanned:
        """Begin the test of one sandbox attempt."""
        if not checks or len(set(checks)) != len(checks):
            raise Invalid("A test has checks, each named once.")
        common = born(TestResult.id_of(order, external_id), why)
        return TestPlanned(**common, order=order, digest=digest, external_id=external_id, checks=checks)

    def record(self, check: Check, *, why: Because) -> CheckRecorded | None:
        """Record a check. The first word on a check counts; a second is not news."""
        if self.verdict is not None:
            raise IllegalStep(self.verdict, "record a check of", (), subject="a test")
        if check.name not in self.planned:
            raise Invalid(f"The check {check.name!r} was not planned.")
        if check.name in self.recorded:
            return None
        return CheckRecorded(**next_of(self, why), check=check)

    def conclude(self, *, required: frozenset[str], valid_until: datetime, why: Because) -> TestConcluded:
        """
        Give the verdict: failed where a check failed, inconclusive where a *required* one did not run, else passed.
        """
        if self.verdict is not None:
            raise IllegalStep(self.verdict, "conclude", (), subject="a test")
        verdict, reasons = self._verdict(required)
        return TestConcluded(
            **next_of(self, why),
            verdict=verdict,
            valid_until=valid_until,
            reasons=reasons,
            required=tuple(sorted(required)),
        )

    def _verdict(self, required: frozenset[str]) -> tuple[Verdict, tuple[str, ...]]:
        failed = tuple(f"{c.name}: {c.detail}" for c in self.checks if c.outcome is CheckOutcome.FAILED)
        if failed:
            return Verdict.FAILED, failed
        wanted = (*self.planned, *sorted(required - set(self.planned)))
        missing = tuple(f"{name}: never looked at" for name in wanted if name not in self.recorded)
        unrun = tuple(
            f"{c.name}: {c.detail}" for c in self.checks if c.name in required and c.outcome is not CheckOutcome.PASSED
        )
        if missing or unrun:
            return Verdict.INCONCLUSIVE, (*missing, *unrun)
        return Verdict.PASSED, ()

    @property
    def recorded(self) -> frozenset[str]:
        """The names of the checks that have spoken."""
        return frozenset(check.name for check in self.checks)

    def proof(self) -> TestProof:
        """
        What this test proves.

        Raises:
            IllegalStep: While it is not concluded.
        """
        if self.verdict is None or self.concluded_at is None or self.valid_until is None:
            raise IllegalStep("running", "prove anything by", ("record", "conclude"), subject="a test")
        return TestProof(
            test=self.id,
            order=self.order,
            digest=self.digest,
            passed=self.verdict is Verdict.PASSED,
            concluded_at=self.concluded_at,
            valid_until=self.valid_until,
        )


def in_words(reasons: Sequence[str]) -> str:
    """The reasons of a verdict as one clause, without the stop at its end."""
    return "; ".join(reason.rstrip(".") for reason in reasons) or "no reason given"


EVOLVE: Evolve = {
    CheckRecorded: lambda test, event: evolve(
        test, version=event.originator_version, checks=(*test.checks, event.check)
    ),
    TestConcluded: lambda test, event: evolve(
        test,
        version=event.originator_version,
        verdict=event.verdict,
        concluded_at=event.at,
        valid_until=event.valid_until,
        reasons=event.reasons,
    ),
}
