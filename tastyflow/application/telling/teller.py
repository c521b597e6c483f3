"""
Telling: each recipient follows the log in a task of its own, and is told what was recorded. Trading never waits for it.

    log, by position ─▶ is it told? ─▶ whom: does the recipient listen? ─▶ Notice ─▶ tell ─▶ place kept

Who asked is told where they asked. A signal asked nowhere: its trader is told, where they are in a chat.

What is told was recorded, by this process or by another. A recipient that hangs holds up its own task and no other. One
with a name keeps its place in the log: after a crash it goes on where it was, and hears the last notice again at worst.
"""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from itertools import count
from typing import Final, Self
from uuid import UUID

from tastyflow.application.attribution import COMMAND_LINE
from tastyflow.application.backoff import Backoff
from tastyflow.application.ledger.cache import Bounded, LogEntry
from tastyflow.application.ledger.ledger import Ledger
from tastyflow.application.ledger.log_reader import LogReader
from tastyflow.application.signalling.asking import PLATFORM as SIGNAL
from tastyflow.application.telling.sentences import is_told, sentence_of
from tastyflow.application.waiting import Tasks, ended
from tastyflow.domain.order import Asked, Order
from tastyflow.domain.testresult import TestResult
from tastyflow.domain.trader import Trader
from tastyflow.errors import StoreFailure
from tastyflow.ports import Address, Notice, Recipient

logger = logging.getLogger(__name__)

TOLD_WITHIN_S: Final = 2.0
"""How long `told`, and closing, wait for a recipient that hangs."""

FIRST_PAUSE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 30.0
"""The pauses before a recipient that raised is asked again, each twice as long as the one before."""

TRIES: Final = 5
"""How often a recipient without a place of its own is asked before a notice is given up."""

TROUBLE_PAUSE_S: Final = 8.0
"""How long to wait before a log that could not be read, or a recipient that could not be asked, is tried again."""

MAX_ORDERS: Final = 1024
_NO_CHAT: Final = frozenset({SIGNAL, COMMAND_LINE})
KEEP_EVERY: Final = 500
"""After how many events that are not told a place is kept all the same."""


def address_of(asked: Asked) -> Address:
    """Where the author of a request is told what becomes of it."""
    return Address(asked.platform, asked.user, asked.channel, asked.reply_to or asked.message)


class Teller:
    """
    Tells one recipient.

    Args:
        keep_every_s: The place is kept this often, and not after each notice: for a recipient that is told much, and
            to which the same notice again is no news. What it was told since then, it hears again after a crash.
    """

    def __init__(self, ledger: Ledger, recipient: Recipient, *, keep_every_s: float = 0.0) -> None:
        self._ledger = ledger
        self._recipient = recipient
        self._keep_every_s = keep_every_s
        self._orders: Bounded[UUID, Order] = Bounded(MAX_ORDERS)
        self._position = self._kept = self._begin()
        self._advanced = asyncio.Event()

    def _begin(self) -> int:
        name = self._recipient.name
        kept = self._ledger.bookmark(name) if name else None
        return self._ledger.end() if kept is None else kept

    async def run(self) -> None:
        """Follow the log for ever; whatever goes wrong is logged, and does not end it."""
        await self.keep()
        keeping = asyncio.create_task(self._keep_now_and_then()) if self._keep_every_s else None
        try:
            await self._follow_always()
        finally:
            if keeping is not None:
                await ended(keeping)

    async def _follow_always(self) -> None:
        while True:
            try:
                await self._follow()
            except Exception as error:
                logger.exception("Telling %s stopped after event %d", self._recipient.name or "", self._position)
                if isinstance(error, StoreFailure) and error.code == "unreadable_event":
                    self._position += 1  # it stays unread in the log, for the audit; what came after it is told
                    self._advanced.set()
                else:
                    await asyncio.sleep(TROUBLE_PAUSE_S)

    async def _follow(self) -> None:
        with self._ledger.follow(after=self._position) as entries:
            while True:
                entry = await _next(entries)
                notice = self._notice_of(entry)
                if notice is not None:
                    await self._tell(notice)
                self._position = entry.position
                self._advanced.set()
                has_come_far = notice is not None or entry.position - self._kept >= KEEP_EVERY
                if has_come_far and not self._keep_every_s:
                    await self.keep()

    def has_told(self, position: int) -> bool:
        """Whether everything up to *position* was told."""
        return self._position >= position

    async def until(self, position: int) -> None:
        """Return once everything up to *position* was told."""
        while not self.has_told(position):
            self._advanced.clear()
            await self._advanced.wait()

    def _notice_of(self, entry: LogEntry) -> Notice | None:
        order = self._order_of(entry)
        if order is None or not is_told(entry.event):
            return None
        address = self._address_of(order)
        if not self._recipient.listens_to(address):
            return None
        return Notice(address, entry.event, order, sentence_of(entry.event, order))

    def _address_of(self, order: Order) -> Address:
        """Where its author is told; of a signal, which is told nowhere, where its trader is in a chat."""
        address = address_of(order.asked)
        if order.asked.platform != SIGNAL or order.asked.trader is None:
            return address
        trader = self._ledger.read(Trader, order.asked.trader)
        chats = sorted(each for each in trader.identities if each[0] not in _NO_CHAT) if trader else []
        return Address(*chats[0], channel="", reply_to="") if chats else address

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
        """Tell it. A recipient that keeps its place is asked again without end, another one `TRIES` times."""
        backoff = Backoff(FIRST_PAUSE_S, longest_s=LONGEST_PAUSE_S)
        tries = count() if self._recipient.name else range(TRIES - 1)
        for _ in tries:
            if await self._is_told(notice):
                return
            await asyncio.sleep(backoff.next())
        await self._is_told(notice)

    async def _is_told(self, notice: Notice) -> bool:
        try:
            await self._recipient.tell(notice)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            logger.warning("Notice %s was not told: the recipient was cancelled", notice.key)
            return False
        except Exception:  # whatever a neighbour raises: the others are told all the same
            logger.exception("Notice %s was not told", notice.key)
            return False
        return True

    async def _keep_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(self._keep_every_s)
            if self._kept != self._position:
                await self.keep()

    async def keep(self) -> None:
        """Keep the place; where that fails, it is kept with the next one."""
        self._kept = self._position
        if self._recipient.name:
            with suppress(StoreFailure):
                await self._ledger.keep_bookmark(self._recipient.name, self._position)


async def _next(entries: LogReader) -> LogEntry:
    """
    The next event of the log.

    Raises:
        StoreFailure: code ``unreadable_event``, also for an event that does not follow from what was before it.
    """
    try:
        return await anext(entries)
    except (TypeError, KeyError, AttributeError) as error:
        raise StoreFailure(f"An event cannot follow: {error}.", code="unreadable_event") from error


class Tellers:
    """One teller for each recipient, for as long as it is entered."""

    def __init__(self, ledger: Ledger, recipients: Sequence[Recipient]) -> None:
        self._ledger = ledger
        self._recipients = tuple(recipients)
        self._tellers: list[Teller] = []
        self._tasks = Tasks()

    async def __aenter__(self) -> Self:
        self._tellers = [Teller(self._ledger, recipient) for recipient in self._recipients]
        for number, teller in enumerate(self._tellers):
            self._tasks.start(teller.run(), name=f"tell-{number}")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.told()
        await self._tasks.close(within_s=TOLD_WITHIN_S)

    async def told(self) -> None:
        """Wait until what is recorded by now was told; `TOLD_WITHIN_S` at most."""
        if not self._tellers:
            return
        with suppress(TimeoutError, StoreFailure):
            async with asyncio.timeout(TOLD_WITHIN_S):
                end = self._ledger.end()
                await asyncio.gather(*(teller.until(end) for teller in self._tellers))
