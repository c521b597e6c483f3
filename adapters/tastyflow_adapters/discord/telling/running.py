"""
Telling beside the bot, for as long as the part of the service runs: whichever bot is connected posts.

    tell_orders(chat, bot, may_act) ─▶ ChatTelling over DiscordPoster      a connection that is new ends every rest
"""

import asyncio
from collections.abc import Callable
from typing import Final

from tastyflow.application.waiting import ended
from tastyflow.ports import Clock
from tastyflow_adapters.discord.bot import Bot
from tastyflow_adapters.discord.chat import Chat
from tastyflow_adapters.discord.telling.chat_telling import ChatTelling
from tastyflow_adapters.discord.telling.through_discord import DiscordPoster

LOOK_S: Final = 1.0


async def tell_orders(chat: Chat, bot: Callable[[], Bot | None], _may_act: Callable[[], bool]) -> None:
    """Show the orders of this chat, and tell what becomes of them, until cancelled."""
    telling = ChatTelling(chat, DiscordPoster(bot))
    running = asyncio.create_task(telling.run(), name="discord-orders")
    trying = asyncio.create_task(_try_again(telling, bot, chat.desk.context.clock), name="discord-again")
    try:
        await asyncio.wait((running,))
        running.result()
    finally:
        await ended(running, trying)


async def _try_again(telling: ChatTelling, bot: Callable[[], Bot | None], clock: Clock) -> None:
    """Let it be tried again where the bot is connected anew."""
    known = None
    while True:
        now = bot()
        connected = (now, now.connection.since) if now is not None and now.connection.is_connected else None
        if connected not in (None, known):
            telling.again()
        known = connected
        await clock.sleep(LOOK_S)
