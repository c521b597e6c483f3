"""
Watchlists: the public ones as they are, and a private shelf on which a client may put its own.

    GET /public-watchlists[/{name}]   GET /pairs-watchlists[/{name}]   GET POST PUT DELETE /watchlists[/{name}]
"""

from typing import Any, Final

from aiohttp import web

from tastyflow_simulator.errors import ApiError
from tastyflow_simulator.rest.envelope import body_of, data, invalid, items, not_found, query_of

Row = dict[str, Any]

SHELF: Final = web.AppKey("private_watchlists", dict[str, Row])
MOST_LISTS: Final = 100
MOST_ENTRIES: Final = 1000
LONGEST_NAME: Final = 100

PUBLIC: Final[tuple[tuple[str, str, str, tuple[str, ...]], ...]] = (
    ("Crypto", "Crypto", "Cryptocurrency", ("BTC/USD", "ETH/USD")),
    ("Indexes", "Major Indexes", "Equity", ("SPX", "NDX", "RUT", "VIX", "XSP")),
    ("Funds", "Exchange Traded Funds", "Equity", ("SPY", "QQQ", "IWM", "DIA", "GLD", "TLT")),
)
PAIRS: Final[tuple[tuple[str, tuple[tuple[str, int, str, int], ...]], ...]] = (
    ("Stocks", (("KO", 3, "WMT", -1), ("AMD", 4, "NVDA", -1))),
    ("Funds", (("SPY", 5, "QQQ", -6),)),
)


def add_routes(app: web.Application) -> None:
    app[SHELF] = {}
    app.router.add_get("/public-watchlists", public_lists)
    app.router.add_get("/public-watchlists/{name}", public_list)
    app.router.add_get("/pairs-watchlists", pairs_lists)
    app.router.add_get("/pairs-watchlists/{name}", pairs_list)
    app.router.add_get("/watchlists", private_lists)
    app.router.add_post("/watchlists", put_up)
    app.router.add_get("/watchlists/{name}", private_list)
    app.router.add_put("/watchlists/{name}", put_in_place)
    app.router.add_delete("/watchlists/{name}", take_down)


async def public_lists(request: web.Request) -> web.Response:
    counts_only = query_of(request).get("counts-only", ["false"])[-1].lower() == "true"
    rows = [_public_row(number) for number in range(len(PUBLIC))]
    if counts_only:
        rows = [{**row, "watchlist-entries": [], "count": len(row["watchlist-entries"])} for row in rows]
    return items(rows, request)


async def public_list(request: web.Request) -> web.Response:
    return data(_named(request, [_public_row(number) for number in range(len(PUBLIC))]), request)


async def pairs_lists(request: web.Request) -> web.Response:
    return items([_pairs_row(number) for number in range(len(PAIRS))], request)


async def pairs_list(request: web.Request) -> web.Response:
    return data(_named(request, [_pairs_row(number) for number in range(len(PAIRS))]), request)


async def private_lists(request: web.Request) -> web.Response:
    return items(list(request.app[SHELF].values()), request)


async def private_list(request: web.Request) -> web.Response:
    return data(_named(request, list(request.app[SHELF].values())), request)


async def put_up(request: web.Request) -> web.Response:
    shelf, row = request.app[SHELF], _private_row(await body_of(request))
    if row["name"] in shelf:
        raise ApiError(422, "sim.watchlist_exists", "There is a watchlist of this name.")
    if len(shelf) >= MOST_LISTS:
        raise ApiError(422, "sim.too_many_watchlists", f"There is room for {MOST_LISTS} watchlists.")
    shelf[row["name"]] = row
    return data(row, request, 201)


async def put_in_place(request: web.Request) -> web.Response:
    shelf, old = request.app[SHELF], _named(request, list(request.app[SHELF].values()))
    row = _private_row(await body_of(request))
    if row["name"] != old["name"] and row["name"] in shelf:
        raise ApiError(422, "sim.watchlist_exists", "There is a watchlist of this name.")
    del shelf[old["name"]]
    shelf[row["name"]] = row
    return data(row, request)


async def take_down(request: web.Request) -> web.Response:
    row = _named(request, list(request.app[SHELF].values()))
    return data(request.app[SHELF].pop(row["name"]), request)


def _named(request: web.Request, rows: list[Row]) -> Row:
    found = next((row for row in rows if row["name"] == request.match_info["name"]), None)
    if found is None:
        raise not_found("Watchlist")
    return found


def _public_row(number: int) -> Row:
    name, group, kind, symbols = PUBLIC[number]
    entries = [{"symbol": symbol, "instrument-type": kind} for symbol in symbols]
    return {"name": name, "group-name": group, "order-index": number, "watchlist-entries": entries}


def _pairs_row(number: int) -> Row:
    name, pairs = PAIRS[number]
    equations = [
        {
            "left-action": "Buy" if left_quantity > 0 else "Sell",
            "left-symbol": left,
            "left-quantity": abs(left_quantity),
            "right-action": "Buy" if right_quantity > 0 else "Sell",
            "right-symbol": right,
            "right-quantity": abs(right_quantity),
        }
        for left, left_quantity, right, right_quantity in pairs
    ]
    return {"name": name, "order-index": number, "pairs-equations": equations}


def _private_row(body: Row) -> Row:
    """What a client may store: bounded; symbols and their types only."""
    name, entries = body.get("name"), body.get("watchlist-entries") or []
    if not isinstance(name, str) or not 0 < len(name) <= LONGEST_NAME:
        raise invalid("name", "is missing or too long")
    if not isinstance(entries, list) or len(entries) > MOST_ENTRIES:
        raise invalid("watchlist-entries", "is not a list, or too long")
    group, place = body.get("group-name") or "default", body.get("order-index")
    return {
        "name": name,
        "watchlist-entries": [_entry(each) for each in entries],
        "group-name": str(group)[:LONGEST_NAME],
        "order-index": place if isinstance(place, int) else 9999,
    }


def _entry(each: Any) -> Row:
    if not isinstance(each, dict) or not isinstance(each.get("symbol"), str):
        raise invalid("watchlist-entries", "has an entry without a symbol")
    return {
        "symbol": each["symbol"][:LONGEST_NAME],
        "instrument-type": str(each.get("instrument-type") or "Equity")[:40],
    }
