"""
Halting: a person stops what may leave for production, and what works there is cancelled.

    halt ─▶ recorded ─▶ each open order that may not go on ─┬─ before production: withdrawn
              │                                             ├─ on its way: the cancel is asked for once it is there
              │                                             └─ at work: cancelled, and asked again a few times
              ├─ from this append on nothing is claimed that the switch stops (`live.second_look`)
              └─ in this append every rule that asks for orders turns itself off (`signalling.answering`)

    resume ─▶ recorded, with a reason; by another person than who halted, where the policy wants that

The desk that opens next finishes what a halt began: while trading is stopped, what may not go on is cancelled wherever
it is found. Nothing here asks the sandbox.
"""

import asyncio
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from attrs import evolve, frozen

from tastyflow.application.account_desks import AccountDesks
from tastyflow.application.attribution import is_same_person, owner_by, trader_id_in
from tastyflow.application.context import Context
from tastyflow.application.ledger.lookup import Lookup
from tastyflow.application.ledger.transaction import Transaction
from tastyflow.application.message import bounded
from tastyflow.application.signalling.answering import rest_for_halt
from tastyflow.application.signalling.standings import loaded_rules
from tastyflow.domain.events import Because
from tastyflow.domain.halt import Halt, Trading
from tastyflow.domain.order import Order
from tastyflow.domain.order.cancel_causes import HALTED, REDUCED, halt_cause
from tastyflow.domain.trader import Trader
from tastyflow.domain.trader.permissions import require
from tastyflow.errors import Refused, TastyflowError

MAX_REASON: Final = 200
"""Characters of a reason that are kept in the log."""

_OPENING: Final = {Trading.HALTED: HALTED, Trading.REDUCING: REDUCED}
"""How the reason of a cancel begins."""


@frozen
class Halted:
    """
    What a halt came to.

    Attributes:
        orders: Each order that was to be cancelled, as it stands: over, asked to be cancelled, or still at work.
    """

    halt: Halt
    orders: tuple[Order, ...]


class Halting:
    """Stops trading, and lets it go on, for all accounts of one log."""

    def __init__(self, context: Context, lookup: Lookup, desks: AccountDesks) -> None:
        self._context = context
        self._lookup = lookup
        self._desks = desks

    async def halt(
        self, *, by: str, reason: str = "", reducing: bool = False, seen: int | None = None, why: Because
    ) -> Halted:
        """
        Let no order leave, and cancel what works; *reducing*: only what does more than take risk away.

        What stands so already is not recorded again, and what still works is asked again to be cancelled.

        Args:
            by: Who asks, by the name that people know.
            seen: The version of the switch that was shown to who asks; None to halt however it stands.

        Raises:
            Refused: code ``switch_moved``: it is not as it was shown.
            StoreFailure: Nothing was recorded, and trading is not halted.
        """

        def decide(tx: Transaction) -> None:
            standing = _as_seen(tx, seen)
            tx.record(standing.stop(reducing=reducing, by=by, reason=_line(reason), why=why))
            if not reducing:
                rest_for_halt(tx, rules, by=by, environment=self._context.environment, why=why)

        rules = loaded_rules(self._context)

        await self._context.ledger.change(decide)
        halt = self._context.halt()
        return Halted(halt, await self._stop_all(self._stopped_by(halt), halt, why))

    async def resume(self, *, by: str, reason: str | None, seen: int | None = None, why: Because) -> Halt:
        """
        Let orders leave again; the switch as recorded.

        Args:
            seen: As of `halt`.

        Raises:
            Refused: code ``switch_moved``, as of `halt`.
            Refused: code ``not_halted``, ``reason_needed``, or ``second_person_needed`` where the policy wants another
                person than who halted; ``not_permitted`` or ``suspended``, of a trader who may no more.
            StoreFailure: Nothing was recorded.
        """

        def decide(tx: Transaction) -> None:
            self._require_still(tx, why)
            standing = _as_seen(tx, seen)
            resumed = standing.resume(by=by, reason=_line(reason or ""), why=why)
            anyone_acts, owner = self._context.anyone_acts, owner_by(tx.get)
            same = is_same_person(standing.actor, why.actor, anyone_acts=anyone_acts, owner=owner)
            if self._context.policy.resume_by_second_person and same:
                raise Refused(
                    f"{standing.by} halted trading, and another person resumes it.",
                    code="second_person_needed",
                    hint="Ask another one with the permission halt. 'halt reducing' lets orders pass that only close.",
                )
            tx.record(resumed)

        await self._context.ledger.change(decide)
        return self._context.halt()

    @staticmethod
    def _require_still(tx: Transaction, why: Because) -> None:
        """The trader who asks may resume trading, in the append that does; an operator is no trader."""
        trader_id = trader_id_in(why.actor)
        if trader_id is not None:
            require(tx.require(Trader, trader_id), "resume")

    async def finish(self) -> tuple[Order, ...]:
        """Cancel what a halt left at work because its process ended; nothing while trading runs."""
        halt = self._context.halt()
        if not (left := self._stopped_by(halt)):
            return ()
        cause = f"halt:{halt.version}"
        why = Because(actor="desk", cause=cause, command_id=cause, at=self._context.clock.now())
        return tuple(await asyncio.gather(*(self._again(order.id, halt, why) for order in left)))

    def would_stop(self, *, reducing: bool = False) -> tuple[Order, ...]:
        """The open orders that such a halt would cancel, as things are now; nothing is done."""
        trading = Trading.REDUCING if reducing else Trading.HALTED
        return tuple(self._stopped_by(evolve(self._context.halt(), trading=trading)))

    def _stopped_by(self, halt: Halt) -> list[Order]:
        """The open orders that may not go on."""
        if halt.trading is Trading.RUNNING:
            return []
        open_orders = self._lookup.everyones_open()
        return [order for order in open_orders if not halt.lets_pass(is_exit=order.was_exit)]

    async def _stop_all(self, orders: Sequence[Order], halt: Halt, why: Because) -> tuple[Order, ...]:
        stopped = await asyncio.gather(*(self._stop(order, halt, why) for order in orders))
        for wait_s in self._context.policy.retry_waits_s:
            if all(order.stage.is_over for order in stopped):
                break
            await self._context.clock.sleep(wait_s)
            stopped = await asyncio.gather(*(self._again(order.id, halt, why) for order in stopped))
        return tuple(stopped)

    async def _again(self, order_id: UUID, halt: Halt, why: Because) -> Order:
        """Ask how it stands, and for the cancel once more where the venue did not take it."""
        order = self._lookup.by_id(order_id)
        if order.stage.is_over:
            return order
        if not order.cancel_requested:
            return await self._stop(order, halt, why)
        try:
            return await self._desks.of(order).live.refresh(order)
        except TastyflowError:
            return self._lookup.by_id(order_id)

    async def _stop(self, order: Order, halt: Halt, why: Because) -> Order:
        """Cancel it; as it stands then, whatever went wrong: the others are cancelled all the same."""
        try:
            return await self._desks.cancel(order, why, reason=halt_cause(_OPENING[halt.trading], halt.by, halt.reason))
        except TastyflowError:
            return self._lookup.by_id(order.id)


def _as_seen(tx: Transaction, seen: int | None) -> Halt:
    """
    The switch, where it is still as it was shown: a yes loosens no later halt, which its person has not seen.

    Raises:
        Refused: code ``switch_moved``.
    """
    standing = tx.get(Halt, Halt.switch_id()) or Halt.never()
    if seen is not None and standing.version != seen:
        raise Refused(
            f"The switch was moved since it was shown. {standing.in_words}",
            code="switch_moved",
            hint="Nothing was done. Look at it again.",
        )
    return standing


def _line(reason: str) -> str:
    return bounded(" ".join(reason.split()), MAX_REASON)
