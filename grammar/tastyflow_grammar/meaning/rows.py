"""
Days or strikes? ``12/18`` is a day, ``440/435`` a row of strikes, and ``10/12`` can be both.

    buy 1 F 10/12 call vertical Dec 18        the day is said elsewhere: strikes
    buy 1 F 10/11/12 call fly 12/18           three numbers for three strikes
    buy 1 F 13/14 call vertical 12/18         there is no 13th month
    buy 1 F 10/12 call vertical 12/18         could be either way round: ambiguous

Only asked of a strategy that takes two strikes or more, and has none yet.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final

from tastyflow_grammar.days import NoSuchDay
from tastyflow_grammar.meaning.dates import When, resolve
from tastyflow_grammar.parts import Kind, Part
from tastyflow_grammar.reading.numerals import rung_of
from tastyflow_grammar.refusing.faults import Code, Edit, Fault

_SOME_LEAP_YEAR: Final = 2028


def strikes_or_days(parts: Sequence[Part], strikes: int, today: date) -> list[Part]:
    """
    The parts, with the row of strikes found among what looks like days.

    Args:
        parts: As read.
        strikes: How many the strategy takes.
        today: In New York.

    Raises:
        Fault: ``ambiguous``, when two rows could be the day or the strikes.
    """
    if strikes < 2 or any(part.kind in (Kind.STRIKE, Kind.STRIKES) for part in parts):
        return list(parts)
    days = [part for part in parts if part.kind is Kind.EXPIRATION]
    rows = [part for part in days if _numbers(part) == strikes]
    impossible = [part for part in rows if not _can_be_a_day(part)]
    if len(impossible) == 1:
        return _with_strikes(parts, impossible[0])
    if len(rows) > 1:
        fixes = [(Edit(part.span, f"exp {part.value.words[0]}"),) for part in rows]
        message = "Which of these are the strikes, and which is the day? Write 'exp' before the day."
        raise Fault(Code.AMBIGUOUS, message, (rows[0].span[0], rows[-1].span[1]), fixes)
    others = [part for part in days if part not in rows]
    if rows and others and not any(_same_day(rows[0], other, today) for other in others):
        return _with_strikes(parts, rows[0])
    return list(parts)


def _numbers(part: Part) -> int:
    """How many numbers with slashes in between; none where words say that it is a day."""
    when: When = part.value
    is_bare = when.form == "slashed" and not when.sure and not when.weekday and when.days_away is None
    return when.words[0].count("/") + 1 if is_bare else 0


def _can_be_a_day(part: Part) -> bool:
    month, day = (int(number) for number in part.value.words[0].split("/")[:2])
    try:
        return bool(date(_SOME_LEAP_YEAR, month, day))
    except ValueError:
        return False


def _same_day(one: Part, other: Part, today: date) -> bool:
    """Whether both say the same day: then the strikes were forgotten, and the day was said twice."""
    try:
        return resolve(one.value, today) == resolve(other.value, today)
    except NoSuchDay:
        return False


def _with_strikes(parts: Sequence[Part], row: Part) -> list[Part]:
    rungs = tuple(rung_of(word) for word in row.value.words[0].split("/"))
    return [Part(Kind.STRIKES, rungs, row.span) if part is row else part for part in parts]
