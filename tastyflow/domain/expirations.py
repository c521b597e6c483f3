"""
The exchange's calendar: on which days it trades, until when, and when options expire.

    HOLIDAYS (a rule each) ─┐                  ┌── session, with EARLY_CLOSES (a rule each)
    ONE_OFF_CLOSURES ───────┼── is_trading_day ┼── next_trading_day, previous_trading_day …
    Saturday, Sunday ───────┘                  ├── standard_monthly, last_trading_day_of_week …
                                               └── last_trade_day, stops_trading_at: of the options that expire

Source: NYSE Rule 7.2 and NYSE Group's yearly "Holiday and Early Closings Calendar", which covers its options
markets too. The rules are those since 2013, when the early close moved to 3 July in every year; earlier days are
answered as if they had held. A day of mourning is known a week ahead at best: it becomes a line in the table.

A day is a ``date``, never a ``datetime``, which equals no holiday: take its `new_york_date` first.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

from attrs import frozen

from tastyflow.errors import Invalid

NEW_YORK = ZoneInfo("America/New_York")

MONDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY = 0, 3, 4, 5, 6
ONE_DAY = timedelta(days=1)

OPENS_AT = time(9, 30)
CLOSES_AT = time(16)  # a few index and ETF options trade a quarter of an hour longer; the venue knows which
CLOSES_EARLY_AT = time(13)
TRADES_LATE = timedelta(minutes=15)
"""How much longer than shares those few options trade: until then only the venue knows whether one still does."""

HOLIDAYS: Mapping[str, Callable[[int], date | None]] = {
    # A Saturday's would be kept on 31 December, where the books are closed: so it is not kept at all.
    "New Year's Day": lambda year: _observed(date(year, 1, 1)),
    "Martin Luther King Jr. Day": lambda year: _nth(3, MONDAY, year, 1),
    "Washington's Birthday": lambda year: _nth(3, MONDAY, year, 2),
    # The exchange's own tradition: not a federal holiday.
    "Good Friday": lambda year: _easter(year) - 2 * ONE_DAY,
    "Memorial Day": lambda year: _last(MONDAY, year, 5),
    # Federal since 17 June 2021, too late for that year: the exchange kept it from 2022 (SEC notice, 2021-09-30).
    "Juneteenth": lambda year: _observed(date(year, 6, 19)) if year >= 2022 else None,
    "Independence Day": lambda year: _observed(date(year, 7, 4)),
    "Labor Day": lambda year: _nth(1, MONDAY, year, 9),
    "Thanksgiving Day": lambda year: _nth(4, THURSDAY, year, 11),
    "Christmas Day": lambda year: _observed(date(year, 12, 25)),
}

ONE_OFF_CLOSURES: Mapping[date, str] = {
    date(2018, 12, 5): "the National Day of Mourning for George H. W. Bush",
    date(2025, 1, 9): "the National Day of Mourning for Jimmy Carter",
}

# Only where that day trades at all: 3 July 2026 and 24 December 2027 are themselves the observed holiday.
EARLY_CLOSES: Mapping[str, Callable[[int], date]] = {
    "the day before Independence Day": lambda year: date(year, 7, 3),
    "the day after Thanksgiving Day": lambda year: _nth(4, THURSDAY, year, 11) + ONE_DAY,
    "Christmas Eve": lambda year: date(year, 12, 24),
}


@frozen
class Session:
    """
    One day's regular trading hours.

    Attributes:
        day: The trading day, in New York.
        opens_at: The first moment, aware, on New York's clock.
        closes_at: The moment after the last, aware, on New York's clock.
    """

    day: date
    opens_at: datetime
    closes_at: datetime


def holiday_name(day: date) -> str | None:
    """The holiday for which the exchange closes on this day, as observed; None on weekends and trading days."""
    return _closed(_plain(day).year).get(day)


def is_trading_day(day: date) -> bool:
    """Whether the exchange has a session, a short one included."""
    return _trades(_plain(day))


@lru_cache(maxsize=4096)  # the same days are asked about for every order
def _trades(day: date) -> bool:
    return holiday_name(day) is None and day.weekday() < SATURDAY


def early_close(day: date) -> bool:
    """Whether the session ends at 13:00; False when there is no session."""
    return is_trading_day(day) and any(day == falls_on(day.year) for falls_on in EARLY_CLOSES.values())


def session(day: date) -> Session:
    """
    The regular trading hours of a day.

    Raises:
        Invalid: ``not_a_trading_day``, with the two nearest trading days in the hint.
    """
    if not is_trading_day(day):
        before, after = nearest_trading_days(day)
        raise Invalid(
            f"The exchange is closed on {day}: {holiday_name(day) or 'a weekend'}.",
            code="not_a_trading_day",
            hint=f"The nearest trading days are {before} and {after}.",
        )
    return _session(day)


@lru_cache(maxsize=4096)
def _session(day: date) -> Session:
    closes_at = CLOSES_EARLY_AT if early_close(day) else CLOSES_AT
    return Session(day, datetime.combine(day, OPENS_AT, NEW_YORK), datetime.combine(day, closes_at, NEW_YORK))


def trading_day_on_or_after(day: date) -> date:
    """The day itself when it trades, else the next that does."""
    while not is_trading_day(day):
        day += ONE_DAY
    return day


def trading_day_on_or_before(day: date) -> date:
    """The day itself when it trades, else the last one before that did."""
    while not is_trading_day(day):
        day -= ONE_DAY
    return day


def next_trading_day(day: date) -> date:
    """The first trading day strictly after."""
    return trading_day_on_or_after(day + ONE_DAY)


def previous_trading_day(day: date) -> date:
    """The last trading day strictly before."""
    return trading_day_on_or_before(day - ONE_DAY)


def nearest_trading_days(day: date) -> tuple[date, date]:
    """The last trading day before and the first after: what to suggest for a closed day."""
    return previous_trading_day(day), next_trading_day(day)


def trading_days(first: date, last: date) -> Iterator[date]:
    """Every trading day from first to last, both included, in order; none when last is before first."""
    day = trading_day_on_or_after(first)
    while day <= last:
        yield day
        day = next_trading_day(day)


def standard_monthly(year: int, month: int) -> date:
    """
    The day on which a month's standard options expire: its third Friday, or the trading day before.

    June 2026 is Thursday 18: the 19th is Juneteenth. Source: Cboe's expiration calendar; the rule holds since
    February 2015, before which they expired on the Saturday after.

    Raises:
        ValueError: There is no such month.
    """
    return trading_day_on_or_before(_nth(3, FRIDAY, year, month))


def is_standard_monthly(day: date) -> bool:
    """Whether the standard options of the day's month expire on it."""
    return _plain(day) == standard_monthly(day.year, day.month)


def next_standard_monthly(on_or_after: date) -> date:
    """The nearest standard monthly expiration that has not passed; the day itself when it is one."""
    this_month = standard_monthly(on_or_after.year, on_or_after.month)
    if _plain(on_or_after) <= this_month:
        return this_month
    next_month = _month_end(on_or_after.year, on_or_after.month) + ONE_DAY
    return standard_monthly(next_month.year, next_month.month)


def last_trading_day_of_week(day: date) -> date:
    """
    When the week's options expire: its Friday, or the trading day before; it may already be past.

    Saturday and Sunday belong to the week ahead, as traders speak on a weekend.
    """
    return trading_day_on_or_before(day + (FRIDAY - day.weekday()) % 7 * ONE_DAY)


def last_trading_day_of_month(year: int, month: int) -> date:
    """The month's last trading day. Raises ValueError when there is no such month."""
    return trading_day_on_or_before(_month_end(year, month))


def last_trade_day(expiration: date, *, settles_am: bool) -> date:
    """
    The last day on which options of an expiration trade.

    Those that settle in the morning, on the opening prices of their expiration day, stop the trading day before.
    """
    return previous_trading_day(expiration) if settles_am else trading_day_on_or_before(expiration)


def stops_trading_at(expiration: date, *, settles_am: bool) -> datetime:
    """The close of their last day, aware: from then on, options of an expiration do not trade."""
    return session(last_trade_day(expiration, settles_am=settles_am)).closes_at


def days_to_expiration(expiration: date, as_of: date) -> int:
    """Calendar days from as_of to the expiration, as traders count: 0 on the day itself, negative when past."""
    return (_plain(expiration) - _plain(as_of)).days


def new_york_date(at: datetime) -> date:
    """
    The date in New York at a moment: the as-of of every sentence about expirations.

    Raises:
        Invalid: ``naive_datetime``: without a time zone, it is not known which moment is meant.
    """
    if at.utcoffset() is None:
        raise Invalid(f"{at.isoformat()} has no time zone.", code="naive_datetime", hint="Hand over an aware datetime.")
    return at.astimezone(NEW_YORK).date()


@cache
def _closed(year: int) -> Mapping[date, str]:
    """Every weekday of a year on which the exchange is closed, with its reason."""
    by_rule = {day: name for name, falls_on in HOLIDAYS.items() if (day := falls_on(year)) is not None}
    return by_rule | {day: name for day, name in ONE_OFF_CLOSURES.items() if day.year == year}


def _observed(day: date) -> date | None:
    """
    When the exchange keeps a holiday of fixed date: Sunday's on Monday, Saturday's on Friday.

    Source: NYSE Rule 7.2, which stays open on that Friday when it ends a monthly or yearly accounting period.
    """
    if day.weekday() == SUNDAY:
        return day + ONE_DAY
    if day.weekday() != SATURDAY:
        return day
    friday = day - ONE_DAY
    return friday if friday.month == day.month else None


def _nth(n: int, weekday: int, year: int, month: int) -> date:
    earliest = date(year, month, 7 * n - 6)
    return earliest + (weekday - earliest.weekday()) % 7 * ONE_DAY


def _last(weekday: int, year: int, month: int) -> date:
    end = _month_end(year, month)
    return end - (end.weekday() - weekday) % 7 * ONE_DAY


def _month_end(year: int, month: int) -> date:
    some_day_of_the_next = date(year, month, 1) + 31 * ONE_DAY
    return some_day_of_the_next.replace(day=1) - ONE_DAY


def _easter(year: int) -> date:
    """Western Easter Sunday. Source: Jean Meeus, Astronomical Algorithms, chapter 8 (the Gregorian calendar)."""
    golden, (century, rest) = year % 19, divmod(year, 100)
    skipped_leap_days = century - century // 4 - (8 * century + 13) // 25
    moon = (19 * golden + skipped_leap_days + 15) % 30
    moon -= (golden + 11 * moon) // 319  # the church's full moon is never later than 18 April
    to_sunday = (2 * (century % 4) + 2 * (rest // 4) - rest % 4 - moon + 32) % 7
    month, day = divmod(moon + to_sunday + 114, 31)
    return date(year, month, day + 1)


def _plain(day: date) -> date:
    """A datetime is a date to the type checker, but Christmas at noon equals no holiday: say so instead."""
    if isinstance(day, datetime):
        raise Invalid(
            f"{day.isoformat()} is a moment, not a day.",
            code="not_a_date",
            hint="Take its date in New York with new_york_date.",
        )
    return day
