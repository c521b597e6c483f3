"""
What a check-up found: a table for people, an object for programs.
"""

from collections.abc import Sequence
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from tastyflow_adapters.checkup import Check, Outcome, Result, code_of
from tastyflow_adapters.cli.pages import Paper, say

MARKS: Final = {
    Outcome.OK: ("✓", "green"),
    Outcome.WARN: ("!", "yellow"),
    Outcome.FAIL: ("✗", "red"),
    Outcome.SKIPPED: ("–", "dim"),
}
VERDICTS: Final = {0: "All is well.", 1: "Something is broken.", 3: "Nothing is broken; not all is well or verified."}


def view(results: Sequence[Result]) -> dict[str, Any]:
    """For programs."""
    return {
        "checks": [
            {
                "name": result.name,
                "venue": result.venue or None,
                "outcome": str(result.outcome),
                "seen": result.seen,
                "do": result.do,
            }
            for result in results
        ],
        "counts": {str(outcome): sum(each.outcome is outcome for each in results) for outcome in Outcome},
        "exit_code": code_of(results),
        "error": None,
    }


def page(results: Sequence[Result]) -> RenderableType:
    """For people."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("", "check", "what was seen, and what to do"):
        table.add_column(heading, no_wrap=heading != "what was seen, and what to do")
    for result in results:
        mark, colour = MARKS[result.outcome]
        told = [say(result.seen, "dim" if result.outcome is Outcome.SKIPPED else "")]
        told += [say(f"→ {result.do}", colour)] if result.do else []
        name = f"{result.venue} {result.name}".strip()
        table.add_row(Text(mark, colour), say(name), Text("\n").join(told))
    return Group(table, say(VERDICTS[code_of(results)], "bold"))


class Bedside:
    """Says on standard error what is looked at, while it is."""

    def __init__(self) -> None:
        self._paper = Paper(stderr=True)

    def begun(self, check: Check) -> None:
        if self._paper.is_terminal:
            self._paper.print(say(f"… {check.venue} {check.name}".replace("  ", " "), "dim"))
