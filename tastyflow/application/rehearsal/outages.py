"""
What all who rehearse in one sandbox account know of its being away, so that each order need not find it out again.

    calm ── met, `THRESHOLD` times in a row ──▶ away ── a growing pause ──▶ one order tries ── it goes well ──▶ calm
                                                 ▲                            └── met again ──┐
                                                 └────────────────────────────────────────────┘
    who asks while it is away   waits for the one that tries, or is told at once where the pause is long:
                                one outcome for all, and one request for all

An outage is the sandbox's own (`Trouble.about.is_outage`): a refusal of one order says nothing about the next one.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from tastyflow.application.backoff import Backoff
from tastyflow.domain.testresult import Trouble
from tastyflow.ports import Clock

logger = logging.getLogger(__name__)

THRESHOLD: Final = 3
"""So many rehearsals in a row that met an outage: it is no single bad moment."""

FIRST_PAUSE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 60.0


class Outages:
    """
    The outages of one sandbox account, as the rehearsals of this process met them.

    Args:
        patience_s: How long an order waits for its turn to try, before it is told that the sandbox is away.
    """

    def __init__(self, clock: Clock, *, patience_s: float) -> None:
        self._clock = clock
        self._patience_s = patience_s
        self._in_a_row = 0
        self._trouble: Trouble | None = None
        self._tries_at_s = 0.0
        self._trying: asyncio.Event | None = None
        self._pauses = Backoff(FIRST_PAUSE_S, longest_s=LONGEST_PAUSE_S, spread=(1.0, 1.25))

    @property
    def trouble(self) -> Trouble | None:
        """Why the sandbox is away; None where it is not known to be."""
        return self._trouble

    @property
    def again_in_s(self) -> float:
        """In how many seconds the next order tries it."""
        return max(0.0, self._tries_at_s - self._clock.monotonic())

    @asynccontextmanager
    async def admission(self) -> AsyncIterator[Trouble | None]:
        """
        None where an attempt may be made now; else why the sandbox is away. An attempt says how it went: `met`.
        """
        trying: asyncio.Event | None = None
        while self._trouble is not None and trying is None:
            if self._trying is not None:
                await self._trying.wait()
                if self._trouble is not None:
                    break
            elif self.again_in_s > self._patience_s:
                break
            elif self.again_in_s > 0:
                await self._clock.sleep(self.again_in_s)
            else:
                trying = self._trying = asyncio.Event()
        try:
            yield self._trouble if trying is None else None
        finally:
            if trying is not None:
                self._trying = None
                trying.set()

    def met(self, trouble: Trouble | None) -> None:
        """How an attempt went, or the question whether one could be made: None where nothing was the matter."""
        if trouble is Trouble.BUSY:
            return  # we asked too much: that says nothing of the sandbox
        if trouble is None or not trouble.about.is_outage:
            self._calm()
            return
        self._in_a_row += 1
        is_news = self._trouble is None
        if is_news and self._in_a_row < THRESHOLD:
            return
        if is_news:
            logger.warning("The sandbox is away: %s.", trouble.about.words)
        if is_news or self._trying is not None or self.again_in_s == 0:
            self._tries_at_s = self._clock.monotonic() + self._pauses.next()
        self._trouble = trouble

    def _calm(self) -> None:
        if self._trouble is not None:
            logger.warning("The sandbox is there again.")
        self._in_a_row, self._trouble = 0, None
        self._pauses.reset()
