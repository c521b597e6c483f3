"""
An incident, and what can be done with it.

    Incident.open ─ tell… ─ acknowledge ─ close ─ reopen …

Its id is derived from what was seen and of what, so that two processes which see the same thing open one incident.
"""

from collections.abc import Sequence
from typing import Self
from uuid import UUID

from attrs import frozen

from tastyflow.domain.events import Because, Event, born, derived_id, next_of
from tastyflow.domain.incident.events import (
    IncidentAcknowledged,
    IncidentClosed,
    IncidentEvent,
    IncidentOpened,
    IncidentReopened,
    OperatorsTold,
)
from tastyflow.domain.incident.state import IncidentKind, IncidentState
from tastyflow.errors import Refused


@frozen
class Incident(IncidentState):
    """An incident. Every verb takes *why*: who, from what cause, when."""

    @classmethod
    def born_of(cls, event: Event) -> Self:
        """The incident that its first event opens."""
        if isinstance(event, IncidentOpened):
            return event.begin(cls)
        raise TypeError(f"{type(event).__name__} begins no incident")

    def evolved(self, event: Event) -> Self:
        """The incident after *event*."""
        if isinstance(event, IncidentEvent):
            return event.change(self)
        raise TypeError(f"{type(event).__name__} follows on no incident")

    @staticmethod
    def id_of(kind: IncidentKind, subject: str) -> UUID:
        """The id of the incident of *kind* about *subject*."""
        return derived_id("incident", kind.value, subject)

    @classmethod
    def open(
        cls,
        kind: IncidentKind,
        subject: str,
        *,
        message: str,
        hint: str = "",
        order: UUID | None = None,
        environment: str = "",
        account: str = "",
        why: Because,
    ) -> IncidentOpened:
        """Open the incident of *kind* about *subject*."""
        return IncidentOpened(
            **born(cls.id_of(kind, subject), why),
            kind=kind,
            subject=subject,
            message=message,
            hint=hint,
            order=order,
            environment=environment,
            account=account,
        )

    def see_again(self, *, message: str, hint: str = "", why: Because) -> IncidentReopened | None:
        """The same thing is seen: not news while it is open under the same words."""
        if self.is_open and message == self.message:
            return None
        return IncidentReopened(**next_of(self, why), message=message, hint=hint)

    def tell(self, channels: Sequence[str], *, failed: Sequence[str] = (), why: Because) -> OperatorsTold:
        """The operators were told."""
        return OperatorsTold(**next_of(self, why), channels=tuple(channels), failed=tuple(failed), mark=why.mark)

    def acknowledge(self, *, by: str, why: Because) -> IncidentAcknowledged | None:
        """*by* looks at it. Not news while the same person does."""
        self._require_open()
        return None if self.acknowledged_by == by else IncidentAcknowledged(**next_of(self, why), by=by)

    def close(self, *, by: str, how: str, why: Because) -> IncidentClosed:
        """It is over. *how*, what was done, is never empty."""
        self._require_open()
        if not how.strip():
            raise Refused("To close an incident, say what was done.", code="reason_needed")
        return IncidentClosed(**next_of(self, why), by=by, how=how)

    def _require_open(self) -> None:
        if not self.is_open:
            raise Refused(f"Incident {self.reference} is closed: {self.how}", code="incident_closed")
