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
from lark.parsers.lalr_analysis import Action, Shift

SUFFIX: Final = ".tables"
_RULE: Final = re.compile(r"<([A-Za-z_]+(?:\.\.)?)>")
_BEGINS: Final = ".."
_ASCII: Final = frozenset(map(chr, range(128)))
_DIGITS: Final = frozenset("0123456789")
_SOME_DIGITS: Final = _DIGITS - {"0"}
_ANY: Final = "\x80"  # in an opening; no ASCII character
_AS_MANY: Final = ops.MAX_REPEAT, ops.MIN_REPEAT
_WIDTHLESS: Final = ops.AT, ops.ASSERT, ops.ASSERT_NOT
_CATEGORIES: Final = {
    ops.CATEGORY_DIGIT: r"\d",
    ops.CATEGORY_NOT_DIGIT: r"\D",
    ops.CATEGORY_SPACE: r"\s",
    ops.CATEGORY_NOT_SPACE: r"\S",
    ops.CATEGORY_WORD: r"\w",
    ops.CATEGORY_NOT_WORD: r"\W",
}
_digits_from = re.compile("[0-9]+").match


class Terminal(NamedTuple):
    """
    A kind of word.

    Attributes:
        name: As in the grammar.
        regexp: How it is written, and what must follow it.
        openings: What it can begin with, and perhaps more: first characters, and the second ones behind any of them, as
            of `opening_of`; no second ones where it can be any, none at all where already the first can be any.
        ignored: Whether it is passed over.
        alone: How it is written, whatever follows: where what must follow is a rule, and its pattern long. Else empty.
    """

    name: str
    regexp: str
    openings: Sequence[tuple[str, str]]
    ignored: bool
    alone: str = ""

    def may_begin_with(self, opening: str) -> bool:
        first, second = opening[:1], opening[1:]
        return not (self.openings and opening.isascii()) or any(
            first in firsts and (not seconds or second in seconds) for firsts, seconds in self.openings
        )


class States(dict[int, dict[str, int]]):
    """
    What to do in each state of the parser, by the next word; read on demand: one line reaches few of them.

    A state to go to, or the number of a rule that is complete, inverted so that it lies below 0.
    """

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__()
        self._lines = lines

    def __missing__(self, state: int) -> dict[str, int]:
        self[state] = json.loads(self._lines[state])
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
        self.states = States(lines)
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
            str(name): places[_onward(table.states, state, to)] if action is Shift else ~rules[to]
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


def _onward(states: Mapping[Any, Mapping[str, tuple[Action, Any]]], state: Any, to: Any) -> Any:
    """The state to go to; past those where the only thing to do is to call a child by its parent's name."""
    match list(set(states[to].values())):
        case [(action, Rule() as rule)] if action is not Shift and _renames(rule):
            return _onward(states, state, states[state][rule.origin.name][1])
    return to


def _renames(rule: Rule) -> bool:
    """Whether the rule is its only child, as ``?part: side`` where a side is read."""
    (child, *more) = rule.expansion
    return bool(rule.options.expand1) and not rule.alias and not more and not child.is_term


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


def opening_of(text: str, at: int = 0) -> str:
    """The first two characters from a place on; a run of digits counts as one, and is "0"."""
    if not "0" <= text[at : at + 1] <= "9":
        return text[at : at + 2]
    end = _digits_from(text, at).end()  # type: ignore[union-attr]  # there is one
    return "0" + text[end : end + 1]


def openings(regexp: str) -> list[tuple[str, str]]:
    """The first characters of a matching text, as of `opening_of`, with the second ones; none where it can be any."""
    pattern = _parser.parse(regexp)
    seconds: dict[str, frozenset[str]] = {}
    for opening in _openings(pattern):
        if not opening.said or opening.said[0] == _ANY or pattern.state.flags & re.IGNORECASE:
            return []
        first, second = opening.said[0], opening.said[1:]
        if second:
            more = _ASCII if second == _ANY else frozenset(second)
        else:
            more = _ASCII if first == "0" and "0" not in opening.never else _ASCII - opening.never
        more = more | _DIGITS if "0" in more else more - _DIGITS
        seconds[first] = seconds.get(first, frozenset()) | more
    groups: dict[str, str] = {}
    for first, more in sorted(seconds.items()):
        spelt = "" if more >= _ASCII else "".join(sorted(more))
        groups[spelt] = groups.get(spelt, "") + first
    return [(firsts, spelt) for spelt, firsts in groups.items()]


class _Opening(NamedTuple):
    """
    How a matching text begins.

    Attributes:
        said: Its first two characters, digits as in `opening_of`; fewer where it may be over there.
        never: What does not follow then.
    """

    said: str
    never: frozenset[str] = frozenset()


_NOTHING: Final = frozenset({_Opening("")})
_NONE: Final[frozenset[_Opening]] = frozenset()


def _openings(items: Iterable[tuple[Any, Any]]) -> frozenset[_Opening]:
    known = _NOTHING
    for operation, of in items:
        known = _joined(known, _openings_of(operation, of))
    return known


def _joined(before: frozenset[_Opening], behind: frozenset[_Opening]) -> frozenset[_Opening]:
    """The openings of one pattern with another behind it."""
    known = {one for one in before if len(one.said) > 1}
    heads = {_Opening(other.said[:1], frozenset() if other.said else other.never) for other in behind}
    for one in before - known:
        for other in behind if one.said in ("", "0") else heads:  # else one more character is all that counts
            if not other.said:
                known.add(_Opening(one.said, one.never | other.never))
            elif other.said[0] not in one.never:
                goes_on = one.said == "0" == other.said[0]  # the run of digits
                known.add(_Opening((one.said + other.said[goes_on:])[:2], other.never))
    return frozenset(known)


def _openings_of(operation: Any, of: Any) -> frozenset[_Opening]:
    if operation in (ops.LITERAL, ops.NOT_LITERAL, ops.IN, ops.ANY):
        return frozenset(map(_Opening, _signs(_fitting(operation, of))))
    if operation is ops.BRANCH:
        return frozenset().union(*map(_openings, of[1]))
    if operation is ops.SUBPATTERN and not of[1] and not of[2]:  # without flags of its own
        return _openings(of[3])
    if operation in _AS_MANY:
        return _repeated(*of)
    if operation is ops.ASSERT and of[0] > 0:  # whatever follows it, the text begins so there
        return frozenset(_Opening((one.said + _ANY)[:2]) if one.said else one for one in _openings(of[1]))
    if operation is ops.ASSERT_NOT and of[0] > 0:
        never = _alone(of[1])
        return frozenset({_Opening("", (never - _SOME_DIGITS) if never >= _DIGITS else never - _DIGITS)})
    return _NOTHING if operation in _WIDTHLESS else frozenset({_Opening(_ANY * 2)})


def _repeated(least: int, most: int, items: Any) -> frozenset[_Opening]:
    once, known, ways = _openings(items), _NOTHING, _NONE
    for times in range(most + 1):
        if times >= least:
            if known <= ways:
                break
            ways |= known
        known = _joined(known, once)
    return ways


def _alone(items: Sequence[tuple[Any, Any]]) -> frozenset[str]:
    """The characters of which one is all that a pattern wants."""
    (operation, of), *more = items or [(None, None)]
    if more:
        return frozenset()
    if operation is ops.BRANCH:
        return frozenset().union(*map(_alone, of[1]))
    if operation is ops.SUBPATTERN and not of[1] and not of[2]:
        return _alone(of[3])
    return _fitting(operation, of) if operation in (ops.LITERAL, ops.IN) else frozenset()


def _signs(characters: Iterable[str]) -> frozenset[str]:
    return frozenset("0" if character in _DIGITS else character for character in characters)


def _fitting(operation: Any, of: Any) -> frozenset[str]:
    """The characters that a pattern of one character fits."""
    if operation is ops.LITERAL:
        return frozenset(chr(of))
    if operation is ops.NOT_LITERAL:
        return _ASCII - {chr(of)}
    return _ASCII if operation is ops.ANY else frozenset(c for c in _ASCII if _is_in(c, of))


def _is_in(character: str, choices: Sequence[tuple[Any, Any]]) -> bool:
    """Whether a character is in a set such as ``[A-Z\\d]``."""
    negated = choices[0][0] is ops.NEGATE
    for kind, of in choices:
        if kind is ops.LITERAL and ord(character) == of:
            return not negated
        if kind is ops.RANGE and of[0] <= ord(character) <= of[1]:
            return not negated
        if kind is ops.CATEGORY and re.match(_CATEGORIES[of], character):
            return not negated
    return negated
