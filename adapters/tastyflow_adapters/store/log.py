"""
Opening a log: of any kind, by its address. The rest of the adapters needs no other module of this package.

    open_log(address)                    for a process that records
    open_log(address, read_only=True)    for a process that only looks: changes nothing on the disk
    check_log(address)                   is every page of it sound?
    log_exists(address)                  does a log stand there?
    risks_of(address)                    what of its server could lose what it answered?

`tastyflow_adapters.store.failures` has the words for everything that can be wrong.
"""

import sqlite3
from contextlib import closing
from functools import partial

from eventsourcing.persistence import PersistenceError

from tastyflow.application.ledger.ledger import Ledger
from tastyflow.errors import StoreFailure
from tastyflow_adapters.config.log_address import LogAddress, LogKind
from tastyflow_adapters.store import memory, sqlite, sqlite_file
from tastyflow_adapters.store.failures import explain


def open_log(address: LogAddress, *, read_only: bool = False, lock_timeout_s: float = 5.0) -> Ledger:
    """
    Open the ledger on the log at *address*; close it after use. One in memory begins empty.

    Raises:
        StoreFailure: The log cannot be used so. Nothing was changed that was there before.
    """
    if address.kind is LogKind.MEMORY:
        return Ledger(memory.environment())
    if address.kind is LogKind.POSTGRES:
        return _on_server(address, read_only=read_only)
    env = sqlite.environment(address.path, read_only=read_only, lock_timeout_s=lock_timeout_s)
    try:
        return Ledger(env, explain=partial(explain, address=address))
    except (PersistenceError, sqlite3.Error, OSError) as error:
        raise explain(error, address) from error


def log_exists(address: LogAddress) -> bool:
    """
    Whether a log stands at *address*; of a server it is asked.

    Raises:
        StoreFailure: The server does not answer.
    """
    if address.kind is not LogKind.POSTGRES:
        return address.exists
    try:
        with closing(_on_server(address, read_only=True)):
            return True
    except StoreFailure as failure:
        if failure.code != "store_unreadable":
            raise
        return False


def check_log(address: LogAddress) -> None:
    """
    Read the whole log at *address*, changing nothing; takes a second or so per gigabyte.

    Raises:
        StoreFailure: It is missing, damaged, locked, or no log.
    """
    if address.kind is not LogKind.SQLITE:
        return  # a server checks its own pages
    try:
        sqlite_file.check(address.path)
    except (PersistenceError, sqlite3.Error, OSError) as error:
        raise explain(error, address) from error


def risks_of(address: LogAddress) -> str:
    """
    What is switched off of its server that keeps what it answered; nothing for a file.

    Raises:
        StoreFailure: The server does not answer.
    """
    if address.kind is not LogKind.POSTGRES:
        return ""
    from psycopg import Error

    from tastyflow_adapters.store.postgres import risks
    from tastyflow_adapters.store.postgres_address import PostgresPlace
    from tastyflow_adapters.store.postgres_failures import translated

    try:
        return ", ".join(risks(PostgresPlace(address.place, address.schema)))
    except Error as error:
        raise explain(translated(error), address) from error


def _on_server(address: LogAddress, *, read_only: bool) -> Ledger:
    try:
        from tastyflow_adapters.store import postgres
        from tastyflow_adapters.store.postgres_address import (
            PostgresPlace,  # psycopg is an extra, and takes a moment to import
        )
    except ModuleNotFoundError as error:
        raise StoreFailure(
            f"The log {address} is on a PostgreSQL server, and what speaks to one is not installed.",
            code="no_postgres",
            hint="Install it: pip install 'tastyflow[postgres]'",
        ) from error
    env = postgres.environment(PostgresPlace(address.place, address.schema), read_only=read_only)
    try:
        return Ledger(env, explain=partial(explain, address=address))
    except (PersistenceError, OSError) as error:
        raise explain(error, address) from error
