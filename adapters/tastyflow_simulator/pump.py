"""
Why fills happen by themselves: a task per side that sleeps until something is due, and lets it happen.

    settle ─▶ when is the book's next step? ─▶ sleep until then, or until woken ─▶ settle …
"""

import asyncio
import logging
from datetime import timedelta
from typing import Final

from tastyflow_simulator.side import SimulatedSide

LOGGER: Final = logging.getLogger(__name__)
IDLE: Final = timedelta(hours=1)
RETRY: Final = timedelta(seconds=1)
AT_LEAST: Final = timedelta(milliseconds=1)
"""Between two looks, so that a book that is never done does not keep everybody else waiting."""


async def pump(side: SimulatedSide) -> None:
    """Keep *side* going until cancelled. What fails is logged, and tried again."""
    while True:
        now = side.clock.now()
        try:
            side.settle()
            due = side.book.next_due(now) or now + IDLE
        except Exception:
            LOGGER.exception("The book of %s could not be settled", side.side)
            due = now + RETRY
        await side.clock.sleep_until(max(due, now + AT_LEAST))
        await asyncio.sleep(0)
