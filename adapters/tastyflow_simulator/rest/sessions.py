"""
The hours of trading, by the exchange's calendar. Futures keep the hours of shares here: nobody can trade them.

    GET /market-time/sessions/current               open, closed, until when; of several collections
    GET /market-time/sessions                       those of a range of days
    GET /market-time/equities/sessions/{which}      current, next, previous
    GET /market-time/futures/sessions/{which}[/X]   the same of CME or CFE; without either, the current ones of both
    GET /market-time/…/holidays                     the calendar
"""

from datetime import date, datetime, timedelta
from typing import Final

from aiohttp import web

from tastyflow.domain.expirations import early_close, holiday_name, new_york_date
from tastyflow_simulator.market import DaySession, Market
from tastyflow_simulator.rest import SIDE
from tastyflow_simulator.rest.envelope import data, invalid, items, query_of
from tastyflow_simulator.rest.rows import Row, moment

FUTURES: Final = ("CME", "CFE")
COLLECTIONS: Final = frozenset(
    {"Equity", "Equity Option", *FUTURES, "Smalls", "CBOED", "Bond", "Cryptocurrency", "Zero Hash CLOB"}
)
LONGEST_LIST: Final = timedelta(days=366)
WHICH: Final = "{which:current|next|previous}"


def add_routes(app: web.Application) -> None:
    app.router.add_get("/market-time/sessions/current", sessions_now)
    app.router.add_get("/market-time/sessions", sessions)
    app.router.add_get(f"/market-time/equities/sessions/{WHICH}", one_session)
    app.router.add_get("/market-time/futures/sessions/current", futures_now)
    app.router.add_get(f"/market-time/futures/sessions/{WHICH}/{{collection}}", one_session)
    app.router.add_get("/market-time/equities/holidays", holidays)
    app.router.add_get("/market-time/futures/holidays/{exchange}", holidays)


async def sessions_now(request: web.Request) -> web.Response:
    side, now = request.app[SIDE], request.app[SIDE].clock.now()
    asked = query_of(request).get("instrument-collections") or ["Equity"]
    wanted = [name for name in dict.fromkeys(asked) if name in COLLECTIONS]
    return items([current_row(side.market, name, now) for name in wanted], request)


async def sessions(request: web.Request) -> web.Response:
    """The sessions of a range of days, this week's when none is asked for."""
    side, query = request.app[SIDE], query_of(request)
    today = new_york_date(side.clock.now())
    first = _day(query, "from-date", today)
    last = min(_day(query, "to-date", first + timedelta(days=7)), first + LONGEST_LIST)
    collection = query.get("instrument-collection", ["Equity"])[-1]
    days = (first + timedelta(days=ahead) for ahead in range((last - first).days + 1))
    calendar = side.market.calendar
    rows = [session_row(calendar.of(day), collection) for day in days if calendar.trades_on(day)]
    return items(rows if collection in COLLECTIONS else [], request)


async def futures_now(request: web.Request) -> web.Response:
    side, now = request.app[SIDE], request.app[SIDE].clock.now()
    return items([current_row(side.market, name, now) for name in FUTURES], request)


async def one_session(request: web.Request) -> web.Response:
    side, now, which = request.app[SIDE], request.app[SIDE].clock.now(), request.match_info["which"]
    collection = request.match_info.get("collection", "Equity")
    if collection not in COLLECTIONS:
        raise invalid("instrument-collection", "does not have a valid value")
    session = side.market.session(now)
    if which == "current":
        return data(current_row(side.market, collection, now), request)
    return data(session_row(session.next if which == "next" else session.previous, collection), request)


async def holidays(request: web.Request) -> web.Response:
    year = new_york_date(request.app[SIDE].clock.now()).year
    days = [date(year, 1, 1) + timedelta(days=ahead) for ahead in range(366 * 2)]
    closed = [day.isoformat() for day in days if holiday_name(day)]
    return data(
        {"market-half-days": [day.isoformat() for day in days if early_close(day)], "market-holidays": closed}, request
    )


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


def _day(query: dict[str, list[str]], name: str, default: date) -> date:
    if not (asked := query.get(name)):
        return default
    try:
        return date.fromisoformat(asked[-1])
    except ValueError:
        raise invalid(name, "is invalid") from None
