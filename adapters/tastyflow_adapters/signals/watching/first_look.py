"""
The first figures of a chain that are worth looking at: a feed tells thousands of contracts one after the other.

    coverage ▲        ____ complete, and so once more: a feed that is still telling tells the rest meanwhile
             │     __/
             │  __/  ‾‾‾‾ settled: most is known, and nothing new was heard for a while
             │_/                                                    out of patience: what is known
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Final

from tastyflow.domain.signal_rule.figures import Figures

COMPLETE: Final = 0.999
"""The coverage at which little more is waited for."""
SETTLED_S: Final = 2.0
"""How long the coverage must have stood still to be all that there is …"""
MOST: Final = 0.9
"""… and how much must be known by then: a long chain is told in chunks, with pauses between them."""


def _untold(_figures: Figures) -> None:
    """No person waits at a screen."""


async def first_look(
    updates: AsyncIterator[Figures], patience_s: float, *, heard: Callable[[Figures], None] = _untold
) -> Figures | None:
    """
    The figures once they are complete, or settled, or *patience_s* is over; None where nothing was heard until then.

    What is not covered by then is out of the figures' coverage, and never zero.

    Args:
        heard: Is told of each figures on the way.
    """
    loop = asyncio.get_running_loop()
    seen: Figures | None = None
    best, grew_at, complete = 0.0, loop.time(), 0
    try:
        async with asyncio.timeout(patience_s):
            async for seen in updates:
                heard(seen)
                coverage, now = seen.coverage or 0.0, loop.time()
                if coverage > best + 1e-6:
                    best, grew_at = coverage, now
                complete = complete + 1 if coverage >= COMPLETE else 0
                is_settled = best >= MOST and now - grew_at >= SETTLED_S
                if seen.get("spot") is not None and (complete > 1 or is_settled):
                    break
    except TimeoutError:
        pass
    return seen
