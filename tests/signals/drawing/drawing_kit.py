"""Exposures to draw: the four contracts of the worked example, and chains of made-up contracts."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from math import exp, log, pi, sqrt

from tastyflow.domain.expirations import NEW_YORK
from tastyflow.domain.instruments import EquityOption, Right
from tastyflow_adapters.signals.gamma import GammaBook, GammaExposure, Repricing, Scope, SignModel, settles_by_root

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=NEW_YORK)
DAY = date(2026, 12, 18)
C, P = Right.CALL, Right.PUT

Line = tuple[float, Right, int, float]
"""Strike, right, open interest, implied volatility."""

EXAMPLE: tuple[Line, ...] = (
    (5900, P, 20_000, 0.17),
    (5950, P, 8_000, 0.16),
    (6000, C, 10_000, 0.15),
    (6100, C, 12_000, 0.14),
)


def gamma_of(spot: float, strike: float, years: float, volatility: float) -> float:
    """Black and Scholes, without interest."""
    d1 = (log(spot / strike) + volatility**2 / 2 * years) / (volatility * sqrt(years))
    return exp(-d1 * d1 / 2) / sqrt(2 * pi) / (spot * volatility * sqrt(years))


def exposure_of(
    lines: Iterable[Line],
    *,
    spot: float = 6000.0,
    root: str = "SPXW",
    day: date = DAY,
    now: datetime = NOW,
    unheard: int = 0,
    sign_model: SignModel = SignModel.NAIVE,
    scope: Scope | None = None,
    repricing: Repricing | None = None,
) -> GammaExposure:
    """The exposure of *lines*; of the last *unheard* contracts the feed said nothing."""
    told = {EquityOption(root, day, right, Decimal(str(strike))): (oi, vol) for strike, right, oi, vol in lines}
    book = GammaBook(tuple(told), sign_model=sign_model, scope=scope or Scope(), repricing=repricing or Repricing())
    book.take_spot(spot, "trade", now - timedelta(seconds=1))
    years = (settles_by_root(root, day) - now) / timedelta(days=365)
    for option, (interest, volatility) in list(told.items())[: len(told) - unheard]:
        gamma = gamma_of(spot, float(option.strike), years, volatility)
        book.take_greeks(option, gamma, volatility, now - timedelta(seconds=3))
        book.take_interest(option, interest, now.date())
    return book.exposure(now)


def example(**how: object) -> GammaExposure:
    """The worked example: thirty days to the close, four contracts, a spot of 6,000."""
    day = date(2026, 12, 21)
    return exposure_of(EXAMPLE, day=day, now=settles_by_root("SPXW", day) - timedelta(days=30), **how)  # type: ignore[arg-type]
