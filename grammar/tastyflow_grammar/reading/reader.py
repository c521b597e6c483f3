"""
The grammar at work: a line in, what it says out. The only module that knows Lark, but for `tables`, which asks it once.

    text ─▶ words ─▶ Lark's LALR parser ─▶ structure.py

LALR(1) takes time in proportion to the line, whatever is thrown at it.

Words that are also tickers (ON, ALL, LMT, MAR, A ...) are told apart by place, not by letter case or by guesswork:
WORD_TICKER is only looked for where a name has to stand, right after the number or after "of" and "for". Everywhere
else such a word is ours, and a trader who means the ticker writes ``$ON``. `is_our_word` answers from the same
terminals, so `render` writes the dollar sign exactly where it is needed.

The words are found as Lark's contextual lexer finds them: of the terminals that fit the place, the first in Lark's
order that matches. But Lark makes one pattern of all that fit a place: to compile it takes milliseconds, to match it
tries dozens of terminals for every word. Here each is tried only on what it can begin with, and compiled only then.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

from lark import Token, Tree, UnexpectedToken
from lark.parse_tree_builder import ParseTreeBuilder
from lark.parsers.lalr_analysis import IntParseTable
from lark.parsers.lalr_parser_state import ParseConf, ParserState

from tastyflow_grammar.reading.structure import Structure
from tastyflow_grammar.reading.tables import Tables, load

GRAMMAR: Final = Path(__file__).parents[1] / "order.lark"
MAX_WORDS: Final = 128
"""An order of four legs in full sentences has half as many. The line that has more is stuck there."""

_NAMES: Final = frozenset({"TICKER", "WORD_TICKER", "NAMED_TICKER", "TICKER_THERE", "CASHTAG", "REFERENCE", "REMARK"})

Attempt = tuple[Callable[[str, int], re.Match[str] | None], str, bool]
"""How to match a terminal at a position, its name, and whether it is passed over."""


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


class Attempts(dict[tuple[int, str], tuple[Attempt, ...]]):
    """What to try in a state of the parser on a character, in order; found out when first asked."""

    def __init__(self, tables: Tables) -> None:
        super().__init__()
        self._tables = tables

    def __missing__(self, place: tuple[int, str]) -> tuple[Attempt, ...]:
        state, character = place
        known = self._tables.states[state]
        self[place] = tuple(
            (re.compile(terminal.regexp).match, terminal.name, terminal.ignored)
            for terminal in self._tables.terminals
            if (terminal.ignored or terminal.name in known) and terminal.may_begin_with(character)
        )
        return self[place]


class Reader:
    """Tables at work; knows Structure."""

    def __init__(self, tables: Tables) -> None:
        callbacks = ParseTreeBuilder(tables.rules, Tree).create_callback(Structure())  # type: ignore[no-untyped-call]
        table = IntParseTable(tables.states, {"start": tables.start}, {"start": tables.end})  # type: ignore[no-untyped-call]
        self.tables = tables
        self._conf = ParseConf(table, callbacks, "start")
        self._attempts = Attempts(tables)

    def read(self, text: str) -> Any:
        """As the function below."""
        parser = ParserState(self._conf, None)  # type: ignore[arg-type]  # words come from here, not from a lexer
        try:
            for word in self._words(text, parser.state_stack):
                parser.feed_token(word)
            return parser.feed_token(Token("$END", "", len(text)), is_end=True)
        except UnexpectedToken as error:
            before = parser.value_stack[-1] if parser.value_stack else None
            raise Stuck(error.token.start_pos or 0, before.type if isinstance(before, Token) else "") from None

    def _words(self, text: str, states: Sequence[int]) -> Iterator[Token]:
        """The words of a line, each found in the state that the parser is in when it is asked for."""
        at, end, last, left = 0, len(text), "", MAX_WORDS
        while at < end:
            for match, name, ignored in self._attempts[states[-1], text[at]]:
                if found := match(text, at):
                    begin, at = at, found.end()
                    if not ignored:
                        if not left:
                            raise Stuck(begin, last)
                        yield Token(name, found.group(), begin, end_pos=at)
                        last, left = name, left - 1
                    break
            else:
                raise Stuck(at, last)


def read(text: str) -> Any:
    """
    Read a prepared line.

    Raises:
        Stuck: The line is none of the grammar's.
    """
    return _reader().read(text)


@lru_cache(maxsize=4_096)
def is_our_word(word: str) -> bool:
    """Whether a bare word has a meaning of its own somewhere in the grammar, so that it cannot be just a ticker."""
    return any(
        re.fullmatch(terminal.regexp, word)
        for terminal in _reader().tables.terminals
        if terminal.name not in _NAMES and terminal.may_begin_with(word[:1])
    )


@cache
def _reader() -> Reader:
    """Made once per process, at the first line."""
    return Reader(load(GRAMMAR))
