"""
The moment that the age of an input is held against.

    within a session     now: what was worked out ten minutes ago is old
    outside of it        the close before: what was worked out in its last ten minutes, or later, is all there is

So a chain can be looked at on a Sunday, as the last session left it; and at the first moment of the next session all of
that is old. Sessions are those of `tastyflow.domain.expirations`: half days end at 13:00. Ages are told as they are.
"""

from datetime import datetime

from tastyflow.domain.expirations import is_trading_day, new_york_date, previous_trading_day, session


def held_against(now: datetime) -> datetime:
    """*now* while a session is open, else the close of the last one. *now* is aware."""
    today = new_york_date(now)
    if is_trading_day(today):
        hours = session(today)
        if now >= hours.opens_at:
            return min(now, hours.closes_at)
    return session(previous_trading_day(today)).closes_at


def closed_since(now: datetime) -> datetime | None:
    """When the last session closed; None while one is open."""
    held = held_against(now)
    return held if held < now else None
