"""
The verdict over the checks of a test, and the proof that a concluded test is.

A check passes, fails, or could not run and says why. A failed check always blocks, and so does one that was planned
and never recorded; which checks must have run is for the policy to say (`Policy.required_checks`). Where the sandbox
was in trouble, its rehearsal is inconclusive: no pass, and no word about the order.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final
from uuid import UUID

from attrs import frozen

from tastyflow.domain.testresult.checks import Check, CheckOutcome
from tastyflow.domain.testresult.trouble import Trouble

NEVER_LOOKED_AT: Final = ": never looked at"
"""Behind the name of a check that was planned, and was not recorded."""


class Verdict(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"


@frozen
class TestProof:
    """
    What a concluded test proves: content, verdict, and until when. The gate and the order ask for it.

    Attributes:
        rehearsed: The digest of the mirrored ticket that was placed in the sandbox; empty where the order itself was.
    """

    __test__: ClassVar[bool] = False  # not a test case

    test: UUID
    order: UUID
    digest: str
    passed: bool
    concluded_at: datetime
    valid_until: datetime
    rehearsed: str = ""

    @property
    def placed(self) -> str:
        """The digest of what was placed in the sandbox."""
        return self.rehearsed or self.digest


def verdict_on(
    checks: Sequence[Check], *, planned: Sequence[str], required: frozenset[str], trouble: Trouble | None = None
) -> tuple[Verdict, tuple[str, ...]]:
    """The verdict, and the reasons against a pass: failed checks first; else those that did not run and had to."""
    failed = tuple(f"{c.name}: {c.detail}" for c in checks if c.outcome is CheckOutcome.FAILED)
    if failed:
        return Verdict.FAILED, failed
    recorded = {check.name for check in checks}
    wanted = (*planned, *sorted(required - set(planned)))
    missing = tuple(f"{name}{NEVER_LOOKED_AT}" for name in wanted if name not in recorded)
    unrun = tuple(
        f"{c.name}: {c.detail}" for c in checks if c.name in required and c.outcome is not CheckOutcome.PASSED
    )
    if missing or unrun:
        return Verdict.INCONCLUSIVE, (*missing, *unrun)
    if trouble is not None:
        return Verdict.INCONCLUSIVE, (f"{trouble.value}: {trouble.about.words}",)
    return Verdict.PASSED, ()


def in_words(reasons: Sequence[str]) -> str:
    """The reasons of a verdict as one clause, without the stop at its end."""
    return "; ".join(reason.rstrip(".") for reason in reasons) or "no reason given"
