"""
What can happen to a trader, and what each event does to their state.

    TraderRegistered ─ IdentityLinked ─ IdentityUnlinked ─ LimitsSet ─ PermissionsSet          an operator's changes
                     ├ TraderSuspended ─ TraderReinstated ─ TraderRemoved ─ TraderForgotten
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


@frozen(kw_only=True, repr=False)
class OperatorsChange(TraderEvent):
    """
    A change that an operator makes.

    Attributes:
        installation: Its version in the log of the installation's traders, which this log follows; 0: made here.
    """

    installation: int = 0

    def change(self, trader: S) -> S:
        known = self.installation or trader.installation
        return changed(self.changing(trader), version=self.originator_version, installation=known)

    @abstractmethod
    def changing(self, trader: S) -> S:
        """*trader* with what is different."""


@topic("tastyflow.trader.registered@1")
@frozen(kw_only=True, repr=False)
class TraderRegistered(Event):
    name: str
    limits: Limits
    permissions: tuple[Permission, ...]
    installation: int = 0

    def begin(self, kind: type[S]) -> S:
        """The trader that this event makes."""
        return kind(
            id=self.originator_id,
            version=self.originator_version,
            name=self.name,
            limits=self.limits,
            permissions=normalised(self.permissions),
            installation=self.installation,
        )


@topic("tastyflow.trader.limits_set@1")
@frozen(kw_only=True, repr=False)
class LimitsSet(OperatorsChange):
    limits: Limits
    before: Limits | None = None

    def changing(self, trader: S) -> S:
        return changed(trader, limits=self.limits)


@topic("tastyflow.trader.permissions_set@1")
@frozen(kw_only=True, repr=False)
class PermissionsSet(OperatorsChange):
    permissions: tuple[Permission, ...]
    before: tuple[Permission, ...] | None = None

    def changing(self, trader: S) -> S:
        return changed(trader, permissions=normalised(self.permissions))


@topic("tastyflow.trader.suspended@1")
@frozen(kw_only=True, repr=False)
class TraderSuspended(OperatorsChange):
    reason: str = ""

    def changing(self, trader: S) -> S:
        return changed(trader, suspended=True)


@topic("tastyflow.trader.reinstated@1")
@frozen(kw_only=True, repr=False)
class TraderReinstated(OperatorsChange):
    reason: str = ""

    def changing(self, trader: S) -> S:
        return changed(trader, suspended=False)


@topic("tastyflow.trader.removed@1")
@frozen(kw_only=True, repr=False)
class TraderRemoved(OperatorsChange):
    """The trader may do nothing any more, for good. Name and history stay; *before* is what the trader might do."""

    reason: str = ""
    before: tuple[Permission, ...] = ()

    def changing(self, trader: S) -> S:
        return changed(trader, removed=True, suspended=True, permissions=frozenset(), link_codes=())


@topic("tastyflow.trader.forgotten@1")
@frozen(kw_only=True, repr=False)
class TraderForgotten(OperatorsChange):
    """From now on the log shows a pseudonym in the place of the trader's name and of each of their users."""

    reason: str = ""

    def changing(self, trader: S) -> S:
        return changed(trader, forgotten=True)


@topic("tastyflow.trader.identity_linked@1")
@frozen(kw_only=True, repr=False)
class IdentityLinked(OperatorsChange):
    """The trader is *user* on *platform*."""

    platform: str
    user: str

    def changing(self, trader: S) -> S:
        return changed(trader, identities=trader.identities | {(self.platform, self.user)})


@topic("tastyflow.trader.identity_unlinked@1")
@frozen(kw_only=True, repr=False)
class IdentityUnlinked(OperatorsChange):
    """The trader is *user* on *platform* no more."""

    platform: str
    user: str

    def changing(self, trader: S) -> S:
        return changed(trader, identities=trader.identities - {(self.platform, self.user)})


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
