"""
A short answer to a line that was refused: the whole line that the two make together.

    buy 10 SPY 450C             Which expiration?          12/18    buy 10 SPY 450C 12/18
    buy SPY calls Dec 18        Which strike?              450      buy SPY calls Dec 18 strike 450
    buy MSFT @ 410              How many shares?           100      buy 100 MSFT @ 410
    buy 10 SPY 450C 12/25       no trading day             12/24    buy 10 SPY 450C 12/24

    answer ─▶ its parts ─▶ do they say what is asked for? ─▶ candidates ─▶ parse ─▶ the one meaning that is left

The answer is put in where it can stand, or takes the place of the part at fault; nothing else of the line is left out.
"""

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from decimal import Decimal
from typing import Final

from tastyflow.errors import NotUnderstood
from tastyflow_grammar.answering.changing import CHANGED
from tastyflow_grammar.parts import Kind, Part
from tastyflow_grammar.reading.line import Line
from tastyflow_grammar.reading.replies import ShortAnswer, parts_of, said_in
from tastyflow_grammar.refusing.faults import Code, Edit, Fix, Span

_STRUCK: Final[frozenset[Kind]] = frozenset({Kind.STRIKE, Kind.STRIKES})
_DATED: Final = frozenset({Kind.EXPIRATION, Kind.TIME_IN_FORCE})
ASKED: Final[Mapping[str, frozenset[Kind]]] = {
    Code.MISSING_ACTION: frozenset({Kind.ACTION}),
    Code.MISSING_SYMBOL: frozenset({Kind.SYMBOL}),
    Code.MISSING_STRIKE: _STRUCK | {Kind.NUMBER},
    Code.MISSING_RIGHT: frozenset({Kind.RIGHT}),
    Code.MISSING_EXPIRATION: frozenset({Kind.EXPIRATION}),
    Code.BAD_QUANTITY: frozenset({Kind.QUANTITY, Kind.NUMBER, Kind.SHARES}),
    Code.BAD_PRICE: frozenset({Kind.PRICE, Kind.MARKET, Kind.STOP, Kind.NUMBER}),
    Code.BAD_STRIKE: _STRUCK | {Kind.NUMBER},
    Code.BAD_DATE: _DATED,
    Code.EXPIRED: _DATED,
    Code.NOT_A_TRADING_DAY: _DATED,
    Code.AMBIGUOUS: CHANGED - {Kind.SYMBOL},
}
"""What an answer to a refusal must say, by its code. No other refusal has a short answer."""

_LACKING: Final = frozenset({*(code for code in ASKED if code.startswith("missing")), Code.AMBIGUOUS})
"""Where the answer is added, and nothing of the line is wrong."""
_NUMBERS: Final[Mapping[str, Sequence[str]]] = {
    Code.MISSING_STRIKE: ("strike {}",),
    Code.BAD_STRIKE: ("{}", "strike {}"),
    Code.BAD_PRICE: ("{}", "@ {}"),
}
"""How a bare number is written at the end of a line."""
_BEHIND: Final[Mapping[str, Sequence[Set[Kind]]]] = {
    Code.BAD_QUANTITY: [{Kind.ACTION}],
    Code.MISSING_RIGHT: [_STRUCK | {Kind.NUMBER}],
    Code.MISSING_SYMBOL: [{Kind.QUANTITY}, {Kind.NUMBER}],
}
"""Behind what an answer usually stands; the first that the line has."""
_FIGURES: Final[Sequence[tuple[Code, Kind | None, str, Kind]]] = (
    (Code.AMBIGUOUS, Kind.PRICE, "@ {}", Kind.PRICE),
    (Code.AMBIGUOUS, Kind.STOP, "stop {}", Kind.STOP),
    (Code.MISSING_STRIKE, Kind.PRICE, "strike {}", Kind.STRIKE),  # calls at 450
    (Code.BAD_PRICE, None, "@ {}", Kind.PRICE),
    (Code.BAD_STRIKE, None, "{}", Kind.STRIKE),
)
"""
By the code of a question about a figure: what the figure was read as, if anything; how a bare number is written in its
place, and what else the answer may say.
"""
_OF_A_FIGURE: Final = frozenset({Kind.PRICE, Kind.EFFECT, Kind.LIMIT, Kind.STOP, Kind.STRIKE, Kind.RIGHT})
FIGURE: Final = re.compile(r"[-$]*(\d[\d,]*(\.\d+)?|\.\d+)")


def filled(line: Line, question: NotUnderstood, reply: ShortAnswer) -> Iterator[Fix]:
    """The answer put into the refused line, or in the place of what is at fault there."""
    at_fault = line.text[slice(*question.span)]
    stood = {part.kind for part in said_in(at_fault)}
    if not reply.answers:
        yield from _instead_of_figure(question, at_fault, stood, reply)
        return
    is_wrong = question.code not in _LACKING and bool(stood & ASKED[question.code] or FIGURE.search(at_fault))
    fixes = _instead(question, at_fault, stood, reply) if is_wrong else _put_in(line, question, reply)
    yield from (*fixes, *_spelt_out(question, at_fault, reply), *_instead_of_figure(question, at_fault, stood, reply))


def _put_in(line: Line, question: NotUnderstood, reply: ShortAnswer) -> Iterator[Fix]:
    """What the line lacks, at its end or in its usual place."""
    start, end = question.span
    if Kind.ACTION in reply.kinds:
        if question.code == Code.MISSING_ACTION:
            yield _inserted(start, reply.words)
        return
    parts = parts_of(line.text)
    for kinds in _BEHIND.get(question.code, ()):
        if behind := [part for part in parts if part.kind in kinds]:
            yield from (_inserted(part.span[1], reply.words) for part in behind)
            break
    ways = _NUMBERS.get(question.code, ()) if reply.is_number else ("{}",)
    for at in dict.fromkeys((end, line.span[1])):
        yield from (_inserted(at, _apart(parts, at, reply, way.format(reply.words))) for way in ways)


def _apart(parts: Sequence[Part], at: int, reply: ShortAnswer, words: str) -> str:
    """``exp dec`` behind "mid", which would be a day together with the month."""
    behind_word = any(part.kind is Kind.PRICE and part.span[1] == at and isinstance(part.value, str) for part in parts)
    is_day = reply.kinds == {Kind.EXPIRATION} and not reply.parts[0].value.sure
    return f"exp {words}" if behind_word and is_day else words


def _instead(question: NotUnderstood, at_fault: str, stood: Set[Kind], reply: ShortAnswer) -> Iterator[Fix]:
    """The answer instead of what is wrong, where it says all that stood there."""
    begin, end = question.span
    if stood and stood - {Kind.NUMBER} <= reply.kinds:
        yield (Edit((begin, end), reply.words),)
    figures = list(FIGURE.finditer(at_fault))
    if reply.is_number and len(figures) == 1:
        yield (Edit((begin + figures[0].start(), begin + figures[0].end()), reply.words),)


def _spelt_out(question: NotUnderstood, at_fault: str, reply: ShortAnswer) -> Iterator[Fix]:
    """``450C`` for 450, ``buy to open`` for "open": an answer that says again what stood there."""
    if at_fault and at_fault in reply.words.upper():
        yield (Edit(question.span, reply.words),)


def _instead_of_figure(question: NotUnderstood, at_fault: str, stood: Set[Kind], reply: ShortAnswer) -> Iterator[Fix]:
    """2.50 for ``for 250``, where that may be dollars; and for "two fifty", which is no figure."""
    if FIGURE.fullmatch(at_fault):  # 2,50: only the figure is wrong
        return
    if question.code == Code.MISSING_STRIKE and _number_in(at_fault) != _number_in(reply.words):
        return  # the price is one, and another number is the strike
    for code, was, form, said in _FIGURES:
        is_it = stood - {Kind.EFFECT} == {was} if was else not stood & ASKED[code]
        if (
            question.code == code
            and is_it
            and (reply.is_number or (said in reply.kinds and reply.kinds <= _OF_A_FIGURE))
        ):
            yield (Edit(question.span, form.format(reply.words) if reply.is_number else reply.words),)


def _number_in(words: str) -> Decimal | None:
    found = FIGURE.search(words)
    return Decimal(found[1].replace(",", "")) if found else None


def _inserted(at: int, words: str) -> Fix:
    return (Edit((at, at), f" {words} "),)


def in_place(line: Line, reply: ShortAnswer) -> Iterator[Fix]:
    """The answer in the place of what a line that is understood says of the same kinds."""
    parts = parts_of(line.text)
    old = [part for part in parts if part.kind in reply.kinds]
    spans = list(dict.fromkeys(part.span for part in old))
    if not reply.answers or not reply.kinds <= CHANGED or reply.names_unsurely or _says_more(parts, spans, reply):
        return
    at = spans[0] if spans else (line.span[1], line.span[1])
    yield (Edit(at, f" {reply.words} "), *(Edit(span, "") for span in spans[1:]))


def _says_more(parts: Sequence[Part], spans: Sequence[Span], reply: ShortAnswer) -> bool:
    """Whether more is said at these places than the answer says: ``450C``, for ``put``; two days, for one."""
    there = [part.kind for part in parts if part.span in spans]
    return not set(there) <= reply.kinds or len(there) > len(set(there))
