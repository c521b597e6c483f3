"""
The least client of discord.py, to see what the library itself makes of what it is told.

    async with bare(double) as client:      what it hears is in `heard`; `on_ask` answers an interaction
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import discord

from tests.discord.double import Double
from tests.discord.kit import READY_WITHIN_S, connected

Answers = Callable[[discord.Interaction], Awaitable[Any]]


class Bare(discord.Client):
    """
    Attributes:
        heard: Messages as they came; `asked` interactions.
        raised: What answering an interaction raised.
        running: Ends where the library dies.
    """

    def __init__(self, on_ask: Answers | None, *, content: bool = False, silence_s: float = 60.0) -> None:
        intents = discord.Intents.none()
        intents.guilds = intents.guild_messages = intents.dm_messages = True
        intents.message_content = content
        super().__init__(
            intents=intents,
            guild_ready_timeout=READY_WITHIN_S,
            chunk_guilds_at_startup=False,
            max_messages=None,
            max_ratelimit_timeout=30,
            heartbeat_timeout=silence_s,
            allowed_mentions=discord.AllowedMentions.none(),
        )
        self.heard: list[discord.Message] = []
        self.asked: list[discord.Interaction] = []
        self.raised: list[Exception] = []
        self.running: asyncio.Task[None]
        self._on_ask = on_ask

    async def on_message(self, message: discord.Message) -> None:
        if message.author.id != self.application_id:
            self.heard.append(message)

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        self.asked.append(interaction)
        if self._on_ask is not None:
            try:
                await self._on_ask(interaction)
            except Exception as error:  # noqa: BLE001  the tests look at it
                self.raised.append(error)

    async def died_of(self) -> BaseException | None:
        """Why it ended, once it has."""
        await asyncio.wait({self.running}, timeout=10)
        assert self.running.done(), "it lives"
        return self.running.exception()


@asynccontextmanager
async def bare(double: Double, on_ask: Answers | None = None, **chosen: Any) -> AsyncIterator[Bare]:
    client = Bare(on_ask, **chosen)
    async with connected(client, double) as client.running:
        yield client
