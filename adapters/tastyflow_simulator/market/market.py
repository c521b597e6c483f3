"""
The market that both sides of the simulator quote from: a pure function of the seed and the moment.

    Market ── hours        is_open, session                     (hours.Calendar)
           ├─ board        lists, chain, contract, ticks        (board.Board, one a day)
           ├─ quotes       quote, greeks, spot                  (quotes.Scene, one a moment)
           └─ events       greeks, summary, trade, candles …    (events, candles: as dxFeed sends them)

While the exchange is closed, quotes stand where it closed. Symbols are OCC symbols; those of the quote stream
are understood too.
"""

from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Final

from attrs import evolve

from tastyflow.domain.expirations import is_trading_day, new_york_date
from tastyflow.domain.instruments import EQUITY_TICKS, Equity, EquityOption, Instrument, Right, TickRule
from tastyflow.domain.venue import Chain
from tastyflow_adapters.exchange.listings import LISTINGS
from tastyflow_adapters.exchange.pricing import shares_around
from tastyflow_simulator.market import candles, events
from tastyflow_simulator.market.board import (
    ADJUSTMENTS,
    CENT,
    Board,
    Contract,
    read,
)
from tastyflow_simulator.market.hours import Calendar, Session, last_moments, settles_in_the_morning
from tastyflow_simulator.market.quote_times import QuoteTimes
from tastyflow_simulator.market.quotes import MarketQuote, Pins, Scene, derive, spot_at
from tastyflow_simulator.market.today import Settled, Today, open_contracts_of
from tastyflow_simulator.options import Hours, Options

SCENES_KEPT: Final = 8


class Market:
    """
    Args:
        quote_step_s: How long a quote stands before it moves; None stands all day.
        quote_move: How far quotes wander in a day, as a fraction of the day's usual swing.
    """

    def __init__(
        self,
        *,
        seed: int = 0,
        hours: Hours = Hours.ALWAYS,
        quote_step_s: float | None = 5.0,
        quote_move: float = 0.05,
    ) -> None:
        self.seed = seed
        self.calendar = Calendar(hours)
        self.move = 0.0 if quote_step_s is None else quote_move
        self._times = QuoteTimes(self.calendar, None if quote_step_s is None else timedelta(seconds=quote_step_s))
        self._pins = Pins()
        self._scenes: dict[tuple[datetime, date, int], Scene] = {}
        self._settled: tuple[date, dict[Instrument, Settled]] = date.min, {}
        self._latest: tuple[datetime, int, Today] | None = None

    @classmethod
    def of(cls, options: Options) -> "Market":
        """The market that a simulator with these options has."""
        return cls(
            seed=options.seed,
            hours=options.hours,
            quote_step_s=options.quote_step_s,
            quote_move=options.quote_move,
        )

    def delayed(self, seconds: float) -> "Market":
        """The same market, its quotes seen that much later; hours and listings, and pins, are seen at once."""
        other = object.__new__(Market)
        other.__dict__ |= self.__dict__ | {
            "_times": self._times.later(seconds),
            "_scenes": {},
            "_latest": None,
            "_settled": (date.min, {}),
        }
        return other

    # --- when ---

    def is_open(self, now: datetime) -> bool:
        return self.calendar.is_open(now)

    def session(self, now: datetime) -> Session:
        """Where trading stands."""
        return self.calendar.session(now)

    def revision(self, now: datetime) -> int:
        """Another number whenever a quote may have changed."""
        at_ms = int(self._times.moment(now).timestamp() * 1000)
        return (at_ms * 10**7 + self._times.phase(now)) * 10**6 + self._pins.moves

    def next_change(self, now: datetime) -> datetime:
        """When quotes may change next, pins aside; strictly after *now*."""
        return self._times.next_change(now)

    # --- what ---

    def lists(self, symbol: str, now: datetime) -> bool:
        """Whether there is such a share, index or option, and it has not stopped trading."""
        instrument = read(symbol)
        if instrument is None or isinstance(instrument, Equity):
            return instrument is not None and instrument.symbol in LISTINGS
        contract = self.board(now).contract(instrument)
        return contract is not None and now < contract.stops_trading_at

    def chain(self, underlying: str, now: datetime) -> Chain | None:
        """The standard options on an underlying that still trade; the adjusted ones are in `board`."""
        return self.board(now).chain_at(underlying, now)

    def contract(self, symbol: str, now: datetime) -> Contract | None:
        """The listed option, though it may have stopped trading; None where there is none."""
        instrument = read(symbol)
        return self.board(now).contract(instrument) if isinstance(instrument, EquityOption) else None

    def board(self, now: datetime) -> Board:
        """All that is listed on the day of *now*."""
        return _board(new_york_date(now))

    def ticks(self, symbol: str) -> TickRule:
        """The steps that prices stand on: of the options on an underlying, or of shares."""
        instrument = read(symbol)
        if isinstance(instrument, EquityOption) and instrument.underlying in LISTINGS:
            return LISTINGS[instrument.underlying].ticks
        return EQUITY_TICKS

    def underlying_of(self, symbol: str) -> str:
        """The underlying of an option; a share or index itself."""
        instrument = read(symbol)
        return symbol if instrument is None else instrument.underlying

    def instrument_type(self, symbol: str) -> str:
        """``Equity Option`` or ``Equity``, under which tastytrade files indexes as well."""
        return "Equity Option" if isinstance(read(symbol), EquityOption) else "Equity"

    def is_index(self, symbol: str) -> bool:
        """Whether it is an index: a level that cannot be bought."""
        return symbol in LISTINGS and not LISTINGS[symbol].has_shares

    def multiplier(self, symbol: str) -> int:
        """Shares per contract: 100, but of an adjusted root what it delivers; 1 of a share."""
        instrument = read(symbol)
        adjustment = ADJUSTMENTS.get(instrument.root) if isinstance(instrument, EquityOption) else None
        return adjustment.shares if adjustment else 1 if instrument is None else instrument.multiplier

    def expires_at(self, symbol: str) -> datetime | None:
        """When an option is settled; None of shares."""
        moments = _last_moments(symbol)
        return None if moments is None else moments[0]

    def stops_trading_at(self, symbol: str) -> datetime | None:
        """From when on orders in an option are refused; None of shares."""
        moments = _last_moments(symbol)
        return None if moments is None else moments[1]

    # --- how much ---

    def quote(self, symbol: str, now: datetime) -> MarketQuote | None:
        """Bid, ask, sizes, last; None where nothing of the name is listed or trades any more."""
        instrument = read(symbol)
        if instrument is None or not self.lists(symbol, now):
            return None
        return self.scene(now).quote(instrument)

    def spot(self, underlying: str, now: datetime) -> Decimal:
        """The price of a listed share, or the level of an index."""
        return self.scene(now).spot(underlying)

    def scene(self, now: datetime) -> Scene:
        """Everything as it is quoted at *now*."""
        key = self._times.moment(now), new_york_date(now), self._pins.moves
        if key not in self._scenes:
            while len(self._scenes) >= SCENES_KEPT:
                del self._scenes[next(iter(self._scenes))]
            self._scenes[key] = Scene(_board(key[1]), key[0], seed=self.seed, move=self.move, pinned=self._pins.held)
        return self._scenes[key]

    def today(self, now: datetime) -> Today:
        """The day so far, as it is seen at *now*."""
        if self._latest is None or self._latest[:2] != (now, self._pins.moves):
            seen_at = self._times.seen_at(now)
            self._latest = now, self._pins.moves, Today(self, self.scene(now), now, seen_at)
        return self._latest[2]

    def settled_on(self, day: date) -> dict[Instrument, Settled]:
        """What has been worked out for the whole of a day; the day before is forgotten."""
        if self._settled[0] != day:
            self._settled = day, {}
        return self._settled[1]

    def worth(self, instrument: Instrument, moment: datetime, now: datetime) -> float:
        """What something listed *now* was worth at a moment, quotes and pins aside: for history. 0 for what is not."""
        if instrument.underlying not in LISTINGS:
            return 0.0
        spot = spot_at(instrument.underlying, moment, seed=self.seed, move=self.move)
        if isinstance(instrument, Equity):
            return float(spot)
        contract = self.board(now).contract(instrument)
        return derive(contract, spot, moment).price if contract else 0.0

    # --- as dxFeed tells it; None where there is nothing to tell ---

    def event(self, kind: str, symbol: str, now: datetime) -> events.Event | None:
        """The event of that type (``Quote``, ``Trade``, ``Greeks`` …) as it stands; candles come by `candles`."""
        instrument = read(symbol)
        make = events.MAKERS.get(kind)
        if make is None or instrument is None or not self.lists(symbol, now):
            return None
        return make(self.today(now), instrument)

    def greeks(self, symbol: str, now: datetime) -> events.Event | None:
        return self.event("Greeks", symbol, now)

    def summary(self, symbol: str, now: datetime) -> events.Event | None:
        return self.event("Summary", symbol, now)

    def open_interest(
        self, symbol: str, now: datetime, *, of_yesterday: bool = False, of_twin: bool = False
    ) -> tuple[int, int] | None:
        """
        Contracts open in an option, and the number of the day in whose summary they stand; None where it is none.

        Args:
            of_twin: Of the put at the strike of a call, and the other way round.
        """
        instrument, today = read(symbol), self.today(now)
        if not isinstance(instrument, EquityOption):
            return None
        if of_twin:
            instrument = evolve(instrument, right=Right.PUT if instrument.right is Right.CALL else Right.CALL)
        contract = self.board(now).contract(instrument)
        day = today.yesterday if of_yesterday else today.day
        if contract is None:
            return None
        return open_contracts_of(contract, day, seed=self.seed), events.day_id(day)

    def trade(self, symbol: str, now: datetime) -> events.Event | None:
        return self.event("Trade", symbol, now)

    def profile(self, symbol: str, now: datetime) -> events.Event | None:
        return self.event("Profile", symbol, now)

    def candles(self, symbol: str, interval: str, since: datetime, now: datetime) -> list[events.Event]:
        """A snapshot, newest first, with dxFeed's flags; see `candles.snapshot`."""
        return candles.snapshot(self, symbol, interval, since, now)

    def candle(self, symbol: str, interval: str, now: datetime) -> events.Event | None:
        """The candle that is being made."""
        return candles.newest(self, symbol, interval, now)

    # --- by hand ---

    def pin(self, symbol: str, bid: Decimal | str, ask: Decimal | str) -> None:
        """
        Hold a quote until `unpin`; zero is a missing side. A pinned underlying takes its options along.

        Raises:
            ValueError: It names nothing, or the sides are crossed or negative.
        """
        self._pins.hold(symbol, Decimal(bid), Decimal(ask))

    def pin_spot(self, symbol: str, price: Decimal) -> None:
        """
        Hold the price of a share, or the level of an index, until `unpin`; its options follow.

        Raises:
            ValueError: It is not listed, or the price is none.
        """
        if symbol not in LISTINGS or not price.is_finite() or price <= 0:
            raise ValueError(f"{symbol[:32]!r} is not listed, or {price} is no price.")
        self._pins.hold(symbol, *shares_around(LISTINGS[symbol], price.quantize(CENT)))

    def unpin(self, symbol: str | None = None) -> None:
        """Let one quote, or every one, follow from the moment again."""
        self._pins.release(symbol)


def _last_moments(symbol: str) -> tuple[datetime, datetime] | None:
    instrument = read(symbol)
    if not isinstance(instrument, EquityOption) or not is_trading_day(instrument.expiration):
        return None
    return last_moments(instrument.expiration, settles_am=settles_in_the_morning(instrument.root))


@lru_cache(maxsize=64)
def _board(today: date) -> Board:
    return Board(today)
