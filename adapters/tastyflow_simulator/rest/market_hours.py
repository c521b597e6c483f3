"""
Whether the market is open, and until when; by the exchange's calendar or round the clock.

    GET /market-time/sessions/current?instrument-collections=Equity     open, closed, until when

Futures keep the hours of shares here: they cannot be traded.
"""

from datetime import datetime
from typing import Final

from aiohttp import web

from tastyflow_simulator.market import DaySession, Market
from tastyflow_simulator.rest import SIDE
from tastyflow_simulator.rest.envelope import items, query_of
from tastyflow_simulator.rest.rows import Row, moment

FUTURES: Final = ("CME", "CFE")
COLLECTIONS: Final = frozenset(
    {"Equity", "Equity Option", *FUTURES, "Smalls", "CBOED", "Bond", "Cryptocurrency", "Zero Hash CLOB"}
)


def add_routes(app: web.Application) -> None:
    app.router.add_get("/market-time/sessions/current", sessions_now)


async def sessions_now(request: web.Request) -> web.Response:
    side, now = request.app[SIDE], request.app[SIDE].clock.now()
    asked = query_of(request).get("instrument-collections") or ["Equity"]
    wanted = [name for name in dict.fromkeys(asked) if name in COLLECTIONS]
    return items([current_row(side.market, name, now) for name in wanted], request)


def current_row(market: Market, collection: str, now: datetime) -> Row:
    """Where trading stands; the hours of the day are left out where it has none."""
    session = market.session(now)
    today = session_row(session.current, collection) if session.current else {"instrument-collection": collection}
    today.pop("session-date", None)
    return today | {
        "state": session.state,
        "next-session": session_row(session.next, collection),
        "previous-session": session_row(session.previous, collection),
    }


def session_row(session: DaySession, collection: str) -> Row:
    return {
        "instrument-collection": collection,
        "session-date": session.day.isoformat(),
        "start-at": moment(session.starts_at),
        "open-at": moment(session.opens_at),
        "close-at": moment(session.closes_at),
        "close-at-ext": moment(session.extended_until),
    }
