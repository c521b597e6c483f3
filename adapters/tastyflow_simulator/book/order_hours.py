"""
When orders work: from when on, and until when.

    always      at once ─────────────────────────── to midnight in New York
    exchange    from the next opening ───────────── to the close          Day, GTC, GTD, IOC
                07:00 to 20:00 of a trading day                           the Ext family (06:00 to 19:00 in Chicago)
                the whole of a trading day                                the Overnight family
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from tastyflow.domain.expirations import (
    NEW_YORK,
    is_trading_day,
    new_york_date,
    next_trading_day,
    session,
    trading_day_on_or_after,
    trading_day_on_or_before,
)
from tastyflow_simulator.options import Hours

EXTENDED: Final = (time(7), time(20))
WHOLE_DAY: Final = (time(0), time(23, 59, 59))
UNTIL_CANCELLED: Final = frozenset({"GTC", "GTC Ext", "GTC Ext Overnight"})


def works(tif: str, now: datetime, hours: Hours) -> bool:
    """Whether an order of this time in force works right now."""
    if hours is Hours.ALWAYS:
        return True
    today = new_york_date(now)
    if not is_trading_day(today):
        return False
    opens_at, closes_at = _window(tif, today)
    return opens_at <= now < closes_at


def begins_at(tif: str, now: datetime, hours: Hours) -> datetime:
    """When an order that arrives now begins to work: now, or at the next opening."""
    if works(tif, now, hours):
        return now
    day = trading_day_on_or_after(new_york_date(now))
    if _window(tif, day)[0] <= now:
        day = next_trading_day(day)
    return _window(tif, day)[0]


def ends_at(tif: str, until: date | None, now: datetime, hours: Hours) -> datetime | None:
    """When an order that arrives now ends unfilled, by its time in force; None never."""
    if tif in UNTIL_CANCELLED:
        return None
    day = until if tif == "GTD" and until is not None else new_york_date(begins_at(tif, now, hours))
    return day_ends_at(tif, day, hours)


def day_ends_at(tif: str, day: date, hours: Hours) -> datetime:
    """When orders of this time in force stop to work on a day."""
    if hours is Hours.ALWAYS:
        return datetime.combine(day + timedelta(days=1), time(), NEW_YORK).astimezone(UTC)
    return _window(tif, trading_day_on_or_before(day))[1]


def next_close(now: datetime, hours: Hours) -> datetime:
    """The first end of a trading day after *now*: when the day is settled."""
    day = new_york_date(now)
    if hours is Hours.EXCHANGE:
        day = trading_day_on_or_after(day)
    closes_at = day_ends_at("Day", day, hours)
    if closes_at > now:
        return closes_at
    return day_ends_at("Day", next_trading_day(day) if hours is Hours.EXCHANGE else day + timedelta(days=1), hours)


def next_hour(hour: int, now: datetime) -> datetime:
    """The next time that New York's clock strikes this hour, after *now*."""
    today = new_york_date(now)
    moments = (datetime.combine(today + timedelta(days=n), time(hour), NEW_YORK).astimezone(UTC) for n in range(3))
    return next(at for at in moments if at > now)


def _window(tif: str, day: date) -> tuple[datetime, datetime]:
    if "Ext" not in tif:
        regular = session(day)
        return regular.opens_at.astimezone(UTC), regular.closes_at.astimezone(UTC)
    opens, closes = WHOLE_DAY if "Overnight" in tif else EXTENDED
    return (
        datetime.combine(day, opens, NEW_YORK).astimezone(UTC),
        datetime.combine(day, closes, NEW_YORK).astimezone(UTC),
    )
