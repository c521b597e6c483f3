"""
Which strikes a profile shows: those around the spot, with the walls and the flip where they are near, so many to a row.

    strikes 5,000 … 7,000, spot 6,002   ─▶   rows of 10 points from 5,860 to 6,150, each with what lies in it

A row holds the strikes from its lower edge on, below the next one's. What lies beyond is counted as well.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import ceil, floor
from typing import Final

from attrs import frozen

FARTHEST: Final = 0.12
"""How far from the spot a wall or a flip may lie to widen the window, as a fraction of the spot."""
NEAREST: Final = 0.025
"""The least that a window shows on each side of the spot."""
MARGIN: Final = 1.12
"""The window reaches a little beyond the level that is farthest."""
STEPS: Final = (0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 25.0, 50.0, 100.0, 200.0, 250.0, 500.0, 1000.0)
"""How many dollars of strikes a row may hold."""


@frozen
class StrikeBar:
    """The exposure of one strike, of its calls and of its puts, in dollars per 1 % move, signed."""

    strike: float
    calls: float
    puts: float

    @property
    def net(self) -> float:
        """Of calls and puts together."""
        return self.calls + self.puts


@frozen
class StrikeWindow:
    """
    Attributes:
        rows: A bar for each row, from the lowest; `StrikeBar.strike` is the lower edge of the row.
        step: Dollars of strikes in a row.
        gap: Dollars between two strikes, usually.
        below, above: Net exposure of what lies outside, in dollars per 1 % move.
    """

    rows: tuple[StrikeBar, ...]
    step: float
    gap: float
    below: float
    above: float

    def row_of(self, price: float) -> int | None:
        """The number of the row that holds *price*, from the lowest; None where it lies outside."""
        number = floor((price - self.rows[0].strike) / self.step + 1e-9) if self.rows else -1
        return number if 0 <= number < len(self.rows) else None


def span(spot: float, levels: Iterable[float]) -> tuple[float, float]:
    """
    From where to where a drawing reaches: the same distance on each side of *spot*, wide enough for the *levels* near.
    """
    near = (abs(level - spot) for level in levels if abs(level - spot) <= FARTHEST * spot)
    reach = max(NEAREST * spot, MARGIN * max(near, default=0.0))
    return spot - reach, spot + reach


def window(strikes: Sequence[StrikeBar], low: float, high: float, *, most: int) -> StrikeWindow:
    """
    The rows from *low* to *high*, at most *most* of them, and at least as coarse as the strikes themselves.

    Args:
        strikes: In ascending order.
    """
    inside = [bar.strike for bar in strikes if low <= bar.strike <= high]
    gaps = sorted(later - earlier for earlier, later in pairwise(inside))
    usual = gaps[len(gaps) // 2] if gaps else STEPS[0]
    fits = (step for step in STEPS if step >= usual - 1e-9 and ceil((high - low) / step) < most)
    step = next(fits, STEPS[-1])
    first, last = floor(low / step), floor(high / step)
    first = max(first, last - most + 1)
    calls, puts = [0.0] * (last - first + 1), [0.0] * (last - first + 1)
    below = above = 0.0
    for bar in strikes:
        number = floor(bar.strike / step + 1e-9) - first
        if number < 0:
            below += bar.net
        elif number >= len(calls):
            above += bar.net
        else:
            calls[number] += bar.calls
            puts[number] += bar.puts
    rows = tuple(
        StrikeBar((first + number) * step, call, put)
        for number, (call, put) in enumerate(zip(calls, puts, strict=True))
    )
    return StrikeWindow(rows, step, usual, below, above)
