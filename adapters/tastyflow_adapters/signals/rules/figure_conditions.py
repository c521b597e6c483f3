"""
Conditions of a figure against a level: ``above``, ``below``, ``near``, ``crosses``, ``turns``.
"""

from collections.abc import Callable, Mapping
from typing import Final

from tastyflow.domain.signal_rule.crosses import Crosses, Direction
from tastyflow.domain.signal_rule.figure_words import figure_unit
from tastyflow.domain.signal_rule.levels import Level, Margin, Near, Relation, Threshold
from tastyflow.domain.signal_rule.trigger import TriggerPart
from tastyflow_adapters.signals.rules.keys import CONDITION_KEYS
from tastyflow_adapters.signals.rules.known_words import KnownWords
from tastyflow_adapters.signals.rules.values import Section

_TURNS: Final[Mapping[str, Direction]] = {
    "negative": Direction.DOWN,
    "positive": Direction.UP,
    "either": Direction.EITHER,
}
_CROSS_PERCENT: Final = 0.05


def _threshold(words: KnownWords, section: Section) -> TriggerPart | None:
    relation = Relation.ABOVE if "above" in section else Relation.BELOW
    figure, level = words.figure(section), words.level(section, relation.value)
    hysteresis = words.hysteresis(section, Margin())
    if figure is None or level is None or hysteresis is None:
        return None
    return Threshold(figure, relation, level, hysteresis) if words.fit(section, figure, relation.value, level) else None


def _near(words: KnownWords, section: Section) -> TriggerPart | None:
    figure, level = words.figure(section), words.level(section, "near")
    hysteresis = words.hysteresis(section, Margin())
    reach = words.margin(section, "within", least=1e-9)
    if reach is None and "within" not in section and "within_percent" not in section:
        section.missing("within", "how far, as within or within_percent")
    if figure is None or level is None or hysteresis is None or reach is None:
        return None
    return Near(figure, level, reach, hysteresis) if words.fit(section, figure, "near", level) else None


def _crosses(words: KnownWords, section: Section) -> TriggerPart | None:
    figure, level = words.figure(section), words.level(section, "crosses")
    direction = section.choice("direction", tuple(Direction)) if "direction" in section else Direction.EITHER
    default = Margin(_CROSS_PERCENT, is_percent=True) if isinstance(level, str) else None
    return _cross(words, section, "crosses", figure, level, direction and Direction(direction), default)


def _turns(words: KnownWords, section: Section) -> TriggerPart | None:
    way = section.choice("turns", tuple(_TURNS))
    return _cross(words, section, "turns", words.figure(section), 0.0, way and _TURNS[way], None)


def _cross(
    words: KnownWords,
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
    if not words.moments:
        section.say(form, "needs more than one moment, and an alert is one.")
        return None
    hysteresis = words.hysteresis(section, default)
    if hysteresis is None and "hysteresis" not in section and "hysteresis_percent" not in section and level is not None:
        unit = figure_unit(figure or "")
        section.missing("hysteresis", f"how far beyond the number a cross goes, in {unit}, so that noise is none")
    if hysteresis is not None and hysteresis.is_percent and level == 0:
        section.say("hysteresis_percent", "is a share of zero: write hysteresis, in the figure's unit.")
        return None
    if figure is None or level is None or not direction or hysteresis is None or minutes is None:
        return None
    if not words.fit(section, figure, form, level):
        return None
    return Crosses(figure, level, Direction(direction), hysteresis, minutes)


FIGURE_READERS: Final[Mapping[str, Callable[[KnownWords, Section], TriggerPart | None]]] = {
    "above": _threshold,
    "below": _threshold,
    "near": _near,
    "crosses": _crosses,
    "turns": _turns,
}
"""Each form, and what reads it: a condition, or None with complaints."""
