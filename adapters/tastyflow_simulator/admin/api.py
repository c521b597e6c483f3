"""
The simulator's own API, in plain JSON, for programs that test against it. It is no part of tastytrade's.

    GET  /health · /describe                        is it there, and how does one get in
    GET  /ledger[?side=]                            every order ever accepted, with its body as it came
    GET  /requests[?side=]     DELETE /requests     every request, with the SHA-256 of its body
    GET  /clock                POST   /clock        {"advance_s": 60} or {"set": "2026-11-20T15:00:00Z"}
    GET  /faults               POST   /faults       one fault, or a list      DELETE /faults[/id]
    POST /reset[?side=]        the night: orders, positions and money as at the start; the ledger stays
    POST /endow                {"side", "symbol", "quantity", "price"}: a position as if it had always been there
    POST /status               {"side", "is_frozen": true, ...}: what the account may do
    POST /quotes               {"symbol", "bid", "ask"}: hold a quote; {"symbol"} or {}: let it go, or all
    POST /spot                 {"symbol", "price"} or {"symbol", "percent"}: move a share or an index, and its options;
                               {"symbol"}: let it go
    POST /tokens/expire[?side=]   every access token has run out

A body is JSON and says so (``Content-Type: application/json``). A page of another origin is refused, and so is a name
that leads here and is not this machine's: a browser would carry both in.
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import msgspec
from aiohttp import web

from tastyflow_adapters.exchange.listings import LISTINGS
from tastyflow_simulator.admin.fault_files import faults_in
from tastyflow_simulator.book.body_reader import Reader
from tastyflow_simulator.errors import ApiError
from tastyflow_simulator.extra import browsers
from tastyflow_simulator.options import Side
from tastyflow_simulator.rest.envelope import JSON, bare
from tastyflow_simulator.simulated_side import SimulatedSide

if TYPE_CHECKING:
    from tastyflow_simulator.server import Simulator

CHANGING: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_WHOLE: Final = re.compile(r"-?\d{1,9}", re.ASCII)

Handler = Callable[["Simulator", web.Request], Awaitable[Any]]


def admin_app(simulator: "Simulator") -> web.Application:
    """The admin API of *simulator*."""
    app = web.Application(middlewares=[_guarded], client_max_size=1 << 20)

    def route(method: str, path: str, handler: Handler) -> None:
        async def handle(request: web.Request) -> web.Response:
            return bare(await handler(simulator, request))

        app.router.add_route(method, path, handle)

    for method, path, handler in ROUTES:
        route(method, path, handler)
    return app


async def health(simulator: "Simulator", _request: web.Request) -> Any:
    return {"status": "ok", "now": simulator.clock.now(), "clock": simulator.clock.mode}


async def describe(simulator: "Simulator", _request: web.Request) -> Any:
    return simulator.describe()


async def ledger(simulator: "Simulator", request: web.Request) -> Any:
    for side in _sides(simulator, request):
        side.settle()
    books = ((side.side, book) for side in _sides(simulator, request) for book in side.books.values())
    return [{"side": name} | row for name, book in books for row in book.ledger()]


async def requests(simulator: "Simulator", request: web.Request) -> Any:
    asked = _asked_side(request.query.get("side"))
    return [entry.as_json() for entry in simulator.journal.entries(asked)]


async def forget_requests(simulator: "Simulator", _request: web.Request) -> Any:
    simulator.journal.clear()
    return {}


async def clock(simulator: "Simulator", _request: web.Request) -> Any:
    return {"now": simulator.clock.now(), "mode": simulator.clock.mode}


async def turn_clock(simulator: "Simulator", request: web.Request) -> Any:
    wanted = await _object(request)
    if "advance_s" in wanted:
        simulator.clock.advance(float(wanted["advance_s"]))
    elif "set" in wanted:
        moment = datetime.fromisoformat(str(wanted["set"]))
        simulator.clock.set(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    else:
        raise ValueError('Say how far: {"advance_s": 60}, or {"set": "2026-11-20T15:00:00Z"}.')
    for side in simulator.sides:
        side.settle()
    return await clock(simulator, request)


async def faults(simulator: "Simulator", _request: web.Request) -> Any:
    return simulator.faults.listed()


async def add_faults(simulator: "Simulator", request: web.Request) -> Any:
    return {"ids": [simulator.faults.add(fault) for fault in faults_in(_json(await request.read()))]}


async def clear_faults(simulator: "Simulator", request: web.Request) -> Any:
    return {"cleared": simulator.faults.clear(request.match_info.get("fault"))}


async def reset(simulator: "Simulator", request: web.Request) -> Any:
    for side in _sides(simulator, request):
        side.reset()
    return {}


async def endow(simulator: "Simulator", request: web.Request) -> Any:
    wanted = await _object(request)
    for side in _sides(simulator, request, wanted):
        price = _amount(wanted, "price")
        side.book.endow(str(wanted["symbol"]), _quantity(wanted), price, side.clock.now())
    return {}


async def status(simulator: "Simulator", request: web.Request) -> Any:
    wanted = await _object(request)
    flags = {name.replace("-", "_"): value for name, value in wanted.items() if name != "side"}
    for side in _sides(simulator, request, wanted):
        side.book.set_status(**flags)
    return {}


async def quotes(simulator: "Simulator", request: web.Request) -> Any:
    wanted = await _object(request)
    symbol = str(wanted["symbol"]) if wanted.get("symbol") else None
    if symbol is not None and ("bid" in wanted or "ask" in wanted):
        simulator.market.pin(symbol, _amount(wanted, "bid"), _amount(wanted, "ask"))
    else:
        simulator.market.unpin(symbol)
    for side in simulator.sides:
        side.settle()
    simulator.clock.wake()
    return {}


async def spot(simulator: "Simulator", request: web.Request) -> Any:
    wanted = await _object(request)
    symbol, market = str(wanted["symbol"]), simulator.market
    if symbol not in LISTINGS:
        raise ValueError(f"{symbol[:32]!r} is not listed.")
    if "price" in wanted:
        market.pin_spot(symbol, _amount(wanted, "price"))
    elif "percent" in wanted:
        market.pin_spot(symbol, market.spot(symbol, simulator.clock.now()) * (1 + _percent(wanted) / 100))
    else:
        market.unpin(symbol)
    for side in simulator.sides:
        side.settle()
    simulator.clock.wake()
    return {"symbol": symbol, "spot": market.spot(symbol, simulator.clock.now())}


async def expire_tokens(simulator: "Simulator", request: web.Request) -> Any:
    return {"expired": sum(side.tokens.expire() for side in _sides(simulator, request))}


ROUTES: Final[Sequence[tuple[str, str, Handler]]] = (
    ("GET", "/health", health),
    ("GET", "/describe", describe),
    ("GET", "/ledger", ledger),
    ("GET", "/requests", requests),
    ("DELETE", "/requests", forget_requests),
    ("GET", "/clock", clock),
    ("POST", "/clock", turn_clock),
    ("GET", "/faults", faults),
    ("POST", "/faults", add_faults),
    ("DELETE", "/faults", clear_faults),
    ("DELETE", "/faults/{fault}", clear_faults),
    ("POST", "/reset", reset),
    ("POST", "/endow", endow),
    ("POST", "/status", status),
    ("POST", "/quotes", quotes),
    ("POST", "/spot", spot),
    ("POST", "/tokens/expire", expire_tokens),
)


@web.middleware
async def _guarded(request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> Any:
    """Answers for this machine alone (a web page elsewhere may know our port), and every mistake as JSON."""
    if why := browsers.foreign(request):
        return bare({"error": f"The admin API answers this machine alone: {why}."}, 403)
    if request.method in CHANGING and not _is_json(request):
        return bare({"error": f"The body is JSON, and the request says so: Content-Type: {JSON}."}, 415)
    try:
        return await handler(request)
    except web.HTTPException as stopped:
        known = sorted({path for _, path, _ in ROUTES})
        return bare({"error": stopped.reason, "paths": known}, stopped.status)
    except ApiError as refused:
        return bare({"error": refused.message, "code": refused.code}, refused.status)
    except KeyError as missing:
        return bare({"error": f"{missing.args[0]!r} is missing."}, 400)
    except RecursionError:
        return bare({"error": "The body is nested too deeply."}, 400)
    except (ValueError, TypeError, OverflowError, msgspec.MsgspecError) as wrong:
        return bare({"error": f"{wrong}"[:500]}, 400)


def _sides(
    simulator: "Simulator", request: web.Request, wanted: dict[str, Any] | None = None
) -> Sequence[SimulatedSide]:
    asked = _asked_side((wanted or {}).get("side") or request.query.get("side"))
    return [side for side in simulator.sides if asked in (None, side.side)]


def _asked_side(text: Any) -> Side | None:
    try:
        return Side(text) if text else None
    except ValueError as unknown:
        raise ValueError(f"There is no side {str(text)!r:.40}: {', '.join(Side)}.") from unknown


def _amount(wanted: dict[str, Any], name: str) -> Decimal:
    amount = Reader({name: wanted[name]}).amount(name)
    if amount is None:
        raise ValueError(f"{name} is an amount, such as 1.25.")
    return amount


def _percent(wanted: dict[str, Any]) -> Decimal:
    percent = wanted["percent"]
    if isinstance(percent, bool) or not isinstance(percent, (int, float)) or not -99 <= percent <= 1000:
        raise ValueError("percent is a number from -99 to 1000, such as 20 or -7.5.")
    return Decimal(str(percent))


def _quantity(wanted: dict[str, Any]) -> int:
    quantity = wanted["quantity"]
    if isinstance(quantity, bool) or not isinstance(quantity, (int, str)) or not _WHOLE.fullmatch(str(quantity)):
        raise ValueError("quantity is a whole number, such as 10 or -10.")
    return int(quantity)


async def _object(request: web.Request) -> dict[str, Any]:
    document = _json(await request.read())
    if not isinstance(document, dict):
        raise ValueError("The body is a JSON object.")
    return document


def _json(content: bytes) -> Any:
    return msgspec.json.decode(content) if content.strip() else {}


def _is_json(request: web.Request) -> bool:
    """Whether it has a body that says that it is JSON, or none: a form of a web page cannot say so."""
    return not request.body_exists or request.content_type == JSON
