"""
What a check-up found: a table for people, an object for programs.
"""

from collections.abc import Sequence
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from tastyflow_adapters.checkup import Probe, ProbeOutcome, ProbeResult
from tastyflow_adapters.cli.exit_codes import ExitCode
from tastyflow_adapters.cli.safe_console import SafeConsole, say

MARKS: Final = {
    ProbeOutcome.OK: ("✓", "green"),
    ProbeOutcome.WARN: ("!", "yellow"),
    ProbeOutcome.FAIL: ("✗", "red"),
    ProbeOutcome.SKIPPED: ("–", "dim"),
}
WHAT: Final = "what was seen, and what to do"
VERDICTS: Final = {
    ExitCode.DONE: "All is well.",
    ExitCode.FAILED: "Something is broken.",
    ExitCode.UNVERIFIED: "Nothing is broken; not all is well or verified.",
}


def code_of(results: Sequence[ProbeResult]) -> ExitCode:
    """The exit code of a check-up: that of its worst result."""
    outcomes = {result.outcome for result in results}
    if ProbeOutcome.FAIL in outcomes:
        return ExitCode.FAILED
    return ExitCode.UNVERIFIED if outcomes & {ProbeOutcome.WARN, ProbeOutcome.SKIPPED} else ExitCode.DONE


def view(results: Sequence[ProbeResult]) -> dict[str, Any]:
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
        "counts": {str(outcome): sum(each.outcome is outcome for each in results) for outcome in ProbeOutcome},
        "exit_code": code_of(results),
        "error": None,
    }


def page(results: Sequence[ProbeResult]) -> RenderableType:
    """For people."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("", "check", WHAT):
        table.add_column(heading, no_wrap=heading != WHAT, overflow="fold")  # an address is copied whole
    for result in results:
        mark, colour = MARKS[result.outcome]
        told = [say(result.seen, "dim" if result.outcome is ProbeOutcome.SKIPPED else "")]
        told += [say(f"→ {result.do}", colour)] if result.do else []
        name = f"{result.venue} {result.name}".strip()
        table.add_row(Text(mark, colour), say(name), Text("\n").join(told))
    return Group(table, say(VERDICTS[code_of(results)], "bold"))


class Bedside:
    """Says on standard error what is looked at, while it is."""

    def __init__(self) -> None:
        self._console = SafeConsole(stderr=True)

    def begun(self, check: Probe) -> None:
        self.now(f"{check.venue} {check.name}".strip())

    def now(self, what: str) -> None:
        if self._console.is_terminal:
            self._console.print(say(f"… {what}", "dim"))
