"""
What may have been meant: words that a misspelt one is close to, and whole commands that the trader can type instead.

    misspelt word ─▶ near ─▶ fixes of a fault ─▶ suggestions: the line with a fix, where that parses

A guess never changes an order: it is only offered. A fix edits the line as typed, so that the traders see their own
words again; a fixed line that does not parse is dropped.
"""

from collections.abc import Callable, Sequence
from typing import Final

from tastyflow_grammar.parts import Part
from tastyflow_grammar.reading.line import Line
from tastyflow_grammar.refusing.faults import Code, Edit, Fix, LanguageFault, Span
from tastyflow_grammar.vocabulary import REPORTS, REQUESTS

ACTIONS: Final = ("BUY", "SELL", "BTO", "STO", "BTC", "STC", "CLOSE", "EXIT", "LONG", "SHORT")
_REQUESTS: Final = tuple(word for word, request in REQUESTS.items() if request.is_guessed)
_OF_ORDERS: Final = """
    CALL CALLS PUT PUTS STRIKE SHARES CONTRACTS MARKET MKT LIMIT STOP MID NATURAL DEBIT CREDIT
    DAY GTC EXT IOC GOOD UNTIL TILL CANCELLED EXPIRING EXP TODAY 0DTE TOMORROW MONTHLY WEEKLY NEXT THIS
    WEEK MONTH WEEKS DAYS OUT MONDAY TUESDAY WEDNESDAY THURSDAY FRIDAY
    JANUARY FEBRUARY MARCH APRIL MAY JUNE JULY AUGUST SEPTEMBER OCTOBER NOVEMBER DECEMBER
    JAN FEB MAR APR JUN JUL AUG SEP OCT NOV DEC
    VERTICAL STRADDLE STRANGLE BUTTERFLY CONDOR CALENDAR SPREAD
"""
_WORDS: Final = (*ACTIONS, *_OF_ORDERS.split())
_NAMES: Final = ("BULL", "BEAR")  # of strategies that may begin a line
_MUCH_LESS: Final = 0.15
_ENDINGS: Final = frozenset({"ED", "LED", "D", "ING", "LING", "S"})
_ALIKE: Final = 0.75
_LONGEST: Final = 16
MOST_OFFERED: Final = 3
_MOST_TRIED: Final = 8  # a limit on the work, whatever the line


def close_words(word: str) -> list[str]:
    """The words of the language that one may have meant, the likeliest first."""
    if not 2 < len(word) <= _LONGEST:
        return []
    from difflib import get_close_matches  # slow to import, and a line that is understood needs none of it

    swapped = [own for own in _WORDS if own != word and sorted(own) == sorted(word)]  # "gct"
    return swapped or get_close_matches(word, _WORDS, n=3, cutoff=_ALIKE)


def close_first_words(word: str) -> list[str]:
    """The same for the first word of a line."""
    if len(word) > _LONGEST:
        return []
    from difflib import get_close_matches

    alike = get_close_matches(word, ACTIONS + _REQUESTS + _NAMES, n=3, cutoff=0.6)
    best = _likeness(word, alike[0]) if alike else 0
    return [own for own in alike if _likeness(word, own) > best - _MUCH_LESS]  # "bul" is bull, and not buy


def _likeness(word: str, own: str) -> float:
    from difflib import SequenceMatcher

    return SequenceMatcher(None, own, word).ratio()


def is_inflected(word: str) -> bool:
    """Whether the word reports something instead of asking for it: ``cancelled``, ``buying``, ``bot`` and ``sold``."""
    if word in REPORTS:
        return True
    stems = {stem for own in ACTIONS + _REQUESTS for stem in (own, own.removesuffix("E"))}  # "closing"
    return any(word.removeprefix(stem) in _ENDINGS for stem in stems if word.startswith(stem))


def unknown_word(word: str, span: Span) -> LanguageFault:
    """A word that the language does not have."""
    if word in _WORDS:
        return LanguageFault(Code.SYNTAX, f"'{word.lower()}' cannot stand here.", span)
    guesses = close_words(word)
    question = f" Did you mean {' or '.join(repr(guess.lower()) for guess in guesses)}?" if guesses else ""
    shown = word if len(word) <= _LONGEST else word[:_LONGEST] + "…"
    message = f"'{shown.lower()}' is not part of an order.{question}"
    return LanguageFault(Code.SYNTAX, message, span, replacing(span, guesses))


def misspelt_ticker(parts: Sequence[Part]) -> LanguageFault | None:
    """The fault of the first of some words that were taken for tickers; None where there is none."""
    return unknown_word(parts[0].value.symbol, parts[0].span) if parts else None


def replacing(span: Span, words: Sequence[str]) -> list[Fix]:
    """One fix per word, in its place."""
    return [(Edit(span, word.lower()),) for word in words]


def suggested_lines(line: Line, fixes: Sequence[Fix], understands: Callable[[str], object]) -> tuple[str, ...]:
    """The fixed lines that *understands* accepts (it raises `LanguageFault` for others), without doubles."""
    shown = line.shown()
    fixed = dict.fromkeys(apply(shown, fix) for fix in fixes[:_MOST_TRIED] if fix)
    accepted = [text for text in fixed if _accepted(text, understands)]
    return tuple(accepted[:MOST_OFFERED])


def _accepted(text: str, understands: Callable[[str], object]) -> bool:
    try:
        understands(text)
    except LanguageFault:
        return False
    return True


def apply(shown: str, fix: Fix) -> str:
    """The line with a fix, its blanks made even."""
    for edit in sorted(fix, key=lambda edit: edit.span, reverse=True):
        start, end = edit.span
        shown = f"{shown[:start]}{edit.text}{shown[end:]}"
    return " ".join(shown.split())
