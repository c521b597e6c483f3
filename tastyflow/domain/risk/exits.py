"""
Whether an order only takes risk away.

    every leg closes, and the book is no worse with any part of it filled ─▶ an exit: no limit, halt or hour stops it
    a leg closes what covers another, or what a working order counts on   ─▶ not an exit: an opening sale

The price is left aside: what a bad price costs is the price check's to say. What the order gives away for certain (a
box spread's width) counts as received, so that closing a position whole is always an exit.
"""

from collections.abc import Iterable, Mapping

from attrs import evolve

from tastyflow.domain.instruments import Instrument
from tastyflow.domain.risk.payoff import ZERO
from tastyflow.domain.risk.worst_case import Holdings, Trade, order_risk, worst_case
from tastyflow.domain.ticket import Ticket


def reduces_risk(ticket: Ticket, held: Trade, could_fill: Iterable[Trade] = ()) -> bool:
    """
    Whether *ticket* only takes risk away from the book.

    Args:
        held: What the account holds on the underlying, with its cost.
        could_fill: The working orders on the underlying, without this one.
    """
    return not ticket.opens and not uncovers(ticket, held, could_fill)


def uncovers(ticket: Ticket, held: Trade, could_fill: Iterable[Trade] = ()) -> bool:
    """Whether the book can lose more with *ticket* filled to any part, its price left aside."""
    amounts = {leg.instrument: leg.quantity if leg.action.buys else -leg.quantity for leg in ticket.legs}
    return uncovers_by(amounts, held, could_fill)


def uncovers_by(amounts: Holdings, held: Trade, could_fill: Iterable[Trade] = ()) -> bool:
    """Whether the book can lose more with *amounts* traded to any part, for nothing."""
    could_fill = tuple(could_fill)
    if _leaves_nothing_short((amounts, *(trade.amounts for trade in could_fill)), held):
        return False
    closing = Trade(amounts, ZERO)
    given_away = -worst_case(closing.reversed()).counted_usd  # the least that the other side of it is worth
    return order_risk(evolve(closing, cash_usd=max(ZERO, given_away)), held, could_fill).is_worse


def _leaves_nothing_short(trades: Iterable[Mapping[Instrument, int]], held: Trade) -> bool:
    """
    Whether no instrument can be short, whichever of *trades* fill: then nothing is covered that could be uncovered.

    Long options at several strikes make up for one another at each price, so that the least they are worth together is
    more than what each is worth at least; selling one is no less an exit for that.
    """
    least = dict(held.amounts)
    for amounts in trades:
        for instrument, quantity in amounts.items():
            least[instrument] = least.get(instrument, 0) + min(quantity, 0)
    return all(quantity >= 0 for quantity in least.values())
