"""
Ages: never by the wall clock alone.
"""

import math
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tastyflow.domain.age import AHEAD, Mark, age_s

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
TURNED_S = st.floats(-10 * 86_400, 10 * 86_400)
PASSED_S = st.floats(0, 86_400)


@given(passed_s=PASSED_S, then_off_s=TURNED_S, now_off_s=TURNED_S)
def test_with_two_marks_of_one_start_no_turning_of_the_wall_clock_changes_an_age(
    passed_s: float, then_off_s: float, now_off_s: float
) -> None:
    at, now = NOON + timedelta(seconds=then_off_s), NOON + timedelta(seconds=passed_s + now_off_s)
    assert age_s(at, Mark("a", 100.0), now=now, now_mark=Mark("a", 100.0 + passed_s)) == (100.0 + passed_s) - 100.0


@given(ahead_s=st.floats(AHEAD.total_seconds() + 0.001, 10 * 86_400))
def test_what_lies_in_the_future_is_old_where_no_mark_says_otherwise(ahead_s: float) -> None:
    at = NOON + timedelta(seconds=ahead_s)
    assert age_s(at, None, now=NOON, now_mark=Mark("a", 5.0)) == math.inf
    assert age_s(at, Mark("before the start", 5.0), now=NOON, now_mark=Mark("a", 5.0)) == math.inf


@given(passed_s=PASSED_S)
def test_without_marks_the_wall_clock_is_asked(passed_s: float) -> None:
    at = NOON - timedelta(seconds=passed_s)
    assert math.isclose(age_s(at, None, now=NOON, now_mark=Mark("a", 5.0)), passed_s, abs_tol=1e-5)


def test_two_clocks_that_lie_a_little_apart_make_nothing_old() -> None:
    assert age_s(NOON + AHEAD, None, now=NOON, now_mark=Mark("a", 5.0)) == 0.0
