"""
A whole order with another part, and nothing else of it changed.

    buy 10 SPY 450C 12/18 @ 2.50     @ 1.25       ─▶ the price                       size, strike, day … as before
                                     puts         ─▶ the right
                                     455C         ─▶ the strike
    sell 1 SPY 430/435/465/470 …     @ 1.25       ─▶ the price; still a credit

    answer ─▶ what it says of an order ─▶ the new order ─▶ parsed ─▶ differs in what was said, and in nothing else?
           ─▶ in the words of the old line, else in canonical ones

What cannot be changed in one place is refused: one strike of a condor, a limit where there is a stop.
"""

from collections.abc import Iterable, Mapping, Set
from datetime import datetime
from fractions import Fraction
from typing import Final

from attrs import evolve

from tastyflow.domain.commands import (
    AskedLeg,
    AskedOption,
    AskedQuantity,
    AskedShares,
    CompletedLine,
    Follows,
    HeldPart,
    PlaceOrder,
    PreviewOrder,
)
from tastyflow.domain.strategies import units_in
from tastyflow.domain.ticket import OrderType
from tastyflow.errors import NotUnderstood
from tastyflow_grammar.answering.in_own_words import differing, in_own_words
from tastyflow_grammar.language import parse
from tastyflow_grammar.parts import Kind
from tastyflow_grammar.reading.line import Line, read_line
from tastyflow_grammar.reading.replies import ShortAnswer, parts_of
from tastyflow_grammar.refusing.faults import Code, Edit
from tastyflow_grammar.refusing.suggestions import apply
from tastyflow_grammar.writing.rendering import render

OF_A_LEG: Final = frozenset(
    {Kind.QUANTITY, Kind.SHARES, Kind.CONTRACTS, Kind.SYMBOL, Kind.RIGHT, Kind.STRIKE, Kind.EXPIRATION}
)
PRICED: Final = frozenset({Kind.PRICE, Kind.MARKET, Kind.LIMIT, Kind.EFFECT, Kind.STOP})
CHANGED: Final = OF_A_LEG | PRICED | {Kind.STRIKES, Kind.TIME_IN_FORCE}
"""What an answer may change in a whole order: not its side, and no bare number."""
_OF_OPTIONS: Final = frozenset({Kind.RIGHT, Kind.STRIKE, Kind.STRIKES, Kind.EXPIRATION})

_FIELDS: Final[Mapping[Kind, frozenset[str]]] = {
    Kind.QUANTITY: frozenset({"quantity"}),
    Kind.SYMBOL: frozenset({"underlying"}),
    Kind.RIGHT: frozenset({"right"}),
    Kind.STRIKE: frozenset({"strike"}),
    Kind.STRIKES: frozenset({"strike"}),
    Kind.EXPIRATION: frozenset({"expiration"}),
    Kind.PRICE: frozenset({"order_type", "price"}),
    Kind.MARKET: frozenset({"order_type", "price", "price_effect"}),
    Kind.LIMIT: frozenset({"order_type"}),
    Kind.EFFECT: frozenset({"price_effect"}),
    Kind.STOP: frozenset({"order_type", "price", "price_effect", "stop"}),
    Kind.TIME_IN_FORCE: frozenset({"time_in_force"}),
}
"""The fields of a command that a part of each kind says."""


class Reader:
    """Reads lines as of one moment, as orders; a line that was only to be previewed stays one."""

    def __init__(self, as_of: datetime, *, is_preview: bool = False) -> None:
        self.as_of = as_of
        self._prefix = "preview " if is_preview else ""

    def order(self, words: str) -> PlaceOrder | None:
        """The order that a line says; None where it says none."""
        try:
            command = parse(words, as_of=self.as_of)
        except NotUnderstood:
            return None
        if isinstance(command, PreviewOrder) == bool(self._prefix):
            return command.order if isinstance(command, PreviewOrder) else _only_order(command)
        return None

    def written(self, order: PlaceOrder) -> str:
        """
        *order* in canonical words.

        Raises:
            NotUnderstood: It cannot be said so: the price of legs that have no name needs a debit or credit.
        """
        words = self._prefix + render(order)
        self.require(words)
        return words

    def require(self, words: str) -> None:
        """
        Raises:
            NotUnderstood: A line that was made of an answer is refused.
        """
        try:
            parse(words, as_of=self.as_of)
        except NotUnderstood as no:
            offered = no.suggestions if no.code == Code.AMBIGUOUS else ()  # the others mend it by changing its side
            message = f"With that it is refused: {no.message}"
            raise NotUnderstood(message, code=no.code, span=(0, 0), suggestions=offered) from None


def with_answer(line: Line, old: PlaceOrder, reply: ShortAnswer, reader: Reader) -> CompletedLine | None:
    """
    The line of *old* with the answer in it; None where the answer changes nothing that can be changed by itself.

    Raises:
        NotUnderstood: The new order cannot be said without something more.
    """
    kinds = reply.kinds
    if not reply.answers or not kinds <= CHANGED or reply.names_unsurely:
        return None
    new = _rewritten(old, reply, reader) if Kind.STRIKES in kinds else _wanted(old, reply, reader)
    return said_of(line, old, new, reader, words=reply.words, kinds=kinds) if new is not None else None


def said_of(
    line: Line,
    old: PlaceOrder,
    new: PlaceOrder,
    reader: Reader,
    *,
    words: str = "",
    kinds: Set[Kind] = frozenset({Kind.QUANTITY}),
) -> CompletedLine | None:
    """
    The line that says *new*, where that differs from *old* in what *kinds* say, and in nothing else.

    Raises:
        NotUnderstood: As of `Reader.written`.
    """
    written = reader.written(new)
    new = reader.order(written) or new
    if not differences(old, new) <= frozenset().union(*(_FIELDS.get(kind, frozenset()) for kind in kinds)):
        return None
    if new == old:
        return CompletedLine(" ".join(line.shown().split()), (), Follows.CHANGE)
    made = in_own_words(line, old, new, words, reader.order) or (written, differing(reader.written(old), written))
    return CompletedLine(*made, Follows.CHANGE)


def differences(old: PlaceOrder, new: PlaceOrder) -> frozenset[str]:
    """
    The fields in which two orders differ, all legs together.

    A side of the price that was open, or is of no price any more, is none: the price brings it, or takes it along.
    """
    if len(old.legs) != len(new.legs) or old.strategy is not new.strategy:
        return frozenset({"legs"})
    named = ("order_type", "price", "stop", "time_in_force")
    found = {name for name in named if getattr(old, name) != getattr(new, name)}
    if old.price_effect is not new.price_effect and None not in (old.price_effect, new.price_effect):
        found.add("price_effect")
    for before, after in zip(old.legs, new.legs, strict=True):
        found |= set(_of_a_leg(before, after))
    return frozenset(found)


def _of_a_leg(before: AskedLeg, after: AskedLeg) -> Iterable[str]:
    if before.action is not after.action:
        yield "action"
    if before.quantity != after.quantity:
        yield "quantity"
    one, other = before.instrument, after.instrument
    if one.underlying != other.underlying:
        yield "underlying"
    if isinstance(one, AskedOption) and isinstance(other, AskedOption):
        for name in ("right", "strike", "expiration"):
            if getattr(one, name) != getattr(other, name):
                yield name
    elif isinstance(one, AskedOption) or isinstance(other, AskedOption):
        yield "instrument"


# ---- the new order


def _wanted(old: PlaceOrder, reply: ShortAnswer, reader: Reader) -> PlaceOrder | None:
    """*old* with what the answer says; None where it cannot have that, or not in one place."""
    said = _said(old, reply, reader)
    if said is None:
        return None
    legs = _legs(old, said.legs[0], reply.kinds)
    if legs is None or not _priced_alike(old, said, reply.kinds):
        return None
    new = evolve(old, legs=legs)
    if reply.kinds & {Kind.PRICE, Kind.MARKET, Kind.STOP}:
        effect = said.price_effect if Kind.EFFECT in reply.kinds else old.price_effect
        new = evolve(
            new,
            order_type=said.order_type,
            price=said.price,
            stop=said.stop,
            price_effect=None if said.price is None else effect,
        )
    elif Kind.EFFECT in reply.kinds:
        return None  # the side of a price alone: with which price?
    return evolve(new, time_in_force=said.time_in_force) if Kind.TIME_IN_FORCE in reply.kinds else new


def _said(old: PlaceOrder, reply: ShortAnswer, reader: Reader) -> PlaceOrder | None:
    """The answer as an order of one leg, with the parts of *old* that it does not say; they are not looked at."""
    kinds, first = reply.kinds, old.legs[0].instrument
    effect = [part.value.value for part in reply.parts if part.kind is Kind.EFFECT]
    side = "sell" if effect == ["credit"] else "close" if HeldPart in map(type, _sizes(reply)) else "buy"
    if isinstance(first, AskedShares) and kinds & _OF_OPTIONS:
        return None
    described = {
        Kind.QUANTITY: "1" if isinstance(first, AskedShares) else "",
        Kind.SYMBOL: "$SPY",
        Kind.STRIKE: "strike 450" if isinstance(first, AskedOption) else "",
        Kind.RIGHT: "call" if isinstance(first, AskedOption) else "",
        Kind.EXPIRATION: "45dte" if isinstance(first, AskedOption) else "shares",
    }
    if Kind.QUANTITY in kinds and isinstance(first, AskedShares):
        described[Kind.EXPIRATION] = ""
    rest = " ".join(words for kind, words in described.items() if kind not in kinds and words)
    return Reader(reader.as_of).order(f"{side} {rest} {reply.words}")


def _sizes(reply: ShortAnswer) -> list[object]:
    return [part.value for part in reply.parts if part.kind is Kind.QUANTITY]


def _legs(old: PlaceOrder, said: AskedLeg, kinds: Set[Kind]) -> tuple[AskedLeg, ...] | None:
    legs = old.legs
    if Kind.QUANTITY in kinds:
        sized = _sized(old, said.quantity)
        if sized is None:
            return None
        legs = sized
    changes = {}
    for kind, name in ((Kind.RIGHT, "right"), (Kind.STRIKE, "strike"), (Kind.EXPIRATION, "expiration")):
        if kind in kinds:
            if len({getattr(leg.instrument, name, None) for leg in legs}) > 1 or not isinstance(
                said.instrument, AskedOption
            ):
                return None
            changes[name] = getattr(said.instrument, name)
    if Kind.SYMBOL in kinds:
        changes["underlying"] = said.instrument.underlying
    return tuple(evolve(leg, instrument=evolve(leg.instrument, **changes)) for leg in legs)


def _sized(old: PlaceOrder, size: AskedQuantity) -> tuple[AskedLeg, ...] | None:
    """The legs for *size* units; a part of what is held only where all of them close."""
    units = units_in(old.legs)
    if isinstance(size, HeldPart) or isinstance(units, HeldPart):
        closes = all(leg.action.value.endswith("close") for leg in old.legs)
        return tuple(evolve(leg, quantity=size) for leg in old.legs) if closes else None
    return scaled(old, Fraction(size, units)) if units else None


def scaled(old: PlaceOrder, factor: Fraction) -> tuple[AskedLeg, ...] | None:
    """The legs with each quantity times *factor*; None where one is not whole then, or a part of what is held."""
    many = [leg.quantity * factor for leg in old.legs if isinstance(leg.quantity, int)]
    if len(many) < len(old.legs) or any(each < 1 or each.denominator > 1 for each in many):
        return None
    return tuple(evolve(leg, quantity=int(each)) for leg, each in zip(old.legs, many, strict=True))


def _priced_alike(old: PlaceOrder, said: PlaceOrder, kinds: Set[Kind]) -> bool:
    """Whether the price that is said goes with the old one: a limit keeps its stop, and a stop its limit."""
    if Kind.PRICE in kinds and old.stop is not None:
        return said.stop is not None
    if Kind.STOP in kinds and old.price is not None:
        return old.order_type is OrderType.STOP_LIMIT and said.order_type is OrderType.STOP_LIMIT
    return True


def _rewritten(old: PlaceOrder, reply: ShortAnswer, reader: Reader) -> PlaceOrder | None:
    """A row of strikes in the place of the old one, in canonical words."""
    if reply.kinds != {Kind.STRIKES}:
        return None
    line = read_line(reader.written(old))
    rows = [part for part in parts_of(line.text) if part.kind is Kind.STRIKES]
    if len(rows) != 1 or len(rows[0].value) != len(reply.parts[0].value):
        return None
    return reader.order(apply(line.shown(), (Edit(rows[0].span, f" {reply.words} "),)))


def _only_order(command: object) -> PlaceOrder | None:
    return command if isinstance(command, PlaceOrder) else None
