"""
Cancelling: the only place that asks a venue to cancel.

    request      records the wish: before production the order is withdrawn; in production the venue decides
    ask          asks production, and records what it answered
    after        asks for a cancel that was wanted before the venue had the order
    ask_to_cancel(broker, id)   the one request, for any venue: rehearsals use it too

    not sent yet ─▶ withdrawn                      working ─▶ cancel requested ─▶ venue ─▶ cancelled │ filled after all

A cancel takes risk away, so it is never limited: it checks neither limits nor a suspension.
"""

from typing import Final
from uuid import UUID

from attrs import frozen

from tastyflow.application.attribution import trader_id_in
from tastyflow.application.context import Context
from tastyflow.application.ledger.transaction import Transaction
from tastyflow.application.live.asking import Gone, Shown, ask_about
from tastyflow.application.live.news import ProductionNews
from tastyflow.application.live.recording import Heard, Recorder
from tastyflow.domain.events import Because
from tastyflow.domain.order import Order
from tastyflow.domain.order.cancel_causes import BY_OPERATOR, BY_TRADER
from tastyflow.domain.order.events import FoundBy
from tastyflow.domain.order.stages import MENU, Stage
from tastyflow.domain.venue import BrokerOrder, Venue
from tastyflow.errors import IllegalStep, NotSent, VenueFailure, VenueRefused
from tastyflow.ports import Broker


async def ask_to_cancel(broker: Broker, broker_order: str) -> BrokerOrder | VenueFailure:
    """Ask the venue to cancel its order *broker_order*; its answer, or the failure sorted by certainty."""
    try:
        return await broker.cancel(broker_order)
    except VenueFailure as failure:
        return failure


@frozen
class CancelAnswer:
    """
    What asking for a cancel came to: the order as recorded, the snapshot that the venue showed, and its no.

    Attributes:
        shown: None where the venue showed nothing.
        failure: None where the venue took the request.
    """

    order: Order
    shown: BrokerOrder | None
    failure: VenueFailure | None


class Canceller:
    """Cancels orders in production."""

    def __init__(self, context: Context, recorder: Recorder) -> None:
        self._context = context
        self._recorder = recorder
        self._news = ProductionNews(context, recorder)

    async def request(self, order: Order, why: Because, *, reason: str = "") -> Order:
        """
        Record that *order* is to be cancelled. What never reached production ends here.

        Args:
            reason: Why, where a halt and no person asks for this order's cancel. What a person must look at is then
                not given up: it is cancelled where it turns up.

        Raises:
            IllegalStep: It is over already.
        """

        def decide(tx: Transaction) -> None:
            current = tx.require(Order, order.id)
            by = reason or _who(current, why)
            at_work = any(attempt.is_open for attempt in current.attempts if attempt.venue is Venue.PRODUCTION)
            if current.stage is Stage.ESCALATED and not at_work and not reason:
                tx.record(current.abandon(reason=by, why=why))
            elif "withdraw" in MENU[current.stage]:
                tx.record(current.withdraw(reason=by, why=why))
            elif current.stage.is_over:
                other = current.replacement.hex[:6] if current.replacement else ""
                raise IllegalStep(f"replaced by order {other}" if other else current.stage, "cancel", ())
            else:
                tx.record(current.request_cancel(reason=by, why=why))

        return await self._context.change(order.id, decide)

    async def withdraw(self, order: Order, why: Because, *, reason: str = "") -> Order:
        """Record that *order* is cancelled where it never reached production; else nothing is recorded."""

        def decide(tx: Transaction) -> None:
            current = tx.require(Order, order.id)
            if "withdraw" in MENU[current.stage]:
                tx.record(current.withdraw(reason=reason or _who(current, why), why=why))

        return await self._context.change(order.id, decide)

    async def ask(self, order: Order, broker_order: str) -> CancelAnswer:
        """
        Ask production to cancel *order*, and record how it stands then.

        After a failure the venue is asked how the order stands. The denial itself is not recorded here: see `denied`.
        """
        broker = self._context.broker(Venue.PRODUCTION)
        answer = await ask_to_cancel(broker, broker_order)
        if not isinstance(answer, VenueFailure):
            order = (await self._news.hear(order, answer, found_by=FoundBy.ANSWER)).order
            return CancelAnswer(order, answer, None)
        stands, heard = await ask_about(broker, broker_order), None
        if isinstance(stands, Shown):
            heard = await self._news.hear(order, stands.order, found_by=FoundBy.ANSWER)
        elif isinstance(stands, Gone) and (attempt := order.attempt(Venue.PRODUCTION)) is not None:
            heard = await self._news.gone(order, attempt)
        if heard is not None:
            order = await self.after(heard)
        return CancelAnswer(order, stands.order if isinstance(stands, Shown) else None, answer)

    async def denied(self, order: Order, failure: VenueFailure | None) -> Order:
        """Record that the wish came to nothing, where *failure* says so for sure; after no answer it may still come."""
        if not isinstance(failure, VenueRefused | NotSent):
            return order
        return await self._recorder.cancel_denied(order.id, failure.message)

    async def after(self, heard: Heard) -> Order:
        """Ask for the cancel that was wanted before production had the order, or while it was being replaced."""
        for order_id in heard.freed:
            await self.freed(order_id)
        order = self._context.ledger.read(Order, heard.order.id) if heard.order.id in heard.freed else heard.order
        return await self.as_wanted(order or heard.order) if heard.adopted else order or heard.order

    async def freed(self, order_id: UUID) -> None:
        """Ask for the cancel that was wanted of an order while it was being replaced, which came to nothing."""
        order = self._context.ledger.read(Order, order_id)
        if order is not None:
            await self.as_wanted(order)

    async def as_wanted(self, order: Order) -> Order:
        """Ask for the cancel that is wanted of an order that works. Its trader may not have waited for the answer."""
        attempt = order.attempt(Venue.PRODUCTION)
        if not order.cancel_requested or order.stage not in _AT_WORK or order.is_being_replaced:
            return order
        if attempt is None or attempt.broker_order is None or not attempt.is_open:
            return order
        answer = await ask_to_cancel(self._context.broker(Venue.PRODUCTION), attempt.broker_order)
        if isinstance(answer, VenueFailure):
            return await self.denied(order, answer)
        return (await self._news.hear(order, answer, found_by=FoundBy.ANSWER)).order


_AT_WORK: Final = frozenset({Stage.WORKING, Stage.ESCALATED})


def _who(order: Order, why: Because) -> str:
    return BY_TRADER if trader_id_in(why.actor) == order.asked.trader else BY_OPERATOR
