"""
The log without a disk: for tests, for demonstrations, and as the plainest statement of what a log does.

    same rules      no gap in a stream, nothing is changed or taken away, all of an append or none of it
    same surface    submit, after, insert_events, select_…, close
    no thread       a submission is done when ``submit`` returns
"""

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any
from uuid import UUID

from eventsourcing.persistence import IntegrityError, NotSupportedError, PersistenceError, ProgrammingError, StoredEvent
from eventsourcing.popo import POPOApplicationRecorder, POPOFactory
from eventsourcing.utils import Environment, EnvType, get_topic

from tastyflow_adapters.store.failures import Trouble


def environment() -> dict[str, str]:
    """Return what the library's Application wants as *env* to keep its log in memory."""
    return {"PERSISTENCE_MODULE": get_topic(MemoryFactory)}


class MemoryRecorder(POPOApplicationRecorder):
    """The reference of ``SqliteRecorder``: see there for what its methods promise."""

    def __init__(self) -> None:
        super().__init__()
        self._closed = False

    def submit(
        self,
        stored_events: Sequence[StoredEvent],
        *,
        after: Sequence[Future[list[int]]] = (),
        unchanged: Sequence[tuple[UUID, int]] = (),
    ) -> Future[list[int]]:
        """Append *stored_events*, all or none; the future has resolved already."""
        if self._closed:
            raise Trouble("store_failure", "it is closed")
        future: Future[list[int]] = Future()
        try:
            future.set_result(self._append(stored_events, after, unchanged))
        except PersistenceError as error:
            future.set_exception(error)
        self._notify_listeners()
        return future

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int]:
        """Append and wait: what ``Application.save`` calls."""
        if kwargs.get("tracking") is not None:
            raise NotSupportedError("this recorder keeps no tracking of upstream logs")
        return self.submit(stored_events).result()

    def select_originators(
        self, topics: Sequence[str], *, without: Sequence[str] = (), limit: int | None = None, newest_first: bool = True
    ) -> list[UUID]:
        """Return whose stream has an event of *topics* and none of *without*, in the order of that event."""
        with self._database_lock:
            excluded = {event.originator_id for event in self._stored_events if event.topic in without}
            events = reversed(self._stored_events) if newest_first else iter(self._stored_events)
            found = {event.originator_id: None for event in events if event.topic in topics}
        return [_uuid(originator_id) for originator_id in found if originator_id not in excluded][:limit]

    def select_originators_by_prefix(self, prefix: str, topics: Sequence[str]) -> list[UUID]:
        """Return whose id begins with *prefix* (in any case, with or without dashes), newest first."""
        start = prefix.replace("-", "").lower()
        return [found for found in self.select_originators(topics) if found.hex.startswith(start)]

    def close(self) -> None:
        """Refuse whatever comes after this."""
        self._closed = True

    def _append(
        self,
        stored_events: Sequence[StoredEvent],
        after: Sequence[Future[list[int]]],
        unchanged: Sequence[tuple[UUID, int]],
    ) -> list[int]:
        with self._database_lock:
            for earlier in after:
                if not earlier.done():
                    raise ProgrammingError("an append can only come after one that this log was given before it")
                if earlier.cancelled() or earlier.exception() is not None:
                    raise IntegrityError("what this was decided after is not in the log")
            if any(version + 1 in self._stored_events_index[str(stream)] for stream, version in unchanged):
                raise IntegrityError("what this was decided on has changed")
            return list(self._insert_events(stored_events) or ())

    def _assert_uniqueness(self, stored_events: Sequence[StoredEvent], **_: Any) -> None:
        """Refuse what is taken and what would leave a gap; a stream begins at 0 or 1, and only once."""
        new: set[tuple[str, int]] = set()

        def is_there(stream: str, version: int) -> bool:
            return version in self._stored_events_index[stream] or (stream, version) in new

        for event in stored_events:
            stream, version = str(event.originator_id), event.originator_version
            if is_there(stream, version):
                raise IntegrityError("this place in the log is taken")
            if not is_there(stream, version - 1) and (version not in (0, 1) or is_there(stream, version + 1)):
                raise IntegrityError("the event before this one is not in the log")
            new.add((stream, version))


class MemoryFactory(POPOFactory):
    """What the library asks for recorders, by the topic in ``environment``."""

    def __init__(self, env: Environment | EnvType | None) -> None:
        super().__init__(env)
        self._recorders: list[MemoryRecorder] = []

    def application_recorder(self) -> MemoryRecorder:
        recorder = MemoryRecorder()
        self._recorders.append(recorder)
        return recorder

    def close(self) -> None:
        for recorder in self._recorders:
            recorder.close()


def _uuid(originator_id: UUID | str) -> UUID:
    return originator_id if isinstance(originator_id, UUID) else UUID(originator_id)
