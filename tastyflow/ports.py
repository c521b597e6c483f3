"""
What the core looks out of, in its own words. What implements one of these is a neighbour.

    Broker       one account at one venue: dry run, place, find, get, cancel, replace, updates, holdings
    MarketData   chains, quotes, sessions
    Recipient    is told what was recorded, and tells a trader
    Clock        what time it is, and waiting
    Language     text to commands, and commands to canonical words

Failures are sorted by certainty (`tastyflow.errors.VenueFailure`): ``VenueRefused`` nothing was placed, ``NotSent`` no
byte left, ``OutcomeUnknown`` ask before anything else. An implementation raises nothing else for what a venue does.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from attrs import frozen

from tastyflow.domain.commands import Command
from tastyflow.domain.events import Event
from tastyflow.domain.instruments import Instrument
from tastyflow.domain.order import Order
from tastyflow.domain.ticket import Ticket
from tastyflow.domain.venue import Account, Balances, BrokerOrder, Chain, DryRun, Position, Quote, Venue


class Broker(Protocol):
    """
    One account at one venue. The venue is a property of the object, never a flag.

    Raises:
        VenueFailure: From every coroutine, sorted by certainty.
    """

    @property
    def venue(self) -> Venue: ...

    async def ready(self) -> None:
        """
        Return once an order could leave at once. Asked before a claim, so that a login that is away costs no attempt.

        Raises:
            VenueFailure: Nothing can be sent now; nothing was.
        """
        ...

    async def account(self) -> Account:
        """Who we are there."""
        ...

    async def dry_run(self, ticket: Ticket) -> DryRun:
        """Ask what the venue would say, without placing anything."""
        ...

    async def place(self, ticket: Ticket, *, external_id: str) -> BrokerOrder:
        """Place *ticket*. The venue tags the order with *external_id* and does not dedupe by it."""
        ...

    async def find(self, external_id: str) -> Sequence[BrokerOrder]:
        """All orders tagged *external_id*, from all pages; a search that is not complete raises."""
        ...

    async def get(self, broker_order: str) -> BrokerOrder | None:
        """The order as it stands now; None where the venue knows no such order."""
        ...

    async def cancel(self, broker_order: str) -> BrokerOrder:
        """Ask for the cancel. ``VenueRefused`` (code ``cannot_cancel``) when it is over already."""
        ...

    async def replace(self, broker_order: str, ticket: Ticket, *, external_id: str) -> BrokerOrder:
        """Cancel the working order and work *ticket* (same legs) in its place, under a new broker id."""
        ...

    def updates(self) -> AbstractAsyncContextManager[AsyncIterator[BrokerOrder]]:
        """Snapshots of every order of the account from entering on; no replay of what was before."""
        ...

    async def positions(self) -> Sequence[Position]: ...

    async def balances(self) -> Balances: ...


@frozen
class MarketSession:
    """Whether the options market is open at a moment, and until or from when."""

    is_open: bool
    changes_at: datetime | None


class MarketData(Protocol):
    """What is listed and what it costs; from the production side, also when rehearsing."""

    async def chain(self, underlying: str) -> Chain | None:
        """What is listed on *underlying* (wire symbol); None where it is not a symbol at all."""
        ...

    async def similar(self, underlying: str) -> Sequence[str]:
        """Listed symbols that look like *underlying*, the nearest first."""
        ...

    async def quotes(self, instruments: Sequence[Instrument]) -> Mapping[Instrument, Quote]:
        """The present quote of each; one without a quote is absent."""
        ...

    async def session(self) -> MarketSession: ...


@frozen
class Address:
    """
    Where a trader is told something.

    Attributes:
        platform, user: The identity that asked for the order.
        channel: Where it was asked; empty where the platform has no channels.
        reply_to: The platform's id of the message that asked, or of the one that answers refer to.
    """

    platform: str
    user: str
    channel: str
    reply_to: str


@frozen
class Notice:
    """
    One thing to tell a trader, made from one recorded event.

    Attributes:
        to: Where to tell it.
        event: What was recorded.
        order: The order as it stood once that was recorded.
        sentence: What happened, in one sentence for people.
    """

    to: Address
    event: Event
    order: Order
    sentence: str

    @property
    def key(self) -> str:
        """The event it tells of, ``<aggregate>:<version>``: the same key again is the same notice."""
        return f"{self.event.originator_id}:{self.event.originator_version}"


class Recipient(Protocol):
    """
    A neighbour that is told what was recorded.

    Telling follows the log in a task of its own: trading never waits for it. After a crash the last notice can come
    twice, under the same key; none is lost.
    """

    @property
    def name(self) -> str | None:
        """The name that its place in the log is kept under; None to begin at the end of the log each time."""
        ...

    def listens_to(self, address: Address) -> bool:
        """Whether it tells what is for *address*; the answer costs nothing."""
        ...

    async def tell(self, notice: Notice) -> None:
        """Tell it. It may take its time; what it raises is logged, and it is asked again after a pause."""
        ...


class Clock(Protocol):
    def now(self) -> datetime:
        """The present, in UTC, timezone-aware."""
        ...

    def monotonic(self) -> float:
        """Seconds that never run backwards, for measuring."""
        ...

    async def sleep(self, seconds: float) -> None: ...


class Language(Protocol):
    def parse(self, text: str, *, as_of: datetime) -> Command:
        """
        Understand one chat line, read at *as_of*.

        Raises:
            NotUnderstood: With code, span and suggestions; nothing else, whatever the text.
        """
        ...

    def render(self, command: Command, *, as_of: datetime) -> str:
        """The canonical words, with the days to each expiration: parsing them on that day gives *command* again."""
        ...
