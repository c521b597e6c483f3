"""
The quotes of one moment, each worked out once; and the quotes that a test holds by hand.

    moment ──▶ Board of the day ─┬──▶ spot of an underlying: the day's price, and how far it has wandered from it
                                 └──▶ greeks of a contract at that spot ──▶ bid, ask, sizes, last

    Pins.hold ──▶ this symbol quotes exactly so ──▶ Pins.release ──▶ its quote follows from the moment again
"""

from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Final

from attrs import frozen

from tastyflow.domain.expirations import new_york_date
from tastyflow.domain.instruments import Equity, EquityOption, Instrument
from tastyflow_adapters.exchange.chance import drawn
from tastyflow_adapters.exchange.greeks import Greeks, greeks_of, years_between
from tastyflow_adapters.exchange.listings import LISTINGS
from tastyflow_adapters.exchange.pricing import DAILY_SWING, market_around, shares_around, spot_on
from tastyflow_simulator.market.board import CENT, Board, Contract, read
from tastyflow_simulator.market.random_walk import wander

Sides = tuple[Decimal, Decimal]
ROUND_LOT: Final = 100


@frozen
class MarketQuote:
    """
    The best bid and ask per share, and the last trade. A missing side is zero.

    An index has a level on both sides and cannot be traded: its sizes are zero.
    """

    bid: Decimal
    ask: Decimal
    bid_size: int
    ask_size: int
    last: Decimal

    @property
    def mid(self) -> Decimal:
        return (self.bid + self.ask) / 2


class Scene:
    """
    Args:
        move: How far prices wander in a day, as a fraction of the day's usual swing; 0 stands still.
        pinned: Quotes held by hand, by OCC symbol.
    """

    def __init__(self, board: Board, moment: datetime, *, seed: int, move: float, pinned: dict[str, Sides]) -> None:
        self.board = board
        self.moment = moment
        self._seed = seed
        self._move = move
        self._pinned = pinned
        self._spots: dict[str, Decimal] = {}
        self._quotes: dict[Instrument, MarketQuote | None] = {}
        self._greeks: dict[EquityOption, Greeks | None] = {}

    def spot(self, underlying: str) -> Decimal:
        """The price of a listed share or index: of a pinned one, the middle of the pins."""
        if underlying not in self._spots:
            self._spots[underlying] = self._spot(underlying)
        return self._spots[underlying]

    def quote(self, instrument: Instrument) -> MarketQuote | None:
        if instrument not in self._quotes:
            self._quotes[instrument] = self._quote(instrument)
        return self._quotes[instrument]

    def greeks(self, option: EquityOption) -> Greeks | None:
        """None where nothing is listed."""
        if option not in self._greeks:
            contract = self.board.contract(option)
            self._greeks[option] = (
                None if contract is None else derive(contract, self.spot(contract.listing.symbol), self.moment)
            )
        return self._greeks[option]

    def _spot(self, underlying: str) -> Decimal:
        bid, ask = self._pinned.get(underlying, (Decimal(0), Decimal(0)))
        if bid or ask:
            return (bid + ask) / 2 if bid and ask else bid or ask
        return spot_at(underlying, self.moment, seed=self._seed, move=self._move)

    def _quote(self, instrument: Instrument) -> MarketQuote | None:
        sides = self._pinned.get(instrument.occ) or self._sides(instrument)
        if sides is None or not self.board.lists(instrument):
            return None
        bid, ask = sides
        luck = drawn(self._seed, instrument.occ, self.moment.isoformat())
        if isinstance(instrument, Equity):
            is_index = not LISTINGS[instrument.symbol].has_shares
            lots = 0 if is_index else ROUND_LOT
            last = self.spot(instrument.symbol) if bid and ask else bid or ask
            return MarketQuote(bid, ask, lots * (1 + int(luck * 12)), lots * (1 + int(luck * 97 % 12)), last)
        last = bid if luck < 0.5 and bid else ask
        return MarketQuote(bid, ask, (1 + int(luck * 60)) * bool(bid), (1 + int(luck * 977 % 60)) * bool(ask), last)

    def _sides(self, instrument: Instrument) -> Sides | None:
        if isinstance(instrument, Equity):
            listing = LISTINGS.get(instrument.symbol)
            return None if listing is None else shares_around(listing, self.spot(instrument.symbol))
        greeks = self.greeks(instrument)
        return None if greeks is None else market_around(greeks.price, LISTINGS[instrument.underlying].ticks)


@lru_cache(maxsize=8192)
def spot_at(symbol: str, moment: datetime, *, seed: int, move: float) -> Decimal:
    """The price of a listed underlying at a moment: the day's, and how far it has wandered from there."""
    home = spot_on(LISTINGS[symbol], new_york_date(moment))
    if not move:
        return home
    away = wander(seed, symbol, moment.timestamp()) * DAILY_SWING * move
    return (home * Decimal(1 + away)).quantize(CENT)


def derive(contract: Contract, spot: Decimal, moment: datetime) -> Greeks:
    """What a contract is worth at a moment, with its underlying at *spot*."""
    return greeks_of(
        contract.option.right,
        float(contract.option.strike),
        float(spot) + contract.extra_per_share,
        contract.listing.vol,
        years=years_between(moment, contract.expires_at),
    )


class Pins:
    """
    Attributes:
        held: Bid and ask by OCC symbol.
        moves: How often anything was held or released.
    """

    def __init__(self) -> None:
        self.held: dict[str, Sides] = {}
        self.moves = 0

    def hold(self, symbol: str, bid: Decimal, ask: Decimal) -> None:
        """
        Hold a quote; zero is a missing side.

        Raises:
            ValueError: It names nothing, or the sides are crossed or negative.
        """
        instrument = read(symbol)
        if instrument is None:
            raise ValueError(f"{symbol[:32]!r} is no symbol.")
        if not all(side.is_finite() and side >= 0 for side in (bid, ask)) or (ask and bid > ask):
            raise ValueError("A quote has a bid at or below its ask, and neither is negative.")
        self.held[instrument.occ] = bid, ask
        self.moves += 1

    def release(self, symbol: str | None = None) -> None:
        """Let go of one quote, or of all."""
        instrument = None if symbol is None else read(symbol)
        if symbol is None:
            self.held.clear()
        elif instrument is not None:
            self.held.pop(instrument.occ, None)
        self.moves += 1
