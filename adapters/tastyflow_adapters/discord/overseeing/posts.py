"""
One message, kept in step with what it shows: posted once, edited when that moves on, posted anew where it is gone.

    not shown yet ──▶ post        no answer, or a crash: the same nonce finds the same message
    told once more ─▶ post, and the message before loses its buttons
    moved on ───────▶ edit ─┬─ deleted ─▶ another one, unless it is over
                            └─ too old ─▶ another one, without a sound

What Discord does not take now is left as it is: `keep` again does the rest. One keeper is used by several tasks.
"""

import asyncio
import logging
from collections.abc import AsyncIterable
from contextlib import suppress
from typing import Final

from attrs import evolve, frozen

from tastyflow_adapters.discord.memory.posts import PostRow, PostRows
from tastyflow_adapters.discord.memory.recognising import looks_of, nonce_of
from tastyflow_adapters.discord.page import ChatPage, Tone
from tastyflow_adapters.discord.telling.posting import (
    MessageGone,
    MessageTooOld,
    NotTaken,
    PageRefused,
    Poster,
    PostingFailure,
    TryLater,
)

logger = logging.getLogger(__name__)

UNKNOWN_EPOCH: Final = ""
"""Of what the log could not take yet: it is the same thing as what the log says of it later."""
BEFORE: Final = -1
"""The version of what a message shows that may show anything."""
TOLD_BELOW: Final = "Told again below."


@frozen(kw_only=True)
class Post:
    """
    What a message is to show.

    Attributes:
        subject: What it is about, after its kind and a colon.
        epoch: Since when it is so.
        telling: How often it was told before.
        version: Counts what happened to the subject: an older one never takes the place of a newer one.
        is_over: Whether nothing more will happen to it here.
    """

    subject: str
    channel: str
    epoch: str
    telling: int = 0
    version: int
    page: ChatPage
    is_over: bool = False
    is_silent: bool = False

    @property
    def looks(self) -> str:
        """The digest of the page."""
        return looks_of(self.page)


class Posts:
    """Keeps messages in step; *rows* says what is posted."""

    def __init__(self, rows: PostRows, poster: Poster) -> None:
        self.rows: Final = rows
        self._poster = poster
        self._one_at_a_time = asyncio.Lock()

    async def keep(self, post: Post, *, again: bool = False) -> None:
        """
        Let the message of *post* show it.

        Args:
            again: Whether a later telling is a new message; else the newest message is edited.

        Raises:
            PostingFailure: It is not shown yet.
        """
        async with self._one_at_a_time:
            row = self.rows.find(post.subject)
            if row is not None and row.tried:
                row = await self._found_out(row, post)
            if self._begins(post, row, again=again):
                await self._post(post, before=row, generation=row.generation + 1 if row and row.is_over else 0)
            elif row is not None and not row.is_over and (post.version > row.version or row.epoch != post.epoch):
                await self._edit(evolve(post, telling=row.telling), row)

    @staticmethod
    def _begins(post: Post, row: PostRow | None, *, again: bool) -> bool:
        """Whether *post* is a message of its own; what is over is none."""
        if post.is_over:
            return False
        is_known = row is not None and not row.is_over and _is_same(row.epoch, post.epoch)
        return not is_known or (again and row is not None and post.telling > row.telling)

    async def keep_all(self, posts: AsyncIterable[Post], *, again: bool = False) -> None:
        """
        As `keep`, each of *posts*: one that Discord does not take holds up no other, unless Discord is away.

        Raises:
            PostingFailure: Not all of it is shown yet.
        """
        failed: PostingFailure | None = None
        async for post in posts:
            try:
                await self.keep(post, again=again)
            except TryLater:
                raise
            except PostingFailure as failure:
                failed = failure
        if failed is not None:
            raise failed

    async def _post(self, post: Post, *, before: PostRow | None, generation: int = 0) -> None:
        nonce = nonce_of(f"{post.subject}:{post.epoch}:{post.telling}:{generation}")
        new = _row_of(post, "", generation)
        self.rows.keep(evolve(before or evolve(new, version=BEFORE), tried=nonce, is_over=False))
        try:
            message = await self._poster.post(post.channel, post.page, nonce=nonce, is_silent=post.is_silent)
        except TryLater as failure:
            if isinstance(failure, NotTaken):
                self._restore(post.subject, before)
            raise
        except PostingFailure:
            self._restore(post.subject, before)
            raise
        self.rows.keep(evolve(new, message=message))
        await self._retire(before, message, post.page)

    async def _found_out(self, row: PostRow, post: Post) -> PostRow:
        """What was tried, posted once more: under its nonce it is there once. What it shows is not known."""
        message = await self._poster.post(row.channel, post.page, nonce=row.tried, is_silent=post.is_silent)
        found = evolve(row, message=message, tried="", version=BEFORE, looks="")
        self.rows.keep(found)
        await self._retire(row, message, post.page)
        return found

    def _restore(self, subject: str, before: PostRow | None) -> None:
        """It was not posted: what is there is what was there."""
        if before is None:
            self.rows.forget(subject)
        else:
            self.rows.keep(before)

    async def _retire(self, before: PostRow | None, message: str, page: ChatPage) -> None:
        """Take the buttons from the message *before*, which another one has followed."""
        if before is not None and before.message not in ("", message) and not before.is_over:
            with suppress(PostingFailure):  # its buttons decide nothing that the log does not allow
                await self._poster.edit(before.channel, before.message, _told_below(page))

    async def _edit(self, post: Post, row: PostRow) -> None:
        if post.looks != row.looks:
            try:
                await self._poster.edit(row.channel, row.message, post.page)
            except MessageGone:
                if not post.is_over:
                    await self._post(post, before=None, generation=row.generation + 1)
                    return
            except MessageTooOld:
                await self._post(evolve(post, is_silent=True), before=None, generation=row.generation + 1)
                return
            except PageRefused:
                logger.exception("Discord takes no such page of %s", post.subject)
        self.rows.keep(_row_of(post, row.message, row.generation, channel=row.channel))


def _is_same(known: str, epoch: str) -> bool:
    return known == epoch or UNKNOWN_EPOCH in (known, epoch)


def _told_below(page: ChatPage) -> ChatPage:
    return evolve(page, buttons=(), menu=None, footer=TOLD_BELOW, tone=Tone.PLAIN)


def _row_of(post: Post, message: str, generation: int, *, channel: str = "") -> PostRow:
    return PostRow(
        subject=post.subject,
        epoch=post.epoch,
        telling=post.telling,
        generation=generation,
        channel=channel or post.channel,
        message=message,
        version=post.version,
        looks=post.looks,
        is_over=post.is_over,
    )
