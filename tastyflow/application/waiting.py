"""
The one way to race and to wait: for the first of several events, for a result or a deadline, for an end.

    first_done(*awaited)          return when one of them is done. The others are cancelled.
    first_of(wanted, patience)    the result of *wanted*; None when *patience* ends first. The loser is cancelled.
    answer_of(doing, patience)    the result of *doing*; TimeoutError when *patience* ends first
    outlast(task, patience)       return when *task* ends or *patience* does. The task is left alone.
    ended(*futures)               cancel them, and wait until they are over
    Tasks                         background tasks, kept until they end, cancelled together
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def first_done(*awaited: Awaitable[object]) -> None:
    """Wait until one of *awaited* is done, and cancel the others."""
    futures = [asyncio.ensure_future(each) for each in awaited]
    try:
        await asyncio.wait(futures, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await ended(*futures)


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
        await ended(getting, waiting)


async def answer_of(doing: Coroutine[Any, Any, T], patience: Callable[[], Awaitable[None]]) -> T:
    """
    What *doing* gives. *patience* begins only where it has to be waited for.

    Raises:
        TimeoutError: *patience* ended first; *doing* is cancelled.
        Exception: What *doing* raises.
    """
    answering = asyncio.ensure_future(doing)
    try:
        await asyncio.sleep(0)
        if not answering.done():
            await first_done(asyncio.wait((answering,)), patience())
        if not answering.done():
            raise TimeoutError
        return answering.result()
    finally:
        if not answering.done():
            await ended(answering)


async def outlast(task: "asyncio.Future[Any]", patience: Awaitable[None]) -> None:
    """Wait until *task* has ended, or *patience* has. The task goes on; what it raises is not raised here."""
    await first_done(asyncio.wait((task,)), patience)


async def ended(*futures: "asyncio.Future[Any]") -> None:
    """Cancel *futures*, and wait until they are over, whatever they end with."""
    for future in futures:
        future.cancel()
    await asyncio.gather(*futures, return_exceptions=True)


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

    async def outlasted(self, patience: Awaitable[None]) -> None:
        """Wait until all have ended, or *patience* has."""
        await first_done(asyncio.wait(tuple(self._running)), patience)

    @property
    def is_empty(self) -> bool:
        """Whether none is left."""
        return not self._running

    async def close(self, *, within_s: float | None = None) -> None:
        """Cancel what still runs, and wait for its end; for *within_s* at most, where a task may refuse to end."""
        running = tuple(self._running)
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running, timeout=within_s)
