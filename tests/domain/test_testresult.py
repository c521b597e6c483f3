"""A test of a rehearsal: what it planned, what each check saw, and a verdict that nothing missing can improve."""

from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tastyflow.domain.events import TOPICS
from tastyflow.domain.policy import Policy
from tastyflow.domain.testresult import (
    CHECKS,
    Check,
    CheckName,
    CheckOutcome,
    CheckRecorded,
    TestPlanned,
    TestProof,
    TestResult,
    Verdict,
)
from tastyflow.domain.testresult.events import TestEvent
from tastyflow.errors import IllegalStep, Invalid
from tests.domain.makers import NOW, VALID_FOR, Log, concluded_test, why

ORDER = UUID(int=1)
NAMES = ("dry_run", "echo", "fill", "tidy")
PASSED, FAILED, COULD_NOT_RUN = CheckOutcome
UNTIL = NOW + VALID_FOR


def planned(names: tuple[str, ...] = NAMES) -> TestResult:
    return TestResult.born_of(
        TestResult.plan(order=ORDER, digest="d", external_id="tf1-s-x-1", checks=names, why=why())
    )


def recorded(outcomes: dict[str, CheckOutcome], names: tuple[str, ...] = NAMES) -> TestResult:
    test = planned(names)
    for name, outcome in outcomes.items():
        said = test.record(Check(name, outcome, f"saw {name}"), why=why())
        assert said is not None
        test = test.evolved(said)
    return test


def concluded(test: TestResult, required: frozenset[str] = frozenset(NAMES)) -> TestResult:
    return test.evolved(test.conclude(required=required, valid_until=UNTIL, why=why()))


def test_a_test_in_which_every_check_passed_has_passed():
    test = concluded(recorded(dict.fromkeys(NAMES, PASSED)))
    assert (test.verdict, test.reasons) == (Verdict.PASSED, ())
    assert test.proof() == TestProof(test.id, ORDER, "d", passed=True, concluded_at=NOW, valid_until=UNTIL)


@pytest.mark.parametrize(
    ("outcome", "required", "verdict"),
    [
        (FAILED, True, Verdict.FAILED),
        (FAILED, False, Verdict.FAILED),  # what failed blocks, required or not
        (COULD_NOT_RUN, True, Verdict.INCONCLUSIVE),
        (COULD_NOT_RUN, False, Verdict.PASSED),
    ],
)
def test_what_one_check_does_to_the_verdict(outcome, required, verdict):
    must = frozenset(NAMES) if required else frozenset(NAMES) - {"echo"}
    test = concluded(recorded(dict.fromkeys(NAMES, PASSED) | {"echo": outcome}), must)
    assert test.verdict is verdict
    assert test.reasons == (() if verdict is Verdict.PASSED else ("echo: saw echo",))
    assert test.proof().passed == (verdict is Verdict.PASSED)


@pytest.mark.parametrize("required", [frozenset(NAMES), frozenset()])
def test_a_planned_check_that_nobody_looked_at_blocks(required):
    test = concluded(recorded(dict.fromkeys(NAMES[:3], PASSED)), required)
    assert (test.verdict, test.reasons) == (Verdict.INCONCLUSIVE, ("tidy: never looked at",))


def test_a_required_check_that_nobody_planned_blocks():
    test = concluded(recorded({"echo": PASSED}, names=("echo",)))
    assert test.verdict is Verdict.INCONCLUSIVE
    assert test.reasons == ("dry_run: never looked at", "fill: never looked at", "tidy: never looked at")


outcomes = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(CheckOutcome))
requirements = st.frozensets(st.sampled_from([*NAMES, "unplanned"]))


@given(outcomes, requirements)
def test_only_what_all_required_and_planned_checks_carry_has_passed(seen, required):
    test = concluded(recorded(seen), required)
    carried = (
        set(seen) == set(NAMES) and FAILED not in seen.values() and all(seen.get(name) is PASSED for name in required)
    )
    assert test.proof().passed == (test.verdict is Verdict.PASSED) == carried
    assert bool(test.reasons) != carried


@given(outcomes, requirements, st.sampled_from(NAMES))
def test_a_worse_check_never_makes_a_better_verdict(seen, required, name):
    ranks = (Verdict.FAILED, Verdict.INCONCLUSIVE, Verdict.PASSED)
    before = concluded(recorded(seen | {name: PASSED}), required).verdict
    for worse in (COULD_NOT_RUN, FAILED):
        after = concluded(recorded(seen | {name: worse}), required).verdict
        assert ranks.index(after) <= ranks.index(before)


# Its steps


def test_the_first_word_on_a_check_counts():
    test = recorded({"echo": FAILED})
    assert test.record(Check("echo", PASSED, "on second thoughts"), why=why()) is None


def test_a_check_that_was_not_planned_is_not_recorded():
    with pytest.raises(Invalid, match="'luck' was not planned"):
        planned().record(Check("luck", PASSED, "lucky"), why=why())


def test_a_concluded_test_is_closed():
    test = concluded(recorded({"echo": PASSED}))
    with pytest.raises(IllegalStep, match="a test that is inconclusive"):
        test.record(Check("fill", PASSED, "late"), why=why())
    with pytest.raises(IllegalStep, match="Cannot conclude a test"):
        test.conclude(required=frozenset(), valid_until=UNTIL, why=why())


def test_a_running_test_proves_nothing():
    with pytest.raises(IllegalStep, match="prove anything") as no:
        recorded(dict.fromkeys(NAMES, PASSED)).proof()
    assert no.value.allowed == ("conclude", "record")


@pytest.mark.parametrize("names", [(), ("echo", "echo")])
def test_a_test_has_checks_each_named_once(names):
    with pytest.raises(Invalid):
        planned(names)


def test_an_attempt_has_one_test():
    assert TestResult.id_of(ORDER, "a") == TestResult.id_of(ORDER, "a")
    assert len({TestResult.id_of(ORDER, "a"), TestResult.id_of(ORDER, "b"), TestResult.id_of(UUID(int=2), "a")}) == 3
    assert planned().id == TestResult.id_of(ORDER, "tf1-s-x-1")


def test_a_test_replays_to_what_it_was():
    test = planned()
    events = []
    for name in NAMES:
        events.append(test.record(Check(name, PASSED, "seen", {"status": "live"}, 12.5), why=why()))
        test = test.evolved(events[-1])
    events.append(test.conclude(required=frozenset(NAMES), valid_until=UNTIL, why=why(NOW + timedelta(seconds=9))))
    test = test.evolved(events[-1])
    again = planned()
    for event in events:
        again = again.evolved(event)
    assert again == test
    assert test.version == len(events) + 1
    assert test.concluded_at == NOW + timedelta(seconds=9)
    assert test.checks[0] == Check("dry_run", PASSED, "seen", {"status": "live"}, 12.5)


def test_every_event_of_a_test_can_be_obeyed_and_only_a_plan_begins_one():
    topics = {kind for name, kind in TOPICS.items() if name.startswith("tastyflow.test_result.")}
    assert {kind for kind in topics if issubclass(kind, TestEvent)} == topics - {TestPlanned}
    assert all(kind.change is not TestEvent.change for kind in topics - {TestPlanned})
    check = Check("echo", PASSED, "seen")
    event = planned().record(check, why=why())
    assert isinstance(event, CheckRecorded)
    with pytest.raises(TypeError, match="begins no test"):
        TestResult.born_of(event)


# The policy's checks


def test_every_check_is_explained_and_all_but_the_comparison_with_the_stream_are_required():
    assert tuple(CHECKS) == tuple(CheckName)
    assert Policy().required_checks == frozenset(CheckName) - {CheckName.STREAM_AND_POLL}


def test_a_concluded_test_of_an_order_is_what_the_order_records():
    log = Log().rehearsing()
    test = concluded_test(log.order)
    log.do("conclude_rehearsal", test.proof())
    assert log.order.proof == test.proof()
