"""
Whole chains as they move: one DXLink socket for all who follow, and never more on it than dxFeed takes.

    follow ─▶ contracts, a chunk at a time ─▶ Greeks and Summary subscribed ─▶ answers ─▶ the next chunk
                                                              └─ open interest known: no Summary any more
    underlying ─▶ Quote, Trade, Summary
    frames ─▶ ticks ─▶ TickQueue of each follower
    down ─▶ FeedGap at once ─▶ opened again ─▶ subscribed again, open interest of the day apart

A chunk waits until its contracts have answered, or none has for a while: large subscriptions at once are what makes the
other side close the socket. Changes of subscriptions are counted, and wait for their minute.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date
from typing import Any, Final

from attrs import define, evolve, field
from tastytrade.dxfeed import Event, Greeks, Quote, Summary, Trade

from tastyflow.application.backoff import Backoff
from tastyflow.application.waiting import ended, first_done
from tastyflow.domain.expirations import new_york_date, trading_day_on_or_before
from tastyflow.domain.instruments import INDEXES, Equity, EquityOption
from tastyflow.errors import OutcomeUnknown
from tastyflow.ports import Clock, FeedGap, GreeksTick, InterestTick, Tick
from tastyflow_adapters.tastytrade.http.session import VenueSession
from tastyflow_adapters.tastytrade.market.feed_reading import (
    SpotReader,
    columns_of,
    read_greeks,
    read_interest,
    read_open,
)
from tastyflow_adapters.tastytrade.streams.pacing import ChangeBudget
from tastyflow_adapters.tastytrade.streams.queues import TickQueue
from tastyflow_adapters.tastytrade.streams.sockets import COLUMNS, VenueChainStreamer
from tastyflow_adapters.tastytrade.streams.supervision import StreamHealth, StreamSupervisor

SILENCE_S: Final = 75.0
OPENING_S: Final = 15.0
SWEEP_S: Final = 30.0

MESSAGE: Final = 400
"""Symbols in one message; very large ones are answered by closing the socket."""

CHUNK: Final = 1_000
"""Contracts that are asked for before their answers are waited for."""

PATIENCE_S: Final = 2.0
"""Contracts that have not answered for so long, while none other has either, are not waited for."""

MOST_SUBSCRIPTIONS: Final = 25_000
CHANGES_PER_MIN: Final = 10_000
"""Of one session, by dxFeed's documentation."""

ASK_AGAIN_S: Final = 1_800.0
"""How long open interest that is missing, or of another day, is let be before it is asked for again."""

SLOW_S: Final = 0.5
"""Greeks and summaries come at most so often; the spot as fast as it goes."""

GREEKS: Final = ("eventSymbol", "time", "volatility", "gamma")
SUMMARY: Final = ("eventSymbol", "dayId", "openInterest", "dayOpenPrice")
QUOTE: Final = ("eventSymbol", "bidPrice", "askPrice", "bidTime", "askTime")
TRADE: Final = ("eventSymbol", "price", "time")


@define(eq=False)
class _Follower:
    """
    Attributes:
        symbols: Of its contracts, those that are asked for first first.
        asked: How many of them have been asked for on this connection.
    """

    underlying: str
    options: Mapping[str, EquityOption]
    symbols: Sequence[str]
    spot: SpotReader
    queue: TickQueue = field(factory=TickQueue)
    asked: int = 0


class ChainStream:
    """
    Opened by the first follower, closed when the last one leaves.

    Args:
        silence_s: After how much silence the socket is given up for a new one.
        opening_s: How long a follower waits for the socket.
        changes_per_min, most_subscriptions, chunk, patience_s: See the constants.
    """

    def __init__(
        self,
        session: VenueSession,
        clock: Clock,
        *,
        silence_s: float = SILENCE_S,
        opening_s: float = OPENING_S,
        backoff: Backoff | None = None,
        changes_per_min: int = CHANGES_PER_MIN,
        most_subscriptions: int = MOST_SUBSCRIPTIONS,
        chunk: int = CHUNK,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._session, self._clock, self._opening_s = session, clock, opening_s
        self._most, self._chunk, self._patience_s = most_subscriptions, chunk, patience_s
        self._budget = ChangeBudget(clock, per_min=changes_per_min)
        self._supervisor = StreamSupervisor(
            f"chain stream {session.connection.venue}",
            clock,
            self._serve,
            silence_s=silence_s,
            backoff=backoff,
            on_down=self._tell_gap,
        )
        self._keeper: asyncio.Task[None] | None = None
        self._followers: list[_Follower] = []
        self._changed = asyncio.Event()
        self._greeks: set[str] = set()
        self._summaries: set[str] = set()
        self._spots: set[str] = set()
        self._latest: dict[EquityOption, GreeksTick] = {}
        self._interest: dict[str, InterestTick] = {}
        self._asked_interest_s: dict[str, float] = {}
        self._awaited: dict[str, set[str]] = {Greeks.__name__: set(), Summary.__name__: set()}
        self._progress = asyncio.Event()
        self._unreadable = self._frames = self._left_out = 0

    @property
    def health(self) -> StreamHealth:
        health = evolve(self._supervisor.health, unreadable=self._unreadable)
        if self._left_out and not health.trouble:
            return evolve(health, trouble=f"{self._left_out:,} contracts are more than one session takes")
        return health

    @property
    def frames(self) -> int:
        """How many frames of data were heard."""
        return self._frames

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
        follower = _Follower(Equity(underlying).streamer, by_symbol, tuple(by_symbol), self._spot_reader(underlying))
        self._followers.append(follower)
        self._changed.set()
        if self._keeper is None or self._keeper.done():
            self._keeper = asyncio.create_task(self._keep(), name="chain-stream")
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

    def _spot_reader(self, underlying: str) -> SpotReader:
        return SpotReader(is_index=underlying in INDEXES, clock=self._clock)

    def _known(self, follower: _Follower) -> Iterator[Tick]:
        """What was said before it came."""
        for symbol, option in follower.options.items():
            if option in self._latest:
                yield self._latest[option]
            if symbol in self._interest:
                yield self._interest[symbol]

    # ── the socket ─────────────────────────────────────────────────────────────────────────────────────────────

    async def _keep(self) -> None:
        while self._followers:
            await self._supervisor.run()

    async def _serve(self) -> None:
        streamer = VenueChainStreamer(
            self._session, heard=self._supervisor.heard, unreadable=self._count_unreadable, frame=self._take
        )
        async with streamer:
            self._begin_anew()
            self._supervisor.up()
            while self._followers:
                self._changed.clear()
                await self._subscribe(streamer)
                await first_done(self._changed.wait(), self._clock.sleep(SWEEP_S))

    def _begin_anew(self) -> None:
        for subscribed in (self._greeks, self._summaries, self._spots, *self._awaited.values()):
            subscribed.clear()
        for follower in self._followers:
            follower.asked, follower.spot = 0, self._spot_reader(follower.underlying)

    def _tell_gap(self) -> None:
        gap = FeedGap(self._clock.now())
        self._latest.clear()
        for follower in self._followers:
            follower.queue.put([gap])

    # ── what is subscribed ─────────────────────────────────────────────────────────────────────────────────────

    async def _subscribe(self, streamer: VenueChainStreamer) -> None:
        """All that is wanted, and nothing else; with its answers."""
        await self._subscribe_spots(streamer)
        await self._leave_out(streamer)
        while chunk := self._next_chunk():
            await self._ask(streamer, chunk, [symbol for symbol in chunk if self._lacks_interest(symbol)])
            await self._subscribe_spots(streamer)
        lacking = [symbol for symbol in self._greeks if self._lacks_interest(symbol)]
        for at in range(0, len(lacking), self._chunk):
            await self._ask(streamer, (), lacking[at : at + self._chunk])
        if self._summaries - self._spots:
            await self._budget.take(len(self._summaries))
            await streamer.replace(Summary, sorted(self._spots))
            self._summaries = set(self._spots)

    async def _subscribe_spots(self, streamer: VenueChainStreamer) -> None:
        wanted = sorted({follower.underlying for follower in self._followers} - self._spots)
        if wanted:
            self._spots.update(wanted)
            self._summaries.update(wanted)
            for kind in (Trade, Quote, Summary):
                await self._send(streamer, kind, wanted)

    async def _leave_out(self, streamer: VenueChainStreamer) -> None:
        """What was asked for by one who has left."""
        wanted = {symbol for follower in self._followers for symbol in follower.options}
        gone = sorted(self._greeks - wanted)
        self._greeks.difference_update(gone)
        for part in _parts(gone, MESSAGE):
            await self._budget.take(len(part))
            await streamer.unsubscribe(Greeks, part)
        for option in [option for option in self._latest if option.streamer not in wanted] if gone else ():
            del self._latest[option]

    def _next_chunk(self) -> list[str]:
        """The next contracts that nothing is subscribed of, as many as there is room for."""
        chunk: list[str] = []
        room = self._most - 3 * len(self._followers) - self._chunk - len(self._greeks)
        self._left_out = 0
        for follower in self._followers:
            while follower.asked < len(follower.symbols) and len(chunk) < min(self._chunk, room):
                symbol = follower.symbols[follower.asked]
                follower.asked += 1
                if symbol not in self._greeks:
                    chunk.append(symbol)
            if len(chunk) >= room:
                self._left_out += len(follower.symbols) - follower.asked
        return chunk

    async def _ask(self, streamer: VenueChainStreamer, greeks: Sequence[str], interest: Sequence[str]) -> None:
        """Subscribe a chunk, and wait for its answers."""
        await self._budget.take(len(greeks) + len(interest))
        has_room = len(self._greeks) + len(greeks) + len(self._summaries) + len(interest) + 2 * len(self._spots)
        if interest and has_room > self._most:
            await self._budget.take(len(self._summaries))
            await streamer.replace(Summary, sorted(self._spots))
            self._summaries = set(self._spots)
        self._greeks.update(greeks)
        self._summaries.update(interest)
        self._awaited[Greeks.__name__].update(greeks)
        self._awaited[Summary.__name__].update(interest)
        self._asked_interest_s.update(dict.fromkeys(interest, self._clock.monotonic()))
        for kind, symbols in ((Greeks, greeks), (Summary, interest)):
            await self._send(streamer, kind, symbols)
        await self._answered()

    async def _send(self, streamer: VenueChainStreamer, kind: type[Event], symbols: Sequence[str]) -> None:
        for part in _parts(symbols, MESSAGE):
            if kind in (Greeks, Summary):
                await streamer.subscribe(kind, part, refresh_interval=SLOW_S)
            else:
                await streamer.subscribe(kind, part)

    async def _answered(self) -> None:
        """Wait for the answers, as long as any come."""
        while any(self._awaited.values()):
            self._progress.clear()
            await first_done(self._progress.wait(), self._clock.sleep(self._patience_s))
            if not self._progress.is_set():
                break
        for awaited in self._awaited.values():
            awaited.clear()

    def _lacks_interest(self, symbol: str) -> bool:
        known = self._interest.get(symbol)
        if known is not None and known.contracts is not None and known.day >= self._today():
            return False
        asked_s = self._asked_interest_s.get(symbol)
        return asked_s is None or self._clock.monotonic() - asked_s >= ASK_AGAIN_S

    def _today(self) -> date:
        return trading_day_on_or_before(new_york_date(self._clock.now()))

    # ── what is heard ──────────────────────────────────────────────────────────────────────────────────────────

    def _take(self, kind: str, message: list[Any]) -> None:
        self._frames += 1
        if kind == Greeks.__name__:
            for columns in columns_of(message, COLUMNS[kind], GREEKS):
                self._note(kind, columns[0])
                self._tell_greeks(columns)
        elif kind == Summary.__name__:
            for columns in columns_of(message, COLUMNS[kind], SUMMARY):
                self._note(kind, columns[0])
                self._tell_interest(columns)
        elif kind == Trade.__name__:
            for columns in columns_of(message, COLUMNS[kind], TRADE):
                for symbol, price, at_ms in zip(*columns, strict=True):
                    for follower in self._of(symbol):
                        tick = follower.spot.trade(price, at_ms)
                        follower.queue.put([tick] if tick else ())
        elif kind == Quote.__name__:
            for columns in columns_of(message, COLUMNS[kind], QUOTE):
                for symbol, bid, ask, bid_ms, ask_ms in zip(*columns, strict=True):
                    for follower in self._of(symbol):
                        tick = follower.spot.quote(bid, ask, bid_ms, ask_ms)
                        follower.queue.put([tick] if tick else ())

    def _tell_greeks(self, columns: tuple[Sequence[object], ...]) -> None:
        for follower in self._followers:
            ticks = list(read_greeks(columns, follower.options))
            self._latest.update((tick.option, tick) for tick in ticks)
            follower.queue.put(ticks)

    def _tell_interest(self, columns: tuple[Sequence[object], ...]) -> None:
        for follower in self._followers:
            ticks = list(read_interest(columns, follower.options))
            self._interest.update((tick.option.streamer, tick) for tick in ticks)
            follower.queue.put([*ticks, *read_open(columns, follower.underlying)])

    def _of(self, symbol: object) -> Iterator[_Follower]:
        return (follower for follower in self._followers if follower.underlying == symbol)

    def _note(self, kind: str, symbols: Iterable[object]) -> None:
        awaited = self._awaited[kind]
        if awaited:
            before = len(awaited)
            awaited.difference_update(symbols)
            if len(awaited) < before:
                self._progress.set()

    def _count_unreadable(self) -> None:
        self._unreadable += 1


def _parts(symbols: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (symbols[at : at + size] for at in range(0, len(symbols), size))
