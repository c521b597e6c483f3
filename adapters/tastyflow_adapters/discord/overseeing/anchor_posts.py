"""
Anchors of the log in a channel of Discord: a witness that the log's owner cannot edit where the channel is read-only.

    the service's anchors ─▶ AnchorChannel ─▶ the bot's messages, while it runs        else it is tried again

The message names the last anchor for people; the file with it holds each line to the letter, for a later audit.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from tastyflow.domain.anchor import Anchor
from tastyflow_adapters.discord.page import ChatPage, TextFile
from tastyflow_adapters.discord.telling.posting import NotTaken, Poster, PostingFailure

FILE: Final = "anchors.jsonl"


class AnchorChannel:
    """An `AnchorPlace`: the channel of Discord with the id *channel*."""

    def __init__(self) -> None:
        self.name = "discord"
        self._posts: tuple[Poster, str] | None = None

    @contextmanager
    def posted_by(self, poster: Poster, channel: int) -> Iterator[None]:
        """While entered, *poster* posts in *channel*."""
        self._posts = (poster, str(channel))
        try:
            yield
        finally:
            self._posts = None

    async def publish(self, anchors: Sequence[Anchor]) -> None:
        """
        Post *anchors* in one message.

        Raises:
            OSError: Discord did not take it.
        """
        if self._posts is None:
            raise ConnectionError(str(NotTaken("the bot is not connected")))
        poster, channel = self._posts
        try:
            await poster.post(channel, page_of(anchors), nonce=anchors[-1].digest[:24], is_silent=True)
        except PostingFailure as failure:
            raise ConnectionError(f"Discord did not take it ({failure})") from failure


def page_of(anchors: Sequence[Anchor]) -> ChatPage:
    """What stands in the channel."""
    last = anchors[-1]
    more = f"{len(anchors):,} anchors, the last one " if len(anchors) > 1 else "Anchor "
    told = f"{more}at event {last.position:,} of log {last.log.hex[:8]}: {last.head.hex()[:16]}…"
    file = TextFile(FILE, "".join(f"{each.line}\n" for each in anchors))
    return ChatPage(lines=(told,), files=(file,), is_private=False)
