"""
The rules of this home, as a command finds them: the file, the standing in the log, what the running service says.

    folder ─┐
    log ────┼─▶ RuleAtHand, one for each name that any of them knows
    health ─┘
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import frozen

from tastyflow.application.ledger.ledger import Ledger
from tastyflow.domain.signal_rule import RuleLoaded, RuleMode, RuleStanding
from tastyflow.domain.signal_rule.rule import SignalRule
from tastyflow.domain.trader import Identity, Trader
from tastyflow.errors import Refused
from tastyflow.ports import Clock
from tastyflow_adapters.cli.safe_text import readable
from tastyflow_adapters.config.choices import Choices
from tastyflow_adapters.language import Grammar
from tastyflow_adapters.service.asking import health_at, holder_of, is_followed
from tastyflow_adapters.signals.rules import LoadedRules, load_rules, read_rule

SIGNAL = "signal"
"""The platform of the identities that rules act with."""

LARGEST_FILE = 100_000
"""Bytes of a rule file that is named by its path."""

Json = dict[str, Any]


@frozen
class RuleAtHand:
    """
    One rule.

    Attributes:
        rule: As its file has it; None where no file holds it.
        standing: As the log has it; None where it was never loaded.
        live: What the running service says of it; None where none runs, or it does not know it.
        unlinked: Why it can act as no trader, with what to do; empty where it can.
    """

    name: str
    rule: SignalRule | None
    standing: RuleStanding | None
    live: Json | None = None
    unlinked: str = ""

    @property
    def is_edited(self) -> bool:
        """Whether the file is not what the log has."""
        return self.rule is not None and self.standing is not None and not self.standing.is_of(self.rule)

    @property
    def mode(self) -> RuleMode | None:
        """What it may do; None where the log does not know it."""
        return self.standing.mode if self.standing is not None else None


@frozen
class RulesAtHand:
    """
    Every rule.

    Attributes:
        complaints: Why files hold none, in one sentence each.
        is_running: Whether a service runs that says how rules are.
        off: Why the service watches none; empty where it does.
    """

    rules: tuple[RuleAtHand, ...]
    complaints: tuple[str, ...] = ()
    is_running: bool = False
    off: str = ""

    def named(self, name: str) -> RuleAtHand:
        """
        The rule *name*.

        Raises:
            Refused: code ``unknown_rule``; or ``bad_rule``, with every complaint about its file.
        """
        found = next((each for each in self.rules if each.name == name), None)
        if found is None:
            own = [each for each in self.complaints if each.startswith(f"{name}.toml")]
            if own:
                raise Refused(f"{name}.toml holds no rule.", code="bad_rule", hint="\n".join(own))
            known = ", ".join(each.name for each in self.rules)
            raise Refused(
                f"There is no rule {name[:40]!r}.",
                code="unknown_rule",
                hint=f"There are: {known}." if known else "See: tastyflow signals list",
            )
        return found


def rules_at_hand(choices: Choices, ledger: Ledger, clock: Clock) -> RulesAtHand:
    """Every rule that the folder, the log or the running service knows, by name."""
    loaded = folder_of(choices, clock)
    files = {rule.name: rule for rule in loaded.rules}
    standings = {each.name: each for each in standings_in(ledger)}
    told = _told(ledger, clock)
    live: Mapping[str, Json] = {str(each["rule"]): each for each in told["rules"]} if told else {}
    names = sorted(files.keys() | standings.keys())
    return RulesAtHand(
        tuple(
            RuleAtHand(
                name,
                files.get(name),
                standings.get(name),
                live.get(name),
                unlinked_words(ledger, name, files.get(name)),
            )
            for name in names
        ),
        tuple(each.sentence for each in loaded.complaints),
        is_running=told is not None,
        off=str(told["off"] or "") if told else "",
    )


def standings_in(ledger: Ledger) -> tuple[RuleStanding, ...]:
    """Every rule that was ever loaded, as it stands."""
    ids = ledger.log.select((RuleLoaded.TOPIC,), newest_first=False)
    return tuple(each for rule in ids if (each := ledger.read(RuleStanding, rule)) is not None)


def unlinked_words(ledger: Ledger, name: str, rule: SignalRule | None) -> str:
    """Why the rule *name* can act as no trader in this environment; empty where it can, or no file holds it."""
    if rule is None:
        return ""
    identity = ledger.read(Identity, Identity.id_of(SIGNAL, name))
    if identity is not None and identity.trader == Trader.id_of(rule.trader):
        return ""
    acts_as = ledger.read(Trader, identity.trader) if identity is not None and identity.trader is not None else None
    if acts_as is not None:
        return (
            f"Its file names {rule.trader}, and it is linked to {acts_as.name}: "
            f"tastyflow trader unlink {acts_as.name} {SIGNAL} {name}"
        )
    if ledger.read(Trader, Trader.id_of(rule.trader)) is None:
        return f"There is no trader {rule.trader} here: tastyflow trader add {rule.trader}"
    return f"It may not act as {rule.trader} yet: tastyflow trader link {rule.trader} {SIGNAL} {name}"


def folder_of(choices: Choices, clock: Clock) -> LoadedRules:
    """What the folder of this home holds."""
    return load_rules(choices.signal_rules, Grammar(), clock.now())


def rule_meant(choices: Choices, clock: Clock, named: str) -> SignalRule:
    """
    The rule that a command line means: by its name in the folder, or by a file.

    Raises:
        Refused: code ``unknown_rule``; or ``bad_rule``, with every complaint.
    """
    name = readable(named)
    if name.endswith(".toml"):
        return _rule_in(Path(named), clock)
    loaded = folder_of(choices, clock)
    for rule in loaded.rules:
        if rule.name == name:
            return rule
    own = [each.sentence for each in loaded.complaints if each.file == f"{name}.toml"]
    if own:
        raise Refused(f"{name}.toml holds no rule.", code="bad_rule", hint="\n".join(own))
    if loaded.complaints:
        files = ", ".join(sorted({each.file for each in loaded.complaints}))
        raise Refused(
            f"No file in {choices.signal_rules} holds a rule {name[:40]!r}.",
            code="unknown_rule",
            hint=f"Not read: {files[:200]}. Why: tastyflow signals list",
        )
    known = ", ".join(rule.name for rule in loaded.rules)
    raise Refused(
        f"No file in {choices.signal_rules} holds a rule {name[:40]!r}.",
        code="unknown_rule",
        hint=f"There are: {known}." if known else "Write one: docs/rules.md has examples.",
    )


def _rule_in(file: Path, clock: Clock) -> SignalRule:
    try:
        with file.open("rb") as opened:
            text = opened.read(LARGEST_FILE).decode("utf-8", "replace")
    except OSError as error:
        raise Refused(f"{file.name} cannot be read: {error.strerror}.", code="unknown_rule") from error
    rule, complaints = read_rule(text, file=file.name, language=Grammar(), now=clock.now())
    if rule is None:
        said = "\n".join(each.sentence for each in complaints)
        raise Refused(f"{file.name} holds no rule.", code="bad_rule", hint=said)
    return rule


def _told(ledger: Ledger, clock: Clock) -> Json | None:
    """What the running service says of the rules; None where none runs, or it does not answer."""
    holder = holder_of(ledger)
    if holder is None or not holder.port or not is_followed(ledger, clock):
        return None
    told = health_at(holder.port)
    signals = told.get("signals") if told else None
    return signals if isinstance(signals, dict) else None
