"""
What earlier processes left undone: begun when a desk opens, so that the next command brings it to its end.

    a halt whose orders were not all cancelled      ─▶ cancelled
    an order interrupted before production          ─▶ ended, and its capacity is free again
    an order without an answer from production      ─▶ searched for, adopted or escalated

It costs one look at the switch and at the orders that are open; venues are asked only where something is undone.
"""

import asyncio
from contextlib import suppress

from tastyflow.application.account_desks import AccountDesks
from tastyflow.application.context import Context
from tastyflow.application.halting import Halting
from tastyflow.application.ledger.lookup import Lookup
from tastyflow.application.waiting import Tasks, outlast
from tastyflow.domain.order import Order
from tastyflow.errors import TastyflowError


class Unfinished:
    """Brings to its end what earlier processes left, in a task of its own."""

    def __init__(self, context: Context, lookup: Lookup, desks: AccountDesks, halting: Halting) -> None:
        self._context = context
        self._lookup = lookup
        self._desks = desks
        self._halting = halting
        self._tasks = Tasks()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Unfinished":
        self._task = self._tasks.start(self._finish(), name="unfinished")
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            await self.done()
        await self._tasks.close()

    async def done(self) -> None:
        """Wait until it is brought to its end, for `Policy.answer_s` at most."""
        if self._task is not None and not self._task.done():
            await outlast(self._task, self._context.clock.sleep(self._context.policy.answer_s))

    async def _finish(self) -> None:
        with suppress(TastyflowError):  # the command itself says that the log cannot be read
            await self._halting.finish()
            left = [order for order in self._lookup.everyones_open() if self._desks.has(order)]
            overdue = [order for order in left if self._is_overdue(order)]
            await asyncio.gather(*(self._end(order) for order in overdue))

    def _is_overdue(self, order: Order) -> bool:
        desk = self._desks.of(order)
        return desk.is_interrupted(order) or desk.is_unanswered(order)

    async def _end(self, order: Order) -> None:
        with suppress(TastyflowError):  # asked for again by the next desk that opens
            await self._desks.of(order).refresh(order)
