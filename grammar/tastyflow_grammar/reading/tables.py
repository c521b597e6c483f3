"""
The parser's tables: Lark makes them when the package is built, and every process after that loads them.

    order.lark ─┬▶ Lark ─▶ order.tables ─▶ Tables        the build (hatch_build.py), then every start
                └▶ Lark ─────────────────▶ Tables        where that file is missing, damaged, or another grammar's

To make them takes longer than the rest of a whole ``tastyflow parse`` (docs/decisions/0009-tables-are-built.md). The
file is text: a seal, a line of JSON with rules and terminals, and a line for each state of the parser, which is read
when the parser first reaches that state. The seal is a SHA-256 over the grammar, Lark's version, this module and the
content: the tables are used only where they are current and whole. Nothing is written at run time.

The module imports no sibling: the build loads it alone, where the rest of the package cannot be imported yet.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import product
from operator import itemgetter
from pathlib import Path
from re import _constants as ops  # Lark looks into patterns in the same way; there is no public one
from re import _parser
from typing import Any, Final, NamedTuple

import lark
from lark.grammar import Rule
from lark.lexer import PatternRE, PatternStr, TerminalDef
from lark.load_grammar import load_grammar
from lark.parsers.lalr_analysis import Action, Reduce, Shift

SUFFIX: Final = ".tables"
_RULE: Final = re.compile(r"<([A-Za-z_]+(?:\.\.)?)>")
_BEGINS: Final = ".."
_ASCII: Final = frozenset(map(chr, range(128)))
_AS_MANY: Final = ops.MAX_REPEAT, ops.MIN_REPEAT
_WIDTHLESS: Final = ops.AT, ops.ASSERT, ops.ASSERT_NOT


class Terminal(NamedTuple):
    """
    A kind of word.

    Attributes:
        name: As in the grammar.
        regexp: How it is written, and what must follow it.
        openings: The ASCII characters that it can begin with, and perhaps more; empty where it can be any.
        ignored: Whether it is passed over.
        alone: How it is written, whatever follows: where what must follow is a rule, and its pattern long. Else empty.
    """

    name: str
    regexp: str
    openings: str
    ignored: bool
    alone: str = ""

    def may_begin_with(self, character: str) -> bool:
        return not self.openings or character in self.openings or character not in _ASCII


class States(dict[int, dict[str, tuple[Action, Any]]]):
    """What to do in each state of the parser, by the next word; read on demand: one line reaches few of them."""

    def __init__(self, lines: Sequence[str], rules: Sequence[Rule]) -> None:
        super().__init__()
        self._lines, self._rules = lines, rules

    def __missing__(self, state: int) -> dict[str, tuple[Action, Any]]:
        actions = json.loads(self._lines[state])
        self[state] = {name: (Shift, to) if to >= 0 else (Reduce, self._rules[~to]) for name, to in actions.items()}
        return self[state]


class Tables:
    """
    Lark's LALR tables.

    Attributes:
        rules: The grammar's, with those that Lark adds.
        terminals: In the order in which they are tried.
        states: What to do in each state.
        start: The state before the first word.
        end: The state after the last one.
    """

    def __init__(self, text: str) -> None:
        first, *lines = text.splitlines()
        head = json.loads(first)
        self.rules = [Rule.deserialize(rule, {}) for rule in head["rules"]]
        self.terminals = tuple(Terminal(*fields) for fields in head["terminals"])
        self.states = States(lines, self.rules)
        self.start: int = head["start"]
        self.end: int = head["end"]


def load(grammar: Path) -> Tables:
    """The tables of a grammar: the stored ones where they are current and whole, else made in memory."""
    source = grammar.read_text("utf-8")
    return Tables(_stored(grammar.with_suffix(SUFFIX), source) or compiled(source))


def store(grammar: Path) -> Path:
    """Write the tables of a grammar beside it, and return their path."""
    source = grammar.read_text("utf-8")
    text, path = compiled(source), grammar.with_suffix(SUFFIX)
    path.write_text(f"{_seal(source, text)}\n{text}", "utf-8", newline="\n")
    return path


def compiled(source: str) -> str:
    """
    The tables of a grammar, as text.

    Raises:
        lark.exceptions.LarkError: It is no grammar.
    """
    built = larks(source)
    table = built.parse_interactive().parser_state.parse_conf.parse_table
    places = _numbered(table.states, table.start_states["start"])
    rules = {rule: number for number, rule in enumerate(sorted(built.rules, key=str))}
    head = {
        "start": places[table.start_states["start"]],
        "end": places[table.end_states["start"]],
        "rules": [rule.serialize(None) for rule in rules],
        "terminals": list(_terminals(built, _followed(source))),
    }
    states = (
        {
            str(name): places[to] if action is Shift else ~rules[to]
            for name, (action, to) in _by_name(table.states[state])
        }
        for state in places
    )
    return "\n".join(json.dumps(each, separators=(",", ":")) for each in (head, *states))


def larks(source: str, **options: Any) -> lark.Lark:
    """
    Lark's own parser of a grammar.

    In a look-ahead, ``<strike>`` stands for whatever the rule `strike` reads, and ``<any_day..>`` for the word that any
    day begins with. They are spelt out here: so a new way to write a day is followed wherever a day may follow.
    """
    spelt = {name: each.regexp for name, each in _followed(source).items()}

    def spell_out(terminal: TerminalDef) -> None:
        if terminal.name in spelt:
            terminal.pattern = PatternRE(spelt[terminal.name])

    return lark.Lark(
        source, parser="lalr", lexer="contextual", maybe_placeholders=False, edit_terminals=spell_out, **options
    )


class _Followed(NamedTuple):
    """A terminal with a rule in its look-ahead, spelt out; and without what must follow."""

    regexp: str
    alone: str


def _followed(source: str) -> dict[str, _Followed]:
    """The terminals that name a rule in a look-ahead."""
    if not _RULE.search(source):
        return {}
    loaded, _ = load_grammar(source, "", [], global_keep_all_tokens=False)  # type: ignore[no-untyped-call]
    terminals, rules, _ = loaded.compile(["start"], set())
    spelling = _Spelling(rules, {each.name: each.pattern.to_regexp() for each in terminals})
    return {
        name: _Followed(_RULE.sub(lambda found: spelling[found[1]], regexp), _RULE.sub("", regexp))
        for name, regexp in spelling.terminals.items()
        if _RULE.search(regexp)
    }


class _Spelling(dict[str, str]):
    """What a name in a look-ahead stands for, as a regular expression."""

    def __init__(self, rules: Sequence[Rule], terminals: Mapping[str, str]) -> None:
        super().__init__()
        self.terminals = terminals
        self._ways: dict[str, list[tuple[str, ...]]] = {}
        for rule in rules:
            self._ways.setdefault(rule.origin.name, []).append(tuple(symbol.name for symbol in rule.expansion))

    def __missing__(self, name: str) -> str:
        if name.endswith(_BEGINS):
            self[name] = _either(self.terminals[word] for word in sorted(self._first(name.removesuffix(_BEGINS))))
        elif name in self.terminals:
            self[name] = _either([self.terminals[name]])
        else:
            ways = self._of(name)
            shortest = [way for way in ways if not any(way[:length] in ways for length in range(1, len(way)))]
            self[name] = _either(" *".join(self[symbol] for symbol in way) for way in shortest)
        return self[name]

    def _of(self, rule: str) -> list[tuple[str, ...]]:
        if rule not in self._ways:
            raise lark.GrammarError(f"A look-ahead names <{rule}>, and there is no such rule.")
        return self._ways[rule]

    def _first(self, name: str) -> frozenset[str]:
        """The terminals that a text of a rule can begin with."""
        if name in self.terminals:
            return frozenset({name})
        return frozenset(word for way in self._of(name) if way[0] != name for word in self._first(way[0]))


def _either(ways: Iterable[str]) -> str:
    return f"(?:{'|'.join(ways)})"


def _numbered(states: Mapping[Any, Mapping[str, tuple[Action, Any]]], start: Any) -> dict[Any, int]:
    """The states numbered in the order of a walk from the start: Lark's own numbers differ from build to build."""
    order = {start: 0}
    for state in (waiting := [start]):
        for _, (action, to) in _by_name(states[state]):
            if action is Shift and to not in order:
                order[to] = len(order)
                waiting.append(to)
    return order


def _by_name(state: Mapping[str, tuple[Action, Any]]) -> list[tuple[str, tuple[Action, Any]]]:
    return sorted(state.items(), key=itemgetter(0))


def _stored(path: Path, source: str) -> str | None:
    try:
        seal, _, text = path.read_text("utf-8").partition("\n")
        return text if seal == _seal(source, text) else None
    except (OSError, ValueError):  # there is no such file, or it is no text
        return None


def _seal(source: str, text: str) -> str:
    """A SHA-256 over everything that the tables depend on (grammar, Lark, this module), and over the tables."""
    made_by = Path(__file__).read_text("utf-8")
    return sha256("\0".join((lark.__version__, made_by, source, text)).encode()).hexdigest()


def _terminals(built: lark.Lark, followed: Mapping[str, _Followed]) -> Iterator[Terminal]:
    """In Lark's own order: priority first, then the longer before the shorter."""
    order = sorted(built.terminals, key=lambda t: (-t.priority, -t.pattern.max_width, -len(t.pattern.value), t.name))
    _assert_no_rival(order)
    for each in order:
        regexp = each.pattern.to_regexp()
        alone = followed[each.name].alone if each.name in followed else ""
        yield Terminal(each.name, regexp, openings(alone or regexp), each.name in built.ignore_tokens, alone)


def _assert_no_rival(terminals: Iterable[TerminalDef]) -> None:
    """Lark prefers a literal to a pattern of the same priority that fits it; the reader only knows the order."""
    for word, other in product(terminals, repeat=2):
        if isinstance(word.pattern, PatternStr) and not isinstance(other.pattern, PatternStr):
            rivals = word.priority == other.priority and re.fullmatch(other.pattern.to_regexp(), word.pattern.value)
            if rivals:
                raise lark.GrammarError(f"{word.name} and {other.name} both fit; give {word.name} a higher priority.")


def openings(regexp: str) -> str:
    """The ASCII characters that a matching text can begin with, and perhaps more; empty where it can be any."""
    pattern = _parser.parse(regexp)
    characters, empty = _begins(pattern)
    unsure = empty or pattern.state.flags & re.IGNORECASE
    return "" if unsure or characters >= _ASCII else "".join(sorted(characters))


def _begins(items: Iterable[tuple[Any, Any]]) -> tuple[frozenset[str], bool]:
    """The characters that a pattern can begin with, and whether it can match nothing."""
    characters: frozenset[str] = frozenset()
    for operation, of in items:
        more, empty = _item_begins(operation, of)
        characters |= more
        if not empty:
            return characters, False
    return characters, True


def _item_begins(operation: Any, of: Any) -> tuple[frozenset[str], bool]:
    if operation is ops.LITERAL:
        return frozenset(chr(of)), False
    if operation is ops.IN:
        return frozenset(c for c in _ASCII if _is_in(c, of)), False
    if operation is ops.BRANCH:
        ways = [_begins(way) for way in of[1]]
        return frozenset().union(*(way for way, _ in ways)), any(empty for _, empty in ways)
    if operation is ops.SUBPATTERN and not of[1] and not of[2]:  # without flags of its own
        return _begins(of[3])
    if operation in _AS_MANY:
        characters, empty = _begins(of[2])
        return characters, empty or of[0] == 0
    if operation in _WIDTHLESS:
        return frozenset(), True
    return _ASCII, False


def _is_in(character: str, choices: Sequence[tuple[Any, Any]]) -> bool:
    """Whether a character is in a set such as ``[A-Z\\d]``; True where that is not certain."""
    negated = choices[0][0] is ops.NEGATE
    for kind, of in choices:
        if kind is ops.LITERAL and ord(character) == of:
            return not negated
        if kind is ops.RANGE and of[0] <= ord(character) <= of[1]:
            return not negated
        if kind is ops.CATEGORY and (of is not ops.CATEGORY_DIGIT or character.isdigit()):
            return True
    return negated
