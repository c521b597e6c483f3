"""
Which day each way to say one means: one function per form, in a table.

    12/18, 12-18, 12.18.26, Dec18'26     that day, of this year or the next
    next friday, eow, this week          days of the week; Saturday and Sunday belong to the week ahead
    45dte, in two weeks, a month out     `DaysOut`: the desk takes the day from the option chain
    Dec monthly, end of Dec, 01/2028     by the month (`month_forms`)

A new form is a rule in ``order.lark``, its name in ``reading/term_parts.py``, and a line in ``FORMS``. A word that is
counted from today ("weekly", "today") is refused once the session of its day is over, and the next one is offered.
"""

from collections.abc import Callable, Mapping
from datetime import date
from itertools import takewhile
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
    last_day,
    monday,
    month_number,
    name_of_weekday,
    named_day,
    spell,
    weekday_of,
    year_of,
)
from tastyflow_grammar.meaning import month_forms
from tastyflow_grammar.meaning.month_forms import DIGITS
from tastyflow_grammar.reading.words import count_of
from tastyflow_grammar.refusing.faults import Code

_DAYS_IN_A_MONTH: Final = 30
_UNITS: Final = ("DTE", "DAY", "WEEK", "WK", "MO")


# ---- one day, spelt out


def _iso(today: NewYorkDay, text: str) -> date:
    year, month, day = text.replace("/", "-").split("-")
    return named_day(today.day, calendar_day(int(year), int(month), int(day)))


def _slashed(today: NewYorkDay, text: str) -> date:
    month, day, *year = text.replace("-", "/").split("/")
    return day_or_next(today.day, int(month), int(day), *year)


def _dotted(today: NewYorkDay, text: str) -> date:
    """``12.18.26``; ``1.4.27`` can be the 4th of January, or the 1st of April as much of the world writes it."""
    month, day, year = text.split(".")
    if int(day) <= 12 and int(month) <= 12 and month.lstrip("0") != day.lstrip("0"):
        readings = [calendar_day(year_of(year), *each) for each in ((int(month), int(day)), (int(day), int(month)))]
        if all(exchange.is_trading_day(each) and each >= today.day for each in readings):
            message = f"{text} can be {spell(readings[0])} or {spell(readings[1])}."
            raise NoSuchDay(Code.AMBIGUOUS, message, *readings)
    return day_or_next(today.day, int(month), int(day), year)


def _joined(today: NewYorkDay, text: str) -> date:
    """``18DEC26``, ``18-Dec-26``"""
    day = text[: 2 if text[1].isdigit() else 1]
    name = text[len(day) :].rstrip(DIGITS)
    year = text[len(day) + len(name) :]
    return day_or_next(today.day, month_number(name.strip("-'")), int(day), *([year] if year else []))


def _month_day(today: NewYorkDay, month: str, day: str, *year: str) -> date:
    return day_or_next(today.day, month_number(month), int(_digits_first(day)), *year)


def _day_month(today: NewYorkDay, day: str, month: str, *year: str) -> date:
    return _month_day(today, month, day, *year)


def _symbol_day(today: NewYorkDay, digits: str) -> date:
    return named_day(today.day, calendar_day(2000 + int(digits[:2]), int(digits[2:4]), int(digits[4:])))


def _today(today: NewYorkDay, word: str = "0DTE") -> date:
    """Today; at night "today" is the date that the calendar has, whatever still trades: the desk refuses it."""
    if today.is_over and not (today.is_night and word == "TODAY"):
        raise expired(today, today.day, "Today", exchange.next_trading_day(today.day))
    return named_day(today.day, today.day)


def _tomorrow(today: NewYorkDay, *_words: str) -> date:
    return exchange.next_trading_day(today.day)


# ---- a week


def _this_week(today: NewYorkDay, *_words: str) -> date:
    last = exchange.last_trading_day_of_week(today.day)
    return last_day(today, last, "The last trading day of this week", _next_week(today))


def _next_week(today: NewYorkDay, *_words: str) -> date:
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
    return _out(today, _how_many(text))


def _weeks_out(today: NewYorkDay, text: str) -> AskedExpiration:
    return _out(today, 7 * _how_many(text))


def _months_out(today: NewYorkDay, text: str) -> AskedExpiration:
    return _out(today, _DAYS_IN_A_MONTH * _how_many(text))


def _out(today: NewYorkDay, days: int) -> AskedExpiration:
    if days > MAX_DAYS_OUT:
        raise NoSuchDay(Code.BAD_DATE, f"That is too far: {MAX_DAYS_OUT:,} days out at most.")
    return (_today, _tomorrow)[days](today) if days < 2 else DaysOut(days)


def _how_many(text: str) -> int:
    """``45DTE``, ``TWO WEEKS OUT``, ``IN A MONTH``"""
    if digits := _digits_first(text):
        return int(digits)
    return int(count_of(" ".join(takewhile(_is_no_unit, text.removeprefix("IN ").split()))))


def _is_no_unit(word: str) -> bool:
    return not word.startswith(_UNITS)


def _digits_first(text: str) -> str:
    return text[: len(text) - len(text.lstrip(DIGITS))]


def _behind_a_word(form: Callable[..., AskedExpiration]) -> Callable[..., AskedExpiration]:
    """A form that stands behind "mid" or "end of", which its words do not say again."""
    return lambda today, _word, *words: form(today, *words)


FORMS: Final[Mapping[str, Callable[..., AskedExpiration]]] = {
    "iso": _iso,
    "slashed": _slashed,
    "dashed": _slashed,
    "dotted": _dotted,
    "joined": _joined,
    "month_day": _month_day,
    "month_day_year": _month_day,
    "day_month": _day_month,
    "day_month_year": _day_month,
    "symbol_day": _symbol_day,
    "today": _today,
    "tomorrow": _tomorrow,
    "weekday": _plain_weekday,
    "this_weekday": _this_weekday,
    "next_weekday": _next_weekday,
    "this_week": _this_week,
    "next_week": _next_week,
    "days_out": _days_out,
    "weeks_out": _weeks_out,
    "months_out": _months_out,
    "month": month_forms.named_month,
    "month_year": month_forms.month_year,
    "month_number": month_forms.numbered_month,
    "month_digits": month_forms.month_digits,
    "month_digits_year": month_forms.month_digits_year,
    "this_month": month_forms.this_month,
    "next_month": month_forms.next_month,
    "monthly": month_forms.monthly,
    "mid_month": _behind_a_word(month_forms.named_month),
    "mid_month_year": _behind_a_word(month_forms.month_year),
    "mid_this_month": month_forms.this_month,
    "mid_next_month": month_forms.next_month,
    "end_of_month": month_forms.end_of_month,
    "end_of_this_month": month_forms.end_of_month,
    "end_of_named_month": _behind_a_word(month_forms.end_of_named_month),
    "end_of_month_year": _behind_a_word(month_forms.end_of_month_year),
    "end_of_next_month": month_forms.end_of_next_month,
    "end_of_year": month_forms.end_of_year,
    "front_month": month_forms.front_month,
    "leaps": month_forms.leaps,
    "natural_month": month_forms.natural_month,
    "ordinal": month_forms.ordinal,
}
