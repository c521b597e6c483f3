"""
The figures that a rule speaks of, by name, as they were at one moment, and how far they can be trusted.

    FIGURES[name] ─▶ FigureAbout   what it is, in which unit; docs/rules.md is written from this table
    Figures                        the values, with coverage, ages, source, and the hash of what they come from

A figure that is not known is absent: a condition about it does not hold, and a template with it is not filled.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from attrs import field, frozen


class FigureUnit(StrEnum):
    """What a figure counts in."""

    DOLLARS = "dollars"
    DOLLARS_PER_PERCENT = "dollars per 1 % move"
    PERCENT = "percent"
    MINUTES = "minutes"
    NUMBER = "number"


class DataFault(StrEnum):
    """Why figures are not to be traded on, whatever a rule's own limits say."""

    NO_SPOT = "no_spot"  # no price of the underlying
    CROSSED_MARKET = "crossed_market"  # the bid of the underlying above its ask
    SPOT_JUMPED = "spot_jumped"  # the price moved further between two ticks than a market does
    OLD_INTEREST = "old_interest"  # open interest of another day than the last close
    SWITCHED_INTEREST = "switched_interest"  # open interest of calls and puts seems to be switched
    FEED_GAP = "feed_gap"  # the feed was away, and has not said everything again yet
    CLOCK = "clock"  # ticks are from the future: this machine's clock and the feed's lie apart


@frozen
class FigureAbout:
    """
    Attributes:
        sentence: What the figure is.
        needs_chain: Whether it is worked out from a whole chain; else from the spot alone.
    """

    unit: FigureUnit
    sentence: str
    needs_chain: bool = False


FIGURES: Final[Mapping[str, FigureAbout]] = MappingProxyType(
    {
        "spot": FigureAbout(FigureUnit.DOLLARS, "The price of the underlying."),
        "spot_move_percent_5m": FigureAbout(FigureUnit.PERCENT, "How far the spot moved in the last 5 minutes."),
        "spot_move_percent_15m": FigureAbout(FigureUnit.PERCENT, "How far the spot moved in the last 15 minutes."),
        "spot_move_percent_60m": FigureAbout(FigureUnit.PERCENT, "How far the spot moved in the last 60 minutes."),
        "spot_move_percent_day": FigureAbout(
            FigureUnit.PERCENT, "How far the spot moved since the session's first price."
        ),
        "net_gex_dollars_per_percent": FigureAbout(
            FigureUnit.DOLLARS_PER_PERCENT, "Net gamma exposure of the chain in scope.", needs_chain=True
        ),
        "call_gex_dollars_per_percent": FigureAbout(
            FigureUnit.DOLLARS_PER_PERCENT, "Gamma exposure of the calls in scope.", needs_chain=True
        ),
        "put_gex_dollars_per_percent": FigureAbout(
            FigureUnit.DOLLARS_PER_PERCENT, "Gamma exposure of the puts in scope.", needs_chain=True
        ),
        "call_wall": FigureAbout(
            FigureUnit.DOLLARS, "The strike with the largest call exposure, whatever its sign.", needs_chain=True
        ),
        "put_wall": FigureAbout(
            FigureUnit.DOLLARS, "The strike with the largest put exposure, whatever its sign.", needs_chain=True
        ),
        "flip": FigureAbout(
            FigureUnit.DOLLARS,
            "The nearest spot at which net exposure, repriced there, is zero; tails left out.",
            needs_chain=True,
        ),
        "distance_to_call_wall_percent": FigureAbout(
            FigureUnit.PERCENT,
            "From the spot up to the call wall, as a share of the spot; negative where the spot is above it.",
            needs_chain=True,
        ),
        "distance_to_put_wall_percent": FigureAbout(
            FigureUnit.PERCENT,
            "From the put wall up to the spot, as a share of it; negative where the spot is below the wall.",
            needs_chain=True,
        ),
        "distance_to_flip_percent": FigureAbout(
            FigureUnit.PERCENT,
            "From the flip up to the spot, as a share of it; negative where the spot is below the flip.",
            needs_chain=True,
        ),
        "at_the_money_volatility_percent": FigureAbout(
            FigureUnit.PERCENT, "Implied volatility at the money of the nearest expiration in scope.", needs_chain=True
        ),
        "iv_rank_percent": FigureAbout(
            FigureUnit.PERCENT, "Implied volatility within its range of a year, where it is known."
        ),
        "minutes_since_open": FigureAbout(FigureUnit.MINUTES, "Since the session opened; absent outside of it."),
        "minutes_to_close": FigureAbout(
            FigureUnit.MINUTES, "Until the session closes, at 13:00 on a half day; absent outside."
        ),
    }
)
"""Every figure that tastyflow works out itself. A criterion or a webhook brings its own names besides."""


@frozen
class Figures:
    """
    What is known at one moment.

    Attributes:
        at: When they were worked out, by this machine's clock; it never runs backwards, and runs on while nothing is
            heard. The moment that a signal from them is named by.
        values: By name, in the unit that `FIGURES` says; what is not known is absent.
        coverage: Share of the open interest in scope, from 0 to 1, whose gamma, volatility and open interest are known
            and fresh; None where no chain is in it.
        oldest_age_s: How long before `at` the spot, or the greeks of the chain, last said anything: the older of the
            two; None where one of them never did. Open interest stands all day, and is apart.
        spot_source: ``trade`` or ``mid``; empty where there is no spot.
        snapshot: SHA-256 in hex of what the figures were worked out from: a recording holds the same.
        faults: Why they are not to be traded on; none in a sound market.
        is_closed: Whether no session was open: coverage counts what the last one left, and no rule trades on it.
        own_ages_s: By name, how old a figure is that is found beside the ticks, and can be older than those: the flip.
    """

    symbol: str
    at: datetime
    values: Mapping[str, float] = field(factory=dict)
    coverage: float | None = None
    oldest_age_s: float | None = None
    spot_source: str = ""
    snapshot: str = ""
    faults: tuple[DataFault, ...] = ()
    own_ages_s: Mapping[str, float] = field(factory=dict)
    is_closed: bool = False

    def get(self, name: str) -> float | None:
        """The figure *name*; None where it is not known."""
        return self.values.get(name)

    def age_of(self, names: Iterable[str]) -> float | None:
        """How old the oldest input of the figures *names* was at `at`; None where that is not known."""
        if self.oldest_age_s is None:
            return None
        return max([self.oldest_age_s, *(self.own_ages_s[name] for name in names if name in self.own_ages_s)])
