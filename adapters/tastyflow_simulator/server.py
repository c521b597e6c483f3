"""
The whole simulator: three sites in one process, on loopback.

                 ┌─ admin        faults, clock, ledger, requests
    Simulator ───┼─ sandbox      REST, account streamer, quotes ┐ each with its own login and book,
                 └─ production   REST, account streamer, quotes ┘ and a task that settles it

    async with Simulator(Options(port=0)) as simulator:
        simulator.production.api_url
"""

import asyncio
from contextlib import AsyncExitStack, suppress
from email.utils import format_datetime
from types import TracebackType
from typing import Final, Self

from aiohttp import web

from tastyflow_simulator.addresses import OFFSETS, Addresses, Place
from tastyflow_simulator.admin.api import admin_app
from tastyflow_simulator.admin.faults import Faults
from tastyflow_simulator.admin.journal import Journal
from tastyflow_simulator.clock import SimulatorClock
from tastyflow_simulator.extra import (
    account_reports,
    browsers,
    complex_orders,
    customers,
    futures,
    metrics,
    quote_alerts,
    reference,
    watchlists,
)
from tastyflow_simulator.extra import market_hours as other_hours
from tastyflow_simulator.market import Market
from tastyflow_simulator.options import Options, Side
from tastyflow_simulator.rest import (
    SIDE,
    accounts,
    guards,
    instruments,
    market_data,
    market_hours,
    oauth,
    orders,
    symbol_search,
)
from tastyflow_simulator.rest.rate_limits import RateLimits
from tastyflow_simulator.simulated_side import SimulatedSide
from tastyflow_simulator.streams import add_account_streamer, add_dxlink

NEEDED: Final = (oauth, accounts, orders, instruments, symbol_search, market_data, market_hours)
EXTRA: Final = (
    account_reports, complex_orders, customers, other_hours, metrics, futures, watchlists, quote_alerts, reference,
)  # fmt: skip
"""What tastyflow asks for, and what only other programs do."""

LARGEST_BODY: Final = 256 * 1024
PATIENCE_S: Final = 0.1
"""How long requests that are under way may go on once the simulator ends."""


class Simulator:
    """A tastytrade of one's own, for as long as the context is open."""

    def __init__(self, options: Options | None = None) -> None:
        self.options = options or Options()
        self.clock = SimulatorClock(self.options.clock, self.options.starts_at)
        self.market = Market.of(self.options)
        self.faults = Faults(self.clock, seed=self.options.seed)
        self.journal = Journal()
        self.sandbox, self.production = (self._side(side) for side in (Side.SANDBOX, Side.PRODUCTION))
        self.admin_url = ""
        self._place: Place | None = None
        self._open = AsyncExitStack()

    @property
    def sides(self) -> tuple[SimulatedSide, SimulatedSide]:
        return self.sandbox, self.production

    async def __aenter__(self) -> Self:
        """
        Begin to serve.

        Raises:
            OSError: A port is in use.
        """
        try:
            await self._serve()
        except BaseException:
            await self._open.aclose()
            raise
        return self

    async def __aexit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._open.aclose()

    def describe(self) -> dict[str, object]:
        """How another program gets in: addresses, credentials, accounts."""
        return self._where().describe()

    def environment(self) -> dict[str, str]:
        """The settings that point tastyflow here."""
        return dict(self._where().environment())

    def reset(self) -> None:
        """The night, on both sides: orders, positions and money as at the start. The ledger stays."""
        for side in self.sides:
            side.reset()

    def _where(self) -> Place:
        return self._place or Place.from_port(self.options.host, self.options.port)

    def _side(self, side: Side) -> SimulatedSide:
        return SimulatedSide(
            side, self.options, clock=self.clock, market=self.market, faults=self.faults, journal=self.journal
        )

    async def _serve(self) -> None:
        first = self.options.port
        ports = {}
        for side in self.sides:
            ports[side.side] = await self._listen(site_app(side), first and first + OFFSETS[side.side])
            side.serve_at(ports[side.side])
        admin_port = await self._listen(admin_app(self), first)
        self._place = Place(self.options.host, admin_port, ports)
        self.admin_url = Addresses(self.options.host, admin_port).api_url
        for side in self.sides:
            settling = asyncio.create_task(side.keep_settled(), name=f"settling of {side.side}")
            self._open.push_async_callback(_end, settling)

    async def _listen(self, app: web.Application, port: int) -> int:
        """Serve *app*; at which port, where *port* is 0 and any will do."""
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=PATIENCE_S)
        await runner.setup()
        self._open.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, self.options.host, port).start()
        taken: int = runner.addresses[0][1]
        return taken


def site_app(side: SimulatedSide) -> web.Application:
    """Everything that one side serves."""
    app = web.Application(middlewares=[guards.gate], client_max_size=LARGEST_BODY)
    app[SIDE] = side
    app[guards.LIMITS] = RateLimits()
    app.on_response_prepare.append(_signed)
    for part in (*NEEDED, *EXTRA):
        part.add_routes(app)
    add_account_streamer(app)
    add_dxlink(app)
    return app


async def _signed(request: web.Request, response: web.StreamResponse) -> None:
    """Say what time it is here, which is not always what the machine says, and not which server this is."""
    response.headers["Date"] = format_datetime(request.app[SIDE].clock.now(), usegmt=True)
    response.headers["Server"] = "nginx"
    response.headers.update(browsers.allowed(request))


async def _end(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
