"""
The standing of a rule, and what can be done with it.

    RuleStanding.load ─ reload ─ set_mode, turn_off ─ turn_itself_off ─ trigger ─ answer

Its id is derived from the rule's name: two processes with the same rule meet in one stream, and a signal is raised by
the append that counts it.
"""

from typing import Self
from uuid import UUID

from attrs import frozen

from tastyflow.domain.events import Because, Event, born, derived_id
from tastyflow.domain.signal_rule.events import RuleEvent, RuleLoaded
from tastyflow.domain.signal_rule.rule import SignalRule
from tastyflow.domain.signal_rule.state import RuleStandingState


@frozen
class RuleStanding(RuleStandingState):
    """How a rule stands. Every verb takes *why*: who, from what cause, when."""

    @classmethod
    def born_of(cls, event: Event) -> Self:
        """The standing that its first event begins."""
        if isinstance(event, RuleLoaded):
            return event.begin(cls)
        raise TypeError(f"{type(event).__name__} begins no standing of a rule")

    def evolved(self, event: Event) -> Self:
        """The standing after *event*."""
        if isinstance(event, RuleEvent):
            return event.change(self)
        raise TypeError(f"{type(event).__name__} follows on no standing of a rule")

    @staticmethod
    def id_of(name: str) -> UUID:
        """The id of the standing of the rule *name*."""
        return derived_id("signal_rule", name)

    @classmethod
    def load(cls, rule: SignalRule, *, why: Because) -> RuleLoaded:
        """Begin the standing of *rule*, in shadow."""
        return RuleLoaded(
            **born(cls.id_of(rule.name), why),
            name=rule.name,
            rule_version=rule.version,
            digest=rule.digest,
            symbol=rule.symbol,
            trader=rule.trader,
            text=rule.text,
        )
