"""
How a rule of the grammar names its words: the few ways in which most methods of `structure` are made.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from attrs import frozen
from lark.lexer import Token

from tastyflow.domain.instruments import Right, plain
from tastyflow_grammar.meaning.dates import When
from tastyflow_grammar.parts import Figure, Kind, Part, Ticker
from tastyflow_grammar.refusing.faults import Span

Parts = tuple[Part, ...]
Rule = Callable[[Any, list[Token]], Parts]

_CLASS_SHARES: Final = {"BRKB": "BRK/B", "BFB": "BF/B"}  # option roots have no dot


@frozen
class Statement:
    """
    A whole line.

    Attributes:
        verb: What it asks for: ``order``, ``leg_by_leg``, ``cancel`` …
        parts: Of the order, or of what is new in it.
        legs: The same leg by leg, where the legs are typed one by one.
        reference: Which order it is about.
        remark: Free text.
    """

    verb: str
    parts: Parts = ()
    legs: tuple[Parts, ...] = ()
    reference: Token | None = None
    remark: Token | None = None


def span_of(*tokens: Token) -> Span:
    """From the first token's beginning to the last one's end."""
    return tokens[0].start_pos or 0, tokens[-1].end_pos or 0


def covering(parts: Parts, *tokens: Token) -> Span:
    spans = [part.span for part in parts] + [span_of(token) for token in tokens]
    return min(start for start, _ in spans), max(end for _, end in spans)


def option_parts(root: str, day: str, right: str, strike: Decimal, span: Span) -> Parts:
    """What an option symbol says, in parts."""
    return (
        Part(Kind.SYMBOL, Ticker(_CLASS_SHARES.get(root, root), sure=True), span),
        Part(Kind.EXPIRATION, When("symbol_day", (day,), (span,), sure=True), span),
        Part(Kind.RIGHT, Right.CALL if right == "C" else Right.PUT, span),
        Part(Kind.STRIKE, Figure(Decimal(plain(strike))), span),
    )


def says(kind: Kind, value: Any = None) -> Rule:
    """A rule whose words say one thing, always the same."""

    def rule(_self: Any, words: list[Token]) -> Parts:
        return (Part(kind, value, span_of(*words)),)

    return rule


def date_form(form: str) -> Rule:
    """A way of writing a day; the words are kept for `dates` to read."""

    def rule(_self: Any, words: list[Token]) -> Parts:
        spans = tuple(span_of(word) for word in words)
        return (Part(Kind.EXPIRATION, When(form, tuple(str(word) for word in words), spans), span_of(*words)),)

    return rule


def asks(verb: str) -> Callable[[Any, list[Any]], Statement]:
    """A statement without parts."""

    def rule(_self: Any, words: list[Any]) -> Statement:
        named = {word.type: word for word in words}
        return Statement(verb, reference=named.get("REFERENCE"), remark=named.get("REMARK"))

    return rule
