"""
Rests between tries, which end early where something has changed: Discord is there again, a permission was given.
"""

import asyncio
from typing import Final

from tastyflow.application.backoff import Backoff
from tastyflow.application.waiting import first_done
from tastyflow.ports import Clock

FIRST_S: Final = 1.0
LONGEST_S: Final = 30.0
"""The rests where Discord cannot be reached, each twice as long as the one before."""
FIRST_BLOCKED_S: Final = 60.0
LONGEST_BLOCKED_S: Final = 3600.0
"""The same where a trader can be told nowhere: Discord counts what it refuses."""

AT_ONCE: Final = 3
"""How often something else is tried without a rest."""


class Rests:
    """The rests of all who tell."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._changed = asyncio.Event()

    def end(self) -> None:
        """End every rest."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def rest(self, seconds: float) -> None:
        """Rest for *seconds*, or until something has changed."""
        await first_done(self._clock.sleep(seconds), self._changed.wait())


class Pauses:
    """The rests of one thing that is tried again and again."""

    def __init__(self, rests: Rests) -> None:
        self._rests = rests
        self._away = Backoff(FIRST_S, longest_s=LONGEST_S, spread=(0.7, 1.0))
        self._others = 0
        self._blocked = Backoff(FIRST_BLOCKED_S, longest_s=LONGEST_BLOCKED_S, spread=(0.7, 1.0))

    async def another(self) -> None:
        """Another message, or another place, is tried; where that goes on, after a rest like any other."""
        self._others += 1
        if self._others > AT_ONCE:
            await self.later()

    async def later(self, at_least_s: float = 0.0) -> None:
        """Discord did not answer, or wants to be left alone for *at_least_s*."""
        await self._rests.rest(max(self._away.next(), at_least_s))

    async def blocked(self) -> None:
        """The trader can be told nowhere."""
        await self._rests.rest(self._blocked.next())

    def well(self) -> None:
        """It went well: the next rest is short again."""
        self._away.reset()
        self._blocked.reset()
        self._others = 0
