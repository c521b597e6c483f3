"""
What is listed, as tastytrade's JSON: shares, indexes, options, and their chains three ways.

    GET /instruments/equities[/{symbol}|/active]      GET /option-chains/{symbol}           every option in full
    GET /instruments/equity-options[/{symbol}]        GET /option-chains/{symbol}/nested    by root, expiration, strike
                                                      GET /option-chains/{symbol}/compact   by root, symbols only

An adjusted root is an item of its own, marked ``Non-standard``. An expiration leaves the chain when it stops trading.
"""

from collections.abc import Mapping

from aiohttp import web

from tastyflow_adapters.exchange.listings import LISTINGS, Listing
from tastyflow_simulator.rest import SIDE
from tastyflow_simulator.rest.envelope import data, items, not_found, query_of
from tastyflow_simulator.rest.rows import (
    Root,
    Row,
    compact_row,
    equity_row,
    nested_row,
    option_of,
    option_row,
    roots_of,
)


def add_routes(app: web.Application) -> None:
    app.router.add_get("/instruments/equities", equities)
    app.router.add_get("/instruments/equities/active", active_equities)
    app.router.add_get("/instruments/equities/{symbol:.+}", equity)
    app.router.add_get("/instruments/equity-options", options)
    app.router.add_get("/instruments/equity-options/{symbol:.+}", option)
    app.router.add_get("/option-chains/{symbol:.+}/nested", nested_chain)
    app.router.add_get("/option-chains/{symbol:.+}/compact", compact_chain)
    app.router.add_get("/option-chains/{symbol:.+}", chain)


async def equities(request: web.Request) -> web.Response:
    query = query_of(request)
    wanted = query.get("symbol") or list(LISTINGS)
    rows = [equity_row(LISTINGS[symbol]) for symbol in dict.fromkeys(wanted) if symbol in LISTINGS]
    return items([row for row in rows if _matches(row, query)], request, paginated=True)


async def active_equities(request: web.Request) -> web.Response:
    query = query_of(request)
    rows = [equity_row(listing) for listing in LISTINGS.values()]
    return items([row for row in rows if _matches(row, query)], request, paginated=True)


async def equity(request: web.Request) -> web.Response:
    return data(equity_row(_listing(request)), request)


async def options(request: web.Request) -> web.Response:
    """Those that are asked for by symbol; unknown ones are left out."""
    market, now = request.app[SIDE].market, request.app[SIDE].clock.now()
    found = (option_of(market, symbol, now) for symbol in query_of(request).get("symbol", ()))
    return items([row for row in found if row], request, paginated=True)


async def option(request: web.Request) -> web.Response:
    row = option_of(request.app[SIDE].market, request.match_info["symbol"], request.app[SIDE].clock.now())
    if row is None:
        raise not_found("Equity option")
    return data(row, request)


async def chain(request: web.Request) -> web.Response:
    now = request.app[SIDE].clock.now()
    rows = [option_row(root, expiration, each, now) for root in _roots(request) for expiration, each in root.options()]
    return items(rows, request)


async def nested_chain(request: web.Request) -> web.Response:
    now = request.app[SIDE].clock.now()
    return items([nested_row(root, now) for root in _roots(request)], request)


async def compact_chain(request: web.Request) -> web.Response:
    return items([compact_row(root) for root in _roots(request)], request)


def _listing(request: web.Request) -> Listing:
    listing = LISTINGS.get(request.match_info["symbol"])
    if listing is None:
        raise not_found("Instrument")
    return listing


def _roots(request: web.Request) -> list[Root]:
    side = request.app[SIDE]
    return roots_of(side.market, _listing(request).symbol, side.clock.now())


def _matches(row: Row, query: Mapping[str, list[str]]) -> bool:
    """Whether a row is what the filters ask for."""
    flags = {"true": True, "false": False}
    return all(
        row[name] == flags.get(asked[-1].lower(), asked[-1])
        for name in ("lendability", "is-index", "is-etf")
        if (asked := query.get(name))
    )
