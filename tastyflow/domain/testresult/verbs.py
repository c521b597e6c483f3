"""
The test of one rehearsal: what was planned, what each check saw, and what follows.

    TestResult.plan ─ record(check)… ─ conclude ─▶ passed · failed · inconclusive
                                                      │
                                                      └─▶ TestProof: the digest tested, and until when it counts
"""

from datetime import datetime
from typing import Self
from uuid import UUID

from attrs import frozen

from tastyflow.domain.events import Because, Event, born, derived_id, next_of
from tastyflow.domain.testresult.checks import Check, CheckName
from tastyflow.domain.testresult.events import CheckRecorded, TestConcluded, TestEvent, TestPlanned
from tastyflow.domain.testresult.state import TestState
from tastyflow.domain.testresult.trouble import Trouble
from tastyflow.domain.testresult.verdict import TestProof, Verdict, verdict_on
from tastyflow.errors import IllegalStep, Invalid


@frozen
class TestResult(TestState):
    """A test and what can be done with it. Every verb takes *why*: who, from what cause, when."""

    @classmethod
    def born_of(cls, event: Event) -> Self:
        """The test that its first event makes."""
        if isinstance(event, TestPlanned):
            return event.begin(cls)
        raise TypeError(f"{type(event).__name__} begins no test")

    def evolved(self, event: Event) -> Self:
        """The test after *event*."""
        if isinstance(event, TestEvent):
            return event.change(self)
        raise TypeError(f"{type(event).__name__} follows on no test")

    @staticmethod
    def id_of(order: UUID, external_id: str) -> UUID:
        """The id of the test of one sandbox attempt."""
        return derived_id("test", order.hex, external_id)

    @staticmethod
    def plan(
        *, order: UUID, digest: str, external_id: str, checks: tuple[str, ...], rehearsed: str = "", why: Because
    ) -> TestPlanned:
        """Begin the test of one sandbox attempt; *rehearsed* is the digest of the mirrored ticket, if that is sent."""
        if not checks or len(set(checks)) != len(checks):
            raise Invalid("A test has checks, each named once.")
        common = born(TestResult.id_of(order, external_id), why)
        return TestPlanned(
            **common, order=order, digest=digest, external_id=external_id, checks=checks, rehearsed=rehearsed
        )

    def record(self, check: Check, *, why: Because) -> CheckRecorded | None:
        """Record a check. The first word on a check counts; a second is not news."""
        if self.verdict is not None:
            raise IllegalStep(self.verdict, "record a check of", (), subject="a test")
        if check.name not in self.planned:
            raise Invalid(f"The check {check.name!r} was not planned.")
        if check.name in self.recorded:
            return None
        return CheckRecorded(**next_of(self, why), check=check)

    def conclude(
        self, *, required: frozenset[str], valid_until: datetime, trouble: Trouble | None = None, why: Because
    ) -> TestConcluded:
        """
        Give the verdict: failed where a check failed, inconclusive where a *required* one did not run, else passed.

        After a mirrored rehearsal the position effect is required, whatever the policy says.

        Args:
            trouble: What kept the sandbox from saying anything: then it never passes.
        """
        if self.verdict is not None:
            raise IllegalStep(self.verdict, "conclude", (), subject="a test")
        if self.rehearsed:
            required |= {CheckName.POSITION_EFFECT.value}
        verdict, reasons = verdict_on(self.checks, planned=self.planned, required=required, trouble=trouble)
        return TestConcluded(
            **next_of(self, why),
            verdict=verdict,
            valid_until=valid_until,
            reasons=reasons,
            required=tuple(sorted(required)),
            trouble=trouble.value if trouble and verdict is Verdict.INCONCLUSIVE else "",
        )

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
            rehearsed=self.rehearsed,
        )
