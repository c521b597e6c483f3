"""
What became of it? For orders that no task in this process is looking after: after a restart, a crash, another process.

    open orders (those that hold a reservation) ─▶ working: ask the venue ─▶ hear
                                                ├▶ claimed, no outcome, older than settle_s: search ─▶ adopt │ escalate
                                                └▶ interrupted before production, proof gone stale: refuse, tidy up

It asks and records; it never sends an order. A younger claim belongs to the process that made it, and is left alone.
"""

from datetime import timedelta
from uuid import UUID

from tastyflow.application.floor import Floor
from tastyflow.application.ledger import Page
from tastyflow.application.promotion import Promoter
from tastyflow.domain.hearing import hear
from tastyflow.domain.order import Order
from tastyflow.domain.stages import Stage
from tastyflow.domain.submission import Attempt, Outcome
from tastyflow.domain.venue import BrokerOrder, Venue
from tastyflow.errors import VenueFailure

BEFORE_PRODUCTION = (Stage.VALIDATED, Stage.REHEARSING, Stage.REHEARSED, Stage.APPROVED)


class Reconciler:
    """Brings orders up to date with what the venues know of them."""

    def __init__(self, floor: Floor, promoter: Promoter) -> None:
        self._floor = floor
        self._promoter = promoter

    async def refresh(self, order: Order) -> Order:
        """Ask the venues about *order*; the order as recorded afterwards."""
        if self._floor.production is not None and (attempt := order.attempt(Venue.PRODUCTION)):
            return await self._about_production(order, attempt)
        if order.stage in BEFORE_PRODUCTION and self._is_stale(order):
            return await self._close_interrupted(order)
        return order

    async def _about_production(self, order: Order, attempt: Attempt) -> Order:
        if attempt.outcome is Outcome.ADOPTED and not order.stage.is_over and attempt.broker_order:
            answer = await self._get(attempt.broker_order)
            return await self._promoter.hear(order.id, answer, "search") if answer else order
        unsettled = attempt.outcome in (Outcome.PENDING, Outcome.UNKNOWN, Outcome.NOT_FOUND)
        old_enough = self._age(attempt) > timedelta(seconds=self._floor.policy.settle_s)
        if not unsettled or not old_enough or order.stage not in (Stage.SUBMITTING, Stage.ESCALATED):
            return order
        if attempt.outcome is Outcome.PENDING:
            order = await self._lose(order.id, attempt)
        return await self._promoter.look_for(order.id, attempt)

    async def _get(self, broker_order: str) -> BrokerOrder | None:
        try:
            return await self._floor.account.get(broker_order)
        except VenueFailure:
            return None

    async def _lose(self, order_id: UUID, attempt: Attempt) -> Order:
        def decide(page: Page) -> None:
            order = page.need(Order, order_id)
            known = order.attempt(attempt.venue)
            if known is not None and known.outcome is Outcome.PENDING:
                why = self._floor.because("reconciler", order)
                message = "The process that sent it ended before an answer."
                page.record(order.lose(attempt.venue, attempt.number, message=message, why=why))

        return await self._floor.change(order_id, decide)

    # ── interrupted before production ──────────────────────────────────────────────────────────────────────────

    async def _close_interrupted(self, order: Order) -> Order:
        leftovers = await self._tidied(order)

        def decide(page: Page) -> None:
            current = page.need(Order, order.id)
            if current.version != order.version:
                return  # somebody is looking after it
            why = self._floor.because("reconciler", current)
            for snapshot in leftovers:
                page.record_all(hear(page.need(Order, order.id), Venue.SANDBOX, snapshot, found_by="search", why=why))
            page.record(
                page.need(Order, order.id).refuse(
                    code="interrupted",
                    message="It was interrupted before it reached production.",
                    hint="Nothing went to production. Ask again.",
                    why=why,
                )
            )
            self._floor.release_if_over(page, order.id)

        return await self._floor.change(order.id, decide)

    async def _tidied(self, order: Order) -> list[BrokerOrder]:
        """Whatever the sandbox still has of the order, after cancelling what works."""
        attempt = order.attempt(Venue.SANDBOX)
        if attempt is None:
            return []
        seen: list[BrokerOrder] = []
        try:
            for found in await self._floor.sandbox.find(attempt.external_id):
                seen.append(found)
                if not found.status.is_terminal:
                    seen.append(await self._floor.sandbox.cancel(found.broker_order))
        except VenueFailure:
            return seen
        return seen

    def _is_stale(self, order: Order) -> bool:
        last = max((attempt.claimed_at for attempt in order.attempts), default=order.asked_at)
        return self._floor.clock.now() - last > timedelta(seconds=self._floor.policy.proof_valid_s)

    def _age(self, attempt: Attempt) -> timedelta:
        return self._floor.clock.now() - attempt.claimed_at
