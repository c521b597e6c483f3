"""
The log without a disk: for tests, for demonstrations, and as the plainest statement of what a log does.

    same rules      no gap in a stream, nothing is changed or taken away, all of an append or none of it
    no thread       an append is done when ``append`` returns
"""

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any, ClassVar
from uuid import UUID, uuid4

from eventsourcing.persistence import IntegrityError, PersistenceError, StoredEvent
from eventsourcing.popo import POPOApplicationRecorder, POPOFactory
from eventsourcing.utils import Environment, EnvType, get_topic

from tastyflow.domain.chain import ChainHead, ChainStart, leaf_of, linked
from tastyflow.domain.names_apart import PSEUDONYM_BYTES, NameApart
from tastyflow.ports import MODELS, ChainedRow, Lease, ModelRow, ModelStep
from tastyflow_adapters.store.group_commit import CHANGED, Answer, AtOnce
from tastyflow_adapters.store.recorder import GroupCommitRecorder


def environment() -> dict[str, str]:
    """Return what the library's Application wants as *env* to keep its log in memory."""
    return {"PERSISTENCE_MODULE": get_topic(MemoryFactory)}


class MemoryRecorder(GroupCommitRecorder, POPOApplicationRecorder):
    """An `EventLog` of lists and dicts."""

    def __init__(self) -> None:
        super().__init__()
        self._places: dict[str, int] = {}
        self._snapshots: dict[UUID, StoredEvent] = {}
        self._models: dict[tuple[str, str], dict[int, UUID]] = {}
        self._leases: dict[str, Lease] = {}
        self._names_by_token: dict[str, NameApart] = {}
        self._start = ChainStart(uuid4(), 0, datetime.now(UTC).replace(microsecond=0))
        self._heads = [self._start.head]
        self._writer = AtOnce(_MemoryStatements(self))
        self.on_append(self._notify_listeners)  # those of the library's subscriptions

    def select(
        self,
        topics: Sequence[str],
        *,
        without: Sequence[str] = (),
        prefix: str = "",
        limit: int | None = None,
        newest_first: bool = True,
    ) -> list[UUID]:
        start = prefix.replace("-", "").lower()
        with self._database_lock:
            excluded = {event.originator_id for event in self._stored_events if event.topic in without}
            events = reversed(self._stored_events) if newest_first else iter(self._stored_events)
            streams = dict.fromkeys(_uuid(event.originator_id) for event in events if event.topic in topics)
        return [each for each in streams if each not in excluded and each.hex.startswith(start)][:limit]

    def begun(self, topics: Sequence[str], *, limit: int) -> list[UUID]:
        with self._database_lock:
            first = (each for each in reversed(self._stored_events) if each.originator_version == 1)
            streams = (_uuid(each.originator_id) for each in first if each.topic in topics)
            return list(islice(streams, limit))

    def is_same(self) -> bool:
        return True

    def _names_kept(self, token: str | None) -> Sequence[NameApart]:
        names = dict(self._names_by_token)
        return list(names.values()) if token is None else [names[token]] if token in names else []

    def chain_start(self) -> ChainStart:
        return self._start

    def chain_head(self) -> ChainHead:
        with self._database_lock:
            return ChainHead(len(self._heads) - 1, self._heads[-1])

    def chained_rows(self, *, after: int, limit: int, until: int | None = None) -> Sequence[ChainedRow]:
        with self._database_lock:
            last = len(self._stored_events) if until is None else min(until, len(self._stored_events))
            return [
                (at + 1, _uuid(each.originator_id).hex, each.originator_version, each.topic, each.state, head)
                for at in range(after, min(after + limit, last))
                for each, head in ((self._stored_events[at], self._heads[at + 1]),)
            ]

    def _seal(self, positions: Sequence[int], events: Sequence[StoredEvent]) -> None:
        for position, event in zip(positions, events, strict=True):
            stream = _uuid(event.originator_id)
            leaf = leaf_of(position, stream, event.originator_version, event.topic, event.state)
            self._heads.append(linked(self._heads[-1], leaf))

    def bookmark(self, name: str) -> int | None:
        return self._places.get(name)

    def lease(self, name: str) -> Lease | None:
        return self._leases.get(name)

    def modelled(self, model: str, key: str, *, limit: int) -> Sequence[ModelRow]:
        with self._database_lock:
            kept = sorted(self._models.get((model, key), {}).items(), reverse=True)
        return [ModelRow(model, key, position, stream) for position, stream in kept[:limit]]

    def models_lack(self, rows: Sequence[ModelRow]) -> Sequence[ModelRow]:
        with self._database_lock:
            return [row for row in rows if self._models.get((row.model, row.key), {}).get(row.position) != row.stream]

    def models_size(self, *, until: int) -> int:
        with self._database_lock:
            return sum(position <= until for kept in self._models.values() for position in kept)

    def holding(self, topics: Sequence[str], text: str) -> UUID | None:
        wanted, names = text.encode("ascii"), frozenset(topics)
        with self._database_lock:
            events = list(self._stored_events)
        found = (each.originator_id for each in reversed(events) if each.topic in names and wanted in each.state)
        return next(map(_uuid, found), None)

    def read_from_snapshot(self, stream: UUID) -> tuple[StoredEvent | None, Sequence[StoredEvent]]:
        snapshot = self._snapshots.get(stream)
        return snapshot, self.read(stream, after=snapshot.originator_version - 1 if snapshot else 0)

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


class _MemoryStatements:
    """A transaction is the recorder's lock; an insert looks at everything before it writes anything."""

    failures: ClassVar[tuple[type[Exception], ...]] = (Exception,)

    def __init__(self, recorder: MemoryRecorder) -> None:
        self._recorder = recorder

    def begin(self) -> None:
        self._recorder._database_lock.acquire()

    def insert(self, events: Sequence[StoredEvent], unchanged: Sequence[tuple[UUID, int]]) -> Answer:
        index = self._recorder._stored_events_index
        if any(version + 1 in index[str(stream)] for stream, version in unchanged):
            return IntegrityError(CHANGED)
        try:
            positions = list(self._recorder._insert_events(events) or ())
        except IntegrityError as error:
            return error
        self._recorder._seal(positions, events)
        return positions

    def keep_bookmark(self, name: str, position: int) -> None:
        self._recorder._places[name] = max(position, self._recorder._places.get(name, 0))

    def keep_lease(self, lease: Lease, instead_of: Lease | None) -> bool:
        leases = self._recorder._leases
        is_free = leases.get(lease.name) == instead_of
        if is_free:
            leases[lease.name] = lease
        return is_free

    def keep_names(self, names: Sequence[NameApart]) -> None:
        for each in names:
            self._recorder._names_by_token.setdefault(each.token, each)

    def forget_names(self, names: Sequence[str]) -> None:
        kept = self._recorder._names_by_token
        for name in names:
            salt = os.urandom(PSEUDONYM_BYTES)
            kept.update({each.token: NameApart(each.token, salt, None) for each in kept.values() if each.name == name})
        self._recorder._snapshots.clear()

    def keep_snapshot(self, snapshot: StoredEvent) -> None:
        self._recorder._snapshots[_uuid(snapshot.originator_id)] = snapshot

    def keep_models(self, step: ModelStep) -> bool:
        recorder = self._recorder
        if recorder._places.get(step.place, 0) != step.after:
            return False
        for row in step.rows:
            recorder._models.setdefault((row.model, row.key), {}).setdefault(row.position, row.stream)
        recorder._places[step.place] = step.until
        return True

    def drop_models(self) -> None:
        self._recorder._models.clear()
        for name in [each for each in self._recorder._places if each.startswith(MODELS)]:
            del self._recorder._places[name]

    def commit(self) -> None:
        self._recorder._database_lock.release()

    def rollback(self) -> None:
        """An insert writes all or nothing, so that there is nothing to undo."""
        self._recorder._database_lock.release()

    def translated(self, error: Exception) -> PersistenceError:
        return PersistenceError(error)

    def close(self) -> None: ...


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
