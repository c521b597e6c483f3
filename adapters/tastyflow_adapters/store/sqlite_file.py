"""
How the file is opened: three ways, and none of them touches a file that is not a log.

    for the writer     made if missing (mode 0600), looked at first, WAL, synchronous=FULL, the guards installed
    for readers        the same file beside the writer; a reader never waits for it
    read only          no byte of the folder is changed:
                         a writer is at work (there is a -wal file)   mode=ro, with SQLite's locks
                         no writer is at work                         immutable=1, and void if the file changes

Never open the file with ``open()`` while a store is open in this process: closing any descriptor of it drops
all of SQLite's POSIX locks on it.
"""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from stat import S_ISREG
from threading import Lock

from eventsourcing.sqlite import SQLiteConnection, SQLiteConnectionPool, SQLiteCursor, SQLiteDatastore

from tastyflow_adapters.store.failures import LogTrouble, may, translated
from tastyflow_adapters.store.opened_files import OpenedFiles
from tastyflow_adapters.store.sqlite_schema import install, recognise

_FULL = 2

# Creating the file opens and closes a descriptor of it, which would take the locks of a store opening beside us.
_one_opens_at_a_time = Lock()


def open_for_writing(path: Path, lock_timeout_s: float) -> sqlite3.Connection:
    """
    Open the log for its one writer in this process; make it if there is none.

    Raises:
        LogTrouble: It is not a log, or its guards are gone.
        PersistenceError, sqlite3.Error, OSError: It cannot be opened, or not written.
    """
    with _one_opens_at_a_time:
        _create(path)
        look(path, lock_timeout_s)  # opening another program's database for writing could already change it
        connection = _connect(path, "mode=rw", lock_timeout_s)
        try:
            _use_wal(connection, lock_timeout_s)
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA fullfsync = ON")  # on macOS, less than this stays in the drive's cache
            _require_durable(connection)
            install(connection)
        except BaseException:
            connection.close()
            raise
        return connection


def look(path: Path, lock_timeout_s: float) -> bool:
    """
    Say whether the file is a log (true) or empty (false), changing nothing.

    Another process may be making it at this moment: what is half done is looked at again.
    """
    deadline = time.monotonic() + lock_timeout_s
    while True:
        try:
            connection = _Undisturbed(path, lock_timeout_s)
            with closing(connection), connection.transaction(commit=False) as cursor:
                return recognise(cursor.sqlite_cursor.connection)
        except LogTrouble as trouble:
            if trouble.code != "store_locked" or time.monotonic() >= deadline:
                raise
            time.sleep(0.01)


def check(path: Path) -> None:
    """
    Read the log page by page, changing nothing.

    Raises:
        LogTrouble: It is empty or damaged, or no log.
        PersistenceError, sqlite3.Error, OSError: It cannot be read.
    """
    with closing(Datastore(path, read_only=True)) as datastore, datastore.transaction(commit=False) as cursor:
        if not recognise(cursor.sqlite_cursor.connection):
            raise LogTrouble("store_unreadable", "it is empty")
        cursor.execute("PRAGMA quick_check(1)")
        if (finding := cursor.fetchone()[0]) != "ok":
            raise LogTrouble("store_corrupt", finding)
        cursor.execute("SELECT coalesce(max(rowid), 0), (SELECT seq FROM sqlite_sequence) FROM stored_events")
        end, written = cursor.fetchone()
        if end != (written or 0):
            raise LogTrouble("chain_broken", f"it ends at event {end:,}, and {written or 0:,} were written")


def _open_for_reading(path: Path, lock_timeout_s: float, *, alone: bool) -> sqlite3.Connection:
    if not S_ISREG(path.stat().st_mode):
        raise LogTrouble("store_unreadable", "it is a folder or a device, not a file")
    if alone:
        return _connect(path, "mode=ro&immutable=1", lock_timeout_s)
    if not _beside(path, "-shm").exists() and not may(path.parent, os.W_OK):
        raise LogTrouble("store_unreadable", "to read its -wal file, SQLite must write beside it: copy both elsewhere")
    return _connect(path, "mode=ro", lock_timeout_s)


def _in_use(path: Path) -> bool:
    return _beside(path, "-wal").exists() or _beside(path, "-journal").exists()


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def _create(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def _connect(path: Path, how: str, lock_timeout_s: float) -> sqlite3.Connection:
    return sqlite3.connect(
        f"{path.as_uri()}?{how}", uri=True, check_same_thread=False, isolation_level=None, timeout=lock_timeout_s
    )


def _use_wal(connection: sqlite3.Connection, lock_timeout_s: float) -> None:
    # SQLite does not wait at every step of this change, and two processes may start at once.
    deadline = time.monotonic() + lock_timeout_s
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() >= deadline:
                raise
            time.sleep(0.01)
        else:
            return


def _require_durable(connection: sqlite3.Connection) -> None:
    (journal_mode,) = connection.execute("PRAGMA journal_mode").fetchone()
    (synchronous,) = connection.execute("PRAGMA synchronous").fetchone()
    if (journal_mode, synchronous) != ("wal", _FULL):
        raise LogTrouble(
            "store_failure",
            f"an append could be lost in a power cut (journal_mode={journal_mode}, synchronous={synchronous})",
        )


class Datastore(SQLiteDatastore):
    """
    The readers' connections; the one that appends belongs to the writer's thread and is none of these.

    Attributes:
        named: The path as it was given; ``path`` is the file that it leads to.
        opened: The files that the writer has open: a later reader opens no others.
    """

    def __init__(self, path: Path, *, read_only: bool = False, lock_timeout_s: float = 5.0) -> None:
        self.named = path.absolute()
        self.path = path.resolve()
        self.read_only = read_only
        self.lock_timeout_s = lock_timeout_s
        super().__init__(self.path.as_uri())
        self.pool: _Pool = _ReadOnlyPool(self.path, lock_timeout_s) if read_only else _Pool(self.path, lock_timeout_s)

    @property
    def opened(self) -> OpenedFiles | None:
        return self.pool.opened

    @opened.setter
    def opened(self, files: OpenedFiles) -> None:
        self.pool.opened = files


class _Pool(SQLiteConnectionPool):
    size = 5
    opened: OpenedFiles | None = None

    def __init__(self, path: Path, lock_timeout_s: float) -> None:
        super().__init__(db_name=path.as_uri(), pool_size=self.size)
        self._path, self._lock_timeout_s = path, lock_timeout_s

    def _create_connection(self) -> SQLiteConnection:
        if self.opened is not None:
            self.opened.require_same(beside=False)
        try:
            return self._open()
        except (sqlite3.Error, OSError) as error:
            raise translated(error) from error

    def put_connection(self, conn: SQLiteConnection) -> None:
        with self._put_condition:
            if self.closed:
                conn.close()
            else:
                super().put_connection(conn)

    def close(self) -> None:
        # The library would also close what is lent: under a thread that is reading, that crashes the interpreter.
        # A thread that has borrowed a connection reads to the end; the connection is closed on its return.
        with self._put_condition:
            self._in_use.clear()
            super().close()

    def _open(self) -> SQLiteConnection:
        # Not mode=ro: the last connection to close tidies the -wal file away, and that may be one of these.
        connection = _connect(self._path, "mode=rw", self._lock_timeout_s)
        connection.execute("PRAGMA query_only = ON")
        return _ReaderConnection(connection)


class _ReadOnlyPool(_Pool):
    """Keeps no connection: whether a writer is at work is asked anew for every transaction."""

    size = 0

    def _open(self) -> SQLiteConnection:
        return _Undisturbed(self._path, self._lock_timeout_s)


class _ReaderConnection(SQLiteConnection):
    def __init__(self, connection: sqlite3.Connection) -> None:
        connection.row_factory = sqlite3.Row
        super().__init__(connection, max_age=None)


class _Undisturbed(_ReaderConnection):
    """A file that no process writes is read without locks; if one did write meanwhile, what was read is void."""

    def __init__(self, path: Path, lock_timeout_s: float) -> None:
        self._path = path
        self._seen = None if _in_use(path) else self._state()
        super().__init__(_open_for_reading(path, lock_timeout_s, alone=self._seen is not None))

    @contextmanager
    def transaction(self, *, commit: bool) -> Iterator[SQLiteCursor]:
        try:
            with super().transaction(commit=commit) as cursor:
                yield cursor
        finally:
            # Also of an error: a page that was being written looks like a damaged one.
            if self._seen is not None and self._seen != self._state():
                raise LogTrouble("store_locked", "it was written while it was read")

    def _state(self) -> tuple[int, int, int]:
        state = self._path.stat()
        return state.st_ino, state.st_size, state.st_mtime_ns
