"""
Is it a day or a strike? What can be both is asked for, never guessed.

    F Dec 12 calls                            the 12th, or the strike?
    F Dec 18 26 calls                         2026, or the strike?
    24 Dec 18 calls                           two days and a strike, in three ways
    F Dec 18 60 calls                         no option expires in 2060: the strike
    450c Jan 15 27                            2027, or a price?
    buy SPY 18 Dec 450c                       18 of them, or the 18th?

    buy 1 F 10/12 call vertical Dec 18        another day is written: 10/12 are strikes
    buy 1 F 10/11/12 call fly 12/18           three numbers for three strikes
    buy 1 F 13/14 call vertical 12/18         there is no 13th month
    buy 1 F 10/12 call vertical 12/18         either pair could be the day: ambiguous

A word like "exp" before the date, or a strike that is named, settles it.
"""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Final

from attrs import evolve, frozen

from tastyflow.domain.strategies import SHAPES
from tastyflow_grammar.days import NewYorkDay, NoSuchDay, is_coming_year
from tastyflow_grammar.meaning.dates import resolve
from tastyflow_grammar.parts import Kind, Part, When
from tastyflow_grammar.reading.words import figure_of, row_strike_of
from tastyflow_grammar.refusing.faults import Code, Edit, LanguageFault

_NUMBERS: Final = (Kind.NUMBER, Kind.STRIKE, Kind.STRIKES, Kind.QUANTITY)
_DAYS: Final = range(1, 32)
_YEARS: Final = range(2000, 2100)
_SOME_LEAP_YEAR: Final = 2028
_ROWS: Final = frozenset({"slashed", "dashed"})
_LEADING_DAY: Final = frozenset({"day_month", "day_month_year"})


@frozen
class PossibleStrike:
    """
    A number in a date that may be the strike.

    Attributes:
        forms: In which date forms.
        piece: Which word of the date it is.
        name: What it is where it is not the strike.
        before: Whether it also counts when calls or puts stand before the date.
    """

    forms: frozenset[str]
    piece: int
    name: str
    before: bool = False

    def digits(self, when: When) -> str:
        """The number as typed; nothing where it stands in no such form, or is no plain number: ``18th``."""
        digits = when.words[self.piece].strip(" ,") if when.form in self.forms else ""
        return digits if digits.isdigit() else ""


YEAR: Final = PossibleStrike(
    frozenset({"month_day_year", "day_month_year", "month_year", "month_digits_year"}), -1, "the year"
)
POSSIBLE_STRIKES: Final = (
    YEAR,
    PossibleStrike(frozenset({"month_day"}), -1, "the day"),
    PossibleStrike(_LEADING_DAY, 0, "the day", before=True),
)


def lacks_strike(parts: Sequence[Part]) -> bool:
    """Whether an order of one strike has none yet."""
    struck = any(part.kind in (Kind.STRIKE, Kind.STRIKES) for part in parts)
    return not struck and not any(_takes_a_row(part) for part in parts)


def split_impossible_years(parts: Sequence[Part], today: NewYorkDay) -> list[Part]:
    """
    The parts, with the number split off a date where it cannot be the year.

    Raises:
        LanguageFault: ``ambiguous``, where it can be both.
    """
    for at, part in enumerate(parts):
        if not isinstance(part.value, When) or part.kind is not Kind.EXPIRATION:
            continue
        for number_in_date in POSSIBLE_STRIKES:
            if not (digits := number_in_date.digits(part.value)) or not _beside_the_right(parts, at, number_in_date):
                continue
            if number_in_date is YEAR and _is_no_year(digits, part.value, today):
                return [*parts[:at], *_split(part, part.value), *parts[at + 1 :]]
            raise _doubt(part, number_in_date, digits)
    return list(parts)


def split_possible_price(parts: Sequence[Part], today: NewYorkDay) -> list[Part]:
    """
    The parts, with a year split off that could be the price: ``450c Jan 15 27``.

    Only where there is no price and no other number follows. ``15 Jan 27`` is a date, unless 2027 is past.
    """
    last = max((part.span for part in parts if part.kind in _NUMBERS), default=(0, 0))
    for at, part in enumerate(parts):
        when = part.value if part.kind is Kind.EXPIRATION else None
        if not isinstance(when, When) or part.span < last:
            continue
        digits = YEAR.digits(when)
        is_bare = len(digits) == 2 and when.words[-1].strip() == digits
        if is_bare and (when.form == "month_day_year" or _is_no_year(digits, when, today)):
            return [*parts[:at], *_split(part, when), *parts[at + 1 :]]
    return list(parts)


def refuse_two_days(parts: Sequence[Part]) -> None:
    """
    Refuse ``put 11 Dec 4`` and ``call 5 Oct 29 2027``: the number before the month may be the strike, too.

    Raises:
        LanguageFault: ``ambiguous``.
    """
    for part, number in pairwise(parts):
        when = part.value
        if not isinstance(when, When) or when.sure or when.form not in _LEADING_DAY or number.kind is not Kind.NUMBER:
            continue
        follows = number.value.value if number.value.is_count else 0
        if follows in (_YEARS if when.form == "day_month_year" else _DAYS) and when.words[0].isdigit():
            fix = (Edit(when.spans[0], f"strike {when.words[0]}"),)
            message = f"Is {when.words[0]} the day or the strike? Write the strike as {when.words[0]}C, or name it."
            raise LanguageFault(Code.AMBIGUOUS, message, (part.span[0], number.span[1]), [fix])


def refuse_hidden_quantity(parts: Sequence[Part]) -> None:
    """
    Refuse a day that may be the quantity: ``18 Dec``, and ``buy 2-3 SPY``, two to three of them.

    Raises:
        LanguageFault: ``ambiguous``.
    """
    if any(part.kind is Kind.QUANTITY for part in parts):
        return
    for before, part in pairwise(parts):
        if before.kind is Kind.ACTION and isinstance(part.value, When) and _may_be_a_range(part.value):
            said = part.value.words[0]
            message = f"Is {said} the day, or how many? Write 'exp {said}', or one number."
            raise LanguageFault(Code.AMBIGUOUS, message, part.span, [(Edit(part.span, f"exp {said}"),)])
    if any(part.kind is Kind.NUMBER for part in parts):
        return
    for part in parts:
        when = part.value
        if isinstance(when, When) and when.form in _LEADING_DAY and not when.sure and when.words[0].isdigit():
            day, *rest = when.words
            fixes = [(Edit(part.span, f"x{day} {' '.join(rest)}"),), (Edit(part.span, f"exp {' '.join(when.words)}"),)]
            message = f"Is {day} the quantity or the day? Write 'x{day}' or 'exp {day}'."
            raise LanguageFault(Code.AMBIGUOUS, message, part.span, fixes)


def _may_be_a_range(when: When) -> bool:
    first, last, *year = when.words[0].split("-") if when.form == "dashed" and not when.sure else ("0", "0")
    return not year and int(first) < int(last)


def _takes_a_row(part: Part) -> bool:
    """Whether a part names a strategy of several strikes."""
    return part.kind is Kind.SPREAD_KIND or (part.kind is Kind.STRATEGY and SHAPES[part.value].strikes > 1)


def _beside_the_right(parts: Sequence[Part], at: int, number_in_date: PossibleStrike) -> bool:
    after = at + 1 < len(parts) and parts[at + 1].kind is Kind.RIGHT
    before = at > 0 and parts[at - 1].kind is Kind.RIGHT
    return (after or before) and not parts[at].value.sure if number_in_date.before else after


def _is_no_year(digits: str, when: When, today: NewYorkDay) -> bool:
    two_days = when.form == "day_month_year" and not when.sure
    return not two_days and len(digits) == 2 and not is_coming_year(digits, today.day)


def _split(part: Part, when: When) -> tuple[Part, Part]:
    day, (_, end) = when.spans[:-1], when.spans[-1]
    digits = when.words[-1].strip(" ,")
    form = "month" if when.form == "month_year" else when.form.removesuffix("_year")
    shorter = evolve(when, form=form, words=when.words[:-1], spans=day)
    return (
        Part(Kind.EXPIRATION, shorter, (part.span[0], day[-1][1])),
        Part(Kind.NUMBER, figure_of(digits), (end - len(digits), end)),
    )


def _doubt(part: Part, number_in_date: PossibleStrike, digits: str) -> LanguageFault:
    message = (
        f"Is {digits} {number_in_date.name} or the strike? Write the strike as {digits}C or {digits}P, or name it too."
    )
    fix = (Edit(part.value.spans[number_in_date.piece], f" strike {digits}"),)
    return LanguageFault(Code.AMBIGUOUS, message, part.span, [fix])


# ---- 12/18 is a day, 440/435 are strikes


def strikes_or_days(parts: Sequence[Part], strikes: int, today: NewYorkDay) -> list[Part]:
    """
    The parts, with the row of strikes found among what looks like days.

    Args:
        parts: As read.
        strikes: How many the strategy takes.
        today: In New York.

    Raises:
        LanguageFault: ``ambiguous``, when two rows could be the day or the strikes.
    """
    if strikes < 2 or any(part.kind in (Kind.STRIKE, Kind.STRIKES) for part in parts):
        return list(parts)
    days = [part for part in parts if part.kind is Kind.EXPIRATION]
    rows = [part for part in days if _numbers(part) == strikes]
    _refuse_exp_between(parts, rows)
    impossible = [part for part in rows if not _can_be_a_day(part)]
    if len(impossible) == 1:
        return _with_strikes(parts, impossible[0])
    if len(rows) > 1:
        fixes = [(Edit(part.span, f"exp {part.value.words[0]}"),) for part in rows]
        message = "Which of these are the strikes, and which is the day? Write 'exp' before the day."
        raise LanguageFault(Code.AMBIGUOUS, message, (rows[0].span[0], rows[-1].span[1]), fixes)
    others = [part for part in days if part not in rows]
    if rows and others and not any(_same_day(rows[0], other, today) for other in others):
        return _with_strikes(parts, rows[0])
    return list(parts)


def _refuse_exp_between(parts: Sequence[Part], rows: Sequence[Part]) -> None:
    """``12/18 exp 10/12``: the word can belong to either of two days, and the other one is the strikes."""
    for row, other in pairwise(parts):
        between = row in rows and isinstance(other.value, When) and other.value.behind_exp and _can_be_a_day(row)
        if between and other.value.form in _ROWS:
            one, two = row.value.words[0], other.value.words[0]
            span = row.span[0], other.span[1]
            fixes = [(Edit(span, f"${one} exp {two}"),), (Edit(span, f"${two} exp {one}"),)]
            message = f"Does 'exp' belong to {one} or to {two}? Write a dollar sign before the strikes."
            raise LanguageFault(Code.AMBIGUOUS, message, span, fixes)


def _numbers(part: Part) -> int:
    """How many numbers with slashes or dashes in between; none where words say that it is a day."""
    when: When = part.value
    is_bare = when.form in _ROWS and not when.sure and not when.weekday and when.days_away is None
    return len(_in_row(part)) if is_bare else 0


def _in_row(part: Part) -> list[str]:
    """``10/12`` and ``10-12``"""
    words: str = part.value.words[0]
    return words.replace("-", "/").split("/")


def _can_be_a_day(part: Part) -> bool:
    month, day = (int(number) for number in _in_row(part)[:2])
    try:
        return bool(date(_SOME_LEAP_YEAR, month, day))
    except ValueError:
        return False


def _same_day(one: Part, other: Part, today: NewYorkDay) -> bool:
    """Whether both mean the same day: then the line has the day twice and no strikes."""
    try:
        return resolve(one.value, today) == resolve(other.value, today)
    except NoSuchDay:
        return False


def _with_strikes(parts: Sequence[Part], row: Part) -> list[Part]:
    row_strikes = tuple(row_strike_of(word) for word in _in_row(row))
    return [Part(Kind.STRIKES, row_strikes, row.span) if part is row else part for part in parts]
