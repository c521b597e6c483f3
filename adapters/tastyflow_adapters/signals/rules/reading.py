"""
The text of one rule file, to a rule or to complaints.

    text ─ tomllib ─▶ tables ─┬─ name, version, symbol, trader …
                              ├─ scope, limits, events
                              ├─ trigger   `conditions`
                              └─ action    `sampling`: the language reads it
"""

import tomllib
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from tastyflow.domain.instruments import INDEX_ROOTS, Equity, venue_symbol
from tastyflow.domain.signal_rule.action import ActionTemplate, template_of
from tastyflow.domain.signal_rule.arithmetic import FIGURE_NAME
from tastyflow.domain.signal_rule.figures import FIGURES
from tastyflow.domain.signal_rule.rule import RULE_NAME, RuleLimits, SignalRule
from tastyflow.domain.signal_rule.scope import FigureScope
from tastyflow.domain.signal_rule.trigger import Trigger
from tastyflow.domain.trader.accounts import NAME as ACCOUNT_NAME
from tastyflow.domain.trader.names import require_name
from tastyflow.errors import Invalid
from tastyflow.ports import Language
from tastyflow_adapters.signals.rules.complaints import RuleComplaint
from tastyflow_adapters.signals.rules.conditions import trigger_part
from tastyflow_adapters.signals.rules.events import KnownEvents, events_of
from tastyflow_adapters.signals.rules.keys import ACTION_KEYS, RULE_KEYS
from tastyflow_adapters.signals.rules.known_words import KnownWords
from tastyflow_adapters.signals.rules.limits import limits_of, scope_of
from tastyflow_adapters.signals.rules.lines import lines_of
from tastyflow_adapters.signals.rules.sampling import with_model
from tastyflow_adapters.signals.rules.values import RuleFile, Section, did_you_mean, shown

FROM_FIGURES: Final = "figures"


def read_rule(
    text: str, *, file: str, language: Language, now: datetime
) -> tuple[SignalRule | None, Sequence[RuleComplaint]]:
    """The rule in *text*; None, with one complaint for each wrong key, where it is none."""
    found = RuleFile(file)
    try:
        tables = tomllib.loads(text)
    except RecursionError:
        found.say((), "the file is nested too deeply.")
        return None, found.complaints
    except ValueError as no:
        hint = " Text stands in quotes." if "Invalid value" in str(no) else ""
        found.say((), f"this is no TOML: {no}."[:200] + hint)
        return None, found.complaints
    found = RuleFile(file, lines_of(text))
    rule = _RuleReader(Section(found, (), tables), language, now).rule(text)
    complaints = sorted(found.complaints, key=lambda complaint: complaint.line or 0)
    return (None if complaints else rule), complaints


class _RuleReader:
    """Every key is looked at, whatever is wrong with the one before."""

    def __init__(self, top: Section, language: Language, now: datetime) -> None:
        self._top, self._language, self._now = top, language, now

    def rule(self, text: str) -> SignalRule | None:
        top = self._top
        top.allow(RULE_KEYS)
        name = top.text("name", RULE_KEYS["name"].takes, lambda value: bool(RULE_NAME.fullmatch(value)))
        version = top.whole("version", RULE_KEYS["version"].takes, least=1, most=1_000_000)
        symbol, trader = self._symbol(), self._trader()
        about, account = self._optional("about", _is_about), self._optional("account", _is_account)
        source, brings = self._source(), self._brings()
        scope, limits = self._scope(), self._limits()
        events = self._events()
        trigger = self._trigger(source, brings, events, limits)
        action = self._action(symbol, brings)
        if (
            name is None or version is None or symbol is None or trader is None or about is None or account is None
            or source is None or brings is None or scope is None or limits is None or action is None
        ):  # fmt: skip
            return None
        return SignalRule(
            name=name, version=version, symbol=symbol, trader=trader, trigger=trigger, limits=limits, action=action,
            account=account, about=about, source=source, brings=brings, scope=scope, text=text,
        )  # fmt: skip

    def _symbol(self) -> str | None:
        typed = self._top.text("symbol", RULE_KEYS["symbol"].takes, _is_symbol)
        symbol = None if typed is None else venue_symbol(typed)
        if symbol is not None and symbol in INDEX_ROOTS:
            self._top.say(
                "symbol", f"is {shown(typed)}, a root of options: write its underlying, {INDEX_ROOTS[symbol]}."
            )
            return None
        return symbol

    def _trader(self) -> str | None:
        return self._top.text("trader", RULE_KEYS["trader"].takes, _is_trader)

    def _optional(self, key: str, is_right: Callable[[str], bool]) -> str | None:
        return self._top.text(key, RULE_KEYS[key].takes, is_right) if key in self._top else ""

    def _source(self) -> str | None:
        if "source" not in self._top:
            return FROM_FIGURES
        return self._top.text("source", RULE_KEYS["source"].takes, lambda value: bool(RULE_NAME.fullmatch(value)))

    def _brings(self) -> frozenset[str] | None:
        top = self._top
        if "brings" not in top:
            return frozenset()
        names = top.listed("brings", RULE_KEYS["brings"].takes, _figure_name, least=0, most=20)
        if names and self._top.values.get("source", FROM_FIGURES) == FROM_FIGURES:
            top.say("brings", "is for a webhook or a criterion: source is figures.")
            return None
        own = sorted(set(names or ()) & set(FIGURES))
        if own:
            top.say("brings", f"names {own[0]}, which is a figure of its own.")
            return None
        return None if names is None else frozenset(names)

    def _scope(self) -> FigureScope | None:
        section = self._top.table("scope")
        if section is None:
            return None if "scope" in self._top else FigureScope()
        return scope_of(section)

    def _limits(self) -> RuleLimits | None:
        section = self._top.table("limits")
        if section is None:
            return None if "limits" in self._top else RuleLimits()
        return limits_of(section)

    def _events(self) -> KnownEvents | None:
        section = self._top.table("events")
        return None if section is None else events_of(section)

    def _trigger(
        self,
        source: str | None,
        brings: frozenset[str] | None,
        events: KnownEvents | None,
        limits: RuleLimits | None,
    ) -> Trigger | None:
        section = self._top.table("trigger")
        if section is None:
            if "trigger" not in self._top and source == FROM_FIGURES:
                self._top.missing("trigger", "the conditions at which it raises a signal, as [trigger]")
            return None
        named = self._top.values.get("brings")
        brought = brings if brings is not None else frozenset(_names_in(named))
        part = trigger_part(section, KnownWords(brought, events, moments=source in (FROM_FIGURES, None)))
        return None if part is None else Trigger(part, (limits or RuleLimits()).greatest_age_s)

    def _action(self, symbol: str | None, brings: frozenset[str] | None) -> ActionTemplate | None:
        section = self._top.table("action")
        if section is None:
            if "action" not in self._top:
                self._top.missing("action", "the order that it asks for, as [action] with a line")
            return None
        section.allow(ACTION_KEYS)
        line = section.text("line", ACTION_KEYS["line"].takes, lambda value: True)
        if line is None:
            return None
        try:
            template = template_of(line)
        except Invalid as no:
            section.say("line", f"is no action: {no.message} {no.hint}".rstrip())
            return None
        unknown = sorted(template.figures - set(FIGURES) - (brings or frozenset()))
        if unknown and brings is not None:
            more = did_you_mean(unknown[0], {*FIGURES, *brings}) or " docs/rules.md lists them."
            section.say("line", f"names {shown(unknown[0])}, which is no figure.{more}")
            return None
        if symbol is None or brings is None:
            return None
        try:
            return with_model(template, symbol=symbol, language=self._language, now=self._now)
        except Invalid as no:
            section.say("line", f"is no action: {no.message} {no.hint}".rstrip())
            return None


def _is_about(value: str) -> bool:
    return len(value) <= 500 and all(each.isprintable() or each == "\n" for each in value)


def _is_account(value: str) -> bool:
    return value == "" or bool(ACCOUNT_NAME.fullmatch(value))


def _is_symbol(value: str) -> bool:
    try:
        Equity(venue_symbol(value))
    except Invalid:
        return False
    return True


def _is_trader(value: str) -> bool:
    try:
        require_name(value)
    except Invalid:
        return False
    return True


def _figure_name(value: object) -> str | None:
    return value if isinstance(value, str) and FIGURE_NAME.fullmatch(value) else None


def _names_in(value: object) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
