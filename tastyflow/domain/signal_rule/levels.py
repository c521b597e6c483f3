"""
Conditions of one figure against a level: a number, or another figure.

    Threshold   spot above flip; it holds from there until the figure is back by the hysteresis
    Near        spot within 0.5 % of put wall; likewise

         level ───────────────●───────●─────────     ● begins to hold
         level - hysteresis ──────○───────────○─     ○ ends
"""

from datetime import datetime
from enum import StrEnum
from math import isfinite

from attrs import frozen

from tastyflow.domain.signal_rule.figure_words import figure_name, figure_unit, figure_value
from tastyflow.domain.signal_rule.figures import Figures, FigureUnit
from tastyflow.domain.signal_rule.trigger import Condition, PartLook, PartMemory, TriggerMoment
from tastyflow.errors import Invalid

Level = float | str
"""A number in the unit of the figure, or the name of another figure."""

CLOSE_SHARE = 0.001
"""What is within this share of its level is about to turn."""


@frozen
class Margin:
    """
    A distance from a level: in the figure's unit, or in percent of the level.

    Attributes:
        amount: Zero or more, and finite.
    """

    amount: float = 0.0
    is_percent: bool = False

    def __attrs_post_init__(self) -> None:
        if not isfinite(self.amount) or self.amount < 0:
            raise Invalid("A distance is zero or more.", code="bad_rule")

    def at(self, level: float) -> float:
        """The distance at *level*, in the figure's unit."""
        return abs(level) * self.amount / 100 if self.is_percent else self.amount

    def in_words(self, unit: FigureUnit) -> str:
        """``0.1 %``, ``3.00``."""
        return figure_value(self.amount, FigureUnit.PERCENT if self.is_percent else unit)


class Relation(StrEnum):
    """On which side of its level a figure has to be."""

    ABOVE = "above"
    BELOW = "below"


def level_names(level: Level) -> frozenset[str]:
    """The figure that *level* names; none where it is a number."""
    return frozenset({level} if isinstance(level, str) else ())


def level_words(level: Level, unit: FigureUnit) -> str:
    """*level* as the rule has it."""
    return figure_name(level) if isinstance(level, str) else figure_value(level, unit)


def level_found(level: Level, value: float, unit: FigureUnit) -> str:
    """*level* with the *value* it has now."""
    return f"{figure_name(level)} {figure_value(value, unit)}" if isinstance(level, str) else figure_value(value, unit)


def known(figures: Figures, name: str) -> float | None:
    """The figure *name*; None where it is absent, or is no number."""
    value = figures.get(name)
    return value if value is not None and isfinite(value) else None


def found(figures: Figures, figure: str, level: Level) -> tuple[float, float] | None:
    """*figure* and *level* in numbers; None where either is not known."""
    value = known(figures, figure)
    against = known(figures, level) if isinstance(level, str) else level
    return None if value is None or against is None else (value, against)


def unseen(figures: Figures, memory: PartMemory | None, *levels: Level) -> PartLook:
    """The look of one condition some of whose figures are not known; it remembers what it did."""
    absent = [each for each in levels if isinstance(each, str) and known(figures, each) is None]
    names = " and ".join(figure_name(each) for each in dict.fromkeys(absent))
    be = "is" if len(set(absent)) == 1 else "are"
    return PartLook(None, memory, (Condition(False, f"{names} {be} not known", is_known=False),), missing=1)


def told(holds: bool, sentence: str, memory: PartMemory | None, *, is_close: bool = False) -> PartLook:
    """The look of one condition whose figures are known."""
    return PartLook(holds, memory, (Condition(holds, sentence, is_close=is_close and not holds),), int(not holds))


@frozen
class LevelMemory:
    """Whether the condition held, when it was last known."""

    held: bool
    at: datetime

    def spent(self) -> "LevelMemory":
        return self


@frozen
class Threshold:
    """*figure* is above or below *level*."""

    figure: str
    relation: Relation
    level: Level
    hysteresis: Margin = Margin()

    @property
    def figures(self) -> frozenset[str]:
        return frozenset({self.figure}) | level_names(self.level)

    @property
    def remembers(self) -> bool:
        return self.hysteresis.amount > 0

    @property
    def in_words(self) -> str:
        unit = figure_unit(self.figure)
        back = f", until it is back by {self.hysteresis.in_words(unit)}" if self.remembers else ""
        return f"{figure_name(self.figure)} is {self.relation} {level_words(self.level, unit)}{back}"

    def look(self, moment: TriggerMoment, memory: PartMemory | None) -> PartLook:
        numbers = found(moment.figures, self.figure, self.level)
        if numbers is None:
            return unseen(moment.figures, memory, self.figure, self.level)
        value, level = numbers
        unit = figure_unit(self.figure)
        depth = value - level if self.relation is Relation.ABOVE else level - value
        margin = self.hysteresis.at(level)
        holds = depth > 0 or (depth > -margin and _held(moment, memory))
        shown = f"{figure_name(self.figure)} {figure_value(value, unit)}"
        against = level_found(self.level, level, unit)
        by = figure_value(abs(depth), unit)
        sentence = f"{shown} is {'' if depth > 0 else 'not '}{self.relation} {against}, by {by}"
        if holds and depth <= 0:
            sentence = f"{sentence}: it was, and is not back by {self.hysteresis.in_words(unit)}"
        is_close = -depth <= max(margin, abs(level) * CLOSE_SHARE)
        return told(holds, sentence, LevelMemory(holds, moment.at), is_close=is_close)


@frozen
class Near:
    """*figure* is within *reach* of *level*, on either side."""

    figure: str
    level: Level
    reach: Margin
    hysteresis: Margin = Margin()

    @property
    def figures(self) -> frozenset[str]:
        return frozenset({self.figure}) | level_names(self.level)

    @property
    def remembers(self) -> bool:
        return self.hysteresis.amount > 0

    @property
    def in_words(self) -> str:
        unit = figure_unit(self.figure)
        back = f", until it is {self.hysteresis.in_words(unit)} further away" if self.remembers else ""
        reach = self.reach.in_words(unit)
        return f"{figure_name(self.figure)} is within {reach} of {level_words(self.level, unit)}{back}"

    def look(self, moment: TriggerMoment, memory: PartMemory | None) -> PartLook:
        numbers = found(moment.figures, self.figure, self.level)
        if numbers is None:
            return unseen(moment.figures, memory, self.figure, self.level)
        value, level = numbers
        unit = figure_unit(self.figure)
        away, reach, margin = abs(value - level), self.reach.at(level), self.hysteresis.at(level)
        holds = away <= reach or (away < reach + margin and _held(moment, memory))
        shown = f"{figure_name(self.figure)} {figure_value(value, unit)}"
        sentence = (
            f"{shown} is {figure_value(away, unit)} from {level_found(self.level, level, unit)}, "
            f"{'within' if away <= reach else 'not within'} {self.reach.in_words(unit)}"
        )
        is_close = away - reach <= max(margin, abs(level) * CLOSE_SHARE)
        return told(holds, sentence, LevelMemory(holds, moment.at), is_close=is_close)


def _held(moment: TriggerMoment, memory: PartMemory | None) -> bool:
    return isinstance(memory, LevelMemory) and memory.held and moment.follows(memory.at)
