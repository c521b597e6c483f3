"""A rule tried on figures that go by: each moment at which it would have fired, and why not where it nearly did."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from running_kit import SOUND, rule_of, rule_text

from tastyflow.domain.signal_rule.figures import DataFault, Figures
from tastyflow.errors import Refused
from tastyflow_adapters.signals.running.trial import Trial, TrialKind

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
NEAR = "all = [ {figure = 'spot', above = 450, hysteresis = 0}, {figure = 'flip', below = 449, hysteresis = 0} ]"


def line_at(rule, figures):
    if figures.get("call_wall") is None:
        raise Refused("The figure call_wall is not known.", code="figure_missing")
    return f"buy 1 SPY {figures.get('call_wall'):g} call"


def moments(*spots, every_s=2.0, **known):
    """Sound figures, one after the other; a spot can be a table of values and of what is known besides."""
    for number, spot in enumerate(spots):
        given = dict(spot) if isinstance(spot, dict) else {"spot": spot}
        own = {"coverage": 0.97, "oldest_age_s": 1.0, "faults": ()} | known
        own |= {key: given.pop(key) for key in tuple(given) if key in own}
        values = {key: value for key, value in (SOUND | given).items() if value is not None}
        yield Figures("SPY", NOW + timedelta(seconds=number * every_s), values, **own)


def tried(figures, **rule):
    trial = Trial(made := rule_of(rule_text(**rule), NOW), made.trigger, line_at)
    return list(trial.rows(figures)), trial.summary()


def test_each_crossing_is_a_row_with_the_line_that_it_asks_for():
    rows, summary = tried(moments(449, 451, 449, 451, every_s=90))
    assert rows == []  # the gaps are longer than its data may be old: nothing was seen on end
    rows, summary = tried(moments(449, 451, 451, 451))
    (row,) = rows
    assert (row.kind, row.line, row.at) == (TrialKind.FIRED, "buy 1 SPY 460 call", NOW + timedelta(seconds=2))
    assert row.reasons != ()
    assert (summary.fired, summary.moments, summary.paced) == (1, 4, 0)


def test_its_own_pace_holds_back_what_follows():
    rows, summary = tried(moments(449, 451, 449, 451))
    assert [row.kind for row in rows] == [TrialKind.FIRED, TrialKind.PACED]
    assert "cools down" in rows[1].against[0]
    assert (summary.fired, summary.paced) == (1, 1)


def test_once_a_day_is_once_a_day():
    spots = [449, *[451] * 5, *[449] * 40, 451]
    rows, _ = tried(moments(*spots), most_a_day=1)
    assert [row.kind for row in rows] == [TrialKind.FIRED, TrialKind.PACED]
    assert "It raised 1 of 1 signals today." in rows[1].against[0]


def test_a_near_miss_is_one_row_however_long_it_lasts():
    rows, summary = tried(moments(*[{"spot": 451, "flip": 450}] * 5, 449), trigger=NEAR)
    (row,) = rows
    assert (row.kind, row.moments, row.until) == (TrialKind.NEAR, 5, NOW + timedelta(seconds=8))
    assert len(row.against) == 1
    assert "flip" in row.against[0]
    assert summary.near == 1


@pytest.mark.parametrize(
    ("unfit", "code", "held"),
    [
        ({"coverage": 0.5}, "coverage", 1),  # as if the chain were whole: it fires once
        ({"oldest_age_s": 90.0}, "stale", 3),
        ({"faults": (DataFault.SPOT_JUMPED,)}, "spot_jumped", 3),
    ],
)
def test_what_the_data_held_back_is_a_row_with_the_reason(unfit, code, held):
    rows, summary = tried(moments(449, *[{"spot": 451} | unfit] * 3))
    (row,) = rows
    assert (row.kind, row.moments) == (TrialKind.HELD, held)
    assert row.line == ""
    assert (summary.held, summary.unfit, summary.fired) == ({code: held}, {code: 3}, 0)


def test_a_line_that_cannot_be_filled_in_is_told_and_counted():
    rows, summary = tried(moments(449, {"spot": 451, "call_wall": None}))
    assert rows[0].against == ("The figure call_wall is not known.",)
    assert (summary.fired, summary.without_line) == (1, 1)


def test_a_recording_without_a_moment_is_no_failure():
    rows, summary = tried(iter(()))
    assert (rows, summary.first, summary.moments) == ([], None, 0)


@given(st.lists(st.sampled_from([449.0, 449.99, 450.01, 451.0]), max_size=60))
def test_the_same_figures_give_the_same_rows_and_the_rows_add_up(spots):
    (rows, summary), again = tried(moments(*spots)), tried(moments(*spots))
    assert (rows, summary) == again
    kinds = [row.kind for row in rows]
    assert kinds.count(TrialKind.FIRED) == summary.fired
    assert summary.fired <= 5
    assert all(a.until < b.at for a, b in pairwise(rows))
