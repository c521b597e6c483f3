"""
What tastytrade reckons about an underlying: volatility, liquidity, size, and what it paid and earned.

    GET /market-metrics?symbols=SPY,AAPL     GET /market-metrics/historic-corporate-events/{dividends, earnings-reports}

Nothing here is fact: the numbers are drawn from names, the way the market's are.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Final

from aiohttp import web

from tastyflow.domain.expirations import new_york_date
from tastyflow.domain.instruments import venue_symbol
from tastyflow_adapters.exchange.chance import drawn
from tastyflow_adapters.exchange.listings import LISTINGS, Listing
from tastyflow_simulator.rest import SIDE
from tastyflow_simulator.rest.envelope import invalid, items, not_found, query_of
from tastyflow_simulator.rest.rows import Root, Row, moment, roots_of

MOST_METRICS: Final = 100
QUARTER: Final = timedelta(days=91)


def add_routes(app: web.Application) -> None:
    app.router.add_get("/market-metrics", metrics)
    app.router.add_get("/market-metrics/historic-corporate-events/dividends/{symbol:.+}", dividends)
    app.router.add_get("/market-metrics/historic-corporate-events/earnings-reports/{symbol:.+}", earnings)


async def metrics(request: web.Request) -> web.Response:
    """Of the symbols that are asked for with commas between; unknown ones are left out."""
    market, now = request.app[SIDE].market, request.app[SIDE].clock.now()
    asked = ",".join(query_of(request).get("symbols", ())).split(",")[:MOST_METRICS]
    wanted = [LISTINGS[symbol] for symbol in dict.fromkeys(map(venue_symbol, asked)) if symbol in LISTINGS]
    return items([_metrics_row(each, now, roots_of(market, each.symbol, now)) for each in wanted], request)


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


def _metrics_row(listing: Listing, now: datetime, roots: Iterable[Root]) -> Row:
    rank, at, vol = drawn(listing.symbol, "rank"), moment(now), listing.vol
    historic = vol * 0.95
    row = {
        "symbol": listing.symbol,
        "implied-volatility-index": str(vol),
        "implied-volatility-index-15-day": str(vol),
        "implied-volatility-index-5-day-change": f"{vol * (rank - 0.5) / 20:.9f}",
        "implied-volatility-index-rank": f"{rank:.4f}",
        "tos-implied-volatility-index-rank": f"{rank:.4f}",
        "tw-implied-volatility-index-rank": f"{rank * 0.9:.4f}",
        "tos-implied-volatility-index-rank-updated-at": at,
        "implied-volatility-index-rank-source": "tos",
        "implied-volatility-percentile": f"{drawn(listing.symbol, 'percentile'):.4f}",
        "implied-volatility-updated-at": at,
        "implied-volatility-30-day": f"{vol * 100:.2f}",
        "historical-volatility-30-day": f"{historic * 100:.2f}",
        "historical-volatility-60-day": f"{historic * 100:.2f}",
        "historical-volatility-90-day": f"{historic * 100:.2f}",
        "iv-hv-30-day-difference": f"{(vol - historic) * 100:.2f}",
        "liquidity-value": f"{rank * 100_000:.3f}",
        "liquidity-rating": 4,
        "liquidity-rank": f"{rank:.4f}",
        "option-expiration-implied-volatilities": [
            {
                "expiration-date": expiration.day.isoformat(),
                "option-chain-type": root.chain_type,
                "settlement-type": "AM" if expiration.settles_am else "PM",
                "implied-volatility": str(vol),
            }
            for root in roots
            for expiration in root.expirations
        ],
        "beta": f"{0.6 + 0.9 * drawn(listing.symbol, 'beta'):.2f}",
        "beta-updated-at": at,
        "corr-spy-3month": f"{drawn(listing.symbol, 'correlation'):.2f}",
        "market-cap": int(1e8 * (1 + 40 * drawn(listing.symbol, "shares"))) * int(listing.price),  # a number, recorded
        "listed-market": "XNAS",
        "lendability": "Easy To Borrow",
        "borrow-rate": "0.0",
        "created-at": at,
        "updated-at": at,
    }
    return row | _business(listing, now) if listing.has_shares else row


def _business(listing: Listing, now: datetime) -> Row:
    """What shares have and an index has not."""
    price, quarters = float(listing.price), _quarters(listing, new_york_date(now))
    paid, earned, at = price * 0.004, price * 0.012, moment(now)
    return {
        "dividend-rate-per-share": f"{paid:.2f}",
        "annual-dividend-per-share": f"{paid * 4:.2f}",
        "dividend-yield": f"{paid * 4 / price:.6f}",
        "dividend-ex-date": quarters[0].isoformat(),
        "dividend-next-date": (quarters[0] + QUARTER).isoformat(),
        "dividend-pay-date": quarters[0].isoformat(),
        "dividend-updated-at": at,
        "price-earnings-ratio": f"{price / (earned * 4):.2f}",
        "earnings-per-share": f"{earned * 4:.2f}",
        "earnings": {
            "visible": True,
            "expected-report-date": (quarters[0] + QUARTER).isoformat(),
            "estimated": True,
            "late-flag": 0,
            "quarter-end-date": quarters[0].replace(day=1).isoformat(),
            "actual-eps": f"{earned:.2f}",
            "consensus-estimate": f"{earned:.2f}",
            "time-of-day": "AMC",
            "updated-at": at,
        },
    }


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
