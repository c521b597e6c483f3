"""
What stands in the way of understanding a line, and what the trader is told.

    Fault(code, message, span, fixes) ──▶ NotUnderstood(code, message, span, suggestions)       language.py

A new reason for a no is a line in `Code`, a `Fault` where the reason is seen, and lines in the corpus. A `Fault` never
leaves the package.
"""

from collections.abc import Iterable
from enum import StrEnum

from attrs import frozen

Span = tuple[int, int]


class Code(StrEnum):
    """The contract's codes: what a program can tell refusals apart by (docs/language.md)."""

    EMPTY = "empty"
    """Nothing but blanks, mentions or emoji."""
    NOT_A_COMMAND = "not_a_command"
    """Ordinary chat, a question, a negation, a report: adapters stay silent."""
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


class Fault(Exception):
    """
    Why a line is not understood.

    Attributes:
        code: What a program tells it by.
        message: In the trader's words.
        span: The part of the text at fault.
        fixes: Edits of the line that may be what the trader meant; only those that parse are suggested.
    """

    def __init__(self, code: Code, message: str, span: Span, fixes: Iterable[Fix] = ()) -> None:
        super().__init__(message)
        self.code, self.message, self.span, self.fixes = code, message, span, tuple(fixes)
