"""
A whole line is refused: it is empty, a question, ordinary chat, or stops where the grammar cannot read on.

    empty? ─▶ a question? ─▶ a phrase that is not offered? ─▶ a condition? ─▶ (the grammar) ─▶ the word where it stopped

A line that does not begin like a command (`openers`), and is no order that lacks only its action, is ordinary chat
(``not_a_command``).
"""

import re
from collections.abc import Mapping
from typing import Final

from tastyflow_grammar.parts import Kind, Statement
from tastyflow_grammar.reading.letters import DASHES, FOREIGN
from tastyflow_grammar.reading.line import Line
from tastyflow_grammar.refusing.faults import Code, Edit, LanguageFault, Span
from tastyflow_grammar.refusing.intents import (
    COMMON_VERBS,
    orders_by_common_verb,
    perhaps_shares,
    said_otherwise,
    which_order,
)
from tastyflow_grammar.refusing.not_offered import not_offered, phrase_not_offered, strategy_not_offered
from tastyflow_grammar.refusing.openers import first_word, opens_a_command
from tastyflow_grammar.refusing.suggestions import unknown_word
from tastyflow_grammar.vocabulary import ACTIONS, CONDITIONS, REQUESTS

_ORDERS: Final = frozenset(word for word, request in REQUESTS.items() if request.is_order)
_PRICE = (Code.BAD_PRICE, "A price follows here: 2.50, mid or natural.")
_UNFINISHED: Final[Mapping[str, tuple[Code, str]]] = {
    **dict.fromkeys(("AT", "LIMIT", "STOP", "STOP_LIMIT", "STOP_LOSS", "THEN_LIMIT"), _PRICE),
    **dict.fromkeys(("EXPIRING", "GOOD_TILL"), (Code.BAD_DATE, "A day follows here: Dec 18, 12/18 or next month.")),
    "STRIKE": (Code.BAD_STRIKE, "A strike follows here: strike 450."),
}
_IDIOM = re.compile(
    r"HALT,? +(RIGHT|WHO +GOES) +THERE\b|RESUME,? +(ATTACHED|BUILDER|IS|REVIEW|TEMPLATE|TIPS|WRITING)\b"
    r"|ROLL +(CALL|TIDE)\b(?!.*\d)"
    r"|(CLOSE|EXIT) +(THE|AN?|ON|ALL +THE) +(?!TRADES?\b|POSITIONS?\b)[A-Z]+ *$"  # "close the gap"
)
_LOOKING: Final = frozenset({"SHOW", "WHAT", "WHATS"})  # "what's my balance?" asks for what is shown
_GLUED: Final = rf" *({'|'.join(sorted(ACTIONS))})(?=\d)"


def refused_unread(line: Line) -> LanguageFault | None:
    """The refusal of a line that the grammar need not read: empty, a question, a phrase not offered, a condition."""
    if not line.text.strip():
        return _empty(line)
    if otherwise := said_otherwise(line):
        return otherwise
    first = first_word(line)
    if line.asks and first not in _LOOKING:
        return LanguageFault(Code.NOT_A_COMMAND, "That is a question, not a command.", line.span)
    if first in COMMON_VERBS and not orders_by_common_verb(line):
        return perhaps_shares(line) or not_a_command(line)
    if is_idiom(line.text):
        return not_a_command(line)
    if phrase := phrase_not_offered(line, first):
        return phrase if opens_a_command(line) else not_a_command(line)
    words = line.words
    if words[0] in ("CLOSE", "EXIT") and words[-1] in ("TRADE", "TRADES"):
        message = "Which trade? Name what you hold: 'close SPY 450C Dec 18', 'flatten SPY'."
        return LanguageFault(Code.MISSING_SYMBOL, message, line.span)
    if words[0] in CONDITIONS and not (ACTIONS | _ORDERS).isdisjoint(words):
        message = "Orders that wait for a condition are not offered: use a stop."
        return LanguageFault(Code.UNSUPPORTED, message, line.span)
    return None


def is_idiom(text: str) -> bool:
    """Whether a line in capitals begins like a command, and is English: ``HALT RIGHT THERE``."""
    return bool(_IDIOM.match(text.lstrip()))


def not_a_command(line: Line) -> LanguageFault:
    """The refusal of ordinary chat."""
    return LanguageFault(
        Code.NOT_A_COMMAND, "That is not a command. Try 'buy 10 SPY 450C Dec 18', or 'help'.", line.span
    )


def unsure_minus(line: Line, statement: Statement) -> LanguageFault | None:
    """
    The fault of a dash at the beginning of an order that only it makes a sale: ``−10 SPY 450C 12/18``.

    It may be the dash of a list, with an order behind it that lacks its action. A ticket is rewritten before, and where
    another leg has its sign, this one has, too.
    """
    if "-" not in line.text:
        return None
    at = line.span[0]
    if line.text[at] != "-" or line.rewritten or line.typed[at] not in DASHES or statement.verb != "order":
        return None
    if sum(part.kind is Kind.ACTION for part in statement.parts) > 1:
        return None
    message = "Does the dash mean that it is sold, or is it that of a list? Write a minus sign, or 'sell'."
    return LanguageFault(Code.AMBIGUOUS, message, (at, at + 1), [(Edit((at, at + 1), "-"),)])


def foreign_word(line: Line) -> Span | None:
    """The first word with letters of another script."""
    at = line.text.find(FOREIGN)
    return None if at < 0 else line.word_at(at)


def stuck(line: Line, position: int, after: str) -> LanguageFault:
    """Why the grammar cannot read on at a position of a line that begins like a command."""
    span = line.word_at(position)
    word = line.text[span[0] : span[1]]
    if FOREIGN in word and "Δ" not in line.typed[slice(*span)]:
        return LanguageFault(Code.SYNTAX, "There is a letter or sign of another script. Type the word anew.", span)
    if ";" in word:
        return LanguageFault(Code.SYNTAX, "One command a message, please.", span)
    if (first := first_word(line)) in REQUESTS and not _is_within_its_order(line, first, span):
        return LanguageFault(Code.SYNTAX, REQUESTS[first].usage, line.span, which_order(line))
    if glued := re.match(_GLUED, line.text):
        message = f"A blank stands between '{glued[1].lower()}' and the number."
        return LanguageFault(Code.SYNTAX, message, span, [(Edit((glued.end(), glued.end()), " "),)])
    if fault := not_offered(line):
        return fault
    if fault := strategy_not_offered(line, word, span):
        return fault
    if "%" in word:
        return LanguageFault(
            Code.UNSUPPORTED,
            "Percentages are not offered: write a price; of what is held, half, 1/3, 1/4 or all.",
            span,
        )
    if position < line.span[1] and any(character.isalpha() for character in word):
        return unknown_word(word, span)
    return LanguageFault(*_UNFINISHED.get(after, (Code.SYNTAX, "That is not part of an order.")), span)


def _is_within_its_order(line: Line, first: str, span: Span) -> bool:
    """Whether the place is within the order that is previewed: behind the action that begins it."""
    behind = line.words[1:]
    begins = bool(behind) and behind[0] not in REQUESTS
    return first == "PREVIEW" and begins and len(line.text[: span[0]].split()) > 1


def _empty(line: Line) -> LanguageFault:
    whole = (0, len(line.typed))
    nothing = LanguageFault(Code.EMPTY, "There is nothing in that line.", whole)
    return nothing if line.wordless else LanguageFault(Code.NOT_A_COMMAND, "That is not a command.", whole)
