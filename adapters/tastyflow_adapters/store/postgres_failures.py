"""
What PostgreSQL says, as the library's errors and as one of our codes (`failures.WORDS`).

    53100 disk_full                          store_full
    25006, 42501  read only, no privilege    store_read_only
    55P03, 57014  lock not had, cancelled    store_locked
    25P03  this host held all others up      store_unreachable
    TF001  (ours) the chain does not fit     chain_broken
    no connection, whatever the reason       store_unreachable
"""

from collections.abc import Mapping
from typing import Final

import psycopg
from eventsourcing import persistence
from eventsourcing.persistence import DataError, OperationalError, PersistenceError

from tastyflow_adapters.store.failures import LogTrouble

CODES: Final[Mapping[str, str]] = {
    "53100": "store_full",
    "25006": "store_read_only",
    "42501": "store_read_only",
    "55P03": "store_locked",
    "57014": "store_locked",
    "25P03": "store_unreachable",
    "TF001": "chain_broken",
}


def translated(error: Exception) -> PersistenceError:
    """The library's error for one of psycopg's, with our code where there is one."""
    if isinstance(error, LogTrouble):
        return LogTrouble(error.code, str(error))
    if isinstance(error, psycopg.Error):
        if (code := CODES.get(error.sqlstate or "")) is not None:
            return LogTrouble(code, _first_line(error))
        if isinstance(error, psycopg.OperationalError):
            return LogTrouble("store_unreachable", _first_line(error))
        kind = getattr(persistence, type(error).__name__, None) or PersistenceError
        known = kind if isinstance(kind, type) and issubclass(kind, PersistenceError) else PersistenceError
        for base in (psycopg.IntegrityError, psycopg.DataError):
            if isinstance(error, base):
                known = getattr(persistence, base.__name__)
        return known(_first_line(error))
    return OperationalError(error) if isinstance(error, OSError | MemoryError) else DataError(error)


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:200] or type(error).__name__
