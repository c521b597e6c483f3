"""
What a unit of an order costs at the quotes, and what each of its legs then trades at.

Costs are *signed*, per unit and per share: what is paid is positive, what is received negative. So one comparison
serves buyers and sellers, single legs and spreads: an order is marketable when its limit is at least the touch.
"""

from collections.abc import Mapping, Sequence
from decimal import ROUND_FLOOR, Decimal
from typing import Final

from attrs import frozen

from tastyflow_simulator.book.formats import CENT, ZERO
from tastyflow_simulator.book.orders import Leg, Order
from tastyflow_simulator.book.ports import QuotedPrices
from tastyflow_simulator.book.requests import NOTIONAL, PRICED, TRIGGERED

Quotes = Mapping[str, QuotedPrices | None]

TABLE_MARKET_PRICE: Final = Decimal(1)
TABLE_FILLS_BELOW: Final = Decimal(3)
FINEST_PRICE: Final = Decimal("0.0001")
MET_UNITS: Final = Decimal(100)
"""How many units a counterparty inside the spread takes at least: whole orders, unless they are large."""
FINEST_SHARE: Final = Decimal("0.00001")


@frozen
class Execution:
    """What trades in one go, leg by leg."""

    quantities: tuple[Decimal, ...]
    prices: tuple[Decimal, ...]


def cost_at_touch(legs: Sequence[Leg], units: Decimal, quotes: Quotes) -> Decimal | None:
    """What one unit costs right now: bought at the ask, sold at the bid. None where a side has no market."""
    return _cost(legs, units, [_touch(leg, quotes) for leg in legs])


def is_inside(order: Order, quotes: Quotes) -> bool:
    """Whether its limit lies between the best and the worst that the spread has: a counterparty may meet it there."""
    worst, limit = cost_at_touch(order.legs, order.units, quotes), order.request.cost_limit
    best = _cost(order.legs, order.units, [_best(leg, quotes) for leg in order.legs])
    return None not in (worst, limit, best) and best < limit < worst  # type: ignore[operator]


def is_triggered(order: Order, quotes: Quotes) -> bool:
    """Whether it works: it has no stop, or its stop is reached: dearer for a buyer, cheaper for a seller."""
    if order.triggered or order.request.order_type not in TRIGGERED:
        return True
    cost, stop = cost_at_touch(order.legs, order.units, quotes), order.request.stop_trigger
    if cost is None or stop is None:
        return False
    return cost >= stop if cost > 0 else -cost <= stop


def by_quotes(order: Order, quotes: Quotes) -> Execution | None:
    """What trades against the quotes: whole units, as many as the sizes hold, each leg at its touch."""
    if order.request.order_type == NOTIONAL:
        return _notional(order, quotes)
    cost, limit = cost_at_touch(order.legs, order.units, quotes), order.request.cost_limit
    if cost is None or (limit is not None and cost > limit):
        return None
    units = min(order.units_left, _units_offered(order, quotes))
    if units <= 0:
        return None
    return Execution(_quantities(order, units), tuple(_touch(leg, quotes) for leg in order.legs))


def by_limit(order: Order, quotes: Quotes) -> Execution | None:
    """What trades with a counterparty at the limit: whole units, as many as the sizes hold or `MET_UNITS`."""
    units = min(order.units_left, max(_units_offered(order, quotes), MET_UNITS))
    if units <= 0 or not is_inside(order, quotes):
        return None
    return Execution(_quantities(order, units), leg_prices(order, quotes, order.request.cost_limit))


def by_table(order: Order, quotes: Quotes) -> Execution | None:
    """The sandbox's rule until 2026: market orders at 1 dollar, limits below 3 at once, all others never."""
    if order.request.order_type == NOTIONAL:
        return _notional(order, quotes)
    price = order.request.price if order.request.order_type in PRICED else None
    if price is None:
        return Execution(_quantities(order, order.units_left), (TABLE_MARKET_PRICE,) * len(order.legs))
    if price >= TABLE_FILLS_BELOW:
        return None
    return Execution(_quantities(order, order.units_left), leg_prices(order, quotes, order.request.cost_limit))


def by_script(order: Order, quotes: Quotes, units: Decimal) -> Execution | None:
    """*Units* trade because a script says so: at the touch, or at the limit where the touch is worse."""
    if order.request.order_type == NOTIONAL:
        return _notional(order, quotes)
    cost, limit = cost_at_touch(order.legs, order.units, quotes), order.request.cost_limit
    if limit is not None:
        cost = limit if cost is None else min(cost, limit)
    return Execution(_quantities(order, units), leg_prices(order, quotes, cost))


def leg_prices(order: Order, quotes: Quotes, cost: Decimal | None) -> tuple[Decimal, ...]:
    """What each leg trades at when a unit costs *cost*: its touch, and the dearest leg bears the difference."""
    prices = [_touch(leg, quotes) or CENT for leg in order.legs]
    if cost is not None:
        weights = _weights(order.legs, order.units)
        signs = [1 if leg.buys else -1 for leg in order.legs]
        natural = sum((s * w * p for s, w, p in zip(signs, weights, prices, strict=True)), ZERO)
        bearer = max(range(len(prices)), key=prices.__getitem__)
        prices[bearer] += signs[bearer] * (cost - natural) / weights[bearer]
    return tuple(max(price.quantize(FINEST_PRICE), ZERO) for price in prices)


def _cost(legs: Sequence[Leg], units: Decimal, prices: Sequence[Decimal]) -> Decimal | None:
    total = ZERO
    for leg, weight, touch in zip(legs, _weights(legs, units), prices, strict=True):
        if not touch:
            return None
        total += touch * weight if leg.buys else -touch * weight
    return total


def _notional(order: Order, quotes: Quotes) -> Execution | None:
    """As many shares, to the hundred-thousandth, as the money buys."""
    leg = order.legs[0]
    touch, value = _touch(leg, quotes), order.request.value
    if not touch or value is None or leg.fills:
        return None
    shares = (value / touch).quantize(FINEST_SHARE, ROUND_FLOOR)
    return Execution((shares,), (touch,)) if shares > 0 else None


def _weights(legs: Sequence[Leg], units: Decimal) -> tuple[Decimal, ...]:
    """How often each leg's price counts in the price of one unit, per share: 1 and 2 for a 1/2 ratio spread."""
    if len(legs) == 1:
        return (Decimal(1),)
    per_share = max(leg.multiplier for leg in legs)
    return tuple(leg.quantity * leg.multiplier / (units * per_share) for leg in legs)


def _quantities(order: Order, units: Decimal) -> tuple[Decimal, ...]:
    if len(order.legs) == 1:
        return (units,)
    return tuple(leg.quantity * units / order.units for leg in order.legs)


def _units_offered(order: Order, quotes: Quotes) -> Decimal:
    """How many whole units the quoted sizes hold."""
    offered = []
    for leg in order.legs:
        quote = quotes.get(leg.symbol)
        size = Decimal(0 if quote is None else quote.ask_size if leg.buys else quote.bid_size)
        offered.append(size if len(order.legs) == 1 else size * order.units // leg.quantity)
    return min(offered)


def _touch(leg: Leg, quotes: Quotes) -> Decimal:
    quote = quotes.get(leg.symbol)
    if quote is None:
        return ZERO
    return quote.ask if leg.buys else quote.bid


def _best(leg: Leg, quotes: Quotes) -> Decimal:
    """The other side of the spread from its touch."""
    quote = quotes.get(leg.symbol)
    if quote is None:
        return ZERO
    return quote.bid if leg.buys else quote.ask
