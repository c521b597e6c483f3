"""
A short answer to a line that was refused: the whole line that the two make together.

    buy 10 SPY 450C             Which expiration?          12/18    buy 10 SPY 450C 12/18
    buy SPY calls Dec 18        Which strike?              450      buy SPY calls Dec 18 strike 450
    buy MSFT @ 410              How many shares?           100      buy 100 MSFT @ 410
    buy 10 SPY 450C 12/25       no trading day             12/24    buy 10 SPY 450C 12/24
    buy 10 SPY 451C 12/18       (the desk: not listed)     450C     buy 10 SPY 450C 12/18
    buy 10 SPY 450C 12/18       (its card)            make it 5     buy x5 SPY 450C 12/18

    answer ─▶ its parts ─▶ do they say what is asked for? ─▶ candidates ─▶ parse ─▶ the one meaning that is left

The answer is put in where it can stand, or takes the place of the part at fault; nothing else of the line is left out.
A line that the language understands was refused by the desk: there the answer takes the place of the part of its kind.
"""

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from datetime import datetime
from typing import Final

from tastyflow.domain.commands import PlaceOrder, PreviewOrder, ShowChain, ShowQuote
from tastyflow.errors import NotUnderstood
from tastyflow_grammar.language import parse, prepared
from tastyflow_grammar.parts import Kind, Part
from tastyflow_grammar.reading.changes import said_as_change
from tastyflow_grammar.reading.line import Line, read_line
from tastyflow_grammar.reading.replies import ShortAnswer, parts_of, read_reply, said_in
from tastyflow_grammar.refusing.faults import Code, Edit, Fix, LanguageFault, Span
from tastyflow_grammar.refusing.suggestions import apply

_STRUCK: Final[frozenset[Kind]] = frozenset({Kind.STRIKE, Kind.STRIKES})
_PRICED: Final = frozenset({Kind.PRICE, Kind.MARKET, Kind.LIMIT, Kind.EFFECT, Kind.STOP})
_DATED: Final = frozenset({Kind.EXPIRATION, Kind.TIME_IN_FORCE})
_CHANGED: Final = _STRUCK | _PRICED | _DATED | {Kind.QUANTITY, Kind.RIGHT, Kind.SYMBOL}
"""What an answer may change in an order that the desk refused: not its side, and no bare number."""
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
    Code.AMBIGUOUS: _CHANGED - {Kind.SYMBOL},
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
_FIGURE: Final = re.compile(r"[-$]*(\d[\d,]*(\.\d+)?|\.\d+)")


def complete(text: str, *, answering: str, as_of: datetime) -> str:
    """
    The whole line that a short answer makes out of a refused one. It is to be parsed and shown like any other line: it
    may lack a further part, and is then refused for that.

    Args:
        text: The answer: ``12/18``, ``450c``, ``@ 1.25``.
        answering: The line that was refused, by the language or by the desk.
        as_of: As of `parse`.

    Raises:
        NotUnderstood: ``not_a_command``, where *text* is no part of an order; ``ambiguous``, with the lines as
            suggestions, where it can be meant in two ways; else with the code of the refusal: what to write.
    """
    answering = _in_ordinary_words(answering)
    question = _question(answering, as_of)
    wanted = ASKED.get(question.code, frozenset()) if question else _CHANGED
    replies = [read_reply(_line(said), wanted) for said in _as_said(text, answering, question)]
    if all(reply.is_chat for reply in replies):
        raise NotUnderstood("That is not part of an order.", code=Code.NOT_A_COMMAND.value, span=(0, len(text)))
    try:
        line = read_line(answering)
    except LanguageFault:
        raise _unclear(text, question, {}) from None
    meanings: dict[object, str] = {}
    for reply in replies:
        for words in _filled(line, question, reply) if question else _changed(line, reply):
            if (meaning := _meaning(words, question, as_of)) is not None:
                meanings.setdefault(meaning, words)
    if len(meanings) != 1:
        raise _unclear(text, question, meanings)
    return next(iter(meanings.values()))


def _as_said(text: str, answering: str, question: NotUnderstood | None) -> Sequence[str]:
    """What *text* can be meant as, where a whole line is to be changed; else as typed."""
    if question is not None or not text.isprintable():
        return (text,)
    return said_as_change(text, parts_of(read_line(answering).text))


def _line(text: str) -> Line:
    try:
        return read_line(text)
    except LanguageFault as fault:
        raise NotUnderstood(fault.message, code=fault.code.value, span=fault.span) from None


def _in_ordinary_words(answering: str) -> str:
    """The line that is answered; a broker's string in the words that an answer can change."""
    try:
        return prepared(answering).rewritten or answering
    except LanguageFault:
        return answering


def _question(answering: str, as_of: datetime) -> NotUnderstood | None:
    """Why the language refuses a line; None where it understands it."""
    try:
        parse(answering, as_of=as_of)
    except NotUnderstood as no:
        return no
    return None


# ---- candidates


def _filled(line: Line, question: NotUnderstood, reply: ShortAnswer) -> Iterator[str]:
    """The refused line with the answer put in, or in the place of what is at fault."""
    if not reply.answers:
        return
    at_fault = line.text[slice(*question.span)]
    stood = {part.kind for part in said_in(at_fault)}
    is_wrong = question.code not in _LACKING and bool(stood & ASKED[question.code] or _FIGURE.search(at_fault))
    fixes = _instead(question, at_fault, stood, reply) if is_wrong else _put_in(line, question, reply)
    for fix in (*fixes, *_spelt_out(question, at_fault, reply)):
        yield apply(line.shown(), fix)


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
        yield from (_inserted(at, way.format(reply.words)) for way in ways)


def _instead(question: NotUnderstood, at_fault: str, stood: Set[Kind], reply: ShortAnswer) -> Iterator[Fix]:
    """The answer instead of what is wrong, where it says all that stood there."""
    begin, end = question.span
    if stood and stood - {Kind.NUMBER} <= reply.kinds:
        yield (Edit((begin, end), reply.words),)
    figures = list(_FIGURE.finditer(at_fault))
    if reply.is_number and len(figures) == 1:
        yield (Edit((begin + figures[0].start(), begin + figures[0].end()), reply.words),)


def _spelt_out(question: NotUnderstood, at_fault: str, reply: ShortAnswer) -> Iterator[Fix]:
    """``450C`` for 450, ``buy to open`` for "open": an answer that says again what stood there."""
    if at_fault and at_fault in reply.words.upper():
        yield (Edit(question.span, reply.words),)


def _inserted(at: int, words: str) -> Fix:
    return (Edit((at, at), f" {words} "),)


def _changed(line: Line, reply: ShortAnswer) -> Iterator[str]:
    """A line that is understood, with the answer in the place of what it says of the same kinds."""
    parts = parts_of(line.text)
    old = [part for part in parts if part.kind in reply.kinds]
    spans = list(dict.fromkeys(part.span for part in old))
    if not reply.answers or not reply.kinds <= _CHANGED or reply.names_unsurely or _says_more(parts, spans, reply):
        return
    at = spans[0] if spans else (line.span[1], line.span[1])
    rest = tuple(Edit(span, "") for span in spans[1:])
    yield apply(line.shown(), (Edit(at, f" {reply.words} "), *rest))


def _says_more(parts: Sequence[Part], spans: Sequence[Span], reply: ShortAnswer) -> bool:
    """Whether more is said at these places than the answer says: ``450C``, for ``put``; two days, for one."""
    there = [part.kind for part in parts if part.span in spans]
    return not set(there) <= reply.kinds or len(there) > len(set(there))


# ---- what it means


def _meaning(words: str, question: NotUnderstood | None, as_of: datetime) -> object | None:
    """The command; or what a line is refused for that gets further than the question; None for any other."""
    try:
        command = parse(words, as_of=as_of)
    except NotUnderstood as no:
        goes_on = question is not None and no.code in ASKED and no.code != Code.AMBIGUOUS
        if question is None or not goes_on or (no.code, no.message) == (question.code, question.message):
            return None
        offered = no.suggestions[:1]
        return (no.code, parse(offered[0], as_of=as_of) if offered else no.message)
    return (
        command
        if question is not None or isinstance(command, PlaceOrder | PreviewOrder | ShowQuote | ShowChain)
        else None
    )


def _unclear(text: str, question: NotUnderstood | None, meanings: Mapping[object, str]) -> NotUnderstood:
    """Why no line is made of an answer: it has no meaning here, or several."""
    span, said = (0, len(text)), text.strip()[:20]
    if meanings:
        commands = tuple(words for meaning, words in meanings.items() if not isinstance(meaning, tuple))
        message = "That can be meant in two ways. Type the whole line."
        return NotUnderstood(message, code=Code.AMBIGUOUS.value, span=span, suggestions=commands)
    if question is None and _FIGURE.fullmatch(said):
        message = f"What is {said}? Write a price as '@ 2.50', a strike as '450C', a quantity as 'x10'."
        return NotUnderstood(message, code=Code.AMBIGUOUS.value, span=span)
    if question is None or question.code not in ASKED:
        message = "That cannot be changed by itself. Type the whole line."
        return NotUnderstood(message, code=Code.SYNTAX.value, span=span)
    message = f"That does not answer it. {question.message}"
    return NotUnderstood(message, code=question.code, span=span, suggestions=question.suggestions)
