"""
A trader: who they are on each platform, what they may do, how much, and what is reserved for their open orders.

    Trader.register ─ link(identity) ─ set_limits ─ set_permissions ─ suspend ─ reinstate
                    └ reserve(order) ─ release(order)      in the append that drafts or ends the order

Capacity is reserved in the same append that drafts an order, so that two orders at once cannot both pass one limit.
An identity belongs to one trader: its id is derived from platform and user, so a second link collides in the store.
"""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from attrs import evolve, field, frozen

from tastyflow.domain.events import Because, Event, Evolve, born, derived_id, next_of, topic
from tastyflow.errors import IllegalStep, Invalid


class Permission(StrEnum):
    VIEW = "view"
    TRADE = "trade"
    SELL_TO_OPEN = "sell_to_open"  # short options and shares: a loss that what they brought does not bound
    APPROVE = "approve"


@frozen
class Limits:
    """
    How much one trader may ask for.

    Attributes:
        max_contracts: Per order, of its largest leg.
        max_shares: Per order.
        max_notional_usd: Per order, as `risk.notional_usd` counts it.
        max_open_notional_usd: Of all open orders together.
        symbols: The underlyings allowed; None for all.
    """

    max_contracts: int = field(default=10)
    max_shares: int = field(default=500)
    max_notional_usd: Decimal = field(default=Decimal(10_000))
    max_open_notional_usd: Decimal = field(default=Decimal(50_000))
    symbols: tuple[str, ...] | None = None

    @max_contracts.validator
    @max_shares.validator
    @max_notional_usd.validator
    @max_open_notional_usd.validator
    def _not_negative(self, attribute: object, value: int | Decimal) -> None:
        if Decimal(value).is_nan() or value < 0:
            raise Invalid(f"A limit is not negative: {getattr(attribute, 'name', '')} = {value}.", code="bad_limit")


@frozen
class Reservation:
    """What one open order holds of its trader's capacity."""

    contracts: int
    notional_usd: Decimal


@topic("tastyflow.trader.registered@1")
@frozen(kw_only=True)
class TraderRegistered(Event):
    name: str
    limits: Limits
    permissions: tuple[Permission, ...]


@topic("tastyflow.trader.limits_set@1")
@frozen(kw_only=True)
class LimitsSet(Event):
    limits: Limits


@topic("tastyflow.trader.permissions_set@1")
@frozen(kw_only=True)
class PermissionsSet(Event):
    permissions: tuple[Permission, ...]


@topic("tastyflow.trader.suspended@1")
@frozen(kw_only=True)
class TraderSuspended(Event):
    reason: str = ""


@topic("tastyflow.trader.reinstated@1")
@frozen(kw_only=True)
class TraderReinstated(Event):
    reason: str = ""


@topic("tastyflow.trader.identity_linked@1")
@frozen(kw_only=True)
class IdentityLinked(Event):
    """The trader is *user* on *platform*."""

    platform: str
    user: str


@topic("tastyflow.trader.capacity_reserved@1")
@frozen(kw_only=True)
class CapacityReserved(Event):
    order: UUID
    contracts: int
    notional_usd: Decimal


@topic("tastyflow.trader.capacity_released@1")
@frozen(kw_only=True)
class CapacityReleased(Event):
    order: UUID


@topic("tastyflow.identity.claimed@1")
@frozen(kw_only=True)
class IdentityClaimed(Event):
    """An identity was taken by a trader, for good. A stream of one event, under the identity's own id."""

    platform: str
    user: str
    trader: UUID


@frozen
class Identity:
    """Who somebody is on one platform; the state of the one-event stream that says whose it is."""

    id: UUID
    version: int
    platform: str
    user: str
    trader: UUID

    @staticmethod
    def id_of(platform: str, user: str) -> UUID:
        return derived_id("identity", platform, user)

    @staticmethod
    def claim(platform: str, user: str, trader: UUID, *, why: Because) -> IdentityClaimed:
        """Take the identity; a second claim of it collides in the store."""
        common = born(Identity.id_of(platform, user), why)
        return IdentityClaimed(**common, platform=platform, user=user, trader=trader)

    @classmethod
    def born_of(cls, event: Event) -> "Identity":
        if not isinstance(event, IdentityClaimed):
            raise TypeError(f"{type(event).__name__} begins no identity")
        return cls(event.originator_id, event.originator_version, event.platform, event.user, event.trader)

    def evolved(self, event: Event) -> "Identity":
        """An identity has one event only; there is nothing to obey."""
        raise TypeError(f"{type(event).__name__} follows no identity")


@frozen
class Trader:
    """The state of a trader: what replaying their events says."""

    id: UUID
    version: int
    name: str
    limits: Limits
    permissions: frozenset[Permission]
    identities: frozenset[tuple[str, str]] = frozenset()
    suspended: bool = False
    reserved: Mapping[UUID, Reservation] = field(factory=dict, hash=False)

    @property
    def reserved_notional_usd(self) -> Decimal:
        """What all open orders hold together."""
        return sum((held.notional_usd for held in self.reserved.values()), Decimal(0))

    def evolved(self, event: Event) -> "Trader":
        """The trader after *event*."""
        after: Trader = EVOLVE[type(event)](self, event)
        return after

    @classmethod
    def born_of(cls, event: Event) -> "Trader":
        """The trader that the first event makes."""
        if not isinstance(event, TraderRegistered):
            raise TypeError(f"{type(event).__name__} begins no trader")
        return cls(
            id=event.originator_id,
            version=event.originator_version,
            name=event.name,
            limits=event.limits,
            permissions=frozenset(event.permissions),
        )

    @staticmethod
    def id_of(name: str) -> UUID:
        """The id of the trader called *name*: a name is taken once."""
        return derived_id("trader", name)

    @staticmethod
    def register(name: str, *, limits: Limits, permissions: frozenset[Permission], why: Because) -> TraderRegistered:
        """Begin a trader. *name* is what people and the command line call them."""
        if not name.strip() or len(name) > 64 or not name.isprintable():
            raise Invalid("A trader's name is one to 64 printable characters.", code="bad_name")
        common = born(Trader.id_of(name), why)
        return TraderRegistered(**common, name=name, limits=limits, permissions=tuple(sorted(permissions)))

    def link(self, platform: str, user: str, *, why: Because) -> IdentityLinked | None:
        """Say who the trader is on a platform. Goes into one append with `Identity.claim`."""
        if (platform, user) in self.identities:
            return None
        return IdentityLinked(**next_of(self, why), platform=platform, user=user)

    def set_limits(self, limits: Limits, *, why: Because) -> LimitsSet | None:
        return None if limits == self.limits else LimitsSet(**next_of(self, why), limits=limits)

    def set_permissions(self, permissions: frozenset[Permission], *, why: Because) -> PermissionsSet | None:
        if permissions == self.permissions:
            return None
        return PermissionsSet(**next_of(self, why), permissions=tuple(sorted(permissions)))

    def suspend(self, *, reason: str = "", why: Because) -> TraderSuspended | None:
        """From now on nothing new is placed for the trader; what works can still be cancelled."""
        return None if self.suspended else TraderSuspended(**next_of(self, why), reason=reason)

    def reinstate(self, *, reason: str = "", why: Because) -> TraderReinstated | None:
        return TraderReinstated(**next_of(self, why), reason=reason) if self.suspended else None

    def reserve(self, order: UUID, *, contracts: int, notional_usd: Decimal, why: Because) -> CapacityReserved:
        """Hold capacity for an order. Whether there is enough is for `risk.breaches` to say, before."""
        if order in self.reserved:
            raise IllegalStep("holding capacity for that order", "reserve", ("release",), subject="a trader")
        return CapacityReserved(**next_of(self, why), order=order, contracts=contracts, notional_usd=notional_usd)

    def release(self, order: UUID, *, why: Because) -> CapacityReleased | None:
        """Give back what an order held; giving back twice is not news."""
        return CapacityReleased(**next_of(self, why), order=order) if order in self.reserved else None


def _reserved(trader: Trader, event: CapacityReserved) -> Trader:
    held = Reservation(event.contracts, event.notional_usd)
    return evolve(trader, version=event.originator_version, reserved={**trader.reserved, event.order: held})


def _released(trader: Trader, event: CapacityReleased) -> Trader:
    left = {order: held for order, held in trader.reserved.items() if order != event.order}
    return evolve(trader, version=event.originator_version, reserved=left)


EVOLVE: Evolve = {
    IdentityLinked: lambda trader, event: evolve(
        trader, version=event.originator_version, identities=trader.identities | {(event.platform, event.user)}
    ),
    LimitsSet: lambda trader, event: evolve(trader, version=event.originator_version, limits=event.limits),
    PermissionsSet: lambda trader, event: evolve(
        trader, version=event.originator_version, permissions=frozenset(event.permissions)
    ),
    TraderSuspended: lambda trader, event: evolve(trader, version=event.originator_version, suspended=True),
    TraderReinstated: lambda trader, event: evolve(trader, version=event.originator_version, suspended=False),
    CapacityReserved: _reserved,
    CapacityReleased: _released,
}
