"""
The order stream of one venue: read once, handed to every listener that follows an order.

    broker.updates() ─▶ OrderStream ─▶ listen(external id) ─▶ OrderUpdates.next(within) ─▶ snapshot; None: silence
                                    ├▶ strays: what no listener takes
                                    └▶ after_gap: the stream is open again; what it missed is not known

The stream is a convenience and never the truth: it can be silent, late, doubled or gone. A listener waits for a bounded
time and then asks the venue itself. A stream that ends is opened again, after growing pauses.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final, Self

from tastyflow.application.backoff import Backoff
from tastyflow.application.waiting import ended, first_of, outlast
from tastyflow.domain.venue import BrokerOrder
from tastyflow.ports import Broker, Clock

MAX_UNREAD: Final = 1000
"""Snapshots that a listener may leave unread. Then the oldest is dropped: asking the venue brings it back."""

FIRST_PAUSE_S: Final = 1.0
MAX_PAUSE_S: Final = 30.0

OPENING_S: Final = 5.0
"""How long a desk waits for the stream before it opens without; asking works from the start."""


class OrderUpdates:
    """What the stream says of one order, in order of arrival. Close it after use."""

    def __init__(self, clock: Clock, forget: Callable[["OrderUpdates"], None]) -> None:
        self._clock = clock
        self._forget = forget
        self._unread: asyncio.Queue[BrokerOrder] = asyncio.Queue(MAX_UNREAD)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Listen no longer."""
        self._forget(self)

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


class OrderStream:
    """
    The stream of one broker, read for as long as it is entered.

    Attributes:
        strays: Called with each snapshot that no listener is there for.
        is_open: Whether it is read now.
    """

    def __init__(self, broker: Broker, clock: Clock) -> None:
        self._broker = broker
        self._clock = clock
        self._listeners: dict[str, list[OrderUpdates]] = {}
        self._opened = asyncio.Event()
        self._reader: asyncio.Task[None] | None = None
        self.is_open = False
        self.strays: list[Callable[[BrokerOrder], None]] = []
        self.after_gap: list[Callable[[], None]] = []

    async def __aenter__(self) -> Self:
        self._reader = asyncio.create_task(self._read(), name=f"order-stream-{self._broker.venue}")
        try:
            await outlast(self._reader, self._opened_in_time())
        except BaseException:
            await ended(self._reader)
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._reader is not None:
            await ended(self._reader)

    async def _opened_in_time(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(OPENING_S):
                await self._opened.wait()

    def listen(self, external_id: str) -> OrderUpdates:
        """Listen for the order tagged *external_id*. Begin before placing it: the stream replays nothing."""

        def forget(updates: OrderUpdates) -> None:
            listeners = self._listeners.get(external_id, [])
            if updates in listeners:
                listeners.remove(updates)
            if not listeners:
                self._listeners.pop(external_id, None)

        updates = OrderUpdates(self._clock, forget)
        self._listeners.setdefault(external_id, []).append(updates)
        return updates

    async def _read(self) -> None:
        pauses = Backoff(FIRST_PAUSE_S, longest_s=MAX_PAUSE_S)
        while True:
            try:
                async with self._broker.updates() as updates:
                    for tell in self.after_gap if self._opened.is_set() else ():
                        tell()
                    self._opened.set()
                    self.is_open = True
                    async for snapshot in updates:
                        pauses.reset()
                        self._hand_out(snapshot)
            except Exception:  # noqa: BLE001  whatever it is: trading goes on without the stream, by asking
                self._opened.set()
            finally:
                self.is_open = False
            await self._clock.sleep(pauses.next())

    def _hand_out(self, snapshot: BrokerOrder) -> None:
        listeners = self._listeners.get(snapshot.external_id or "", ())
        for updates in listeners:
            updates.put(snapshot)
        for told in () if listeners else self.strays:
            told(snapshot)
