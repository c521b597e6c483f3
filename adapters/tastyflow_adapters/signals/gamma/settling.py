"""
When options settle, and how many minutes are left until then.

    SPX   Fri Dec 18 2026   AM   09:30 New York   on the opening prices: nothing is left of it from then on
    SPXW  Fri Dec 18 2026   PM   16:00 New York   13:00 on a half day

The minutes are those that pass: over a change of the clock a day has 23 or 25 hours. An expiration on a day without a
session (a Saturday of old, a day of mourning) settles on the trading day before.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Final, TypeAlias

from tastyflow.domain.expirations import session, trading_day_on_or_before

MORNING_ROOTS: Final = frozenset({"SPX", "NDX", "RUT", "VIX", "VIXW", "DJX"})
"""
Roots that settle on opening prices. Those of their weeklies (SPXW, NDXP, RUTW) settle at the close, except VIXW.

Source: Cboe's and Nasdaq's contract specifications. A listing that says otherwise is given to `settles_by_listing`.
"""

MINUTES_A_YEAR: Final = 365 * 24 * 60

SettlesAt: TypeAlias = Callable[[str, date], datetime]
"""A root and an expiration ─▶ the moment, aware."""


def settles_am(root: str) -> bool:
    """Whether options of *root* settle on the opening prices of their day."""
    return root in MORNING_ROOTS


def settlement_moment(expiration: date, *, settles_am: bool) -> datetime:
    """The moment at which nothing is left of an option, in UTC."""
    day = session(trading_day_on_or_before(expiration))
    return (day.opens_at if settles_am else day.closes_at).astimezone(UTC)


def settles_by_root(root: str, expiration: date) -> datetime:
    """When options of *root* settle that expire on *expiration*, in UTC."""
    return settlement_moment(expiration, settles_am=settles_am(root))


def minutes_to(settles_at: datetime, now: datetime) -> float:
    """Minutes that pass from *now* until then; negative once it is past. Both are aware."""
    return (settles_at.astimezone(UTC) - now.astimezone(UTC)) / timedelta(minutes=1)
