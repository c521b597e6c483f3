"""
A change as people say it in a chat, as the answers that it can be meant as; they go on like typed ones.

    make it 5          ─▶ x5               5 contracts, 50 shares ─▶ x5, x50
    make it 1.25       ─▶ @ 1.25           change it to $2        ─▶ @ 2
    make it gtc        ─▶ gtc              make it 455            ─▶ x455, or 455C: of a line with a strike
    @ 1.25, 12/18 …    ─▶ as typed

A number says what it is only behind "make it", and where it counts something. By itself it is as it was typed.
"""

import re
from collections.abc import Sequence
from typing import Final

from tastyflow.domain.instruments import Right
from tastyflow_grammar.parts import Kind, Part

_MAKE_IT: Final = re.compile(
    r"\s*(?:(?:no|ok|okay|sorry|actually)\b[,.!]*\s*)*(?:make|change) (?:it|that|this) (?:to )?", re.IGNORECASE
)
_COUNTED: Final = re.compile(r"\s*([0-9]{1,6}) ?(?:contracts?|cons?|lots?|shares?)[.! ]*", re.IGNORECASE)
_COUNT: Final = re.compile(r"\s*([0-9]{1,6})[.! ]*")
_PRICE: Final = re.compile(r"\s*(?:\$([0-9]{1,6}(?:\.[0-9]{1,4})?)|([0-9]{0,6}\.[0-9]{1,4}))[! ]*")
_SMALLEST_STRIKE: Final = 100
"""From here on a number behind "make it" can be a strike."""


def said_as_change(text: str, parts: Sequence[Part]) -> tuple[str, ...]:
    """
    The answers that *text* can be meant as.

    Args:
        parts: Of the line that is to be changed.
    """
    if counted := _COUNTED.fullmatch(text):
        return (f"x{counted[1]}",)
    made = _MAKE_IT.match(text)
    if made is None:
        return (text,)
    rest = text[made.end() :]
    if counted := _COUNTED.fullmatch(rest):
        return (f"x{counted[1]}",)
    if count := _COUNT.fullmatch(rest):
        number = int(count[1])
        return (f"x{number}", *_strikes(number, parts))
    if price := _PRICE.fullmatch(rest):
        return (f"@ {price[1] or price[2]}",)
    return (rest,)


def _strikes(number: int, parts: Sequence[Part]) -> tuple[str, ...]:
    """*number* as a strike, of a line that has one."""
    rights = {part.value for part in parts if part.kind is Kind.RIGHT and isinstance(part.value, Right)}
    if number < _SMALLEST_STRIKE or not any(part.kind in (Kind.STRIKE, Kind.NUMBER) for part in parts):
        return ()
    return tuple(f"{number}{right.value[0].upper()}" for right in rights)
