"""
The appends that tasks of the event loop wait for: their answers come from the thread of the log, and all answers of a
batch wake the loop once.

    append ─▶ future ─ resolved in the log's thread ─▶ queue ─ one wake-up ─▶ settle(), then the waiting task
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress


class PendingAppends:
    """The appends that tasks of one event loop wait for."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._answered: deque[tuple[Callable[[], None], asyncio.Future[None]]] = deque()
        self._is_scheduled = False
        self.under_way = 0
        """How many answers have not reached the loop yet; those of empty appends, too."""
        self.answered = 0
        """How many have."""

    async def wait(self, future: "Future[list[int]]", settle: Callable[[], None] = lambda: None) -> None:
        """
        Return once *future* is answered, whatever the answer; a task that is cancelled here leaves it under way.

        Args:
            settle: Called on the loop before any task goes on, in the order of the answers; also when the task that
                waited was cancelled.
        """
        self.under_way += 1
        waiter: asyncio.Future[None] = self.loop.create_future()
        future.add_done_callback(lambda _: self._on_answer(settle, waiter))
        await waiter

    async def wait_for_all(self, futures: "Sequence[Future[list[int]]]") -> None:
        """Return once each of *futures* is answered."""
        await asyncio.gather(*(self.wait(future) for future in futures))

    def _on_answer(self, settle: Callable[[], None], waiter: "asyncio.Future[None]") -> None:
        self._answered.append((settle, waiter))
        if not self._is_scheduled:
            self._is_scheduled = True
            with suppress(RuntimeError):  # the loop has ended, and every waiting task with it
                self.loop.call_soon_threadsafe(self._drain)

    def _drain(self) -> None:
        self._is_scheduled = False  # before the queue is read: an answer from here on schedules the next wake-up
        while self._answered:
            settle, waiter = self._answered.popleft()
            self.under_way -= 1
            self.answered += 1
            settle()
            if not waiter.done():
                waiter.set_result(None)
