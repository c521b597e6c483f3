"""
What can happen to a setup, and what each event does to its state.

    SetupClaimed ─ SetupConcluded ─ SetupClaimed …        two events for each placement, in the good case

These shapes are stored: add fields with defaults, or a new version of the topic.
"""

from abc import abstractmethod
from typing import TypeVar
from uuid import UUID

from attrs import frozen

from tastyflow.domain.age import Mark
from tastyflow.domain.changing import changed
from tastyflow.domain.events import Event, topic
from tastyflow.domain.order.submission import AttemptOutcome
from tastyflow.domain.setup.placement import Placement, Purpose
from tastyflow.domain.setup.state import SetupState
from tastyflow.domain.ticket import Ticket
from tastyflow.domain.venue import Status, VenueFill

S = TypeVar("S", bound=SetupState)


@frozen(kw_only=True, repr=False)
class SetupEvent(Event):
    """An event of a setup."""

    @abstractmethod
    def change(self, setup: S) -> S:
        """*setup* after this event."""


@topic("tastyflow.setup.claimed@1")
@frozen(kw_only=True, repr=False)
class SetupClaimed(SetupEvent):
    """
    The right to send *ticket* to the sandbox, once, for *order*. Committed before the first byte leaves.

    *mark* is the moment by the clock that counts sleep; None in the oldest logs.
    """

    order: UUID
    number: int
    purpose: Purpose
    ticket: Ticket
    external_id: str
    nonce: str
    digest: str
    mark: Mark | None = None

    def begin(self, kind: type[S]) -> S:
        """The setup that this event makes, where it is the first."""
        return kind(
            id=self.originator_id,
            version=self.originator_version,
            order=self.order,
            placements=(self._placement(),),
        )

    def change(self, setup: S) -> S:
        return changed(setup, version=self.originator_version, placements=(*setup.placements, self._placement()))

    def _placement(self) -> Placement:
        return Placement(
            number=self.number,
            purpose=self.purpose,
            ticket=self.ticket,
            external_id=self.external_id,
            nonce=self.nonce,
            digest=self.digest,
            claimed_at=self.at,
            mark=self.mark,
        )


@topic("tastyflow.setup.concluded@1")
@frozen(kw_only=True, repr=False)
class SetupConcluded(SetupEvent):
    """What became of a placement: its outcome, and where the sandbox took it, how it ended there and its fills."""

    number: int
    outcome: AttemptOutcome
    broker_order: str | None = None
    status: Status | None = None
    fills: tuple[VenueFill, ...] = ()
    code: str = ""
    message: str = ""

    def change(self, setup: S) -> S:
        placements = tuple(
            changed(
                each,
                outcome=self.outcome,
                broker_order=self.broker_order,
                status=self.status,
                fills=self.fills,
                code=self.code,
                message=self.message,
            )
            if each.number == self.number
            else each
            for each in setup.placements
        )
        return changed(setup, version=self.originator_version, placements=placements)
