"""
What those who follow a stream have not read yet. Every queue has a bound; iterating ends by leaving, and never before.

    Follower   an account's orders: what had to go is asked for again, and every order of the day is told as it stands
    Events     a market's events: only the latest ones matter, the oldest go
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from tastyflow.domain.venue import BrokerOrder

E = TypeVar("E")


class Follower:
    """What one follower has not read yet. Iterating ends when it leaves, and never before."""

    def __init__(self, most: int, ask: Callable[["Follower"], None]) -> None:
        self._most, self._ask = most, ask
        self._unread: deque[BrokerOrder] = deque()
        self._caught_up: deque[BrokerOrder] = deque()
        self._news = asyncio.Event()
        self._behind = False
        self._gone = False
        self.is_in = False

    def put(self, order: BrokerOrder) -> bool:
        """Queue *order*; False when another one had to go for it."""
        full = len(self._unread) >= self._most
        if full:
            self._unread.popleft()
            self._behind = True
        self._unread.append(order)
        self._news.set()
        return not full

    def catch_up(self, orders: Iterable[BrokerOrder]) -> None:
        """Take every order of the day as it stands; what is left of an earlier asking is older and goes."""
        self._caught_up = deque(orders)
        self._news.set()

    def fall_behind(self) -> None:
        """Something may have been missed: ask when everything heard so far is read."""
        self._behind = True
        self._news.set()

    def leave(self) -> None:
        self._gone = True
        self._news.set()

    def __aiter__(self) -> "Follower":
        return self

    async def __anext__(self) -> BrokerOrder:
        while not self._gone:
            for queue in (self._caught_up, self._unread):
                if queue:
                    return queue.popleft()
            if self._behind:
                self._behind = False
                self._ask(self)
            self._news.clear()
            await self._news.wait()
        raise StopAsyncIteration


class Events(Generic[E]):
    """The events that one follower has not read; the oldest go when there are too many."""

    def __init__(self, most: int) -> None:
        self._unread: deque[E] = deque(maxlen=most)
        self._news = asyncio.Event()
        self._gone = False

    def put(self, event: E) -> None:
        self._unread.append(event)
        self._news.set()

    def leave(self) -> None:
        self._gone = True
        self._news.set()

    def __aiter__(self) -> "Events[E]":
        return self

    async def __anext__(self) -> E:
        while not self._gone:
            if self._unread:
                return self._unread.popleft()
            self._news.clear()
            await self._news.wait()
        raise StopAsyncIteration
