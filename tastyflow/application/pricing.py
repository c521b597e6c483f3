"""
The market of a whole order: what one unit costs if it trades now, and where between bid and ask to put a limit.

    natural   cross every leg: buy at the ask, sell at the bid        passive   the other side of every leg
    mid       halfway, on a tick inside the spread, rounded in the trader's favour

Net prices are signed: paid is positive, received is negative.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from math import gcd
from typing import Final

from attrs import frozen

from tastyflow.domain.instruments import Instrument, Tick, TickRule
from tastyflow.domain.ticket import Leg, OrderType, PriceEffect, Ticket
from tastyflow.domain.venue import Quote

NET_TICKS: Final = TickRule((Tick(Decimal("0.01")),))
"""Net prices of several legs go by cents: no finer rule is published."""


@frozen
class NetMarket:
    """The signed net prices of one unit: *natural* trades now, *passive* waits on the other side."""

    natural: Decimal
    passive: Decimal

    def at_natural(self) -> tuple[Decimal, PriceEffect]:
        """What trades now."""
        return abs(self.natural), _effect(self.natural)

    def at_mid(self, ticks: TickRule) -> tuple[Decimal, PriceEffect]:
        """The mid as a price on a tick: inside the spread where a tick lies inside, in the trader's favour."""
        mid = (self.natural + self.passive) / 2
        effect = _effect(mid or self.natural)  # near zero, the mid can be a credit where the natural is a debit
        sign = 1 if effect is PriceEffect.DEBIT else -1
        low, high = ticks.down(abs(mid)), ticks.up(abs(mid))
        kind, harsh = (low, high) if sign > 0 else (high, low)
        fits = next((tick for tick in (kind, harsh) if self.passive < sign * tick < self.natural), kind)
        return max(fits, ticks.size_at(Decimal(0))), effect


def _effect(signed: Decimal) -> PriceEffect:
    return PriceEffect.DEBIT if signed > 0 else PriceEffect.CREDIT


def net_market(legs: Sequence[Leg], quotes: Mapping[Instrument, Quote]) -> NetMarket | None:
    """The market of one unit of *legs*; None where a leg has no two-sided quote."""
    units = gcd(*(leg.quantity for leg in legs))
    natural = passive = Decimal(0)
    for leg in legs:
        quote = quotes.get(leg.instrument)
        if quote is None or not quote.is_two_sided:
            return None
        ratio = leg.quantity // units
        natural += ratio * (quote.ask if leg.action.buys else -quote.bid)
        passive += ratio * (quote.bid if leg.action.buys else -quote.ask)
    return NetMarket(natural, passive)


def must_fill(ticket: Ticket, quotes: Mapping[Instrument, Quote]) -> bool:
    """Whether the quotes leave a venue no choice: a market order, or a limit at or through the other side."""
    market = net_market(ticket.legs, quotes)
    if market is None or ticket.order_type in (OrderType.STOP, OrderType.STOP_LIMIT):
        return False
    if ticket.price is None:
        return True
    offered = ticket.price if ticket.price_effect is PriceEffect.DEBIT else -ticket.price
    return offered >= market.natural
