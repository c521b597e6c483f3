"""
What is understood, and not offered here: phrases, words, and words that are no ticker.

    at the open, fill or kill, $500 worth of …     a phrase, wherever it stands
    1x2, 30d put                                   a strategy in figures
    trailing, vwap, robinhood                      a word; its reason is in NOT_OFFERED in `vocabulary`
    soon, cheap                                    common English where a ticker would stand: `$SOON` is the ticker
"""

import re
from collections.abc import Sequence
from typing import Final

from tastyflow_grammar.parts import Kind, Part, Ticker
from tastyflow_grammar.reading.line import Line
from tastyflow_grammar.reading.near_words import close_words
from tastyflow_grammar.reading.passing_words import AT_THE_ENDS
from tastyflow_grammar.refusing.faults import Code, LanguageFault, Span
from tastyflow_grammar.refusing.suggestions import misspelt_ticker
from tastyflow_grammar.vocabulary import COINS, ENGLISH, FREE_TEXT, REASONS

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
_RATIO = re.compile(r"[1-9]X[1-9](X[1-9])?")
_DELTA = re.compile(r"[.\d]+D +(CALLS?|PUTS?|STRANGLES?|SPREADS?|IC|IRON)\b")
_WORD = re.compile(r"IRON[ -]+CONDORS?|[$#]?[A-Z][A-Z'-]*")  # a condor without the iron is not offered


def phrase_not_offered(line: Line, first: str) -> LanguageFault | None:
    for pattern, message in () if first in FREE_TEXT else _PHRASES:
        if found := pattern.search(line.text):
            return LanguageFault(Code.UNSUPPORTED, message, found.span())
    return None


def not_offered(line: Line) -> LanguageFault | None:
    """The first word of the line that asks for what is not offered."""
    for found in _WORD.finditer(line.text):
        if reason := REASONS.get(found.group()):
            return LanguageFault(Code.UNSUPPORTED, reason, found.span())
    return None


def strategy_not_offered(line: Line, word: str, span: Span) -> LanguageFault | None:
    """A ratio or a delta in figures: ``1x2``, ``30d put``, ``16Δ``."""
    if _RATIO.fullmatch(word):
        return LanguageFault(Code.UNSUPPORTED, REASONS["RATIO"], span)
    if _DELTA.match(line.text, span[0]) or "Δ" in line.typed[slice(*span)]:
        return LanguageFault(Code.UNSUPPORTED, REASONS["DELTA"], span)
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
    if word in ENGLISH or word in AT_THE_ENDS:
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
