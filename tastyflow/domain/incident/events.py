"""
What can happen to an incident, and what each event does to its state.

    IncidentOpened ─▶ OperatorsTold… ─▶ IncidentAcknowledged ─▶ IncidentClosed ─▶ IncidentReopened ─▶ …

These shapes are stored: add fields with defaults, or a new version of the topic.
"""

from abc import abstractmethod
from typing import TypeVar
from uuid import UUID

from attrs import frozen

from tastyflow.domain.age import Mark
from tastyflow.domain.changing import changed
from tastyflow.domain.events import Event, topic
from tastyflow.domain.incident.state import IncidentKind, IncidentState

S = TypeVar("S", bound=IncidentState)


@frozen(kw_only=True, repr=False)
class IncidentEvent(Event):
    """An event of an incident that exists."""

    @abstractmethod
    def change(self, incident: S) -> S:
        """*incident* after this event."""


@topic("tastyflow.incident.opened@1")
@frozen(kw_only=True, repr=False)
class IncidentOpened(Event):
    """Something was seen that a person must look at."""

    kind: IncidentKind
    subject: str
    message: str
    hint: str = ""
    order: UUID | None = None
    environment: str = ""
    account: str = ""

    def begin(self, kind: type[S]) -> S:
        """The incident that this event opens."""
        return kind(
            id=self.originator_id,
            version=self.originator_version,
            kind=self.kind,
            subject=self.subject,
            message=self.message,
            opened_at=self.at,
            hint=self.hint,
            order=self.order,
            environment=self.environment,
            account=self.account,
        )


@topic("tastyflow.incident.told@1")
@frozen(kw_only=True, repr=False)
class OperatorsTold(IncidentEvent):
    """The operators were told by *channels*; what *failed* did not take it. *mark* is when, without wall time."""

    channels: tuple[str, ...]
    failed: tuple[str, ...] = ()
    mark: Mark | None = None

    def change(self, incident: S) -> S:
        told = incident.told + 1
        return changed(incident, version=self.originator_version, told=told, told_at=self.at, told_mark=self.mark)


@topic("tastyflow.incident.acknowledged@1")
@frozen(kw_only=True, repr=False)
class IncidentAcknowledged(IncidentEvent):
    """*by*, a person, looks at it: the operators are told no more."""

    by: str

    def change(self, incident: S) -> S:
        return changed(incident, version=self.originator_version, acknowledged_by=self.by)


@topic("tastyflow.incident.closed@1")
@frozen(kw_only=True, repr=False)
class IncidentClosed(IncidentEvent):
    """It is over: *how* says what was done, or what ended it."""

    by: str
    how: str

    def change(self, incident: S) -> S:
        return changed(incident, version=self.originator_version, closed_at=self.at, closed_by=self.by, how=self.how)


@topic("tastyflow.incident.reopened@1")
@frozen(kw_only=True, repr=False)
class IncidentReopened(IncidentEvent):
    """It was seen again after it was closed, or with other words."""

    message: str
    hint: str = ""

    def change(self, incident: S) -> S:
        return changed(
            incident,
            version=self.originator_version,
            message=self.message,
            hint=self.hint,
            opened_at=self.at,
            told=0,
            told_at=None,
            told_mark=None,
            acknowledged_by="",
            closed_at=None,
            closed_by="",
            how="",
        )
