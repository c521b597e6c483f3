"""
How much? The sizes that the position says, settled: "all" and "half" become numbers.

    AskedLeg("half") + holding ─▶ what can be closed of it ─▶ that part, in whole contracts, at least one
    a strategy by its name     ─▶ whole strategies that can be closed ─▶ that part of them, leg by leg in its ratio

What working orders close already is not counted. Nothing to close is a refusal; a size never opens anything.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from attrs import evolve, frozen

from tastyflow.application.intake.unsettled import Unsettled, unpriced
from tastyflow.domain.book import Standing
from tastyflow.domain.commands import AskedAction, AskedLeg, HeldPart, PlaceOrder
from tastyflow.domain.instruments import Instrument
from tastyflow.domain.strategies import ratios_of
from tastyflow.domain.ticket import Strategy

_SAID: Final = {HeldPart.HALF: "Half", HeldPart.THIRD: "A third", HeldPart.QUARTER: "A quarter"}


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
    part = asked.legs[0].quantity
    if len(asked.legs) > 1 and asked.strategy is not Strategy.CUSTOM and isinstance(part, HeldPart):
        return _in_whole_strategies(asked, part, instruments, closable)
    legs = [
        evolve(leg, quantity=leg.quantity.of(many)) if isinstance(leg.quantity, HeldPart) else leg
        for leg, many in zip(asked.legs, closable, strict=True)
    ]
    return Sized(evolve(asked, legs=tuple(legs)), tuple(_sentences(asked, legs, instruments, closable)))


def closable_by(action: AskedAction, instrument: Instrument, held: Standing) -> int:
    """How many an order of *action* can close; none where the position is on the other side."""
    holding = held.holding(instrument)
    if action.buys is not None and action.buys is (holding.quantity > 0):
        return 0
    return holding.closable


def _in_whole_strategies(
    asked: PlaceOrder, part: HeldPart, instruments: Sequence[Instrument], closable: Sequence[int]
) -> Sized:
    ratios = ratios_of(asked.strategy, asked.legs)
    whole = min(many // ratio for many, ratio in zip(closable, ratios, strict=True))
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
    told = [_told(part, whole, units, f" {several if whole > 1 else name}")]
    if part is HeldPart.ALL:
        told += [
            f"{many - leg.count:,} more of {instrument.in_words()} stay held."
            for leg, instrument, many in zip(legs, instruments, closable, strict=True)
            if many > leg.count
        ]
    return Sized(evolve(asked, legs=legs), tuple(told))


def _sentences(
    asked: PlaceOrder, legs: Sequence[AskedLeg], instruments: Sequence[Instrument], closable: Sequence[int]
) -> Iterator[str]:
    for typed, leg, instrument, many in zip(asked.legs, legs, instruments, closable, strict=True):
        if isinstance(typed.quantity, HeldPart):
            of_which = f" of {instrument.in_words()}" if len(legs) > 1 else ""
            yield _told(typed.quantity, many, leg.count, of_which)


def _told(part: HeldPart, many: int, count: int, what: str) -> str:
    if part is HeldPart.ALL:
        return f"All that can be closed is {count:,}{what}."
    return f"{_SAID[part]} of the {many:,}{what} that can be closed is {count:,}."


# ── nothing to close ───────────────────────────────────────────────────────────────────────────────────────────


def _require_some(
    asked: PlaceOrder, instruments: Sequence[Instrument], closable: Sequence[int], held: Standing
) -> None:
    for leg, instrument, many in zip(asked.legs, instruments, closable, strict=True):
        if many or not isinstance(leg.quantity, HeldPart):
            continue
        holding = held.holding(instrument)
        what = f" in {instrument.in_words()}" if len(asked.legs) > 1 else ""
        if leg.action.buys is not None and leg.action.buys is (holding.quantity > 0):
            holding = evolve(holding, quantity=0)
        if holding.quantity:
            raise Unsettled(
                f"All {abs(holding.quantity):,} held{what} are being closed by working orders already.",
                code="being_closed",
                hint="Cancel the working order first ('orders' shows it), or wait until it fills.",
            )
        raise Unsettled(
            f"There is no position{what} to close.",
            code="nothing_to_close",
            hint="Type 'positions' to see yours.",
            instead=() if asked.stop is not None else _otherwise(asked, closable),
        )


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
