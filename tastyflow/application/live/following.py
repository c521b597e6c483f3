"""
Following orders in production to their last fill, for as long as the desk is open.

    follow(order) ─▶ task: stream │ after silence: ask the venue ─▶ recorded ─▶ … ─▶ the order is over
                                                                       ├─▶ a cancel that is wanted is asked for
                                                       └─▶ filled, and a leg missing for long: a person must look

What works goes on working when the desk closes: the log knows it, and the next desk follows it.
"""

import asyncio
import logging
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from tastyflow.application.backoff import Backoff
from tastyflow.application.context import Context
from tastyflow.application.live.asking import Gone, Shown, ask_about
from tastyflow.application.live.cancelling import Canceller
from tastyflow.application.live.news import ProductionNews
from tastyflow.application.live.recording import Recorder
from tastyflow.application.order_stream import OrderStream, OrderUpdates
from tastyflow.application.sending import tagged
from tastyflow.application.waiting import Tasks, outlast
from tastyflow.domain.order import Order
from tastyflow.domain.order.events import FoundBy
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.order.submission import Attempt, AttemptOutcome
from tastyflow.domain.venue import BrokerOrder, Status, Venue
from tastyflow.errors import StoreFailure, TastyflowError

logger = logging.getLogger(__name__)

LONGEST_SILENCE_S: Final = 20.0
"""Orders that rest for days are asked about this often each, where the stream says nothing of them."""
CANCEL_AGAIN_S: Final = 10.0
"""An order that works on so long after a cancel was wanted is asked again to be cancelled: the request may be lost."""
SPREAD: Final = (1.0, 1.25)
"""Orders that were taken up at the same moment are not asked about at the same moment."""


class OrderFollower:
    """Follows orders, each in a task of its own."""

    def __init__(self, context: Context, stream: OrderStream, recorder: Recorder, canceller: Canceller) -> None:
        self._context = context
        self._stream = stream
        self._recorder = recorder
        self._canceller = canceller
        self._news = ProductionNews(context, recorder)
        self._tasks = Tasks()
        self._by_order: dict[UUID, asyncio.Task[None]] = {}

    def follow(self, order: Order) -> None:
        """Follow an order that is at work in production, unless it is followed here already."""
        attempt = order.attempt(Venue.PRODUCTION)
        if attempt is not None and order.stage in (Stage.WORKING, Stage.ESCALATED) and order.id not in self._by_order:
            self.take_over(order, attempt, self._stream.listen(attempt.external_id))

    def take_over(self, order: Order, attempt: Attempt, updates: OrderUpdates) -> None:
        """Follow an order that was just sent, listening on with *updates*."""
        if (earlier := self._by_order.get(order.id)) is not None:
            earlier.cancel()  # begun by a command that asked while the order was being sent
        task = self._tasks.start(self._follow(order, attempt, updates), name=f"follow-{order.reference}")
        self._by_order[order.id] = task
        task.add_done_callback(lambda done: self._forget(order.id, done))

    async def settled(self, order_id: UUID) -> None:
        """Wait until nothing more is to come of the order, for `Policy.follow_s` at most."""
        task = self._by_order.get(order_id)
        if task is not None and not task.done():
            await outlast(task, self._context.clock.sleep(self._context.policy.follow_s))

    def is_current(self, order: Order) -> bool:
        """Whether *order* works, and what the venue knows of it gets into the log by itself."""
        attempt = order.attempt(Venue.PRODUCTION)
        return (
            self._stream.is_open
            and order.id in self._by_order
            and order.stage is Stage.WORKING
            and not order.cancel_requested
            and not order.is_being_replaced
            and attempt is not None
            and attempt.outcome is AttemptOutcome.ADOPTED
        )

    @property
    def count(self) -> int:
        """How many orders are followed."""
        return len(self._by_order)

    async def close(self) -> None:
        """Stop following."""
        await self._tasks.close()

    def _forget(self, order_id: UUID, task: "asyncio.Task[None]") -> None:
        if self._by_order.get(order_id) is task:
            del self._by_order[order_id]

    async def _follow(self, order: Order, attempt: Attempt, updates: OrderUpdates) -> None:
        """Record what the stream tells, and what the venue answers while the stream is silent, until it is over."""
        short_since_s: float | None = None
        wanted_since_s: float | None = None
        silences = self._silences()
        with updates:
            while order.stage in (Stage.SUBMITTING, Stage.WORKING, Stage.ESCALATED):
                snapshot = await updates.next(silences.next())
                found_by = FoundBy.STREAM if snapshot else FoundBy.SEARCH
                if snapshot:
                    silences.reset()
                shows = [snapshot] if snapshot else await self._ask(order, attempt)
                for shown in shows:
                    try:
                        heard = await self._news.hear(order, shown, found_by=found_by)
                        order = await self._canceller.after(heard)
                        if not order.cancel_requested or shown.status is not Status.LIVE:
                            wanted_since_s = None
                        elif wanted_since_s is None:
                            wanted_since_s = self._context.clock.monotonic()
                            silences.reset()
                        elif self._context.clock.monotonic() - wanted_since_s >= CANCEL_AGAIN_S:
                            order, wanted_since_s = await self._canceller.as_wanted(order), None
                        if order.ticket is not None and shown.awaits_fills(order.ticket):
                            now_s = self._context.clock.monotonic()
                            short_since_s = now_s if short_since_s is None else short_since_s
                            silences.reset()
                            if not snapshot and now_s - short_since_s >= self._context.policy.fill_wait_s:
                                order = await self._recorder.fills_missing(order.id, shown)
                    except StoreFailure:  # asked for again after the next silence
                        continue
                    except TastyflowError as failure:  # it is followed on, all the same
                        logger.warning("Order %s could not be followed: %s", order.reference, failure.message)

    def _silences(self) -> Backoff:
        """How long to wait for the stream before the venue is asked: longer each time that nothing is told."""
        first_s = self._context.policy.news_wait_s
        return Backoff(first_s, longest_s=max(first_s, LONGEST_SILENCE_S), spread=SPREAD)

    async def _ask(self, order: Order, attempt: Attempt) -> Sequence[BrokerOrder]:
        broker = self._context.broker(Venue.PRODUCTION)
        known = order.attempt(Venue.PRODUCTION)
        try:
            if known is None or known.broker_order is None:
                return await tagged(self._context, attempt)
            stands = await ask_about(broker, known.broker_order)
            if isinstance(stands, Gone):
                await self._news.gone(self._context.ledger.latest(Order, order.id) or order, known)
        except Exception:  # noqa: BLE001  whatever it is: following goes on, and asks again after the next silence
            return ()
        return (stands.order,) if isinstance(stands, Shown) else ()
