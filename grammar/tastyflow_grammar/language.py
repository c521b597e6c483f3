"""
From text to a command, or to the reason why not.

    text ─▶ Line ────────▶ parts ─────────▶ command
            normalise      order.lark       assembly: single, spreads, legs
            refusals       structure        numbers, doubts, strays, rows, sides, dates, figures, missing, twice
              │               │                 │
              └───────────────┴─────────────────┴──▶ Fault ─▶ NotUnderstood(code, message, span, suggestions)

Nothing but `NotUnderstood` leaves. A line that does not begin like a command, and is no order that merely lacks its
action, is ordinary chat: ``not_a_command``.

Where something new goes:

    another word for a strategy   its terminal in order.lark; for one that is a ticker, too: WORD_TOO or RULE_TOO
    a new strategy                Strategy in tastyflow/domain/commands.py, SHAPES in tastyflow/domain/strategies.py, a
                                  rule and a terminal in order.lark, its name in structure.py, a line in help.py; out of
                                  NOT_OFFERED in vocabulary.py; one that is usually sold: sides.py
    a way to write a day          a rule and a terminal in order.lark, its name in structure.py, its meaning in dates.py
    words around a day            `day_said` and `expiration` in order.lark
    a reason for a no             Code in faults.py, raised where it is seen
    a word that is refused        NOT_OFFERED in vocabulary.py; where it may begin a line, UNOFFERED_OPENERS there
    a management command          its class in tastyflow/domain/commands.py, order.lark, structure.py, COMMANDS below,
                                  WORDS in rendering.py, REQUESTS in vocabulary.py, _REQUEST in refusals.py, help.py
    any of them                   lines in tests/grammar/corpus, an example in docs/language.md, and the second opinion
                                  in tests/fuzz: lexicon.py, phrases.py, oracle.py
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from tastyflow.domain.commands import (
    ApproveOrder,
    CancelOrder,
    Command,
    Halt,
    ListOrders,
    RejectOrder,
    Resume,
    ShowBalance,
    ShowHelp,
    ShowPositions,
    ShowStatus,
)
from tastyflow.errors import NotUnderstood
from tastyflow_grammar.days import new_york_day
from tastyflow_grammar.meaning.commands import assemble, assemble_legs, replacement
from tastyflow_grammar.reading.line import FOREIGN, Line, read_line
from tastyflow_grammar.reading.reader import Stuck, read
from tastyflow_grammar.reading.words import Statement
from tastyflow_grammar.refusing import lines as refusals
from tastyflow_grammar.refusing import suggestions as guesses
from tastyflow_grammar.refusing.faults import Code, Fault, Fix
from tastyflow_grammar.refusing.fixes import suggestions

YEARS: Final = range(2001, 2095)
"""Of "now": an option symbol has two digits for its year, and an expiration may be some years away."""


def parse(text: str, *, as_of: datetime) -> Command:
    """
    Read one command.

    Args:
        text: As typed in the chat.
        as_of: The moment that "today" and "next month" are seen from, in any zone; a naive one is New York's.

    Raises:
        NotUnderstood: With a code, the span at fault, and commands that may have been meant.
    """
    if as_of.year not in YEARS:
        known = f"{YEARS.start} to {YEARS.stop - 1}"
        message = f"Options are known from {known}, not in {as_of.year}."
        raise NotUnderstood(message, code=Code.BAD_DATE.value, span=(0, 0))
    today = new_york_day(as_of)
    try:
        line = read_line(text)
    except Fault as fault:
        raise NotUnderstood(fault.message, code=fault.code.value, span=fault.span) from None
    try:
        return _understand(line, today)
    except Fault as fault:
        offered = _suggestions(line, fault.fixes, today)
        if fault.code == Code.SYNTAX and not fault.fixes and refusals.is_talk(line):
            fault = refusals.chat(line)
        raise NotUnderstood(fault.message, code=fault.code.value, span=fault.span, suggestions=offered) from None


def answer(text: str, *, as_of: datetime) -> dict[str, Any]:
    """The answer of ``tastyflow parse`` to one line, as a JSON object."""
    try:
        return {"status": "ok"} | parse(text, as_of=as_of).as_dict()
    except NotUnderstood as error:
        return {
            "status": "error",
            "code": error.code,
            "message": error.message,
            "span": list(error.span),
            "suggestions": list(error.suggestions),
        }


def _understand(line: Line, today: date) -> Command:
    if unready := refusals.unready(line):
        raise unready
    try:
        statement = read(line.text)
    except Stuck as stuck:
        raise _stuck(line, stuck, today) from None
    try:
        return COMMANDS[statement.verb](line, statement, today)
    except Fault as fault:
        if refusals.is_wordy(line):
            raise refusals.chat(line) from None
        if refusals.opens_a_command(line) or refusals.speaks_of_an_order(line, statement):
            raise
        raise _maybe_misspelt(line, today, otherwise=fault) from None


def _stuck(line: Line, stuck: Stuck, today: date) -> Fault:
    """Why the grammar cannot go on, in the trader's words."""
    if not refusals.opens_a_command(line):
        if fault := _look_alike(line, today):
            return fault
        return _maybe_misspelt(line, today, otherwise=refusals.chat(line))
    return refusals.stuck(line, stuck.position, stuck.after)


def _maybe_misspelt(line: Line, today: date, *, otherwise: Fault) -> Fault:
    """A line that would be a command but for its first word: ``byu 10 SPY 450C 12/18``."""
    word, start = refusals.first_word(line), line.span[0]
    if guesses.is_inflected(word):
        return refusals.chat(line)
    span = (start, start + len(word))
    fixes = guesses.replacing(span, guesses.near_openings(word))
    if offered := _suggestions(line, fixes, today):
        return Fault(Code.MISSING_ACTION, f"'{word.lower()}' is no action. Did you mean '{offered[0]}'?", span, fixes)
    return otherwise if otherwise.code == Code.MISSING_ACTION else refusals.chat(line)


def _look_alike(line: Line, today: date) -> Fault | None:
    """A word in letters of another script, in a line that would be for us without it: ``ВТО 10 SPY 450C``."""
    span = refusals.foreign_word(line)
    if span is None:
        return None
    disguise = Fault(Code.SYNTAX, "There is a letter or sign of another script. Type the word anew.", span)
    if refusals.opens_in_disguise(line):
        return disguise
    rest = " ".join(own for own, kept in zip(line.shown().split(), line.words, strict=True) if FOREIGN not in kept)
    try:
        _understand(read_line(rest), today)
    except Fault as fault:
        if fault.code in (Code.NOT_A_COMMAND, Code.EMPTY):
            return None
    return disguise


def _suggestions(line: Line, fixes: Sequence[Fix], today: date) -> tuple[str, ...]:
    return suggestions(line, fixes, lambda fixed: _command(read_line(fixed), today))


def _command(line: Line, today: date) -> Command:
    """A line that is offered: a command as it stands, with no guess on top of a guess."""
    if unready := refusals.unready(line):
        raise unready
    try:
        statement = read(line.text)
    except Stuck:
        raise refusals.chat(line) from None
    return COMMANDS[statement.verb](line, statement, today)


def _remark(line: Line, statement: Statement) -> str | None:
    """Free text, in the writer's own letters."""
    if statement.remark is None:
        return None
    return line.typed[statement.remark.start_pos : line.remark_end].lstrip(" ,:;") or None


def _reference(statement: Statement, line: Line) -> str:
    """As typed, without the ``#``; "last" and "all" in small letters."""
    token = statement.reference
    assert token is not None  # noqa: S101 - the grammar wants one
    typed = line.typed[token.start_pos : token.end_pos].removeprefix("#")
    return typed.lower() if typed.lower() in ("last", "all") else typed


COMMANDS: Final[Mapping[str, Callable[[Line, Statement, date], Command]]] = {
    "order": lambda _line, said, today: assemble(said.parts, today),
    "leg_by_leg": lambda _line, said, today: assemble_legs(said.legs, today),
    "cancel": lambda line, said, _today: CancelOrder(_reference(said, line)),
    "replace": lambda line, said, today: replacement(_reference(said, line), said.parts, today),
    "status": lambda line, said, _today: ShowStatus(_reference(said, line)),
    "approve": lambda line, said, _today: ApproveOrder(_reference(said, line)),
    "reject": lambda line, said, _today: RejectOrder(_reference(said, line), _remark(line, said)),
    "halt": lambda line, said, _today: Halt(_remark(line, said)),
    "resume": lambda _line, _said, _today: Resume(),
    "orders": lambda _line, _said, _today: ListOrders(),
    "positions": lambda _line, _said, _today: ShowPositions(),
    "balance": lambda _line, _said, _today: ShowBalance(),
    "help": lambda _line, _said, _today: ShowHelp(),
}
