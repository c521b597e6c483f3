"""A log whose files are exchanged while it is open: it is noticed, and nothing more is written anywhere."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import pytest

from tastyflow.errors import StoreFailure
from tastyflow_adapters.config.log_address import LogAddress
from tastyflow_adapters.store.failures import LogTrouble, explain
from tests.store.kit import AnyRecorder, contents, event, opened, stream


def remove(path: Path) -> None:
    path.unlink()


def rename(path: Path) -> None:
    path.rename(path.with_name("elsewhere.db"))


def restore_a_backup(path: Path) -> None:
    shutil.copy(path, path.with_name("backup.db"))
    path.with_name("backup.db").replace(path)


def remove_the_wal(path: Path) -> None:
    path.with_name("log.db-wal").unlink()


def exchange_the_wal(path: Path) -> None:
    wal = path.with_name("log.db-wal")
    shutil.copy(wal, wal.with_name("copy"))
    wal.with_name("copy").replace(wal)


def remove_the_shm(path: Path) -> None:
    path.with_name("log.db-shm").unlink()


def move_the_home(path: Path) -> None:
    path.parent.rename(path.parent.with_name("moved"))


def exchange_the_home(path: Path) -> None:
    shutil.copytree(path.parent, path.parent.with_name("copy"))
    move_the_home(path)
    path.parent.with_name("copy").rename(path.parent)


EXCHANGES: list[Callable[[Path], None]] = [
    remove,
    rename,
    restore_a_backup,
    remove_the_wal,
    exchange_the_wal,
    remove_the_shm,
    move_the_home,
    exchange_the_home,
]


def test_an_open_log_is_the_one_at_its_address(log: AnyRecorder) -> None:
    log.insert_events([event("a", 1)])
    assert log.is_same()


@pytest.mark.parametrize("exchange", EXCHANGES, ids=lambda each: each.__name__)
def test_a_log_exchanged_while_it_is_open_is_not_the_same(path: Path, exchange: Callable[[Path], None]) -> None:
    with opened(path) as recorder:
        recorder.insert_events([event("a", 1)])
        exchange(path)
        assert not recorder.is_same()


@pytest.mark.parametrize("exchange", EXCHANGES, ids=lambda each: each.__name__)
def test_an_exchanged_log_takes_no_more_events(path: Path, exchange: Callable[[Path], None]) -> None:
    with opened(path) as recorder:
        recorder.insert_events([event("a", 1)])
        exchange(path)
        with pytest.raises(LogTrouble) as caught:
            recorder.insert_events([event("a", 2)])
        failure = explain(caught.value, LogAddress.file(path))
        assert type(failure) is StoreFailure
        assert failure.code == "log_exchanged"
        assert str(path) in failure.message


def test_readers_of_an_exchanged_log_do_not_open_the_other_one(path: Path) -> None:
    with opened(path) as recorder:
        recorder.insert_events([event("a", 1)])
        restore_a_backup(path)
        with pytest.raises(LogTrouble):
            recorder.read(stream("a"))


def test_a_log_that_comes_back_is_the_same_again(path: Path) -> None:
    with opened(path) as recorder:
        recorder.insert_events([event("a", 1)])
        path.rename(path.with_name("away"))
        path.with_name("away").rename(path)
        assert recorder.is_same()
        recorder.insert_events([event("a", 2)])
        assert len(contents(recorder)) == 2


def test_a_link_turned_to_another_log_is_an_exchange(path: Path, tmp_path: Path) -> None:
    with opened(path) as recorder:
        recorder.insert_events([event("a", 1)])
    shutil.copy(path, tmp_path / "other.db")
    link = tmp_path / "link.db"
    link.symlink_to(path)
    with opened(link) as recorder:
        assert recorder.is_same()
        link.unlink()
        link.symlink_to(tmp_path / "other.db")
        assert not recorder.is_same()


def test_other_processes_that_write_and_tidy_up_are_no_exchange(path: Path) -> None:
    with opened(path) as recorder:
        for version in range(1, 4):
            with opened(path) as other:
                other.insert_events([event("b", version)])
            recorder.insert_events([event("a", version)])
            assert recorder.is_same()


def test_asking_costs_microseconds(path: Path) -> None:
    with opened(path) as recorder:

        def cost(do: Callable[[], object]) -> float:
            began = perf_counter()
            for _ in range(200):
                do()
            return perf_counter() - began

        one_stat = min(cost(lambda: os.stat(path)) for _ in range(5))  # noqa: PTH116  measured as it is used
        assert min(cost(recorder.is_same) for _ in range(5)) < 20 * one_stat
