"""One rule as figures go by: it fires on no figures that its limits exclude, and an excluded moment leaves no trace."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from running_kit import SOUND, rule_of, rule_text

from tastyflow.domain.signal_rule import OffCode, RuleMode
from tastyflow.domain.signal_rule.figures import DataFault, Figures
from tastyflow.domain.signal_rule.holding import HeldBack
from tastyflow.domain.signal_rule.trigger import TriggerLook
from tastyflow_adapters.signals.running.patience import LONGEST_S, Patience
from tastyflow_adapters.signals.running.rule_run import RuleLook, RuleRun

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
RULE = rule_of(rule_text(), NOW)

MOMENTS = st.lists(
    st.builds(
        dict,
        spot=st.sampled_from([448.0, 449.9, 450.1, 452.0]),
        coverage=st.sampled_from([None, 0.0, 0.899, 0.9, 1.0]),
        oldest_age_s=st.sampled_from([None, 0.0, 19.9, 20.1, 600.0]),
        faults=st.sampled_from([(), (DataFault.SPOT_JUMPED,), (DataFault.CLOCK,)]),
        late_s=st.sampled_from([0.0, 0.2, 30.0]),
        after_s=st.sampled_from([0.5, 2.0, 40.0]),
    ),
    max_size=40,
)


def looked(moments):
    """Every look at *moments*, each with what was looked at."""
    run, at = RuleRun.begin(RULE, RULE.trigger), NOW
    for moment in moments:
        at += timedelta(seconds=moment["after_s"])
        values = SOUND | {"spot": moment["spot"]}
        known = {key: moment[key] for key in ("coverage", "oldest_age_s", "faults")}
        run, look = run.seen(Figures("SPY", at, values, **known), at + timedelta(seconds=moment["late_s"]))
        yield look, moment


def is_fit(moment):
    age_s = None if moment["oldest_age_s"] is None else moment["oldest_age_s"] + moment["late_s"]
    is_young = age_s is not None and age_s <= 20
    return is_young and not moment["faults"] and moment["coverage"] is not None and moment["coverage"] >= 0.9


@given(MOMENTS)
def test_it_never_fires_on_figures_that_its_limits_exclude(moments):
    for look, moment in looked(moments):
        assert bool(look.held) is not is_fit(moment)
        assert not look.fires or is_fit(moment)


@given(MOMENTS)
def test_it_fires_only_where_it_was_seen_unmet_on_fit_data_before(moments):
    armed = False
    for look, moment in looked(moments):
        assert not look.fires or armed
        if is_fit(moment):
            armed = moment["spot"] <= 450 or (armed and not look.fires)


@given(MOMENTS, st.integers(0, 40))
def test_an_excluded_moment_more_makes_no_later_one_fire_and_keeps_none_from_it(moments, where):
    where = min(where, len(moments))
    excluded = {"spot": 452.0, "coverage": 0.1, "oldest_age_s": 0.0, "faults": (), "late_s": 0.0, "after_s": 0.0}
    with_one = [*moments[:where], excluded, *moments[where:]]
    fires = [look.fires for look, each in looked(with_one) if each is not excluded]
    assert fires == [look.fires for look, _ in looked(moments)]


# ── patience ─────────────────────────────────────────────────────────────────────────────────────────────────────

THIN, OLD, FAULT = (HeldBack(code, f"It is {code}.") for code in ("coverage", "stale", "spot_jumped"))
MODES = st.sampled_from(RuleMode)


LASTING = st.tuples(
    st.tuples(st.sampled_from([(), (THIN,), (OLD,), (THIN, OLD), (FAULT,)]), MODES, st.booleans()), st.integers(1, 6)
).map(lambda lasting: [lasting[0]] * lasting[1])


@given(st.lists(LASTING, max_size=8).map(lambda parts: [second for part in parts for second in part]))
def test_only_five_minutes_on_end_in_an_open_session_and_in_a_mode_that_places_orders_turn_it_off(seconds):
    patience, thin_s, old_s = Patience(), None, None
    for number, (held, mode, is_open) in enumerate(seconds):
        now_s = number * 100.0
        counts = is_open and mode.asks
        thin_s = (now_s if thin_s is None else thin_s) if counts and THIN in held else None
        old_s = (now_s if old_s is None else old_s) if counts and OLD in held else None
        turned = patience.waited(held, mode, now_s, is_open=is_open)
        thin_over = thin_s is not None and now_s - thin_s > LONGEST_S
        old_over = old_s is not None and now_s - old_s > LONGEST_S
        assert (turned is not None) is (thin_over or old_over)
        if turned is not None:
            assert turned.code is (OffCode.STALE if old_over else OffCode.COVERAGE)


@given(st.sampled_from([(), (THIN,), (OLD,), (THIN, OLD), (FAULT, THIN)]), st.booleans(), MODES)
def test_it_turns_off_at_once_only_where_nothing_but_the_coverage_kept_a_signal_back(held, fires, mode):
    look = RuleLook(NOW, TriggerLook(fires, fires, False, ()), held)
    turned = Patience().looked(look, mode)
    assert (turned is not None) is (fires and held == (THIN,) and mode.asks)
