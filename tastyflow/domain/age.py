"""
How old something is, without trusting the wall clock alone.

    mark    which start of the machine, and seconds since then; it counts the time that the machine slept
    age_s   from two marks of one start: exact. Without: from the wall clock, where that can be true

A wall clock can be turned while an order is on its way. A time that lies in the future says nothing of an age: what has
it is taken for old, because looking at a venue too early does no harm, and never looking does.
"""

import math
from datetime import datetime, timedelta
from typing import Final

from attrs import frozen

AHEAD: Final = timedelta(seconds=5)
"""How far two clocks of one installation may lie apart."""


@frozen
class Mark:
    """
    A reading of the clock that counts sleep.

    Attributes:
        boot: Names the start of the machine; marks of two starts cannot be compared.
        elapsed_s: Seconds since then.
    """

    boot: str
    elapsed_s: float


def age_s(at: datetime, mark: Mark | None, *, now: datetime, now_mark: Mark) -> float:
    """
    How many seconds ago it was; ``math.inf`` where the wall clock cannot be right.

    Args:
        at, mark: The two clocks then; *mark* is None in the oldest logs.
    """
    if mark is not None and mark.boot == now_mark.boot:
        return max(0.0, now_mark.elapsed_s - mark.elapsed_s)
    return math.inf if at > now + AHEAD else max(0.0, (now - at).total_seconds())
