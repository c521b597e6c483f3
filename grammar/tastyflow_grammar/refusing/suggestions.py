"""
What a misspelt word may have been. A guess never changes an order: it is only offered, as a whole line that parses.
"""

from collections.abc import Sequence
from difflib import SequenceMatcher, get_close_matches
from typing import Final

from tastyflow_grammar.parts import Part
from tastyflow_grammar.refusing.faults import Code, Edit, Fault, Fix, Span

ACTIONS: Final = ("BUY", "SELL", "BTO", "STO", "BTC", "STC", "CLOSE", "LONG", "SHORT")
REQUESTS: Final = ("CANCEL", "REPLACE", "STATUS", "APPROVE", "RESUME", "ORDERS", "POSITIONS", "BALANCE")
"""Without those that free text may follow: nearly every line would be one of them."""
_WORDS: Final = (
    *ACTIONS,
    *("CALL", "CALLS", "PUT", "PUTS", "STRIKE", "SHARES", "CONTRACTS"),
    *("MARKET", "MKT", "LIMIT", "STOP", "MID", "NATURAL", "DEBIT", "CREDIT"),
    *("DAY", "GTC", "EXT", "IOC", "GOOD", "UNTIL", "TILL", "CANCELLED"),
    *(
        "EXPIRING",
        "EXP",
        "TODAY",
        "TOMORROW",
        "MONTHLY",
        "WEEKLY",
        "NEXT",
        "THIS",
        "WEEK",
        "MONTH",
        "WEEKS",
        "DAYS",
        "OUT",
    ),
    *("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY"),
    *("JANUARY", "FEBRUARY", "MARCH", "APRIL", "MAY", "JUNE", "JULY", "AUGUST"),
    *("SEPTEMBER", "OCTOBER", "NOVEMBER", "DECEMBER"),
    *("JAN", "FEB", "MAR", "APR", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"),
    *("VERTICAL", "STRADDLE", "STRANGLE", "BUTTERFLY", "CONDOR", "CALENDAR", "SPREAD"),
)
_NAMES: Final = ("BULL", "BEAR")
_MUCH_LESS: Final = 0.15
_ENDINGS: Final = frozenset({"ED", "LED", "D", "ING", "LING", "S"})
_ALIKE: Final = 0.75
_LONGEST: Final = 16


def near(word: str) -> list[str]:
    """The words of the language that one may have meant, the likeliest first."""
    if not 2 < len(word) <= _LONGEST:
        return []
    swapped = [own for own in _WORDS if own != word and sorted(own) == sorted(word)]  # "gct"
    return swapped or get_close_matches(word, _WORDS, n=3, cutoff=_ALIKE)


def near_openings(word: str) -> list[str]:
    """The same for the first word of a line."""
    if len(word) > _LONGEST:
        return []
    alike = get_close_matches(word, ACTIONS + REQUESTS + _NAMES, n=3, cutoff=0.6)
    best = _likeness(word, alike[0]) if alike else 0
    return [own for own in alike if _likeness(word, own) > best - _MUCH_LESS]  # "bul" is bull, and not buy


def _likeness(word: str, own: str) -> float:
    return SequenceMatcher(None, own, word).ratio()


def is_inflected(word: str) -> bool:
    """Whether it tells of something rather than asking for it: ``cancelled``, ``buying``."""
    return any(word.removeprefix(own) in _ENDINGS for own in ACTIONS + REQUESTS if word.startswith(own))


def unknown(word: str, span: Span) -> Fault:
    """A word that the language does not have."""
    if word in _WORDS:
        return Fault(Code.SYNTAX, f"'{word.lower()}' cannot stand here.", span)
    guesses = near(word)
    question = f" Did you mean {' or '.join(repr(guess.lower()) for guess in guesses)}?" if guesses else ""
    shown = word if len(word) <= _LONGEST else word[:_LONGEST] + "…"
    return Fault(Code.SYNTAX, f"'{shown.lower()}' is not part of an order.{question}", span, replacing(span, guesses))


def of_words(parts: Sequence[Part]) -> Fault | None:
    """The likeliest misspelling among words that were taken for tickers."""
    return unknown(parts[0].value.symbol, parts[0].span) if parts else None


def replacing(span: Span, words: Sequence[str]) -> list[Fix]:
    """One fix per word, in its place."""
    return [(Edit(span, word.lower()),) for word in words]
