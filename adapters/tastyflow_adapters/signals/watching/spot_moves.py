"""
How far the spot moved: over some minutes, and since the session's first price.

    take(price, at) … ─▶ moved_percent(15, now)     None where nothing is known of then
"""

from bisect import bisect_right
from typing import Final

LONGEST_S: Final = 3_660.0
SAMPLE_S: Final = 1.0
"""One price a second is enough: the last one of it."""

OLDEST_S: Final = 60.0
"""A price that was heard no later than this before a moment counts as the price of then."""


class SpotMoves:
    """Prices of the last hour. Moments are seconds since 1970."""

    def __init__(self) -> None:
        self._at_s: list[float] = []
        self._prices: list[float] = []

    def take(self, price: float, at_s: float) -> None:
        """A price; one from before the newest is left out."""
        if self._at_s and at_s < self._at_s[-1]:
            return
        if self._at_s and at_s // SAMPLE_S == self._at_s[-1] // SAMPLE_S:
            self._at_s[-1], self._prices[-1] = at_s, price
            return
        self._at_s.append(at_s)
        self._prices.append(price)
        if self._at_s[0] < at_s - LONGEST_S - 2 * OLDEST_S:
            gone = bisect_right(self._at_s, at_s - LONGEST_S - OLDEST_S) - 1
            del self._at_s[:gone], self._prices[:gone]

    def moved_percent(self, minutes: float, now_s: float) -> float | None:
        """From the price of *minutes* ago to the newest one."""
        then_s = now_s - minutes * 60
        place = bisect_right(self._at_s, then_s) - 1
        if place < 0 or self._at_s[place] < then_s - OLDEST_S:
            return None
        return 100 * (self._prices[-1] / self._prices[place] - 1)

    def forget(self) -> None:
        """All of it: the clock went back."""
        self._at_s.clear()
        self._prices.clear()
