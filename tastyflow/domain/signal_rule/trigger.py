"""
The trigger of a rule: conditions over named figures, looked at whenever the figures change.

    TriggerState, Figures ─▶ Trigger.seen ─▶ TriggerState, TriggerLook: whether it fires, with every reason

    begin ─▶ not armed ─ seen unmet ─▶ armed ─ seen met ─▶ fires, and is not armed
                 ▲                        │
                 └── a gap in time, or the clock went back

A condition whose figure is missing does not hold, and is not unmet either: a figure that comes and goes arms nothing.
What is seen outside of the session is shown, and neither arms it nor is remembered.
"""

from datetime import UTC, datetime, timedelta
from typing import Protocol

from attrs import frozen

from tastyflow.domain.expirations import is_trading_day, new_york_date, session
from tastyflow.domain.signal_rule.figures import Figures


@frozen
class Condition:
    """
    How one condition stands at a moment.

    Attributes:
        sentence: What was looked at and what was found: ``spot 6,048.10 is above flip 6,045.10 by 3.00``.
        is_known: Whether every figure of it was there.
        is_close: Whether it does not hold, and is about to: within its hysteresis, or within 0.1 % of its level.
        is_wanted: Whether it matters: not where another condition of the same ``any`` holds.
    """

    holds: bool
    sentence: str
    is_known: bool = True
    is_close: bool = False
    is_wanted: bool = True


class PartMemory(Protocol):
    """What a part of a trigger remembers between two moments: a frozen value."""

    def spent(self) -> "PartMemory":
        """What is left of it once the trigger fired: a cross has had its effect."""
        ...


@frozen
class PartLook:
    """
    How a part of a trigger stands at a moment.

    Attributes:
        holds: None where it is not known.
        memory: What it remembers from here on.
        conditions: Each condition in it, in the order of the rule.
        missing: How many conditions would have to turn for it to hold; 0 where it holds.
    """

    holds: bool | None
    memory: PartMemory | None
    conditions: tuple[Condition, ...]
    missing: int


@frozen
class TriggerMoment:
    """
    What a part looks at.

    Attributes:
        greatest_gap: The longest time between two looks over which something is taken to have gone on.
    """

    figures: Figures
    greatest_gap: timedelta

    @property
    def at(self) -> datetime:
        """In UTC, in which a minute is a minute on every day."""
        return self.figures.at.astimezone(UTC)

    def follows(self, before: datetime) -> bool:
        """Whether nothing is missing between *before* and now: no gap in time, and no clock that went back."""
        return timedelta(0) <= self.at - before <= self.greatest_gap


class TriggerPart(Protocol):
    """A condition, or several of them together."""

    @property
    def figures(self) -> frozenset[str]:
        """The names of the figures that it reads."""
        ...

    @property
    def remembers(self) -> bool:
        """Whether it needs more than one moment: a cross, or minutes for which something holds."""
        ...

    @property
    def in_words(self) -> str:
        """What has to be so, as words within a sentence: ``spot crosses flip upwards``."""
        ...

    def look(self, moment: TriggerMoment, memory: PartMemory | None) -> PartLook:
        """How it stands. *memory* is None at first. Pure."""
        ...


@frozen
class TriggerLook:
    """
    What a trigger says of one moment.

    Attributes:
        fires: Whether the trigger is met now and was seen unmet before.
        holds: Whether it is met now.
        is_near: Whether one of several conditions is all that lacks, or the only one is close: a near miss.
        conditions: Each condition, in the order of the rule.
        note: Why it does not fire although it is met; empty else.
    """

    fires: bool
    holds: bool
    is_near: bool
    conditions: tuple[Condition, ...]
    note: str = ""

    @property
    def reasons(self) -> tuple[str, ...]:
        """The sentences of the conditions that hold: why it fires."""
        return tuple(each.sentence for each in self.conditions if each.holds)

    @property
    def lacks(self) -> tuple[str, ...]:
        """The sentences of the conditions that do not hold, and *note*: why it does not fire."""
        wanting = tuple(each.sentence for each in self.conditions if not each.holds and each.is_wanted)
        return (*wanting, self.note) if self.note else wanting


@frozen
class TriggerState:
    """
    What a trigger remembers between two moments.

    Attributes:
        is_armed: Whether it was seen unmet since it began, or since it fired.
        known_at: When it was last known whether it is met; None before.
        memory: Of its conditions.
    """

    is_armed: bool = False
    known_at: datetime | None = None
    memory: PartMemory | None = None


@frozen
class Trigger:
    """
    When a rule raises a signal.

    Attributes:
        greatest_gap_s: After a longer time in which it was not known whether it is met, it begins again.
    """

    part: TriggerPart
    greatest_gap_s: float

    @property
    def figures(self) -> frozenset[str]:
        """The names of the figures that it reads."""
        return self.part.figures

    @property
    def in_words(self) -> str:
        """What has to be so."""
        return self.part.in_words

    def begin(self) -> TriggerState:
        """Before the first look: it must be seen unmet once before it can fire."""
        return TriggerState()

    def seen(self, figures: Figures, state: TriggerState) -> tuple[TriggerState, TriggerLook]:
        """How it stands at *figures*, and what it remembers from here on. Pure: no clock is read."""
        moment = TriggerMoment(figures, timedelta(seconds=self.greatest_gap_s))
        look = self.part.look(moment, state.memory)
        holds = look.holds is True
        is_near = not holds and look.missing == 1 and _is_near(look.conditions)
        if not is_in_session(figures.at):
            return state, TriggerLook(False, holds, is_near, look.conditions, CLOSED)
        was_armed = state.is_armed and state.known_at is not None and moment.follows(state.known_at)
        fires = holds and was_armed
        is_armed = look.holds is False or (was_armed and not fires)
        known_at = state.known_at if look.holds is None else moment.at
        memory = look.memory.spent() if fires and look.memory else look.memory
        note = _NOT_SEEN_UNMET if holds and not fires else ""
        return TriggerState(is_armed, known_at, memory), TriggerLook(fires, holds, is_near, look.conditions, note)


def is_in_session(at: datetime) -> bool:
    """Whether *at* lies in the regular session of its day in New York."""
    day = new_york_date(at)
    if not is_trading_day(day):
        return False
    hours = session(day)
    return hours.opens_at <= at < hours.closes_at


CLOSED = "The session is closed: nothing fires outside of it."
_NOT_SEEN_UNMET = "It was met when it was first seen, or has been met since it last fired: it must be seen unmet once."


def _is_near(conditions: tuple[Condition, ...]) -> bool:
    return len(conditions) > 1 or any(each.is_close for each in conditions)
