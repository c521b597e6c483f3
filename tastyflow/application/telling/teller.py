"""
Telling: each recipient follows the log in a task of its own, and is told what was recorded. Trading never waits for it.

    log, by position ─▶ is it told? ─▶ whom: does the recipient listen? ─▶ Notice ─▶ tell ─▶ place kept

What is told was recorded, by this process or by another. A recipient that hangs holds up its own task and no other. One
with a name keeps its place in the log: after a crash it goes on where it was, and hears the last notice again at worst.
"""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from typing import Final, Self
from uuid import UUID

from tastyflow.application.backoff import Backoff
from tastyflow.application.ledger.cache import Bounded, LogEntry
from tastyflow.application.ledger.ledger import Ledger
from tastyflow.application.telling.sentences import is_told, sentence_of
from tastyflow.application.waiting import Tasks
from tastyflow.domain.order import Asked, Order
from tastyflow.domain.testresult import TestResult
from tastyflow.errors import StoreFailure
from tastyflow.ports import Address, Notice, Recipient

logger = logging.getLogger(__name__)

TOLD_WITHIN_S: Final = 2.0
"""How long `told`, and closing, wait for a recipient that hangs."""

FIRST_PAUSE_S: Final = 1.0
PAUSES: Final = 4
"""A recipient that raised is told again after so many pauses, each twice as long; then the notice is given up."""

UNREADABLE_PAUSE_S: Final = 8.0
"""How long to wait before a log that could not be read is read again."""

MAX_ORDERS: Final = 1024
KEEP_EVERY: Final = 500
"""After how many events that are not told a place is kept all the same."""


def address_of(asked: Asked) -> Address:
    """Where the author of a request is told what becomes of it."""
    return Address(asked.platform, asked.user, asked.channel, asked.reply_to or asked.message)


class Teller:
    """Tells one recipient."""

    def __init__(self, ledger: Ledger, recipient: Recipient) -> None:
        self._ledger = ledger
        self._recipient = recipient
        self._orders: Bounded[UUID, Order] = Bounded(MAX_ORDERS)
        self._position = self._kept = self._begin()
        self._advanced = asyncio.Event()

    def _begin(self) -> int:
        name = self._recipient.name
        kept = self._ledger.bookmark(name) if name else None
        return self._ledger.end() if kept is None else kept

    async def run(self) -> None:
        """Follow the log for ever."""
        await self._keep()
        with self._ledger.follow(after=self._position) as entries:
            while True:
                try:
                    entry = await anext(entries)
                except StoreFailure as failure:
                    logger.error("The log cannot be read to tell what was recorded: %s", failure.message)
                    await asyncio.sleep(UNREADABLE_PAUSE_S)
                    continue
                notice = self._notice_of(entry)
                if notice is not None:
                    await self._tell(notice)
                self._position = entry.position
                self._advanced.set()
                if notice is not None or entry.position - self._kept >= KEEP_EVERY:
                    await self._keep()

    async def until(self, position: int) -> None:
        """Return once everything up to *position* was told."""
        while self._position < position:
            self._advanced.clear()
            await self._advanced.wait()

    def _notice_of(self, entry: LogEntry) -> Notice | None:
        order = self._order_of(entry)
        if order is None or not is_told(entry.event):
            return None
        address = address_of(order.asked)
        if not self._recipient.listens_to(address):
            return None
        return Notice(address, entry.event, order, sentence_of(entry.event, order))

    def _order_of(self, entry: LogEntry) -> Order | None:
        """The order that the event is about, as the event left it."""
        state = entry.state_after
        if isinstance(state, Order):
            self._orders.put(state.id, state)
            return state
        if isinstance(state, TestResult) and is_told(entry.event):
            return self._orders.get(state.order) or self._ledger.read(Order, state.order)
        return None

    async def _tell(self, notice: Notice) -> None:
        for pause_s in (*Backoff(FIRST_PAUSE_S).some(PAUSES), None):
            try:
                await self._recipient.tell(notice)
            except Exception:  # whatever a neighbour raises: the others are told all the same
                logger.exception("Notice %s was not told", notice.key)
                if pause_s is not None:
                    await asyncio.sleep(pause_s)
            else:
                return

    async def _keep(self) -> None:
        self._kept = self._position
        if self._recipient.name:
            with suppress(StoreFailure):
                await self._ledger.keep_bookmark(self._recipient.name, self._position)


class Tellers:
    """One teller for each recipient, for as long as it is entered."""

    def __init__(self, ledger: Ledger, recipients: Sequence[Recipient]) -> None:
        self._ledger = ledger
        self._recipients = tuple(recipients)
        self._tellers: list[Teller] = []
        self._tasks = Tasks()

    async def __aenter__(self) -> Self:
        for recipient in self._recipients:
            teller = Teller(self._ledger, recipient)
            self._tellers.append(teller)
            self._tasks.start(teller.run(), name=f"tell-{recipient.name or len(self._tellers)}")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.told()
        await self._tasks.close()

    async def told(self) -> None:
        """Wait until what is recorded by now was told; `TOLD_WITHIN_S` at most."""
        if not self._tellers:
            return
        with suppress(TimeoutError, StoreFailure):
            async with asyncio.timeout(TOLD_WITHIN_S):
                end = self._ledger.end()
                await asyncio.gather(*(teller.until(end) for teller in self._tellers))
