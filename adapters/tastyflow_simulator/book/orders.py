"""
An order as this book keeps it, and the statuses that tastytrade shows.

    Received ─▶ Routed ─▶ In Flight ─▶ Live ─▶ Cancel Requested ─▶ Filled · Cancelled · Expired · Rejected · Removed
    Contingent ─▶                              Replace Requested

A status never goes back to an earlier phase. A partly filled order has no status of its own: it is Live, and its legs
say how much remains.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from math import gcd
from typing import Final

from attrs import evolve, frozen

from tastyflow_simulator.book.formats import OPENS, ZERO, Json, buys, count, epoch_ms, iso, money
from tastyflow_simulator.book.requests import OrderRequest


class Status(StrEnum):
    """tastytrade's words for where an order stands."""

    RECEIVED = "Received"
    CONTINGENT = "Contingent"
    ROUTED = "Routed"
    IN_FLIGHT = "In Flight"
    LIVE = "Live"
    CANCEL_REQUESTED = "Cancel Requested"
    REPLACE_REQUESTED = "Replace Requested"
    FILLED = "Filled"
    CANCELLED = "Cancelled"
    EXPIRED = "Expired"
    REJECTED = "Rejected"
    REMOVED = "Removed"

    @property
    def is_terminal(self) -> bool:
        return self in TERMINAL

    @property
    def rank(self) -> int:
        return _RANK[self]


TERMINAL: Final = frozenset({Status.FILLED, Status.CANCELLED, Status.EXPIRED, Status.REJECTED, Status.REMOVED})
AT_VENUE: Final = frozenset(
    {Status.ROUTED, Status.IN_FLIGHT, Status.LIVE, Status.CANCEL_REQUESTED, Status.REPLACE_REQUESTED}
)
"""Where a fill can come from."""
LEAVING: Final = frozenset({Status.CANCEL_REQUESTED, Status.REPLACE_REQUESTED})
UNTOUCHABLE: Final = TERMINAL | LEAVING | {Status.ROUTED, Status.IN_FLIGHT}
"""Shown as neither cancellable nor editable, as orders on their way were recorded."""

_RANK: Final = {
    Status.RECEIVED: 0,
    Status.CONTINGENT: 0,
    Status.ROUTED: 1,
    Status.IN_FLIGHT: 2,
    Status.LIVE: 3,
    **dict.fromkeys(LEAVING, 4),
    **dict.fromkeys(TERMINAL, 5),
}


@frozen
class Fill:
    """One execution of one leg, per share."""

    fill_id: str
    exec_id: str
    quantity: Decimal
    price: Decimal
    at: datetime
    venue: str

    def json(self) -> Json:
        return {
            "ext-group-fill-id": "0",
            "ext-exec-id": self.exec_id,
            "fill-id": self.fill_id,
            "quantity": count(self.quantity),
            "fill-price": money(self.price),
            "filled-at": iso(self.at),
            "destination-venue": self.venue,
        }


@frozen
class Leg:
    """One leg; *quantity* is zero in a notional order until it is known how much the money buys."""

    instrument_type: str
    symbol: str
    action: str
    quantity: Decimal
    multiplier: int
    fills: tuple[Fill, ...] = ()

    @property
    def filled(self) -> Decimal:
        return sum((fill.quantity for fill in self.fills), ZERO)

    @property
    def remaining(self) -> Decimal:
        return self.quantity - self.filled

    @property
    def buys(self) -> bool:
        return buys(self.action)

    @property
    def opens(self) -> bool:
        return self.action in OPENS

    def json(self) -> Json:
        shown: Json = {"instrument-type": self.instrument_type, "symbol": self.symbol}
        if self.quantity:
            shown |= {"quantity": count(self.quantity), "remaining-quantity": count(self.remaining)}
        return shown | {"action": self.action, "fills": [fill.json() for fill in self.fills]}


def count_units(legs: Sequence[Leg]) -> Decimal:
    """The largest number that divides all quantities; of a single leg, its quantity."""
    if len(legs) == 1:
        return legs[0].quantity
    return Decimal(gcd(*(int(leg.quantity) for leg in legs)))


@frozen(kw_only=True)
class Order:
    """
    One order of one account.

    Attributes:
        number: Its id; 0 for one that is only tried.
        legs: With the position effects that the checks settled on.
        needs_usd: What it takes of the buying power; never negative.
        triggered: Whether its stop has been reached.
        ends_at: When it expires unfilled; None never.
        listed_at: From when on lists show it.
        refused: Whether the checks refused it, and it is only kept to be seen.
        placed_in: The complex order that it belongs to, and its part there.
    """

    number: int
    request: OrderRequest
    legs: tuple[Leg, ...]
    underlying: str
    underlying_type: str
    received_at: datetime
    listed_at: datetime
    status: Status = Status.RECEIVED
    updated_ms: int = 0
    needs_usd: Decimal = ZERO
    triggered: bool = False
    ends_at: datetime | None = None
    in_flight_at: datetime | None = None
    live_at: datetime | None = None
    cancelled_at: datetime | None = None
    terminal_at: datetime | None = None
    reject_reason: str = ""
    refused: bool = False
    replaces: int | None = None
    replaced_by: int | None = None
    placed_in: int | None = None
    part: str = ""
    part_index: int = 0
    routing_id: str = ""
    request_id: str = ""

    @property
    def units(self) -> Decimal:
        """How many times the smallest whole of all legs is ordered: 10 for ten spreads, and for a 10 x 20 ratio."""
        return count_units(self.legs)

    @property
    def units_left(self) -> Decimal:
        units = self.units
        if not units:
            return ZERO
        return min(leg.remaining * units / leg.quantity for leg in self.legs)

    @property
    def reserved_usd(self) -> Decimal:
        """What it has taken of the buying power, for the part of it that may still trade."""
        if self.status.is_terminal or not self.needs_usd:
            return ZERO
        units = self.units
        return round(self.needs_usd * self.units_left / units, 4) if units else self.needs_usd

    @property
    def has_fills(self) -> bool:
        return any(leg.fills for leg in self.legs)

    @property
    def tag(self) -> str:
        """What faults and people call it."""
        return self.request.external_identifier or str(self.number)

    def becoming(self, status: Status, at: datetime) -> "Order":
        """The same order with a new status, and its moment noted."""
        return evolve(
            self,
            status=status,
            in_flight_at=at if status is Status.IN_FLIGHT else self.in_flight_at,
            live_at=at if status is Status.LIVE else self.live_at,
            cancelled_at=at if status is Status.CANCELLED else self.cancelled_at,
            terminal_at=at if status.is_terminal else self.terminal_at,
        )

    def stamped(self, at: datetime) -> "Order":
        """The same order, updated at a moment later than its last."""
        return evolve(self, updated_ms=max(self.updated_ms + 1, epoch_ms(at)))
