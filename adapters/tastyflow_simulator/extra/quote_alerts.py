"""
Quote alerts: a customer's own shelf of them. They are kept and listed; nothing sets them off.

    GET POST /quote-alerts    DELETE /quote-alerts/{id}, answered without a body
"""

from typing import Any, Final

from aiohttp import web

from tastyflow_simulator.errors import ApiError
from tastyflow_simulator.rest import SIDE
from tastyflow_simulator.rest.envelope import body_of, data, invalid, items, not_found
from tastyflow_simulator.rest.rows import Row, moment

ALERTS: Final = web.AppKey("quote_alerts", dict[str, Row])
FIELDS: Final = ("Last", "Bid", "Ask", "IV")
OPERATORS: Final = ("<", ">")
MOST_ALERTS: Final = 100
LONGEST_TEXT: Final = 100


def add_routes(app: web.Application) -> None:
    app[ALERTS] = {}
    app.router.add_get("/quote-alerts", alerts)
    app.router.add_post("/quote-alerts", put_up)
    app.router.add_delete("/quote-alerts/{alert}", take_down)


async def alerts(request: web.Request) -> web.Response:
    return items(list(request.app[ALERTS].values()), request)


async def put_up(request: web.Request) -> web.Response:
    side, shelf, body = request.app[SIDE], request.app[ALERTS], await body_of(request)
    if len(shelf) >= MOST_ALERTS:
        raise ApiError(422, "sim.too_many_alerts", f"There is room for {MOST_ALERTS} alerts.")
    if body.get("field") not in FIELDS or body.get("operator") not in OPERATORS:
        raise invalid("field" if body.get("field") not in FIELDS else "operator", "does not have a valid value")
    symbol, threshold = _text(body, "symbol"), _text(body, "threshold")
    try:
        number = float(threshold)
    except ValueError:
        raise invalid("threshold", "does not have a valid value") from None
    alert = str(max(map(int, shelf), default=0) + 1)
    row: Row = {
        "alert-external-id": alert,
        "user-external-id": side.login.customer_id,
        "symbol": symbol,
        "instrument-type": _text(body, "instrument-type", "Equity"),
        "dx-symbol": _text(body, "dx-symbol", symbol),
        "field": body["field"],
        "operator": body["operator"],
        "threshold": threshold,
        "threshold-numeric": number,
        "provider": "dxfeed",
        "created-at": moment(side.clock.now()),
    }
    if body.get("expires-at"):
        row["expires-at"] = _text(body, "expires-at")
    shelf[alert] = row
    return data(row, request, 201)


async def take_down(request: web.Request) -> web.Response:
    if request.app[ALERTS].pop(request.match_info["alert"], None) is None:
        raise not_found("Quote alert")
    return web.Response(status=204)


def _text(body: dict[str, Any], name: str, default: str = "") -> str:
    value = body.get(name, default)
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_TEXT:
        raise invalid(name, "is missing or does not have a valid value")
    return value
