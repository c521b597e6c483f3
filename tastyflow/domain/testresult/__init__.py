"""The test of one rehearsal: what was planned, what each check saw, and what follows."""

from tastyflow.domain.testresult.verbs import (
    Check,
    CheckOutcome,
    CheckRecorded,
    TestConcluded,
    TestPlanned,
    TestProof,
    TestResult,
    Verdict,
    in_words,
)

__all__ = [
    "Check",
    "CheckOutcome",
    "CheckRecorded",
    "TestConcluded",
    "TestPlanned",
    "TestProof",
    "TestResult",
    "Verdict",
    "in_words",
]
