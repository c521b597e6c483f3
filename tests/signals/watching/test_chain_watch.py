"""A watch as it runs: what it waits for, how often it tells, that it never ends by itself, and how it says it is."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from tastyflow.errors import OutcomeUnknown, Refused
from tastyflow.ports import FeedGap
from tastyflow_adapters.fake import FakeMarket, FakeOptionFeed
from tastyflow_adapters.signals.gamma import Scope
from tastyflow_adapters.signals.watching import ChainRecorder, ChainWatch, WatchChoices, chain_watch, recorded
from tastyflow_adapters.signals.watching.chain_figures import ChainFigures
from tests.signals.watching.watching_kit import (
    CHAIN,
    NOON,
    OPTIONS,
    HandClock,
    HandFeed,
    HandMarket,
    friday_clock,
    greeks,
    interest,
    opened,
    spot,
)

pytestmark = pytest.mark.anyio


class Day:
    """A watch of the small chain, with time turned by hand."""

    def __init__(self, **chosen):
        self.clock, self.feed, self.market = HandClock(), HandFeed(), HandMarket()
        self.choices = WatchChoices(**chosen)
        self.told = []

    @asynccontextmanager
    async def watched(self, **more):
        async with ChainWatch(self.market, self.feed, self.clock, "SPX", choices=self.choices, **more) as watch:
            listening = asyncio.create_task(self._listen(watch))
            try:
                await self.clock.rest()
                yield watch
            finally:
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)

    async def _listen(self, watch):
        async for figures in watch.updates():
            self.told.append(figures)

    def sound(self):
        self.feed.say(*greeks(self.clock.at), *interest(), spot(at=self.clock.at), opened())

    @property
    def newest(self):
        return self.told[-1]


@pytest.fixture
async def day(anyio_backend):
    return Day()


async def test_what_is_said_becomes_figures_and_the_flip_is_found_beside(day):
    async with day.watched() as watch:
        day.sound()
        await day.clock.turn(1.2)
        await asyncio.sleep(0.3)  # the flip is found in a thread
        await day.clock.turn(1.2)
        assert day.newest.coverage == 1.0
        assert day.newest.values["iv_rank_percent"] == 42.0
        assert day.newest.faults == ()
        assert watch.figures().values["spot"] == 4500
        assert watch.exposure().coverage.share_of_contracts == 1.0
        assert (watch.health.contracts, watch.health.trouble) == (len(OPTIONS), "")
    assert not [task for task in asyncio.all_tasks() if task.get_name().startswith("watch-")]


async def test_figures_are_told_at_most_so_often_while_much_is_heard(day):
    async with day.watched():
        day.sound()
        await day.clock.turn(1.0)
        before = len(day.told)
        for step in range(200):
            day.feed.say(spot(4500 + step / 10, day.clock.at))
            await day.clock.turn(0.05)
        assert 36 <= len(day.told) - before <= 42
        assert day.newest.values["spot"] > 4519


async def test_figures_are_told_and_age_while_nothing_is_heard(day):
    async with day.watched():
        day.sound()
        await day.clock.turn(1.0)
        before = len(day.told)
        await day.clock.turn(30.0)
        assert 29 <= len(day.told) - before <= 31
        ages = [figures.oldest_age_s for figures in day.told[before:]]
        assert ages == sorted(ages)
        assert ages[-1] == pytest.approx(31, abs=1.5)


async def test_moments_never_run_backwards_and_who_is_slow_has_the_newest(day):
    async with day.watched() as watch:
        day.sound()
        slow = watch.updates()
        await anext(slow)
        await day.clock.turn(10)
        assert (await anext(slow)).at == day.newest.at
        assert [figures.at for figures in day.told] == sorted(figures.at for figures in day.told)


async def test_a_feed_that_fails_is_followed_again_and_its_watch_goes_on(day):
    async with day.watched() as watch:
        day.sound()
        await day.clock.turn(1.0)
        day.feed.batches.put_nowait(RuntimeError("whatever"))
        await day.clock.turn(0.3)
        assert "RuntimeError" in watch.health.trouble
        await day.clock.turn(3.0)
        assert len(day.feed.followed) == 2
        assert day.newest.faults != ()  # nothing is known on the new line yet
        day.sound()
        await day.clock.turn(1.0)
        assert (day.newest.faults, watch.health.trouble) == ((), "")


async def test_a_gap_is_counted_and_figures_say_so_at_once(day):
    async with day.watched() as watch:
        day.sound()
        await day.clock.turn(1.0)
        day.feed.say(FeedGap(day.clock.at))
        await day.clock.turn(0.5)
        assert "feed_gap" in {fault.value for fault in day.newest.faults}
        assert watch.health.gaps == 1


async def test_on_another_day_the_chain_is_read_again(day):
    async with day.watched():
        day.sound()
        await day.clock.turn(1.0)
        day.clock.at = NOON.replace(day=23)
        await day.clock.turn(2.0)
        assert day.market.asked == 2
        assert len(day.feed.followed) == 2
        assert {option.expiration.day for option in day.feed.followed[1][1]} == {27, 18}  # the 20th is over


async def test_a_day_whose_chain_cannot_be_read_is_waited_for_and_told(day):
    async with day.watched() as watch:
        day.sound()
        await day.clock.turn(1.0)
        day.market.listed = None
        day.clock.at = NOON.replace(day=23)
        await day.clock.turn(2.0)
        assert "not known today" in watch.health.trouble
        day.market.listed = CHAIN
        await day.clock.turn(2.0)
        assert (len(day.feed.followed), watch.health.trouble) == (2, "")


async def test_what_cannot_be_watched_is_told_from_entering(day):
    day.market.listed = None
    with pytest.raises(Refused) as unknown:
        async with day.watched():
            pass
    assert unknown.value.code == "unknown_symbol"
    other = Day(scope=Scope(min_days=400))
    with pytest.raises(Refused) as empty:
        async with other.watched():
            pass
    assert empty.value.code == "empty_scope"
    away = Day()
    away.feed.fails = OutcomeUnknown("The stream does not open.", code="no_feed")
    with pytest.raises(OutcomeUnknown):
        async with away.watched():
            pass
    assert not [task for task in asyncio.all_tasks() if task.get_name().startswith("watch-")]


async def test_a_watch_is_recorded_as_it_was_told(day, tmp_path):
    path = tmp_path / "day.tfrec"
    async with day.watched(recorder=ChainRecorder(path, environment="fake")):
        day.sound()
        await day.clock.turn(2.0)
        day.feed.say(FeedGap(day.clock.at))
        await day.clock.turn(1.0)
        day.sound()
        await day.clock.turn(2.0)
    again = [moment.figures for moment in recorded(path).moments()]
    assert [figures for figures in again if figures in day.told] == day.told
    assert len(again) >= len(day.told) > 5


async def test_the_fake_exchange_is_watched_whole(anyio_backend):
    clock = friday_clock()
    market = FakeMarket(clock)
    feed = FakeOptionFeed(market, clock, every_s=0.2)
    async with ChainWatch(market, feed, clock, "SPX", choices=WatchChoices(every_s=0.05)) as watch:
        async with asyncio.timeout(30):
            async for figures in watch.updates():
                if figures.coverage > 0.999 and "flip" in figures.values:
                    break
        assert watch.health.contracts > 19_000
        assert figures.spot_source == "trade"
        assert figures.values["put_wall"] < figures.values["call_wall"]


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        ({"has_old_interest": True}, "old_interest"),
        ({"switches_interest": True}, "switched_interest"),
        ({"is_crossed": True}, "crossed_market"),
        ({"spot_times": 1.2}, "spot_jumped"),
        ({"ahead_s": 60.0}, "clock"),
    ],
)
async def test_each_fault_of_the_fake_feed_is_seen(anyio_backend, wrong, fault):
    clock = friday_clock()
    market = FakeMarket(clock)
    feed = FakeOptionFeed(market, clock, every_s=0.05)
    choices = WatchChoices(every_s=0.02, quiet_s=0.05, scope=Scope(max_days=10))
    async with ChainWatch(market, feed, clock, "SPX", choices=choices) as watch, asyncio.timeout(20):
        async for figures in watch.updates():
            if figures.coverage > 0.999 and not figures.faults:
                break
        for name, value in wrong.items():
            setattr(feed.faults, name, value)
        async for figures in watch.updates():
            if fault in {each.value for each in figures.faults}:
                break


async def test_a_spot_that_jumps_across_a_feed_that_is_opened_again_has_jumped(day):
    async with day.watched():
        day.sound()
        await day.clock.turn(1.0)
        day.feed.batches.put_nowait(RuntimeError("whatever"))
        await day.clock.turn(3.0)
        day.feed.say(*greeks(day.clock.at), *interest(), spot(3600.0, day.clock.at), opened())
        await day.clock.turn(1.0)
        assert "spot_jumped" in {fault.value for fault in day.newest.faults}


async def test_a_spot_that_jumps_from_one_day_to_the_next_has_jumped(day):
    async with day.watched():
        day.sound()
        await day.clock.turn(1.0)
        day.clock.at = NOON.replace(day=23)
        await day.clock.turn(2.0)
        day.feed.say(spot(5400.0, day.clock.at))
        await day.clock.turn(1.0)
        assert "spot_jumped" in {fault.value for fault in day.newest.faults}


async def test_a_spot_that_jumps_from_one_watch_to_the_next_has_jumped_and_its_recording_says_so(day, tmp_path):
    believed = {}
    async with day.watched(believed=believed):
        day.sound()
        await day.clock.turn(1.0)
    assert believed == {"SPX": 4500.0}
    path = tmp_path / "day.tfrec"
    async with day.watched(believed=believed, recorder=ChainRecorder(path, environment="fake")):
        day.feed.say(spot(3600.0, day.clock.at))
        await day.clock.turn(1.0)
        assert "spot_jumped" in {fault.value for fault in day.newest.faults}
    assert believed == {"SPX": 4500.0}  # what is not believed is not handed on
    assert "spot_jumped" in {fault.value for fault in [each.figures for each in recorded(path).moments()][-1].faults}


async def test_figures_that_could_not_be_worked_out_once_are_no_trouble_once_they_are(day, monkeypatch):
    async with day.watched() as watch:
        day.sound()
        await day.clock.turn(1.0)
        with monkeypatch.context() as broken:
            broken.setattr(ChainFigures, "figures", lambda *_: 1 / 0)
            await day.clock.turn(2.0)
            assert "cannot be worked out" in watch.health.trouble
        await day.clock.turn(2.0)
        assert watch.health.trouble == ""


async def test_a_rank_that_is_not_answered_is_not_known_any_more(monkeypatch):
    monkeypatch.setattr(chain_watch, "RANK_WITHIN_S", 0.0)
    day = Day(rank_every_s=5.0)

    async def hangs(_underlying):
        await asyncio.Event().wait()

    async with day.watched():
        day.sound()
        await day.clock.turn(1)
        assert day.newest.get("iv_rank_percent") == 42.0
        day.feed.volatility_rank = hangs
        await day.clock.turn(6)
        await asyncio.sleep(0.01)
        await day.clock.turn(2)
        assert day.newest.get("iv_rank_percent") is None
