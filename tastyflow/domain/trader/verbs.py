"""
A trader: who they are on each platform, what they may do, how much, and what is reserved for their open orders.

    Trader.register ─ link, unlink(identity) ─ set_limits ─ set_permissions ─ suspend ─ reinstate ─ remove
                    └ reserve(order) ─ release(order)      in the append that drafts or ends the order

Capacity is reserved in the same append that drafts an order, so that two orders at once cannot both pass one limit.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Self
from uuid import UUID

from attrs import frozen

from tastyflow.domain.events import Because, Event, born, derived_id, next_of
from tastyflow.domain.trader.accounts import AccountsGiven, require_names
from tastyflow.domain.trader.events import (
    CapacityReleased,
    CapacityReserved,
    IdentityLinked,
    IdentityUnlinked,
    LimitsSet,
    PermissionsSet,
    TraderEvent,
    TraderRegistered,
    TraderReinstated,
    TraderRemoved,
    TraderSuspended,
)
from tastyflow.domain.trader.limits import Limits
from tastyflow.domain.trader.names import require_name
from tastyflow.domain.trader.permissions import Permission, normalised
from tastyflow.domain.trader.state import TraderState
from tastyflow.errors import IllegalStep, Refused


@frozen
class Trader(TraderState):
    """A trader and what can be done with them. Every verb takes *why*: who, from what cause, when."""

    @classmethod
    def born_of(cls, event: Event) -> Self:
        """The trader that the first event makes."""
        if isinstance(event, TraderRegistered):
            return event.begin(cls)
        raise TypeError(f"{type(event).__name__} begins no trader")

    def evolved(self, event: Event) -> Self:
        """The trader after *event*."""
        if isinstance(event, TraderEvent):
            return event.change(self)
        raise TypeError(f"{type(event).__name__} follows on no trader")

    @staticmethod
    def id_of(name: str) -> UUID:
        """The id of the trader called *name*: a name is taken once."""
        return derived_id("trader", name)

    @staticmethod
    def register(name: str, *, limits: Limits, permissions: frozenset[Permission], why: Because) -> TraderRegistered:
        """Begin a trader. *name* is what people and the command line call them."""
        require_name(name)
        limits.require_symbols()
        common = born(Trader.id_of(name), why)
        return TraderRegistered(**common, name=name, limits=limits, permissions=tuple(sorted(normalised(permissions))))

    def link(self, platform: str, user: str, *, why: Because) -> IdentityLinked | None:
        """Say who the trader is on a platform. Goes into one append with `Identity.claim`."""
        if (platform, user) in self.identities:
            return None
        return IdentityLinked(**next_of(self, why), platform=platform, user=user)

    def unlink(self, platform: str, user: str, *, why: Because) -> IdentityUnlinked | None:
        """The trader is no longer *user* on *platform*. Goes into one append with `Identity.release`."""
        if (platform, user) not in self.identities:
            return None
        return IdentityUnlinked(**next_of(self, why), platform=platform, user=user)

    def set_limits(self, limits: Limits, *, why: Because) -> LimitsSet | None:
        limits.require_symbols()
        return None if limits == self.limits else LimitsSet(**next_of(self, why), limits=limits, before=self.limits)

    def set_permissions(self, permissions: frozenset[Permission], *, why: Because) -> PermissionsSet | None:
        now = normalised(permissions)
        if now == self.permissions:
            return None
        before = tuple(sorted(self.permissions))
        return PermissionsSet(**next_of(self, why), permissions=tuple(sorted(now)), before=before)

    def give_accounts(self, accounts: Sequence[str], *, why: Because) -> AccountsGiven | None:
        """
        From now on the trader may use *accounts*, and no others; the first is the default.

        Raises:
            Invalid: code ``bad_account_name``.
        """
        require_names(accounts)
        after = tuple(accounts)
        if after == self.accounts:
            return None
        return AccountsGiven(**next_of(self, why), before=self.accounts, after=after)

    def suspend(self, *, reason: str = "", why: Because) -> TraderSuspended | None:
        """From now on nothing new is placed for the trader; what works can still be cancelled."""
        return None if self.suspended else TraderSuspended(**next_of(self, why), reason=reason)

    def reinstate(self, *, reason: str = "", why: Because) -> TraderReinstated | None:
        return TraderReinstated(**next_of(self, why), reason=reason) if self.suspended else None

    def remove(self, *, reason: str = "", why: Because) -> TraderRemoved | None:
        """
        From now on the trader may do nothing, for good; the name stays taken. Unlink the identities in the same append.

        Raises:
            Refused: code ``open_orders``.
        """
        if self.reserved:
            named = ", ".join(sorted(order.hex[:6] for order in self.reserved)[:10])
            raise Refused(
                f"{self.name} has open orders: {named}.",
                code="open_orders",
                hint="Cancel them first, or suspend the trader: nothing new is placed then.",
            )
        before = tuple(sorted(self.permissions))
        return None if self.removed else TraderRemoved(**next_of(self, why), reason=reason, before=before)

    def reserve(self, order: UUID, *, contracts: int, notional_usd: Decimal, why: Because) -> CapacityReserved:
        """Hold capacity for an order. `risk.limits.breaches` says before whether there is enough."""
        if order in self.reserved:
            raise IllegalStep("holding capacity for that order", "reserve", ("release",), subject="a trader")
        return CapacityReserved(**next_of(self, why), order=order, contracts=contracts, notional_usd=notional_usd)

    def release(self, order: UUID, *, why: Because) -> CapacityReleased | None:
        """Give back what an order held; giving back twice is not news."""
        return CapacityReleased(**next_of(self, why), order=order) if order in self.reserved else None
