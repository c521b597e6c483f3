"""
The standing of a rule, and what can be done with it.

    RuleStanding.load ─ reload ─ move ─ turn_itself_off ─ trigger ─ answer

    off ─▶ shadow ─▶ approve ─▶ auto      up: one step at a time, by a person
    off ◀── shadow ◀── approve ◀── auto   down: any number of steps at once

Its id is derived from the rule's name: two processes with the same rule meet in one stream, and a signal is raised by
the append that counts it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Final, Self
from uuid import UUID

from attrs import frozen

from tastyflow.domain.events import Because, Event, born, derived_id, next_of
from tastyflow.domain.signal_rule.events import (
    RuleAnswered,
    RuleEvent,
    RuleLoaded,
    RuleModeEvent,
    RuleReloaded,
    RuleSetToApprove,
    RuleSetToAuto,
    RuleSetToShadow,
    RuleTriggered,
    RuleTurnedItselfOff,
    RuleTurnedOff,
)
from tastyflow.domain.signal_rule.state import OffCode, RuleMode, RuleStandingState
from tastyflow.errors import IllegalStep, Refused

if TYPE_CHECKING:
    from tastyflow.domain.signal_rule.rule import SignalRule

MENU: Final[Mapping[RuleMode, frozenset[str]]] = {
    RuleMode.OFF: frozenset({
        "reload", "set_to_shadow",
        "answer",  # its last order can be answered after it
    }),
    RuleMode.SHADOW: frozenset({"reload", "trigger", "set_to_approve", "turn_off", "turn_itself_off", "answer"}),
    RuleMode.APPROVE: frozenset({
        "reload", "trigger", "set_to_auto", "set_to_shadow", "turn_off", "turn_itself_off", "answer",
    }),
    RuleMode.AUTO: frozenset({
        "reload", "trigger", "set_to_approve", "set_to_shadow", "turn_off", "turn_itself_off", "answer",
    }),
}  # fmt: skip
"""What can be done with a rule that stands so. A step up is the next one; a step down is any."""

MOVES: Final[Mapping[RuleMode, tuple[str, type[RuleModeEvent]]]] = {
    RuleMode.OFF: ("turn_off", RuleTurnedOff),
    RuleMode.SHADOW: ("set_to_shadow", RuleSetToShadow),
    RuleMode.APPROVE: ("set_to_approve", RuleSetToApprove),
    RuleMode.AUTO: ("set_to_auto", RuleSetToAuto),
}
"""How a person lets a rule do so much: the verb of the menu, and its event."""


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
    def load(cls, rule: "SignalRule", *, why: Because) -> RuleLoaded:
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

    def is_of(self, rule: "SignalRule") -> bool:
        """Whether what stands is *rule*, to the letter."""
        return (self.rule_version, self.digest) == (rule.version, rule.digest)

    def reload(self, rule: "SignalRule", *, why: Because) -> RuleReloaded | None:
        """
        Other content under a higher version: it begins in shadow again. Not news where it is what stands.

        Raises:
            Refused: code ``rule_edited``, other content under the version that stands; or ``rule_outdated``, under a
                lower one.
        """
        if self.is_of(rule):
            return None
        if rule.version == self.rule_version:
            raise Refused(
                f"The rule {self.name} was edited, and its version is still {self.rule_version}.",
                code="rule_edited",
                hint=f"Until its version is raised, or the old content is back, it rests. Write version = "
                f"{self.rule_version + 1}: it begins in shadow then.",
            )
        if rule.version < self.rule_version:
            raise Refused(
                f"The rule {self.name} has the version {rule.version}, and {self.rule_version} stood before.",
                code="rule_outdated",
                hint=f"Until then it rests. Write a version above {self.rule_version}: it begins in shadow then.",
            )
        return RuleReloaded(
            **next_of(self, why),
            rule_version=rule.version,
            digest=rule.digest,
            symbol=rule.symbol,
            trader=rule.trader,
            text=rule.text,
        )

    def move(
        self, mode: RuleMode, *, digest: str | None = None, by: str, reason: str = "", why: Because
    ) -> RuleModeEvent | None:
        """
        A person lets it do so much. Not news where it stands so.

        Args:
            digest: Of the content that the person saw; None only on the way down.

        Raises:
            IllegalStep: More than one step up.
            Refused: code ``other_content``: a step up for content that does not stand.
        """
        if mode is self.mode:
            return None
        verb, kind = MOVES[mode]
        if verb not in MENU[self.mode]:
            too_far = IllegalStep(self.mode, verb, MENU[self.mode], subject="a rule")
            too_far.hint = f"Up it goes one step at a time: next is {tuple(RuleMode)[self.mode.rank + 1]}."
            raise too_far
        if mode.rank > self.mode.rank and digest != self.digest:
            raise Refused(
                f"The rule {self.name} is not what was shown.",
                code="other_content",
                hint="Nothing was changed. Look at it again.",
            )
        return kind(**next_of(self, why), before=self.mode, digest=self.digest, by=by, reason=reason)

    def turn_itself_off(self, code: OffCode, *, reason: str, why: Because) -> RuleTurnedItselfOff | None:
        """It shall rest until a person looks. Not news where it is off."""
        if self.mode is RuleMode.OFF:
            return None
        self._require("turn_itself_off")
        return RuleTurnedItselfOff(**next_of(self, why), before=self.mode, code=code, reason=reason)

    def trigger(self, signal: UUID, *, moment: datetime, why: Because) -> RuleTriggered:
        """It raises *signal*, whose trigger was met at *moment*; `tastyflow.domain.signal_rule.holding` was asked."""
        self._require("trigger")
        return RuleTriggered(**next_of(self, why), signal=signal, moment=moment)

    def answer(self, signal: UUID, *, code: str = "", why: Because) -> RuleAnswered:
        """What became of the order of *signal*: *code* says why it was refused, and is empty where it was accepted."""
        self._require("answer")
        return RuleAnswered(**next_of(self, why), signal=signal, code=code)

    def _require(self, step: str) -> None:
        allowed = MENU[self.mode]
        if step not in allowed:
            raise IllegalStep(self.mode, step, allowed, subject="a rule")
