"""Chains for tests of gamma exposure, and a second opinion on the arithmetic: decimals, one contract after another."""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, localcontext
from functools import cache
from math import exp, log, pi, sqrt

from attrs import frozen

from tastyflow.domain.instruments import EquityOption, Right
from tastyflow_adapters.signals.gamma import GammaBook

DECEMBER = date(2026, 12, 18)
SUMMARY = date(2026, 11, 18)
THIRTY_DAYS_BEFORE = datetime(2026, 11, 18, 21, tzinfo=UTC)  # 16:00 in New York, as at the close of DECEMBER
MINUTES_A_YEAR = 365 * 24 * 60
PI = Decimal("3.14159265358979323846264338327950288419716939937510582097494459")


@frozen
class Line:
    """A contract as a feed tells it; *gamma* None: what Black and Scholes say at the spot."""

    strike: str
    right: Right
    interest: int | None
    volatility: float | None
    gamma: float | None = None
    root: str = "SPXW"
    expiration: date = DECEMBER

    @property
    def option(self) -> EquityOption:
        return EquityOption(self.root, self.expiration, self.right, Decimal(self.strike))


GOLDEN = (
    Line("5900", Right.PUT, 20_000, 0.17),
    Line("5950", Right.PUT, 8_000, 0.16),
    Line("6000", Right.CALL, 10_000, 0.15),
    Line("6100", Right.CALL, 12_000, 0.14),
)


def told(
    lines: Iterable[Line], *, spot: float = 6000.0, now: datetime = THIRTY_DAYS_BEFORE, **choices: object
) -> GammaBook:
    """A book that was told *lines* at *now*."""
    lines = tuple(lines)
    book = GammaBook([line.option for line in lines], **choices)
    book.take_spot(spot, "trade", now)
    for line in lines:
        tell(book, line, spot=spot, now=now)
    return book


def tell(book: GammaBook, line: Line, *, spot: float, now: datetime) -> None:
    group = next(g for g in book.table.groups if (g.root, g.expiration) == (line.root, line.expiration))
    years = max((group.settles_at - now) / timedelta(minutes=1), 5.0) / MINUTES_A_YEAR
    gamma = line.gamma
    if gamma is None and line.volatility:
        gamma = bs_gamma(spot, float(line.strike), line.volatility, years)
    book.take_greeks(line.option, gamma, line.volatility, now)
    book.take_interest(line.option, line.interest, SUMMARY)


def bs_gamma(spot: float, strike: float, volatility: float, years: float) -> float:
    deviation = volatility * sqrt(years)
    d1 = log(spot / strike) / deviation + deviation / 2
    return exp(-d1 * d1 / 2) / (spot * deviation * sqrt(2 * pi))


# --- in decimals ---


@cache
def exact_gamma(spot: Decimal, strike: Decimal, volatility: Decimal, years: Decimal) -> Decimal:
    with localcontext() as context:
        context.prec = 50
        deviation = volatility * years.sqrt()
        d1 = (spot / strike).ln() / deviation + deviation / 2
        return (-d1 * d1 / 2).exp() / (spot * deviation * (2 * PI).sqrt())


def exact_net(lines: Iterable[Line], spot: Decimal, years: Decimal) -> Decimal:
    """Net dollars per percent of *lines* repriced at *spot*, calls + and puts -."""
    net = Decimal(0)
    for line in lines:
        gamma = exact_gamma(spot, Decimal(line.strike), Decimal(str(line.volatility)), years)
        net += (1 if line.right is Right.CALL else -1) * gamma * line.interest * 100 * spot * spot / 100
    return net


def exact_root(function: Callable[[Decimal], Decimal], low: Decimal, high: Decimal) -> Decimal:
    """Where *function* is zero between two values of unlike sign, by halving."""
    below = function(low) > 0
    assert below is not (function(high) > 0)
    while high - low > Decimal("1e-14"):
        middle = (low + high) / 2
        if (function(middle) > 0) is below:
            low = middle
        else:
            high = middle
    return low
