"""
Following the log: each event once, in the order of the log, from whichever process it came.

    ledger.follow(after=position) ─▶ LogReader ─▶ LogEntry(position, event, state_after), ...

    appended by this process    woken at once; event and state are still in the ledger's cache
    appended by another         seen when the log is asked again, every *poll_s*; decoded, and folded once

A reader takes batches, and gives way to other tasks between them. The waits are the event loop's own.
"""

import asyncio
from collections import deque
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self
from uuid import UUID

from tastyflow.application.ledger.cache import Bounded, LogEntry
from tastyflow.application.ledger.codec import decode
from tastyflow.application.ledger.folding import AnyAggregate, step
from tastyflow.errors import StoreFailure

if TYPE_CHECKING:
    from eventsourcing.persistence import Notification

    from tastyflow.application.ledger.ledger import Ledger

BATCH: Final = 100
MOST: Final = 500
"""A batch is this large at most, where the reader is so far behind that a tenth of what waits is as much."""
OWN_WITHIN_S: Final = 0.25
"""How long an event that this process may have appended is left for its answer to bring: it need not be read again."""
MAX_STATES: Final = 1024
POLL_S: Final = 1.0


class LogReader:
    """
    Reads the log from a position on, for ever; use it with ``with``, on the event loop it was made on.

    Attributes:
        position: The position of the last event that was handed out.
    """

    def __init__(self, ledger: "Ledger", *, after: int, poll_s: float = POLL_S) -> None:
        self.position = self._reached = after
        self._ledger = ledger
        self._poll_s = poll_s
        self._loop = asyncio.get_running_loop()
        self._woken = asyncio.Event()
        self._ask_at = self._loop.time()
        self._held_back, self._held_since = 0, 0.0
        self._states: Bounded[UUID, AnyAggregate] = Bounded(MAX_STATES)
        self._ahead: deque[LogEntry] = deque()
        self._end = ledger.log.on_append(self._wake)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Be woken no more."""
        self._end()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> LogEntry:
        """
        The next event, as soon as there is one.

        Raises:
            StoreFailure: The log cannot be read, or its next event cannot be; asking again tries again.
        """
        while not self._ahead:
            self._ahead.extend(await self._next(self._poll_s))
        entry = self._ahead.popleft()
        self.position = entry.position
        return entry

    async def next_entries(self, *, wait_s: float) -> list[LogEntry]:
        """
        The next events, at most `BATCH`; none when *wait_s* have passed without one.

        Raises:
            StoreFailure: As above.
        """
        found = await self._next(wait_s)
        if found:
            self.position = self._reached
        return found

    async def _next(self, wait_s: float) -> list[LogEntry]:
        await asyncio.sleep(0)  # other tasks have their turn between two batches
        deadline = self._loop.time() + wait_s
        while True:
            is_woken = self._woken.is_set()
            self._woken.clear()
            if found := self._from_cache() or self._from_log(is_woken=is_woken):
                self._reached = found[-1].position
                return found
            now = self._loop.time()
            if now >= deadline:
                return []
            with suppress(TimeoutError):
                async with asyncio.timeout(min(deadline, self._ask_at) - now):
                    await self._woken.wait()

    def _wake(self) -> None:
        with suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._woken.set)

    def _from_cache(self) -> list[LogEntry]:
        found: list[LogEntry] = []
        batch = min(max(BATCH, (self._ledger.last_position - self._reached) // 10), MOST)
        while len(found) < batch and (entry := self._ledger.recorded_at(self._reached + len(found) + 1)):
            found.append(self._seen(entry))
        return found

    def _from_log(self, *, is_woken: bool) -> list[LogEntry]:
        now = self._loop.time()
        if not (is_woken or self._ledger.last_position > self._reached or now >= self._ask_at):
            return []
        rows = self._ledger.next_rows(after=self._reached, limit=BATCH)
        found: list[LogEntry] = []
        for row in rows:
            entry = self._ledger.recorded_at(row.id)
            if entry is None and self._may_be_ours(row, now):
                self._ask_at = now + OWN_WITHIN_S
                return found
            try:
                found.append(self._seen(entry or self._read(row)))
            except StoreFailure:
                if not found:
                    raise
                break  # what stands before it is handed out first
        self._ask_at = now + self._poll_s if len(found) == len(rows) < BATCH else now
        return found

    def _may_be_ours(self, row: "Notification", now: float) -> bool:
        """Whether this process may have appended *row* just now: its answer, on the way here, brings the event."""
        if not self._ledger.is_writing:
            return False
        if self._held_back != row.id:
            self._held_back, self._held_since = row.id, now
        return now - self._held_since < OWN_WITHIN_S

    def _read(self, row: "Notification") -> LogEntry:
        aggregate_id = row.originator_id
        assert isinstance(aggregate_id, UUID)  # noqa: S101  our tables hold no other kind of id
        event = decode(row.topic, aggregate_id, row.originator_version, row.state)
        before, version = self._states.get(aggregate_id), event.originator_version - 1
        if before is None and version:
            before = self._ledger.recalled_at(aggregate_id, version)
        return LogEntry(row.id, event, step(before, event))

    def _seen(self, entry: LogEntry) -> LogEntry:
        self._states.put(entry.event.originator_id, entry.state_after)  # what the next event of another process follows
        return entry
