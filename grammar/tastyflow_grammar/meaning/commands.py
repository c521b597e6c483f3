"""
From parts to the order that they make, or to the one thing that stands in the way.

    parts ─▶ refused words ─┬▶ one leg (single) ────────────┐
                            ├▶ a named strategy (spreads) ──┼▶ price and time in force (ordering) ─▶ PlaceOrder
    legs ───────────────────┴▶ leg by leg (legs) ───────────┘

The parts may stand in any order. What is said twice is looked at in `twice`, what is missing in `missing`, a bare
number in `numbers`, a figure out of range in `figures`.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final

from tastyflow.domain.commands import PlaceOrder, ReplaceOrder, Strategy
from tastyflow_grammar.meaning import terms as figures
from tastyflow_grammar.meaning.expiring import time_in_force
from tastyflow_grammar.meaning.legs import leg_by_leg
from tastyflow_grammar.meaning.numbers import settle
from tastyflow_grammar.meaning.ordering import order_of
from tastyflow_grammar.meaning.single import one_leg
from tastyflow_grammar.meaning.spreads import is_spread, spread
from tastyflow_grammar.parts import Kind, Part
from tastyflow_grammar.refusing import suggestions as guesses
from tastyflow_grammar.refusing.faults import Code, Edit, Fault
from tastyflow_grammar.refusing.lines import not_a_ticker
from tastyflow_grammar.refusing.strays import stray
from tastyflow_grammar.refusing.surplus import said_once

_NOT_REPLACED: Final = (
    *(Kind.ACTION, Kind.SIDELESS, Kind.EFFECT_ON_POSITION, Kind.SYMBOL, Kind.RIGHT, Kind.STRIKE, Kind.EXPIRATION),
    *(Kind.STRATEGY, Kind.LEAN, Kind.STRIKES, Kind.BETWEEN),
)


def assemble(parts: Sequence[Part], today: date) -> PlaceOrder:
    """
    Make the order that the parts describe, of one leg or of a strategy that they name.

    Raises:
        Fault: Whatever stands in the way, the first of it.
    """
    _refuse_words(parts)
    if is_spread(parts):
        return spread(parts, today)
    leg, said = one_leg(parts, today)
    return order_of((leg,), Strategy.SINGLE, said, today)


def assemble_legs(legs: Sequence[Sequence[Part]], today: date) -> PlaceOrder:
    """
    Make the order whose legs are typed one by one.

    Raises:
        Fault: Whatever stands in the way, the first of it.
    """
    for parts in legs:
        _refuse_words(parts)
    return leg_by_leg(legs, today)


def replacement(reference: str, parts: Sequence[Part], today: date) -> ReplaceOrder:
    """
    Make the change that the parts describe.

    Raises:
        Fault: ``syntax`` for what cannot be changed, else as `assemble`.
    """
    parts = settle(parts, today)
    said = said_once(parts)
    if bare := stray(parts, said):
        raise bare
    if strangers := [said[kind] for kind in _NOT_REPLACED if kind in said]:
        message = "Quantity, price, stop and time in force can be replaced; for anything else, cancel and order anew."
        raise Fault(Code.SYNTAX, message, strangers[0].span, [tuple(Edit(part.span, "") for part in strangers)])
    pricing = figures.pricing(said, None)
    lasting = said.get(Kind.TIME_IN_FORCE)
    return ReplaceOrder(
        reference,
        figures.quantity(said[Kind.QUANTITY], said, False) if Kind.QUANTITY in said else None,
        pricing.order_type,
        pricing.price,
        pricing.effect,
        pricing.stop,
        time_in_force(lasting, today) if lasting else None,
    )


def _refuse_words(parts: Sequence[Part]) -> None:
    """Words that are no tickers; in ``nxt month``, the one before it that looks misspelt is at fault."""
    symbols = [part for part in parts if part.kind is Kind.SYMBOL]
    for at, part in enumerate(symbols):
        if fault := not_a_ticker(part.value, part.span):
            before = symbols[at - 1 : at] if fault.code is Code.SYNTAX else []
            alike = [each for each in before if not each.value.sure and guesses.near(each.value.symbol)]
            raise guesses.of_words(alike) or fault
