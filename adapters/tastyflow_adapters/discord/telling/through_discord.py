"""
Posting and editing by discord.py, with the bot's own token; what Discord answers becomes one of our failures.

    10008 ─▶ MessageGone      50001, 50013, 10003 ─▶ PlaceForbidden      429, 5xx, no connection ─▶ TryLater
    30046 ─▶ MessageTooOld    50007 ─▶ DirectClosed                      any other 400 ─▶ PageRefused

A message is edited by its id, whenever: the token of an interaction would end after fifteen minutes.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

import discord

from tastyflow_adapters.discord.drawing import to_edit, to_send
from tastyflow_adapters.discord.page import ChatPage
from tastyflow_adapters.discord.rendering import render
from tastyflow_adapters.discord.telling.posting import (
    DirectClosed,
    MessageGone,
    MessageTooOld,
    NotTaken,
    PageRefused,
    PlaceForbidden,
    PostingFailure,
    TryLater,
)

WITHIN_S: Final = 60.0
"""How long an answer is waited for; discord.py tries again by itself meanwhile."""

_GONE: Final = 10008
_TOO_OLD: Final = frozenset({30046, 50083})  # the second: its thread is archived, which a new message opens again
_CLOSED: Final = frozenset({50007, 50278})  # the second: no guild is shared with the person any more


class DiscordPoster:
    """
    A `Poster`.

    Args:
        client: The bot as it is now; None while there is none.
    """

    def __init__(self, client: Callable[[], discord.Client | None]) -> None:
        self._client = client

    async def post(
        self, channel: str, page: ChatPage, *, nonce: str, is_silent: bool = False, reply_to: str = ""
    ) -> str:
        how, number = to_send(render(page)), _number(channel)
        if reply_to:
            how["reference"] = discord.MessageReference(
                message_id=_number(reply_to), channel_id=number, fail_if_not_exists=False
            )
            how["mention_author"] = False
        try:
            async with self._asking() as client:
                place = client.get_partial_messageable(number)
                return str((await place.send(nonce=nonce, silent=is_silent, **how)).id)
        except (MessageGone, MessageTooOld) as failure:  # a locked thread: another message would be refused as well
            raise PlaceForbidden(str(failure)) from failure

    async def edit(self, channel: str, message: str, page: ChatPage) -> None:
        how, number = to_edit(render(page)), _number(channel)
        async with self._asking() as client:
            await client.get_partial_messageable(number).get_partial_message(_number(message)).edit(**how)

    async def direct(self, user: str) -> str:
        try:
            async with self._asking() as client:
                return str((await client.create_dm(discord.Object(_number(user)))).id)
        except (MessageGone, MessageTooOld, PlaceForbidden, PageRefused) as failure:  # there is no such person
            raise DirectClosed(str(failure)) from failure

    @asynccontextmanager
    async def _asking(self) -> AsyncIterator[discord.Client]:
        client = self._client()
        if client is None or client.is_closed():
            raise NotTaken("the bot is not connected")
        try:
            async with asyncio.timeout(WITHIN_S):
                yield client
        except asyncio.CancelledError:
            if (task := asyncio.current_task()) is not None and task.cancelling():
                raise
            raise TryLater("the bot was closed meanwhile") from None
        except Exception as error:
            raise failure_of(error) from error


def _number(name: str) -> int:
    try:
        return int(name)
    except ValueError:
        raise PlaceForbidden("it is no id of Discord's") from None


def failure_of(error: Exception) -> PostingFailure:
    """What *error* means for a message. No text of a message is in it."""
    if isinstance(error, discord.RateLimited):
        return NotTaken("too many requests", error.retry_after)
    if isinstance(error, discord.HTTPException):
        return _answered(error)
    return error if isinstance(error, PostingFailure) else TryLater(type(error).__name__)


def _answered(error: discord.HTTPException) -> PostingFailure:
    words = f"{error.status}, {error.code}"
    if error.code == _GONE:
        return MessageGone(words)
    if error.code in _TOO_OLD:
        return MessageTooOld(words)
    if error.code in _CLOSED:
        return DirectClosed(words)
    if isinstance(error, discord.Forbidden | discord.NotFound):
        return PlaceForbidden(words)
    return PageRefused(words) if error.status == 400 else TryLater(words)
