"""
Events carried into a new log, sealed as they were: from archives, or from another log.

    start, rows, names, places ─▶ a new log under another name ─▶ verified ─▶ the heads are equal ─▶ its own name

No event is read and written again: what is carried are the stored bytes, so that every head stays the head it was. A
kind of log that can be carried to has one case in `carried`.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path

from attrs import field, frozen
from eventsourcing.persistence import PersistenceError

from tastyflow.domain.chain import ChainHead, ChainStart
from tastyflow.domain.names_apart import NameApart
from tastyflow.errors import StoreFailure
from tastyflow.ports import MODELS, ChainedRow, EventLog, LogHead
from tastyflow_adapters.config.log_address import LogAddress, LogKind
from tastyflow_adapters.store.backup import verified
from tastyflow_adapters.store.failures import explain
from tastyflow_adapters.store.sqlite_chain import CHAIN
from tastyflow_adapters.store.sqlite_schema import APPLICATION_ID, BESIDE, SCHEMA, USER_VERSION
from tastyflow_adapters.store.whole_file import placed_whole

PAGE = 1000


@frozen
class Cargo:
    """
    What is carried.

    Attributes:
        rows: Begins to read the events, from the first one on.
        names: Is asked after the last event, since an event may name a person for the first time.
        places: How far each reader of the log had come; empty where that is not known.
        ends_with: The head that the new log must have; None where it is the one that the source has by then.
    """

    start: ChainStart
    rows: Callable[[], Iterable[ChainedRow]]
    names: Callable[[], Iterable[NameApart]]
    places: Callable[[], Mapping[str, int]] = field(default=dict)
    ends_with: Callable[[], ChainHead | None] = field(default=lambda: None)


def carried(
    cargo: Cargo, address: LogAddress, *, before_it_stands: Callable[[LogHead, Path], None] = lambda _head, _file: None
) -> LogHead:
    """
    Make the log at *address* of *cargo*, where none is; its head.

    Args:
        before_it_stands: Called with the head and the file of the new log, just before it gets its name.

    Raises:
        StoreFailure: It cannot be written, or its heads are not those of the source. Nothing is at *address*.
    """
    if address.kind is LogKind.POSTGRES:
        return _to_server(cargo, address)
    if address.kind is not LogKind.SQLITE:
        raise StoreFailure(
            f"Events cannot be carried to a log that is kept {address}.", code="no_file", hint="Name a file."
        )
    try:
        address.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with placed_whole(address.path) as new:
            with closing(sqlite3.connect(new, isolation_level=None)) as connection:
                _fill(connection, cargo)
            head = verified(new)
            wanted = cargo.ends_with()
            if head.log != cargo.start.log.hex or (
                wanted is not None and (head.position, head.last) != (wanted.position, wanted.head.hex())
            ):
                raise StoreFailure(
                    f"The new log ends with event {head.position:,} and another head than its source.",
                    code="chain_broken",
                    hint="End every process that writes the source, then try again.",
                )
            before_it_stands(head, new)
    except (sqlite3.Error, OSError) as error:
        raise explain(error, address) from error
    return head


def _to_server(cargo: Cargo, address: LogAddress) -> LogHead:
    from tastyflow_adapters.store.postgres_address import PostgresPlace  # psycopg is an extra
    from tastyflow_adapters.store.postgres_carrying import carry

    place = PostgresPlace(address.place, address.schema)
    try:
        end = carry(place, cargo.start, cargo.rows(), cargo.names, cargo.places, cargo.ends_with)
    except (PersistenceError, OSError) as error:
        raise explain(error, address) from error
    return LogHead(cargo.start.log.hex, end.position, end.head.hex())


def places_of(address: LogAddress) -> Mapping[str, int]:
    """
    How far each reader of the log had come; its read models, which are not carried, begin anew.

    Of a log on a server nothing is told: what follows it there begins where the log ends.
    """
    if address.kind is not LogKind.SQLITE:
        return {}
    with closing(sqlite3.connect(f"{address.path.resolve().as_uri()}?mode=rw", uri=True, timeout=5)) as connection:
        connection.execute("PRAGMA query_only = ON")
        kept = dict(connection.execute("SELECT name, position FROM places"))
    return {name: position for name, position in kept.items() if not name.startswith(MODELS)}


def stored_from(log: EventLog) -> Iterator[ChainedRow]:
    """Every event of *log*, and those too that are appended while it is read."""
    after = 0
    while page := log.chained_rows(after=after, limit=PAGE):
        yield from page
        after = page[-1][0]


def _fill(connection: sqlite3.Connection, cargo: Cargo) -> None:
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("BEGIN IMMEDIATE")
    for statement in (*SCHEMA, *BESIDE.values(), *CHAIN):
        connection.execute(statement)
    start = cargo.start
    begun = (start.log.hex, start.until, start.at.isoformat())
    connection.execute("INSERT INTO chain_start VALUES (1, ?, ?, ?)", begun)
    for position, stream, version, topic, state, head in cargo.rows():
        connection.execute(
            "INSERT INTO stored_events VALUES (?, ?, ?, ?, ?)", (position, stream, version, topic, state)
        )
        connection.execute("INSERT INTO chain VALUES (?, ?)", (position, head))
    names = ((each.token, each.salt, each.name) for each in cargo.names())
    connection.executemany("INSERT INTO names VALUES (?, ?, ?)", names)
    connection.executemany("INSERT INTO places VALUES (?, ?)", cargo.places().items())
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {USER_VERSION}")
    connection.execute("COMMIT")
