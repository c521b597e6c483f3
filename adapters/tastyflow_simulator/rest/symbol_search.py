"""
Which symbols begin like a text, are named so, or are spelt nearly like it.

    GET /symbols/search/{text}     answered without a token, as tastytrade's is
"""

from typing import Final

from aiohttp import web

from tastyflow.domain.instruments import Equity, chat_symbol, venue_symbol
from tastyflow_adapters.exchange.alike import alike
from tastyflow_adapters.exchange.listings import LISTINGS
from tastyflow_simulator.market.today import description_of
from tastyflow_simulator.rest.envelope import items
from tastyflow_simulator.rest.rows import Row

LONGEST_SEARCH: Final = 40
MOST_FOUND: Final = 10


def add_routes(app: web.Application) -> None:
    app.router.add_get("/symbols/search/{text:.+}", search)


async def search(request: web.Request) -> web.Response:
    text = venue_symbol(request.match_info["text"][:LONGEST_SEARCH])
    begin = [symbol for symbol in LISTINGS if symbol.startswith(text)]
    found = dict.fromkeys([*begin, *alike(text, most=MOST_FOUND, cutoff=0.75)])
    return items([_found_row(symbol) for symbol in list(found)[:MOST_FOUND]], request)


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
