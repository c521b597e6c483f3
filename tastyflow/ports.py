"""
What the core looks out of, in its own words. What implements one of these is a neighbour.

    Broker       one account at one venue: dry run, place, find, get, cancel, replace, updates, holdings
    MarketData   chains, quotes, sessions
    EventLog     what was recorded: append, read, select, follow
    Recipient    is told what was recorded, and tells a trader
    Channel      tells the operators what a person must look at
    Clock        what time it is, and waiting
    Language     text to commands, commands to canonical words, short answers to whole lines

Failures are sorted by certainty (`tastyflow.errors.VenueFailure`): ``VenueRefused`` nothing was placed, ``NotSent`` no
byte left, ``OutcomeUnknown`` ask before anything else. An implementation raises nothing else for what a venue does.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import TYPE_CHECKING, Protocol, runtime_checkable
from uuid import UUID

from attrs import frozen

from tastyflow.domain.age import Mark
from tastyflow.domain.events import Event
from tastyflow.domain.incident import IncidentState
from tastyflow.domain.instruments import Instrument
from tastyflow.domain.order import Order
from tastyflow.domain.ticket import Ticket
from tastyflow.domain.venue import Account, Balances, BrokerOrder, Chain, DryRun, Position, Quote, Venue

if TYPE_CHECKING:
    from concurrent.futures import Future

    from eventsourcing.persistence import Notification, StoredEvent

    from tastyflow.domain.commands import Command


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

    async def find(self, external_id: str, *, since: datetime | None = None) -> Sequence[BrokerOrder]:
        """
        All orders tagged *external_id*, from all pages; a search that is not complete raises.

        Args:
            since: When the tag was claimed: whatever is its age, the search goes back that far. None for a recent one.
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
        Every order of the account that is live, or was made or changed after *since*, whoever made it; all pages.

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
        """What is listed on *underlying*, as the venue spells it; None where it is not a symbol at all."""
        ...

    async def similar(self, underlying: str) -> Sequence[str]:
        """Listed symbols that look like *underlying*, the nearest first."""
        ...

    async def quotes(self, instruments: Sequence[Instrument]) -> Mapping[Instrument, Quote]:
        """The present quote of each; one without a quote is absent."""
        ...

    async def session(self) -> MarketSession: ...


@frozen
class Lease:
    """
    Who does what only one process may do. It is kept beside the log, and is no part of the truth.

    Attributes:
        holder: Names one use by one process; empty where it was given back.
        beat: Counted up by the holder as long as it works: one that stands still has no holder any more.
        about: The holder, in words.
    """

    name: str
    holder: str
    beat: int
    about: str = ""


@runtime_checkable
class EventLog(Protocol):
    """
    Streams of events, one for each aggregate, in one order for all. Events are appended, never changed or removed.

    Several processes may use one log. An event's *position* is its place in the order of the whole log, from 1 on; a
    position is given once, and only to an event that is committed. Its *version* is its place in its own stream.

    Raises:
        EventSourcingError: From every method, and through the future of an append: the library's errors.
    """

    def append(
        self,
        events: "Sequence[StoredEvent]",
        *,
        after: "Sequence[Future[list[int]]]" = (),
        unchanged: Sequence[tuple[UUID, int]] = (),
        snapshots: "Sequence[StoredEvent]" = (),
    ) -> "Future[list[int]]":
        """
        Append *events*, all or none, and return at once; futures resolve in the order of the calls.

        Args:
            after: Earlier appends to this log that this one was decided after, whether they are committed by now or
                not. If one of them fails, so does this one.
            unchanged: Streams that the decision read without writing to them, each with the version that was read.
                If one of them has a later version by the time of this append, the append fails.
            snapshots: Kept beside the events with this append, each in the place of the one of its stream that was
                kept before. They are a cache: where one cannot be kept, the append stands without it.

        Returns:
            The positions, once they are durable. Fails with ``IntegrityError`` where a version is taken or would leave
            a gap in its stream, where *after* failed, or where *unchanged* is untrue; with ``OperationalError`` where
            the log cannot be written. As long as the future can be cancelled, cancelling means not written.
        """
        ...

    def read(self, stream: UUID, *, after: int = 0, until: int | None = None) -> "Sequence[StoredEvent]":
        """The events of one stream: the versions after *after*, up to *until*, in order."""
        ...

    def read_from_snapshot(self, stream: UUID) -> "tuple[StoredEvent | None, Sequence[StoredEvent]]":
        """
        The snapshot that is kept for one stream, and its events from that version on; without one, all its events.

        The first of the events is the one that the snapshot stands on; what is missing or differs makes it void.
        """
        ...

    def select(
        self,
        topics: Sequence[str],
        *,
        without: Sequence[str] = (),
        prefix: str = "",
        limit: int | None = None,
        newest_first: bool = True,
    ) -> list[UUID]:
        """
        The streams that have an event of *topics*, none of *without*, and an id that begins with *prefix*.

        A prefix is hexadecimal, in any case, with or without dashes. Streams come in the order of that event: of the
        last one of each stream, newest first; else of the first one of each.
        """
        ...

    def begun(self, topics: Sequence[str], *, limit: int) -> list[UUID]:
        """At most *limit* of the streams that begin with an event of *topics*: those that began last, newest first."""
        ...

    def rows(
        self, *, after: int, limit: int, until: int | None = None, topics: Sequence[str] = ()
    ) -> "Sequence[Notification]":
        """At most *limit* events with a position after *after* and up to *until*, in the order of the log."""
        ...

    def end(self) -> int:
        """The position of the last event; 0 in an empty log."""
        ...

    def is_same(self) -> bool:
        """
        Whether what this process has open is still the log at its address; asked before a claim, in microseconds.

        Once it is not, each append fails with ``log_exchanged``.
        """
        ...

    def on_append(self, callback: Callable[[], None]) -> Callable[[], None]:
        """
        Call *callback*, from any thread, each time that this process has appended; what is returned ends that.

        What another process appends is seen by asking again.
        """
        ...

    def bookmark(self, name: str) -> int | None:
        """How far the reader *name* has come: the position that it kept last; None where it kept none."""
        ...

    def keep_bookmark(self, name: str, position: int) -> "Future[list[int]]":
        """Keep *position* for the reader *name*, durably once the future resolves. A place never moves backwards."""
        ...

    def lease(self, name: str) -> Lease | None:
        """The lease *name* as it stands; None where it was never taken."""
        ...

    def keep_lease(self, lease: Lease, *, instead_of: Lease | None) -> "Future[list[int]]":
        """
        Write *lease* where the log has exactly *instead_of* under its name, durably once the future resolves.

        Fails with ``IntegrityError`` where another one stands there by then.
        """
        ...

    def holding(self, topics: Sequence[str], text: str) -> UUID | None:
        """The stream of the newest event of *topics* whose stored bytes hold *text*, in ASCII; None without one."""
        ...


@frozen
class LogHead:
    """
    How far a log had come at a moment.

    Attributes:
        log: Names the log: the digest of its first event.
        position: Of its last event then.
        last: The digest of that event.
    """

    log: str
    position: int
    last: str


class LogHeads(Protocol):
    """Where the head of a log is kept, outside of it."""

    def read(self) -> LogHead | None:
        """
        The head that was kept last; None where none was.

        Raises:
            StoreFailure: It cannot be read.
        """
        ...

    def keep(self, head: LogHead) -> None:
        """
        Keep *head*; it is durable on return. It blocks, and may be called from any thread.

        Raises:
            OSError: It cannot be written.
        """
        ...


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

    Telling follows the log in a task of its own: trading never waits for it. A notice can come again, under the same
    key: after `tell` raised, and after a crash. To a recipient with a name none is lost: it is asked until it returns.
    """

    @property
    def name(self) -> str | None:
        """The name that its place in the log is kept under; None to begin at the end of the log each time."""
        ...

    def listens_to(self, address: Address) -> bool:
        """Whether it tells what is for *address*; the answer costs nothing."""
        ...

    async def tell(self, notice: Notice) -> None:
        """Tell it. It may take its time; what it raises is logged, and it is asked again after growing pauses."""
        ...


class Channel(Protocol):
    """One way to tell the operators. It needs no log: it is used where the log cannot be written, too."""

    @property
    def name(self) -> str:
        """What it is called where it fails; no part of an address, which may hold a secret."""
        ...

    async def tell(self, incidents: Sequence[IncidentState]) -> None:
        """Tell of all of *incidents* at once; whatever it raises means that it did not take the message."""
        ...


class Clock(Protocol):
    def now(self) -> datetime:
        """The present, in UTC, timezone-aware."""
        ...

    def monotonic(self) -> float:
        """Seconds that never run backwards, for measuring."""
        ...

    def mark(self) -> Mark:
        """A reading of the clock that counts sleep, comparable between the processes of one machine."""
        ...

    async def sleep(self, seconds: float) -> None: ...


class Language(Protocol):
    def parse(self, text: str, *, as_of: datetime) -> "Command":
        """
        Understand one chat line, read at *as_of*.

        Raises:
            NotUnderstood: With code, span and suggestions; nothing else, whatever the text.
        """
        ...

    def complete(self, text: str, *, answering: str, as_of: datetime) -> str:
        """
        The whole line that *text*, a short answer, makes out of *answering*, a line that was refused; to be parsed
        like any other.

        Raises:
            NotUnderstood: ``not_a_command`` where *text* is no part of an order; else with what to write.
        """
        ...

    def render(self, command: "Command", *, as_of: datetime) -> str:
        """The canonical words, with the days to each expiration: parsing them on that day gives *command* again."""
        ...
