"""
Steps eight to eleven: the gate, the claim, the one sending, and following it to the last fill.

    gate ─▶ claim(production), durable ─▶ place ─▶ adopt ─▶ follow: stream, and asking when the stream is silent
      │                                     │ not sent: claim again, at last refused
      └ no: refused, with every reason      │ unknown: search; nowhere: a person must look, never sent again
                                            └ refused: rejected
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID, uuid4

from tastyflow.application.context import Context
from tastyflow.application.ledger.ledger import Transaction
from tastyflow.application.order_stream import OrderStream, OrderUpdates
from tastyflow.application.sending import adopt_found, away, outcome_of, place, search
from tastyflow.domain.order import Order
from tastyflow.domain.order.events import EscalationReason, FoundBy, SubmissionAdopted
from tastyflow.domain.order.stages import MENU, Stage
from tastyflow.domain.order.submission import Attempt, AttemptOutcome
from tastyflow.domain.risk.gate import may_promote
from tastyflow.domain.testresult import TestResult
from tastyflow.domain.trader import Trader
from tastyflow.domain.venue import BrokerOrder, Venue
from tastyflow.domain.venue.hearing import hear
from tastyflow.errors import NotSent, OutcomeUnknown, StoreFailure, VenueFailure, VenueRefused


class Promoter:
    """Takes approved orders to production, and follows them there for as long as the desk is open."""

    def __init__(self, floor: Context, wire: OrderStream) -> None:
        self._floor = floor
        self._wire = wire
        self._following: dict[UUID, asyncio.Task[None]] = {}

    async def promote(self, order: Order) -> Order:
        """Send an approved order to production; return once its outcome there is known, or is a person's business."""
        absence: VenueFailure | None = None
        for wait_s in self._floor.policy.tries_s:
            if wait_s:
                await self._floor.clock.sleep(wait_s)
            if absence := await away(self._floor.broker(Venue.PRODUCTION)):
                if isinstance(absence, VenueRefused):
                    break  # asking again would be refused again
                continue  # an attempt is not claimed for nothing
            nonce = uuid4().hex
            order = await self._claim(order.id, nonce)
            attempt = order.attempt(Venue.PRODUCTION)
            if attempt is None or attempt.nonce != nonce or order.ticket is None:
                return order  # the gate said no, or another process was first
            order = await self._send(order, attempt)
            if order.stage is not Stage.APPROVED:
                return order  # anything but "it never left"
        return await self._give_up(order.id, absence)

    async def _claim(self, order_id: UUID, nonce: str) -> Order:
        def decide(tx: Transaction) -> None:
            order = tx.require(Order, order_id)
            if order.stage is not Stage.APPROVED:
                return  # withdrawn, or claimed by another process
            if order.cancel_requested:  # while an attempt was out that never left
                tx.record(order.withdraw(reason="by the trader", why=self._floor.because("desk", order)))
                self._floor.release_if_over(tx, order_id)
                return
            test = tx.get(TestResult, order.test) if order.test else None
            trader = tx.get(Trader, order.asked.trader) if order.asked.trader else None
            why = self._floor.because("desk", order)
            ruling = may_promote(order, test, trader, self._floor.policy, why.at)
            if ruling.allowed and test is not None:
                tx.record(order.claim(Venue.PRODUCTION, nonce=nonce, proof=test.proof(), why=why))
                return
            tx.record(
                order.refuse(
                    code="gate",
                    message="Not promoted: " + " ".join(ruling.reasons),
                    hint="Nothing went to production. Ask again for a new rehearsal.",
                    why=why,
                )
            )
            self._floor.release_if_over(tx, order_id)

        return await self._floor.change(order_id, decide)

    async def _give_up(self, order_id: UUID, absence: VenueFailure | None) -> Order:
        def decide(tx: Transaction) -> None:
            order = tx.require(Order, order_id)
            if order.stage is not Stage.APPROVED:
                return  # withdrawn meanwhile
            attempt = order.attempt(Venue.PRODUCTION)
            reason = absence.message[:300] if absence else attempt.reason if attempt else ""
            tx.record(
                order.refuse(
                    code="not_sent",
                    message=f"Production could not be reached: {reason}",
                    hint="Nothing went to production. Try again later.",
                    why=self._floor.because("desk", order),
                )
            )
            self._floor.release_if_over(tx, order_id)

        return await self._floor.change(order_id, decide)

    async def _send(self, order: Order, attempt: Attempt) -> Order:
        """Send in a task of its own: whoever waits may go away, the sending and the following go on."""
        placed: asyncio.Future[Order] = asyncio.get_running_loop().create_future()
        self._look_after(order, self._send_and_follow(order, attempt, placed))
        return await asyncio.shield(placed)

    async def _send_and_follow(self, order: Order, attempt: Attempt, placed: "asyncio.Future[Order]") -> None:
        async with self._wire.watch(attempt.external_id) as news:
            try:
                order = await self._sent(order, attempt, news)
            except BaseException as error:  # noqa: BLE001  whoever waits for it must hear of it
                placed.set_exception(error)
                if not isinstance(error, StoreFailure):
                    return  # the log knows the claim: the reconciler asks what became of it
            else:
                placed.set_result(order)
            await self._follow(order, attempt, news)

    async def _sent(self, order: Order, attempt: Attempt, news: OrderUpdates) -> Order:
        if order.ticket is None or order.ticket.digest != attempt.digest:
            raise AssertionError("a claim is of the ticket's own content")
        answer = await place(self._floor.broker(Venue.PRODUCTION), order.ticket, attempt)
        if not isinstance(answer, VenueFailure):
            return await self.hear(order.id, answer, FoundBy.ANSWER)
        order = await self._record_failure(order.id, attempt, answer)
        return await self.look_for(order.id, attempt, news) if isinstance(answer, OutcomeUnknown) else order

    # ── following ──────────────────────────────────────────────────────────────────────────────────────────────

    def resume(self, order: Order) -> None:
        """Follow an order that is at work in production, unless somebody here does."""
        attempt = order.attempt(Venue.PRODUCTION)
        if attempt is not None and order.stage in (Stage.WORKING, Stage.ESCALATED) and order.id not in self._following:
            self._look_after(order, self._watch_and_follow(order, attempt))

    def _look_after(self, order: Order, doing: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(doing, name=f"order-{order.reference}")
        self._following[order.id] = task
        task.add_done_callback(
            lambda done: self._following.pop(order.id) if self._following.get(order.id) is done else None
        )

    async def _watch_and_follow(self, order: Order, attempt: Attempt) -> None:
        async with self._wire.watch(attempt.external_id) as news:
            await self._follow(order, attempt, news)

    async def _follow(self, order: Order, attempt: Attempt, news: OrderUpdates) -> None:
        """Record what the stream tells, and what the venue answers while the stream is silent, until it is over."""
        while order.stage in (Stage.SUBMITTING, Stage.WORKING, Stage.ESCALATED):
            snapshot = await news.next(self._floor.policy.news_wait_s)
            for heard in [snapshot] if snapshot else await self._ask(order, attempt):
                with suppress(StoreFailure):  # asked for again after the next silence
                    order = await self.hear(order.id, heard, FoundBy.STREAM if snapshot else FoundBy.SEARCH)

    async def _ask(self, order: Order, attempt: Attempt) -> Sequence[BrokerOrder]:
        broker = self._floor.broker(Venue.PRODUCTION)
        known = order.attempt(Venue.PRODUCTION)
        try:
            if known is None or known.broker_order is None:
                return await broker.find(attempt.external_id)
            answer = await broker.get(known.broker_order)
        except Exception:  # noqa: BLE001  whatever it is: following goes on, and asks again after the next silence
            return ()
        return (answer,) if answer else ()

    async def settled(self, order_id: UUID, within_s: float) -> None:
        """Wait until nothing more is to come of the order, for at most *within_s* seconds."""
        task = self._following.get(order_id)
        if task is not None and not task.done():
            patience = asyncio.ensure_future(self._floor.clock.sleep(within_s))
            try:
                await asyncio.wait((task, patience), return_when=asyncio.FIRST_COMPLETED)
            finally:
                patience.cancel()
                await asyncio.gather(patience, return_exceptions=True)

    async def close(self) -> None:
        """Stop following. What works goes on working, and the log knows it."""
        tasks = list(self._following.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # ── what became of it ──────────────────────────────────────────────────────────────────────────────────────

    async def _record_failure(self, order_id: UUID, attempt: Attempt, failure: VenueFailure) -> Order:
        def decide(tx: Transaction) -> None:
            order = tx.require(Order, order_id)
            tx.record(outcome_of(order, attempt, failure, why=self._floor.because("venue:production", order)))
            self._floor.release_if_over(tx, order_id)

        return await self._floor.change(order_id, decide)

    async def look_for(self, order_id: UUID, attempt: Attempt, news: OrderUpdates | None = None) -> Order:
        """Search for a production attempt whose outcome is unknown; found nowhere, a person must look."""
        floor = self._floor
        result = await search(floor.broker(Venue.PRODUCTION), attempt, floor.policy, floor.clock, news)

        def decide(tx: Transaction) -> None:
            order = tx.require(Order, order_id)
            known = next(a for a in order.attempts if a.external_id == attempt.external_id)
            why = self._floor.because("desk", order)
            if result.found:
                tx.record_all(adopt_found(order, known, result.found, why=why))
                self._floor.release_if_over(tx, order_id)
            now = next(a for a in tx.require(Order, order_id).attempts if a.external_id == attempt.external_id)
            if now.outcome is not AttemptOutcome.UNKNOWN:
                return  # found, or the stream told it meanwhile
            if result.searches and not result.found:
                tx.record(order.not_found(Venue.PRODUCTION, known.number, searches=result.searches, why=why))
            tx.record(
                tx.require(Order, order_id).escalate(
                    reason=EscalationReason.OUTCOME_UNKNOWN,
                    message=f"Production never answered for {known.external_id}, and a search did not find it. "
                    "It will not be sent again.",
                    why=why,
                )
            )

        return await self._record_news(order_id, decide)

    async def hear(self, order_id: UUID, snapshot: BrokerOrder, found_by: FoundBy) -> Order:
        """Record what a production snapshot adds; nothing is recorded twice."""

        def decide(tx: Transaction) -> None:
            order = tx.require(Order, order_id)
            why = self._floor.because("venue:production", order)
            tx.record_all(hear(order, Venue.PRODUCTION, snapshot, found_by=found_by, why=why))
            self._floor.release_if_over(tx, order_id)

        return await self._record_news(order_id, decide)

    async def _record_news(self, order_id: UUID, decide: Callable[[Transaction], None]) -> Order:
        """Record what was heard; a cancel that was wanted before the venue had the order is asked for once it has."""
        arrived = False

        def deciding(tx: Transaction) -> None:
            nonlocal arrived
            decide(tx)
            arrived = any(isinstance(event, SubmissionAdopted) for event in tx.events)

        order = await self._floor.change(order_id, deciding)
        return await self.cancel_as_wanted(order) if arrived else order

    async def cancel_as_wanted(self, order: Order) -> Order:
        """Ask for the cancel that somebody wanted, of an order that works; whoever wanted it can ask again."""
        attempt = order.attempt(Venue.PRODUCTION)
        if not order.cancel_requested or order.stage is not Stage.WORKING or attempt is None:
            return order
        try:
            answer = await self._floor.broker(Venue.PRODUCTION).cancel(attempt.broker_order or "")
        except (VenueRefused, NotSent) as failure:
            return await self.deny_cancel(order.id, failure.message)
        except VenueFailure:
            return order
        return await self.hear(order.id, answer, FoundBy.ANSWER)

    async def deny_cancel(self, order_id: UUID, message: str) -> Order:
        """Record that the wish to cancel came to nothing, so that nobody believes it is on its way."""

        def decide(tx: Transaction) -> None:
            order = tx.require(Order, order_id)
            if "deny_cancel" in MENU[order.stage] and not order.stage.is_over:
                why = self._floor.because("venue:production", order)
                tx.record(order.deny_cancel(message=message[:300], why=why))

        return await self._floor.change(order_id, decide)
