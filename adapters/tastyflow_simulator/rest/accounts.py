"""
What an account is and holds.

    /customers/me/accounts              which accounts there are
    /accounts/X/trading-status          what it may do
    /accounts/X/balances[/USD]          what it has and may spend
    /accounts/X/positions               what it holds

Balances come in two forms: with an Accept-Version from 20240501 on as a list of currencies, otherwise as one object.
"""

from aiohttp import web

from tastyflow_simulator.rest import SIDE, book_of
from tastyflow_simulator.rest.envelope import data, items, not_found, query_of
from tastyflow_simulator.rest.oauth import refused_customer
from tastyflow_simulator.simulated_side import SimulatedSide

BALANCES_LISTED_SINCE = "20240501"


def add_routes(app: web.Application) -> None:
    route = app.router.add_get
    route("/customers/{customer}/accounts", accounts)
    route("/accounts/{account}/trading-status", trading_status)
    route("/accounts/{account}/balances", balances)
    route("/accounts/{account}/balances/{currency}", balances_in)
    route("/accounts/{account}/positions", positions)


async def accounts(request: web.Request) -> web.Response:
    side = own_side(request)
    rows = [book.account_row(side.clock.now()) for book in side.books.values()]
    return items([{"account": row, "authority-level": "owner"} for row in rows], request)


async def trading_status(request: web.Request) -> web.Response:
    side = request.app[SIDE]
    return data(book_of(request).trading_status(side.clock.now()), request)


async def balances(request: web.Request) -> web.Response:
    side = request.app[SIDE]
    row = book_of(request).balances(side.clock.now())
    is_listed = request.headers.get("Accept-Version", "") >= BALANCES_LISTED_SINCE
    return items([row], request) if is_listed else data(row, request)


async def balances_in(request: web.Request) -> web.Response:
    side = request.app[SIDE]
    if request.match_info["currency"].upper() != "USD":
        raise not_found("Balance")
    return data(book_of(request).balances(side.clock.now()), request)


async def positions(request: web.Request) -> web.Response:
    side = request.app[SIDE]
    return items(book_of(request).positions(side.clock.now(), query=query_of(request)), request)


def own_side(request: web.Request) -> SimulatedSide:
    """The side, where the customer asked for is its own."""
    side = request.app[SIDE]
    if refused := refused_customer(side, request.match_info.get("customer", "me")):
        raise refused
    return side
