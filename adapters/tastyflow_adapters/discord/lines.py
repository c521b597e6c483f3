"""
What is answered to lines that people type, and to what they do with them afterwards: the plain functions, in one row.

    heard      a line that is written to the bot, or in its channels where plain text is read; None is silence
    shown      the answer stands in a message, by its id: a reply to that answers it
    edited     a line that was heard says something else now: that never trades
    deleted    a line is gone, by its id; Discord does not say by whose hand
"""

from collections.abc import Awaitable, Callable
from typing import Final

from attrs import frozen

from tastyflow_adapters.discord.answers import conversing
from tastyflow_adapters.discord.chat import Chat
from tastyflow_adapters.discord.commands import Answers
from tastyflow_adapters.discord.page import Answer
from tastyflow_adapters.discord.request import Request

Deleted = Callable[[Chat, str], Awaitable[Answer]]
Shown = Callable[[Chat, Request, str], None]


@frozen
class LineRow:
    """Who answers a line, and what becomes of it."""

    heard: Answers
    shown: Shown
    edited: Answers
    deleted: Deleted


LINES: Final = LineRow(
    heard=conversing.heard, shown=conversing.shown, edited=conversing.edited, deleted=conversing.deleted
)
