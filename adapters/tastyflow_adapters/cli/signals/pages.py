"""
What people see of rules: all of them, one, what a move changes, and the score.

All text goes through `say`: nothing of it is markup, and nothing reaches the terminal that it would obey.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from tastyflow.application.signalling.standings import Moved
from tastyflow.domain.new_york_time import short_moment
from tastyflow.domain.order import Order
from tastyflow.domain.signal import Signal, SignalStage
from tastyflow.domain.signal_rule import RuleMode, RuleStanding
from tastyflow.domain.signal_rule.rule import SignalRule
from tastyflow_adapters.cli.safe_console import say
from tastyflow_adapters.cli.signals.at_hand import Json, RuleAtHand, RulesAtHand

COLOURS: Final[Mapping[RuleMode | None, str]] = {
    RuleMode.OFF: "dim",
    RuleMode.SHADOW: "cyan",
    RuleMode.APPROVE: "yellow",
    RuleMode.AUTO: "bold green",
    None: "dim",
}
ALLOWED: Final[Mapping[RuleMode, str]] = {
    RuleMode.OFF: "It raises no signals.",
    RuleMode.SHADOW: "Its signals are recorded with what they would have done; nothing is placed.",
    RuleMode.APPROVE: "Its signals become orders. A person approves each of them before it is sent.",
    RuleMode.AUTO: "Its signals become orders by themselves.",
}
Became = tuple[Signal, Order | None]


# ── all of them ────────────────────────────────────────────────────────────────────────────────────────────────


def rules_page(found: RulesAtHand, last: Mapping[str, Sequence[Became]], folder: Path, now: datetime) -> RenderableType:
    """Every rule, a row each; what is wrong with files below."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("rule", "version", "mode", "since, New York", "last signal", "data"):
        table.add_column(heading, no_wrap=heading in ("rule", "version", "mode"), overflow="fold")
    for each in found.rules:
        table.add_row(
            say(each.name),
            say(_version(each)),
            say(each.mode.value if each.mode is not None else "not loaded", COLOURS[each.mode]),
            say(_since(each)),
            say(_last(last[each.name])),
            say(*_data(each, found)),
        )
    which = "that can be read" if found.complaints else "yet"
    none = say(f"There is no rule {which}. Rules are files in {folder}; docs/rules.md has examples.")
    parts: list[RenderableType] = [table if found.rules else none]
    if found.off:
        parts.append(say(found.off, "yellow"))
    if found.rules and not found.is_running:
        parts.append(say("No service runs here, so no rule is watched: tastyflow run", "yellow"))
    parts += [say(f"{each.name}: {each.unlinked}", "yellow") for each in found.rules if each.unlinked]
    parts += [say(each, "red") for each in found.complaints]
    return Group(*parts)


def _version(each: RuleAtHand) -> str:
    if each.standing is None:
        return str(each.rule.version) if each.rule is not None else ""
    if each.rule is None:
        return f"{each.standing.rule_version}, no file"
    if each.is_edited:
        return f"{each.standing.rule_version}, file {each.rule.version}"
    return str(each.standing.rule_version)


def _since(each: RuleAtHand) -> str:
    if each.standing is None:
        return ""
    by = f" by {each.standing.by}" if each.standing.by else ""
    return f"{short_moment(each.standing.since)}{by}"


def _last(signals: Sequence[Became]) -> str:
    if not signals:
        return "none"
    return f"{short_moment(signals[0][0].raised_at)} {_became(*signals[0])}"


def _data(each: RuleAtHand, found: RulesAtHand) -> tuple[str, str]:
    if not found.is_running:
        return "", "dim"
    if each.live is None:
        return "the service has not read it yet", "dim"
    return data_words(each.live)


def data_words(live: Json) -> tuple[str, str]:
    """How the data of a rule are, and in which colour."""
    data = live["data"]
    if live["rests"]:
        return f"rests: {live['rests']}", "yellow"
    if data["trouble"]:
        return f"not watched: {data['trouble']}", "red"
    if data["held"]:
        return f"holds still: {data['held'][0]}", "yellow"
    if data["at"] is None:
        return "reads no market", "dim"
    covered = "" if data["coverage"] is None else f"{data['coverage']:.1%} covered, "
    age = "" if data["oldest_age_s"] is None else f"{data['oldest_age_s']:.1f} s old"
    return f"{covered}{age}", "green"


# ── one ────────────────────────────────────────────────────────────────────────────────────────────────────────


def rule_page(each: RuleAtHand, newest: Sequence[Became], found: RulesAtHand, now: datetime) -> RenderableType:
    """One rule: in words, as it stands, as its trigger and data stand, and its newest signals."""
    rows = Table(box=None, pad_edge=False, show_header=False)
    rows.add_column(style="dim", no_wrap=True)
    rows.add_column(overflow="fold")
    for heading, text in _facts(each, found):
        rows.add_row(say(heading), text)
    parts: list[RenderableType] = [rows]
    if newest:
        parts += [Text(""), signals_table(newest)]
    mode = each.mode.value if each.mode is not None else "not loaded"
    title = say(f"{each.name} {_version(each)} · {mode}")
    return Panel(Group(*parts), title=title, title_align="left", border_style=COLOURS[each.mode], expand=False)


def _facts(each: RuleAtHand, found: RulesAtHand) -> Iterator[tuple[str, Text]]:
    if each.rule is not None:
        yield from ((heading, say(text)) for heading, text in rule_words(each.rule))
    else:
        yield "file", say("No file holds it: it raises no signals.", "yellow")
    if each.standing is not None:
        yield from _standing(each.standing)
    if each.unlinked:
        yield "missing", say(each.unlinked, "yellow")
    if each.is_edited:
        yield "edited", say("The file is not what stands: raise its version, or bring the old content back.", "yellow")
    if each.live is None:
        if not found.is_running:
            yield "now", say("No service runs here: it is not watched. Start one: tastyflow run", "yellow")
        return
    yield "data", say(*data_words(each.live))
    if each.live["trigger"] is not None:
        for condition in each.live["trigger"]["conditions"]:
            mark, colour = ("✓", "green") if condition["holds"] else ("✗", "yellow")
            yield "now", Text.assemble(Text(f"{mark} ", colour), say(condition["sentence"]))


def rule_words(rule: SignalRule) -> Iterator[tuple[str, str]]:
    """A rule in words: heading and sentence."""
    if rule.about:
        yield "about", rule.about
    where = "on each alert of its source" if rule.trigger is None else rule.trigger.in_words
    yield "when", where if rule.source == "figures" else f"{where} (from {rule.source})"
    yield "asks for", rule.action.text
    yield "as", f"{rule.trader}{f', account {rule.account}' if rule.account else ''}"
    yield "reads", f"{rule.symbol}: {rule.scope.in_words}"
    limits = rule.limits
    pace = f"{limits.most_a_day} a day at most, {limits.cool_down_min:g} min apart"
    data = f"data {limits.greatest_age_s:g} s old at most, {limits.min_coverage:.0%} covered at least"
    yield "limits", f"{pace}; a signal counts for {limits.expires_after_s:g} s; {data}"


def _standing(standing: RuleStanding) -> Iterator[tuple[str, Text]]:
    by = f" by {standing.by}" if standing.by else " by itself" if standing.off_code and not _is_on(standing) else ""
    why = f": {standing.reason}" if standing.reason else ""
    yield "stands", say(f"{standing.mode} since {short_moment(standing.since)}{by}{why}", COLOURS[standing.mode])
    if standing.refusals_in_a_row:
        yield "refused", say(f"{standing.refusals_in_a_row} in a row; it turns itself off after 3", "yellow")


def _is_on(standing: RuleStanding) -> bool:
    return standing.mode is not RuleMode.OFF


def signals_table(newest: Sequence[Became]) -> Table:
    """Signals, the newest first."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("signal", "New York", "in", "became", "asked for"):
        table.add_column(heading, no_wrap=heading in ("signal", "New York", "in"), overflow="fold")
    for signal, order in newest:
        table.add_row(
            say(signal.reference),
            say(short_moment(signal.raised_at)),
            say(signal.mode.value, COLOURS[signal.mode]),
            say(_became(signal, order)),
            say(signal.words or signal.line or "nothing: its line could not be filled in"),
        )
    return table


def _became(signal: Signal, order: Order | None) -> str:
    if order is not None:
        refused = f": {signal.message}" if signal.stage is SignalStage.DECLINED and signal.message else ""
        return f"order {order.reference} {order.stage}{refused}"
    match signal.stage:
        case SignalStage.RAISED:
            return "open"
        case SignalStage.SHADOWED if signal.code:
            return f"shadow; would have been refused: {signal.message}"
        case SignalStage.SHADOWED:
            return "shadow"
    return f"{signal.stage}: {signal.message}" if signal.message else str(signal.stage)


# ── moving ─────────────────────────────────────────────────────────────────────────────────────────────────────


def asked_page(rule: SignalRule, before: RuleStanding, to: RuleMode, place: str) -> RenderableType:
    """What a person agrees to."""
    rows = Table(box=None, pad_edge=False, show_header=False)
    rows.add_column(style="dim", no_wrap=True)
    rows.add_column(overflow="fold")
    for heading, text in rule_words(rule):
        rows.add_row(say(heading), say(text))
    rows.add_row(say("changes"), say(f"{before.mode} → {to}. {ALLOWED[to]}", COLOURS[to]))
    title = say(f"{rule.name} {rule.version} · {place}")
    return Panel(rows, title=title, title_align="left", border_style="yellow", expand=False)


def moved_page(moved: Moved, before: RuleStanding | None, place: str, unlinked: str = "") -> RenderableType:
    """What a move changed."""
    standing = moved.standing
    was = before.mode.value if before is not None else "not loaded"
    what = f"{was} → {standing.mode}" if was != standing.mode else f"{standing.mode}, as before"
    lines = [
        say(f"{standing.name} {standing.rule_version}: {what} · {place}", COLOURS[standing.mode]),
        say(ALLOWED[standing.mode]),
    ]
    if unlinked:
        lines.append(say(unlinked, "yellow"))
    lines += [say(note, "yellow") for note in moved.notes]
    lines += [say(f"withdrawn: {order.reference} {order.words}") for order in moved.withdrawn]
    for order in moved.at_work:
        lines.append(say(f"works on: {order.reference} {order.stage}, {order.words}", "yellow"))
        lines.append(say(f"  tastyflow cancel {order.reference} --as {standing.trader}", "dim"))
    return Group(*lines)
