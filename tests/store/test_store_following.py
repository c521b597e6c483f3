"""What a follower of the log needs: rows by position, a word when something was appended, a place that is kept."""

import sqlite3
from pathlib import Path

import pytest
from eventsourcing.persistence import IntegrityError, OperationalError

from tastyflow.ports import EventLog
from tests.store.kit import AnyRecorder, by_hand, event, eventually, opened, stream


@pytest.fixture
def five(log: AnyRecorder) -> AnyRecorder:
    """Two streams, five events."""
    for name, version in (("a", 1), ("b", 1), ("a", 2), ("a", 3), ("b", 2)):
        log.insert_events([event(name, version, f"{name}@1")])
    return log


def test_a_recorder_is_an_event_log(log: AnyRecorder) -> None:
    assert isinstance(log, EventLog)


# --- rows, streams and the end ---


def test_an_empty_log_ends_at_nought(log: AnyRecorder) -> None:
    assert (log.end(), list(log.rows(after=0, limit=9)), list(log.read(stream("a")))) == (0, [], [])


@pytest.mark.parametrize(
    ("asked", "positions"),
    [
        ({"after": 0, "limit": 9}, [1, 2, 3, 4, 5]),
        ({"after": 2, "limit": 9}, [3, 4, 5]),
        ({"after": 2, "limit": 2}, [3, 4]),
        ({"after": 1, "limit": 9, "until": 3}, [2, 3]),
        ({"after": 1, "limit": 9, "topics": ["b@1"]}, [2, 5]),
        ({"after": 5, "limit": 9}, []),
        ({"after": 99, "limit": 9}, []),
    ],
    ids=str,
)
def test_rows_come_by_position(five: AnyRecorder, asked: dict[str, int], positions: list[int]) -> None:
    assert [row.id for row in five.rows(**asked)] == positions
    assert five.end() == 5


@pytest.mark.parametrize(
    ("asked", "versions"),
    [
        ({}, [1, 2, 3]),
        ({"after": 1}, [2, 3]),
        ({"until": 2}, [1, 2]),
        ({"after": 1, "until": 2}, [2]),
        ({"after": 3}, []),
    ],
    ids=str,
)
def test_a_stream_is_read_by_version(five: AnyRecorder, asked: dict[str, int], versions: list[int]) -> None:
    assert [each.originator_version for each in five.read(stream("a"), **asked)] == versions


# --- woken ---


def test_a_callback_is_called_once_what_was_appended_can_be_read(log: AnyRecorder) -> None:
    ends: list[int] = []
    done = log.on_append(lambda: ends.append(log.end()))
    log.append([event("a", 1), event("a", 2)]).result(5)
    eventually(lambda: ends)
    assert ends == [2]
    done()
    done()
    log.insert_events([event("a", 3)])
    log.insert_events([event("a", 4)])
    assert ends == [2]


def test_a_callback_is_not_called_for_what_was_refused_or_for_a_place(log: AnyRecorder) -> None:
    calls: list[int] = []
    log.on_append(lambda: calls.append(log.end()))
    assert isinstance(log.append([event("a", 2)]).exception(5), IntegrityError)
    assert log.append([]).result(5) == log.keep_bookmark("telling", 0).result(5) == []
    log.insert_events([event("a", 1)])
    eventually(lambda: calls)
    assert calls == [1]


def test_a_callback_that_fails_disturbs_no_append(log: AnyRecorder, caplog: pytest.LogCaptureFixture) -> None:
    calls: list[int] = []

    def fail() -> None:
        calls.append(1)
        raise RuntimeError("a bug")

    log.on_append(fail)
    assert log.append([event("a", 1)]).result(5) == [1]
    assert log.append([event("a", 2)]).result(5) == [2]
    eventually(lambda: len(calls) == 2)
    eventually(lambda: "a listener of the log failed" in caplog.text)


def test_a_reader_is_never_woken(path: Path) -> None:
    with opened(path) as recorder:
        recorder.insert_events([event("a", 1)])
    with opened(path, read_only=True) as reader:
        reader.on_append(lambda: pytest.fail("it appends nothing"))()


# --- places ---


def test_a_place_is_kept_and_never_moves_backwards(log: AnyRecorder) -> None:
    assert log.bookmark("telling") is None
    for position, kept in ((3, 3), (7, 7), (5, 7), (0, 7)):
        assert log.keep_bookmark("telling", position).result(5) == []
        assert log.bookmark("telling") == kept
    assert log.bookmark("else") is None
    log.keep_bookmark("else", 0).result(5)
    assert (log.bookmark("else"), log.bookmark("telling")) == (0, 7)


def test_a_place_survives_reopening_and_is_seen_by_a_reader(path: Path) -> None:
    with opened(path) as recorder:
        recorder.insert_events([event("a", 1)])
        recorder.keep_bookmark("telling", 1).result(5)
    with opened(path) as recorder, opened(path, read_only=True) as reader:
        assert recorder.bookmark("telling") == reader.bookmark("telling") == 1
        with pytest.raises(OperationalError, match="reading only"):
            reader.keep_bookmark("telling", 2)


def test_a_log_of_the_first_version_keeps_places_once_it_is_opened_for_writing(path: Path) -> None:
    with opened(path) as recorder:
        recorder.insert_events([event("a", 1)])
    with by_hand(path) as hand:
        hand.execute("DROP TABLE places")
    with opened(path, read_only=True) as reader:
        assert reader.bookmark("telling") is None
    with opened(path) as recorder:
        assert recorder.bookmark("telling") is None
        recorder.keep_bookmark("telling", 1).result(5)
        assert recorder.bookmark("telling") == 1
        assert recorder.insert_events([event("a", 2)]) == [2]


def test_a_place_is_a_bookmark_that_the_log_does_not_need(path: Path) -> None:
    """A person may move one by hand: the guards are for events."""
    with opened(path) as recorder:
        recorder.insert_events([event("a", 1)])
        recorder.keep_bookmark("telling", 1).result(5)
    with by_hand(path) as hand:
        hand.execute("DELETE FROM places")
        with pytest.raises(sqlite3.IntegrityError):
            hand.execute("DELETE FROM stored_events")
    with opened(path) as recorder:
        assert recorder.bookmark("telling") is None


# --- snapshots ---


def test_a_snapshot_is_kept_with_its_append_in_the_place_of_the_one_before(log: AnyRecorder) -> None:
    assert log.read_from_snapshot(stream("a")) == (None, [])
    log.append([event("a", 1), event("b", 1)], snapshots=[event("a", 1, "state", b"one")]).result(5)
    log.append([event("a", 2), event("a", 3)], snapshots=[event("a", 3, "state", b"three")]).result(5)
    log.append([event("a", 4)]).result(5)
    assert log.read_from_snapshot(stream("a")) == (event("a", 3, "state", b"three"), [event("a", 3), event("a", 4)])
    assert log.read_from_snapshot(stream("b")) == (None, [event("b", 1)])


def test_many_streams_are_read_as_each_of_them(log: AnyRecorder) -> None:
    log.append([event("a", 1), event("b", 1), event("a", 2), event("a", 3)]).result()
    wanted = [(stream("a"), 2), (stream("b"), 9), (stream("c"), 1), (stream("a"), 0), (stream("a"), 3)]
    assert [list(each) for each in log.read_each(wanted)] == [
        [event("a", 1), event("a", 2)],
        [event("b", 1)],
        [],
        [],
        [event("a", 1), event("a", 2), event("a", 3)],
    ]
    assert log.read_each([]) == []


def test_an_append_that_fails_keeps_no_snapshot(log: AnyRecorder) -> None:
    kept = event("a", 1, "state", b"kept")
    log.append([event("a", 1)], snapshots=[kept]).result(5)
    for failing in (
        log.append([event("a", 1)], snapshots=[event("a", 1, "state", b"lost")]),
        log.append([event("a", 2)], unchanged=[(stream("a"), 0)], snapshots=[event("a", 2, "state", b"lost")]),
    ):
        assert isinstance(failing.exception(5), IntegrityError)
    assert log.read_from_snapshot(stream("a")) == (kept, [event("a", 1)])


def test_an_append_stands_where_its_snapshot_cannot_be_kept(path: Path) -> None:
    with opened(path) as recorder:
        with by_hand(path) as hand:
            hand.execute("DROP TABLE snapshots")
        assert recorder.append([event("a", 1)], snapshots=[event("a", 1, "state")]).result(5) == [1]
        assert recorder.read_from_snapshot(stream("a")) == (None, [event("a", 1)])
        assert recorder.append([event("a", 2)]).result(5) == [2]


def test_a_log_of_the_first_version_keeps_snapshots_once_it_is_opened_for_writing(path: Path) -> None:
    with opened(path) as recorder:
        recorder.insert_events([event("a", 1)])
    with by_hand(path) as hand:
        hand.execute("DROP TABLE snapshots")
    with opened(path, read_only=True) as reader:
        assert reader.read_from_snapshot(stream("a")) == (None, [event("a", 1)])
    with opened(path) as recorder, opened(path, read_only=True) as reader:
        recorder.append([event("a", 2)], snapshots=[event("a", 2, "state")]).result(5)
        assert reader.read_from_snapshot(stream("a")) == (event("a", 2, "state"), [event("a", 2)])


# --- what began last ---


def test_the_streams_that_began_last_come_first_whatever_happened_to_them_since(log: AnyRecorder) -> None:
    for name, topic in (("a", "order"), ("b", "test"), ("c", "refused"), ("d", "order"), ("e", "order")):
        log.append([event(name, 1, topic)]).result(5)
    log.append([event("a", 2, "order"), event("b", 2, "order")]).result(5)
    assert log.begun(["order", "refused"], limit=9) == [stream(name) for name in "edca"]
    assert log.begun(["order", "refused"], limit=2) == [stream("e"), stream("d")]
    assert log.begun(["else"], limit=2) == []


def test_what_began_last_is_found_without_reading_what_began_before(path: Path) -> None:
    """Counted in hundreds of steps of SQLite's machine, with the index and without it."""
    steps: list[int] = []
    with opened(path) as recorder:
        recorder.append([event(f"a{number}", 1) for number in range(2000)]).result(5)
        recorder.append([event("a0", version) for version in range(2, 2000)]).result(5)
        with recorder.datastore.transaction(commit=False) as cursor:
            cursor.sqlite_cursor.connection.set_progress_handler(lambda: steps.append(1) and None, 100)
        assert recorder.begun(["happened@1", "else"], limit=1) == [stream("a1999")]
        assert len(steps) < 5
        with by_hand(path) as hand:
            hand.execute("DROP INDEX stored_events_first")
        assert recorder.begun(["happened@1", "else"], limit=1) == [stream("a1999")]
        assert len(steps) > 50


def test_a_log_of_the_first_version_finds_what_began_last_before_it_has_an_index_for_it(path: Path) -> None:
    with opened(path) as recorder:
        recorder.append([event("a", 1), event("b", 1), event("a", 2)]).result(5)
    with by_hand(path) as hand:
        hand.execute("DROP INDEX stored_events_first")
    with opened(path, read_only=True) as reader:
        assert reader.begun(["happened@1"], limit=1) == [stream("b")]
    with opened(path), by_hand(path) as hand:
        assert hand.execute("SELECT 1 FROM sqlite_master WHERE name = 'stored_events_first'").fetchone()
