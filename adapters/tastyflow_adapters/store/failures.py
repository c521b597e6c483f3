"""
What can go wrong with the log, in the words of the person who has to mend it.

    what was raised                                    code                what was done
    ─────────────────────────────────────────────────  ──────────────────  ─────────────
    a version that is already taken, or a gap          conflict            nothing
    SQLITE_READONLY; no right to write what is there   store_read_only     nothing
    SQLITE_CORRUPT, SQLITE_NOTADB; a guard is missing  store_corrupt       nothing
    an event that does not fit the chain               chain_broken        nothing
    SQLITE_BUSY, SQLITE_LOCKED                         store_locked        nothing
    SQLITE_FULL, ENOSPC, EDQUOT                        store_full          nothing
    SQLITE_CANTOPEN, any other OSError                 store_unreadable    nothing
    a database, but without our stamp                  store_foreign       nothing
    no connection to a server's log, or it was lost    store_unreachable   nothing that was reported as done
    another file, or none, where the open log was      log_exchanged       nothing
    anything else                                      store_failure       nothing that was reported as done
"""

import errno
import os
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path

from eventsourcing import persistence
from eventsourcing.persistence import DataError, IntegrityError, InterfaceError, OperationalError, PersistenceError

from tastyflow.errors import Conflict, StoreFailure
from tastyflow_adapters.config.log_address import LogAddress, LogKind

WORDS: Mapping[str, tuple[str, str]] = {
    "store_read_only": (
        "The log {log} can be read but not written.",
        "Make the file and its folder writable for this user; the audit commands only read, and work as it is.",
    ),
    "store_corrupt": (
        "The log {log} is damaged, or is no log at all: {why}.",
        "Do not delete it: copy it aside together with its -wal file, then restore the last backup.",
    ),
    "chain_broken": (
        "The log {log} was changed otherwise than by this program: {why}.",
        "Nothing more is written or sent. Copy it aside with its -wal file, then restore a backup that verifies.",
    ),
    "store_locked": (
        "The log {log} is in use by another program.",
        "Wait until that one is done, or end it, then try again.",
    ),
    "store_full": (
        "There is no room left on the disk for the log {log}.",
        "Free some space, then try again.",
    ),
    "store_unreadable": (
        "The log {log} cannot be opened: {why}.",
        "Check that the folder exists and that this user may read and write there.",
    ),
    "store_foreign": (
        "{log} is not a log of this program: {why}.",
        "Name another file; this one was left as it was.",
    ),
    "log_exchanged": (
        "The log {log} is no longer the file that this program has open: {why}.",
        "Nothing more is written or sent. Put the file back with its -wal file, then start again.",
    ),
    "store_unreachable": (
        "The server of the log {log} does not answer: {why}.",
        "Nothing is sent while the log cannot be written. Look at the server and the network, then try again.",
    ),
    "store_failure": ("The log {log} failed: {why}.", ""),
}

_BY_SQLITE_CODE: Mapping[int, str] = {
    sqlite3.SQLITE_READONLY: "store_read_only",
    sqlite3.SQLITE_CORRUPT: "store_corrupt",
    sqlite3.SQLITE_NOTADB: "store_corrupt",
    sqlite3.SQLITE_BUSY: "store_locked",
    sqlite3.SQLITE_LOCKED: "store_locked",
    sqlite3.SQLITE_FULL: "store_full",
    sqlite3.SQLITE_CANTOPEN: "store_unreadable",
    sqlite3.SQLITE_PERM: "store_unreadable",
}


class LogTrouble(OperationalError):
    """
    What we found out ourselves, before or beside SQLite.

    Attributes:
        code: A key of ``WORDS``.
    """

    def __init__(self, code: str, why: str) -> None:
        super().__init__(why)
        self.code = code


def translated(error: Exception) -> PersistenceError:
    """Return the library's error for one of sqlite3's or the system's; what could not be bound is a DataError."""
    if isinstance(error, LogTrouble):
        return LogTrouble(error.code, str(error))
    if isinstance(error, sqlite3.Error):
        kind = getattr(persistence, type(error).__name__, PersistenceError)
    else:
        kind = OperationalError if isinstance(error, OSError | MemoryError) else DataError
    answer: PersistenceError = kind(error)
    answer.__cause__ = error
    return answer


def explain(error: BaseException, address: LogAddress) -> StoreFailure:
    """Say what *error* means for the log at *address*, as the error to raise ``from`` it."""
    for cause in _causes(error):
        if isinstance(cause, StoreFailure):
            return cause
        if isinstance(cause, IntegrityError | sqlite3.IntegrityError):
            return Conflict(f"Another writer of {address} was first.", hint="Reload and decide again.")
        if (code := _code_of(cause, address)) is not None:
            return _failure(code, address, cause)
    return _failure("store_failure", address, error)


def _failure(code: str, address: LogAddress, cause: BaseException) -> StoreFailure:
    message, hint = WORDS[code]
    why = (cause.strerror if isinstance(cause, OSError) else None) or str(cause) or type(cause).__name__
    return StoreFailure(message.format(log=address, why=why.rstrip(".")), code=code, hint=hint)


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__


def _code_of(cause: BaseException, address: LogAddress) -> str | None:
    if isinstance(cause, LogTrouble):
        return cause.code
    if isinstance(cause, sqlite3.Error):
        # The low byte is the code; the higher ones only say how SQLite came to it. Its wrapper has none.
        code = _BY_SQLITE_CODE.get(getattr(cause, "sqlite_errorcode", 0) & 0xFF)
        return "store_read_only" if code == "store_unreadable" and _only_readable(address.path) else code
    if address.kind is LogKind.POSTGRES and isinstance(cause, OperationalError | InterfaceError):
        return "store_unreachable"  # what the library's own readers say
    if isinstance(cause, OSError) and cause.errno is not None:
        return "store_full" if cause.errno in (errno.ENOSPC, errno.EDQUOT) else "store_unreadable"
    return None


def _only_readable(path: Path) -> bool:
    """A log in a folder where its -wal file cannot be made *cannot be opened*, says SQLite; it could be read."""
    return path.is_file() and may(path, os.R_OK) and not (may(path, os.W_OK) and may(path.parent, os.W_OK))


def may(path: Path, mode: int) -> bool:
    """Whether the user we act as may use *path* so; unlike a bare ``os.access``, which asks for the real one."""
    return os.access(path, mode, effective_ids=os.access in os.supports_effective_ids)
