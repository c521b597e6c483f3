"""
The words of the language that a misspelt one is close to.

    makret ─▶ market        gct ─▶ gtc        byu ─▶ buy, where a line begins with it

Nothing is read so: the words are offered, and a word that is like one of ours is not left out as chat.
"""

from typing import Final

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
WORDS: Final = (*ACTIONS, *_OF_ORDERS.split())
_NAMES: Final = ("BULL", "BEAR")  # of strategies that may begin a line
_MUCH_LESS: Final = 0.15
_ENDINGS: Final = frozenset({"ED", "LED", "D", "ING", "LING", "S"})
_ALIKE: Final = 0.75
LONGEST: Final = 16


def close_words(word: str) -> list[str]:
    """The words of the language that one may have meant, the likeliest first."""
    if not 2 < len(word) <= LONGEST:
        return []
    from difflib import get_close_matches  # slow to import, and a line that is understood needs none of it

    swapped = [own for own in WORDS if own != word and sorted(own) == sorted(word)]  # "gct"
    return swapped or get_close_matches(word, WORDS, n=3, cutoff=_ALIKE)


def close_first_words(word: str) -> list[str]:
    """The same for the first word of a line."""
    if len(word) > LONGEST:
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
