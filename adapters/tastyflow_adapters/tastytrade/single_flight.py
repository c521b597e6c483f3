"""
One answer for several callers.

    callers with the same key ──┐
    callers with the same key ──┼─▶ one request that has not left yet ─▶ leaves ─▶ one answer for all
                                │                                          │
    callers after that ─────────┴──────────────────────────────────────────┴─▶ the next request
"""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar

from tastyflow.application.waiting import ended
from tastyflow.errors import NotSent

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class SingleFlight(Generic[K, V]):
    """
    At most one request for each key waits to be sent; callers with the same key share its answer.

    A request that calls `left` is joined no more: its answer would be older than the next caller's question. A request
    that never calls it is joined until it is answered.
    """

    def __init__(self) -> None:
        self._open: dict[K, asyncio.Task[V]] = {}
        self._running: set[asyncio.Task[V]] = set()

    async def get(self, key: K, ask: Callable[[], Coroutine[Any, Any, V]]) -> V:
        """
        The answer to *ask*, or to the request for *key* of another caller that can still be joined.

        Raises:
            NotSent: code ``closed``: the request was given up by `aclose`.
        """
        task = self._open.get(key)
        if task is None or task.done():
            task = self._open[key] = asyncio.create_task(ask())
            self._running.add(task)
            task.add_done_callback(lambda done: self._over(key, done))
        return await outcome_of(task)

    def left(self, key: K) -> None:
        """The request for *key* leaves now. The request itself calls this, as often as it is sent."""
        self._close(key, asyncio.current_task())

    async def aclose(self) -> None:
        """Give up every request that is not answered yet."""
        await ended(*self._running)

    def _over(self, key: K, task: asyncio.Task[V]) -> None:
        self._close(key, task)
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # retrieved, also where every caller has given up

    def _close(self, key: K, task: asyncio.Task[Any] | None) -> None:
        if self._open.get(key) is task:
            del self._open[key]


async def outcome_of(answer: asyncio.Future[V]) -> V:
    """
    What *answer* ends with, while others wait for it as well. A caller that is cancelled does not cancel it.

    Raises:
        NotSent: code ``closed``: *answer* was cancelled, and the caller was not.
    """
    caller = asyncio.current_task()
    before = caller.cancelling() if caller else 0
    try:
        return await asyncio.shield(answer)
    except asyncio.CancelledError:
        if not answer.cancelled() or (caller is not None and caller.cancelling() > before):
            raise
    raise NotSent("It was given up before it was answered: the connection is being closed.", code="closed")
