"""
The live message of each order: a task for each that has news, which posts or edits until everything is shown.

    news ─▶ wanted + 1 ─▶ a task ─▶ read the log ─▶ page ─┬─ as it looks already ─▶ nothing is sent
                           ▲                              ├─ no message yet ─▶ post, with a nonce
                           └── there is more ◀────────────┴─ edit

The newest state wins: what was recorded while Discord was asked is read for the next edit. Two edits of a message are
`EDIT_EVERY_S` apart; the end of an order does not wait. Where a message was deleted, or is older than `FRESH_FOR`,
another one follows.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Final
from uuid import UUID

from tastyflow.application.ledger.cache import Bounded
from tastyflow.application.waiting import Tasks, first_done
from tastyflow.errors import StoreFailure
from tastyflow.ports import Clock
from tastyflow_adapters.discord.memory.file import MemoryFile
from tastyflow_adapters.discord.memory.live import LiveMessage, LiveMessages
from tastyflow_adapters.discord.memory.recognising import looks_of
from tastyflow_adapters.discord.page import ChatPage
from tastyflow_adapters.discord.telling.places import TellingPlaces
from tastyflow_adapters.discord.telling.posting import (
    DirectClosed,
    MessageGone,
    MessageTooOld,
    PageRefused,
    PlaceForbidden,
    Poster,
    TryLater,
)
from tastyflow_adapters.discord.telling.resting import Pauses, Rests

logger = logging.getLogger(__name__)

EDIT_EVERY_S: Final = 1.5
FRESH_FOR: Final = timedelta(hours=1)
"""Discord limits the edits of older messages much more."""
MAX_ORDERS: Final = 4096
"""Of how many orders it is remembered when their message was edited last."""
AT_ONCE: Final = 100
"""How many messages are asked for at the same time."""

MakePage = Callable[[UUID, bool], ChatPage | None]
"""The page of an order, for a place where others read along or not; None where there is no such order."""


class LiveTeller:
    """
    Shows what there is to show.

    Args:
        page: Reads the log and makes the page.
    """

    def __init__(
        self, poster: Poster, places: TellingPlaces, rests: Rests, memory: MemoryFile, clock: Clock, page: MakePage
    ) -> None:
        self._poster = poster
        self._places = places
        self._rests = rests
        self._rows = LiveMessages(memory)
        self._clock = clock
        self._page = page
        self._tasks = Tasks()
        self._working: set[UUID] = set()
        self._edited_s: Bounded[UUID, float] = Bounded(MAX_ORDERS)
        self._pace = Rests(clock)
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._moved = asyncio.Event()

    def find(self, order: UUID) -> LiveMessage | None:
        """The live message of *order*; None where it has none."""
        return self._rows.find(order)

    def news(self, order: UUID, *, user: str, home: str, is_over: bool, may_be_posted: bool = False) -> None:
        """There is news of *order*: it is shown soon. It *may_be_posted* where what is remembered of it was lost."""
        self._rows.mark(order, user=user, home=home, is_over=is_over, may_be_posted=may_be_posted)
        if is_over:
            self._pace.end()
        self._begin(order)

    def resume(self) -> None:
        """Show what an earlier process did not come to show."""
        self._rows.forget_over(self._clock.now() - timedelta(days=30))
        for order in self._rows.behind():
            self._begin(order)

    @property
    def is_idle(self) -> bool:
        """Whether everything is shown."""
        return not self._working

    async def until_posted(self, order: UUID, *, within_s: float) -> LiveMessage | None:
        """The live message of *order*, once it is posted; as it is after *within_s*."""
        until_s = self._clock.monotonic() + within_s
        while (row := self._rows.find(order)) is not None and not row.message and order in self._working:
            left_s = until_s - self._clock.monotonic()
            if left_s <= 0:
                break
            await first_done(self._clock.sleep(left_s), self._moved.wait())
        return row

    async def close(self) -> None:
        """Show nothing more; what is not shown yet is kept."""
        await self._tasks.close()

    # ── one order ──────────────────────────────────────────────────────────────────────────────────────────────

    def _begin(self, order: UUID) -> None:
        if order not in self._working:
            self._working.add(order)
            self._tasks.start(self._show(order), name=f"live-{order.hex[:6]}")

    async def _show(self, order: UUID) -> None:
        pauses = Pauses(self._rests)
        try:
            while (row := self._rows.find(order)) is not None and row.is_behind:
                await self._one_step(row, pauses)
        finally:
            self._working.discard(order)
            self._has_moved()

    async def _one_step(self, row: LiveMessage, pauses: Pauses) -> None:
        """Bring the message of *row* further, or rest."""
        try:
            if row.message:
                await self._edit(row)
                pauses.well()
            else:
                await self._post(row, pauses)
        except (MessageGone, MessageTooOld):
            self._rows.follow_on(row)
            await pauses.another()
        except PlaceForbidden:
            self._places.forbid(row.channel)
            self._rows.follow_on(row)
            await pauses.another()
        except DirectClosed:
            logger.warning("Order %s: its trader can be told nowhere; the news is kept", row.order.hex[:6])
            self._has_moved()
            await pauses.blocked()
        except PageRefused as refused:
            logger.error("Order %s: its page is refused: %s", row.order.hex[:6], refused)
            self._rows.give_up(row)
        except TryLater as later:
            await pauses.later(later.after_s)
        except StoreFailure as failure:
            logger.warning("Order %s cannot be shown now: %s", row.order.hex[:6], failure.message)
            await pauses.later()
        except Exception:
            logger.exception("Order %s cannot be shown now", row.order.hex[:6])
            await pauses.later()

    async def _post(self, row: LiveMessage, pauses: Pauses) -> None:
        place = await self._places.of(row.home, row.user)
        page = self._page_for(row, is_shared=place.is_shared)
        if page is None:
            self._rows.give_up(row)
            return
        may_be_older = self._rows.to_try(row)
        async with self._slots:
            try:
                message = await self._poster.post(place.channel, page, nonce=row.nonce, is_silent=True)
            except (PlaceForbidden, DirectClosed):
                self._places.forbid(place.channel)
                self._rows.follow_on(row)  # the next step finds another place, or none
                await pauses.another()
                return
        self._rows.posted(row, place.channel, message, self._clock.now(), looks="" if may_be_older else looks_of(page))
        self._has_moved()

    async def _edit(self, row: LiveMessage) -> None:
        if row.posted_at is not None and self._clock.now() - row.posted_at >= FRESH_FOR:
            raise MessageTooOld("posted an hour ago")
        row = await self._paced(row)
        page = self._page_for(row, is_shared=await self._places.is_shared(row.channel, row.user))
        if page is None:
            self._rows.give_up(row)
            return
        looks = looks_of(page)
        if looks != row.looks:
            async with self._slots:
                await self._poster.edit(row.channel, row.message, page)
            self._edited_s.put(row.order, self._clock.monotonic())
        self._rows.shown_as(row, looks=looks)

    def _page_for(self, row: LiveMessage, *, is_shared: bool) -> ChatPage | None:
        page = self._page(row.order, is_shared)
        return page and self._places.fitting(page, is_shared=is_shared)

    async def _paced(self, row: LiveMessage) -> LiveMessage:
        """The row once it may be edited again: `EDIT_EVERY_S` after the last edit, or at once where it has ended."""
        last_s = self._edited_s.get(row.order)
        while last_s is not None and not row.is_over:
            wait_s = last_s + EDIT_EVERY_S - self._clock.monotonic()
            if wait_s <= 0:
                break
            await self._pace.rest(wait_s)
            row = self._rows.find(row.order) or row
        return row

    def _has_moved(self) -> None:
        self._moved.set()
        self._moved = asyncio.Event()
