"""
The test of one rehearsal: what was planned, what each check saw, and what follows.

    checks    which checks there are, and what one of them saw
    trouble   what kept a rehearsal from saying anything about its order
    verdict   what follows from all checks, and the proof that a concluded test is
    state     what replaying the events says
    events    what can happen to a test, and what each event does to the state
    verbs     what can be done with a test: `TestResult`
"""

from tastyflow.domain.testresult.checks import CHECKS, Check, CheckName, CheckOutcome
from tastyflow.domain.testresult.events import CheckRecorded, TestConcluded, TestPlanned
from tastyflow.domain.testresult.trouble import TROUBLES, Trouble
from tastyflow.domain.testresult.verbs import TestResult
from tastyflow.domain.testresult.verdict import NEVER_LOOKED_AT, TestProof, Verdict, in_words

__all__ = [
    "CHECKS",
    "NEVER_LOOKED_AT",
    "TROUBLES",
    "Check",
    "CheckName",
    "CheckOutcome",
    "CheckRecorded",
    "TestConcluded",
    "TestPlanned",
    "TestProof",
    "TestResult",
    "Trouble",
    "Verdict",
    "in_words",
]
