"""
How many contracts are open, and how many change hands: invented, seeded, shaped as in reality.

    puts      ▁▂▄█▅▃▁                     below the money; fatter for indexes and funds, which are hedged with them
    calls             ▁▃▅█▃▂▁             above it
              ────────┼────────▶ strike   round strikes, standard monthlies and near expirations hold the most
                    money

Open interest stands all day; it is counted overnight. Volume grows as the day goes by.
"""

from datetime import date
from functools import lru_cache
from math import exp, log, sqrt
from typing import Final

from tastyflow.domain.expirations import is_standard_monthly
from tastyflow.domain.instruments import Right
from tastyflow_adapters.exchange.listings import Cadence, Listing
from tastyflow_simulator.market.board import Contract
from tastyflow_simulator.market.walk import drawn

AT_THE_MONEY: Final = {Cadence.DAILY: 2500, Cadence.WEEKLY: 700, Cadence.MONTHLY: 90, Cadence.WEDNESDAYS: 9000}
"""Contracts open in the liveliest strike of a plain expiration some weeks away."""

ROUND: Final = ((20, 3.5), (10, 2.5), (5, 1.6), (2, 1.1))
"""By how much more is open where the strike is a multiple of so many steps."""

MONTHLY_TIMES: Final = 4.0
SHARES_A_DAY: Final = {Cadence.DAILY: 45e6, Cadence.WEEKLY: 12e6, Cadence.MONTHLY: 2e6, Cadence.WEDNESDAYS: 0.0}


def open_interest(contract: Contract, today: date, *, seed: int) -> int:
    """Contracts open in the morning of *today*."""
    option, listing = contract.option, contract.listing
    days = max((option.expiration - today).days, 0)
    spread = max(listing.vol * sqrt((days + 2) / 365), 0.02)
    place = log(float(option.strike) / float(listing.price)) / spread
    hump = _hump(option.right, place, is_hedge=listing.cadence is Cadence.DAILY)
    times = MONTHLY_TIMES if _is_monthly(option.expiration) else 1.0
    times *= 0.15 + exp(-days / 90)
    times *= next((more for steps, more in ROUND if option.strike % (listing.step * steps) == 0), 0.7)
    times *= exp(2.4 * (drawn(seed, option.occ, "open") - 0.5)) * (0.92 + 0.16 * drawn(seed, option.occ, today))
    if contract.adjustment:
        times *= 0.05  # nobody opens these any more
    return int(AT_THE_MONEY[listing.cadence] * hump * times)


def contracts_traded(contract: Contract, today: date, elapsed: float, *, seed: int) -> int:
    """The day's volume in one contract after the fraction *elapsed* of its session."""
    eagerness = 0.05 + 0.9 * drawn(seed, contract.option.occ, today, "volume") ** 3
    return int(open_interest(contract, today, seed=seed) * eagerness * elapsed)


def shares_traded(listing: Listing, today: date, elapsed: float, *, seed: int) -> int:
    """The day's volume in shares; an index has none."""
    if not listing.has_shares:
        return 0
    return int(SHARES_A_DAY[listing.cadence] * (0.6 + 0.8 * drawn(seed, listing.symbol, today, "volume")) * elapsed)


def _hump(right: Right, place: float, *, is_hedge: bool) -> float:
    """*place* is the strike's distance from the money, in standard deviations of the time left."""
    if right is Right.CALL:
        return exp(-((place - 0.6) ** 2) / 1.6)
    tail = 0.25 * exp(-((place + 2.2) ** 2) / 2.5) if is_hedge else 0.0
    return (1.15 if is_hedge else 0.75) * exp(-((place + 0.7) ** 2) / 1.8) + tail


_is_monthly = lru_cache(maxsize=512)(is_standard_monthly)
