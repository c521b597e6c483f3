"""
The first figures of a chain that are worth looking at: a feed tells thousands of contracts one after the other.

    coverage ▲        ____ complete, and so once more: a feed that is still telling tells the rest meanwhile
             │     __/
             │  __/  ‾‾‾‾ settled: nothing new for a while
             │_/                                            out of patience: what is known
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from tastyflow.domain.signal_rule.figures import Figures

COMPLETE: Final = 0.999
"""The coverage at which little more is waited for."""
SETTLED_S: Final = 2.0
"""How long the coverage must have stood still to be all that there is."""


async def first_look(updates: AsyncIterator[Figures], patience_s: float) -> Figures | None:
    """
    The figures once they are complete, or settled, or *patience_s* is over; None where nothing was heard until then.

    What is not covered by then is out of the figures' coverage, and never zero.
    """
    loop = asyncio.get_running_loop()
    seen: Figures | None = None
    best, grew_at, complete = 0.0, loop.time(), 0
    try:
        async with asyncio.timeout(patience_s):
            async for seen in updates:
                coverage, now = seen.coverage or 0.0, loop.time()
                if coverage > best + 1e-6:
                    best, grew_at = coverage, now
                complete = complete + 1 if coverage >= COMPLETE else 0
                is_settled = best > 0 and now - grew_at >= SETTLED_S
                if seen.get("spot") is not None and (complete > 1 or is_settled):
                    break
    except TimeoutError:
        pass
    return seen
