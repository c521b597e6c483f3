"""One thread commits for everybody: who fails, who does not, and what is certain afterwards."""

import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import CancelledError, Future, wait
from pathlib import Path
from time import monotonic

import pytest
from eventsourcing.persistence import DataError, IntegrityError, OperationalError, ProgrammingError

from tastyflow_adapters.store import group_commit
from tastyflow_adapters.store.sqlite import SqliteRecorder
from tests.store.kit import AnyRecorder, contents, event, eventually, locked, one_batch, opened, stream


def failed(*futures: Future[list[int]]) -> list[bool]:
    wait(futures, 5)
    return [future.exception(0) is not None for future in futures]


# --- a batch ---


def test_a_conflict_in_a_batch_fails_only_its_own_request(recorder: SqliteRecorder) -> None:
    with one_batch(recorder):
        first = recorder.append([event("a", 1)])
        second = recorder.append([event("b", 1), event("a", 1)])
        third = recorder.append([event("b", 1), event("b", 2)])
    assert first.result(5) == [1]
    assert isinstance(second.exception(5), IntegrityError)
    assert third.result(5) == [2, 3]
    assert contents(recorder) == [(1, stream("a"), 1), (2, stream("b"), 1), (3, stream("b"), 2)]


def test_versions_may_follow_one_another_within_a_batch(recorder: SqliteRecorder) -> None:
    with one_batch(recorder):
        futures = [recorder.append([event("a", version)]) for version in (1, 2, 4, 3)]
    assert failed(*futures) == [False, False, True, False]


def test_futures_resolve_in_the_order_of_submission(recorder: SqliteRecorder) -> None:
    resolved: list[int] = []
    with one_batch(recorder):
        futures = [recorder.append([event("a", version)]) for version in (1, 2, 2, 3, 9, 4)]
        for number, future in enumerate(futures):
            future.add_done_callback(lambda _, number=number: resolved.append(number))
    wait(futures, 5)
    assert resolved == [0, 1, 2, 3, 4, 5]


def test_waiting_requests_share_a_commit(recorder: SqliteRecorder) -> None:
    statements: list[str] = []
    recorder._writer._statements._connection.set_trace_callback(statements.append)
    with one_batch(recorder):
        futures = [recorder.append([event(f"s{number}", 1)]) for number in range(200)]
    assert failed(*futures) == [False] * 200
    assert statements.count("COMMIT") == 2 + 1  # two of them to keep the writer busy


def test_a_batch_after_several_that_waited_lets_more_come_and_one_alone_waits_for_none(
    recorder: SqliteRecorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr(group_commit, "sleep", waits.append)
    recorder.append([event("alone", 1)]).result(5)
    recorder.append([event("alone", 2)]).result(5)
    assert waits == []
    with one_batch(recorder):
        crowd = [recorder.append([event(f"s{number}", 1)]) for number in range(3)]
    assert failed(*crowd) == [False] * 3
    before = len(waits)
    assert recorder.append([event("after", 1)]).result(5)
    assert waits[before:] == [group_commit.GATHER_S]
    recorder.append([event("alone", 3)]).result(5)
    assert len(waits) == before + 1


def test_a_batch_is_bounded(recorder: SqliteRecorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group_commit, "MAX_BATCH", 10)
    statements: list[str] = []
    recorder._writer._statements._connection.set_trace_callback(statements.append)
    with one_batch(recorder):
        futures = [recorder.append([event(f"s{number}", 1)]) for number in range(25)]
    assert failed(*futures) == [False] * 25
    assert statements.count("COMMIT") == 2 + 3


def test_the_queue_is_bounded(recorder: SqliteRecorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group_commit, "MAX_WAITING", 3)
    with one_batch(recorder):
        futures = [recorder.append([event(f"s{number}", 1)]) for number in range(3)]
        with pytest.raises(OperationalError, match="waiting"):
            recorder.append([event("one too many", 1)])
    assert failed(*futures) == [False] * 3
    assert recorder.insert_events([event("later", 1)]) == [4]


def test_a_request_is_bounded(recorder: SqliteRecorder) -> None:
    most = [event("a", version) for version in range(1, group_commit.MAX_EVENTS + 1)]
    assert recorder.insert_events(most) == list(range(1, group_commit.MAX_EVENTS + 1))
    with pytest.raises(ProgrammingError, match="at most"):
        recorder.append([*most, event("a", len(most) + 1)])


@pytest.mark.parametrize(
    ("broken", "error"),
    [
        (event("b", 2**63, "t"), DataError),
        (event("b", 1, "\ud800"), DataError),
        (event("b", 1, None), IntegrityError),
        (event("b", 1, "t", None), IntegrityError),
        (event("b", 1, "t", object()), ProgrammingError),
    ],
    ids=["version", "topic", "no topic", "no state", "state"],
)
def test_a_value_that_cannot_be_stored_fails_only_its_own_request(
    recorder: SqliteRecorder, broken: object, error: type[Exception]
) -> None:
    with one_batch(recorder):
        before = recorder.append([event("a", 1)])
        odd = recorder.append([event("c", 1), broken])
        behind = recorder.append([event("a", 2)])
    assert isinstance(odd.exception(5), error)
    assert before.result(5) + behind.result(5) == [1, 2]


# --- decided on top of what is not committed yet ---


def test_what_was_decided_after_a_failure_fails_with_it_in_the_same_batch(recorder: SqliteRecorder) -> None:
    recorder.insert_events([event("a", 1)])
    with one_batch(recorder):
        stale = recorder.append([event("a", 1)])
        on_stale = recorder.append([event("b", 1)], after=[stale])
        on_that = recorder.append([event("c", 1)], after=[on_stale])
        fine = recorder.append([event("d", 1)])
        on_fine = recorder.append([event("e", 1)], after=[fine])
        on_both = recorder.append([event("f", 1)], after=[fine, stale])
    assert failed(stale, on_stale, on_that, fine, on_fine, on_both) == [True, True, True, False, False, True]
    assert all(isinstance(future.exception(), IntegrityError) for future in (on_stale, on_that, on_both))
    assert [originator for _, originator, _ in contents(recorder)] == [stream("a"), stream("d"), stream("e")]


def test_what_was_decided_after_a_failure_fails_in_a_later_batch_too(log: AnyRecorder) -> None:
    log.insert_events([event("a", 1)])
    stale = log.append([event("a", 1)])
    assert failed(stale) == [True]
    on_stale = log.append([event("b", 1)], after=[stale])
    on_that = log.append([], after=[on_stale])
    assert failed(on_stale, on_that) == [True, True]
    assert isinstance(on_that.exception(), IntegrityError)
    fine = log.append([event("a", 2)])
    assert log.append([event("b", 1)], after=[fine]).result(5) == [3]


def test_a_chain_across_the_bound_of_a_batch_is_exact(
    recorder: SqliteRecorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_commit, "MAX_BATCH", 4)
    with one_batch(recorder):
        chain = [recorder.append([event("a", 1)])]
        for number in range(12):
            version = 1 if number == 5 else 2  # the sixth link conflicts
            events = [event("a", 1)] if number == 5 else [event(f"s{number}", version - 1)]
            chain.append(recorder.append(events, after=chain[-1:]))
    assert failed(*chain) == [False] * 6 + [True] * 7


def test_nothing_is_built_on_a_future_of_somebody_else(recorder: SqliteRecorder) -> None:
    stranger: Future[list[int]] = Future()
    assert isinstance(recorder.append([event("a", 1)], after=[stranger]).exception(5), ProgrammingError)
    assert contents(recorder) == []


# --- decided on a stream that is only read ---


def test_what_was_decided_on_a_stream_that_went_on_is_refused(log: AnyRecorder) -> None:
    log.insert_events([event("trader", 1), event("trader", 2)])
    stale = log.append([event("a", 1)], unchanged=[(stream("trader"), 1)])
    assert isinstance(stale.exception(5), IntegrityError)
    assert log.append([event("a", 1)], unchanged=[(stream("trader"), 2), (stream("nobody"), 0)]).result(5) == [3]


def test_a_stream_that_goes_on_within_the_batch_is_seen(recorder: SqliteRecorder) -> None:
    recorder.insert_events([event("trader", 1)])
    with one_batch(recorder):
        before = recorder.append([event("a", 1)], unchanged=[(stream("trader"), 1)])
        refused = recorder.append([event("trader", 1)])
        still = recorder.append([event("b", 1)], unchanged=[(stream("trader"), 1)])
        change = recorder.append([event("trader", 2)])
        behind = recorder.append([event("c", 1)], unchanged=[(stream("trader"), 1)])
    assert failed(before, refused, still, change, behind) == [False, True, False, False, True]


# --- cancelled ---


def test_what_could_be_cancelled_was_not_written_nor_what_was_decided_after_it(recorder: SqliteRecorder) -> None:
    with one_batch(recorder):
        withdrawn = recorder.append([event("a", 1)])
        on_it = recorder.append([event("b", 1)], after=[withdrawn])
        other = recorder.append([event("c", 1)])
        assert withdrawn.cancel()
    assert isinstance(on_it.exception(5), IntegrityError)
    assert other.result(5) == [1]
    with pytest.raises(CancelledError):
        withdrawn.result(0)
    assert contents(recorder) == [(1, stream("c"), 1)]


def test_a_cancelled_task_does_not_disturb_the_writer(recorder: SqliteRecorder) -> None:
    async def give_up() -> None:
        with one_batch(recorder):
            awaited = asyncio.wrap_future(recorder.append([event("a", 1)]))
            awaited.cancel()
            await asyncio.sleep(0)  # the loop tells the writer's future in its next turn
            assert awaited.cancelled()

    asyncio.run(give_up())
    assert recorder.insert_events([event("a", 1)]) == [1]


# --- the file fails ---


def test_a_file_locked_by_another_process_fails_the_batch_in_bounded_time_and_the_writer_lives_on(path: Path) -> None:
    with opened(path, lock_timeout_s=0.2) as recorder:
        with locked(path):
            began = monotonic()
            first, second = recorder.append([event("a", 1)]), recorder.append([event("b", 1)])
            assert all(isinstance(future.exception(5), OperationalError) for future in (first, second))
            assert monotonic() - began < 3
            after = recorder.append([event("c", 1)], after=[first])
        assert isinstance(after.exception(5), IntegrityError)
        assert recorder.insert_events([event("a", 1)]) == [1]


def test_a_short_lock_of_another_process_is_waited_out(recorder: SqliteRecorder, path: Path) -> None:
    with locked(path):
        future = recorder.append([event("a", 1)])
        eventually(future.running)
    assert future.result(5) == [1]


def test_a_commit_of_another_process_shows_as_a_conflict(recorder: SqliteRecorder, path: Path) -> None:
    recorder.insert_events([event("a", 1)])
    with opened(path) as other:
        assert other.insert_events([event("a", 2)]) == [2]
    assert isinstance(recorder.append([event("a", 2)]).exception(5), IntegrityError)
    assert recorder.insert_events([event("a", 3)]) == [3]


class Disk:
    """What the next statements of the writer meet."""

    def __init__(self) -> None:
        self.errors: dict[str, list[BaseException | None]] = {}

    def fail_next_batch(self, statement: str, error: BaseException) -> None:
        """From within ``one_batch``, where the batch before has begun and is not committed."""
        self.errors[statement] = [None, error] if statement == "COMMIT" else [error]

    def connect(self, *args: object, **options: object) -> sqlite3.Connection:
        disk = self

        class Cursor(sqlite3.Cursor):
            def execute(self, statement: str, values: object = ()) -> sqlite3.Cursor:
                planned = disk.errors.get(statement.split()[0])
                if planned and (error := planned.pop(0)) is not None:
                    raise error
                return super().execute(statement, values)

        class Connection(sqlite3.Connection):
            def cursor(self) -> sqlite3.Cursor:  # type: ignore[override]
                return super().cursor(Cursor)

        return CONNECT(*args, factory=Connection, **options)


CONNECT = sqlite3.connect


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    disk = Disk()
    monkeypatch.setattr(sqlite3, "connect", disk.connect)
    return disk


@pytest.fixture
def on(disk: Disk, path: Path) -> Iterator[SqliteRecorder]:
    with opened(path) as recorder:
        yield recorder


@pytest.mark.parametrize("statement", ["BEGIN", "INSERT", "COMMIT"])
@pytest.mark.parametrize(
    "error", [sqlite3.OperationalError("disk I/O error"), sqlite3.DatabaseError("malformed"), MemoryError()]
)
def test_a_failure_of_the_file_fails_everybody_in_the_batch_and_the_writer_lives_on(
    on: SqliteRecorder, disk: Disk, statement: str, error: Exception
) -> None:
    on.insert_events([event("a", 1)])
    with one_batch(on):
        futures = [on.append([event("a", 2)]), on.append([event("b", 1)]), on.append([event("a", 1)])]
        on_it = on.append([event("c", 1)], after=futures[:1])
        disk.fail_next_batch(statement, error)
    assert failed(*futures, on_it) == [True] * 4
    assert len({id(future.exception()) for future in futures}) == 3  # shared errors would share a traceback
    assert contents(on) == [(1, stream("a"), 1)]
    assert on.insert_events([event("a", 2)]) == [2]


def test_a_full_disk_is_survived(path: Path) -> None:
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with opened(path) as recorder:
        recorder.insert_events([event("a", 1)])
        largest = path.with_name("log.db-wal").stat().st_size + 8_000
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest, hard))
        try:
            futures = [recorder.append([event(f"s{n}", 1, state=b"x" * 50_000)]) for n in range(3)]
            assert failed(*futures) == [True] * 3
            assert all(isinstance(future.exception(), OperationalError) for future in futures)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert contents(recorder) == [(1, stream("a"), 1)]
        assert recorder.insert_events([event("a", 2)]) == [2]


# --- the end of the writer ---


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("statement", ["BEGIN", "INSERT", "COMMIT"])
def test_an_unforeseen_error_leaves_nobody_waiting(on: SqliteRecorder, disk: Disk, statement: str) -> None:
    with one_batch(on):
        futures = [on.append([event("a", 1)]), on.append([event("b", 1)])]
        disk.fail_next_batch(statement, SystemError("a bug"))
    assert failed(*futures) == [True, True]
    eventually(lambda: not on._writer._thread.is_alive())
    with pytest.raises(OperationalError, match="died"):
        on.append([event("c", 1)])
    assert contents(on) == []


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_writer_that_cannot_even_roll_back_ends_loudly(on: SqliteRecorder, disk: Disk) -> None:
    with one_batch(on):
        future = on.append([event("a", 1)])
        disk.fail_next_batch("COMMIT", sqlite3.OperationalError("disk I/O error"))
        disk.fail_next_batch("ROLLBACK", sqlite3.OperationalError("disk I/O error"))
    assert failed(future) == [True]
    eventually(lambda: not on._writer._thread.is_alive())
    with pytest.raises(OperationalError, match="died"):
        on.append([event("a", 1)])


def test_closing_writes_what_is_queued(path: Path) -> None:
    with opened(path) as recorder:
        with one_batch(recorder):
            futures = [recorder.append([event(f"s{number}", 1)]) for number in range(300)]
            closing = threading.Thread(target=recorder.close)
            closing.start()
        closing.join(5)
        assert not closing.is_alive()
        assert failed(*futures) == [False] * 300


def test_closing_from_a_callback_does_not_wait_for_itself(recorder: SqliteRecorder) -> None:
    closed = threading.Event()

    def close(_: Future[list[int]]) -> None:
        recorder.close()
        closed.set()

    with one_batch(recorder):
        future = recorder.append([event("a", 1)])
        future.add_done_callback(close)
        behind = recorder.append([event("b", 1)])
    assert failed(future, behind) == [False, False]
    assert closed.wait(5)
    eventually(lambda: not recorder._writer._thread.is_alive())


def test_saving_from_a_callback_is_refused_rather_than_waited_for(recorder: SqliteRecorder) -> None:
    answers: list[BaseException | None] = []

    def save(_: Future[list[int]]) -> None:
        with pytest.raises(ProgrammingError) as caught:
            recorder.insert_events([event("b", 1)])
        answers.append(caught.value)

    with one_batch(recorder):
        recorder.append([event("a", 1)]).add_done_callback(save)
    eventually(lambda: answers)
    assert recorder.insert_events([event("b", 1)]) == [2]


def test_many_threads_at_once_lose_nothing(recorder: SqliteRecorder) -> None:
    def append(name: str) -> None:
        for version in range(1, 11):
            recorder.insert_events([event(name, version)])

    threads = [threading.Thread(target=append, args=[f"thread {number}"]) for number in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [number for number, _, _ in contents(recorder)] == list(range(1, 401))
