"""
What every request goes through before and after its handler, and how whatever goes wrong is answered.

    User-Agent ─▶ origin ─▶ address blocked? ─▶ faults ─▶ rate ─▶ version ─▶ token ─▶ account ─▶ handler ─▶ book, market
      401 html   403 html     no answer           …        429      406       401       403         │
    journal ◀── latency ◀── faults ◀── the clock is woken ◀──────────────────────────────────────────┘
"""

import asyncio
import hashlib
import logging
import re
import secrets
import time
from typing import Any, Final

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler
from attrs import define, field

from tastyflow_simulator.credentials import BEARER
from tastyflow_simulator.errors import ApiError
from tastyflow_simulator.extra import browsers
from tastyflow_simulator.rest import SIDE, envelope
from tastyflow_simulator.rest.rate_limits import RateLimits
from tastyflow_simulator.rest.request_faults import TOKEN, LineCut, Mishaps, unauthorized
from tastyflow_simulator.simulated_side import SimulatedSide

LOGGER: Final = logging.getLogger(__name__)
LIMITS: Final = web.AppKey("limits", RateLimits)

PUBLIC: Final = re.compile(rf"{TOKEN}|/sessions|/margin-requirements-public-configuration|/symbols/search/.*")
"""What is answered without a token (the SDK's symbol search sends none, and its own tests expect an answer)."""

AGENT: Final = re.compile(r"[!#$%&'*+.^_`|~\w-]+/\S.*|tastytrade-sdk-js\b.*", re.ASCII)
"""A product and its version; tastytrade's own JavaScript SDK names none and is served all the same."""

VERSION: Final = re.compile(r"20\d{6}")
ACCOUNT: Final = re.compile(r"(?:/margin)?/accounts/([^/]+)(?:/.*)?")
ORDER_ID: Final = re.compile(r"/accounts/(?P<account>[^/]+)/(?:complex-)?orders/(?P<order>\d{1,18})(?:/.*)?")
NEVER_S: Final = 60.0
"""How long a blocked address waits for an answer that does not come."""


@define
class Visit:
    """What the journal wants to know of one request."""

    began: float = field(factory=time.perf_counter)
    body: bytes = b""
    external_identifier: str | None = None
    status: int = 0
    answered: bool = True
    mishaps: Mishaps | None = None


@web.middleware
async def gate(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The whole way of one request."""
    side, visit = request.app[SIDE], Visit()
    upgrades = request.headers.get("Upgrade", "").lower() == "websocket"
    if upgrades:
        visit.status = 101
        _record(side, request, visit)  # now: a socket may stay open for days
    half_way_s = side.options.latency_s / 2
    try:
        if half_way_s:
            await asyncio.sleep(half_way_s)
        response = await _through(side, request, handler, visit, upgrades=upgrades)
        if half_way_s and not upgrades:
            await asyncio.sleep(half_way_s)
    except LineCut:
        visit.answered = False
        response = _cut(request)
    if not upgrades:
        if visit.answered:
            visit.status = response.status
        _record(side, request, visit)
    return response


async def _through(
    side: SimulatedSide, request: web.Request, handler: Handler, visit: Visit, *, upgrades: bool
) -> web.StreamResponse:
    if not upgrades and not AGENT.fullmatch(request.headers.get("User-Agent", "")):
        return envelope.html(401)
    if (let_in := browsers.preflight(request)) is not None:
        return let_in
    if browsers.foreign(request):
        return envelope.html(403)
    if side.blocked_until is not None and side.clock.now() < side.blocked_until:
        await asyncio.sleep(NEVER_S)
        raise LineCut
    try:
        visit.body = await request.read()
    except web.HTTPRequestEntityTooLarge:
        return envelope.refusal(envelope.invalid("body", "is too large"))
    except ConnectionError:  # who asked has gone in the middle of asking: nothing was asked
        raise LineCut from None
    order = _order_of(side, request, visit)
    visit.mishaps = Mishaps(side, request, order)
    if stopped := await visit.mishaps.before():
        return stopped
    if upgrades:
        return await handler(request)
    if side.options.limits_rates and not request.app[LIMITS].allow(request.method, request.path):
        return envelope.html(429)
    response = await _answered(side, request, handler)
    visit.status = response.status  # should the answer be lost
    return await visit.mishaps.after(response)


async def _answered(side: SimulatedSide, request: web.Request, handler: Handler) -> web.StreamResponse:
    """The handler's answer, or what it refused with; nothing that it raises goes any further."""
    try:
        _check_version(side, request)
        _check_token(side, request)
        _check_account(side, request)
        response = await handler(request)
        if request.method not in ("GET", "HEAD"):
            side.clock.wake()  # what was placed or cancelled may be due before anything else is
        return response
    except ApiError as refused:
        return envelope.refusal(refused)
    except web.HTTPException as stopped:
        return _routed_nowhere(stopped)
    except Exception:
        support_id = secrets.token_hex(8)
        LOGGER.exception("%s %s failed; support id %s", request.method, request.path, support_id)
        return envelope.refusal(
            ApiError(500, "internal_server_error", f"An internal error occurred. Support id: {support_id}")
        )


def _check_version(side: SimulatedSide, request: web.Request) -> None:
    wanted = request.headers.get("Accept-Version")
    if wanted is None:
        return
    refused = side.is_sandbox and not side.options.sandbox_takes_versions
    if refused or not VERSION.fullmatch(wanted):
        raise ApiError(406, "406", "The requested version is not supported.")


def _check_token(side: SimulatedSide, request: web.Request) -> None:
    if PUBLIC.fullmatch(request.path):
        return
    bearer = request.headers.get("Authorization", "")
    if not bearer.startswith(BEARER) or not side.tokens.check(bearer):
        raise unauthorized()


def _check_account(side: SimulatedSide, request: web.Request) -> None:
    named = ACCOUNT.fullmatch(request.path)
    if named and named.group(1) not in side.books:
        raise ApiError(403, "not_permitted", "User not permitted access")


def _routed_nowhere(stopped: web.HTTPException) -> web.Response:
    if stopped.status == 404:
        return envelope.refusal(ApiError(404, "not_found", "There is nothing at this path"))
    code = re.sub(r"\W+", "_", stopped.reason.lower())
    return envelope.refusal(ApiError(stopped.status, code, stopped.reason))


def _order_of(side: SimulatedSide, request: web.Request, visit: Visit) -> str:
    """The external identifier of the order that the request is about, else its id."""
    if visit.body and request.path.startswith("/accounts/"):
        visit.external_identifier = _identifier_in(visit.body)
    if visit.external_identifier:
        return visit.external_identifier
    named = ORDER_ID.fullmatch(request.path)
    if named is None:
        return ""
    if side.faults.are_by_order and "complex-orders" not in request.path:
        try:
            book = side.books[named.group("account")]
            known = book.order(int(named.group("order")), side.clock.now()).get("external-identifier")
        except (ApiError, KeyError):
            known = None
        return str(known or named.group("order"))
    return named.group("order")


def _identifier_in(body: bytes) -> str | None:
    try:
        document: Any = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None
    if not isinstance(document, dict):
        return None
    children = document.get("orders")
    for order in (document, document.get("trigger-order"), *(children if isinstance(children, list) else ())):
        if isinstance(order, dict) and isinstance(order.get("external-identifier"), str):
            return str(order["external-identifier"])
    return None


def _cut(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.close()
    return web.Response(status=500)  # the line is closed: no client reads it


def _record(side: SimulatedSide, request: web.Request, visit: Visit) -> None:
    side.journal.record(
        at=side.clock.now(),
        side=side.side,
        method=request.method,
        path=request.path,
        query=request.query_string,
        status=visit.status,
        answered=visit.answered,
        body_sha256=hashlib.sha256(visit.body).hexdigest(),
        body_bytes=len(visit.body),
        external_identifier=visit.external_identifier,
        fault=",".join(visit.mishaps.struck) or None if visit.mishaps else None,
        took_ms=round((time.perf_counter() - visit.began) * 1000, 3),
    )
