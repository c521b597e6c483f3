"""
What single words say: numbers as traders write them, and the few kinds of methods that `structure` is made of.

    ten, a dozen, 10x, 1,000 ─▶ a count        $.85, 282.5 ─▶ a figure        282.5p ─▶ a strike and a right
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from attrs import evolve
from lark.lexer import Token

from tastyflow.domain.instruments import CLASS_ROOTS, Right, plain
from tastyflow_grammar.parts import Figure, Kind, Part, Parts, RowStrike, Statement, Ticker, When
from tastyflow_grammar.refusing.faults import Span

Rule = Callable[[Any, list[Token]], Parts]

_UNITS: Final = ("ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX", "SEVEN", "EIGHT", "NINE", "TEN")
_TEENS: Final = ("ELEVEN", "TWELVE", "THIRTEEN", "FOURTEEN", "FIFTEEN", "SIXTEEN", "SEVENTEEN", "EIGHTEEN", "NINETEEN")
_TENS: Final = ("TWENTY", "THIRTY", "FORTY", "FIFTY", "SIXTY", "SEVENTY", "EIGHTY", "NINETY")
_SINGLE: Final = {"ZERO": 0, "A": 1, "AN": 1}
_TIMES: Final = {"DOZEN": 12, "HUNDRED": 100, "THOUSAND": 1_000}
_WORDS: Final[Mapping[str, int]] = (
    _SINGLE
    | {word: number for number, word in enumerate(_UNITS + _TEENS, start=1)}
    | {word: 10 * number for number, word in enumerate(_TENS, start=2)}
)


def count_of(text: str) -> Decimal:
    """
    How many: ``ten`` is 10, ``x7`` is 7, ``1k`` is 1,000, ``twenty-five`` is 25, ``two hundred and fifty`` is 250.

    Zero and fractions are for others to refuse.
    """
    words = [word for word in text.replace("-", " ").removesuffix(" MORE").split() if word != "X"]
    if words[0].isalpha():
        return Decimal(_spelt(words))
    digits = words[0].strip("XK").replace(",", "")
    return Decimal(digits) * (1_000 if words[0].endswith("K") else 1)


def _spelt(words: Sequence[str]) -> int:
    """``TWO HUNDRED AND FIFTY``: what stands before a hundred multiplies it, everything else is added."""
    many = 0
    for word in words:
        if times := _TIMES.get(word):
            many = (many or 1) * times
        elif word != "AND":
            many += _WORDS[word]
    return many


def held_part_of(text: str) -> tuple[str, int]:
    """The word for a part of what is held, and how long it is with its article: ``A THIRD OF MY`` is ``THIRD``, 7."""
    words = text.replace("-", " ").split()
    said = words[words[0] in ("A", "ONE")]
    return said, text.index(said) + len(said)


def figure_of(text: str) -> Figure:
    """A price or strike: ``$.85``, ``-2.50``, ``1,000``."""
    digits = text.replace("$", "").replace(",", "").replace(" ", "")
    return Figure(Decimal(plain(Decimal(digits))), money="$" in text, pointed="." in text)


def cents_of(text: str) -> Figure:
    """``85 cents``"""
    return Figure(Decimal(plain(Decimal(text.rstrip("CENTS ")) / 100)), pointed=True)


def quoted(value: Any, word: Token) -> Any:
    """A price behind the word that asks for it: ``@`` and "limit" stand before a price as a screen shows it."""
    return evolve(value, quoted=True) if isinstance(value, Figure) and word.type == "QUOTING" else value


def strike_and_right(text: str) -> tuple[Figure, Right]:
    """``450C``, ``c450`` and ``$450calls`` in one piece."""
    digits = text.strip("ACLPSTU")
    letters = text.replace(digits, "")
    return figure_of(digits), Right.CALL if "C" in letters else Right.PUT


def row_strike_of(text: str, *, dashed: bool = False) -> RowStrike:
    """One strike of a row: ``430``, ``$430``, ``430p``."""
    digits = text.strip(" CP")
    right = {"C": Right.CALL, "P": Right.PUT}.get(text.strip()[-1])
    return RowStrike(figure_of(digits), right, dashed)


# ---- methods of `structure`


def span_of(*tokens: Token) -> Span:
    """From the first token's beginning to the last one's end."""
    return tokens[0].start_pos or 0, tokens[-1].end_pos or 0


def covering(parts: Parts, *tokens: Token) -> Span:
    spans = [part.span for part in parts] + [span_of(token) for token in tokens]
    return min(start for start, _ in spans), max(end for _, end in spans)


def option_parts(root: str, day: str, right: str, strike: Decimal, span: Span) -> Parts:
    """What an option symbol says, in parts."""
    return (
        Part(Kind.SYMBOL, Ticker(CLASS_ROOTS.get(root, root), sure=True), span),
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
        spans = {word.type: span_of(word) for word in words}
        return Statement(verb, reference=spans.get("REFERENCE"), remark=spans.get("REMARK"))

    return rule


def consists_of(verb: str) -> Callable[[Any, list[Any]], Statement]:
    """A statement of the parts behind its verb."""

    def rule(_self: Any, children: list[Any]) -> Statement:
        return Statement(verb, sum(children[1:], ()))

    return rule
