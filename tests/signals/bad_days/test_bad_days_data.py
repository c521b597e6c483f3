"""
Bad days of the data: nothing is raised on what a rule's limits exclude, and what was crossed meanwhile was not seen.

Each story ends as it began: on sound data the same rule fires once. So it was the bad data that held it still.
"""

import pytest

from tastyflow.domain.instruments import Right
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.signal import SignalStage
from tastyflow.domain.signal_rule import OffCode, RuleMode
from tastyflow.domain.signal_rule.figures import DataFault

pytestmark = pytest.mark.anyio
OFF, SHADOW, APPROVE, AUTO = RuleMode


async def fires_once(day, desk, *, before=0):
    """On sound data, the rule fires once, and its order is filled."""
    await day.crosses()
    signals = day.signals(desk)
    assert len(signals) == before + 1
    assert signals[0].stage is SignalStage.ACTED
    assert day.order_of(signals[0]).stage is Stage.FILLED
    assert len(day.sent()) == before + 1


def held(day):
    return day.shown.held


async def test_on_a_sound_day_the_rule_fires_once(day):
    async with day.service() as desk:
        await fires_once(day, desk)
        await day.passes(120)
        assert len(day.signals(desk)) == 1


SPOILT = {
    "a spot that jumps by 20 percent": ({"spot_times": 1.2}, DataFault.SPOT_JUMPED),
    "a crossed market": ({"is_crossed": True}, DataFault.CROSSED_MARKET),
    "open interest of yesterday": ({"has_old_interest": True}, DataFault.OLD_INTEREST),
    "open interest of calls and puts switched": ({"switches_interest": True}, DataFault.SWITCHED_INTEREST),
    "ticks from the future": ({"ahead_s": 30.0}, DataFault.CLOCK),
}


@pytest.mark.parametrize(("faults", "fault"), SPOILT.values(), ids=SPOILT)
async def test_nothing_is_raised_on_data_that_are_not_to_be_traded_on(day, faults, fault):
    async with day.service() as desk:
        for name, value in faults.items():
            setattr(day.faults, name, value)
        await day.passes(30)
        await day.crosses(within_s=60)
        assert fault in day.heard[-1].faults
        assert held(day)
        assert day.signals(desk) == ()
        assert day.sent() == []
        assert day.standing.mode is AUTO  # it holds still, and is not turned off
        day.mend()
        day.spot("450")
        await day.passes(320 if fault is DataFault.SPOT_JUMPED else 65)
        assert day.heard[-1].faults == ()
        await fires_once(day, desk)


async def test_a_spot_that_jumps_and_comes_back_has_crossed_nothing(day):
    """A wrong price below the level, between two right ones above it, is no side that the rule remembers."""
    day.spot("454")
    async with day.service() as desk:
        for _ in range(3):
            day.faults.spot_times = 0.8
            await day.passes(6)
            assert DataFault.SPOT_JUMPED in day.heard[-1].faults
            day.mend()
            await day.passes(8)
            assert day.heard[-1].faults == ()
        assert day.signals(desk) == ()
        await fires_once(day, desk)


async def test_a_drop_of_the_stream_holds_the_rule_still_until_everything_was_said_again(day):
    async with day.service() as desk:
        day.faults.is_silent = True  # the line is open again, and nothing comes yet
        day.faults.drop()
        await day.passes(2)
        await day.crosses()
        assert DataFault.FEED_GAP in day.heard[-1].faults
        assert day.heard[-1].get("spot") is None
        assert day.signals(desk) == ()
        day.mend()
        await day.passes(20)
        assert day.heard[-1].faults == ()
        assert day.signals(desk) == ()  # what was crossed while the stream was away was not seen
        await fires_once(day, desk)


async def test_a_stream_that_drops_for_a_moment_costs_nothing(day):
    async with day.service() as desk:
        for _ in range(3):
            day.faults.drop()
            await day.passes(5)
        assert day.heard[-1].faults == ()
        await fires_once(day, desk)


async def test_half_a_chain_fires_nothing_and_a_rule_that_would_have_fired_turns_itself_off(day):
    day.faults.withheld = lambda option: option.right is Right.PUT
    async with day.service() as desk:
        assert day.heard[-1].coverage < 0.9
        await day.crosses()
        assert day.signals(desk) == ()
        assert day.sent() == []
        assert (day.standing.mode, day.standing.off_code) == (OFF, OffCode.COVERAGE)
        assert day.incident.is_open


async def test_half_a_chain_for_more_than_five_minutes_turns_the_rule_off(day):
    day.faults.withheld = lambda option: option.strike % 2 == 0
    async with day.service() as desk:
        await day.passes(240)
        assert day.standing.mode is AUTO
        await day.passes(120)
        assert (day.standing.mode, day.standing.off_code) == (OFF, OffCode.COVERAGE)
        assert day.incident.is_open
        day.mend()
        await day.crosses()
        assert day.signals(desk) == ()  # it stays off until a person looked


async def test_greeks_that_are_no_numbers_are_out_of_coverage_and_never_a_gamma(day):
    async with day.service() as desk:
        day.faults.has_no_greeks = True
        await day.crosses()
        last = day.heard[-1]
        assert last.coverage == 0.0
        assert last.get("net_gex_dollars_per_percent") is None
        assert day.signals(desk) == ()
        day.mend()
        day.spot("450")
        await day.passes(20)
        await fires_once(day, desk)


async def test_greeks_that_are_no_numbers_for_more_than_five_minutes_turn_the_rule_off(day):
    async with day.service() as desk:
        day.faults.has_no_greeks = True
        await day.passes(330)
        assert day.standing.off_code in {OffCode.COVERAGE, OffCode.STALE}
        assert day.standing.mode is OFF
        assert day.signals(desk) == ()


async def test_data_that_come_to_a_stop_hold_the_rule_still_and_after_five_minutes_turn_it_off(day):
    async with day.service() as desk:
        day.faults.is_silent = True
        await day.crosses(within_s=60)
        assert day.standing.mode is AUTO
        assert day.signals(desk) == ()
        assert any("old" in each for each in held(day))
        await day.passes(300)
        assert (day.standing.mode, day.standing.off_code) == (OFF, OffCode.STALE)
        assert day.incident.is_open
        day.mend()
        await day.crosses()
        assert day.signals(desk) == ()
        assert day.sent() == []


async def test_a_rule_in_shadow_rests_on_old_data_and_is_not_turned_off(day):
    async with day.service(SHADOW) as desk:
        day.faults.is_silent = True
        await day.passes(400)
        assert day.standing.mode is SHADOW
        assert day.incident is None
        day.mend()
        day.spot("450")
        await day.passes(20)
        await day.crosses()
        (signal,) = day.signals(desk)
        assert signal.stage is SignalStage.SHADOWED
        assert day.sent() == []


async def test_data_that_were_never_heard_fire_nothing(day):
    day.faults.is_silent = True
    async with day.service() as desk:
        await day.crosses()
        assert day.heard[-1].oldest_age_s is None
        assert held(day)
        assert day.signals(desk) == ()


async def test_a_trigger_that_is_met_when_the_service_starts_is_not_seen_to_be_crossed(day):
    day.spot("454")
    async with day.service() as desk:
        await day.passes(30)
        assert day.signals(desk) == ()
        await fires_once(day, desk)
