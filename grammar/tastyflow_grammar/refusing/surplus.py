"""
An order says too much: two different things of one kind, or a number that has no meaning.

A kind in ``ONCE`` may stand in a line once; every other kind may be repeated as long as it agrees (``450C calls``).
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from tastyflow.domain.commands import AskedAction
from tastyflow_grammar.parts import ByKind, Figure, Kind, Part, Ticker, When, span_over
from tastyflow_grammar.reading.near_words import close_words
from tastyflow_grammar.refusing.faults import Code, Edit, LanguageFault
from tastyflow_grammar.refusing.suggestions import misspelt_ticker

REPEATED: Final[Mapping[Kind, str]] = {
    Kind.ACTION: "There are two actions. Keep one.",
    Kind.EFFECT_ON_POSITION: "The text says both to open and to close. Keep one.",
    Kind.SIGN: "There are two signs. Keep one.",
    Kind.QUANTITY: "There are two quantities. Keep one.",
    Kind.SYMBOL: "There are two symbols. Keep one.",
    Kind.RIGHT: "The text says both call and put. Keep one.",
    Kind.STRIKE: "There are two strikes. Keep one, or name the strategy.",
    Kind.STRIKES: "There are two rows of strikes. Keep one.",
    Kind.STRATEGY: "There are two strategies. Keep one.",
    Kind.SHORTHAND: "There are two strategies. Keep one.",
    Kind.BOTH_RIGHTS: "The text says both call/put and put/call. Keep one.",
    Kind.PRICE: "There are two prices. Keep one.",
    Kind.EFFECT: "The text says both debit and credit. Keep one.",
    Kind.STOP: "There are two stops. Keep one.",
    Kind.TIME_IN_FORCE: "There are two times in force. Keep one.",
}
ONCE: Final = frozenset({Kind.ACTION, Kind.QUANTITY, Kind.PRICE, Kind.STOP})
_COUNTED_ELSEWHERE: Final = frozenset({Kind.NUMBER, Kind.EXPIRATION, Kind.BETWEEN, Kind.SPREAD_KIND})


def once_each(parts: Sequence[Part]) -> ByKind:
    """
    The parts by kind.

    Raises:
        LanguageFault: ``conflict``, when two parts of one kind differ, or a sign and its action.
    """
    by_kind: dict[Kind, Part] = {}
    for part in parts:
        first = by_kind.setdefault(part.kind, part)
        if first is part or part.kind in _COUNTED_ELSEWHERE:
            continue
        if part.kind in ONCE or _meaning(first) != _meaning(part):
            fixes = [(Edit(part.span, ""),), (Edit(first.span, ""),)] if part.kind is not Kind.SYMBOL else []
            same = [each for each in parts if each.kind is part.kind]
            raise _misspelt_symbol(same) or LanguageFault(Code.CONFLICT, REPEATED[part.kind], part.span, fixes)
    _refuse_another_side(by_kind)
    return by_kind


def _refuse_another_side(by_kind: ByKind) -> None:
    """``buy -10``, ``STO +2``: the sign says another side than the verb. A close leaves the side to the position."""
    sign, action = by_kind.get(Kind.SIGN), by_kind.get(Kind.ACTION)
    if sign is None or action is None:
        return
    if action.value is AskedAction.CLOSE:
        message = "Write how many without a sign: whether it is bought or sold to close, the position says."
        start, _ = sign.span
        raise LanguageFault(Code.BAD_QUANTITY, message, sign.span, [(Edit((start, start + 1), ""),)])
    if sign.value.buys is not AskedAction(action.value).buys:
        message = f"The verb says {action.value.value.split('_')[0]}, and the sign says {sign.value.value}. Keep one."
        raise LanguageFault(Code.CONFLICT, message, sign.span)


def _meaning(part: Part) -> Any:
    """What two parts of a kind are compared by."""
    value = part.value
    return value.value if isinstance(value, Figure) else value.symbol if isinstance(value, Ticker) else value


def unclaimed_number(parts: Sequence[Part], by_kind: ByKind) -> LanguageFault | None:
    """The fault of a number to which `meaning.numbers` gave no meaning, with the readings that it may have."""
    number = by_kind.get(Kind.NUMBER)
    if number is None:
        return None
    figure: Figure = number.value
    if figure.money and Kind.RIGHT not in by_kind and _opens(parts, number):
        return LanguageFault(
            Code.UNSUPPORTED, "Write how many shares or contracts: amounts are not offered.", number.span
        )
    if fault := _no_day(parts, number, figure):
        return fault
    if not figure.is_count and Kind.PRICE in by_kind:
        fixes = [(Edit(number.span, ""),), (Edit(by_kind[Kind.PRICE].span, ""),)]
        return LanguageFault(Code.CONFLICT, "There are two prices. Keep one.", number.span, fixes)
    digits = f"{figure.value:f}"
    struck = any(part.kind is Kind.STRIKE and part.value.value == figure.value for part in parts)
    prices = [] if struck else [f"@ {digits}"]  # what is the strike already is no price
    readings = [*prices, f"{digits}C", f"{digits}P", *([f"x{digits}"] if figure.is_count else [])]
    message = f"What is {_shown(digits)}? Write a price as '@ 2.50', a strike as '450C' or '450P', a quantity as 'x10'."
    fixes = [(Edit(number.span, each),) for each in readings]
    return LanguageFault(Code.AMBIGUOUS, message, number.span, fixes)


def _misspelt_symbol(symbols: Sequence[Part]) -> LanguageFault | None:
    """The fault of several symbols: of the one that is close to a word of ours, or stands apart from the first."""
    if symbols[0].kind is not Kind.SYMBOL:
        return None
    unsure = [part for part in symbols if isinstance(part.value, Ticker) and not part.value.sure]
    alike = [part for part in unsure if close_words(part.value.symbol)]
    apart = [part for part in unsure if part.span[0] > symbols[0].span[1] + 1]
    return misspelt_ticker(alike or apart)


def _no_day(parts: Sequence[Part], number: Part, figure: Figure) -> LanguageFault | None:
    """``Dec 32``, ``0 Dec``: beside a month stands a number that is no day of any month."""
    at = parts.index(number)
    beside = [*parts[max(at - 1, 0) : at], *parts[at + 1 : at + 2]]
    months = [part for part in beside if isinstance(part.value, When) and part.value.form == "month"]
    struck = any(part.kind in (Kind.STRIKE, Kind.STRIKES) for part in parts)
    if not months or not struck or not figure.is_count or 0 < figure.value < 32 or figure.value >= 100:
        return None
    return LanguageFault(Code.BAD_DATE, "There is no such day in the calendar.", span_over([months[0], number]))


def _opens(parts: Sequence[Part], number: Part) -> bool:
    """Whether it stands right after the action, where the quantity stands."""
    at = parts.index(number)
    return at > 0 and parts[at - 1].kind is Kind.ACTION


def _shown(digits: str) -> str:
    return digits if len(digits) <= 20 else digits[:20] + "…"
