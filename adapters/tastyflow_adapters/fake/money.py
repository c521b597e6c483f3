"""
The money of the fake account: what an order costs at the quotes, its fees, the positions, the buying power.

    cost   =  of one unit, in dollars per share, *signed*: paid is positive, received is negative
    needs  =  its cost and fees  +  what it adds to the worst that the position on its underlying could owe

One comparison of signed costs serves buyers and sellers, single legs and spreads: an order is marketable when it offers
the touch or more.

The worst is looked for at expiration, from a fifth below today's price to a fifth above: a long option owes nothing, a
vertical spread its width, a covered call nothing. A margin rule of our own, in the spirit of Reg T and simpler.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final

from tastyflow.domain.instruments import Equity, EquityOption, Instrument, Right, plain
from tastyflow.domain.ticket import Action, Leg, PriceEffect, Ticket
from tastyflow.domain.venue import Position, Quote

OPENING_FEE_USD: Final = Decimal("1.13")
CLOSING_FEE_USD: Final = Decimal("0.13")
STRESS: Final = Decimal("0.2")

Quotes = Mapping[Instrument, Quote]


def fee_usd(leg: Leg, quantity: int) -> Decimal:
    """Commission and fees of trading *quantity* of a leg; shares trade for nothing."""
    if isinstance(leg.instrument, Equity):
        return Decimal(0)
    return quantity * (OPENING_FEE_USD if leg.action.opens else CLOSING_FEE_USD)


def signed(action: Action, quantity: int) -> int:
    """What a fill does to the quantity held."""
    return quantity if action.buys else -quantity


def after_fill(held: Position | None, leg: Leg, quantity: int, price: Decimal) -> Position:
    """The position after *quantity* of *leg* were done at *price*."""
    change = signed(leg.action, quantity)
    if held is None or not held.quantity:
        return Position(leg.instrument, change, price)
    total = held.quantity + change
    if (held.quantity > 0) == (change > 0):
        average = (held.average_open_price * held.quantity + price * change) / total
        return Position(leg.instrument, total, round(average, 4))
    turned = (total > 0) != (held.quantity > 0)
    return Position(leg.instrument, total, price if turned else held.average_open_price)


def owed_usd(amounts: Mapping[Instrument, int], spot: Decimal) -> Decimal:
    """The worst that these holdings on one underlying could owe; zero when nothing in them is short."""
    if all(quantity >= 0 for quantity in amounts.values()):
        return Decimal(0)
    low, high = spot * (1 - STRESS), spot * (1 + STRESS)
    strikes = {each.strike for each in amounts if isinstance(each, EquityOption) and low < each.strike < high}
    return max(Decimal(0), -min(_worth_usd(amounts, at) for at in {low, high} | strikes))


def amounts_by_underlying(holdings: Iterable[Position]) -> dict[str, dict[Instrument, int]]:
    """Signed quantities, by underlying and instrument."""
    grouped: dict[str, dict[Instrument, int]] = {}
    for position in holdings:
        grouped.setdefault(position.instrument.underlying, {})[position.instrument] = position.quantity
    return grouped


def with_legs(amounts: Mapping[Instrument, int], legs: Iterable[Leg]) -> dict[Instrument, int]:
    """What would be held once *legs* were done."""
    after = dict(amounts)
    for leg in legs:
        after[leg.instrument] = after.get(leg.instrument, 0) + signed(leg.action, leg.quantity)
    return after


def intrinsic(option: EquityOption, spot: Decimal) -> Decimal:
    """What an option is worth, per share, when only today is left."""
    return max(Decimal(0), spot - option.strike if option.right is Right.CALL else option.strike - spot)


def _worth_usd(amounts: Mapping[Instrument, int], spot: Decimal) -> Decimal:
    each = ((i, q, intrinsic(i, spot) if isinstance(i, EquityOption) else spot) for i, q in amounts.items())
    return sum((price * quantity * instrument.multiplier for instrument, quantity, price in each), Decimal(0))


# ── what a unit of a ticket costs ──────────────────────────────────────────────────────────────────────────────


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
    """What one unit would cost bought at the bid and sold at the ask: the best price there is."""
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
