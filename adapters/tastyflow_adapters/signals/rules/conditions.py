"""
The conditions of a rule file, to the parts of a trigger.

    { figure = "spot", crosses = "flip", direction = "up", for_min = 1, counts_min = 3 }    `figure_conditions`
    { any = [ { time = "10:00..11:00" }, { weekdays = ["fri"] } ] }                         `calendar_conditions`
"""

from typing import Final

from attrs import define

from tastyflow.domain.signal_rule.crosses import Crosses
from tastyflow.domain.signal_rule.groups import AllOf, AnyOf, HeldFor
from tastyflow.domain.signal_rule.trigger import TriggerPart
from tastyflow_adapters.signals.rules.calendar_conditions import CALENDAR_READERS
from tastyflow_adapters.signals.rules.figure_conditions import FIGURE_READERS
from tastyflow_adapters.signals.rules.keys import CONDITION_KEYS, FORMS
from tastyflow_adapters.signals.rules.known_words import KnownWords
from tastyflow_adapters.signals.rules.values import Section, dotted, shown

MOST_IN_A_GROUP: Final = 20
MOST_CONDITIONS: Final = 60
DEEPEST: Final = 5

_READERS: Final = {**FIGURE_READERS, **CALENDAR_READERS}


def trigger_part(section: Section, words: KnownWords) -> TriggerPart | None:
    """The condition that *section* is; None, with complaints, where it is none."""
    reader = _ConditionReader(words)
    part = reader.condition(section, depth=0)
    if reader.count > MOST_CONDITIONS:
        section.file.say(section.path, f"the trigger has more than {MOST_CONDITIONS} conditions.")
        return None
    return part


@define
class _ConditionReader:
    """Reads conditions within each other, and counts them."""

    words: KnownWords
    count: int = 0

    def condition(self, section: Section, *, depth: int) -> TriggerPart | None:
        self.count += 1
        forms = [form for form in FORMS if form in section]
        if len(forms) != 1:
            named = f"{' and '.join(forms)} at once" if forms else "none of them"
            told = f"a condition has exactly one of {', '.join(FORMS)}, and this one has {named}."
            section.file.say(section.path, f"{dotted(section.path)}: {told}")
            section.allow(CONDITION_KEYS)
            return None
        form = forms[0]
        elsewhere = dict.fromkeys(CONDITION_KEYS, f" It does not go with {form}.")
        section.allow({form, "for_min"} | FORMS[form], also=elsewhere)
        is_group = form in ("all", "any")
        part = self._group(section, form, depth) if is_group else _READERS[form](self.words, section)
        return self._held(section, part) if "for_min" in section else part

    def _held(self, section: Section, part: TriggerPart | None) -> TriggerPart | None:
        """*part*, for as long as ``for_min`` says."""
        minutes = section.number("for_min", CONDITION_KEYS["for_min"].takes, least=0.1, most=390)
        if not self.words.moments:
            section.say("for_min", "needs more than one moment, and an alert is one.")
            return None
        if minutes is None or part is None:
            return None
        longest = _holds_at_most(part)
        if longest is not None and minutes >= longest:
            told = f"is {minutes:g}, and the cross in it counts for {longest:g} minutes: raise counts_min."
            section.say("for_min", told)
            return None
        return HeldFor(part, minutes)

    def _group(self, section: Section, form: str, depth: int) -> TriggerPart | None:
        listed = section.values[form]
        if not isinstance(listed, list) or not 1 <= len(listed) <= MOST_IN_A_GROUP:
            section.wrong(form, CONDITION_KEYS[form].takes)
            return None
        if depth >= DEEPEST:
            section.say(form, f"lies deeper than {DEEPEST} conditions within each other.")
            return None
        parts = [self._element((*section.path, form, index), each, section, depth) for index, each in enumerate(listed)]
        right = tuple(part for part in parts if part is not None)
        if len(right) != len(parts):
            return None
        return AllOf(right) if form == "all" else AnyOf(right)

    def _element(self, path: tuple[str | int, ...], value: object, section: Section, depth: int) -> TriggerPart | None:
        if self.count > MOST_CONDITIONS:
            return None
        if isinstance(value, dict):
            return self.condition(Section(section.file, path, value), depth=depth + 1)
        example = '{ figure = "spot", above = 600 }'
        section.file.say(path, f"a condition is a table, as {example}, not {shown(value)}.")
        return None


def _holds_at_most(part: TriggerPart) -> float | None:
    """For how many minutes on end *part* can hold; None where there is no such bound."""
    match part:
        case Crosses():
            return part.counts_min
        case HeldFor():
            inner = _holds_at_most(part.part)
            return None if inner is None else inner - part.minutes
        case AllOf():
            return min((each for each in map(_holds_at_most, part.parts) if each is not None), default=None)
        case AnyOf():
            longest = [each for each in map(_holds_at_most, part.parts) if each is not None]
            return sum(longest) if len(longest) == len(part.parts) else None
    return None
