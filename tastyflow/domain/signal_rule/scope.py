"""
What the figures of a rule are worked out over: which expirations, and who is taken to hold what.

    FigureScope   0 to 60 days to expiration, or named days; naive signs
"""

from collections.abc import Iterable
from datetime import date
from typing import Final

from attrs import frozen

from tastyflow.domain.expirations import days_to_expiration
from tastyflow.domain.signal_rule.sign_model import SignModel
from tastyflow.errors import Invalid

MOST_DAYS: Final = 1500
"""No option is listed further out."""


@frozen(kw_only=True)
class FigureScope:
    """
    Attributes:
        days: Calendar days to expiration, from and to, both included; None for every listed one.
        expirations: These days alone, ascending, and then *days* says nothing; empty: every listed one within *days*.
    """

    days: tuple[int, int] | None = (0, 60)
    expirations: tuple[date, ...] = ()
    sign_model: SignModel = SignModel.NAIVE

    def __attrs_post_init__(self) -> None:
        first, last = self.days or (0, 0)
        if not 0 <= first <= last <= MOST_DAYS:
            raise Invalid(f"A scope runs from 0 to {MOST_DAYS} days, the nearer one first.", code="bad_scope")

    def holds(self, expiration: date, *, today: date) -> bool:
        """Whether an *expiration* is in it, seen on *today*."""
        if self.expirations:
            return expiration in self.expirations
        first, last = self.days or (0, MOST_DAYS)
        return first <= days_to_expiration(expiration, today) <= last

    def chosen(self, listed: Iterable[date], *, today: date) -> tuple[date, ...]:
        """The expirations of *listed* that are in it, ascending."""
        return tuple(sorted({day for day in listed if self.holds(day, today=today)}))

    @property
    def in_words(self) -> str:
        """``0 to 60 days to expiration, naive signs``."""
        named = ", ".join(day.isoformat() for day in self.expirations)
        days = f"{self.days[0]} to {self.days[1]} days to expiration" if self.days else "every expiration"
        return f"{named or days}, {self.sign_model.value.replace('_', ' ')} signs"
