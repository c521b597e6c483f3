"""
Telling as a whole: it follows the log from where it was, and tells until it is ended.

    run()      what was left untold; the open orders that have no live message; then whatever is recorded
    again()    Discord is there again, or a permission was given: every rest ends
    flush()    before the end: wait until everything was told, for a while

It runs in the part of the service that holds the lease of this chat. Trading never waits for it.
"""

import asyncio
from contextlib import suppress
from typing import Final
from uuid import UUID

from tastyflow.application.desk import Desk
from tastyflow.application.telling.so_far import Told
from tastyflow.application.telling.teller import Teller
from tastyflow.application.waiting import ended
from tastyflow.errors import StoreFailure
from tastyflow_adapters.config.discord_choices import DiscordChoices, Level
from tastyflow_adapters.discord.chat import Chat
from tastyflow_adapters.discord.page import ChatPage
from tastyflow_adapters.discord.pages.live import live_page
from tastyflow_adapters.discord.request import PLATFORM
from tastyflow_adapters.discord.telling.kinds import kind_of, level_of
from tastyflow_adapters.discord.telling.live import LiveTeller
from tastyflow_adapters.discord.telling.marking import Marker, trader_name
from tastyflow_adapters.discord.telling.notices import NoticeTeller
from tastyflow_adapters.discord.telling.places import TellingPlaces
from tastyflow_adapters.discord.telling.posting import Poster
from tastyflow_adapters.discord.telling.resting import Rests
from tastyflow_adapters.discord.telling.stories import Stories

PLACE_KEPT_EVERY_S: Final = 1.0
"""How often the place in the log is kept: what is heard again after a crash changes nothing."""
DUE_WITHIN_S: Final = 3.0
LOOK_S: Final = 0.05


class ChatTelling:
    """All of it; *poster* may be away at any time."""

    def __init__(self, chat: Chat, poster: Poster) -> None:
        self._desk: Desk = chat.desk
        self._here: DiscordChoices = chat.here
        self._accounts = chat.desk.accounts
        self._clock = chat.desk.context.clock
        self._ledger = chat.desk.context.ledger
        self._rests = Rests(self._clock)
        self.places = TellingPlaces(poster, chat.here, chat.memory, self._clock)
        self.live = LiveTeller(poster, self.places, self._rests, chat.memory, self._clock, self._page)
        self.notices = NoticeTeller(poster, self.places, self._rests, chat.memory, self._clock, self.live)
        self._stories = Stories(self._ledger)
        self._marker = Marker(self._ledger, self._here, self._stories, self.live, self.notices)
        self._teller: Teller | None = None

    async def run(self) -> None:
        """Tell until cancelled; then tell what is due, for `DUE_WITHIN_S` at most."""
        teller = Teller(self._ledger, self._marker, keep_every_s=PLACE_KEPT_EVERY_S)
        following = asyncio.create_task(self._follow(teller), name="discord-telling")
        try:
            await asyncio.wait((following,))
            following.result()
        except asyncio.CancelledError:
            await self.flush(within_s=DUE_WITHIN_S)
            await teller.keep()
            raise
        finally:
            await ended(following)
            await self.live.close()
            await self.notices.close()

    async def _follow(self, teller: Teller) -> None:
        self._show_open_orders()
        self.live.resume()
        self.notices.resume()
        self._teller = teller
        await teller.run()

    def again(self) -> None:
        """Something has changed for the better: try everything again at once."""
        self.places.forgive()
        self._rests.end()

    async def flush(self, *, within_s: float) -> bool:
        """Wait until what is recorded by now was told; whether it was, *within_s*."""
        until_s = self._clock.monotonic() + within_s
        end = self._ledger.end()
        while not (is_told := self._has_told(end)) and self._clock.monotonic() < until_s:
            await self._clock.sleep(LOOK_S)
        return is_told

    def _has_told(self, end: int) -> bool:
        has_heard = self._teller is not None and self._teller.has_told(end)
        return has_heard and self.live.is_idle and self.notices.is_idle

    def _show_open_orders(self) -> None:
        """Where the memory was lost, the open orders are shown anew."""
        with suppress(StoreFailure):  # each is shown with its next news
            for order in self._desk.lookup.everyones_open():
                is_ours = order.asked.platform == PLATFORM and order.is_on_its_way
                if is_ours and self.live.find(order.id) is None:
                    self._marker.show(order, is_found=True)

    def _page(self, order_id: UUID, is_shared: bool) -> ChatPage | None:
        told = self._stories.of(order_id)
        if not told:
            return None
        order = max((each.order for each in told), key=lambda order: order.version)  # as far as it was told, no further
        return live_page(
            order,
            told,
            trader=trader_name(self._ledger, order),
            is_shared=is_shared,
            is_said=self._is_said,
            accounts=self._accounts,
        )

    def _is_said(self, told: Told) -> bool:
        return level_of(kind_of(told.event, told.order), self._here) is not Level.OFF
