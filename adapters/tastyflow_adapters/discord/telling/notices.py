"""
Messages of their own: a task for each trader in each channel, which tells them in order, each once.

    put ─▶ outbox ─▶ a task for its place and trader ─▶ its live message is there ─▶ post, as a reply to it ─▶ done

What cannot be told keeps its place in the order: it is told once Discord is there again, and says then when it
happened.
"""

import logging
from datetime import timedelta
from typing import Final
from uuid import UUID

from attrs import evolve

from tastyflow.application.waiting import Tasks
from tastyflow.domain.new_york_time import moment_in_words
from tastyflow.errors import StoreFailure
from tastyflow.ports import Clock
from tastyflow_adapters.discord.memory.file import MemoryFile
from tastyflow_adapters.discord.memory.outbox import Outbox, ToTell
from tastyflow_adapters.discord.page import ChatPage
from tastyflow_adapters.discord.telling.live import LiveTeller
from tastyflow_adapters.discord.telling.places import TellingPlaces
from tastyflow_adapters.discord.telling.posting import DirectClosed, PageRefused, PlaceForbidden, Poster, TryLater
from tastyflow_adapters.discord.telling.resting import Pauses, Rests

logger = logging.getLogger(__name__)

LATE_AFTER: Final = timedelta(seconds=60)
"""What is told later than this says when it happened."""
LIVE_WITHIN_S: Final = 5.0
"""How long a message of its own waits for the live message of its order, which it refers to."""


class NoticeTeller:
    """Tells what the outbox holds."""

    def __init__(
        self,
        poster: Poster,
        places: TellingPlaces,
        rests: Rests,
        memory: MemoryFile,
        clock: Clock,
        live: LiveTeller,
    ) -> None:
        self._poster = poster
        self._places = places
        self._rests = rests
        self._outbox = Outbox(memory)
        self._clock = clock
        self._live = live
        self._tasks = Tasks()
        self._working: set[tuple[str, str]] = set()

    def put(self, message: ToTell) -> None:
        """Tell *message*, soon and once."""
        self._outbox.put(message)
        self._begin(message.channel, message.user)

    def resume(self) -> None:
        """Tell what an earlier process did not come to tell."""
        for channel, user in self._outbox.waiting():
            self._begin(channel, user)

    @property
    def is_idle(self) -> bool:
        """Whether everything is told."""
        return not self._working

    async def close(self) -> None:
        """Tell nothing more; what is not told yet is kept."""
        await self._tasks.close()

    # ── one trader in one place ──────────────────────────────────────────────────────────────────────────────────────

    def _begin(self, channel: str, user: str) -> None:
        if (channel, user) not in self._working:
            self._working.add((channel, user))
            self._tasks.start(self._tell(channel, user), name=f"notices-{channel}-{user}")

    async def _tell(self, channel: str, user: str) -> None:
        pauses = Pauses(self._rests)
        try:
            while (message := self._outbox.next_for(channel, user)) is not None:
                await self._one(message, pauses)
        finally:
            self._working.discard((channel, user))

    async def _one(self, message: ToTell, pauses: Pauses) -> None:
        """Tell *message*, or rest."""
        try:
            posted_as = await self._post(message)
            self._outbox.done(message, self._clock.now(), posted_as=posted_as)
            pauses.well()
        except PageRefused as refused:
            logger.error("%s: its page is refused: %s", message.key, refused)
            self._outbox.done(message, self._clock.now(), posted_as="")
        except (PlaceForbidden, DirectClosed):
            logger.warning("%s can be told nowhere; it is kept", message.key)
            await pauses.blocked()
        except TryLater as later:
            await pauses.later(later.after_s)
        except StoreFailure as failure:
            logger.warning("%s cannot be told now: %s", message.key, failure.message)
            await pauses.later()
        except Exception:
            logger.exception("%s cannot be told now", message.key)
            await pauses.later()

    async def _post(self, message: ToTell) -> str:
        row = await self._live.until_posted(UUID(message.about), within_s=LIVE_WITHIN_S) if message.about else None
        while True:
            place = await self._places.of(message.channel, message.user)
            page = message.shared if place.is_shared else message.page
            reply_to = row.message if row is not None and row.channel == place.channel else ""
            try:
                return await self._poster.post(
                    place.channel,
                    self._dated(message, self._places.fitting(page, is_shared=place.is_shared)),
                    nonce=message.nonce,
                    is_silent=message.is_silent,
                    reply_to=reply_to,
                )
            except (PlaceForbidden, DirectClosed):
                self._places.forbid(place.channel)
                if not message.user:
                    raise

    def _dated(self, message: ToTell, page: ChatPage) -> ChatPage:
        if self._clock.now() - message.happened_at < LATE_AFTER:
            return page
        late = f"told late: it was {moment_in_words(message.happened_at)}"
        return evolve(page, footer=" · ".join(filter(None, (page.footer, late))))
