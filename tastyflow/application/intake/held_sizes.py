"""
How much? The sizes that the position says, settled: "all" and "half" become numbers.

    AskedLeg("half") + holding ─▶ what can be closed of it ─▶ that part, in whole contracts, at least one
    a strategy by its name     ─▶ whole strategies that can be closed ─▶ that part of them, leg by leg in its ratio

What working orders close already is not counted. Nothing to close is a refusal; a size never opens anything. The card
shows the arithmetic:

    7 held, 2 being closed by working orders: half of the 5 left is 2, rounded down.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from attrs import evolve, frozen

from tastyflow.application.intake.unsettled import Unsettled, unpriced
from tastyflow.domain.book import Holding, Standing
from tastyflow.domain.commands import AskedAction, HeldPart, PlaceOrder
from tastyflow.domain.instruments import Instrument
from tastyflow.domain.strategies import ratios_of
from tastyflow.domain.ticket import Strategy

_SAID: Final = {HeldPart.HALF: "half", HeldPart.THIRD: "a third", HeldPart.QUARTER: "a quarter"}


@frozen
class Sized:
    """The order with a number for each leg, and the sentences that tell how the position said it."""

    asked: PlaceOrder
    sentences: tuple[str, ...] = ()


def settle_sizes(asked: PlaceOrder, instruments: Sequence[Instrument], held: Standing) -> Sized:
    """
    Give each leg of *asked* its number.

    Raises:
        Unsettled: Nothing can be closed of a leg whose size the position says.
    """
    if not any(isinstance(leg.quantity, HeldPart) for leg in asked.legs):
        return Sized(asked)
    closable = [
        closable_by(leg.action, instrument, held) for leg, instrument in zip(asked.legs, instruments, strict=True)
    ]
    _require_some(asked, instruments, closable, held)
    holdings = [held.holding(instrument) for instrument in instruments]
    part = asked.legs[0].quantity
    if len(asked.legs) > 1 and asked.strategy is not Strategy.CUSTOM and isinstance(part, HeldPart):
        return _in_whole_strategies(asked, part, instruments, closable, holdings)
    legs = [
        evolve(leg, quantity=leg.quantity.of(many)) if isinstance(leg.quantity, HeldPart) else leg
        for leg, many in zip(asked.legs, closable, strict=True)
    ]
    return Sized(evolve(asked, legs=tuple(legs)), tuple(_sentences(asked, instruments, closable, holdings)))


def closable_by(action: AskedAction, instrument: Instrument, held: Standing) -> int:
    """How many an order of *action* can close; none where the position is on the other side."""
    holding = held.holding(instrument)
    if action.buys is not None and action.buys is (holding.quantity > 0):
        return 0
    return holding.closable


def _in_whole_strategies(
    asked: PlaceOrder,
    part: HeldPart,
    instruments: Sequence[Instrument],
    closable: Sequence[int],
    holdings: Sequence[Holding],
) -> Sized:
    ratios = ratios_of(asked.strategy, asked.legs)
    whole = min(many // ratio for many, ratio in zip(closable, ratios, strict=True))
    held_whole = min(abs(each.quantity) // ratio for each, ratio in zip(holdings, ratios, strict=True))
    name = asked.strategy.replace("_", " ")
    if not whole:
        raise Unsettled(
            f"No whole {name} can be closed of what is held.",
            code="nothing_to_close",
            hint="Close its legs one by one; type 'positions' to see yours.",
            instead=_leg_by_leg(asked, closable),
        )
    units = part.of(whole)
    legs = tuple(evolve(leg, quantity=units * ratio) for leg, ratio in zip(asked.legs, ratios, strict=True))
    several = f"{name.removesuffix('y')}ies" if name.endswith("y") else f"{name}s"
    told = [arithmetic(part, held_whole, whole, f" {several if held_whole > 1 else name}")]
    if part is HeldPart.ALL:
        told += [
            f"{many - leg.count:,} more of {instrument.in_words()} stay held."
            for leg, instrument, many in zip(legs, instruments, closable, strict=True)
            if many > leg.count
        ]
    return Sized(evolve(asked, legs=legs), tuple(told))


def _sentences(
    asked: PlaceOrder, instruments: Sequence[Instrument], closable: Sequence[int], holdings: Sequence[Holding]
) -> Iterator[str]:
    for typed, instrument, many, holding in zip(asked.legs, instruments, closable, holdings, strict=True):
        if isinstance(typed.quantity, HeldPart):
            of_which = f" of {instrument.in_words()}" if len(asked.legs) > 1 else ""
            yield arithmetic(typed.quantity, abs(holding.quantity), many, of_which)


def arithmetic(part: HeldPart, held: int, closable: int, what: str = "") -> str:
    """
    How many *part* of what can be closed is, as a sentence that can be checked by hand.

    Args:
        held: How many are held, and *closable* how many of them no working order closes yet.
        what: Of what, with a space before it.
    """
    lead = f"{held:,}{what} held, {held - closable:,} being closed by working orders: " if closable < held else ""
    of_these = f"the {closable:,} left" if lead else f"the {held:,}{what} held"
    if part is HeldPart.ALL:
        sentence = f"it closes {of_these}." if lead else f"it closes all {held:,}{what} held."
    else:
        sentence = f"{_SAID[part]} of {of_these} is {part.of(closable):,}{_rounded(part, closable)}."
    return lead + sentence if lead else sentence[0].upper() + sentence[1:]


def _rounded(part: HeldPart, closable: int) -> str:
    exact, rest = divmod(closable, part.divisor)
    return "" if not rest else ", rounded down" if exact else ", the least that can be closed"


# ── nothing to close ───────────────────────────────────────────────────────────────────────────────────────────


def _require_some(
    asked: PlaceOrder, instruments: Sequence[Instrument], closable: Sequence[int], held: Standing
) -> None:
    for leg, instrument, many in zip(asked.legs, instruments, closable, strict=True):
        if many or not isinstance(leg.quantity, HeldPart):
            continue
        holding = held.holding(instrument)
        if holding.quantity and leg.action.buys is not (holding.quantity > 0):
            what = f" of {instrument.in_words()}" if len(asked.legs) > 1 else ""
            raise Unsettled(
                f"All {abs(holding.quantity):,} held{what} are being closed by working orders already.",
                code="being_closed",
                hint="Cancel the working order first ('orders' shows it), or wait until it fills.",
            )
        raise Unsettled(
            no_position(instrument, holding.quantity),
            code="nothing_to_close",
            hint="Type 'positions' to see yours.",
            instead=() if asked.stop is not None else _otherwise(asked, closable),
        )


def no_position(instrument: Instrument, quantity: int) -> str:
    """Why nothing of *instrument* can be closed: nothing is held, or *quantity* (signed) is on the other side."""
    if not quantity:
        return f"There is no position in {instrument.in_words()} to close."
    side, closes = ("long", "sold") if quantity > 0 else ("short", "bought back")
    return f"{instrument.in_words()} is held {side} ({quantity:+,}): to be closed it is {closes}."


def _otherwise(asked: PlaceOrder, closable: Sequence[int]) -> Iterator[PlaceOrder]:
    """The same contracts the other way round, where the wrong side was typed; and those legs that are held."""
    turned = tuple(
        evolve(leg, action=AskedAction.CLOSE) if isinstance(leg.quantity, HeldPart) else leg for leg in asked.legs
    )
    if turned != asked.legs:
        yield evolve(unpriced(asked), legs=turned)
    yield from _leg_by_leg(asked, closable)


def _leg_by_leg(asked: PlaceOrder, closable: Sequence[int]) -> Iterator[PlaceOrder]:
    kept = tuple(leg for leg, many in zip(asked.legs, closable, strict=True) if many)
    if kept and len(asked.legs) > 1:
        closing = tuple(evolve(leg, action=AskedAction.CLOSE, quantity=HeldPart.ALL) for leg in kept)
        yield evolve(unpriced(asked), legs=closing, strategy=Strategy.SINGLE if len(kept) == 1 else Strategy.CUSTOM)
