"""
Clocks: the system's, and one that starts where it is told.

    SystemClock        the present
    AnchoredClock      begins at a chosen moment and runs on from there (``TASTYFLOW_NOW``, rehearsing a date)
    TurnableClock      stands still until a test turns it
"""

import heapq
import time
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from tastyflow.domain.age import Mark

if TYPE_CHECKING:
    import asyncio

COUNTS_SLEEP: Final[int | None] = getattr(time, "CLOCK_BOOTTIME", None)
"""Linux's clock that runs on while the machine sleeps; elsewhere Python's monotonic clock is the best there is."""


@cache
def _boot() -> str:
    """The name of this start of the machine; of this process where the system gives it none."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return uuid4().hex


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def mark(self) -> Mark:
        return Mark(_boot(), time.clock_gettime(COUNTS_SLEEP) if COUNTS_SLEEP is not None else time.monotonic())

    async def sleep(self, seconds: float) -> None:
        import asyncio  # a command that only asks for the time needs no event loop

        await asyncio.sleep(seconds)


class AnchoredClock(SystemClock):
    """
    A clock that read *start* when it was made, and runs on at the usual pace.

    Its marks can be compared with its own only: for another process the time between two clocks has passed.
    """

    def __init__(self, start: datetime) -> None:
        self._start = start.astimezone(UTC)
        self._boot = uuid4().hex
        self._began = time.monotonic()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=time.monotonic() - self._began)

    def mark(self) -> Mark:
        return Mark(self._boot, super().mark().elapsed_s)


def clock_from(start: datetime | None) -> SystemClock:
    """The present, or a clock that begins at *start*."""
    return SystemClock() if start is None else AnchoredClock(start)


class TurnableClock:
    """A clock that stands still until it is turned; sleepers wake in the order of their times."""

    def __init__(self, start: datetime) -> None:
        self._start = start.astimezone(UTC)
        self._elapsed_s = 0.0
        self._wall_off_s = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = count()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._elapsed_s + self._wall_off_s)

    def set_wall(self, off_s: float) -> None:
        """Turn the wall clock alone: it is wrong by *off_s* seconds, and time passes as before."""
        self._wall_off_s = off_s

    def monotonic(self) -> float:
        return self._elapsed_s

    def mark(self) -> Mark:
        return Mark("turnable", self._elapsed_s)

    async def sleep(self, seconds: float) -> None:
        import asyncio

        if seconds <= 0:
            await asyncio.sleep(0)
            return
        awake: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._elapsed_s + seconds, next(self._numbers), awake))
        await awake

    async def turn(self, seconds: float) -> None:
        """Let *seconds* pass: wake each task that is due, one after the other, and let it act before the next wakes."""
        until = self._elapsed_s + seconds
        await self._settle()
        while self._sleepers and self._sleepers[0][0] <= until:
            due, _, awake = heapq.heappop(self._sleepers)
            self._elapsed_s = max(self._elapsed_s, due)
            if not awake.done():
                awake.set_result(None)
            await self._settle()
        self._elapsed_s = until

    async def _settle(self) -> None:
        """Let all tasks act until each waits: for this clock, or for the world outside, given a few turns to answer."""
        import asyncio

        ready, idle = asyncio.get_running_loop()._ready, 0  # type: ignore[attr-defined]  # no public name says it
        for _ in range(50):  # enough turns of the loop for a chain of awaits to reach its next sleep
            await asyncio.sleep(0)
            idle = 0 if ready else idle + 1
            if idle == 3:
                return
