"""
Net exposure at other spots: gamma worked out anew there, implied volatility held for each contract.

                                    net ▲      ___
    levels  ─▶ scan ─▶ profile          │     /   \\____      ____ polished between two levels of unlike sign
                       roots            ┼────○─────────\\○───▶ spot
                                        │___/
                                           near: fine steps    far: coarse ones

The Black-Scholes gamma, of calls and puts alike: φ(d1) e^(-qT) / (S σ √T), d1 = (ln(S/K) + (r - q + σ²/2) T) / (σ √T).

Where net exposure is zero, the sign turns: a *root*. The flip is the root nearest to the spot. Two roots within one
step of each other are not seen, which is why the steps are stated. "None in the range" is an answer.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import numpy as np
from attrs import asdict, frozen

from tastyflow.errors import Invalid
from tastyflow_adapters.signals.gamma.amounts import Floats, GammaAmount
from tastyflow_adapters.signals.gamma.polishing import polished
from tastyflow_adapters.signals.gamma.settling import MINUTES_A_YEAR
from tastyflow_adapters.signals.gamma.weighing import Weighed

WIDEST_PERCENT: Final = 90.0
MOST_LEVELS: Final = 5_000
ROUNDING: Final = 1e-13
"""Net exposure that is a smaller share of calls and puts is what rounding left of two that are equal."""


@frozen(kw_only=True)
class Repricing:
    """
    How exposure is worked out at other spots, and what bounds it everywhere. Stated with each result.

    Attributes:
        low_percent, high_percent: The range searched, from the spot.
        step_percent: The distance of its levels.
        near_percent, near_step_percent: Around the spot, where a signal is decided, levels lie closer.
        around_percent: How far from a root net exposure is looked at, to tell a level from a tail.
        tail_percent: A root is in a tail where that is less than this share of the largest net exposure in the range.
        rate, dividend: A year, continuous, as fractions.
        floor_min: No time to settlement counts as less, and no contract's gamma as more than at the money with it.
    """

    low_percent: float = -20.0
    high_percent: float = 20.0
    step_percent: float = 1.0
    near_percent: float = 2.0
    near_step_percent: float = 0.1
    around_percent: float = 1.0
    tail_percent: float = 1.0
    rate: float = 0.0
    dividend: float = 0.0
    floor_min: float = 5.0

    def __attrs_post_init__(self) -> None:
        if not (-WIDEST_PERCENT <= self.low_percent < 0 < self.high_percent <= WIDEST_PERCENT):
            raise _bad("The range goes from below the spot to above it, by at most 90 %.")
        if not (0 < self.near_step_percent <= self.step_percent and self.near_percent >= 0):
            raise _bad("Steps are positive, and those near the spot are not larger than the others.")
        if not (self.around_percent > 0 and 0 <= self.tail_percent < 100 and self.floor_min > 0):
            raise _bad("The distance around a root and the least time are positive, the share of a tail below 100 %.")
        if not (abs(self.rate) < 1 and abs(self.dividend) < 1):
            raise _bad("Rate and dividend are fractions a year: 0.04 is 4 %.")
        if len(self.levels()) > MOST_LEVELS:
            raise _bad(f"More than {MOST_LEVELS:,} levels: the steps are too small for the range.")

    def levels(self) -> Floats:
        """The levels as shares of the spot, rising; 1 is among them."""
        far = _steps(self.low_percent, self.high_percent, self.step_percent)
        low, high = max(self.low_percent, -self.near_percent), min(self.high_percent, self.near_percent)
        near = _steps(low, high, self.near_step_percent)
        ends = np.array([self.low_percent, self.high_percent])
        return 1 + np.unique(np.round(np.concatenate((far, near, ends)), 9)) / 100

    @property
    def floor_years(self) -> float:
        """The least time to settlement, in years of 365 days."""
        return self.floor_min / MINUTES_A_YEAR

    def as_json(self) -> dict[str, float]:
        """Each part by its name."""
        return asdict(self)


def _steps(low: float, high: float, step: float) -> Floats:
    """Multiples of *step* from *low* to *high*, zero among them."""
    return np.arange(np.ceil(low / step - 1e-9), np.floor(high / step + 1e-9) + 1) * step


def _bad(message: str) -> Invalid:
    return Invalid(message, code="bad_repricing")


@frozen
class GammaRoot:
    """
    A spot at which net exposure, repriced there, is zero.

    Attributes:
        distance_percent: From the market's spot; positive above it.
        slope_dollars_per_percent_per_percent: How much net exposure (in dollars per 1 % move) changes while the spot
            moves by 1 %: positive where it is negative below and positive above.
        net_around_dollars_per_percent: The larger of its sizes a little below and a little above.
        is_tail: Hardly any gamma is left around it: a root, and no level. A rule does not trade on it.
    """

    spot: float
    distance_percent: float
    slope_dollars_per_percent_per_percent: float
    net_around_dollars_per_percent: float
    is_tail: bool

    def as_json(self) -> dict[str, float | bool]:
        """Each part by its name."""
        return {
            "spot": self.spot,
            "distance_percent": self.distance_percent,
            "slope_dollars_per_percent_per_percent": self.slope_dollars_per_percent_per_percent,
            "net_around_dollars_per_percent": self.net_around_dollars_per_percent,
            "is_tail": self.is_tail,
        }


@frozen(eq=False)
class GammaProfile:
    """Exposure repriced at each of the levels; arrays of one length, *spots* rising."""

    spots: Floats
    net_dollars_per_percent: Floats
    calls_dollars_per_percent: Floats
    puts_dollars_per_percent: Floats

    def as_json(self) -> dict[str, list[float]]:
        """Each column by its name."""
        return {
            "spots": self.spots.tolist(),
            "net_dollars_per_percent": self.net_dollars_per_percent.tolist(),
            "calls_dollars_per_percent": self.calls_dollars_per_percent.tolist(),
            "puts_dollars_per_percent": self.puts_dollars_per_percent.tolist(),
        }


@frozen(eq=False)
class Repriced:
    """
    What repricing found.

    Attributes:
        at, spot: Of what moment, around which price.
        net: Repriced at the spot itself; the feed's own gammas may say something else there.
        roots: Every root in the range, rising.
        profile: Net exposure over the range.
        floored: Contracts whose time to settlement was raised to the least.
    """

    at: datetime
    spot: float
    net: GammaAmount
    roots: tuple[GammaRoot, ...]
    profile: GammaProfile
    floored: int

    @property
    def flip(self) -> GammaRoot | None:
        """The root nearest to the spot; None where there is none in the range."""
        return min(self.roots, key=lambda root: abs(root.distance_percent), default=None)

    def as_json(self) -> dict[str, object]:
        """Net at the spot and the profile; the roots stand beside it."""
        return {
            "at": self.at.isoformat(),
            "spot": self.spot,
            "net": self.net.as_json(),
            "profile": self.profile.as_json(),
        }


def repriced(chain: Weighed, at: datetime, how: Repricing, *, floored: int) -> Repriced:
    """Net exposure over the whole range around the spot of *chain*, and every root in it."""
    spot = chain.spot
    shares = how.levels()
    places = np.log(shares)
    both = np.array([chain.calls_and_puts_at(float(x)) for x in places])
    spots = spot * shares
    in_dollars = both * (spots / 100)[:, np.newaxis]
    calls, puts = in_dollars[:, 0], in_dollars[:, 1]
    net = calls + puts
    net[np.abs(net) <= chain.nothing * spots / 100 + ROUNDING * (np.abs(calls) + np.abs(puts))] = 0
    profile = GammaProfile(spots, net, calls, puts)
    roots = tuple(
        _root(chain, how, float(np.abs(net).max()), *polished(chain.net_and_its_change, low, high, at_low))
        for low, high, at_low in _brackets(places, net)
    )
    at_spot = GammaAmount.of_shares(sum(chain.calls_and_puts_at(0.0)) / spot, spot)
    return Repriced(at, spot, at_spot, roots, profile, floored)


def _brackets(places: Floats, net: Floats) -> Sequence[tuple[float, float, float]]:
    """Neighbours of unlike sign: their places, and net at the lower one. Levels with nothing are passed over."""
    some = np.flatnonzero(net)
    x, value = places[some], net[some]
    turns = np.flatnonzero((value[:-1] > 0) != (value[1:] > 0))
    return [(float(x[i]), float(x[i + 1]), float(value[i])) for i in turns]


def _root(chain: Weighed, how: Repricing, largest: float, x: float, change: float) -> GammaRoot:
    """The root at the spot · e^x, where net dollars' worth changes by *change* with x."""
    price = chain.price(x)
    aside = how.around_percent / 100
    around = max(abs(_net_dollars_per_percent(chain, x + float(np.log1p(by)))) for by in (-aside, aside))
    return GammaRoot(
        spot=price,
        distance_percent=100 * float(np.expm1(x)),
        slope_dollars_per_percent_per_percent=price * change / 10_000,
        net_around_dollars_per_percent=around,
        is_tail=around < how.tail_percent / 100 * largest,
    )


def _net_dollars_per_percent(chain: Weighed, x: float) -> float:
    return sum(chain.calls_and_puts_at(x)) * chain.price(x) / 100
