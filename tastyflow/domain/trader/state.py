"""The state of a trader: what replaying their events says, with the capacity that their open orders hold."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from attrs import field, frozen

from tastyflow.domain.persistent_map import PersistentMap
from tastyflow.domain.trader.limits import Limits
from tastyflow.domain.trader.permissions import Permission


@frozen
class Reservation:
    """The part of its trader's capacity that one open order holds."""

    contracts: int
    notional_usd: Decimal


@frozen
class LinkCode:
    """A code that is open: the `digest` of it, for which platform, made by which operator, good until when."""

    platform: str
    digest: str
    by: str
    expires_at: datetime


@frozen(eq=False, repr=False)
class Reservations(Mapping[UUID, Reservation]):
    """
    The reservation of each open order. It never changes; its sum is carried along, not summed again for each order.

    Attributes:
        held: The reservations, by the id of their order.
        notional_usd: What all of them hold together.
    """

    held: PersistentMap[UUID, Reservation] = PersistentMap()
    notional_usd: Decimal = Decimal(0)

    @classmethod
    def of(cls, held: Mapping[UUID, Reservation]) -> "Reservations":
        """What *held* says, summed."""
        return cls(PersistentMap(held), sum((each.notional_usd for each in held.values()), Decimal(0)))

    def __getitem__(self, order: UUID) -> Reservation:
        return self.held[order]

    def __iter__(self) -> Iterator[UUID]:
        return iter(self.held)

    def __len__(self) -> int:
        return len(self.held)

    def __contains__(self, order: object) -> bool:
        return order in self.held

    def __repr__(self) -> str:
        return f"Reservations({dict(self)!r})"

    def holding(self, order: UUID, reservation: Reservation) -> "Reservations":
        """The same with *reservation* for *order*."""
        freed = self.freed(order)
        return Reservations(freed.held.having(order, reservation), freed.notional_usd + reservation.notional_usd)

    def freed(self, order: UUID) -> "Reservations":
        """The same without what *order* held."""
        if order not in self.held:
            return self
        left = self.held.without(order)
        return Reservations(left, self.notional_usd - self.held[order].notional_usd if left else Decimal(0))


NO_RESERVATIONS: Final = Reservations()


def _as_reservations(held: Mapping[UUID, Reservation]) -> Reservations:
    return held if isinstance(held, Reservations) else Reservations.of(held)


@frozen
class TraderState:
    """
    The state of a trader: what replaying their events says.

    Attributes:
        permissions: In today's terms, also where an old log had others (`permissions.normalised`).
        identities: Platform and user of each identity.
        accounts: The names of the accounts that were given, the default first; empty where none was.
        link_codes: Those that were made and not used, at most one for each platform; also where their time is over.
        installation: The version, in the installation's own log of traders, of the newest change that came from there;
            0 for a trader of this log alone.
        reserved: What each open order holds, by the order's id.
    """

    id: UUID
    version: int
    name: str
    limits: Limits
    permissions: frozenset[Permission]
    identities: frozenset[tuple[str, str]] = frozenset()
    suspended: bool = False
    removed: bool = False
    forgotten: bool = False
    installation: int = 0
    accounts: tuple[str, ...] = ()
    link_codes: tuple[LinkCode, ...] = ()
    reserved: Reservations = field(default=NO_RESERVATIONS, converter=_as_reservations, hash=False)

    @property
    def reserved_notional_usd(self) -> Decimal:
        """What all open orders hold together."""
        return self.reserved.notional_usd
