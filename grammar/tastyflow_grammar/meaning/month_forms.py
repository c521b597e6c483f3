"""
Days that are said by their month: its standard monthly, or its last trading day.

    Dec, Dec monthly, mid Dec     the standard monthly of the next such month
    Jan 2028, 01/2028, Mar27      of that month; Nov27 can be the 27th, too
    next month, monthly           of the next month; the nearest
    end of Dec, eom, end of year  the last trading day

What may be one of several months is asked for: ``front month``, ``LEAPS``, ``natural dec``.

A month whose day has just passed is asked for, too: on the weekend behind it, a year ahead is hardly meant. From the
next trading day on, the month is that of the next year.
"""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Final

from tastyflow.domain import expirations as exchange
from tastyflow_grammar.days import (
    DAY,
    NewYorkDay,
    NoSuchDay,
    day_or_next,
    expired,
    first_of_next_month,
    last_day,
    month_number,
    next_monthly,
    next_such_day,
    short,
    spell,
    title,
    year_of,
)
from tastyflow_grammar.refusing.faults import Code

LONG_DATED: Final = timedelta(days=270)
"""From how far away on an expiration is one of the LEAPS, without a year that says so."""
DIGITS: Final = "0123456789"
_JANUARY: Final = 1


# ---- the standard monthly


def named_month(today: NewYorkDay, month: str) -> date:
    return _next_in_month(today, month, exchange.standard_monthly, "The monthly of")


def month_year(today: NewYorkDay, month: str, year: str) -> date:
    return _monthly_of(today, year_of(year), month_number(month))


def numbered_month(today: NewYorkDay, text: str) -> date:
    """``01/2028``"""
    month, year = text.replace("-", "/").split("/")
    return _monthly_of(today, int(year), int(month))


def month_digits(today: NewYorkDay, text: str) -> date:
    """``Mar27`` is March 2027, unless the 27th of March is a trading day to come."""
    month, digits = _month_and_digits(text)
    day = next_such_day(today.day, month_number(month), int(digits))
    if len(digits) < 2:
        return day_or_next(today.day, month_number(month), int(digits))
    if day is None or not exchange.is_trading_day(day):
        return month_year(today, month, digits)
    monthly = exchange.standard_monthly(year_of(digits), month_number(month))
    if today.has_past(monthly):
        message = f"{title(month)}{digits} can be the day or the year. Write {short(day)}."
        raise NoSuchDay(Code.AMBIGUOUS, message, day)
    message = f"{title(month)}{digits} can be {spell(day)}, or the monthly of {title(month)} {monthly.year}."
    raise NoSuchDay(Code.AMBIGUOUS, message, day, monthly)


def month_digits_year(today: NewYorkDay, text: str, year: str) -> date:
    """``Dec18'26``"""
    month, digits = _month_and_digits(text)
    return day_or_next(today.day, month_number(month), int(digits), year)


def this_month(today: NewYorkDay, *_words: str) -> date:
    monthly = exchange.standard_monthly(today.day.year, today.day.month)
    return last_day(today, monthly, "This month's standard expiration")


def next_month(today: NewYorkDay, *_words: str) -> date:
    first = first_of_next_month(today.day)
    return exchange.standard_monthly(first.year, first.month)


def monthly(today: NewYorkDay, *_words: str) -> date:
    return last_day(today, exchange.next_standard_monthly(today.day), "The monthly")


# ---- the last trading day


def end_of_month(today: NewYorkDay, *_words: str) -> date:
    following = first_of_next_month(today.day)
    return last_day(
        today,
        exchange.last_trading_day_of_month(today.day.year, today.day.month),
        "The last trading day of this month",
        exchange.last_trading_day_of_month(following.year, following.month),
    )


def end_of_named_month(today: NewYorkDay, month: str) -> date:
    return _next_in_month(today, month, exchange.last_trading_day_of_month, "The last trading day of")


def end_of_month_year(today: NewYorkDay, month: str, year: str) -> date:
    last = exchange.last_trading_day_of_month(year_of(year), month_number(month))
    return last_day(today, last, f"The last trading day of {title(month)} {last.year}")


def end_of_next_month(today: NewYorkDay, *_words: str) -> date:
    first = first_of_next_month(today.day)
    return exchange.last_trading_day_of_month(first.year, first.month)


def end_of_year(today: NewYorkDay, *_words: str) -> date:
    last, next_last = (exchange.last_trading_day_of_month(today.day.year + more, 12) for more in (0, 1))
    return last_day(today, last, "The last trading day of this year", next_last)


# ---- one of several months


def front_month(today: NewYorkDay, *_words: str) -> date:
    """The monthly that comes next, or the one behind it, when it is near."""
    first = next_monthly(today)
    second = exchange.next_standard_monthly(first + DAY)
    message = f"The front month can be {spell(first)} or {spell(second)}."
    raise NoSuchDay(Code.AMBIGUOUS, message, first, second)


def leaps(today: NewYorkDay, *_words: str) -> date:
    years = [exchange.standard_monthly(today.day.year + more, _JANUARY) for more in range(4)]
    far = [each for each in years if is_long_dated(today, each)][:2]
    message = f"LEAPS of which month and year? The next ones of January are {spell(far[0])} and {spell(far[1])}."
    raise NoSuchDay(Code.AMBIGUOUS, message, *far)


def natural_month(today: NewYorkDay, _word: str, month: str, *year: str) -> date:
    """``natural dec``: the natural price, or December's own expiration."""
    day = month_year(today, month, *year) if year else named_month(today, month)
    message = f"Is 'natural' the price? Write '@ natural {short(day)}', or the day alone."
    raise NoSuchDay(Code.AMBIGUOUS, message, f"@ natural {short(day)}", day)


def ordinal(today: NewYorkDay, text: str) -> date:
    """``the 18th``"""
    number = int(text.rstrip("STNDRH"))
    days = (today.day + ahead * DAY for ahead in range(95))
    coming = [day for day in days if day.day == number and exchange.is_trading_day(day) and not today.has_past(day)]
    meant = [f"{text.lower()} of {day:%b %Y}" for day in coming[:2]]
    raise NoSuchDay(Code.AMBIGUOUS, f"The {text.lower()} of which month?", *meant)


def is_long_dated(today: NewYorkDay, day: date) -> bool:
    return day - today.day >= LONG_DATED


def _next_in_month(today: NewYorkDay, month: str, day_in: Callable[[int, int], date], name: str) -> date:
    """The day of a month in this year or the next; asked for where this year's has just passed."""
    this_year, next_year = (day_in(today.day.year + more, month_number(month)) for more in (0, 1))
    if not today.has_past(this_year):
        return this_year
    if today.day < exchange.next_trading_day(this_year):
        raise expired(today, this_year, f"{name} {title(month)}", next_monthly(today), next_year)
    return next_year


def _monthly_of(today: NewYorkDay, year: int, month: int) -> date:
    monthly = exchange.standard_monthly(year, month)
    return last_day(today, monthly, f"The monthly of {monthly:%b %Y}")


def _month_and_digits(text: str) -> tuple[str, str]:
    name = text.rstrip(DIGITS)
    return name.rstrip("-"), text[len(name) :]
