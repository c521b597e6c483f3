"""
One request for all who ask at the same time.

    ask ──┐
    ask ──┼─▶ a request that has not left yet ─▶ leaves ─▶ one answer for all of them
    ask ──┘                                        │
    ask ───────────────────────────────────────────┴─▶ the next request

An answer is never older than the question: who asks after a request left waits for the next one.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from tastyflow.errors import NotSent

T = TypeVar("T")


class Shared(Generic[T]):
    """
    Args:
        ask: Sends the request; calls what it is given when the request leaves.
    """

    def __init__(self, ask: Callable[[Callable[[], None]], Awaitable[T]]) -> None:
        self._ask = ask
        self._waiting: asyncio.Task[T] | None = None
        self._running: set[asyncio.Task[T]] = set()

    async def __call__(self) -> T:
        """The answer to a request that leaves after this call."""
        if self._waiting is None:
            self._waiting = asyncio.create_task(self._request())
            self._running.add(self._waiting)
            self._waiting.add_done_callback(self._done)
        return await outcome_of(self._waiting)

    async def close(self) -> None:
        """Leave nothing running."""
        running = list(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _request(self) -> T:
        me = asyncio.current_task()
        try:
            return await self._ask(lambda: self._leave(me))
        finally:
            self._leave(me)

    def _leave(self, task: "asyncio.Task[T] | asyncio.Task[object] | None") -> None:
        if self._waiting is task:
            self._waiting = None

    def _done(self, task: "asyncio.Task[T]") -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # looked at, also where nobody waits any more


async def outcome_of(task: "asyncio.Task[T]") -> T:
    """
    What *task*, which others wait for as well, ends with. One who gives up does not take it from the others.

    Raises:
        NotSent: It was cancelled by somebody else, and nobody has cancelled the one who waits.
    """
    me = asyncio.current_task()
    before = me.cancelling() if me else 0
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        if not task.cancelled() or (me is not None and me.cancelling() > before):
            raise
    raise NotSent("It was given up before it was answered: the connection is being closed.", code="closed")
