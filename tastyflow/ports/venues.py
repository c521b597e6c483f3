"""
The venues, as the core sees them: where orders go, and what the market shows.

    turn ─▶ claimed (in the log) ─▶ place │ replace, with that turn, and a last look ─▶ get, find, listed, updates

Failures are sorted by certainty (`tastyflow.errors.VenueFailure`): ``VenueRefused`` nothing was placed, ``NotSent`` no
byte left, ``OutcomeUnknown`` ask before anything else. An implementation raises nothing else for what a venue does.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from attrs import frozen

from tastyflow.domain.instruments import Instrument
from tastyflow.domain.ticket import Ticket
from tastyflow.domain.venue import Account, Balances, BrokerOrder, Chain, DryRun, NamedSymbol, Position, Quote, Venue


@frozen
class QueuePlace:
    """
    Where an order stands in the queue before a venue.

    Attributes:
        ahead: How many requests leave before it.
        expected_s: In how many seconds its turn should come.
    """

    ahead: int
    expected_s: float


OnQueued = Callable[[QueuePlace], None]
Leave = Callable[[], None]


class SendingTurn(Protocol):
    """Permission to send one order to a venue, now. It is used by sending, or given back."""

    def release(self) -> None:
        """Give it back unused; after its use that does nothing."""
        ...


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

    async def dry_run(self, ticket: Ticket, *, turn: SendingTurn | None = None) -> DryRun:
        """Ask what the venue would say, without placing anything; *turn* as in `place`, and used by it."""
        ...

    async def turn(self, queued: OnQueued | None = None, *, for_dry_run: bool = False) -> SendingTurn:
        """
        Wait until one order could leave at once, and keep that place: taken before a claim, so that no claim waits.

        It is kept for about two seconds, then given back by itself: what comes with it later waits for another one.

        Args:
            for_dry_run: It is for a dry run, which lets all orders go before it.
            queued: Called with each new place in the queue, the first time within a second; never where there is none.

        Raises:
            VenueFailure: Nothing can be sent now; nothing was.
        """
        ...

    def queue_place(self, behind: int) -> QueuePlace:
        """
        Where the rehearsal of an order that is asked for now should come to stand, after *behind* others that are not
        in the queue yet. It is answered at once, from what is known here; nothing is asked of the venue.
        """
        ...

    async def place(
        self, ticket: Ticket, *, external_id: str, turn: SendingTurn | None = None, leave: Leave | None = None
    ) -> BrokerOrder:
        """
        Place *ticket*. The venue tags the order with *external_id* and does not dedupe by it.

        Args:
            turn: The place in the queue that it leaves from; None to wait for one here.
            leave: Called as the last thing before the first byte is written. What it raises keeps the order here.

        Raises:
            NotSent: Also what *leave* raised.
        """
        ...

    def body_of(self, ticket: Ticket, *, external_id: str, replacing: bool = False) -> str:
        """
        What `place` sends for *ticket*, byte for byte, in UTF-8; `replace` where *replacing*. Nothing is sent for that.

        It is recorded with the claim, before the first byte leaves.
        """
        ...

    async def find(self, external_id: str, *, since: datetime | None = None) -> Sequence[BrokerOrder]:
        """
        All orders tagged *external_id*, from all pages; a search that is not complete raises.

        Args:
            since: When the tag was claimed: the search goes back that far, however long ago. None for a recent one.
        """
        ...

    async def get(self, broker_order: str) -> BrokerOrder | None:
        """The order as it stands now; None where the venue knows no such order."""
        ...

    async def cancel(self, broker_order: str) -> BrokerOrder:
        """Ask for the cancel. ``VenueRefused`` (code ``cannot_cancel``) when it is over already."""
        ...

    async def listed(self, since: datetime) -> Sequence[BrokerOrder]:
        """
        Every order of the account that is live, or was made or changed after *since*, with a tag of ours or without;
        all pages.

        Raises:
            VenueFailure: The list is not complete.
        """
        ...

    async def replace(
        self,
        broker_order: str,
        ticket: Ticket,
        *,
        external_id: str,
        turn: SendingTurn | None = None,
        leave: Leave | None = None,
    ) -> BrokerOrder:
        """Cancel the working order and work *ticket* (same legs) in its place, under a new broker id; as `place`."""
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
        """What is listed on *underlying*, as the venue spells it, and its name; None where it is no symbol at all."""
        ...

    async def similar(self, underlying: str) -> Sequence[NamedSymbol]:
        """Listed symbols that are spelt like *underlying* or named so, the nearest first."""
        ...

    async def quotes(self, instruments: Sequence[Instrument]) -> Mapping[Instrument, Quote]:
        """The present quote of each; one without a quote is absent."""
        ...

    async def session(self) -> MarketSession: ...
