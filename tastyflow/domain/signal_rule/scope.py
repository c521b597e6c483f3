"""
What the figures of a rule are worked out over: which expirations, and who is taken to hold what.

    FigureScope   days 0..45, or named days; calls_plus_puts_minus
"""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import Final

from attrs import frozen

from tastyflow.domain.expirations import days_to_expiration
from tastyflow.errors import Invalid

MOST_DAYS: Final = 1500
"""No option is listed further out."""


class AssumedSigns(StrEnum):
    """Whom dealers are taken to have traded with: an assumption, which is shown beside each figure."""

    CALLS_PLUS_PUTS_MINUS = "calls_plus_puts_minus"  # dealers are long the calls and short the puts
    CALLS_MINUS_PUTS_PLUS = "calls_minus_puts_plus"  # the other way round
    ALL_MINUS = "all_minus"  # dealers are short every option


@frozen(kw_only=True)
class FigureScope:
    """
    Attributes:
        days: Calendar days to expiration, from and to, both included.
        expirations: These days alone, ascending, and then *days* says nothing; empty: every listed one within *days*.
    """

    days: tuple[int, int] = (0, 45)
    expirations: tuple[date, ...] = ()
    signs: AssumedSigns = AssumedSigns.CALLS_PLUS_PUTS_MINUS

    def __attrs_post_init__(self) -> None:
        first, last = self.days
        if not 0 <= first <= last <= MOST_DAYS:
            raise Invalid(f"A scope runs from 0 to {MOST_DAYS} days, the nearer one first.", code="bad_scope")

    def holds(self, expiration: date, *, today: date) -> bool:
        """Whether an *expiration* is in it, seen on *today*."""
        if self.expirations:
            return expiration in self.expirations
        return self.days[0] <= days_to_expiration(expiration, today) <= self.days[1]

    def chosen(self, listed: Iterable[date], *, today: date) -> tuple[date, ...]:
        """The expirations of *listed* that are in it, ascending."""
        return tuple(sorted({day for day in listed if self.holds(day, today=today)}))

    @property
    def in_words(self) -> str:
        """``0 to 45 days, calls plus and puts minus``."""
        named = ", ".join(day.isoformat() for day in self.expirations)
        return f"{named or f'{self.days[0]} to {self.days[1]} days'}; {self.signs.value.replace('_', ' ')}"
