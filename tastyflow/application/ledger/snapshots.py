"""
Snapshots: the state of a long stream, kept beside the log, so that reading it does not fold all of its past.

    an append   every so many events of a stream, the state after them goes into the same transaction: one for a stream
    a read      snapshot ─▶ the events after it ─▶ state          no snapshot, or one that does not fit: all events

A snapshot is a cache and never the truth. It fits where it was made by this program and stands on this log:

    kind, shape, folding   the class of the state, its fields all the way down, and the revision of what events do
    seal                   a digest of its bytes and of the event that it stands on, as the log has that event

The ledger skips one that does not fit. What proves the log (`Ledger.state_at`, every audit) reads none.
"""

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from typing import Final
from uuid import UUID

from attrs import frozen
from eventsourcing.persistence import StoredEvent

from tastyflow.application.ledger.cache import Bounded
from tastyflow.application.ledger.folding import FOLDING, KINDS, NAME_OF_KIND, AnyAggregate
from tastyflow.application.ledger.state_codec import packed, shape_of, unpacked
from tastyflow.application.ledger.transaction import Transaction

FIRST: Final = 32
"""A stream gets its first snapshot at this version: most orders and every test are over before."""
LEAST: Final = 16
"""At least so many events lie between two snapshots of one stream."""
BYTES_AN_EVENT: Final = 256
"""A large state is written as often as makes this many of its bytes an event: the cost of an event stays the same."""


@frozen
class _Kept:
    """The newest snapshot known of one stream: the version it stands on, and its size."""

    version: int
    size: int

    @property
    def next_version(self) -> int:
        """From which version on another one is due."""
        return self.version + max(LEAST, self.size // BYTES_AN_EVENT)


class Snapshots:
    """
    When a snapshot of which stream is due, and what one says.

    Args:
        most: Of how many streams it is remembered when they got their last one.
    """

    def __init__(self, most: int) -> None:
        self._kept: Bounded[UUID, _Kept] = Bounded(most)

    def due(self, tx: Transaction, stored: Sequence[StoredEvent]) -> list[StoredEvent]:
        """The snapshots that go into the append of *tx*, whose events are *stored*."""
        due = {state.id: state.version for state in tx.written.values() if self._is_due(state)}
        if not due:
            return []
        recorded = zip(stored, tx.recorded, strict=True)
        return [self.of(state, event) for event, (_, state) in recorded if due.get(state.id) == state.version]

    def _is_due(self, state: AnyAggregate) -> bool:
        if state.version < FIRST:
            return False
        kept = self._kept.get(state.id)
        return kept is None or state.version >= kept.next_version

    def of(self, state: AnyAggregate, event: StoredEvent) -> StoredEvent:
        """The snapshot of *state*, which stands on *event*."""
        data = packed(state)
        self._kept.put(state.id, _Kept(state.version, len(data)))
        return StoredEvent(state.id, state.version, _topic(type(state), event, data), data)

    def restored(self, snapshot: StoredEvent, event: StoredEvent) -> AnyAggregate | None:
        """
        The state that *snapshot* holds; None where it does not fit.

        Args:
            event: The event of the log that it stands on.
        """
        with suppress(Exception):  # whatever stands there: then all events are read
            kind = KINDS[snapshot.topic.partition(":")[0]]
            if snapshot.topic == _topic(kind, event, snapshot.state):
                state: AnyAggregate = unpacked(kind, snapshot.state)
                if (state.id, state.version) == (event.originator_id, event.originator_version):
                    self._kept.put(state.id, _Kept(state.version, len(snapshot.state)))
                    return state
        return None


def _topic(kind: type[AnyAggregate], event: StoredEvent, data: bytes) -> str:
    stands_on = f"{event.originator_id}:{event.originator_version}:{event.topic}:".encode() + event.state
    seal = hashlib.sha256(hashlib.sha256(stands_on).digest() + data).hexdigest()
    return f"{NAME_OF_KIND[kind]}:{shape_of(kind)}:{FOLDING}:{seal}"
