"""
The words that carry nothing: one table, with the reason and the place of each.

    typed   new order: sell the SPY 450/440 put spread 12/18 for a 1.10 credit (hedge)
    read               SELL     SPY 450/440 PUT SPREAD 12/18 FOR   1.10 CREDIT

At either end of a line stand greetings and notes: `read_line` leaves them out. Within a line a word passes only in its
place: `without_passing_words` blanks it there, one character for one character, so that every span stands. Anywhere
else it is a word like any other, and what is no word of ours is refused.

A word that could change the order is not in the table, or not in that place. "a" behind an action is a quantity, "A"
behind a number a ticker, as is "NET"; "up to" is a price only where a number of contracts stands before it.
"""

import re
from collections.abc import Mapping
from functools import cache, partial
from typing import Final, NamedTuple

from tastyflow_grammar.vocabulary import ACTIONS, FREE_TEXT, REQUESTS, THINGS

# ---- at either end of a line

GREETINGS: Final[Mapping[str, str]] = {
    "PLEASE": "Good manners, as all of this line.",
    **dict.fromkeys(("PLS", "PLZ", "THANKS", "THX", "TY", "THANK YOU"), "Good manners."),
    "TASTYFLOW": "The bot's own name.",
}
NOTES: Final[Mapping[str, str]] = {
    "LOTTO": "A trade that may well be lost is sent like any other.",
    "YOLO": "As a lotto.",
    "SWING": "How long it is to be held; only an order to close ends it.",
    "SWINGING": "As a swing.",
    "SCALP": "As a swing, and shorter.",
    "DAY TRADE": "As a swing, until the close. The word of a day order is 'day'.",
    "HEDGE": "What it is for.",
    "RUNNER": "What is left of a larger trade: how many, a number says.",
    "STARTER": "The first of several: how many, a number says.",
    "ASAP": "Every order is sent at once.",
}
"""A note may stand in brackets, anywhere, and behind a dash."""
OPENINGS: Final[Mapping[str, str]] = {"NEW ORDER": "Every order is new; one that exists is changed by its reference."}

AT_THE_ENDS: Final = frozenset({*GREETINGS, *NOTES})
AT_THE_BEGINNING: Final = AT_THE_ENDS | OPENINGS.keys()
MAY_BEGIN: Final = frozenset(words.split()[0] for words in AT_THE_BEGINNING)
MAY_END: Final = frozenset(words.split()[-1] for words in AT_THE_ENDS)
"""A line that begins and ends with other words is looked at no further."""
LONGEST: Final = 2
"""Words, of what stands there."""

# ---- within a line

_FIGURE: Final = r"\$? ?(?:\d[\d,]*(?:\.\d+)?|\.\d+)"
_EXACT: Final = r"(?:\$ ?\d[\d,]*(?:\.\d+)?|\$?\d*\.\d+)"
"""A figure that is no number of contracts."""
_SIDE: Final = r"(?:CREDIT|DEBIT|CR|DB|DR)\b(?! +(?:SPREAD|VERTICAL))"
_PRICE: Final = rf"(?:LIMIT|LMT|STOP|STP|(?:NET +)?{_SIDE})"
_DAY_OF_MONTH: Final = r"(?:JAN|FEB|MAR|APR|MAY|JUNE?|JULY?|AUG|SEPT?|OCT|NOV|DEC)[A-Z]* +\d{1,2}(?:ST|ND|RD|TH)?"
_ASKING: Final = "(?:FOR|AT|@|WITH)"
_VERB: Final = rf"(?:{'|'.join(sorted(ACTIONS))})"
_BUYING: Final = r"(?:BUY|BTO|BTC|LONG|GET|GRAB|PURCHASE|COVER)"
_HELD: Final = r"(?:SHORT|LONG)\b"  # "sell my short SPY 450C" names what is held; "sell short" would open another
_BEFORE_BETTER: Final = "CENTS?|DOLLARS?|CREDIT|DEBIT|CR|DB|DR|LIMIT|LMT|MID|MIDPOINT|MARK"
_ANY: Final = r"[^ ]+"
_NO_NEXT: Final = rf"(?!(?:THIS|NEXT) ){_ANY}"  # "next my week" is no day
_MONTH: Final = "(?:JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)[A-Z]*"
_NO_COUNT: Final = rf"(?!(?:{_VERB}|X?\d[\d,]*X?)(?![^ ])){_ANY}"


class Passing(NamedTuple):
    """
    Words within a line that carry nothing.

    Attributes:
        words: Themselves, as a regular expression.
        why: They carry nothing.
        after: What stands before them, as a regular expression of whole words.
        before: What stands behind them, likewise.
        said: What stands in their place.
    """

    words: str
    why: str
    after: str = _ANY
    before: str = ""
    said: str = ""

    def pattern(self) -> re.Pattern[str]:
        ahead = f"(?= *(?! ){self.before})" if self.before else ""
        return re.compile(rf"(?<![^ ])(?P<after>{self.after} +){self.words}(?![^ ,]){ahead}")


WITHIN: Final[Mapping[str, tuple[Passing, ...]]] = {
    **{
        f"({note.split(' ')[0]}{')' * (' ' not in note)}": (
            Passing(rf"\({note.replace(' ', ' +')}\)", "A note; between brackets it is part of nothing."),
        )
        for note in NOTES
    },
    "ME": (
        Passing(
            "ME",
            "The one who writes is the one who trades.",
            after=rf"(?:{_VERB}|GET|GRAB|SHOW|TO +(?:OPEN|CLOSE))",
            before="(?!OUT)",
        ),
    ),
    "MY": (
        Passing(
            "MY",
            "The account is the trader's own.",
            after=rf"(?!{_MONTH} ){_NO_NEXT}",
            before=rf"(?!ORDERS|APPROVALS|POSITIONS|BALANCE|(?:WEEK|MONTH|YEAR)\b|{_HELD})",
        ),
    ),
    "THE": (
        Passing("THE", "English puts it before any noun.", after=_NO_NEXT, before=rf"(?!{_FIGURE}(?![\w./])|{_HELD})"),
        Passing("THE", "Before a number, where that cannot be how many.", after=rf"(?!{_VERB}(?!\w)){_NO_NEXT}"),
    ),
    "A": (
        Passing("A", "A price is one.", after=_ASKING, before=rf"(?:{_FIGURE} +)?{_PRICE}"),
        Passing("A", "As above, where no 'with' or 'at' leads to it.", before="(?:LIMIT|LMT) +OF"),
    ),
    "WITH": (Passing("WITH", "It leads to the price.", before=rf"(?:A +(?:{_FIGURE} +)?|{_EXACT} +)?{_PRICE}"),),
    "FOR": (
        Passing("FOR", "It leads to the price, and 'credit of' is one.", before=rf"(?:A +)?(?:NET +)?{_SIDE} +OF"),
    ),
    "NET": (
        Passing("NET", "A price of several legs is always net.", after=rf"(?!(?:{_VERB})(?![^ ])){_ANY}", before=_SIDE),
        Passing("NET", "The same, where it can be no ticker.", after=rf"{_ASKING} *{_FIGURE}", before=_SIDE),
        Passing("NET", "The same, the figure in between.", after=_NO_COUNT, before=rf"{_FIGURE} +{_SIDE}"),
        Passing("NET", "The same, behind a day of a month.", after=_DAY_OF_MONTH, before=rf"{_FIGURE} +{_SIDE}"),
        Passing("NET", "The same before the figure.", after="(?:AT|@|LIMIT|LMT)", before=_FIGURE),
    ),
    "OF": (Passing("OF", "It leads to the figure.", after="(?:LIMIT|LMT|PRICE)", before=rf"(?:{_FIGURE}|MID|NAT)"),),
    "OR": (
        Passing(
            "OR +BETTER",
            "A limit is that: the worst price taken.",
            after=rf"(?:(?:{_ASKING}|LIMIT|LMT) *{_FIGURE}|{_EXACT}(?:CR|DB|DR)?|{_BEFORE_BETTER})",
        ),
    ),
    "PRICE": (Passing("PRICE", "What the market has is one.", after="(?:MARKET|MKT)"),),
    "UP": (
        Passing(
            "UP +TO",
            "The limit of a purchase is the most that it may cost: where how many is said, or in dollars and cents.",
            after=rf"\A *(?:PREVIEW +)?{_BUYING}(?: +[^ ]+)+",
            before=r"(?:\$ ?\d|\d*\.\d)",
            said="@",
        ),
        Passing(
            "UP +TO",
            "The same of a whole number.",
            after=rf"\A *(?:PREVIEW +)?{_BUYING}(?: +TO +\w+)? +\d[\d,]*X?(?: +[^ ]+)+",
            before=r"\d",
            said="@",
        ),
    ),
}
"""By the first of the words."""
_SAID_OF_ANYTHING: Final = (ACTIONS - {"CLOSE", "EXIT", "BTC", "STC"}) | {
    word for word, each in REQUESTS.items() if each.is_chat
}


def without_passing_words(text: str) -> str:
    """A prepared text with the words blanked that carry nothing within a line; free text keeps its words."""
    words = text.split()
    if WITHIN.keys().isdisjoint(words) or words[0] in FREE_TEXT or _is_talk(text, words):
        return text
    for row in _rows(frozenset(WITHIN.keys() & words)):
        text = _pattern(row).sub(partial(_instead, row.said), text)
    return text


def is_greeting(words: str) -> bool:
    """Whether that may stand behind free text, too: ``halt please``. A note may be the reason."""
    return " ".join(words.split()) in GREETINGS


def is_greeting_or_note(words: str) -> bool:
    """Whether that may stand at the end of a line, a note also in brackets."""
    words = " ".join(words.split()).removeprefix("-")
    enclosed = words[1:-1].strip() if words[:1] == "(" and words[-1:] == ")" else ""
    return words in AT_THE_ENDS or enclosed in NOTES


def _is_talk(text: str, words: list[str]) -> bool:
    """Whether it may be said of anything: ``buy the dip``, ``sell my house``, ``preview of the game at 5``."""
    if words[0] == "PREVIEW" and ACTIONS.isdisjoint(words):
        return True
    figures = any(character.isdigit() for character in text)
    return words[0] in _SAID_OF_ANYTHING and not figures and THINGS.isdisjoint(words)


def _rows(first: frozenset[str]) -> list[Passing]:
    """In the order of the table: a row may look at words that a later one takes away."""
    return [row for word, rows in WITHIN.items() if word in first for row in rows]


@cache
def _pattern(row: Passing) -> re.Pattern[str]:
    """Compiled when a line first has such a word."""
    return row.pattern()


def _instead(said: str, found: re.Match[str]) -> str:
    return found["after"] + said.ljust(found.end() - found.end("after"))
