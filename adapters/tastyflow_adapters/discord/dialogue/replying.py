"""
A page goes where the person sees it; where Discord does not take it there, another way. No order hangs on it.

    answered interaction ─▶ in the place that the sign made     (an edit that is repeated does no harm)
                   │ no ─▶ a direct message
                   │ no ─▶ the channel, where the page is not private
                   └ no ─▶ in its place, that it cannot be shown; and a line in the log
    line ─▶ a reply below it; what is private in a guild goes by direct message

A private page never stands in a channel of a guild for others to see.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final

import aiohttp
import discord

from tastyflow_adapters.discord.dialogue import words
from tastyflow_adapters.discord.dialogue.answering import unforeseen
from tastyflow_adapters.discord.dialogue.arrivals import Arrived, is_direct
from tastyflow_adapters.discord.drawing import to_edit, to_send
from tastyflow_adapters.discord.page import ChatPage
from tastyflow_adapters.discord.rendered import Rendered
from tastyflow_adapters.discord.rendering import render

logger = logging.getLogger(__name__)

NOT_TAKEN: Final = (discord.DiscordException, aiohttp.ClientError, OSError, asyncio.TimeoutError, RuntimeError)
"""How discord.py and the network say that something was not sent; a closed session is a RuntimeError."""


def is_public(message: discord.Message | None) -> bool:
    """Whether others can see *message*."""
    return message is not None and not is_direct(message) and not message.flags.ephemeral


def rendered(page: ChatPage) -> Rendered:
    """*page* for Discord; a page that cannot be made is an error of ours, which has a page as well."""
    try:
        return render(page)
    except Exception as error:  # noqa: BLE001  it is logged with its traceback
        return render(unforeseen(error))


async def in_place(interaction: Arrived, page: ChatPage) -> None:
    """Show *page* in the place that the sign made: of a card whose button was pressed, or of "thinking"."""
    await _first_that_works(
        page,
        lambda: interaction.edit_original_response(**to_edit(rendered(page))),
        lambda: _directly(interaction.user, page),
        *(() if page.is_private else (lambda: _in_channel(interaction, page),)),
        lambda: interaction.edit_original_response(**to_edit(rendered(words.NOT_SHOWN))),
    )


async def beside(interaction: Arrived, page: ChatPage) -> None:
    """Show *page* to the person alone, beside a message that others see as well."""
    await _first_that_works(
        page,
        lambda: interaction.followup.send(**to_send(rendered(page)), ephemeral=True),
        lambda: _directly(interaction.user, page),
    )


async def otherwise(interaction: Arrived, page: ChatPage) -> None:
    """Say *page*, which holds nothing private, where Discord took no sign for *interaction*."""
    await _first_that_works(page, lambda: _directly(interaction.user, page), lambda: _in_channel(interaction, page))


async def below(message: discord.Message, page: ChatPage) -> str:
    """Answer a line with *page*; the id of the message that shows it, empty where none does."""
    in_channel = (
        lambda: message.reply(**to_send(rendered(page)), mention_author=False),
        lambda: message.channel.send(**to_send(rendered(page))),  # the line was deleted meanwhile
    )
    if page.is_private and not is_direct(message):
        shown = words.CLOSED_TO_US
        await _first_that_works(
            page,
            lambda: _directly(message.author, page),
            lambda: message.reply(**to_send(rendered(shown)), mention_author=False),
        )
        return ""
    posted = await _first_that_works(page, *in_channel, lambda: _directly(message.author, page))
    return str(posted.id) if isinstance(posted, discord.Message) else ""


async def into(channel: discord.PartialMessageable, page: ChatPage) -> None:
    """Say *page* where a line was deleted; not where it is private, and others read along."""
    if page.is_private and channel.guild_id is not None:
        logger.warning("A private page has no place in a channel: %s", page.title or "a page without a title")
        return
    await _first_that_works(page, lambda: channel.send(**to_send(rendered(page))))


def restored(message: discord.Message) -> dict[str, Any]:
    """The arguments that bring the buttons of *message* back."""
    view = discord.ui.View.from_message(message, timeout=None)
    view.stop()
    return {"content": message.content or None, "view": view}


async def _directly(person: discord.User | discord.Member, page: ChatPage) -> None:
    await person.send(**to_send(rendered(page)))


async def _in_channel(interaction: Arrived, page: ChatPage) -> None:
    if interaction.channel_id is None or interaction.guild_id is None:
        raise discord.ClientException("no channel to say it in")
    channel = interaction.client.get_partial_messageable(interaction.channel_id, guild_id=interaction.guild_id)
    await channel.send(**to_send(rendered(page)))


async def _first_that_works(page: ChatPage, *ways: Callable[[], Awaitable[object]]) -> object:
    for number, way in enumerate(ways):
        try:
            return await way()
        except NOT_TAKEN as error:
            code = error.code if isinstance(error, discord.HTTPException) else ""
            logger.info("An answer was not taken (way %d): %s %s", number, type(error).__name__, code)
    logger.warning("An answer could not be shown anywhere: %s", page.title or "a page without a title")
    return None
