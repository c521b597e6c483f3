"""
Which day an expiration means, seen from a day in New York.

    Dec 18        this year's, or next year's when it is past
    Dec           the standard monthly that has not expired
    next friday   of the week after this one; Saturday and Sunday belong to the week ahead
    45dte         the chain knows: `DaysOut`

One function per form, in a table. The calendar is the exchange's (``tastyflow.domain.expirations``). A form either names one
day, which must then be a trading day, or a period (week, month), of which it means the last trading day.
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Final

from attrs import field, frozen

from tastyflow.domain import expirations as exchange
from tastyflow.domain.commands import AskedExpiration, DaysOut
from tastyflow_grammar.parts import Span

MAX_DAYS_OUT: Final = 1_500

_MONTHS: Final = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split()
_DAYS: Final = "MON TUE WED THU FRI SAT SUN".split()
_FRIDAY: Final = 4
_DAY: Final = timedelta(days=1)
_WEEK: Final = timedelta(weeks=1)


@frozen
class When:
    """
    An expiration as typed.

    Attributes:
        form: A key of ``FORMS``.
        words: The pieces of it, in capitals.
        spans: Where each piece stands.
        sure: Whether a word like "expiring" says that this is a day and nothing else.
        weekday: The weekday that stands before the date: it must agree.
    """

    form: str
    words: tuple[str, ...]
    spans: tuple[Span, ...] = field(default=(), eq=False)
    sure: bool = False
    weekday: str = ""


class NoSuchDay(Exception):  # noqa: N818 - internal: the caller makes a `Fault` of it
    """
    The words name no day on which an option can expire.

    Attributes:
        code: ``bad_date``, ``expired``, ``not_a_trading_day`` or ``ambiguous``.
        message: In the trader's words.
        instead: What may have been meant.
    """

    def __init__(self, code: str, message: str, *instead: date) -> None:
        super().__init__(message)
        self.code, self.message, self.instead = code, message, instead


def resolve(when: When, today: date) -> AskedExpiration:
    """
    The day that is meant.

    Raises:
        NoSuchDay: There is none, or it is past, closed, too far out, or one of two.
    """
    try:
        day = FORMS[when.form](today, *when.words)
    except (OverflowError, ValueError):
        raise NoSuchDay("bad_date", "There is no such day in the calendar.") from None
    if when.weekday and isinstance(day, date) and day.weekday() != _weekday(when.weekday):
        raise NoSuchDay("conflict", f"{short(day)} is a {_DAYS[day.weekday()].title()}.", day)
    return day


def spell(day: date) -> str:
    """A day as `parse` reads it back whatever the date: ``Fri Dec 18 2026``."""
    return f"{_DAYS[day.weekday()].title()} {short(day)}"


def short(day: date) -> str:
    """``Dec 18 2026``."""
    return f"{_MONTHS[day.month - 1].title()} {day.day} {day.year}"


def is_coming_year(digits: str, today: date) -> bool:
    """Whether two or four digits can be the year of an expiration that is neither past nor too far."""
    return today.year <= _year(digits) <= (today + timedelta(days=MAX_DAYS_OUT)).year


# ---- one day, spelt out


def _iso(today: date, text: str) -> date:
    year, month, day = text.split("-")
    return _single(today, _exact(int(year), int(month), int(day)))


def _slashed(today: date, text: str) -> date:
    month, day, *year = text.split("/")
    return _dated(today, int(month), int(day), *year)


def _joined(today: date, text: str) -> date:
    day = text[: 2 if text[1].isdigit() else 1]
    name = text[len(day) :].rstrip("0123456789")
    year = text[len(day) + len(name) :]
    return _dated(today, _month_number(name), int(day), *([year] if year else []))


def _month_day(today: date, month: str, day: str, *year: str) -> date:
    return _dated(today, _month_number(month), int(day.rstrip("STNDRH")), *year)


def _day_month(today: date, day: str, month: str, *year: str) -> date:
    return _month_day(today, month, day, *year)


def _symbol_day(today: date, digits: str) -> date:
    return _single(today, _exact(2000 + int(digits[:2]), int(digits[2:4]), int(digits[4:])))


def _today(today: date) -> date:
    return _single(today, today)


def _tomorrow(today: date) -> date:
    return exchange.next_trading_day(today)


# ---- a month


def _named_month(today: date, month: str) -> date:
    number = _month_number(month)
    this_year = exchange.standard_monthly(today.year, number)
    return _near(today, this_year if this_year >= today else exchange.standard_monthly(today.year + 1, number))


def _month_year(today: date, month: str, year: str) -> date:
    monthly = exchange.standard_monthly(_year(year), _month_number(month))
    return _coming(today, monthly, f"The monthly of {_title(month)} {monthly.year}")


def _month_digits(today: date, text: str) -> date:
    """``Mar27`` is March 2027, unless the 27th of March is a trading day to come."""
    month, digits = text.rstrip("0123456789"), text[len(text.rstrip("0123456789")) :]
    day = _next_such_day(today, _month_number(month), int(digits))
    if len(digits) < 2:
        return _month_day(today, month, digits)
    if day is None or not exchange.is_trading_day(day):
        return _month_year(today, month, digits)
    monthly = exchange.standard_monthly(_year(digits), _month_number(month))
    message = f"{_title(month)}{digits} can be {spell(day)}, or the monthly of {_title(month)} {monthly.year}."
    raise NoSuchDay("ambiguous", message, day, *([monthly] if monthly >= today else []))


def _this_month(today: date) -> date:
    return _coming(today, exchange.standard_monthly(today.year, today.month), "This month's standard expiration")


def _next_month(today: date) -> date:
    first = _first_of_next_month(today)
    return exchange.standard_monthly(first.year, first.month)


def _monthly(today: date) -> date:
    return exchange.next_standard_monthly(today)


def _end_of_month(today: date) -> date:
    following = _first_of_next_month(today)
    last = exchange.last_trading_day_of_month(today.year, today.month)
    return _coming(today, last, "The last trading day of this month",
                   exchange.last_trading_day_of_month(following.year, following.month))


# ---- a week


def _this_week(today: date) -> date:
    last = exchange.last_trading_day_of_week(today)
    return _coming(today, last, "The last trading day of this week", _next_week(today))


def _next_week(today: date) -> date:
    return exchange.last_trading_day_of_week(_monday(today) + _WEEK)


def _plain_weekday(today: date, name: str) -> date:
    number = _weekday(name)
    if number == _FRIDAY:
        return _this_week(today)
    return _single(today, today + (number - today.weekday()) % 7 * _DAY)


def _this_weekday(today: date, text: str) -> date:
    number = _weekday(text.split()[-1])
    if number == _FRIDAY:
        return _this_week(today)
    return _single(today, _monday(today) + number * _DAY)


def _next_weekday(today: date, text: str) -> date:
    number = _weekday(text.split()[-1])
    if number == _FRIDAY:
        return _next_week(today)
    return _single(today, _monday(today) + _WEEK + number * _DAY)


# ---- a number of days


def _days_out(today: date, text: str) -> AskedExpiration:
    return _out(today, int(_leading_digits(text)))


def _weeks_out(today: date, text: str) -> AskedExpiration:
    return _out(today, 7 * int(_leading_digits(text)))


def _out(today: date, days: int) -> AskedExpiration:
    if days > MAX_DAYS_OUT:
        raise NoSuchDay("bad_date", f"That is too far: {MAX_DAYS_OUT:,} days out at most.")
    return (_today, _tomorrow)[days](today) if days < 2 else DaysOut(days)


FORMS: Final[Mapping[str, Callable[..., AskedExpiration]]] = {
    "iso": _iso,
    "slashed": _slashed,
    "joined": _joined,
    "month_day": _month_day,
    "month_day_year": _month_day,
    "day_month": _day_month,
    "day_month_year": _day_month,
    "symbol_day": _symbol_day,
    "today": lambda today, _word: _today(today),
    "tomorrow": lambda today, _word: _tomorrow(today),
    "weekday": _plain_weekday,
    "this_weekday": _this_weekday,
    "next_weekday": _next_weekday,
    "this_week": lambda today, _words: _this_week(today),
    "next_week": lambda today, _words: _next_week(today),
    "month": _named_month,
    "month_year": _month_year,
    "month_digits": _month_digits,
    "monthly": lambda today, _word: _monthly(today),
    "this_month": lambda today, _words: _this_month(today),
    "next_month": lambda today, _words: _next_month(today),
    "end_of_month": lambda today, _words: _end_of_month(today),
    "days_out": _days_out,
    "weeks_out": _weeks_out,
}


# ---- what all forms share


def _dated(today: date, month: int, day: int, *year: str) -> date:
    """A day with a year, or the next such day."""
    if year:
        return _single(today, _exact(_year(year[0]), month, day))
    found = _next_such_day(today, month, day)
    if found is None:
        raise NoSuchDay("bad_date", f"{_spell_loosely(month, day)} is no day of {today.year} or {today.year + 1}.")
    return _single(today, found)


def _exact(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except (ValueError, OverflowError):
        raise NoSuchDay("bad_date", f"{_spell_loosely(month, day)} {year} is no day of the calendar.") from None


def _next_such_day(today: date, month: int, day: int) -> date | None:
    for year in (today.year, today.year + 1):
        try:
            if (found := date(year, month, day)) >= today:
                return found
        except ValueError:
            continue
    return None


def _single(today: date, day: date) -> date:
    """A day that was named must be a trading day, and not be past."""
    if day < today:
        raise NoSuchDay("expired", f"{spell(day)} is past.", *_nearby(today, day))
    _near(today, day)
    if not exchange.is_trading_day(day):
        why = exchange.holiday_name(day) or "a weekend"
        message = f"{spell(day)} is no trading day ({why})."
        raise NoSuchDay("not_a_trading_day", message, *_nearby(today, day))
    return day


def _nearby(today: date, day: date) -> tuple[date, ...]:
    """The two trading days around, as far as they are still to come; else the same day of this year or the next."""
    if day < today:
        again = _next_such_day(today, day.month, day.day)
        return (exchange.trading_day_on_or_after(again),) if again else ()
    return tuple(each for each in exchange.nearest_trading_days(day) if each >= today)


def _coming(today: date, day: date, name: str, *instead: date) -> date:
    """The last day of a period must not be past."""
    if day < today:
        raise NoSuchDay("expired", f"{name} was {spell(day)}: it is past.", *(instead or (_monthly(today),)))
    return _near(today, day)


def _near(today: date, day: date) -> date:
    if (day - today).days > MAX_DAYS_OUT:
        raise NoSuchDay("bad_date", f"{spell(day)} is more than {MAX_DAYS_OUT:,} days away.")
    return day


def _monday(today: date) -> date:
    """The Monday of the week that today belongs to; on a weekend, of the week ahead."""
    return today - today.weekday() * _DAY + (_WEEK if today.weekday() > _FRIDAY else 0 * _WEEK)


def _first_of_next_month(today: date) -> date:
    return (today.replace(day=1) + 32 * _DAY).replace(day=1)


def _year(digits: str) -> int:
    number = int(digits.strip(" ,'"))
    return number + 2000 if number < 100 else number


def _month_number(name: str) -> int:
    return _MONTHS.index(name[:3]) + 1


def _weekday(name: str) -> int:
    return _DAYS.index(name[:3])


def _title(month: str) -> str:
    return month[:3].title()


def _leading_digits(text: str) -> str:
    return text[: len(text) - len(text.lstrip("0123456789"))]


def _spell_loosely(month: int, day: int) -> str:
    return f"{_MONTHS[month - 1].title()} {day}" if 1 <= month <= len(_MONTHS) else f"{month}/{day}"
