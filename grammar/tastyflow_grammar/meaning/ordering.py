"""
From legs to an order: the price, its effect, the stop and the time in force belong to all legs together.
"""

from collections.abc import Mapping
from datetime import date
from typing import Final

from tastyflow.domain.commands import AskedAction, AskedLeg, PlaceOrder, Strategy
from tastyflow.domain.strategies import is_bought
from tastyflow.domain.ticket import PriceEffect
from tastyflow_grammar.meaning import terms as figures
from tastyflow_grammar.meaning.expiring import time_in_force
from tastyflow_grammar.parts import Kind, Said
from tastyflow_grammar.refusing.faults import Code, Edit, Fault

_EFFECT: Final[Mapping[bool | None, PriceEffect | None]] = {
    True: PriceEffect.DEBIT,
    False: PriceEffect.CREDIT,
    None: None,
}


def order_of(legs: tuple[AskedLeg, ...], strategy: Strategy, said: Said, today: date) -> PlaceOrder:
    """
    The order of some legs at the price that is said.

    Raises:
        Fault: The price contradicts the legs; or it is ``ambiguous``, where only the trader knows whether it is paid.
    """
    pricing = figures.pricing(said, _EFFECT[is_bought(legs)])
    closes = all(leg.action is AskedAction.CLOSE for leg in legs)  # the positions will say
    if pricing.price is not None and pricing.effect is None and not closes:
        priced = said.get(Kind.PRICE) or said[Kind.STOP]
        end = priced.span[1]
        fixes = [(Edit((end, end), f" {effect.value}"),) for effect in PriceEffect]
        message = "Is that price paid or received? Write 'debit' or 'credit' behind it."
        raise Fault(Code.AMBIGUOUS, message, priced.span, fixes)
    return PlaceOrder(
        legs,
        strategy,
        pricing.order_type,
        pricing.price,
        pricing.effect,
        pricing.stop,
        time_in_force(said.get(Kind.TIME_IN_FORCE), today),
    )
