"""
Whole chains as they move: one DXLink socket for all who follow one.

    follow ─▶ ChainSubscriptions ─▶ frames ─▶ ticks ─▶ TickQueue of each follower
    down ─▶ FeedGap at once ─▶ opened again ─▶ subscribed again; open interest of the day is known already
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from attrs import define, evolve, field
from tastytrade.dxfeed import Greeks, Quote, Summary, Trade

from tastyflow.application.backoff import Backoff
from tastyflow.application.waiting import ended, first_done
from tastyflow.domain.instruments import INDEXES, Equity, EquityOption
from tastyflow.errors import OutcomeUnknown
from tastyflow.ports import Clock, FeedGap, GreeksTick, Tick
from tastyflow_adapters.tastytrade.http.session import VenueSession
from tastyflow_adapters.tastytrade.market.feed_reading import (
    Column,
    SpotReader,
    columns_of,
    read_greeks,
    read_interest,
    read_open,
)
from tastyflow_adapters.tastytrade.streams.chain_subscriptions import ChainLimits, ChainSubscriptions
from tastyflow_adapters.tastytrade.streams.day_interest import DayInterest
from tastyflow_adapters.tastytrade.streams.interest_file import InterestFile
from tastyflow_adapters.tastytrade.streams.pacing import ChangeBudget
from tastyflow_adapters.tastytrade.streams.queues import TickQueue
from tastyflow_adapters.tastytrade.streams.sockets import COLUMNS, VenueChainStreamer
from tastyflow_adapters.tastytrade.streams.supervision import StreamHealth, StreamSupervisor

SILENCE_S: Final = 75.0
"""DXLink says that it is alive at least once a minute."""

OPENING_S: Final = 15.0
SWEEP_S: Final = 30.0
KEPT_EVERY_S: Final = 10.0

FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    Greeks.__name__: ("eventSymbol", "time", "volatility", "gamma"),
    Summary.__name__: ("eventSymbol", "dayId", "openInterest", "dayOpenPrice"),
    Quote.__name__: ("eventSymbol", "bidPrice", "askPrice", "bidTime", "askTime"),
    Trade.__name__: ("eventSymbol", "price", "time"),
}
"""What is read of each kind of event."""


@define(eq=False)
class _Follower:
    """
    Attributes:
        options: By streamer symbol; those that are asked for first come first.
    """

    underlying: str
    options: Mapping[str, EquityOption]
    spot: SpotReader
    queue: TickQueue = field(factory=TickQueue)


class ChainStream:
    """
    Opened by the first follower, closed when the last one leaves.

    Args:
        silence_s: After how much silence the socket is given up for a new one.
        opening_s: How long a follower waits for the socket.
        kept: Where open interest of the day is kept for the next process.
    """

    def __init__(
        self,
        session: VenueSession,
        clock: Clock,
        *,
        limits: ChainLimits | None = None,
        silence_s: float = SILENCE_S,
        opening_s: float = OPENING_S,
        backoff: Backoff | None = None,
        kept: InterestFile | None = None,
    ) -> None:
        self._session, self._clock, self._opening_s = session, clock, opening_s
        self._limits = limits or ChainLimits()
        self._budget = ChangeBudget(clock, per_min=self._limits.changes_per_min)
        self._interest = DayInterest(clock, kept=kept)
        self._supervisor = StreamSupervisor(
            f"chain stream {session.connection.venue}",
            clock,
            self._serve,
            silence_s=silence_s,
            backoff=backoff,
            on_down=self._tell_gap,
        )
        self._keeper: asyncio.Task[None] | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._followers: list[_Follower] = []
        self._changed = asyncio.Event()
        self._subscriptions: ChainSubscriptions | None = None
        self._latest: dict[EquityOption, GreeksTick] = {}
        self._unreadable = self._frames = 0
        self._takes: Mapping[str, Callable[[tuple[Column, ...]], None]] = {
            Greeks.__name__: self._take_greeks,
            Summary.__name__: self._take_summaries,
            Quote.__name__: self._take_quotes,
            Trade.__name__: self._take_trades,
        }

    @property
    def health(self) -> StreamHealth:
        health = evolve(self._supervisor.health, unreadable=self._unreadable)
        if self._subscriptions is not None and self._subscriptions.left_out and not health.trouble:
            return evolve(health, trouble=f"{self._subscriptions.left_out:,} contracts are more than a session takes")
        return health

    @property
    def frames(self) -> int:
        """How many frames of data were heard."""
        return self._frames

    @property
    def subscriptions(self) -> int:
        """How many there are on the present connection."""
        return self._subscriptions.count if self._subscriptions is not None else 0

    @asynccontextmanager
    async def follow(
        self, underlying: str, options: Sequence[EquityOption]
    ) -> AsyncIterator[AsyncIterator[Sequence[Tick]]]:
        """
        See `tastyflow.ports.OptionFeed`.

        Raises:
            OutcomeUnknown: Code ``no_feed``: the socket does not open.
        """
        by_symbol = {option.streamer: option for option in options}
        self._interest.recall(by_symbol)
        by_symbol = {symbol: by_symbol[symbol] for symbol in self._interest.heaviest_first(by_symbol)}
        follower = _Follower(Equity(underlying).streamer, by_symbol, self._spot_reader(underlying))
        self._followers.append(follower)
        self._changed.set()
        if self._keeper is None or self._keeper.done():
            self._keeper = asyncio.create_task(self._keep(), name="chain-stream")
        if self._keeping is None or self._keeping.done():
            self._keeping = asyncio.create_task(self._keep_interest(), name="chain-stream-interest")
        try:
            if not await self._supervisor.up_within(self._opening_s):
                raise OutcomeUnknown(
                    f"No market data: the stream does not open ({self.health.trouble or 'no answer'}).",
                    code="no_feed",
                    hint="Nothing was sent. Try again in a minute; `tastyflow doctor` looks at the venue.",
                )
            follower.queue.put(self._known(follower))
            yield follower.queue
        finally:
            self._followers.remove(follower)
            follower.queue.leave()
            self._changed.set()
            if not self._followers and self._keeper is not None:
                await ended(self._keeper)
                self._keeper = None
                self._latest.clear()
                if self._keeping is not None:
                    await ended(self._keeping)
                    self._keeping = None
                if (keep := self._interest.keeping()) is not None:
                    keep()

    def _spot_reader(self, underlying: str) -> SpotReader:
        return SpotReader(is_index=underlying in INDEXES, clock=self._clock)

    def _known(self, follower: _Follower) -> Iterator[Tick]:
        """What was said before it came."""
        for symbol, option in follower.options.items():
            if option in self._latest:
                yield self._latest[option]
            if (interest := self._interest.get(symbol)) is not None:
                yield interest

    # ── the socket ─────────────────────────────────────────────────────────────────────────────────────────────

    async def _keep(self) -> None:
        while self._followers:
            await self._supervisor.run()

    async def _keep_interest(self) -> None:
        while True:
            await self._clock.sleep(KEPT_EVERY_S)
            if (keep := self._interest.keeping()) is not None:
                await asyncio.to_thread(keep)

    async def _serve(self) -> None:
        streamer = VenueChainStreamer(
            self._session, heard=self._supervisor.heard, unreadable=self._count_unreadable, frame=self._take
        )
        async with streamer:
            for follower in self._followers:
                follower.spot = self._spot_reader(follower.underlying)
            subscriptions = self._subscriptions = ChainSubscriptions(
                streamer, self._clock, limits=self._limits, budget=self._budget, interest=self._interest
            )
            self._supervisor.up()
            while self._followers:
                self._changed.clear()
                await subscriptions.bring(self._wanted)
                await first_done(self._changed.wait(), self._clock.sleep(SWEEP_S))

    def _wanted(self) -> tuple[Collection[str], Collection[str]]:
        contracts = {symbol: None for follower in self._followers for symbol in follower.options}
        self._interest.keep(frozenset(contracts))
        return [follower.underlying for follower in self._followers], contracts

    def _tell_gap(self) -> None:
        gap = FeedGap(self._clock.now())
        self._latest.clear()
        for follower in self._followers:
            follower.queue.put([gap])

    # ── what is heard ──────────────────────────────────────────────────────────────────────────────────────────

    def _take(self, kind: str, message: list[Any]) -> None:
        self._frames += 1
        if kind not in FIELDS:
            return
        for columns in columns_of(message, COLUMNS[kind], FIELDS[kind]):
            self._takes[kind](columns)
            if self._subscriptions is not None:
                self._subscriptions.heard(kind, columns[0])

    def _take_greeks(self, columns: tuple[Column, ...]) -> None:
        for follower in self._followers:
            ticks = list(read_greeks(columns, follower.options))
            self._latest.update((tick.option, tick) for tick in ticks)
            follower.queue.put(ticks)

    def _take_summaries(self, columns: tuple[Column, ...]) -> None:
        for follower in self._followers:
            ticks = list(read_interest(columns, follower.options))
            self._interest.put(ticks)
            follower.queue.put([*ticks, *read_open(columns, follower.underlying)])

    def _take_quotes(self, columns: tuple[Column, ...]) -> None:
        for symbol, *sides in zip(*columns, strict=True):
            for follower in self._of(symbol):
                tick = follower.spot.quote(*sides)
                follower.queue.put([tick] if tick else ())

    def _take_trades(self, columns: tuple[Column, ...]) -> None:
        for symbol, *trade in zip(*columns, strict=True):
            for follower in self._of(symbol):
                tick = follower.spot.trade(*trade)
                follower.queue.put([tick] if tick else ())

    def _of(self, symbol: object) -> Iterator[_Follower]:
        return (follower for follower in self._followers if follower.underlying == symbol)

    def _count_unreadable(self) -> None:
        self._unreadable += 1
