"""
Conditions of the clock and the calendar, in New York: they are always known.

    TimeOfDay        from 10:00 until 15:30
    OnWeekdays       Mondays and Wednesdays
    HalfDay          only on days that end at 13:00, or only on others
    DaysToMonthly    0 to 5 days before the standard monthly expiration
    FreeOfEvents     no FOMC from 60 minutes before until 120 after; not known once the calendar ends
"""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Final

from attrs import frozen

from tastyflow.domain.expirations import (
    NEW_YORK,
    days_to_expiration,
    early_close,
    new_york_date,
    next_standard_monthly,
)
from tastyflow.domain.new_york_time import minute_in_words, moment_in_words
from tastyflow.domain.signal_rule.levels import told
from tastyflow.domain.signal_rule.trigger import Condition, PartLook, PartMemory, TriggerMoment

WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")


@frozen
class _CalendarPart:
    """It reads no figure, and remembers nothing."""

    @property
    def figures(self) -> frozenset[str]:
        return frozenset()

    @property
    def remembers(self) -> bool:
        return False


@frozen
class TimeOfDay(_CalendarPart):
    """From *first*, included, until *last*, which is not."""

    first: time
    last: time

    @property
    def in_words(self) -> str:
        return f"it is from {self.first:%H:%M} until {self.last:%H:%M} New York"

    def look(self, moment: TriggerMoment, memory: PartMemory | None) -> PartLook:
        holds = self.first <= moment.at.astimezone(NEW_YORK).time() < self.last
        word = "" if holds else "not "
        sentence = f"it is {minute_in_words(moment.at)}, {word}from {self.first:%H:%M} until {self.last:%H:%M}"
        return told(holds, sentence, None)


@frozen
class OnWeekdays(_CalendarPart):
    """On these days of the week: 0 is Monday."""

    days: frozenset[int]

    @property
    def in_words(self) -> str:
        return f"it is {' or '.join(WEEKDAYS[day] for day in sorted(self.days))}"

    def look(self, moment: TriggerMoment, memory: PartMemory | None) -> PartLook:
        day = new_york_date(moment.at)
        holds = day.weekday() in self.days
        named = " or ".join(WEEKDAYS[each] for each in sorted(self.days))
        return told(holds, f"it is {day:%A}{'' if holds else f', not {named}'}", None)


@frozen
class HalfDay(_CalendarPart):
    """On days whose session ends at 13:00; *wanted* False: on the others."""

    wanted: bool

    @property
    def in_words(self) -> str:
        return f"it is {'' if self.wanted else 'not '}a half day"

    def look(self, moment: TriggerMoment, memory: PartMemory | None) -> PartLook:
        is_half = early_close(new_york_date(moment.at))
        sentence = "today is a half day: the session ends at 13:00" if is_half else "today is no half day"
        return told(is_half is self.wanted, sentence, None)


@frozen
class DaysToMonthly(_CalendarPart):
    """The next standard monthly expiration is *first* to *last* calendar days away, both included."""

    first: int
    last: int

    @property
    def in_words(self) -> str:
        return f"the monthly expiration is {self.first} to {self.last} days away"

    def look(self, moment: TriggerMoment, memory: PartMemory | None) -> PartLook:
        today = new_york_date(moment.at)
        monthly = next_standard_monthly(today)
        days = days_to_expiration(monthly, today)
        holds = self.first <= days <= self.last
        word = "" if holds else "not "
        return told(holds, f"the monthly of {monthly} is {days} days away, {word}{self.first} to {self.last}", None)


@frozen
class CalendarEvent:
    """
    Attributes:
        first, last: From when to when it is; the same moment where it has no length.
    """

    name: str
    first: datetime
    last: datetime

    @classmethod
    def on(cls, name: str, day: date) -> "CalendarEvent":
        """An event that takes the whole *day* of New York."""
        start, end = (datetime.combine(each, time(), NEW_YORK) for each in (day, day + timedelta(days=1)))
        return cls(name, start, end)

    @classmethod
    def moment(cls, name: str, at: datetime) -> "CalendarEvent":
        """An event at one moment."""
        return cls(name, at, at)


@frozen
class FreeOfEvents(_CalendarPart):
    """
    None of *events* is from *before_min* minutes ahead until *after_min* past.

    Attributes:
        known_until: The last day of New York of which the events are known.
    """

    names: tuple[str, ...]
    events: tuple[CalendarEvent, ...]
    known_until: date
    before_min: float = 0.0
    after_min: float = 0.0

    @property
    def in_words(self) -> str:
        around = f" from {self.before_min:g} minutes before until {self.after_min:g} minutes after"
        return f"there is no {' or '.join(self.names)}{around if self.before_min or self.after_min else ''}"

    def look(self, moment: TriggerMoment, memory: PartMemory | None) -> PartLook:
        ahead = moment.at + timedelta(minutes=self.before_min)
        if new_york_date(ahead) > self.known_until:
            sentence = f"the calendar of {' and '.join(self.names)} ends on {self.known_until}"
            return PartLook(None, None, (Condition(False, sentence, is_known=False),), missing=1)
        now = self._now(moment.at, ahead)
        if now:
            return told(False, f"{now.name} is at hand: {moment_in_words(now.first)}", None)
        return told(True, f"no {' or '.join(self.names)} is at hand", None)

    def _now(self, at: datetime, ahead: datetime) -> CalendarEvent | None:
        past = at - timedelta(minutes=self.after_min)
        return next((each for each in _sorted(self.events) if each.first <= ahead and past <= each.last), None)


def _sorted(events: Iterable[CalendarEvent]) -> list[CalendarEvent]:
    return sorted(events, key=lambda event: event.first)
