"""Several processes on one file, and processes that end in the middle."""

import os
import signal
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.store.kit import contents, event, go, opened, python, stream

APPEND_FOR_EVER = """
import sys
from pathlib import Path
from tests.store.kit import event, opened
with opened(Path(sys.argv[1])) as recorder:
    version = 0
    while True:
        version += 1
        futures = [recorder.append([event("a", version), event(f"b{n}", version)][n:]) for n in (0, 1)]
        for future in futures:
            future.result()
        print(version, flush=True)
"""

RACE = """
import sys
from pathlib import Path
from eventsourcing.persistence import IntegrityError
from tests.store.kit import event, opened
with opened(Path(sys.argv[1])) as recorder:
    print("ready", flush=True)
    sys.stdin.readline()
    won = []
    for version in range(1, 101):
        try:
            recorder.insert_events([event("a", version, state=sys.argv[2].encode())])
        except IntegrityError:
            continue
        won.append(version)
    print(*won, flush=True)
"""

START = """
import sys
from pathlib import Path
from tests.store.kit import event, opened
print("ready", flush=True)
sys.stdin.readline()
with opened(Path(sys.argv[1])) as recorder:
    recorder.insert_events([event(sys.argv[2], 1)])
"""


def test_what_was_reported_as_done_survives_a_kill(path: Path) -> None:
    with python(APPEND_FOR_EVER, path) as process:
        for line in process.stdout:
            reported = int(line)
            if reported >= 20:
                break
        process.send_signal(signal.SIGKILL)
        reported = max([reported, *(int(line) for line in process.stdout if line.endswith("\n"))])
    with opened(path) as recorder:
        stored = [found.originator_version for found in recorder.select_events(stream("a"))]
        assert stored == list(range(1, len(stored) + 1))
        assert len(stored) >= reported
        assert recorder.insert_events([event("c", 1)]) == [recorder.max_notification_id()]


def test_two_processes_racing_for_a_version_have_one_winner(path: Path) -> None:
    with python(RACE, path, "left") as left, python(RACE, path, "right") as right:
        go(left, right)
        won = {
            "left": {int(version) for version in left.stdout.readline().split()},
            "right": {int(version) for version in right.stdout.readline().split()},
        }
    assert won["left"] | won["right"] == set(range(1, 101))
    assert won["left"].isdisjoint(won["right"])
    with opened(path, read_only=True) as recorder:
        stored = recorder.select_events(stream("a"))
    assert {name: {e.originator_version for e in stored if e.state == name.encode()} for name in won} == won


def test_processes_that_start_at_once_make_one_log(path: Path) -> None:
    with ExitStack() as stack:
        processes = [stack.enter_context(python(START, path, f"process {number}")) for number in range(6)]
        go(*processes)
        assert [process.wait(30) for process in processes] == [0] * 6
    with opened(path, read_only=True) as recorder:
        assert [number for number, _, _ in contents(recorder)] == [1, 2, 3, 4, 5, 6]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_child_is_told_that_it_has_no_writer(path: Path) -> None:
    with opened(path) as recorder:
        child = os.fork()
        if not child:
            try:
                recorder.append([event("a", 1)])
            except Exception as error:  # noqa: BLE001  (the child must not return into pytest)
                os._exit(0 if "writer is gone" in str(error) else 2)
            os._exit(1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert recorder.insert_events([event("a", 1)]) == [1]
