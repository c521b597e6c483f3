"""
Account numbers in an export: masked wherever they stand, unless they were asked for.

    5WX12345 ─▶ ****2345        as the log itself writes the account of a book

An event in which a number had to be masked is marked: its words are no longer those that were sealed, its digest is.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Final
from uuid import UUID

from attrs import define, frozen

from tastyflow.domain.book import Book
from tastyflow.domain.venue import Account, Venue

SHOWN: Final = 4
"""How many digits at the end of a number stay."""


@frozen
class NumberedAccount:
    """An account at a venue, by its number."""

    venue: Venue
    number: str

    @property
    def book(self) -> UUID:
        """The book that the log has of it."""
        return Book.id_of(Account(self.number, self.venue))


@define(slots=False)
class AccountMask:
    """
    Attributes:
        accounts: Those whose numbers are known here.
        is_off: Whether numbers are shown.
    """

    accounts: Sequence[NumberedAccount] = ()
    is_off: bool = False

    @cached_property
    def _numbers(self) -> re.Pattern[str] | None:
        numbers = sorted({each.number for each in self.accounts if each.number}, key=len, reverse=True)
        return re.compile("|".join(map(re.escape, numbers))) if numbers and not self.is_off else None

    def over(self, text: str) -> str:
        """*text* with every known number masked."""
        if self._numbers is None:
            return text
        return self._numbers.sub(lambda found: "*" * max(len(found[0]) - SHOWN, 0) + found[0][-SHOWN:], text)

    def shown(self, streams: set[UUID]) -> Mapping[str, Mapping[str, str]]:
        """The numbers that were asked for, by the book of each, of those books whose events are among *streams*."""
        if not self.is_off:
            return {}
        return {
            each.book.hex: {"venue": each.venue.value, "number": each.number}
            for each in self.accounts
            if each.book in streams
        }
