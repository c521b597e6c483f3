"""
The fake exchange's market data and trading hours. Nothing is random; everything follows from the date.

    date in New York ──▶ exchange.pricing: spot ──▶ bid and ask ──┐
                    └──▶ exchange.chains: what is listed ─────────┴──▶ FakeMarket, with its pins

    an order works from `next_session` until `ends_at`: to the close, or where it is always open to midnight;
    an option trades until the close of its last day, also where the exchange is always open

Prices stand still within a day, so that what a test saw once it sees again; `pin` moves one where a test wants that.
The synchronous methods serve the fake broker's book; the port's coroutines are these, awaited.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Final

from tastyflow.domain.expirations import (
    NEW_YORK,
    is_trading_day,
    new_york_date,
    next_trading_day,
    session,
    stops_trading_at,
    trading_day_on_or_before,
)
from tastyflow.domain.instruments import Equity, EquityOption, Instrument
from tastyflow.domain.ticket import Duration, Ticket
from tastyflow.domain.venue import Chain, NamedSymbol, Quote
from tastyflow.ports import Clock, MarketSession
from tastyflow_adapters.exchange.alike import alike
from tastyflow_adapters.exchange.chains import build_chain
from tastyflow_adapters.exchange.listings import LISTINGS
from tastyflow_adapters.exchange.pricing import bid_and_ask, spot_on

SIMILAR: Final = 5
ALIKE: Final = 0.4


class _Day:
    """All that has been worked out for one date."""

    def __init__(self, today: date) -> None:
        self.today = today
        self.begins = datetime.combine(today, time(), NEW_YORK).astimezone(UTC)
        self.ends = datetime.combine(today + timedelta(days=1), time(), NEW_YORK).astimezone(UTC)
        self.chains: dict[str, Chain] = {}
        self.strikes: dict[tuple[str, date], frozenset[Decimal]] = {}
        self.mornings: set[tuple[str, date]] = set()
        self.prices: dict[Instrument, tuple[Decimal, Decimal] | None] = {}
        self.spots: dict[str, Decimal] = {}

    def chain(self, underlying: str) -> Chain | None:
        if underlying not in LISTINGS:
            return None
        if underlying not in self.chains:
            chain = build_chain(LISTINGS[underlying], self.today)
            self.strikes |= {(each.root, each.day): _as_set(each.strikes) for each in chain.expirations}
            self.mornings |= {(each.root, each.day) for each in chain.expirations if each.settles_am}
            self.chains[underlying] = chain
        return self.chains[underlying]

    def lists(self, instrument: Instrument) -> bool:
        chain = self.chain(instrument.underlying)
        if chain is None or isinstance(instrument, Equity):
            return chain is not None
        return instrument.strike in self.strikes.get((instrument.root, instrument.expiration), ())

    def settles_am(self, option: EquityOption) -> bool:
        self.chain(option.underlying)
        return (option.root, option.expiration) in self.mornings

    def spot(self, underlying: str) -> Decimal:
        if underlying not in self.spots:
            self.spots[underlying] = spot_on(LISTINGS[underlying], self.today)
        return self.spots[underlying]

    def price(self, instrument: Instrument) -> tuple[Decimal, Decimal] | None:
        """Bid and ask; None where nothing is listed."""
        if instrument not in self.prices:
            listed = self.lists(instrument)
            self.prices[instrument] = bid_and_ask(instrument, self.today) if listed else None
        return self.prices[instrument]


class FakeMarket:
    """
    Market data of the fake exchange, on *clock*.

    Args:
        always_open: Trade round the clock, Sundays included; else in the exchange's regular hours.
    """

    def __init__(self, clock: Clock, *, always_open: bool = True) -> None:
        self.always_open = always_open
        self._clock = clock
        self._day = _Day(new_york_date(clock.now()))
        self._pinned: dict[Instrument, tuple[Decimal, Decimal]] = {}
        self._moves = 0

    async def chain(self, underlying: str) -> Chain | None:
        return self.chain_now(underlying)

    async def similar(self, underlying: str) -> Sequence[NamedSymbol]:
        found = alike(underlying, most=SIMILAR, cutoff=ALIKE)
        return [NamedSymbol(symbol, LISTINGS[symbol].name) for symbol in found]

    async def quotes(self, instruments: Sequence[Instrument]) -> Mapping[Instrument, Quote]:
        return self.quotes_now(instruments)

    async def session(self) -> MarketSession:
        return self.session_now()

    @property
    def revision(self) -> tuple[date, int]:
        """Changes whenever any quote may have changed."""
        return self._today().today, self._moves

    def chain_now(self, underlying: str) -> Chain | None:
        return self._today().chain(underlying)

    def lists(self, instrument: Instrument) -> bool:
        """Whether there is such a share, index or option on this day."""
        return self._today().lists(instrument)

    def stops_trading_at(self, option: EquityOption) -> datetime:
        """The moment from which on orders in a listed option are refused."""
        return stops_trading_at(option.expiration, settles_am=self._today().settles_am(option)).astimezone(UTC)

    def quotes_now(self, instruments: Sequence[Instrument]) -> dict[Instrument, Quote]:
        now, day = self._clock.now(), self._today()
        priced = {each: self._pinned.get(each) or day.price(each) for each in instruments}
        return {each: Quote(price[0], price[1], now) for each, price in priced.items() if price is not None}

    def spot(self, underlying: str) -> Decimal:
        """The price of a listed share or index."""
        pinned = self._pinned.get(Equity(underlying)) if self._pinned else None
        return (pinned[0] + pinned[1]) / 2 if pinned else self._today().spot(underlying)

    def opening_spot(self, underlying: str) -> Decimal:
        """The first price of the day of a listed share or index, whatever is pinned since."""
        return self._today().spot(underlying)

    def settles_at(self, option: EquityOption) -> datetime:
        """When nothing is left of a listed option: at the opening of its last day where it settles then."""
        last = session(option.expiration)
        return (last.opens_at if self._today().settles_am(option) else last.closes_at).astimezone(UTC)

    def session_now(self) -> MarketSession:
        if self.always_open:
            return MarketSession(is_open=True, changes_at=None)
        now, today = self._clock.now(), self._today().today
        if is_trading_day(today):
            hours = session(today)
            if now < hours.closes_at:
                is_open = hours.opens_at <= now
                return MarketSession(is_open=is_open, changes_at=hours.closes_at if is_open else hours.opens_at)
        return MarketSession(is_open=False, changes_at=session(next_trading_day(today)).opens_at)

    def pin(self, instrument: Instrument, bid: Decimal | str, ask: Decimal | str) -> None:
        """Hold a quote where a test wants it, until `unpin`; zero is a missing side."""
        self._pinned[instrument] = (Decimal(bid), Decimal(ask))
        self._moves += 1

    def unpin(self) -> None:
        """Let every quote follow from the date again."""
        self._pinned.clear()
        self._moves += 1

    def _today(self) -> _Day:
        now = self._clock.now()
        if not self._day.begins <= now < self._day.ends:
            self._day = _Day(new_york_date(now))
        return self._day


def next_session(market: FakeMarket, now: datetime) -> tuple[datetime, date]:
    """When an order that arrives now begins to work, and on which day: *now* itself while the market is open."""
    hours = market.session_now()
    begins = now if hours.is_open or hours.changes_at is None else hours.changes_at
    return begins, new_york_date(begins)


def ends_at(ticket: Ticket, market: FakeMarket, now: datetime) -> datetime | None:
    """When an order that arrives now ends unfilled: by its time in force, or with the options it is about."""
    ends = option_ends(ticket, market)
    if ticket.time_in_force.until is not None:
        ends.append(_end_of(ticket.time_in_force.until, market))
    elif ticket.time_in_force.duration is not Duration.GTC:
        ends.append(_end_of(next_session(market, now)[1], market))
    return min(ends, default=None)


def option_ends(ticket: Ticket, market: FakeMarket) -> list[datetime]:
    """When each option of *ticket* trades for the last time."""
    return [market.stops_trading_at(leg.instrument) for leg in ticket.legs if isinstance(leg.instrument, EquityOption)]


def _end_of(day: date, market: FakeMarket) -> datetime:
    if market.always_open:
        return datetime.combine(day + timedelta(days=1), time(), NEW_YORK).astimezone(UTC)
    return session(trading_day_on_or_before(day)).closes_at.astimezone(UTC)


@lru_cache(maxsize=512)
def _as_set(strikes: tuple[Decimal, ...]) -> frozenset[Decimal]:
    return frozenset(strikes)
