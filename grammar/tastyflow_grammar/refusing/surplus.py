"""
What is said twice: each kind of part once, or again in the same words.

What may be said once only stands in ``ONCE``; everything else may be said again as long as it agrees (``450C calls``).
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from tastyflow_grammar.parts import Figure, Kind, Part, Said, Ticker
from tastyflow_grammar.refusing import missing
from tastyflow_grammar.refusing.faults import Code, Edit, Fault

TWICE: Final[Mapping[Kind, str]] = {
    Kind.ACTION: "There are two actions. Keep one.",
    Kind.EFFECT_ON_POSITION: "The text says both to open and to close. Keep one.",
    Kind.QUANTITY: "There are two quantities. Keep one.",
    Kind.SYMBOL: "There are two symbols. Keep one.",
    Kind.RIGHT: "The text says both call and put. Keep one.",
    Kind.STRIKE: "There are two strikes. Keep one, or name the strategy.",
    Kind.STRIKES: "There are two rows of strikes. Keep one.",
    Kind.STRATEGY: "There are two strategies. Keep one.",
    Kind.PRICE: "There are two prices. Keep one.",
    Kind.EFFECT: "The text says both debit and credit. Keep one.",
    Kind.STOP: "There are two stops. Keep one.",
    Kind.TIME_IN_FORCE: "There are two times in force. Keep one.",
}
ONCE: Final = frozenset({Kind.ACTION, Kind.QUANTITY, Kind.PRICE, Kind.STOP})
_ONE_BY_ONE: Final = frozenset({Kind.NUMBER, Kind.EXPIRATION, Kind.BETWEEN, Kind.LEAN})  # looked at elsewhere


def said_once(parts: Sequence[Part]) -> Said:
    """
    What is said, by kind.

    Raises:
        Fault: ``conflict``, when two different things are said of one kind.
    """
    said: dict[Kind, Part] = {}
    for part in parts:
        first = said.setdefault(part.kind, part)
        if first is part or part.kind in _ONE_BY_ONE:
            continue
        if part.kind in ONCE or _meaning(first) != _meaning(part):
            fixes = [(Edit(part.span, ""),), (Edit(first.span, ""),)] if part.kind is not Kind.SYMBOL else []
            same = [each for each in parts if each.kind is part.kind]
            raise missing.misspelt_symbol(same) or Fault(Code.CONFLICT, TWICE[part.kind], part.span, fixes)
    return said


def _meaning(part: Part) -> Any:
    """What two parts of a kind are compared by."""
    value = part.value
    return value.value if isinstance(value, Figure) else value.symbol if isinstance(value, Ticker) else value
