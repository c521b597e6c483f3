"""
Small lists that clients look up: invented, so that they run unchanged.

    /margin-requirements-public-configuration     /instruments/{cryptocurrencies, warrants, currency-pairs,
    /span/rows, which has no rows                               quantity-decimal-precisions}
"""

from typing import Final

from aiohttp import web

from tastyflow_simulator.rest.envelope import data, items, not_found, query_of
from tastyflow_simulator.rest.rows import Row

COINS: Final = (
    ("BTC/USD", "Bitcoin", "BTC/USD:CXTALP", 801),
    ("ETH/USD", "Ether", "ETH/USD:CXTALP", 802),
)
PAIRS: Final = (("EUR/USD", "Euro", 821), ("USD/JPY", "Dollar in yen", 822))
WARRANTS: Final = (("NKLAW", "XNAS", "A warrant of the simulator"), ("SOFIW", "XNAS", "Another one"))
PRECISIONS: Final = (("Equity", 5, 5), ("Cryptocurrency", 8, 8), ("Equity Option", 0, 0), ("Future", 0, 0))


def add_routes(app: web.Application) -> None:
    app.router.add_get("/margin-requirements-public-configuration", public_configuration)
    app.router.add_get("/instruments/cryptocurrencies", coins)
    app.router.add_get("/instruments/cryptocurrencies/{symbol:.+}", coin)
    app.router.add_get("/instruments/warrants", warrants)
    app.router.add_get("/instruments/warrants/{symbol}", warrant)
    app.router.add_get("/instruments/currency-pairs", currency_pairs)
    app.router.add_get("/instruments/quantity-decimal-precisions", precisions)
    app.router.add_get("/span/rows", span_rows)


async def public_configuration(request: web.Request) -> web.Response:
    return data({"risk-free-rate": "0.0"}, request)  # the Greeks are taken without interest, too


async def coins(request: web.Request) -> web.Response:
    wanted = query_of(request).get("symbol")
    return items([_coin_row(*each) for each in COINS if not wanted or each[0] in wanted], request)


async def coin(request: web.Request) -> web.Response:
    found = [_coin_row(*each) for each in COINS if each[0] == request.match_info["symbol"]]
    return data(_only(found), request)


async def warrants(request: web.Request) -> web.Response:
    wanted = query_of(request).get("symbol")
    return items([_warrant_row(*each) for each in WARRANTS if not wanted or each[0] in wanted], request)


async def warrant(request: web.Request) -> web.Response:
    found = [_warrant_row(*each) for each in WARRANTS if each[0] == request.match_info["symbol"]]
    return data(_only(found), request)


async def currency_pairs(request: web.Request) -> web.Response:
    rows = [
        {
            "id": number,
            "symbol": symbol,
            "instrument-type": "Currency Pair",
            "description": description,
            "dx-symbol": symbol,
        }
        for symbol, description, number in PAIRS
    ]
    return items(rows, request)


async def precisions(request: web.Request) -> web.Response:
    rows = [
        {"instrument-type": kind, "value": value, "minimum-increment-precision": precision}
        for kind, value, precision in PRECISIONS
    ]
    return items(rows, request)


async def span_rows(request: web.Request) -> web.Response:
    return items([], request, paginated=True)


def _coin_row(symbol: str, name: str, streamer: str, number: int) -> Row:
    return {
        "id": number,
        "symbol": symbol,
        "instrument-type": "Cryptocurrency",
        "short-description": name,
        "description": f"{name} to US dollar",
        "is-closing-only": False,
        "active": True,
        "tick-size": "0.01",
        "streamer-symbol": streamer,
        "destination-venue-symbols": [
            {
                "id": number + 50,
                "symbol": symbol,
                "destination-venue": "MARKET_SIMULATOR",
                "max-quantity-precision": 8,
                "max-price-precision": 2,
                "routable": True,
            }
        ],
    }


def _warrant_row(symbol: str, market: str, description: str) -> Row:
    return {
        "symbol": symbol,
        "instrument-type": "Warrant",
        "listed-market": market,
        "description": description,
        "is-closing-only": False,
        "active": True,
    }


def _only(found: list[Row]) -> Row:
    if not found:
        raise not_found("Instrument")
    return found[0]
