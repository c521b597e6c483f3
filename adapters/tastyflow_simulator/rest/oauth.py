"""
Logging in.

    POST /oauth/token          {"grant_type": "refresh_token", "client_secret", "refresh_token"} ─▶ access token, bare
    GET  /api-quote-tokens     the way into the quote stream
"""

from datetime import timedelta
from typing import Any, Final

import msgspec
from aiohttp import web

from tastyflow_simulator.credentials import QUOTE_TOKEN_LIFE, same
from tastyflow_simulator.errors import ApiError
from tastyflow_simulator.rest import SIDE, envelope
from tastyflow_simulator.rest.envelope import data
from tastyflow_simulator.simulated_side import SimulatedSide

BLOCKED_FOR: Final = timedelta(hours=8)
"""How long an address is blocked after too many failed logins (tastytrade's FAQ)."""

FORM: Final = "application/x-www-form-urlencoded"


def add_routes(app: web.Application) -> None:
    app.router.add_post("/oauth/token", token)
    app.router.add_get("/api-quote-tokens", quote_token)


async def token(request: web.Request) -> web.Response:
    side = request.app[SIDE]
    asked = await _asked(request)
    grant = asked.get("grant_type")
    if grant != "refresh_token":
        code, why = ("unsupported_grant_type", "Unsupported grant type") if grant else _missing("grant_type")
        return _refused(side, code, why)
    for name in ("client_secret", "refresh_token"):
        if not isinstance(asked.get(name), str) or not asked[name]:
            return _refused(side, *_missing(name))
    if not same(asked["client_secret"], side.login.client_secret):
        return _refused(side, "invalid_client", "Client authentication failed")
    if not same(asked["refresh_token"], side.login.refresh_token):
        return _refused(side, "invalid_grant", "Grant revoked")
    side.failed_logins = 0
    granted = {
        "access_token": side.tokens.issue(),
        "token_type": "Bearer",
        "expires_in": max(int(side.options.token_life_s), 1),
    }
    return envelope.bare(granted)


async def quote_token(request: web.Request) -> web.Response:
    side = request.app[SIDE]
    level = "demo" if side.is_sandbox else "api"
    issued = side.clock.now()
    given = {
        "token": side.tokens.issue_for_quotes(),
        "dxlink-url": side.dxlink_url,
        "websocket-url": side.dxlink_url,
        "level": level,
        "issued-at": issued.isoformat(timespec="milliseconds"),
        "expires-at": (issued + QUOTE_TOKEN_LIFE).isoformat(timespec="milliseconds"),
    }
    return data(given, request)


async def _asked(request: web.Request) -> dict[str, Any]:
    """The fields of a token request, from JSON or, as OAuth has it, from a form."""
    if request.content_type == FORM:
        return {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
    try:
        document = msgspec.json.decode(await request.read())
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _missing(name: str) -> tuple[str, str]:
    return "invalid_request", f"Missing required parameter: {name}"


def _refused(side: SimulatedSide, code: str, why: str) -> web.Response:
    side.failed_logins += 1
    most = side.options.blocks_logins_after
    if most is not None and side.failed_logins >= most:
        side.blocked_until = side.clock.now() + BLOCKED_FOR
        side.failed_logins = 0
    return envelope.bare({"error_code": code, "error_description": why}, 400)


def refused_customer(side: SimulatedSide, customer_id: str) -> ApiError | None:
    """The refusal of a customer other than this side's own, who is ``me`` or has its id; else None."""
    if customer_id in ("me", side.login.customer_id):
        return None
    return ApiError(403, "not_permitted", "User not permitted access")
