"""
From the fixes of a fault to suggestions: whole commands, each of which parses.

A fix edits the line as typed, so that the trader finds the own words again. What does not parse after the edit is
dropped: a suggestion is never an invitation to the next error.
"""

from collections.abc import Callable, Sequence
from typing import Final

from tastyflow_grammar.reading.line import Line
from tastyflow_grammar.refusing.faults import Fault, Fix

MOST: Final = 3
_TRIED: Final = 8  # a limit on the work, whatever the line


def suggestions(line: Line, fixes: Sequence[Fix], understands: Callable[[str], object]) -> tuple[str, ...]:
    """The fixed lines that *understands* accepts (it raises `Fault` for others), without doubles."""
    shown = line.shown()
    fixed = dict.fromkeys(_apply(shown, fix) for fix in fixes[:_TRIED] if fix)
    accepted = [text for text in fixed if _accepted(text, understands)]
    return tuple(accepted[:MOST])


def _accepted(text: str, understands: Callable[[str], object]) -> bool:
    try:
        understands(text)
    except Fault:
        return False
    return True


def _apply(shown: str, fix: Fix) -> str:
    for edit in sorted(fix, key=lambda edit: edit.span, reverse=True):
        start, end = edit.span
        shown = f"{shown[:start]}{edit.text}{shown[end:]}"
    return " ".join(shown.split())
