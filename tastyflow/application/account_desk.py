"""
The desk of one account: the parts that an order for it goes through.

    preview   Intake, completed and judged           card      what its trader should know before it is sent
    place     Intake ─▶ Rehearser ─▶ LiveOrders        flatten   Flattener: an order for each spread and leg
    replace   the same, in the place of another order
    reconcile the account at the venue, held against the log; before the first claim of production at the latest
    cancel    LiveOrders                               refresh   LiveOrders, then what the sandbox still has of it

`tastyflow.application.desk.Desk` has one for each account. Those that rehearse in the same sandbox account share its
`Rehearsals`: the stream of its orders, the turns that its instruments are used in, and what is known of its outages.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Self
from uuid import UUID

from attrs import frozen

from tastyflow.application.approving.approver import Approver
from tastyflow.application.attribution import Author
from tastyflow.application.card.closing import ClosingCard, closing_card
from tastyflow.application.card.making import card_of_order, surroundings_of
from tastyflow.application.card.model import Card
from tastyflow.application.card.previewing import Previewed, Previewer
from tastyflow.application.context import Context
from tastyflow.application.flattener import Flattened, Flattener
from tastyflow.application.intake.drafting import Intake
from tastyflow.application.live.orders import LiveOrders
from tastyflow.application.message import Message
from tastyflow.application.order_stream import OrderStream
from tastyflow.application.reconciling.account import AccountReconciler
from tastyflow.application.reconciling.owners import is_ours
from tastyflow.application.reconciling.report import AccountReport
from tastyflow.application.rehearsal.outages import Outages
from tastyflow.application.rehearsal.rehearser import Rehearser
from tastyflow.application.rehearsal.turns import Turns
from tastyflow.application.speaking import speak_for
from tastyflow.application.waiting import Tasks
from tastyflow.domain.commands import Flatten, PlaceOrder, ReplaceOrder
from tastyflow.domain.events import Because
from tastyflow.domain.order import Order
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.trader import Trader
from tastyflow.domain.venue import BrokerOrder
from tastyflow.errors import InDoubt, StoreFailure, TastyflowError


@frozen
class Rehearsals:
    """What all who rehearse in one sandbox account share."""

    stream: OrderStream
    turns: Turns
    outages: Outages


class AccountDesk:
    """The parts of a desk for one account, for as long as it is entered."""

    def __init__(self, context: Context, rehearsals: Rehearsals, *, is_first: bool = True) -> None:
        self.context = context
        self._is_first = is_first
        self.intake = Intake(context)
        self._rehearsals = rehearsals
        self._previewer = Previewer(context, self.intake)
        self._flattener = Flattener(
            self.intake, self.place, has_live_venue=context.production is not None, policy=context.policy
        )
        self._endings = Tasks()
        self._speaking = Tasks()
        self._in_hand: set[UUID] = set()
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        context, rehearsals = self.context, self._rehearsals
        async with AsyncExitStack() as stack:  # what was opened is closed again where the rest cannot be
            live = rehearsals.stream
            if context.production is not None:
                live = await stack.enter_async_context(OrderStream(context.production, context.clock))
            self.rehearser = await stack.enter_async_context(
                Rehearser(context, rehearsals.stream, rehearsals.turns, rehearsals.outages)
            )
            self.approver = Approver(context, self.rehearser.renew)
            self.reconciling = AccountReconciler(context, self.refresh, self.owns)
            self.live = await stack.enter_async_context(LiveOrders(context, live, self.reconciling.doubt))
            if context.production is not None:
                live.strays.append(self._seen_elsewhere)
                live.after_gap.append(self._after_gap)
            stack.push_async_callback(self.reconciling.close)
            stack.push_async_callback(self._endings.close)
            stack.push_async_callback(self._speaking.close)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *reason: object) -> None:
        await self._stack.__aexit__(*reason)  # type: ignore[arg-type]  # as it was handed in

    async def place(self, message: Message, command: PlaceOrder, author: Author | None = None) -> Order:
        """
        The order that *message* asks for, taken as far as it goes; as it stands, where another task takes it on.

        Args:
            author: Who wrote it, where the log was asked for that just now; None to ask.
        """
        order_id = Order.id_of(message.platform, message.message)
        async with self._taken_in_hand(order_id):
            if (known := self.intake.known(message)) is not None:
                return known
            entered = await self.intake.draft(message, command, author)
            return await self._go_on(entered.order) if entered.is_news else entered.order

    async def replace(self, message: Message, old: Order, change: ReplaceOrder) -> Order:
        """The order that *message* asks for in the place of *old*, taken as far as it goes."""
        async with self._taken_in_hand(Order.id_of(message.platform, message.message)):
            entered = await self.intake.draft_instead(message, old, change)
            return await self._go_on(entered.order) if entered.is_news else entered.order

    async def preview(self, message: Message, command: PlaceOrder | TastyflowError) -> Previewed:
        """What *command* would come to now, or why the text is no order; nothing is reserved or sent."""
        if isinstance(command, TastyflowError):
            return await self._previewer.turn_away(message, command)
        return await self._previewer.preview(message, command)

    async def look(self, author: Author, message: Message, command: PlaceOrder) -> Previewed:
        """What *command* would come to now; nothing is reserved or sent, and nothing is recorded."""
        return await self._previewer.look(author, message, command)

    async def planned(self, message: Message, command: Flatten) -> tuple[PlaceOrder, ...]:
        """The orders that would close what *command* names."""
        return await self._flattener.planned(message, command)

    async def closing_card(self, message: Message, command: Flatten) -> ClosingCard:
        """The same orders as one card."""
        orders, held = await self._flattener.planned_of(message, command)
        return await closing_card(self.context, self.intake, command, orders, held)

    async def card(self, order: Order) -> Card | None:
        """The card of *order* as it stands, with the market as it is now; None of a text that became no order."""
        if order.ticket is None:
            return None
        seen = await surroundings_of(self.context, order.ticket, apart_from=order.id)
        return card_of_order(self.context, order, order.ticket, seen)

    async def go_on(self, order: Order) -> Order:
        """Take *order* its next steps: rehearse what is validated, send what is approved; one to be confirmed waits."""
        async with self._taken_in_hand(order.id):
            return await self._go_on(order)

    async def _go_on(self, order: Order) -> Order:
        """
        Raises:
            InDoubt: The log failed behind the sending.
            StoreFailure: The log failed before; ``order`` of its data names the order.
        """
        if self.context.production is not None and not order.stage.is_over and not order.needs_confirmation:
            self._endings.start(self._reconcile_quietly(), name="reconcile")  # beside the rehearsal: it costs no time
        try:
            if order.stage is Stage.VALIDATED:
                order = await self.rehearser.rehearse(order)
            if order.stage is Stage.APPROVED:
                order = await self.live.promote(order)
        except InDoubt:
            raise
        except StoreFailure as failure:
            if failure.data.get("order"):
                raise
            if order.is_of_unknown_outcome:
                raise InDoubt(order.reference, failure.message) from failure
            stopped = f"{failure.message} Order {order.reference} is not in production."
            data = {"order": order.reference}
            raise StoreFailure(stopped, code=failure.code, hint=failure.hint, data=data) from failure
        return order

    async def approve(self, message: Message, approver: Trader, order: Order) -> Order:
        """*order*, approved by *approver* and sent; or refused where its market moved or its new rehearsal failed."""
        async with self._taken_in_hand(order.id):
            return await self._go_on(await self.approver.approve(message, approver, order))

    @asynccontextmanager
    async def _taken_in_hand(self, order_id: UUID) -> AsyncIterator[None]:
        """While its steps are taken here it is not interrupted; where its task is stopped, it is ended at once."""
        is_outer = order_id not in self._in_hand
        self._in_hand.add(order_id)
        speaking = self._speaking.start(speak_for(self.context, order_id), name="speak") if is_outer else None
        try:
            yield
        except asyncio.CancelledError:
            if is_outer:
                await asyncio.shield(self._endings.start(self._end(order_id), name=f"end-{order_id.hex[:6]}"))
            raise
        finally:
            if is_outer:
                self._in_hand.discard(order_id)
            if speaking is not None:
                speaking.cancel()

    async def _end(self, order_id: UUID) -> None:
        with suppress(TastyflowError):  # the next command ends it
            await self.live.end_interrupted(order_id)

    def has_in_hand(self, order: Order) -> bool:
        """Whether a task of this process takes the steps of *order*."""
        return order.id in self._in_hand

    @property
    def is_at_work(self) -> bool:
        """Whether the steps of any order are taken, or an order is on its way, in a task of this process."""
        return bool(self._in_hand) or self.live.is_sending

    def is_interrupted(self, order: Order) -> bool:
        """Whether no process takes the next step of *order*, which waits before production."""
        return not self.has_in_hand(order) and self.live.is_interrupted(order)

    def is_unanswered(self, order: Order) -> bool:
        """Whether *order* was claimed for production, and its process ended before an answer."""
        return not self.has_in_hand(order) and self.live.is_unanswered(order)

    async def flatten(
        self, message: Message, command: Flatten, *, seen: Sequence[PlaceOrder] | None = None
    ) -> Flattened:
        """Close what is held in the account, all or a part, by orders of their own."""
        return await self._flattener.flatten(message, command, seen=seen)

    async def cancel(self, order: Order, why: Because, *, reason: str = "") -> Order:
        """
        Cancel *order*; the order as recorded once the venue has answered. *reason* is that of a halt.

        Raises:
            IllegalStep: It is over already.
        """
        return await self.live.cancel(order, why, reason=reason)

    def owns(self, order: Order) -> bool:
        """Whether *order* is of this account; the oldest orders name none, and are of the first one."""
        return order.account == self.context.account_name or (not order.account and self._is_first)

    async def reconcile(self) -> AccountReport:
        """Hold the account against the log: what was found there, and what was done about it."""
        return await self.reconciling.reconcile()

    async def _reconcile_quietly(self) -> None:
        with suppress(TastyflowError):  # the claim of production asks for it again, and says why not
            await self.reconciling.doubt()

    def _after_gap(self) -> None:
        """The order stream was away: what it missed is asked for, where this desk has begun to look."""
        if self.reconciling.last is not None:
            self._endings.start(self._reconcile_after_gap(), name="reconcile-after-gap")

    async def _reconcile_after_gap(self) -> None:
        with suppress(TastyflowError):  # the service holds it again, and so does the next process before it claims
            await self.reconciling.reconcile()

    def _seen_elsewhere(self, snapshot: BrokerOrder) -> None:
        """The order stream showed what no task here follows."""
        if is_ours(snapshot):
            self._endings.start(self._take_up(snapshot), name="take-up")

    async def _take_up(self, snapshot: BrokerOrder) -> None:
        with suppress(TastyflowError):  # the next reconciliation sees it too
            await self.reconciling.take(snapshot)

    async def refresh(self, order: Order, *, shown: Mapping[str, BrokerOrder] | None = None) -> Order:
        """
        *order*, brought up to date with what the venues know, and followed if it is at work there.

        Args:
            shown: What production has just listed, by its ids there: that is not asked for again.
        """
        is_at_work = self.has_in_hand(order)
        order = await self.live.refresh(order, is_at_work=is_at_work, shown=shown)
        return order if is_at_work else await self.rehearser.finish(order)
