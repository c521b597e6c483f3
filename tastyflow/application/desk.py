"""
The desk: one message in, one reply out.

    ask(message)    what was meant? ─▶ do(message, command) (`answers`): place │ flatten │ cancel │ approve │ …
    place(message)  intake ─▶ (confirm) ─▶ rehearsal ─▶ promotion ─▶ followed; every refusal is recorded
    recover()       what became of open orders that are not followed here

Open it with ``async with``: it listens to the venues, and tells its recipients, for as long as it is open.
"""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self
from uuid import UUID

from tastyflow.application.account_desks import AccountDesks
from tastyflow.application.answers import Answers, Reply
from tastyflow.application.approving.approver import not_waiting
from tastyflow.application.approving.expiry import ended_in_time
from tastyflow.application.approving.waiting_orders import WaitingOrder, all_seen
from tastyflow.application.attribution import Author, because_of
from tastyflow.application.card.model import Card
from tastyflow.application.card.previewing import Previewed
from tastyflow.application.confirming import NOT_CONFIRMED, confirm, decline
from tastyflow.application.context import Context
from tastyflow.application.flattener import Flattened
from tastyflow.application.halting import Halted, Halting
from tastyflow.application.intake.drafting import Intake
from tastyflow.application.intake.identify import permitted
from tastyflow.application.ledger.lookup import Lookup
from tastyflow.application.message import Message
from tastyflow.application.telling.teller import Tellers
from tastyflow.application.unfinished import Unfinished
from tastyflow.domain.commands import Command, Flatten, PlaceOrder, PreviewOrder, ReplaceOrder
from tastyflow.domain.events import Because
from tastyflow.domain.halt import Halt
from tastyflow.domain.order import Order
from tastyflow.domain.testresult import TestResult
from tastyflow.domain.trader import Trader
from tastyflow.domain.trader.permissions import Permission, may
from tastyflow.domain.venue import Venue
from tastyflow.errors import IllegalStep, Misconfigured, NotUnderstood, Refused, TastyflowError, VenueFailure
from tastyflow.ports import Recipient

RECENT = 20
ASKED_AT_ONCE = 8
"""How many open orders the venues are asked about at the same time."""


class Desk:
    """
    The desk of one installation; *recipients* are told what is recorded.

    Args:
        context: Of the account that an order is for where no other one is named.
        others: Of further accounts. All share the ledger of *context*.
    """

    def __init__(self, context: Context, recipients: Sequence[Recipient] = (), others: Sequence[Context] = ()) -> None:
        self.context = context
        self.lookup = Lookup(context.ledger)
        self._desks = AccountDesks((context, *others))
        self.halting = Halting(context, self.lookup, self._desks)
        self._unfinished = Unfinished(context, self.lookup, self._desks, self.halting)
        self._tellers = Tellers(context.ledger, recipients)
        self._answers = Answers(self)
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:  # what was opened is closed again where the rest cannot be
            await stack.enter_async_context(self._tellers)
            await stack.enter_async_context(self._desks)
            await stack.enter_async_context(self._unfinished)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._stack.__aexit__(kind, error, traceback)

    async def told(self) -> None:
        """Wait until the recipients were told what is recorded by now; for a short time where one of them hangs."""
        await self._tellers.told()

    # ── orders ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def place(self, message: Message) -> Order:
        """
        Take a message that asks for an order through the twelve steps; the order as recorded.

        It is over, working, rehearsed where there is no live venue, or a person must look; every refusal is recorded.
        The same message again is the same order, as it stands.

        Raises:
            Refused: code ``message_reused``: something else was asked for under the id of *message*.
            StoreFailure: Nothing was done.
            Misconfigured: This environment has no venue to do it at.
        """
        self.intake.require_unused(message)
        if (known := self.intake.known(message)) is not None:
            return known
        try:
            command = self.intake.understand(message)
        except NotUnderstood as no:
            return await self.intake.refuse(message, no)
        if not isinstance(command, PlaceOrder):
            no_order = Refused("That is a command, not an order.", code="not_an_order")
            return await self.intake.refuse(message, no_order)
        return await self.take(message, command)

    async def take(self, message: Message, command: PlaceOrder) -> Order:
        """The order that *message* was understood to ask for, taken through the twelve steps."""
        if (known := self.intake.known(message)) is not None:
            return known
        await self._unfinished.done()  # what a killed process reserved is free again
        try:
            desk = self._desks.meant_by(message)
        except Refused as no:
            return await self.intake.refuse(message, no)
        return await desk.place(message, command)

    @property
    def intake(self) -> Intake:
        """What reads a message, and records its refusal, before it is known which account it is about."""
        return self._desks.first.intake

    def context_for(self, message: Message) -> Context:
        """
        The context of the account that *message* is about.

        Raises:
            Refused: The author is no trader, or may not use that account, or none is named of several.
        """
        return self._desks.meant_by(message).context

    async def flatten(self, message: Message, command: Flatten) -> Flattened:
        """
        Close what is held, all or a part, by orders of their own; each as it stands once it is over or working.

        The same message again is the same orders, as they stand.

        Raises:
            StoreFailure: Nothing was done.
        """
        try:
            desk = self._desks.meant_by(message)
        except Refused as no:
            return Flattened((await self.intake.refuse(message, no),))
        return await desk.flatten(message, command)

    async def preview(self, message: Message, command: PlaceOrder | None = None) -> Previewed:
        """
        What *command* would come to, completed and judged as the order would be; nothing is reserved or sent.

        That it was asked is recorded. A refusal is part of the answer.

        Args:
            command: What *message* was understood to ask for; None to read it.

        Raises:
            Refused: An unknown author, or one who may not look.
            StoreFailure: It cannot be recorded.
        """
        permitted(self.context, message, "preview")
        self.intake.require_unused(message)
        desk = self._desks.meant_by(message)
        return await desk.preview(message, command or self._order_in(message))

    def _order_in(self, message: Message) -> PlaceOrder | TastyflowError:
        """The order that *message* asks for, or asks to preview; or why it is none."""
        try:
            understood = self.intake.understand(message)
        except NotUnderstood as no:
            return no
        if isinstance(understood, PreviewOrder):
            return understood.order
        no_order = Refused("That is a command, not an order.", code="not_an_order")
        return understood if isinstance(understood, PlaceOrder) else no_order

    async def planned(self, message: Message, command: Flatten) -> tuple[PlaceOrder, ...]:
        """
        The orders that would close what *command* names, as things are now; nothing is done.

        Raises:
            Refused: An unknown author, or nothing is there to close.
            VenueFailure: The positions are not to be had.
        """
        return await self._desks.meant_by(message).planned(message, command)

    async def card(self, order: Order) -> Card | None:
        """
        The card of *order*: all that its trader should know before it is sent, with the market as it is now.

        None of a text that became no order.
        """
        return await self._desks.of(order).card(order)

    async def confirm(self, message: Message, reference: str, digest: str) -> Order:
        """
        Confirm an order that waits for it, as its trader, and take it on; the order as recorded.

        Args:
            digest: Of the content that the trader was shown.

        Raises:
            Refused: Another trader asked for it, or other content was shown.
        """
        trader, order = permitted(self.context, message, "order"), self.lookup.find(reference)
        why = self._why(message, trader)
        return await self._desks.of(order).go_on(await confirm(self.context, order.id, digest, trader, why))

    async def decline(self, message: Message, reference: str, *, reason: str = NOT_CONFIRMED) -> Order:
        """
        Withdraw an order that waits to be confirmed; the order as recorded.

        Raises:
            Refused: Another trader asked for it.
        """
        trader, order = permitted(self.context, message, "cancel"), self.lookup.find(reference)
        return await decline(self.context, order.id, trader, self._why(message, trader), reason=reason)

    async def replace(self, message: Message, change: ReplaceOrder) -> tuple[Order, ...]:
        """
        Let a new order take the place of one of the author's that works; the new one, and the old one, as they stand.

        The new one is rehearsed and promoted like any other. The same message again is the same order.

        Raises:
            Refused: An unknown author or reference; what else is refused is recorded as the new order.
            StoreFailure: Nothing was done.
        """
        new = self.intake.known(message)
        if new is None:
            trader = permitted(self.context, message, "replace")
            old = self.lookup.find(change.order, of=trader)
            desk = self._desks.of(old)
            new = await desk.replace(message, await desk.refresh(old), change)
        return (new, self.lookup.by_id(new.replaces)) if new.replaces is not None else (new,)

    def test_of(self, order: Order) -> TestResult | None:
        """The latest concluded test of *order*."""
        return self.context.ledger.read(TestResult, order.test) if order.test else None

    async def cancel(self, message: Message, reference: str) -> tuple[Order, ...]:
        """
        Cancel an order of the author's, their last, or all that are open.

        Raises:
            TastyflowError: An unknown author or reference, or an order that is over.
        """
        trader = permitted(self.context, message, "cancel")
        why = self._why(message, trader)
        if reference == "last":
            return (await self._cancel(self.lookup.last_to_cancel(trader), why),)
        if reference != "all":
            return (await self._cancel(self.lookup.find(reference, of=trader), why),)
        return await self._cancel_all_of([trader], why)

    async def cancel_for_everyone(self, why: Because) -> tuple[Order, ...]:
        """Cancel every open order of every trader, for the operator; each as recorded then."""
        return await self._cancel_all_of(self.lookup.traders(), why)

    async def cancel_everyones(self, message: Message) -> tuple[Order, ...]:
        """
        Cancel every open order of every trader, for a trader who may.

        Raises:
            Refused: code ``not_permitted``.
        """
        trader = permitted(self.context, message, "cancel_everyone")
        return await self.cancel_for_everyone(self._why(message, trader))

    async def _cancel_all_of(self, traders: Sequence[Trader], why: Because) -> tuple[Order, ...]:
        open_orders = self.lookup.open_orders(traders)
        return tuple(await asyncio.gather(*(self._cancel_one(order, why) for order in open_orders)))

    async def _cancel(self, order: Order, why: Because) -> Order:
        return await self._desks.of(order).cancel(order, why)

    async def _cancel_one(self, order: Order, why: Because) -> Order:
        try:
            return await self._cancel(order, why)
        except IllegalStep:
            return self.lookup.by_id(order.id)  # it was over before its turn came
        except VenueFailure:
            return self.lookup.by_id(order.id)  # the others are cancelled all the same
        except Misconfigured:
            return order  # the settings name its account no more: the others are cancelled all the same

    async def approve(self, message: Message, reference: str) -> Order:
        """
        Approve another trader's order, which waits for it, and send it; the order as recorded.

        It is refused instead where the market moved too far since it began to wait.

        Raises:
            Refused: The author may not approve it, or it cannot be approved now: then it goes on waiting.
            Misconfigured: There is no live venue to promote it to.
        """
        trader = permitted(self.context, message, "approve")
        order = self.lookup.find(reference)
        desk = self._desks.of(order)
        desk.context.broker(Venue.PRODUCTION)
        return await desk.approve(message, trader, order)

    async def reject(self, message: Message, reference: str, reason: str = "") -> Order:
        """
        Refuse another trader's order, which waits for an approval; the order as recorded.

        Raises:
            Refused: As for `approve`.
        """
        trader = permitted(self.context, message, "reject")
        order = self.lookup.find(reference)
        return await self._desks.of(order).approver.reject(message, trader, order, reason)

    async def approvals(self, message: Message, reference: str = "") -> tuple[WaitingOrder, ...]:
        """
        What waits for an approval, the oldest first: orders of all traders, where the author may approve.

        Args:
            reference: Only this order.

        Raises:
            Refused: The author is no trader, or may not see orders; there is no such order, or it does not wait.
        """
        trader = permitted(self.context, message, "approvals")
        traders = self.lookup.traders() if may(trader, Permission.APPROVE) else (trader,)
        open_orders = (self.lookup.find(reference),) if reference else self.lookup.open_orders(traders)
        waiting = [await ended_in_time(self.context, each) for each in open_orders if each.waiting_until is not None]
        waiting.sort(key=lambda order: order.asked_at)
        found = await all_seen([(self._desks.of(order).context, order) for order in waiting])
        if reference and not found:
            raise not_waiting(self.lookup.find(reference))
        return found

    async def halt(self, message: Message, reason: str | None, *, reducing: bool = False) -> Halted:
        """
        Stop what may leave for production, and cancel what works, for a trader who may.

        Raises:
            Refused: code ``unknown_trader`` or ``not_permitted``.
        """
        trader = permitted(self.context, message, "halt")
        why = self._why(message, trader)
        return await self.halting.halt(by=trader.name, reason=reason or "", reducing=reducing, why=why)

    async def resume(self, message: Message, reason: str | None) -> Halt:
        """
        Let orders leave again, for a trader who may.

        Raises:
            Refused: Also as `Halting.resume` says.
        """
        trader = permitted(self.context, message, "resume")
        return await self.halting.resume(by=trader.name, reason=reason, why=self._why(message, trader))

    async def refresh(self, order_id: UUID) -> Order:
        """
        The order, brought up to date with what the venues know, and followed if it is at work there.

        Raises:
            Misconfigured: code ``no_such_account``, for an order that is not over.
        """
        order = self.lookup.by_id(order_id)
        if order.is_settled and not self._desks.has(order):
            return order  # the venue has nothing to add
        return await self._desks.of(order).refresh(order)

    async def recover(self, traders: Sequence[Trader] | None = None) -> tuple[Order, ...]:
        """
        Ask the venues about every open order, and follow what works; the orders as recorded afterwards.

        What a halt left at work is cancelled, and what dead processes left of the newest rehearsals in the sandbox is
        brought to its end. An order whose account the settings name no more stays as it is recorded.
        """
        await self.halting.finish()
        open_orders = self.lookup.open_orders(self.lookup.traders() if traders is None else traders)
        slots = asyncio.Semaphore(ASKED_AT_ONCE)

        async def one(order: Order) -> Order:
            async with slots:
                return await self.refresh(order.id) if self._desks.has(order) else order

        recovered = tuple(await asyncio.gather(*(one(order) for order in open_orders)))
        await self._desks.finish_all(self.lookup.newest_orders(RECENT))
        return recovered

    # ── any message ────────────────────────────────────────────────────────────────────────────────────────────

    async def ask(self, message: Message) -> Reply:
        """Do whatever *message* asks for; errors are part of the answer, ordinary chat is ignored."""
        return await self._answers.ask(message)

    async def do(self, message: Message, command: Command) -> Reply:
        """Do what *message* was understood to ask for; errors are part of the answer."""
        return await self._answers.do(message, command)

    def _why(self, message: Message, trader: Trader) -> Because:
        return because_of(message, Author(trader.id, trader.name), self.context.clock.now())
