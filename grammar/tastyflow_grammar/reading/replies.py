"""
What a short answer says: the parts of an order in it.

    12/18 ─▶ expiration        450c ─▶ strike, right        450 ─▶ a number        lol ─▶ a ticker, perhaps: chat

It is read as if it went on behind an action and a quantity, for a bare date or number begins no line of its own.
"""

from collections.abc import Set
from typing import Final

from attrs import frozen

from tastyflow_grammar.parts import Kind, Part, Parts
from tastyflow_grammar.reading.line import Line
from tastyflow_grammar.reading.reader import Stuck, read

_OF_ORDERS: Final = ("order", "preview", "quote", "chain")


@frozen
class ShortAnswer:
    """
    A short answer.

    Attributes:
        words: As typed, without chat and markdown.
        parts: What it says.
        answers: Whether one of them is what was asked for.
    """

    words: str
    parts: Parts
    answers: bool

    @property
    def kinds(self) -> frozenset[Kind]:
        return frozenset(part.kind for part in self.parts)

    @property
    def is_number(self) -> bool:
        return [part.kind for part in self.parts] == [Kind.NUMBER]

    @property
    def is_chat(self) -> bool:
        """Whether it says nothing of an order, or only words that may be tickers: "nice", "close it down"."""
        is_said = Kind.SYMBOL in self.kinds or not self.kinds
        return not self.answers and is_said and self.kinds <= {Kind.SYMBOL, Kind.ACTION}

    @property
    def names_unsurely(self) -> bool:
        """Whether it has a word that may be a ticker, and no dollar sign before it."""
        return any(part.kind is Kind.SYMBOL and not part.value.sure for part in self.parts)


def read_reply(line: Line, wanted: Set[Kind]) -> ShortAnswer:
    """The answer, where parts of the kinds *wanted* are asked for; a question answers nothing."""
    parts = () if line.asks else said_in(line.text)
    if Kind.QUANTITY in wanted and Kind.NUMBER in wanted and not any(part.kind is Kind.NUMBER for part in parts):
        parts = parts_of(f"BUY {line.text.strip()}")[1:] or parts  # "ten" is also a ticker
    return ShortAnswer(" ".join(line.shown().split()), parts, any(_is_asked(part, wanted) for part in parts))


def parts_of(text: str) -> Parts:
    """The parts of a prepared line; none where the grammar cannot read it, and for several legs one by one."""
    try:
        statement = read(text)
    except Stuck:
        return ()
    return statement.parts if statement.verb in _OF_ORDERS else ()


def said_in(text: str) -> Parts:
    """The parts that a piece of a line says by itself: an action and what follows, or what follows an action."""
    alone = parts_of(text)
    is_beginning = bool(alone) and alone[0].kind is Kind.ACTION
    return alone if is_beginning else parts_of(f"BUY 1 {text.strip()}")[2:]


def _is_asked(part: Part, wanted: Set[Kind]) -> bool:
    """Where other kinds are asked for, too, a symbol has its dollar sign: "nice" may be one."""
    is_sure = part.kind is not Kind.SYMBOL or part.value.sure or wanted == {Kind.SYMBOL}
    return part.kind in wanted and is_sure
