"""
The places of a line: what stands between braces, and what fills it.

    {symbol}                              SymbolPlace
    {put_wall-10}  {spot to 5}  {n at most 3}     NumberPlace
    {expiration 0..7 dte mon wed}         ExpirationPlace
"""

import re
from bisect import bisect_left
from collections.abc import Sequence
from datetime import date, datetime
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Final

from attrs import frozen

from tastyflow.domain.expirations import (
    days_to_expiration,
    is_standard_monthly,
    is_trading_day,
    new_york_date,
    session,
)
from tastyflow.domain.instruments import plain, price_in_words
from tastyflow.domain.signal_rule.arithmetic import Formula, parsed
from tastyflow.domain.signal_rule.scope import MOST_DAYS
from tastyflow.errors import Invalid, Refused

LARGEST: Final = Decimal(100_000)
"""No strike and no price is that large."""

MOST_CONTRACTS: Final = 1000
"""No rule may let a figure choose more."""

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri")
_EXPIRATION: Final = re.compile(
    r"expiration\s+(?P<first>\d{1,4})\.\.(?P<last>\d{1,4})\s+dte(?P<more>(?:\s+[a-z]{3,7})*)", re.ASCII
)
_NUMBER: Final = re.compile(
    r"(?P<formula>.+?)(?:\s+to\s+(?P<step>\d{1,5}(?:\.\d{1,3})?)|\s+at\s+most\s+(?P<most>\d{1,6}))?", re.ASCII
)
_CENT: Final = Decimal("0.01")
_NEIGHBOURS: Final = 4


class PlaceKind(StrEnum):
    """What the number in a place is to the order; the language says it, when the rule is read."""

    STRIKE = "strike"  # to the step of the listed strikes around it
    PRICE = "price"  # to the cent; a stop likewise
    QUANTITY = "quantity"  # a whole number, rounded down, at most what the rule says


@frozen
class SymbolPlace:
    """The symbol of the rule."""


@frozen
class NumberPlace:
    """
    Attributes:
        step: What it is rounded to a multiple of; None: what its kind says.
        most: The largest quantity that it may become; None where it is no quantity.
    """

    text: str
    formula: Formula
    step: Decimal | None = None
    most: int | None = None

    def rounded(self, value: Decimal, kind: PlaceKind, strikes: Sequence[Decimal]) -> Decimal:
        """
        *value* as the order has it.

        Raises:
            Refused: ``not_filled``: no order has such a number.
        """
        if not value.is_finite() or not 0 < value < LARGEST:
            raise self._refused("is not between 0 and 100,000")
        if self.most is not None:
            return self._quantity(value, self.most)
        if self.step is not None:
            made = (value / self.step).to_integral_value(ROUND_HALF_EVEN) * self.step
        elif kind is PlaceKind.STRIKE:
            made = self._on_listed_step(value, strikes)
        else:
            made = value.quantize(_CENT, ROUND_HALF_EVEN)
        if made <= 0:
            raise self._refused("is rounded to nothing")
        return made

    def _quantity(self, value: Decimal, most: int) -> Decimal:
        whole = value.to_integral_value(ROUND_FLOOR)
        if whole < 1:
            raise self._refused("is less than one contract")
        return min(whole, Decimal(most))

    def _on_listed_step(self, value: Decimal, strikes: Sequence[Decimal]) -> Decimal:
        after = bisect_left(strikes, value)
        around = strikes[max(after - _NEIGHBOURS, 0) : after + _NEIGHBOURS]
        if len(around) < 2:
            raise self._refused("has no listed strikes around it to be rounded to")
        step = min(above - below for below, above in pairwise(around))
        anchor = min(around, key=lambda strike: abs(strike - value))
        return anchor + ((value - anchor) / step).to_integral_value(ROUND_HALF_EVEN) * step

    def _refused(self, why: str) -> Refused:
        return Refused(f"{{{self.text}}} {why}.", code="not_filled")


@frozen
class ExpirationPlace:
    """
    The nearest listed expiration.

    Attributes:
        first, last: Calendar days away, both included.
        weekdays: On these days alone, 0 is Monday; empty: on any.
        monthly: Only a standard monthly.
    """

    text: str
    first: int
    last: int
    weekdays: frozenset[int] = frozenset()
    monthly: bool = False

    def chosen(self, listed: Sequence[date], now: datetime) -> date:
        """
        The nearest of *listed* that still trades.

        Raises:
            Refused: ``no_expiration``: none of them is in it.
        """
        fitting = [day for day in listed if self.fits(day, now)]
        if not fitting:
            raise Refused(f"No listed expiration is in {{{self.text}}}.", code="no_expiration")
        return min(fitting)

    def fits(self, day: date, now: datetime) -> bool:
        """Whether *day* is in it, seen at *now*."""
        today = new_york_date(now)
        if not self.first <= days_to_expiration(day, today) <= self.last:
            return False
        if day == today and not (is_trading_day(day) and now < session(day).closes_at):
            return False
        return (not self.weekdays or day.weekday() in self.weekdays) and (not self.monthly or is_standard_monthly(day))


Place = SymbolPlace | NumberPlace | ExpirationPlace


def place_of(text: str) -> Place:
    """
    What the *text* between two braces asks for.

    Raises:
        Invalid: code ``bad_template``.
    """
    inner = text.strip()
    if inner == "symbol":
        return SymbolPlace()
    if inner.split(maxsplit=1)[:1] == ["expiration"]:
        return _expiration(inner)
    match = _NUMBER.fullmatch(inner)
    if match is None:
        raise Invalid("{} is empty.", code="bad_template", hint="Write a figure in it: {put_wall-10}.")
    step = None if match["step"] is None else Decimal(match["step"])
    if step == 0:
        raise Invalid(f"{{{inner[:60]}}} rounds to multiples of zero.", code="bad_template")
    most = None if match["most"] is None else int(match["most"])
    if most is not None and not 1 <= most <= MOST_CONTRACTS:
        raise Invalid(f"{{{inner[:60]}}}: 'at most' takes 1 to {MOST_CONTRACTS:,}.", code="bad_template")
    return NumberPlace(inner, parsed(match["formula"]), step, most)


def number_words(value: Decimal, *, is_price: bool) -> str:
    """*value* as a trader writes it: a price has two decimals, so that it is read as one."""
    return price_in_words(value) if is_price else plain(value)


def _expiration(inner: str) -> ExpirationPlace:
    match = _EXPIRATION.fullmatch(inner)
    hint = "Write {expiration 0..7 dte}, {expiration 20..50 dte monthly} or {expiration 0..7 dte mon wed fri}."
    if match is None:
        raise Invalid(f"{{{inner[:60]}}} is no expiration.", code="bad_template", hint=hint)
    first, last, more = int(match["first"]), int(match["last"]), match["more"].split()
    if not first <= last <= MOST_DAYS:
        raise Invalid(f"{{{inner[:60]}}} runs from a day to a later one, {MOST_DAYS} at most.", code="bad_template")
    odd = [word for word in more if word not in (*_DAYS, "monthly")]
    if odd:
        raise Invalid(f"{{{inner[:60]}}}: '{odd[0]}' is no day of the week.", code="bad_template", hint=hint)
    weekdays = frozenset(_DAYS.index(word) for word in more if word != "monthly")
    return ExpirationPlace(inner, first, last, weekdays, "monthly" in more)
