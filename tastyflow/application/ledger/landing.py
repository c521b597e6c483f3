"""
From the thread of the log to the event loop: one wake-up of the loop for all the appends of a batch.

    append ─▶ future ─ resolved in the log's thread ─▶ queue ─ one wake-up ─▶ settle(), then the waiting task
"""

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress


class Landing:
    """The appends that tasks of one event loop wait for."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._answered: deque[tuple[Callable[[], None], asyncio.Future[None]]] = deque()
        self._is_scheduled = False

    async def wait(self, future: "Future[list[int]]", settle: Callable[[], None] = lambda: None) -> None:
        """
        Return once *future* is answered, whatever the answer; a task that is cancelled here leaves it under way.

        Args:
            settle: Called on the loop before any task goes on, in the order of the answers; also when the task that
                waited was cancelled.
        """
        waiter: asyncio.Future[None] = self.loop.create_future()
        future.add_done_callback(lambda _: self._land(settle, waiter))
        await waiter

    def _land(self, settle: Callable[[], None], waiter: "asyncio.Future[None]") -> None:
        self._answered.append((settle, waiter))
        if not self._is_scheduled:
            self._is_scheduled = True
            with suppress(RuntimeError):  # the loop has ended, and every waiting task with it
                self.loop.call_soon_threadsafe(self._drain)

    def _drain(self) -> None:
        self._is_scheduled = False  # before the queue is read: what lands from here on schedules the next wake-up
        while self._answered:
            settle, waiter = self._answered.popleft()
            settle()
            if not waiter.done():
                waiter.set_result(None)
