"""
Opening the log, and every way in which that can fail, said in one language.

    open_application(Ledger, path)                  for the one that records
    open_application(Ledger, path, read_only=True)  for the one that only looks: changes nothing on the disk
    check(path)                                     is every page of it sound?
"""

import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from eventsourcing.application import Application
from eventsourcing.persistence import PersistenceError

from tastyflow.application.ledger.ledger import Ledger
from tastyflow_adapters.store.connections import Datastore
from tastyflow_adapters.store.failures import Trouble, explain
from tastyflow_adapters.store.schema import recognise
from tastyflow_adapters.store.sqlite import environment

A = TypeVar("A", bound=Application[Any])


def open_application(
    application_class: type[A], path: Path | str, *, read_only: bool = False, lock_timeout_s: float = 5.0
) -> A:
    """
    Construct *application_class* on the log at *path*; close it after use.

    Raises:
        StoreFailure: The log cannot be used so. Nothing was changed that was there before.
    """
    try:
        opened = application_class(env=environment(path, read_only=read_only, lock_timeout_s=lock_timeout_s))
        if isinstance(opened, Ledger):
            opened.explain = partial(explain, path=path)
        return opened
    except (PersistenceError, sqlite3.Error, OSError) as error:
        raise explain(error, path) from error


def check(path: Path | str) -> None:
    """
    Read the log at *path* page by page, changing nothing; takes a second or so per gigabyte.

    Raises:
        StoreFailure: It is missing, damaged, locked, or no log.
    """
    try:
        with (
            closing(Datastore(Path(path), read_only=True)) as datastore,
            datastore.transaction(commit=False) as cursor,
        ):
            if not recognise(cursor.sqlite_cursor.connection):
                raise Trouble("store_unreadable", "it is empty")
            cursor.execute("PRAGMA quick_check(1)")
            if (finding := cursor.fetchone()[0]) != "ok":
                raise Trouble("store_corrupt", finding)
    except (PersistenceError, sqlite3.Error, OSError) as error:
        raise explain(error, path) from error
