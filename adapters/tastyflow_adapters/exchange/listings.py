"""
What the exchange lists: fifty well-known underlyings, roughly as they stood late in 2023, when SPY was near 450.

    symbol   price   vol   option ticks   strikes by   expirations
    SPY      450     16 %  pennies        1            every trading day
    BRK/B    355     15 %  nickels        2.5          Fridays

Prices are a stage set: nothing follows the real market. Some tickers are English words (A, ALL, ON, NOW, IT, SO), for
they must survive a chat line.
"""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Final

from attrs import frozen

from tastyflow.domain.instruments import INDEXES, Tick, TickRule, option_roots

PENNIES: Final = TickRule((Tick(Decimal("0.01")),))
NICKELS: Final = TickRule((Tick(Decimal("0.01"), below=Decimal(3)), Tick(Decimal("0.05"))))
DIMES: Final = TickRule((Tick(Decimal("0.05"), below=Decimal(3)), Tick(Decimal("0.10"))))


class Cadence(StrEnum):
    """How often options of a class expire, beside the standard monthlies."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    WEDNESDAYS = "wednesdays"  # VIX: thirty days before the options that it is made of


@frozen
class Listing:
    """
    One underlying.

    Attributes:
        price: Around where it trades, in dollars.
        vol: Yearly volatility at the money, as a fraction.
        step: Distance of the strikes near the money; further out they are sparser.
    """

    symbol: str
    price: Decimal
    vol: float
    ticks: TickRule
    step: Decimal
    cadence: Cadence

    @property
    def has_shares(self) -> bool:
        return self.symbol not in INDEXES

    @property
    def standard_root(self) -> str:
        """The root of the standard monthlies."""
        return option_roots(self.symbol)[0]

    @property
    def weekly_root(self) -> str:
        """The root of all other expirations; on most underlyings the same one."""
        return option_roots(self.symbol)[-1]

    @property
    def has_two_roots(self) -> bool:
        """Whether the monthlies have a root of their own: they settle in the morning then."""
        return self.standard_root != self.weekly_root


_D, _W, _M, _V = Cadence.DAILY, Cadence.WEEKLY, Cadence.MONTHLY, Cadence.WEDNESDAYS

_TABLE: Final = (
    # exchange-traded funds
    ("SPY", "450", 0.16, PENNIES, "1", _D),
    ("QQQ", "385", 0.20, PENNIES, "1", _D),
    ("IWM", "180", 0.21, PENNIES, "1", _D),
    ("DIA", "350", 0.14, NICKELS, "1", _W),
    ("GLD", "185", 0.14, NICKELS, "1", _W),
    ("SLV", "22", 0.25, NICKELS, "0.5", _W),
    ("TLT", "92", 0.18, NICKELS, "0.5", _W),
    ("XLF", "35", 0.17, NICKELS, "0.5", _W),
    ("XLE", "84", 0.23, NICKELS, "1", _W),
    ("SMH", "160", 0.28, NICKELS, "2.5", _W),
    ("EEM", "39.5", 0.18, NICKELS, "0.5", _W),
    ("HYG", "75", 0.09, NICKELS, "0.5", _W),
    # the largest companies
    ("AAPL", "190", 0.22, NICKELS, "2.5", _W),
    ("MSFT", "370", 0.23, NICKELS, "2.5", _W),
    ("NVDA", "490", 0.42, NICKELS, "5", _W),
    ("TSLA", "240", 0.50, NICKELS, "2.5", _W),
    ("AMZN", "145", 0.32, NICKELS, "1", _W),
    ("META", "335", 0.34, NICKELS, "2.5", _W),
    ("GOOGL", "135", 0.28, NICKELS, "1", _W),
    ("GOOG", "136", 0.28, NICKELS, "1", _W),
    ("AMD", "120", 0.43, NICKELS, "1", _W),
    ("NFLX", "470", 0.36, NICKELS, "5", _W),
    ("INTC", "43", 0.34, NICKELS, "0.5", _W),
    ("BRK/B", "355", 0.15, NICKELS, "2.5", _W),
    ("COIN", "110", 0.75, NICKELS, "1", _W),
    ("PLTR", "19.5", 0.60, NICKELS, "0.5", _W),
    # banks, industry, shops
    ("JPM", "152", 0.19, NICKELS, "1", _W),
    ("BAC", "29.5", 0.27, NICKELS, "0.5", _W),
    ("C", "45", 0.26, NICKELS, "0.5", _W),
    ("V", "250", 0.17, NICKELS, "2.5", _W),
    ("DIS", "94", 0.27, NICKELS, "1", _W),
    ("BA", "218", 0.28, NICKELS, "2.5", _W),
    ("CAT", "248", 0.25, NICKELS, "2.5", _W),
    ("XOM", "104", 0.23, NICKELS, "1", _W),
    ("KO", "57.5", 0.14, NICKELS, "0.5", _W),
    ("WMT", "156", 0.17, NICKELS, "1", _W),
    ("PFE", "30.5", 0.25, NICKELS, "0.5", _W),
    ("F", "10.4", 0.36, NICKELS, "0.25", _W),
    ("T", "16.2", 0.23, NICKELS, "0.25", _W),
    ("GME", "13.1", 0.80, NICKELS, "0.25", _W),
    # tickers that are words
    ("ON", "71", 0.44, NICKELS, "1", _W),
    ("ALL", "138", 0.22, DIMES, "1", _W),
    ("NOW", "665", 0.31, DIMES, "5", _W),
    ("A", "113", 0.25, DIMES, "2.5", _M),
    ("IT", "430", 0.24, DIMES, "5", _M),
    ("SO", "69", 0.16, DIMES, "1", _M),
    # cash-settled indexes
    ("SPX", "4500", 0.15, DIMES, "5", _D),
    ("XSP", "450", 0.15, PENNIES, "1", _D),
    ("NDX", "15800", 0.19, DIMES, "25", _D),
    ("RUT", "1800", 0.21, DIMES, "5", _D),
    ("VIX", "14", 0.95, NICKELS, "0.5", _V),
)

LISTINGS: Final[Mapping[str, Listing]] = {
    symbol: Listing(symbol, Decimal(price), vol, ticks, Decimal(step), cadence)
    for symbol, price, vol, ticks, step, cadence in _TABLE
}
