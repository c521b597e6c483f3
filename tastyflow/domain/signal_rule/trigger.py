"""
The trigger of a rule: conditions over named figures, looked at whenever the figures change.

    TriggerState, Figures ─▶ Trigger.seen ─▶ TriggerState, and whether it fires, with every reason why and why not
"""

from typing import Protocol

from attrs import frozen

from tastyflow.domain.signal_rule.figures import Figures


@frozen
class Condition:
    """
    How one condition stands at a moment.

    Attributes:
        sentence: What was looked at and what was found: ``spot 6,048.10 is above flip 6,045.10 by 3.00``.
    """

    holds: bool
    sentence: str


@frozen
class TriggerLook:
    """
    What a trigger says of one moment.

    Attributes:
        fires: Whether the trigger is met now and was not met before.
        is_near: Whether all but one of its conditions hold: a near miss.
        conditions: Each condition, in the order of the rule.
    """

    fires: bool
    is_near: bool
    conditions: tuple[Condition, ...]


class TriggerState(Protocol):
    """What a trigger remembers between two moments: on which side a figure was, since when a condition holds."""


class Trigger(Protocol):
    """When a rule raises a signal."""

    @property
    def figures(self) -> frozenset[str]:
        """The names of the figures that it reads."""
        ...

    def begin(self) -> TriggerState:
        """Before the first look: it must be seen unmet once before it can fire."""
        ...

    def seen(self, figures: Figures, state: TriggerState) -> tuple[TriggerState, TriggerLook]:
        """How it stands at *figures*, and what it remembers from here on. Pure: no clock is read."""
        ...
