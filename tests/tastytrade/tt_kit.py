"""What the tests of the tastytrade adapter share: a venue that answers as told, a clock in a hurry, tickets."""

import asyncio
import json
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from aiohttp import web
from attrs import field, frozen
from hypothesis import strategies as st
from pydantic import SecretStr

from tastyflow.domain.age import Mark
from tastyflow.domain.instruments import Equity, EquityOption, Right
from tastyflow.domain.ticket import Action, Duration, Leg, OrderType, PriceEffect, Ticket, TimeInForce
from tastyflow.domain.venue import Venue
from tastyflow.errors import Invalid
from tastyflow_adapters.clock import SystemClock
from tastyflow_adapters.tastytrade.http.connection import Connection, Timeouts
from tastyflow_adapters.tastytrade.http.rate_limits import Limits
from tastyflow_adapters.tastytrade.orders.order_body import order_body

SECRET, REFRESH, ACCESS = "canary-secret-7f3a", "canary-refresh-91bd", "canary-access-04ce"
CANARIES = (SECRET, REFRESH, ACCESS)
ACCOUNT = "5WT00001"
AT = f"/accounts/{ACCOUNT}"
TAG = "tf1-s-abcdefghij0123456789-1"
FRIDAY = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
DECEMBER = date(2026, 12, 18)

BTO, BTC, STO, STC = Action.BUY_TO_OPEN, Action.BUY_TO_CLOSE, Action.SELL_TO_OPEN, Action.SELL_TO_CLOSE
CALL = EquityOption("SPY", DECEMBER, Right.CALL, Decimal(450))


def limit(price="2.50", quantity=10, *, action=BTO, instrument=CALL):
    effect = PriceEffect.DEBIT if action.buys else PriceEffect.CREDIT
    return Ticket((Leg(action, quantity, instrument),), OrderType.LIMIT, Decimal(price), effect)


# ── tickets of every shape ─────────────────────────────────────────────────────────────────────────────────────────

_OPTIONS = st.builds(
    EquityOption,
    st.sampled_from(["SPY", "SPXW", "BRK/B", "AAPL7"]),
    st.dates(date(2026, 1, 1), date(2030, 12, 31)),
    st.sampled_from(Right),
    st.decimals("0.001", "99999", places=3),
)
_PRICES = st.decimals("0.0001", "9999", places=4)
_TIMES = st.one_of(
    st.sampled_from([Duration.DAY, Duration.GTC, Duration.EXT, Duration.IOC]).map(TimeInForce),
    st.dates(date(2026, 1, 1), date(2030, 1, 1)).map(lambda day: TimeInForce(Duration.GTD, day)),
)


@st.composite
def tickets(draw):
    """Any ticket that exists."""
    first = draw(_OPTIONS)
    others = draw(st.lists(_OPTIONS, max_size=3))
    shares = draw(st.booleans())
    instruments = list(
        dict.fromkeys(
            [
                Equity(first.underlying) if shares else first,
                *(EquityOption(first.root, o.expiration, o.right, o.strike) for o in others),
            ]
        )
    )
    legs = tuple(Leg(draw(st.sampled_from(Action)), draw(st.integers(1, 500)), each) for each in instruments)
    kind = draw(st.sampled_from(OrderType))
    limited, stopped = kind in (OrderType.LIMIT, OrderType.STOP_LIMIT), kind in (OrderType.STOP, OrderType.STOP_LIMIT)
    price = draw(_PRICES) if limited else None
    effect = draw(st.sampled_from(PriceEffect)) if limited else None
    stop = draw(_PRICES) if stopped else None
    try:
        return Ticket(legs, kind, price, effect, stop, draw(_TIMES))
    except Invalid:
        return limit()


# ── clocks in a hurry ──────────────────────────────────────────────────────────────────────────────────────────────


class JumpingClock(SystemClock):
    """Runs on as usual, and jumps over every pause of less than a minute."""

    def __init__(self):
        self.jumped_s = 0.0
        self.pauses = []

    def now(self):
        return super().now() + timedelta(seconds=self.jumped_s)

    def monotonic(self):
        return super().monotonic() + self.jumped_s

    def mark(self):
        return Mark("jumping", self.monotonic())

    async def sleep(self, seconds):
        if seconds >= 60:
            await asyncio.sleep(seconds)
        self.pauses.append(seconds)
        self.jumped_s += seconds
        await asyncio.sleep(0)


class BriskClock(SystemClock):
    """Tells the time as usual; what is waited for by it takes a fifth of its time."""

    SPEED = 5.0

    def monotonic(self):
        return super().monotonic() * self.SPEED

    def mark(self):
        return Mark("brisk", self.monotonic())

    async def sleep(self, seconds):
        await asyncio.sleep(seconds / self.SPEED)


# ── a venue that answers as told ───────────────────────────────────────────────────────────────────────────────────


@frozen
class Reply:
    """One answer; *drops* closes the connection in its place, *after_s* makes it wait."""

    status: int = 200
    body: object = field(factory=dict)
    drops: bool = False
    after_s: float = 0.0


@frozen
class Heard:
    """One request as it came."""

    method: str
    path: str
    query: dict
    headers: dict
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


def data(payload, status=200, **more):
    return Reply(status, {"data": payload, "context": "/x", **more})


def items(*rows, pages=1, page=0):
    return data({"items": list(rows)}, pagination={"page-offset": page, "total-pages": pages, "per-page": 100})


def error(status, code, message, *nested):
    return Reply(status, {"error": {"code": code, "message": message, "errors": list(nested)}})


TOKEN = Reply(200, {"access_token": ACCESS, "token_type": "Bearer", "expires_in": 900})
ACCOUNTS = items({"account": {"account-number": ACCOUNT, "is-closed": False}, "authority-level": "owner"})
HTML = Reply(502, b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>")


def placed(body, *, order_id=1001, **more):
    """The venue's order for a request's body."""
    sent = json.loads(body) if isinstance(body, bytes) else body
    legs = [leg | {"remaining-quantity": leg["quantity"], "fills": []} for leg in sent.get("legs", [])]
    return (
        {key: value for key, value in sent.items() if key not in ("advanced-instructions", "source")}
        | {"id": order_id, "account-number": ACCOUNT, "status": "Routed", "updated-at": 1781292831405, "legs": legs}
        | more
    )


class ScriptedVenue:
    """Answers each method and path with what it was given, one after the other; the last answer stays."""

    def __init__(self):
        self.heard = []
        self._script = defaultdict(list)
        self.on("POST", "/oauth/token", TOKEN)
        self.on("GET", "/customers/me/accounts", ACCOUNTS)
        self.on("GET", f"{AT}/orders/live", items())
        self.on("GET", f"{AT}/orders", items())

    async def __aenter__(self):
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_):
        await self._runner.cleanup()

    def on(self, method, path, *replies):
        """Answer so from now on. A reply can be a function of the request."""
        self._script[method, path] = list(replies)

    def asked(self, method, path):
        return [heard for heard in self.heard if (heard.method, heard.path) == (method, path)]

    @property
    def logins(self):
        return len(self.asked("POST", "/oauth/token"))

    def connection(self, venue=Venue.SANDBOX, **changes):
        settings = {
            "account": ACCOUNT,
            "client_secret": SecretStr(SECRET),
            "refresh_token": SecretStr(REFRESH),
            "api_url": f"http://127.0.0.1:{self.port}",
            "streamer_url": f"ws://127.0.0.1:{self.port}/streamer",
            "timeouts": Timeouts(connect_s=2, read_s=2, order_s=2, token_s=2, queue_s=5),
            "limits": Limits(times=float("inf")),
        }
        return Connection.to(venue, **settings | changes)

    async def _answer(self, request):
        body = await request.read()
        heard = Heard(request.method, request.path, dict(request.query), dict(request.headers), body)
        self.heard.append(heard)
        script = self._script.get((request.method, request.path))
        if not script:
            return web.json_response({"error": {"code": "not_found", "message": "Not found"}}, status=404)
        reply = script.pop(0) if len(script) > 1 else script[0]
        reply = reply(heard) if callable(reply) else reply
        if reply.after_s:
            await asyncio.sleep(reply.after_s)
        if reply.drops:
            request.transport.abort()
            return web.Response()
        if isinstance(reply.body, bytes):
            return web.Response(status=reply.status, body=reply.body, content_type="text/html")
        return web.json_response(reply.body, status=reply.status)


ORDERS, LIVE, ONE = f"{AT}/orders", f"{AT}/orders/live", f"{AT}/orders/1001"
NOT_TAKEN = [Reply(401, b"<html>"), Reply(429, b"")]
"""What says that a request was not taken, which no list proves."""

ODD_FILL = [{"instrument-type": "Equity Option", "symbol": "SPY", "fills": [{"fill-id": "a", "quantity": "0.5"}]}]


def accepts(heard):
    return data({"order": placed(heard.body), "warnings": [], "buying-power-effect": {}}, 201)


def listed(tag=TAG, **more):
    return placed(order_body(limit(), external_id=tag), **more)
