"""
The state of a book: what replaying its events says. Nothing in it grows with the orders that are over.

    entries   the orders that can still fill, by order; `working` sums them up per shape, `moving` per instrument
    tracks    for each instrument our own fills of the last minutes, which a snapshot of positions may not show yet, and
              what was held before them
    asks      who asked for what in the last minute; how many orders since the day began
"""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from attrs import evolve, field, frozen

from tastyflow.domain.instruments import Instrument
from tastyflow.domain.persistent_map import PersistentMap
from tastyflow.domain.ticket import Leg, Ticket

KEPT: Final = timedelta(minutes=10)
"""How long a fill is kept apart from the position that it changed: longer than any snapshot lags."""

MAX_ASKS: Final = 1_000
"""How many of a trader's latest orders are remembered for the limits of a minute: no such limit is higher."""

MAX_FILLS: Final = 200
"""How many fills of one instrument are kept apart."""

MAX_FAILURES: Final = 100


@frozen
class Entry:
    """
    One order that can still fill.

    Attributes:
        cash_usd: What the account receives if it fills whole; negative: pays.
        takes_usd: What it takes of buying power, by the venue's dry run.
        filled: The quantity filled of each leg, in the order of the ticket's legs.
        got_usd: What its fills brought, by their own prices; negative: cost.
        twin: The other one of two orders of which only one can fill: an order, and the one that is to take its place.
        is_silent: Whether *twin* is counted for both.
        adopted_at: Since when production has it: from then on its own buying power counts the order.
        is_unknown: Whether it is not known if production has it.
    """

    order: UUID
    trader: UUID
    ticket: Ticket
    cash_usd: Decimal
    takes_usd: Decimal
    filled: tuple[int, ...]
    adopted_at: datetime | None = None
    is_unknown: bool = False
    got_usd: Decimal = Decimal(0)
    twin: UUID | None = None
    is_silent: bool = False

    @property
    def left(self) -> tuple[int, ...]:
        """The quantity of each leg that can still fill."""
        return tuple(max(leg.quantity - done, 0) for leg, done in zip(self.ticket.legs, self.filled, strict=True))

    def units(self) -> "tuple[Unit, int]":
        """
        What is left of it, as so many times one unit; as one unit where the legs have not filled evenly.

        That one brings the rest of the limit: the venue owes the net price of the whole.
        """
        left, whole = self.left, self.ticket.units
        ratio = tuple(leg.quantity // whole for leg in self.ticket.legs)
        times = left[0] // ratio[0]
        if left != tuple(times * each for each in ratio):
            return Unit(self._amounts(left), self.cash_usd - self.got_usd), 1
        return Unit(self._amounts(ratio), self.cash_usd / whole), times

    def _amounts(self, quantities: tuple[int, ...]) -> tuple[tuple[Instrument, int], ...]:
        legs = zip(self.ticket.legs, quantities, strict=True)
        return tuple((leg.instrument, signed(leg, quantity)) for leg, quantity in legs)


def signed(leg: Leg, quantity: int) -> int:
    """*quantity* as it changes the position: bought is positive, sold is negative."""
    return quantity if leg.action.buys else -quantity


@frozen
class Unit:
    """What one unit of an order does to the account if it fills. Orders of one shape and price have one unit."""

    amounts: tuple[tuple[Instrument, int], ...]
    cash_usd: Decimal


@frozen
class Taken:
    """What *order* takes of buying power, and when it came to the venue, or left the book with fills."""

    at: datetime
    order: UUID
    usd: Decimal


@frozen
class Moving:
    """How much of one instrument the working orders can still buy and sell, and how much of that closes."""

    buys: int = 0
    sells: int = 0
    buys_to_close: int = 0
    sells_to_close: int = 0


@frozen
class BookedFill:
    """A fill of one of our orders: *quantity* is signed, *price* per share, *at* when it was recorded."""

    at: datetime
    quantity: int
    price: Decimal


@frozen
class Track:
    """
    How the position in one instrument came about lately.

    Attributes:
        touched_at: When an order was entered, or filled, last.
        seen_at: When *base* was looked at.
        base: What was held before *fills*; None where no order of ours was entered before it filled.
        fills: Our own fills of the last minutes, in the order in which they were recorded.
    """

    touched_at: datetime
    seen_at: datetime
    base: int | None
    fills: tuple[BookedFill, ...] = ()

    def with_fill(self, fill: BookedFill) -> "Track":
        """The same after one more fill; of very many, the oldest count as settled."""
        return evolve(self, touched_at=fill.at, fills=(*self.fills, fill)).settled(
            max(len(self.fills) + 1 - MAX_FILLS, 0)
        )

    @property
    def is_stale(self) -> bool:
        """Whether the account may have been traded elsewhere between *base* and the first of *fills*."""
        return bool(self.fills) and self.fills[0].at - self.seen_at > KEPT

    def settled(self, number: int) -> "Track":
        """The same with the first *number* fills taken as a part of what was held before."""
        if not number:
            return self
        done = sum(fill.quantity for fill in self.fills[:number])
        return Track(
            self.touched_at, self.seen_at, None if self.base is None else self.base + done, self.fills[number:]
        )


@frozen
class Ask:
    """An order that was asked for."""

    at: datetime
    digest: str


@frozen
class Failure:
    """An order of *trader* that the venue rejected."""

    at: datetime
    trader: UUID


@frozen
class Day:
    """
    One trading day in New York.

    Attributes:
        began_with_usd: The net liquidating value that its losses are counted from: the last one seen on the trading day
            before, else the first one of the day; None where the venue did not say.
        latest_usd: The net liquidating value seen last.
        orders: The orders of each trader.
    """

    day: date
    began_with_usd: Decimal | None
    latest_usd: Decimal | None
    orders: PersistentMap[UUID, int] = field(hash=False)

    @property
    def total(self) -> int:
        """The orders of all traders."""
        return sum(self.orders.values())


@frozen
class BookState:
    """
    Attributes:
        account: The account's number, masked.
        working: How many units of each shape can still fill, by underlying.
        moving: What the working orders can still do to each instrument.
        asks: The latest orders that each trader asked for.
        counts: How many orders of each trader work on each underlying.
        taken_usd: What all orders in the book take of buying power; *adopted_usd*, those that production has.
        adopted: What came to production in the last minutes.
        spent: What had taken buying power, filled, and left the book in the last minutes.
        unknown: How many orders of unknown outcome are in the book; *given_up*, when others left it so.
        tracks: Of each instrument that one of our orders can trade, or traded in the last minutes.
        filled: When which instrument filled in the last minutes, in that order.
        explained: What the account should hold of each instrument: what it held when it was first held against this
            log, and every fill since; None before that.
        unexplained: By how much the account was seen to hold more than that, where a person was asked to look.
    """

    id: UUID
    version: int
    account: str
    entries: PersistentMap[UUID, Entry] = field(factory=PersistentMap, hash=False)
    working: PersistentMap[str, PersistentMap[Unit, int]] = field(factory=PersistentMap, hash=False)
    moving: PersistentMap[Instrument, Moving] = field(factory=PersistentMap, hash=False)
    counts: PersistentMap[tuple[UUID, str], int] = field(factory=PersistentMap, hash=False)
    tracks: PersistentMap[Instrument, Track] = field(factory=PersistentMap, hash=False)
    filled: tuple[tuple[datetime, Instrument], ...] = ()
    asks: PersistentMap[UUID, tuple[Ask, ...]] = field(factory=PersistentMap, hash=False)
    failures: tuple[Failure, ...] = ()
    taken_usd: Decimal = Decimal(0)
    adopted_usd: Decimal = Decimal(0)
    adopted: tuple[Taken, ...] = ()
    spent: tuple[Taken, ...] = ()
    day: Day | None = None
    unknown: int = 0
    given_up: tuple[datetime, ...] = ()
    explained: PersistentMap[Instrument, int] | None = None
    unexplained: PersistentMap[Instrument, int] = field(factory=PersistentMap, hash=False)

    def orders_of(self, trader: UUID, underlying: str | None = None) -> int:
        """How many orders of *trader* can still fill, on one underlying or in all."""
        return sum(n for (who, what), n in self.counts.items() if who == trader and underlying in (None, what))
