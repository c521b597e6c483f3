"""
The grammar at work: a line in, what it says out. The only module that knows Lark.

The tables are built once per process, at the first line. LALR(1): building fails where the grammar could be read in two
ways, and reading takes time in proportion to the line, whatever is thrown at it.

Words that are also tickers (ON, ALL, LMT, MAR, A ...) are told apart by place, not by letter case or by guesswork: the
contextual lexer looks for the terminal WORD_TICKER only where a name has to stand, right after the number or after "of"
and "for". Everywhere else such a word is ours, and a trader who means the ticker writes ``$ON``. `is_our_word` answers
from the same terminals, so `render` writes the dollar sign exactly where it is needed.
"""

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

from lark import Lark, UnexpectedInput, UnexpectedToken
from lark.lexer import Token

from tastyflow_grammar.structure import Structure

GRAMMAR: Final = Path(__file__).with_name("order.lark")
_NAMES: Final = frozenset({"TICKER", "WORD_TICKER", "CASHTAG", "REFERENCE", "REMARK"})


class Stuck(Exception):
    """
    The grammar cannot go on.

    Attributes:
        position: Where it stopped, as an offset.
        after: The terminal before, or nothing at the start.
    """

    def __init__(self, position: int, after: str) -> None:
        super().__init__(position)
        self.position, self.after = position, after


def read(text: str) -> Any:
    """
    Read a prepared line.

    Raises:
        Stuck: The line is none of the grammar's.
    """
    try:
        return _lark().parse(text)
    except UnexpectedInput as error:
        raise _stuck(error, len(text)) from None


@lru_cache(maxsize=4_096)
def is_our_word(word: str) -> bool:
    """Whether a bare word has a meaning of its own somewhere in the grammar, so that it cannot be just a ticker."""
    return any(pattern.fullmatch(word) for pattern in _patterns())


@cache
def _lark() -> Lark:
    return Lark(
        GRAMMAR.read_text("utf-8"), parser="lalr", lexer="contextual", transformer=Structure(), maybe_placeholders=False
    )


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(each.pattern.to_regexp()) for each in _lark().terminals if each.name not in _NAMES)


def _stuck(error: UnexpectedInput, end: int) -> Stuck:
    position: int | None = error.pos_in_stream
    stack: Sequence[Any] = ()
    if isinstance(error, UnexpectedToken):
        stack = error.interactive_parser.parser_state.value_stack
        position = end if error.token.type == "$END" else position
    before = getattr(error, "token_history", None) or stack
    last = before[-1].type if before and isinstance(before[-1], Token) else ""
    return Stuck(end if position is None or position < 0 else position, last)
