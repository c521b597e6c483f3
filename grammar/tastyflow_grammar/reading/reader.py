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
from typing import Any, Final, NamedTuple, Self

from lark import Token, Tree
from lark.parse_tree_builder import ParseTreeBuilder

from tastyflow_grammar.reading.passing_words import AT_THE_ENDS, without_passing_words
from tastyflow_grammar.reading.structure import Structure
from tastyflow_grammar.reading.tables import Tables, Terminal, load, opening_of
from tastyflow_grammar.vocabulary import ACTIONS, ENGLISH, REASONS, REQUESTS

GRAMMAR: Final = Path(__file__).parents[1] / "order.lark"
MAX_WORDS: Final = 128
"""An order of four legs in full sentences has half as many. A longer line is refused at the next word."""

_NAMES: Final = frozenset({"TICKER", "WORD_TICKER", "NAMED_TICKER", "TICKER_THERE", "CASHTAG", "REFERENCE", "REMARK"})
_END: Final = "$END"

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
        state, opening = place
        known = self._tables.states[state]
        self[place] = tuple(
            attempt
            for terminal, attempt in self._all
            if (terminal.ignored or terminal.name in known) and terminal.may_begin_with(opening)
        )
        return self[place]


class Word(Token):
    """A token of Lark, made in one step."""

    __slots__ = ()

    def __new__(cls, kind: str, text: str, begin: int, end: int) -> Self:
        word = str.__new__(cls, text)
        word.type, word.value, word.start_pos, word.end_pos = kind, text, begin, end
        return word


class Completed(NamedTuple):
    """
    A rule of the grammar whose last word is read.

    Attributes:
        says: What its children come to.
        length: How many they are.
        name: What they are together.
    """

    says: Callable[[list[Any]], Any]
    length: int
    name: str


class Reader:
    """An LALR parser on Lark's tables: it does as Lark's own, and looks nothing up that the tables know beforehand."""

    def __init__(self, tables: Tables) -> None:
        callbacks = ParseTreeBuilder(tables.rules, Tree).create_callback(Structure())  # type: ignore[no-untyped-call]
        self.tables = tables
        self._rules = [Completed(callbacks[rule], len(rule.expansion), str(rule.origin.name)) for rule in tables.rules]
        self._attempts = Attempts(tables)

    def read(self, text: str) -> Any:
        """As the function `read` below."""
        steps, rules = self.tables.states, self._rules
        states: list[int] = [self.tables.start]
        values: list[Any] = []
        for word in self._words(text, states):
            while (step := steps[states[-1]].get(word.type)) is not None and step < 0:
                says, length, name = rules[~step]
                if length == 1:  # nearly always
                    values[-1] = says(values[-1:])
                    states[-1] = steps[states[-2]][name]
                    continue
                first = len(values) - length
                values[first:] = (says(values[first:]),)
                states[first + 1 :] = (steps[states[first]][name],)
            if step is None:
                if states[-1] == self.tables.end and word.type == _END:
                    return values[0]
                before = values[-1] if values else None
                raise Stuck(word.start_pos or 0, before.type if isinstance(before, Token) else "")
            values.append(word)
            states.append(step)
        raise AssertionError

    def _words(self, text: str, states: Sequence[int]) -> Iterator[Token]:
        """The words of a line and its end, each found in the state that the parser is in when it is asked for."""
        at, end, last, left = 0, len(text), "", MAX_WORDS
        while at < end:
            opening = text[at : at + 2]
            if "0" <= opening < ":":
                opening = opening_of(text, at)
            for attempt in self._attempts[states[-1], opening]:
                if found := (attempt.match or attempt.compile())(text, at):
                    begin, at = at, found.end()
                    if not attempt.ignored:
                        if not left:
                            raise Stuck(begin, last)
                        yield Word(attempt.name, found.group(), begin, at)
                        last, left = attempt.name, left - 1
                    break
            else:
                raise Stuck(at, last)
        yield Word(_END, "", end, end)


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
        if terminal.name not in _NAMES and terminal.may_begin_with(opening_of(word))
    )


def is_no_bare_ticker(word: str) -> bool:
    """Whether a word is only taken for a ticker with its dollar sign, whatever the place."""
    return word in REASONS or word in ENGLISH | AT_THE_ENDS | ACTIONS | REQUESTS.keys()


@cache
def _reader() -> Reader:
    """The reader of the process, made for its first line."""
    return Reader(load(GRAMMAR))
