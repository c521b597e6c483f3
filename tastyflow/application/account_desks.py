"""
The desks of all accounts of one installation, and which one an order or a message is for.

    of(order)            the desk of the account that the order was drafted for
    meant_by(message)    of the account that the message names; else its trader's first one (`domain.trader.accounts`)

Accounts that rehearse in the same sandbox account share its stream and its turns.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Final, Self

from tastyflow.application.account_desk import AccountDesk, Rehearsals
from tastyflow.application.attribution import Author
from tastyflow.application.context import Context
from tastyflow.application.intake.identify import trader_of
from tastyflow.application.message import Message
from tastyflow.application.order_stream import OrderStream
from tastyflow.application.reconciling.report import AccountReport
from tastyflow.application.rehearsal.outages import Outages
from tastyflow.application.rehearsal.turns import Turns
from tastyflow.domain.events import Because
from tastyflow.domain.order import Order
from tastyflow.domain.order.stages import MENU
from tastyflow.domain.trader.accounts import account_for
from tastyflow.errors import Misconfigured

DRAINING_S: Final = 0.05
"""How often it is looked whether the last order in hand is done."""


class AccountDesks:
    """One desk for each account, for as long as they are entered. The first has what the oldest orders ask for."""

    def __init__(self, contexts: Sequence[Context]) -> None:
        self._rehearsals = {
            id(context.sandbox): Rehearsals(
                OrderStream(context.sandbox, context.clock),
                Turns(context.clock),
                Outages(context.clock, patience_s=context.policy.answer_s),
            )
            for context in contexts
        }
        self._desks: Mapping[str, AccountDesk] = {
            context.account_name: AccountDesk(
                context, self._rehearsals[id(context.sandbox)], is_first=context is contexts[0]
            )
            for context in contexts
        }
        self.first = self._desks[contexts[0].account_name]
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:  # what was opened is closed again where the rest cannot be
            for shared in self._rehearsals.values():
                await stack.enter_async_context(shared.stream)
            for desk in self._desks.values():
                await stack.enter_async_context(desk)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *reason: object) -> None:
        await self._stack.__aexit__(*reason)  # type: ignore[arg-type]  # as it was handed in

    def of(self, order: Order) -> AccountDesk:
        """
        The desk of the account that *order* is for.

        Raises:
            Misconfigured: code ``no_such_account``: the settings name that account no more.
        """
        if not order.account:
            return self.first
        if not self.has(order):
            raise Misconfigured(
                f"Order {order.reference} is of the account {order.account[:40]}, which the settings name no more.",
                code="no_such_account",
                hint="Name it again in the settings: until then the order is neither followed nor cancelled here.",
            )
        return self._desks[order.account]

    def meant_by(self, message: Message) -> AccountDesk:
        """
        The desk of the account that *message* is about: the one place where that is decided.

        Raises:
            Refused: The author is no trader, or may not use that account, or none is named of several.
        """
        return self.meant_with_author(message)[0]

    def meant_with_author(self, message: Message) -> tuple[AccountDesk, Author]:
        """As `meant_by`, and who wrote *message*, as the log has it now."""
        trader = trader_of(self.first.context, message)
        return self._desks[account_for(trader, message.account, self.names)], Author(trader.id, trader.name)

    async def cancel(self, order: Order, why: Because, *, reason: str = "") -> Order:
        """
        Cancel *order*, as `AccountDesk.cancel` says. Before production that takes no venue, and so no account.

        Raises:
            IllegalStep: It is over already.
            Misconfigured: code ``no_such_account``, for an order that went to production.
        """
        if self.has(order) or "withdraw" not in MENU[order.stage]:
            return await self.of(order).cancel(order, why, reason=reason)
        withdrawn = await self.first.live.withdraw(order, why, reason=reason)
        return withdrawn if withdrawn.stage.is_over else await self.of(withdrawn).cancel(withdrawn, why, reason=reason)

    async def withdraw(self, order: Order, why: Because, *, reason: str) -> Order:
        """Cancel *order* where it has not reached production; else it stays as it stands. No venue is asked."""
        desk = self.of(order) if self.has(order) else self.first
        return await desk.live.withdraw(order, why, reason=reason)

    def has(self, order: Order) -> bool:
        """Whether the settings still name the account of *order*."""
        return not order.account or order.account in self._desks

    @property
    def names(self) -> tuple[str, ...]:
        """What the settings call the accounts."""
        return tuple(self._desks)

    @property
    def contexts(self) -> tuple[Context, ...]:
        """What each of the desks works with."""
        return tuple(desk.context for desk in self._desks.values())

    async def drained(self, within_s: float) -> bool:
        """Wait until no order's steps are taken here any more, for *within_s* at most; whether that is so."""
        clock = self.first.context.clock
        until_s = clock.monotonic() + within_s
        while is_at_work := any(desk.is_at_work for desk in self._desks.values()):
            if clock.monotonic() >= until_s:
                break
            await clock.sleep(DRAINING_S)
        return not is_at_work

    async def reconcile(self, account: str = "") -> tuple[AccountReport, ...]:
        """Hold each account, or the one that is named, against the log."""
        named = [desk for name, desk in self._desks.items() if account in ("", name)]
        return tuple(await asyncio.gather(*(desk.reconcile() for desk in named)))

    def reported(self) -> tuple[AccountReport, ...]:
        """What the latest reconciliation of each account came to, where there was one."""
        last = (desk.reconciling.last for desk in self._desks.values())
        return tuple(report for report in last if report is not None)

    async def finish_all(self, orders: Iterable[Order]) -> None:
        """Bring what *orders* left in the sandbox to its end, where no process is at it."""
        known = [order for order in orders if self.has(order)]
        for desk in self._desks.values():
            await desk.rehearser.finish_all(
                order for order in known if self.of(order) is desk and not desk.has_in_hand(order)
            )
