"""
The chain as three arrays, so that exposure at any spot is one exponential and two sums.

    with S = spot · e^x:     d1 / √2  =  steepness · x + offset
    shares per dollar at S   =  Σ weight · exp(-(d1/√2)²) / S         weight = s OI m e^(-qT) / (σ √T √2π)

Far from every strike nothing is left that has a sign: what is below `Weighed.nothing` counts as zero. Sums are numpy's
own: a dot product would wake the threads of its linear algebra, which on a busy machine wait a hundred times longer
than they work.
"""

from math import exp, pi, sqrt
from typing import Final

import numpy as np
from attrs import field, frozen

from tastyflow_adapters.signals.gamma.amounts import Floats

LARGEST_EXPONENT: Final = 100.0
"""There a contract's gamma is 10^-43 of what it is at the money, and is not followed further: tiny floats are slow."""


@frozen(eq=False)
class Weighed:
    """Arrays of one length, an element for each covered contract, calls first. It belongs to one thread."""

    spot: float
    steepness: Floats
    offset: Floats
    weights: Floats
    calls: int
    _deviations: Floats = field(init=False)  # room to compute in: making it anew would take as long as computing
    _parts: Floats = field(init=False)

    @_deviations.default
    @_parts.default
    def _room(self) -> Floats:
        return np.empty_like(self.steepness)

    @property
    def nothing(self) -> float:
        """The size of net dollars per dollar that may be rounding alone: 10^-40 of all gamma there is."""
        return 1e-40 * float(np.abs(self.weights).sum())

    def calls_and_puts_at(self, x: float) -> tuple[float, float]:
        """Dollars per dollar, of calls and of puts, at the spot · e^x."""
        parts = self._parts_at(x)
        return float(parts[: self.calls].sum()), float(parts[self.calls :].sum())

    def net_and_its_change(self, x: float) -> tuple[float, float]:
        """Net dollars per dollar at the spot · e^x, and its derivative by x."""
        parts = self._parts_at(x)
        net = float(parts.sum())
        parts *= self.steepness
        parts *= self._deviations
        return net, -2 * float(parts.sum())

    def price(self, x: float) -> float:
        """The spot · e^x."""
        return self.spot * exp(x)

    def _parts_at(self, x: float) -> Floats:
        """weight · exp(-d²) of each contract, where d is its deviation; both stay until the next call."""
        deviations, parts = self._deviations, self._parts
        np.multiply(self.steepness, x, out=deviations)
        np.add(deviations, self.offset, out=deviations)
        np.multiply(deviations, deviations, out=parts)
        np.minimum(parts, LARGEST_EXPONENT, out=parts)
        np.negative(parts, out=parts)
        np.exp(parts, out=parts)
        np.multiply(parts, self.weights, out=parts)
        return parts


def weighed(
    spot: float,
    strikes: Floats,
    volatilities: Floats,
    years: Floats,
    shares: Floats,
    calls: int,
    *,
    rate: float,
    dividend: float,
) -> Weighed:
    """
    The arrays of a chain.

    Args:
        spot, strikes: In dollars.
        volatilities, years, rate, dividend: A year, as fractions; time to settlement in years. All positive but the
            last two.
        shares: Signed open interest in shares (s OI m).
        calls: How many contracts are calls, which stand first.
    """
    deviation = volatilities * np.sqrt(years)
    d1 = (np.log(spot / strikes) + (rate - dividend) * years) / deviation + deviation / 2
    weights = shares * np.exp(-dividend * years) / (deviation * sqrt(2 * pi))
    return Weighed(spot, 1 / (deviation * sqrt(2)), d1 / sqrt(2), weights, calls)
