"""A chain watched over a real socket, with the real SDK: what the simulator is told to do is what figures say."""

import asyncio
from contextlib import asynccontextmanager
from types import SimpleNamespace

import aiohttp
import pytest
from pydantic import SecretStr

from tastyflow.domain.venue import Venue
from tastyflow_adapters.signals.gamma import Scope
from tastyflow_adapters.signals.watching import ChainRecorder, ChainWatch, WatchChoices, recorded
from tastyflow_adapters.tastytrade.http.connection import Connection
from tastyflow_adapters.tastytrade.http.rate_limits import Limits
from tastyflow_adapters.tastytrade.http.session import VenueSession
from tastyflow_adapters.tastytrade.market_data import TastytradeMarket
from tastyflow_adapters.tastytrade.option_feed import TastytradeFeed
from tastyflow_adapters.tastytrade.streams.chain_stream import ChainStream
from tastyflow_adapters.tastytrade.streams.chain_subscriptions import ChainLimits
from tastyflow_adapters.tastytrade.streams.supervision import reconnects
from tastyflow_simulator import ClockMode, Options, Simulator, SimulatorFault
from tests.signals.watching.watching_kit import NOON, friday_clock

pytestmark = pytest.mark.anyio

CHOICES = WatchChoices(scope=Scope(min_days=1, max_days=8), every_s=0.05, quiet_s=0.2, reprice_every_s=0.1)


@asynccontextmanager
async def watching(symbol="SPX", *, recorder=None, faults=()):
    """A watch of *symbol*, and the admin API of the simulator that it watches."""
    async with (
        Simulator(
            Options(port=0, quote_step_s=1.0, limits_rates=True, clock=ClockMode.ANCHORED, starts_at=NOON)
        ) as simulator,
        aiohttp.ClientSession() as http,
    ):
        side = simulator.production
        for fault in faults:
            simulator.faults.add(SimulatorFault(**fault))
        connection = Connection.to(
            Venue.PRODUCTION,
            account=side.login.account,
            client_secret=SecretStr(side.login.client_secret),
            refresh_token=SecretStr(side.login.refresh_token),
            api_url=side.api_url,
            streamer_url=side.streamer_url,
            limits=Limits(times=float("inf")),
        )
        clock = friday_clock(simulator.clock.now())  # the two agree
        session = VenueSession(connection, clock)
        limits = ChainLimits(patience_s=0.5, changes_per_min=100_000)
        stream = ChainStream(session, clock, limits=limits, backoff=reconnects(first_s=0.3, longest_s=0.5))
        feed = TastytradeFeed(session, clock, stream=stream)
        async with (
            TastytradeMarket(session, clock) as market,
            ChainWatch(market, feed, clock, symbol, choices=CHOICES, recorder=recorder) as watch,
        ):

            async def admin(method, path, body):
                async with http.request(method, f"{simulator.admin_url}{path}", json=body) as answer:
                    assert answer.status == 200, await answer.text()

            yield SimpleNamespace(watch=watch, admin=admin, stream=stream)


async def seen(watch, fact, within_s=40.0):
    """The first figures of which *fact* holds."""
    figures = None
    try:
        async with asyncio.timeout(within_s):
            async for figures in watch.updates():
                if fact(figures):
                    return figures
    except TimeoutError:
        raise AssertionError(f"it was not seen: {figures} {watch.health}") from None
    raise AssertionError("a watch never ends by itself")


def is_sound(figures):
    return figures.coverage > 0.999 and not figures.faults and "flip" in figures.values


def has(fault):
    return lambda figures: fault in {each.value for each in figures.faults}


async def test_a_moved_market_crosses_the_flip(anyio_backend):
    async with watching() as day:
        before = await seen(day.watch, is_sound)
        side = before.values["distance_to_flip_percent"] > 0
        await day.admin("POST", "/spot", {"symbol": "SPX", "percent": -2.5 if side else 2.5})
        after = await seen(
            day.watch, lambda figures: is_sound(figures) and (figures.values["distance_to_flip_percent"] > 0) != side
        )
        assert after.oldest_age_s < 10


@pytest.mark.parametrize("fault", ["old_interest", "switched_interest"])
async def test_wrong_open_interest_is_seen(anyio_backend, fault):
    async with watching(faults=[{"kind": fault}]) as day:
        figures = await seen(day.watch, lambda figures: figures.coverage > 0.999)
        assert {each.value for each in figures.faults} == {fault}


async def test_a_spot_that_jumps_and_a_market_that_is_crossed_are_seen_and_pass(anyio_backend):
    async with watching("SPY") as day:
        assert await seen(day.watch, is_sound)
        await day.admin("POST", "/spot", {"symbol": "SPY", "percent": 20})
        assert await seen(day.watch, has("spot_jumped"))
        await day.admin("POST", "/spot", {"symbol": "SPY"})
        assert await seen(day.watch, is_sound)
        await day.admin("POST", "/faults", {"kind": "feed_crossed"})
        crossed = await seen(day.watch, has("crossed_market"))
        assert "spot" not in crossed.values
        await day.admin("DELETE", "/faults", {})
        assert await seen(day.watch, is_sound)


async def test_a_drop_of_the_stream_is_a_gap_until_everything_was_said_again(anyio_backend):
    async with watching() as day:
        assert await seen(day.watch, is_sound)
        await day.admin("POST", "/faults", {"kind": "stream_close", "path": "/realtime"})
        gap = await seen(day.watch, has("feed_gap"))
        assert gap.coverage < 0.5
        assert await seen(day.watch, is_sound)
        assert day.watch.health.gaps == 1


async def test_half_a_chain_is_half_the_coverage_and_no_fault_of_its_own(anyio_backend):
    async with watching() as day:
        assert await seen(day.watch, is_sound)
        await day.admin("POST", "/faults", {"kind": "feed_nan", "probability": 0.5})
        half = await seen(day.watch, lambda figures: figures.coverage < 0.8)
        assert half.coverage > 0.2
        assert half.faults == ()


async def test_a_recorded_watch_of_the_simulator_is_replayed_with_the_same_hashes(anyio_backend, tmp_path):
    path, told = tmp_path / "spx.tfrec", []
    async with watching(recorder=ChainRecorder(path, environment="production")) as day:
        async with asyncio.timeout(30):
            async for figures in day.watch.updates():
                told.append(figures)
                if len([each for each in told if is_sound(each)]) > 10:
                    break
    again = {moment.figures.at: moment.figures for moment in recorded(path).moments()}
    assert [again[figures.at] for figures in told] == told
    assert {figures.snapshot for figures in told} <= {figures.snapshot for figures in again.values()}
