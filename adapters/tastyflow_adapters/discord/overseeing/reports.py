"""
What the operators are told once: halts, the end of an outage, what rules ask for and who moved them, what the service
says of itself, the digest of a day.

    log, from where it was ─┐
    bulletin ───────────────┼─▶ its level ─▶ outbox, under a key ─▶ told once, in order
    a digest is due ────────┘
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Final
from uuid import UUID

from tastyflow.application.context import Context
from tastyflow.application.digest import begins_after, digest_of, due
from tastyflow.application.environment_words import environment_words
from tastyflow.application.incidents.wording import place_of_incident
from tastyflow.application.ledger.codec import decode
from tastyflow.domain.events import Event
from tastyflow.domain.halt import HaltEvent, Trading, TradingHalted, TradingReduced, TradingResumed
from tastyflow.domain.halt.state import MEANING
from tastyflow.domain.incident import Incident, IncidentClosed, IncidentKind
from tastyflow.domain.new_york_time import moment_in_words
from tastyflow.errors import StoreFailure
from tastyflow_adapters.config.discord_choices import DiscordChoices, Level, NoticeKind
from tastyflow_adapters.discord.memory.outbox import ToTell
from tastyflow_adapters.discord.overseeing import rule_reports
from tastyflow_adapters.discord.overseeing.bulletin import Bulletin, BulletinLine
from tastyflow_adapters.discord.page import ChatPage, Tone
from tastyflow_adapters.discord.pages.digest import digest_page
from tastyflow_adapters.discord.telling.kinds import level_of

if TYPE_CHECKING:
    from eventsourcing.persistence import Notification

PLACE: Final = "discord operators"
"""The bookmark up to which the operators were told."""
KEEP_EVERY: Final = 500
_TOPICS: Final = (
    TradingHalted.TOPIC,
    TradingReduced.TOPIC,
    TradingResumed.TOPIC,
    IncidentClosed.TOPIC,
    *rule_reports.TOPICS,
)
_TONES: Final = {Trading.HALTED: Tone.BAD, Trading.REDUCING: Tone.WARNING, Trading.RUNNING: Tone.GOOD}

Put = Callable[[ToTell], object]
"""Tells a message of its own, soon and once."""


class Reports:
    """
    Args:
        put: Takes what is to be told.
    """

    def __init__(self, context: Context, here: DiscordChoices, bulletin: Bulletin, put: Put) -> None:
        self._context = context
        self._here = here
        self._bulletin = bulletin
        self._put = put
        self._kept = context.ledger.bookmark(PLACE)
        self._after = context.ledger.end() if self._kept is None else min(self._kept, context.ledger.end())
        self._told_until: datetime | None = None
        self._place = environment_words(context.environment, is_simulated=context.is_simulated)

    async def look(self) -> None:
        """
        Tell what there is to tell.

        Raises:
            StoreFailure: The log, or the bot's memory, cannot be used.
        """
        while (line := self._bulletin.first) is not None:
            self._tell(NoticeKind.SERVICE, line.key, line.at, _said(line, self._place))
            self._bulletin.told(line)
        is_news = self._hear()
        self._digest()
        if is_news or self._kept is None or self._after - self._kept >= KEEP_EVERY:
            await self.keep_place()

    async def keep_place(self) -> None:
        """
        Keep the place in the log: from there on it is heard after a restart.

        Raises:
            StoreFailure: The log cannot be written.
        """
        if self._after != self._kept:
            await self._context.ledger.keep_bookmark(PLACE, self._after)
            self._kept = self._after

    def _hear(self) -> bool:
        """Tell what was recorded since the last time; whether there was anything of these kinds."""
        ledger, end, is_news = self._context.ledger, self._context.ledger.end(), False
        for row in ledger.rows(after=self._after, topics=_TOPICS):
            for event in _event_of(row):
                if isinstance(event, HaltEvent):
                    page = _halt_page(event, self._place)
                    self._tell(NoticeKind.HALT, _key(event), event.at, page)
                elif isinstance(event, IncidentClosed):
                    self._outage_over(event)
                elif (of_rule := rule_reports.rule_page(ledger, event, self._place)) is not None:
                    self._tell(NoticeKind.SIGNAL, _key(event), event.at, of_rule)
            self._after, is_news = row.id, True
        self._after = max(self._after, end)
        return is_news

    def _outage_over(self, event: IncidentClosed) -> None:
        incident = self._context.ledger.read(Incident, event.originator_id)
        if incident is not None and incident.kind is IncidentKind.SANDBOX:
            page = ChatPage(
                title="The sandbox is there again",
                place=place_of_incident(incident, is_simulated=self._context.is_simulated),
                lines=(f"{event.how} ({incident.reference})",),
                tone=Tone.GOOD,
                is_private=False,
            )
            self._tell(NoticeKind.OUTAGE, _key(event), event.at, page)

    def _digest(self) -> None:
        if self._here.digest_at is None:
            return
        now = self._context.clock.now()
        period = due(now, self._here.digest_at)
        if self._told_until == period.until:
            return
        if not begins_after(self._context.ledger, period):
            digest = digest_of(self._context.ledger, period)
            page = digest_page(digest, self._place)
            self._tell(NoticeKind.DIGEST, f"digest:{period.until.isoformat()}", period.until, page)
        self._told_until = period.until

    def _tell(self, kind: NoticeKind, key: str, at: datetime, page: ChatPage) -> None:
        level = level_of(kind, self._here)
        if level is not Level.OFF:
            channel, is_silent = self._here.operators_channel, level is not Level.ON
            self._put(ToTell(key=key, channel=channel, page=page, shared=page, is_silent=is_silent, happened_at=at))


def _key(event: Event) -> str:
    return f"operators:{event.originator_id}:{event.originator_version}"


def _event_of(row: "Notification") -> Iterator[Event]:
    """The event of *row*; none where it cannot be read, which the audit finds."""
    if isinstance(row.originator_id, UUID):
        try:
            yield decode(row.topic, row.originator_id, row.originator_version, row.state)
        except StoreFailure:
            return


def _halt_page(event: HaltEvent, place: str) -> ChatPage:
    return ChatPage(
        title=MEANING[event.after],
        place=place,
        lines=tuple(line for line in (f"By {event.by}, {moment_in_words(event.at)}.", event.reason) if line),
        tone=_TONES[event.after],
        is_private=False,
    )


def _said(line: BulletinLine, place: str) -> ChatPage:
    return ChatPage(
        title=line.title,
        place=place,
        lines=(line.line,),
        footer=moment_in_words(line.at),
        tone=Tone.WARNING if line.is_bad else Tone.PLAIN,
        is_private=False,
    )
