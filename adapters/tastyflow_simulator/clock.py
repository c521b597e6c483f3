"""
What time it is in the simulator: one clock for both sides, the journal and the faults.

    real       ───────────▶  the machine's
    anchored   starts_at ─▶  runs on from there at the usual pace
    virtual    starts_at ┄┄  stands still until ``advance`` or ``set`` turns it, which wakes all sleepers

A sleeper may be woken early, by a turned clock or by ``wake``: it looks again at what is due, and sleeps again.
"""

import asyncio
import time
from datetime import UTC, datetime, timedelta

from tastyflow_simulator.options import ClockMode

LONGEST_SLEEP_S = 3600.0
"""The machine's clock may be set during a sleep: after this long the sleeper looks at it again."""


class SimulatorClock:
    """
    Args:
        starts_at: What an anchored or virtual clock reads first; the present by default.
    """

    def __init__(self, mode: ClockMode = ClockMode.REAL, starts_at: datetime | None = None) -> None:
        self.mode = mode
        self._start = (starts_at or datetime.now(UTC)).astimezone(UTC)
        self._began = time.monotonic()
        self._turned_s = 0.0
        self._sleepers: set[asyncio.Future[None]] = set()

    def now(self) -> datetime:
        """The moment, in UTC."""
        if self.mode is ClockMode.REAL:
            return datetime.now(UTC)
        passed_s = self._turned_s if self.mode is ClockMode.VIRTUAL else time.monotonic() - self._began
        return self._start + timedelta(seconds=passed_s)

    async def sleep_until(self, moment: datetime) -> None:
        """Return at *moment*, or earlier when woken."""
        left_s = (moment - self.now()).total_seconds()
        if left_s <= 0:
            await asyncio.sleep(0)
            return
        loop = asyncio.get_running_loop()
        woken: asyncio.Future[None] = loop.create_future()
        self._sleepers.add(woken)
        ends = None
        if self.mode is not ClockMode.VIRTUAL:
            ends = loop.call_later(min(left_s, LONGEST_SLEEP_S), _rouse, woken)
        try:
            await woken
        finally:
            self._sleepers.discard(woken)
            if ends is not None:
                ends.cancel()

    def advance(self, seconds: float) -> None:
        """
        Let *seconds* pass at once.

        Raises:
            ValueError: Only a virtual clock can be turned, and only forwards.
        """
        if self.mode is not ClockMode.VIRTUAL:
            raise ValueError(f"Only a virtual clock can be turned; this one is {self.mode}.")
        if not 0 <= seconds < timedelta(days=36_500).total_seconds():
            raise ValueError(f"The clock turns forwards, by at most a hundred years: not by {seconds} seconds.")
        self._turned_s += seconds
        self.wake()

    def set(self, moment: datetime) -> None:
        """
        Turn the clock on to *moment*.

        Raises:
            ValueError: Only a virtual clock can be turned, and only forwards.
        """
        if moment.tzinfo is None:
            raise ValueError(f"A moment has a time zone: not {moment.isoformat()}.")
        self.advance((moment - self.now()).total_seconds())

    def wake(self) -> None:
        """Wake all sleepers, so that they look again; callable from any thread."""
        for sleeper in tuple(self._sleepers):
            sleeper.get_loop().call_soon_threadsafe(_rouse, sleeper)


def _rouse(sleeper: "asyncio.Future[None]") -> None:
    if not sleeper.done():
        sleeper.set_result(None)
