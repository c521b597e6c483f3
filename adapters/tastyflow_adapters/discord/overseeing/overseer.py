"""
Everything that operators and approvers are shown, kept in step with the log for as long as the bot runs.

    every `LOOK_S` ─▶ reports ─▶ incidents ─▶ approvals        one that fails is tried again, after a pause that grows

Trading waits for none of it, and none of it raises into anything else.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from typing import Final

from tastyflow.application.backoff import Backoff
from tastyflow.application.service.supervision import MayAct
from tastyflow.errors import StoreFailure
from tastyflow_adapters.discord.chat import Chat
from tastyflow_adapters.discord.memory.posts import PostRows
from tastyflow_adapters.discord.overseeing.approval_posts import ApprovalPosts
from tastyflow_adapters.discord.overseeing.bulletin import Bulletin
from tastyflow_adapters.discord.overseeing.channel import OperatorsChannel
from tastyflow_adapters.discord.overseeing.incident_posts import IncidentPosts, has_place
from tastyflow_adapters.discord.overseeing.posts import Posts
from tastyflow_adapters.discord.overseeing.reports import Put, Reports
from tastyflow_adapters.discord.telling.posting import Poster, PostingFailure, TryLater

logger = logging.getLogger(__name__)

LOOK_S: Final = 1.5
LONGEST_PAUSE_S: Final = 60.0
LAST_LOOK_S: Final = 2.0
"""How long the last look may take, where the service ends."""


class _Section:
    """
    One thing that is looked at again and again.

    Args:
        is_of_log: Whether the log alone changes it: then a log that has not moved on is no reason to look.
    """

    def __init__(self, name: str, look: Callable[[], Awaitable[None]], *, is_of_log: bool = True) -> None:
        self.name = name
        self.look = look
        self.is_of_log = is_of_log
        self.pauses = Backoff(LOOK_S, longest_s=LONGEST_PAUSE_S, spread=(0.7, 1.0))
        self.not_before_s = 0.0
        self.seen = -1
        self.is_failing = False


class Overseer:
    """
    Args:
        put: Takes what is told once.
        may_act: Whether this process is the one that tells.
    """

    def __init__(
        self,
        chat: Chat,
        poster: Poster,
        put: Put,
        *,
        bulletin: Bulletin,
        channel: OperatorsChannel,
        may_act: MayAct = lambda: True,
    ) -> None:
        context, here = chat.desk.context, chat.here
        posts = Posts(PostRows(chat.memory), poster)
        self._ledger = context.ledger
        self._clock = context.clock
        self._may_act = may_act
        self._channel = channel
        self.incidents = IncidentPosts(context, here, posts) if has_place(here) else None
        self._reports = Reports(context, here, bulletin, put) if here.operators_channel else None
        self._sections: list[_Section] = []
        if self._reports is not None:
            self._sections.append(_Section("reports", self._reports.look, is_of_log=False))
        if self.incidents is not None:
            self._sections.append(_Section("incidents", self.incidents.look))
        if here.approvals_channel:
            self._sections.append(_Section("approvals", ApprovalPosts(chat.desk, here, posts).look))

    async def run(self) -> None:
        """Until it is cancelled; then once more, for a moment."""
        with ExitStack() as stack:
            if self.incidents is not None:
                stack.enter_context(self._channel.told_by(self.incidents))
            try:
                while True:
                    await self.look()
                    await self._clock.sleep(LOOK_S)
            finally:
                await self._end()

    async def look(self) -> None:
        """Look once at everything that is due."""
        for section in self._sections:
            if self._may_act() and self._clock.monotonic() >= section.not_before_s:
                await self._look_at(section)

    def again(self) -> None:
        """Discord is there again: nothing pauses."""
        for section in self._sections:
            section.not_before_s = 0.0

    async def _look_at(self, section: _Section) -> None:
        try:
            end = self._ledger.end()
            if section.is_of_log and end == section.seen and not section.is_failing:
                return
            await section.look()
        except PostingFailure as failure:
            self._failed(section, f"Discord did not take it ({type(failure).__name__})", _after_s(failure))
        except StoreFailure as failure:
            self._failed(section, failure.message)
        except Exception:
            logger.exception("The %s of the operators cannot be shown now", section.name)
            self._failed(section, "")
        else:
            section.seen, section.is_failing = end, False
            section.pauses.reset()

    def _failed(self, section: _Section, trouble: str, after_s: float = 0.0) -> None:
        if trouble and not section.is_failing:
            logger.warning("The %s in Discord are not shown yet, and are tried again: %s", section.name, trouble)
        section.is_failing = True
        section.not_before_s = self._clock.monotonic() + max(section.pauses.next(), after_s)

    async def _end(self) -> None:
        if self._reports is None:
            return
        try:
            async with asyncio.timeout(LAST_LOOK_S):
                if self._may_act():
                    await self._reports.look()
                    await self._reports.keep_place()
        except (StoreFailure, TimeoutError) as trouble:
            logger.info("The last reports were not kept: %s", type(trouble).__name__)


def _after_s(failure: PostingFailure) -> float:
    return failure.after_s if isinstance(failure, TryLater) else 0.0
