"""
The hours of other days and other exchanges.

    GET /market-time/sessions                       those of a range of days
    GET /market-time/equities/sessions/{which}      current, next, previous
    GET /market-time/futures/sessions/{which}[/X]   the same of CME or CFE; without either, the current ones of both
    GET /market-time/…/holidays                     the calendar
"""

from datetime import date, timedelta
from typing import Final

from aiohttp import web

from tastyflow.domain.expirations import early_close, holiday_name, new_york_date
from tastyflow_simulator.rest import SIDE
from tastyflow_simulator.rest.envelope import data, invalid, items, query_of
from tastyflow_simulator.rest.market_hours import COLLECTIONS, FUTURES, current_row, session_row

LONGEST_LIST: Final = timedelta(days=366)
WHICH: Final = "{which:current|next|previous}"


def add_routes(app: web.Application) -> None:
    app.router.add_get("/market-time/sessions", sessions)
    app.router.add_get(f"/market-time/equities/sessions/{WHICH}", one_session)
    app.router.add_get("/market-time/futures/sessions/current", futures_now)
    app.router.add_get(f"/market-time/futures/sessions/{WHICH}/{{collection}}", one_session)
    app.router.add_get("/market-time/equities/holidays", holidays)
    app.router.add_get("/market-time/futures/holidays/{exchange}", holidays)


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


def _day(query: dict[str, list[str]], name: str, default: date) -> date:
    if not (asked := query.get(name)):
        return default
    try:
        return date.fromisoformat(asked[-1])
    except ValueError:
        raise invalid(name, "is invalid") from None
