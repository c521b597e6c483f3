"""
Simulators to test against, and three ways to talk to them.

    serving(...)        in the test's own event loop; the clock stands still on a Friday morning until it is turned
    Threaded(...)       in a thread with a loop of its own, for clients on trio
    HttpClient          plain HTTP, logged in          sdk(side)   the real SDK, pointed at a side
"""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self, TypeVar

import aiohttp
from attrs import frozen
from tastytrade import Session

import tastyflow_simulator as package
from tastyflow_simulator.options import ClockMode, Options

if TYPE_CHECKING:
    from tastyflow_simulator import Simulator
    from tastyflow_simulator.simulated_side import SimulatedSide

T = TypeVar("T")

FRIDAY = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)  # ten in the morning in New York
DECEMBER = date(2026, 12, 18)
AGENT = "sim-kit/1.0"


def options(**chosen: Any) -> Options:
    """Any free ports, and a clock that stands still on a Friday morning."""
    return Options(**{"port": 0, "clock": ClockMode.VIRTUAL, "starts_at": FRIDAY} | chosen)


@asynccontextmanager
async def serving(**chosen: Any) -> AsyncIterator["Simulator"]:
    async with package.Simulator(options(**chosen)) as simulator:
        yield simulator


class Threaded:
    """A simulator in a thread of its own."""

    simulator: "Simulator"

    def __init__(self, **chosen: Any) -> None:
        self._options = options(**chosen)
        self._serves = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="simulator", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._serves.wait(20), "the simulator did not start"
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(RuntimeError):  # it has ended by itself
            self._loop.call_soon_threadsafe(self._ends.set)
        self._thread.join(20)
        assert not self._thread.is_alive(), "the simulator did not end"

    def call(self, act: Callable[..., T], *args: Any) -> T:
        """Do something to the simulator, in its own loop."""

        async def done() -> T:
            return act(*args)

        return asyncio.run_coroutine_threadsafe(done(), self._loop).result(20)

    async def _run(self) -> None:
        self._loop, self._ends = asyncio.get_running_loop(), asyncio.Event()
        async with package.Simulator(self._options) as self.simulator:
            self._serves.set()
            await self._ends.wait()


@frozen
class Answer:
    status: int
    text: str
    headers: dict[str, str]
    document: Any

    @property
    def data(self) -> Any:
        return self.document["data"]

    @property
    def items(self) -> list[Any]:
        items: list[Any] = self.data["items"]
        return items

    @property
    def code(self) -> Any:
        return self.document["error"]["code"]


class HttpClient:
    """One side, by plain HTTP."""

    def __init__(self, http: aiohttp.ClientSession, side: "SimulatedSide") -> None:
        self.side = side
        self.headers = {"User-Agent": AGENT}
        self._http = http

    @property
    def account(self) -> str:
        return f"/accounts/{self.side.login.account}"

    async def login(self, **instead: Any) -> Answer:
        login = self.side.login
        grant = {
            "grant_type": "refresh_token",
            "client_secret": login.client_secret,
            "refresh_token": login.refresh_token,
        }
        answer = await self.ask("POST", "/oauth/token", json=grant | instead)
        if answer.status == 200:
            self.headers["Authorization"] = f"Bearer {answer.document['access_token']}"
        return answer

    async def ask(self, method: str, path: str, **sent: Any) -> Answer:
        headers = self.headers | sent.pop("headers", {})
        headers = {name: value for name, value in headers.items() if value is not None}
        skipped = () if "User-Agent" in headers else ("User-Agent",)
        base = sent.pop("base", self.side.api_url)
        async with self._http.request(method, base + path, headers=headers, skip_auto_headers=skipped, **sent) as got:
            document = await got.json() if "json" in got.content_type and await got.read() else None
            return Answer(got.status, await got.text(), dict(got.headers), document)

    async def get(self, path: str, **sent: Any) -> Answer:
        return await self.ask("GET", path, **sent)

    async def place(self, body: Any, path: str = "/orders") -> Answer:
        return await self.ask("POST", self.account + path, json=body)

    async def order(self, order_id: int) -> dict[str, Any]:
        answer = await self.get(f"{self.account}/orders/{order_id}")
        assert answer.status == 200, answer.text
        order: dict[str, Any] = answer.data
        return order


class Admin:
    """The admin API of a simulator, by plain HTTP."""

    def __init__(self, http: aiohttp.ClientSession, simulator: "Simulator") -> None:
        self._http = HttpClient(http, simulator.sandbox)
        self._base = simulator.admin_url

    async def get(self, path: str) -> Any:
        answer = await self._http.get(path, base=self._base)
        assert answer.status == 200, answer.text
        return answer.document

    async def ask(self, method: str, path: str, body: Any = None) -> Answer:
        return await self.raw(method, path, **({} if body is None else {"json": body}))

    async def raw(self, method: str, path: str, **sent: Any) -> Answer:
        return await self._http.ask(method, path, base=self._base, **sent)


@asynccontextmanager
async def http_client(side: "SimulatedSide", *, logged_in: bool = True) -> AsyncIterator[HttpClient]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as http:
        caller = HttpClient(http, side)
        if logged_in:
            assert (await caller.login()).status == 200
        yield caller


@asynccontextmanager
async def sdk(side: "SimulatedSide", **client: Any) -> AsyncIterator[Session]:
    """The real SDK; only where it sends its requests is changed."""
    login = side.login
    session = Session(login.client_secret, login.refresh_token, is_test=side.is_sandbox, trust_env=False, **client)
    session._client.base_url = side.api_url
    async with session:
        yield session


async def eventually(seen: Callable[[], Awaitable[bool] | bool], *, within_s: float = 10) -> None:
    """Wait until it is so."""
    ends_at = time.monotonic() + within_s
    while True:
        answer = seen()
        if answer if isinstance(answer, bool) else await answer:
            return
        assert time.monotonic() < ends_at, "it did not come to be"
        await asyncio.sleep(0.01)


def shares(price: str | None = "1.00", quantity: int = 1, *, symbol: str = "AAPL", **more: Any) -> dict[str, Any]:
    """An order for shares, as JSON: a limit to buy, or at market."""
    leg = {"instrument-type": "Equity", "symbol": symbol, "action": "Buy to Open", "quantity": quantity}
    if price is None:
        return {"time-in-force": "Day", "order-type": "Market", "legs": [leg]} | more
    priced = {"order-type": "Limit", "price": price, "price-effect": "Debit"}
    return {"time-in-force": "Day", "legs": [leg]} | priced | more


def call_of(
    simulator: "Simulator", *, underlying: str = "SPY", expiry: date = DECEMBER, strike: Decimal | int = 450
) -> str:
    """The symbol of a listed call."""
    padded = f"{underlying:6}{expiry:%y%m%d}C{int(Decimal(strike) * 1000):08d}"
    assert simulator.market.lists(padded, simulator.clock.now()), padded
    return padded
