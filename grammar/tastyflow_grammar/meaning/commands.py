"""
From a statement to its command, or to the one fault that stands in the way.

    statement ─┬▶ an order: refused words ─┬▶ one leg (legs) ─────────────┐
               │                           └▶ a named strategy (spreads) ─┼▶ price, time in force (terms) ─▶ PlaceOrder
               ├▶ legs one by one (leg_by_leg) ────────────────────────────┘
               ├▶ close SPY, flatten: every leg (sizes) ─▶ Flatten
               ├▶ preview: the order behind it ─▶ PreviewOrder
               ├▶ quote, chain, expirations (asking) ─▶ ShowQuote, ShowChain, ListExpirations
               ├▶ replace: bare numbers, once each ─▶ ReplaceOrder
               └▶ cancel, status, halt, help …: a reference or a remark, as typed

The parts of an order may stand in any sequence. `numbers` gives bare numbers their meaning, `surplus` and `missing`
refuse an order that says too much or too little, `terms` refuses figures out of range.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from tastyflow.domain.commands import (
    ApproveOrder,
    CancelOrder,
    Command,
    Flatten,
    HaltTrading,
    ListApprovals,
    ListOrders,
    PlaceOrder,
    PreviewOrder,
    RejectOrder,
    ReplaceOrder,
    ResumeTrading,
    ShowBalance,
    ShowHelp,
    ShowPositions,
    ShowStatus,
)
from tastyflow.domain.ticket import Strategy
from tastyflow_grammar.days import NewYorkDay
from tastyflow_grammar.meaning import terms
from tastyflow_grammar.meaning.asking import chain, expirations, quote
from tastyflow_grammar.meaning.leg_by_leg import leg_by_leg, legs_in
from tastyflow_grammar.meaning.legs import one_leg
from tastyflow_grammar.meaning.numbers import name_numbers
from tastyflow_grammar.meaning.rolling import roll
from tastyflow_grammar.meaning.shorthands import name_shorthands
from tastyflow_grammar.meaning.sizes import flatten, flattened
from tastyflow_grammar.meaning.spreads import is_spread, spread
from tastyflow_grammar.parts import Kind, Part, Statement, span_over
from tastyflow_grammar.reading.line import Line
from tastyflow_grammar.refusing.faults import Code, Edit, LanguageFault
from tastyflow_grammar.refusing.not_offered import refuse_words
from tastyflow_grammar.refusing.surplus import once_each, unclaimed_number

_NOT_REPLACED: Final = (
    *(Kind.ACTION, Kind.SIDELESS, Kind.EFFECT_ON_POSITION, Kind.SYMBOL, Kind.RIGHT, Kind.STRIKE, Kind.EXPIRATION),
    *(Kind.STRATEGY, Kind.SPREAD_KIND, Kind.SHORTHAND, Kind.BOTH_RIGHTS, Kind.STRIKES, Kind.BETWEEN),
)


def _order(parts: Sequence[Part], today: NewYorkDay) -> PlaceOrder | Flatten:
    """The order that the parts describe, of one leg or of a strategy that they name; or every leg on an underlying."""
    refuse_words(parts)
    if legs := legs_in(parts):
        return _order_of_legs(legs, today, separated=False)
    parts = name_shorthands(parts)
    if every_leg := flattened(parts):
        return every_leg
    if is_spread(parts):
        return spread(parts, today)
    leg, by_kind = one_leg(parts, today)
    return terms.order_of((leg,), Strategy.SINGLE, by_kind, today)


def _preview(order: Command, parts: Sequence[Part]) -> PreviewOrder:
    """
    The preview of an order.

    Raises:
        LanguageFault: ``syntax``, where what is to be previewed is no order: ``preview close SPY``.
    """
    if not isinstance(order, PlaceOrder):
        message = "Only an order is previewed. Write one: 'preview close SPY 450C Dec 18'."
        raise LanguageFault(Code.SYNTAX, message, span_over(parts))
    return PreviewOrder(order)


def _flatten(line: Line, parts: Sequence[Part]) -> Flatten:
    """
    What is to be flattened.

    Raises:
        LanguageFault: ``syntax``: a bare ``flatten``, for one word does not close an account.
    """
    if not parts:
        message = "All that is held? Write 'flatten all', or 'flatten SPY'."
        raise LanguageFault(Code.SYNTAX, message, line.span, [(Edit(line.span, "flatten all"),)])
    refuse_words(parts)
    return flatten(parts)


def _order_of_legs(legs: Sequence[Sequence[Part]], today: NewYorkDay, *, separated: bool = True) -> PlaceOrder:
    """The order whose legs are typed one by one."""
    for parts in legs:
        refuse_words(parts)
    every = [each for leg in legs for each in (legs_in(leg) or [leg])]
    return leg_by_leg([name_shorthands(leg) for leg in every], today, separated=separated and len(every) == len(legs))


def _replacement(reference: str, parts: Sequence[Part], today: NewYorkDay) -> ReplaceOrder:
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


def _rejection(line: Line, statement: Statement) -> RejectOrder:
    reason = _remark(line, statement.remark[0]) if statement.remark else None
    return RejectOrder(_reference(line, statement), reason)


def _halt(line: Line, statement: Statement) -> HaltTrading:
    """What is halted, and why; the one reason that is refused is the option of the command line that only asks."""
    reducing, reason = _said_first("(?:--)?REDUCING", line, statement)
    if reason is not None and reason.lower() == "--status":
        message = "'halt' stops trading. 'orders' says whether it is stopped."
        raise LanguageFault(Code.SYNTAX, message, line.span)
    return HaltTrading(_why(reason), reducing=reducing)


def _why(reason: str | None) -> str | None:
    """*reason* without the option of the command line before it."""
    return re.sub(r"^--reason\b[ =]*", "", reason, flags=re.IGNORECASE) or None if reason else None


def _said_first(word: str, line: Line, statement: Statement) -> tuple[bool, str | None]:
    """Whether free text begins with a word of ours, and the free text without it."""
    begin = statement.remark[0] if statement.remark else line.span[1]
    found = re.compile(rf"([ ,:;]*{word}(?![\w'-]))+").match(line.text, begin)
    return bool(found), _remark(line, found.end() if found else begin)


def _remark(line: Line, begin: int) -> str | None:
    """Free text from a place on, in the writer's own letters."""
    while begin < len(line.text) and line.text[begin] in " ,:;":
        begin += 1
    return line.typed[begin : line.remark_end] or None if begin < line.span[1] else None


def _reference(line: Line, statement: Statement) -> str:
    """As typed, without the ``#``; "last" and "all" in small letters."""
    assert statement.reference is not None  # noqa: S101 - the grammar wants one
    start, end = statement.reference
    typed = line.typed[start:end].removeprefix("#")
    return typed.lower() if typed.lower() in ("last", "all") else typed


COMMANDS: Final[Mapping[str, Callable[[Line, Statement, NewYorkDay], Command]]] = {
    "order": lambda _line, statement, today: _order(statement.parts, today),
    "leg_by_leg": lambda _line, statement, today: _order_of_legs(statement.legs, today),
    "preview": lambda _line, statement, today: _preview(_order(statement.parts, today), statement.parts),
    "preview_legs": lambda _line, statement, today: PreviewOrder(_order_of_legs(statement.legs, today)),
    "quote": lambda _line, statement, today: quote(statement.parts, today),
    "expirations": lambda _line, statement, _today: expirations(statement.parts),
    "chain": lambda _line, statement, today: chain(statement.parts, today),
    "roll": roll,
    "flatten": lambda line, statement, _today: _flatten(line, statement.parts),
    "cancel_all": lambda *_: CancelOrder("all"),
    "cancel_everyone": lambda *_: CancelOrder("all", everyone=True),
    "cancel": lambda line, statement, _today: CancelOrder(_reference(line, statement)),
    "replace": lambda line, statement, today: _replacement(_reference(line, statement), statement.parts, today),
    "status": lambda line, statement, _today: ShowStatus(_reference(line, statement)),
    "approve": lambda line, statement, _today: ApproveOrder(_reference(line, statement)),
    "reject": lambda line, statement, _today: _rejection(line, statement),
    "halt": lambda line, statement, _today: _halt(line, statement),
    "resume": lambda line, statement, _today: ResumeTrading(_why(_said_first("TRADING", line, statement)[1])),
    "orders": lambda *_: ListOrders(),
    "approvals": lambda *_: ListApprovals(),
    "positions": lambda *_: ShowPositions(),
    "balance": lambda *_: ShowBalance(),
    "help": lambda *_: ShowHelp(),
}
"""By verb; each raises a `LanguageFault` for the first thing that stands in the way."""
