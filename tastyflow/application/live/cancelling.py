"""
Cancelling: before production an order is withdrawn; in production the wish is recorded, and the venue decides.

    not sent yet ─▶ withdrawn                      working ─▶ cancel requested ─▶ venue ─▶ cancelled │ filled after all
"""

from contextlib import suppress

from tastyflow.application.context import Context
from tastyflow.application.intake.drafting import Message
from tastyflow.application.ledger.ledger import Transaction
from tastyflow.application.live.promotion import Promoter
from tastyflow.domain.events import Because
from tastyflow.domain.order import Order
from tastyflow.domain.order.events import FoundBy
from tastyflow.domain.order.stages import MENU, Stage
from tastyflow.domain.order.submission import Attempt, AttemptOutcome
from tastyflow.domain.venue import BrokerOrder, Venue
from tastyflow.errors import IllegalStep, NotSent, VenueFailure, VenueRefused


class Canceller:
    """Cancels orders. Taking risk away is never limited: neither limits nor suspension are asked."""

    def __init__(self, floor: Context, promoter: Promoter) -> None:
        self._floor = floor
        self._promoter = promoter

    async def cancel(self, order: Order, message: Message) -> Order:
        """
        Cancel *order*; the order as recorded once the venue has answered.

        Raises:
            IllegalStep: It is over already.
        """
        actor = f"trader:{message.user}"

        def decide(tx: Transaction) -> None:
            current = tx.require(Order, order.id)
            why = self._because(actor, message)
            if current.stage is Stage.ESCALATED and not any(attempt.is_open for attempt in _live(current)):
                tx.record(current.abandon(reason="by the trader", why=why))  # nothing of it can be at work
                self._floor.release_if_over(tx, order.id)
            elif "withdraw" in MENU[current.stage]:
                tx.record(current.withdraw(reason="by the trader", why=why))
                self._floor.release_if_over(tx, order.id)
            elif current.stage.is_over:
                raise IllegalStep(current.stage, "cancel", ())
            else:
                tx.record(current.request_cancel(reason="by the trader", why=why))

        wanted = await self._floor.change(order.id, decide)
        attempt = wanted.attempt(Venue.PRODUCTION)
        if (
            attempt is not None
            and attempt.broker_order is None
            and attempt.outcome in (AttemptOutcome.UNKNOWN, AttemptOutcome.NOT_FOUND)
        ):
            wanted = await self._looked_for(wanted, attempt)
            attempt = wanted.attempt(Venue.PRODUCTION)
        if wanted.stage.is_over or attempt is None or attempt.broker_order is None:
            return wanted
        return await self._at_venue(wanted, attempt.broker_order)

    async def _looked_for(self, order: Order, attempt: Attempt) -> Order:
        """Ask once more for what was lost: an order that is there after all is cancelled as it is adopted."""
        with suppress(VenueFailure):  # then nothing more is known than before
            for found in await self._floor.account.find(attempt.external_id):
                order = await self._promoter.hear(order.id, found, FoundBy.SEARCH)
        return order

    async def _at_venue(self, order: Order, broker_order: str) -> Order:
        denied = ""
        self._promoter.resume(order)  # from before the asking: the stream replays nothing
        try:
            answer: BrokerOrder | None = await self._floor.account.cancel(broker_order)
        except (VenueRefused, NotSent) as no:
            denied, answer = no.message, await self._ask(broker_order)
        except VenueFailure:
            answer = await self._ask(broker_order)
        if answer is not None:
            order = await self._promoter.hear(order.id, answer, FoundBy.ANSWER)
        await self._promoter.settled(order.id, self._floor.policy.follow_s)
        if answer is not None and not answer.status.is_terminal:
            later = await self._ask(broker_order)
            order = await self._promoter.hear(order.id, later, FoundBy.SEARCH) if later else order
        return await self._promoter.deny_cancel(order.id, denied) if denied else order

    async def _ask(self, broker_order: str) -> BrokerOrder | None:
        try:
            return await self._floor.account.get(broker_order)
        except VenueFailure:
            return None

    def _because(self, actor: str, message: Message) -> Because:
        cause = f"{message.platform}:{message.message}"
        return Because(actor=actor, cause=cause, command_id=message.message, at=self._floor.clock.now())


def _live(order: Order) -> tuple[Attempt, ...]:
    return tuple(attempt for attempt in order.attempts if attempt.venue is Venue.PRODUCTION)
