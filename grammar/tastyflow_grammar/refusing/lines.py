"""
A whole line is refused: it is empty, a question, ordinary chat, or asks for something that is not offered.

    empty? ─▶ a question? ─▶ a phrase that is not offered? ─▶ a condition? ─▶ (the grammar) ─▶ the word where it stopped

A line that does not begin like a command, and is no order that lacks only its action, is ordinary chat
(``not_a_command``). The words that are not offered, each with its reason, are in `vocabulary`.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from tastyflow_grammar.parts import Kind, Part, QuoteSide, Statement, Ticker
from tastyflow_grammar.reading.letters import DASHES, FOREIGN
from tastyflow_grammar.reading.line import Line
from tastyflow_grammar.reading.passing_words import AT_THE_ENDS
from tastyflow_grammar.refusing.faults import Code, Edit, LanguageFault, Span
from tastyflow_grammar.refusing.intents import (
    COMMON_VERBS,
    orders_by_common_verb,
    perhaps_shares,
    said_otherwise,
    which_order,
)
from tastyflow_grammar.refusing.suggestions import close_words, misspelt_ticker, unknown_word
from tastyflow_grammar.vocabulary import (
    ACTIONS,
    COINS,
    CONDITIONS,
    ENGLISH,
    FREE_TEXT,
    REASONS,
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
        re.compile(r"\b(FILL|ALL)[ -]+OR[ -]+(KILL|NONE)\b"),
        "Fill-or-kill and all-or-none are not offered: use ioc.",
    ),
    (
        re.compile(r"(?<![\w$])/[A-Z]{1,4}\d{0,2}\b|\b[A-Z]{2,5}[/-](USD|USDT|EUR|GBP|JPY|CAD|CHF|AUD|BTC|NZD)\b"),
        "Futures, forex and crypto are not offered.",
    ),
    (re.compile(r"\$[\d,.]+K? +(OF|WORTH)\b"), "Write how many contracts or shares."),
    (re.compile(r"\bGTC[_-]EXT\b"), "This time in force is not offered: day, gtc, gtd, ext or ioc."),
)
_OPENERS: Final = ACTIONS | REQUESTS.keys() | UNOFFERED_OPENERS
_ORDERS: Final = frozenset(word for word, request in REQUESTS.items() if request.is_order)
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
_PRICE = (Code.BAD_PRICE, "A price follows here: 2.50, mid or natural.")
_UNFINISHED: Final[Mapping[str, tuple[Code, str]]] = {
    **dict.fromkeys(("AT", "LIMIT", "STOP", "STOP_LIMIT", "STOP_LOSS", "THEN_LIMIT"), _PRICE),
    **dict.fromkeys(("EXPIRING", "GOOD_TILL"), (Code.BAD_DATE, "A day follows here: Dec 18, 12/18 or next month.")),
    "STRIKE": (Code.BAD_STRIKE, "A strike follows here: strike 450."),
}
_NAMED = re.compile(r"(COVERED +CALL|DIAGONAL)\b.*\d.*\b\d")  # with its figures: "covered call? nah" is chat
_GET_OUT_OF = re.compile(r" *GET +OUT +OF\b")
_EVERY_LEG = re.compile(r" *(CLOSE|EXIT|GET +OUT +OF) +(ALL|EVERYTHING|HALF)\b")
_IDIOM = re.compile(
    r"HALT,? +(RIGHT|WHO +GOES) +THERE\b|RESUME,? +(ATTACHED|BUILDER|IS|REVIEW|TEMPLATE|TIPS|WRITING)\b"
    r"|ROLL +(CALL|TIDE)\b(?!.*\d)"
)
_RATIO = re.compile(r"[1-9]X[1-9](X[1-9])?")
_DELTA = re.compile(r"[.\d]+D +(CALLS?|PUTS?|STRANGLES?|SPREADS?|IC|IRON)\b")
_LOOKING: Final = frozenset({"SHOW", "WHAT", "WHATS"})  # "what's my balance?" asks for what is shown
_CHANGED: Final = r"#\w|(IT|LAST|\d+) (TO|@|QTY)|(ORDER )?(?=\w*\d)(?=\w*[A-F])\w{2,}"  # "change 2 things" is chat
_GLUED: Final = rf" *({'|'.join(sorted(ACTIONS))})(?=\d)"
_SIGNED = re.compile(r"[+-][\d,.]+X?")
_SYMBOL = re.compile(r"\$?[A-Z]{1,5}([./][A-Z])?")
_WORD = re.compile(r"[$#]?[A-Z][A-Z'-]*")


def cannot_be_an_order(line: Line) -> bool:
    """Whether the line has no figure and no verb in front: then it is no order that lacks something."""
    return not opens_a_command(line) and not any(character.isdigit() for character in line.text)


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


def first_word(line: Line) -> str:
    """The word that decides what a line is; "get out of" is one with "exit"."""
    if _GET_OUT_OF.match(line.text):
        return "EXIT"
    words = line.text.split(None, 1)
    found = re.match(r"[A-Z]+", words[0]) if words else None
    return found.group() if found else (words or [""])[0]


def not_offered(line: Line) -> LanguageFault | None:
    """The first word of the line that asks for what is not offered."""
    for found in _WORD.finditer(line.text):
        if reason := REASONS.get(found.group()):
            return LanguageFault(Code.UNSUPPORTED, reason, found.span())
    return None


def _phrase_not_offered(line: Line, first: str) -> LanguageFault | None:
    for pattern, message in () if first in FREE_TEXT else _PHRASES:
        if found := pattern.search(line.text):
            return LanguageFault(Code.UNSUPPORTED, message, found.span())
    return None


def not_a_ticker(ticker: Ticker, span: Span) -> LanguageFault | None:
    """Why a word is not taken for a ticker."""
    word = ticker.symbol
    if word in COINS:
        return LanguageFault(Code.UNSUPPORTED, "Crypto is not offered.", span)
    if word[-1].isdigit():
        return LanguageFault(Code.UNSUPPORTED, f"{word} is an adjusted contract: it is not offered here.", span)
    if ticker.sure:
        return None
    if reason := REASONS.get(word):
        return LanguageFault(Code.UNSUPPORTED, reason, span)
    if word in ENGLISH | AT_THE_ENDS:
        message = f"'{word.lower()}' is not part of an order. (A ticker of that name is written ${word}.)"
        return LanguageFault(Code.SYNTAX, message, span)
    return None


def refuse_words(parts: Sequence[Part]) -> None:
    """
    Refuse a word that is no ticker; in ``nxt month``, the misspelt word before it is the one at fault.

    Raises:
        LanguageFault: ``syntax`` or ``unsupported``.
    """
    symbols = [part for part in parts if part.kind is Kind.SYMBOL]
    for at, part in enumerate(symbols):
        if fault := not_a_ticker(part.value, part.span):
            before = symbols[at - 1 : at] if fault.code is Code.SYNTAX else []
            alike = [each for each in before if not each.value.sure and close_words(each.value.symbol)]
            raise misspelt_ticker(alike) or fault


def refused_unread(line: Line) -> LanguageFault | None:
    """The refusal of a line that the grammar need not read: empty, a question, a phrase not offered, a condition."""
    span = line.span
    if not line.text.strip():
        return _empty(line)
    if otherwise := said_otherwise(line):
        return otherwise
    first = first_word(line)
    if line.asks and first not in _LOOKING:
        return LanguageFault(Code.NOT_A_COMMAND, "That is a question, not a command.", span)
    if first in COMMON_VERBS and not orders_by_common_verb(line):
        return perhaps_shares(line) or not_a_command(line)
    if _IDIOM.match(line.text.lstrip()):
        return not_a_command(line)
    if phrase := _phrase_not_offered(line, first):
        return phrase if opens_a_command(line) else not_a_command(line)
    words = set(line.words)
    if line.words[0] in CONDITIONS and words & (ACTIONS | _ORDERS):
        return LanguageFault(Code.UNSUPPORTED, "Orders that wait for a condition are not offered: use a stop.", span)
    return None


def names_nothing_to_trade(line: Line) -> bool:
    """Whether a line that begins with an action names nothing to trade: ``buy the dip``, ``short squeeze incoming``."""
    digits = any(character.isdigit() for character in line.text)
    return (
        first_word(line) in ACTIONS and not _EVERY_LEG.match(line.text) and not digits and not THINGS & set(line.words)
    )


def foreign_word(line: Line) -> Span | None:
    """The first word with letters of another script."""
    at = line.text.find(FOREIGN)
    return None if at < 0 else line.word_at(at)


def opens_in_disguise(line: Line) -> bool:
    """Whether the first word would begin a command, but for letters of another script: ``canсel`` with a Cyrillic с."""
    first = line.text.split(None, 1)[0]
    disguised = re.compile("".join("." if letter == FOREIGN else re.escape(letter) for letter in first))
    return FOREIGN in first and any(disguised.fullmatch(word) for word in ACTIONS | REQUESTS.keys())


def unsure_minus(line: Line, statement: Statement) -> LanguageFault | None:
    """
    The fault of a dash at the beginning of an order that only it makes a sale: ``−10 SPY 450C 12/18``.

    It may be the dash of a list, with an order behind it that lacks its action. A ticket is rewritten before, and where
    another leg has its sign, this one has, too.
    """
    at = line.span[0]
    if line.text[at] != "-" or line.rewritten or line.typed[at] not in DASHES or statement.verb != "order":
        return None
    if sum(part.kind is Kind.ACTION for part in statement.parts) > 1:
        return None
    message = "Does the dash mean that it is sold, or is it that of a list? Write a minus sign, or 'sell'."
    return LanguageFault(Code.AMBIGUOUS, message, (at, at + 1), [(Edit((at, at + 1), "-"),)])


def not_a_command(line: Line) -> LanguageFault:
    """The refusal of ordinary chat."""
    return LanguageFault(
        Code.NOT_A_COMMAND, "That is not a command. Try 'buy 10 SPY 450C Dec 18', or 'help'.", line.span
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
    if fault := _strategy_not_offered(line, word, span):
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


def _strategy_not_offered(line: Line, word: str, span: Span) -> LanguageFault | None:
    """A ratio or a delta in figures: ``1x2``, ``30d put``, ``16Δ``."""
    if _RATIO.fullmatch(word):
        return LanguageFault(Code.UNSUPPORTED, REASONS["RATIO"], span)
    if _DELTA.match(line.text, span[0]) or "Δ" in line.typed[slice(*span)]:
        return LanguageFault(Code.UNSUPPORTED, REASONS["DELTA"], span)
    return None


def _is_within_its_order(line: Line, first: str, span: Span) -> bool:
    """Whether the place is within the order that is previewed: behind the action that begins it."""
    behind = line.words[1:]
    begins = bool(behind) and behind[0] not in REQUESTS
    return first == "PREVIEW" and begins and len(line.text[: span[0]].split()) > 1


def _empty(line: Line) -> LanguageFault:
    whole = (0, len(line.typed))
    nothing = LanguageFault(Code.EMPTY, "There is nothing in that line.", whole)
    return nothing if line.wordless else LanguageFault(Code.NOT_A_COMMAND, "That is not a command.", whole)
