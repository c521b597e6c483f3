"""
When the simulated exchange trades, and when options end.

    ALWAYS     every day is a day, from midnight to midnight in New York; it never closes
    EXCHANGE   08:15 ─ Pre-market ─ 09:30 ─ Open ─ 16:00 (13:00) ─ Extended ─ 20:00 (17:00) ─ Closed

    PM   SPXW, shares    trades to the close of its day, and is settled at what it is worth then
    AM   SPX, VIX        trades to the close of the day before, and is settled on the opening prices
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final

from attrs import frozen

from tastyflow.domain.expirations import (
    NEW_YORK,
    is_standard_monthly,
    is_trading_day,
    last_trading_day_of_month,
    new_york_date,
    session,
    stops_trading_at,
)
from tastyflow.domain.instruments import underlying_of
from tastyflow.domain.venue import Expiration
from tastyflow_adapters.exchange.listings import LISTINGS, Cadence, Listing
from tastyflow_simulator.options import Hours

PRE_MARKET_AT: Final = time(8, 15)
EXTENDED_FOR: Final = timedelta(hours=4)
ONE_DAY: Final = timedelta(days=1)


@frozen
class DaySession:
    """One day of trading. All moments are in UTC."""

    day: date
    starts_at: datetime
    opens_at: datetime
    closes_at: datetime
    extended_until: datetime

    @property
    def last_moment(self) -> datetime:
        """The last one before the close: quotes stand there until the next opening."""
        return self.closes_at - timedelta(microseconds=1)


@frozen
class Session:
    """
    Where trading stands.

    Attributes:
        state: ``Open``, ``Closed``, ``Pre-market`` or ``Extended``, as tastytrade spells it.
        current: The session of the day in New York; None where it has none.
        next: The first one after that day.
        previous: The last one before that day.
        is_over: Whether the day's regular hours have passed.
    """

    state: str
    current: DaySession | None
    next: DaySession
    previous: DaySession
    is_over: bool

    @property
    def is_open(self) -> bool:
        return self.state == "Open"

    @property
    def opens_at(self) -> datetime:
        """When the session that is on, or else the next one to come, opens."""
        return self._nearest.opens_at

    @property
    def closes_at(self) -> datetime:
        """When the session that is on, or else the next one to come, closes."""
        return self._nearest.closes_at

    @property
    def _nearest(self) -> DaySession:
        return self.next if self.current is None or self.is_over else self.current


@frozen
class Calendar:
    """The days and hours of trading, by *hours*."""

    hours: Hours

    def trades_on(self, day: date) -> bool:
        return self.hours is Hours.ALWAYS or is_trading_day(day)

    def of(self, day: date) -> DaySession:
        """The session of a day that has one."""
        return _session(day, self.hours)

    def before(self, day: date) -> date:
        """The last day of trading strictly before."""
        day -= ONE_DAY
        while not self.trades_on(day):
            day -= ONE_DAY
        return day

    def after(self, day: date) -> date:
        """The first day of trading strictly after."""
        day += ONE_DAY
        while not self.trades_on(day):
            day += ONE_DAY
        return day

    def is_open(self, now: datetime) -> bool:
        if self.hours is Hours.ALWAYS:
            return True
        day = new_york_date(now)
        return self.trades_on(day) and self.of(day).opens_at <= now < self.of(day).closes_at

    def session(self, now: datetime) -> Session:
        """Where trading stands at *now*."""
        day = new_york_date(now)
        current = self.of(day) if self.trades_on(day) else None
        return Session(
            state=_state(current, now),
            current=current,
            next=self.of(self.after(day)),
            previous=self.of(self.before(day)),
            is_over=current is not None and now >= current.closes_at,
        )

    def last_trading_moment(self, now: datetime) -> datetime:
        """*Now* itself while the exchange is open, else the last moment at which it was: quotes stand there."""
        if self.is_open(now):
            return now
        day = new_york_date(now)
        if not self.trades_on(day) or now < self.of(day).opens_at:
            day = self.before(day)
        return self.of(day).last_moment

    def next_opening(self, now: datetime) -> datetime:
        """When the exchange opens next, strictly after *now*."""
        day = new_york_date(now)
        if self.trades_on(day) and now < self.of(day).opens_at:
            return self.of(day).opens_at
        return self.of(self.after(day)).opens_at


@lru_cache(maxsize=4096)
def _session(day: date, hours: Hours) -> DaySession:
    if hours is Hours.ALWAYS:
        begins, ends = _at(day, time()), _at(day + ONE_DAY, time())
        return DaySession(day, begins, begins, ends, ends)
    regular = session(day)
    opens_at, closes_at = regular.opens_at.astimezone(UTC), regular.closes_at.astimezone(UTC)
    return DaySession(day, _at(day, PRE_MARKET_AT), opens_at, closes_at, closes_at + EXTENDED_FOR)


def _state(current: DaySession | None, now: datetime) -> str:
    if current is None or not current.starts_at <= now < current.extended_until:
        return "Closed"
    if now < current.opens_at:
        return "Pre-market"
    return "Open" if now < current.closes_at else "Extended"


def _at(day: date, hour: time) -> datetime:
    return datetime.combine(day, hour, NEW_YORK).astimezone(UTC)


@lru_cache(maxsize=512)
def last_moments(day: date, *, settles_am: bool) -> tuple[datetime, datetime]:
    """When options of an expiration are settled, and when they stop trading."""
    last = session(day)
    settled_at = last.opens_at if settles_am else last.closes_at
    return settled_at.astimezone(UTC), stops_trading_at(day, settles_am=settles_am).astimezone(UTC)


def is_trading(expiration: Expiration, now: datetime) -> bool:
    """Whether an order in the options of an expiration can still fill."""
    return now < last_moments(expiration.day, settles_am=expiration.settles_am)[1]


def settles_in_the_morning(root: str) -> bool:
    """Whether options of this root are settled on the opening prices: VIX and VIXW, and the SPX beside SPXW."""
    listing = LISTINGS.get(underlying_of(root))
    if listing is None:
        return False
    return listing.cadence is Cadence.WEDNESDAYS or (listing.has_two_roots and root == listing.standard_root)


def expiration_type(listing: Listing, expiration: Expiration) -> str:
    """``Regular``, ``Quarterly``, ``End-Of-Month`` or ``Weekly``, as tastytrade calls it."""
    if expiration.settles_am and expiration.root == listing.standard_root:
        return "Regular"
    if is_standard_monthly(expiration.day) and not listing.has_two_roots:
        return "Regular"
    if expiration.day == last_trading_day_of_month(expiration.day.year, expiration.day.month):
        return "Quarterly" if expiration.day.month % 3 == 0 else "End-Of-Month"
    return "Weekly"
