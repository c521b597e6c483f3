"""
The log, as the core sees it, and what is kept beside it.

    events     append, read, select, follow: the truth
    chain      each event sealed to those before it, in the transaction that appends it (`tastyflow.domain.chain`)
    snapshots, places of readers, leases     beside the events, and no part of the truth
    head       how far the log had come, kept outside of it
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias, runtime_checkable
from uuid import UUID

from attrs import frozen

from tastyflow.domain.chain import ChainHead, ChainStart
from tastyflow.domain.names_apart import NameApart

if TYPE_CHECKING:
    from concurrent.futures import Future

    from eventsourcing.persistence import Notification, StoredEvent


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


MODELS: Final = "read models"
"""What the bookmarks of read models begin with."""


@frozen
class ModelRow:
    """
    A row of a read model: under *key*, the event at *position* is found, which is of *stream*.

    Attributes:
        model: Names the read model.
    """

    model: str
    key: str
    position: int
    stream: UUID


@frozen
class ModelStep:
    """
    How the read models go on from the position *after* to *until*, by the *rows* of the events between.

    Attributes:
        place: The bookmark that says how far they have come: moved in the same transaction as the rows are written.
    """

    place: str
    after: int
    until: int
    rows: Sequence[ModelRow]


ChainedRow: TypeAlias = tuple[int, str, int, str, bytes, bytes | None]
"""
An event as it is stored, and the head after it: position, stream (32 hexadecimal digits), version, topic, state, head.

The state has tokens in the place of names, which is what the chain seals; `EventLog.shown` puts the names back. The
head is None where the chain has none for it. A plain tuple: a million of them are read in seconds.
"""


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
        forget: Sequence[str] = (),
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
            forget: Names that the log forgets with this append: no event is changed, and each shows a pseudonym from
                then on. All snapshots go, which may hold them. What was appended before names stood apart keeps them.

        Returns:
            The positions, once they are durable. Fails with ``IntegrityError`` where a version is taken or would leave
            a gap in its stream, where *after* failed, or where *unchanged* is untrue; with ``OperationalError`` where
            the log cannot be written. As long as the future can be cancelled, cancelling means not written.
        """
        ...

    def read(self, stream: UUID, *, after: int = 0, until: int | None = None) -> "Sequence[StoredEvent]":
        """The events of one stream: the versions after *after*, up to *until*, in order."""
        ...

    def read_each(self, streams: Sequence[tuple[UUID, int]]) -> "list[Sequence[StoredEvent]]":
        """The events of each of *streams* up to the version beside it, as `read` gives them: many at once cost less."""
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

    def chain_start(self) -> ChainStart | None:
        """What the chain begins with; None where an older version wrote this log, and none has opened it since."""
        ...

    def chain_head(self) -> ChainHead | None:
        """The head that the log has after its last event; None without a chain."""
        ...

    def chained_rows(self, *, after: int, limit: int, until: int | None = None) -> Sequence[ChainedRow]:
        """At most *limit* events with a position after *after* and up to *until*, each with the head after it."""
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

        A log on a server calls it for other processes, too; else what they append is seen by asking again.
        """
        ...

    def shown(self, state: bytes) -> bytes:
        """
        The state of an event of `chained_rows` as it was appended: with names in the place of their tokens.

        Every other method gives it so already.
        """
        ...

    def names_apart(self) -> Sequence[NameApart]:
        """The names that are kept beside the log, forgotten ones too, in the order of their tokens."""
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

    def keep_models(self, step: ModelStep) -> "Future[list[int]]":
        """
        Write the rows of *step* and move its bookmark, both or neither.

        Fails with ``IntegrityError`` where the bookmark does not stand at ``step.after`` by then: another process was
        first, and no row is written twice.
        """
        ...

    def drop_models(self) -> "Future[list[int]]":
        """Take every row of every read model away, and their bookmarks."""
        ...

    def modelled(self, model: str, key: str, *, limit: int) -> Sequence[ModelRow]:
        """At most *limit* rows of *model* under *key*, the newest first."""
        ...

    def models_lack(self, rows: Sequence[ModelRow]) -> Sequence[ModelRow]:
        """Those of *rows* that the read models do not have exactly so."""
        ...

    def models_size(self, *, until: int) -> int:
        """How many rows the read models have, all together, of events up to the position *until*."""
        ...

    def holding(self, topics: Sequence[str], text: str) -> UUID | None:
        """The stream of the newest event of *topics* whose stored bytes hold *text*, in ASCII; None without one."""
        ...


LOG_LETTERS: Final = 32


@frozen
class LogHead:
    """
    How far a log had come at a moment.

    Attributes:
        log: Names the log: `ChainStart.log` in 32 hexadecimal digits. In a head from before logs were chained, the
            digest of its first event, in 64.
        position: Of its last event then.
        last: The head of the chain after that event, in 64 hexadecimal digits. In a head from before logs were
            chained, the digest of that event.
        was_restored: Whether the log was put back from a copy since, and no person has accepted it yet.
    """

    log: str
    position: int
    last: str
    was_restored: bool = False

    @property
    def is_of_chain(self) -> bool:
        """Whether it holds the head of the chain; one that was kept by an older version does not."""
        return len(self.log) == LOG_LETTERS


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
