"""Two processes with the same rule on one log: a trigger is one signal and one order, whatever they do at once."""

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest

from tastyflow.application.audit import log_of, verify
from tastyflow.domain.order.events import SubmissionClaimed
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.signal import SignalStage
from tastyflow.domain.signal_rule import RuleMode
from tests.application.kit import PRODUCTION, DeskUnderTest, log
from tests.application.signalling_kit import LINE, NAME, figures, rule, set_to, standing, with_robot

pytestmark = pytest.mark.anyio
OFTEN = {"cool_down_min": 0.0, "most_a_day": 3}
MILLISECOND = timedelta(milliseconds=1)


@pytest.fixture
async def two(tmp_path):
    """Two processes, each with a ledger of its own on one file, and the same venues."""
    path = tmp_path / "log.db"
    one = DeskUnderTest.make(path=path)
    await one.hire()
    await with_robot(one)
    other = DeskUnderTest(one.clock, one.market, one.restarted(path).ledger, one.rehearsals, one.live)
    yield one, other
    assert verify(log_of(one.ledger)).findings == ()
    for house in (one, other):
        house.ledger.close()


async def both(two, stack: AsyncExitStack, which, mode=RuleMode.AUTO):
    one, _ = two
    desks = [await stack.enter_async_context(house.desk()) for house in two]
    await set_to(one, desks[0], which, mode)
    await one.until(desks[1].signalling.load(which))
    return desks


@pytest.mark.parametrize("apart", [timedelta(0), MILLISECOND])
async def test_two_that_see_the_trigger_at_the_same_time_raise_one_signal(two, apart):
    one, _ = two
    async with AsyncExitStack() as stack:
        desks = await both(two, stack, rule())
        now = one.clock.now()
        raising = [
            desk.signalling.raise_signal(rule(), figures(now - apart * n), ("met",), LINE)
            for n, desk in enumerate(desks)
            for _ in range(3)
        ]
        raised = [each for each in await one.until(asyncio.gather(*raising)) if each is not None]
        assert len(raised) == 1
        acting = [desk.signalling.act(raised[0]) for desk in desks for _ in range(2)]
        settled = await one.until(asyncio.gather(*acting))
        assert {each.stage for each in settled} == {SignalStage.ACTED}
        assert len({each.order for each in settled}) == 1
    assert [len(book) for book in one.books()] == [1, 1]
    assert sum(type(event).__name__ == "SignalActed" for event in log(one.ledger)) == 1


async def test_two_that_see_many_triggers_stay_within_the_day(two):
    one, _ = two
    which = rule(**OFTEN)
    async with AsyncExitStack() as stack:
        desks = await both(two, stack, which)

        async def see_and_act(desk) -> None:
            for _ in range(4):
                raised = await desk.signalling.raise_signal(which, figures(one.clock.now()), ("met",), LINE)
                if raised is not None:
                    await desk.signalling.act(raised)
                await one.clock.sleep(0.05)

        await one.until(asyncio.gather(*(see_and_act(desk) for desk in desks)))
    assert standing(one.ledger).raised_that_day <= 3
    assert len(one.books()[1]) == standing(one.ledger).raised_that_day


@pytest.mark.parametrize("head_start", range(0, 60, 4))
async def test_one_turns_it_off_while_the_other_acts_and_no_order_leaves_after_the_word(two, head_start):
    one, _ = two
    async with AsyncExitStack() as stack:
        desks = await both(two, stack, rule())
        raised = await one.until(desks[0].signalling.raise_signal(rule(), figures(one.clock.now()), ("met",), LINE))
        assert raised is not None

        async def stop() -> list:
            for _ in range(head_start):
                await asyncio.sleep(0)
            await one.clock.sleep(head_start / 100)
            moved = await desks[1].signalling.move(NAME, RuleMode.OFF, one.message("off", user="ann"))
            return [*moved.withdrawn, *moved.at_work]

        settled, _ = await one.until(asyncio.gather(desks[0].signalling.act(raised), stop()))
        events = log(one.ledger)
        off = next(n for n, event in enumerate(events) if type(event).__name__ == "RuleTurnedOff")
        claimed = [n for n, event in enumerate(events) if isinstance(event, SubmissionClaimed)]
        claims = [n for n in claimed if events[n].venue is PRODUCTION]
        assert all(claim < off for claim in claims)
        assert len(one.books()[1]) == len(claims)
        if settled.order is not None:
            assert one.order(settled.order).stage in {Stage.CANCELLED, Stage.FILLED}


async def test_an_edited_rule_in_one_process_stops_the_other(two):
    one, _ = two
    async with AsyncExitStack() as stack:
        desks = await both(two, stack, rule())
        raised = await one.until(desks[0].signalling.raise_signal(rule(), figures(one.clock.now()), ("met",), LINE))
        await one.until(desks[1].signalling.load(rule(version=2)))
        settled = await one.until(desks[0].signalling.act(raised))
        one.clock.jump(3600)
        again = desks[0].signalling.raise_signal(rule(), figures(one.clock.now()), ("met",), LINE)
        assert await one.until(again) is None
    assert settled.order is None
    assert one.books() == ([], [])
