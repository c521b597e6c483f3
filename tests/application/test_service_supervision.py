"""Parts of the service that die are started again; a vital one that dies again and again ends the whole, loudly."""

import asyncio
from random import Random

import pytest

from tastyflow.application.service.holder import Holder
from tastyflow.application.service.leases import Leases
from tastyflow.application.service.supervision import (
    DEATHS,
    LONGEST_PAUSE_S,
    PartsDied,
    PartState,
    ServicePart,
    Supervisor,
)
from tastyflow.errors import Misconfigured, NotSent
from tastyflow_adapters.clock import TurnableClock
from tests.application.kit import FRIDAY, open_log

pytestmark = pytest.mark.anyio


@pytest.fixture
async def clock():
    return TurnableClock(FRIDAY)


@pytest.fixture
async def leases(clock):
    with open_log() as ledger:
        async with Leases(ledger, clock, Holder(1)) as opened:
            yield opened


class Acting:
    """A part that does as it is told; how often it was started."""

    def __init__(self, clock, *ends):
        self.clock, self.ends, self.starts = clock, list(ends), 0
        self.may_act, self.dies = None, asyncio.Event()

    async def __call__(self, may_act):
        self.starts += 1
        self.may_act = may_act
        if not self.ends:
            await self.dies.wait()
            self.dies.clear()
            raise OSError
        end = self.ends.pop(0)
        if isinstance(end, Exception):
            raise end


async def supervised(clock, leases, *parts, **how):
    supervisor = Supervisor(clock, leases, parts, rng=Random(1), **how)  # noqa: S311  spreads pauses
    supervisor.start()
    await clock.turn(0)
    return supervisor


async def test_a_part_that_dies_is_started_again_and_the_others_do_not_notice(clock, leases):
    ill, well = Acting(clock, ValueError("secret"), NotSent("The venue is away.")), Acting(clock)
    supervisor = await supervised(clock, leases, ServicePart("ill", ill, is_vital=True), ServicePart("well", well))
    await clock.turn(5)
    assert (ill.starts, well.starts) == (3, 1)
    told = supervisor.parts[0]
    assert (told.state, told.deaths, told.trouble) == (PartState.RUNNING, 2, "The venue is away. (not_sent)")
    assert not supervisor.failed.done()
    await supervisor.close()


async def test_returning_is_dying_and_the_words_of_a_foreign_error_are_kept_from_the_page(clock, leases):
    part = Acting(clock, "returns", ValueError("Bearer abc"))
    supervisor = await supervised(clock, leases, ServicePart("part", part))
    assert supervisor.parts[0].trouble == "it ended by itself"
    await clock.turn(1)
    assert supervisor.parts[0].trouble == "ValueError"
    await supervisor.close()


async def test_a_vital_part_that_dies_again_and_again_ends_the_whole(clock, leases):
    heard = []

    async def died(part):
        heard.append(part.deaths)

    supervisor = await supervised(
        clock, leases, ServicePart("timers", Acting(clock, *[OSError()] * 50), is_vital=True), died=died
    )
    await clock.turn(250)
    with pytest.raises(PartsDied, match=f"'timers' of the service died {DEATHS + 1} times"):
        await supervisor.failed
    assert supervisor.parts[0].state is PartState.GIVEN_UP
    assert heard == [*range(1, DEATHS + 1)]
    await supervisor.close()


async def test_a_part_whose_settings_cannot_be_used_ends_the_whole_with_what_is_to_be_mended(clock, leases):
    wrong = Misconfigured("There is no token.", hint="Store it.")
    part = Acting(clock, wrong)
    supervisor = await supervised(clock, leases, ServicePart("discord", part, lease="x", ends_misconfigured=True))
    await clock.turn(600)
    assert supervisor.failed.done()
    with pytest.raises(Misconfigured, match="There is no token"):
        await supervisor.failed
    assert (part.starts, supervisor.parts[0].state) == (1, PartState.GIVEN_UP)
    await supervisor.close()


async def test_any_other_part_is_started_again_whatever_it_says_of_its_settings(clock, leases):
    part = Acting(clock, Misconfigured("The channel cannot be read."))
    supervisor = await supervised(clock, leases, ServicePart("operators", part))
    await clock.turn(5)
    assert part.starts == 2
    assert not supervisor.failed.done()
    await supervisor.close()


async def test_a_part_that_is_not_vital_is_started_again_for_ever_at_growing_intervals(clock, leases):
    part = Acting(clock, *[OSError()] * 100)
    supervisor = await supervised(clock, leases, ServicePart("chat", part))
    await clock.turn(600)
    assert 600 / LONGEST_PAUSE_S < part.starts < 60
    assert not supervisor.failed.done()
    await supervisor.close()


async def test_deaths_that_lie_far_apart_end_nothing(clock, leases):
    part = Acting(clock, *[OSError()] * DEATHS)
    supervisor = await supervised(clock, leases, ServicePart("timers", part, is_vital=True))
    await clock.turn(400)
    part.ends += [OSError()] * (DEATHS - 1)
    part.dies.set()
    await clock.turn(200)
    assert supervisor.parts[0].deaths == 2 * DEATHS
    assert not supervisor.failed.done()
    await supervisor.close()


async def test_a_part_with_a_lease_runs_in_one_process_and_moves_on_when_that_gives_it_back(clock, leases):
    mine, theirs = Acting(clock), Acting(clock)
    first = await supervised(clock, leases, ServicePart("follow", mine, lease="account-stream:main"))
    async with Leases(leases._ledger, clock, Holder(2)) as others:
        second = await supervised(clock, others, ServicePart("follow", theirs, lease="account-stream:main"))
        await clock.turn(30)
        assert (mine.starts, theirs.starts) == (1, 0)
        assert second.parts[0].state is PartState.WAITING
        await first.close()
        await clock.turn(1)
        assert theirs.starts == 1
        assert theirs.may_act()
        assert not mine.may_act()
        await second.close()


async def test_a_part_whose_lease_another_process_took_is_stopped_and_waits_for_it_again(clock, leases):
    part = Acting(clock)
    supervisor = await supervised(clock, leases, ServicePart("follow", part, lease="account-stream:main"))
    held = leases._held["account-stream:main"]
    leases._lose(held)
    await clock.turn(0.1)
    assert not held.may_act
    await clock.turn(30)
    assert part.starts == 2
    assert supervisor.parts[0].deaths == 0
    await supervisor.close()


async def test_what_was_started_is_over_when_the_supervisor_is_closed(clock, leases):
    part = Acting(clock)
    supervisor = await supervised(clock, leases, ServicePart("a", part), ServicePart("b", part, lease="telling:mail"))
    await supervisor.close()
    assert not [task for task in asyncio.all_tasks() if task.get_name().startswith("part-")]
    assert leases._held == {}
