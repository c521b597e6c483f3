"""
A trader: who they are on each platform, what they may do, how much, and what their open orders hold.

    permissions  what a trader may do, and which verb of the desk asks for what
    limits       how much
    accounts     in which accounts of the environment
    link_codes   how a user of a chat says which trader they are
    identity     who a trader is on one platform
    state        what replaying the events says, with the capacity that open orders hold
    events       what can happen to a trader, and what each event does to the state
    verbs        what can be done with a trader: `Trader`
"""

from tastyflow.domain.trader.accounts import AccountsGiven
from tastyflow.domain.trader.events import (
    CapacityReleased,
    CapacityReserved,
    IdentityLinked,
    IdentityUnlinked,
    LimitsSet,
    PermissionsSet,
    TraderForgotten,
    TraderRegistered,
    TraderReinstated,
    TraderRemoved,
    TraderSuspended,
)
from tastyflow.domain.trader.identity import Identity, IdentityClaimed, IdentityReleased
from tastyflow.domain.trader.limits import Limits
from tastyflow.domain.trader.link_codes import LinkCodeMade, LinkCodeUsed
from tastyflow.domain.trader.permissions import Permission
from tastyflow.domain.trader.state import LinkCode, Reservation
from tastyflow.domain.trader.verbs import Trader

__all__ = [
    "AccountsGiven",
    "CapacityReleased",
    "CapacityReserved",
    "Identity",
    "IdentityClaimed",
    "IdentityLinked",
    "IdentityReleased",
    "IdentityUnlinked",
    "Limits",
    "LimitsSet",
    "LinkCode",
    "LinkCodeMade",
    "LinkCodeUsed",
    "Permission",
    "PermissionsSet",
    "Reservation",
    "Trader",
    "TraderForgotten",
    "TraderRegistered",
    "TraderReinstated",
    "TraderRemoved",
    "TraderSuspended",
]
