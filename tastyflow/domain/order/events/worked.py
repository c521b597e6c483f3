"""
An order is worked by a venue: it goes live, fills, and ends.
"""

from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from attrs import frozen

from tastyflow.domain.changing import changed
from tastyflow.domain.events import topic
from tastyflow.domain.order.events.base import AttemptEvent
from tastyflow.domain.order.evolve import S, with_attempt, with_ended_attempt
from tastyflow.domain.order.submission import Fill
from tastyflow.domain.venue import Status


@topic("tastyflow.order.went_live@1")
@frozen(kw_only=True, repr=False)
class OrderWentLive(AttemptEvent):
    """The venue is working it."""

    def change(self, order: S) -> S:
        attempts = with_attempt(order, self.venue, self.attempt, status=Status.LIVE)
        return changed(order, version=self.originator_version, attempts=attempts)


@topic("tastyflow.order.fill_recorded@1")
@frozen(kw_only=True, repr=False)
class FillRecorded(AttemptEvent):
    """One execution. *late* when the order was over already: a fill can cross our cancel."""

    fill_id: str
    symbol: str
    quantity: int
    price: Decimal
    filled_at: datetime
    late: bool = False

    def change(self, order: S) -> S:
        fill = Fill(
            venue=self.venue,
            attempt=self.attempt,
            fill_id=self.fill_id,
            symbol=self.symbol,
            quantity=self.quantity,
            price=self.price,
            filled_at=self.filled_at,
        )
        return changed(order, version=self.originator_version, fills=(*order.fills, fill))


@topic("tastyflow.order.filled@1")
@frozen(kw_only=True, repr=False)
class OrderFilled(AttemptEvent):
    """Every leg is filled."""

    def change(self, order: S) -> S:
        return with_ended_attempt(order, self.originator_version, self.venue, self.attempt, Status.FILLED, reason="")


@frozen(kw_only=True, repr=False)
class AttemptEnded(AttemptEvent):
    """The venue is done with an attempt that it did not fill, or not in full."""

    STATUS: ClassVar[Status]

    reason: str = ""

    def change(self, order: S) -> S:
        return with_ended_attempt(order, self.originator_version, self.venue, self.attempt, self.STATUS, self.reason)


@topic("tastyflow.order.cancelled@1")
@frozen(kw_only=True, repr=False)
class OrderCancelled(AttemptEnded):
    """The venue cancelled what was not filled."""

    STATUS: ClassVar[Status] = Status.CANCELLED


@topic("tastyflow.order.expired@1")
@frozen(kw_only=True, repr=False)
class OrderExpired(AttemptEnded):
    """The venue let what was not filled expire."""

    STATUS: ClassVar[Status] = Status.EXPIRED


@topic("tastyflow.order.rejected@1")
@frozen(kw_only=True, repr=False)
class OrderRejected(AttemptEnded):
    """The venue had accepted it and rejected it afterwards."""

    STATUS: ClassVar[Status] = Status.REJECTED
