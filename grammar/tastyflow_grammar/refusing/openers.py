"""
Is a line a command at all? By its first word, and by what it names.

    BTO …, cancel …, +10 …                 a verb of the language, or a sign
    get 5 SPY 450C, quote SPY 450C         a word that is common in chat, with what a command names
    10 SPY 450C 12/18                      no verb, and yet an order that lacks only its action
    buy the dip, chain reaction            chat: nothing is named that could be traded or shown

What opens a command is always answered.
"""

import re
from collections.abc import Sequence
from typing import Final

from tastyflow_grammar.parts import Kind, QuoteSide, Statement
from tastyflow_grammar.reading.letters import FOREIGN
from tastyflow_grammar.reading.line import Line
from tastyflow_grammar.refusing.intents import COMMON_VERBS, orders_by_common_verb
from tastyflow_grammar.refusing.not_offered import not_a_ticker
from tastyflow_grammar.vocabulary import ACTIONS, ENGLISH, REQUESTS, THINGS, UNOFFERED_OPENERS

_OPENERS: Final = ACTIONS | REQUESTS.keys() | UNOFFERED_OPENERS
_OF_CHAT: Final = frozenset(word for word, request in REQUESTS.items() if request.is_chat)
_OF_AN_ORDER: Final = {
    Kind.STRIKE,
    Kind.STRIKES,
    Kind.STRATEGY,
    Kind.SPREAD_KIND,
    Kind.RIGHT,
    Kind.PRICE,
    Kind.QUANTITY,
}
_NAMED = re.compile(r"(COVERED +CALL|DIAGONAL)\b.*\d.*\b\d")  # with its figures: "covered call? nah" is chat
_FIRST = re.compile(r"\s*([A-Z]+|\S+)")
_GET_OUT_OF = re.compile(r" *GET +OUT +OF\b")
_EVERY_LEG = re.compile(r" *(CLOSE|EXIT|GET +OUT +OF) +(ALL|EVERYTHING|HALF)\b")
_CHANGED: Final = r"#\w|(IT|LAST|\d+) (TO|@|QTY)|(ORDER )?(?=\w*\d)(?=\w*[A-F])\w{2,}"  # "change 2 things" is chat
_SIGNED = re.compile(r"[+-][\d,.]+X?")
_SYMBOL = re.compile(r"\$?[A-Z]{1,5}([./][A-Z])?")


def first_word(line: Line) -> str:
    """The word that decides what a line is; "get out of" is one with "exit"."""
    first = _FIRST.match(line.text)
    word = first[0].lstrip() if first else ""
    return "EXIT" if word == "GET" and _GET_OUT_OF.match(line.text) else word


def opens_a_command(line: Line) -> bool:
    """Whether the first word can begin a command: such a line is always answered."""
    first = first_word(line)
    if first in COMMON_VERBS:
        return orders_by_common_verb(line)
    if first in _OF_CHAT:
        return _names_something(first, line.words[1:])
    is_named = bool(_NAMED.match(line.text.lstrip()))
    return first in _OPENERS or is_named or bool(_SIGNED.fullmatch(first))


def _names_something(first: str, behind: Sequence[str]) -> bool:
    """Whether a word that is common in chat, too, stands alone, before an action, or before a symbol with figures."""
    if not behind or (first == "PREVIEW" and (behind[0] in _OPENERS or _SIGNED.fullmatch(behind[0]))):
        return True
    if first in ("MODIFY", "CHANGE"):
        return bool(re.match(_CHANGED, " ".join(behind[:2])))
    named = behind[behind[0] in ("OF", "ON", "FOR") :]
    is_symbol = bool(named and _SYMBOL.fullmatch(named[0])) and named[0] not in ENGLISH
    return is_symbol and any(character.isdigit() for word in named for character in word)


def cannot_be_an_order(line: Line) -> bool:
    """Whether the line has no figure and no verb in front: then it is no order that lacks something."""
    return not opens_a_command(line) and not any(character.isdigit() for character in line.text)


def names_nothing_to_trade(line: Line) -> bool:
    """Whether a line that begins with an action names nothing to trade: ``buy the dip``, ``short squeeze incoming``."""
    digits = any(character.isdigit() for character in line.text)
    return (
        first_word(line) in ACTIONS and not _EVERY_LEG.match(line.text) and not digits and not THINGS & set(line.words)
    )


def speaks_of_an_order(line: Line, statement: Statement) -> bool:
    """
    Whether a line that does not begin with a verb is about an order all the same: ``10 SPY 450C 12/18``.

    With a bid or an ask, or two prices, it is what the market shows: ``SPY 450C 12/18 bid 2.40 ask 2.50``.
    """
    dated = {part.kind for part in statement.parts} & _OF_AN_ORDER
    words = [part for part in statement.parts if part.kind is Kind.SYMBOL]
    prices = [part.value for part in statement.parts if part.kind is Kind.PRICE]
    quoted = len(prices) > 1 or any(isinstance(price, QuoteSide) for price in prices)
    return (
        bool(dated)
        and not quoted
        and len(words) <= max(len(statement.legs), 1)
        and not any(not_a_ticker(word.value, word.span) for word in words)
    )


def opens_in_disguise(line: Line) -> bool:
    """Whether the first word would begin a command, but for letters of another script: ``canсel`` with a Cyrillic с."""
    first = line.text.split(None, 1)[0]
    disguised = re.compile("".join("." if letter == FOREIGN else re.escape(letter) for letter in first))
    return FOREIGN in first and any(disguised.fullmatch(word) for word in ACTIONS | REQUESTS.keys())
