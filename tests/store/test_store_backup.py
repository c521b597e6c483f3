"""A backup is whole or is none, and a log that was put back is in doubt until a person accepts it."""

import json
from contextlib import closing
from pathlib import Path

import pytest

from tastyflow.application.reconciling.head import doubt_about, head_of
from tastyflow.domain.chain import ChainHead, leaf_of, linked
from tastyflow.errors import StoreFailure
from tastyflow.ports import LogHead
from tastyflow_adapters.config.log_address import LogAddress
from tastyflow_adapters.store import backup as backing
from tastyflow_adapters.store import whole_file
from tastyflow_adapters.store.backup import backed_up, restored, sidecar_of, verified
from tastyflow_adapters.store.head_file import HeadFile
from tastyflow_adapters.store.log import open_log
from tastyflow_adapters.store.sqlite_chain import chain_start_of
from tests.store.kit import by_hand, contents, event, opened, python, stream, without_guards

FORMAT_1 = Path(__file__).with_name("format_1.sql")
EVENTS = 12


@pytest.fixture
def log(path: Path) -> Path:
    with opened(path) as recorder:
        for version in range(1, EVENTS + 1):
            recorder.insert_events([event("order", version, state=b'{"price":"2.10"}')])
    return path


@pytest.fixture
def copy(log: Path, tmp_path: Path) -> Path:
    backed_up(LogAddress.file(log), tmp_path / "copy.db")
    return tmp_path / "copy.db"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Another home, without a log."""
    return tmp_path / "other" / "fake"


def put_back(copy: Path, home: Path) -> LogHead:
    home.mkdir(parents=True, exist_ok=True)
    return restored(copy, LogAddress.file(home / "log.db"), HeadFile(home / "head.json"))


def doubt_in(home: Path) -> str | None:
    with closing(open_log(LogAddress.file(home / "log.db"), read_only=True)) as ledger:
        return doubt_about(ledger, HeadFile(home / "head.json").read())


def test_a_backup_has_every_event_and_its_head_beside_it(log: Path, copy: Path) -> None:
    with opened(log, read_only=True) as source, opened(copy, read_only=True) as there:
        assert contents(there) == contents(source)
        assert there.chain_start() == source.chain_start()
        end = there.chain_head()
        kept = HeadFile(sidecar_of(copy)).read()
        assert kept == LogHead(source.chain_start().log.hex, EVENTS, source.chain_head().head.hex())
    assert end.position == EVENTS
    assert sorted(each.name for each in copy.parent.glob("copy.db*")) == ["copy.db", "copy.db.head.json"]
    assert copy.stat().st_mode & 0o777 == 0o600


def test_a_backup_beside_a_writer_is_a_whole_beginning_of_the_log(log: Path, tmp_path: Path) -> None:
    writing = """
import sys
from pathlib import Path
from tests.store.kit import event, opened
with opened(Path(sys.argv[1])) as recorder:
    print("ready", flush=True)
    for version in range(1, 100_000):
        recorder.insert_events([event("other", version)])
"""
    with python(writing, log) as process:
        assert process.stdout.readline() == "ready\n"
        positions = [backed_up(LogAddress.file(log), tmp_path / f"copy-{each}.db").position for each in range(4)]
    assert positions == sorted(positions)
    assert positions[-1] > EVENTS
    for each in range(4):
        with opened(log) as source, opened(tmp_path / f"copy-{each}.db", read_only=True) as there:
            end = there.end()
            assert there.chained_rows(after=0, limit=-1) == source.chained_rows(after=0, limit=-1, until=end)


@pytest.mark.parametrize("there", ["copy.db", "copy.db-wal"])
def test_nothing_is_written_over(log: Path, tmp_path: Path, there: str) -> None:
    (tmp_path / there).write_text("mine")
    with pytest.raises(StoreFailure) as failure:
        backed_up(LogAddress.file(log), tmp_path / "copy.db")
    assert failure.value.code == "file_exists"
    assert (tmp_path / there).read_text() == "mine"


def test_a_file_that_comes_while_a_backup_is_made_stays(log: Path, tmp_path: Path, monkeypatch) -> None:
    def late(path: Path) -> LogHead:
        (tmp_path / "copy.db").write_text("mine")
        return verified(path)

    monkeypatch.setattr(backing, "verified", late)
    with pytest.raises(StoreFailure) as failure:
        backed_up(LogAddress.file(log), tmp_path / "copy.db")
    assert failure.value.code == "file_exists"
    assert (tmp_path / "copy.db").read_text() == "mine"


def test_a_disk_without_links_takes_a_backup_too(log: Path, tmp_path: Path, monkeypatch) -> None:
    def refused(_path: Path, _target: Path) -> None:
        raise PermissionError("no links here")

    monkeypatch.setattr(Path, "hardlink_to", refused)
    assert backed_up(LogAddress.file(log), tmp_path / "copy.db").position == EVENTS
    assert verified(tmp_path / "copy.db").position == EVENTS


@pytest.mark.parametrize(
    ("module", "step"),
    [(backing, "_copy"), (backing, "verified"), (HeadFile, "keep"), (whole_file, "_sync"), (whole_file, "_name")],
)
def test_a_backup_that_is_ended_in_the_middle_is_none(log: Path, tmp_path: Path, monkeypatch, module, step) -> None:
    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, step, dies)
    with pytest.raises(KeyboardInterrupt):
        backed_up(LogAddress.file(log), tmp_path / "copy.db")
    assert not list(tmp_path.glob("copy.db*.new*"))
    assert not (tmp_path / "copy.db").exists()
    monkeypatch.undo()
    assert backed_up(LogAddress.file(log), tmp_path / "copy.db").position == EVENTS


def test_a_process_that_is_killed_leaves_a_file_that_is_no_backup(log: Path, tmp_path: Path) -> None:
    killed = """
import os, sys
from pathlib import Path
from tastyflow_adapters.config.log_address import LogAddress
from tastyflow_adapters.store import backup
backup.verified = lambda new: os._exit(9)
backup.backed_up(LogAddress.file(Path(sys.argv[1])), Path(sys.argv[2]))
"""
    with python(killed, log, tmp_path / "copy.db") as process:
        assert process.wait(20) == 9
    (left,) = tmp_path.glob("copy.db*")
    assert left.suffix == ".new"
    assert backed_up(LogAddress.file(log), tmp_path / "copy.db").position == EVENTS


def test_a_log_of_format_1_is_no_backup_yet(path: Path, tmp_path: Path) -> None:
    path.parent.mkdir()
    with by_hand(path) as hand:
        hand.executescript(FORMAT_1.read_text("utf-8"))
    with pytest.raises(StoreFailure) as failure:
        backed_up(LogAddress.file(path), tmp_path / "copy.db")
    assert failure.value.code == "not_chained"
    assert not (tmp_path / "copy.db").exists()


def test_a_log_whose_chain_does_not_fit_is_not_backed_up(log: Path, tmp_path: Path) -> None:
    with by_hand(log) as hand:
        guards = without_guards(hand)
        hand.execute("""UPDATE stored_events SET state = CAST('{"price":"2.20"}' AS BLOB) WHERE rowid = 5""")
        for guard in guards:
            hand.execute(guard)
    with pytest.raises(StoreFailure, match="event 5"):
        backed_up(LogAddress.file(log), tmp_path / "copy.db")
    assert not (tmp_path / "copy.db").exists()


# ── putting it back ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_log_that_was_put_back_is_in_doubt(copy: Path, home: Path) -> None:
    head = put_back(copy, home)
    assert verified(home / "log.db") == head
    assert f"put back from a copy that ends with event {EVENTS}" in doubt_in(home)
    assert json.loads((home / "head.json").read_text())["was_restored"] is True


def test_it_is_in_no_doubt_once_its_head_was_kept_anew(copy: Path, home: Path) -> None:
    put_back(copy, home)
    with closing(open_log(LogAddress.file(home / "log.db"))) as ledger:
        HeadFile(home / "head.json").keep(head_of(ledger))
    assert doubt_in(home) is None


def test_a_head_that_says_that_the_log_had_come_further_stays(log: Path, copy: Path, home: Path) -> None:
    with opened(log) as recorder:
        recorder.insert_events([event("order", EVENTS + 1)])
    home.mkdir(parents=True)
    later = LogHead(verified(log).log, EVENTS + 1, verified(log).last)
    HeadFile(home / "head.json").keep(later)
    put_back(copy, home)
    assert HeadFile(home / "head.json").read() == later
    assert f"ends at event {EVENTS}, and it had {EVENTS + 1}" in doubt_in(home)


def test_a_log_that_is_there_is_not_written_over(log: Path, copy: Path) -> None:
    before = log.read_bytes()
    with pytest.raises(StoreFailure) as failure:
        restored(copy, LogAddress.file(log), HeadFile(log.parent / "head.json"))
    assert failure.value.code == "file_exists"
    assert log.read_bytes() == before
    assert not (log.parent / "head.json").exists()


def test_a_copy_without_its_head_is_no_backup(copy: Path, home: Path) -> None:
    sidecar_of(copy).unlink()
    with pytest.raises(StoreFailure) as failure:
        put_back(copy, home)
    assert failure.value.code == "not_a_backup"
    assert not (home / "log.db").exists()


@pytest.mark.parametrize("cut", range(1, EVENTS + 1))
def test_a_backup_that_was_cut_with_its_chain_does_not_fit_its_head(copy: Path, home: Path, cut: int) -> None:
    with by_hand(copy) as hand:
        guards = without_guards(hand)
        hand.execute("DELETE FROM stored_events WHERE rowid >= ?", [cut])
        hand.execute("DELETE FROM chain WHERE position >= ?", [cut])
        hand.execute("UPDATE sqlite_sequence SET seq = ?", [cut - 1])
        for guard in guards:
            hand.execute(guard)
    with pytest.raises(StoreFailure):
        put_back(copy, home)
    assert not (home / "log.db").exists()


def test_a_backup_that_was_written_anew_does_not_fit_its_head(copy: Path, home: Path) -> None:
    with by_hand(copy) as hand:
        guards = without_guards(hand)
        hand.execute("UPDATE stored_events SET state = CAST('{}' AS BLOB) WHERE rowid = 3")
        head = ChainHead(0, chain_start_of(hand).head).head
        for position, version, topic, state in hand.execute(
            "SELECT rowid, originator_version, topic, state FROM stored_events ORDER BY rowid"
        ).fetchall():
            head = linked(head, leaf_of(position, stream("order"), version, topic, state))
            hand.execute("UPDATE chain SET head = ? WHERE position = ?", [head, position])
        for guard in guards:
            hand.execute(guard)
    assert verified(copy).position == EVENTS
    with pytest.raises(StoreFailure, match="another head"):
        put_back(copy, home)
    assert not (home / "log.db").exists()


def test_a_restore_that_is_ended_before_the_log_stands_can_be_repeated(copy: Path, home: Path, monkeypatch) -> None:
    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(whole_file, "_name", dies)
    with pytest.raises(KeyboardInterrupt):
        put_back(copy, home)
    assert [each.name for each in home.iterdir()] == ["head.json"]
    monkeypatch.undo()
    put_back(copy, home)
    assert doubt_in(home)
