"""Opening a log, and every way in which that fails, in people's words."""

import errno
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

import pytest
from eventsourcing.persistence import IntegrityError, OperationalError

from tastyflow.application.ledger.ledger import Ledger
from tastyflow.errors import Conflict, StoreFailure
from tastyflow_adapters.config.log_address import LogAddress
from tastyflow_adapters.store import sqlite_file
from tastyflow_adapters.store.failures import WORDS, LogTrouble, explain
from tastyflow_adapters.store.log import check_log, open_log
from tastyflow_adapters.store.sqlite import SqliteRecorder, environment
from tastyflow_adapters.store.sqlite_schema import recognise
from tests.store.kit import by_hand, contents, event, locked, opened, python, snapshot

NOBODY = 65534


@pytest.fixture
def log(path: Path) -> Path:
    """A log with one event, that nobody has open."""
    with opened(path) as recorder:
        recorder.insert_events([event("a", 1)])
    return path


@pytest.fixture
def shared(log: Path) -> Iterator[Path]:
    """The same log in a folder that any user may enter."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    try:
        shutil.copy(log, folder / "log.db")
        (folder / "log.db").chmod(0o644)
        yield folder / "log.db"
    finally:
        shutil.rmtree(folder)


@contextmanager
def unprivileged() -> Iterator[None]:
    """Root may write anything, so root becomes nobody for a while."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def refusal(path: Path, *, read_only: bool = False) -> StoreFailure:
    began = monotonic()
    with pytest.raises(StoreFailure) as caught:
        open_log(LogAddress.file(path), read_only=read_only, lock_timeout_s=0.2).close()
    assert monotonic() - began < 3
    failure = caught.value
    assert str(path) in failure.message
    assert failure.message.endswith(".")
    return failure


# --- what can be opened ---


def test_a_log_is_made_with_its_folder_where_there_is_none(path: Path) -> None:
    with open_log(LogAddress.file(path)) as ledger:
        assert isinstance(ledger.recorder, SqliteRecorder)
        ledger.recorder.insert_events([event("a", 1)])
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert [file.name for file in path.parent.iterdir()] == ["log.db"]


def test_an_empty_file_becomes_a_log(path: Path) -> None:
    path.parent.mkdir()
    path.touch()
    open_log(LogAddress.file(path)).close()
    check_log(LogAddress.file(path))


def test_a_log_may_have_any_name(tmp_path: Path) -> None:
    for name in ("with space?mode=ro#x%41.db", ":memory:", "ö–√.db"):
        with opened(tmp_path / name) as recorder:
            recorder.insert_events([event("a", 1)])
        with opened(tmp_path / name, read_only=True) as recorder:
            assert recorder.max_notification_id() == 1
        assert (tmp_path / name).is_file()


def test_a_relative_path_is_not_moved_by_a_change_of_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    env = environment("log.db")
    monkeypatch.chdir("/")
    with Ledger(env=env) as ledger:
        ledger.recorder.insert_events([event("a", 1)])
    assert (tmp_path / "log.db").exists()


def test_a_link_leads_to_the_log_and_to_what_lies_beside_it(log: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.db"
    link.symlink_to(log)
    with opened(link) as recorder:
        recorder.insert_events([event("a", 2)])
        with opened(link, read_only=True) as reader:
            assert reader.max_notification_id() == 2


# --- reading only ---


def test_reading_changes_nothing_in_the_folder(log: Path) -> None:
    before = snapshot(log.parent)
    with open_log(LogAddress.file(log), read_only=True) as ledger:
        assert contents(ledger.recorder) != []
        assert ledger.log.select(["happened@1"]) != []
    check_log(LogAddress.file(log))
    assert snapshot(log.parent) == before


def test_a_reader_records_nothing(log: Path) -> None:
    with open_log(LogAddress.file(log), read_only=True) as ledger:
        with pytest.raises(OperationalError) as caught:
            ledger.recorder.insert_events([event("b", 1)])
        assert explain(caught.value, LogAddress.file(log)).code == "store_read_only"


def test_a_log_that_may_only_be_read_can_be_read(shared: Path) -> None:
    shared.chmod(0o444)
    shared.parent.chmod(0o555)
    with unprivileged():
        with open_log(LogAddress.file(shared), read_only=True) as ledger:
            assert ledger.recorder.max_notification_id() == 1
        check_log(LogAddress.file(shared))
        assert refusal(shared).code == "store_read_only"


def test_a_reader_sees_what_a_writer_in_another_connection_commits(log: Path) -> None:
    with open_log(LogAddress.file(log), read_only=True) as reader:
        assert reader.recorder.max_notification_id() == 1
        with opened(log) as recorder:
            recorder.insert_events([event("a", 2)])
            assert reader.recorder.max_notification_id() == 2
        assert reader.recorder.max_notification_id() == 2
        with opened(log) as recorder:
            recorder.insert_events([event("a", 3)])
        assert reader.recorder.max_notification_id() == 3


def test_what_was_read_while_the_file_changed_is_void(log: Path) -> None:
    with opened(log, read_only=True) as reader:

        def read_slowly() -> None:
            with reader.datastore.transaction(commit=False) as cursor:
                cursor.execute("SELECT count(*) FROM stored_events")
                with opened(log) as recorder:
                    recorder.insert_events([event("a", 2)])

        with pytest.raises(OperationalError) as caught:
            read_slowly()
        assert explain(caught.value, LogAddress.file(log)).code == "store_locked"
        assert reader.max_notification_id() == 2


def test_what_looks_damaged_because_it_is_being_written_is_not_called_so(log: Path) -> None:
    def misread() -> None:
        with opened(log, read_only=True) as reader, reader.datastore.transaction(commit=False):
            os.utime(log)
            raise sqlite3.DatabaseError("database disk image is malformed")

    with pytest.raises(OperationalError) as caught:
        misread()
    assert explain(caught.value, LogAddress.file(log)).code == "store_locked"


def test_a_log_that_is_just_being_made_is_looked_at_again(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[bool] = []

    def half_done(connection: sqlite3.Connection) -> bool:
        if len(looks) < 3:
            looks.append(os.utime(log) is None)
            raise LogTrouble("store_foreign", "half of it is there")
        return recognise(connection)

    monkeypatch.setattr(sqlite_file, "recognise", half_done)
    with opened(log, read_only=True) as reader:
        assert reader.max_notification_id() == 1
    assert len(looks) == 3


def test_a_log_whose_writer_was_killed_can_be_read(log: Path) -> None:
    kill = "import os, sys; from pathlib import Path; from tests.store.kit import event, opened\n"
    kill += "with opened(Path(sys.argv[1])) as r: r.insert_events([event('a', 2)]); os._exit(9)"
    with python(kill, log) as process:
        assert process.wait(30) == 9
    assert log.with_name("log.db-wal").stat().st_size > 0
    before = log.read_bytes()
    with opened(log, read_only=True) as reader:
        assert reader.max_notification_id() == 2
    check_log(LogAddress.file(log))
    assert log.read_bytes() == before


def test_a_log_with_work_left_in_its_wal_file_says_why_it_cannot_be_read_there(shared: Path) -> None:
    shared.with_name("log.db-wal").write_bytes(b"left by a writer that was killed")
    shared.parent.chmod(0o555)
    with unprivileged():
        failure = refusal(shared, read_only=True)
    assert failure.code == "store_unreadable"
    assert "-wal" in failure.message


# --- what cannot be opened ---


def test_a_missing_log_is_not_made_by_reading(path: Path) -> None:
    assert refusal(path, read_only=True).code == "store_unreadable"
    with pytest.raises(StoreFailure, match="No such file"):
        check_log(LogAddress.file(path))
    assert not path.parent.exists()


def test_an_empty_file_is_no_log_to_read(tmp_path: Path) -> None:
    (tmp_path / "log.db").touch()
    assert refusal(tmp_path / "log.db", read_only=True).code == "store_unreadable"
    with pytest.raises(StoreFailure, match="empty"):
        check_log(LogAddress.file(tmp_path / "log.db"))


def test_a_file_that_may_not_be_written_is_read_only(shared: Path) -> None:
    with unprivileged():
        assert refusal(shared).code == "store_read_only"
    assert [file.name for file in shared.parent.iterdir()] == ["log.db"]


def test_a_file_that_may_not_be_written_is_read_only_in_a_folder_that_may(shared: Path) -> None:
    shared.parent.chmod(0o777)
    with unprivileged():
        assert refusal(shared).code == "store_read_only"


def test_a_folder_that_may_not_be_written_makes_its_log_read_only(shared: Path) -> None:
    shared.chmod(0o666)
    shared.parent.chmod(0o555)
    with unprivileged():
        assert refusal(shared).code == "store_read_only"


def test_a_file_that_may_not_be_read_is_unreadable(shared: Path) -> None:
    shared.chmod(0)
    with unprivileged():
        assert refusal(shared).code == "store_unreadable"
        assert refusal(shared, read_only=True).code == "store_unreadable"


def test_a_home_that_may_not_be_written_is_unreadable(shared: Path) -> None:
    shared.parent.chmod(0o555)
    with unprivileged():
        assert refusal(shared.with_name("new.db")).code == "store_unreadable"
        assert refusal(shared.parent / "home" / "new.db").code == "store_unreadable"


def test_a_home_that_is_a_file_is_unreadable(log: Path) -> None:
    assert refusal(log / "log.db").code == "store_unreadable"
    assert refusal(log / "log.db", read_only=True).code == "store_unreadable"


def test_a_folder_in_place_of_the_file_is_unreadable(path: Path) -> None:
    path.mkdir(parents=True)
    for read_only in (False, True):
        assert refusal(path, read_only=read_only).code == "store_unreadable"


@pytest.mark.parametrize("read_only", [False, True])
def test_garbage_is_corrupt_and_left_alone(path: Path, read_only: bool) -> None:
    path.parent.mkdir()
    path.write_bytes(b"these bytes are no database at all, " * 500)
    before = snapshot(path.parent)
    failure = refusal(path, read_only=read_only)
    assert failure.code == "store_corrupt"
    assert "backup" in failure.hint
    assert snapshot(path.parent) == before


@pytest.mark.parametrize("read_only", [False, True])
def test_a_torn_log_is_corrupt(log: Path, read_only: bool) -> None:
    with log.open("r+b") as file:
        file.seek(100)
        file.write(os.urandom(4000))
    assert refusal(log, read_only=read_only).code == "store_corrupt"


def test_damage_deep_inside_is_found_by_a_check(path: Path) -> None:
    with opened(path) as recorder:
        recorder.insert_events([event("a", version, state=b"x" * 1000) for version in range(1, 500)])
    check_log(LogAddress.file(path))
    with path.open("r+b") as file:
        file.seek(30 * 4096)
        file.write(bytes(4096))
    with pytest.raises(StoreFailure) as caught:
        check_log(LogAddress.file(path))
    assert caught.value.code == "store_corrupt"


FOREIGN = {
    "a table of its own": "CREATE TABLE bookmarks (url TEXT)",
    "its own stamp": "PRAGMA application_id = 77",
    "its own version": "PRAGMA user_version = 3",
    "the library's own log": "CREATE TABLE stored_events (originator_id TEXT, originator_version INTEGER, topic TEXT, "
    "state BLOB, PRIMARY KEY (originator_id, originator_version))",
    "a wal": "PRAGMA journal_mode = WAL; CREATE TABLE bookmarks (url TEXT)",
}


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize("script", FOREIGN.values(), ids=FOREIGN)
def test_another_programs_database_is_foreign_and_left_alone(path: Path, script: str, read_only: bool) -> None:
    path.parent.mkdir()
    with by_hand(path) as hand:
        hand.executescript(script)
    before = snapshot(path.parent)
    assert refusal(path, read_only=read_only).code == "store_foreign"
    assert snapshot(path.parent) == before


def test_a_log_of_a_newer_version_is_foreign_and_says_so(log: Path) -> None:
    with by_hand(log) as hand:
        hand.execute("PRAGMA user_version = 3")
    failure = refusal(log)
    assert failure.code == "store_foreign"
    assert "a newer version wrote it" in failure.message


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize("guard", ["never_changed", "never_deleted", "follow_one_another", "leave_no_gap"])
def test_a_log_without_a_guard_is_not_trusted(log: Path, guard: str, read_only: bool) -> None:
    with by_hand(log) as hand:
        (name,) = hand.execute("SELECT name FROM sqlite_master WHERE name LIKE ?", [f"%{guard}"]).fetchone()
        hand.execute(f"DROP TRIGGER {name}")
    failure = refusal(log, read_only=read_only)
    assert failure.code == "store_corrupt"
    assert name in failure.message


def test_a_file_held_by_another_program_is_locked(log: Path) -> None:
    with locked(log, "EXCLUSIVE"):
        assert refusal(log).code == "store_locked"
    open_log(LogAddress.file(log)).close()


def test_a_file_held_for_one_program_alone_is_locked(log: Path) -> None:
    with by_hand(log) as hand:
        hand.execute("PRAGMA locking_mode = EXCLUSIVE")
        hand.execute("BEGIN EXCLUSIVE")
        assert refusal(log).code == "store_locked"
        assert refusal(log, read_only=True).code == "store_locked"
        hand.execute("ROLLBACK")


def test_a_new_file_held_by_another_program_is_locked(path: Path) -> None:
    path.parent.mkdir()
    path.touch()
    with locked(path, "EXCLUSIVE"):
        assert refusal(path).code == "store_locked"


def test_a_log_whose_commits_would_not_last_is_not_opened(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Careless(sqlite3.Connection):
        def execute(self, statement: str, *values: object) -> sqlite3.Cursor:
            return super().execute(statement.replace("synchronous = FULL", "synchronous = NORMAL"), *values)

    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *a, **options: connect(*a, factory=Careless, **options))
    failure = refusal(log)
    assert failure.code == "store_failure"
    assert "power cut" in failure.message


def test_a_full_disk_is_full(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(sqlite_file, "_create", no_room)
    assert refusal(path).code == "store_full"


# --- in people's words ---


def from_sqlite(name: str) -> BaseException:
    """As the writer and the library hand them on: their error, and sqlite's as its cause."""
    cause = sqlite3.OperationalError("what sqlite says")
    cause.sqlite_errorcode = getattr(sqlite3, name)
    error = OperationalError(cause)
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (from_sqlite("SQLITE_READONLY"), "store_read_only"),
        (from_sqlite("SQLITE_READONLY_DBMOVED"), "store_read_only"),
        (from_sqlite("SQLITE_CORRUPT"), "store_corrupt"),
        (from_sqlite("SQLITE_NOTADB"), "store_corrupt"),
        (from_sqlite("SQLITE_BUSY"), "store_locked"),
        (from_sqlite("SQLITE_BUSY_SNAPSHOT"), "store_locked"),
        (from_sqlite("SQLITE_LOCKED"), "store_locked"),
        (from_sqlite("SQLITE_FULL"), "store_full"),
        (from_sqlite("SQLITE_CANTOPEN"), "store_unreadable"),
        (from_sqlite("SQLITE_IOERR_FSYNC"), "store_failure"),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), "store_full"),
        (PermissionError(errno.EACCES, "Permission denied"), "store_unreadable"),
        (OSError(errno.EROFS, "Read-only file system"), "store_unreadable"),
        (OperationalError("something"), "store_failure"),
        (RuntimeError(), "store_failure"),
        (IntegrityError("taken"), "conflict"),
        (sqlite3.IntegrityError("taken"), "conflict"),
    ],
    ids=repr,
)
def test_every_error_has_a_code_and_words(error: BaseException, code: str, tmp_path: Path) -> None:
    failure = explain(error, LogAddress.file(tmp_path / "log.db"))
    assert failure.code == code
    assert isinstance(failure, Conflict) == (code == "conflict")
    assert str(tmp_path / "log.db") in failure.message
    assert "{" not in failure.message
    assert failure.hint or code == "store_failure"


def test_what_cannot_be_opened_but_could_be_read_is_read_only(shared: Path) -> None:
    # So on a file system that is mounted read-only, where SQLite cannot make its -wal file.
    with unprivileged():
        assert explain(from_sqlite("SQLITE_CANTOPEN"), LogAddress.file(shared)).code == "store_read_only"


def test_what_was_explained_stays_as_it_is(path: Path) -> None:
    failure = StoreFailure("The log is away.", code="store_unreadable")
    assert explain(failure, LogAddress.file(path)) is failure


def test_every_code_says_what_to_do() -> None:
    assert all(hint for code, (_, hint) in WORDS.items() if code != "store_failure")
