"""
The day so far: where it opened, how far it went, what changed hands, and where yesterday ended.

    yesterday's close ── open ──┬── high ──┬── last
                                └── low  ──┘

Open interest is the exchange's (`exchange.interest`), and stands all day. Volume grows as the day goes by.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from attrs import frozen

from tastyflow.domain.expirations import new_york_date
from tastyflow.domain.instruments import Equity, EquityOption, Instrument, plain
from tastyflow_adapters.exchange.chance import drawn
from tastyflow_adapters.exchange.interest import open_interest
from tastyflow_adapters.exchange.listings import LISTINGS, Cadence, Listing
from tastyflow_adapters.exchange.pricing import DAILY_SWING, spot_on
from tastyflow_simulator.market.board import Contract
from tastyflow_simulator.market.hours import DaySession
from tastyflow_simulator.market.quotes import MarketQuote, Scene, derive

if TYPE_CHECKING:
    from tastyflow_simulator.market.market import Market


@frozen
class Prices:
    """Of one day, per share."""

    open: float
    high: float
    low: float
    last: float


@frozen
class Settled:
    """What is known of an instrument from the morning on: prices per share, and the contracts open."""

    opened: float
    previous_close: float
    open_contracts: int


@frozen
class Today:
    """
    What is seen of the market at one moment, and the session that it belongs to.

    Attributes:
        seen_at: *now*, less the delay of a delayed view; while the exchange is closed, its last moment.
    """

    market: "Market"
    scene: Scene
    now: datetime
    seen_at: datetime

    @property
    def day(self) -> date:
        return new_york_date(self.seen_at)

    @property
    def hours(self) -> DaySession:
        return self.market.calendar.of(self.day)

    @property
    def yesterday(self) -> date:
        """The last day of trading before."""
        return self.market.calendar.before(self.day)

    @property
    def elapsed(self) -> float:
        """How much of the session has passed, from 0 to 1."""
        hours = self.hours
        return min((self.seen_at - hours.opens_at) / (hours.closes_at - hours.opens_at), 1.0)

    def quote(self, instrument: Instrument) -> MarketQuote | None:
        return self.scene.quote(instrument)

    def contract(self, instrument: Instrument) -> Contract | None:
        return self.scene.board.contract(instrument) if isinstance(instrument, EquityOption) else None

    def prices(self, instrument: Instrument) -> Prices | None:
        """Open, extremes and last; None where nothing is quoted."""
        shown = self.quote(instrument)
        if shown is None:
            return None
        opened, last = self.settled(instrument).opened, float(shown.last)
        reached = (opened, last, *(round(price, 2) for price in self._extremes(instrument)))
        return Prices(open=opened, high=max(reached), low=min(reached), last=last)

    def previous_close(self, instrument: Instrument) -> float:
        return self.settled(instrument).previous_close

    def open_contracts(self, instrument: Instrument) -> int:
        """Open interest; shares have none."""
        return self.settled(instrument).open_contracts

    def settled(self, instrument: Instrument) -> Settled:
        """What stands for the whole day, worked out once."""
        known = self.market.settled_on(self.day)
        if instrument not in known:
            contract = self.contract(instrument)
            known[instrument] = Settled(
                opened=round(self._worth(instrument, self.hours.opens_at), 2),
                previous_close=round(self._worth(instrument, self.market.calendar.of(self.yesterday).last_moment), 2),
                open_contracts=open_contracts_of(contract, self.day, seed=self.market.seed) if contract else 0,
            )
        return known[instrument]

    def volume(self, instrument: Instrument) -> int:
        """Shares or contracts that have changed hands since the opening."""
        contract = self.contract(instrument)
        if contract is not None:
            return contracts_traded(contract, self.day, self.elapsed, seed=self.market.seed)
        if isinstance(instrument, Equity) and instrument.symbol in LISTINGS:
            return shares_traded(LISTINGS[instrument.symbol], self.day, self.elapsed, seed=self.market.seed)
        return 0

    def _worth(self, instrument: Instrument, moment: datetime) -> float:
        return self.market.worth(instrument, moment, self.now)

    def _extremes(self, instrument: Instrument) -> tuple[float, ...]:
        """As far as prices can have wandered from the day's."""
        listing = LISTINGS[instrument.underlying]
        home, reach = spot_on(listing, self.day), Decimal(DAILY_SWING * self.market.move)
        spots = home * (1 - reach), home * (1 + reach)
        contract = self.contract(instrument)
        if contract is None:
            return tuple(map(float, spots))
        return tuple(derive(contract, spot, self.seen_at).price for spot in spots)


def description_of(instrument: Instrument) -> str:
    """What a contract is in plain words, or the name of what is listed."""
    if isinstance(instrument, EquityOption):
        right = instrument.right.value.capitalize()
        return f"{instrument.root} {instrument.expiration:%d %b %y} {plain(instrument.strike)} {right}"
    return LISTINGS[instrument.symbol].name


ADJUSTED_TIMES: Final = 0.05
SHARES_A_DAY: Final = {Cadence.DAILY: 45e6, Cadence.WEEKLY: 12e6, Cadence.MONTHLY: 2e6, Cadence.WEDNESDAYS: 0.0}


def open_contracts_of(contract: Contract, today: date, *, seed: int) -> int:
    """Contracts open in the morning of *today*; adjusted ones are closed, hardly opened."""
    times = ADJUSTED_TIMES if contract.adjustment else 1.0
    return int(open_interest(contract.option, contract.listing, today, seed=seed) * times)


def contracts_traded(contract: Contract, today: date, elapsed: float, *, seed: int) -> int:
    """The day's volume in one contract after the fraction *elapsed* of its session."""
    eagerness = 0.05 + 0.9 * drawn(seed, contract.option.occ, today, "volume") ** 3
    return int(open_contracts_of(contract, today, seed=seed) * eagerness * elapsed)


def shares_traded(listing: Listing, today: date, elapsed: float, *, seed: int) -> int:
    """The day's volume in shares; an index has none."""
    if not listing.has_shares:
        return 0
    return int(SHARES_A_DAY[listing.cadence] * (0.6 + 0.8 * drawn(seed, listing.symbol, today, "volume")) * elapsed)
