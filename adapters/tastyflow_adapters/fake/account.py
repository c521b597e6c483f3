"""
The fake account: fees, positions, and what an order needs of the buying power.

    needs  =  its cost and fees  +  what it adds to the worst that the position on its underlying could owe

The worst is looked for at expiration, from a fifth below today's price to a fifth above: a long option owes nothing, a
vertical spread its width, a covered call nothing. A margin rule of our own, in the spirit of Reg T and simpler.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final

from tastyflow.domain.instruments import Equity, EquityOption, Instrument, Right
from tastyflow.domain.ticket import Action, Leg
from tastyflow.domain.venue import Position

OPENING_FEE_USD: Final = Decimal("1.13")
CLOSING_FEE_USD: Final = Decimal("0.13")
STRESS: Final = Decimal("0.2")


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
