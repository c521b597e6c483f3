"""
When quotes change: every few seconds while the exchange is open; where options end; and at midnight, with the day.

    now ──▶ seen_at: less the delay, at most the last close ──▶ moment: the step's beginning, whose quotes stand
"""

from datetime import UTC, datetime, time, timedelta
from typing import Final

from attrs import evolve, frozen

from tastyflow.domain.expirations import NEW_YORK, is_trading_day, new_york_date, session
from tastyflow_simulator.market.hours import Calendar

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@frozen
class QuoteTimes:
    """
    Attributes:
        step: How long a quote stands; None stands all day.
        delay: How much later everything is seen.
    """

    calendar: Calendar
    step: timedelta | None
    delay: timedelta = timedelta(0)

    def later(self, seconds: float) -> "QuoteTimes":
        return evolve(self, delay=self.delay + timedelta(seconds=seconds))

    def seen_at(self, now: datetime) -> datetime:
        """The moment of trading that is seen at *now*."""
        return self.calendar.last_trading_moment(now - self.delay)

    def moment(self, now: datetime) -> datetime:
        """The moment whose quotes stand at *now*."""
        seen_at = self.seen_at(now)
        midnight = _midnight(seen_at)
        return midnight if self.step is None else max(_floor(seen_at, self.step), midnight)

    def next_change(self, now: datetime) -> datetime:
        """When quotes may be others; strictly after *now*."""
        return min(self._next_step(now), *(at for at in _ends(now) if at > now))

    def phase(self, now: datetime) -> int:
        """Which part of which day it is: another number when listings have come or gone."""
        return 2 * new_york_date(now).toordinal() + (now >= _ends(now)[0])

    def _next_step(self, now: datetime) -> datetime:
        seen = now - self.delay
        if not self.calendar.is_open(seen):
            return self.calendar.next_opening(seen) + self.delay
        tomorrow = _midnight(seen, days=1)
        changes_at = tomorrow if self.step is None else min(_floor(seen, self.step) + self.step, tomorrow)
        return changes_at + self.delay


def _ends(now: datetime) -> tuple[datetime, datetime]:
    """When the day's options end, whatever the hours of trading, and when the day itself does."""
    day, tomorrow = new_york_date(now), _midnight(now, days=1)
    return session(day).closes_at.astimezone(UTC) if is_trading_day(day) else tomorrow, tomorrow


def _midnight(moment: datetime, *, days: int = 0) -> datetime:
    return datetime.combine(new_york_date(moment) + timedelta(days=days), time(), NEW_YORK).astimezone(UTC)


def _floor(moment: datetime, step: timedelta) -> datetime:
    return moment - (moment - EPOCH) % step
