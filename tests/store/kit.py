"""Short words for the store's tests."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from time import monotonic, sleep
from uuid import UUID, uuid5

from eventsourcing.persistence import StoredEvent

from tastyflow_adapters.store.memory import MemoryRecorder
from tastyflow_adapters.store.postgres import LogDatastore, PostgresLogRecorder
from tastyflow_adapters.store.postgres_address import PostgresPlace
from tastyflow_adapters.store.sqlite import SqliteRecorder
from tastyflow_adapters.store.sqlite_file import Datastore

AnyRecorder = SqliteRecorder | MemoryRecorder | PostgresLogRecorder
NAMES = UUID(int=0)


def stream(name: str) -> UUID:
    return uuid5(NAMES, name)


def event(name: str, version: int, topic: str = "happened@1", state: bytes = b"{}") -> StoredEvent:
    return StoredEvent(stream(name), version, topic, state)


@contextmanager
def opened(path: Path, *, read_only: bool = False, lock_timeout_s: float = 5.0) -> Iterator[SqliteRecorder]:
    with (
        closing(Datastore(path, read_only=read_only, lock_timeout_s=lock_timeout_s)) as datastore,
        closing(SqliteRecorder(datastore)) as recorder,
    ):
        yield recorder


@contextmanager
def opened_at(place: PostgresPlace, *, read_only: bool = False) -> Iterator[PostgresLogRecorder]:
    with (
        closing(LogDatastore(place, read_only=read_only)) as datastore,
        closing(PostgresLogRecorder(datastore)) as recorder,
    ):
        yield recorder


@contextmanager
def by_hand(path: Path) -> Iterator[sqlite3.Connection]:
    """Somebody with the sqlite3 command line."""
    with closing(sqlite3.connect(path, isolation_level=None, timeout=5)) as connection:
        yield connection


def without_guard(hand: sqlite3.Connection, guard: str) -> str:
    (statement,) = hand.execute("SELECT sql FROM sqlite_master WHERE name = ?", [guard]).fetchone()
    hand.execute(f"DROP TRIGGER {guard}")
    return statement


def without_guards(hand: sqlite3.Connection) -> list[str]:
    """Take the guards away, as a forger would who puts them back afterwards."""
    guards = hand.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for name, _ in guards:
        hand.execute(f"DROP TRIGGER {name}")
    return [sql for _, sql in guards]


def snapshot(folder: Path) -> dict[str, tuple[bytes, int, int]]:
    return {file.name: (file.read_bytes(), file.stat().st_mode, file.stat().st_mtime_ns) for file in folder.iterdir()}


@contextmanager
def locked(path: Path, how: str = "IMMEDIATE") -> Iterator[None]:
    """Another program holds the file."""
    with by_hand(path) as other:
        other.execute(f"BEGIN {how}")
        try:
            yield
        finally:
            other.execute("ROLLBACK")


@contextmanager
def one_batch(recorder: SqliteRecorder) -> Iterator[None]:
    """What is submitted in here is committed together: the writer is kept busy with the batch before."""
    assert recorder.insert_events([]) == []  # nothing older is left to do
    with locked(recorder.datastore.path):
        before = recorder.append([])
        eventually(before.running)
        yield
    assert before.result(5) == []


def eventually(condition: Callable[[], object], timeout_s: float = 5) -> None:
    deadline = monotonic() + timeout_s
    while not condition():
        assert monotonic() < deadline, "it never came to pass"
        sleep(0.001)


def contents(recorder: AnyRecorder) -> list[tuple[int, UUID, int]]:
    found = recorder.select_notifications(start=None, limit=10_000)
    return [(n.id, n.originator_id, n.originator_version) for n in found]


@contextmanager
def python(script: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    """Another process that can import what this one can."""
    with subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def go(*processes: subprocess.Popen[str]) -> None:
    """Let *processes* run at once, as soon as all of them are there."""
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
