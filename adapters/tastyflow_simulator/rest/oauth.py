"""
Logging in, and who one is then.

    POST /oauth/token          {"grant_type": "refresh_token", "client_secret", "refresh_token"} ─▶ access token, bare
    POST /sessions             with login and password, as it was until December 2025: no longer
    POST /sessions/validate    is this token any good?
    GET  /customers/{me}       the one customer of this side
    GET  /api-quote-tokens     the way into the quote stream
"""

from datetime import timedelta
from secrets import token_hex
from typing import Any, Final

import msgspec
from aiohttp import web

from tastyflow_simulator.credentials import QUOTE_TOKEN_LIFE, same
from tastyflow_simulator.errors import WireError
from tastyflow_simulator.rest import SIDE, envelope
from tastyflow_simulator.rest.envelope import data
from tastyflow_simulator.side import SimulatedSide

BLOCKED_FOR: Final = timedelta(hours=8)
"""How long an address is blocked after too many failed logins (tastytrade's FAQ)."""

FORM: Final = "application/x-www-form-urlencoded"
OPENED_AT: Final = "2024-01-02T15:00:00.000+00:00"
ADDRESS: Final = {
    "city": "Chicago",
    "country": "USA",
    "is-domestic": True,
    "is-foreign": False,
    "postal-code": "60607",
    "state-region": "IL",
    "street-one": "1 Simulated Street",
}


def add_routes(app: web.Application) -> None:
    app.router.add_post("/oauth/token", token)
    app.router.add_post("/sessions", enter)
    app.router.add_post("/sessions/validate", validate)
    app.router.add_delete("/sessions", leave)
    app.router.add_get("/customers/{customer}", customer)
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


async def enter(request: web.Request) -> web.Response:
    """
    Raises:
        WireError: 401, always: the API's users have had OAuth only since session tokens were given up.
    """
    message = "Invalid login, please check your username and password. Unique customer support identifier: "
    raise WireError(401, "invalid_credentials", message + token_hex(16))


async def validate(request: web.Request) -> web.Response:
    login = request.app[SIDE].login
    who = {"email": _email(login.user_name), "username": login.user_name, "external-id": login.customer_id, "id": 99}
    return data(who, request, 201)


async def leave(request: web.Request) -> web.Response:
    return web.Response(status=204)


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


async def customer(request: web.Request) -> web.Response:
    side = request.app[SIDE]
    if refused := refused_customer(side, request.match_info["customer"]):
        raise refused
    return data(customer_row(side), request)


def customer_row(side: SimulatedSide) -> dict[str, Any]:
    """The customer, with every field that clients insist on."""
    login = side.login
    return {
        "id": "me",
        "external-id": login.customer_id,
        "user-id": login.user_name,
        "first-name": "Simulated",
        "last-name": side.side.value.capitalize(),
        "address": ADDRESS,
        "mailing-address": ADDRESS,
        "is-foreign": False,
        "usa-citizenship-type": "Citizen",
        "citizenship-country": "USA",
        "mobile-phone-number": "3125550100",
        "birth-date": "1990-01-01",
        "email": _email(login.user_name),
        "tax-number-type": "SSN",
        "subject-to-tax-withholding": False,
        "agreed-to-margining": True,
        "agreed-to-terms": True,
        "has-industry-affiliation": False,
        "has-listed-affiliation": False,
        "has-political-affiliation": False,
        "has-delayed-quotes": side.is_sandbox,
        "has-pending-or-approved-application": True,
        "is-professional": False,
        "permitted-account-types": [
            {
                "name": "Individual",
                "description": "Individual",
                "is-tax-advantaged": False,
                "is-publicly-available": True,
                "has-multiple-owners": False,
                "margin-types": [{"name": "Reg T", "is-margin": True}, {"name": "Cash", "is-margin": False}],
            }
        ],
        "created-at": OPENED_AT,
    }


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


def _email(user_name: str) -> str:
    return f"{user_name}@simulator.invalid"


def refused_customer(side: SimulatedSide, customer_id: str) -> WireError | None:
    """A customer is asked for as ``me`` or by id; no other is anybody's business."""
    if customer_id in ("me", side.login.customer_id):
        return None
    return WireError(403, "not_permitted", "User not permitted access")
