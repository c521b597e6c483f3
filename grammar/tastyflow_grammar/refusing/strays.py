"""
What to say of a bare number to which `numbers` could give no meaning: the readings that it may have.
"""

from collections.abc import Sequence

from tastyflow_grammar.meaning.dates import When
from tastyflow_grammar.parts import Figure, Kind, Part, Said, span_over
from tastyflow_grammar.refusing.faults import Code, Edit, Fault, Fix


def stray(parts: Sequence[Part], said: Said) -> Fault | None:
    """What to say of a number that could not be given a meaning, with the readings that it may have."""
    number = said.get(Kind.NUMBER)
    if number is None:
        return None
    figure: Figure = number.value
    if figure.money and Kind.RIGHT not in said and _opens(parts, number):
        return Fault(Code.UNSUPPORTED, "Write how many shares or contracts: amounts are not offered.", number.span)
    if fault := _no_day(parts, number, figure):
        return fault
    if not figure.is_count and Kind.PRICE in said:
        fixes = [(Edit(number.span, ""),), (Edit(said[Kind.PRICE].span, ""),)]
        return Fault(Code.CONFLICT, "There are two prices. Keep one.", number.span, fixes)
    digits = f"{figure.value:f}"
    readings = [f"@ {digits}", f"{digits}C", f"{digits}P", *([f"x{digits}"] if figure.is_count else [])]
    message = f"What is {_shown(digits)}? Write a price as '@ 2.50', a strike as '450C' or '450P', a quantity as 'x10'."
    fixes = [(Edit(number.span, each),) for each in readings]
    is_dated = Kind.EXPIRATION in said or Kind.STRIKE in said or Kind.STRIKES in said
    return Fault(Code.AMBIGUOUS, message, number.span, fixes if is_dated else [*fixes, *_as_option(number, digits)])


def _no_day(parts: Sequence[Part], number: Part, figure: Figure) -> Fault | None:
    """``Dec 32``, ``0 Dec``: beside a month, a number that is no day of any."""
    at = parts.index(number)
    beside = [*parts[max(at - 1, 0) : at], *parts[at + 1 : at + 2]]
    months = [part for part in beside if isinstance(part.value, When) and part.value.form == "month"]
    struck = any(part.kind in (Kind.STRIKE, Kind.STRIKES) for part in parts)
    if not months or not struck or not figure.is_count or 0 < figure.value < 32 or figure.value >= 100:
        return None
    return Fault(Code.BAD_DATE, "There is no such day in the calendar.", span_over([months[0], number]))


def _opens(parts: Sequence[Part], number: Part) -> bool:
    """Whether it stands right after the action, where the quantity stands."""
    at = parts.index(number)
    return at > 0 and parts[at - 1].kind is Kind.ACTION


def _as_option(number: Part, digits: str) -> list[Fix]:
    """``buy 10 SPY 450`` may be short of a right and an expiration."""
    return [(Edit(number.span, f"{digits}C next month"),), (Edit(number.span, f"{digits}P next month"),)]


def _shown(digits: str) -> str:
    return digits if len(digits) <= 20 else digits[:20] + "…"
