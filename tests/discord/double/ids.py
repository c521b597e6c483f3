"""
Snowflakes, and the two clocks of the double.

    Ids.next(age_s=0)   (ms - EPOCH_MS) << 22 | n, as text; the moment is what *now* reads, n keeps them apart
    Elapsed             what deadlines are held against: real seconds, and those that a test turned it on
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

EPOCH_MS: Final = 1_420_070_400_000
"""The first moment of 2015, from which Discord counts."""

_NUMBERS: Final = 1 << 22


class Ids:
    """Ids that tell when something was made, each larger than the one before while *now* does not go back."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._number = 0

    def next(self, *, age_s: float = 0.0) -> str:
        """A new one, as of *age_s* seconds ago."""
        self._number += 1
        moment_ms = int((self._now() - timedelta(seconds=age_s)).timestamp() * 1000)
        return str((moment_ms - EPOCH_MS) << 22 | self._number % _NUMBERS)


def moment_of(snowflake: str) -> datetime:
    """When the thing with this id was made."""
    return datetime.fromtimestamp(((int(snowflake) >> 22) + EPOCH_MS) / 1000, tz=UTC)


class Elapsed:
    """Seconds that have passed; `turn` lets more of them pass at once."""

    def __init__(self) -> None:
        self._turned_s = 0.0

    def now_s(self) -> float:
        return time.monotonic() + self._turned_s

    def turn(self, seconds: float) -> None:
        self._turned_s += seconds
