"""Between a trigger and production: what a person does there reaches the order, whatever was decided before."""

import pytest

from tastyflow.domain.order.stages import Stage
from tastyflow.domain.signal import SignalStage
from tastyflow.domain.signal_rule import OffCode, RuleMode
from tests.signals.bad_days.watched_day import NAME

pytestmark = pytest.mark.anyio
OFF, SHADOW, APPROVE, AUTO = RuleMode


async def test_a_halt_between_rehearsal_and_claim_keeps_the_order_out_and_turns_the_rule_off(day):
    async with day.service() as desk:

        async def halts():
            await desk.halt(day.house.message("halt", user="hal"), "fat finger")

        day.before_production(halts)
        await day.crosses()
        (signal,) = day.signals(desk)
        assert day.order_of(signal).stage.is_over
        assert day.order_of(signal).stage is not Stage.FILLED
        assert day.sent() == []
        assert (day.standing.mode, day.standing.off_code) == (OFF, OffCode.HALT)
        assert day.incident.is_open
        await day.passes(120)
        await day.crosses()
        assert day.signals(desk) == (signal,)


async def test_a_halt_turns_every_rule_off_and_what_is_crossed_then_raises_nothing(day):
    async with day.service() as desk:
        await day.house.until(desk.halt(day.house.message("halt", user="hal"), "fat finger"))
        assert (day.standing.mode, day.standing.off_code) == (OFF, OffCode.HALT)
        await day.crosses()
        assert day.signals(desk) == ()


async def test_a_rule_turned_off_between_trigger_and_claim_sends_nothing(day):
    async with day.service() as desk:

        async def turns_off():
            await desk.signalling.move(NAME, OFF, day.house.message("off", user="ann"), reason="enough")

        day.before_production(turns_off)
        await day.crosses()
        (signal,) = day.signals(desk)
        assert day.order_of(signal).stage is Stage.CANCELLED
        assert day.sent() == []
        assert day.house.trader("robot").reserved == {}
        await day.passes(120)
        await day.crosses()
        assert day.signals(desk) == (signal,)


async def test_the_claim_of_production_asks_how_the_rule_stands(day):
    """Another process turned it off, and ended before it withdrew anything."""
    async with day.service() as desk:
        day.before_production(lambda: day.changed_elsewhere(lambda rule, why: rule.move(OFF, by="ann", why=why)))
        await day.crosses()
        (signal,) = day.signals(desk)
        assert day.order_of(signal).stage is Stage.CANCELLED
        assert "off" in day.order_of(signal).message
        assert len(day.house.books()[0]) == 1
        assert day.sent() == []


async def test_a_rehearsal_that_takes_longer_than_the_signal_counts_sends_nothing(day):
    async with day.service() as desk:

        async def dawdles():
            await day.house.clock.sleep(70)

        day.before_production(dawdles)
        await day.crosses()
        await day.passes(120)
        (signal,) = day.signals(desk)
        order = day.order_of(signal)
        assert signal.stage is SignalStage.ACTED
        assert order.stage.is_over
        assert "ran out" in order.message
        assert day.sent() == []
