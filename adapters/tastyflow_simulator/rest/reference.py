"""
What else clients look up: a small, invented reference library, so that they run unchanged.

    /symbols/search/{text}                        /instruments/{cryptocurrencies, warrants, currency-pairs,
    /margin-requirements-public-configuration                   quantity-decimal-precisions}
    /span/rows, which are none                    futures, metrics, watchlists and alerts have modules of their own
"""

from difflib import get_close_matches
from typing import Final

from aiohttp import web

from tastyflow.domain.instruments import Equity, chat_symbol, wire_symbol
from tastyflow_adapters.exchange.listings import LISTINGS
from tastyflow_simulator.market.today import description_of
from tastyflow_simulator.rest import alerts, futures, metrics, watchlists
from tastyflow_simulator.rest.envelope import data, items, not_found, query_of
from tastyflow_simulator.rest.rows import Row

LONGEST_SEARCH: Final = 40
MOST_FOUND: Final = 10

COINS: Final = (
    ("BTC/USD", "Bitcoin", "BTC/USD:CXTALP", 801),
    ("ETH/USD", "Ether", "ETH/USD:CXTALP", 802),
)
PAIRS: Final = (("EUR/USD", "Euro", 821), ("USD/JPY", "Dollar in yen", 822))
WARRANTS: Final = (("NKLAW", "XNAS", "A warrant of the simulator"), ("SOFIW", "XNAS", "Another one"))
PRECISIONS: Final = (("Equity", 5, 5), ("Cryptocurrency", 8, 8), ("Equity Option", 0, 0), ("Future", 0, 0))


def add_routes(app: web.Application) -> None:
    app.router.add_get("/symbols/search/{text:.+}", search)
    app.router.add_get("/margin-requirements-public-configuration", public_configuration)
    app.router.add_get("/instruments/cryptocurrencies", coins)
    app.router.add_get("/instruments/cryptocurrencies/{symbol:.+}", coin)
    app.router.add_get("/instruments/warrants", warrants)
    app.router.add_get("/instruments/warrants/{symbol}", warrant)
    app.router.add_get("/instruments/currency-pairs", currency_pairs)
    app.router.add_get("/instruments/quantity-decimal-precisions", precisions)
    app.router.add_get("/span/rows", span_rows)
    for part in (metrics, futures, watchlists, alerts):
        part.add_routes(app)


async def search(request: web.Request) -> web.Response:
    text = wire_symbol(request.match_info["text"][:LONGEST_SEARCH])
    begin = [symbol for symbol in LISTINGS if symbol.startswith(text)]
    found = dict.fromkeys([*begin, *get_close_matches(text, LISTINGS, n=MOST_FOUND, cutoff=0.75)])
    return items([_found_row(symbol) for symbol in list(found)[:MOST_FOUND]], request)


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


def _found_row(symbol: str) -> Row:
    listing = LISTINGS[symbol]
    return {
        "symbol": symbol,
        "description": description_of(Equity(symbol)).upper(),
        "listed-market": "XNAS" if listing.has_shares else "OTC",
        "options": True,
        "instrument-type": "Equity",
        "autocomplete": chat_symbol(symbol),
    }


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
