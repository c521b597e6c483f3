"""
Why a line is refused: the codes, and the exception that carries one through the package.

    LanguageFault(code, message, span, fixes) ──▶ NotUnderstood(code, message, span, suggestions)       language.py

A new code is a line in `Code`, a `LanguageFault` raised by the module that sees the reason, and lines in the corpus.
"""

from collections.abc import Iterable
from enum import StrEnum

from attrs import frozen

Span = tuple[int, int]


class Code(StrEnum):
    """How a program tells refusals apart. Published in docs/language.md: a code keeps its name."""

    EMPTY = "empty"
    """Nothing but blanks, mentions or emoji."""
    NOT_A_COMMAND = "not_a_command"
    """Ordinary chat, a question, a negation, a report: the adapters do not answer it."""
    MISSING_ACTION = "missing_action"
    MISSING_SYMBOL = "missing_symbol"
    MISSING_STRIKE = "missing_strike"
    MISSING_RIGHT = "missing_right"
    MISSING_EXPIRATION = "missing_expiration"
    BAD_QUANTITY = "bad_quantity"
    BAD_PRICE = "bad_price"
    BAD_STRIKE = "bad_strike"
    BAD_DATE = "bad_date"
    """No such day, or too far away."""
    EXPIRED = "expired"
    NOT_A_TRADING_DAY = "not_a_trading_day"
    CONFLICT = "conflict"
    """The text says two different things."""
    UNSUPPORTED = "unsupported"
    """Understood, and not offered here."""
    AMBIGUOUS = "ambiguous"
    """The text can be read in two ways."""
    SYNTAX = "syntax"


@frozen
class Edit:
    """Replace one span of the text."""

    span: Span
    text: str


Fix = tuple[Edit, ...]


class LanguageFault(Exception):
    """
    Why a line is not understood. It never leaves the package: `parse` turns it into `NotUnderstood`.

    Attributes:
        code: For programs.
        message: In the trader's words.
        span: The part of the text at fault.
        fixes: Edits of the line that may be what the trader meant; only those that parse are suggested.
    """

    def __init__(self, code: Code, message: str, span: Span, fixes: Iterable[Fix] = ()) -> None:
        super().__init__(message)
        self.code, self.message, self.span, self.fixes = code, message, span, tuple(fixes)
