"""
What a log looks like inside, and how to tell it from any other file.

    stored_events    rowid │ originator_id │ originator_version │ topic │ state
                       │            └── one stream ──┘ 1, 2, 3 …      └── the event: its name, its bytes
                       └── the order of the whole log; a number is never given twice

    chain, chain_start   each event sealed to those before it: `sqlite_chain`

    places           name │ position: how far each reader of the log has come; a bookmark, and no part of the truth

    leases           name │ holder │ beat │ about: which process does what only one may do; no part of the truth

    names            token │ salt │ name: whose name a token in an event stands for, until it is forgotten

    snapshots        one of each long stream: its state after one of its events; a cache, and no part of the truth

    read_models      model │ key │ position │ stream: where the events are that commands look for; no part of the truth

    guards           no event is changed, taken away or put in the place of another,
                     and every event follows its predecessor: for our code, and for a person with sqlite3
    stamp            application_id "TFLW", user_version 2; format 1 had no chain, and is chained when it is first
                     opened for writing

A file is a log by its stamp. One that was restored from a dump has lost the stamp and is known by its schema.
"""

import sqlite3
from typing import Final

from tastyflow_adapters.store.failures import LogTrouble
from tastyflow_adapters.store.sqlite_chain import CHAIN, begin_chain

APPLICATION_ID: Final = int.from_bytes(b"TFLW", "big")
USER_VERSION: Final = 2
UNCHAINED: Final = 1

# A file is compared with these texts to the letter: a change of one takes a new USER_VERSION and a migration.
SCHEMA: Final = (
    # The column is named rowid because the library's selects read row["rowid"].
    """CREATE TABLE stored_events (
    rowid INTEGER PRIMARY KEY AUTOINCREMENT,
    originator_id TEXT NOT NULL,
    originator_version INTEGER NOT NULL,
    topic TEXT NOT NULL,
    state BLOB NOT NULL,
    UNIQUE (originator_id, originator_version)
)""",
    "CREATE INDEX stored_events_by_topic ON stored_events (topic, originator_id)",
    """CREATE TRIGGER stored_events_are_never_changed BEFORE UPDATE ON stored_events
BEGIN SELECT RAISE(ABORT, 'the log is append-only: an event is never changed'); END""",
    """CREATE TRIGGER stored_events_are_never_deleted BEFORE DELETE ON stored_events
BEGIN SELECT RAISE(ABORT, 'the log is append-only: an event is never deleted'); END""",
    # INSERT OR REPLACE deletes without asking the trigger above, so what it would replace is looked for here.
    """CREATE TRIGGER stored_events_follow_one_another BEFORE INSERT ON stored_events
WHEN EXISTS (SELECT 1 FROM stored_events
             WHERE originator_id = NEW.originator_id AND originator_version = NEW.originator_version)
  OR EXISTS (SELECT 1 FROM stored_events WHERE rowid = NEW.rowid)
BEGIN SELECT RAISE(ABORT, 'this place in the log is taken'); END""",
    # A stream begins at 1, or at 0 as some of the library's own tests do, and has no second beginning.
    """CREATE TRIGGER stored_events_leave_no_gap BEFORE INSERT ON stored_events
WHEN NEW.originator_version NOT IN (0, 1) AND NOT EXISTS (
         SELECT 1 FROM stored_events
         WHERE originator_id = NEW.originator_id AND originator_version = NEW.originator_version - 1)
  OR NEW.originator_version = 0 AND EXISTS (
         SELECT 1 FROM stored_events WHERE originator_id = NEW.originator_id AND originator_version = 1)
BEGIN SELECT RAISE(ABORT, 'the event before this one is not in the log'); END""",
)

# Kept beside the log, and made when an older log is first opened for writing.
BESIDE: Final = {
    # The streams in the order in which they began: without it, the newest one is found by reading the log backwards.
    "stored_events_first": "CREATE INDEX stored_events_first ON stored_events (originator_version) "
    "WHERE originator_version = 1",
    "places": "CREATE TABLE places (name TEXT PRIMARY KEY, position INTEGER NOT NULL) WITHOUT ROWID",
    "leases": "CREATE TABLE leases (name TEXT PRIMARY KEY, holder TEXT NOT NULL, beat INTEGER NOT NULL, "
    "about TEXT NOT NULL) WITHOUT ROWID",
    "names": "CREATE TABLE names (token TEXT PRIMARY KEY, salt BLOB NOT NULL, name TEXT) WITHOUT ROWID",
    "names_by_name": "CREATE INDEX names_by_name ON names (name) WHERE name IS NOT NULL",
    "names_are_only_forgotten": """CREATE TRIGGER names_are_only_forgotten BEFORE UPDATE ON names
WHEN NEW.token <> OLD.token OR NEW.name IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a name is forgotten, or stays as it is'); END""",
    "names_are_never_deleted": """CREATE TRIGGER names_are_never_deleted BEFORE DELETE ON names
BEGIN SELECT RAISE(ABORT, 'a token keeps its place, also without its name'); END""",
    "read_models": "CREATE TABLE read_models (model TEXT NOT NULL, key TEXT NOT NULL, position INTEGER NOT NULL, "
    "stream TEXT NOT NULL, PRIMARY KEY (model, key, position)) WITHOUT ROWID",
    "snapshots": """CREATE TABLE snapshots (
    originator_id TEXT PRIMARY KEY,
    originator_version INTEGER NOT NULL,
    topic TEXT NOT NULL,
    state BLOB NOT NULL
)""",
}


def recognise(connection: sqlite3.Connection) -> bool:
    """
    Say whether this database is a log (true) or holds nothing at all (false). Writes nothing.

    Raises:
        LogTrouble: ``store_foreign`` for anything else, ``store_corrupt`` for a log whose guards were tampered with.
        sqlite3.Error: It cannot be read.
    """
    stamp = _stamp(connection)
    found = {sql for (sql,) in connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")}
    if stamp == (0, 0) and not found:
        return False
    is_chained = stamp[1] == USER_VERSION or CHAIN[0] in found
    missing = [statement for statement in (*SCHEMA, *(CHAIN if is_chained else ())) if statement not in found]
    if stamp in ((APPLICATION_ID, UNCHAINED), (APPLICATION_ID, USER_VERSION)) and missing:
        names = ", ".join(statement.split()[2] for statement in missing)
        raise LogTrouble("store_corrupt", f"these parts of it were removed or changed: {names}")
    if stamp[0] == APPLICATION_ID and (more := _triggers_of_others(connection)):
        raise LogTrouble("store_corrupt", f"these parts were put in it: {', '.join(more)}")
    if stamp[0] == APPLICATION_ID and stamp[1] > USER_VERSION:
        raise LogTrouble("store_foreign", f"a newer version wrote it (format {stamp[1]}, known up to {USER_VERSION})")
    if stamp[0] != APPLICATION_ID and (stamp != (0, 0) or missing):
        raise LogTrouble("store_foreign", "it is another program's database")
    return True


def install(connection: sqlite3.Connection) -> None:
    """
    Make an empty database a log; leave a log as it is.

    Raises:
        sqlite3.Error: It is locked, or it cannot be written.
    """
    connection.execute("BEGIN IMMEDIATE")
    is_log = recognise(connection)
    if not is_log:
        for statement in SCHEMA:
            connection.execute(statement)
    names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    missing = [statement for name, statement in BESIDE.items() if name not in names]
    for statement in missing:
        connection.execute(statement)
    if "chain" not in names:
        begin_chain(connection)
    is_stamped = _stamp(connection) == (APPLICATION_ID, USER_VERSION)
    # Stamped again even if it is, as the proof that it can be written: a file that cannot lets a transaction begin.
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {USER_VERSION}")
    connection.execute("ROLLBACK" if is_log and is_stamped and not missing else "COMMIT")


def _triggers_of_others(connection: sqlite3.Connection) -> list[str]:
    """The triggers on events and chain that this program did not make: they could change what is written."""
    guarded = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN ('stored_events', 'chain', "
    ours = {*SCHEMA, *CHAIN}
    return [name for name, sql in connection.execute(guarded + "'chain_start')") if sql not in ours]


def _stamp(connection: sqlite3.Connection) -> tuple[int, int]:
    (application_id,) = connection.execute("PRAGMA application_id").fetchone()
    (user_version,) = connection.execute("PRAGMA user_version").fetchone()
    return application_id, user_version
