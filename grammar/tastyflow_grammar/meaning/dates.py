"""
Which day an expiration means, seen from a moment in New York.

    the way it is said ─▶ day_forms, month_forms ─▶ a day ─▶ does all that is said with it agree? ─▶ the expiration
                                                             Fri Dec 18, (28 DTE), Dec 18 monthly, Jan 2028 LEAPS

A form names either one day, which must be a trading day, or a period (week, month), of which it means the last trading
day, or the day on which the standard options of the month expire. The calendar is the exchange's
(``tastyflow.domain.expirations``).
"""

from collections.abc import Sequence
from datetime import date
from typing import Final

from attrs import evolve

from tastyflow.domain import expirations as exchange
from tastyflow.domain.commands import AskedExpiration
from tastyflow_grammar.days import NewYorkDay, NoSuchDay, name_of_weekday, short, weekday_of
from tastyflow_grammar.meaning.day_forms import FORMS
from tastyflow_grammar.meaning.month_forms import is_long_dated
from tastyflow_grammar.parts import Kind, Part, When
from tastyflow_grammar.refusing.faults import Code, Edit, LanguageFault, Span

_KINDS: Final = frozenset({"monthly", "leaps"})
"""What is also said of a day: beside one it only has to agree."""
_WITH_YEAR: Final = frozenset(
    {"iso", "dotted", "month_day_year", "day_month_year", "month_year", "month_number", "month_digits_year"}
)


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
    if when.of_kind:
        _refuse_another_kind(when, day, today)
    return day


def one_expiration(parts: Sequence[Part], today: NewYorkDay) -> Part:
    """
    The expiration, once or several times the same: ``next friday 12/4``, ``500 monthly call Dec 18``.

    Raises:
        LanguageFault: ``conflict`` when two disagree, else what is wrong with the day.
    """
    said = [part for part in parts if part.kind is Kind.EXPIRATION]
    kinds = [part for part in said if part.value.form in _KINDS]
    first, *others = [part for part in said if part not in kinds] or said
    day = expiration_of(first.value, first.span, today)
    for other in others:
        if expiration_of(other.value, other.span, today) != day:
            raise _two_expirations(first, other)
    for kind in kinds if first not in kinds else ():
        expiration_of(evolve(first.value, of_kind=kind.value.words[0]), kind.span, today)
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
        fixes = [
            (Edit(when.place, instead if isinstance(instead, str) else short(instead)),) for instead in none.instead
        ]
        raise LanguageFault(none.code, none.message, span, fixes) from None


def _two_expirations(first: Part, other: Part) -> LanguageFault:
    fixes = [(Edit(other.span, ""),), (Edit(first.span, ""),)]
    return LanguageFault(Code.CONFLICT, "There are two expirations. Keep one.", other.span, fixes)


def _refuse_another_kind(when: When, day: AskedExpiration, today: NewYorkDay) -> None:
    """Refuse a "monthly" that is none, and LEAPS of a month that may be next year's."""
    if when.of_kind.startswith("LEAP"):
        says_year = when.form in _WITH_YEAR or (when.form in ("slashed", "dashed") and len(when.words[0]) > 5)
        if isinstance(day, date) and not says_year and not is_long_dated(today, day):
            later = exchange.standard_monthly(day.year + 1, day.month)
            raise NoSuchDay(Code.AMBIGUOUS, f"LEAPS of which year? {day:%B} {day.year} is near.", later, day)
    elif not isinstance(day, date) or not exchange.is_standard_monthly(day):
        message = "That is no standard monthly."
        if not isinstance(day, date):
            raise NoSuchDay(Code.CONFLICT, message)
        raise NoSuchDay(
            Code.CONFLICT, f"{short(day)} is no standard monthly.", day, exchange.standard_monthly(day.year, day.month)
        )
