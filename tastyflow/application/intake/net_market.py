"""
The market of a whole order: what one unit costs if it trades now, and where between bid and ask to put a limit.

    natural   cross every leg: buy at the ask, sell at the bid        passive   the other side of every leg
    mid       halfway, on a tick inside the spread, rounded in the trader's favour

Net prices are per share and signed: paid is positive, received is negative.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from math import gcd

from attrs import frozen

from tastyflow.domain.instruments import Instrument, TickRule, plain
from tastyflow.domain.ticket import Leg, OrderType, PriceEffect, Ticket
from tastyflow.domain.venue import Quote


@frozen
class NetMarket:
    """The signed net prices of one unit: *natural* trades now, *passive* waits on the other side."""

    natural: Decimal
    passive: Decimal

    @property
    def mid(self) -> Decimal:
        """Halfway, off tick as it may be."""
        return (self.natural + self.passive) / 2

    def at_natural(self) -> tuple[Decimal, PriceEffect]:
        """What trades now."""
        return abs(self.natural), effect_of(self.natural)

    def at_mid(self, ticks: TickRule) -> tuple[Decimal, PriceEffect]:
        """The mid as a price on a tick: inside the spread where a tick lies inside, in the trader's favour."""
        mid = self.mid
        effect = effect_of(mid or self.natural)  # near zero, the mid can be a credit where the natural is a debit
        sign = 1 if effect is PriceEffect.DEBIT else -1
        low, high = ticks.down(abs(mid)), ticks.up(abs(mid))
        kind, harsh = (low, high) if sign > 0 else (high, low)
        fits = next((tick for tick in (kind, harsh) if self.passive < sign * tick < self.natural), kind)
        return max(fits, ticks.size_at(Decimal(0))), effect

    def in_words(self, *, with_effects: bool) -> str:
        """Both sides, the lower first: ``7.96 / 8.07``, ``1.1 / 1.3 credit``, ``0.1 credit / 0.02 debit``."""
        low, high = sorted((self.passive, self.natural), key=abs)
        if not with_effects:
            return f"{plain(abs(low))} / {plain(abs(high))}"
        if low * high >= 0:
            return f"{plain(abs(low))} / {plain(abs(high))} {effect_of(high)}"
        return " / ".join(f"{plain(abs(side))} {effect_of(side)}" for side in (self.passive, self.natural))


def effect_of(signed: Decimal) -> PriceEffect:
    """Paid or received?"""
    return PriceEffect.DEBIT if signed > 0 else PriceEffect.CREDIT


def net_market(legs: Sequence[Leg], quotes: Mapping[Instrument, Quote]) -> NetMarket | None:
    """The market of one unit of *legs*; None where a leg has no two-sided quote."""
    units, per_share = gcd(*(leg.quantity for leg in legs)), max(leg.instrument.multiplier for leg in legs)
    natural = passive = Decimal(0)
    for leg in legs:
        quote = quotes.get(leg.instrument)
        if quote is None or not quote.is_two_sided:
            return None
        weight = Decimal(leg.quantity // units * leg.instrument.multiplier) / per_share  # 100 shares weigh as a call
        natural += weight * (quote.ask if leg.action.buys else -quote.bid)
        passive += weight * (quote.bid if leg.action.buys else -quote.ask)
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
