"""
The parser: it reads a prepared line by the grammar, and returns the statement.

    text ─▶ without passing words ─▶ words ─▶ Lark's LALR parser ─▶ structure.py ─▶ Statement

LALR(1) takes time in proportion to the length of the line, also on hostile input.

Words that are also tickers (ON, ALL, LMT, MAR, A ...) are told apart by place, not by letter case or by guesswork:
WORD_TICKER is only looked for where a name has to stand, right after the number or after "of" and "for". Everywhere
else such a word belongs to the language, and a trader who means the ticker writes ``$ON``. `is_our_word` answers from
the same terminals, so that `render` writes the dollar sign exactly where it is needed.

The words are found as Lark's contextual lexer finds them: of the terminals that fit the place, the first in Lark's
order that matches. Lark compiles one pattern of all terminals that fit a place, which takes milliseconds, and tries
dozens of terminals for every word. Here a terminal is tried only on a character that it can begin with, and compiled
when it is first tried.
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

from tastyflow_grammar.reading.passing_words import AT_THE_ENDS, without_passing_words
from tastyflow_grammar.reading.structure import Structure
from tastyflow_grammar.reading.tables import Tables, Terminal, load
from tastyflow_grammar.vocabulary import ACTIONS, ENGLISH, REASONS, REQUESTS

GRAMMAR: Final = Path(__file__).parents[1] / "order.lark"
MAX_WORDS: Final = 128
"""An order of four legs in full sentences has half as many. A longer line is refused at the next word."""

_NAMES: Final = frozenset({"TICKER", "WORD_TICKER", "NAMED_TICKER", "TICKER_THERE", "CASHTAG", "REFERENCE", "REMARK"})

Match = Callable[[str, int], re.Match[str] | None]


class Stuck(Exception):
    """
    The grammar cannot read on.

    Attributes:
        position: Where it stopped, as an offset.
        after: The terminal before; empty at the start.
    """

    def __init__(self, position: int, after: str) -> None:
        super().__init__(position)
        self.position, self.after = position, after


class Attempt:
    """
    A terminal to try at a position: *match* is compiled when it is first tried, for most terminals never.

    Where a whole rule must follow the word, the long pattern of that is only compiled where the word itself stands.
    """

    __slots__ = ("_alone", "ignored", "match", "name", "regexp")

    def __init__(self, terminal: Terminal) -> None:
        self.name, self.regexp, self.ignored = terminal.name, terminal.regexp, terminal.ignored
        self.match: Match | None = None
        self._alone = terminal.alone

    def compile(self) -> Match:
        if not self._alone:
            self.match = re.compile(self.regexp).match
            return self.match
        word, whole = re.compile(self._alone).match, cache(lambda: re.compile(self.regexp).match)
        self.match = lambda text, at: whole()(text, at) if word(text, at) else None
        return self.match


class Attempts(dict[tuple[int, str], tuple[Attempt, ...]]):
    """The terminals to try in a state of the parser on a character, in order; computed on first use."""

    def __init__(self, tables: Tables) -> None:
        super().__init__()
        self._tables = tables
        self._all = [(terminal, Attempt(terminal)) for terminal in tables.terminals]

    def __missing__(self, place: tuple[int, str]) -> tuple[Attempt, ...]:
        state, character = place
        known = self._tables.states[state]
        self[place] = tuple(
            attempt
            for terminal, attempt in self._all
            if (terminal.ignored or terminal.name in known) and terminal.may_begin_with(character)
        )
        return self[place]


class Reader:
    """A parser on some tables."""

    def __init__(self, tables: Tables) -> None:
        callbacks = ParseTreeBuilder(tables.rules, Tree).create_callback(Structure())  # type: ignore[no-untyped-call]
        table = IntParseTable(tables.states, {"start": tables.start}, {"start": tables.end})  # type: ignore[no-untyped-call]
        self.tables = tables
        self._conf = ParseConf(table, callbacks, "start")
        self._attempts = Attempts(tables)

    def read(self, text: str) -> Any:
        """As the function `read` below."""
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
            for attempt in self._attempts[states[-1], text[at]]:
                if found := (attempt.match or attempt.compile())(text, at):
                    begin, at = at, found.end()
                    if not attempt.ignored:
                        if not left:
                            raise Stuck(begin, last)
                        yield Token(attempt.name, found.group(), begin, end_pos=at)
                        last, left = attempt.name, left - 1
                    break
            else:
                raise Stuck(at, last)


def read(text: str) -> Any:
    """
    Read a prepared line; the words that carry nothing in it are passed over.

    Raises:
        Stuck: The grammar has no such line.
    """
    return _reader().read(without_passing_words(text))


@lru_cache(maxsize=4_096)
def is_our_word(word: str) -> bool:
    """Whether a bare word has a meaning of its own somewhere in the grammar, so that it cannot be just a ticker."""
    return any(
        re.fullmatch(terminal.regexp, word)
        for terminal in _reader().tables.terminals
        if terminal.name not in _NAMES and terminal.may_begin_with(word[:1])
    )


def is_no_bare_ticker(word: str) -> bool:
    """Whether a word is only taken for a ticker with its dollar sign, whatever the place."""
    return word in REASONS or word in ENGLISH | AT_THE_ENDS | ACTIONS | REQUESTS.keys()


@cache
def _reader() -> Reader:
    """The reader of the process, made for its first line."""
    return Reader(load(GRAMMAR))
