"""
What happens to everything that arrives, before it is answered.

    heard before? ─▶ the gate ─▶ too old? ─▶ stopping? ─▶ welcome
        silence      told once,    repeat      repeat
                     then silence  it, please  it, please

An event is noted before it is acted upon, so that it is acted upon once. No venue is asked here.
"""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum

from tastyflow.application.service.supervision import MayAct
from tastyflow.errors import StoreFailure
from tastyflow_adapters.discord.chat import Chat
from tastyflow_adapters.discord.gate import Closed, closed_to, standing_of
from tastyflow_adapters.discord.memory.heard import Heard, HeardEvents
from tastyflow_adapters.discord.memory.strangers import Strangers
from tastyflow_adapters.discord.request import Asker

logger = logging.getLogger(__name__)

Now = Callable[[], datetime]


def wall_clock() -> datetime:
    """The machine's own time: Discord's ids hold when they were made, whichever day the desk works on."""
    return datetime.now(UTC)


class Admission(StrEnum):
    """What becomes of what arrived."""

    WELCOME = "welcome"
    IGNORED = "ignored"  # heard before, or not ours to answer
    TURNED_AWAY = "turned away"  # and told so
    SILENCE = "silence"  # turned away, and was told so before
    LATE = "late"
    STOPPING = "stopping"
    UNREADABLE = "unreadable"  # the log cannot be read now


class Entrance:
    """
    Lets events in, or does not.

    Args:
        may_act: Whether this process is the one that answers; asked for each event.
        now: The time that the ids of Discord are compared with.
    """

    def __init__(self, chat: Chat, *, may_act: MayAct = lambda: True, now: Now = wall_clock) -> None:
        self._chat = chat
        self._may_act = may_act
        self._now = now
        self._heard = HeardEvents(chat.memory)
        self._strangers = Strangers(chat.memory)

    def admit(
        self, event: Heard, asked_at: datetime, *, is_for_posts: bool = False, is_for_strangers: bool = False
    ) -> Admission:
        """What becomes of *event*, of which Discord says that it happened at *asked_at*."""
        now = self._now()
        if not self._may_act() or not self._heard.first(event, at=now):
            return Admission.IGNORED
        admission = self._judged(
            event.asker, asked_at, now, is_for_posts=is_for_posts, is_for_strangers=is_for_strangers
        )
        if admission is not Admission.WELCOME:
            self.ended(event, admission)
        return admission

    def ended(self, event: Heard, outcome: str) -> None:
        """Note how *event* ended."""
        self._heard.ended(event, outcome)

    def broke(self, event: str) -> None:
        """Note that no answer was found to the event with that id, and that its person was told so."""
        self._heard.end(event, "broken")

    def may_act(self) -> bool:
        """Whether this process is the one that answers, now."""
        return self._may_act()

    def why_closed(self, asker: Asker, *, is_for_posts: bool = False, is_for_strangers: bool = False) -> Closed | None:
        """
        Why *asker* is refused here and now; None where they are let in. Nothing is noted.

        Raises:
            StoreFailure: The log cannot be read.
        """
        standing = standing_of(self._chat.desk.context.ledger, asker.user)
        return closed_to(asker, standing, self._chat.here, is_for_posts=is_for_posts, is_for_strangers=is_for_strangers)

    def is_open_to(self, asker: Asker, *, is_for_posts: bool = False) -> bool:
        """Whether *asker* is let in here and now; not where that cannot be said. Nothing is noted."""
        try:
            return self._may_act() and self.why_closed(asker, is_for_posts=is_for_posts) is None
        except StoreFailure:
            return False

    def _judged(
        self, asker: Asker, asked_at: datetime, now: datetime, *, is_for_posts: bool, is_for_strangers: bool
    ) -> Admission:
        try:
            closed = self.why_closed(asker, is_for_posts=is_for_posts, is_for_strangers=is_for_strangers)
        except StoreFailure as error:
            logger.warning("It cannot be said who asks: %s", error.message)
            return Admission.UNREADABLE
        if closed is not None:
            is_told = self._strangers.refused(asker.user, closed, at=now)
            return Admission.TURNED_AWAY if is_told else Admission.SILENCE
        if not is_for_strangers:
            self._strangers.welcomed(asker.user)
        if (now - asked_at).total_seconds() > self._chat.here.oldest_s:
            return Admission.LATE
        return Admission.STOPPING if self._chat.desk.is_draining else Admission.WELCOME
