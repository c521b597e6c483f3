"""
One rule as the figures go by.

    figures ─▶ do the data hold it back? ─ no ───────▶ the trigger sees them: unmet, near, fires
                                         ├ too thin ─▶ what it would say of a whole chain; remembered apart
                                         └ yes ──────▶ looked at only: the trigger remembers nothing of them

So a crossing that happened in a gap was not seen, and begins nothing (`tastyflow.domain.signal_rule.trigger`). What is
remembered of thin data never fires: by it a rule knows that it would have. No clock is read here.
"""

from datetime import datetime
from typing import Final, Self

from attrs import evolve, frozen

from tastyflow.domain.signal_rule.figures import Figures
from tastyflow.domain.signal_rule.holding import HeldBack, held_by_data
from tastyflow.domain.signal_rule.rule import SignalRule
from tastyflow.domain.signal_rule.trigger import Trigger, TriggerLook, TriggerState

THIN: Final = "coverage"
"""The code of what holds a rule back where too little of the chain is known."""


@frozen
class RuleLook:
    """
    How a rule stood at one moment.

    Attributes:
        at: The moment, by the time of the data.
        trigger: How its trigger stood on these figures, whether the data held it back or not.
        held: Why the data held it back; empty where they did not.
    """

    at: datetime
    trigger: TriggerLook
    held: tuple[HeldBack, ...] = ()

    @property
    def fires(self) -> bool:
        """Whether it raises a signal now, as far as trigger and data go."""
        return self.trigger.fires and not self.held

    @property
    def is_held(self) -> bool:
        """Whether it would have fired, and the data held it back."""
        return self.trigger.fires and bool(self.held)


@frozen
class RuleRun:
    """
    What is remembered of one rule between two moments; `seen` gives the next one.

    Attributes:
        state: What its trigger remembers.
        if_whole: What it would remember, since only the coverage is against the data; None while they are fit.
    """

    rule: SignalRule
    trigger: Trigger
    state: TriggerState
    if_whole: TriggerState | None = None

    @classmethod
    def begin(cls, rule: SignalRule, trigger: Trigger) -> Self:
        """Before the first figures."""
        return cls(rule, trigger, trigger.begin())

    def seen(self, figures: Figures, now: datetime) -> tuple[Self, RuleLook]:
        """
        What is remembered from here on, and how the rule stands at *figures*.

        Args:
            now: The present; of a recording, the time of its moment.
        """
        held = held_by_data(self.rule, figures, now)
        if held and all(each.code == THIN for each in held):
            state, look = self.trigger.seen(figures, self.if_whole or self.state)
            return evolve(self, if_whole=state), RuleLook(figures.at, look, held)
        state, look = self.trigger.seen(figures, self.state)
        if held:
            return evolve(self, if_whole=None), RuleLook(figures.at, look, held)
        return evolve(self, state=state, if_whole=None), RuleLook(figures.at, look)
