"""
The account's money as the rules of `margin` see it: what an order takes, and what is left.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from tastyflow_simulator.book import margin
from tastyflow_simulator.book.fees import total_fees
from tastyflow_simulator.book.margin import Needs
from tastyflow_simulator.book.orders import Leg, count_units
from tastyflow_simulator.book.pricing import cost_at_touch
from tastyflow_simulator.book.requests import NOTIONAL, OrderRequest
from tastyflow_simulator.book.state import State
from tastyflow_simulator.book.words import OPTION, ZERO, signed


def needs(state: State, request: OrderRequest, legs: Sequence[Leg], now: datetime) -> Needs:
    """Cost, fees, and what the order adds to the charge for its underlying."""
    underlying = state.market.underlying_of(legs[0].symbol)
    spot = state.spot(underlying, now)
    if request.order_type == NOTIONAL:
        value = request.value or ZERO
        shares = value / spot if spot else ZERO
        legs = [Leg(legs[0].instrument_type, legs[0].symbol, legs[0].action, shares, 1)]
        cost = value if legs[0].buys else -value
    else:
        cost = _cost(state, request, legs, now)
    shares_only = all(leg.instrument_type != OPTION for leg in legs)
    if shares_only and legs[0].quantity:
        spot = abs(cost) / legs[0].quantity  # shares are lent against at what they are bought for
    held = {each.symbol: each.quantity for each in state.holdings.values() if each.underlying == underlying}
    after = dict(held)
    for leg in legs:
        after[leg.symbol] = after.get(leg.symbol, ZERO) + signed(leg.action, leg.quantity)
    fees_usd = total_fees(legs, underlying).total
    adds = margin.charge(after, spot) - margin.charge(held, spot)
    return Needs(cost + fees_usd + adds, fees_usd, margin.SHARES_FACTOR if shares_only else 1)


def isolated(state: State, legs: Sequence[Leg], now: datetime) -> Decimal:
    """What the order would be charged if nothing else were held."""
    underlying = state.market.underlying_of(legs[0].symbol)
    amounts = {leg.symbol: signed(leg.action, leg.quantity) for leg in legs if leg.opens}
    return max(ZERO, margin.charge(amounts, state.spot(underlying, now)))


def available(state: State, now: datetime, *, without: int | None = None) -> Decimal:
    """What may still be spent; *without* counting one order."""
    spared = state.orders[without].reserved_usd if without is not None else ZERO
    return state.cash - state.reserved_usd + spared - sum(charges(state, now).values(), ZERO)


def charges(state: State, now: datetime) -> dict[str, Decimal]:
    """The charge for each underlying."""
    rows = ((each.underlying, each.symbol, each.quantity) for each in state.holdings.values() if each.quantity)
    return {
        underlying: margin.charge(amounts, state.spot(underlying, now))
        for underlying, amounts in margin.by_underlying(rows).items()
    }


def _cost(state: State, request: OrderRequest, legs: Sequence[Leg], now: datetime) -> Decimal:
    """In dollars, at the limit, or at the touch where there is none."""
    limit = request.cost_limit
    if limit is not None and len(legs) == 1:
        return limit * legs[0].quantity * legs[0].multiplier
    quotes = {leg.symbol: state.market.quote(leg.symbol, now) for leg in legs}
    units = count_units(legs)
    cost = limit if limit is not None else cost_at_touch(legs, units, quotes)
    return (cost or ZERO) * units * max(leg.multiplier for leg in legs)
