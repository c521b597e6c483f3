"""
Days of the exchange: how they are written, and whether an option can expire on one.

A day that a trader names must be a trading day, and not be past. The last trading day of a period (a week, a month)
must not be past. No day is moved silently: a wrong one is refused, and the trading days around it are offered.
"""

from datetime import date, datetime, timedelta
from typing import Final

from tastyflow.domain import expirations as exchange
from tastyflow_grammar.refusing.faults import Code

MAX_DAYS_OUT: Final = 1_500
FRIDAY: Final = 4
DAY: Final = timedelta(days=1)
WEEK: Final = timedelta(weeks=1)

_MONTHS: Final = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS: Final = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")


class NoSuchDay(Exception):
    """
    The words name no day on which an option can expire.

    Attributes:
        code: ``bad_date``, ``expired``, ``not_a_trading_day`` or ``ambiguous``.
        message: In the trader's words.
        instead: What may have been meant.
    """

    def __init__(self, code: Code, message: str, *instead: date) -> None:
        super().__init__(message)
        self.code, self.message, self.instead = code, message, instead


def new_york_day(as_of: datetime) -> date:
    """The date in New York; a naive moment is New York's."""
    return as_of.date() if as_of.utcoffset() is None else as_of.astimezone(exchange.NEW_YORK).date()


def spell(day: date) -> str:
    """A day as `parse` reads it back whatever the date: ``Fri Dec 18 2026``."""
    return f"{_DAYS[day.weekday()].title()} {short(day)}"


def short(day: date) -> str:
    """``Dec 18 2026``."""
    return f"{_MONTHS[day.month - 1].title()} {day.day} {day.year}"


def is_coming_year(digits: str, today: date) -> bool:
    """Whether two or four digits can be the year of an expiration that is neither past nor too far."""
    return today.year <= year_of(digits) <= (today + timedelta(days=MAX_DAYS_OUT)).year


def day_or_next(today: date, month: int, day: int, *year: str) -> date:
    """A day with a year, or the next such day."""
    if year:
        return named_day(today, calendar_day(year_of(year[0]), month, day))
    found = next_such_day(today, month, day)
    if found is None:
        raise NoSuchDay(Code.BAD_DATE, f"{_spell_loosely(month, day)} is no day of {today.year} or {today.year + 1}.")
    return named_day(today, found)


def calendar_day(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except (ValueError, OverflowError):
        raise NoSuchDay(Code.BAD_DATE, f"{_spell_loosely(month, day)} {year} is no day of the calendar.") from None


def next_such_day(today: date, month: int, day: int) -> date | None:
    for year in (today.year, today.year + 1):
        try:
            if (found := date(year, month, day)) >= today:
                return found
        except ValueError:
            continue
    return None


def named_day(today: date, day: date, *instead: date) -> date:
    """The day, which must be a trading day and not be past."""
    if day < today:
        raise NoSuchDay(Code.EXPIRED, f"{spell(day)} is past.", *(instead or _nearby(today, day)))
    within_reach(today, day)
    if not exchange.is_trading_day(day):
        why = exchange.holiday_name(day) or "a weekend"
        message = f"{spell(day)} is no trading day ({why})."
        raise NoSuchDay(Code.NOT_A_TRADING_DAY, message, *_nearby(today, day))
    return day


def _nearby(today: date, day: date) -> tuple[date, ...]:
    """The trading days around that are still to come; for a past day, the same day of this year or the next."""
    if day < today:
        again = next_such_day(today, day.month, day.day)
        return (exchange.trading_day_on_or_after(again),) if again else ()
    return tuple(each for each in exchange.nearest_trading_days(day) if each >= today)


def last_day(today: date, day: date, name: str, *instead: date) -> date:
    """The last day of a period, which must not be past."""
    if day < today:
        raise NoSuchDay(
            Code.EXPIRED,
            f"{name} was {spell(day)}: it is past.",
            *(instead or (exchange.next_standard_monthly(today),)),
        )
    return within_reach(today, day)


def within_reach(today: date, day: date) -> date:
    if (day - today).days > MAX_DAYS_OUT:
        raise NoSuchDay(Code.BAD_DATE, f"{spell(day)} is more than {MAX_DAYS_OUT:,} days away.")
    return day


def monday(today: date) -> date:
    """The Monday of the week that today belongs to; on a weekend, of the week ahead."""
    return today - today.weekday() * DAY + (WEEK if today.weekday() > FRIDAY else 0 * WEEK)


def first_of_next_month(today: date) -> date:
    return (today.replace(day=1) + 32 * DAY).replace(day=1)


def year_of(digits: str) -> int:
    number = int(digits.strip(" ,'"))
    return number + 2000 if number < 100 else number


def month_number(name: str) -> int:
    return _MONTHS.index(name[:3]) + 1


def weekday_of(name: str) -> int:
    return _DAYS.index(name[:3])


def title(month: str) -> str:
    return month[:3].title()


def _spell_loosely(month: int, day: int) -> str:
    return f"{_MONTHS[month - 1].title()} {day}" if 1 <= month <= len(_MONTHS) else f"{month}/{day}"


def name_of_weekday(day: date) -> str:
    """``Fri``"""
    return _DAYS[day.weekday()].title()
