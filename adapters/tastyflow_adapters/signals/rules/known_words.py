"""
What the conditions of a rule file are read against: the figures and events that the file knows.

    name, figure, level     a figure that there is; a number, or a figure
    margin, hysteresis      a distance, in the figure's unit or in percent of the level
    fit                     whether both count in the same unit
"""

from typing import Final

from attrs import frozen

from tastyflow.domain.signal_rule.arithmetic import FIGURE_NAME
from tastyflow.domain.signal_rule.figure_words import figure_unit
from tastyflow.domain.signal_rule.figures import FIGURES
from tastyflow.domain.signal_rule.levels import Level, Margin
from tastyflow_adapters.signals.rules.events import KnownEvents
from tastyflow_adapters.signals.rules.keys import CONDITION_KEYS
from tastyflow_adapters.signals.rules.values import Section, did_you_mean, number_of, shown

_MOST_NUMBER: Final = 1e15


@frozen
class KnownWords:
    """
    Attributes:
        brings: Figures that the rule's source brings besides those of `FIGURES`.
        events: The calendar of the file; None where it has none, or a wrong one.
        moments: Whether it looks at more than one moment; an alert is one.
    """

    brings: frozenset[str]
    events: KnownEvents | None
    moments: bool = True

    def figure(self, section: Section) -> str | None:
        """The figure that a condition is about."""
        if "figure" not in section:
            section.missing("figure", "the name of a figure")
            return None
        return self.name(section, "figure", "the name of a figure")

    def level(self, section: Section, key: str) -> Level | None:
        """The number or the figure at *key*."""
        value = section.values[key]
        if isinstance(value, str):
            return self.name(section, key, CONDITION_KEYS[key].takes)
        number = number_of(value)
        if number is None:
            section.wrong(key, f"{CONDITION_KEYS[key].takes}, within 1e15")
        return number

    def name(self, section: Section, key: str, takes: str) -> str | None:
        """The figure that *key* names, which there is."""
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

    def fit(self, section: Section, figure: str, key: str, level: Level) -> bool:
        """Whether both count in the same unit; what a source brings fits with any."""
        if not isinstance(level, str):
            return True
        units = {figure_unit(each) for each in (figure, level) if each in FIGURES}
        if figure == level:
            section.say(key, f"compares {figure} with itself.")
        elif len(units) > 1:
            section.say(key, f"compares {figure}, in {figure_unit(figure)}, with {level}, in {figure_unit(level)}.")
        return figure != level and len(units) < 2

    def hysteresis(self, section: Section, default: Margin | None) -> Margin | None:
        """How far back ends it; *default* where the file does not say."""
        if "hysteresis" not in section and "hysteresis_percent" not in section:
            return default
        margin = self.margin(section, "hysteresis", least=0.0)
        if margin is not None and margin.amount > 0 and not self.moments:
            section.say("hysteresis", "needs more than one moment, and an alert is one.")
            return None
        return margin

    def margin(self, section: Section, key: str, *, least: float) -> Margin | None:
        """The distance at *key*, or at *key* in percent; None where there is none, or a wrong one."""
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
