"""
A trader: who they are on each platform, what they may do, how much, and what is reserved for their open orders.

    Trader.register ─ link, unlink(identity) ─ set_limits ─ set_permissions ─ suspend ─ reinstate ─ remove
                    ├ make_link_code ─ use_link_code   in the append that links the identity
                    └ reserve(order) ─ release(order)      in the append that drafts or ends the order

Capacity is reserved in the same append that drafts an order, so that two orders at once cannot both pass one limit.
"""

from collections.abc import Sequence
from datetime import datetime
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
    TraderForgotten,
    TraderRegistered,
    TraderReinstated,
    TraderRemoved,
    TraderSuspended,
)
from tastyflow.domain.trader.limits import Limits
from tastyflow.domain.trader.link_codes import LinkCodeMade, LinkCodeUsed
from tastyflow.domain.trader.names import require_name
from tastyflow.domain.trader.permissions import Permission, normalised
from tastyflow.domain.trader.state import LinkCode, TraderState
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

    def make_link_code(
        self, platform: str, digest: str, *, by: str, expires_at: datetime, why: Because
    ) -> LinkCodeMade:
        """Let the user who types the code with that *digest* be this trader; an earlier one of *platform* is over."""
        return LinkCodeMade(**next_of(self, why), platform=platform, digest=digest, by=by, expires_at=expires_at)

    def use_link_code(self, platform: str, digest: str, user: str, *, why: Because) -> LinkCodeUsed:
        """
        Use a code up. Goes into one append with `link`, after it.

        Raises:
            Refused: code ``no_such_code``.
        """
        self.require_link_code(platform, digest, at=why.at)
        return LinkCodeUsed(**next_of(self, why), platform=platform, digest=digest, user=user)

    def require_link_code(self, platform: str, digest: str, *, at: datetime) -> None:
        """
        Hold a code against those that are open.

        Raises:
            Refused: code ``no_such_code``: none is open with that *digest* for *platform*, its time is over, or the
                trader is suspended.
        """
        if self.link_code(platform, digest, at=at) is None or self.suspended:
            raise Refused("That code links no user now.", code="no_such_code", hint="An operator makes a new one.")

    def link_code(self, platform: str, digest: str, *, at: datetime) -> LinkCode | None:
        """The code with that *digest* for *platform* that is good *at* this time."""
        for each in self.link_codes:
            if each.platform == platform and each.digest == digest and at < each.expires_at:
                return each
        return None

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

    def forget(self, *, reason: str = "", why: Because) -> TraderForgotten | None:
        """
        From now on the log shows a pseudonym instead of who the trader was: append it with the names to forget.

        Raises:
            Refused: code ``not_removed``.
        """
        if not self.removed:
            raise Refused(
                f"{self.name} is a trader still.",
                code="not_removed",
                hint="Remove the trader first, so that none acts under a name that is forgotten.",
            )
        return None if self.forgotten else TraderForgotten(**next_of(self, why), reason=reason)

    def reserve(self, order: UUID, *, contracts: int, notional_usd: Decimal, why: Because) -> CapacityReserved:
        """Hold capacity for an order. `risk.limits.breaches` says before whether there is enough."""
        if order in self.reserved:
            raise IllegalStep("holding capacity for that order", "reserve", ("release",), subject="a trader")
        return CapacityReserved(**next_of(self, why), order=order, contracts=contracts, notional_usd=notional_usd)

    def release(self, order: UUID, *, why: Because) -> CapacityReleased | None:
        """Give back what an order held; giving back twice is not news."""
        return CapacityReleased(**next_of(self, why), order=order) if order in self.reserved else None
