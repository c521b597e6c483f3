"""
A root between two points of unlike sign, to the last digit: Newton's steps, halved where they leave the bracket.
"""

from collections.abc import Callable
from typing import Final

CLOSE_ENOUGH: Final = 1e-12
"""A step of Newton's that is this small leaves an error of about its square."""

MOST_STEPS: Final = 100


def polished(
    value_and_change: Callable[[float], tuple[float, float]], low: float, high: float, at_low: float
) -> tuple[float, float]:
    """
    The root between *low* and *high*, and the derivative there.

    Args:
        value_and_change: The function and its derivative.
        at_low: The function at *low*, not zero; at *high* its sign is the other.
    """
    middle = (low + high) / 2
    change = 0.0
    for _ in range(MOST_STEPS):
        value, change = value_and_change(middle)
        if value == 0:
            return middle, change
        if (value > 0) == (at_low > 0):
            low = middle
        else:
            high = middle
        step = -value / change if change else float("inf")
        following = middle + step
        if not low < following < high:
            following = (low + high) / 2
            step = following - middle
        if abs(step) < CLOSE_ENOUGH:
            return following, change
        middle = following
    return middle, change
