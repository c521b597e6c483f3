"""
What is asked for in words that are English besides, or in words that the language does not have.

    get, grab, purchase, write, cover     order where a contract or shares are named, "get 5 SPY 450C 12/18"; else talk
    add, trim                             never order: "buy" or "close" is offered; without a size, that is asked for
    cancel it, stop trading …             never act: the command that says it is offered

A line that is talk is not answered: "get rich", "write that down", "cover your shorts guys".
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from tastyflow_grammar.parts import Kind, Part, Vague, When
from tastyflow_grammar.reading.line import Line
from tastyflow_grammar.refusing.faults import Code, Edit, Fix, LanguageFault
from tastyflow_grammar.vocabulary import ENGLISH

COMMON_VERBS: Final = frozenset({"GET", "GRAB", "PURCHASE", "WRITE", "COVER"})
"""Verbs of the language that begin a sentence of English, too."""
_OF_TWO: Final = frozenset({"GET", "GRAB", "WRITE"})
"""Those behind which a number and a word are too often no shares."""
RESIZING: Final[Mapping[str, str]] = {"ADD": "BUY", "TRIM": "EXIT"}
"""Verbs that change the size of what is held, each with a verb of the language that is as long."""
_OFFERED: Final[Mapping[str, str]] = {"ADD": "buy", "TRIM": "close"}

_COUNT: Final = r"(?:\d[\d,.]*K? *X?|X\d+|AN?|ONE|TWO|THREE|FOUR|FIVE|TEN|TWENTY|A +DOZEN|(?:\w+ +)?HUNDRED)"
_VERB: Final = rf" *[A-Z]+(?: +(?:ME|MY|THE))?(?: +{_COUNT}(?: +MORE)?(?= ))?"
_CONTRACT: Final = (
    r"(?<![\w.])\$?\d+(\.\d+)? *(C|P|CALLS?|PUTS?)\b|\b[CP]\d|\bSTRIKE\b|\d/\$?\d|\d{6}[CP]\d"
    r"|\bCOVERED +CALLS? +ON\b"
)
_RIGHT: Final = r"\b(CALLS?|PUTS?)\b"
_FIGURE: Final = r"(?<![\w$.:])\$?\d+(\.\d+)?(?![\w%:])"
_SHARES: Final = r"\b(SHARES|SHS)\b|(?<!\w)\$[A-Z]{1,5}\b"
_PRICED: Final = (
    r" *(?P<name>[A-Z]{1,5}([./][A-Z])?)"
    r"( *@| +((AT|FOR) +)?(\$?\d*\.\d+|\$\d|LIMIT|LMT|MARKET|MKT|MID|NAT|STOP|STP)\b"
    r"| +AT +\$?\.?\d| +(GTC|GTD|EXT|IOC|DAY)\b)"
)
_NO_NAMES: Final = ENGLISH | {"AT", "FOR", "IN", "OF", "ON"}
_NAMED: Final = r" *(?P<name>[A-Z]{1,5}([./][A-Z])?) *$"
_COUNTED: Final = r" *[A-Z]+(?: +(?:ME|MY|THE))? +[\dX][\d,.]*K?X? +"
_OUT: Final = r" *(GET|TAKE) +(ME|US) +OUT +OF\b"
_ANSWERED_WITH: Final[Mapping[str, str]] = {
    "STOP TRADING": "halt",
    "STOP ALL TRADING": "halt",
    "DID I GET FILLED": "status last",
    "DID WE GET FILLED": "status last",
    "DID IT FILL": "status last",
    "DID IT GET FILLED": "status last",
    "DID MY ORDER FILL": "status last",
    "DID MY ORDER GET FILLED": "status last",
    "AM I FILLED": "status last",
    "WAS I FILLED": "status last",
    "IS IT FILLED": "status last",
}
"""Whole lines, and the command that may be meant."""
_LENGTHS: Final = frozenset(len(said.split()) for said in _ANSWERED_WITH)
_ABOUT_ONE: Final = frozenset({"CANCEL", "CXL", "REPLACE", "MODIFY", "CHANGE", "STATUS"})
_IT: Final = frozenset({"IT", "THAT", "THIS"})


def said_otherwise(line: Line) -> LanguageFault | None:
    """The fault of a request that the language has in other words: ``did I get filled?``, ``get me out of SPY``."""
    words = line.words
    if len(words) in _LENGTHS and (command := _ANSWERED_WITH.get(" ".join(words))):
        message = f"That is no command. Did you mean '{command}'?"
        return LanguageFault(Code.SYNTAX, message, line.span, [(Edit(line.span, command),)])
    if words[0] in ("GET", "TAKE") and (found := re.match(_OUT, line.text)):
        verb = (line.span[0], found.end())
        return LanguageFault(Code.SYNTAX, "Write 'close', and what is to be closed.", verb, [(Edit(verb, "close"),)])
    return None


def which_order(line: Line) -> list[Fix]:
    """The last order, for ``cancel it`` and a bare ``status``."""
    words = line.words
    if words == ["STATUS"]:
        return [(Edit(line.span, "status last"),)]
    if words[0] in _ABOUT_ONE and len(words) > 1 and words[1] in _IT:
        at = line.text.index(words[1], line.span[0] + len(words[0]))
        return [(Edit((at, at + len(words[1])), "last"),)]
    return []


def orders_by_common_verb(line: Line) -> bool:
    """Whether a line that begins with one of `COMMON_VERBS` names a contract, or shares and how many."""
    found = re.match(_VERB, line.text)
    rest = line.text[found.end() :] if found else line.text
    if _names_a_contract(rest) or re.search(_SHARES, line.text):
        return True
    if (priced := re.match(_PRICED, rest)) and priced["name"] not in _NO_NAMES:
        return True
    if line.words[0] in _OF_TWO or not (symbol := _symbol_alone(line, rest)):
        return False
    return bool(re.match(_COUNTED, line.text)) or symbol.isupper()


def _names_a_contract(text: str) -> bool:
    """Whether it has a strike with its call or put, a row of strikes, or calls or puts with a figure behind them."""
    if re.search(_CONTRACT, text):
        return True
    right = re.search(_RIGHT, text)
    return bool(right and re.search(_FIGURE, text[right.end() :]))


def perhaps_shares(line: Line) -> LanguageFault | None:
    """The fault of ``get 100 AAPL``, which may be "get 5 stars": a ticker in capitals is asked about."""
    found = re.match(_COUNTED, line.text)
    symbol = _symbol_alone(line, line.text[found.end() :]) if found and line.words[0] in _OF_TWO else ""
    if not symbol.isupper():
        return None
    start = line.span[0]
    verb = (start, start + len(line.words[0]))
    return LanguageFault(Code.SYNTAX, "Are these shares? Write 'buy'.", verb, [(Edit(verb, "buy"),)])


def _symbol_alone(line: Line, rest: str) -> str:
    """What the end of a line is, as typed, where it is one word that may be a ticker."""
    named = re.match(_NAMED, rest)
    if named is None or named["name"] in _NO_NAMES:
        return ""
    start, end = (len(line.text) - len(rest) + at for at in named.span("name"))
    return line.typed[start:end]


def _is_half(part: Part) -> bool:
    """Whether it looks like a day and is a part, behind a verb that resizes: ``trim 1/2 SPY 450C 12/18``."""
    return isinstance(part.value, When) and part.value.words[0] in ("1/2", "1/3", "1/4")


def resized(line: Line, verb: str, parts: Sequence[Part]) -> LanguageFault | None:
    """
    The fault of ``add 2 more SPY 450C 12/18`` and ``trim SPY 450C 12/18``; None where it is talk.

    Args:
        line: As typed.
        verb: A key of `RESIZING`.
        parts: Of the same line with the other verb; none where that cannot be read.
    """
    kinds = {part.kind for part in parts}
    symbols = [part for part in parts if part.kind is Kind.SYMBOL]
    names_one = len(symbols) == 1 and symbols[0].value.symbol not in ENGLISH
    alone = line.words == [verb]
    if not (alone or kinds - {Kind.ACTION, Kind.SYMBOL} or names_one or _names_a_contract(line.text)):
        return None
    start = line.span[0]
    span = (start, start + len(verb))
    sizes = [part.value for part in parts if part.kind is Kind.QUANTITY or _is_half(part)]
    offered = _OFFERED[verb]
    if not sizes or isinstance(sizes[0], Vague):
        many = "How many more" if verb == "ADD" else "How many of them"
        return LanguageFault(Code.BAD_QUANTITY, f"{many}? Write '{offered}', and the number before the contract.", span)
    if not symbols:
        return LanguageFault(Code.MISSING_SYMBOL, f"Of what? Write '{offered}', the number and the contract.", span)
    message = f"'{verb.lower()}' is not offered: write '{offered}'."
    return LanguageFault(Code.UNSUPPORTED, message, span, [(Edit(span, offered),)])
