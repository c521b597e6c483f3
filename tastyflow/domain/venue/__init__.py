"""
What venues say, in the core's words.

    snapshots   an order as a venue shows it, statuses, fills, quotes, listings, holdings
    hearing     which of it is news to an order
"""

from tastyflow.domain.venue.snapshots import (
    Account,
    Balances,
    BrokerOrder,
    Chain,
    DryRun,
    Expiration,
    Phase,
    Position,
    Quote,
    Status,
    Venue,
    VenueFill,
)

__all__ = [
    "Account",
    "Balances",
    "BrokerOrder",
    "Chain",
    "DryRun",
    "Expiration",
    "Phase",
    "Position",
    "Quote",
    "Status",
    "Venue",
    "VenueFill",
]
