"""
How large a log is, and what of it is old.

    events of each year ─▶ what an archive could hold
    pages, free pages   ─▶ what a VACUUM would give back; it keeps every position, since a position is the row's key
"""

import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Final

from attrs import field, frozen

from tastyflow.application.audit import sealed_rows
from tastyflow.errors import StoreFailure
from tastyflow.ports import EventLog
from tastyflow_adapters.config.log_address import LogAddress
from tastyflow_adapters.store.archive import moment_of
from tastyflow_adapters.store.backup import file_of
from tastyflow_adapters.store.failures import explain
from tastyflow_adapters.store.log import open_log
from tastyflow_adapters.store.sqlite_file import Datastore

WORTH_IT: Final = 0.1
"""From which share of free pages on a VACUUM is advised."""


@frozen
class YearSize:
    """The events of one year, in UTC: how many, the last position, and the bytes of their states."""

    events: int = 0
    last: int = 0
    bytes: int = 0


@frozen
class LogSize:
    """
    What `size_of` found; sizes in bytes.

    Attributes:
        file: The file alone.
        beside: What waits in its -wal file.
        free: Pages that hold nothing: what a VACUUM would give back.
        disk_free: Room on the disk; a VACUUM takes twice the file for a while.
        years: By year; 0 holds events that do not say when they were recorded.
    """

    file: int
    beside: int
    free: int
    disk_free: int
    years: Mapping[int, YearSize] = field(factory=dict)

    @property
    def vacuum_is_safe(self) -> bool:
        """Whether the disk has room for a VACUUM; positions are kept in any case."""
        return self.disk_free > 2 * self.file

    @property
    def vacuum_is_worth_it(self) -> bool:
        return self.free > self.file * WORTH_IT


def size_of(address: LogAddress) -> LogSize:
    """
    Read the log at *address*, changing nothing.

    Raises:
        StoreFailure: It is no file, absent, or cannot be read.
    """
    path = file_of(address)
    if not path.exists():
        raise StoreFailure(f"There is no log at {path}.", code="store_missing")
    try:
        with closing(open_log(address, read_only=True)) as ledger:
            years = _years(ledger.log)
        with closing(Datastore(path, read_only=True)) as datastore, datastore.transaction(commit=False) as cursor:
            pages, unused, each = (_asked(cursor.sqlite_cursor.connection, name) for name in _PRAGMAS)
        return LogSize(pages * each, _size(path, "-wal"), unused * each, shutil.disk_usage(path.parent).free, years)
    except (sqlite3.Error, OSError) as error:
        raise explain(error, address) from error


_PRAGMAS: Final = ("page_count", "freelist_count", "page_size")


def _years(log: EventLog) -> dict[int, YearSize]:
    years: dict[int, YearSize] = {}
    for row in sealed_rows(log):
        moment = moment_of(row)
        year = moment.year if moment else 0
        known = years.get(year, YearSize())
        years[year] = YearSize(
            known.events + 1, row[0], known.bytes + (len(row[4]) if isinstance(row[4], bytes) else 0)
        )
    return dict(sorted(years.items()))


def _asked(connection: sqlite3.Connection, name: str) -> int:
    value: int = connection.execute(f"PRAGMA {name}").fetchone()[0]
    return value


def _size(path: Path, suffix: str) -> int:
    beside = path.with_name(path.name + suffix)
    return beside.stat().st_size if beside.exists() else 0
