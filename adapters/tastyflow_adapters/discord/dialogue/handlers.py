"""
What runs for the events of one bot: each handler is followed to its end, since closing discord.py cuts it off.

    handlers.follow()                        the task at hand handles an event, from its first line on
    await handlers.finished(within_s=…)      before the connection under them is closed

Where a hundred people press at once, a hundred signs go first, and then the answers begin, one after the other:

    with handlers.signing(): …    ─▶ await handlers.after_signs()
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

LET_GO_FIRST_S: Final = 0.5
"""How long an answer lets the signs of others go first: each of these has three seconds."""


class Handlers:
    """The handlers at work."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[object]] = set()
        self._signing = 0
        self._signed = asyncio.Event()
        self._turnstile = asyncio.Lock()

    def follow(self) -> None:
        """The task at hand handles an event."""
        task = asyncio.current_task()
        if task is not None and task not in self._tasks:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    @property
    def count(self) -> int:
        """How many are at work."""
        return len(self._tasks)

    async def finished(self, *, within_s: float) -> bool:
        """Whether all that are at work now have ended, after *within_s* at most."""
        tasks = self._tasks - {asyncio.current_task()}
        if tasks:
            await asyncio.wait(tasks, timeout=within_s)
        return all(task.done() for task in tasks)

    # ── signs before answers ───────────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def signing(self) -> Iterator[None]:
        """A sign is on its way."""
        self._signing += 1
        self._signed.clear()
        try:
            yield
        finally:
            self._signing -= 1
            if not self._signing:
                self._signed.set()

    async def after_signs(self) -> None:
        """Return once no sign is on its way, or after `LET_GO_FIRST_S`; one caller at a time."""
        loop = asyncio.get_running_loop()
        until_s = loop.time() + LET_GO_FIRST_S
        async with self._turnstile:
            if self._signing:
                with suppress(TimeoutError):  # the signs of others had their time
                    async with asyncio.timeout_at(until_s):
                        await self._signed.wait()
            await asyncio.sleep(0)  # what has arrived is read before the next answer begins
