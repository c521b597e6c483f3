"""
More or less of what is held: the numbers for ``add`` and ``trim`` without a size, from the position.

    trim SPY 450C 12/18     4 held     ─▶ close 2 …, close 4 …
    add SPY 450C 12/18      4 held     ─▶ buy to open 4 …: as many again

They are offered, and nothing more: each is a whole line, to be typed or picked.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from attrs import evolve

from tastyflow.application.intake.unsettled import unpriced
from tastyflow.domain.book import Holding
from tastyflow.domain.commands import AskedAction, HeldPart, PlaceOrder
from tastyflow.domain.ticket import PriceEffect
from tastyflow.errors import NotUnderstood
from tastyflow.ports import Language

ADDING: Final = "add"
_RESIZING: Final = frozenset({ADDING, "trim"})


def verb_without_a_size(text: str, no: NotUnderstood) -> str | None:
    """``add`` or ``trim``, where that is the word at fault of *text*, for it lacks its size."""
    begin, end = no.span
    verb = text[begin:end].lower()
    return verb if no.code == "bad_quantity" and verb in _RESIZING else None


def as_close(text: str, no: NotUnderstood, language: Language, now: datetime) -> PlaceOrder | None:
    """The close of all that *text* names, read with another verb; None where that is no order of one leg."""
    begin, end = no.span
    rest = text[end:].strip()
    try:
        command = language.parse(f"{text[:begin]}close {rest.removeprefix('to ')}", as_of=now)
    except NotUnderstood:
        return None
    if not isinstance(command, PlaceOrder) or len(command.legs) > 1:
        return None
    return command if command.legs[0].quantity is HeldPart.ALL else None


def resized(close: PlaceOrder, holding: Holding, *, adds: bool) -> Iterator[PlaceOrder]:
    """The orders that may be meant, the likeliest first; none where nothing is held."""
    (leg,) = close.legs
    if not adds:
        sizes = dict.fromkeys((HeldPart.HALF.of(holding.closable), holding.closable)) if holding.closable else ()
        yield from (evolve(close, legs=(evolve(leg, quantity=many),)) for many in sizes)
    elif holding.quantity:
        buys = holding.quantity > 0
        action = AskedAction.BUY_TO_OPEN if buys else AskedAction.SELL_TO_OPEN
        legs = (evolve(leg, action=action, quantity=abs(holding.quantity)),)
        effect = PriceEffect.DEBIT if buys else PriceEffect.CREDIT
        priced = unpriced(close) if close.stop is not None or close.price is None else close
        yield evolve(priced, legs=legs, price_effect=None if priced.price is None else effect)
