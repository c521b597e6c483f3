"""
The rules of this home, each with how it stands and how it has looked so far.

    rule files ─▶ refresh ─▶ new, edited: loaded into the log ─┬─▶ at work, in the mode that the log has (reread)
                                                               └─▶ rests: refused, off, or another content stands
    a rule with other content begins anew: its trigger has seen nothing
"""

from collections.abc import Callable, Iterator
from contextlib import suppress

from attrs import define, field

from tastyflow.application.signalling.signalling import Signalling
from tastyflow.domain.signal_rule import RuleMode, RuleStanding
from tastyflow.domain.signal_rule.rule import SignalRule
from tastyflow.errors import Refused, StoreFailure
from tastyflow_adapters.signals.running.patience import Patience
from tastyflow_adapters.signals.running.rule_files import RuleChange, RuleFolder
from tastyflow_adapters.signals.running.rule_run import RuleLook, RuleRun


@define
class RuleAtWork:
    """
    One rule.

    Attributes:
        standing: As the log has it; None where it could not be loaded.
        refusal: Why the log does not take its content; empty where it does.
        run: What its trigger remembers; None of a rule without one.
        look: How it stood at the newest figures; None before the first.
        held_since_s, is_told: Since when its data hold it back, and whether the operator was told.
    """

    rule: SignalRule
    standing: RuleStanding | None = None
    refusal: str = ""
    run: RuleRun | None = None
    look: RuleLook | None = None
    patience: Patience = field(factory=Patience)
    held_since_s: float | None = None
    is_told: bool = False

    @property
    def mode(self) -> RuleMode:
        """What it may do now: nothing, where its content does not stand."""
        if self.refusal or self.standing is None or not self.standing.is_of(self.rule):
            return RuleMode.OFF
        return self.standing.mode

    @property
    def rests(self) -> str:
        """Why it raises no signals, whatever the market does; empty where it may."""
        if self.refusal:
            return self.refusal
        if self.standing is None:
            return "It is not loaded yet."
        if not self.standing.is_of(self.rule):
            return f"The log has another content of it: version {self.standing.rule_version}."
        if self.standing.mode is RuleMode.OFF:
            return f"It is off. {self.standing.reason}".rstrip()
        return ""


class RulesAtWork:
    """
    Every rule of the folder.

    Args:
        say: Told what the operator should know, in a sentence.
    """

    def __init__(self, folder: RuleFolder, signalling: Signalling, say: Callable[[str], None]) -> None:
        self._folder = folder
        self._signalling = signalling
        self._say = say
        self._rules: dict[str, RuleAtWork] = {}

    def __iter__(self) -> Iterator[RuleAtWork]:
        return iter(tuple(self._rules.values()))

    @property
    def complaints(self) -> tuple[str, ...]:
        """Why files of the folder hold no rule, in one sentence each."""
        return self._folder.complaints

    def get(self, name: str) -> RuleAtWork | None:
        """The rule *name*; None where no file holds it."""
        return self._rules.get(name)

    async def refresh(self) -> None:
        """Read what changed in the folder, and load what is new into the log."""
        for news in await self._folder.look():
            self._say(news.sentence)
            if news.rule is None:
                continue
            if news.change is RuleChange.GONE:
                self._rules.pop(news.rule.name, None)
            else:
                self._rules[news.rule.name] = _begun(news.rule)
        for each in self:
            if each.standing is None and not each.refusal:
                await self._load(each)

    def reread(self) -> None:
        """Read how each rule stands in the log by now: people move it by other processes."""
        for each in self:
            with suppress(StoreFailure):  # then it stands as it was read last; the append of a signal asks again
                each.standing = self._signalling.standing_of(each.rule.name)

    async def _load(self, at_work: RuleAtWork) -> None:
        rule = at_work.rule
        try:
            standing = await self._signalling.load(rule)
        except Refused as no:
            at_work.refusal = f"{no.message} {no.hint}".rstrip()
            self._say(f"the rule {rule.name} rests: {at_work.refusal}")
        except StoreFailure as failure:
            self._say(f"the rule {rule.name} is not loaded yet: {failure.message}")
        else:
            at_work.standing = standing
            self._say(f"the rule {rule.name}, version {rule.version}, stands in {standing.mode}")


def _begun(rule: SignalRule) -> RuleAtWork:
    return RuleAtWork(rule, run=RuleRun.begin(rule, rule.trigger) if rule.trigger is not None else None)
