"""
A figure that crosses a level: spot crosses flip upwards, net GEX turns negative.

    level + hysteresis ───────●──────────     above: from here on
    level              ──────/───\\──────
    level - hysteresis ─────/─────\\──●───     below: from here on

It holds from the moment of the cross while the figure stays on the new side, for `counts_min` minutes at most. Noise
within the hysteresis is no cross. On which side the figure was before a gap in time is forgotten.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from attrs import evolve, frozen

from tastyflow.domain.new_york_time import clock_in_words
from tastyflow.domain.signal_rule.figure_words import figure_name, figure_unit, figure_value
from tastyflow.domain.signal_rule.levels import (
    CLOSE_SHARE,
    Level,
    Margin,
    found,
    level_found,
    level_names,
    level_words,
    told,
    unseen,
)
from tastyflow.domain.signal_rule.trigger import PartLook, PartMemory, TriggerMoment


class Direction(StrEnum):
    """Which way a figure crosses."""

    UP = "up"
    DOWN = "down"
    EITHER = "either"


_WORDS = {Direction.UP: " upwards", Direction.DOWN: " downwards", Direction.EITHER: ""}


@frozen
class CrossMemory:
    """
    Attributes:
        is_above: On which side the figure was last seen for certain; None before.
        at: When both were last known.
        crossed_at: When it last came to this side; None where it was not seen to, or has had its effect.
    """

    is_above: bool | None
    at: datetime
    crossed_at: datetime | None = None

    def spent(self) -> "CrossMemory":
        return evolve(self, crossed_at=None)


@frozen
class Crosses:
    """*figure* goes from one side of *level* to the other."""

    figure: str
    level: Level
    direction: Direction
    hysteresis: Margin
    counts_min: float = 1.0

    @property
    def figures(self) -> frozenset[str]:
        return frozenset({self.figure}) | level_names(self.level)

    @property
    def remembers(self) -> bool:
        return True

    @property
    def in_words(self) -> str:
        unit = figure_unit(self.figure)
        name, way = figure_name(self.figure), _WORDS[self.direction]
        margin = self.hysteresis.in_words(unit)
        return f"{name} crosses {level_words(self.level, unit)}{way}, by {margin} or more, within {self._counts}"

    def look(self, moment: TriggerMoment, memory: PartMemory | None) -> PartLook:
        numbers = found(moment.figures, self.figure, self.level)
        if numbers is None:
            return unseen(moment.figures, memory, self.figure, self.level)
        value, level = numbers
        margin = self.hysteresis.at(level)
        now = self._seen(moment, value - level, margin, memory if isinstance(memory, CrossMemory) else None)
        counts = now.crossed_at is not None and moment.at - now.crossed_at <= timedelta(minutes=self.counts_min)
        holds = counts and self.direction in (Direction.EITHER, Direction.UP if now.is_above else Direction.DOWN)
        is_close = abs(value - level) <= max(margin, abs(level) * CLOSE_SHARE)
        return told(holds, self._sentence(now, value, level, counts), now, is_close=is_close)

    def _seen(self, moment: TriggerMoment, over: float, margin: float, before: CrossMemory | None) -> CrossMemory:
        """Which side it is on, *over* the level, and whether it just came there."""
        is_above = True if over > 0 and over >= margin else False if over < 0 and -over >= margin else None
        if before is None or not moment.follows(before.at):
            return CrossMemory(is_above, moment.at)
        if is_above is None or is_above is before.is_above:
            return evolve(before, at=moment.at)
        return CrossMemory(is_above, moment.at, None if before.is_above is None else moment.at)

    def _sentence(self, now: CrossMemory, value: float, level: float, counts: bool) -> str:
        unit = figure_unit(self.figure)
        shown = f"{figure_name(self.figure)} {figure_value(value, unit)}"
        against = level_found(self.level, level, unit)
        side = "above" if value > level else "below" if value < level else "at"
        by = f"{shown} is {side} {against}, by {figure_value(abs(value - level), unit)}"
        if now.crossed_at is None:
            return f"{by}: no cross of {self.hysteresis.in_words(unit)} or more was seen"
        way = "upwards" if now.is_above else "downwards"
        late = "" if counts else f", longer ago than {self._counts}"
        return f"{by}: it crossed {way} at {clock_in_words(now.crossed_at)}{late}"

    @property
    def _counts(self) -> str:
        return figure_minutes(self.counts_min)


def figure_minutes(minutes: float) -> str:
    """``1 minute``, ``2.5 minutes``."""
    return "1 minute" if minutes == 1 else f"{minutes:g} minutes"
