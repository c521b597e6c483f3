"""
What the tests of the streams share: a simulator in a thread of its own, so that clients on asyncio and on trio meet the
same one, a client that says exactly what it is told to, and the SDK's streamers.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from sim_kit import Threaded, shares
from tastytrade import AlertStreamer, DXLinkStreamer, Session

from tastyflow_simulator import ClockMode, FaultKind, SimulatorFault
from tastyflow_simulator.simulated_side import SimulatedSide

HEAR_S = 10.0
"""How long a test waits for what must come."""


class Elsewhere(Threaded):
    """A simulator in a thread; its clock is the real one."""

    def __init__(self, **chosen: Any) -> None:
        super().__init__(**({"clock": ClockMode.REAL} | chosen))

    @property
    def production(self) -> SimulatedSide:
        return self.simulator.production

    @property
    def sandbox(self) -> SimulatedSide:
        return self.simulator.sandbox

    def place(self, price: str = "1.00", *, side: SimulatedSide | None = None, **more: Any) -> dict[str, Any]:
        """Place an order for a share; it rests, unless the price says otherwise."""
        chosen = side or self.production
        body = shares(price, **{name.replace("_", "-"): value for name, value in more.items()})

        def deed() -> dict[str, Any]:
            placed: dict[str, Any] = chosen.book.place(body, chosen.clock.now())["order"]
            chosen.clock.wake()
            return placed

        return self.call(deed)

    def status_of(self, order_id: int) -> str:
        """Of an order in production."""
        order = self.call(lambda: self.production.book.order(order_id, self.simulator.clock.now()))
        return str(order["status"])

    def expect(self, kind: FaultKind, **how: Any) -> None:
        """Add a fault."""
        self.call(lambda: self.simulator.faults.add(SimulatorFault(kind=kind, **how)))

    def tidy(self) -> None:
        """No faults, no orders."""
        self.call(self.simulator.faults.clear)
        self.call(self.simulator.reset)

    def stop(self) -> None:
        """Let it end, with the lines as they are."""
        self._loop.call_soon_threadsafe(self._ends.set)


class Raw:
    """A WebSocket client that says exactly what it is told to."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def say(self, message: Any) -> None:
        await self.socket.send_str(message if isinstance(message, str) else json.dumps(message))

    async def hear(self) -> dict[str, Any]:
        """The next message."""
        heard = await self.socket.receive(HEAR_S)
        assert heard.type is aiohttp.WSMsgType.TEXT, heard
        return json.loads(heard.data)

    async def ask(self, message: Any) -> dict[str, Any]:
        await self.say(message)
        return await self.hear()

    async def hear_until(self, wanted: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
        """Messages up to the first that is *wanted*, that one included."""
        heard = []
        async with asyncio.timeout(HEAR_S):
            while not heard or not wanted(heard[-1]):
                heard.append(await self.hear())
        return heard

    async def ending(self) -> int | None:
        """Read on to the end; its close code."""
        async with asyncio.timeout(HEAR_S):
            while True:
                heard = await self.socket.receive()
                if heard.type not in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
                    return self.socket.close_code

    async def stays_silent(self, seconds: float = 0.3) -> bool:
        """Whether nothing comes for a while; asked last, for it spoils the socket."""
        try:
            await self.socket.receive(seconds)
        except TimeoutError:
            return True
        return False


@asynccontextmanager
async def raw(url: str) -> AsyncIterator[Raw]:
    """A raw client, connected."""
    async with aiohttp.ClientSession() as client, client.ws_connect(url, max_msg_size=0) as socket:
        yield Raw(socket)


@asynccontextmanager
async def alerts(session: Session, side: SimulatedSide) -> AsyncIterator[AlertStreamer]:
    """The SDK's account streamer, pointed at *side*. The SDK leaves its queues open; we do not."""
    streamer = AlertStreamer(session)
    streamer.base_url = side.streamer_url
    try:
        async with streamer:
            yield streamer
    finally:
        for queue in streamer._queues.values():
            await queue.aclose()


@asynccontextmanager
async def quotes(session: Session) -> AsyncIterator[DXLinkStreamer]:
    """The SDK's quote streamer; where it connects to is the server's word."""
    streamer = DXLinkStreamer(session)
    try:
        async with streamer:
            yield streamer
    finally:
        for queue in (*streamer._send.values(), *streamer._recv.values()):
            queue.close()
