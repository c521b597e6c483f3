"""
The door of answers: a text, what it answers, and the one line that they make.

    answering                              text
    buy 10 SPY 450C        refused         12/18                   ─▶ filling
    buy 10 SPY 450C 12/18  an order        make it 5, puts         ─▶ changing
                                           again, close it         ─▶ following
    replace 3f2a11         at work         make it 1.25            ─▶ replace 3f2a11 @ 1.25
    quote SPY 450C 12/18   a question      455C                    ─▶ the part in the place of its kind
    (nothing)                              again                   ─▶ what to write

A line that is made is no order yet: it is to be parsed, and shown like any other.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

from attrs import evolve

from tastyflow.domain.commands import (
    AskedOption,
    Command,
    CompletedLine,
    Follows,
    PlaceOrder,
    PreviewOrder,
    ReplaceOrder,
    ShowChain,
    ShowQuote,
)
from tastyflow.domain.strategies import units_in
from tastyflow.errors import NotUnderstood
from tastyflow_grammar.answering.changing import CHANGED, Reader, with_answer
from tastyflow_grammar.answering.filling import ASKED, FIGURE, filled, in_place
from tastyflow_grammar.answering.following import following
from tastyflow_grammar.answering.in_own_words import marked
from tastyflow_grammar.language import parse, prepared
from tastyflow_grammar.meaning.sizes import CLOSING
from tastyflow_grammar.parts import Kind
from tastyflow_grammar.reading.changes import OldFigures, SaidChange, said_as_change
from tastyflow_grammar.reading.follow_ups import FollowUp, follow_up
from tastyflow_grammar.reading.line import Line, read_line
from tastyflow_grammar.reading.replies import ShortAnswer, read_reply
from tastyflow_grammar.refusing.faults import Code, Edit, LanguageFault
from tastyflow_grammar.refusing.references import refers_to_nothing

CHAT: Final = "That is not part of an order."
_LONGEST_SHOWN: Final = 20
_PART: Final = re.compile(r"1/[234]")
_OF_SHARES: Final = re.compile(r"\d *(?:shares?|shs)\b", re.IGNORECASE)
_OF_CONTRACTS: Final = re.compile(r"\d *(?:contracts?|cons?|lots?|cars?|cts?)\b", re.IGNORECASE)
"""What counts the other kind of thing: 50 shares are not 50 contracts."""


def complete(text: str, *, answering: str, as_of: datetime) -> CompletedLine:
    """
    The whole line that a short answer makes out of what it answers. It may lack a further part, and is then refused for
    that.

    Args:
        text: The answer: ``12/18``, ``450c``, ``make it 1.25``, ``again``.
        answering: The line that was refused, by the language or by the desk; a whole order; ``replace 3f2a11`` of an
            order at work; empty where there is nothing to answer.
        as_of: As of `parse`.

    Raises:
        NotUnderstood: ``not_a_command``, where *text* is no part of an order, and refers to none; ``ambiguous``, with
            the lines as suggestions, where it can be meant in two ways; else what to write.
    """
    try:
        return _completed(text, answering, as_of)
    except NotUnderstood as no:
        span = (0, len(text)) if no.span == (0, 0) else no.span
        raise NotUnderstood(no.message, code=no.code, span=span, suggestions=no.suggestions) from None


def _completed(text: str, answering: str, as_of: datetime) -> CompletedLine:
    said = _line(text)
    words = " ".join(said.shown().split())
    wanted = None if said.asks else follow_up(words)
    if not answering.strip():
        raise _nothing_before(said)
    answering = _in_ordinary_words(answering)
    command, question = _understood(answering, as_of)
    if said.asks:
        raise _no(CHAT, Code.NOT_A_COMMAND)
    if isinstance(command, PlaceOrder | PreviewOrder):
        return _of_an_order(words, wanted, read_line(answering), command, as_of)
    if wanted is not None:
        if question is None or question.code not in ASKED:
            raise _nothing_before(said)
        raise _no(f"It is no order yet. {question.message}", Code(question.code), question.suggestions)
    return _of_a_line(words, answering, command, question, as_of)


def _in_ordinary_words(answering: str) -> str:
    """The line that is answered; a broker's string in the words that an answer can change."""
    try:
        return prepared(answering).rewritten or answering
    except LanguageFault:
        return answering


def _understood(answering: str, as_of: datetime) -> tuple[Command | None, NotUnderstood | None]:
    """What is answered: the command of a line that is understood, or why it is not."""
    try:
        return parse(answering, as_of=as_of), None
    except NotUnderstood as no:
        return None, no


# ---- a whole order


def _of_an_order(
    words: str, wanted: FollowUp | None, line: Line, command: PlaceOrder | PreviewOrder, as_of: datetime
) -> CompletedLine:
    is_preview = isinstance(command, PreviewOrder)
    old, reader = command.order if isinstance(command, PreviewOrder) else command, Reader(as_of, is_preview=is_preview)
    if wanted is not None:
        return following(wanted, line, old, reader, is_preview=is_preview)
    if _PART.fullmatch(words) and all(leg.action in CLOSING for leg in old.legs):
        raise _no(f"Is {words} a part of what is held, or the expiration? Type the whole line.", Code.AMBIGUOUS)
    figures = _figures(old)
    if (_OF_SHARES if figures.strikes else _OF_CONTRACTS).search(words):
        raise _no("That counts something else than the order does. Type the whole line.")
    change = said_as_change(words, figures)
    replies = _replies(change, CHANGED)
    made: dict[object, CompletedLine] = {}
    refused: NotUnderstood | None = None
    for reply in replies:
        try:
            if (one := with_answer(line, old, reply, reader)) is not None:
                made.setdefault(reader.order(one.line), one)
        except NotUnderstood as no:
            refused = no
    if len(made) == 1:
        (one,) = made.values()
        return evolve(one, follows=Follows.ANOTHER if change.is_another else Follows.CHANGE)
    if made:
        raise _two_ways([one.line for one in made.values()])
    if refused is not None:
        raise _no(refused.message, Code(refused.code), refused.suggestions)
    raise _unchangeable(words, old, replies)


def _figures(old: PlaceOrder) -> OldFigures:
    """What a number is held against."""
    units = units_in(old.legs)
    options = [leg.instrument for leg in old.legs if isinstance(leg.instrument, AskedOption)]
    return OldFigures(
        tuple(dict.fromkeys(option.strike for option in options)),
        units if isinstance(units, int) else None,
        old.price if isinstance(old.price, Decimal) else None,
    )


def _unchangeable(words: str, old: PlaceOrder, replies: Sequence[ShortAnswer]) -> NotUnderstood:
    """Why nothing of an order is changed, and what to write."""
    if FIGURE.fullmatch(words):
        shown = words[:_LONGEST_SHOWN]
        message = f"What is {shown}? Write a price as '@ 2.50', a strike as '450C', a quantity as 'x10'."
        return _no(message, Code.AMBIGUOUS)
    kinds = frozenset[Kind]().union(*(reply.kinds for reply in replies))
    if Kind.STRIKE in kinds and len(_figures(old).strikes) > 1:
        return _no("Which of its strikes? Write all of them in a row: '435/440'.")
    if Kind.PRICE in kinds and old.stop is not None:
        return _no("It has a stop. Write both: 'stop 2.00 limit 1.90'.")
    return _no("That cannot be changed by itself. Type the whole line.")


# ---- a refused line, a question, an order at work


def _of_a_line(
    words: str, answering: str, command: Command | None, question: NotUnderstood | None, as_of: datetime
) -> CompletedLine:
    try:
        line = read_line(answering)
    except LanguageFault:
        raise _unanswered(question) from None
    change = said_as_change(words, OldFigures())
    if question is not None and _is_bare_replacement(answering, as_of):
        return _replacing(line, change, as_of)
    asked = ASKED.get(question.code, frozenset()) if question is not None else CHANGED
    replies = _replies(change, asked, with_rest=question is not None)
    if any({Kind.ACTION, Kind.SYMBOL} < reply.kinds for reply in replies) and Kind.SYMBOL not in asked:
        raise _unanswered(question)  # a line of its own
    meanings: dict[object, CompletedLine] = {}
    for reply in replies:
        for fix in filled(line, question, reply) if question is not None else in_place(line, reply):
            made, spans = marked(line.shown(), fix)
            if (meaning := _meaning(made, question, as_of)) is not None:
                follows = Follows.ANSWER if question is not None else Follows.CHANGE
                meanings.setdefault(meaning, CompletedLine(made, spans, follows))
    if len(meanings) == 1:
        return next(iter(meanings.values()))
    if meanings:
        raise _two_ways([one.line for meaning, one in meanings.items() if not isinstance(meaning, tuple)])
    raise _unanswered(question)


def _meaning(words: str, question: NotUnderstood | None, as_of: datetime) -> object | None:
    """The command; or what a line is refused for that gets further than the question; None for any other."""
    command, no = _understood(words, as_of)
    if no is None:
        return command if question is not None or isinstance(command, ShowQuote | ShowChain | ReplaceOrder) else None
    goes_on = question is not None and no.code in ASKED and no.code != Code.AMBIGUOUS
    if question is None or not goes_on or (no.code, no.message) == (question.code, question.message):
        return None
    offered = no.suggestions[:1]
    return (no.code, parse(offered[0], as_of=as_of) if offered else no.message)


def _is_bare_replacement(answering: str, as_of: datetime) -> bool:
    """Whether a line names an order that is to be changed, and not yet what is new."""
    return len(answering.split()) == 2 and isinstance(_understood(f"{answering} gtc", as_of)[0], ReplaceOrder)


def _replacing(line: Line, change: SaidChange, as_of: datetime) -> CompletedLine:
    """``replace 3f2a11`` with what is new of it."""
    if not change.is_another:
        for reading in change.readings:
            made, spans = marked(line.shown(), (Edit((line.span[1], line.span[1]), f" {reading}"),))
            command, _ = _understood(made, as_of)
            if isinstance(command, ReplaceOrder):
                return CompletedLine(made, spans, Follows.CHANGE)
    if all(reply.is_chat for reply in _read(change, CHANGED)):
        raise _no(CHAT, Code.NOT_A_COMMAND)
    raise _no("Of an order at work, the price, the stop and the time in force can change: '@ 1.25', 'gtc'.")


# ---- what both need


def _line(text: str) -> Line:
    try:
        return read_line(text)
    except LanguageFault as fault:
        raise NotUnderstood(fault.message, code=fault.code.value, span=fault.span) from None


def _replies(change: SaidChange, asked: frozenset[Kind], *, with_rest: bool = False) -> Sequence[ShortAnswer]:
    """
    What is said, as parts of an order.

    Raises:
        NotUnderstood: ``not_a_command``: it says nothing of one.
    """
    replies = _read(change, asked, with_rest=with_rest)
    if all(reply.is_chat for reply in replies):
        raise _no(CHAT, Code.NOT_A_COMMAND)
    return replies


def _read(change: SaidChange, asked: frozenset[Kind], *, with_rest: bool = False) -> Sequence[ShortAnswer]:
    readings = dict.fromkeys((change.rest, *change.readings) if with_rest else change.readings)
    return [read_reply(_line(reading), asked) for reading in readings]


def _two_ways(lines: Sequence[str]) -> NotUnderstood:
    return _no("That can be meant in two ways. Type the whole line.", Code.AMBIGUOUS, lines)


def _unanswered(question: NotUnderstood | None) -> NotUnderstood:
    """Why an answer makes nothing of a line: it does not say what was asked."""
    if question is None or question.code not in ASKED:
        return _no("That cannot be changed by itself. Type the whole line.")
    return _no(f"That does not answer it. {question.message}", Code(question.code), question.suggestions)


def _nothing_before(line: Line) -> NotUnderstood:
    """There is no order that a line refers to; chat, where it refers to none."""
    said = None if line.asks else refers_to_nothing(line)
    return _no(said) if said else _no(CHAT, Code.NOT_A_COMMAND)


def _no(message: str, code: Code = Code.SYNTAX, suggestions: Sequence[str] = ()) -> NotUnderstood:
    """A refusal of the whole answer."""
    return NotUnderstood(message, code=code.value, span=(0, 0), suggestions=suggestions)
