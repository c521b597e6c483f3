"""
The desk: one chat line, twelve steps, and the few things a trader can ask of orders that are on their way.

    ask(message)    what was meant? ─▶ place │ cancel │ status · orders · positions · balance · help
    place(message)  intake ─▶ rehearse ─▶ gate ─▶ production ─▶ follow; every no is recorded
    recover()       what became of orders nobody here looks after

Open it with ``async with``: it listens to the venues for as long as it is open.
"""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Self
from uuid import UUID

from attrs import field, frozen

from tastyflow.application.context import Context
from tastyflow.application.intake.drafting import Intake, Message, is_chat
from tastyflow.application.ledger.ledger import Transaction
from tastyflow.application.ledger.lookup import Lookup
from tastyflow.application.live.cancelling import Canceller
from tastyflow.application.live.promotion import Promoter
from tastyflow.application.live.reconciling import Reconciler
from tastyflow.application.order_stream import OrderStream
from tastyflow.application.rehearsal.rehearser import Rehearser
from tastyflow.domain.commands import (
    ApproveOrder,
    CancelOrder,
    Command,
    ListOrders,
    PlaceOrder,
    ShowBalance,
    ShowHelp,
    ShowPositions,
    ShowStatus,
)
from tastyflow.domain.order import Order
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.testresult import TestResult
from tastyflow.domain.trader import Permission, Trader
from tastyflow.domain.venue import Balances, Position, Venue
from tastyflow.errors import IllegalStep, NotUnderstood, Refused, StoreFailure, TastyflowError, VenueFailure

RECENT = 20


@frozen
class Reply:
    """
    The desk's answer to one message: what was understood, and whichever of the rest it is about.

    *ignored* is true for ordinary chat, which is nobody's business.
    """

    command: Command | None = None
    orders: tuple[Order, ...] = ()
    positions: tuple[Position, ...] | None = None
    balances: Balances | None = None
    error: TastyflowError | None = None
    ignored: bool = field(default=False)


class Desk:
    """The desk on one floor."""

    def __init__(self, floor: Context) -> None:
        self.floor = floor
        self.lookup = Lookup(floor.ledger)
        self._intake = Intake(floor)
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        sandbox = await self._stack.enter_async_context(OrderStream(self.floor.sandbox, self.floor.clock))
        live = sandbox
        if self.floor.production is not None:
            live = await self._stack.enter_async_context(OrderStream(self.floor.production, self.floor.clock))
        self._rehearser = Rehearser(self.floor, sandbox)
        self._promoter = Promoter(self.floor, live)
        self._stack.push_async_callback(self._promoter.close)
        self._reconciler = Reconciler(self.floor, self._promoter)
        self._canceller = Canceller(self.floor, self._promoter)
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._stack.aclose()

    # ── orders ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def place(self, message: Message) -> Order:
        """
        Take a message that asks for an order through the twelve steps; the order as recorded.

        It is over, working, rehearsed where there is no live venue, or a person's business; every no is recorded.
        The same message again is the same order, as it stands.

        Raises:
            StoreFailure: Nothing was done.
            Misconfigured: This environment has no venue to do it at.
        """
        known = self.floor.ledger.read(Order, Order.id_of(message.platform, message.message))
        if known is not None:
            return self._intake.same(known, message)
        try:
            command = self._intake.understand(message)
        except NotUnderstood as no:
            return await self._intake.refuse(message, no)
        if not isinstance(command, PlaceOrder):
            no_order = Refused("That is a command, not an order.", code="not_an_order")
            return await self._intake.refuse(message, no_order)
        return await self._place(message, command)

    async def _place(self, message: Message, command: PlaceOrder) -> Order:
        known = self.floor.ledger.read(Order, Order.id_of(message.platform, message.message))
        if known is not None:
            self._intake.same(known, message)
        order = await self._intake.draft(message, command)
        if order.stage is Stage.VALIDATED:
            order = await self._rehearser.rehearse(order)
        if order.stage is Stage.APPROVED:
            order = await self._promoter.promote(order)
            await self._promoter.settled(order.id, self.floor.policy.follow_s)
            order = self.floor.ledger.read(Order, order.id) or order
        return order

    def test_of(self, order: Order) -> TestResult | None:
        """The latest concluded test of *order*."""
        return self.floor.ledger.read(TestResult, order.test) if order.test else None

    async def cancel(self, message: Message, reference: str) -> tuple[Order, ...]:
        """
        Cancel an order of the author's, their last, or all that are open.

        Raises:
            TastyflowError: An unknown author or reference, or an order that is over.
        """
        trader = self._intake.identify(message)
        if reference == "last":
            return (await self._canceller.cancel(self.lookup.last_open(trader), message),)
        if reference != "all":
            return (await self._canceller.cancel(self.lookup.find(reference, of=trader), message),)
        open_orders = self.lookup.open_orders([trader])
        return tuple(await asyncio.gather(*(self._cancelled(order, message) for order in open_orders)))

    async def _cancelled(self, order: Order, message: Message) -> Order:
        try:
            return await self._canceller.cancel(order, message)
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
        trader = self._intake.identify(message)
        if Permission.APPROVE not in trader.permissions:
            raise Refused(f"{trader.name} may not approve orders.", code="not_permitted", hint="Ask the operator.")
        order = self.lookup.find(reference)
        if order.stage is not Stage.REHEARSED:
            raise Refused(f"Order {order.reference} is {order.stage}: it waits for no approval.", code="not_waiting")
        self.floor.broker(Venue.PRODUCTION)

        def decide(tx: Transaction) -> None:
            current = tx.require(Order, order.id)
            why = self.floor.because(f"trader:{trader.name}", current)
            tx.record(current.approve(approved_by=trader.name, why=why))

        return await self._promoter.promote(await self.floor.change(order.id, decide))

    async def recover(self, traders: Sequence[Trader] | None = None) -> tuple[Order, ...]:
        """Ask the venues about every open order, and follow what works; the orders as recorded afterwards."""
        open_orders = self.lookup.open_orders(self.lookup.traders() if traders is None else traders)
        return tuple([await self.refresh(order.id) for order in open_orders])

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
            case CancelOrder(order=reference):
                return Reply(command, orders=await self.cancel(message, reference))
            case ApproveOrder(order=reference):
                return Reply(command, orders=(await self.approve(message, reference),))
            case ShowStatus(order=reference):
                trader = self._intake.identify(message)
                order = await self.refresh(self.lookup.find(reference, of=trader).id)
                return Reply(command, orders=(order,))
            case ListOrders():
                trader = self._intake.identify(message)
                await self.recover([trader])
                return Reply(command, orders=self.lookup.recent(RECENT, of=trader))
            case ShowPositions():
                self._intake.identify(message)
                return Reply(command, positions=tuple(await self.floor.account.positions()))
            case ShowBalance():
                self._intake.identify(message)
                return Reply(command, balances=await self.floor.account.balances())
            case ShowHelp():
                return Reply(command)
            case _:
                words = command.as_dict()["command"]
                raise Refused(
                    f"'{words}' is understood, and not offered yet.",
                    code="unsupported",
                    hint="Cancel the order and type a new one." if words == "replace" else "Cancel with 'cancel all'.",
                )

    async def refresh(self, order_id: UUID) -> Order:
        """The order, brought up to date with what the venues know, and followed if it is at work there."""
        order = await self._reconciler.refresh(self.lookup.by_id(order_id))
        self._promoter.resume(order)
        return order
