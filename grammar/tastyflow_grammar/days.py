"""
Days of the exchange: how they are written, and whether an option can expire on one.

A day that a trader names must be a trading day, and not be past. The last trading day of a period (a week, a month)
must not be past. No day is moved silently: a wrong one is refused, and the trading days around it are offered.

    Nov 20 2026, 15:59    "today", "weekly" and "this month" are that day
    Nov 20 2026, 16:00    its session is over: they are refused as expired, and the next such day is offered
"""

from datetime import date, datetime, time, timedelta
from typing import Final

from attrs import frozen

from tastyflow.domain import expirations as exchange
from tastyflow_grammar.refusing.faults import Code

MAX_DAYS_OUT: Final = 1_500
FRIDAY: Final = 4
EARLIEST_CLOSE: Final = time(13)
"""On half days."""
NIGHT_BEGINS: Final = time(20)
"""When trading after the session ends."""
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
        instead: What may have been meant: days, or words.
    """

    def __init__(self, code: Code, message: str, *instead: date | str) -> None:
        super().__init__(message)
        self.code, self.message, self.instead = code, message, instead


@frozen
class NewYorkDay:
    """
    The moment from which days are counted.

    Attributes:
        day: In New York.
        is_over: Whether that day had a session, and it has ended: then no option that expires on it is traded.
        is_night: Whether the hours after the session are over, too.
    """

    day: date
    is_over: bool = False
    is_night: bool = False

    @classmethod
    def of(cls, as_of: datetime) -> "NewYorkDay":
        """The day of a moment; a naive one is New York's."""
        at = as_of if as_of.utcoffset() is None else as_of.astimezone(exchange.NEW_YORK)
        day, hour = at.date(), at.time()
        is_over = (
            hour >= EARLIEST_CLOSE and exchange.is_trading_day(day) and hour >= exchange.session(day).closes_at.time()
        )
        return cls(day, is_over, hour >= NIGHT_BEGINS)

    def has_past(self, day: date) -> bool:
        """Whether options that expire on *day* are traded no more."""
        return day < self.day or (self.is_over and day == self.day)


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
    """A day with a year, or the next such day; for ``18/12``, Dec 18 is offered."""
    if month > len(_MONTHS) >= day:
        meant = calendar_day(year_of(year[0]), day, month) if year else next_such_day(today, day, month)
        message = f"There is no {month}th month: write the month first, or by its name."
        raise NoSuchDay(Code.BAD_DATE, message, *([meant] if meant else []))
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


def last_day(today: NewYorkDay, day: date, name: str, *instead: date) -> date:
    """The last day of a period, which must not be past, nor today with its session over."""
    if today.has_past(day):
        raise expired(today, day, name, *(instead or (next_monthly(today),)))
    return within_reach(today.day, day)


def expired(today: NewYorkDay, day: date, name: str, *instead: date) -> NoSuchDay:
    """Why *day*, which *name* stands for, is no expiration any more."""
    if day < today.day:
        return NoSuchDay(Code.EXPIRED, f"{name} was {spell(day)}: it is past.", *instead)
    closed_at = exchange.session(day).closes_at
    return NoSuchDay(Code.EXPIRED, f"{name} is {spell(day)}: its session ended at {closed_at:%H:%M}.", *instead)


def next_monthly(today: NewYorkDay) -> date:
    """The nearest standard monthly that is still traded."""
    return exchange.next_standard_monthly(today.day + DAY if today.is_over else today.day)


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
