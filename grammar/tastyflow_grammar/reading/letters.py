"""
One character for one character: the letters, signs and blanks that phones and brokers' tickets write, in ASCII.

    “SELL −1 …”   "SELL -1 …"        typographic quotes, and a dash before a figure, are those of a keyboard
    10× SPY       10x SPY            next to a figure, a sign for times is an x
    ВТО 10        ??? 10             letters and digits of other scripts are FOREIGN, which no rule of the grammar reads

A dash has the sense of a minus only before a figure, before an option symbol, or between blanks. Invisible characters
(control, zero-width, bidirectional) are refused at once, never dropped: they could hide a part of the order.
"""

import re
import unicodedata
from typing import Final

from tastyflow_grammar.refusing.faults import Code, LanguageFault

EMOJI: Final = "\x01"
FOREIGN: Final = "\x02"

_QUOTES: Final = {"‘": "'", "’": "'", "‛": "'", "“": '"', "”": '"', "‟": '"', "′": "'", "…": "."}
_EMOJI_RANGES: Final = (
    (0x1F1E6, 0x1F1FF),  # flags
    (0x1F300, 0x1FAFF),
    (0x2190, 0x21FF),
    (0x2300, 0x23FF),
    (0x2600, 0x2775),
    (0x2794, 0x27BF),  # without the circled digits in between: they say something
    (0x2B00, 0x2BFF),
)
_JOINERS: Final = "\u200d\ufe0f"  # within an emoji, and nowhere else
DASHES: Final = "\u2212\u2013\u2014"
"""The minus sign, the en dash and the em dash."""
_TIMES: Final = "\u00d7"
_BLANK_LETTERS: Final = "\u034f\u115f\u1160\u3164\uffa0\u2800"  # of other categories, and as invisible
_BLANKS: Final = "\t\n\r\v\f\u2028\u2029"
_FIGURE = re.compile(r"[$.]?\.?\d", re.ASCII)
_OPTION_SYMBOL = re.compile(r"\.?[A-Z]{1,5}\d? *\d{6}[CP]\d", re.ASCII | re.IGNORECASE)


def plain_letters(typed: str) -> str:
    """The text in ASCII, as long as before."""
    if typed.isascii() and typed.isprintable():
        return typed
    return "".join(_character(typed, at) for at in range(len(typed)))


def _character(typed: str, at: int) -> str:
    """The one character that stands for the one at a position."""
    own = typed[at]
    if " " <= own <= "~":
        return own
    if own in _BLANKS or unicodedata.category(own) == "Zs":
        return " "
    if own in _JOINERS and at and (_is_emoji(typed[at - 1]) or (typed[at - 1] in _JOINERS and _in_emoji(typed, at))):
        return EMOJI
    if unicodedata.category(own) in ("Cc", "Cf", "Cs") or own in _BLANK_LETTERS:
        message = f"There is a character that cannot be seen (U+{ord(own):04X}). Type the line anew, without pasting."
        start = max(typed.rfind(blank, 0, at) for blank in _BLANKS + " ") + 1
        ends = [end for blank in _BLANKS + " " if (end := typed.find(blank, at)) >= 0]
        raise LanguageFault(Code.SYNTAX, message, (start, min(ends, default=len(typed))))
    if own in DASHES:
        return "-" if _is_minus(typed, at) else FOREIGN
    if own == _TIMES:
        return "x" if _is_times(typed, at) else FOREIGN
    return EMOJI if _is_emoji(own) else _QUOTES.get(own, FOREIGN)


def _is_times(typed: str, at: int) -> bool:
    """Whether a sign for times stands right before a figure or right behind one."""
    return bool(_FIGURE.match(typed, at + 1) or _FIGURE.match(typed[:at][-1:]))


def _is_minus(typed: str, at: int) -> bool:
    """Whether a dash stands before a figure or an option symbol, or alone between blanks."""
    begins, ends = typed[:at][-1:].isspace() or not at, typed[at + 1 : at + 2].isspace() or at + 1 == len(typed)
    return bool(_FIGURE.match(typed, at + 1)) or (begins and (ends or bool(_OPTION_SYMBOL.match(typed, at + 1))))


def _in_emoji(typed: str, at: int) -> bool:
    return at > 1 and _is_emoji(typed[at - 2])  # at most two joiners follow an emoji


def _is_emoji(character: str) -> bool:
    return any(first <= ord(character) <= last for first, last in _EMOJI_RANGES)
