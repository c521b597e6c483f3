"""
From text to a command, or to the reason why not.

    text ─▶ reading ─────────▶ meaning ──────────▶ command ─▶ writing ─▶ text
            line, brokers'     commands, legs,                rendering, help
            strings, passing   spreads, dates,
            words, reader,     prices, sizes …
            structure
                │                  │
                └─▶ refusing ◀─────┘  LanguageFault ─▶ NotUnderstood(code, message, span, suggestions)

    a short answer, and what it answers ─▶ answering ─▶ a whole line, to be parsed like any other

`parse` raises nothing but `NotUnderstood`. A line that does not begin like a command, and is no order that lacks only
its action, is ordinary chat: ``not_a_command``.

Where something new goes:

    another verb                  a terminal in order.lark, ACTIONS in vocabulary.py, a line in reading/leg_parts.py;
                                  where it is common English, too, the rule spoken in order.lark, and
                                  COMMON_VERBS in refusing/intents.py
    another word for a strategy   its terminal in order.lark; WORD_TOO or RULE_TOO there where a ticker has that name
    a strategy's short name       SHORTHAND in order.lark, SAYS in meaning/shorthands.py
    a new strategy                Strategy in tastyflow/domain/ticket.py, SHAPES in tastyflow/domain/strategies.py,
                                  a rule and a terminal in order.lark, a line in reading/leg_parts.py, an example in
                                  writing/help.py; its words leave NOT_OFFERED in vocabulary.py; if it is usually sold,
                                  USUALLY_SOLD in meaning/sides.py
    a way to write a day          a rule and a terminal in order.lark, a line in reading/term_parts.py, its meaning in
                                  FORMS in meaning/day_forms.py
    words around a day            the rules any_day and expiration in order.lark
    a way to write a price        the rules price and amount in order.lark, a line in reading/term_parts.py; where it
                                  is only suggested, a pattern in refusing/figures.py
    a part of what is held        HeldPart in tastyflow/domain/commands/, HELD_PART in order.lark, a line in
                                  reading/leg_parts.py, its words in writing/rendering.py
    a word that carries nothing   at the ends of a line NOTES in reading/passing_words.py, else
                                  WITHIN in reading/passing_words.py, with its reason and its place
    a broker's string             a line of the pattern in reading/broker_strings.py, and the words that it says
    a sign of phones              reading/letters.py, one character for one
    words that change an order    reading/changes.py, as the parts that they may mean
    words that refer to one       Refers and its phrase in reading/follow_ups.py, REFERRING in vocabulary.py,
                                  NOTHING_BEFORE in refusing/references.py, what they make in answering/following.py
    talk with our words in it     THINGS_SAID in refusing/talk.py
    a word that is refused        NOT_OFFERED in vocabulary.py; where it may begin a line, UNOFFERED_OPENERS there
    an error code                 Code in refusing/faults.py; the module that sees the reason raises a LanguageFault
    a command without an order    its class in tastyflow/domain/commands/, a rule and a terminal in order.lark, a line
                                  in reading/structure.py, REQUESTS in vocabulary.py, COMMANDS in meaning/commands.py,
                                  WORDS in writing/rendering.py, an example in writing/help.py; if its word is common in
                                  chat, is_chat there, and NOUNS in vocabulary.py
    any of them                   lines in tests/grammar/corpus, an example in docs/language.md, and the second opinion:
                                  tests/fuzz/lexicon.py, tests/fuzz/phrases.py, tests/fuzz/oracle.py
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from tastyflow.domain.commands import Command
from tastyflow.errors import NotUnderstood
from tastyflow_grammar.days import NewYorkDay
from tastyflow_grammar.meaning.commands import COMMANDS
from tastyflow_grammar.reading.broker_strings import in_ordinary_words
from tastyflow_grammar.reading.letters import FOREIGN
from tastyflow_grammar.reading.line import Line, read_line
from tastyflow_grammar.reading.near_words import close_first_words, is_inflected
from tastyflow_grammar.reading.reader import Stuck, read
from tastyflow_grammar.reading.replies import parts_of
from tastyflow_grammar.refusing import lines, openers
from tastyflow_grammar.refusing.faults import Code, Fix, LanguageFault
from tastyflow_grammar.refusing.intents import COMMON_VERBS, RESIZING, resized
from tastyflow_grammar.refusing.suggestions import apply, replacing, suggested_lines
from tastyflow_grammar.refusing.talk import is_talk
from tastyflow_grammar.vocabulary import QUESTIONS, REFERRING

_COME_LAST: Final = (Code.MISSING_RIGHT, Code.MISSING_EXPIRATION)
"""What is asked for where everything before it is said."""

YEARS: Final = range(2001, 2095)
"""Years of *as_of*: an option symbol has two digits for its year, and an expiration may be some years away."""


def parse(text: str, *, as_of: datetime) -> Command:
    """
    Read one command.

    Args:
        text: As typed in the chat.
        as_of: The moment from which "today" and "next month" are counted, in any zone; a naive one is New York's.

    Raises:
        NotUnderstood: With a code, the span at fault, and commands that may have been meant.
    """
    if as_of.year not in YEARS:
        known = f"{YEARS.start} to {YEARS.stop - 1}"
        message = f"Options are known from {known}, not in {as_of.year}."
        raise NotUnderstood(message, code=Code.BAD_DATE.value, span=(0, 0))
    today = NewYorkDay.of(as_of)
    try:
        line = prepared(text)
    except LanguageFault as fault:
        raise NotUnderstood(fault.message, code=fault.code.value, span=fault.span) from None
    try:
        return _understand(line, today)
    except LanguageFault as fault:
        if fault.code != Code.NOT_A_COMMAND and is_talk(line, fault):
            fault = lines.not_a_command(line)
        fault, offered = _explained(line, fault, today)
        if fault.code == Code.SYNTAX and not fault.fixes and openers.names_nothing_to_trade(line):
            fault = lines.not_a_command(line)
        raise NotUnderstood(
            fault.message if offered else _refers_to_nothing(line) or fault.message,
            code=fault.code.value,
            span=line.typed_span(fault.span),
            suggestions=offered,
            is_question=openers.first_word(line) in QUESTIONS,
        ) from None


def _refers_to_nothing(line: Line) -> str | None:
    """What is said to a line that refers to an order before it: here there is none."""
    words = line.words
    if line.asks or REFERRING.isdisjoint((*words[:4], *words[-1:])):
        return None
    from tastyflow_grammar.refusing.references import refers_to_nothing  # most lines need none of its patterns

    return refers_to_nothing(line)


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


def prepared(text: str) -> Line:
    """
    A text, ready for the grammar; a broker's string in ordinary words.

    Raises:
        LanguageFault: As of `read_line`.
    """
    return in_ordinary_words(read_line(text))


def _understand(line: Line, today: NewYorkDay) -> Command:
    if refused := lines.refused_unread(line):
        raise refused
    if (verb := line.text.split(None, 1)[0]) in RESIZING:
        raise resized(line, verb, parts_of(line.text.replace(verb, RESIZING[verb], 1))) or lines.not_a_command(line)
    try:
        statement = read(line.text)
    except Stuck as stuck:
        raise _stuck(line, stuck, today) from None
    if unsure := lines.unsure_minus(line, statement):
        raise unsure
    try:
        return COMMANDS[statement.verb](line, statement, today)
    except LanguageFault as fault:
        if openers.cannot_be_an_order(line):
            raise lines.not_a_command(line) from None
        if openers.opens_a_command(line) or openers.speaks_of_an_order(line, statement):
            raise
        raise _maybe_misspelt(line, today, otherwise=fault) from None


def _stuck(line: Line, stuck: Stuck, today: NewYorkDay) -> LanguageFault:
    """Why the grammar cannot read on, in the trader's words."""
    if openers.opens_a_command(line):
        return lines.stuck(line, stuck.position, stuck.after)
    return _look_alike(line, today) or _maybe_misspelt(line, today, otherwise=lines.not_a_command(line))


def _maybe_misspelt(line: Line, today: NewYorkDay, *, otherwise: LanguageFault) -> LanguageFault:
    """The fault of a line that would be a command if its first word were right: ``byu 10 SPY 450C 12/18``."""
    word, start = openers.first_word(line), line.span[0]
    if is_inflected(word) or word in COMMON_VERBS:
        return lines.not_a_command(line)
    span = (start, start + len(word))
    fixes = replacing(span, close_first_words(word))
    if offered := _suggestions(line, fixes, today):
        message = f"'{word.lower()}' is no action. Did you mean '{offered[0]}'?"
        return LanguageFault(Code.MISSING_ACTION, message, span, fixes)
    return otherwise if otherwise.code == Code.MISSING_ACTION else lines.not_a_command(line)


def _look_alike(line: Line, today: NewYorkDay) -> LanguageFault | None:
    """The fault of letters of another script in a line that is a command without that word: ``ВТО 10 SPY 450C``."""
    span = lines.foreign_word(line)
    if span is None:
        return None
    disguise = LanguageFault(Code.SYNTAX, "There is a letter or sign of another script. Type the word anew.", span)
    if openers.opens_in_disguise(line):
        return disguise
    rest = " ".join(own for own, kept in zip(line.shown().split(), line.words, strict=True) if FOREIGN not in kept)
    try:
        _understand(prepared(rest), today)
    except LanguageFault as fault:
        if fault.code in (Code.NOT_A_COMMAND, Code.EMPTY):
            return None
    return disguise


def _suggestions(line: Line, fixes: Sequence[Fix], today: NewYorkDay) -> tuple[str, ...]:
    return suggested_lines(line, fixes, lambda fixed: _command(prepared(fixed), today))


def _explained(line: Line, fault: LanguageFault, today: NewYorkDay) -> tuple[LanguageFault, tuple[str, ...]]:
    """A fault with what is suggested; that of a figure which is said otherwise, where the line in figures is better."""
    if fault.code == Code.NOT_A_COMMAND:
        return fault, _suggestions(line, fault.fixes, today)
    from tastyflow_grammar.refusing.figures import in_figures  # patterns that a line which is understood needs none of

    otherwise = in_figures(line)
    if otherwise is None:
        return fault, _suggestions(line, fault.fixes, today)
    if (offered := _suggestions(line, otherwise.fixes, today)) or not otherwise.fixes:
        return otherwise, offered
    rewritten = apply(line.shown(), otherwise.fixes[0])
    try:
        _command(prepared(rewritten), today)
    except LanguageFault as further:
        if further.code in _COME_LAST and fault.code in (Code.SYNTAX, Code.CONFLICT):  # the figures are right
            return otherwise, _suggestions(prepared(rewritten), further.fixes, today)
    return fault, _suggestions(line, fault.fixes, today)


def _command(line: Line, today: NewYorkDay) -> Command:
    """The command of a suggested line: it must parse as it stands, without a second guess."""
    if refused := lines.refused_unread(line):
        raise refused
    try:
        statement = read(line.text)
    except Stuck:
        raise lines.not_a_command(line) from None
    if unsure := lines.unsure_minus(line, statement):
        raise unsure
    return COMMANDS[statement.verb](line, statement, today)
