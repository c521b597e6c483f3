"""
The library's recorder as a `tastyflow.ports.EventLog`: what every kind of log has in common.

    append, insert_events, keep_bookmark ─▶ the writer of `group_commit`
    read, rows, end                   ─▶ the library's selects of that kind
"""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from functools import cached_property
from typing import Any
from uuid import UUID

from eventsourcing.persistence import (
    ApplicationRecorder,
    Notification,
    NotSupportedError,
    ProgrammingError,
    StoredEvent,
)

from tastyflow.domain.names_apart import NameApart
from tastyflow.domain.trader.events import TraderForgotten
from tastyflow.ports import Lease, ModelStep
from tastyflow_adapters.store.failures import LogTrouble
from tastyflow_adapters.store.group_commit import AtOnce, GroupCommit, Request
from tastyflow_adapters.store.names import Names


class GroupCommitRecorder(ApplicationRecorder):
    """
    Everything of an `EventLog` but ``select``, ``begun``, ``holding``, ``bookmark``, ``lease``, ``is_same`` and
    ``read_from_snapshot``.

    A kind of log puts it in front of the library's recorder of that kind, and gives it a writer.
    """

    _writer: GroupCommit | AtOnce | None = None

    @cached_property
    def _names(self) -> Names:
        return Names(self._names_kept)

    @property
    def commits(self) -> int:
        """How many transactions this process has committed."""
        return self._writer.commits if self._writer else 0

    def append(
        self,
        events: Sequence[StoredEvent],
        *,
        after: Sequence[Future[list[int]]] = (),
        unchanged: Sequence[tuple[UUID, int]] = (),
        snapshots: Sequence[StoredEvent] = (),
        forget: Sequence[str] = (),
    ) -> Future[list[int]]:
        """
        See `tastyflow.ports.EventLog.append`.

        Raises:
            LogTrouble: The log is read-only, closed or overrun. Nothing was queued.
        """
        writer = self._open_writer
        stored: list[StoredEvent] = []
        names: list[NameApart] = []
        for event in events:
            state, used = self._names.hidden(event.topic, event.state)
            stored.append(StoredEvent(event.originator_id, event.originator_version, event.topic, state))
            names += used
        future = writer.submit(Request(stored, after, unchanged, snapshots, names=names, forget=forget))
        if forget:
            future.add_done_callback(lambda _: self._names.ask_again())
        return future

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int]:
        """Append and wait: what the library's ``Application.save`` calls."""
        if kwargs.get("tracking") is not None:
            raise NotSupportedError("this recorder keeps no tracking of upstream logs")
        if self._writer is not None and self._writer.is_current_thread:
            raise ProgrammingError("a callback of a future would wait here for itself: append instead")
        return self.append(stored_events).result()

    def read(self, stream: UUID, *, after: int = 0, until: int | None = None) -> Sequence[StoredEvent]:
        return self.select_events(stream, gt=after or None, lte=until)

    def read_each(self, streams: Sequence[tuple[UUID, int]]) -> list[Sequence[StoredEvent]]:
        return [self.read(stream, until=version) for stream, version in streams]

    def rows(
        self, *, after: int, limit: int, until: int | None = None, topics: Sequence[str] = ()
    ) -> Sequence[Notification]:
        return self.select_notifications(after + 1, limit, stop=until, topics=topics)

    def select_events(self, *args: Any, **kwargs: Any) -> Sequence[StoredEvent]:
        """As the library's, with the names in their places."""
        return [self._as_appended(each) for each in super().select_events(*args, **kwargs)]  # type: ignore[safe-super]

    def select_notifications(self, *args: Any, **kwargs: Any) -> Sequence[Notification]:
        """As the library's, with the names in their places."""
        return self._as_read(super().select_notifications(*args, **kwargs))  # type: ignore[safe-super]

    def _as_read(self, found: Sequence[Notification]) -> Sequence[Notification]:
        if any(each.topic == TraderForgotten.TOPIC for each in found):
            self._names.ask_again()  # another process may have recorded it
        return [
            Notification(each.originator_id, each.originator_version, each.topic, self.shown(each.state), id=each.id)
            if b"~" in each.state
            else each
            for each in found
        ]

    def _as_appended(self, event: StoredEvent) -> StoredEvent:
        if b"~" not in event.state:
            return event
        return StoredEvent(event.originator_id, event.originator_version, event.topic, self.shown(event.state))

    def shown(self, state: bytes) -> bytes:
        return self._names.shown(state)

    def names_apart(self) -> Sequence[NameApart]:
        return sorted(self._names_kept(None), key=lambda each: each.token)

    @abstractmethod
    def _names_kept(self, token: str | None) -> Sequence[NameApart]:
        """The name with this token; all of them for None."""

    def end(self) -> int:
        return self.max_notification_id() or 0

    def on_append(self, callback: Callable[[], None]) -> Callable[[], None]:
        if self._writer is None:
            return lambda: None  # a process that only reads appends nothing
        listeners = self._writer.listeners
        listeners.append(callback)

        def end() -> None:
            with suppress(ValueError):
                listeners.remove(callback)

        return end

    def keep_bookmark(self, name: str, position: int) -> Future[list[int]]:
        return self._open_writer.submit(Request(place=(name, position)))

    def keep_lease(self, lease: Lease, *, instead_of: Lease | None) -> Future[list[int]]:
        return self._open_writer.submit(Request(lease=(lease, instead_of)))

    def keep_models(self, step: ModelStep) -> Future[list[int]]:
        return self._open_writer.submit(Request(models=step))

    def drop_models(self) -> Future[list[int]]:
        return self._open_writer.submit(Request(drops_models=True))

    def close(self) -> None:
        """Write what was appended, then stop the writer."""
        if self._writer is not None:
            self._writer.close()

    @property
    def _open_writer(self) -> GroupCommit | AtOnce:
        if self._writer is None:
            raise LogTrouble("store_read_only", "it was opened for reading only")
        return self._writer
