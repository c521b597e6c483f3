"""
What an account has been through, and what it must keep: asked for by dashboards.

    /accounts/X · /customers/me/accounts/X             one account
    /accounts/X/position-limit                         how large an order may be
    /accounts/X/balance-snapshots · net-liq/history    what it was worth
    /accounts/X/transactions[/id · /total-fees]        what happened in it
    /margin/accounts/X/requirements · dry-run          what it must keep, and would with an order
    /accounts/X/margin-requirements/SPY/effective      the rates by which that is computed
"""

from datetime import date
from zoneinfo import ZoneInfo

from aiohttp import web

from tastyflow_adapters.exchange.listings import LISTINGS
from tastyflow_simulator.rest import SIDE, book_of
from tastyflow_simulator.rest.accounts import own_side
from tastyflow_simulator.rest.envelope import body_of, data, invalid, items, not_found, query_of

NEW_YORK = ZoneInfo("America/New_York")
RATES = {
    "long-equity-initial": "0.5",
    "long-equity-maintenance": "0.25",
    "short-equity-initial": "0.5",
    "short-equity-maintenance": "0.3",
    "naked-option-standard": "0.2",
    "naked-option-minimum": "0.1",
    "naked-option-floor": "37.5",
}
"""Of the usual size; of the recorded ones only the names were taken, as they are of a cash account."""


def add_routes(app: web.Application) -> None:
    route = app.router.add_get
    route("/customers/{customer}/accounts/{account}", account)
    route("/accounts/{account}", account)
    route("/accounts/{account}/position-limit", position_limit)
    route("/accounts/{account}/balance-snapshots", balance_snapshots)
    route("/accounts/{account}/net-liq/history", net_liq_history)
    route("/accounts/{account}/transactions", transactions)
    route("/accounts/{account}/transactions/total-fees", total_fees)
    route(r"/accounts/{account}/transactions/{transaction:\d{1,18}}", transaction)
    route("/accounts/{account}/margin-requirements/{symbol:.+}/effective", effective_margin)
    route("/margin/accounts/{account}/requirements", margin_requirements)
    app.router.add_post("/margin/accounts/{account}/dry-run", margin_dry_run)


async def position_limit(request: web.Request) -> web.Response:
    side = request.app[SIDE]
    return data(book_of(request).position_limit(side.clock.now()), request)


async def balance_snapshots(request: web.Request) -> web.Response:
    side = request.app[SIDE]
    rows = book_of(request).balance_snapshots(side.clock.now(), query_of(request))
    return items(rows, request, paginated=True)


async def net_liq_history(request: web.Request) -> web.Response:
    side = request.app[SIDE]
    if side.is_sandbox:
        raise not_found("Service")  # the sandbox has none (tastytrade's sandbox page)
    if not request.query.get("time-back") and not request.query.get("start-time"):
        raise invalid("time-back", "is missing")
    return items(book_of(request).net_liq_history(side.clock.now()), request)


async def transactions(request: web.Request) -> web.Response:
    side = request.app[SIDE]
    return items(book_of(request).transactions(side.clock.now(), query=query_of(request)), request, paginated=True)


async def transaction(request: web.Request) -> web.Response:
    side = request.app[SIDE]
    return data(book_of(request).transaction(int(request.match_info["transaction"]), side.clock.now()), request)


async def total_fees(request: web.Request) -> web.Response:
    side = request.app[SIDE]
    now = side.clock.now()
    asked = request.query.get("date")
    try:
        day = date.fromisoformat(asked) if asked else now.astimezone(NEW_YORK).date()
    except ValueError as wrong:
        raise invalid("date", "is invalid") from wrong
    return data(book_of(request).total_fees(day, now), request)


async def margin_requirements(request: web.Request) -> web.Response:
    side = request.app[SIDE]
    return data(book_of(request).margin_requirements(side.clock.now()), request)


async def margin_dry_run(request: web.Request) -> web.Response:
    """The report as it stands, and what the order would do to it; which keys tastytrade has for that is not known."""
    side = request.app[SIDE]
    now = side.clock.now()
    effect = book_of(request).dry_run(await body_of(request), now)["buying-power-effect"]
    return data(book_of(request).margin_requirements(now) | {"buying-power-effect": effect}, request)


async def effective_margin(request: web.Request) -> web.Response:
    symbol = request.match_info["symbol"]
    if symbol not in LISTINGS:
        raise not_found("Margin requirement")
    return data({"underlying-symbol": symbol, **RATES}, request)


async def account(request: web.Request) -> web.Response:
    side = own_side(request)
    if request.match_info["account"] not in side.books:
        raise not_found("Account")
    return data(book_of(request).account_row(side.clock.now()), request)
