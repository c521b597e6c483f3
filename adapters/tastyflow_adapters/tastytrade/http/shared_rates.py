"""
The processes of one installation see what each of them sends to a venue and waits for.

    Limiter ─▶ held: the others' shares, while no other process decides ─▶ decide ─▶ keep its own share
                        └ rates-<venue>.db, one row for each process: arrivals, waiting, pauses

A share is believed for as long as it can be true: an arrival for its second, a pause until its end, a place in the
queue for `SILENT_S` after its process was seen last. So a process that died, or was stopped, holds nothing for longer.
Time is what the clock that counts sleep says: the same for all processes of a machine.

The file is SQLite with a write-ahead log and ``synchronous=OFF``: it outlives the kill -9 of any process, and is worth
nothing after a loss of power. It is a courtesy to the other processes, not a promise: where it cannot be used, or its
lock is not free within `BUSY_S`, each process counts for itself and for what it knew of the others.
"""

import logging
import math
import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Final, Protocol

import msgspec

from tastyflow.domain.age import Mark
from tastyflow.domain.venue import Venue
from tastyflow_adapters.tastytrade.http.rate_limits import Kind

SILENT_S: Final = 1.0
"""After so long without a word from its process, a place in the queue holds up no other."""

FORGOTTEN_S: Final = 60.0
"""After so long nothing in a share can be true."""

LOCK_S: Final = 0.02
"""How long the lock is waited for at once; nothing else goes on meanwhile."""

BUSY_S: Final = 1.0
"""How long it is asked for again and again: a process that was stopped while it had it stops no other for longer."""

RETRY_S: Final = 5.0
"""How long a file that failed is left alone."""

SCHEMA: Final = "CREATE TABLE IF NOT EXISTS shares (process TEXT PRIMARY KEY, seen REAL, boot TEXT, share BLOB)"
PUT: Final = "INSERT OR REPLACE INTO shares VALUES (?, ?, ?, ?)"

logger = logging.getLogger(__name__)


class Arrival(msgspec.Struct, frozen=True, array_like=True):
    """A request that reaches the venue at *by_s*, at the latest."""

    kind: Kind
    owner: str
    by_s: float


class Waiting(msgspec.Struct, frozen=True, array_like=True):
    """A request that waits since *asked_s*, for a turn that is held so long."""

    kind: Kind
    owner: str
    asked_s: float
    holds_s: float | None


class Share(msgspec.Struct, frozen=True):
    """What one process sends and waits for, seconds by the clock that counts sleep."""

    process: str
    seen_s: float
    arrivals: list[Arrival]
    waiting: list[Waiting]
    pauses: dict[Kind, float]
    served_s: dict[str, float]
    followers: int


class Register(Protocol):
    """Where processes see each other's shares. Nothing here raises."""

    is_shared: bool
    """Whether there can be others."""

    def held(self, now: Mark) -> AbstractContextManager[Sequence[Share] | None]:
        """The others' shares, while no other process decides; None where it is to be asked again in a moment."""
        ...

    def keep(self, share: Share) -> None:
        """Show the others one's own *share*, within `held`."""
        ...

    def close(self) -> None: ...


class Alone:
    """A process that shares its venue with no other."""

    is_shared = False

    def held(self, now: Mark) -> AbstractContextManager[Sequence[Share] | None]:
        return nullcontext(())

    def keep(self, share: Share) -> None:
        """There is none to see it."""

    def close(self) -> None:
        """Nothing is open."""


class RatesFile:
    """The register of *venue*, in *folder*; opened when it is used first."""

    is_shared = True

    def __init__(self, folder: Path, venue: Venue) -> None:
        self.path = folder / f"rates-{venue.value}.db"
        self._db: sqlite3.Connection | None = None
        self._is_held = False
        self._now = Mark("", 0.0)
        self._process = ""
        self._known: Sequence[Share] = ()
        self._encoder, self._decoder = msgspec.msgpack.Encoder(), msgspec.msgpack.Decoder(Share)
        self._read: dict[str, tuple[bytes, Share]] = {}
        self._left_alone_until_s = 0.0
        self._busy_since_s = math.inf
        self._is_told = False

    @contextmanager
    def held(self, now: Mark) -> Iterator[Sequence[Share] | None]:
        self._now = now
        self._is_held = self._lock()
        if self._is_held:
            self._known, self._busy_since_s = self._others(), math.inf
        elif self._db is not None:
            self._busy_since_s = min(self._busy_since_s, time.monotonic())
        is_busy = self._db is not None and not self._is_held and time.monotonic() < self._busy_since_s + BUSY_S
        try:
            yield None if is_busy else [_believed(share, now.elapsed_s) for share in self._known]
        finally:
            if self._is_held:
                self._try("COMMIT")
            self._is_held = False

    def keep(self, share: Share) -> None:
        self._process = share.process
        if self._is_held:
            self._try(PUT, (share.process, share.seen_s, self._now.boot, self._encoder.encode(share)))

    def close(self) -> None:
        """What was sent counts on; what waits here does not."""
        if self._db is not None:
            self._db.close()
            self._db = None

    def _lock(self) -> bool:
        if self._db is None and time.monotonic() >= self._left_alone_until_s:
            try:
                self._db = self._open()
            except (OSError, sqlite3.Error) as error:
                self._fail(error)
        return self._db is not None and self._try("BEGIN IMMEDIATE")

    def _open(self) -> sqlite3.Connection:
        with suppress(FileExistsError):
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        db = sqlite3.connect(self.path, timeout=LOCK_S, isolation_level=None, check_same_thread=False)
        try:
            _write_ahead(db)
            db.execute("PRAGMA synchronous = OFF")
            db.execute("PRAGMA busy_timeout = 1000")
            db.execute(SCHEMA)
            db.execute(f"PRAGMA busy_timeout = {LOCK_S * 1000:.0f}")
        except BaseException:
            db.close()
            raise
        return db

    def _others(self) -> Sequence[Share]:
        if self._db is None:
            return self._known
        since_s, boot = self._now.elapsed_s - FORGOTTEN_S, self._now.boot
        try:
            rows = self._db.execute("SELECT process, seen, boot, share FROM shares").fetchall()
            if any(seen < since_s or where != boot for _, seen, where, _ in rows):
                self._db.execute("DELETE FROM shares WHERE seen < ? OR boot != ?", (since_s, boot))
        except sqlite3.Error as error:
            self._fail(error)
            return self._known
        shares = []
        for process, seen, where, written in rows:
            if process != self._process and seen >= since_s and where == boot:
                shares.append(self._decoded(process, written))
        return [share for share in shares if share is not None]

    def _decoded(self, process: str, written: bytes) -> Share | None:
        before = self._read.get(process)
        if before is not None and before[0] == written:
            return before[1]
        try:
            share = self._decoder.decode(written)
        except msgspec.MsgspecError:
            return None  # another version's
        self._read[process] = (written, share)
        return share

    def _try(self, statement: str, values: Sequence[object] = ()) -> bool:
        if self._db is None:
            return False
        try:
            self._db.execute(statement, values)
        except sqlite3.Error as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                self._fail(error)
            return False
        return True

    def _fail(self, error: Exception) -> None:
        """The file cannot be used: it is tried again later."""
        self._is_held = False
        self._left_alone_until_s = time.monotonic() + RETRY_S
        if not self._is_told:
            self._is_told = True
            logger.warning("Rates are not shared with other processes, %s cannot be used: %s", self.path, error)
        self.close()


def _write_ahead(db: sqlite3.Connection) -> None:
    """Two processes that open a new file together: the switch to the log does not wait for its turn by itself."""
    for pause_s in (0.01, 0.02, 0.05, 0.1, 0.2):
        with suppress(sqlite3.OperationalError):
            db.execute("PRAGMA journal_mode = WAL")
            return
        time.sleep(pause_s)
    db.execute("PRAGMA journal_mode = WAL")


def _believed(share: Share, now_s: float) -> Share:
    """*share* without the places of a process that is silent."""
    return share if share.seen_s + SILENT_S > now_s else msgspec.structs.replace(share, waiting=[])
