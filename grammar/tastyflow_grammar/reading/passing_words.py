"""
The words that carry nothing: one table, with the reason and the place of each.

    typed   new order: sell the SPY 450/440 put spread 12/18 for a 1.10 credit (hedge)
    text               SELL     SPY 450/440 PUT SPREAD 12/18 FOR   1.10 CREDIT

At either end of a line stand greetings and notes: `read_line` leaves them out. Within a line a word passes only in its
place: `without_passing_words` blanks it there, one character for one character, so that every span stands. Anywhere
else it is a word like any other, and what is no word of ours is refused.

A word that could change the order is not in the table. "a" behind an action is a quantity; "net" may be Cloudflare;
"up to" is a price. What the desk does without a word of the table is what it does with it.
"""

import re
from functools import cache
from typing import Final, NamedTuple

from tastyflow_grammar.vocabulary import ACTIONS, FREE_TEXT, REQUESTS, THINGS

_FIGURE: Final = r"\$?(?:\d[\d,]*(?:\.\d+)?|\.\d+)"
_MONTH: Final = r"(?:JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)[A-Z]*\.?"
_SIDE: Final = r"(?:CREDIT|DEBIT|CR|DB|DR)\b(?! +(?:SPREAD|VERTICAL))"
_VERB: Final = rf"(?:{'|'.join(sorted(ACTIONS))})"
_ANY: Final = r"[^ ]+"


class Passing(NamedTuple):
    """
    A word within a line that carries nothing.

    Attributes:
        words: Themselves, as a regular expression.
        why: They carry nothing.
        after: What stands before them, as a regular expression of one word.
        before: What stands behind them, likewise.
    """

    words: str
    why: str
    after: str = _ANY
    before: str = ""

    def pattern(self) -> re.Pattern[str]:
        ahead = f"(?= +{self.before})" if self.before else ""
        return re.compile(rf"(?<![^ ])(?P<after>{self.after} +){self.words}(?![^ ,]){ahead}")


_GREETINGS_AND_NOTES: Final = {
    "PLEASE PLS PLZ THANKS THX TY": "Good manners.",
    "LOTTO SWING SCALP HEDGE YOLO RUNNER STARTER": "What a trade is for: it is sent in the same way.",
}
AT_THE_ENDS: Final = frozenset(word for words in _GREETINGS_AND_NOTES for word in words.split())
"""Left out at either end of a line, as is "thank you"."""

WITHIN: Final[tuple[Passing, ...]] = (
    Passing("ME", "The one who writes is the one who trades.", after=_VERB, before="(?!OUT)"),
    Passing("MY", "The account is the trader's own.", before="(?!ORDERS|APPROVALS|POSITIONS|BALANCE)"),
    Passing("THE", "English puts it before any noun.", before=rf"(?!{_FIGURE}(?![\w./]))"),
    Passing("THE", "Before a number, unless the number can be how many.", after=rf"(?!{_VERB}(?!\w)){_ANY}"),
    Passing("AN?", "Before a price it counts nothing.", after="(?:FOR|AT|@|WITH|LIMIT)", before=rf"{_FIGURE} +{_SIDE}"),
)
_SAID_OF_ANYTHING: Final = (ACTIONS - {"CLOSE", "EXIT"}) | {word for word, each in REQUESTS.items() if each.is_chat}
_FIRST: Final = frozenset({"ME", "MY", "THE", "A", "AN"})


def without_passing_words(text: str) -> str:
    """A prepared text with the words blanked that carry nothing within a line; free text keeps its words."""
    words = text.split()
    if _FIRST.isdisjoint(words) or words[0] in FREE_TEXT or _is_talk(text, words):
        return text
    for row in WITHIN:
        text = _pattern(row).sub(_blanked, text)
    return text


def _is_talk(text: str, words: list[str]) -> bool:
    """Whether it may be said of anything: ``buy the dip``, ``sell my house``, ``preview of the game at 5``."""
    if words[0] == "PREVIEW" and ACTIONS.isdisjoint(words):
        return True
    figures = any(character.isdigit() for character in text)
    return words[0] in _SAID_OF_ANYTHING and not figures and THINGS.isdisjoint(words)


@cache
def _pattern(row: Passing) -> re.Pattern[str]:
    """Compiled when a line first has such a word."""
    return row.pattern()


def _blanked(found: re.Match[str]) -> str:
    return found["after"] + " " * (found.end() - found.end("after"))
