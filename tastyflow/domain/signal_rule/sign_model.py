"""
Who holds what: the assumption that gives gamma exposure its sign.

    model            calls  puts
    naive              +     -    the usual published one
    reversed           -     +
    dealers_short      -     -
    gross              +     +

No feed says who holds an option. Under any model the figure is an assumption, so its name is printed with each result.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from attrs import frozen


class SignModel(StrEnum):
    """Which side of calls and puts those who hedge are assumed to be on."""

    NAIVE = "naive"
    REVERSED = "reversed"
    DEALERS_SHORT = "dealers_short"
    GROSS = "gross"

    @property
    def calls(self) -> int:
        """The sign of a call's gamma: 1 where those who hedge own it, -1 where they owe it."""
        return SIGNS[self].calls

    @property
    def puts(self) -> int:
        """The sign of a put's gamma."""
        return SIGNS[self].puts

    @property
    def sentence(self) -> str:
        """What it assumes."""
        return SIGNS[self].sentence


@frozen
class Signs:
    """A row of the table."""

    calls: int
    puts: int
    sentence: str


SIGNS: Final[Mapping[SignModel, Signs]] = MappingProxyType(
    {
        SignModel.NAIVE: Signs(
            1, -1, "Dealers own the calls that customers sold, and owe the puts that customers bought: calls +, puts -."
        ),
        SignModel.REVERSED: Signs(
            -1, 1, "Dealers owe the calls that customers bought, and own the puts that customers sold: calls -, puts +."
        ),
        SignModel.DEALERS_SHORT: Signs(
            -1, -1, "Customers bought every option, and dealers owe them: calls -, puts -. It has no flip."
        ),
        SignModel.GROSS: Signs(
            1, 1, "Every option counts with its size, calls + and puts +: who holds it is left out. It has no flip."
        ),
    }
)
"""The signs of each model. Source of the naive one: SqueezeMetrics' paper on gamma exposure, by way of its readers."""
