"""
Levels of a chain, from its sums by strike: walls, and the static crossing that is not the flip.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import numpy as np
from attrs import frozen

from tastyflow_adapters.signals.gamma.amounts import Floats, GammaAmount
from tastyflow_adapters.signals.gamma.columns import GammaSpot
from tastyflow_adapters.signals.gamma.exposure import GammaCoverage, GammaWall


@frozen
class GammaLevels:
    """
    What is known of a chain without repricing it. As in `GammaExposure`, of which it is the quick part.

    Attributes:
        at_the_money_volatility: As in `GammaExposure`.
        oldest_age_s: Of the gammas and volatilities that are counted, and of the spot.
    """

    symbol: str
    at: datetime
    spot: GammaSpot
    net: GammaAmount
    calls: GammaAmount
    puts: GammaAmount
    call_wall: GammaWall | None
    put_wall: GammaWall | None
    at_the_money_volatility: float | None
    coverage: GammaCoverage
    oldest_age_s: float


def wall_of(strikes: Sequence[Decimal], shares: Floats, spot: float) -> GammaWall | None:
    """
    The strike with the most gamma; of several alike the one nearest to the spot. None where there is no gamma at all.

    Args:
        shares: Signed shares per dollar at each strike, of one right.
    """
    sizes = np.abs(shares)
    largest = sizes.max()
    if largest == 0:
        return None
    place = min(np.flatnonzero(sizes == largest).tolist(), key=lambda place: abs(float(strikes[place]) - spot))
    strike = strikes[place]
    return GammaWall(strike, GammaAmount.of_shares(float(shares[place]), spot), 100 * (float(strike) / spot - 1))


def static_crossing(strikes: Sequence[Decimal], net: Floats) -> float | None:
    """The first strike, from below, at which *net* by strike changes its sign, by a straight line in between."""
    some = np.flatnonzero(net)
    turns = np.flatnonzero((net[some][:-1] > 0) != (net[some][1:] > 0))
    if not len(turns):
        return None
    below, above = some[turns[0]], some[turns[0] + 1]
    low, high = float(strikes[below]), float(strikes[above])
    return low + (high - low) * float(net[below] / (net[below] - net[above]))
