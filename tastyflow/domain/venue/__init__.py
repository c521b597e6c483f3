"""
What venues say, in the core's words.

    snapshots   an order as a venue shows it, statuses, fills, quotes, listings, holdings
    hearing     which of it is news to an order
"""

from tastyflow.domain.venue.snapshots import (
    CLOSING_WITH_NO_POSITION,
    Account,
    Balances,
    BrokerOrder,
    Chain,
    DryRun,
    Expiration,
    NamedSymbol,
    Phase,
    Position,
    Quote,
    Status,
    Venue,
    VenueFill,
)

__all__ = [
    "CLOSING_WITH_NO_POSITION",
    "Account",
    "Balances",
    "BrokerOrder",
    "Chain",
    "DryRun",
    "Expiration",
    "NamedSymbol",
    "Phase",
    "Position",
    "Quote",
    "Status",
    "Venue",
    "VenueFill",
]
