"""What the log promises, on disk and in memory."""

import sqlite3
from concurrent.futures import Future
from contextlib import closing
from pathlib import Path
from uuid import UUID

import pytest
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate
from eventsourcing.domain import event as records
from eventsourcing.persistence import (
    ConnectionPoolClosedError,
    IntegrityError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
    Tracking,
)

from tastyflow_adapters.store import memory, sqlite
from tastyflow_adapters.store.failures import LogTrouble
from tastyflow_adapters.store.memory import MemoryRecorder
from tastyflow_adapters.store.sqlite import SqliteRecorder
from tastyflow_adapters.store.sqlite_schema import APPLICATION_ID
from tests.store.kit import AnyRecorder, by_hand, contents, event, opened, stream, without_guard


class Order(Aggregate):
    TOPIC = "store.test.order@1"

    class Created(Aggregate.Created):
        TOPIC = "store.test.order.created@1"

    class Filled(Aggregate.Event):
        TOPIC = "store.test.order.filled@1"

    @records(Created)
    def __init__(self) -> None:
        self.fills = 0

    @records(Filled)
    def fill(self) -> None:
        self.fills += 1


# --- the library's Application works on it unchanged ---


@pytest.mark.parametrize("where", ["sqlite", "memory"])
def test_an_application_saves_and_gets(where: str, path: Path) -> None:
    env = sqlite.environment(path) if where == "sqlite" else memory.environment()
    with Application[UUID](env=env) as application:
        order = Order()
        order.fill()
        recordings = application.save(order)
        assert [recording.notification.id for recording in recordings] == [1, 2]
        assert application.repository.get(order.id).fills == 1
        assert application.save() == []


def test_what_was_saved_is_there_after_reopening(path: Path) -> None:
    with opened(path) as recorder:
        recorder.insert_events([event("a", 1), event("a", 2)])
    with opened(path) as recorder:
        assert recorder.select_events(stream("a")) == [event("a", 1), event("a", 2)]


def test_a_second_save_of_the_same_version_is_refused_and_the_rest_of_it_too(log: AnyRecorder) -> None:
    log.insert_events([event("a", 1)])
    with pytest.raises(IntegrityError):
        log.insert_events([event("b", 1), event("a", 1)])
    assert contents(log) == [(1, stream("a"), 1)]


def test_an_upstream_position_is_refused_rather_than_forgotten(log: AnyRecorder) -> None:
    with pytest.raises(NotSupportedError):
        log.insert_events([event("a", 1)], tracking=Tracking("upstream", 1))
    assert contents(log) == []


def test_a_file_has_the_log_and_nothing_beside_it(path: Path) -> None:
    with closing(sqlite.SqliteFactory(sqlite.environment(path))) as factory:
        for other in (factory.aggregate_recorder, factory.tracking_recorder, factory.process_recorder):
            with pytest.raises(NotSupportedError):
                other()


# --- a stream has no gap and one beginning ---


@pytest.mark.parametrize(
    "versions",
    [[2], [-1], [1, 3], [2, 1], [1, 1], [1, 0], [0, 2], [0, 0], [10**18]],
    ids=str,
)
def test_a_stream_with_a_gap_is_refused_whole(log: AnyRecorder, versions: list[int]) -> None:
    with pytest.raises(IntegrityError):
        log.insert_events([event("a", version) for version in versions])
    assert contents(log) == []


@pytest.mark.parametrize("versions", [[1, 2, 3], [0, 1, 2]], ids=str)
def test_a_stream_begins_at_nought_or_one(log: AnyRecorder, versions: list[int]) -> None:
    assert log.insert_events([event("a", version) for version in versions]) == [1, 2, 3]


def test_a_gap_against_what_is_stored_is_refused(log: AnyRecorder) -> None:
    log.insert_events([event("a", 1)])
    with pytest.raises(IntegrityError):
        log.insert_events([event("a", 3)])
    assert log.insert_events([event("a", 2), event("b", 1), event("a", 3)]) == [2, 3, 4]


def test_a_second_beginning_is_refused(log: AnyRecorder) -> None:
    log.insert_events([event("a", 1)])
    with pytest.raises(IntegrityError):
        log.insert_events([event("a", 0)])


# --- ids are never reused ---


def test_a_refused_append_leaves_no_hole_and_takes_no_number(log: AnyRecorder) -> None:
    log.insert_events([event("a", 1)])
    with pytest.raises(IntegrityError):
        log.insert_events([event("b", 1), event("a", 1)])
    assert log.insert_events([event("b", 1)]) == [2]


def test_a_number_is_not_given_again_after_its_event_was_torn_out(path: Path) -> None:
    with opened(path) as recorder:
        recorder.insert_events([event("a", 1), event("a", 2), event("b", 1)])
    with by_hand(path) as hand:
        guard = without_guard(hand, "stored_events_are_never_deleted")
        hand.execute("DELETE FROM stored_events WHERE rowid = 3")
        hand.execute(guard)
    with opened(path) as recorder, pytest.raises(LogTrouble, match="its chain ends at event 3, and the log at 2"):
        recorder.insert_events([event("c", 1)])


def test_ids_and_chain_survive_dump_and_restore(path: Path, tmp_path: Path) -> None:
    with opened(path) as recorder:
        recorder.insert_events([event("a", 1), event("a", 2), event("b", 1), event("c", 1)])
        was = recorder.chain_start()
    with by_hand(path) as hand:
        dump = "\n".join(hand.iterdump())
    restored = tmp_path / "restored.db"
    with by_hand(restored) as hand:
        hand.executescript(dump)
    with opened(restored) as recorder:
        assert recorder.chain_start() == was
        assert recorder.insert_events([event("d", 1)]) == [5]
        assert recorder.chain_head().position == 5
    with by_hand(restored) as hand:
        assert hand.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)


# --- the guards hold for whoever uses sqlite3 by hand ---


FORGERIES = [
    "UPDATE stored_events SET state = 'forged'",
    "UPDATE stored_events SET originator_version = 7 WHERE rowid = 2",
    "UPDATE OR REPLACE stored_events SET rowid = 2 WHERE rowid = 1",
    "DELETE FROM stored_events",
    "DELETE FROM stored_events WHERE rowid = 2",
    "INSERT OR REPLACE INTO stored_events VALUES (1, 'x', 1, 'happened@1', 'in the place of another')",
    "INSERT OR REPLACE INTO stored_events SELECT 9, originator_id, 1, 'happened@1', 'again' FROM stored_events",
    "INSERT OR IGNORE INTO stored_events SELECT 9, originator_id, 1, 'happened@1', 'again' FROM stored_events",
    "INSERT OR IGNORE INTO stored_events VALUES (9, 'x', 2, 'happened@1', 'from the middle')",
]


@pytest.mark.parametrize("statement", FORGERIES)
@pytest.mark.parametrize("recursive_triggers", ["ON", "OFF"])
def test_the_log_is_append_only_for_everybody(path: Path, statement: str, recursive_triggers: str) -> None:
    with opened(path) as recorder:
        recorder.insert_events([event("a", 1), event("a", 2)])
    with by_hand(path) as hand:
        hand.execute(f"PRAGMA recursive_triggers = {recursive_triggers}")
        before = hand.execute("SELECT * FROM stored_events").fetchall()
        with pytest.raises(sqlite3.IntegrityError, match=r"append-only|taken|not in the log"):
            hand.execute(statement)
        assert hand.execute("SELECT * FROM stored_events").fetchall() == before


def test_readers_of_the_store_cannot_write(recorder: SqliteRecorder) -> None:
    with pytest.raises(OperationalError, match="readonly"), recorder.datastore.transaction(commit=True) as cursor:
        cursor.execute("INSERT INTO stored_events VALUES (NULL, 'a', 1, 'happened@1', 'x')")


def test_the_file_is_in_wal_mode_stamped_and_private(path: Path) -> None:
    with opened(path) as recorder:
        recorder.insert_events([event("a", 1)])
        for file in (path, path.with_name("log.db-wal"), path.with_name("log.db-shm")):
            assert file.stat().st_mode & 0o777 == 0o600
    with by_hand(path) as hand:
        assert hand.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert hand.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,) == (0x54464C57,)
        assert hand.execute("PRAGMA user_version").fetchone() == (2,)


# --- whose stream has what ---


@pytest.fixture
def desk(log: AnyRecorder) -> AnyRecorder:
    """Three orders: the first is claimed and settled, the second claimed, the third claimed twice."""
    log.insert_events([event("first", 1, "drafted"), event("second", 1, "drafted"), event("third", 1, "drafted")])
    log.insert_events([event("third", 2, "claimed"), event("first", 2, "claimed"), event("second", 2, "claimed")])
    log.insert_events([event("first", 3, "settled"), event("third", 3, "claimed")])
    return log


@pytest.mark.parametrize(
    ("topics", "options", "names"),
    [
        (["claimed"], {}, ["third", "second", "first"]),
        (["claimed"], {"newest_first": False}, ["third", "first", "second"]),
        (["claimed"], {"without": ["settled"]}, ["third", "second"]),
        (["claimed"], {"without": ["settled"], "limit": 1}, ["third"]),
        (["drafted", "claimed"], {"newest_first": False, "limit": 2}, ["first", "second"]),
        (["settled", "drafted"], {}, ["first", "third", "second"]),
        (["drafted"], {"without": ["settled", "claimed"]}, []),
        (["drafted"], {"limit": 0}, []),
        (["unheard of"], {}, []),
        ([], {}, []),
    ],
)
def test_originators_by_what_happened(
    desk: AnyRecorder, topics: list[str], options: dict[str, object], names: list[str]
) -> None:
    assert desk.select(topics, **options) == [stream(name) for name in names]


def test_originators_by_the_beginning_of_their_id(log: AnyRecorder) -> None:
    ids = [UUID(f"abcdef01-{n:04x}-4000-8000-00000000000{n}") for n in range(3)] + [UUID(int=2**128 - 1)]
    for originator in ids:
        log.insert_events([type(event("a", 1))(originator, 1, "drafted", b"{}")])
    assert log.select(["drafted"], prefix="abcdef01") == ids[2::-1]
    assert log.select(["drafted"], prefix="ABCDEF01-0001") == [ids[1]]
    assert log.select(["settled", "drafted"], prefix="abcDEF010002") == [ids[2]]
    assert log.select(["drafted"], prefix=str(ids[0])) == [ids[0]]
    assert log.select(["drafted"], prefix="f" * 32) == [ids[3]]
    assert log.select(["drafted"], prefix="f" * 33) == []
    assert log.select(["drafted"], prefix="") == ids[::-1]
    for nothing in ("abcdef02", "xyz", "%", "_", "abcdef01' OR '1'='1"):
        assert log.select(["drafted"], prefix=nothing) == []
    assert log.select(["claimed"], prefix="abcdef01") == []


def test_all_questions_are_answered_from_an_index(recorder: SqliteRecorder, path: Path) -> None:
    asked: list[str] = []
    with recorder.datastore.get_connection(commit=False) as connection:
        raw = connection._sqlite_conn
        raw.set_trace_callback(asked.append)
    recorder.select(["claimed", "drafted"], without=["settled"], limit=3)
    recorder.select(["claimed", "drafted"], prefix="abc")
    raw.set_trace_callback(None)
    questions = [statement for statement in asked if statement.startswith("SELECT")]
    assert len(questions) == 2
    with by_hand(path) as hand:
        for question in questions:
            plan = [row[3] for row in hand.execute(f"EXPLAIN QUERY PLAN {question}")]
            assert any("COVERING INDEX stored_events_by_topic" in step for step in plan)
            assert not any(step.startswith("SCAN") for step in plan), plan
        plan = hand.execute("EXPLAIN QUERY PLAN SELECT * FROM stored_events WHERE originator_id = 'a'").fetchall()
        assert "sqlite_autoindex_stored_events_1 (originator_id=?)" in plan[0][3]  # of the UNIQUE constraint


# --- at the end, and after it ---


@pytest.mark.parametrize("read_only", [False, True])
def test_closing_leaves_a_reader_at_work_in_peace(path: Path, read_only: bool) -> None:
    with opened(path) as recorder:
        recorder.insert_events([event("a", 1)])
    with opened(path, read_only=read_only) as recorder:
        with recorder.datastore.transaction(commit=False) as cursor:
            recorder.datastore.close()
            cursor.execute("SELECT max(rowid) FROM stored_events")
            assert cursor.fetchone()[0] == 1
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            cursor.sqlite_cursor.connection.execute("SELECT 1")
        with pytest.raises(ConnectionPoolClosedError):
            recorder.max_notification_id()


def test_a_closed_log_takes_nothing(log: AnyRecorder) -> None:
    log.close()
    log.close()
    with pytest.raises(OperationalError, match="closed"):
        log.append([event("a", 1)])


def test_memory_refuses_to_build_on_a_future_that_is_not_its_own() -> None:
    with closing(MemoryRecorder()) as recorder:
        stranger: Future[list[int]] = Future()
        with pytest.raises(ProgrammingError):
            recorder.append([event("a", 1)], after=[stranger]).result()
