"""
What an account may still spend, and what an order takes of that.

    available  =  cash  +  half of the shares held  −  what short positions could owe  −  what open orders took

The worst outcome is looked for at expiration, from a fifth below today's price of the underlying to a fifth above: a
vertical spread owes its width, a covered call nothing. The rule is the simulator's own, in the spirit of Regulation T.
Shares alone are bought with half their price, so the buying power for them is twice what is available.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

from attrs import frozen

from tastyflow.domain.instruments import EquityOption, Right, from_occ
from tastyflow_simulator.book.fees import total_fees
from tastyflow_simulator.book.formats import OPTION, ZERO, Json, effect, money, signed, with_effect
from tastyflow_simulator.book.orders import Leg, count_units
from tastyflow_simulator.book.pricing import cost_at_touch
from tastyflow_simulator.book.requests import NOTIONAL, OrderRequest
from tastyflow_simulator.book.state import State

STRESS: Final = Decimal("0.2")
LOAN: Final = Decimal("0.5")
SHARES_FACTOR: Final = 2

Amounts = Mapping[str, Decimal]


@frozen
class Needs:
    """What an order takes of what is available: *usd* with fees (negative: it frees some), and how it is shown."""

    usd: Decimal
    fees_usd: Decimal
    factor: int

    @property
    def shown_usd(self) -> Decimal:
        return (self.usd - self.fees_usd) * self.factor + self.fees_usd


def charge(amounts: Amounts, spot: Decimal) -> Decimal:
    """What holdings on one underlying take of the account; negative where they can be lent against."""
    if any(quantity < 0 for quantity in amounts.values()):
        return _owed(amounts, spot)
    return -LOAN * spot * sum((quantity for symbol, quantity in amounts.items() if not _is_option(symbol)), ZERO)


def by_underlying(rows: Iterable[tuple[str, str, Decimal]]) -> dict[str, dict[str, Decimal]]:
    """From rows of underlying, symbol and quantity."""
    grouped: dict[str, dict[str, Decimal]] = {}
    for underlying, symbol, quantity in rows:
        held = grouped.setdefault(underlying, {})
        held[symbol] = held.get(symbol, ZERO) + quantity
    return grouped


def intrinsic(option: EquityOption, spot: Decimal) -> Decimal:
    """What an option is worth, per share, when no time is left."""
    return max(ZERO, spot - option.strike if option.right is Right.CALL else option.strike - spot)


def effect_json(needs: Needs, available: Decimal, isolated: Decimal, *, is_spread: bool) -> Json:
    """The ``buying-power-effect`` of an order."""
    now = available * needs.factor
    change = -needs.shown_usd
    return {
        **with_effect("change-in-margin-requirement", change + needs.fees_usd),
        **with_effect("change-in-buying-power", change),
        **with_effect("current-buying-power", now),
        **with_effect("new-buying-power", now + change),
        "isolated-order-margin-requirement": money(isolated),
        "isolated-order-margin-requirement-effect": effect(-isolated),
        "is-spread": is_spread,
        "impact": money(change),
        "effect": effect(change),
    }


def report_row(symbol: str, kind: str, amount: Decimal) -> Json:
    """One underlying's part of the margin report."""
    return {
        "description": symbol,
        "code": symbol,
        "underlying-symbol": symbol,
        "underlying-type": kind,
        "margin-calculation-type": "Reg T",
        **with_effect("buying-power", -max(amount, ZERO)),
        **with_effect("margin-requirement", -max(amount, ZERO)),
        **with_effect("initial-requirement", -max(amount, ZERO)),
        **with_effect("maintenance-requirement", -max(amount, ZERO)),
        "expected-price-range-up-percent": "0.2",
        "expected-price-range-down-percent": "0.2",
        "groups": [],
    }


def _owed(amounts: Amounts, spot: Decimal) -> Decimal:
    low, high = spot * (1 - STRESS), spot * (1 + STRESS)
    options = {symbol: from_occ(symbol) for symbol in amounts if _is_option(symbol)}
    strikes = {each.strike for each in options.values() if isinstance(each, EquityOption) and low < each.strike < high}

    def worth(at: Decimal) -> Decimal:
        total = ZERO
        for symbol, quantity in amounts.items():
            option = options.get(symbol)
            per_share = intrinsic(option, at) * option.multiplier if isinstance(option, EquityOption) else at
            total += per_share * quantity
        return total

    return max(ZERO, -min(worth(at) for at in {low, high} | strikes))


def _is_option(symbol: str) -> bool:
    return len(symbol) == 21


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
    adds = charge(after, spot) - charge(held, spot)
    return Needs(cost + fees_usd + adds, fees_usd, SHARES_FACTOR if shares_only else 1)


def isolated(state: State, legs: Sequence[Leg], now: datetime) -> Decimal:
    """What the order would be charged if nothing else were held."""
    underlying = state.market.underlying_of(legs[0].symbol)
    amounts = {leg.symbol: signed(leg.action, leg.quantity) for leg in legs if leg.opens}
    return max(ZERO, charge(amounts, state.spot(underlying, now)))


def available(state: State, now: datetime, *, without: int | None = None) -> Decimal:
    """What may still be spent; *without* counting one order."""
    spared = state.orders[without].reserved_usd if without is not None else ZERO
    return state.cash - state.reserved_usd + spared - sum(charges(state, now).values(), ZERO)


def charges(state: State, now: datetime) -> dict[str, Decimal]:
    """The charge for each underlying."""
    rows = ((each.underlying, each.symbol, each.quantity) for each in state.holdings.values() if each.quantity)
    return {
        underlying: charge(amounts, state.spot(underlying, now)) for underlying, amounts in by_underlying(rows).items()
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
