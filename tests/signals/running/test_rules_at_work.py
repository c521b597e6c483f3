"""Rules at work: a trigger that is met raises one signal, on data that are fit, in the mode that the log has."""

import pytest
from running_kit import AtWork, rule_text

from tastyflow.domain.order.stages import Stage
from tastyflow.domain.signal import SignalStage
from tastyflow.domain.signal_rule import OffCode, RuleMode
from tastyflow.domain.signal_rule.figures import DataFault
from tastyflow.errors import VenueFailure

pytestmark = pytest.mark.anyio
OFF, SHADOW, APPROVE, AUTO = RuleMode


async def auto(at_work: AtWork, **limits):
    """A rule that may place orders by itself, and was seen unmet."""
    at_work.write(rule_text(**limits))
    await at_work.pass_s(4)
    await at_work.set_to(AUTO)
    await at_work.see(spot=449)


# ── firing ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_new_rule_is_loaded_in_shadow_and_its_first_signal_places_nothing(at_work, house):
    at_work.write(rule_text())
    async with at_work.running():
        await at_work.pass_s(4)
        assert at_work.standing().mode is SHADOW
        await at_work.see(spot=449)
        await at_work.see(spot=451)
        (signal,) = at_work.signals()
    assert signal.stage is SignalStage.SHADOWED
    assert signal.line == "buy to open 1 SPY 460 call exp Dec 18 2026"
    assert house.books() == ([], [])
    assert at_work.says("the rule flip, version 1, stands in shadow")


async def test_a_trigger_that_stays_met_fires_once(at_work, house):
    async with at_work.running():
        await auto(at_work)
        await at_work.sees_for(30, spot=451)
        (signal,) = at_work.signals()
        assert signal.stage is SignalStage.ACTED
        assert signal.order is not None
        assert house.order(signal.order).stage is Stage.FILLED
    rehearsed, sent = house.books()
    assert (len(rehearsed), len(sent)) == (1, 1)


async def test_a_trigger_that_is_met_at_the_first_look_does_not_fire(at_work):
    async with at_work.running():
        at_work.write(rule_text())
        await at_work.pass_s(4)
        await at_work.sees_for(5, spot=451)
        assert at_work.signals() == ()


async def test_it_fires_again_once_it_was_unmet_and_has_cooled_down(at_work):
    async with at_work.running():
        await auto(at_work)
        await at_work.see(spot=451)
        await at_work.see(spot=449)
        await at_work.see(spot=451)
        assert len(at_work.signals()) == 1
        assert at_work.says("is held back: It cools down")
        await at_work.sees_for(70, spot=449)
        await at_work.see(spot=451)
        assert len(at_work.signals()) == 2


async def test_an_order_of_a_rule_in_approve_waits_for_a_person(at_work, house):
    async with at_work.running():
        at_work.write(rule_text())
        await at_work.pass_s(4)
        await at_work.set_to(APPROVE)
        await at_work.see(spot=449)
        await at_work.see(spot=451)
        await at_work.pass_s(20)
        (signal,) = at_work.signals()
        assert signal.order is not None
        assert house.order(signal.order).waiting_until is not None
    assert house.books()[1] == []


async def test_a_line_that_cannot_be_filled_in_is_a_signal_that_is_declined(at_work, house):
    async with at_work.running():
        await auto(at_work)
        await at_work.see(spot=451, call_wall=None)
        (signal,) = at_work.signals()
    assert (signal.stage, signal.line) == (SignalStage.DECLINED, "")
    assert house.books() == ([], [])


# ── data that are not fit ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "unfit",
    [
        {"oldest_age_s": 21.0},
        {"oldest_age_s": None},
        {"faults": (DataFault.SPOT_JUMPED,)},
        {"faults": (DataFault.SWITCHED_INTEREST,)},
        {"faults": (DataFault.OLD_INTEREST,)},
        {"faults": (DataFault.CROSSED_MARKET,)},
        {"faults": (DataFault.FEED_GAP,)},
        {"coverage": 0.5, "faults": (DataFault.FEED_GAP,)},
    ],
    ids=str,
)
async def test_no_signal_is_raised_on_data_that_its_limits_exclude(at_work, house, unfit):
    async with at_work.running():
        await auto(at_work)
        await at_work.sees_for(5, spot=451, **unfit)
        assert at_work.signals() == ()
        assert at_work.standing().mode is AUTO
    assert house.books() == ([], [])


async def test_what_was_met_for_a_moment_of_unfit_data_fires_once_they_are_fit(at_work):
    async with at_work.running():
        await auto(at_work)
        await at_work.sees_for(5, spot=451, oldest_age_s=60.0)
        await at_work.see(spot=451)
        assert len(at_work.signals()) == 1


async def test_what_crossed_while_no_fit_data_came_for_long_was_not_seen(at_work):
    async with at_work.running():
        await auto(at_work)
        await at_work.sees_for(60, spot=451, oldest_age_s=60.0)
        await at_work.sees_for(5, spot=451)
        assert at_work.signals() == ()


async def test_a_rule_that_would_have_fired_on_thin_data_turns_itself_off(at_work, house):
    async with at_work.running():
        await auto(at_work)
        await at_work.see(spot=451, coverage=0.89)
        assert (at_work.standing().mode, at_work.standing().off_code) == (OFF, OffCode.COVERAGE)
        assert any("would have fired on too little" in each for each in at_work.incidents())
        await at_work.sees_for(5, spot=449)
        await at_work.sees_for(5, spot=451)
        assert at_work.signals() == ()
    assert house.books() == ([], [])


@pytest.mark.parametrize(
    ("unfit", "code"), [({"coverage": 0.5}, OffCode.COVERAGE), ({"oldest_age_s": 60.0}, OffCode.STALE)], ids=str
)
async def test_unfit_data_are_put_up_with_for_five_minutes_of_an_open_session(at_work, unfit, code):
    async with at_work.running():
        await auto(at_work)
        await at_work.sees_for(290, spot=449, **unfit)
        assert at_work.standing().mode is AUTO
        assert at_work.says("the rule flip holds still")
        await at_work.sees_for(20, spot=449, **unfit)
        assert (at_work.standing().mode, at_work.standing().off_code) == (OFF, code)
        assert at_work.incidents() != []


async def test_a_feed_that_falls_silent_is_old_data(at_work):
    async with at_work.running():
        await auto(at_work)
        await at_work.pass_s(400)
        assert (at_work.standing().mode, at_work.standing().off_code) == (OFF, OffCode.STALE)


async def test_data_that_are_fit_in_between_begin_the_count_anew(at_work):
    async with at_work.running():
        await auto(at_work)
        for _ in range(3):
            await at_work.sees_for(200, spot=449, coverage=0.5)
            await at_work.sees_for(3, spot=449)
        assert at_work.standing().mode is AUTO


async def test_a_rule_in_shadow_only_rests(at_work):
    async with at_work.running():
        at_work.write(rule_text())
        await at_work.pass_s(4)
        await at_work.see(spot=449)
        await at_work.see(spot=451, coverage=0.5)
        await at_work.pass_s(400)
        assert at_work.standing().mode is SHADOW
        assert at_work.signals() == ()


async def test_outside_of_the_session_silence_turns_no_rule_off(at_work, house):
    async with at_work.running():
        await auto(at_work)
        house.clock.jump(7 * 3600)  # five in the afternoon in New York
        await at_work.pass_s(1000)
        assert at_work.standing().mode is AUTO


async def test_a_wall_clock_that_is_set_turns_no_rule_off(at_work, house):
    async with at_work.running():
        await auto(at_work)
        house.clock.set_wall(3600)
        await at_work.sees_for(10, spot=449)
        assert at_work.standing().mode is AUTO


# ── watches ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_two_rules_on_one_symbol_share_a_watch_and_a_rule_that_is_off_has_none(at_work):
    async with at_work.running():
        at_work.write(rule_text())
        at_work.write(rule_text("other"), "other.toml")
        await at_work.pass_s(4)
        assert [each.watched.symbol for each in at_work.watches] == ["SPY"]
        await at_work.set_to(OFF)
        assert len(at_work.watches) == 1
        await at_work.set_to(OFF, "other")
        assert at_work.watches == []


async def test_a_chain_that_cannot_be_watched_is_told_once_and_tried_again(at_work):
    at_work.refuses = VenueFailure("The feed cannot be opened.", code="no_feed")
    async with at_work.running():
        at_work.write(rule_text())
        await at_work.pass_s(40)
        assert sum("SPY is not watched" in line for line in at_work.lines) == 1
        assert at_work.status.rules[0].trouble == "The feed cannot be opened."
        at_work.refuses = None
        await at_work.pass_s(70)
        assert at_work.says("SPY is watched again")
        assert len(at_work.watches) == 1


async def test_a_watch_that_ends_is_opened_again(at_work):
    async with at_work.running():
        await auto(at_work)
        (watch,) = at_work.watches
        watch.said.put_nowait(VenueFailure("gone", code="gone"))
        await at_work.pass_s(3)
        assert at_work.watches != [watch]
        await at_work.see(spot=449)
        await at_work.see(spot=451)
        assert len(at_work.signals()) == 1


async def test_without_market_data_no_rule_is_watched_and_that_is_said(at_work):
    at_work.has_feed = False
    async with at_work.running():
        at_work.write(rule_text())
        await at_work.pass_s(5)
        assert at_work.standing().mode is SHADOW
        assert "no market data of production" in at_work.status.off
