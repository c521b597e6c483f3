"""
Lines that people type: mentions, replies to the bot, direct messages; where plain text is read, all of its channels.

    a person's line, written to the bot ─▶ the entrance ─▶ answered ─▶ below it
    any other line of a trader, where plain text is read ─▶ the same; silence where it is ordinary chat
    edited, deleted ─▶ told to the answers, once the line itself was answered: that never trades
"""

import asyncio
import logging
from weakref import WeakValueDictionary

import discord

from tastyflow.errors import TastyflowError
from tastyflow_adapters.discord.chat import Chat
from tastyflow_adapters.discord.dialogue import replying, words
from tastyflow_adapters.discord.dialogue.answering import TURNED_AWAY, answered
from tastyflow_adapters.discord.dialogue.arrivals import (
    asker_at,
    edit_request,
    is_by_person,
    is_direct,
    is_line,
    line_request,
    own_roles,
)
from tastyflow_adapters.discord.entrance import Admission, Entrance
from tastyflow_adapters.discord.lines import LineRow
from tastyflow_adapters.discord.memory.heard import Arrival, Heard
from tastyflow_adapters.discord.page import ChatPage

logger = logging.getLogger(__name__)


class Listener:
    """Answers the lines that one bot hears, by *lines*."""

    def __init__(self, chat: Chat, entrance: Entrance, lines: LineRow) -> None:
        self._chat = chat
        self._entrance = entrance
        self._lines = lines
        self._hinted: set[str] = set()
        self._in_hand: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    async def heard(self, message: discord.Message, me: int) -> None:
        """A line was written; *me* is the bot's own user."""
        async with self._taken_in_hand(message.id):
            await self._heard(message, me)

    async def _heard(self, message: discord.Message, me: int) -> None:
        asker = asker_at(message)
        is_addressed = _is_addressed(message, me)
        if is_by_person(message) and not message.content.strip() and own_roles(message, me):
            await self._hint(message)
            return
        if not is_line(message) or not (is_addressed or self._is_overheard(message)):
            return
        event = Heard(str(message.id), Arrival.LINE, asker)
        admission = self._entrance.admit(event, message.created_at)
        if admission is not Admission.WELCOME:
            page = TURNED_AWAY.get(admission)
            if page is not None and (is_addressed or self._is_understood(message, me)):
                await replying.below(message, page)
            return
        request = line_request(message, asker, me)
        answer = await answered(self._chat, request, self._lines.heard)
        if isinstance(answer, ChatPage) and (posted := await replying.below(message, answer)):
            self._lines.shown(self._chat, request, posted)
        self._entrance.ended(event, "answered" if answer is not None else "ordinary chat")

    async def _hint(self, message: discord.Message) -> None:
        """The bot's role was mentioned, and not the bot: then Discord keeps the words from it. That is said once."""
        asker = asker_at(message)
        event = Heard(str(message.id), Arrival.LINE, asker)
        admission = self._entrance.admit(event, message.created_at)
        if admission is not Admission.WELCOME:
            if (page := TURNED_AWAY.get(admission)) is not None:
                await replying.below(message, page)
            return
        if asker.user not in self._hinted:
            self._hinted.add(asker.user)
            await replying.below(message, words.ROLE_MENTIONED)
        self._entrance.ended(event, "role mentioned")

    async def edited(self, edit: discord.RawMessageUpdateEvent, me: int) -> None:
        """
        A line says something else now. What Discord itself changes, as the preview of a link, is no edit.

        Its words can be empty: Discord hides them from the bot where its mention was taken out of them.
        """
        message = edit.message
        if message.edited_at is None or not is_by_person(message) or not self._entrance.is_open_to(asker_at(message)):
            return
        async with self._taken_in_hand(message.id):
            answer = await answered(self._chat, edit_request(edit, me), self._lines.edited)
            if isinstance(answer, ChatPage):
                await replying.below(message, answer)

    async def deleted(self, message: int, channel: discord.PartialMessageable) -> None:
        """A line is gone; what that changes is said in its *channel*."""
        if not self._entrance.may_act():
            return
        try:
            async with self._taken_in_hand(message):
                answer = await self._lines.deleted(self._chat, str(message))
        except TastyflowError as error:
            logger.warning("A deleted line: %s", error.message)
        else:
            if isinstance(answer, ChatPage):
                await replying.into(channel, answer)

    def _taken_in_hand(self, message: int) -> asyncio.Lock:
        """What happens to one line happens in its order: a card that is still being made is withdrawn after it."""
        return self._in_hand.setdefault(message, asyncio.Lock())

    def _is_overheard(self, message: discord.Message) -> bool:
        """Whether a line that is not written to the bot is read: strangers' lines are not even noted."""
        return self._chat.here.plain_text and self._entrance.is_open_to(asker_at(message))

    def _is_understood(self, message: discord.Message, me: int) -> bool:
        """Whether a line says anything to the desk; no answer is due to what people say to each other."""
        text, context = line_request(message, asker_at(message), me).text, self._chat.desk.context
        try:
            context.language.parse(text, as_of=context.clock.now())
        except TastyflowError:
            return False
        return True


def _is_addressed(message: discord.Message, me: int) -> bool:
    """Whether *message* is written to the bot: directly, by a mention, or as a reply to what the bot wrote."""
    if is_direct(message) or any(each.id == me for each in message.mentions) or own_roles(message, me):
        return True
    replied_to = message.reference.resolved if message.reference is not None else None
    return isinstance(replied_to, discord.Message) and replied_to.author.id == me
