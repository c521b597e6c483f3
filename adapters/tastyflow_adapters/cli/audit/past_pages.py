"""
How the past looks to a person: one moment, two moments, and what might have been.

Whatever was typed or told by a venue is printed as text: no markup, and no control character reaches the terminal.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from attrs import asdict
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from tastyflow.application import audit
from tastyflow.domain.order import Order
from tastyflow.domain.trader import Limits, Trader
from tastyflow_adapters.cli.audit.pages import counted, differing
from tastyflow_adapters.cli.safe_console import say

NEWEST: Final = 10
"""How many orders that were over are shown, unless all are asked for."""

COLOURS: Final[Mapping[audit.Verdict, str]] = {
    audit.Verdict.PASSED: "green",
    audit.Verdict.APPROVAL: "yellow",
    audit.Verdict.REFUSED: "red",
    audit.Verdict.UNKNOWN: "magenta",
}
SECTIONS: Final = (
    ("halt", "Trading"),
    ("trader", "Traders"),
    ("order", "Orders at work"),
    ("book", "Accounts"),
    ("signal_rule", "Rules"),
    ("incident", "Incidents"),
)
"""What a moment shows, in its order; the rest is counted."""

HIDDEN: Final = frozenset({"words", "standing", "stage", "trading", "mode"})
"""What stands in front of the other facts already."""


# ── one moment ───────────────────────────────────────────────────────────────────────────────────────────────────


def moment_page(replayed: audit.Replayed, *, at: datetime | None, end: int, wants_all: bool) -> Group:
    """Everything as it stood then."""
    head = Text.assemble(
        ("As of row ", ""), (f"{replayed.until:,}", "bold"), f" of {end:,}", f", {_when(at)}." if at else "."
    )
    total = len(replayed.states)
    good = Text(f"✓ Every event follows: {total:,} of {total:,}.", "green")
    parts: list[RenderableType] = [head, Text(f"  {counted(replayed.counts)}", "dim")]
    if replayed.until and not replayed.counts["halt"]:
        parts += [Text("\nTrading", "bold"), Text("  running    it was never halted", "dim")]
    over = [state for state in replayed.states.values() if isinstance(state, Order) and state.stage.is_over]
    gone = {order.id for order in over}
    for kind, heading in SECTIONS:
        shown = [state for state in replayed.states.values() if audit.kind_name(state) == kind and state.id not in gone]
        if shown:
            parts += [Text(f"\n{heading}", "bold"), _table(map(audit.facts_of, shown))]
    parts += _traders_limits(replayed)
    if over:
        parts += [*_over(over, wants_all=wants_all)]
    return Group(*parts, Text(), *differing(replayed.broken, good))


def _over(over: Sequence[Order], *, wants_all: bool) -> Iterator[RenderableType]:
    stages = Counter(order.stage.value for order in over)
    told = ", ".join(f"{number:,} {stage}" for stage, number in stages.most_common())
    shown = over if wants_all else sorted(over, key=lambda order: order.asked_at)[-NEWEST:]
    left = len(over) - len(shown)
    yield Text.assemble(("\nOrders that were over", "bold"), (f"  {told}", "dim"))
    yield _table(map(audit.facts_of, shown))
    if left:
        yield Text(f"  … and {left:,} before them: --all shows each.", "dim")


def _table(facts: Iterable[audit.Facts]) -> Table:
    table = Table.grid(padding=(0, 2))
    for options in ({"width": 1}, {"no_wrap": True}, {"no_wrap": True}, {"overflow": "fold"}):
        table.add_column(**options)
    for each in facts:
        first = next((each.facts[name] for name in HIDDEN & each.facts.keys() if name != "words"), "")
        table.add_row("", say(each.name), say(first), say(_in_line(each)))
    return table


def _in_line(told: audit.Facts) -> str:
    words = told.facts.get("words")
    limits = frozenset(asdict(Limits(), recurse=False))
    rest = [
        f"{name} {value}"
        for name, value in told.facts.items()
        if name not in HIDDEN and name not in limits and value not in ("none", "0")
    ]
    return " · ".join([*([words] if words else []), *rest])


def _traders_limits(replayed: audit.Replayed) -> Iterator[RenderableType]:
    traders = [state for state in replayed.states.values() if isinstance(state, Trader)]
    if not traders:
        return
    usual = asdict(Limits(), recurse=False)
    yield Text.assemble(("\nLimits", "bold"), ("  where they are not the usual ones (docs/limits.md)", "dim"))
    for trader in traders:
        own = asdict(trader.limits, recurse=False)
        others = [f"{name} {audit.limit_in_words(value)}" for name, value in own.items() if value != usual[name]]
        yield Text.assemble("  ", say(trader.name), "  ", say(" · ".join(others) or "the usual ones"))


def _when(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


# ── two moments ──────────────────────────────────────────────────────────────────────────────────────────────────


def difference_page(found: audit.Between, times: tuple[datetime | None, datetime | None]) -> Group:
    """What changed from the one to the other."""
    first, last = (_when(at) if at else "the beginning" for at in times)
    head = Text(f"From row {found.after:,} ({first}) to row {found.until:,} ({last}): {found.events:,} events.")
    parts: list[RenderableType] = [head]
    for change in found.changes:
        if change.after.kind in ("setup", "test_result", "preview", "identity"):
            continue
        parts += _change(change)
    hidden = Counter(change.after.kind.replace("_", " ") for change in found.changes)
    told = {kind: hidden[kind] for kind in ("test result", "setup", "preview", "identity") if hidden[kind]}
    if told:
        parts.append(Text(f"\nAlso changed: {counted(told)}; --json tells of each.", "dim"))
    number = len(found.changes)
    good = Text(f"✓ {number:,} changed." if number else "✓ Nothing is different.", "green")
    return Group(*parts, Text(), *differing(found.broken, good))


def _change(change: audit.Change) -> Iterator[RenderableType]:
    after, was = change.after, change.before
    kind = after.kind.replace("_", " ")
    yield Text.assemble("\n", (f"{kind} ", "bold"), say(after.name, "bold"), ("  new" if was is None else "", "green"))
    table = Table.grid(padding=(0, 1))
    for options in ({"width": 1}, {"no_wrap": True, "style": "dim"}, {"overflow": "fold"}):
        table.add_column(**options)
    usual = {name: audit.limit_in_words(value) for name, value in asdict(Limits(), recurse=False).items()}
    for name, (before, now) in change.changed.items():
        if was is None and (now in ("none", "0") or usual.get(name) == now):
            continue
        told = say(now) if was is None else Text.assemble(say(before, "red"), " → ", say(now, "green"))
        table.add_row("", say(name), told)
    yield table


# ── what might have been ─────────────────────────────────────────────────────────────────────────────────────────


def what_if_page(done: Sequence[audit.Judged], *, wants_all: bool, is_proposed: bool) -> Group:
    """Each order with which something else would have happened, and why."""
    whose = "the proposed limits" if is_proposed else "the limits that traders have now"
    shown = [each for each in done if wants_all or each.differs]
    parts: list[RenderableType] = [Text(f"{len(done):,} orders, judged again by {whose} and the policy of now.")]
    for each in shown:
        parts += _judged(each)
    ends = Counter((each.case.then, each.now) for each in done if each.differs)
    same = sum(not each.differs for each in done)
    parts.append(Text())
    for (then, now), number in sorted(ends.items()):
        parts.append(Text.assemble(f"{number:>6,}  {_was(then)}, ", (_would_be(now), COLOURS[now])))
    parts.append(Text(f"{same:>6,}  as then", "dim"))
    return Group(*parts)


def _judged(each: audit.Judged) -> Iterator[RenderableType]:
    order, at = each.case.order, each.case.facts.now
    yield Text.assemble(
        "\n",
        say(f"{order.reference}  ", "bold"),
        (f"{_when(at)}  " if at else "", "dim"),
        say(f"{each.case.facts.trader.name}  {order.words or order.asked.text}"),
    )
    yield Text.assemble(f"  {_was(each.case.then)} → ", (_would_be(each.now), COLOURS[each.now]))
    for why in each.why:
        yield Text.assemble("    ", say(why, "dim"))


def _was(verdict: audit.Verdict) -> str:
    return {"passed": "passed", "approval": "waited for approval", "refused": "was refused"}[verdict.value]


def _would_be(verdict: audit.Verdict) -> str:
    return {
        "passed": "would pass",
        "approval": "would wait for approval",
        "refused": "would be refused",
        "unknown": "cannot be told",
    }[verdict.value]
