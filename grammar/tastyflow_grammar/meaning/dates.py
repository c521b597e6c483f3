"""
Which day an expiration means, seen from a day in New York.

    Dec 18        this year's, or next year's when it is past
    Dec           the standard monthly that has not expired
    next friday   of the week after this one; Saturday and Sunday belong to the week ahead
    45dte         `DaysOut`: the desk takes the day from the option chain

One function per form, in a table: a new form is a rule in ``order.lark``, its name in ``reading/structure.py``, and a
line in ``FORMS`` here. The calendar is the exchange's (``tastyflow.domain.expirations``). A form names either one day,
which must be a trading day, or a period (week, month), of which it means the last trading day.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Final

from tastyflow.domain import expirations as exchange
from tastyflow.domain.commands import AskedExpiration, DaysOut
from tastyflow_grammar.days import (
    DAY,
    FRIDAY,
    MAX_DAYS_OUT,
    WEEK,
    NewYorkDay,
    NoSuchDay,
    calendar_day,
    day_or_next,
    expired,
    first_of_next_month,
    last_day,
    monday,
    month_number,
    name_of_weekday,
    named_day,
    next_monthly,
    next_such_day,
    short,
    spell,
    title,
    weekday_of,
    within_reach,
    year_of,
)
from tastyflow_grammar.parts import Kind, Part, When
from tastyflow_grammar.refusing.faults import Code, Edit, LanguageFault, Span

_DIGITS: Final = "0123456789"


def resolve(when: When, today: NewYorkDay) -> AskedExpiration:
    """
    The day that the words mean.

    Raises:
        NoSuchDay: There is no such day; or it is past, no trading day, too far away, or can be one of two.
    """
    try:
        day = FORMS[when.form](today, *when.words)
    except OverflowError:
        raise NoSuchDay(Code.BAD_DATE, "There is no such day in the calendar.") from None
    if when.weekday and isinstance(day, date) and day.weekday() != weekday_of(when.weekday):
        raise NoSuchDay(Code.CONFLICT, f"{short(day)} is a {name_of_weekday(day)}.", day)
    if when.days_away is not None and (not isinstance(day, date) or (day - today.day).days != when.days_away):
        message = f"The day is not {when.days_away} days away: is that an older preview?"
        raise NoSuchDay(Code.CONFLICT, message, *([day] if isinstance(day, date) else []))
    return day


def one_expiration(parts: Sequence[Part], today: NewYorkDay) -> Part:
    """
    The expiration, once or several times the same: ``next friday 12/4``.

    Raises:
        LanguageFault: ``conflict`` when two disagree, else what is wrong with the day.
    """
    first, *others = [part for part in parts if part.kind is Kind.EXPIRATION]
    day = expiration_of(first.value, first.span, today)
    for other in others:
        if expiration_of(other.value, other.span, today) != day:
            fixes = [(Edit(other.span, ""),), (Edit(first.span, ""),)]
            raise LanguageFault(Code.CONFLICT, "There are two expirations. Keep one.", other.span, fixes)
    return Part(first.kind, day, first.span)


def expiration_of(when: When, span: Span, today: NewYorkDay) -> AskedExpiration:
    """
    The day that the words mean.

    Raises:
        LanguageFault: With what may have been meant as fixes.
    """
    try:
        return resolve(when, today)
    except NoSuchDay as none:
        raise LanguageFault(
            none.code, none.message, span, [(Edit(when.place, short(day)),) for day in none.instead]
        ) from None


# ---- one day, spelt out


def _iso(today: NewYorkDay, text: str) -> date:
    year, month, day = text.split("-")
    return named_day(today.day, calendar_day(int(year), int(month), int(day)))


def _slashed(today: NewYorkDay, text: str) -> date:
    month, day, *year = text.split("/")
    return day_or_next(today.day, int(month), int(day), *year)


def _joined(today: NewYorkDay, text: str) -> date:
    day = text[: 2 if text[1].isdigit() else 1]
    name = text[len(day) :].rstrip(_DIGITS)
    year = text[len(day) + len(name) :]
    return day_or_next(today.day, month_number(name), int(day), *([year] if year else []))


def _month_day(today: NewYorkDay, month: str, day: str, *year: str) -> date:
    return day_or_next(today.day, month_number(month), int(day.rstrip("STNDRH")), *year)


def _day_month(today: NewYorkDay, day: str, month: str, *year: str) -> date:
    return _month_day(today, month, day, *year)


def _symbol_day(today: NewYorkDay, digits: str) -> date:
    return named_day(today.day, calendar_day(2000 + int(digits[:2]), int(digits[2:4]), int(digits[4:])))


def _today(today: NewYorkDay, word: str = "0DTE") -> date:
    """Today; at night "today" is the date that the calendar has, whatever still trades: the desk refuses it."""
    if today.is_over and not (today.is_night and word == "TODAY"):
        raise expired(today, today.day, "Today", exchange.next_trading_day(today.day))
    return named_day(today.day, today.day)


def _tomorrow(today: NewYorkDay) -> date:
    return exchange.next_trading_day(today.day)


# ---- a month


def _named_month(today: NewYorkDay, month: str) -> date:
    number = month_number(month)
    this_year = exchange.standard_monthly(today.day.year, number)
    if not today.has_past(this_year):
        return within_reach(today.day, this_year)
    next_year = exchange.standard_monthly(today.day.year + 1, number)
    if today.day < exchange.next_trading_day(this_year):  # a year ahead is hardly meant
        raise expired(today, this_year, f"The monthly of {title(month)}", next_monthly(today), next_year)
    return next_year


def _month_year(today: NewYorkDay, month: str, year: str) -> date:
    monthly = exchange.standard_monthly(year_of(year), month_number(month))
    return last_day(today, monthly, f"The monthly of {title(month)} {monthly.year}")


def _month_digits(today: NewYorkDay, text: str) -> date:
    """``Mar27`` is March 2027, unless the 27th of March is a trading day to come."""
    month, digits = text.rstrip(_DIGITS), text[len(text.rstrip(_DIGITS)) :]
    day = next_such_day(today.day, month_number(month), int(digits))
    if len(digits) < 2:
        return _month_day(today, month, digits)
    if day is None or not exchange.is_trading_day(day):
        return _month_year(today, month, digits)
    monthly = exchange.standard_monthly(year_of(digits), month_number(month))
    if today.has_past(monthly):
        message = f"{title(month)}{digits} can be the day or the year. Write {short(day)}."
        raise NoSuchDay(Code.AMBIGUOUS, message, day)
    message = f"{title(month)}{digits} can be {spell(day)}, or the monthly of {title(month)} {monthly.year}."
    raise NoSuchDay(Code.AMBIGUOUS, message, day, monthly)


def _this_month(today: NewYorkDay) -> date:
    monthly = exchange.standard_monthly(today.day.year, today.day.month)
    return last_day(today, monthly, "This month's standard expiration")


def _next_month(today: NewYorkDay) -> date:
    first = first_of_next_month(today.day)
    return exchange.standard_monthly(first.year, first.month)


def _monthly(today: NewYorkDay) -> date:
    return last_day(today, exchange.next_standard_monthly(today.day), "The monthly")


def _end_of_month(today: NewYorkDay) -> date:
    following = first_of_next_month(today.day)
    last = exchange.last_trading_day_of_month(today.day.year, today.day.month)
    return last_day(
        today,
        last,
        "The last trading day of this month",
        exchange.last_trading_day_of_month(following.year, following.month),
    )


# ---- a week


def _this_week(today: NewYorkDay) -> date:
    last = exchange.last_trading_day_of_week(today.day)
    return last_day(today, last, "The last trading day of this week", _next_week(today))


def _next_week(today: NewYorkDay) -> date:
    return exchange.last_trading_day_of_week(monday(today.day) + WEEK)


def _plain_weekday(today: NewYorkDay, name: str) -> date:
    number = weekday_of(name)
    if number == FRIDAY:
        return _this_week(today)
    return _weekday(today, today.day + (number - today.day.weekday()) % 7 * DAY)


def _this_weekday(today: NewYorkDay, text: str) -> date:
    number = weekday_of(text.split()[-1])
    if number == FRIDAY:
        return _this_week(today)
    return _weekday(today, monday(today.day) + number * DAY)


def _weekday(today: NewYorkDay, day: date) -> date:
    """That day, or why not; where it is past, the same weekday of the week after is offered."""
    a_week_later = exchange.trading_day_on_or_after(day + WEEK)
    if today.is_over and day == today.day:
        raise expired(today, day, name_of_weekday(day), a_week_later)
    return named_day(today.day, day, *([a_week_later] if day < today.day else []))


def _next_weekday(today: NewYorkDay, text: str) -> date:
    number = weekday_of(text.split()[-1])
    if number == FRIDAY:
        return _next_week(today)
    return named_day(today.day, monday(today.day) + WEEK + number * DAY)


# ---- a number of days


def _days_out(today: NewYorkDay, text: str) -> AskedExpiration:
    return _out(today, int(_leading_digits(text)))


def _weeks_out(today: NewYorkDay, text: str) -> AskedExpiration:
    return _out(today, 7 * int(_leading_digits(text)))


def _out(today: NewYorkDay, days: int) -> AskedExpiration:
    if days > MAX_DAYS_OUT:
        raise NoSuchDay(Code.BAD_DATE, f"That is too far: {MAX_DAYS_OUT:,} days out at most.")
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
    "today": _today,
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


def _leading_digits(text: str) -> str:
    return text[: len(text) - len(text.lstrip(_DIGITS))]
