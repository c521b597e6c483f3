"""
What is listed on a day: the exchange's chains, and beside them the adjusted roots.

    SPX ──┬─ SPX     AM, standard monthlies and LEAPS        AAPL ──┬─ AAPL     standard
          └─ SPXW    PM, every trading day                          └─ AAPL7    150 shares of it: another thing

A root that is not standard never appears in `Board.chain`; it is found by its own name, or in `Board.adjusted`.
"""

from datetime import date, datetime
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Final

from attrs import evolve, frozen

from tastyflow.domain.expirations import is_standard_monthly
from tastyflow.domain.instruments import (
    CONTRACT_MULTIPLIER,
    Equity,
    EquityOption,
    Instrument,
    Right,
    from_occ,
    from_streamer,
    plain,
)
from tastyflow.domain.venue import Chain, Expiration
from tastyflow.errors import Invalid
from tastyflow_adapters.exchange.chains import build_chain, strikes
from tastyflow_adapters.exchange.listings import LISTINGS, Listing
from tastyflow_simulator.market.hours import is_trading, last_moments

CENT: Final = Decimal("0.01")
ADJUSTED_EXPIRATIONS: Final = 3
LONGEST_SYMBOL: Final = 32
"""Anything longer is no symbol, and not worth remembering."""


@frozen
class Adjustment:
    """
    What a corporate action made of the contracts that were open at the time.

    Attributes:
        shares: How many are delivered, and so the multiplier.
        cash_usd: Money delivered besides.
        strike_ratio: New strike over old.
    """

    root: str
    underlying: str
    shares: int
    cash_usd: Decimal
    strike_ratio: Decimal


ADJUSTMENTS: Final = {
    each.root: each
    for each in (
        Adjustment(
            "AAPL7", "AAPL", shares=150, cash_usd=Decimal(0), strike_ratio=Decimal(2) / 3
        ),  # split three for two
        Adjustment("GME1", "GME", shares=100, cash_usd=Decimal("52.00"), strike_ratio=Decimal(1)),  # a special dividend
    )
}
"""Invented, after the Options Clearing Corporation's usual ways."""


@frozen
class Contract:
    """
    One option as the exchange lists it.

    Attributes:
        expires_at: When it is worth what it is worth; AM-settled options at the opening of their last day.
        stops_trading_at: When the last order can fill; AM-settled options on the day before.
    """

    option: EquityOption
    listing: Listing
    settles_am: bool
    expires_at: datetime
    stops_trading_at: datetime
    adjustment: Adjustment | None = None

    @property
    def multiplier(self) -> int:
        return self.adjustment.shares if self.adjustment else CONTRACT_MULTIPLIER

    @property
    def extra_per_share(self) -> float:
        """Cash in the deliverable, spread over its shares: what the holder of a call gets besides the price."""
        return float(self.adjustment.cash_usd / self.adjustment.shares) if self.adjustment else 0.0


class Board:
    """Everything listed on one day."""

    def __init__(self, today: date) -> None:
        self.today = today
        self._chains: dict[str, Chain | None] = {}
        self._shortened: dict[tuple[str, int], Chain] = {}
        self._contracts: dict[EquityOption, Contract | None] = {}
        self._rungs: dict[tuple[str, date], tuple[frozenset[Decimal], bool]] = {}

    def chain(self, underlying: str) -> Chain | None:
        """The standard options on *underlying*."""
        if underlying not in self._chains:
            listing = LISTINGS.get(underlying)
            chain = self._chains[underlying] = None if listing is None else build_chain(listing, self.today)
            self._remember(chain.expirations if chain else ())
        return self._chains[underlying]

    def adjusted(self, underlying: str) -> tuple[tuple[Adjustment, tuple[Expiration, ...]], ...]:
        """The roots on *underlying* that are not standard, with what is listed of each."""
        return tuple((each, found) for each, found in self._adjusted.items() if each.underlying == underlying)

    def contract(self, option: EquityOption) -> Contract | None:
        """The listed contract that *option* names; None where there is none."""
        if option not in self._contracts:
            self._contracts[option] = self._find(option)
        return self._contracts[option]

    def chain_at(self, underlying: str, now: datetime) -> Chain | None:
        """The standard options on *underlying* that still trade at a moment of the day."""
        chain = self.chain(underlying)
        if chain is None or all(is_trading(each, now) for each in chain.expirations[:3]):
            return chain  # the last day's options, of two roots at most, are the first to go
        key = underlying, sum(not is_trading(each, now) for each in chain.expirations)
        if key not in self._shortened:
            trading = tuple(each for each in chain.expirations if is_trading(each, now))
            self._shortened[key] = evolve(chain, expirations=trading)
        return self._shortened[key]

    def lists(self, instrument: Instrument) -> bool:
        if isinstance(instrument, Equity):
            return instrument.symbol in LISTINGS
        return self.contract(instrument) is not None

    @cached_property
    def _adjusted(self) -> dict[Adjustment, tuple[Expiration, ...]]:
        found = {each: _adjusted_expirations(each, self.today) for each in ADJUSTMENTS.values()}
        for expirations in found.values():
            self._remember(expirations)
        return found

    def _find(self, option: EquityOption) -> Contract | None:
        adjustment = ADJUSTMENTS.get(option.root)
        listing = LISTINGS.get(option.underlying)
        if listing is None:
            return None
        _ = self._adjusted if adjustment else self.chain(listing.symbol)
        rungs, settles_am = self._rungs.get((option.root, option.expiration), (frozenset(), False))
        if option.strike not in rungs:
            return None
        expires_at, stops_at = last_moments(option.expiration, settles_am=settles_am)
        return Contract(option, listing, settles_am, expires_at, stops_at, adjustment)

    def _remember(self, expirations: tuple[Expiration, ...]) -> None:
        self._rungs |= {(each.root, each.day): (frozenset(each.strikes), each.settles_am) for each in expirations}


def read(symbol: str) -> Instrument | None:
    """An instrument from its OCC or its streamer symbol; None when it is neither."""
    return _read(symbol) if len(symbol) <= LONGEST_SYMBOL else None


@lru_cache(maxsize=65_536)
def _read(symbol: str) -> Instrument | None:
    try:
        return from_streamer(symbol) if symbol.startswith(".") else from_occ(symbol)
    except Invalid:
        return None


def both(root: str, day: date, strike: Decimal) -> tuple[EquityOption, EquityOption]:
    """The call and the put at a strike."""
    return EquityOption(root, day, Right.CALL, strike), EquityOption(root, day, Right.PUT, strike)


def _adjusted_expirations(adjustment: Adjustment, today: date) -> tuple[Expiration, ...]:
    """The nearest standard monthlies, at the strikes of before the adjustment, restated."""
    listing, ratio = LISTINGS[adjustment.underlying], adjustment.strike_ratio
    before = evolve(listing, price=(listing.price / ratio).quantize(CENT))
    rungs = tuple(Decimal(plain((rung * ratio).quantize(CENT))) for rung in strikes(before, sparse=False))
    days = [each.day for each in build_chain(listing, today).expirations if is_standard_monthly(each.day)]
    return tuple(Expiration(adjustment.root, day, rungs) for day in days[:ADJUSTED_EXPIRATIONS])
