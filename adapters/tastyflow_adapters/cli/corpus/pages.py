"""
How the score of a corpus looks: to a person as blocks and a summary, to a program as objects of JSON.

Texts of a corpus are from outside: they are cut, and nothing in them reaches the terminal that it would obey.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from pathlib import Path
from shutil import get_terminal_size
from typing import Any, Final

import click

from tastyflow_adapters.cli.corpus.score import Change, Difference, Kind, Score, legs_of
from tastyflow_adapters.cli.corpus.words import reading, words
from tastyflow_adapters.cli.safe_text import shown

SHOWN: Final = 300
"""Characters of a text or a value that are repeated."""

PIPED: Final = 120
"""Columns where there is no terminal."""

NARROWEST: Final = 40
"""Columns that are filled at least, however narrow the terminal."""

WORDS: Final[Mapping[Kind, str]] = {
    Kind.ACCEPTED: "understood, and should be refused",
    Kind.DIFFERENT: "another order than expected",
    Kind.REFUSED: "refused, and should be understood",
    Kind.CODE: "refused for another reason",
    Kind.HARMLESS: "another label, order of legs, or words at fault",
}


def in_words(score: Score) -> Iterator[str]:
    """Every change as a block, the dangerous ones first, and a summary."""
    width = max(get_terminal_size((PIPED, 0)).columns, NARROWEST)
    for change in score.worst_first:
        yield from _block(change, width)
        yield ""
    yield from _summary(score, width)


def as_objects(score: Score) -> Iterator[dict[str, Any]]:
    """Every change, in the same order, and a summary."""
    for change in score.worst_first:
        row = change.row
        yield {
            "id": row.id,
            "family": row.family,
            "file": row.file,
            "line": row.line,
            "text": row.text,
            "as_of": row.as_of.isoformat(),
            "change": change.kind,
            "dangerous": change.kind.dangerous,
            "differences": [{"key": d.key, "expected": d.expected, "now": d.now} for d in change.differences],
            "answer": change.answered,
        }
    yield {
        "summary": {
            "lines": score.valid + score.refused,
            "as_expected": score.valid + score.refused - len(score.changes),
            "changed": {kind: score.kinds[kind] for kind in Kind},
            "families": {
                family: {"lines": score.families[family], **kinds} for family, kinds in _families(score).items()
            },
            "valid": {"lines": score.valid, "as_expected": score.valid_as_expected},
            "refused": {"lines": score.refused, "as_expected": score.refused_as_expected},
            "wrong_but_accepted": score.wrong_but_accepted,
        }
    }


def _summary(score: Score, width: int) -> Iterator[str]:
    lines = score.valid + score.refused
    changed = len(score.changes)
    fared = f"{lines - changed:,} as expected, {changed:,} changed" if changed else "all as expected"
    yield f"{lines:,} line{'s' * (lines != 1)}: {fared}"
    for kind in Kind:
        if count := score.kinds[kind]:
            yield f"  {count:>6,}  {kind:<9}  {'DANGEROUS: ' * kind.dangerous}{WORDS[kind]}"
    families = _families(score)
    if families:
        yield "families with changes:"
    for family, kinds in families.items():
        counts = ", ".join(f"{kinds[kind]:,} {kind}" for kind in Kind if kinds[kind])
        lead = f"  {_bounded(family):<22}  "
        yield _wrapped(f"{kinds.total():,} of {score.families[family]:,}: {counts}", width, lead)
    yield (
        f"score: valid {score.valid_as_expected:,}/{score.valid:,}, refused {score.refused_as_expected:,}/"
        f"{score.refused:,}, wrong but accepted {score.wrong_but_accepted:,}"
    )


def _families(score: Score) -> dict[str, Counter[Kind]]:
    found: dict[str, Counter[Kind]] = {}
    for change in sorted(score.changes, key=lambda change: change.row.family):
        found.setdefault(change.row.family, Counter())[change.kind] += 1
    return found


# ── one change ───────────────────────────────────────────────────────────────────────────────────────────────────


def _block(change: Change, width: int) -> Iterator[str]:
    row = change.row
    danger = "DANGEROUS  " * change.kind.dangerous
    yield f"{danger}{_bounded(row.id)}: {WORDS[change.kind]} ({_bounded(Path(row.file).name)}:{row.line})"
    for label, value in _lines(change):
        yield _wrapped(_bounded(value).strip() or "(blank)", width, f"  {label:<10}")


def _lines(change: Change) -> Iterator[tuple[str, str]]:
    row, answered = change.row, change.answered
    yield "text", row.text
    yield "as of", row.as_of.isoformat()
    for expected, now in _pairs(change):
        yield "expected", expected
        yield "now", now
    if answered["status"] == "error":
        start, end = answered["span"]
        yield "here", row.text[start:end]
        for suggestion in answered["suggestions"][:1]:
            yield "suggests", suggestion


def _pairs(change: Change) -> Iterator[tuple[str, str]]:
    """What was expected and what is read now: the whole, where it was refused or is now, else key by key."""
    whole = [difference for difference in change.differences if difference.key in ("status", "code")]
    if whole:
        yield reading(change.row.expect), reading(change.answered)
    for difference in change.differences:
        if difference.key == "legs" and not whole:
            for leg, expected, now in _unlike_legs(difference, any_order=change.row.legs_any_order):
                yield _pair(leg, expected, now)
        elif difference.key == "at_fault" or not whole:
            yield _pair(difference.key.replace("_", " "), difference.expected, difference.now)


def _pair(key: str, expected: Any, now: Any) -> tuple[str, str]:
    sides = words(expected), words(now)
    if sides[0] == sides[1]:  # they differ in what no trader says
        sides = json.dumps(expected), json.dumps(now)
    return f"{key}: {sides[0]}", f"{key}: {sides[1]}"


def _unlike_legs(difference: Difference, *, any_order: bool) -> Iterator[tuple[str, Any, Any]]:
    expected, now = legs_of(difference.expected), legs_of(difference.now)
    for leg in [*expected] if any_order else ():
        if leg in now:
            expected.remove(leg)
            now.remove(leg)
    for number, (wanted, found) in enumerate(zip_longest(expected, now), 1):
        if wanted != found:
            yield "leg" if any_order else f"leg {number}", wanted, found


def _wrapped(text: str, width: int, lead: str) -> str:
    if len(lead) > width // 2:  # that would be a column of letters
        return lead + text
    return click.wrap_text(text, width, lead, " " * len(lead))


def _bounded(text: str) -> str:
    return shown(text if len(text) <= SHOWN else f"{text[:SHOWN]}…")
