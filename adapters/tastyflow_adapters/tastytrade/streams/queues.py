"""
What a follower of a stream has not read yet: one queue for each follower, bounded. Iterating ends when it leaves.

    OrderQueue   an account's orders: where one is dropped, every order of the day is asked for and told as it stands
    EventQueue   a market's events: the latest ones matter, the oldest are dropped
    TickQueue    a chain's ticks, all that are unread at once: of each contract the latest, so that none is lost
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeVar

from tastyflow.domain.instruments import EquityOption
from tastyflow.domain.venue import BrokerOrder
from tastyflow.ports import FeedGap, GreeksTick, InterestTick, SpotTick, Tick

E = TypeVar("E")


class OrderQueue:
    """The orders that one follower has not read; a dropped one means that it has fallen behind."""

    def __init__(self, most: int, ask: Callable[["OrderQueue"], None]) -> None:
        self._most, self._ask = most, ask
        self._unread: deque[BrokerOrder] = deque()
        self._caught_up: deque[BrokerOrder] = deque()
        self._changed = asyncio.Event()
        self._behind = False
        self._gone = False
        self.is_in = False

    def put(self, order: BrokerOrder) -> bool:
        """Queue *order*; False when the oldest was dropped for it."""
        full = len(self._unread) >= self._most
        if full:
            self._unread.popleft()
            self._behind = True
        self._unread.append(order)
        self._changed.set()
        return not full

    def catch_up(self, orders: Iterable[BrokerOrder]) -> None:
        """Queue every order of the day as it stands, in place of what is left of an earlier answer."""
        self._caught_up = deque(orders)
        self._changed.set()

    def fall_behind(self) -> None:
        """Something may have been missed: ask for it when everything queued so far is read."""
        self._behind = True
        self._changed.set()

    def leave(self) -> None:
        self._gone = True
        self._changed.set()

    def __aiter__(self) -> "OrderQueue":
        return self

    async def __anext__(self) -> BrokerOrder:
        while not self._gone:
            for queue in (self._caught_up, self._unread):
                if queue:
                    return queue.popleft()
            if self._behind:
                self._behind = False
                self._ask(self)
            self._changed.clear()
            await self._changed.wait()
        raise StopAsyncIteration


class EventQueue(Generic[E]):
    """The events that one follower has not read; the oldest are dropped when there are too many."""

    def __init__(self, most: int) -> None:
        self._unread: deque[E] = deque(maxlen=most)
        self._changed = asyncio.Event()
        self._gone = False

    def put(self, event: E) -> None:
        self._unread.append(event)
        self._changed.set()

    def leave(self) -> None:
        self._gone = True
        self._changed.set()

    def __aiter__(self) -> "EventQueue[E]":
        return self

    async def __anext__(self) -> E:
        while not self._gone:
            if self._unread:
                return self._unread.popleft()
            self._changed.clear()
            await self._changed.wait()
        raise StopAsyncIteration


class TickQueue:
    """
    The ticks of a chain that one follower has not read: of each contract the latest of each kind, and the latest prices
    of the underlying. It cannot grow beyond its chain.

    Args:
        spots: Prices of the underlying that may wait.
    """

    def __init__(self, *, spots: int = 200) -> None:
        self._gap: FeedGap | None = None
        self._latest: dict[tuple[type[Tick], EquityOption | None], Tick] = {}
        self._spots: deque[SpotTick] = deque(maxlen=spots)
        self._changed = asyncio.Event()
        self._gone = False

    def put(self, ticks: Iterable[Tick]) -> None:
        """Queue *ticks*; a gap forgets what was said before it."""
        for tick in ticks:
            if isinstance(tick, SpotTick):
                self._spots.append(tick)
            elif isinstance(tick, FeedGap):
                self._latest = {key: kept for key, kept in self._latest.items() if key[0] is InterestTick}
                self._spots.clear()
                self._gap = self._gap or tick
            elif isinstance(tick, (GreeksTick, InterestTick)):
                self._latest[type(tick), tick.option] = tick
            else:
                self._latest[type(tick), None] = tick
        if self._gap or self._latest or self._spots:
            self._changed.set()

    def leave(self) -> None:
        self._gone = True
        self._changed.set()

    def __aiter__(self) -> "TickQueue":
        return self

    async def __anext__(self) -> Sequence[Tick]:
        while not self._gone:
            if self._gap or self._latest or self._spots:
                gap: list[Tick] = [self._gap] if self._gap else []
                batch = [*gap, *self._spots, *self._latest.values()]
                self._gap, self._latest = None, {}
                self._spots.clear()
                return batch
            self._changed.clear()
            await self._changed.wait()
        raise StopAsyncIteration
