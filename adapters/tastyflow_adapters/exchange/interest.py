"""
How many contracts are open in each option: invented, seeded, and shaped as in reality.

    puts      ▁▂▄█▅▃▁                     below the money; fatter for indexes and funds, which are hedged with them
    calls             ▁▃▅█▃▂▁             above it
              ────────┼────────▶ strike   round strikes, standard monthlies and near expirations hold the most
                    money

Open interest stands all day; it is counted overnight.
"""

from datetime import date
from functools import lru_cache
from math import exp, log, sqrt
from typing import Final

from tastyflow.domain.expirations import is_standard_monthly
from tastyflow.domain.instruments import EquityOption, Right
from tastyflow_adapters.exchange.chance import drawn
from tastyflow_adapters.exchange.listings import Cadence, Listing

AT_THE_MONEY: Final = {Cadence.DAILY: 2500, Cadence.WEEKLY: 700, Cadence.MONTHLY: 90, Cadence.WEDNESDAYS: 9000}
"""Contracts open in the liveliest strike of a plain expiration some weeks away."""

ROUND: Final = ((20, 3.5), (10, 2.5), (5, 1.6), (2, 1.1))
"""By how much more is open where the strike is a multiple of so many steps."""

MONTHLY_TIMES: Final = 4.0


def open_interest(option: EquityOption, listing: Listing, today: date, *, seed: int = 0) -> float:
    """Contracts open in the morning of *today*; whole once it is cut."""
    days = max((option.expiration - today).days, 0)
    spread = max(listing.vol * sqrt((days + 2) / 365), 0.02)
    place = log(float(option.strike) / float(listing.price)) / spread
    hump = _hump(option.right, place, is_hedge=listing.cadence is Cadence.DAILY)
    times = MONTHLY_TIMES if _is_monthly(option.expiration) else 1.0
    times *= 0.15 + exp(-days / 90)
    times *= next((more for steps, more in ROUND if option.strike % (listing.step * steps) == 0), 0.7)
    times *= exp(2.4 * (drawn(seed, option.occ, "open") - 0.5)) * (0.92 + 0.16 * drawn(seed, option.occ, today))
    return AT_THE_MONEY[listing.cadence] * hump * times


def _hump(right: Right, place: float, *, is_hedge: bool) -> float:
    """*place* is the strike's distance from the money, in standard deviations of the time left."""
    if right is Right.CALL:
        return exp(-((place - 0.6) ** 2) / 1.6)
    tail = 0.25 * exp(-((place + 2.2) ** 2) / 2.5) if is_hedge else 0.0
    return (1.15 if is_hedge else 0.75) * exp(-((place + 0.7) ** 2) / 1.8) + tail


_is_monthly = lru_cache(maxsize=512)(is_standard_monthly)
