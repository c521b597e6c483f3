"""
The calendar of events that a rule keeps clear of.

    [events]
    known_until = 2027-01-31
    FOMC = [2026-12-16T14:00:00]
    CPI = [2026-12-10]
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from attrs import frozen

from tastyflow.domain.expirations import NEW_YORK
from tastyflow.domain.signal_rule.calendar_parts import CalendarEvent
from tastyflow_adapters.signals.rules.keys import EVENT_KEYS
from tastyflow_adapters.signals.rules.values import Section, shown

MOST_NAMES: Final = 30
LONGEST_NAME: Final = 40


@frozen
class KnownEvents:
    """
    Attributes:
        known_until: The last day that the lists know of.
        by_name: The events of each name.
    """

    known_until: date
    by_name: Mapping[str, tuple[CalendarEvent, ...]]


def events_of(section: Section) -> KnownEvents | None:
    """The calendar in *section*; None, with complaints, where it is wrong."""
    until = _day(section.values.get("known_until"))
    if until is None and "known_until" in section:
        section.wrong("known_until", "a day, as 2027-01-31")
    elif until is None:
        section.missing("known_until", "the last day that the lists know of, as 2027-01-31")
    names = [name for name in section.values if name != "known_until"]
    if len(names) > MOST_NAMES:
        section.file.say(section.path, f"[events] has more than {MOST_NAMES} names.")
        return None
    made: dict[str, tuple[CalendarEvent, ...]] = {}
    for name in names:
        events = _events(section, name)
        if events is not None:
            made[name] = events
    if until is None or len(made) != len(names):
        return None
    return KnownEvents(until, made)


def _events(section: Section, name: str) -> tuple[CalendarEvent, ...] | None:
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        section.file.say((*section.path, name), f"{shown(name)} is no name for an event.")
        return None
    takes = f"{EVENT_KEYS['NAME'].takes}, as 2026-12-10 or 2026-12-16T14:00:00"
    return section.listed(name, takes, lambda value: _event(name, value), least=1, most=200)


def _event(name: str, value: object) -> CalendarEvent | None:
    if isinstance(value, datetime):
        if not 2000 <= value.year <= 2099:
            return None
        return CalendarEvent.moment(name, value if value.tzinfo else value.replace(tzinfo=NEW_YORK))
    day = _day(value)
    return None if day is None else CalendarEvent.on(name, day)


def _day(value: object) -> date | None:
    is_day = isinstance(value, date) and not isinstance(value, datetime) and 2000 <= value.year <= 2099
    return value if is_day and isinstance(value, date) else None
