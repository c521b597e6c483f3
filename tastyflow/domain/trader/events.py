"""
What can happen to a trader, and what each event does to their state.

    TraderRegistered ─ IdentityLinked ─ LimitsSet ─ PermissionsSet ─ TraderSuspended ─ TraderReinstated
                     └ CapacityReserved ─ CapacityReleased      in the append that drafts or ends an order

These shapes are stored: add fields with defaults, or a new version of the topic.
"""

from abc import abstractmethod
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from attrs import frozen

from tastyflow.domain.changing import changed
from tastyflow.domain.events import Event, topic
from tastyflow.domain.trader.limits import Limits
from tastyflow.domain.trader.permissions import Permission, normalised
from tastyflow.domain.trader.state import Reservation, TraderState

S = TypeVar("S", bound=TraderState)


@frozen(kw_only=True, repr=False)
class TraderEvent(Event):
    """An event of a trader who is registered."""

    @abstractmethod
    def change(self, trader: S) -> S:
        """*trader* after this event."""


@topic("tastyflow.trader.registered@1")
@frozen(kw_only=True, repr=False)
class TraderRegistered(Event):
    name: str
    limits: Limits
    permissions: tuple[Permission, ...]

    def begin(self, kind: type[S]) -> S:
        """The trader that this event makes."""
        return kind(
            id=self.originator_id,
            version=self.originator_version,
            name=self.name,
            limits=self.limits,
            permissions=normalised(self.permissions),
        )


@topic("tastyflow.trader.limits_set@1")
@frozen(kw_only=True, repr=False)
class LimitsSet(TraderEvent):
    limits: Limits

    def change(self, trader: S) -> S:
        return changed(trader, version=self.originator_version, limits=self.limits)


@topic("tastyflow.trader.permissions_set@1")
@frozen(kw_only=True, repr=False)
class PermissionsSet(TraderEvent):
    permissions: tuple[Permission, ...]

    def change(self, trader: S) -> S:
        return changed(trader, version=self.originator_version, permissions=normalised(self.permissions))


@topic("tastyflow.trader.suspended@1")
@frozen(kw_only=True, repr=False)
class TraderSuspended(TraderEvent):
    reason: str = ""

    def change(self, trader: S) -> S:
        return changed(trader, version=self.originator_version, suspended=True)


@topic("tastyflow.trader.reinstated@1")
@frozen(kw_only=True, repr=False)
class TraderReinstated(TraderEvent):
    reason: str = ""

    def change(self, trader: S) -> S:
        return changed(trader, version=self.originator_version, suspended=False)


@topic("tastyflow.trader.identity_linked@1")
@frozen(kw_only=True, repr=False)
class IdentityLinked(TraderEvent):
    """The trader is *user* on *platform*."""

    platform: str
    user: str

    def change(self, trader: S) -> S:
        identities = trader.identities | {(self.platform, self.user)}
        return changed(trader, version=self.originator_version, identities=identities)


@topic("tastyflow.trader.capacity_reserved@1")
@frozen(kw_only=True, repr=False)
class CapacityReserved(TraderEvent):
    """An order was drafted, and holds a part of the trader's capacity."""

    order: UUID
    contracts: int
    notional_usd: Decimal

    def change(self, trader: S) -> S:
        reserved = trader.reserved.holding(self.order, Reservation(self.contracts, self.notional_usd))
        return changed(trader, version=self.originator_version, reserved=reserved)


@topic("tastyflow.trader.capacity_released@1")
@frozen(kw_only=True, repr=False)
class CapacityReleased(TraderEvent):
    """An order is over, and gives back what it held."""

    order: UUID

    def change(self, trader: S) -> S:
        return changed(trader, version=self.originator_version, reserved=trader.reserved.freed(self.order))
