"""A log of format 1 is chained once, when it is first opened for writing: all or none of it, and no event changes."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tastyflow.application.audit import check_chain, log_of, sealed_rows, verify
from tastyflow.domain.chain import ChainHead
from tastyflow_adapters.config.log_address import LogAddress
from tastyflow_adapters.store.failures import LogTrouble
from tastyflow_adapters.store.log import check_log, open_log
from tastyflow_adapters.store.sqlite_schema import UNCHAINED, USER_VERSION
from tests.store.kit import AnyRecorder, by_hand, event, go, opened, python, snapshot, without_guard

FORMAT_1 = Path(__file__).with_name("format_1.sql").read_text("utf-8")
EVENTS = 7


@pytest.fixture
def old(path: Path) -> Path:
    """A log that the last version of format 1 wrote."""
    path.parent.mkdir()
    with by_hand(path) as hand:
        hand.executescript(FORMAT_1)
    return path


def stamp(path: Path) -> int:
    with by_hand(path) as hand:
        return hand.execute("PRAGMA user_version").fetchone()[0]


def stored(path: Path) -> list[tuple[object, ...]]:
    with by_hand(path) as hand:
        return hand.execute("SELECT * FROM stored_events").fetchall()


def is_whole(log: AnyRecorder) -> bool:
    return check_chain(sealed_rows(log), ChainHead(0, log.chain_start().head), end=log.chain_head()).is_whole


def test_reading_leaves_a_log_of_format_1_as_it_is_and_says_that_it_is_not_chained(old: Path) -> None:
    before = snapshot(old.parent)
    with opened(old, read_only=True) as reader:
        assert reader.chain_start() is reader.chain_head() is None
        rows = reader.chained_rows(after=2, limit=3)
        assert [row[0] for row in rows] == [3, 4, 5]
        assert [row[:-1] for row in rows] == stored(old)[2:5]
        assert {row[-1] for row in rows} == {None}
    check_log(LogAddress.file(old))
    assert snapshot(old.parent) == before


def test_the_first_opening_for_writing_chains_it_and_says_up_to_where_it_was_not(old: Path) -> None:
    before = stored(old)
    with opened(old) as recorder:
        start = recorder.chain_start()
        assert (start.until, recorder.chain_head().position) == (EVENTS, EVENTS)
        assert is_whole(recorder)
        assert recorder.insert_events([event("new", 1)]) == [EVENTS + 1]
        assert is_whole(recorder)
    assert stamp(old) == USER_VERSION
    assert stored(old)[:EVENTS] == before
    with opened(old) as recorder:
        assert recorder.chain_start() == start
    with closing(open_log(LogAddress.file(old), read_only=True)) as ledger:
        assert verify(log_of(ledger, until=EVENTS)).is_clean


def test_many_processes_that_open_it_at_once_chain_it_once(old: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from tests.store.kit import event, opened\n"
        "print('ready', flush=True); sys.stdin.readline()\n"
        "with opened(Path(sys.argv[1])) as r: r.insert_events([event(sys.argv[2], 1)]); print(r.chain_start().log)"
    )
    with python(script, old, "a") as a, python(script, old, "b") as b, python(script, old, "c") as c:
        go(a, b, c)
        names = {each.communicate(timeout=30)[0].strip() for each in (a, b, c)}
    assert len(names) == 1
    with opened(old) as recorder:
        assert {str(recorder.chain_start().log)} == names
        assert (recorder.chain_start().until, recorder.end()) == (EVENTS, EVENTS + 3)
        assert is_whole(recorder)


@pytest.mark.parametrize("nth", [1, 4, EVENTS])
def test_a_process_killed_while_it_chains_leaves_a_log_of_format_1(old: Path, nth: int) -> None:
    script = (
        "import os, sys; from pathlib import Path\n"
        "from tastyflow_adapters.store import sqlite_chain\n"
        "from tests.store.kit import opened\n"
        "after, left = sqlite_chain._head_after, int(sys.argv[2])\n"
        "def dies(before, row):\n"
        "    if row[0] == left: os._exit(9)\n"
        "    return after(before, row)\n"
        "sqlite_chain._head_after = dies\n"
        "with opened(Path(sys.argv[1])): pass"
    )
    with python(script, old, nth) as process:
        assert process.wait(30) == 9
    assert stamp(old) == UNCHAINED
    with opened(old) as recorder:
        assert recorder.chain_start().until == EVENTS
        assert is_whole(recorder)


FORGED = {
    "event 3 is missing": "DELETE FROM stored_events WHERE rowid = 3",
    "event 4 is stored as no event is": "UPDATE stored_events SET originator_version = 'x' WHERE rowid = 4",
    "event 5 is stored as no event is": "UPDATE stored_events SET state = 'text' WHERE rowid = 5",
}


@pytest.mark.parametrize(("why", "statement"), FORGED.items())
def test_a_log_that_lost_events_before_it_was_chained_is_not_chained_over_that(
    old: Path, why: str, statement: str
) -> None:
    with by_hand(old) as hand:
        names = ("stored_events_are_never_changed", "stored_events_are_never_deleted")
        guards = [without_guard(hand, name) for name in names]
        for each in (statement, *guards):
            hand.execute(each)
    for _ in range(2):
        with pytest.raises(LogTrouble, match=why) as caught, opened(old):
            pass
        assert caught.value.code == "chain_broken"
    assert stamp(old) == UNCHAINED


def test_a_log_that_a_forger_calls_unchained_is_chained_anew_under_another_name(path: Path) -> None:
    with opened(path) as recorder:
        recorder.insert_events([event("a", 1), event("a", 2)])
        name = recorder.chain_start().log
    with by_hand(path) as hand:
        for (trigger,) in hand.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'chain%'"):
            hand.execute(f"DROP TRIGGER {trigger}")
        hand.execute("DROP TABLE chain")
        hand.execute("DROP TABLE chain_start")
        hand.execute(f"PRAGMA user_version = {UNCHAINED}")
    with opened(path) as recorder:
        assert recorder.chain_start().log != name  # by which every head that was kept elsewhere knows it
        assert recorder.chain_start().until == 2


def test_an_old_log_is_as_the_old_version_made_it() -> None:
    with closing(sqlite3.connect(":memory:")) as memory:
        memory.executescript(FORMAT_1)
        assert memory.execute("PRAGMA user_version").fetchone() == (UNCHAINED,)
        names = {name for (name,) in memory.execute("SELECT name FROM sqlite_master")}
        assert not names & {"chain", "chain_start", "names"}
