"""The chain: each event is sealed to those before it, in the transaction that appends it."""

import sqlite3
from pathlib import Path

import pytest
from eventsourcing.persistence import IntegrityError

from tastyflow.application.audit import check_chain, sealed_rows
from tastyflow.domain.chain import ChainHead
from tastyflow.errors import StoreFailure
from tastyflow_adapters.config.log_address import LogAddress
from tastyflow_adapters.store.failures import LogTrouble, explain
from tastyflow_adapters.store.log import check_log
from tastyflow_adapters.store.memory import MemoryRecorder
from tastyflow_adapters.store.sqlite_chain import CHAIN
from tests.store.kit import AnyRecorder, by_hand, event, opened, python, without_guards


def first(log: AnyRecorder) -> ChainHead:
    return ChainHead(0, log.chain_start().head)


def is_whole(log: AnyRecorder) -> bool:
    return check_chain(sealed_rows(log), first(log), end=log.chain_head()).is_whole


def forge(path: Path, *statements: str) -> None:
    with by_hand(path) as hand:
        guards = without_guards(hand)
        for statement in (*statements, *guards):
            hand.execute(statement)


def test_an_empty_log_ends_with_the_head_of_its_start(log: AnyRecorder) -> None:
    assert log.chain_head() == first(log)
    assert is_whole(log)


def test_every_append_seals_its_events(log: AnyRecorder) -> None:
    for version in range(1, 20):
        log.insert_events([event("a", version), event("b", version)])
    assert log.chain_head().position == log.end() == 38
    assert is_whole(log)


def test_no_two_logs_have_the_same_name_or_head(path: Path) -> None:
    logs = [MemoryRecorder(), MemoryRecorder()]
    with opened(path) as recorder:
        logs += [recorder]
        for each in logs:
            each.insert_events([event("a", 1)])
        assert len({each.chain_start().log for each in logs}) == len({each.chain_head().head for each in logs}) == 3
    for each in logs[:2]:
        each.close()


def test_an_append_that_is_refused_leaves_the_chain_as_it_was(log: AnyRecorder) -> None:
    log.insert_events([event("a", 1)])
    head = log.chain_head()
    with pytest.raises(IntegrityError):
        log.insert_events([event("b", 1), event("a", 1)])
    assert log.chain_head() == head
    log.insert_events([event("b", 1)])
    assert is_whole(log)


def test_the_start_is_the_same_for_every_process_and_every_opening(path: Path) -> None:
    with opened(path) as recorder:
        start = recorder.chain_start()
        recorder.insert_events([event("a", 1)])
    with opened(path) as recorder, opened(path, read_only=True) as reader:
        assert recorder.chain_start() == reader.chain_start() == start
        assert start.until == 0


def test_two_processes_go_on_with_one_chain(path: Path) -> None:
    with opened(path) as one, opened(path) as other:
        for version in range(1, 30):
            one.insert_events([event("a", version)])
            other.insert_events([event("b", version), event("c", version)])
        assert is_whole(one)
        assert one.chain_head() == other.chain_head()


def test_a_process_that_was_killed_leaves_a_chain_that_fits(path: Path) -> None:
    script = (
        "import os, sys; from pathlib import Path; from tests.store.kit import event, opened\n"
        "with opened(Path(sys.argv[1])) as r:\n"
        "    futures = [r.append([event('a', v)]) for v in range(1, 500)]\n"
        "    futures[0].result(); os._exit(9)"
    )
    with python(script, path) as process:
        assert process.wait(30) == 9
    with opened(path) as recorder:
        assert recorder.end() >= 1
        recorder.insert_events([event("b", 1)])
        assert is_whole(recorder)


# --- on a log whose chain does not fit, nothing is appended ---


FORGERIES = {
    "the last event was changed": ["UPDATE stored_events SET state = x'7b207d' WHERE rowid = 9"],
    "an event was changed": ["UPDATE stored_events SET topic = 'happened@2' WHERE rowid = 4"],
    "the last event was taken away": ["DELETE FROM stored_events WHERE rowid = 9"],
    "the last event was taken away, with its head": [
        "DELETE FROM stored_events WHERE rowid = 9",
        "DELETE FROM chain WHERE position = 9",
    ],
    "an event was taken away, with its head": [
        "DELETE FROM stored_events WHERE rowid = 4",
        "DELETE FROM chain WHERE position = 4",
    ],
    "a head was taken away": ["DELETE FROM chain WHERE position = 9"],
    "a head was changed": ["UPDATE chain SET head = zeroblob(32) WHERE position = 9"],
    "a head was put in": ["INSERT INTO chain VALUES (10, zeroblob(32))"],
    "an event was put in": ["INSERT INTO stored_events VALUES (10, hex(zeroblob(16)), 1, 'happened@1', x'7b7d')"],
    "the log has another name": ["UPDATE chain_start SET log = '00000000000000000000000000000000'"],
    "the log begins at another time": ["UPDATE chain_start SET at = '2020-01-01T00:00:00+00:00'"],
    "a text is none": ["UPDATE stored_events SET topic = CAST(x'ff' AS TEXT) WHERE rowid = 9"],
    "a number is none": ["UPDATE stored_events SET originator_version = 'one' WHERE rowid = 9"],
}


@pytest.mark.parametrize("statements", FORGERIES.values(), ids=FORGERIES)
@pytest.mark.parametrize("is_open", [False, True])
def test_nothing_is_appended_to_a_log_whose_chain_does_not_fit(
    path: Path, statements: list[str], *, is_open: bool
) -> None:
    with opened(path) as recorder:
        recorder.insert_events([event("a", version) for version in range(1, 10)])
    if is_open:
        with opened(path) as recorder:
            forge(path, *statements)
            require_refusal(recorder, path)
    else:
        forge(path, *statements)
        with opened(path) as recorder:
            require_refusal(recorder, path)


def require_refusal(recorder: AnyRecorder, path: Path) -> None:
    end = recorder.end()
    for name in "bc":  # also not when it is tried again
        with pytest.raises(LogTrouble) as caught:
            recorder.insert_events([event(name, 1)])
        failure = explain(caught.value, LogAddress.file(path))
        assert (type(failure), failure.code) == (StoreFailure, "chain_broken")
        assert "backup that verifies" in failure.hint
    assert recorder.end() == end


def test_what_others_appended_meanwhile_is_held_against_the_chain(path: Path) -> None:
    with opened(path) as recorder:
        recorder.insert_events([event("a", 1)])
        with opened(path) as other:
            other.insert_events([event("a", version) for version in range(2, 300)])
        forge(path, "UPDATE stored_events SET state = x'7b207d' WHERE rowid = 3")  # far from the end
        with pytest.raises(LogTrouble, match="event 3 does not fit"):
            recorder.insert_events([event("b", 1)])


def test_a_tail_that_was_cut_with_its_heads_is_known_by_the_number_of_events_written(path: Path) -> None:
    with opened(path) as recorder:
        recorder.insert_events([event("a", version) for version in range(1, 10)])
    check_log(LogAddress.file(path))
    forge(path, "DELETE FROM stored_events WHERE rowid > 7", "DELETE FROM chain WHERE position > 7")
    with pytest.raises(StoreFailure) as caught:
        check_log(LogAddress.file(path))
    assert caught.value.code == "chain_broken"
    assert "it ends at event 7, and 9 were written" in caught.value.message


# --- the guards ---


BY_HAND = [
    "UPDATE chain SET head = zeroblob(32)",
    "DELETE FROM chain",
    "INSERT INTO chain VALUES (9, zeroblob(32))",
    "INSERT OR REPLACE INTO chain VALUES (1, zeroblob(32))",
    "UPDATE chain_start SET until = 5",
    "DELETE FROM chain_start",
    "INSERT OR REPLACE INTO chain_start VALUES (1, 'x', 0, 'y')",
    "INSERT INTO chain_start VALUES (2, 'x', 0, 'y')",
]


@pytest.mark.parametrize("statement", BY_HAND)
def test_the_chain_is_append_only_for_a_person_with_sqlite3_too(path: Path, statement: str) -> None:
    with opened(path) as recorder:
        recorder.insert_events([event("a", 1)])
        with by_hand(path) as hand, pytest.raises(sqlite3.IntegrityError):
            hand.execute(statement)
        assert is_whole(recorder)


@pytest.mark.parametrize("guard", [each.split()[2] for each in CHAIN if each.startswith("CREATE TRIGGER")])
def test_a_log_without_a_guard_of_its_chain_is_not_trusted(path: Path, guard: str) -> None:
    with opened(path) as recorder:
        recorder.insert_events([event("a", 1)])
    with by_hand(path) as hand:
        hand.execute(f"DROP TRIGGER {guard}")
        hand.execute("PRAGMA user_version = 1")  # nor as one that was never chained
    refused(path, guard)


def test_a_log_with_a_trigger_of_another_hand_is_not_trusted(path: Path) -> None:
    with opened(path) as recorder:
        recorder.insert_events([event("a", 1)])
    with by_hand(path) as hand:
        hand.execute("CREATE TRIGGER mine AFTER INSERT ON stored_events BEGIN SELECT 1; END")
    refused(path, "mine")


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM chain_start",
        "UPDATE chain_start SET log = upper(log)",
        "UPDATE chain_start SET at = replace(at, '+00:00', 'Z')",
        "UPDATE chain_start SET until = 'none'",
        "UPDATE chain_start SET log = 5",
    ],
)
def test_a_start_that_was_not_written_so_is_corrupt(path: Path, change: str) -> None:
    with opened(path) as recorder:
        recorder.insert_events([event("a", 1)])
    forge(path, change)
    refused(path, "start of its chain")


def refused(path: Path, why: str) -> None:
    with pytest.raises(LogTrouble, match=why) as caught, opened(path):
        pass
    assert caught.value.code == "store_corrupt"


# --- what costs what ---


def test_a_process_that_goes_on_alone_reads_no_event_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(path) as recorder:
        recorder.insert_events([event("a", 1)])
        read: list[str] = []
        connection = recorder._writer._statements._connection
        connection.set_trace_callback(read.append)
        for version in range(2, 5):
            recorder.insert_events([event("a", version)])
        connection.set_trace_callback(None)
        assert not [statement for statement in read if "LEFT JOIN chain" in statement]
