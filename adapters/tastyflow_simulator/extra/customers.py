"""
Who the customer is, and the login by password that tastytrade has given up.

    POST /sessions             with login and password, as it was until December 2025: refused
    POST /sessions/validate    whose is this token?         DELETE /sessions    answered without a body
    GET  /customers/{me}       the one customer of this side
"""

from secrets import token_hex
from typing import Any, Final

from aiohttp import web

from tastyflow_simulator.errors import ApiError
from tastyflow_simulator.rest import SIDE
from tastyflow_simulator.rest.envelope import data
from tastyflow_simulator.rest.oauth import refused_customer
from tastyflow_simulator.simulated_side import SimulatedSide

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
    app.router.add_post("/sessions", enter)
    app.router.add_post("/sessions/validate", validate)
    app.router.add_delete("/sessions", leave)
    app.router.add_get("/customers/{customer}", customer)


async def enter(request: web.Request) -> web.Response:
    """
    Raises:
        ApiError: 401, always: the API's users have had OAuth only since session tokens were given up.
    """
    message = "Invalid login, please check your username and password. Unique customer support identifier: "
    raise ApiError(401, "invalid_credentials", message + token_hex(16))


async def validate(request: web.Request) -> web.Response:
    login = request.app[SIDE].login
    who = {"email": _email(login.user_name), "username": login.user_name, "external-id": login.customer_id, "id": 99}
    return data(who, request, 201)


async def leave(request: web.Request) -> web.Response:
    return web.Response(status=204)


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


def _email(user_name: str) -> str:
    return f"{user_name}@simulator.invalid"
