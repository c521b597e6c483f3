"""
The market as it moves: one DXLink socket, the latest bid and ask of every symbol that was asked for lately.

    quotes(symbols) ─▶ wanted ─▶ subscribed, a few hundred at a time ─▶ Quote events ─▶ latest ─▶ quotes(symbols)
                         └─ not asked for in five minutes: unsubscribed; nothing wanted at all: the socket is closed
    events(Greeks, symbols) ─▶ every event, for who follows

What was known before a connection went down is forgotten: it is subscribed again, and the first values come at once.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any, Final, TypeVar

from attrs import evolve
from pydantic import ValidationError
from tastytrade.dxfeed import Event
from tastytrade.dxfeed import Quote as QuoteEvent
from tastytrade.streamer import MAP_EVENTS

from tastyflow.application.backoff import Backoff
from tastyflow.application.waiting import ended, first_done
from tastyflow.domain.venue import Quote
from tastyflow.ports import Clock
from tastyflow_adapters.figures import figure
from tastyflow_adapters.tastytrade.http.session import VenueSession
from tastyflow_adapters.tastytrade.market.quote_reading import read_quote_event
from tastyflow_adapters.tastytrade.streams.queues import EventQueue
from tastyflow_adapters.tastytrade.streams.sockets import VenueQuoteStreamer
from tastyflow_adapters.tastytrade.streams.supervision import StreamHealth, StreamSupervisor

SILENCE_S: Final = 75.0
"""DXLink says that it is alive at least once a minute."""

UNUSED_S: Final = 300.0
SWEEP_S: Final = 30.0

CHUNK: Final = 400
"""Symbols in one message; very large ones are answered by closing the socket."""

PATIENCE_S: Final = 3.0
"""A symbol that had no quote for so long after it was subscribed has none: it is not waited for again."""

UNREAD: Final = 10_000

EventType = type[Event]
E = TypeVar("E", bound=Event)


class QuoteStream:
    """
    Opened by the first question, closed when nothing is wanted any more, or by `aclose`.

    Args:
        silence_s: After how much silence the socket is given up for a new one.
        unused_s: How long a symbol stays subscribed after it was last asked for.
    """

    def __init__(
        self,
        session: VenueSession,
        clock: Clock,
        *,
        silence_s: float = SILENCE_S,
        unused_s: float = UNUSED_S,
        backoff: Backoff | None = None,
    ) -> None:
        self._session, self._clock, self._unused_s = session, clock, unused_s
        self._supervisor = StreamSupervisor(
            f"quote stream {session.connection.venue}",
            clock,
            self._serve,
            silence_s=silence_s,
            backoff=backoff,
            on_down=self._forget,
        )
        self._keeper: asyncio.Task[None] | None = None
        self._used_s: dict[str, float] = {}
        self._followed: Counter[tuple[EventType, str]] = Counter()
        self._followers: dict[EventType, list[tuple[Collection[str], EventQueue[Any]]]] = {}
        self._changed = asyncio.Event()
        self._latest: dict[str, Quote] = {}
        self._since_s: dict[str, float] = {}
        self._arrival = asyncio.Event()
        self._unreadable = 0

    async def __aenter__(self) -> "QuoteStream":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the socket and leave nothing running."""
        if self._keeper is not None:
            await ended(self._keeper)
        self._keeper = None

    @property
    def health(self) -> StreamHealth:
        return evolve(self._supervisor.health, unreadable=self._unreadable)

    def latest(self, symbols: Sequence[str], *, heard_within_s: float = SILENCE_S) -> dict[str, Quote]:
        """
        The quotes that are known right now; *symbols* (streamer's spelling) are subscribed if they were not.

        Nothing is known of a socket on which nothing was heard for *heard_within_s*: it may hang.
        """
        self._want(symbols)
        if not self._supervisor.is_up or self._supervisor.quiet_s > heard_within_s:
            return {}
        return {symbol: self._latest[symbol] for symbol in symbols if symbol in self._latest}

    async def quotes(self, symbols: Sequence[str], *, within_s: float) -> Mapping[str, Quote]:
        """The present quotes of *symbols*, those of which there is none within *within_s* left out."""
        until_s = self._clock.monotonic() + within_s
        self._want(symbols)
        missing = set(symbols)
        while missing := {s for s in missing if s not in self._latest and not self._has_none(s)}:
            left_s = until_s - self._clock.monotonic()
            if left_s <= 0:
                break
            await first_done(self._arrival.wait(), self._clock.sleep(left_s))
        return self.latest(symbols)

    @asynccontextmanager
    async def events(self, kind: type[E], symbols: Sequence[str]) -> AsyncIterator[AsyncIterator[E]]:
        """Every event of *kind* (Greeks, Summary, Trade …) of *symbols*, from entering on."""
        follower: EventQueue[E] = EventQueue(UNREAD)
        wanted = frozenset(symbols)
        listed = (wanted, follower)
        self._followers.setdefault(kind, []).append(listed)
        self._followed.update((kind, symbol) for symbol in wanted)
        self._changed.set()
        self._open()
        try:
            yield follower
        finally:
            self._followers[kind].remove(listed)
            self._followed.subtract((kind, symbol) for symbol in wanted)
            self._followed += Counter()  # keeps those that are still followed
            self._changed.set()
            follower.leave()

    # ── what is wanted ─────────────────────────────────────────────────────────────────────────────────────────

    def _want(self, symbols: Sequence[str]) -> None:
        now_s = self._clock.monotonic()
        if any(symbol not in self._used_s for symbol in symbols):
            self._changed.set()
        self._used_s.update(dict.fromkeys(symbols, now_s))
        self._open()

    def _open(self) -> None:
        if self._keeper is None or self._keeper.done():
            self._keeper = asyncio.create_task(self._keep(), name="quote-stream")

    def _wanted(self) -> dict[EventType, set[str]]:
        used_since_s = self._clock.monotonic() - self._unused_s
        self._used_s = {symbol: at for symbol, at in self._used_s.items() if at > used_since_s}
        wanted: dict[EventType, set[str]] = {QuoteEvent: set(self._used_s)} if self._used_s else {}
        for kind, symbol in self._followed:
            wanted.setdefault(kind, set()).add(symbol)
        return wanted

    # ── the socket ─────────────────────────────────────────────────────────────────────────────────────────────

    async def _keep(self) -> None:
        while self._wanted():
            await self._supervisor.run()

    async def _serve(self) -> None:
        streamer = VenueQuoteStreamer(
            self._session, heard=self._supervisor.heard, unreadable=self._count_unreadable, event=self._take
        )
        async with streamer:
            self._supervisor.up()
            subscribed: dict[EventType, set[str]] = {}
            while wanted := self._wanted():
                self._changed.clear()
                await self._tell(streamer, wanted, subscribed)
                await first_done(self._changed.wait(), self._clock.sleep(min(SWEEP_S, self._unused_s)))

    async def _tell(
        self, streamer: VenueQuoteStreamer, wanted: dict[EventType, set[str]], subscribed: dict[EventType, set[str]]
    ) -> None:
        for kind in wanted.keys() | subscribed.keys():
            has, wants = subscribed.setdefault(kind, set()), wanted.get(kind, set())
            for chunk in _chunks(wants - has):
                await streamer.subscribe(kind, chunk)
                if kind is QuoteEvent:
                    self._since_s |= dict.fromkeys(chunk, self._clock.monotonic())
            for chunk in _chunks(has - wants):
                await streamer.unsubscribe(kind, chunk)
                if kind is QuoteEvent:
                    self._drop(chunk)
            subscribed[kind] = set(wants)

    def _forget(self) -> None:
        self._latest.clear()
        self._since_s.clear()

    def _drop(self, symbols: Sequence[str]) -> None:
        for symbol in symbols:
            self._latest.pop(symbol, None)
            self._since_s.pop(symbol, None)

    def _has_none(self, symbol: str) -> bool:
        """Whether *symbol* had its chance to say something on this connection, and did not."""
        since_s = self._since_s.get(symbol)
        return since_s is not None and self._clock.monotonic() - since_s > PATIENCE_S

    # ── what is heard ──────────────────────────────────────────────────────────────────────────────────────────

    def _take(self, kind: str, fields: Mapping[str, Any]) -> None:
        model, symbol = MAP_EVENTS[kind], fields["eventSymbol"]
        if model is QuoteEvent and symbol in self._used_s:
            self._latest[symbol] = read_quote_event(fields, self._clock.now())
            self._arrival.set()
            self._arrival = asyncio.Event()
        listening = [follower for symbols, follower in self._followers.get(model, ()) if symbol in symbols]
        if not listening:
            return
        try:
            event = model.model_validate(fields)
        except ValidationError:
            return  # a figure is not known yet ("NaN"); the next event has it
        if not _has_bounded_figures(event):
            self._count_unreadable()
            return
        for follower in listening:
            follower.put(event)

    def _count_unreadable(self) -> None:
        self._unreadable += 1


def _has_bounded_figures(event: Event) -> bool:
    try:
        for _, value in event:
            if isinstance(value, Decimal):
                figure(value)
    except ValueError:
        return False
    return True


def _chunks(symbols: set[str]) -> Iterator[list[str]]:
    ordered = sorted(symbols)
    return (ordered[at : at + CHUNK] for at in range(0, len(ordered), CHUNK))
