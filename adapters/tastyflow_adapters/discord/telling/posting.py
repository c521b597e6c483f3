"""
What is asked of Discord to show something: a message posted, a message edited, a direct message opened.

    post(channel, page, nonce=…) ─▶ the id of the message        the same nonce again, soon: the same message
    edit(channel, message, page)                                 with the bot's own token, whenever
    direct(user) ─▶ the channel of direct messages with a person

    PostingFailure
    ├─ MessageGone       it was deleted: another one takes its place
    ├─ MessageTooOld     Discord lets it be edited no more: as above
    ├─ PlaceForbidden    the bot may not write there, or the place is gone: the trader is told directly
    ├─ DirectClosed      the person takes no direct messages: it is kept
    ├─ PageRefused       Discord takes no such page: the fault is ours, and again would be the same
    └─ TryLater          no answer: it may have been applied
       └─ NotTaken       too much at once, or not connected: it was not

A page is a `ChatPage`; it is rendered behind this port, where its texts are escaped and bounded.
"""

from typing import Protocol

from tastyflow_adapters.discord.page import ChatPage


class PostingFailure(Exception):
    """Discord did not do what it was asked. The words are for the program's own log: no text of a message is in it."""


class MessageGone(PostingFailure):
    """The message was deleted."""


class MessageTooOld(PostingFailure):
    """The message is too old to be edited."""


class PlaceForbidden(PostingFailure):
    """The bot may not see the channel, or not write in it."""


class DirectClosed(PostingFailure):
    """The person takes no direct messages from the bot."""


class PageRefused(PostingFailure):
    """Discord takes no such page."""


class TryLater(PostingFailure):
    """
    It is not known whether it was done; the same again does no harm.

    Attributes:
        after_s: How long Discord wants to be left alone; 0 where it did not say.
    """

    def __init__(self, words: str, after_s: float = 0.0) -> None:
        super().__init__(words)
        self.after_s = after_s


class NotTaken(TryLater):
    """Discord did not look at it: nothing was done."""


class Poster(Protocol):
    """Discord, as far as telling needs it. Each call may take its time, and raises `PostingFailure` alone."""

    async def post(
        self, channel: str, page: ChatPage, *, nonce: str, is_silent: bool = False, reply_to: str = ""
    ) -> str:
        """
        Post *page*, and give the id of the message.

        Args:
            nonce: At most 25 characters. A message of the same nonce, posted a few minutes ago, is given instead.
            is_silent: Without a sound.
            reply_to: The id of a message in the same channel that it refers to; it may be gone.

        Raises:
            PlaceForbidden, DirectClosed, PageRefused, TryLater
        """
        ...

    async def edit(self, channel: str, message: str, page: ChatPage) -> None:
        """
        Let *message* show *page*, which takes the place of everything that it showed.

        Raises:
            MessageGone, MessageTooOld, PlaceForbidden, PageRefused, TryLater
        """
        ...

    async def direct(self, user: str) -> str:
        """
        The channel of direct messages with *user*.

        Raises:
            DirectClosed, TryLater
        """
        ...
