"""A trader: who they are on each platform, what they may do, how much, and what their open orders hold."""

from tastyflow.domain.trader.verbs import (
    CapacityReleased,
    CapacityReserved,
    Identity,
    IdentityClaimed,
    IdentityLinked,
    Limits,
    LimitsSet,
    Permission,
    PermissionsSet,
    Reservation,
    Trader,
    TraderRegistered,
    TraderReinstated,
    TraderSuspended,
)

__all__ = [
    "CapacityReleased",
    "CapacityReserved",
    "Identity",
    "IdentityClaimed",
    "IdentityLinked",
    "Limits",
    "LimitsSet",
    "Permission",
    "PermissionsSet",
    "Reservation",
    "Trader",
    "TraderRegistered",
    "TraderReinstated",
    "TraderSuspended",
]
