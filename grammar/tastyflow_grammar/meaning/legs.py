"""
Leg by leg: ``BTO 1 SPY 450C 12/18, STO 1 SPY 460C 12/18 @ 3.10 debit``.

Every leg says all of itself; nothing is taken over from the one before. Price, stop and order type are the whole
order's, and stand at the end; so may the time in force, or anywhere. The shape names the strategy.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final

from tastyflow.domain.commands import AskedLeg, PlaceOrder
from tastyflow.domain.instruments import underlying_of
from tastyflow.domain.strategies import strategy_of
from tastyflow.domain.ticket import MAX_LEGS
from tastyflow_grammar.meaning.ordering import order_of
from tastyflow_grammar.meaning.single import one_leg
from tastyflow_grammar.parts import Figure, Kind, Part, Said, span_over
from tastyflow_grammar.refusing.faults import Code, Edit, Fault, Fix

_OF_THE_WHOLE: Final = (Kind.PRICE, Kind.LIMIT, Kind.MARKET, Kind.EFFECT, Kind.STOP)
_NAMES: Final = (Kind.STRATEGY, Kind.LEAN, Kind.STRIKES)


def leg_by_leg(typed: Sequence[Sequence[Part]], today: date) -> PlaceOrder:
    """
    Make the order whose legs are typed one by one.

    Raises:
        Fault: What is wrong with the first leg that is wrong, or with the legs together.
    """
    if len(typed) > MAX_LEGS:
        message = f"An order has at most {MAX_LEGS} legs."
        raise Fault(Code.UNSUPPORTED, message, span_over(typed[MAX_LEGS]))
    _refuse_names(typed)
    read = [one_leg(parts, today) for parts in typed]
    _refuse_early_prices([said for _, said in read], span_over(typed[-1])[1])
    _refuse_two_underlyings(read)
    legs = tuple(leg for leg, _ in read)
    _refuse_doubles(legs, typed)
    return order_of(legs, strategy_of(legs), _together([said for _, said in read]), today)


def _refuse_names(typed: Sequence[Sequence[Part]]) -> None:
    for name in (part for parts in typed for part in parts if part.kind in _NAMES):
        message = "Name the strategy, or write every leg out: not both."
        raise Fault(Code.CONFLICT, message, name.span, [(Edit(name.span, ""),)])


def _refuse_early_prices(legs: Sequence[Said], end: int) -> None:
    """A price behind the first leg may be that leg's own."""
    for said in legs[:-1]:
        for early in (said[kind] for kind in _OF_THE_WHOLE if kind in said):
            if any(kind in legs[-1] for kind in _OF_THE_WHOLE):
                raise Fault(Code.CONFLICT, "There is one price, for all legs together: at the end.", early.span)
            message = "Is that the price of one leg, or of all together? Write the price of all at the end."
            raise Fault(Code.AMBIGUOUS, message, early.span, _at_the_end(early, end))


def _at_the_end(early: Part, end: int) -> list[Fix]:
    if early.kind is not Kind.PRICE:
        return []
    price = early.value.value if isinstance(early.value, Figure) else early.value
    return [(Edit(early.span, ""), Edit((end, end), f" @ {price}"))]


def _refuse_two_underlyings(read: Sequence[tuple[AskedLeg, Said]]) -> None:
    first = underlying_of(read[0][0].instrument.underlying)
    for leg, said in read[1:]:
        if underlying_of(leg.instrument.underlying) != first:
            raise Fault(Code.CONFLICT, "The legs of an order are on one underlying.", said[Kind.SYMBOL].span)


def _refuse_doubles(legs: Sequence[AskedLeg], typed: Sequence[Sequence[Part]]) -> None:
    seen: set[object] = set()
    for leg, parts in zip(legs, typed, strict=True):
        if leg.instrument in seen:
            raise Fault(Code.CONFLICT, "Two legs are on the same contract: write it once.", span_over(parts))
        seen.add(leg.instrument)


def _together(legs: Sequence[Said]) -> Said:
    """
    What is said of the whole order.

    Raises:
        Fault: ``conflict``, when two times in force are said.
    """
    lasting = [said[Kind.TIME_IN_FORCE] for said in legs if Kind.TIME_IN_FORCE in said]
    for other in lasting[1:]:
        if other.value != lasting[0].value:
            raise Fault(Code.CONFLICT, "There are two times in force. Keep one.", other.span, [(Edit(other.span, ""),)])
    return {**legs[-1], Kind.TIME_IN_FORCE: lasting[0]} if lasting else legs[-1]
