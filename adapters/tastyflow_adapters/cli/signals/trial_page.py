"""A rule tried, for people: a replay row by row with its summary, and how its conditions stand now."""

from collections.abc import Iterator
from typing import Final

from attrs import frozen
from rich.console import Group, RenderableType
from rich.text import Text

from tastyflow.domain.expirations import NEW_YORK
from tastyflow.domain.signal_rule.figures import Figures
from tastyflow.domain.signal_rule.holding import HeldBack
from tastyflow.domain.signal_rule.rule import SignalRule
from tastyflow.domain.signal_rule.trigger import TriggerLook
from tastyflow_adapters.cli.safe_console import say
from tastyflow_adapters.signals.running.trial import TrialKind, TrialRow, TrialSummary

LOOKS: Final = {
    TrialKind.FIRED: ("fires", "bold green"),
    TrialKind.PACED: ("paced", "yellow"),
    TrialKind.HELD: ("held", "red"),
    TrialKind.NEAR: ("near", "cyan"),
}


@frozen
class Seen:
    """
    One look at a rule.

    Attributes:
        look: How its trigger stands; None of a rule without one.
        held: Why its data hold it back.
        line: What it would ask for; empty, and *refusal* says why.
    """

    figures: Figures
    look: TriggerLook | None
    held: tuple[HeldBack, ...]
    line: str
    refusal: str


def row_lines(row: TrialRow) -> RenderableType:
    """One row of a replay."""
    kind, colour = LOOKS[row.kind]
    when = f"{row.at.astimezone(NEW_YORK):%b %d %H:%M:%S}"
    lasted = f" (until {row.until.astimezone(NEW_YORK):%H:%M:%S}, {row.moments:,} moments)" if row.moments > 1 else ""
    first = Text.assemble(say(f"{when}  "), say(f"{kind:<6}", colour), say(row.line or _first(row)), say(lasted, "dim"))
    more = row.reasons if row.kind is not TrialKind.NEAR else ()
    against = row.against if row.line else row.against[1:]  # the first one stands in the first line
    told = [*(f"because {each}" for each in more), *(f"but {_within(each)}" for each in against)]
    return Group(first, *map(_more, told))


def _within(sentence: str) -> str:
    """*sentence* within another one."""
    return f"it {sentence.removeprefix('It ')}" if sentence.startswith("It ") else sentence


def _first(row: TrialRow) -> str:
    said = row.against[0] if row.against else ""
    return f"no order: {said}" if row.kind is TrialKind.FIRED else said


def _more(text: str) -> Text:
    return say(f"{'':<24}{text}", "dim")


def summary_lines(summary: TrialSummary) -> Iterator[str]:
    """All of a replay, counted."""
    if summary.first is None or summary.last is None:
        yield "The recording holds no moment."
        return
    yield (
        f"{summary.moments:,} moments from {summary.first.astimezone(NEW_YORK):%b %d %H:%M:%S} "
        f"to {summary.last.astimezone(NEW_YORK):%b %d %H:%M:%S} New York."
    )
    without = f", {summary.without_line} of them without an order" if summary.without_line else ""
    yield f"It would have raised {_signals(summary.fired)}{without}, as it runs in shadow."
    if summary.paced:
        yield f"Its own pace held back {_signals(summary.paced)} more."
    for code, moments in summary.held.items():
        yield f"It was met and held back by its data ({code.replace('_', ' ')}) at {moments:,} moments."
    for code, moments in summary.unfit.items():
        yield f"Data that were not fit ({code.replace('_', ' ')}): {moments:,} of {summary.moments:,} moments."
    yield f"It came near {summary.near} time{'' if summary.near == 1 else 's'}."


def _signals(count: int) -> str:
    return "1 signal" if count == 1 else f"{count} signals"


def look_page(rule: SignalRule, seen: Seen) -> RenderableType:
    """How the conditions of a rule stand now."""
    look, at = seen.look, seen.figures.at.astimezone(NEW_YORK)
    lines: list[Text] = [say(f"{rule.name} {rule.version} on {rule.symbol}, {at:%b %d %H:%M:%S} New York", "bold")]
    for each in look.conditions if look is not None else ():
        mark, colour = ("✓", "green") if each.holds else ("✗", "yellow")
        lines.append(Text.assemble(Text(f"{mark} ", colour), say(each.sentence)))
    if look is None:
        lines.append(say(f"Its signals are alerts of {rule.source}: it has no conditions on the market."))
    elif look.holds:
        lines.append(say("Its trigger is met now. A running rule fires where it was seen unmet before.", "green"))
    else:
        lines.append(say("Its trigger is not met now.", "yellow"))
    lines += [say(f"Its data hold it back: {each.sentence}", "red") for each in seen.held]
    asks = (
        say(f"It would ask for: {seen.line}")
        if seen.line
        else say(f"It would ask for nothing: {seen.refusal}", "yellow")
    )
    return Group(*lines, asks)
