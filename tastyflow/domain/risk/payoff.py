"""
What claims on one price are worth at settlement: a piecewise linear function of that price, with its kinks at strikes.

    value
      │        ╱‾‾‾‾‾‾‾        a bought 440/450 call spread
      │       ╱
      └──────┴──┴──────── price
            440 450

A `Claim` is a call or a put on a number of shares; shares are a call with strike zero. `lowest` is exact: the lowest
value of such a function is at zero, at a strike, or nowhere when it falls for ever. That stays so when orders that may
fill to any part are added, each with the worse of nothing and its own profit: where that changes over, the sum bends
downwards, and has no lowest point.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from attrs import frozen

from tastyflow.domain.instruments import EquityOption, Instrument, Right

ZERO = Decimal(0)


class Claim(NamedTuple):
    """A call (or a put) on *shares* at *strike*; negative when it is owed."""

    is_call: bool
    strike: Decimal
    shares: int


@frozen
class MayFill:
    """An order that may fill to any part: its claims, and the cash it brings (or costs, when negative)."""

    claims: tuple[Claim, ...]
    cash_usd: Decimal


class Lowest(NamedTuple):
    """
    The lowest value of a payoff.

    Attributes:
        value_usd: Where the value falls for ever: the lowest between zero and the reference price, both included.
        uncovered_shares: How many dollars are lost with each dollar that the price rises without end; zero: bounded.
    """

    value_usd: Decimal
    uncovered_shares: int


def claim_of(instrument: Instrument, quantity: int) -> Claim:
    """What holding *quantity* of *instrument* lays claim to."""
    shares = quantity * instrument.multiplier
    if isinstance(instrument, EquityOption):
        return Claim(instrument.right is Right.CALL, instrument.strike, shares)
    return Claim(True, ZERO, shares)


def value_at(claims: Iterable[Claim], price: Decimal) -> Decimal:
    """What *claims* are worth when the underlying settles at *price*."""
    total = ZERO
    for is_call, strike, shares in claims:
        distance = price - strike if is_call else strike - price
        if distance > 0:
            total += shares * distance
    return total


def rise(claims: Iterable[Claim]) -> int:
    """What *claims* gain with each dollar above the highest strike."""
    return sum(claim.shares for claim in claims if claim.is_call)


def lowest(held: Sequence[Claim], may_fill: Sequence[MayFill], reference: Decimal) -> Lowest:
    """The lowest value of *held* with each of *may_fill* done to the part that hurts most."""
    falls = -rise(held) - sum(min(0, rise(order.claims)) for order in may_fill)
    prices = {ZERO, *(claim.strike for claim in held)}
    for order in may_fill:
        prices.update(claim.strike for claim in order.claims)
    if falls > 0:
        prices.add(reference)
    low: Decimal | None = None
    for price in prices:
        value = value_at(held, price)
        for order in may_fill:
            value += min(ZERO, order.cash_usd + value_at(order.claims, price))
        if low is None or value < low:
            low = value
    return Lowest(low or ZERO, max(0, falls))
