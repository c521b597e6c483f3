"""
Where a trader is told: the channel where the order was asked for; directly, where nothing can be posted there.

    of(home, user) ─┬─▶ home, others read along       one of the guild's channels, or a thread
                    ├─▶ home, the trader alone        direct messages with them
                    └─▶ direct messages               where *home* was forbidden not long ago

A channel that is not known to be a direct one is one where others read along: figures of an account never stand there.
"""

from typing import Final

from attrs import evolve, frozen

from tastyflow.ports import Clock
from tastyflow_adapters.config.discord_choices import DiscordChoices
from tastyflow_adapters.discord.memory.directs import Directs
from tastyflow_adapters.discord.memory.file import MemoryFile
from tastyflow_adapters.discord.page import ChatPage
from tastyflow_adapters.discord.telling.posting import DirectClosed, Poster

FORBIDDEN_S: Final = 600.0
"""How long a channel where nothing could be posted is left alone."""
NOT_HERE: Final = "ask in a channel of the bot: /status, /why, /cancel, /replace"
"""Stands in direct messages in the place of buttons, where those are not taken."""


@frozen
class TellingPlace:
    """A channel, and whether others read along there."""

    channel: str
    is_shared: bool


class TellingPlaces:
    """What is known of channels, in this process; direct ones also in *memory*."""

    def __init__(self, poster: Poster, here: DiscordChoices, memory: MemoryFile, clock: Clock) -> None:
        self._poster = poster
        self._here = here
        self._directs = Directs(memory)
        self._clock = clock
        self._forbidden_at: dict[str, float] = {}

    async def of(self, home: str, user: str) -> TellingPlace:
        """
        Where *user* is told what belongs to the channel *home*. Without a user it is *home*, whatever happened there.

        Raises:
            DirectClosed, TryLater
        """
        if not user:
            return TellingPlace(home, is_shared=True)
        if not home or self._is_forbidden(home):
            direct = await self._direct(user)
            if self._is_forbidden(direct):
                raise DirectClosed("neither there nor directly")
            return TellingPlace(direct, is_shared=False)
        return TellingPlace(home, is_shared=await self.is_shared(home, user))

    async def is_shared(self, channel: str, user: str) -> bool:
        """
        Whether others than *user* read along in *channel*.

        Raises:
            TryLater
        """
        if channel in self._here.channels:
            return True
        try:
            return await self._direct(user) != channel
        except DirectClosed:
            return True

    def fitting(self, page: ChatPage, *, is_shared: bool) -> ChatPage:
        """*page* as it can stand there: a button whose press the gate would refuse is none."""
        if is_shared or self._here.direct_messages or not page.buttons:
            return page
        footer = " · ".join(part for part in (page.footer, NOT_HERE) if part)
        return evolve(page, buttons=(), menu=None, footer=footer)

    def forbid(self, channel: str) -> None:
        """Nothing can be posted in *channel*: it is left alone for a while."""
        self._forbidden_at[channel] = self._clock.monotonic()

    def forgive(self) -> None:
        """Something has changed: every channel can be tried again."""
        self._forbidden_at.clear()

    def _is_forbidden(self, channel: str) -> bool:
        at = self._forbidden_at.get(channel)
        return at is not None and self._clock.monotonic() - at < FORBIDDEN_S

    async def _direct(self, user: str) -> str:
        known = self._directs.find(user)
        if not known:
            known = await self._poster.direct(user)
            self._directs.keep(user, known)
        return known
