"""A simulator whose chains are followed over a real socket with the real SDK, and what a follower has heard of them."""

import asyncio
from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest
from tt_streams import left_running, quick_reconnects, session_with

from tastyflow.domain.instruments import EquityOption, Right
from tastyflow.ports import FeedGap, GreeksTick, InterestTick, OpenTick, SpotTick
from tastyflow_adapters.clock import SystemClock
from tastyflow_adapters.tastytrade.option_feed import TastytradeFeed
from tastyflow_adapters.tastytrade.streams.chain_stream import ChainStream
from tastyflow_adapters.tastytrade.streams.chain_subscriptions import ChainLimits
from tastyflow_simulator import Options, Side, Simulator, SimulatorFault


@pytest.fixture
async def simulator(anyio_backend):
    async with Simulator(Options(port=0, quote_step_s=0.5, limits_rates=True)) as simulator:
        yield simulator
    assert left_running() == []


@asynccontextmanager
async def feed_of(simulator, *, silence_s=10.0, kept=None, **limits):
    session, clock = session_with(simulator.production), SystemClock()
    chosen = ChainLimits(**{"patience_s": 0.5} | limits)
    stream = ChainStream(session, clock, limits=chosen, silence_s=silence_s, backoff=quick_reconnects(), kept=kept)
    async with session.opened():
        yield SimpleNamespace(feed=TastytradeFeed(session, clock, stream=stream), stream=stream)


def options_of(simulator, symbol="SPX", *, expirations=2, most=None):
    chain = simulator.market.chain(symbol, simulator.clock.now())
    listed = [
        EquityOption(each.root, each.day, right, strike)
        for each in chain.expirations[1 : 1 + expirations]
        for strike in each.strikes
        for right in Right
    ]
    return listed[:most]


class ChainHeard:
    """What a follower has heard so far."""

    def __init__(self):
        self.greeks, self.interest, self.spots, self.opened, self.gaps = {}, {}, [], [], []

    def take(self, batch):
        for tick in batch:
            match tick:
                case GreeksTick():
                    self.greeks[tick.option] = tick
                case InterestTick():
                    self.interest[tick.option] = tick
                case SpotTick():
                    self.spots.append(tick)
                case OpenTick():
                    self.opened.append(tick)
                case FeedGap():
                    self.gaps.append(tick)
                    self.greeks.clear()

    async def until(self, batches, fact, within_s=20.0):
        async with asyncio.timeout(within_s):
            while not fact(self):
                self.take(await anext(batches))
        return self


def wrong(simulator, kind, **how):
    simulator.faults.add(SimulatorFault(kind=kind, side=Side.PRODUCTION, **how))
