"""
Words that refer to an order before them: what they ask for. They say nothing by themselves.

    again, same again, do it again      repeat
    double it, half that                scale, by 2, by a half
    close it, sell half of it           close, sell: all of it, or a part
    buy it back                         buy
    roll it to next month               roll, with what stands behind "to"
    cancel it                           cancel

Each is the whole line, but for a price or a time in force behind what closes: "again" within a sentence is talk.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from fractions import Fraction
from typing import Final

from attrs import frozen

from tastyflow.domain.commands import HeldPart
from tastyflow_grammar.parts import Kind
from tastyflow_grammar.reading.replies import said_in

_IT: Final = r"(?:it|that|this)(?: (?:one|order|trade|position))?"
_THE: Final = r"(?:the|my|that) (?:order|trade|position)"
_OUT: Final = r"(?:\s+(?P<rest>.*))?"


class Refers(StrEnum):
    """What is wanted of the order before; the values are verbs, for messages."""

    REPEAT = "repeat"
    SCALE = "scale"
    CLOSE = "close"
    SELL = "sell"
    BUY = "buy back"
    ROLL = "roll"
    CANCEL = "cancel"


@frozen
class FollowUp:
    """
    Attributes:
        factor: Of the size that was ordered, of `Refers.SCALE`.
        part: Of what is held, where only a part is to be closed.
        rest: The day of a roll, or the price of a close; empty where it is not said.
    """

    refers: Refers
    factor: Fraction = Fraction(1)
    part: HeldPart | None = None
    rest: str = ""


_FACTORS: Final[Mapping[str, Fraction]] = {
    "double": Fraction(2), "twice": Fraction(2), "2x": Fraction(2), "triple": Fraction(3), "half": Fraction(1, 2),
    "halve": Fraction(1, 2),
}  # fmt: skip
_REPEAT: Final = (
    rf"again|same again|once more|one more time|repeat(?: {_IT}| {_THE})?|do (?:it|that) again"
    r"|(?:the )?same (?:order|trade)(?: again)?"
)
_PHRASES: Final = (
    (Refers.REPEAT, _REPEAT),
    (Refers.SCALE, rf"(?:make it )?(?P<factor>double|twice|triple|half|halve|2x) (?:{_IT}|(?:the|that) size)"),
    (Refers.SCALE, r"make (?:it|that) (?P<factor>double|half|triple)(?: the size)?"),
    (Refers.CLOSE, rf"(?:close|exit|get (?:me )?out of) (?P<part>half(?: of)? )?(?:{_IT}|{_THE})(?: out)?{_OUT}"),
    (Refers.SELL, rf"sell (?P<part>half(?: of)? )?(?:{_IT}|them)(?: (?:back|off|out))?{_OUT}"),
    (Refers.BUY, rf"(?:buy (?P<part>half(?: of)? )?(?:{_IT}|them) back|cover (?:{_IT}|them)){_OUT}"),
    (Refers.ROLL, rf"roll (?:{_IT}|them|{_THE})(?: (?:out|over|forward|on))?(?: (?:to|until|till|into|for))?{_OUT}"),
    (Refers.CANCEL, rf"(?:cancel|cxl|pull) (?:{_IT}|{_THE})"),
)
_OPENERS: Final = frozenset(
    {"again", "same", "once", "one", "repeat", "do", "the", "make", *_FACTORS}
    | {"close", "exit", "get", "sell", "buy", "cover", "roll", "cancel", "cxl", "pull"}
)
_KINDS: Final = tuple((refers, re.compile(pattern)) for refers, pattern in _PHRASES)
_PRICED_BEHIND: Final = frozenset({Refers.CLOSE, Refers.SELL, Refers.BUY})
LONGEST: Final = 100
"""Characters of a line that refers to another; what is longer is talk."""


def follow_up(text: str) -> FollowUp | None:
    """What *text*, a line without chat at its ends, wants of the order before it; None for any other line."""
    said = " ".join(text[: LONGEST + 1].lower().split())
    if len(said) > LONGEST or said.partition(" ")[0] not in _OPENERS:
        return None
    for refers, pattern in _KINDS:
        if found := pattern.fullmatch(said):
            said_of = found.groupdict()
            if refers in _PRICED_BEHIND and said_of["rest"] and not _is_of_an_order(said_of["rest"]):
                return None
            return FollowUp(
                refers,
                _FACTORS.get(said_of.get("factor") or "", Fraction(1)),
                HeldPart.HALF if said_of.get("part") else None,
                said_of.get("rest") or "",
            )
    return None


def _is_of_an_order(rest: str) -> bool:
    """Whether what stands behind "close it" says something of an order: a price, and not "down guys"."""
    return any(part.kind is not Kind.SYMBOL for part in said_in(rest.upper()))
