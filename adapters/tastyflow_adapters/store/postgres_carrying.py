"""
A log of another kind, carried to a server: in one transaction, so that it is there whole or not at all.

    schema made, with the start of the source ─▶ every event inserted, and sealed by the database ─▶ names, places
                                              ─▶ the last head is the source's ─▶ COMMIT
"""

from collections.abc import Callable, Iterable, Mapping
from uuid import UUID

import psycopg

from tastyflow.domain.chain import ChainHead, ChainStart
from tastyflow.domain.names_apart import NameApart
from tastyflow.ports import ChainedRow
from tastyflow_adapters.store.failures import LogTrouble
from tastyflow_adapters.store.postgres import make
from tastyflow_adapters.store.postgres_address import PostgresPlace
from tastyflow_adapters.store.postgres_failures import translated

_INSERT = "INSERT INTO stored_events (originator_id, originator_version, topic, state) VALUES (%s, %s, %s, %s)"
PAGE = 1_000


def carry(
    place: PostgresPlace,
    start: ChainStart,
    rows: Iterable[ChainedRow],
    names: Callable[[], Iterable[NameApart]],
    places: Callable[[], Mapping[str, int]],
    ends_with: Callable[[], ChainHead | None],
) -> ChainHead:
    """
    Make the log at *place* of what is given; the head that it ends with.

    Raises:
        LogTrouble: ``store_foreign``: something stands there already; ``chain_broken``: the heads are not the source's.
        PersistenceError: The server refused, or did not answer.
    """
    try:
        with place.connect() as connection, connection.transaction():
            connection.execute("SET idle_in_transaction_session_timeout = 0")  # none waits for a log that is made
            make(place, connection, start=start)
            end = ChainHead(0, start.head)
            with connection.cursor() as cursor:
                for page in _pages(rows):
                    values = [(UUID(stream), version, topic, state) for _, stream, version, topic, state, _ in page]
                    cursor.executemany(_INSERT, values)
                    end = _last(connection, page[-1])
                cursor.executemany(
                    "INSERT INTO names VALUES (%s, %s, %s)", [(each.token, each.salt, each.name) for each in names()]
                )
                cursor.executemany("INSERT INTO places VALUES (%s, %s)", [*places().items()])
            wanted = ends_with()
            if wanted is not None and wanted != end:
                raise LogTrouble(
                    "chain_broken", f"it ends with event {end.position:,} and another head than its source"
                )
            return end
    except psycopg.Error as error:
        raise translated(error) from error


def _last(connection: "psycopg.Connection[tuple[object, ...]]", row: ChainedRow) -> ChainHead:
    """The head after *row*, as the database worked it out; it must be the one that is carried."""
    found = connection.execute("SELECT notification_id, head FROM stored_events ORDER BY notification_id DESC LIMIT 1")
    position, head = found.fetchone() or (0, b"")
    if (position, head) != (row[0], row[-1]):
        raise LogTrouble("chain_broken", f"event {row[0]:,} has another head here than in its source")
    return ChainHead(row[0], bytes(row[-1] or b""))


def _pages(rows: Iterable[ChainedRow]) -> Iterable[list[ChainedRow]]:
    page: list[ChainedRow] = []
    for row in rows:
        page.append(row)
        if len(page) == PAGE:
            yield page
            page = []
    if page:
        yield page
