"""Two processes with the same rule, which both see its trigger: two ledgers on one file, racing to the same append."""

import asyncio
from datetime import timedelta

import pytest

from tastyflow.domain.signal import SignalStage
from tastyflow.domain.signal_rule import RuleMode
from tests.application.kit import DeskUnderTest
from tests.application.signalling_kit import LINE, NAME, cooled, figures, rule, set_to, standing, with_robot
from tests.application.soundness import assert_sound

pytestmark = pytest.mark.anyio


@pytest.fixture
async def two(anyio_backend, tmp_path):
    """Two processes on one log, with the same clock, market and venues."""
    first = await with_robot(DeskUnderTest.make(path=tmp_path / "log.db"))
    second = first.restarted(tmp_path / "log.db")
    yield first, second
    first.ledger.close()
    second.ledger.close()


@pytest.mark.parametrize("apart_ms", [0, 1, 250])
async def test_two_processes_that_see_the_same_trigger_raise_one_signal_and_place_one_order(two, apart_ms):
    """Their moments lie a little apart, as two watches have them: it is the cool-down that the second one meets."""
    first, second = two
    which = rule(cool_down_min=1.0, most_a_day=9)
    async with first.desk() as one, second.desk() as other:
        await set_to(first, one, which, RuleMode.AUTO)

        async def fires(desk, at):
            raised = await desk.signalling.raise_signal(which, figures(at), ("met",), LINE)
            return await desk.signalling.act(raised) if raised is not None else None

        for sent in (1, 2):
            now = first.clock.now()
            both = [fires(one, now - timedelta(milliseconds=apart_ms)), fires(other, now)]
            acted = [each for each in await first.until(asyncio.gather(*both)) if each is not None]
            assert [each.stage for each in acted] == [SignalStage.ACTED]
            assert standing(first.ledger).raised_that_day == sent
            rehearsed, placed = first.books()
            assert (len(rehearsed), len(placed)) == (sent, sent)
            soon = first.clock.now() + timedelta(seconds=2)
            first.clock.jump(2)
            assert await first.until(fires(other, soon)) is None  # it cools down, whichever process raised it
            cooled(first, 2.0)
    assert_sound(first)


async def test_two_processes_that_act_on_one_signal_place_one_order(two):
    """As after a restart: the one that raised it goes on, and the one that found it open does, too."""
    first, second = two
    async with first.desk() as one, second.desk() as other:
        await set_to(first, one, rule(), RuleMode.AUTO)
        seen = figures(first.clock.now())
        raised = await first.until(one.signalling.raise_signal(rule(), seen, ("met",), LINE))
        both = [one.signalling.act(raised), other.signalling.act(raised), other.signalling.finish()]
        await first.until(asyncio.gather(*both))
        await first.until(first.clock.sleep(10))
    rehearsed, placed = first.books()
    assert (len(rehearsed), len(placed)) == (1, 1)
    assert_sound(first)


async def test_a_rule_that_one_process_turns_off_raises_nothing_in_the_other(two):
    first, second = two
    async with first.desk() as one, second.desk() as other:
        await set_to(first, one, rule(), RuleMode.AUTO)
        await first.until(other.signalling.load(rule()))
        await first.until(one.signalling.move(NAME, RuleMode.OFF, first.message("off", user="ann")))
        seen = figures(first.clock.now())
        assert await first.until(other.signalling.raise_signal(rule(), seen, ("met",), LINE)) is None
    assert first.books() == ([], [])
