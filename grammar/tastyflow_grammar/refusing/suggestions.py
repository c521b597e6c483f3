"""
What may have been meant: a word for a misspelt one, and whole commands that the trader can type instead.

    misspelt word ─▶ near_words ─▶ fixes of a fault ─▶ suggestions: the line with a fix, where that parses

A guess never changes an order: it is only offered. A fix edits the line as typed, so that the traders see their own
words again; a fixed line that does not parse is dropped.
"""

from collections.abc import Callable, Sequence
from typing import Final

from tastyflow_grammar.parts import Part
from tastyflow_grammar.reading.line import Line
from tastyflow_grammar.reading.near_words import LONGEST, WORDS, close_words
from tastyflow_grammar.refusing.faults import Code, Edit, Fix, LanguageFault, Span

MOST_OFFERED: Final = 3
_MOST_TRIED: Final = 8  # a limit on the work, whatever the line


def unknown_word(word: str, span: Span) -> LanguageFault:
    """A word that the language does not have."""
    if word in WORDS:
        return LanguageFault(Code.SYNTAX, f"'{word.lower()}' cannot stand here.", span)
    guesses = close_words(word)
    question = f" Did you mean {' or '.join(repr(guess.lower()) for guess in guesses)}?" if guesses else ""
    shown = word if len(word) <= LONGEST else word[:LONGEST] + "…"
    message = f"'{shown.lower()}' is not part of an order.{question}"
    return LanguageFault(Code.SYNTAX, message, span, replacing(span, guesses))


def misspelt_ticker(parts: Sequence[Part]) -> LanguageFault | None:
    """The fault of the first of some words that were taken for tickers; None where there is none."""
    return unknown_word(parts[0].value.symbol, parts[0].span) if parts else None


def replacing(span: Span, words: Sequence[str]) -> list[Fix]:
    """One fix per word, in its place."""
    return [(Edit(span, word.lower()),) for word in words]


def suggested_lines(line: Line, fixes: Sequence[Fix], understands: Callable[[str], object]) -> tuple[str, ...]:
    """The fixed lines that *understands* accepts (it raises `LanguageFault` for others), without doubles."""
    if not fixes:
        return ()
    shown = line.shown()
    fixed = dict.fromkeys(apply(shown, fix) for fix in fixes[:_MOST_TRIED] if fix)
    accepted = [text for text in fixed if _accepted(text, understands)]
    return tuple(accepted[:MOST_OFFERED])


def _accepted(text: str, understands: Callable[[str], object]) -> bool:
    try:
        understands(text)
    except LanguageFault:
        return False
    return True


def apply(shown: str, fix: Fix) -> str:
    """The line with a fix, its blanks made even."""
    for edit in sorted(fix, key=lambda edit: edit.span, reverse=True):
        start, end = edit.span
        shown = f"{shown[:start]}{edit.text}{shown[end:]}"
    return " ".join(shown.split())
