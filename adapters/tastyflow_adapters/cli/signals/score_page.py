"""The score of a rule for people: each signal in dollars at each mark, all of them, and what is not known."""

from collections.abc import Sequence
from decimal import Decimal

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from tastyflow.domain.new_york_time import short_moment
from tastyflow.domain.signal.score import ScoreSum, SignalScore
from tastyflow_adapters.cli.safe_console import say
from tastyflow_adapters.cli.signals.at_hand import RuleAtHand

WHAT_IT_IS = (
    "In dollars of the whole order, without fees: an order at its fills, a shadow at what would have traded at once; "
    "each mark at the other side of the market, what closing it would have brought."
)
UNKNOWABLE = "Whether the order of a shadow would have been filled, and how its size would have moved the market."


def score_page(at_hand: RuleAtHand, scores: Sequence[SignalScore], sums: Sequence[ScoreSum]) -> RenderableType:
    """What became of the signals of a rule."""
    if not scores:
        return say(f"{at_hand.name} has raised no signal yet.")
    minutes = [each.after_min for each in sums]
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("signal", "New York", "version", "as", "cost"):
        table.add_column(heading, no_wrap=True)
    for after in minutes:
        table.add_column(f"after {after} min", justify="right", no_wrap=True)
    table.add_column("not known", overflow="fold")
    for each in scores:
        table.add_row(*_row(each, minutes))
    table.add_section()
    for words in ("all", "at the middle"):
        table.add_row(say(words, "bold"), "", "", "", "", *(_total(each, words) for each in sums), "")
    known = [_in_words(each) for each in sums]
    parts: list[RenderableType] = [table, Text(""), *(say(line) for line in known), say(WHAT_IT_IS, "dim")]
    if any(each.is_shadow for each in scores):
        parts.append(say(f"Not known: {UNKNOWABLE[0].lower()}{UNKNOWABLE[1:]}", "dim"))
    return Group(*parts)


def _row(score: SignalScore, minutes: Sequence[int]) -> list[Text]:
    signal = score.signal
    cost = "" if score.cost is None else f"{score.units} @ {in_dollars(score.cost)}"
    marks = [score.at(after) for after in minutes]
    return [
        say(signal.reference),
        say(short_moment(signal.raised_at)),
        say(str(signal.rule_version)),
        say("shadow" if score.is_shadow else signal.stage.value),
        say(cost),
        *(Text("") if mark is None else money(mark.usd) for mark in marks),
        say(" ".join(score.unknown), "dim"),
    ]


def _total(total: ScoreSum, words: str) -> Text:
    if not total.marked:
        return say("not known", "dim")
    return money(total.usd if words == "all" else total.mid_usd)


def _in_words(total: ScoreSum) -> str:
    if not total.marked:
        return f"After {total.after_min} minutes: not known of {_signals(total.signals)}."
    return (
        f"After {total.after_min} minutes: {in_dollars(total.usd)} over {total.marked} of {_signals(total.signals)}, "
        f"of which {total.gained} gained."
    )


def _signals(count: int) -> str:
    return "1 signal" if count == 1 else f"{count} signals"


def money(usd: Decimal) -> Text:
    """An amount, green where it was gained."""
    return say(in_dollars(usd), "green" if usd > 0 else "red" if usd < 0 else "")


def in_dollars(usd: Decimal) -> str:
    """``+$123.00``, ``-$5.50``"""
    return f"{'-' if usd < 0 else '+' if usd > 0 else ''}${abs(usd):,.2f}"
