"""A signal: every verb from every stage, what it is named by, and how long it counts."""

from datetime import timedelta
from decimal import Decimal

import pytest
from attrs import evolve

from tastyflow.domain.signal import Signal, SignalMark, SignalStage
from tastyflow.domain.signal.verbs import MENU
from tastyflow.domain.signal_rule import RuleMode
from tastyflow.errors import IllegalStep
from tests.application.signalling_kit import LINE, figures, rule
from tests.domain.makers import NOW, why

RULE = rule(expires_after_s=60.0, greatest_age_s=30.0)


def signal(**known) -> Signal:
    seen = figures(NOW, **known)
    return Signal.born_of(Signal.raised(RULE, seen, mode=RuleMode.AUTO, line=LINE, why=why()))


ORDER = signal().id
MARK = SignalMark(5, NOW, Decimal(1), Decimal("1.10"), 450.0)
VERBS = {
    "shadow": lambda s: s.shadow(words="buy", why=why()),
    "act": lambda s: s.act(ORDER, why=why()),
    "decline": lambda s: s.decline("over_limit", reasons=("too much",), why=why()),
    "expire": lambda s: s.expire(reason="late", why=why()),
    "mark": lambda s: s.mark(MARK, why=why()),
}


@pytest.mark.parametrize("stage", SignalStage)
@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_is_possible_where_the_menu_says_and_refused_elsewhere(stage, verb):
    now = evolve(signal(), stage=stage)
    if verb in MENU[stage]:
        assert now.evolved(VERBS[verb](now)).version == now.version + 1
    else:
        with pytest.raises(IllegalStep):
            VERBS[verb](now)


def test_the_menu_is_of_every_stage_and_verb():
    assert set(MENU) == set(SignalStage)
    assert set().union(*MENU.values()) == set(VERBS)


def test_a_mark_is_made_once():
    marked = signal().evolved(VERBS["act"](signal()))
    marked = marked.evolved(marked.mark(MARK, why=why()))
    assert marked.marks == (MARK,)
    assert marked.mark(MARK, why=why()) is None


def test_its_id_is_of_its_rule_its_version_and_its_moment_or_its_alert():
    ids = {
        Signal.id_of("flip", 1, NOW), Signal.id_of("flip", 2, NOW), Signal.id_of("wall", 1, NOW),
        Signal.id_of("flip", 1, NOW + timedelta(milliseconds=1)), Signal.id_of("flip", 1, NOW, "alert"),
    }  # fmt: skip
    assert len(ids) == 5
    assert Signal.id_of("flip", 1, NOW, "alert") == Signal.id_of("flip", 1, NOW + timedelta(days=1), "alert")
    assert Signal.id_of("flip", 1, NOW) == signal().id or RULE.name != "flip"


@pytest.mark.parametrize(("age_s", "counts_s"), [(1.0, 29.0), (30.0, 0.0), (None, 30.0)])
def test_it_counts_until_its_data_are_too_old(age_s, counts_s):
    assert signal(oldest_age_s=age_s).counts_until == NOW + timedelta(seconds=counts_s)


def test_it_counts_until_it_expires_where_its_data_stay_young():
    patient = rule(expires_after_s=20.0, greatest_age_s=900.0)
    raised = Signal.born_of(Signal.raised(patient, figures(NOW), mode=RuleMode.AUTO, line=LINE, why=why()))
    assert raised.counts_until == why().at + timedelta(seconds=20)


def test_its_time_runs_from_the_moment_of_its_figures():
    """An alert that was on its way for long, or a log that took nothing for a while, makes it no longer."""
    patient = rule(expires_after_s=20.0, greatest_age_s=900.0)
    seen = figures(NOW - timedelta(seconds=15))
    raised = Signal.born_of(Signal.raised(patient, seen, mode=RuleMode.AUTO, line=LINE, why=why()))
    assert raised.counts_until == NOW + timedelta(seconds=5)


def test_it_does_not_count_where_the_clock_was_set_back():
    assert signal().counts_at(why().at)
    assert not signal().counts_at(why().at - timedelta(seconds=6))


def test_figures_that_are_no_number_are_absent_from_the_log():
    seen = figures(NOW, {"spot": 450.0, "flip": float("nan"), "call_wall": float("inf")})
    assert dict(Signal.raised(RULE, seen, mode=RuleMode.AUTO, line=LINE, why=why()).figures) == {"spot": 450.0}
