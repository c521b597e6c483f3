"""
OrderUpdates from a venue: one stream read once, handed to whoever follows an order.

    broker.updates() ─▶ OrderStream ─▶ watch(external id) ─▶ next(within seconds) ─▶ snapshot, or None: silence

The stream is a convenience and never the truth: it can be silent, late, doubled or gone. Whoever waits on it waits for
a bounded time and then asks the venue itself. A stream that ends is opened again, with growing pauses.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Final

from tastyflow.domain.venue import BrokerOrder
from tastyflow.ports import Broker, Clock

MAX_UNREAD: Final = 1000
"""Snapshots that a follower may leave unread before the oldest are dropped: polling brings them back."""

MAX_PAUSE_S: Final = 30.0

OPENING_S: Final = 5.0
"""How long a desk waits for the stream before it opens without; asking works from the start."""


class OrderUpdates:
    """What the stream says of one order, in order of arrival."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._unread: asyncio.Queue[BrokerOrder] = asyncio.Queue(MAX_UNREAD)

    def put(self, snapshot: BrokerOrder) -> None:
        if self._unread.full():
            self._unread.get_nowait()
        self._unread.put_nowait(snapshot)

    def unread(self) -> list[BrokerOrder]:
        """Everything that has arrived and was not read."""
        return [self._unread.get_nowait() for _ in range(self._unread.qsize())]

    async def next(self, within_s: float) -> BrokerOrder | None:
        """The next snapshot; None when the stream stays silent for *within_s* seconds."""
        if not self._unread.empty():
            return self._unread.get_nowait()
        return await first_of(self._unread.get(), self._clock.sleep(within_s))


async def first_of(wanted: Awaitable[BrokerOrder], patience: Awaitable[None]) -> BrokerOrder | None:
    """What *wanted* gives; None when *patience* ends before."""
    getting, waiting = asyncio.ensure_future(wanted), asyncio.ensure_future(patience)
    try:
        await asyncio.wait((getting, waiting), return_when=asyncio.FIRST_COMPLETED)
        return getting.result() if getting.done() else None
    finally:
        for task in (getting, waiting):
            task.cancel()
        await asyncio.gather(getting, waiting, return_exceptions=True)


class OrderStream:
    """The stream of one broker, kept open while the wire is entered."""

    def __init__(self, broker: Broker, clock: Clock) -> None:
        self._broker = broker
        self._clock = clock
        self._followers: dict[str, list[OrderUpdates]] = {}
        self._opened = asyncio.Event()
        self._reader: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "OrderStream":
        self._reader = asyncio.create_task(self._read(), name=f"wire-{self._broker.venue}")
        opened = asyncio.create_task(self._opened.wait())
        await asyncio.wait((opened, self._reader), return_when=asyncio.FIRST_COMPLETED, timeout=OPENING_S)
        opened.cancel()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)

    @asynccontextmanager
    async def watch(self, external_id: str) -> AsyncIterator[OrderUpdates]:
        """Listen for the order tagged *external_id*. Begin before placing it: the stream replays nothing."""
        news = OrderUpdates(self._clock)
        self._followers.setdefault(external_id, []).append(news)
        try:
            yield news
        finally:
            listeners = self._followers[external_id]
            listeners.remove(news)
            if not listeners:
                del self._followers[external_id]

    async def _read(self) -> None:
        pause_s = 1.0
        while True:
            try:
                async with self._broker.updates() as updates:
                    self._opened.set()
                    async for snapshot in updates:
                        pause_s = 1.0
                        self._hand_out(snapshot)
            except Exception:  # noqa: BLE001  whatever it is: trading goes on without the stream, by asking
                self._opened.set()
            await self._clock.sleep(pause_s)
            pause_s = min(pause_s * 2, MAX_PAUSE_S)

    def _hand_out(self, snapshot: BrokerOrder) -> None:
        for news in self._followers.get(snapshot.external_id or "", ()):
            news.put(snapshot)
