"""
Preparing the sandbox account: before a closing order is rehearsed, the account holds what the order closes.

    what is held there ─▶ other way round? clear it ─▶ missing? open it ─▶ wait until it is shown ─▶ Prepared
                                                          └─▶ it does not fill, is not known there … ─▶ why_not

    refused in the sandbox ─▶ clear_the_way: a leftover position or order of ours there ─▶ rehearsed again

Where no live venue is, the sandbox account is the account itself: nothing is set up in it.
"""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Final

from attrs import frozen

from tastyflow.application.context import Context
from tastyflow.application.ledger.lookup import Lookup
from tastyflow.application.live.cancelling import ask_to_cancel
from tastyflow.application.rehearsal.holdings import Held, closable, held_in_sandbox, held_once, is_market_open
from tastyflow.application.rehearsal.placing import SetupPlacer
from tastyflow.domain.instruments import Instrument
from tastyflow.domain.order import Order
from tastyflow.domain.order.stages import BEFORE_VERDICT
from tastyflow.domain.order.submission import Attempt
from tastyflow.domain.setup import Placement, Purpose, Setup
from tastyflow.domain.testresult import Trouble
from tastyflow.domain.ticket import Action, Leg, Ticket
from tastyflow.domain.venue import Status, Venue
from tastyflow.errors import VenueFailure, VenueRefused

CROSSING: Final = "illegal_buy_and_sell_on_same_symbol"
"""tastytrade's code of an order against another one that works in the same symbol."""

NOT_THERE: Final = frozenset({"closing_with_no_position", "cannot_close_against_more_than_existing_position"})
"""The codes of a close of what is not held, or is held and promised to another close."""

IN_THE_WAY: Final = NOT_THERE | {CROSSING, "sim.opposite_position", "sim.long_and_short"}
"""The codes that speak of what the account holds or has at work, and not of the order."""

NOT_COUNTED: Final = "The sandbox does not count the position that it shows: another is opened."
ANOTHER_WORKS: Final = "Another order of the same symbol works in the sandbox now."
ANOTHER_HELD: Final = "Another rehearsal held the same symbol the other way round in the sandbox; it is gone now."
STAYS: Final = "The sandbox account holds the symbol the other way round, and that cannot be closed now."

RECENT: Final = 50
"""How many of the newest orders are looked through for one that was left working in the sandbox."""


@frozen
class Prepared:
    """
    What preparing the sandbox account came to.

    Attributes:
        why_not: Why the sandbox cannot hold what is to be closed; empty where it does.
        is_closed: Whether that is because the market is closed.
        trouble: What trouble of the sandbox that is; None where it is none.
    """

    why_not: str = ""
    is_closed: bool = False
    trouble: Trouble | None = None

    @property
    def is_done(self) -> bool:
        return not self.why_not


@frozen
class Leftover:
    """
    Something in the sandbox account that was in the way of a rehearsal, and not the order's fault.

    Attributes:
        sentence: What it was, and what was done about it.
        is_promised: Whether what is held there cannot be counted on: the next rehearsal opens all of its own.
        trouble: Which trouble of the sandbox it is.
    """

    sentence: str
    is_promised: bool = False
    trouble: Trouble = Trouble.LEFTOVER


class Preparer:
    """Prepares the sandbox account for rehearsals."""

    def __init__(self, context: Context, placer: SetupPlacer) -> None:
        self._context = context
        self._placer = placer
        self._lookup = Lookup(context.ledger)

    async def prepare(self, order: Order, *, counts_held: bool = True) -> Prepared:
        """
        Let the sandbox hold what *order* closes.

        Args:
            counts_held: Whether what it holds already is used; else all of it is opened.

        Raises:
            VenueFailure: The sandbox does not say what it holds.
        """
        closing = [leg for leg in order.legs if not leg.action.opens]
        if not closing or self._context.production is None:
            return Prepared()
        held = await held_in_sandbox(self._context)
        if not await self._cleared(order, _against(closing, held)):
            return Prepared("a position the other way round is there and cannot be closed")
        base = {leg.instrument: closable(leg, held) for leg in closing}
        missing = {
            leg.instrument: leg.quantity - (base[leg.instrument] if counts_held else 0)
            for leg in closing
            if not counts_held or base[leg.instrument] < leg.quantity
        }
        if missing and not await is_market_open(self._context):
            return Prepared("the market is closed, and nothing fills there", is_closed=True)
        opened = await self._open(order, closing, missing)
        if not opened.is_done:
            return opened
        wanted = {leg.instrument: base[leg.instrument] + missing.get(leg.instrument, 0) for leg in closing}
        if missing:
            held = await held_once(self._context, lambda now: _short_of(closing, wanted, now) is None)
        short = _short_of(closing, wanted, held)
        if short is None:
            return Prepared()
        return Prepared(f"{short.instrument.in_words()} is not shown as a position", trouble=Trouble.POSITION_LAGS)

    async def _open(self, order: Order, closing: Sequence[Leg], missing: dict[Instrument, int]) -> Prepared:
        """Open what is missing, what is bought first: it covers what is sold."""
        opening = [
            Leg(_opening(leg.action), missing[leg.instrument], leg.instrument)
            for leg in closing
            if leg.instrument in missing
        ]
        for side in (True, False):
            legs = [leg for leg in opening if leg.action.buys is side]
            placed = await asyncio.gather(*(self._place(order, Purpose.OPEN, leg) for leg in legs))
            for leg, placement in zip(legs, placed, strict=True):
                if placement is None or not placement.is_filled:
                    return Prepared(f"{leg.in_words()}: {_outcome(placement)}", trouble=_trouble_of(placement))
        return Prepared()

    async def _place(self, order: Order, purpose: Purpose, leg: Leg) -> Placement | None:
        return await self._placer.place(order.id, purpose, partial(_while_rehearsed, leg))

    # ── what is in the way ─────────────────────────────────────────────────────────────────────────────────────

    async def clear_the_way(self, order: Order, ticket: Ticket, no: VenueRefused) -> Leftover | None:
        """
        What in the sandbox account made it refuse *ticket*, cleared; None where the refusal is the order's own.

        Where the sandbox does not say what it holds, the refusal is taken for the order's own unless its code is of a
        leftover.

        Args:
            ticket: What was rehearsed: the order's ticket, or that mirrored.
            no: The sandbox's refusal.
        """
        if self._context.production is None:
            return None
        try:
            if no.code in NOT_THERE and any(not leg.action.opens for leg in ticket.legs):
                uncounted = Leftover(NOT_COUNTED, is_promised=True, trouble=Trouble.POSITION_LAGS)
                return await self._clear_orders(ticket) or uncounted
            if no.code == CROSSING:
                return await self._clear_orders(ticket) or Leftover(ANOTHER_WORKS)
            return await self._clear_positions(order, ticket, no)
        except VenueFailure as failure:
            return (
                Leftover(f"The sandbox does not say what is in the way: {failure.message}")
                if no.code in IN_THE_WAY
                else None
            )

    async def _clear_positions(self, order: Order, ticket: Ticket, no: VenueRefused) -> Leftover | None:
        opening = [leg for leg in ticket.legs if leg.action.opens]
        speaks_of_it = no.code in IN_THE_WAY
        in_the_way = _against(opening, await held_in_sandbox(self._context)) if opening else []
        is_real = ticket == order.ticket
        if not in_the_way:
            is_gone = speaks_of_it and opening and not (is_real and await self._is_against_production(opening))
            return Leftover(ANOTHER_HELD) if is_gone else None
        if is_real and await self._is_so_in_production(in_the_way):
            return None
        if not await self._cleared(order, in_the_way):
            return Leftover(STAYS) if speaks_of_it else None
        words = ", ".join(f"{leg.quantity:,} {leg.instrument.in_words()}" for leg in in_the_way)
        return Leftover(f"The sandbox account was left with {words} the other way round; that is closed now.")

    async def _is_against_production(self, opening: Sequence[Leg]) -> bool:
        """Whether production holds the other way round what *opening* opens."""
        live = {each.instrument: each.quantity for each in await self._context.account.positions()}
        return bool(_against(opening, live))

    async def _is_so_in_production(self, legs: Sequence[Leg]) -> bool:
        """Whether production holds it the other way round too: then it would refuse the order as well."""
        live = {each.instrument: each.quantity for each in await self._context.account.positions()}
        return any(closable(leg, live) for leg in legs)

    async def _cleared(self, order: Order, legs: Sequence[Leg]) -> bool:
        for leg in legs:
            placement = await self._place(order, Purpose.CLEAR, leg)
            if placement is None or not placement.is_filled:
                return False
        if legs:
            held = await held_once(self._context, lambda now: not any(closable(leg, now) for leg in legs))
            return not any(closable(leg, held) for leg in legs)
        return True

    async def _clear_orders(self, ticket: Ticket) -> Leftover | None:
        """
        Cancel what earlier orders left working in the instruments of *ticket*; None where there was nothing.

        What was claimed a moment ago is left alone, where its order is not over: it is being rehearsed.
        """
        instruments = {leg.instrument for leg in ticket.legs}
        cancelled = 0
        for other in self._lookup.newest_orders(RECENT):
            if not instruments & {leg.instrument for leg in other.legs}:
                continue
            for attempt in other.attempts:
                is_left = other.stage.is_over or self._is_settled(attempt)
                if attempt.venue is Venue.SANDBOX and attempt.is_open and is_left:
                    cancelled += await self._cancel(attempt.external_id)
            setup = self._context.ledger.read(Setup, Setup.id_of(other.id))
            for placement in setup.open_placements if setup else ():
                if self._is_settled(placement.attempt):
                    cancelled += await self._cancel(placement.external_id)
        return Leftover("An order of ours was left working in the sandbox; it is cancelled now.") if cancelled else None

    def _is_settled(self, attempt: Attempt) -> bool:
        """Whether it was claimed so long ago that the process that did is done with it."""
        return self._context.age_s(attempt.claimed_at, attempt.mark) > self._context.policy.settle_s

    async def _cancel(self, external_id: str) -> int:
        working = [each for each in await self._context.sandbox.find(external_id) if not each.status.is_terminal]
        for each in working:
            await ask_to_cancel(self._context.sandbox, each.broker_order)
        return len(working)


def _while_rehearsed(leg: Leg, order: Order, _setup: Setup | None) -> Leg | None:
    """*leg*, unless the order was withdrawn meanwhile."""
    return leg if order.stage in BEFORE_VERDICT else None


def _opening(action: Action) -> Action:
    """What opens the position that *action* closes."""
    return Action.BUY_TO_OPEN if action is Action.SELL_TO_CLOSE else Action.SELL_TO_OPEN


def _against(legs: Sequence[Leg], held: Held) -> list[Leg]:
    """The legs that close what is held the other way round than *legs* need it."""
    found = []
    for leg in legs:
        position = held.get(leg.instrument, 0)
        is_long = leg.action.buys if leg.action.opens else not leg.action.buys  # as the leg needs it
        if position and (position > 0) is not is_long:
            action = Action.SELL_TO_CLOSE if position > 0 else Action.BUY_TO_CLOSE
            found.append(Leg(action, abs(position), leg.instrument))
    return found


def _short_of(closing: Sequence[Leg], wanted: dict[Instrument, int], held: Held) -> Leg | None:
    return next((leg for leg in closing if closable(leg, held) < min(wanted[leg.instrument], leg.quantity)), None)


def _trouble_of(placement: Placement | None) -> Trouble | None:
    """Which trouble of the sandbox kept *placement* from filling; None where it is none."""
    if placement is not None and placement.status is Status.REMOVED:
        return Trouble.WAS_RESET
    return Trouble.LEFTOVER if placement is not None and placement.code in IN_THE_WAY - NOT_THERE else None


def _outcome(placement: Placement | None) -> str:
    if placement is None:
        return "another process prepares it, or the order was withdrawn"
    if placement.status is not None:
        reason = f" ({placement.message})" if placement.message else ""
        return f"{placement.filled:,} filled, {placement.status.replace('_', ' ')}{reason}"
    return placement.message or placement.outcome.replace("_", " ")
