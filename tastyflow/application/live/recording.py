"""
Recording what a venue answered, showed or failed to answer about an order. No request to a venue is made here.

    snapshot ─▶ heard            acceptance, status, fills, ending: what of it is new
    failure  ─▶ failed           refused, not sent, or lost
    search   ─▶ searched         found and adopted; in production found nowhere: a person must look
    ─▶ lost, cancel_denied       no answer ever came; the venue would not cancel
    ─▶ fills_missing             told filled, and the legs never added up: a person must look

Both venues are recorded here. Each method returns the order as recorded, and `Heard` says whether the venue's id of it
was new.
"""

from collections.abc import Callable, Iterable
from typing import Final
from uuid import UUID

from attrs import frozen

from tastyflow.application.context import Context
from tastyflow.application.ledger.transaction import Transaction
from tastyflow.application.live.replacing import record_of_replaced
from tastyflow.application.sending import Search
from tastyflow.domain.events import Because, Event
from tastyflow.domain.order import Order
from tastyflow.domain.order.events import (
    EscalationReason,
    FoundBy,
    OrderChangedOutside,
    ReplaceDenied,
    SubmissionAdopted,
)
from tastyflow.domain.order.stages import MENU, Stage
from tastyflow.domain.order.submission import Attempt, AttemptOutcome
from tastyflow.domain.venue import BrokerOrder, Venue
from tastyflow.domain.venue.hearing import hear
from tastyflow.errors import NotSent, VenueFailure, VenueRefused

_FAILS: Final = frozenset({AttemptOutcome.PENDING, AttemptOutcome.UNKNOWN, AttemptOutcome.NOT_FOUND})
"""The outcomes so far to which what its sender knows still adds something."""

ASKED_FOR: Final = "a cancel was asked for before it left"

MAX_MESSAGE: Final = 300
"""Characters of a venue's message that are kept in the log."""


@frozen
class Heard:
    """
    The order as recorded, after something was heard of it.

    Attributes:
        adopted: Whether this recording learned the venue's id of an attempt: from now on it can be cancelled there.
        freed: Orders whose replacement came to nothing by it: they can be cancelled again.
        is_changed_outside: Whether other hands were seen to have changed it.
    """

    order: Order
    adopted: bool
    freed: tuple[UUID, ...] = ()
    is_changed_outside: bool = False


class Recorder:
    """Records what venues say."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def heard(
        self,
        order_id: UUID,
        venue: Venue,
        snapshots: Iterable[BrokerOrder],
        *,
        found_by: FoundBy,
        beside: Callable[[Transaction], None] = lambda _: None,
    ) -> Heard:
        """
        Record what *snapshots* add. What was heard before is not recorded again.

        Args:
            beside: Records more in the same append.
        """
        shown = tuple(snapshots)

        def decide(tx: Transaction) -> None:
            record_snapshots(tx, order_id, venue, shown, found_by=found_by, why=self._why(tx, order_id, venue))
            beside(tx)

        return await self._heard(order_id, decide)

    async def failed(self, order_id: UUID, attempt: Attempt, failure: VenueFailure) -> Order:
        """
        Record that sending *attempt* ended in *failure*.

        Where it never left, and others gave it up meanwhile, the order ends: its people were told that a person must
        look, and do not expect that it is sent now.
        """

        def decide(tx: Transaction) -> None:
            why, before = self._why(tx, order_id, attempt.venue), tx.require(Order, order_id)
            was = self._outcome(tx, order_id, attempt)
            if was not in _FAILS:
                return  # the venue has shown it, or it was recorded before
            if was is AttemptOutcome.NOT_FOUND and not {"decline", "not_sent"} <= MENU[before.stage]:
                return  # it was searched for and sent again meanwhile: what came of that counts
            tx.record(_failure_of(before, attempt, failure, why))
            order = tx.require(Order, order_id)
            is_live = attempt.venue is Venue.PRODUCTION
            if is_live and order.stage is Stage.APPROVED and was is not AttemptOutcome.PENDING:
                tx.record(_given_up(order, why))

        return await self._context.change(order_id, decide)

    async def searched(self, order_id: UUID, attempt: Attempt, search: Search) -> Heard:
        """
        Record what a search for an attempt of unknown outcome came to.

        Found: adopted, and a second find escalates. In the sandbox, found nowhere: nothing was placed. In production,
        found nowhere or never searched to the end: a person must look, because it is not sent again.
        """

        def decide(tx: Transaction) -> None:
            why = self._context.because("desk", tx.require(Order, order_id))
            record_snapshots(tx, order_id, attempt.venue, search.found, found_by=FoundBy.SEARCH, why=why)
            if self._outcome(tx, order_id, attempt) is not AttemptOutcome.UNKNOWN:
                return  # found, or the stream told of it meanwhile
            order = tx.require(Order, order_id)
            if search.complete and not search.found:
                tx.record(order.not_found(attempt.venue, attempt.number, searches=search.complete, why=why))
            if attempt.venue is Venue.PRODUCTION:
                tx.record(_escalated(tx.require(Order, order_id), attempt, why))

        return await self._heard(order_id, decide)

    async def lost(self, order_id: UUID, attempt: Attempt, message: str) -> Order:
        """Record that no answer to *attempt* will come any more, unless one was recorded."""

        def decide(tx: Transaction) -> None:
            order = tx.require(Order, order_id)
            if self._outcome(tx, order_id, attempt) is AttemptOutcome.PENDING:
                why = self._context.because("reconciler", order)
                tx.record(order.lose(attempt.venue, attempt.number, message=message, why=why))

        return await self._context.change(order_id, decide)

    async def forgotten(self, order_id: UUID, attempt: Attempt) -> Order:
        """Record that the sandbox was reset, and has nothing of *attempt* any more, which it had."""

        def decide(tx: Transaction) -> None:
            why = self._why(tx, order_id, Venue.SANDBOX)
            tx.record(tx.require(Order, order_id).forget(attempt.number, why=why))

        return await self._context.change(order_id, decide)

    async def fills_missing(self, order_id: UUID, shown: BrokerOrder) -> Order:
        """Record that a person must look: production, asked again, says filled, and the legs still do not add up."""

        def decide(tx: Transaction) -> None:
            order = tx.require(Order, order_id)
            if order.stage.is_over or order.ticket is None or not shown.awaits_fills(order.ticket):
                return
            filled = [(order.filled(Venue.PRODUCTION, leg.instrument.occ), leg) for leg in order.legs]
            told = ", ".join(f"{n:,} of {leg.quantity:,} {leg.instrument.in_words()}" for n, leg in filled)
            message = f"Production says that {shown.broker_order} is filled, and its fills do not add up: {told}."
            why = self._why(tx, order_id, Venue.PRODUCTION)
            tx.record(order.escalate(reason=EscalationReason.FILLS_MISSING, message=message, why=why))

        return await self._context.change(order_id, decide)

    async def vanished(self, order_id: UUID, message: str) -> Order:
        """Record that a person must look: production had the order, and knows it no more."""

        def decide(tx: Transaction) -> None:
            order = tx.require(Order, order_id)
            if not order.stage.is_over:
                why = self._why(tx, order_id, Venue.PRODUCTION)
                tx.record(order.escalate(reason=EscalationReason.VANISHED, message=message, why=why))

        return await self._context.change(order_id, decide)

    async def cancel_denied(self, order_id: UUID, message: str) -> Order:
        """Record that production would not cancel the order, so that it does not look as if a cancel was on its way."""

        def decide(tx: Transaction) -> None:
            order = tx.require(Order, order_id)
            if "deny_cancel" in MENU[order.stage] and not order.stage.is_over:
                why = self._why(tx, order_id, Venue.PRODUCTION)
                tx.record(order.deny_cancel(message=message[:MAX_MESSAGE], why=why))

        return await self._context.change(order_id, decide)

    async def _heard(self, order_id: UUID, decide: Callable[[Transaction], None]) -> Heard:
        decisions: list[Transaction] = []

        def deciding(tx: Transaction) -> None:
            decide(tx)
            decisions.append(tx)

        order = await self._context.change(order_id, deciding)
        events = decisions[-1].events  # the one that was appended
        adopted = any(isinstance(event, SubmissionAdopted) for event in events)
        freed = tuple(event.originator_id for event in events if isinstance(event, ReplaceDenied))
        return Heard(order, adopted, freed, any(isinstance(event, OrderChangedOutside) for event in events))

    def _why(self, tx: Transaction, order_id: UUID, venue: Venue) -> Because:
        return self._context.because(f"venue:{venue}", tx.require(Order, order_id))

    @staticmethod
    def _outcome(tx: Transaction, order_id: UUID, attempt: Attempt) -> AttemptOutcome:
        attempts = tx.require(Order, order_id).attempts
        return next(known.outcome for known in attempts if known.external_id == attempt.external_id)


def record_snapshots(
    tx: Transaction, order_id: UUID, venue: Venue, snapshots: Iterable[BrokerOrder], *, found_by: FoundBy, why: Because
) -> None:
    """Record in *tx* what *snapshots* add to the order, one after the other."""
    order = tx.require(Order, order_id)
    if venue is Venue.PRODUCTION and order.is_being_replaced:
        record_of_replaced(tx, order, snapshots, found_by=found_by, why=why)
    else:
        tx.record_all(hear(order, venue, *snapshots, found_by=found_by, why=why))


def _failure_of(order: Order, attempt: Attempt, failure: VenueFailure, why: Because) -> Event | None:
    venue, number, message = attempt.venue, attempt.number, failure.message[:MAX_MESSAGE]
    if isinstance(failure, VenueRefused):
        return order.decline(venue, number, code=failure.code, message=message, why=why)
    if isinstance(failure, NotSent):
        return order.not_sent(venue, number, message=message, why=why)
    return order.lose(venue, number, message=message, why=why)


def _given_up(order: Order, why: Because) -> Event:
    if order.cancel_requested:
        return order.withdraw(reason=ASKED_FOR, why=why)
    return order.refuse(
        code="held_up",
        message="Its sender was held up before it left, and it was given up meanwhile.",
        hint="Nothing went to production. Ask again.",
        why=why,
    )


def _escalated(order: Order, attempt: Attempt, why: Because) -> Event | None:
    message = (
        f"Production never answered for {attempt.external_id}, and a search did not find it. It will not be sent again."
    )
    return order.escalate(reason=EscalationReason.OUTCOME_UNKNOWN, message=message, why=why)
