"""
The process dies at every boundary between a trigger and its order: before and after each append and each call.

    a rule, dead at boundary k ─▶ a new process, soon or late ─▶ recover, finish, the same trigger once more
                                                                └▶ one order at most, nothing open, every promise kept
"""

import asyncio

import pytest

from tastyflow.application.audit import log_of, verify
from tastyflow.domain.order import Order
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.signal import Signal, SignalStage
from tastyflow.domain.signal_rule import RuleMode
from tests.application.kit import EVERYTHING, GENEROUS, DeskUnderTest, register
from tests.application.signalling_kit import LINE, NAME, figures, rule, set_to, standing, with_robot
from tests.application.soundness import assert_sound
from tests.application.test_desk_crash import Crash, Fuse, make_mortal

ASKING = (RuleMode.APPROVE, RuleMode.AUTO)
MODES = (RuleMode.SHADOW, *ASKING)


async def a_house(mode: RuleMode) -> DeskUnderTest:
    house = DeskUnderTest.make()
    await house.until(register(house.ledger, house.clock.now(), "demo", GENEROUS, EVERYTHING))
    await with_robot(house)
    async with house.desk() as desk:
        await set_to(house, desk, rule(), mode)
    return house


async def triggered(house: DeskUnderTest, fuse: Fuse) -> bool:
    """A process that sees the trigger, and may die on the way; whether it did."""
    make_mortal(house, fuse)
    async with house.desk() as desk:
        try:
            seen = figures(house.clock.now())
            raised = await house.until(desk.signalling.raise_signal(rule(), seen, ("met",), LINE))
            if raised is not None:
                await house.until(desk.signalling.act(raised))
        except Crash:
            return True
    return fuse.burnt


async def boundaries(mode: RuleMode) -> list[str]:
    house, fuse = await a_house(mode), Fuse(-1)
    assert not await triggered(house, fuse)
    house.ledger.close()
    return fuse.passed


@pytest.mark.parametrize("later_s", [0.5, 120.0], ids=["soon", "late"])
@pytest.mark.parametrize("mode", MODES)
def test_dead_at_any_boundary_it_is_one_order_at_most_and_nothing_stays_open(mode, later_s):
    passed = asyncio.run(boundaries(mode))
    assert passed.count("before append") >= (3 if mode in ASKING else 2)
    for at in range(1, len(passed) + 1):
        asyncio.run(dies(mode, at, later_s))


async def dies(mode: RuleMode, at: int, later_s: float) -> None:
    dead = await a_house(mode)
    moment, where, fuse = dead.clock.now(), f"{mode} at {at}", Fuse(at)
    assert await triggered(dead, fuse), where
    before = len(dead.books()[1])
    house = dead.restarted()
    house.clock.jump(later_s)
    signal_id = Signal.id_of(NAME, 1, moment)
    was_raised = house.ledger.read(Signal, signal_id) is not None
    async with house.desk() as desk:
        await house.until(desk.recover())
        await house.until(desk.signalling.finish())
        again = desk.signalling.raise_signal(rule(), figures(moment), ("met",), LINE)
        raised_now = await house.until(again)
        if raised_now is not None:
            assert not was_raised, where
            await house.until(desk.signalling.act(raised_now))
        assert desk.signalling.still_open() == (), where
        house.clock.jump(house.policy.proof_valid_s + house.policy.settle_s)
        await house.until(desk.recover())
        await house.until(house.clock.sleep(10))
    assert_sound(house)
    assert verify(log_of(house.ledger)).findings == (), where
    sent = len(house.books()[1])
    assert sent <= (1 if mode is RuleMode.AUTO else 0), where
    signal, order = house.ledger.read(Signal, signal_id), house.ledger.read(Order, Order.id_of("signal", signal_id.hex))
    if signal is None:
        assert order is None, where
    elif was_raised and later_s > 60 and signal.stage is SignalStage.EXPIRED:
        assert (order, sent) == (None, before), where
    elif order is not None:
        assert signal.order == order.id, where
        assert order.stage.is_over or order.stage in {Stage.REHEARSED, Stage.ESCALATED}, where
    in_doubt = order is not None and order.stage is Stage.ESCALATED
    assert standing(house.ledger).mode is (RuleMode.OFF if in_doubt else mode), where
    for each in (dead, house):
        each.ledger.close()
