"""
From a statement to its command, or to the one fault that stands in the way.

    statement ─┬▶ an order: refused words ─┬▶ one leg (legs) ─────────────┐
               │                           └▶ a named strategy (spreads) ─┼▶ price, time in force (terms) ─▶ PlaceOrder
               ├▶ legs one by one (legs) ─────────────────────────────────┘
               ├▶ close SPY, flatten: every leg (sizes) ─▶ Flatten
               ├▶ replace: bare numbers, once each ─▶ ReplaceOrder
               └▶ cancel, status, halt, help …: a reference or a remark, as typed

The parts of an order may stand in any sequence. `numbers` gives bare numbers their meaning, `surplus` and `missing`
refuse an order that says too much or too little, `terms` refuses figures out of range.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Final

from tastyflow.domain.commands import (
    ApproveOrder,
    CancelOrder,
    Command,
    Flatten,
    Halt,
    ListOrders,
    PlaceOrder,
    RejectOrder,
    ReplaceOrder,
    Resume,
    ShowBalance,
    ShowHelp,
    ShowPositions,
    ShowStatus,
)
from tastyflow.domain.ticket import Strategy
from tastyflow_grammar.meaning import terms
from tastyflow_grammar.meaning.legs import leg_by_leg, one_leg
from tastyflow_grammar.meaning.numbers import name_numbers
from tastyflow_grammar.meaning.sizes import flatten, flattened
from tastyflow_grammar.meaning.spreads import is_spread, spread
from tastyflow_grammar.parts import Kind, Part, Statement
from tastyflow_grammar.reading.line import Line
from tastyflow_grammar.refusing.faults import Code, Edit, LanguageFault
from tastyflow_grammar.refusing.lines import not_a_ticker
from tastyflow_grammar.refusing.suggestions import close_words, misspelt_ticker
from tastyflow_grammar.refusing.surplus import once_each, unclaimed_number

_NOT_REPLACED: Final = (
    *(Kind.ACTION, Kind.SIDELESS, Kind.EFFECT_ON_POSITION, Kind.SYMBOL, Kind.RIGHT, Kind.STRIKE, Kind.EXPIRATION),
    *(Kind.STRATEGY, Kind.SPREAD_KIND, Kind.STRIKES, Kind.BETWEEN),
)


def _order(parts: Sequence[Part], today: date) -> PlaceOrder | Flatten:
    """The order that the parts describe, of one leg or of a strategy that they name; or every leg on an underlying."""
    _refuse_words(parts)
    if every_leg := flattened(parts):
        return every_leg
    if is_spread(parts):
        return spread(parts, today)
    leg, by_kind = one_leg(parts, today)
    return terms.order_of((leg,), Strategy.SINGLE, by_kind, today)


def _flatten(parts: Sequence[Part]) -> Flatten:
    _refuse_words(parts)
    return flatten(parts)


def _order_of_legs(legs: Sequence[Sequence[Part]], today: date) -> PlaceOrder:
    """The order whose legs are typed one by one."""
    for parts in legs:
        _refuse_words(parts)
    return leg_by_leg(legs, today)


def _replacement(reference: str, parts: Sequence[Part], today: date) -> ReplaceOrder:
    """The change that the parts describe; ``syntax`` for what cannot be changed."""
    parts = name_numbers(parts, today)
    by_kind = once_each(parts)
    if bare := unclaimed_number(parts, by_kind):
        raise bare
    if unchangeable := [by_kind[kind] for kind in _NOT_REPLACED if kind in by_kind]:
        message = "Quantity, price, stop and time in force can be replaced; for anything else, cancel and order anew."
        fix = tuple(Edit(part.span, "") for part in unchangeable)
        raise LanguageFault(Code.SYNTAX, message, unchangeable[0].span, [fix])
    pricing = terms.pricing(by_kind, None)
    lasting = by_kind.get(Kind.TIME_IN_FORCE)
    return ReplaceOrder(
        reference,
        terms.quantity(by_kind[Kind.QUANTITY], by_kind, False) if Kind.QUANTITY in by_kind else None,
        pricing.order_type,
        pricing.price,
        pricing.effect,
        pricing.stop,
        terms.time_in_force(lasting, today) if lasting else None,
    )


def _refuse_words(parts: Sequence[Part]) -> None:
    """Refuse a word that is no ticker; in ``nxt month``, the misspelt word before it is the one at fault."""
    symbols = [part for part in parts if part.kind is Kind.SYMBOL]
    for at, part in enumerate(symbols):
        if fault := not_a_ticker(part.value, part.span):
            before = symbols[at - 1 : at] if fault.code is Code.SYNTAX else []
            alike = [each for each in before if not each.value.sure and close_words(each.value.symbol)]
            raise misspelt_ticker(alike) or fault


def _remark(line: Line, statement: Statement) -> str | None:
    """Free text, in the writer's own letters."""
    if statement.remark is None:
        return None
    return line.typed[statement.remark[0] : line.remark_end].lstrip(" ,:;") or None


def _reference(line: Line, statement: Statement) -> str:
    """As typed, without the ``#``; "last" and "all" in small letters."""
    assert statement.reference is not None  # noqa: S101 - the grammar wants one
    start, end = statement.reference
    typed = line.typed[start:end].removeprefix("#")
    return typed.lower() if typed.lower() in ("last", "all") else typed


COMMANDS: Final[Mapping[str, Callable[[Line, Statement, date], Command]]] = {
    "order": lambda _line, statement, today: _order(statement.parts, today),
    "leg_by_leg": lambda _line, statement, today: _order_of_legs(statement.legs, today),
    "flatten": lambda _line, statement, _today: _flatten(statement.parts),
    "cancel_all": lambda *_: CancelOrder("all"),
    "cancel_everyone": lambda *_: CancelOrder("all", everyone=True),
    "cancel": lambda line, statement, _today: CancelOrder(_reference(line, statement)),
    "replace": lambda line, statement, today: _replacement(_reference(line, statement), statement.parts, today),
    "status": lambda line, statement, _today: ShowStatus(_reference(line, statement)),
    "approve": lambda line, statement, _today: ApproveOrder(_reference(line, statement)),
    "reject": lambda line, statement, _today: RejectOrder(_reference(line, statement), _remark(line, statement)),
    "halt": lambda line, statement, _today: Halt(_remark(line, statement)),
    "resume": lambda *_: Resume(),
    "orders": lambda *_: ListOrders(),
    "positions": lambda *_: ShowPositions(),
    "balance": lambda *_: ShowBalance(),
    "help": lambda *_: ShowHelp(),
}
"""By verb; each raises a `LanguageFault` for the first thing that stands in the way."""
