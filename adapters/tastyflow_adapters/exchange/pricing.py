"""
What things are worth on the stage set: the day's spot of an underlying, an option's value, a bid and an ask around it.

    date in New York ──▶ spot_on ──▶ theoretical, with volatility_at ──▶ market_around ──▶ bid and ask on tick
"""

from datetime import date, timedelta
from decimal import Decimal
from math import erf, exp, log, sqrt
from typing import Final
from zlib import crc32

from tastyflow.domain.instruments import EQUITY_TICKS, EquityOption, Instrument, Right, TickRule
from tastyflow_adapters.exchange.listings import LISTINGS, Listing

DAILY_SWING: Final = 0.006
"""How far a day's price may stand from the listing's, as a fraction: SPY stays within 447.30 and 452.70."""


def spot_on(listing: Listing, today: date) -> Decimal:
    """The price of an underlying on a day: near the listing's, never twice the same."""
    swing = crc32(f"{listing.symbol} {today}".encode()) / 0xFFFFFFFF * 2 - 1
    return (listing.price * Decimal(1 + DAILY_SWING * swing)).quantize(Decimal("0.01"))


def bid_and_ask(instrument: Instrument, today: date) -> tuple[Decimal, Decimal]:
    """The day's market in one listed instrument, on tick, at least two ticks wide."""
    listing = LISTINGS[instrument.underlying]
    spot = spot_on(listing, today)
    if not isinstance(instrument, EquityOption):
        return shares_around(listing, spot)
    value = theoretical(
        instrument.right, float(instrument.strike), float(spot), listing.vol, years=years_to(instrument, today)
    )
    return market_around(value, listing.ticks)


def shares_around(listing: Listing, spot: Decimal) -> tuple[Decimal, Decimal]:
    """A tick either side of the price; an index has a level, and cannot be traded."""
    if not listing.has_shares:
        return spot, spot
    tick = EQUITY_TICKS.size_at(spot)
    return spot - tick, spot + tick


def years_to(option: EquityOption, today: date) -> float:
    """How long an option has, by the calendar; the day of expiration itself counts half a day."""
    return ((option.expiration - today) / timedelta(days=1) + 0.5) / 365


def volatility_at(vol: float, distance: float) -> float:
    """The smile: volatility is dearer the further *distance*, the log of strike over spot, is from the money."""
    return vol * (1 + 0.6 * distance * distance - 0.25 * distance * exp(-abs(distance)))


def theoretical(right: Right, strike: float, spot: float, vol: float, *, years: float) -> float:
    """
    Black-Scholes without interest or dividends, so that puts and calls agree: call - put = spot - strike.

    *vol* is the one at the money; the smile is added here.
    """
    distance = log(strike / spot)
    deviation = volatility_at(vol, distance) * sqrt(years)
    d1 = -distance / deviation + deviation / 2
    call = spot * normal(d1) - strike * normal(d1 - deviation)
    value = call if right is Right.CALL else call - spot + strike
    intrinsic = spot - strike if right is Right.CALL else strike - spot
    return max(value, intrinsic, 0.0)


def market_around(value: float, ticks: TickRule) -> tuple[Decimal, Decimal]:
    """Bid and ask around a value: on tick, the bid never below zero."""
    exact = Decimal(value).quantize(Decimal("0.0001"))
    width = ticks.size_at(exact) + min(exact / 200, 8 * ticks.size_at(exact))
    return ticks.down(max(exact - width, Decimal(0))), ticks.up(exact + width)


def normal(x: float) -> float:
    """The standard normal distribution, cumulated."""
    return (1 + erf(x / sqrt(2))) / 2
