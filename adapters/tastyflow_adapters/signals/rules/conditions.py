"""
The conditions of a rule file, to the parts of a trigger.

    { figure = "spot", crosses = "flip", direction = "up", for_min = 1, counts_min = 3 }
    { any = [ { time = "10:00..11:00" }, { weekdays = ["fri"] } ] }
"""

import re
from collections.abc import Callable, Mapping
from datetime import time
from typing import Final

from attrs import frozen

from tastyflow.domain.expirations import CLOSES_AT, OPENS_AT
from tastyflow.domain.signal_rule.arithmetic import FIGURE_NAME
from tastyflow.domain.signal_rule.calendar_parts import (
    CalendarEvent,
    DaysToMonthly,
    FreeOfEvents,
    HalfDay,
    OnWeekdays,
    TimeOfDay,
)
from tastyflow.domain.signal_rule.crosses import Crosses, Direction
from tastyflow.domain.signal_rule.figure_words import figure_unit
from tastyflow.domain.signal_rule.figures import FIGURES, FigureUnit
from tastyflow.domain.signal_rule.groups import AllOf, AnyOf, HeldFor
from tastyflow.domain.signal_rule.levels import Level, Margin, Near, Relation, Threshold
from tastyflow.domain.signal_rule.trigger import TriggerPart
from tastyflow_adapters.signals.rules.events import KnownEvents
from tastyflow_adapters.signals.rules.keys import CONDITION_KEYS, FORMS
from tastyflow_adapters.signals.rules.values import Section, did_you_mean, number_of, shown

MOST_IN_A_GROUP: Final = 20
MOST_CONDITIONS: Final = 60
DEEPEST: Final = 5

_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri")
_TIMES: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)\s*\.\.\s*([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
_DAYS: Final = re.compile(r"(\d{1,2})\s*\.\.\s*(\d{1,2})", re.ASCII)
_TURNS: Final[Mapping[str, Direction]] = {
    "negative": Direction.DOWN,
    "positive": Direction.UP,
    "either": Direction.EITHER,
}
_CROSS_PERCENT: Final = 0.05
_MOST_NUMBER: Final = 1e15


@frozen
class ConditionReader:
    """
    Attributes:
        brings: Figures that the rule's source brings besides those of `FIGURES`.
        events: The calendar of the file.
        moments: Whether it looks at more than one moment; an alert of a webhook is one.
    """

    brings: frozenset[str]
    events: KnownEvents | None
    moments: bool = True

    def read(self, section: Section) -> TriggerPart | None:
        """The condition that *section* is; None, with complaints, where it is none."""
        left = [MOST_CONDITIONS]
        part = self._condition(section, 0, left)
        if left[0] < 0:
            section.file.say(section.path, f"the trigger has more than {MOST_CONDITIONS} conditions.")
            return None
        return part

    def _condition(self, section: Section, depth: int, left: list[int]) -> TriggerPart | None:
        left[0] -= 1
        forms = [form for form in FORMS if form in section]
        if len(forms) != 1:
            named = f"{' and '.join(forms)} at once" if forms else "none of them"
            section.file.say(
                section.path, f"a condition has exactly one of {', '.join(FORMS)}, and this one has {named}."
            )
        if len(forms) != 1:
            section.allow(CONDITION_KEYS)
            return None
        form = forms[0]
        allowed = {form, "for_min"} | FORMS[form]
        section.allow(allowed, also=dict.fromkeys(CONDITION_KEYS, f" It does not go with {form}."))
        part = self._group(section, form, depth, left) if form in ("all", "any") else _READERS[form](self, section)
        if "for_min" not in section:
            return part
        minutes = section.number("for_min", CONDITION_KEYS["for_min"].takes, least=0.1, most=390)
        if not self.moments:
            section.say("for_min", "needs more than one moment, and an alert is one.")
            return None
        if minutes is None or part is None:
            return None
        longest = _counts(part)
        if longest is not None and minutes >= longest:
            section.say(
                "for_min", f"is {minutes:g}, and the cross in it counts for {longest:g} minutes: raise counts_min."
            )
            return None
        return HeldFor(part, minutes)

    def _group(self, section: Section, form: str, depth: int, left: list[int]) -> TriggerPart | None:
        takes = CONDITION_KEYS[form].takes
        listed = section.values[form]
        if not isinstance(listed, list) or not 1 <= len(listed) <= MOST_IN_A_GROUP:
            section.wrong(form, takes)
            return None
        if depth >= DEEPEST:
            section.say(form, f"lies deeper than {DEEPEST} conditions within each other.")
            return None
        parts: list[TriggerPart | None] = []
        for index, each in enumerate(listed):
            path = (*section.path, form, index)
            if left[0] < 0:
                return None
            if isinstance(each, dict):
                parts.append(self._condition(Section(section.file, path, each), depth + 1, left))
            else:
                section.file.say(
                    path, f'a condition is a table, as {{ figure = "spot", above = 600 }}, not {shown(each)}.'
                )
                parts.append(None)
        right = tuple(part for part in parts if part is not None)
        if len(right) != len(parts):
            return None
        return AllOf(right) if form == "all" else AnyOf(right)

    def threshold(self, section: Section) -> TriggerPart | None:
        relation = Relation.ABOVE if "above" in section else Relation.BELOW
        figure, level = self._figure(section), self._level(section, relation.value)
        hysteresis = self._hysteresis(section, Margin())
        if figure is None or level is None or hysteresis is None:
            return None
        return (
            Threshold(figure, relation, level, hysteresis)
            if self._fit(section, figure, relation.value, level)
            else None
        )

    def near(self, section: Section) -> TriggerPart | None:
        figure, level = self._figure(section), self._level(section, "near")
        hysteresis = self._hysteresis(section, Margin())
        reach = self._margin(section, "within", least=1e-9)
        if reach is None and "within" not in section and "within_percent" not in section:
            section.missing("within", "how far, as within or within_percent")
        if figure is None or level is None or hysteresis is None or reach is None:
            return None
        return Near(figure, level, reach, hysteresis) if self._fit(section, figure, "near", level) else None

    def crosses(self, section: Section) -> TriggerPart | None:
        figure, level = self._figure(section), self._level(section, "crosses")
        direction = section.choice("direction", tuple(Direction)) if "direction" in section else Direction.EITHER
        default = Margin(_CROSS_PERCENT, is_percent=True) if isinstance(level, str) else None
        return self._cross(section, "crosses", figure, level, direction and Direction(direction), default)

    def turns(self, section: Section) -> TriggerPart | None:
        way = section.choice("turns", tuple(_TURNS))
        return self._cross(section, "turns", self._figure(section), 0.0, way and _TURNS[way], None)

    def _cross(
        self,
        section: Section,
        form: str,
        figure: str | None,
        level: Level | None,
        direction: Direction | str | None,
        default: Margin | None,
    ) -> TriggerPart | None:
        minutes: float | None = 1.0
        if "counts_min" in section:
            minutes = section.number("counts_min", CONDITION_KEYS["counts_min"].takes, least=0.1, most=390)
        if not self.moments:
            section.say(form, "needs more than one moment, and an alert is one.")
            return None
        hysteresis = self._hysteresis(section, default)
        if (
            hysteresis is None
            and "hysteresis" not in section
            and "hysteresis_percent" not in section
            and level is not None
        ):
            unit = figure_unit(figure or "")
            section.missing("hysteresis", f"how far beyond the number a cross goes, in {unit}, so that noise is none")
        if hysteresis is not None and hysteresis.is_percent and level == 0:
            section.say("hysteresis_percent", "is a share of zero: write hysteresis, in the figure's unit.")
            return None
        if figure is None or level is None or not direction or hysteresis is None or minutes is None:
            return None
        if not self._fit(section, figure, form, level):
            return None
        return Crosses(figure, level, Direction(direction), hysteresis, minutes)

    def _figure(self, section: Section) -> str | None:
        if "figure" not in section:
            section.missing("figure", "the name of a figure")
            return None
        return self._name(section, "figure", "the name of a figure")

    def _level(self, section: Section, key: str) -> Level | None:
        value = section.values[key]
        if isinstance(value, str):
            return self._name(section, key, CONDITION_KEYS[key].takes)
        number = number_of(value)
        if number is None:
            section.wrong(key, f"{CONDITION_KEYS[key].takes}, within 1e15")
        return number

    def _name(self, section: Section, key: str, takes: str) -> str | None:
        value = section.values[key]
        known = {*FIGURES, *self.brings}
        if isinstance(value, str) and value in known:
            return value
        if isinstance(value, str) and FIGURE_NAME.fullmatch(value):
            more = did_you_mean(value, known) or " docs/rules.md lists them; others are named in brings."
            section.say(key, f"is {shown(value)}, which is no figure.{more}")
            return None
        section.wrong(key, takes)
        return None

    def _fit(self, section: Section, figure: str, key: str, level: Level) -> bool:
        """Whether both count in the same unit; what a source brings fits with any."""
        if not isinstance(level, str):
            return True
        units = {figure_unit(each) for each in (figure, level) if each in FIGURES}
        if figure == level:
            section.say(key, f"compares {figure} with itself.")
        elif len(units) > 1:
            section.say(key, f"compares {figure}, in {_unit(figure)}, with {level}, in {_unit(level)}.")
        return figure != level and len(units) < 2

    def _hysteresis(self, section: Section, default: Margin | None) -> Margin | None:
        if "hysteresis" not in section and "hysteresis_percent" not in section:
            return default
        margin = self._margin(section, "hysteresis", least=0.0)
        if margin is not None and margin.amount > 0 and not self.moments:
            section.say("hysteresis", "needs more than one moment, and an alert is one.")
            return None
        return margin

    def _margin(self, section: Section, key: str, *, least: float) -> Margin | None:
        percent = f"{key}_percent"
        if key in section and percent in section:
            section.say(percent, f"and {key} are two ways to say it: keep one.")
            return None
        if key in section:
            amount = section.number(key, CONDITION_KEYS[key].takes, least=least, most=_MOST_NUMBER)
            return None if amount is None else Margin(amount)
        if percent in section:
            amount = section.number(percent, CONDITION_KEYS[percent].takes, least=least, most=50)
            return None if amount is None else Margin(amount, is_percent=True)
        return None

    def time_of_day(self, section: Section) -> TriggerPart | None:
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

    def weekdays(self, section: Section) -> TriggerPart | None:
        takes = CONDITION_KEYS["weekdays"].takes
        days = section.listed("weekdays", takes, _weekday, least=1, most=5)
        return None if days is None else OnWeekdays(frozenset(days))

    def half_day(self, section: Section) -> TriggerPart | None:
        wanted = section.flag("half_day", CONDITION_KEYS["half_day"].takes)
        return None if wanted is None else HalfDay(wanted)

    def days_to_monthly(self, section: Section) -> TriggerPart | None:
        value = section.values["days_to_monthly"]
        match = _DAYS.fullmatch(value) if isinstance(value, str) else None
        if match is None or int(match[1]) > int(match[2]):
            section.wrong("days_to_monthly", f"{CONDITION_KEYS['days_to_monthly'].takes}, the smaller number first")
            return None
        return DaysToMonthly(int(match[1]), int(match[2]))

    def free_of(self, section: Section) -> TriggerPart | None:
        value = section.values["free_of"]
        names = [value] if isinstance(value, str) else value
        if not isinstance(names, list) or not 1 <= len(names) <= 20 or not all(isinstance(each, str) for each in names):
            section.wrong("free_of", CONDITION_KEYS["free_of"].takes)
            return None
        ahead, past = (self._minutes(section, key) for key in ("before_min", "after_min"))
        if self.events is None:
            section.say("free_of", "names events, and the file has no right table [events].")
            return None
        known = self.events.by_name
        unknown = [name for name in names if name not in known]
        if unknown:
            section.say(
                "free_of", f"names {shown(unknown[0])}, which [events] does not have.{did_you_mean(unknown[0], known)}"
            )
        if unknown or ahead is None or past is None:
            return None
        events: tuple[CalendarEvent, ...] = tuple(each for name in dict.fromkeys(names) for each in known[name])
        return FreeOfEvents(tuple(dict.fromkeys(names)), events, self.events.known_until, ahead, past)

    @staticmethod
    def _minutes(section: Section, key: str) -> float | None:
        if key not in section:
            return 0.0
        return section.number(key, CONDITION_KEYS[key].takes, least=0, most=10080)


_READERS: Final[Mapping[str, Callable[[ConditionReader, Section], TriggerPart | None]]] = {
    "above": ConditionReader.threshold,
    "below": ConditionReader.threshold,
    "crosses": ConditionReader.crosses,
    "turns": ConditionReader.turns,
    "near": ConditionReader.near,
    "time": ConditionReader.time_of_day,
    "weekdays": ConditionReader.weekdays,
    "half_day": ConditionReader.half_day,
    "days_to_monthly": ConditionReader.days_to_monthly,
    "free_of": ConditionReader.free_of,
}


def _weekday(value: object) -> int | None:
    return _WEEKDAYS.index(value) if isinstance(value, str) and value in _WEEKDAYS else None


def _unit(name: str) -> FigureUnit:
    return figure_unit(name)


def _counts(part: TriggerPart) -> float | None:
    """For how many minutes *part* can hold at most; None where it can for ever."""
    match part:
        case Crosses():
            return part.counts_min
        case HeldFor():
            inner = _counts(part.part)
            return None if inner is None else inner - part.minutes
        case AllOf():
            return min((each for each in map(_counts, part.parts) if each is not None), default=None)
        case AnyOf():
            longest = [_counts(each) for each in part.parts]
            return None if None in longest else max(each for each in longest if each is not None)
    return None
