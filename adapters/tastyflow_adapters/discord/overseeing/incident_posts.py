"""
The incidents in the operators' channel: each has a message, told again until a person looks, and edited as it moves on.

    tell(due)   by the alarms, at once and after growing pauses      a new message each time, until a person looks
    look()      by the bot, whenever the log has moved on            edits; posts what could not be posted before

Who tells first does not matter: the same telling is the same message. At most `MOST` are shown one by one.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from typing import Final
from uuid import UUID

from attrs import evolve

from tastyflow.application.context import Context
from tastyflow.application.incidents.handling import open_incidents
from tastyflow.domain.incident import Incident, IncidentKind, IncidentState
from tastyflow.domain.order import Order
from tastyflow.errors import StoreFailure
from tastyflow_adapters.config.discord_choices import DiscordChoices, Level, NoticeKind
from tastyflow_adapters.discord.memory.recognising import nonce_of
from tastyflow_adapters.discord.overseeing.posts import UNKNOWN_EPOCH, Post, Posts
from tastyflow_adapters.discord.pages.incident import further_page, incident_page, unwritten_page
from tastyflow_adapters.discord.telling.kinds import level_of

SUBJECT: Final = "incident"
FURTHER: Final = "further:incidents"
MOST: Final = 10
"""Of more than this many incidents at once only the number is told."""


class IncidentPosts:
    """The messages of incidents."""

    def __init__(self, context: Context, here: DiscordChoices, posts: Posts) -> None:
        self._context = context
        self._here = here
        self._posts = posts

    async def tell(self, incidents: Sequence[IncidentState]) -> None:
        """
        Tell of *incidents*, which are due.

        Raises:
            PostingFailure: Discord did not take all of it.
        """
        shown, further = self._bounded(incidents)
        await self._posts.keep_all(self._told_once_more(shown, further), again=True)

    async def look(self) -> None:
        """
        Let every message show its incident as it is now, and post what waits to be posted.

        Raises:
            PostingFailure: Discord did not take all of it.
        """
        await self._posts.keep_all(self._as_they_are())

    async def _told_once_more(
        self, shown: Sequence[IncidentState], further: Sequence[IncidentState]
    ) -> AsyncIterator[Post]:
        for each in shown:
            yield self._post_of(evolve(each, told=each.told + 1), each.told)
        if further:
            epoch = nonce_of(",".join(f"{each.id.hex}:{each.version}" for each in further))
            channel, page = self._here.operators_channel, further_page(len(further))
            yield Post(subject=FURTHER, channel=channel, epoch=epoch, version=0, page=page)

    async def _as_they_are(self) -> AsyncIterator[Post]:
        """What has moved on since it was posted, and what waits to be posted."""
        ledger = self._context.ledger
        for row in self._posts.rows.open_ones(SUBJECT):
            incident = ledger.read(Incident, UUID(row.subject.partition(":")[2]))
            if incident is not None and (incident.version > row.version or row.tried):
                yield self._post_of(_as_told(incident), row.telling)
        waiting = [each for each in open_incidents(ledger) if not each.acknowledged_by]
        for each in self._bounded(waiting)[0]:
            yield self._post_of(_as_told(each), each.told)

    def _bounded(self, incidents: Sequence[IncidentState]) -> tuple[list[IncidentState], list[IncidentState]]:
        """Those that are, or are to be, shown one by one; and the others. What is looked at takes no room."""
        rows = {row.subject for row in self._posts.rows.open_ones(SUBJECT)}
        waiting = {_subject(each) for each in incidents}
        with suppress(StoreFailure):  # the alarms tell of that very thing
            waiting |= {_subject(each) for each in open_incidents(self._context.ledger) if not each.acknowledged_by}
        room, shown, further = MOST - len(rows & waiting), [], []
        for each in incidents:
            is_there = _subject(each) in rows
            if is_there or room > 0:
                shown.append(each)
                room -= not is_there
            else:
                further.append(each)
        return shown, further

    def _post_of(self, incident: IncidentState, telling: int) -> Post:
        is_written, is_simulated = bool(incident.version), self._context.is_simulated
        order = self._context.ledger.read(Order, incident.order) if is_written and incident.order is not None else None
        return Post(
            subject=_subject(incident),
            channel=self._here.operators_channel,
            epoch=incident.opened_at.isoformat() if is_written else UNKNOWN_EPOCH,
            telling=telling,
            version=incident.version,
            page=incident_page(incident, order, is_simulated=is_simulated)
            if is_written
            else unwritten_page(incident, is_simulated=is_simulated),
            is_over=not incident.is_open,
            is_silent=level_of(kind_of_incident(incident), self._here) is not Level.ON,
        )


def has_place(here: DiscordChoices) -> bool:
    """Whether incidents are told in Discord."""
    return here.is_on and bool(here.operators_channel) and level_of(NoticeKind.INCIDENT, here) is not Level.OFF


def kind_of_incident(incident: IncidentState) -> NoticeKind:
    """An outage of the sandbox has a level of its own: it says with how much noise it is told."""
    return NoticeKind.OUTAGE if incident.kind is IncidentKind.SANDBOX else NoticeKind.INCIDENT


def _subject(incident: IncidentState) -> str:
    return f"{SUBJECT}:{incident.id.hex}"


def _as_told(incident: IncidentState) -> IncidentState:
    """A message in the channel is a telling, also before the log says so."""
    return evolve(incident, told=max(1, incident.told))
