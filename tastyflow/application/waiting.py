"""
The one way to race and to wait: what is wanted, or a deadline, whichever comes first.

    first_of(wanted, patience)    the result of *wanted*; None when *patience* ends first. The loser is cancelled.
    outlast(task, patience)       return when *task* ends or *patience* does. The task is left alone.
    Tasks                         background tasks, kept until they end, cancelled together
"""

import asyncio
from collections.abc import Awaitable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def first_of(wanted: Awaitable[T], patience: Awaitable[None]) -> T | None:
    """
    What *wanted* gives; None when *patience* ends before it. Whichever is late is cancelled.

    Raises:
        Exception: What *wanted* raises.
    """
    getting, waiting = asyncio.ensure_future(wanted), asyncio.ensure_future(patience)
    try:
        await asyncio.wait((getting, waiting), return_when=asyncio.FIRST_COMPLETED)
        return getting.result() if getting.done() else None
    finally:
        await _cancelled(getting, waiting)


async def outlast(task: "asyncio.Future[Any]", patience: Awaitable[None]) -> None:
    """Wait until *task* has ended, or *patience* has. The task goes on, and what it raises is its own affair."""
    waiting = asyncio.ensure_future(patience)
    try:
        await asyncio.wait((task, waiting), return_when=asyncio.FIRST_COMPLETED)
    finally:
        await _cancelled(waiting)


async def _cancelled(*tasks: "asyncio.Future[Any]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


class Tasks:
    """Background tasks: each is kept until it ends, and all that are left are cancelled together."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[Any]] = set()

    def start(self, doing: Coroutine[Any, Any, T], *, name: str) -> "asyncio.Task[T]":
        """Run *doing* in a task of its own."""
        task = asyncio.create_task(doing, name=name)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def close(self) -> None:
        """Cancel what still runs, and wait for its end."""
        await _cancelled(*tuple(self._running))
