"""
Open or close? Each leg's side, settled by the position held; and whether the legs still are what was named.

    AskedLeg + holding ─▶ how much? ─▶ open or close ─▶ enough to close? ─▶ still the named strategy? ─▶ Sided
                         `held_sizes`                          └───────────────────┴─▶ Unsettled

    held      typed buy         typed sell        typed close
    long      buy to open       sell to close     sell to close
    short     buy to close      sell to open      buy to close
    nothing   buy to open       sell to open      refused: nothing to close

What is held is the venue's snapshot corrected by our own fills (`tastyflow.domain.book.holdings`). What working orders
close already cannot be closed again, and is not turned into an opening order either: the order is refused. Where
snapshot and own fills contradict each other, no side is guessed.
"""

from collections.abc import Iterator, Sequence
from math import gcd
from typing import Final

from attrs import evolve, frozen

from tastyflow.application.intake.held_sizes import no_position, settle_sizes
from tastyflow.application.intake.unsettled import Unsettled, unpriced
from tastyflow.domain.book import Standing
from tastyflow.domain.commands import AskedAction, AskedLeg, AskedOption, AskedShares, HeldPart, PlaceOrder
from tastyflow.domain.instruments import Equity, Instrument
from tastyflow.domain.strategies import strategy_of
from tastyflow.domain.ticket import Action, Leg, Strategy

WAIT_OR_CANCEL: Final = "Cancel the working order first ('orders' shows it), or wait until it fills."


@frozen
class Sided:
    """The legs as they will be traded, the strategy that they make, and what was settled, as sentences."""

    legs: tuple[Leg, ...]
    strategy: Strategy
    sentences: tuple[str, ...]


def settle_sides(asked: PlaceOrder, instruments: Sequence[Instrument], held: Standing) -> Sided:
    """
    Open or close each leg of *asked*.

    Raises:
        Unsettled: What is held is not clear, less of it can be closed than is to be closed, or the legs would not be
            the strategy that was named.
    """
    _require_clear(instruments, held)
    sized = settle_sizes(asked, instruments, held)
    asked = sized.asked
    legs = tuple(
        Leg(_settled(leg.action, held.get(instrument, 0)), leg.count, instrument)
        for leg, instrument in zip(asked.legs, instruments, strict=True)
    )
    strategy, turned = strategy_of(as_asked(legs)), _turned(asked, legs)
    if not turned:
        _require_positions(asked, legs, held)
    if asked.strategy not in (Strategy.CUSTOM, strategy):
        raise _another_strategy(asked, legs, strategy, held)
    if turned:
        raise _a_leg_that_closes(asked, legs, turned, strategy, held)
    return Sided(legs, strategy, tuple(dict.fromkeys((*sized.sentences, *_sentences(asked, legs, held)))))


def as_asked(legs: Sequence[Leg]) -> tuple[AskedLeg, ...]:
    """The legs as a text would name them, exactly."""
    return tuple(AskedLeg(AskedAction(leg.action.value), leg.quantity, _as_asked(leg.instrument)) for leg in legs)


def units_of(asked: PlaceOrder) -> int:
    """How many times the smallest whole ratio is asked for."""
    return gcd(*(leg.count for leg in asked.legs))


def in_units(asked: PlaceOrder, units: int) -> PlaceOrder:
    """The same order, *units* times its smallest whole ratio."""
    now = units_of(asked)
    return evolve(asked, legs=tuple(evolve(leg, quantity=leg.count // now * units) for leg in asked.legs))


def _as_asked(instrument: Instrument) -> AskedShares | AskedOption:
    if isinstance(instrument, Equity):
        return AskedShares(instrument.symbol)
    return AskedOption(instrument.ticker, instrument.right, instrument.strike, instrument.expiration)


def _settled(asked: AskedAction, position: int) -> Action:
    if asked is AskedAction.BUY:
        return Action.BUY_TO_CLOSE if position < 0 else Action.BUY_TO_OPEN
    if asked is AskedAction.SELL:
        return Action.SELL_TO_CLOSE if position > 0 else Action.SELL_TO_OPEN
    if asked is AskedAction.CLOSE:
        return Action.BUY_TO_CLOSE if position < 0 else Action.SELL_TO_CLOSE
    return Action(asked.value)


def _sentences(asked: PlaceOrder, legs: Sequence[Leg], held: Standing) -> Iterator[str]:
    for typed, leg in zip(asked.legs, legs, strict=True):
        if typed.action.value == leg.action.value:
            continue
        holding = _holding(leg, held.get(leg.instrument, 0), several=len(legs) > 1)
        yield f"{typed.action.value.capitalize()} means {leg.action.value.replace('_', ' ')}: {holding}."


def _holding(leg: Leg, position: int, *, several: bool) -> str:
    """Why it opens or closes; one sentence tells it for all legs that open."""
    if several and leg.action.opens:
        return "nothing of it to close"
    if not position:
        return "nothing held"
    return f"{position:,} held" + (f" of {leg.instrument.in_words()}" if several else "")


# ── enough held? ───────────────────────────────────────────────────────────────────────────────────────────────


def _require_clear(instruments: Sequence[Instrument], held: Standing) -> None:
    for instrument in instruments:
        holding = held.holding(instrument)
        if not holding.is_clear:
            raise Unsettled(
                f"What is held of {instrument.in_words()} is not clear: the account shows {holding.shown:,}, "
                f"and by the fills of the last minute it is {holding.quantity:,}.",
                code="position_unclear",
                hint="Wait a minute and ask again: by then the account shows every fill.",
            )


def _held(leg: Leg, held: Standing) -> int:
    """How much is held on the side that *leg* closes."""
    position = held.get(leg.instrument, 0)
    return max(-position if leg.action.buys else position, 0)


def _closable(leg: Leg, held: Standing) -> int:
    """How much of it no working order closes yet."""
    return held.holding(leg.instrument).closable if _held(leg, held) else 0


def _require_positions(asked: PlaceOrder, legs: Sequence[Leg], held: Standing) -> None:
    short = [leg for leg in legs if not leg.action.opens and _closable(leg, held) < leg.quantity]
    if not short:
        return
    several = len(legs) > 1
    if busy := [leg for leg in short if _held(leg, held) > _closable(leg, held)]:
        raise _being_closed(asked, busy[0], held, several=several)
    if none := [leg.instrument for leg in short if not _closable(leg, held)]:
        raise Unsettled(
            no_position(none[0], held.get(none[0], 0)),
            code="nothing_to_close",
            hint="Type 'positions' to see yours.",
            instead=_what_can_be_closed(asked, legs, held),
        )
    leg, now = short[0], units_of(asked)
    fit = min(_closable(each, held) // (each.quantity // now) for each in short)
    of_which = f" of {leg.instrument.in_words()}" if several else ""
    raise Unsettled(
        f"Only {_closable(leg, held):,}{of_which} can be closed; {leg.quantity:,} were asked for.",
        code="closes_too_much",
        hint="Close what is held; open the rest with an order of its own.",
        instead=[in_units(asked, fit)] if fit else (),
    )


def _being_closed(asked: PlaceOrder, leg: Leg, held: Standing, *, several: bool) -> Unsettled:
    """Working orders close some of what is held: closing it twice would turn the position round."""
    left, total = _closable(leg, held), _held(leg, held)
    what = f" of {leg.instrument.in_words()}" if several else ""
    return Unsettled(
        f"{total - left:,} of the {total:,} held{what} are being closed by working orders already; "
        f"{leg.quantity:,} were asked for.",
        code="being_closed",
        hint=f"Close {left:,} at most." if left else WAIT_OR_CANCEL,
        instead=[in_units(asked, left)] if left and not several else (),
    )


def _what_can_be_closed(asked: PlaceOrder, legs: Sequence[Leg], held: Standing) -> Iterator[PlaceOrder]:
    """The same contracts the other way round, where the wrong side was typed; and those legs that are held."""
    if asked.stop is not None or any(leg.action.opens for leg in legs):
        return  # without its stop it would trade at once, and the stop of the other side is another price
    bare = unpriced(asked)
    yield evolve(bare, legs=tuple(evolve(leg, action=AskedAction.CLOSE) for leg in asked.legs))
    kept = tuple(typed for typed, leg in zip(asked.legs, legs, strict=True) if _closable(leg, held))
    if kept:
        yield evolve(bare, legs=kept, strategy=Strategy.SINGLE if len(kept) == 1 else Strategy.CUSTOM)


# ── still the named strategy? ──────────────────────────────────────────────────────────────────────────────────


def _another_strategy(asked: PlaceOrder, legs: Sequence[Leg], made: Strategy, held: Standing) -> Unsettled:
    """As when both legs of a vertical are held long: closing them sells both, which is no vertical."""
    written_out = evolve(unpriced(asked), legs=as_asked(legs), strategy=made)
    named = asked.strategy.replace("_", " ")
    holding = ", ".join(f"{held.get(leg.instrument, 0):+,} {leg.instrument.in_words()}" for leg in legs)
    return Unsettled(
        f"That is no {named} against what is held: {holding}.",
        code="not_that_strategy",
        hint="Write the legs out, to close each as it is held.",
        instead=[written_out],
    )


def _turned(asked: PlaceOrder, legs: Sequence[Leg]) -> list[Leg]:
    """The legs of a strategy by its name that a position turns into closing ones, while others open; none otherwise."""
    if not asked.by_name or asked.strategy in (Strategy.SINGLE, Strategy.CUSTOM):
        return []
    if not any(leg.action.opens for leg in legs):
        return []  # closing the whole strategy, as it is held
    plain = (AskedAction.BUY, AskedAction.SELL)
    return [leg for typed, leg in zip(asked.legs, legs, strict=True) if typed.action in plain and not leg.action.opens]


def _a_leg_that_closes(
    asked: PlaceOrder, legs: Sequence[Leg], turned: Sequence[Leg], made: Strategy, held: Standing
) -> Unsettled:
    """
    As when a calendar is bought whose near call is held: that leg would be sold to close, and the calendar be a roll.

    The whole strategy cannot be opened beside the position: no venue lets an account be long and short of one contract.
    What is held of it is offered to be closed first, and the legs as they stand, written out.
    """
    named = asked.strategy.replace("_", " ")
    holding = ", ".join(f"{held.get(leg.instrument, 0):+,} {leg.instrument.in_words()}" for leg in turned)
    written_out = evolve(asked, legs=as_asked(legs), strategy=made, by_name=False)  # the same contracts: the same price
    closing = tuple(evolve(leg, quantity=HeldPart.ALL) for leg in as_asked(turned))
    first = evolve(
        unpriced(asked),
        legs=closing,
        strategy=Strategy.SINGLE if len(closing) == 1 else strategy_of(closing),
        by_name=False,
    )
    return Unsettled(
        f"That is no {named} that opens: of its legs, {holding} is held, and would be closed.",
        code="not_that_strategy",
        hint=f"Write the legs out to close what is held in the same order; or close it first, then open the {named}.",
        instead=[written_out, first],
    )
