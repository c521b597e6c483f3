"""
What one connection is subscribed to for the chains that are followed, and never more than dxFeed takes.

    wanted ─▶ underlyings: Trade, Quote, Summary
              contracts, a chunk at a time: Greeks, Summary where open interest is not known ─▶ answers ─▶ next chunk
    open interest known ─▶ no Summary any more; what has not answered yet stays

A chunk waits until its contracts have answered, or none has for a while: large subscriptions at once are what makes the
other side close the socket. Changes of subscriptions are counted, and wait for their minute.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, Protocol

from attrs import frozen
from tastytrade.dxfeed import Event, Greeks, Quote, Summary, Trade

from tastyflow.application.waiting import first_done
from tastyflow.ports import Clock
from tastyflow_adapters.tastytrade.streams.day_interest import DayInterest
from tastyflow_adapters.tastytrade.streams.pacing import ChangeBudget

SLOW_S: Final = 0.5
"""Greeks and summaries come at most so often; the spot as fast as it goes."""


@frozen(kw_only=True)
class ChainLimits:
    """
    What one session may ask for; the figures are those of dxFeed's documentation, as far as it has any.

    Attributes:
        subscriptions: At once.
        changes_per_min: Subscriptions added or removed within a minute.
        message: Symbols in one message; very large ones are answered by closing the socket.
        chunk: Contracts that are asked for before their answers are waited for.
        patience_s: Contracts that have not answered for so long, while none other has either, are not waited for.
    """

    subscriptions: int = 25_000
    changes_per_min: int = 10_000
    message: int = 400
    chunk: int = 1_000
    patience_s: float = 2.0


Wanted = Callable[[], tuple[Collection[str], Collection[str]]]
"""Streamer symbols of underlyings, and of contracts: those that come first are asked for first."""


class ChainStreamer(Protocol):
    """The socket, as far as it is needed here."""

    async def subscribe(
        self, event_class: type[Event], symbols: Iterable[str], refresh_interval: float = ...
    ) -> None: ...

    async def unsubscribe(self, event_class: type[Event], symbols: Iterable[str]) -> None: ...

    async def replace(self, kind: type[Event], symbols: Sequence[str]) -> None: ...


class ChainSubscriptions:
    """Of one connection, from its beginning on."""

    def __init__(
        self,
        streamer: ChainStreamer,
        clock: Clock,
        *,
        limits: ChainLimits,
        budget: ChangeBudget,
        interest: DayInterest,
    ) -> None:
        self._streamer, self._clock, self._limits = streamer, clock, limits
        self._budget, self._interest = budget, interest
        self._greeks: dict[str, None] = {}
        self._summaries: set[str] = set()
        self._spots: set[str] = set()
        self._awaited: dict[str, set[object]] = {Greeks.__name__: set(), Summary.__name__: set()}
        self._progress = asyncio.Event()
        self.left_out = 0

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._greeks) + len(self._summaries) + 2 * len(self._spots)

    def heard(self, kind: str, symbols: Iterable[object]) -> None:
        """They have answered."""
        awaited = self._awaited.get(kind)
        if awaited:
            before = len(awaited)
            awaited.difference_update(symbols)
            if len(awaited) < before:
                self._progress.set()

    async def bring(self, wanted: Wanted) -> None:
        """
        Subscribe to what is wanted and to nothing else; return when it has answered, as far as it does.

        Args:
            wanted: Asked before each chunk. Not to be cancelled: half a message would end the connection.
        """
        while True:
            underlyings, contracts = wanted()
            await self._leave(contracts)
            await self._bring_spots(underlyings)
            chunk = self._next(contracts)
            if not chunk:
                break
            await self._ask(chunk, [symbol for symbol in chunk if self._interest.lacks(symbol)])
        lacking = [symbol for symbol in self._greeks if self._interest.lacks(symbol)]
        for part in _parts(lacking, self._limits.chunk):
            await self._ask((), part)
        await self._drop_summaries(keeps={each for each in self._summaries if self._interest.get(each) is None})

    async def _leave(self, wanted: Collection[str]) -> None:
        """What was asked for by one who has left."""
        keeps = frozenset(wanted)
        gone = [symbol for symbol in self._greeks if symbol not in keeps]
        for part in _parts(gone, self._limits.message):
            await self._budget.take(len(part))
            await self._streamer.unsubscribe(Greeks, part)
        for symbol in gone:
            del self._greeks[symbol]

    async def _bring_spots(self, underlyings: Collection[str]) -> None:
        wanted = sorted(set(underlyings) - self._spots)
        if wanted:
            await self._budget.take(3 * len(wanted))
            self._spots.update(wanted)
            self._summaries.update(wanted)
            for kind in (Trade, Quote, Summary):
                await self._send(kind, wanted)

    def _next(self, contracts: Collection[str]) -> list[str]:
        """The next contracts that nothing is subscribed of, as many as there is room for."""
        room = self._limits.subscriptions - self._limits.chunk - 3 * len(self._spots) - len(self._greeks)
        missing = [symbol for symbol in contracts if symbol not in self._greeks]
        self.left_out = max(len(missing) - max(room, 0), 0)
        return list(islice(missing, max(min(room, self._limits.chunk), 0)))

    async def _ask(self, greeks: Sequence[str], interest: Sequence[str]) -> None:
        """Subscribe a chunk, and wait for its answers."""
        most = min(self._limits.subscriptions - self.count + len(self._summaries), self._limits.changes_per_min // 2)
        if len(self._summaries) + len(interest) > most - len(greeks):
            await self._drop_summaries()  # in one message, which is counted as one: it must not pass a minute's changes
        await self._budget.take(len(greeks) + len(interest))
        self._greeks.update(dict.fromkeys(greeks))
        self._summaries.update(interest)
        self._interest.asked(interest)
        self._awaited = {Greeks.__name__: set(greeks), Summary.__name__: set(interest)}
        for kind, symbols in ((Greeks, greeks), (Summary, interest)):
            await self._send(kind, symbols)
        while any(self._awaited.values()):
            self._progress.clear()
            await first_done(self._progress.wait(), self._clock.sleep(self._limits.patience_s))
            if not self._progress.is_set():
                return

    async def _drop_summaries(self, *, keeps: Collection[str] = ()) -> None:
        """None but those of the underlyings and of *keeps*: in one message, where only the underlyings stay."""
        left = self._spots.union(keeps)
        gone = sorted(self._summaries - left)
        if gone and left == self._spots:
            await self._budget.take(len(gone))
            await self._streamer.replace(Summary, sorted(left))
        else:
            for part in _parts(gone, self._limits.message):
                await self._budget.take(len(part))
                await self._streamer.unsubscribe(Summary, part)
        self._summaries = left

    async def _send(self, kind: type[Event], symbols: Sequence[str]) -> None:
        for part in _parts(symbols, self._limits.message):
            if kind in (Greeks, Summary):
                await self._streamer.subscribe(kind, part, refresh_interval=SLOW_S)
            else:
                await self._streamer.subscribe(kind, part)


def _parts(symbols: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (symbols[at : at + size] for at in range(0, len(symbols), size))
