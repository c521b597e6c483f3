"""Turns in the sandbox: whatever is asked for, nothing collides, and everything has its turn."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tastyflow.application.rehearsal.turns import Turns, Use, uses_of
from tastyflow.domain.ticket import Action, Leg
from tastyflow_adapters.clock import SystemClock
from tests.domain.makers import option

INSTRUMENTS = tuple(option(strike) for strike in ("450", "455", "460"))
USES = st.dictionaries(st.sampled_from(INSTRUMENTS), st.sampled_from(Use), min_size=1, max_size=3)


def collide(uses, others):
    shared = [i for i in uses if i in others]
    return any(uses[i] is not others[i] or uses[i] is Use.ALONE for i in shared)


@settings(deadline=None)
@given(st.lists(st.tuples(USES, st.booleans(), st.integers(0, 3), st.booleans()), min_size=1, max_size=12))
def test_nothing_collides_and_everything_has_its_turn(wanted):
    async def play():
        turns, active, served = Turns(SystemClock()), [], 0

        async def use(uses, gives_way, steps, gives_up):
            nonlocal served
            try:
                async with asyncio.timeout(0 if gives_up else 5):
                    turn = await turns.take(uses, gives_way=gives_way)
            except TimeoutError:
                assert gives_up
                served += 1
                return
            assert not any(collide(uses, other) for other in active)
            active.append(uses)
            for _ in range(steps):
                await asyncio.sleep(0)
            active.remove(uses)
            turn.release()
            turn.release()
            served += 1

        await asyncio.gather(*(use(*each) for each in wanted))
        assert served == len(wanted)
        last = await asyncio.wait_for(turns.take(dict.fromkeys(INSTRUMENTS, Use.ALONE)), 1)
        last.release()

    asyncio.run(play())


@pytest.mark.anyio
async def test_undoing_lets_every_rehearsal_by_and_a_close_is_not_overtaken():
    turns, order = Turns(SystemClock()), []
    call = INSTRUMENTS[0]
    first = await turns.take({call: Use.BUYING})

    async def wait(name, use, **how):
        turn = await turns.take({call: use}, **how)
        order.append(name)
        await asyncio.sleep(0)
        turn.release()

    waiting = [
        asyncio.ensure_future(wait(*each, **how))
        for each, how in (
            (("undo", Use.SELLING), {"gives_way": True}),
            (("close", Use.ALONE), {}),
            (("buy", Use.BUYING), {}),  # it could go with the first, but the close was there before
        )
    ]
    await asyncio.sleep(0.01)
    assert order == []
    first.release()
    await asyncio.gather(*waiting)
    assert order == ["close", "buy", "undo"]


def test_an_order_that_closes_anything_has_its_instruments_to_itself():
    roll = (Leg(Action.SELL_TO_CLOSE, 1, INSTRUMENTS[0]), Leg(Action.BUY_TO_OPEN, 1, INSTRUMENTS[1]))
    assert uses_of(roll) == dict.fromkeys(INSTRUMENTS[:2], Use.ALONE)
    spread = (Leg(Action.SELL_TO_OPEN, 1, INSTRUMENTS[0]), Leg(Action.BUY_TO_OPEN, 1, INSTRUMENTS[1]))
    assert uses_of(spread) == {INSTRUMENTS[0]: Use.SELLING, INSTRUMENTS[1]: Use.BUYING}
