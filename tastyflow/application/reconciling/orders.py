"""
Reconciling: what became of orders that no task of this process follows, as after a restart or in another process.

    open orders (those that hold a reservation) ─▶ working: ask the venue ─▶ record
                                                ├▶ claimed, no outcome, older than settle_s: search ─▶ adopt │ escalate
                                                ├▶ interrupted before production: refuse, tidy up
                                                └▶ not approved in time: refuse

It asks and records; it never sends an order. A younger claim belongs to the process that made it, and is left alone.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from tastyflow.application.approving.expiry import ended_in_time
from tastyflow.application.confirming import expiry_of
from tastyflow.application.context import Context
from tastyflow.application.ledger.transaction import Transaction
from tastyflow.application.live.asking import Gone, Shown, Silent, ask_about
from tastyflow.application.live.cancelling import Canceller
from tastyflow.application.live.news import ProductionNews
from tastyflow.application.live.recording import Recorder, record_snapshots
from tastyflow.application.reconciling.overdue import BEFORE_PRODUCTION, is_interrupted
from tastyflow.application.reconciling.owners import Owners, derived_tags
from tastyflow.application.rehearsal.tidying import tidied
from tastyflow.application.sending import search, tagged
from tastyflow.domain.order import Order
from tastyflow.domain.order.events import FoundBy
from tastyflow.domain.order.stages import MENU
from tastyflow.domain.order.submission import Attempt, AttemptOutcome
from tastyflow.domain.venue import BrokerOrder, Status, Venue
from tastyflow.errors import VenueFailure

EARLIER: Final = timedelta(minutes=1)
"""How far the clocks of this machine and of the venue may lie apart."""

NO_ANSWER: Final = "The process that sent it ended before an answer."


class Reconciler:
    """Brings orders up to date with what the venues know of them."""

    def __init__(self, context: Context, recorder: Recorder, canceller: Canceller) -> None:
        self._context = context
        self._recorder = recorder
        self._canceller = canceller
        self._news = ProductionNews(context, recorder)
        self._owners = Owners(context)

    async def refresh(
        self, order: Order, *, is_at_work: bool = False, shown: Mapping[str, BrokerOrder] | None = None
    ) -> Order:
        """
        Ask the venues about *order*; the order as recorded afterwards.

        Args:
            is_at_work: Whether a task of this process takes its steps.
            shown: What production has just listed, by its ids there: that is not asked for again.

        Raises:
            VenueFailure: Production gives no answer about an order that works, and *shown*, which was read for the
                whole account, does not have it.
        """
        if self._context.production is not None:
            for attempt in order.attempts:
                if attempt.venue is Venue.PRODUCTION:
                    order = await self._about_production(order, attempt, shown)
        if order.waiting_until is not None:
            return await ended_in_time(self._context, order)
        return await self._close(order) if not is_at_work and self.is_interrupted(order) else order

    async def _about_production(
        self, order: Order, attempt: Attempt, listed: Mapping[str, BrokerOrder] | None
    ) -> Order:
        if attempt.outcome is AttemptOutcome.ADOPTED and attempt.is_open and attempt.broker_order:
            shown = listed.get(attempt.broker_order) if listed is not None else None
            return await self._about_working(
                order, attempt, Shown(shown) if shown else None, must_be_told=listed is not None
            )
        if attempt.outcome is AttemptOutcome.NOT_FOUND:
            return await self.look_again(order, attempt)
        if not self._is_unanswered(attempt):
            return order
        if attempt.outcome is AttemptOutcome.PENDING:
            await self._recorder.lost(order.id, attempt, NO_ANSWER)
        found = await search(self._context, attempt)
        return await self._canceller.after(await self._recorder.searched(order.id, attempt, found))

    async def _about_working(
        self, order: Order, attempt: Attempt, listed: Shown | None, *, must_be_told: bool
    ) -> Order:
        stands = listed or await ask_about(self._context.broker(Venue.PRODUCTION), attempt.broker_order or "")
        if isinstance(stands, Gone):
            heard = await self._news.gone(order, attempt)
            return order if heard is None else await self._canceller.after(heard)
        if isinstance(stands, Silent):
            if must_be_told:
                raise stands.failure
            return order
        shown = stands.order
        order = await self._canceller.after(await self._news.hear(order, shown, found_by=FoundBy.SEARCH))
        if self._context.age_s(shown.updated_at, None) > self._context.policy.fill_wait_s:
            order = await self._recorder.fills_missing(order.id, shown)
        if shown.status is Status.CANCEL_REQUESTED:
            return order
        return await self._canceller.as_wanted(order)  # the process that recorded the wish may not have come to ask

    async def look_again(self, order: Order, attempt: Attempt) -> Order:
        """Ask once more for an attempt that was lost or not found: a search can be wrong."""
        for found in await self._find(attempt):
            heard = await self._news.hear(order, found, found_by=FoundBy.SEARCH)
            order = await self._canceller.after(heard)
        return order

    async def _find(self, attempt: Attempt) -> Sequence[BrokerOrder]:
        try:
            return await tagged(self._context, attempt)
        except VenueFailure:
            return ()  # then nothing more is known than before

    def is_unanswered(self, order: Order) -> bool:
        """Whether a claim of production is without an outcome for longer than its sender takes."""
        return any(self._is_unanswered(each) for each in order.attempts if each.venue is Venue.PRODUCTION)

    def _is_unanswered(self, attempt: Attempt) -> bool:
        is_old = self._context.age_s(attempt.claimed_at, attempt.mark) > self._context.policy.settle_s
        return is_old and attempt.outcome in (AttemptOutcome.PENDING, AttemptOutcome.UNKNOWN)

    # ── interrupted before production ──────────────────────────────────────────────────────────────────────────

    def is_interrupted(self, order: Order) -> bool:
        """Whether no process will take its next step before production (`overdue`)."""
        context = self._context
        return is_interrupted(
            context.ledger,
            order,
            context.policy,
            now=context.clock.now(),
            age=context.age_s,
            has_live_venue=context.production is not None,
        )

    async def end(self, order_id: UUID) -> None:
        """
        End an order whose own task was stopped, if it has not reached production and waits for no person.

        Raises:
            StoreFailure: The log cannot be written.
        """
        order = self._context.ledger.latest(Order, order_id)
        while order is not None and order.stage in BEFORE_PRODUCTION and not _waits_for_a_person(order):
            closed = await self._close(order)
            if closed.version == order.version:
                return  # the sandbox does not say what it has of it: the next command asks again
            order = closed

    async def _close(self, order: Order) -> Order:
        """
        End it with what the sandbox has of it; where something is recorded meanwhile, as it is then.

        Production is asked first: its claim can be missing here, where the tail of the log was lost.
        """
        try:
            if (there := await self._unclaimed(order)) is not None:
                return there
            leftovers = await self._tidied(order)
        except VenueFailure:
            return order  # what the venues have of it is not known: they are asked again the next time

        def decide(tx: Transaction) -> None:
            current = tx.require(Order, order.id)
            if current.version != order.version:
                return  # another process works on it
            why = self._context.because("reconciler", current)
            if current.needs_confirmation:
                tx.record(expiry_of(current, why))
                return
            record_snapshots(tx, order.id, Venue.SANDBOX, leftovers, found_by=FoundBy.SEARCH, why=why)
            shown = {snapshot.external_id for snapshot in leftovers}
            for attempt in current.attempts:
                if attempt.venue is Venue.SANDBOX and attempt.external_id not in shown:
                    self._record_absence(tx, tx.require(Order, order.id), attempt)
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

        return await self._context.change(order.id, decide)

    async def _unclaimed(self, order: Order) -> Order | None:
        """*order* as owned from now on, where production has it without a claim; None where it has nothing of it."""
        if self._context.production is None:
            return None
        tags = derived_tags([order.id])
        for shown in await self._context.production.listed(order.asked_at - EARLIER):
            if shown.external_id in tags:
                if all(each.external_id != shown.external_id for each in order.attempts):
                    order = await self._owners.take_up(shown)
                return (await self._news.hear(order, shown, found_by=FoundBy.SEARCH)).order
        return None

    def _record_absence(self, tx: Transaction, order: Order, attempt: Attempt) -> None:
        """Record that the sandbox, searched, does not have *attempt*, where its outcome was not known."""
        if attempt.outcome in (AttemptOutcome.PENDING, AttemptOutcome.UNKNOWN):
            why = self._context.because("reconciler", order)
            tx.record(order.lose(Venue.SANDBOX, attempt.number, message=NO_ANSWER, why=why))
            lost = tx.require(Order, order.id)
            tx.record(lost.not_found(Venue.SANDBOX, attempt.number, searches=1, why=why))

    async def _tidied(self, order: Order) -> list[BrokerOrder]:
        """What the sandbox still has of the order, after cancelling what works there."""
        return await tidied(self._context, order)


def _waits_for_a_person(order: Order) -> bool:
    """Whether it waits for its trader's yes, or for another person's approval."""
    return order.needs_confirmation or order.waiting_until is not None
