"""
The library's recorder as a `tastyflow.ports.EventLog`: what every kind of log has in common.

    append, insert_events, keep_bookmark ─▶ the writer of `group_commit`
    read, rows, end                   ─▶ the library's selects of that kind
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from typing import Any
from uuid import UUID

from eventsourcing.persistence import (
    ApplicationRecorder,
    Notification,
    NotSupportedError,
    ProgrammingError,
    StoredEvent,
)

from tastyflow.ports import Lease
from tastyflow_adapters.store.failures import LogTrouble
from tastyflow_adapters.store.group_commit import AtOnce, GroupCommit, Request


class GroupCommitRecorder(ApplicationRecorder):
    """
    Everything of an `EventLog` but ``select``, ``begun``, ``holding``, ``bookmark``, ``lease``, ``is_same`` and
    ``read_from_snapshot``.

    A kind of log puts it in front of the library's recorder of that kind, and gives it a writer.
    """

    _writer: GroupCommit | AtOnce | None = None

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
    ) -> Future[list[int]]:
        """
        See `tastyflow.ports.EventLog.append`.

        Raises:
            LogTrouble: The log is read-only, closed or overrun. Nothing was queued.
        """
        return self._open_writer.submit(Request(events, after, unchanged, snapshots))

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int]:
        """Append and wait: what the library's ``Application.save`` calls."""
        if kwargs.get("tracking") is not None:
            raise NotSupportedError("this recorder keeps no tracking of upstream logs")
        if self._writer is not None and self._writer.is_current_thread:
            raise ProgrammingError("a callback of a future would wait here for itself: append instead")
        return self.append(stored_events).result()

    def read(self, stream: UUID, *, after: int = 0, until: int | None = None) -> Sequence[StoredEvent]:
        return self.select_events(stream, gt=after or None, lte=until)

    def rows(
        self, *, after: int, limit: int, until: int | None = None, topics: Sequence[str] = ()
    ) -> Sequence[Notification]:
        return self.select_notifications(after + 1, limit, stop=until, topics=topics)

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

    def close(self) -> None:
        """Write what was appended, then stop the writer."""
        if self._writer is not None:
            self._writer.close()

    @property
    def _open_writer(self) -> GroupCommit | AtOnce:
        if self._writer is None:
            raise LogTrouble("store_read_only", "it was opened for reading only")
        return self._writer
