"""The simulator's clock: real, anchored, or turned by hand."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sim_kit import FRIDAY

from tastyflow_simulator import ClockMode
from tastyflow_simulator.clock import SimulatorClock

pytestmark = pytest.mark.anyio


def virtual() -> SimulatorClock:
    return SimulatorClock(ClockMode.VIRTUAL, FRIDAY)


async def test_a_virtual_clock_stands_still_until_it_is_turned():
    clock = virtual()
    await asyncio.sleep(0.01)
    assert clock.now() == FRIDAY
    clock.advance(90.5)
    assert clock.now() == FRIDAY + timedelta(seconds=90.5)
    clock.set(FRIDAY + timedelta(days=1))
    assert clock.now() == FRIDAY + timedelta(days=1)


async def test_a_turned_clock_wakes_who_sleeps():
    clock, woken = virtual(), []

    async def sleeper() -> None:
        while clock.now() < FRIDAY + timedelta(minutes=1):
            await clock.sleep_until(FRIDAY + timedelta(minutes=1))
            woken.append(clock.now())

    task = asyncio.create_task(sleeper())
    await asyncio.sleep(0)
    assert woken == []
    for _ in range(2):
        clock.advance(40)
        await asyncio.sleep(0.01)
    await asyncio.wait_for(task, 5)
    assert woken == [FRIDAY + timedelta(seconds=40), FRIDAY + timedelta(seconds=80)]


async def test_whoever_sleeps_can_be_woken_from_another_thread():
    clock = virtual()
    sleeping = asyncio.create_task(clock.sleep_until(FRIDAY + timedelta(days=9)))
    await asyncio.sleep(0)
    await asyncio.to_thread(clock.wake)
    await asyncio.wait_for(sleeping, 5)


@pytest.mark.parametrize("mode", [ClockMode.REAL, ClockMode.ANCHORED])
async def test_a_clock_that_runs_wakes_by_itself_and_is_not_turned(mode):
    clock = SimulatorClock(mode, FRIDAY)
    before = clock.now()
    await asyncio.wait_for(clock.sleep_until(before + timedelta(milliseconds=20)), 5)
    assert clock.now() >= before + timedelta(milliseconds=15)
    with pytest.raises(ValueError, match="virtual"):
        clock.advance(1)


async def test_an_anchored_clock_begins_where_it_is_told_and_a_real_one_does_not():
    assert timedelta() <= SimulatorClock(ClockMode.ANCHORED, FRIDAY).now() - FRIDAY < timedelta(seconds=5)
    assert abs(SimulatorClock(ClockMode.REAL, FRIDAY).now() - datetime.now(UTC)) < timedelta(seconds=5)


@pytest.mark.parametrize("seconds", [-0.001, float("nan"), float("inf"), 1e12])
async def test_the_clock_turns_forwards_only_and_not_out_of_the_calendar(seconds):
    clock = virtual()
    with pytest.raises(ValueError, match="forwards"):
        clock.advance(seconds)
    assert clock.now() == FRIDAY


async def test_a_moment_without_a_zone_is_no_moment():
    with pytest.raises(ValueError, match="time zone"):
        virtual().set(datetime(2026, 11, 21, 15))  # noqa: DTZ001
