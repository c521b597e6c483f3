"""
Orders in production: the parts of this package, wired once, and the verbs of the desk that need several of them.

    promote    Promoter ─▶ OrderFollower                       recording is one thing, sending another:
    cancel     Canceller, OrderFollower, Recorder              Promoter and Canceller send, Recorder records,
    refresh    Reconciler ─▶ OrderFollower                     OrderFollower and Reconciler ask

    Recorder ◀─ Canceller ◀─ OrderFollower ◀─ Promoter         each knows those to its left, never those to its right
                          ◀─ Reconciler
"""

from collections.abc import Mapping
from contextlib import AsyncExitStack, suppress
from typing import Self
from uuid import UUID

from tastyflow.application.context import Context
from tastyflow.application.live.asking import shown_by
from tastyflow.application.live.cancelling import Canceller
from tastyflow.application.live.following import OrderFollower
from tastyflow.application.live.news import ProductionNews
from tastyflow.application.live.promotion import Doubt, Promoter
from tastyflow.application.live.recording import Recorder
from tastyflow.application.order_stream import OrderStream
from tastyflow.application.reconciling.orders import Reconciler
from tastyflow.domain.events import Because
from tastyflow.domain.order import Order
from tastyflow.domain.order.events import FoundBy
from tastyflow.domain.order.replacing import broker_order_of
from tastyflow.domain.order.submission import AttemptOutcome
from tastyflow.domain.venue import BrokerOrder, Venue
from tastyflow.errors import StoreFailure


class LiveOrders:
    """Orders in production, for as long as it is entered."""

    def __init__(self, context: Context, stream: OrderStream, doubt: Doubt) -> None:
        self._context = context
        self._recorder = Recorder(context)
        self._canceller = Canceller(context, self._recorder)
        self._news = ProductionNews(context, self._recorder)
        self._follower = OrderFollower(context, stream, self._recorder, self._canceller)
        self._promoter = Promoter(context, stream, self._recorder, self._canceller, self._follower, doubt)
        self._reconciler = Reconciler(context, self._recorder, self._canceller)
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        self._stack.push_async_callback(self._follower.close)
        self._stack.push_async_callback(self._promoter.close)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def promote(self, order: Order) -> Order:
        """Send an approved order to production, and watch it for `Policy.follow_s`; the order as recorded then."""
        if order.replaces is not None:
            return await self._replace(order, order.replaces)
        order = await self._promoter.promote(order)
        await self._follower.settled(order.id)
        return self._as_recorded(order)

    def _as_recorded(self, order: Order) -> Order:
        """*order*, which was sent, as the log has it; where that cannot be read now, as it was recorded last."""
        try:
            return self._context.ledger.read(Order, order.id) or order
        except StoreFailure:
            return order

    async def _replace(self, order: Order, replaces: UUID) -> Order:
        """Send an approved order in the place of another; that one is watched too, and asked how it stands."""
        old = self._context.ledger.read(Order, replaces)
        if old is not None:
            self._follower.follow(old)
        order = await self._promoter.promote(order)
        await self._follower.settled(order.id)
        with suppress(StoreFailure):  # the new order is recorded; the old one is asked for by the next command
            await self._about_replaced(order)
        return self._as_recorded(order)

    async def _about_replaced(self, order: Order) -> None:
        """Ask how the order stands that *order* replaces, until it is over."""
        old = self._context.ledger.read(Order, order.replaces) if order.replaces else None
        if old is not None and not old.stage.is_over:
            self._follower.follow(await self._reconciler.refresh(old))

    def follow(self, order: Order) -> None:
        """Follow an order that is at work in production, unless it is followed here already."""
        self._follower.follow(order)

    def is_current(self, order: Order) -> bool:
        """Whether *order* is followed here by the stream, so that the log has what the venue knows of it."""
        return self._follower.is_current(order)

    @property
    def is_sending(self) -> bool:
        """Whether an order is on its way from here."""
        return self._promoter.is_sending

    @property
    def followed(self) -> int:
        """How many orders are followed here."""
        return self._follower.count

    def is_interrupted(self, order: Order) -> bool:
        """Whether *order* waits before production for longer than any process takes for its next step."""
        return self._reconciler.is_interrupted(order)

    def is_unanswered(self, order: Order) -> bool:
        """Whether a claim of *order* is without an outcome for longer than its sender takes."""
        return self._reconciler.is_unanswered(order)

    async def end_interrupted(self, order_id: UUID) -> None:
        """End an order whose own task was stopped before it reached production; one that got there is left alone."""
        await self._reconciler.end(order_id)

    async def refresh(
        self, order: Order, *, is_at_work: bool = False, shown: Mapping[str, BrokerOrder] | None = None
    ) -> Order:
        """
        The order, brought up to date with what the venues know, and followed if it is at work there.

        Args:
            is_at_work: Whether a task of this process takes its steps: then it is not interrupted.
            shown: What production has just listed, by its ids there: that is not asked for again.
        """
        order = await self._reconciler.refresh(order, is_at_work=is_at_work, shown=shown)
        self._follower.follow(order)
        await self._about_replaced(order)
        return order

    async def cancel(self, order: Order, why: Because, *, reason: str = "") -> Order:
        """
        Cancel *order*; the order as recorded once the venue has answered.

        Raises:
            IllegalStep: It is over already.
        """
        order = await self._canceller.request(order, why, reason=reason)
        if order.is_being_replaced:
            return await self._cancel_both(order, why, reason)
        attempt = order.attempt(Venue.PRODUCTION)
        if attempt is not None and attempt.broker_order is None and attempt.outcome in _LOST:
            order = await self._reconciler.look_again(order, attempt)  # what is there after all is cancelled as adopted
            attempt = order.attempt(Venue.PRODUCTION)
        if order.stage.is_over or attempt is None or attempt.broker_order is None:
            return order
        return await self._cancel_there(order, attempt.broker_order)

    async def withdraw(self, order: Order, why: Because, *, reason: str = "") -> Order:
        """Cancel *order* where it has not reached production; else it stays as it stands. No venue is asked."""
        return await self._canceller.withdraw(order, why, reason=reason)

    async def _cancel_both(self, order: Order, why: Because, reason: str) -> Order:
        """Cancel the order that is taking the place of *order*: what works in the end is cancelled, whichever it is."""
        new = self._context.ledger.read(Order, order.replacement) if order.replacement else None
        if new is not None and not new.stage.is_over and not new.cancel_requested:
            await self.cancel(new, why, reason=reason)
        return await self._reconciler.refresh(self._context.ledger.read(Order, order.id) or order)

    async def _cancel_there(self, order: Order, broker_order: str) -> Order:
        self._follower.follow(order)  # from before the asking: the stream replays nothing
        answer = await self._canceller.ask(order, broker_order)
        await self._follower.settled(order.id)
        if answer.shown is not None and not answer.shown.status.is_terminal:
            await self._ask_again(order, broker_order)
        now = self._context.ledger.read(Order, order.id) or answer.order
        if broker_order_of(now) != broker_order:
            return now  # other hands changed it: the cancel is asked for under its new id
        return await self._canceller.denied(now, answer.failure)

    async def _ask_again(self, order: Order, broker_order: str) -> None:
        """Ask once more, where the answer to the cancel was no ending."""
        shown = await shown_by(self._context.broker(Venue.PRODUCTION), broker_order)
        if shown is not None:
            await self._canceller.after(await self._news.hear(order, shown, found_by=FoundBy.SEARCH))


_LOST = frozenset({AttemptOutcome.UNKNOWN, AttemptOutcome.NOT_FOUND})
