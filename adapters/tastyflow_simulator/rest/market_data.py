"""
Market data by question and answer.

    GET /market-data/{type}/{symbol}       one      GET /market-data/by-type?equity=A&…    many

What is unknown is left out of an answer about many, and not found when it is asked for alone. The sandbox has no
market data at all; the guards see to that. An index has a level: no volume, and bid and ask only where it is quoted.
"""

from datetime import date, datetime
from typing import Final

from aiohttp import web

from tastyflow.domain.instruments import Equity, EquityOption, Instrument
from tastyflow_adapters.exchange.chance import drawn
from tastyflow_adapters.exchange.listings import LISTINGS
from tastyflow_adapters.exchange.pricing import DAILY_SWING
from tastyflow_simulator.errors import ApiError
from tastyflow_simulator.market import Market
from tastyflow_simulator.market.board import read
from tastyflow_simulator.rest import SIDE
from tastyflow_simulator.rest.envelope import data, invalid, items, not_found, query_of
from tastyflow_simulator.rest.rows import Row, moment

MOST_SYMBOLS: Final = 100
TYPES: Final = {
    "index": "Index",
    "equity": "Equity",
    "equity-option": "Equity Option",
    "future": "Future",
    "future-option": "Future Option",
    "cryptocurrency": "Cryptocurrency",
}
"""How by-type asks, and what each is called everywhere else."""

COINS: Final = {"BTC/USD": 37_250.0, "ETH/USD": 2_050.0}


def add_routes(app: web.Application) -> None:
    app.router.add_get("/market-data/by-type", by_type)
    app.router.add_get("/market-data/{kind}/{symbol:.+}", one)


async def by_type(request: web.Request) -> web.Response:
    side, now, query = request.app[SIDE], request.app[SIDE].clock.now(), query_of(request)
    asked = [
        (kind, symbol)
        for key, kind in TYPES.items()
        for value in query.get(key, ())
        for symbol in value.split(",")
        if symbol
    ]
    if len(asked) > MOST_SYMBOLS:
        raise ApiError(400, "validation_error", f"At most {MOST_SYMBOLS} symbols may be asked for at once.")
    rows = (market_row(side.market, kind, symbol, now) for kind, symbol in dict.fromkeys(asked))
    return items([row for row in rows if row], request)


async def one(request: web.Request) -> web.Response:
    side, kind = request.app[SIDE], request.match_info["kind"]
    if kind not in TYPES.values():
        raise invalid("instrument-type", "does not have a valid value")
    row = market_row(side.market, kind, request.match_info["symbol"], side.clock.now())
    if row is None:
        raise not_found("Market data")
    return data(row, request)


def market_row(market: Market, kind: str, symbol: str, now: datetime) -> Row | None:
    """The latest of one symbol; None where there is nothing of the kind."""
    if kind == "Cryptocurrency":
        return _coin_row(market, symbol, now)
    instrument = read(symbol)
    wanted = EquityOption if kind == "Equity Option" else Equity
    if kind not in ("Equity", "Index", "Equity Option") or not isinstance(instrument, wanted) or symbol.startswith("."):
        return None
    if kind == "Index" and not market.is_index(symbol):
        return None
    return _listed_row(market, kind, instrument, now)


def _listed_row(market: Market, kind: str, instrument: Instrument, now: datetime) -> Row | None:
    shown, today = market.quote(instrument.occ, now), market.today(now)
    prices = today.prices(instrument) if shown else None
    if shown is None or prices is None:
        return None
    row = _stamps(instrument.occ, kind, today.day, today.yesterday, today.scene.moment) | {
        "bid-size": f"{shown.bid_size:.1f}",
        "ask-size": f"{shown.ask_size:.1f}",
        "last": str(shown.last),
        "last-mkt": str(shown.last),
        "mark": str(shown.mid if shown.bid and shown.ask else shown.last),
        "open": str(prices.open),
        "day-high-price": str(prices.high),
        "day-low-price": str(prices.low),
        "prev-close": str(today.previous_close(instrument)),
    }
    if market.is_index(instrument.occ):
        row["prev-close-price-type"] = "Regular"
    else:
        row["volume"] = f"{today.volume(instrument):.1f}"
    if isinstance(instrument, Equity):
        high, low = (float(LISTINGS[instrument.symbol].price) * (1 + sign * DAILY_SWING) for sign in (1, -1))
        row |= {"year-high-price": f"{max(high, prices.high):.2f}", "year-low-price": f"{min(low, prices.low):.2f}"}
    if shown.bid_size or shown.ask_size:
        row |= {"bid": str(shown.bid), "ask": str(shown.ask), "mid": str(shown.mid)}
    if open_contracts := today.open_contracts(instrument):
        row["open-interest"] = str(open_contracts)
    if isinstance(instrument, Equity) and LISTINGS[instrument.symbol].has_shares:
        row["beta"] = f"{0.6 + 0.9 * drawn(instrument.symbol, 'beta'):.2f}"
    return row


def _coin_row(market: Market, symbol: str, now: datetime) -> Row | None:
    """Coins have a price and no story: they are here for clients that ask."""
    if symbol not in COINS:
        return None
    today = market.today(now)
    price = COINS[symbol] * (1 + 0.01 * (drawn(market.seed, symbol, today.scene.moment.timestamp() // 60) - 0.5))
    bid, ask = round(price * 0.9995, 2), round(price * 1.0005, 2)
    return _stamps(symbol, "Cryptocurrency", today.day, today.yesterday, today.scene.moment) | {
        "bid": str(bid),
        "ask": str(ask),
        "bid-size": "1.5",
        "ask-size": "1.5",
        "mid": str(round((bid + ask) / 2, 3)),
        "mark": str(round(price, 2)),
        "last": str(round(price, 2)),
        "prev-close": str(COINS[symbol]),
    }


def _stamps(symbol: str, kind: str, today: date, yesterday: date, at: datetime) -> Row:
    return {
        "symbol": symbol,
        "instrument-type": kind,
        "updated-at": moment(at).replace("+00:00", "Z"),
        "summary-date": today.isoformat(),
        "prev-close-date": yesterday.isoformat(),
        "prev-close-price-type": "Final",
        "close-price-type": "Regular",
        "is-trading-halted": False,
        "halt-start-time": -1,
        "halt-end-time": -1,
    }
