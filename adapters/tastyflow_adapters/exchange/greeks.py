"""
Black-Scholes and its derivatives, without interest or dividends, with the exchange's smile.

    spot, strike, volatility, time ──▶ value, delta, gamma, theta, vega, rho

Volatility sticks to the strike while a greek is taken, as in the textbook: no smile is differentiated.
"""

from datetime import datetime, timedelta
from math import exp, log, pi, sqrt
from typing import Final

from attrs import frozen

from tastyflow.domain.instruments import Right
from tastyflow_adapters.exchange.pricing import normal, volatility_at

YEAR: Final = timedelta(days=365)
SHORTEST: Final = timedelta(minutes=15) / YEAR
"""The least time that an option is priced with: at its last moment gamma would have no end."""

_ROOT_TWO_PI: Final = sqrt(2 * pi)


@frozen
class Greeks:
    """
    What an option is worth per share, and how that would change.

    Attributes:
        delta, gamma: Per dollar of the underlying.
        theta: Per calendar day.
        vega: Per percentage point of volatility.
        rho: Per percentage point of interest.
    """

    price: float
    volatility: float
    delta: float
    gamma: float
    theta: float
    vega: float
    rho: float


def years_between(now: datetime, expires_at: datetime) -> float:
    return max((expires_at - now) / YEAR, SHORTEST)


def greeks_of(right: Right, strike: float, spot: float, vol: float, *, years: float) -> Greeks:
    """*vol* is the one at the money."""
    distance = log(strike / spot)
    volatility = volatility_at(vol, distance)
    root = sqrt(years)
    deviation = volatility * root
    d1 = -distance / deviation + deviation / 2
    d2 = d1 - deviation
    density = exp(-d1 * d1 / 2) / _ROOT_TWO_PI
    inside, exercised = normal(d1), normal(d2)
    call = max(spot * inside - strike * exercised, spot - strike, 0.0)
    is_call = right is Right.CALL
    return Greeks(
        price=call if is_call else max(call - spot + strike, 0.0),
        volatility=volatility,
        delta=inside if is_call else inside - 1,
        gamma=density / (spot * deviation),
        theta=-spot * density * volatility / (2 * root) / 365,
        vega=spot * density * root / 100,
        rho=(strike * years * exercised if is_call else -strike * years * (1 - exercised)) / 100,
    )
