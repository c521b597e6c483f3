"""
What a venue says of an order, in the core's words: snapshots of its state, statuses, fills, quotes, listings.

    BrokerOrder ── status, fills, echo of the ticket     one snapshot; later ones may come late, twice, out of order
    Status      ── submission ▶ working ▶ terminal       the three phases every venue status belongs to

Values only: the ports that deliver them are in `tastyflow.ports`.
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

from attrs import frozen

from tastyflow.domain.expirations import last_trade_day, stops_trading_at
from tastyflow.domain.instruments import EquityOption, Instrument, TickRule, chat_symbol, net_ticks
from tastyflow.domain.ticket import Ticket


class Venue(StrEnum):
    """Where an attempt goes. A broker object is of one venue for life."""

    SANDBOX = "sandbox"
    PRODUCTION = "production"


class Phase(StrEnum):
    """The part of an order's life at a venue; it only moves forward."""

    SUBMISSION = "submission"
    WORKING = "working"
    TERMINAL = "terminal"

    @property
    def rank(self) -> int:
        return tuple(Phase).index(self)


class Status(StrEnum):
    """An order's status at the venue (tastytrade's order flow)."""

    RECEIVED = "received"
    ROUTED = "routed"
    IN_FLIGHT = "in_flight"
    CONTINGENT = "contingent"
    LIVE = "live"
    CANCEL_REQUESTED = "cancel_requested"
    REPLACE_REQUESTED = "replace_requested"
    FILLED = "filled"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REJECTED = "rejected"
    REMOVED = "removed"
    PARTIALLY_REMOVED = "partially_removed"

    @property
    def phase(self) -> Phase:
        return _PHASES[self]

    @property
    def is_terminal(self) -> bool:
        return self.phase is Phase.TERMINAL


_PHASES: Final[Mapping[Status, Phase]] = {
    **dict.fromkeys((Status.RECEIVED, Status.ROUTED, Status.IN_FLIGHT, Status.CONTINGENT), Phase.SUBMISSION),
    **dict.fromkeys((Status.LIVE, Status.CANCEL_REQUESTED, Status.REPLACE_REQUESTED), Phase.WORKING),
    **dict.fromkeys((Status.FILLED, Status.CANCELLED, Status.EXPIRED, Status.REJECTED), Phase.TERMINAL),
    **dict.fromkeys((Status.REMOVED, Status.PARTIALLY_REMOVED), Phase.TERMINAL),
}


@frozen
class VenueFill:
    """One execution. *price* is per share, positive; *quantity* counts contracts or shares of one leg."""

    fill_id: str
    symbol: str
    quantity: int
    price: Decimal
    at: datetime


@frozen
class BrokerOrder:
    """
    One snapshot of an order at a venue.

    Attributes:
        ticket: The venue's echo of what it understood; None where an answer carries none.
        fills: All fills so far, not only the new ones.
        reason: The venue's words on a rejection; untrusted text, already bounded by the adapter.
        replaces, replaced_by: Broker ids; a replacement is a new order there.
    """

    broker_order: str
    external_id: str | None
    status: Status
    updated_at: datetime
    ticket: Ticket | None = None
    fills: tuple[VenueFill, ...] = ()
    reason: str = ""
    replaces: str | None = None
    replaced_by: str | None = None

    def filled(self, symbol: str) -> int:
        """The quantity filled of one leg."""
        return sum(fill.quantity for fill in self.fills if fill.symbol == symbol)

    def has_filled(self, ticket: Ticket) -> bool:
        """Whether every leg of *ticket* is filled in full by the fills that are shown."""
        return all(self.filled(leg.instrument.occ) >= leg.quantity for leg in ticket.legs)

    def awaits_fills(self, ticket: Ticket) -> bool:
        """Whether it says filled before the fills of all legs are there: tastytrade tells them one leg at a time."""
        return self.status is Status.FILLED and not self.has_filled(ticket)

    def has_ended(self, ticket: Ticket) -> bool:
        """Whether nothing more is to come: it is over, and where it says filled, all legs add up."""
        return self.status.is_terminal and not self.awaits_fills(ticket)


CLOSING_WITH_NO_POSITION: Final = "closing_with_no_position"
"""tastytrade's code for a close that finds no position: of a refusal, or of a warning where it would open instead."""


@frozen
class DryRun:
    """
    What the venue would do with a ticket: its effect on buying power and fees in dollars, and its warnings.

    Attributes:
        warnings: The venue's words; untrusted text, already bounded by the adapter.
        buying_power_before_usd, buying_power_after_usd: Without the order, and with it; None where the venue is silent.
        warning_codes: The codes of the warnings that have one, as the venue spells them.
    """

    buying_power_change_usd: Decimal
    fees_usd: Decimal
    warnings: tuple[str, ...] = ()
    buying_power_before_usd: Decimal | None = None
    buying_power_after_usd: Decimal | None = None
    warning_codes: frozenset[str] = frozenset()

    @property
    def turns_a_close_into_an_opening(self) -> bool:
        """Whether the venue would open a position where the ticket closes one: it knows of none to close."""
        return CLOSING_WITH_NO_POSITION in self.warning_codes


@frozen
class Position:
    """What is held of one instrument; *quantity* is positive when long, negative when short."""

    instrument: Instrument
    quantity: int
    average_open_price: Decimal


@frozen
class Balances:
    """Cash, net liquidating value and buying power of an account, in dollars."""

    cash_usd: Decimal
    net_liquidating_value_usd: Decimal
    buying_power_usd: Decimal


@frozen
class Account:
    """The account behind a broker object, and what bars it from trading."""

    number: str
    venue: Venue
    is_closing_only: bool = False
    is_frozen: bool = False


@frozen
class Quote:
    """The best bid and ask per share, at a moment. A missing side is zero."""

    bid: Decimal
    ask: Decimal
    at: datetime

    @property
    def mid(self) -> Decimal:
        """Halfway between bid and ask, off tick as it may be."""
        return (self.bid + self.ask) / 2

    @property
    def is_two_sided(self) -> bool:
        """Whether there is a market to price by: both sides there, not crossed."""
        return 0 < self.bid <= self.ask


@frozen
class Expiration:
    """One listed expiration of one option root, with its strikes in ascending order."""

    root: str
    day: date
    strikes: tuple[Decimal, ...]
    settles_am: bool = False

    @property
    def last_trade_day(self) -> date:
        """The day itself, or the trading day before where it settles in the morning."""
        return last_trade_day(self.day, settles_am=self.settles_am)

    @property
    def stops_trading_at(self) -> datetime:
        """The close of that day, aware."""
        return stops_trading_at(self.day, settles_am=self.settles_am)


@frozen
class NamedSymbol:
    """A listed symbol, as the venue spells it, with the name that it gives; as `Chain.name`."""

    symbol: str
    name: str = ""

    @property
    def in_words(self) -> str:
        """``AAPL (Apple Inc)``; the symbol alone where it has no name."""
        return f"{chat_symbol(self.symbol)} ({self.name})" if self.name else chat_symbol(self.symbol)


@frozen
class Chain:
    """
    What is listed on an underlying.

    *has_shares* is false for a cash-settled index. *expirations* ascend by day; one day can be listed under two roots
    (SPX in the morning, SPXW in the afternoon).

    Attributes:
        name: Of the company, the fund or the index: FORD is Forward Industries. The venue's words: untrusted text,
            already bounded by the adapter; empty where it gives none. It is for people alone: nothing is decided by it.
    """

    underlying: str
    has_shares: bool
    share_ticks: TickRule
    option_ticks: TickRule
    expirations: tuple[Expiration, ...]
    name: str = ""

    def ticks_of(self, instrument: Instrument) -> TickRule:
        """The tick rule that prices of *instrument* follow."""
        return self.share_ticks if instrument.multiplier == 1 else self.option_ticks

    @property
    def net_ticks(self) -> TickRule:
        """The tick rule that net prices of several legs follow."""
        return net_ticks(self.underlying)

    def expiration_of(self, option: EquityOption) -> Expiration | None:
        """The listed expiration that *option* belongs to; None where there is none."""
        return next((e for e in self.expirations if (e.root, e.day) == (option.root, option.expiration)), None)
