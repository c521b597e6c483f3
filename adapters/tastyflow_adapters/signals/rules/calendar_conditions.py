"""
Conditions of the clock and the calendar: ``time``, ``weekdays``, ``half_day``, ``days_to_monthly``, ``free_of``.
"""

import re
from collections.abc import Callable, Mapping
from datetime import time
from typing import Final

from tastyflow.domain.expirations import CLOSES_AT, OPENS_AT
from tastyflow.domain.signal_rule.calendar_parts import (
    CalendarEvent,
    DaysToMonthly,
    FreeOfEvents,
    HalfDay,
    OnWeekdays,
    TimeOfDay,
)
from tastyflow.domain.signal_rule.trigger import TriggerPart
from tastyflow_adapters.signals.rules.keys import CONDITION_KEYS
from tastyflow_adapters.signals.rules.known_words import KnownWords
from tastyflow_adapters.signals.rules.values import Section, did_you_mean, shown

_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri")
_TIMES: Final = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)\s*\.\.\s*([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)
_DAYS: Final = re.compile(r"(\d{1,2})\s*\.\.\s*(\d{1,2})", re.ASCII)


def _time_of_day(words: KnownWords, section: Section) -> TriggerPart | None:
    value = section.values["time"]
    match = _TIMES.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        section.wrong("time", CONDITION_KEYS["time"].takes)
        return None
    hours = [int(each) for each in match.groups()]
    first, last = time(hours[0], hours[1]), time(hours[2], hours[3])
    if first >= last:
        section.say("time", f"is {shown(value)}: the first time is the earlier one.")
        return None
    if last <= OPENS_AT or first >= CLOSES_AT:
        section.say(
            "time", f"is {shown(value)}, outside of the session, which is {OPENS_AT:%H:%M} to {CLOSES_AT:%H:%M}."
        )
        return None
    return TimeOfDay(first, last)


def _weekdays(words: KnownWords, section: Section) -> TriggerPart | None:
    takes = CONDITION_KEYS["weekdays"].takes
    days = section.listed("weekdays", takes, _weekday, least=1, most=5)
    return None if days is None else OnWeekdays(frozenset(days))


def _half_day(words: KnownWords, section: Section) -> TriggerPart | None:
    wanted = section.flag("half_day", CONDITION_KEYS["half_day"].takes)
    return None if wanted is None else HalfDay(wanted)


def _days_to_monthly(words: KnownWords, section: Section) -> TriggerPart | None:
    value = section.values["days_to_monthly"]
    match = _DAYS.fullmatch(value) if isinstance(value, str) else None
    if match is None or int(match[1]) > int(match[2]):
        section.wrong("days_to_monthly", f"{CONDITION_KEYS['days_to_monthly'].takes}, the smaller number first")
        return None
    return DaysToMonthly(int(match[1]), int(match[2]))


def _free_of(words: KnownWords, section: Section) -> TriggerPart | None:
    value = section.values["free_of"]
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not 1 <= len(names) <= 20 or not all(isinstance(each, str) for each in names):
        section.wrong("free_of", CONDITION_KEYS["free_of"].takes)
        return None
    ahead, past = (_minutes(section, key) for key in ("before_min", "after_min"))
    if words.events is None:
        section.say("free_of", "names an event, and no table [events] that can be read says when it is.")
        return None
    known = words.events.by_name
    unknown = [name for name in names if name not in known]
    if unknown:
        section.say(
            "free_of", f"names {shown(unknown[0])}, which [events] does not have.{did_you_mean(unknown[0], known)}"
        )
    if unknown or ahead is None or past is None:
        return None
    events: tuple[CalendarEvent, ...] = tuple(each for name in dict.fromkeys(names) for each in known[name])
    return FreeOfEvents(tuple(dict.fromkeys(names)), events, words.events.known_until, ahead, past)


def _minutes(section: Section, key: str) -> float | None:
    if key not in section:
        return 0.0
    return section.number(key, CONDITION_KEYS[key].takes, least=0, most=10080)


def _weekday(value: object) -> int | None:
    return _WEEKDAYS.index(value) if isinstance(value, str) and value in _WEEKDAYS else None


CALENDAR_READERS: Final[Mapping[str, Callable[[KnownWords, Section], TriggerPart | None]]] = {
    "time": _time_of_day,
    "weekdays": _weekdays,
    "half_day": _half_day,
    "days_to_monthly": _days_to_monthly,
    "free_of": _free_of,
}
"""Each form, and what reads it: a condition, or None with complaints."""
