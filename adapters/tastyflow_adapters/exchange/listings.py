"""
What the exchange lists: some fifty well-known underlyings, roughly as they stood late in 2023, when SPY was near 450.

    symbol   price   vol   option ticks   strikes by   expirations         name
    SPY      450     16 %  pennies        1            every trading day   SPDR S&P 500 ETF Trust
    BRK/B    355     15 %  nickels        2.5          Fridays             Berkshire Hathaway Inc Class B

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
        name: Of the company, the fund or the index.
    """

    symbol: str
    price: Decimal
    vol: float
    ticks: TickRule
    step: Decimal
    cadence: Cadence
    name: str

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
    ("SPY", "450", 0.16, PENNIES, "1", _D, "SPDR S&P 500 ETF Trust"),
    ("QQQ", "385", 0.20, PENNIES, "1", _D, "Invesco QQQ Trust"),
    ("IWM", "180", 0.21, PENNIES, "1", _D, "iShares Russell 2000 ETF"),
    ("DIA", "350", 0.14, NICKELS, "1", _W, "SPDR Dow Jones Industrial Average ETF"),
    ("GLD", "185", 0.14, NICKELS, "1", _W, "SPDR Gold Shares"),
    ("SLV", "22", 0.25, NICKELS, "0.5", _W, "iShares Silver Trust"),
    ("TLT", "92", 0.18, NICKELS, "0.5", _W, "iShares 20+ Year Treasury Bond ETF"),
    ("XLF", "35", 0.17, NICKELS, "0.5", _W, "Financial Select Sector SPDR Fund"),
    ("XLE", "84", 0.23, NICKELS, "1", _W, "Energy Select Sector SPDR Fund"),
    ("SMH", "160", 0.28, NICKELS, "2.5", _W, "VanEck Semiconductor ETF"),
    ("EEM", "39.5", 0.18, NICKELS, "0.5", _W, "iShares MSCI Emerging Markets ETF"),
    ("HYG", "75", 0.09, NICKELS, "0.5", _W, "iShares iBoxx High Yield Corporate Bond ETF"),
    # the largest companies
    ("AAPL", "190", 0.22, NICKELS, "2.5", _W, "Apple Inc"),
    ("MSFT", "370", 0.23, NICKELS, "2.5", _W, "Microsoft Corp"),
    ("NVDA", "490", 0.42, NICKELS, "5", _W, "NVIDIA Corp"),
    ("TSLA", "240", 0.50, NICKELS, "2.5", _W, "Tesla Inc"),
    ("AMZN", "145", 0.32, NICKELS, "1", _W, "Amazon.com Inc"),
    ("META", "335", 0.34, NICKELS, "2.5", _W, "Meta Platforms Inc"),
    ("GOOGL", "135", 0.28, NICKELS, "1", _W, "Alphabet Inc Class A"),
    ("GOOG", "136", 0.28, NICKELS, "1", _W, "Alphabet Inc Class C"),
    ("AMD", "120", 0.43, NICKELS, "1", _W, "Advanced Micro Devices Inc"),
    ("NFLX", "470", 0.36, NICKELS, "5", _W, "Netflix Inc"),
    ("INTC", "43", 0.34, NICKELS, "0.5", _W, "Intel Corp"),
    ("BRK/B", "355", 0.15, NICKELS, "2.5", _W, "Berkshire Hathaway Inc Class B"),
    ("COIN", "110", 0.75, NICKELS, "1", _W, "Coinbase Global Inc"),
    ("PLTR", "19.5", 0.60, NICKELS, "0.5", _W, "Palantir Technologies Inc"),
    # banks, industry, shops
    ("JPM", "152", 0.19, NICKELS, "1", _W, "JPMorgan Chase & Co"),
    ("BAC", "29.5", 0.27, NICKELS, "0.5", _W, "Bank of America Corp"),
    ("C", "45", 0.26, NICKELS, "0.5", _W, "Citigroup Inc"),
    ("V", "250", 0.17, NICKELS, "2.5", _W, "Visa Inc"),
    ("DIS", "94", 0.27, NICKELS, "1", _W, "Walt Disney Co"),
    ("BA", "218", 0.28, NICKELS, "2.5", _W, "Boeing Co"),
    ("CAT", "248", 0.25, NICKELS, "2.5", _W, "Caterpillar Inc"),
    ("XOM", "104", 0.23, NICKELS, "1", _W, "Exxon Mobil Corp"),
    ("KO", "57.5", 0.14, NICKELS, "0.5", _W, "Coca-Cola Co"),
    ("WMT", "156", 0.17, NICKELS, "1", _W, "Walmart Inc"),
    ("PFE", "30.5", 0.25, NICKELS, "0.5", _W, "Pfizer Inc"),
    ("F", "10.4", 0.36, NICKELS, "0.25", _W, "Ford Motor Co"),
    ("T", "16.2", 0.23, NICKELS, "0.25", _W, "AT&T Inc"),
    ("GME", "13.1", 0.80, NICKELS, "0.25", _W, "GameStop Corp"),
    # tickers that are words
    ("ON", "71", 0.44, NICKELS, "1", _W, "ON Semiconductor Corp"),
    ("ALL", "138", 0.22, DIMES, "1", _W, "Allstate Corp"),
    ("NOW", "665", 0.31, DIMES, "5", _W, "ServiceNow Inc"),
    ("A", "113", 0.25, DIMES, "2.5", _M, "Agilent Technologies Inc"),
    ("IT", "430", 0.24, DIMES, "5", _M, "Gartner Inc"),
    ("SO", "69", 0.16, DIMES, "1", _M, "Southern Co"),
    # names that another symbol is taken for: Ford Motor is F, and the future is not traded here
    ("FORD", "5", 0.70, NICKELS, "0.5", _M, "Forward Industries Inc"),
    ("ES", "61", 0.24, NICKELS, "1", _M, "Eversource Energy"),
    # cash-settled indexes
    ("SPX", "4500", 0.15, DIMES, "5", _D, "S&P 500 Index"),
    ("XSP", "450", 0.15, PENNIES, "1", _D, "Mini S&P 500 Index"),
    ("NDX", "15800", 0.19, DIMES, "25", _D, "Nasdaq-100 Index"),
    ("RUT", "1800", 0.21, DIMES, "5", _D, "Russell 2000 Index"),
    ("VIX", "14", 0.95, NICKELS, "0.5", _V, "Cboe Volatility Index"),
)

LISTINGS: Final[Mapping[str, Listing]] = {
    symbol: Listing(symbol, Decimal(price), vol, ticks, Decimal(step), cadence, name)
    for symbol, price, vol, ticks, step, cadence, name in _TABLE
}
