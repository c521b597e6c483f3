"""
The desk: one message in, one reply out.

    ask(message)    what was meant? ─▶ do(message, command) (`answers`): a verb of `desk_verbs/`
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

from tastyflow.application.answers import Answers, Reply
from tastyflow.application.context import Context
from tastyflow.application.desk_verbs.approving import ApprovalVerbs
from tastyflow.application.desk_verbs.looking import LookingVerbs
from tastyflow.application.desk_verbs.ordering import OrderingVerbs
from tastyflow.application.desk_verbs.stopping import StoppingVerbs
from tastyflow.application.message import Message
from tastyflow.application.reconciling.report import AccountReport
from tastyflow.application.signalling.signalling import Signalling
from tastyflow.application.telling.teller import Tellers
from tastyflow.domain.commands import Command, PlaceOrder
from tastyflow.domain.order import Order
from tastyflow.domain.testresult import TestResult
from tastyflow.domain.trader import Trader
from tastyflow.errors import StoreFailure
from tastyflow.ports import Recipient

RECENT = 20
"""How many of the newest orders are looked through for what they left in the sandbox."""
ASKED_AT_ONCE = 8
"""How many open orders the venues are asked about at the same time."""


class Desk(OrderingVerbs, StoppingVerbs, ApprovalVerbs, LookingVerbs):
    """
    The desk of one installation; *recipients* are told what is recorded.

    Args:
        context: Of the account that an order is for where no other one is named.
        others: Of further accounts. All share the ledger of *context*.
    """

    def __init__(self, context: Context, recipients: Sequence[Recipient] = (), others: Sequence[Context] = ()) -> None:
        super().__init__(context, others)
        self._tellers = Tellers(context.ledger, recipients)
        for each in self._desks.contexts:
            each.queue_places.tell_to(recipients)
        self._answers = Answers(self)
        self.signalling = Signalling(context, self.lookup, self._desks, self.take)
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:  # what was opened is closed again where the rest cannot be
            await stack.enter_async_context(self._tellers)
            for each in self._desks.contexts:
                stack.push_async_callback(each.queue_places.close)
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

    async def ask(self, message: Message) -> Reply:
        """Do whatever *message* asks for; errors are part of the answer, ordinary chat is ignored."""
        return await self._answers.ask(message)

    async def do(self, message: Message, command: Command, *, seen: Sequence[PlaceOrder] | None = None) -> Reply:
        """
        Do what *message* was understood to ask for; errors are part of the answer.

        Args:
            seen: Of a flattening: the list that was shown and confirmed (`closing_card`).
        """
        return await self._answers.do(message, command, seen=seen)

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

    async def catch_up(self, order: Order) -> Order:
        """*order* as `refresh` has it; where it is followed here the log has it already, and no venue is asked."""
        if self._desks.has(order) and self._desks.of(order).live.is_current(order):
            return order
        return await self.refresh(order.id)

    async def recover(
        self, traders: Sequence[Trader] | None = None, *, also_followed: bool = True
    ) -> tuple[Order, ...]:
        """
        Ask the venues about every open order, and follow what works; the orders as recorded afterwards.

        Without *also_followed* not about those that are followed here: of these the log knows what the venues know.

        What a halt left at work is cancelled, and what dead processes left of the newest rehearsals in the sandbox is
        brought to its end. An order whose account the settings name no more stays as it is recorded.
        """
        await self.halting.finish()
        open_orders = self.lookup.everyones_open() if traders is None else self.lookup.open_orders(traders)
        slots = asyncio.Semaphore(ASKED_AT_ONCE)

        async def one(order: Order) -> Order:
            async with slots:
                if not self._desks.has(order):
                    return order
                return await (self.refresh(order.id) if also_followed else self.catch_up(order))

        recovered = tuple(await asyncio.gather(*(one(order) for order in open_orders)))
        await self._desks.finish_all(self.lookup.newest_orders(RECENT))
        return recovered

    # ── for a service ──────────────────────────────────────────────────────────────────────────────────────────

    @property
    def accounts(self) -> tuple[str, ...]:
        """The names of the accounts that orders can be for, the first one first."""
        return self._desks.names

    @property
    def contexts(self) -> tuple[Context, ...]:
        """What the desk of each account works with."""
        return self._desks.contexts

    def follow(self, order: Order) -> None:
        """Follow *order*, which is at work in production, to its end; not where no account here is its own."""
        if self._desks.has(order):
            self._desks.of(order).live.follow(order)

    def is_interrupted(self, order: Order) -> bool:
        """Whether no process takes the next step of *order*, which waits before production."""
        return self._desks.has(order) and self._desks.of(order).is_interrupted(order)

    async def tidy(self, orders: Sequence[Order]) -> None:
        """Bring what *orders* left in the sandbox to its end, where no process is at it."""
        await self._desks.finish_all(orders)

    async def drain(self, *, within_s: float) -> bool:
        """
        Take no more orders, and wait until those in hand are over, at work, or waiting for a person.

        Returns:
            Whether none was in hand in the end; after *within_s* some may be: the log knows them.
        """
        self.is_draining = True
        return await self._desks.drained(within_s)

    async def reconcile(self, account: str = "") -> tuple[AccountReport, ...]:
        """
        Hold each account, or the one that is named, against the log: what was found, and what was done about it.

        A second time records nothing. What a halt left at work is cancelled first.

        Raises:
            StoreFailure: The log cannot be read or written.
        """
        await self.halting.finish()
        reports = await self._desks.reconcile(account)
        await self._desks.finish_all(self.lookup.newest_orders(RECENT))
        return reports

    def reported(self) -> tuple[AccountReport, ...]:
        """What the latest reconciliation of each account came to, where there was one; nothing is asked."""
        return self._desks.reported()

    def test_of(self, order: Order) -> TestResult | None:
        """The latest concluded test of *order*; None where there is none, or the log cannot be read now."""
        try:
            return self.context.ledger.read(TestResult, order.test) if order.test else None
        except StoreFailure:
            return None
