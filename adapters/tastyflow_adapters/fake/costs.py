"""
What a unit of a ticket costs at the quotes, and what each leg then trades at.

Amounts are *signed costs* per unit, in dollars per share: what is paid is positive, what is received negative. So one
comparison serves buyers and sellers, single legs and spreads: an order is marketable when it offers the touch or more.
"""

from collections.abc import Mapping
from decimal import Decimal

from tastyflow.domain.instruments import Instrument, plain
from tastyflow.domain.ticket import PriceEffect, Ticket
from tastyflow.domain.venue import Quote

Quotes = Mapping[Instrument, Quote]


def weights(ticket: Ticket) -> tuple[Decimal, ...]:
    """How often each leg's price counts in the price of one unit, per share: 1 and 2 for a 1/2 ratio spread."""
    units, per_share = ticket.units, max(leg.instrument.multiplier for leg in ticket.legs)
    return tuple(Decimal(leg.quantity * leg.instrument.multiplier) / (units * per_share) for leg in ticket.legs)


def limit_cost(ticket: Ticket) -> Decimal | None:
    """The limit as a signed cost; None where there is none."""
    if ticket.price is None:
        return None
    return ticket.price if ticket.price_effect is PriceEffect.DEBIT else -ticket.price


def cost_at_touch(ticket: Ticket, quotes: Quotes) -> Decimal | None:
    """What one unit costs right now: bought at the ask, sold at the bid. None where a side has no market."""
    return _cost(ticket, quotes, crossing=True)


def cost_at_best(ticket: Ticket, quotes: Quotes) -> Decimal | None:
    """What one unit would cost bought at the bid and sold at the ask: nobody need offer more."""
    return _cost(ticket, quotes, crossing=False)


def _cost(ticket: Ticket, quotes: Quotes, *, crossing: bool) -> Decimal | None:
    total = Decimal(0)
    for leg, weight in zip(ticket.legs, weights(ticket), strict=True):
        quote = quotes.get(leg.instrument)
        if quote is None:
            return None
        price = quote.ask if leg.action.buys is crossing else quote.bid
        if crossing and not price:
            return None
        total += price * weight if leg.action.buys else -price * weight
    return total


def is_triggered(ticket: Ticket, quotes: Quotes) -> bool:
    """Whether a stop has been reached: dearer than it for who pays, cheaper than it for who is paid."""
    cost = cost_at_touch(ticket, quotes)
    if cost is None or ticket.stop is None:
        return False
    return cost >= ticket.stop if cost > 0 else -cost <= ticket.stop


def leg_prices(ticket: Ticket, quotes: Quotes, price: Decimal | None) -> tuple[Decimal, ...]:
    """
    What each leg trades at when a unit trades at *price*; None is the better of touch and limit.

    Each leg is done at its touch, and the dearest one bears the difference.
    """
    asked = limit_cost(ticket)
    crossed = [_touch(quotes.get(leg.instrument), buys=leg.action.buys) for leg in ticket.legs]
    signs = [1 if leg.action.buys else -1 for leg in ticket.legs]
    counts = weights(ticket)
    natural = sum((s * w * p for s, w, p in zip(signs, counts, crossed, strict=True)), Decimal(0))
    if price is None:
        cost = natural if asked is None else min(natural, asked)
    else:
        cost = -price if (natural if asked is None else asked) < 0 else price
    bearer = max(range(len(crossed)), key=lambda index: crossed[index])
    crossed[bearer] += signs[bearer] * (cost - natural) / counts[bearer]
    return tuple(Decimal(plain(round(max(each, Decimal("0.01")), 4))) for each in crossed)


def _touch(quote: Quote | None, *, buys: bool) -> Decimal:
    if quote is None:
        return Decimal("0.01")
    return (quote.ask if buys else quote.bid) or Decimal("0.01")
