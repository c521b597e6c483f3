"""
The clock of the desk beside a real bot: real sockets take real time, and a rehearsal need not.
"""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final, TypeVar

from tastyflow.application.ledger.ledger import Ledger
from tastyflow.domain.age import Mark
from tastyflow_adapters.clock import AnchoredClock
from tests.application.kit import FRIDAY

T = TypeVar("T")

PATIENCE_S: Final = 20.0
PACE: Final = 10.0
"""A rehearsal of two seconds takes a fifth of one; an offer of a minute, six."""


class LeapingClock(AnchoredClock):
    """
    A clock that runs *pace* times as fast as time; `leap` lets seconds pass at once, and wakes every sleep that is due.
    """

    def __init__(self, start: datetime = FRIDAY, *, pace: float = PACE) -> None:
        super().__init__(start)
        self.ledgers: list[Ledger] = []
        self._pace = pace
        self._leapt_s = 0.0
        self._leap = asyncio.Event()

    def monotonic(self) -> float:
        return (super().monotonic() - self._began) * self._pace + self._leapt_s

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self.monotonic())

    def mark(self) -> Mark:
        return Mark(self._boot, self.monotonic())

    async def sleep(self, seconds: float) -> None:
        ends_s = self.monotonic() + seconds
        if seconds <= 0:
            await asyncio.sleep(0)
        while (left_s := ends_s - self.monotonic()) > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(left_s / self._pace):  # `wait_for` of 3.11 loses a cancel beside a leap
                    await self._leap.wait()

    def leap(self, seconds: float) -> None:
        self._leapt_s += seconds
        leap, self._leap = self._leap, asyncio.Event()
        leap.set()

    async def until(self, doing: Awaitable[T], *, within_s: float = PATIENCE_S) -> T:
        return await asyncio.wait_for(doing, within_s)
