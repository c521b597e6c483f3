"""
The desk: one message in, one reply out.

    ask(message)    what was meant? ─▶ do(message, command): place │ flatten │ cancel │ approve │ status · orders · …
    place(message)  intake ─▶ rehearsal ─▶ promotion ─▶ followed; every refusal is recorded
    recover()       what became of open orders that are not followed here

Open it with ``async with``: it listens to the venues, and tells its recipients, for as long as it is open.
"""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self
from uuid import UUID

from attrs import field, frozen

from tastyflow.application.attribution import Author, because_of
from tastyflow.application.context import Context
from tastyflow.application.flattener import Flattened, Flattener
from tastyflow.application.intake.drafting import Intake, is_chat
from tastyflow.application.intake.identify import trader_id_in
from tastyflow.application.ledger.lookup import Lookup
from tastyflow.application.ledger.transaction import Transaction
from tastyflow.application.live.orders import LiveOrders
from tastyflow.application.message import Message
from tastyflow.application.order_stream import OrderStream
from tastyflow.application.rehearsal.rehearser import Rehearser
from tastyflow.application.telling.teller import Tellers
from tastyflow.domain.commands import (
    ApproveOrder,
    CancelOrder,
    Command,
    Flatten,
    ListOrders,
    PlaceOrder,
    ShowBalance,
    ShowHelp,
    ShowPositions,
    ShowStatus,
)
from tastyflow.domain.events import Because
from tastyflow.domain.order import Order
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.testresult import TestResult
from tastyflow.domain.trader import Permission, Trader
from tastyflow.domain.venue import Balances, Position, Venue
from tastyflow.errors import IllegalStep, NotUnderstood, Refused, StoreFailure, TastyflowError, VenueFailure
from tastyflow.ports import Recipient

RECENT = 20
ASKED_AT_ONCE = 8
"""How many open orders the venues are asked about at the same time."""

INSTEAD = {
    "replace": "Cancel the order and type a new one.",
    "reject": "Its trader can cancel it.",
    "halt": "Cancel with 'cancel all'.",
}
"""What to do instead of a command that is not offered yet."""


@frozen
class Reply:
    """
    The desk's answer to one message: what was understood, and what it came to.

    *ignored* is true for ordinary chat, which needs no answer.
    """

    command: Command | None = None
    orders: tuple[Order, ...] = ()
    positions: tuple[Position, ...] | None = None
    balances: Balances | None = None
    error: TastyflowError | None = None
    ignored: bool = field(default=False)


class Desk:
    """The desk of one context; *recipients* are told what is recorded."""

    def __init__(self, context: Context, recipients: Sequence[Recipient] = ()) -> None:
        self.context = context
        self.lookup = Lookup(context.ledger)
        self._intake = Intake(context)
        self._flattener = Flattener(self._intake, self._place, has_live_venue=context.production is not None)
        self._tellers = Tellers(context.ledger, recipients)
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        context = self.context
        async with AsyncExitStack() as stack:  # what was opened is closed again where the rest cannot be
            await stack.enter_async_context(self._tellers)
            sandbox = await stack.enter_async_context(OrderStream(context.sandbox, context.clock))
            live = sandbox
            if context.production is not None:
                live = await stack.enter_async_context(OrderStream(context.production, context.clock))
            self._rehearser = await stack.enter_async_context(Rehearser(context, sandbox))
            self._live = await stack.enter_async_context(LiveOrders(context, live))
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
            StoreFailure: Nothing was done.
            Misconfigured: This environment has no venue to do it at.
        """
        if (known := self._intake.known(message)) is not None:
            return known
        try:
            command = self._intake.understand(message)
        except NotUnderstood as no:
            return await self._intake.refuse(message, no)
        if not isinstance(command, PlaceOrder):
            no_order = Refused("That is a command, not an order.", code="not_an_order")
            return await self._intake.refuse(message, no_order)
        return await self._place(message, command)

    async def _place(self, message: Message, command: PlaceOrder) -> Order:
        order = self._intake.known(message) or await self._intake.draft(message, command)
        if order.stage is Stage.VALIDATED:
            order = await self._rehearser.rehearse(order)
        if order.stage is Stage.APPROVED:
            order = await self._live.promote(order)
        return order

    async def flatten(self, message: Message, command: Flatten) -> Flattened:
        """
        Close what is held, all or a part, by orders of their own; each as it stands once it is over or working.

        The same message again is the same orders, as they stand.

        Raises:
            StoreFailure: Nothing was done.
        """
        return await self._flattener.flatten(message, command)

    def test_of(self, order: Order) -> TestResult | None:
        """The latest concluded test of *order*."""
        return self.context.ledger.read(TestResult, order.test) if order.test else None

    async def cancel(self, message: Message, reference: str) -> tuple[Order, ...]:
        """
        Cancel an order of the author's, their last, or all that are open.

        Raises:
            TastyflowError: An unknown author or reference, or an order that is over.
        """
        trader = trader_id_in(self.context, message)
        why = self._why(message, trader)
        if reference == "last":
            return (await self._live.cancel(self.lookup.last_open(trader), why),)
        if reference != "all":
            return (await self._live.cancel(self.lookup.find(reference, of=trader), why),)
        return await self._cancel_all_of([trader], why)

    async def cancel_for_everyone(self, why: Because) -> tuple[Order, ...]:
        """Cancel every open order of every trader, for the operator; each as recorded then."""
        return await self._cancel_all_of(self.lookup.traders(), why)

    async def _cancel_everyones(self, message: Message) -> tuple[Order, ...]:
        trader = trader_id_in(self.context, message)
        if Permission.APPROVE not in trader.permissions:
            raise Refused(
                f"{trader.name} may not cancel other traders' orders.",
                code="not_permitted",
                hint="Type 'cancel all' for your own.",
            )
        return await self.cancel_for_everyone(self._why(message, trader))

    async def _cancel_all_of(self, traders: Sequence[Trader], why: Because) -> tuple[Order, ...]:
        open_orders = self.lookup.open_orders(traders)
        return tuple(await asyncio.gather(*(self._cancel_one(order, why) for order in open_orders)))

    async def _cancel_one(self, order: Order, why: Because) -> Order:
        try:
            return await self._live.cancel(order, why)
        except IllegalStep:
            return self.lookup.by_id(order.id)  # it was over before its turn came
        except VenueFailure:
            return self.lookup.by_id(order.id)  # the others are cancelled all the same

    async def approve(self, message: Message, reference: str) -> Order:
        """
        Approve a rehearsed order. The policy approves by itself today, so that there is seldom one to approve.

        Raises:
            Refused: The author may not approve, or the order is not waiting for it.
            Misconfigured: There is no live venue to promote it to.
        """
        trader = trader_id_in(self.context, message)
        if Permission.APPROVE not in trader.permissions:
            raise Refused(f"{trader.name} may not approve orders.", code="not_permitted", hint="Ask the operator.")
        order = self.lookup.find(reference)
        if order.stage is not Stage.REHEARSED:
            raise Refused(f"Order {order.reference} is {order.stage}: it waits for no approval.", code="not_waiting")
        self.context.broker(Venue.PRODUCTION)

        def decide(tx: Transaction) -> None:
            current = tx.require(Order, order.id)
            tx.record(current.approve(approved_by=trader.name, why=self._why(message, trader)))

        return await self._live.promote(await self.context.change(order.id, decide))

    async def refresh(self, order_id: UUID) -> Order:
        """The order, brought up to date with what the venues know, and followed if it is at work there."""
        return await self._rehearser.finish(await self._live.refresh(self.lookup.by_id(order_id)))

    async def recover(self, traders: Sequence[Trader] | None = None) -> tuple[Order, ...]:
        """
        Ask the venues about every open order, and follow what works; the orders as recorded afterwards.

        What dead processes left of the newest rehearsals in the sandbox is brought to its end, too.
        """
        open_orders = self.lookup.open_orders(self.lookup.traders() if traders is None else traders)
        slots = asyncio.Semaphore(ASKED_AT_ONCE)

        async def one(order: Order) -> Order:
            async with slots:
                return await self.refresh(order.id)

        recovered = tuple(await asyncio.gather(*(one(order) for order in open_orders)))
        await self._rehearser.finish_all(self.lookup.newest_orders(RECENT))
        return recovered

    # ── any message ────────────────────────────────────────────────────────────────────────────────────────────

    async def ask(self, message: Message) -> Reply:
        """Do whatever *message* asks for; errors are part of the answer, ordinary chat is ignored."""
        try:
            command = self._intake.understand(message)
        except NotUnderstood as no:
            if is_chat(no):
                return Reply(error=no, ignored=True)
            return await self._turn_away(message, no)
        return await self.do(message, command)

    async def do(self, message: Message, command: Command) -> Reply:
        """Do what *message* was understood to ask for; errors are part of the answer."""
        try:
            return await self._do(message, command)
        except TastyflowError as error:
            return Reply(command, error=error)

    async def _turn_away(self, message: Message, no: NotUnderstood) -> Reply:
        try:
            return Reply(error=no, orders=(await self._intake.refuse(message, no),))
        except StoreFailure as failure:
            return Reply(error=failure)

    async def _do(self, message: Message, command: Command) -> Reply:
        match command:
            case PlaceOrder():
                return Reply(command, orders=(await self._place(message, command),))
            case Flatten():
                flattened = await self.flatten(message, command)
                return Reply(command, orders=flattened.orders, error=flattened.error)
            case CancelOrder(everyone=True):
                return Reply(command, orders=await self._cancel_everyones(message))
            case CancelOrder(order=reference):
                return Reply(command, orders=await self.cancel(message, reference))
            case ApproveOrder(order=reference):
                return Reply(command, orders=(await self.approve(message, reference),))
            case ShowStatus(order=reference):
                trader = trader_id_in(self.context, message)
                return Reply(command, orders=(await self.refresh(self.lookup.find(reference, of=trader).id),))
            case ListOrders():
                trader = trader_id_in(self.context, message)
                await self.recover([trader])
                return Reply(command, orders=self.lookup.newest_orders(RECENT, of=trader))
            case ShowPositions():
                trader_id_in(self.context, message)
                return Reply(command, positions=await self.context.view.positions())
            case ShowBalance():
                trader_id_in(self.context, message)
                return Reply(command, balances=await self.context.account.balances())
            case ShowHelp():
                return Reply(command)
            case _:
                words = command.as_dict()["command"]
                raise Refused(
                    f"'{words}' is understood, and not offered yet.", code="unsupported", hint=INSTEAD.get(words, "")
                )

    def _why(self, message: Message, trader: Trader) -> Because:
        return because_of(message, Author(trader.id, trader.name), self.context.clock.now())
