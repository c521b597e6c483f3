"""
The state of an order: what replaying its events says, and how to read it. The verbs are in `order`.
"""

from datetime import datetime
from decimal import Decimal
from typing import Final, Self
from uuid import UUID

from attrs import frozen

from tastyflow.domain.events import Event
from tastyflow.domain.order import events as happened
from tastyflow.domain.order.events import Asked
from tastyflow.domain.order.evolve import EVOLVE
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.order.submission import Attempt, Fill
from tastyflow.domain.testresult import TestProof
from tastyflow.domain.ticket import Leg, Ticket
from tastyflow.domain.venue import Venue

PROMOTED: Final = frozenset({Stage.WORKING, Stage.FILLED})


@frozen
class OrderState:
    """
    The state of an order: what replaying its events says.

    Attributes:
        ticket: None only for a text that was refused before it became a ticket.
        test, proof: The latest concluded test, and the proof it gave if it passed.
        refusal: Code, message and suggestions of our no; or of the venue's.
    """

    id: UUID
    version: int
    stage: Stage
    asked: Asked
    asked_at: datetime
    ticket: Ticket | None = None
    words: str = ""
    strategy: str = ""
    completions: tuple[str, ...] = ()
    notional_usd: Decimal = Decimal(0)
    contracts: int = 0
    attempts: tuple[Attempt, ...] = ()
    fills: tuple[Fill, ...] = ()
    test: UUID | None = None
    proof: TestProof | None = None
    approved_by: str = ""
    cancel_requested: bool = False
    replacement: UUID | None = None
    code: str = ""
    message: str = ""
    hint: str = ""
    suggestions: tuple[str, ...] = ()

    @property
    def reference(self) -> str:
        """The short name people use: the first six hex digits of the id."""
        return self.id.hex[:6]

    @property
    def digest(self) -> str:
        """The digest of the ticket; empty without one."""
        return self.ticket.digest if self.ticket else ""

    def attempt(self, venue: Venue) -> Attempt | None:
        """The latest attempt at *venue*."""
        return next((a for a in reversed(self.attempts) if a.venue is venue), None)

    def filled(self, venue: Venue, symbol: str | None = None, attempt: int | None = None) -> int:
        """The quantity filled at *venue*, of one leg or all, by one attempt or all."""
        return sum(
            fill.quantity
            for fill in self.fills
            if fill.venue is venue and symbol in (None, fill.symbol) and attempt in (None, fill.attempt)
        )

    @property
    def legs(self) -> tuple[Leg, ...]:
        """The ticket's legs; none without a ticket."""
        return self.ticket.legs if self.ticket else ()

    def is_complete(self, venue: Venue, attempt: int) -> bool:
        """Whether *attempt* has filled every leg."""
        return self.ticket is not None and all(
            self.filled(venue, leg.instrument.occ, attempt) == leg.quantity for leg in self.ticket.legs
        )

    def is_promoted(self, *, has_live_venue: bool) -> bool:
        """Whether it got as far as it can: working or filled; rehearsed where there is no live venue."""
        return self.stage in PROMOTED or (self.stage is Stage.REHEARSED and not has_live_venue)

    @property
    def is_cancelling(self) -> bool:
        """Whether a cancel was heard: it is over without a fill of everything, or the venue has been asked."""
        return self.stage is Stage.CANCELLED or (self.cancel_requested and not self.stage.is_over)

    def evolved(self, event: Event) -> Self:
        """The order after *event*. It obeys: what was recorded has happened."""
        after: Self = EVOLVE[type(event)](self, event)
        return after

    @classmethod
    def born_of(cls, event: Event) -> Self:
        """The order that its first event makes."""
        if isinstance(event, happened.OrderDrafted):
            return cls(
                id=event.originator_id,
                version=event.originator_version,
                stage=Stage.DRAFTED,
                asked=event.asked,
                ticket=event.ticket,
                words=event.words,
                strategy=event.strategy,
                completions=event.completions,
                asked_at=event.at,
            )
        if isinstance(event, happened.OrderRefused) and event.asked is not None:
            return cls(
                id=event.originator_id,
                version=event.originator_version,
                stage=Stage.REFUSED,
                asked=event.asked,
                asked_at=event.at,
                code=event.code,
                message=event.message,
                hint=event.hint,
                suggestions=event.suggestions,
            )
        raise TypeError(f"{type(event).__name__} begins no order")
