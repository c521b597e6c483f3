"""
When options end: the last moments of an expiration, and what kind of expiration it is.

    PM   SPXW, shares    trades to the close of its day, and is worth what it is worth then
    AM   SPX, VIX        trades to the close of the day before, and is settled on the opening prices
"""

from datetime import UTC, date, datetime
from functools import lru_cache

from tastyflow.domain.expirations import (
    is_standard_monthly,
    last_trading_day_of_month,
    previous_trading_day,
    session,
)
from tastyflow.domain.instruments import underlying_of
from tastyflow.domain.venue import Expiration
from tastyflow_adapters.exchange.listings import LISTINGS, Cadence, Listing


@lru_cache(maxsize=512)
def last_moments(day: date, *, settles_am: bool) -> tuple[datetime, datetime]:
    """When options of an expiration are settled, and when they stop trading."""
    last = session(day)
    if settles_am:
        return last.opens_at.astimezone(UTC), session(previous_trading_day(day)).closes_at.astimezone(UTC)
    return last.closes_at.astimezone(UTC), last.closes_at.astimezone(UTC)


def is_trading(expiration: Expiration, now: datetime) -> bool:
    """Whether an order in the options of an expiration can still fill."""
    return now < last_moments(expiration.day, settles_am=expiration.settles_am)[1]


def settles_in_the_morning(root: str) -> bool:
    """Whether options of this root are settled on the opening prices: VIX and VIXW, and the SPX beside SPXW."""
    underlying = underlying_of(root)
    listing = LISTINGS.get(underlying)
    if listing is None:
        return False
    return listing.cadence is Cadence.WEDNESDAYS or root == underlying != listing.weekly_root


def expiration_type(listing: Listing, expiration: Expiration) -> str:
    """``Regular``, ``Quarterly``, ``End-Of-Month`` or ``Weekly``, as the wire calls it."""
    has_two_roots = listing.weekly_root != listing.symbol
    if expiration.settles_am and expiration.root == listing.symbol:
        return "Regular"
    if is_standard_monthly(expiration.day) and not has_two_roots:
        return "Regular"
    if expiration.day == last_trading_day_of_month(expiration.day.year, expiration.day.month):
        return "Quarterly" if expiration.day.month % 3 == 0 else "End-Of-Month"
    return "Weekly"
