"""A venue with sockets that say what a test wants, clocks for streams, and the real simulator behind a real session."""

import asyncio
import json
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from types import SimpleNamespace

from aiohttp import WSMsgType, web
from pydantic import SecretStr
from tt_kit import ACCOUNT, ScriptedVenue, data

from tastyflow.domain.venue import Venue
from tastyflow_adapters.clock import SystemClock
from tastyflow_adapters.tastytrade.http.connection import Connection
from tastyflow_adapters.tastytrade.http.rate_limits import Limits
from tastyflow_adapters.tastytrade.http.session import VenueSession
from tastyflow_adapters.tastytrade.streams.supervision import reconnects

NOON = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
UPDATED_MS = 1_781_292_831_405
SOON_S = 8.0


def quick_reconnects():
    """Pauses for tests that wait for real."""
    return reconnects(first_s=0.02, longest_s=0.1)


async def until(fact, within_s=SOON_S):
    """Wait until *fact* holds."""
    async with asyncio.timeout(within_s):
        while not fact():  # noqa: ASYNC110  the facts are of many kinds
            await asyncio.sleep(0.005)


async def soon(awaitable):
    return await asyncio.wait_for(awaitable, SOON_S)


async def nothing_more(stream, for_s=0.15):
    """Whether *stream* is silent for a while."""
    with suppress(TimeoutError):
        await asyncio.wait_for(anext(stream), for_s)
        return False
    return True


def order(order_id=1, status="Live", *, external_id="tf1-s-x-1", **more):
    """An order as the venue tells of it."""
    return {
        "id": order_id,
        "account-number": ACCOUNT,
        "status": status,
        "external-identifier": external_id,
        "updated-at": UPDATED_MS,
        "legs": [],
    } | more


def notice(raw, kind="Order"):
    return {"type": kind, "data": raw, "timestamp": UPDATED_MS}


class VenueSocket:
    """The venue's end of one socket."""

    def __init__(self, socket, transport):
        self.socket, self.transport = socket, transport
        self.heard = []
        self.is_open = True

    async def tell(self, *messages):
        """Send objects as JSON, and text as it is."""
        for message in messages:
            await self.socket.send_str(message if isinstance(message, str) else json.dumps(message))

    def said(self, kind):
        return [message for message in self.heard if kind in (message.get("action"), message.get("type"))]


class StreamingVenue(ScriptedVenue):
    """
    Answers REST as told, and on its two sockets as the venue does, unless told otherwise.

    Attributes:
        lines, quote_lines: Every socket that was ever opened.
        mute: Answers nothing, with the sockets open.
        refuses: Actions that are answered with an error.
        upgrades: Whether sockets are let in at all.
        prices: Bid and ask by streamer symbol, told on subscribing.
        paths: Every path as it came, escapes and all.
    """

    def __init__(self):
        super().__init__()
        self.lines, self.quote_lines = [], []
        self.mute = False
        self.refuses = set()
        self.upgrades = True
        self.prices = {}
        self.paths = []
        self.on("GET", "/api-quote-tokens", self._quote_token)

    @property
    def line(self):
        return self.lines[-1]

    @property
    def quote_line(self):
        return self.quote_lines[-1]

    def _quote_token(self, _heard):
        return data(
            {"token": "canary-quote-5b1e", "dxlink-url": f"ws://127.0.0.1:{self.port}/realtime", "level": "api"}
        )

    async def _answer(self, request):
        self.paths.append(request.raw_path)
        if request.headers.get("Upgrade") != "websocket":
            return await super()._answer(request)
        if not self.upgrades:
            return web.Response(status=502, text="<html>Bad Gateway</html>", content_type="text/html")
        socket = web.WebSocketResponse(timeout=0.2)
        await socket.prepare(request)
        line = VenueSocket(socket, request.transport)
        lines, answer = (self.lines, self._alert) if request.path == "/streamer" else (self.quote_lines, self._dxlink)
        lines.append(line)
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    line.heard.append(json.loads(message.data))
                    if not self.mute:
                        await line.tell(*answer(line, line.heard[-1]))
        finally:
            line.is_open = False
        return socket

    def _alert(self, _line, said):
        action = said["action"]
        status = "error" if action in self.refuses else "ok"
        yield {"status": status, "action": action, "request-id": said["request-id"], "message": said["auth-token"]}

    def _dxlink(self, line, said):
        channel = said["channel"]
        match said["type"]:
            case "SETUP":
                yield {"type": "SETUP", "channel": 0, "version": "1.0", "keepaliveTimeout": 60}
                yield {"type": "AUTH_STATE", "channel": 0, "state": "UNAUTHORIZED"}
            case "AUTH":
                yield {"type": "AUTH_STATE", "channel": 0, "state": "AUTHORIZED"}
            case "CHANNEL_REQUEST":
                yield {"type": "CHANNEL_OPENED", "channel": channel}
            case "FEED_SUBSCRIPTION":
                told = [each["symbol"] for each in said.get("add", ()) if each["symbol"] in self.prices]
                rows = [value for symbol in told for value in quote_row(symbol, *self.prices[symbol])]
                if rows:
                    yield {"type": "FEED_DATA", "channel": channel, "data": ["Quote", rows]}


def quote_row(symbol, bid, ask, at_ms=UPDATED_MS):
    return [symbol, 0, 0, 0, at_ms, "Q", at_ms, "Q", bid, ask, 10.0, "NaN"]


def subscribed(line, kind="Quote"):
    """What is subscribed on a quote line, by all that was said."""
    now = set()
    for message in line.said("FEED_SUBSCRIPTION"):
        now |= {each["symbol"] for each in message.get("add", ()) if each["type"] == kind}
        now -= {each["symbol"] for each in message.get("remove", ()) if each["type"] == kind}
    return now


@asynccontextmanager
async def streaming(clock=None):
    """A venue with sockets, and a session with it."""
    async with StreamingVenue() as venue:
        session = VenueSession(venue.connection(), clock or SystemClock())
        async with session.opened():
            await session.ready()
            yield SimpleNamespace(venue=venue, session=session, clock=session.clock)
    await until(lambda: not left_running())


def left_running():
    """The tasks that are the adapter's, or its SDK's, and not the venue's."""
    ours = ("tastyflow_adapters/tastytrade/", "site-packages/tastytrade/", "httpx2/")
    codes = [getattr(task.get_coro(), "cr_code", None) for task in asyncio.all_tasks()]
    names = [code.co_filename for code in codes if code is not None]
    return sorted(name for name in names if any(part in name for part in ours) and "tests/" not in name)


def session_with(side, *, clock=None, venue=None):
    """A session with one side of a simulator, without limits on its own part."""
    named = venue or (Venue.SANDBOX if side.is_sandbox else Venue.PRODUCTION)
    connection = Connection.to(
        named,
        account=side.login.account,
        client_secret=SecretStr(side.login.client_secret),
        refresh_token=SecretStr(side.login.refresh_token),
        api_url=side.api_url,
        streamer_url=side.streamer_url,
        limits=Limits(times=float("inf")),
    )
    return VenueSession(connection, clock or SystemClock())
