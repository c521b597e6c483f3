"""
What is answered to lines that people type, and to what they do with them afterwards: the plain functions, in one row.

    heard      a line that is written to the bot, or in its channels where plain text is read; None is silence
    edited     a line that was heard says something else now: that never trades
    deleted    a line is gone, by its id; Discord does not say by whose hand
"""

from collections.abc import Awaitable, Callable
from typing import Final

from attrs import frozen

from tastyflow_adapters.discord.chat import Chat
from tastyflow_adapters.discord.commands import Answers
from tastyflow_adapters.discord.page import Answer
from tastyflow_adapters.discord.request import Request

Deleted = Callable[[Chat, str], Awaitable[None]]


@frozen
class LineAnswers:
    """Who answers lines."""

    heard: Answers
    edited: Answers
    deleted: Deleted


async def _silence(_chat: Chat, _request: Request) -> Answer:
    return None


async def _nothing(_chat: Chat, _message: str) -> None:
    return None


LINES: Final = LineAnswers(heard=_silence, edited=_silence, deleted=_nothing)
