"""A small chain, what its feed may say, and a clock that is turned by hand."""

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from tastyflow.domain.age import Mark
from tastyflow.domain.instruments import Right
from tastyflow.domain.venue import Chain, Expiration
from tastyflow.ports import GreeksTick, InterestTick, OpenTick, SpotSource, SpotTick
from tastyflow_adapters.clock import AnchoredClock
from tastyflow_adapters.exchange.listings import LISTINGS
from tastyflow_adapters.signals.gamma import Scope
from tastyflow_adapters.signals.watching import WatchChoices
from tastyflow_adapters.signals.watching.chain_figures import ChainFigures
from tastyflow_adapters.signals.watching.tick_columns import columns_of
from tastyflow_adapters.signals.watching.watched_chain import WatchedChain

NOON = datetime(2026, 11, 20, 17, tzinfo=UTC)  # a Friday, in the middle of its session
TODAY = NOON.date()
STRIKES = tuple(map(Decimal, range(4300, 4701, 20)))
DAYS = (date(2026, 11, 20), date(2026, 11, 27), date(2026, 12, 18))

CHAIN = Chain(
    "SPX",
    has_shares=False,
    share_ticks=LISTINGS["SPX"].ticks,
    option_ticks=LISTINGS["SPX"].ticks,
    expirations=tuple(Expiration("SPXW", day, STRIKES) for day in DAYS),
)
WATCHED = WatchedChain.of(CHAIN, Scope(), TODAY, spot=4500.0)
OPTIONS = WATCHED.options


def interest_of(option):
    """Puts below 4,500 and calls above it hold the most."""
    is_out = (option.strike > 4500) == (option.right is Right.CALL)
    return 900 if is_out else 150


def greeks(at=NOON, options=OPTIONS, *, gamma=0.002, volatility=0.16):
    return [GreeksTick(option, gamma, volatility, at) for option in options]


def interest(day=TODAY, options=OPTIONS, *, of=interest_of):
    return [InterestTick(option, of(option), day) for option in options]


def spot(price=4500.0, at=NOON, *, is_crossed=False):
    return SpotTick(None if is_crossed else price, SpotSource.TRADE, at, is_crossed=is_crossed)


def opened(price=4480.0, day=TODAY):
    return OpenTick(price, day)


class Watched:
    """Figures of the small chain, with time turned by hand."""

    def __init__(self, **chosen):
        self.figures_of = ChainFigures(WATCHED, WatchChoices(**chosen))
        self.now = NOON
        self.taken = []

    def hear(self, *ticks, at=None):
        for columns in columns_of(ticks, self.figures_of.book.table.indexes, at or self.now):
            self.taken.append(columns)
            self.figures_of.take(columns)
        return self

    def sound(self):
        """A sound market, said now."""
        return self.hear(*greeks(self.now), *interest(), spot(at=self.now), opened())

    def after(self, seconds):
        self.now += timedelta(seconds=seconds)
        return self

    def figures(self):
        return self.figures_of.figures(self.now)

    @property
    def faults(self):
        return {fault.value for fault in self.figures().faults}


class HandClock:
    """It stands until a test turns it; sleepers wake when their time has come."""

    def __init__(self, at=NOON):
        self.at = at
        self._sleepers = []

    def now(self):
        return self.at

    def monotonic(self):
        return self.at.timestamp()

    def mark(self):
        return Mark("hand", self.monotonic())

    async def sleep(self, seconds):
        woken = asyncio.get_running_loop().create_future()
        sleeper = (self.at + timedelta(seconds=seconds), woken)
        self._sleepers.append(sleeper)
        try:
            await woken
        finally:
            self._sleepers.remove(sleeper)

    async def turn(self, seconds, *, step_s=0.05):
        """Let time pass, a little at a time, with everyone at work in between."""
        until = self.at + timedelta(seconds=seconds)
        while self.at < until:
            self.at = min(self.at + timedelta(seconds=step_s), until)
            for due, woken in list(self._sleepers):
                if due <= self.at and not woken.done():
                    woken.set_result(None)
            await self.rest()

    async def rest(self):
        for _ in range(12):
            await asyncio.sleep(0)


def friday_clock(at=NOON):
    """It runs as usual from noon of that Friday on: what day and hour it is makes no difference to a test."""
    return AnchoredClock(at)


class HandFeed:
    """A feed that says what a test puts into it."""

    def __init__(self):
        self.batches = asyncio.Queue()
        self.followed = []
        self.fails = None
        self.rank = 42.0

    @asynccontextmanager
    async def follow(self, underlying, options):
        if self.fails is not None:
            raise self.fails
        self.followed.append((underlying, tuple(options)))
        yield self._said()

    async def _said(self):
        while True:
            batch = await self.batches.get()
            if isinstance(batch, Exception):
                raise batch
            yield batch

    async def volatility_rank(self, underlying):
        return self.rank

    def say(self, *ticks):
        self.batches.put_nowait(list(ticks))


class HandMarket:
    """A market that lists what a test says."""

    def __init__(self, chain=CHAIN):
        self.listed = chain
        self.asked = 0

    async def chain(self, underlying):
        self.asked += 1
        return self.listed

    async def quotes(self, instruments):
        return {}
