"""
The chain as four arrays, so that exposure at any spot is one exponential and two sums.

    with S = spot · e^x:     d1 / √2  =  steepness · x + offset
    shares per dollar at S   =  Σ weight · exp(-(d1/√2)²) / S         weight = s OI m e^(-qT) / (σ √T √2π)

Where d1 is so large that gamma is below any float, it is exactly zero: far from every strike nothing has a sign.
"""

from math import exp, pi, sqrt
from typing import Final

import numpy as np
from attrs import frozen

from tastyflow_adapters.signals.gamma.amounts import Floats

LARGEST_EXPONENT: Final = 700.0
NOTHING: Final = exp(-LARGEST_EXPONENT)


@frozen(eq=False)
class Weighed:
    """Arrays of one length, an element for each covered contract; *call_weights* are zero at puts, and vice versa."""

    spot: float
    steepness: Floats
    offset: Floats
    call_weights: Floats
    put_weights: Floats

    def calls_and_puts_at(self, x: float) -> tuple[float, float]:
        """Shares per dollar, of calls and of puts, at the spot · e^x."""
        bells = self._bells(self._deviations(x))
        price = self.spot * exp(x)
        return float(self.call_weights @ bells) / price, float(self.put_weights @ bells) / price

    def net_and_its_change(self, x: float) -> tuple[float, float]:
        """Net dollars per dollar at the spot · e^x, and its derivative by x."""
        deviations = self._deviations(x)
        bells = self._bells(deviations.copy())
        bells *= self.call_weights + self.put_weights
        net = float(bells.sum())
        bells *= self.steepness
        return net, -2 * float(bells @ deviations)

    def _deviations(self, x: float) -> Floats:
        found = self.steepness * x
        found += self.offset
        return found

    @staticmethod
    def _bells(deviations: Floats) -> Floats:
        """exp(-d²), in place."""
        np.multiply(deviations, deviations, out=deviations)
        np.minimum(deviations, LARGEST_EXPONENT, out=deviations)
        np.negative(deviations, out=deviations)
        np.exp(deviations, out=deviations)
        deviations -= NOTHING
        return deviations


def weighed(
    spot: float,
    strikes: Floats,
    volatilities: Floats,
    years: Floats,
    call_shares: Floats,
    put_shares: Floats,
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
        call_shares, put_shares: Signed open interest in shares (s OI m), zero for the other right.
    """
    deviation = volatilities * np.sqrt(years)
    d1 = (np.log(spot / strikes) + (rate - dividend) * years) / deviation + deviation / 2
    scale = np.exp(-dividend * years) / (deviation * sqrt(2 * pi))
    return Weighed(spot, 1 / (deviation * sqrt(2)), d1 / sqrt(2), call_shares * scale, put_shares * scale)
