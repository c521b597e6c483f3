"""
What stops an order, or all of them: a cancel, a halt of trading; and what lets orders leave again.

    cancel               one of the author's, their last, or all that are open
    cancel_everyones     every open order of every trader
    halt, resume         the switch that the claim of production asks
"""

import asyncio
from collections.abc import Sequence

from tastyflow.application.desk_verbs.parts import DeskParts
from tastyflow.application.halting import Halted
from tastyflow.application.intake.identify import permitted
from tastyflow.application.message import Message
from tastyflow.domain.events import Because
from tastyflow.domain.halt import Halt
from tastyflow.domain.order import Order
from tastyflow.errors import IllegalStep, Misconfigured, VenueFailure


class StoppingVerbs(DeskParts):
    """The verbs of stopping, and of resuming."""

    async def cancel(self, message: Message, reference: str) -> tuple[Order, ...]:
        """
        Cancel an order of the author's, their last, or all that are open.

        Raises:
            TastyflowError: An unknown author or reference, or an order that is over.
        """
        trader = permitted(self.context, message, "cancel")
        why = self._why(message, trader)
        if reference == "last":
            return (await self._cancel(self.lookup.last_open(trader, "cancel {}".format), why),)
        if reference != "all":
            return (await self._cancel(self.lookup.find(reference, of=trader), why),)
        return await self._cancel_all_of(self.lookup.open_orders([trader]), why)

    async def cancel_for_everyone(self, why: Because) -> tuple[Order, ...]:
        """Cancel every open order of every trader, for the operator; each as recorded then."""
        return await self._cancel_all_of(self.lookup.everyones_open(), why)

    async def cancel_everyones(self, message: Message) -> tuple[Order, ...]:
        """
        Cancel every open order of every trader, for a trader who may.

        Raises:
            Refused: code ``not_permitted``.
        """
        trader = permitted(self.context, message, "cancel_everyone")
        return await self.cancel_for_everyone(self._why(message, trader))

    async def _cancel_all_of(self, open_orders: Sequence[Order], why: Because) -> tuple[Order, ...]:
        return tuple(await asyncio.gather(*(self._cancel_one(order, why) for order in open_orders)))

    async def _cancel(self, order: Order, why: Because) -> Order:
        return await self._desks.cancel(order, why)

    async def _cancel_one(self, order: Order, why: Because) -> Order:
        try:
            return await self._cancel(order, why)
        except IllegalStep:
            return self.lookup.by_id(order.id)  # it was over before its turn came
        except VenueFailure:
            return self.lookup.by_id(order.id)  # the others are cancelled all the same
        except Misconfigured:
            return order  # the settings name its account no more: the others are cancelled all the same

    def planned_halt(self, message: Message, *, reducing: bool = False) -> tuple[Order, ...]:
        """
        The orders that a halt would cancel, for a trader who may halt; nothing is done.

        Raises:
            Refused: code ``unknown_trader`` or ``not_permitted``.
        """
        permitted(self.context, message, "halt")
        return self.halting.would_stop(reducing=reducing)

    async def halt(
        self, message: Message, reason: str | None, *, reducing: bool = False, seen: int | None = None
    ) -> Halted:
        """
        Stop what may leave for production, and cancel what works, for a trader who may.

        Raises:
            Refused: code ``unknown_trader`` or ``not_permitted``; or as `Halting.halt` says.
        """
        trader = permitted(self.context, message, "halt")
        why = self._why(message, trader)
        return await self.halting.halt(by=trader.name, reason=reason or "", reducing=reducing, seen=seen, why=why)

    def planned_resume(self, message: Message, reason: str | None) -> Halt:
        """
        The switch as it stands, for a trader who could let trading go on with that *reason*; nothing is done.

        Raises:
            Refused: code ``unknown_trader``, ``not_permitted``, ``not_halted`` or ``reason_needed``.
        """
        trader, halt = permitted(self.context, message, "resume"), self.context.halt()
        halt.resume(by=trader.name, reason=reason or "", why=self._why(message, trader))
        return halt

    async def resume(self, message: Message, reason: str | None, *, seen: int | None = None) -> Halt:
        """
        Let orders leave again, for a trader who may.

        Raises:
            Refused: Also as `Halting.resume` says.
        """
        trader = permitted(self.context, message, "resume")
        return await self.halting.resume(by=trader.name, reason=reason, seen=seen, why=self._why(message, trader))
