"""The processes of one installation keep one rate between them, in order, and one that died holds up no other."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tt_kit import FRIDAY

from tastyflow.domain.venue import Venue
from tastyflow_adapters.clock import TurnableClock
from tastyflow_adapters.tastytrade.http import shared_rates
from tastyflow_adapters.tastytrade.http.rate_limits import LATE_S, Kind, Limits
from tastyflow_adapters.tastytrade.http.shared_rates import RatesFile
from tastyflow_adapters.tastytrade.http.venue_queue import HOLD_S, POLL_S, Limiter

pytestmark = pytest.mark.anyio
SECOND_S = 1.01
LIMITS = Limits(per_second={Kind.ORDER: 3, Kind.POSITIONS: 1}, together=5)


@pytest.fixture
def clock():
    return TurnableClock(FRIDAY)


@pytest.fixture
def several(tmp_path, clock):
    """A limiter for each of several processes of one installation."""
    made = []

    def limiters(many, limits=LIMITS):
        made.extend(Limiter(limits, clock, register=RatesFile(tmp_path, Venue.SANDBOX)) for _ in range(many))
        return made

    yield limiters
    for limiter in made:
        limiter.close()


async def go(limiter, kind=Kind.ORDER, *, within_s=100):
    limiter.answered(await limiter.turn(kind, within_s=within_s))


def waiting_for(limiter, *kinds):
    return [asyncio.create_task(go(limiter, kind)) for kind in kinds]


# ── whatever they ask for ──────────────────────────────────────────────────────────────────────────────────────────

ASKED = st.lists(
    st.tuples(
        st.integers(0, 2),  # by which process
        st.sampled_from([Kind.ORDER, Kind.ORDER, Kind.CANCEL, Kind.DRY_RUN, Kind.POSITIONS, Kind.OTHER]),
        st.floats(0, 3),  # when
        st.floats(0, LATE_S),  # how long until the answer
        st.sampled_from(["sent", "sent", "sent", "held", "released", "expired", "cancelled"]),
        st.floats(0, 3),  # when it is cancelled
    ),
    max_size=25,
)


def most_within_a_second(moments):
    return max((sum(1 for other in moments if start <= other < start + 1) for start in moments), default=0)


async def crowd(folder, asked):
    """Three processes ask as told; when each request was sent and answered, by number."""
    clock = TurnableClock(FRIDAY)
    limiters = [Limiter(LIMITS, clock, register=RatesFile(folder, Venue.SANDBOX)) for _ in range(3)]
    sent = {}

    async def ask(number, process, kind, at_s, takes_s, fate):
        limiter = limiters[process]
        await clock.sleep(at_s)
        turn = await limiter.turn(kind, within_s=500, holds_s=None if fate in ("sent", "cancelled") else HOLD_S)
        if fate == "released":
            await clock.sleep(takes_s)
            turn.release()
            return
        if fate == "expired":
            await clock.sleep(HOLD_S + 0.1)
            assert not limiter.use(turn)
            return
        if fate == "held":
            await clock.sleep(takes_s)
            assert limiter.use(turn)
        began = clock.monotonic()
        sent[number] = (began, began + takes_s)
        await clock.sleep(takes_s)
        limiter.answered(turn)

    async def cancel(task, at_s):
        await clock.sleep(at_s)
        task.cancel()

    tasks = []
    for number, (process, kind, at_s, takes_s, fate, ends_s) in enumerate(asked):
        tasks.append(asyncio.create_task(ask(number, process, kind, at_s, takes_s, fate)))
        if fate == "cancelled":
            tasks.append(asyncio.create_task(cancel(tasks[-1], ends_s)))
    await asyncio.sleep(0)
    await clock.turn(90)
    ended = await asyncio.gather(*tasks, return_exceptions=True)
    for limiter in limiters:
        limiter.close()
    return sent, [each for each in ended if each is not None and not isinstance(each, asyncio.CancelledError)]


@given(ASKED, st.randoms())
@settings(max_examples=30, deadline=None)
def test_no_second_at_the_venue_holds_more_than_allowed_whoever_sent_it_and_every_request_gets_its_turn(asked, luck):
    with tempfile.TemporaryDirectory() as folder:
        sent, failed = asyncio.run(crowd(Path(folder), asked))
    assert failed == []
    assert {number for number, row in enumerate(asked) if row[4] in ("sent", "held")} <= sent.keys()
    arrivals = {number: luck.uniform(began, ended) for number, (began, ended) in sent.items()}
    for kinds, most in (((Kind.ORDER, Kind.CANCEL, Kind.DRY_RUN), 3), ((Kind.POSITIONS,), 1), (tuple(Kind), 5)):
        assert most_within_a_second([at for number, at in arrivals.items() if asked[number][1] in kinds]) <= most


# ── one queue for all ──────────────────────────────────────────────────────────────────────────────────────────────


async def test_what_one_process_sends_counts_for_the_other(several, clock):
    here, there = several(2)
    for _ in range(3):
        await go(here)
    late = waiting_for(there, Kind.ORDER)
    await clock.turn(1)
    assert not late[0].done()
    await clock.turn(SECOND_S - 1 + POLL_S)
    assert late[0].done()


async def test_processes_that_wait_take_turns(several, clock):
    here, there = several(2, Limits(per_second={Kind.ORDER: 1}))
    went = []

    async def noted(limiter, name):
        await go(limiter)
        went.append(name)

    tasks = [asyncio.create_task(noted(here, "here")) for _ in range(5)]
    await asyncio.sleep(0)
    tasks += [asyncio.create_task(noted(there, "there")) for _ in range(2)]
    await clock.turn(12)
    await asyncio.gather(*tasks)
    assert went == ["here", "there", "here", "there", "here", "here", "here"]


async def test_a_cancel_of_one_process_goes_before_the_orders_of_another(several, clock):
    here, there = several(2, Limits(per_second={Kind.ORDER: 1}))
    orders = waiting_for(here, *[Kind.ORDER] * 10)
    await clock.turn(0.3)
    cancel = waiting_for(there, Kind.CANCEL)
    await clock.turn(SECOND_S + POLL_S)
    assert cancel[0].done()
    assert sum(order.done() for order in orders) == 1
    await clock.turn(20)
    await asyncio.gather(*orders)


async def test_a_place_counts_what_waits_elsewhere(several, clock):
    here, there = several(2, Limits(per_second={Kind.ORDER: 2}))
    told = []
    orders = waiting_for(here, *[Kind.ORDER] * 2)
    await asyncio.sleep(0)
    searches = waiting_for(here, *[Kind.CANCEL] * 6)
    await asyncio.sleep(0)
    last = asyncio.create_task(there.turn(Kind.ORDER, within_s=100, holds_s=HOLD_S, queued=told.append))
    await asyncio.sleep(0)
    assert told[0].ahead == 6
    assert 3 < told[0].expected_s < 5
    await clock.turn(6)
    await asyncio.gather(last, *orders, *searches)


async def test_too_many_for_one_process_pauses_that_kind_for_all(several, clock):
    here, there = several(2)
    pause_s = here.refused(Kind.POSITIONS)
    late = waiting_for(there, Kind.POSITIONS)
    await go(there, Kind.ORDER, within_s=0)
    await clock.turn(pause_s - 0.1)
    assert not late[0].done()
    await clock.turn(0.1 + POLL_S)
    assert late[0].done()


# ── a process that died ────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_process_that_died_in_the_queue_holds_up_no_other_for_longer_than_a_moment(several, clock):
    here, there = several(2, Limits(per_second={Kind.ORDER: 1}))
    doomed = waiting_for(here, *[Kind.CANCEL] * 10)
    await asyncio.sleep(0)
    here._register.keep = lambda _share: None  # it is never heard of again
    here._timer.cancel()
    here._queue.clear()
    late = waiting_for(there, Kind.ORDER)
    await clock.turn(1 + SECOND_S + POLL_S)
    assert late[0].done()
    for task in doomed:
        task.cancel()
    await asyncio.gather(*doomed, return_exceptions=True)


async def test_a_turn_that_a_dead_process_held_counts_until_it_could_have_arrived_and_no_longer(several, clock):
    here, there = several(2, Limits(per_second={Kind.ORDER: 1}))
    await here.turn(Kind.ORDER, within_s=0, holds_s=HOLD_S)
    late = waiting_for(there, Kind.ORDER)
    await clock.turn(HOLD_S + LATE_S + SECOND_S - 0.1)
    assert not late[0].done()
    await clock.turn(0.1 + POLL_S)
    assert late[0].done()


# ── a file that cannot be used ─────────────────────────────────────────────────────────────────────────────────────


async def test_without_the_file_each_process_counts_for_itself_and_says_so_once(tmp_path, clock, caplog):
    limiter = Limiter(LIMITS, clock, register=RatesFile(tmp_path / "nowhere", Venue.SANDBOX))
    for _ in range(3):
        await go(limiter, within_s=0)
    late = waiting_for(limiter, Kind.ORDER)
    await clock.turn(1)
    assert not late[0].done()
    await clock.turn(0.1)
    assert late[0].done()
    assert caplog.text.count("not shared with other processes") == 1


@pytest.mark.parametrize(
    "content", [b"not a database, and long enough to be none of SQLite's own files" * 20, b"\0" * 99]
)
async def test_a_damaged_file_stops_no_order(tmp_path, clock, content):
    file = RatesFile(tmp_path, Venue.SANDBOX)
    file.path.write_bytes(content)
    limiter = Limiter(LIMITS, clock, register=file)
    for _ in range(3):
        await go(limiter, within_s=0)
    limiter.close()


async def test_a_row_of_another_version_is_passed_over(several, clock):
    here, there = several(2)
    await go(here)
    with sqlite3.connect(here._register.path) as other:
        other.execute("UPDATE shares SET share = x'c1'")
    other.close()
    await go(there, within_s=0)


async def test_a_lock_that_another_process_keeps_delays_an_order_by_a_moment_only(several, clock, monkeypatch):
    monkeypatch.setattr(shared_rates, "BUSY_S", 0.2)
    here, _ = several(2)
    await go(here)
    stopped = sqlite3.connect(here._register.path, isolation_level=None)
    stopped.execute("BEGIN IMMEDIATE")
    late = waiting_for(here, Kind.ORDER)
    await asyncio.sleep(0)
    assert not late[0].done()  # the other one may be counting what it sends
    await clock.turn(20 * POLL_S)
    assert late[0].done()
    stopped.close()
    await go(here, within_s=0)


async def test_while_another_process_decides_none_is_given_a_turn(several, clock):
    here, _ = several(2)
    await go(here)
    other = sqlite3.connect(here._register.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    late = waiting_for(here, Kind.ORDER)
    await clock.turn(2 * POLL_S)
    assert not late[0].done()
    other.close()
    await clock.turn(2 * POLL_S)
    assert late[0].done()


async def test_the_file_tells_no_account_and_is_for_its_owner_alone(several, clock):
    here, *_ = several(1)
    here.answered(await here.turn(Kind.ORDER, within_s=0, account="5WX00001"))
    written = b"".join(file.read_bytes() for file in here._register.path.parent.iterdir())
    assert b"5WX00001" not in written
    assert here._register.path.stat().st_mode & 0o077 == 0


# ── real processes ─────────────────────────────────────────────────────────────────────────────────────────────────

SENDER = """
import asyncio, sys, time
from pathlib import Path
from tastyflow.domain.venue import Venue
from tastyflow_adapters.clock import SystemClock
from tastyflow_adapters.tastytrade.http.rate_limits import Kind, Limits
from tastyflow_adapters.tastytrade.http.shared_rates import RatesFile
from tastyflow_adapters.tastytrade.http.venue_queue import Limiter

async def main():
    register = RatesFile(Path(sys.argv[1]), Venue.SANDBOX)
    limiter = Limiter(Limits(per_second={Kind.ORDER: 20}), SystemClock(), register=register)
    async def one():
        turn = await limiter.turn(Kind.ORDER, within_s=60)
        print(time.clock_gettime(time.CLOCK_MONOTONIC), flush=True)
        limiter.answered(turn)
    await asyncio.gather(*(one() for _ in range(int(sys.argv[2]))))

asyncio.run(main())
"""


def test_processes_keep_the_rate_between_them_also_when_one_is_killed(tmp_path):
    def sender(many):
        return subprocess.Popen([sys.executable, "-c", SENDER, tmp_path, str(many)], stdout=subprocess.PIPE, text=True)

    doomed = sender(500)
    assert doomed.stdout.readline()
    others = [sender(20) for _ in range(2)]
    os.kill(doomed.pid, signal.SIGKILL)
    told = [process.communicate(timeout=30)[0] for process in (doomed, *others)]
    assert [process.returncode for process in others] == [0, 0]
    moments = [[float(line) for line in text.split()] for text in told]
    assert [len(each) for each in moments[1:]] == [20, 20]
    assert most_within_a_second(list(chain.from_iterable(moments))) <= 20
