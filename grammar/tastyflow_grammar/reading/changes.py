"""
A change as people say it in a chat, as the answers that it can be meant as; they go on like typed ones.

    make it 5, 5 instead       ─▶ x5              5 contracts, 50 shares ─▶ x5, x50
    make it 1.25               ─▶ @ 1.25          change it to $2        ─▶ @ 2
    make it 455                ─▶ strike 455      of an order with a strike near it
    make it gtc, try mid       ─▶ gtc, mid
    same but 455               ─▶ strike 455      an order like the last one
    same for QQQ               ─▶ $QQQ
    @ 1.25, 12/18, puts        ─▶ as typed

A number says what it is only behind such words, and where it counts something; by itself it is as it was typed. It is a
strike near the strikes of the order, a price far below them, a size near the size. Where two fit, both are meant.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from attrs import frozen

from tastyflow_grammar.reading.passing_words import AT_THE_ENDS
from tastyflow_grammar.reading.reader import is_our_word
from tastyflow_grammar.vocabulary import ENGLISH


@frozen
class OldFigures:
    """The figures of the order that is to be changed, as far as it has them: they tell what a number is near to."""

    strikes: tuple[Decimal, ...] = ()
    size: int | None = None
    price: Decimal | None = None


@frozen
class SaidChange:
    """
    Attributes:
        readings: The answers that it can be meant as; more than one only where each makes sense.
        rest: The words without "make it" and the like.
        is_another: Whether an order like the last one is wanted, and not a change of that one.
    """

    readings: tuple[str, ...]
    rest: str
    is_another: bool = False


_LEAD: Final = r"\s*(?:(?:no|ok|okay|sorry|actually|oops|wait)\b[,.!]*\s*)*"
_MAKE_IT: Final = re.compile(_LEAD + r"(?:(?:make|change|set) (?:it|that|this) (?:to )?|try )", re.IGNORECASE)
_INSTEAD: Final = re.compile(_LEAD + r"(?P<rest>\S.{0,80}?)\s+instead[.! ]*", re.IGNORECASE)
_SAME: Final = re.compile(
    _LEAD + r"(?:(?:the )?same(?: (?:again|thing|order|trade|one))?|again|once more|repeat(?: (?:it|that))?)[,:]? *"
    r"(?P<link>but|with|for|in|on|at|@)(?: *(?=[@$.\d])| +)(?:with +|for +|in +|on +)?",
    re.IGNORECASE,
)
_COUNTED: Final = re.compile(r"\s*([0-9]{1,6}) ?(?:contracts?|cons?|lots?|shares?)[.! ]*", re.IGNORECASE)
_COUNT: Final = re.compile(r"\s*([0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,6})[.! ]*")
_PRICE: Final = re.compile(
    r"\s*(?P<money>\$)?(?P<figure>[0-9]{1,6}(?:\.[0-9]{1,4})?|\.[0-9]{1,4})"
    r"(?: *(?P<effect>credit|debit|cr|db|dr))?[! ]*",
    re.IGNORECASE,
)
_TICKER: Final = re.compile(r"\s*([A-Za-z]{1,5}(?:[./][A-Za-z])?)[.! ]*")
_A_RIGHT: Final = re.compile(r"an? (?=(?:call|put)s?\b)", re.IGNORECASE)

_AROUND: Final = frozenset({"make", "change", "set", "try", "same", "again", "once", "repeat", "instead"})
"""One of these is among the first words of a change, or the last one: other lines are not looked at further."""
LONGEST: Final = 120
"""Characters of a change; what is longer is as it was typed."""
_USUAL_SIZE: Final = 100
_FARTHEST: Final = 2
"""A strike is meant up to this many times the old one, and down to that part of it."""
_DEEPEST: Final = Decimal("0.75")
"""A price is meant up to this part of the strike: no other option is worth more, or hardly any."""


def said_as_change(text: str, old: OldFigures) -> SaidChange:
    """What *text* can be meant as, of an order with the figures *old*."""
    if len(text) > LONGEST:
        return SaidChange((text,), text)
    if counted := _COUNTED.fullmatch(text):
        return SaidChange((f"x{counted[1]}",), text)
    if same := _SAME.match(text):
        link, rest = same["link"].lower(), text[same.end() :]
        said = (f"@ {rest}",) if link == "@" else (*_symbols(rest), *_readings(rest, old, link))
        return SaidChange(tuple(dict.fromkeys(said)), rest, is_another=True)
    if made := _MAKE_IT.match(text):
        rest = text[made.end() :]
        return SaidChange(tuple(dict.fromkeys(_readings(rest, old))), rest)
    if instead := _INSTEAD.fullmatch(text):
        rest = instead["rest"]
        return SaidChange(tuple(dict.fromkeys(_readings(rest, old))), rest)
    return SaidChange((text,), text)


def is_said_as_change(text: str) -> bool:
    """Whether *text* has the words around a change: "make it", "same but", "instead"."""
    words = text[:LONGEST].lower().rstrip(".! ").split()
    if _AROUND.isdisjoint((*words[:4], *words[-1:])):
        return False
    return any(pattern.match(text) for pattern in (_MAKE_IT, _SAME, _INSTEAD))


def _readings(rest: str, old: OldFigures, link: str = "") -> Iterator[str]:
    """What stands behind "make it" or "same but", as answers; *link* is the word before it."""
    rest = _A_RIGHT.sub("", rest.strip())
    if counted := _COUNTED.fullmatch(rest):
        yield f"x{counted[1]}"
    elif link != "at" and (count := _COUNT.fullmatch(rest)) is not None:
        number = int(count[1].replace(",", ""))
        is_struck, is_size = _near_a_strike(Decimal(number), old), _near_the_size(number, old)
        is_priced = _near_a_whole_price(number, old)
        if is_priced:
            yield f"@ {number}"
        if is_size or not (is_struck or is_priced):
            yield f"x{number}"
        if old.strikes and (is_struck or not (is_size or is_priced)):
            yield f"strike {number}"
        if link == "for" and not (is_struck or is_priced):
            yield f"@ {number}"
    elif price := _PRICE.fullmatch(rest):
        figure = Decimal(price["figure"])
        is_struck = not price["effect"] and _near_a_strike(figure, old)
        if not is_struck or _can_be_a_price(figure, old):
            yield f"@ {price['figure']} {price['effect'] or ''}".strip()
        if is_struck:
            yield f"strike {price['figure']}"
    elif rest:
        yield rest


def _symbols(rest: str) -> Iterator[str]:
    """A word that stands where a symbol does, and is no ordinary one."""
    found = _TICKER.fullmatch(rest)
    word = found[1].upper() if found else ""
    if word and word not in ENGLISH | AT_THE_ENDS and not is_our_word(word):
        yield f"${word}"


def _near_a_strike(number: Decimal, old: OldFigures) -> bool:
    return any(strike / _FARTHEST <= number <= strike * _FARTHEST for strike in old.strikes)


def _near_a_whole_price(number: int, old: OldFigures) -> bool:
    """A whole number beside the price of shares, and beside the price of an option where that is whole, too."""
    if old.price is None or (old.strikes and old.price != int(old.price)):
        return False
    return old.price / _FARTHEST <= number <= old.price * _FARTHEST


def _near_the_size(number: int, old: OldFigures) -> bool:
    return not old.strikes or 0 < number <= max(_USUAL_SIZE, 10 * (old.size or 1))


def _can_be_a_price(figure: Decimal, old: OldFigures) -> bool:
    if old.price is not None and old.price / 4 <= figure <= old.price * 4:
        return True
    return figure < min(old.strikes) * _DEEPEST
