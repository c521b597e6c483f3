"""
What became of it? For orders that no task in this process is looking after: after a restart, a crash, another process.

    open orders (those that hold a reservation) ─▶ working: ask the venue ─▶ hear
                                                ├▶ claimed, no outcome, older than settle_s: search ─▶ adopt │ escalate
                                                └▶ interrupted before production, proof gone stale: refuse, tidy up

It asks and records; it never sends an order. A younger claim belongs to the process that made it, and is left alone.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Final
from uuid import UUID

from tastyflow.application.context import Context
from tastyflow.application.ledger.ledger import Transaction
from tastyflow.application.live.promotion import Promoter
from tastyflow.domain.order import Order
from tastyflow.domain.order.events import FoundBy
from tastyflow.domain.order.stages import MENU, Stage
from tastyflow.domain.order.submission import Attempt, AttemptOutcome
from tastyflow.domain.venue import BrokerOrder, Status, Venue
from tastyflow.domain.venue.hearing import hear
from tastyflow.errors import VenueFailure, VenueRefused

BEFORE_PRODUCTION: Final = (Stage.VALIDATED, Stage.REHEARSING, Stage.REHEARSED, Stage.APPROVED)
NO_ANSWER: Final = "The process that sent it ended before an answer."


class Reconciler:
    """Brings orders up to date with what the venues know of them."""

    def __init__(self, floor: Context, promoter: Promoter) -> None:
        self._floor = floor
        self._promoter = promoter

    async def refresh(self, order: Order) -> Order:
        """Ask the venues about *order*; the order as recorded afterwards."""
        if self._floor.production is not None:
            for attempt in order.attempts:
                if attempt.venue is Venue.PRODUCTION:
                    order = await self._about_production(order, attempt)
        return await self._close_interrupted(order) if self._is_interrupted(order) else order

    async def _about_production(self, order: Order, attempt: Attempt) -> Order:
        if attempt.outcome is AttemptOutcome.ADOPTED and attempt.is_open and attempt.broker_order:
            if (answer := await self._get(attempt.broker_order)) is None:
                return order
            order = await self._promoter.hear(order.id, answer, FoundBy.SEARCH)
            if answer.status is Status.CANCEL_REQUESTED:
                return order
            return await self._promoter.cancel_as_wanted(order)  # whoever wanted it may not have come to ask
        if attempt.outcome is AttemptOutcome.NOT_FOUND:  # a search can be wrong: the order may surface later
            for found in await self._find(attempt):
                order = await self._promoter.hear(order.id, found, FoundBy.SEARCH)
            return order
        old_enough = self._age(attempt) > timedelta(seconds=self._floor.policy.settle_s)
        if attempt.outcome not in (AttemptOutcome.PENDING, AttemptOutcome.UNKNOWN) or not old_enough:
            return order
        if attempt.outcome is AttemptOutcome.PENDING:
            await self._lose(order.id, attempt)
        return await self._promoter.look_for(order.id, attempt)

    async def _get(self, broker_order: str) -> BrokerOrder | None:
        try:
            return await self._floor.account.get(broker_order)
        except VenueFailure:
            return None

    async def _find(self, attempt: Attempt) -> Sequence[BrokerOrder]:
        try:
            return await self._floor.account.find(attempt.external_id)
        except VenueFailure:
            return ()

    async def _lose(self, order_id: UUID, attempt: Attempt) -> None:
        def decide(tx: Transaction) -> None:
            order = tx.require(Order, order_id)
            known = next(a for a in order.attempts if a.external_id == attempt.external_id)
            if known.outcome is AttemptOutcome.PENDING:
                why = self._floor.because("reconciler", order)
                tx.record(order.lose(attempt.venue, attempt.number, message=NO_ANSWER, why=why))

        await self._floor.change(order_id, decide)

    # ── interrupted before production ──────────────────────────────────────────────────────────────────────────

    def _is_interrupted(self, order: Order) -> bool:
        """Whether it waits for a step that nobody will take any more."""
        ends_here = order.stage is Stage.REHEARSED and self._floor.production is None
        if order.stage not in BEFORE_PRODUCTION or ends_here:
            return False
        last = max((attempt.claimed_at for attempt in order.attempts), default=order.asked_at)
        return self._floor.clock.now() - last > timedelta(seconds=self._floor.policy.proof_valid_s)

    async def _close_interrupted(self, order: Order) -> Order:
        try:
            leftovers = await self._tidied(order)
        except VenueFailure:
            return order  # what the sandbox has of it is not known: it is asked again the next time

        def decide(tx: Transaction) -> None:
            current = tx.require(Order, order.id)
            if current.version != order.version:
                return  # somebody is looking after it
            why = self._floor.because("reconciler", current)
            tx.record_all(hear(current, Venue.SANDBOX, *leftovers, found_by=FoundBy.SEARCH, why=why))
            attempt = current.attempt(Venue.SANDBOX)
            if (
                not leftovers
                and attempt is not None
                and attempt.outcome in (AttemptOutcome.PENDING, AttemptOutcome.UNKNOWN)
            ):
                tx.record(current.lose(Venue.SANDBOX, attempt.number, message=NO_ANSWER, why=why))
                lost = tx.require(Order, order.id)
                tx.record(lost.not_found(Venue.SANDBOX, attempt.number, searches=1, why=why))
            tidied = tx.require(Order, order.id)
            if "refuse" not in MENU[tidied.stage]:
                return  # the sandbox showed what cannot be: a person looks
            tx.record(
                tidied.refuse(
                    code="interrupted",
                    message="It was interrupted before it reached production.",
                    hint="Nothing went to production. Ask again.",
                    why=why,
                )
            )
            self._floor.release_if_over(tx, order.id)

        return await self._floor.change(order.id, decide)

    async def _tidied(self, order: Order) -> list[BrokerOrder]:
        """Whatever the sandbox still has of the order, after cancelling what works."""
        attempt, sandbox = order.attempt(Venue.SANDBOX), self._floor.sandbox
        seen = list(await sandbox.find(attempt.external_id)) if attempt else []
        for found in [snapshot for snapshot in seen if not snapshot.status.is_terminal]:
            with suppress(VenueRefused):  # it has ended by itself
                await sandbox.cancel(found.broker_order)
            seen += filter(None, [await sandbox.get(found.broker_order)])
        return seen

    def _age(self, attempt: Attempt) -> timedelta:
        return self._floor.clock.now() - attempt.claimed_at
