"""
Everything that is told in Discord, for as long as the part of the service runs: whichever bot is connected posts.

    the log ─▶ ChatTelling   live messages and notices of orders     Overseer   incidents, approvals, reports
    a connection that is new ─▶ every rest ends        who was cut off by the end of an earlier process
    the end ─▶ the overseer's last look ─▶ what is due is told, for a moment ─▶ the rest is kept
"""

import asyncio
from collections.abc import Callable
from typing import Final

from tastyflow.application.service.supervision import MayAct
from tastyflow.application.waiting import ended
from tastyflow.ports import Clock
from tastyflow_adapters.discord.bot import CurrentBot
from tastyflow_adapters.discord.chat import Chat
from tastyflow_adapters.discord.overseeing.overseer import Overseer
from tastyflow_adapters.discord.telling.chat_telling import ChatTelling
from tastyflow_adapters.discord.telling.cut_off import tell_cut_off
from tastyflow_adapters.discord.telling.through_discord import DiscordPoster
from tastyflow_adapters.discord.ties import DiscordTies

LOOK_S: Final = 1.0


async def tell_all(
    ties: DiscordTies, chat: Chat, bot: CurrentBot, may_act: MayAct, *, anchors_channel: int = 0
) -> None:
    """Show and tell, until cancelled; anchors of the log too, where there is a channel for them."""
    poster = DiscordPoster(bot)
    with ties.anchors.posted_by(poster, anchors_channel):
        await _tell_all(ties, chat, bot, may_act, poster)


async def _tell_all(ties: DiscordTies, chat: Chat, bot: CurrentBot, may_act: MayAct, poster: DiscordPoster) -> None:
    telling = ChatTelling(chat, poster)
    overseer = Overseer(
        chat, poster, telling.notices.put, bulletin=ties.bulletin, channel=ties.operators, may_act=may_act
    )

    def again() -> None:
        telling.again()
        overseer.again()

    orders = asyncio.create_task(telling.run(), name="discord-orders")
    beside = (
        asyncio.create_task(overseer.run(), name="discord-overseer"),
        asyncio.create_task(_try_again(again, bot, chat.desk.context.clock), name="discord-again"),
        asyncio.create_task(tell_cut_off(chat, poster), name="discord-cut-off"),
    )
    try:
        await asyncio.wait((orders, *beside), return_when=asyncio.FIRST_COMPLETED)
        for task in (orders, *beside):
            if task.done():
                task.result()
    finally:
        await ended(*beside)  # what the service says last is in the outbox then
        await ended(orders)


async def _try_again(again: Callable[[], None], bot: CurrentBot, clock: Clock) -> None:
    """Let it be tried again where the bot is connected anew."""
    known = None
    while True:
        now = bot()
        connected = (now, now.connection.since) if now is not None and now.connection.is_connected else None
        if connected not in (None, known):
            again()
        known = connected
        await clock.sleep(LOOK_S)
