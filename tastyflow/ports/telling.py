"""
Who is told: a trader of what was recorded, by a recipient; the operators of incidents, by a channel.

    event ─▶ Notice ─▶ Recipient ─▶ a trader, at an Address
    a place in the queue ─▶ PlaceNotice ─▶ PlaceRecipient ─▶ the same trader; it is recorded nowhere
    incident ─────────▶ Channel ──▶ the operators
"""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable
from uuid import UUID

from attrs import frozen

from tastyflow.domain.events import Event
from tastyflow.domain.incident import IncidentState
from tastyflow.domain.order import Order
from tastyflow.ports.venues import QueuePlace


@frozen
class Address:
    """
    Where a trader is told something.

    Attributes:
        platform, user: The identity that asked for the order.
        channel: Where it was asked; empty where the platform has no channels.
        reply_to: The platform's id of the message that asked, or of the one that answers refer to.
    """

    platform: str
    user: str
    channel: str
    reply_to: str


@frozen
class Notice:
    """
    One thing to tell a trader, made from one recorded event.

    Attributes:
        to: Where to tell it.
        event: What was recorded.
        order: The order as it stood once that was recorded.
        sentence: What happened, in one sentence for people.
    """

    to: Address
    event: Event
    order: Order
    sentence: str

    @property
    def key(self) -> str:
        """The event it tells of, ``<aggregate>:<version>``: the same key again is the same notice."""
        return f"{self.event.originator_id}:{self.event.originator_version}"


class Recipient(Protocol):
    """
    A neighbour that is told what was recorded.

    Telling follows the log in a task of its own: trading never waits for it. A notice can come again, under the same
    key: after `tell` raised, and after a crash. To a recipient with a name none is lost: it is asked until it returns.
    """

    @property
    def name(self) -> str | None:
        """The name that its place in the log is kept under; None to begin at the end of the log each time."""
        ...

    def listens_to(self, address: Address) -> bool:
        """Whether it tells what is for *address*; the answer costs nothing."""
        ...

    async def tell(self, notice: Notice) -> None:
        """Tell it. It may take its time; what it raises is logged, and it is asked again after growing pauses."""
        ...


@frozen
class PlaceNotice:
    """
    Where an order stands before it leaves: a forecast, which is recorded nowhere.

    Attributes:
        to: Where to tell it.
        order: The order; it may not be drafted yet, and be refused after all.
        place: Where it stands.
        sentence: The same, in one sentence for people.
    """

    to: Address
    order: UUID
    place: QueuePlace
    sentence: str


@runtime_checkable
class PlaceRecipient(Protocol):
    """What a `Recipient` is, too, where it is told the places of orders. One that is late is told the newest alone."""

    def listens_to(self, address: Address) -> bool:
        """As of `Recipient`."""
        ...

    async def tell_place(self, notice: PlaceNotice) -> None:
        """Tell it. What it raises is logged, and it is not asked again: the next place is news enough."""
        ...


class Channel(Protocol):
    """One way to tell the operators. It needs no log: it is used where the log cannot be written, too."""

    @property
    def name(self) -> str:
        """What it is called where it fails; no part of an address, which may hold a secret."""
        ...

    async def tell(self, incidents: Sequence[IncidentState]) -> None:
        """Tell of all of *incidents* at once; whatever it raises means that it did not take the message."""
        ...
