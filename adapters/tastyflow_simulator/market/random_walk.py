"""
How prices wander: seeded, bounded, always coming back, and a pure function of the moment.

    lattice   hours ago ─────●───────────────────●──────── slow swell, most of the way
              minutes ago ───●─────●─────●─────●─────●──── and a livelier one on top
              seconds ago ───●─●─●─●─●─●─●─●─●─●─●─●─●──── ripples, which bring a price back soon

At each point of a lattice the height is drawn from a hash of seed, name and point; between points it is eased over.
There is no state: the same moment gives the same price, in any order and in any process.
"""

from typing import Final

from tastyflow_adapters.exchange.chance import drawn

OCTAVES: Final = ((3600.0, 0.55), (240.0, 0.3), (20.0, 0.15))
"""Seconds between the points of a lattice, and its share of the whole way."""


def wander(seed: int, name: str, at_s: float) -> float:
    """How far from home a price stands at a moment in seconds since 1970: between -1 and 1."""
    return sum(share * _height(seed, f"{name}~{every_s:g}", at_s / every_s) for every_s, share in OCTAVES)


def _height(seed: int, name: str, place: float) -> float:
    point = int(place // 1)
    along = place - point
    eased = along * along * (3 - 2 * along)
    here, there = (2 * drawn(seed, name, each) - 1 for each in (point, point + 1))
    return here + (there - here) * eased
