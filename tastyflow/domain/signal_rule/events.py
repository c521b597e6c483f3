"""
What can happen to the standing of a rule, and what each event does to it.

    RuleLoaded ─▶ shadow ─ RuleSetToApprove ─▶ approve ─ RuleSetToAuto ─▶ auto
                    ▲ RuleSetToShadow, from each        RuleTurnedOff (a person), RuleTurnedItselfOff ─▶ off, from each
    RuleReloaded    other content under a new version: shadow again
    RuleTriggered   a signal was raised: the cool-down and the count of the day begin with it
    RuleAnswered    what became of that signal: three refusals in a row turn the rule off

These shapes are stored: add fields with defaults, or a new version of the topic.
"""

from abc import abstractmethod
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from attrs import frozen

from tastyflow.domain.changing import changed
from tastyflow.domain.events import Event, topic
from tastyflow.domain.expirations import new_york_date
from tastyflow.domain.signal_rule.state import OffCode, RuleMode, RuleStandingState

S = TypeVar("S", bound=RuleStandingState)


@frozen(kw_only=True, repr=False)
class RuleEvent(Event):
    """An event of a rule that was loaded before."""

    @abstractmethod
    def change(self, standing: S) -> S:
        """*standing* after this event."""


@topic("tastyflow.signal_rule.loaded@1")
@frozen(kw_only=True, repr=False)
class RuleLoaded(Event):
    """
    A rule was read for the first time: it begins in shadow.

    Attributes:
        rule_version, digest: Its author's number, and the SHA-256 of *text*, the file as it was written.
        trader: The name of the trader it acts as.
    """

    name: str
    rule_version: int
    digest: str
    symbol: str
    trader: str
    text: str = ""

    def begin(self, kind: type[S]) -> S:
        """The standing that this event begins."""
        return kind(
            id=self.originator_id,
            version=self.originator_version,
            name=self.name,
            rule_version=self.rule_version,
            digest=self.digest,
            symbol=self.symbol,
            trader=self.trader,
            since=self.at,
        )


@topic("tastyflow.signal_rule.reloaded@1")
@frozen(kw_only=True, repr=False)
class RuleReloaded(RuleEvent):
    """The file holds another rule under a higher number: what was allowed was allowed to the one before."""

    rule_version: int
    digest: str
    symbol: str
    trader: str
    text: str = ""

    def change(self, standing: S) -> S:
        return changed(
            standing,
            version=self.originator_version,
            rule_version=self.rule_version,
            digest=self.digest,
            symbol=self.symbol,
            trader=self.trader,
            mode=RuleMode.SHADOW,
            since=self.at,
            by="",
            reason="",
            refusals_in_a_row=0,
        )


@frozen(kw_only=True, repr=False)
class RuleModeEvent(RuleEvent):
    """
    A person moved the rule, which has the content *digest*.

    Attributes:
        by: Who did it, by the name that people know; the event's actor says it in full.
    """

    before: RuleMode
    digest: str
    by: str
    reason: str = ""

    @property
    @abstractmethod
    def after(self) -> RuleMode:
        """How the rule stands from here on."""

    def change(self, standing: S) -> S:
        return changed(
            standing,
            version=self.originator_version,
            mode=self.after,
            since=self.at,
            by=self.by,
            reason=self.reason,
            refusals_in_a_row=0,
        )


@topic("tastyflow.signal_rule.set_to_shadow@1")
@frozen(kw_only=True, repr=False)
class RuleSetToShadow(RuleModeEvent):
    """From here on, its signals are recorded with what they would have done, and become no orders."""

    @property
    def after(self) -> RuleMode:
        return RuleMode.SHADOW


@topic("tastyflow.signal_rule.set_to_approve@1")
@frozen(kw_only=True, repr=False)
class RuleSetToApprove(RuleModeEvent):
    """From here on, a person approves each of its orders."""

    @property
    def after(self) -> RuleMode:
        return RuleMode.APPROVE


@topic("tastyflow.signal_rule.set_to_auto@1")
@frozen(kw_only=True, repr=False)
class RuleSetToAuto(RuleModeEvent):
    """From here on, its signals become orders by themselves."""

    @property
    def after(self) -> RuleMode:
        return RuleMode.AUTO


@topic("tastyflow.signal_rule.turned_off@1")
@frozen(kw_only=True, repr=False)
class RuleTurnedOff(RuleModeEvent):
    """A person turned it off: it raises no signals."""

    @property
    def after(self) -> RuleMode:
        return RuleMode.OFF


@topic("tastyflow.signal_rule.turned_itself_off@1")
@frozen(kw_only=True, repr=False)
class RuleTurnedItselfOff(RuleEvent):
    """It turned itself off: no person was there to see that it should rest. *reason* says why, as a sentence."""

    before: RuleMode
    code: OffCode
    reason: str

    def change(self, standing: S) -> S:
        return changed(
            standing,
            version=self.originator_version,
            mode=RuleMode.OFF,
            since=self.at,
            by="",
            reason=self.reason,
            off_code=self.code.value,
            refusals_in_a_row=0,
        )


@topic("tastyflow.signal_rule.triggered@1")
@frozen(kw_only=True, repr=False)
class RuleTriggered(RuleEvent):
    """It raised *signal*, whose trigger was met at *moment*."""

    signal: UUID
    moment: datetime

    def change(self, standing: S) -> S:
        day = new_york_date(self.at)
        again = standing.raised_on == day
        return changed(
            standing,
            version=self.originator_version,
            last_signal=self.signal,
            last_moment=self.moment,
            raised_at=self.at,
            raised_on=day,
            raised_that_day=standing.raised_that_day + 1 if again else 1,
        )


@topic("tastyflow.signal_rule.answered@1")
@frozen(kw_only=True, repr=False)
class RuleAnswered(RuleEvent):
    """
    What became of the order that *signal* asked for.

    Attributes:
        code: Why it was refused; empty where it was accepted.
    """

    signal: UUID
    code: str = ""

    def change(self, standing: S) -> S:
        refusals = standing.refusals_in_a_row + 1 if self.code else 0
        return changed(standing, version=self.originator_version, refusals_in_a_row=refusals)
