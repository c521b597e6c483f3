"""
How the audit looks to a person: lines and pages of the terminal, from what `tastyflow.application.audit` found.

Whatever was typed or told by a venue is printed as text: no markup, and no control character reaches the terminal.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final

import click
from rich.console import Group
from rich.table import Table
from rich.text import Text

from tastyflow.application import audit
from tastyflow.application.attribution import shortly
from tastyflow.application.telling.sentences import sentence_of
from tastyflow.errors import StoreFailure
from tastyflow_adapters.cli.audit.shapes import row_json
from tastyflow_adapters.cli.safe_console import SafeConsole, say
from tastyflow_adapters.cli.safe_text import shown

PIPED: Final = 120
"""Columns of an audit page that is not on a terminal."""


# ── the log, line by line ────────────────────────────────────────────────────────────────────────────────────────


def log_line(row: audit.Row, *, dated: bool) -> Text:
    """One row: position, time (with its day, if *dated*), aggregate, version, what happened, who did it."""
    fields = row_json(row)
    day, _, time = str(fields["at"] or "?").partition("T")
    kind = row.topic.split(".")[1:2]
    name = f"{''.join(kind).removesuffix('_result')[:8]:<8} {str(row.originator_id)[:6]} v{row.originator_version}"
    line = Text.assemble(
        (f"{row.id:>5}  ", "dim"), say(f"{day} " if dated else ""), say(f"{time[:12]:<12}  {name:<20} ")
    )
    try:
        line.append(shown(sentence_of(audit.entry_of(row).event)))
    except StoreFailure as failure:
        line.append(shown(failure.message), "red")
    return line.append(shown(f"  {shortly(str(fields['actor'] or ''))}"), "dim")


def log_page(rows: Iterable[audit.Row], out: SafeConsole) -> None:
    """Print *rows* as they come: cut to the width of a terminal, with a heading per day; whole where piped."""
    day = ""
    for row in rows:
        if not out.is_terminal:
            click.echo(log_line(row, dated=True).plain)
            continue
        at = str(row_json(row)["at"])[:10]
        if at != day:
            day = at
            out.print(say(f"{day} UTC", "bold"))
        out.print(log_line(row, dated=False), no_wrap=True, overflow="ellipsis")


# ── verify and replay ────────────────────────────────────────────────────────────────────────────────────────────


def counted(counts: Mapping[str, int]) -> str:
    """``3 orders, 1 trader``: how many aggregates there are of each kind."""
    return ", ".join(f"{n:,} {_plural(kind.replace('_', ' '), n)}" for kind, n in counts.items())


def _plural(word: str, n: int) -> str:
    if n == 1:
        return word
    return f"{word[:-1]}ies" if word.endswith("y") else f"{word}s"


def verify_page(report: audit.Report, anchored: Sequence[audit.Anchored], *, shows_rules: bool) -> Group:
    """What was proven, layer by layer, and what that leaves open; every finding."""
    broken = {finding.rule for finding in report.findings}
    table = Table.grid(padding=(0, 1))
    table.add_column(width=2, justify="right")
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for layer in audit.LAYERS:
        asked = sum(report.asked.get(rule, 0) for rule in layer.rules)
        wrong = broken & {*layer.rules}
        mark = Text("·", "dim") if not asked else Text("✗", "red") if wrong else Text("✓", "green")
        table.add_row(mark, Text(layer.name), _what_it_says(layer, asked, wrong=bool(wrong), anchored=anchored))
        table.add_row("", "", Text(f"Not proven: {layer.leaves_open}", "dim"))
    head = f"{report.events:,} events: {counted(report.aggregates)}."
    return Group(head, table, *([_rules(report, broken)] if shows_rules else ()), *_findings(report))


def _what_it_says(layer: audit.Layer, asked: int, *, wrong: bool, anchored: Sequence[audit.Anchored]) -> Text:
    if layer.name == "anchors":
        if not asked:
            return Text("There is no anchor: whether the end was cut off, or everything written anew, is not seen.")
        far = audit.how_far(anchored)
        if far is not None and not wrong:
            until, after = far
            later = f"; {after:,} later events are not anchored yet" if after else ""
            return Text(f"{layer.proves} It stands at event {until:,}{later}.")
    if not asked:
        return Text("Nothing was asked.", "dim")
    return Text("This does not hold: see below.", "red") if wrong else Text(layer.proves)


def _rules(report: audit.Report, broken: Collection[str]) -> Table:
    """Every rule, and how often it was asked."""
    table = Table.grid(padding=(0, 1))
    table.add_column(width=2, justify="right")
    table.add_column(justify="right", style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for rule, sentence in audit.RULES.items():
        mark, style = ("✗", "red") if rule in broken else ("✓", "green")
        asked = report.asked.get(rule, 0)
        table.add_row(
            Text(mark, style) if asked else Text("·", "dim"), f"{asked:,}", Text(sentence, "" if asked else "dim")
        )
    return table


def _findings(report: audit.Report) -> Iterator[Text]:
    yield Text()
    for finding in report.findings:
        where = f"row {finding.seq}, {finding.subject}, {finding.rule}: "
        yield Text.assemble(("✗ ", "red"), say(where, "dim"), say(finding.why))
    if report.found > len(report.findings):
        yield Text(f"… and {report.found - len(report.findings):,} more.", "dim")
    if report.is_clean:
        asked = sum(report.asked.values())
        yield Text(f"✓ Clean: {len(report.asked)} rules, asked {asked:,} times.", "green")
    else:
        yield Text(f"✗ {report.found:,} {_plural('finding', report.found)}.", "red")


def replay_page(done: audit.Compared, models: audit.Modelled) -> Group:
    """How many of each kind, and every difference."""
    total = sum(done.counts.values())
    head = Text(f"{done.events:,} events replayed, up to row {done.until:,}.")
    good = Text(f"✓ What the ledger serves is the same: {total:,} of {total:,}.", "green")
    same = Text(f"✓ The read models are the same: {models.rows:,} rows, up to row {models.until:,}.", "green")
    return Group(
        head,
        Text(f"  {counted(done.counts)}"),
        *differing(done.found, good),
        *(differing(models.found, same) if models.until else ()),
        *(
            [say("'tastyflow log rebuild' makes the read models anew; no event is changed.", "dim")]
            if models.found
            else ()
        ),
    )


def differing(found: Sequence[audit.Mismatch], good: Text) -> Iterator[Text]:
    """Every difference and their number; *good* where there is none."""
    for each in found:
        yield Text.assemble(("✗ ", "red"), say(f"row {each.seq}, {each.subject}: ", "dim"), say(each.why))
    yield Text(f"✗ {len(found):,} {_plural('difference', len(found))}.", "red") if found else good
