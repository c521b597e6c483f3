"""
A number in a date that may be something else. None is guessed.

    F Dec 12 calls             the 12th, or the strike?
    F Dec 18 26 calls          2026, or the strike?
    24 Dec 18 calls            two days and a strike, in three ways
    F Dec 18 60 calls          nobody means 2060: the strike
    450c Jan 15 27             2027, or a price?
    buy SPY 18 Dec 450c        18 of them, or the 18th?

A word like "exp" before the date, or a strike that is named, settles it.
"""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Final

from attrs import evolve, frozen

from tastyflow.domain.strategies import SHAPES
from tastyflow_grammar.days import is_coming_year
from tastyflow_grammar.meaning.dates import When
from tastyflow_grammar.parts import Kind, Part
from tastyflow_grammar.reading.numerals import figure_of
from tastyflow_grammar.refusing.faults import Code, Edit, Fault

_NUMBERS: Final = (Kind.NUMBER, Kind.STRIKE, Kind.STRIKES, Kind.QUANTITY)
_DAYS: Final = range(1, 32)
_YEARS: Final = range(2000, 2100)
_LEADING_DAY: Final = frozenset({"day_month", "day_month_year"})


@frozen
class Suspect:
    """
    Which number of a date may be the strike.

    Attributes:
        forms: In which date forms.
        piece: Which word of the date it is.
        name: What it is if it is none.
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


YEAR: Final = Suspect(frozenset({"month_day_year", "day_month_year", "month_year"}), -1, "the year")
SUSPECTS: Final = (
    YEAR,
    Suspect(frozenset({"month_day"}), -1, "the day"),
    Suspect(_LEADING_DAY, 0, "the day", before=True),
)


def may_hide_the_strike(parts: Sequence[Part]) -> bool:
    """Whether no strike was found where one is wanted."""
    struck = any(part.kind in (Kind.STRIKE, Kind.STRIKES) for part in parts)
    return not struck and not any(_takes_a_row(part) for part in parts)


def without_false_years(parts: Sequence[Part], today: date) -> list[Part]:
    """
    The parts, with the number split off a date where it cannot be the year.

    Raises:
        Fault: ``ambiguous``, where it can be both.
    """
    for at, part in enumerate(parts):
        if not isinstance(part.value, When) or part.kind is not Kind.EXPIRATION:
            continue
        for suspect in SUSPECTS:
            if not (digits := suspect.digits(part.value)) or not _beside_the_right(parts, at, suspect):
                continue
            if suspect is YEAR and _is_no_year(digits, part.value, today):
                return [*parts[:at], *_split(part, part.value), *parts[at + 1 :]]
            raise _doubt(part, suspect, digits)
    return list(parts)


def with_bare_number(parts: Sequence[Part], today: date) -> list[Part]:
    """
    The parts, with a year split off that could be the price: ``450c Jan 15 27``.

    Only where no price is said and no other number follows. ``15 Jan 27`` is a date, unless 2027 is past.
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
        Fault: ``ambiguous``.
    """
    for part, number in pairwise(parts):
        when = part.value
        if not isinstance(when, When) or when.sure or when.form not in _LEADING_DAY or number.kind is not Kind.NUMBER:
            continue
        follows = number.value.value if number.value.is_count else 0
        if follows in (_YEARS if when.form == "day_month_year" else _DAYS) and when.words[0].isdigit():
            fix = (Edit(when.spans[0], f"strike {when.words[0]}"),)
            message = f"Is {when.words[0]} the day or the strike? Write the strike as {when.words[0]}C, or name it."
            raise Fault(Code.AMBIGUOUS, message, (part.span[0], number.span[1]), [fix])


def refuse_hidden_quantity(parts: Sequence[Part]) -> None:
    """
    Refuse a day before its month that may be the quantity.

    Raises:
        Fault: ``ambiguous``.
    """
    if any(part.kind in (Kind.QUANTITY, Kind.NUMBER) for part in parts):
        return
    for part in parts:
        when = part.value
        if isinstance(when, When) and when.form in _LEADING_DAY and not when.sure and when.words[0].isdigit():
            day, *rest = when.words
            fixes = [(Edit(part.span, f"x{day} {' '.join(rest)}"),), (Edit(part.span, f"exp {' '.join(when.words)}"),)]
            message = f"Is {day} the quantity or the day? Write 'x{day}' or 'exp {day}'."
            raise Fault(Code.AMBIGUOUS, message, part.span, fixes)


def _takes_a_row(part: Part) -> bool:
    """Whether a part names a strategy of several strikes."""
    return part.kind is Kind.LEAN or (part.kind is Kind.STRATEGY and SHAPES[part.value].strikes > 1)


def _beside_the_right(parts: Sequence[Part], at: int, suspect: Suspect) -> bool:
    after = at + 1 < len(parts) and parts[at + 1].kind is Kind.RIGHT
    before = at > 0 and parts[at - 1].kind is Kind.RIGHT
    return (after or before) and not parts[at].value.sure if suspect.before else after


def _is_no_year(digits: str, when: When, today: date) -> bool:
    two_days = when.form == "day_month_year" and not when.sure
    return not two_days and len(digits) == 2 and not is_coming_year(digits, today)


def _split(part: Part, when: When) -> tuple[Part, Part]:
    day, (_, end) = when.spans[:-1], when.spans[-1]
    digits = when.words[-1].strip(" ,")
    form = "month" if when.form == "month_year" else when.form.removesuffix("_year")
    shorter = evolve(when, form=form, words=when.words[:-1], spans=day)
    return (
        Part(Kind.EXPIRATION, shorter, (part.span[0], day[-1][1])),
        Part(Kind.NUMBER, figure_of(digits), (end - len(digits), end)),
    )


def _doubt(part: Part, suspect: Suspect, digits: str) -> Fault:
    message = f"Is {digits} {suspect.name} or the strike? Write the strike as {digits}C or {digits}P, or name it too."
    return Fault(Code.AMBIGUOUS, message, part.span, [(Edit(part.value.spans[suspect.piece], f" strike {digits}"),)])
