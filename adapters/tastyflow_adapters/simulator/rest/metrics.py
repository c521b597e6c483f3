"""
What tastytrade reckons about an underlying: volatility, liquidity, size, and what it paid and earned.

    GET /market-metrics?symbols=SPY,AAPL     GET /market-metrics/historic-corporate-events/{dividends, earnings-reports}

Nothing here is fact: the numbers are drawn from names, the way the market's are.
"""

from datetime import date, timedelta
from typing import Final

from aiohttp import web

from tastyflow.domain.expirations import new_york_date
from tastyflow.domain.instruments import wire_symbol
from tastyflow_adapters.exchange.listings import LISTINGS, Listing
from tastyflow_adapters.simulator.market.expiries import expiration_type
from tastyflow_adapters.simulator.market.walk import drawn
from tastyflow_adapters.simulator.rest import SIDE
from tastyflow_adapters.simulator.rest.envelope import invalid, items, not_found, query_of
from tastyflow_adapters.simulator.rest.rows import Row, moment, roots_of

MOST_METRICS: Final = 100
QUARTER: Final = timedelta(days=91)


def add_routes(app: web.Application) -> None:
    app.router.add_get("/market-metrics", metrics)
    app.router.add_get("/market-metrics/historic-corporate-events/dividends/{symbol:.+}", dividends)
    app.router.add_get("/market-metrics/historic-corporate-events/earnings-reports/{symbol:.+}", earnings)


async def metrics(request: web.Request) -> web.Response:
    """Of the symbols that are asked for with commas between; unknown ones are left out."""
    side = request.app[SIDE]
    asked = ",".join(query_of(request).get("symbols", ())).split(",")[:MOST_METRICS]
    wanted = [LISTINGS[symbol] for symbol in dict.fromkeys(map(wire_symbol, asked)) if symbol in LISTINGS]
    now = side.clock.now()
    volatilities = {
        listing.symbol: [
            {
                "expiration-date": expiration.day.isoformat(),
                "option-chain-type": root.chain_type,
                "settlement-type": "AM" if expiration.settles_am else "PM",
                "implied-volatility": str(listing.vol),
            }
            for root in roots_of(side.market, listing.symbol, now)
            for expiration in root.expirations
            if expiration_type(listing, expiration) == "Regular"
        ]
        for listing in wanted
    }
    at = moment(now)
    return items([_metrics_row(listing, at, volatilities[listing.symbol]) for listing in wanted], request)


async def dividends(request: web.Request) -> web.Response:
    listing, today = _listing(request), new_york_date(request.app[SIDE].clock.now())
    amount = f"{float(listing.price) * 0.004:.2f}"
    rows = [{"occurred-date": day.isoformat(), "amount": amount} for day in _quarters(listing, today)]
    return items(rows if listing.has_shares else [], request)


async def earnings(request: web.Request) -> web.Response:
    listing, today = _listing(request), new_york_date(request.app[SIDE].clock.now())
    since = _date(query_of(request).get("start-date", [""])[-1])
    days = [day for day in _quarters(listing, today) if since is None or day >= since]
    rows = [{"occurred-date": day.isoformat(), "eps": f"{float(listing.price) * 0.012:.2f}"} for day in days]
    return items(rows if listing.has_shares else [], request)


def _metrics_row(listing: Listing, at: str, volatilities: list[Row]) -> Row:
    rank = drawn(listing.symbol, "rank")
    price, spread = float(listing.price), listing.vol * 5
    row = {
        "symbol": listing.symbol,
        "implied-volatility-index": str(listing.vol),
        "implied-volatility-index-rank": f"{rank:.4f}",
        "implied-volatility-index-rank-source": "tos",
        "implied-volatility-percentile": f"{drawn(listing.symbol, 'percentile'):.4f}",
        "implied-volatility-updated-at": at,
        "implied-volatility-30-day": f"{listing.vol * 100:.2f}",
        "historical-volatility-30-day": f"{listing.vol * 95:.2f}",
        "liquidity-rating": 4,
        "liquidity-rank": f"{rank:.4f}",
        "option-expiration-implied-volatilities": volatilities,
        "beta": f"{0.6 + 0.9 * drawn(listing.symbol, 'beta'):.2f}",
        "market-cap": str(int(1e8 * (1 + 40 * drawn(listing.symbol, "shares"))) * int(listing.price)),
        "listed-market": "XNAS",
        "lendability": "Easy To Borrow",
        "borrow-rate": "0.0",
        "created-at": at,
        "updated-at": at,
    }
    return row | {"earnings": earns} if listing.has_shares else row


def _quarters(listing: Listing, today: date) -> list[date]:
    """The last eight days on which something happened to a listing; the newest up to a quarter ago."""
    newest = today - timedelta(days=int(drawn(listing.symbol, "quarter") * QUARTER.days))
    return [newest - QUARTER * back for back in range(8)]


def _listing(request: web.Request) -> Listing:
    listing = LISTINGS.get(request.match_info["symbol"])
    if listing is None:
        raise not_found("Symbol")
    return listing


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise invalid("start-date", "is invalid") from None
