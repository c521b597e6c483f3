"""A log is verified where it stands, with its chain, by one process or by two: both say the same."""

import sqlite3
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing

import pytest

from tastyflow.application import audit
from tastyflow_adapters.cli.audit import in_two
from tastyflow_adapters.config.log_address import LogAddress
from tastyflow_adapters.store.log import open_log


@pytest.fixture
def address(home):
    return LogAddress.file(home / "fake" / "log.db")


@pytest.fixture
def tampered(address):
    """Changes the log with SQL, with the guards put away and back."""

    def run(*statements):
        with closing(sqlite3.connect(address.path)) as connection:
            guards = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
            for name, _ in guards:
                connection.execute(f"DROP TRIGGER {name}")
            for statement in (*statements, *(sql for _, sql in guards)):
                connection.execute(statement)
            connection.commit()

    return run


def verified(address):
    with closing(open_log(address, read_only=True)) as ledger:
        return in_two.verified(address, ledger, audit.unwatched)


def replayed(address):
    with closing(open_log(address, read_only=True)) as ledger:
        return in_two.replayed(address, ledger, audit.unwatched)


def test_a_clean_log_is_clean_with_its_chain(address, rows):
    report = verified(address)
    assert report.is_clean
    assert report.asked["chain"] == report.events > 0


CHANGES = (
    "UPDATE stored_events SET state = CAST(replace(state, '\"actor\":', '\"actor\": ') AS BLOB) WHERE rowid = 30",
    "DELETE FROM stored_events WHERE rowid > (SELECT max(rowid) - 3 FROM stored_events)",
    "DELETE FROM stored_events WHERE rowid = 30",
    "UPDATE chain SET head = zeroblob(32) WHERE position = 30",
    "UPDATE stored_events SET originator_id = upper(originator_id) WHERE rowid = 30",
    "UPDATE stored_events SET originator_id = 'no id' WHERE rowid = 30",
)


@pytest.mark.parametrize("change", CHANGES)
def test_two_processes_find_what_one_finds(address, tampered, change, monkeypatch):
    tampered(change)
    alone, replayed_alone = verified(address), replayed(address)
    assert not alone.is_clean
    assert {"chain", "stored", "sequence"} & {finding.rule for finding in alone.findings}
    monkeypatch.setattr(in_two, "LONG", 1)
    if change is CHANGES[0]:  # starting one takes a second
        assert verified(address) == alone
        assert replayed(address) == replayed_alone
    monkeypatch.setattr(in_two, "ProcessPoolExecutor", _NoProcess)
    assert verified(address) == alone
    assert replayed(address) == replayed_alone


def test_the_two_halves_of_a_replay_are_the_whole(house, rows):
    whole = audit.compared(house.ledger, until=len(rows))
    halves = [audit.compared(house.ledger, until=len(rows), half=half) for half in (0, 1)]
    assert halves[0].with_other(halves[1]) == whole
    assert all(half.events for half in halves)
    assert not whole.found


class _NoProcess:
    """A second process that cannot be had."""

    def __init__(self, *_args, **_kwargs):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def submit(self, *_args):
        future = Future()
        future.set_exception(BrokenProcessPool("it ended"))
        return future
