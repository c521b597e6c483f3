"""
The subject of the tastytrade adapter: a real client on real sockets, and a simulator on loopback with a virtual clock.

    TastytradeBroker · TastytradeMarket ──HTTP, WebSocket──▶ Simulator (this process) ◀── faults, quotes, time

Whatever the adapter waits for by its clock passes faster than on the wall (`SPEED`), and further when the simulator's
clock is turned; what it waits for on a socket takes as long as it takes.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from copy import copy
from datetime import datetime, timedelta
from decimal import Decimal
from math import inf
from typing import Any, Final

from attrs import evolve
from pydantic import SecretStr

from tastyflow.domain.age import Mark
from tastyflow.domain.instruments import Instrument
from tastyflow.domain.ticket import Ticket
from tastyflow.domain.venue import BrokerOrder, Venue
from tastyflow_adapters.redaction import REDACTOR
from tastyflow_adapters.tastytrade.broker import TastytradeBroker
from tastyflow_adapters.tastytrade.http.connection import Connection, Timeouts
from tastyflow_adapters.tastytrade.http.rate_limits import Limits
from tastyflow_adapters.tastytrade.http.session import VenueSession
from tastyflow_adapters.tastytrade.market_data import TastytradeMarket
from tastyflow_adapters.tastytrade.orders.order_body import order_body
from tastyflow_adapters.tastytrade.orders.order_reading import read_order
from tastyflow_simulator import ClockMode, FaultKind, Hours, Options, Simulator, SimulatorFault, Timings
from tastyflow_simulator.book.state import What
from tastyflow_simulator.clock import SimulatorClock
from tastyflow_simulator.market.quotes import MarketQuote
from tests.contract.tickets import CASH_USD, QUOTES
from tests.contract.venue_under_test import VenueOptions

SPEED: Final = 20.0
DEEP: Final = 1000
"""How many contracts are bid for and offered at each pinned quote."""

ASKED: Final[Mapping[str, tuple[str, str]]] = {
    "place": ("POST", "*/orders"),
    "cancel": ("DELETE", "*/orders/*"),
    "replace": ("PUT", "*/orders/*"),
    "find": ("GET", "*/orders*"),
    "positions": ("GET", "*/positions"),
    "balances": ("GET", "*/balances/*"),
    "account": ("GET", "*/trading-status"),
}
"""Each call of the port as a request."""


class FastClock:
    """
    The simulator's time for what is said, a faster one for what is waited for.

    Args:
        runs: Whether the simulator's clock moves by itself, at the faster pace.
    """

    def __init__(self, simulated: SimulatorClock, *, runs: bool = False) -> None:
        self._simulated = simulated
        self._start, self._began_s = simulated.now(), time.monotonic()
        self._runs = runs

    def now(self) -> datetime:
        return self._simulated.now()

    def monotonic(self) -> float:
        turned_s = (self._simulated.now() - self._start).total_seconds()
        return turned_s if self._runs else turned_s + SPEED * (time.monotonic() - self._began_s)

    def mark(self) -> Mark:
        return Mark("simulated", self.monotonic())

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / SPEED)


def connection_of(simulator: Simulator, venue: Venue, **how: Any) -> Connection:
    """What leads to one side of *simulator*, with nothing to hold it up."""
    side = simulator.production if venue is Venue.PRODUCTION else simulator.sandbox
    defaults = {"limits": Limits(times=inf), "timeouts": Timeouts(read_s=2, order_s=2, token_s=2)}
    return Connection.to(
        venue,
        account=side.login.account,
        client_secret=SecretStr(side.login.client_secret),
        refresh_token=SecretStr(side.login.refresh_token),
        api_url=side.api_url,
        streamer_url=side.streamer_url,
        **defaults | how,
    )


class SimulatedVenue:
    """A `VenueUnderTest` over one side of a simulator, whose faults are the simulator's."""

    def __init__(self, simulator: Simulator, venue: Venue, broker: TastytradeBroker, market: TastytradeMarket) -> None:
        self.simulator = simulator
        self.side = simulator.production if venue is Venue.PRODUCTION else simulator.sandbox
        self.broker = broker
        self.market = market
        self._doomed = False
        self._sizes: dict[str, int] = {}
        self._deepen()
        self._doom()
        for instrument, (bid, ask) in QUOTES.items():
            simulator.market.pin(instrument.occ, bid, ask)

    def ledger(self) -> list[str | None]:
        return [row["external-identifier"] for row in self.side.book.ledger()]

    async def pass_time(self, seconds: float) -> None:
        await asyncio.sleep(0.002)  # what was sent before arrives before
        if self.simulator.clock.mode is ClockMode.VIRTUAL:
            self.simulator.clock.advance(seconds)
            self.side.settle()
            await asyncio.sleep(0.005)
        else:
            await asyncio.sleep(seconds)

    async def quote(self, instrument: Instrument, bid: str, ask: str, *, size: int = DEEP) -> None:
        self._sizes[instrument.occ] = size
        market: Any = self.simulator.market
        market.pin(instrument.occ, bid, ask if Decimal(ask) >= Decimal(bid) else bid)
        market._pins.held[instrument.occ] = (Decimal(bid), Decimal(ask))  # a crossed one is refused by hand
        self._look()

    # ── what becomes of the next order ──

    def fills_partly(self, quantity: int) -> None:
        self._sizes |= {instrument.occ: quantity for instrument in QUOTES}

    def rejects_next(self) -> None:
        self._fault(FaultKind.SESSION_OFFLINE)

    def rejects_later(self) -> None:
        self._doomed = True

    def legs_apart(self) -> None:
        """They always are, here (`options_of`)."""

    def fills_when_replaced(self) -> None:
        """What prices do after the asking comes before the cancel, also where the simulator's time runs on."""
        timings = evolve(self.side.options.timings, replace_s=5.0)
        self.side.book._state.options = evolve(self.side.options, timings=timings)

    async def stranger(self, ticket: Ticket) -> BrokerOrder:
        body = json.loads(order_body(ticket, external_id=None))
        placed = self.side.book.place(body, self.side.settle())
        self.simulator.clock.wake()
        return read_order(placed["order"])

    # ── what goes wrong ──

    def answer_lost(self, *, accepted: bool, call: str = "place") -> None:
        self._fault(FaultKind.RESPONSE_LOST if accepted else FaultKind.REQUEST_LOST, *ASKED[call])

    def never_answers(self, call: str) -> None:
        self._fault(FaultKind.REQUEST_LOST, *ASKED[call], times=None)

    def error_after_acceptance(self) -> None:
        self._fault(FaultKind.ERROR_AFTER, *ASKED["place"], status=500)

    def garbled_answer(self) -> None:
        self._fault(FaultKind.UNPARSABLE, *ASKED["place"], reason='{"data":{"order":{"id"')

    def slow_answer(self, seconds: float) -> None:
        self.side.options = evolve(self.side.options, latency_s=2 * seconds)  # half of it is the way back

    async def unreachable(self) -> None:
        self._flap = self._fault(FaultKind.TOKEN_FLAP, path="/oauth/token", times=None)
        await self.login_expires()

    async def reachable(self) -> None:
        self.simulator.faults.clear(self._flap)
        await self.pass_time(60)

    async def login_expires(self) -> None:
        self.side.tokens.expire()
        await self.pass_time(901)

    def search_lag(self, seconds: float) -> None:
        self._fault(FaultKind.VISIBILITY_LAG, times=None, seconds=seconds)

    def repeats_messages(self) -> None:
        self._fault(FaultKind.STREAM_DUPLICATE, times=None)

    def swaps_messages(self) -> None:
        self._fault(FaultKind.STREAM_REORDER, times=None, seconds=0.05)

    def stream_silent(self) -> None:
        self._fault(FaultKind.STREAM_SILENT, times=None)

    def stream_down(self) -> None:
        """The line is cut, and again whenever it is opened, until `stream_up`."""
        self._cut = self._fault(FaultKind.STREAM_CLOSE, path="/streamer", times=None)

    def stream_up(self) -> None:
        self.simulator.faults.clear(self._cut)

    def reset_by_night(self) -> None:
        self.side.reset()

    def unknown_here(self, underlying: str) -> None:
        self._fault(FaultKind.STALE_SYMBOLS, times=None)

    # ── ──

    def _fault(self, kind: FaultKind, method: str = "*", path: str = "*", times: int | None = 1, **how: Any) -> str:
        side = self.side.side
        return self.simulator.faults.add(
            SimulatorFault(kind=kind, side=side, method=method, path=path, times=times, **how)
        )

    def _look(self) -> None:
        self.side.settle()
        self.simulator.clock.wake()

    def _deepen(self) -> None:
        """Let the quotes that this side's book goes by be good for as many contracts as the subject says."""
        book: Any = self.side.book
        view: Any = copy(self.side.market)
        quoted = view.quote

        def quote(symbol: str, now: datetime) -> MarketQuote | None:
            found: MarketQuote | None = quoted(symbol, now)
            size = self._sizes.get(symbol, DEEP)
            return found and evolve(found, bid_size=size, ask_size=size)

        view.quote = quote
        book._state.market = view

    def _doom(self) -> None:
        """Let the exchange change its mind about the next order, where a subject asks for it."""
        book: Any = self.side.book
        place = book.place

        def placed(body: object, now: datetime) -> Any:
            answer = place(body, now)
            if self._doomed:
                self._doomed = False
                second = now + timedelta(seconds=1)
                book._state.plan(second, What.REJECT, answer["order"]["id"], "The exchange changed its mind")
            return answer

        book.place = placed


def options_of(options: VenueOptions, **how: Any) -> Options:
    defaults = {
        "port": 0,
        "clock": ClockMode.VIRTUAL,
        "starts_at": options.starts_at,
        "hours": Hours.EXCHANGE if options.keeps_hours else Hours.ALWAYS,
        "cash_usd": CASH_USD,
        "quote_step_s": None,
        "position_lag_s": options.position_lag_s,
        "timings": Timings(partial_s=1e6, leg_gap_s=0.05),  # what is not filled at once waits for the quotes to move
    }
    return Options(**defaults | how)


@asynccontextmanager
async def simulated_venue(**chosen: Any) -> AsyncIterator[SimulatedVenue]:
    options = evolve(VenueOptions(), **chosen)
    async with AsyncExitStack() as stack:
        simulator = await stack.enter_async_context(Simulator(options_of(options)))
        yield await open_venue(stack, simulator, options)
        assert all(fault["struck"] for fault in simulator.faults.listed()), "a fault that never struck proves nothing"


async def open_venue(
    stack: AsyncExitStack, simulator: Simulator, options: VenueOptions, *, runs: bool = False, **how: Any
) -> SimulatedVenue:
    """A subject on one side of *simulator*; *how* is about its connection."""
    clock = FastClock(simulator.clock, runs=runs)
    connection = connection_of(simulator, options.venue, **how)
    REDACTOR.know((connection.client_secret, connection.refresh_token), accounts=(connection.account,))
    session = VenueSession(connection, clock)
    broker = await stack.enter_async_context(TastytradeBroker(session, clock))
    market = await stack.enter_async_context(TastytradeMarket(session, clock))
    subject = SimulatedVenue(simulator, options.venue, broker, market)
    flags = {"is_frozen": options.is_frozen, "is_closing_only": options.is_closing_only}
    subject.side.book.set_status(**{flag: True for flag, on in flags.items() if on})
    return subject
