"""
What claims on one price are worth at settlement: a piecewise linear function of that price, with its kinks at strikes.

    value
      │        ╱‾‾‾‾‾‾‾        a bought 440/450 call spread
      │       ╱
      └──────┴──┴──────── price
            440 450

A `Claim` is a call or a put on a number of shares; shares are a call with strike zero. A `Curve` is the function at
zero, at every strike, and at a reference price above them: its lowest point is one of these, or it falls for ever. That
stays so when orders that may fill to any part are added, each with the worse of nothing and its own profit: where that
changes over, the sum bends downwards, and has no lowest point.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from tastyflow.domain.instruments import EquityOption, Instrument, Right

ZERO = Decimal(0)


class Claim(NamedTuple):
    """A call (or a put) on *shares* at *strike*; negative when it is owed."""

    is_call: bool
    strike: Decimal
    shares: int


class Lowest(NamedTuple):
    """
    The lowest value of a payoff.

    Attributes:
        value_usd: Where the value falls for ever: the lowest between zero and the reference price, both included.
        uncovered_shares: How many dollars are lost with each dollar that the price rises without end; zero: bounded.
    """

    value_usd: Decimal
    uncovered_shares: int


class Curve(NamedTuple):
    """
    A payoff at certain prices, the same for all curves that are added up.

    Attributes:
        values: In dollars, at each price.
        rise: What it gains with each dollar above the highest strike.
    """

    values: tuple[Decimal, ...]
    rise: int

    def plus(self, other: "Curve", times: int = 1) -> "Curve":
        """The sum of this payoff and *times* the other."""
        values = tuple([value + times * more for value, more in zip(self.values, other.values, strict=True)])
        return Curve(values, self.rise + times * other.rise)

    def lowest(self) -> Lowest:
        return Lowest(min(self.values), max(0, -self.rise))


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


def rise_of(claims: Iterable[Claim]) -> int:
    """What *claims* gain with each dollar above the highest strike."""
    return sum(claim.shares for claim in claims if claim.is_call)


def curve_of(claims: Sequence[Claim], prices: Sequence[Decimal]) -> Curve:
    """What *claims* are worth at each price."""
    return Curve(tuple([value_at(claims, price) for price in prices]), rise_of(claims))


def may_fill(claims: Sequence[Claim], cash_usd: Decimal, prices: Sequence[Decimal]) -> Curve:
    """An order that brings *cash_usd* (negative: costs it), filled at each price to the part that hurts most."""
    values = tuple([min(ZERO, cash_usd + value_at(claims, price)) for price in prices])
    return Curve(values, min(0, rise_of(claims)))
