"""How a rule stands: every verb from every mode, what reloading means, and what holds a signal back."""

from datetime import timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tastyflow.domain.expirations import new_york_date
from tastyflow.domain.signal_rule import OffCode, RuleLoaded, RuleMode, RuleReloaded, RuleStanding
from tastyflow.domain.signal_rule.figures import DataFault
from tastyflow.domain.signal_rule.holding import held_back
from tastyflow.domain.signal_rule.verbs import MENU, MOVES
from tastyflow.errors import IllegalStep, Refused
from tests.application.signalling_kit import figures, rule
from tests.domain.makers import NOW, why

OFF, SHADOW, APPROVE, AUTO = RuleMode
RULE = rule()
SIGNAL = RuleStanding.id_of("any id")


def standing(mode=SHADOW, **known) -> RuleStanding:
    loaded = RuleStanding.born_of(RuleStanding.load(RULE, why=why()))
    return evolve(loaded, mode=mode, **known)


VERBS = {
    "reload": lambda s: s.reload(rule(version=2), why=why()),
    "trigger": lambda s: s.trigger(SIGNAL, moment=NOW, why=why()),
    "turn_itself_off": lambda s: s.turn_itself_off(OffCode.STALE, reason="old", why=why()),
    "answer": lambda s: s.answer(SIGNAL, why=why()),
    **{
        verb: lambda s, mode=mode: s.move(mode, digest=RULE.digest, by="ann", why=why())
        for mode, (verb, _) in MOVES.items()
    },
}
SILENT = {(mode, MOVES[mode][0]) for mode in RuleMode} | {(OFF, "turn_itself_off")}
"""What stands so already: no news, and no error."""


@pytest.mark.parametrize("mode", RuleMode)
@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_is_possible_where_the_menu_says_and_refused_elsewhere(mode, verb):
    now = standing(mode)
    if (mode, verb) in SILENT:
        assert VERBS[verb](now) is None
    elif verb in MENU[mode]:
        assert now.evolved(VERBS[verb](now)).version == now.version + 1
    else:
        with pytest.raises(IllegalStep):
            VERBS[verb](now)


def test_the_menu_is_of_every_mode_and_verb():
    assert set(MENU) == set(RuleMode)
    assert set().union(*MENU.values()) == set(VERBS)


@pytest.mark.parametrize("mode", RuleMode)
@pytest.mark.parametrize("to", RuleMode)
def test_up_is_one_step_and_down_is_any(mode, to):
    verb = MOVES[to][0]
    assert (verb in MENU[mode]) == (to is not mode and to.rank <= mode.rank + 1)


def test_a_step_up_is_for_the_content_that_was_seen_and_a_step_down_for_any():
    with pytest.raises(Refused, match="not what was shown"):
        standing().move(APPROVE, digest="other", by="ann", why=why())
    with pytest.raises(Refused, match="not what was shown"):
        standing(OFF).move(SHADOW, digest=None, by="ann", why=why())
    assert standing(AUTO).move(OFF, by="ann", why=why()) is not None


def test_the_same_content_is_no_news_and_other_content_wants_a_higher_version():
    assert standing().reload(RULE, why=why()) is None
    for version, code in ((1, "rule_edited"), (0, "rule_outdated")):
        with pytest.raises(Refused) as no:
            standing().reload(rule(version=version, text="other"), why=why())
        assert no.value.code == code


@pytest.mark.parametrize("mode", RuleMode)
def test_a_higher_version_begins_in_shadow_from_wherever_it_stood(mode):
    reloaded = standing(mode, refusals_in_a_row=2).reload(rule(version=2), why=why())
    assert isinstance(reloaded, RuleReloaded)
    after = standing(mode, refusals_in_a_row=2).evolved(reloaded)
    assert (after.mode, after.refusals_in_a_row, after.rule_version) == (SHADOW, 0, 2)


def test_a_rule_begins_in_shadow():
    loaded = RuleStanding.load(RULE, why=why())
    assert isinstance(loaded, RuleLoaded)
    assert RuleStanding.born_of(loaded).mode is SHADOW


# ── what holds a signal back ─────────────────────────────────────────────────────────────────────────────────────


def code(which=RULE, now=NOW, seen=None, *, stands=None, **how) -> str | None:
    stands = standing(**how) if stands is None else stands
    stands = evolve(stands, rule_version=which.version, digest=which.digest)
    held = held_back(which, stands, figures(now) if seen is None else seen, now)
    return held.code if held is not None else None


def reads(*names):
    class Reading:
        figures = frozenset(names)

    return evolve(rule(), trigger=Reading())


def test_nothing_holds_back_a_rule_that_may():
    assert code() is None
    assert code(reads("spot", "flip")) is None


def test_a_rule_that_is_off_unknown_or_of_other_content_is_held_back():
    assert code(mode=OFF) == "off"
    assert held_back(RULE, None, figures(NOW), NOW).code == "not_loaded"
    assert held_back(RULE, evolve(standing(), digest="other"), figures(NOW), NOW).code == "other_content"


@pytest.mark.parametrize(
    ("coverage", "expected"),
    [
        (0.9, None),
        (1.0, None),
        (0.8999, "coverage"),
        (None, "coverage"),
        (float("nan"), "coverage"),
        (1.01, "coverage"),
    ],
)  # fmt: skip
def test_a_chain_is_known_as_far_as_the_rule_wants(coverage, expected):
    assert code(reads("flip"), seen=figures(NOW, coverage=coverage)) == expected


@pytest.mark.parametrize(
    ("age_s", "later_s", "expected"),
    [
        (30.0, 0, None), (30.1, 0, "stale"), (20.0, 10, None), (20.0, 10.1, "stale"), (None, 0, "stale"),
        (float("nan"), 0, "stale"), (-1.0, 0, "stale"),
    ],
)  # fmt: skip
def test_data_are_as_young_as_the_rule_wants_when_the_signal_is_raised(age_s, later_s, expected):
    now = NOW + timedelta(seconds=later_s)
    assert code(reads("spot"), now, figures(NOW, oldest_age_s=age_s)) == expected


@pytest.mark.parametrize("fault", DataFault)
def test_faulty_data_raise_nothing_whatever_the_rule_says(fault):
    assert code(rule(min_coverage=0.0, greatest_age_s=9e9), seen=figures(NOW, faults=(fault,))) == fault.value


def test_data_of_the_future_raise_nothing():
    assert code(seen=figures(NOW + timedelta(seconds=6))) == "clock"


def raised(at, count=1) -> RuleStanding:
    return standing(raised_at=at, raised_on=new_york_date(at), raised_that_day=count, last_moment=at)


@pytest.mark.parametrize(("minutes", "expected"), [(14.99, "cool_down"), (15.0, None)])
def test_it_cools_down_for_as_long_as_it_says(minutes, expected):
    which = rule(cool_down_min=15.0, most_a_day=9)
    assert code(which, NOW + timedelta(minutes=minutes), stands=raised(NOW)) == expected


def test_a_clock_that_was_set_back_gives_no_second_signal():
    which = rule(cool_down_min=15.0, most_a_day=1)
    for back in (timedelta(minutes=5), timedelta(days=2)):
        assert code(which, NOW - back, stands=raised(NOW)) is not None
    assert code(rule(cool_down_min=0.0), NOW - timedelta(days=2), stands=raised(NOW)) is not None


def test_the_day_is_that_of_new_york():
    which = rule(cool_down_min=0.0, most_a_day=1)
    evening, morning = NOW.replace(hour=20, minute=59), NOW.replace(hour=14, minute=30) + timedelta(days=1)
    assert code(which, evening, stands=raised(NOW)) == "most_a_day"
    assert code(which, morning, stands=raised(NOW)) is None


def test_nothing_is_raised_after_the_close_on_figures_from_before_it():
    close = NOW.replace(hour=21, minute=0)
    seen = figures(close - timedelta(seconds=1))
    assert code(now=close - timedelta(seconds=1), seen=seen) is None
    assert code(now=close, seen=seen) == "closed"
    half_day = NOW.replace(day=27, hour=18)
    assert code(now=half_day, seen=figures(half_day)) == "closed"


def test_a_trigger_whose_signal_would_be_over_raises_none():
    which = rule(expires_after_s=20.0, greatest_age_s=300.0)
    assert code(which, NOW + timedelta(seconds=19.9), figures(NOW)) is None
    assert code(which, NOW + timedelta(seconds=20), figures(NOW)) == "late"


def test_the_age_of_the_flip_counts_for_a_rule_that_reads_it_and_for_no_other():
    seen = evolve(figures(NOW), own_ages_s={"flip": 31.0})
    assert code(reads("spot"), seen=seen) is None
    assert code(reads("flip"), seen=seen) == "stale"


def test_a_moment_that_was_passed_raises_nothing_but_an_alert_has_an_id_of_its_own():
    which, stands = rule(cool_down_min=0.0, most_a_day=9), raised(NOW)
    stands = evolve(stands, rule_version=which.version, digest=which.digest)
    assert held_back(which, stands, figures(NOW), NOW).code == "seen"
    assert held_back(which, stands, figures(NOW), NOW, source="webhook", source_id="a-1") is None


@given(st.integers(0, 400), st.integers(0, 400), st.integers(1, 3))
def test_within_a_day_and_a_cool_down_there_are_never_more_than_it_says(first, second, most):
    """Whenever two triggers come, and whatever the count: what is let pass keeps both limits."""
    which = rule(cool_down_min=60.0, most_a_day=most)
    then, now = NOW + timedelta(minutes=min(first, second)), NOW + timedelta(minutes=max(first, second))
    stands = raised(then, count=most)
    may = code(which, now, stands=stands) is None
    is_same_day = new_york_date(then) == new_york_date(now)
    assert may <= (now - then >= timedelta(minutes=60) and not is_same_day)
