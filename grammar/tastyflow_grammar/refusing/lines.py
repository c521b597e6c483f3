"""
Lines that are understood and refused, and lines that are not for us.

    nothing there ─▶ a question ─▶ a phrase not offered ─▶ a condition ─▶ (the grammar) ─▶ where it got stuck

A line that does not begin like a command, and is no order that merely lacks its action, is ordinary chat
(``not_a_command``). What is not offered is told with the reason; the words are in `vocabulary`.
"""

import re
from collections.abc import Mapping
from typing import Final

from tastyflow_grammar.parts import Kind, Ticker
from tastyflow_grammar.reading.line import FOREIGN, Line
from tastyflow_grammar.reading.words import Statement
from tastyflow_grammar.refusing.faults import Code, Fault, Span
from tastyflow_grammar.refusing.suggestions import unknown
from tastyflow_grammar.vocabulary import (
    ACTIONS,
    COINS,
    CONDITIONS,
    COURTESIES,
    ENGLISH,
    ORDERS,
    REASONS,
    REMARKS,
    REQUESTS,
    THINGS,
    UNOFFERED_OPENERS,
)

_PHRASES: Final = (
    (
        re.compile(r"\b(AT|ON) +(THE +)?(OPEN|CLOSE|BELL)\b|@ *(THE +)?(OPEN|CLOSE)\b"),
        "Orders for the opening or closing auction are not offered.",
    ),
    (
        re.compile(r"\bSTOP[ -]+LOSS\b"),
        "Brackets and linked orders are not offered: send each order by itself.",
    ),
    (
        re.compile(r"\b(FILL|ALL)[ -]+OR[ -]+(KILL|NONE)\b"),
        "Fill-or-kill and all-or-none are not offered: use ioc.",
    ),
    (
        re.compile(r"(?<![\w$])/[A-Z]{1,4}\d?\b|\b[A-Z]{2,5}[/-](USD|USDT|EUR|GBP|JPY|CAD|CHF|AUD|BTC|NZD)\b"),
        "Futures, forex and crypto are not offered.",
    ),
    (re.compile(r"\$[\d,.]+K? +(OF|WORTH)\b"), "Write how many contracts or shares."),
    (re.compile(r"\bGTC[_-]EXT\b"), "This time in force is not offered: day, gtc, gtd, ext or ioc."),
)
_OF_AN_ORDER: Final = {Kind.STRIKE, Kind.STRIKES, Kind.STRATEGY, Kind.LEAN, Kind.RIGHT, Kind.PRICE, Kind.QUANTITY}
_PRICE = (Code.BAD_PRICE, "A price follows here: 2.50, mid or natural.")
_UNFINISHED: Final[Mapping[str, tuple[Code, str]]] = {
    **dict.fromkeys(("AT", "LIMIT", "STOP", "THEN_LIMIT"), _PRICE),
    **dict.fromkeys(("EXPIRING", "GOOD_TILL"), (Code.BAD_DATE, "A day follows here: Dec 18, 12/18 or next month.")),
    "STRIKE": (Code.BAD_STRIKE, "A strike follows here: strike 450."),
}
_WANTS_REFERENCE: Final = "Which order? Write '{} 7f3a', '{} #12' or '{} last'."
_REQUEST: Final[Mapping[str, str]] = {
    **{word: _WANTS_REFERENCE.replace("{}", word.lower()) for word in ("CANCEL", "CXL", "STATUS", "APPROVE", "REJECT")},
    **{word: f"'{word.lower()}' stands alone." for word in ("RESUME", "ORDERS", "POSITIONS", "BALANCE", "HELP")},
    "REPLACE": "What is new, of which order? Write 'replace 7f3a @ 2.40' or 'replace #12 x5 gtc'.",
    "HALT": "Write 'halt', and why if you like.",
}
_NAMED = re.compile(r"(COVERED +CALL|DIAGONAL)\b.*\d.*\b\d")  # with its figures: "covered call? nah" is chat
_SIGNED = re.compile(r"[+-][\d,.]+X?")
_WORD = re.compile(r"[$#]?[A-Z][A-Z'-]*")


def is_wordy(line: Line) -> bool:
    """Whether it has no figure and begins with no verb: such a line is never an order that lacks something."""
    return not opens_a_command(line) and not any(character.isdigit() for character in line.text)


def opens_a_command(line: Line) -> bool:
    """Whether the first word can begin a command: such a line is answered, whatever follows."""
    first = first_word(line)
    is_named = bool(_NAMED.match(line.text.lstrip()))
    return first in ACTIONS | REQUESTS | UNOFFERED_OPENERS or is_named or bool(_SIGNED.fullmatch(first))


def first_word(line: Line) -> str:
    words = line.text.split(None, 1)
    found = re.match(r"[A-Z]+", words[0]) if words else None
    return found.group() if found else (words or [""])[0]


def not_offered(line: Line) -> Fault | None:
    """The first word of the line that asks for what is not offered."""
    for found in _WORD.finditer(line.text):
        if reason := REASONS.get(found.group()):
            return Fault(Code.UNSUPPORTED, reason, found.span())
    return None


def _phrase_not_offered(line: Line) -> Fault | None:
    for pattern, message in () if first_word(line) in REMARKS else _PHRASES:
        if found := pattern.search(line.text):
            return Fault(Code.UNSUPPORTED, message, found.span())
    return None


def not_a_ticker(ticker: Ticker, span: Span) -> Fault | None:
    """Why a word is not taken for a ticker."""
    word = ticker.symbol
    if word in COINS:
        return Fault(Code.UNSUPPORTED, "Crypto is not offered.", span)
    if word[-1].isdigit():
        return Fault(Code.UNSUPPORTED, f"{word} is an adjusted contract: it is not offered here.", span)
    if ticker.sure:
        return None
    if reason := REASONS.get(word):
        return Fault(Code.UNSUPPORTED, reason, span)
    if word in ENGLISH | COURTESIES:
        message = f"'{word.lower()}' is not part of an order. (A ticker of that name is written ${word}.)"
        return Fault(Code.SYNTAX, message, span)
    return None


def unready(line: Line) -> Fault | None:
    """What can be said before the grammar is asked: nothing there, a question, a condition."""
    span = line.span
    if not line.text.strip():
        return _empty(line)
    if line.asks:
        return Fault(Code.NOT_A_COMMAND, "That is a question, not a command.", span)
    if phrase := _phrase_not_offered(line):
        return phrase if opens_a_command(line) else chat(line)
    words = set(line.words)
    if line.words[0] in CONDITIONS and words & (ACTIONS | ORDERS):
        return Fault(Code.UNSUPPORTED, "Orders that wait for a condition are not offered: use a stop.", span)
    return None


def is_talk(line: Line) -> bool:
    """Whether a line that begins with an action names nothing to trade: ``buy the dip``, ``short squeeze incoming``."""
    digits = any(character.isdigit() for character in line.text)
    return first_word(line) in ACTIONS and not digits and not THINGS & set(line.words)


def foreign_word(line: Line) -> Span | None:
    """The first word with letters of another script."""
    at = line.text.find(FOREIGN)
    return None if at < 0 else line.word_at(at)


def opens_in_disguise(line: Line) -> bool:
    """Whether the first word would begin a command, but for letters of another script: ``canсel`` with a Cyrillic с."""
    first = line.text.split(None, 1)[0]
    disguised = re.compile("".join("." if letter == FOREIGN else re.escape(letter) for letter in first))
    return FOREIGN in first and any(disguised.fullmatch(word) for word in ACTIONS | REQUESTS)


def chat(line: Line) -> Fault:
    """Not for us."""
    return Fault(Code.NOT_A_COMMAND, "That is not a command. Try 'buy 10 SPY 450C Dec 18', or 'help'.", line.span)


def speaks_of_an_order(line: Line, statement: Statement) -> bool:
    """Whether a line that does not begin with a verb is about an order all the same: ``10 SPY 450C 12/18``."""
    dated = {part.kind for part in statement.parts} & _OF_AN_ORDER
    words = [part for part in statement.parts if part.kind is Kind.SYMBOL]
    return (
        bool(dated)
        and len(words) <= max(len(statement.legs), 1)
        and not any(not_a_ticker(word.value, word.span) for word in words)
    )


def stuck(line: Line, position: int, after: str) -> Fault:
    """Why the grammar cannot go on at a position of a line that is meant for us."""
    span = line.word_at(position)
    word = line.text[span[0] : span[1]]
    if FOREIGN in word:
        return Fault(Code.SYNTAX, "There is a letter or sign of another script. Type the word anew.", span)
    if ";" in word:
        return Fault(Code.SYNTAX, "One command a message, please.", span)
    if first_word(line) in REQUESTS:
        return Fault(Code.SYNTAX, _REQUEST[first_word(line)], line.span)
    if fault := not_offered(line):
        return fault
    if "%" in word:
        return Fault(Code.UNSUPPORTED, "Percentages are not offered: write a price.", span)
    if position < line.span[1] and any(character.isalpha() for character in word):
        return unknown(word, span)
    return Fault(*_UNFINISHED.get(after, (Code.SYNTAX, "That is not part of an order.")), span)


def _empty(line: Line) -> Fault:
    whole = (0, len(line.typed))
    nothing = Fault(Code.EMPTY, "There is nothing in that line.", whole)
    return nothing if line.wordless else Fault(Code.NOT_A_COMMAND, "That is not a command.", whole)


def is_no_bare_ticker(word: str) -> bool:
    """Whether a word is only taken for a ticker with its dollar sign."""
    return word in REASONS or word in ENGLISH | COURTESIES | ACTIONS | REQUESTS
