"""Following the log: each event once, in order, from this process and from others; what was committed is remembered."""

import asyncio
import time
from contextlib import suppress
from dataclasses import replace

import pytest
from eventsourcing.persistence import OperationalError
from hypothesis import given, settings
from hypothesis import strategies as st

from tastyflow.application.ledger import ledger as ledger_module
from tastyflow.application.ledger import log_reader
from tastyflow.domain.trader import Trader
from tastyflow.errors import StoreFailure
from tastyflow_adapters.store import group_commit
from tests.application.counting_ledger import DEMO, Slowly, counting, hired, spin, why
from tests.application.kit import log, open_log, replayed

pytestmark = pytest.mark.anyio

NEVER_S = 3600.0
"""A pause that no test lives to see the end of: what comes sooner was not polled for."""


@pytest.fixture
async def ledger():
    opened = await hired(open_log(), "demo")
    yield opened
    opened.close()


@pytest.fixture
async def two(tmp_path):
    """Two processes' ledgers on one file."""
    first, second = open_log(tmp_path / "log.db"), open_log(tmp_path / "log.db")
    await hired(first, "demo", "other")
    yield first, second
    first.close()
    second.close()


async def next_of(follower, number):
    async with asyncio.timeout(10):
        return [await anext(follower) for _ in range(number)]


def assert_is_the_log(entries, ledger):
    """The entries are the log's events in order, each with the state that the log has at that version."""
    assert [entry.event for entry in entries] == log(ledger)[-len(entries) :] if entries else log(ledger) == []
    for entry in entries:
        assert entry.state_after == ledger.state_at(entry.event.originator_id, entry.event.originator_version)


# ── what was committed is remembered ───────────────────────────────────────────────────────────────────────────


async def test_a_transaction_has_the_state_after_each_event_and_its_position(ledger):
    def twice(tx):
        counting()(tx)
        counting()(tx)

    end = ledger.end()
    tx = await ledger.change(twice)
    assert tx.positions == [end + 1, end + 2]
    assert [state.limits.max_contracts for _, state in tx.recorded] == [1, 2]
    assert [event for event, _ in tx.recorded] == tx.events == log(ledger)[-2:]
    assert tx.read[DEMO].limits.max_contracts == 0
    for position, (event, state) in zip(tx.positions, tx.recorded, strict=True):
        entry = ledger.recorded_at(position)
        assert entry.event is event
        assert entry.state_after is state


async def test_what_was_not_committed_is_not_remembered(ledger):
    slowly, end = Slowly(ledger), ledger.end()
    task = asyncio.ensure_future(ledger.change(counting()))
    await spin()
    assert ledger.recorded_at(end + 1) is None
    slowly.let(OperationalError("disk full"))
    with pytest.raises(StoreFailure):
        await task
    assert ledger.recorded_at(end + 1) is None


async def test_what_was_committed_is_remembered_also_when_its_task_was_cancelled(ledger):
    slowly, end = Slowly(ledger), ledger.end()
    task = asyncio.ensure_future(ledger.change(counting()))
    await spin()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    slowly.let()
    await spin()
    assert ledger.recorded_at(end + 1).state_after == ledger.read(Trader, DEMO)


async def test_the_memory_of_what_was_committed_is_bounded(monkeypatch):
    monkeypatch.setattr(ledger_module, "MAX_RECENT", 3)
    ledger = await hired(open_log(), "demo")
    for _ in range(8):
        await ledger.change(counting())
    remembered = [n for n in range(1, ledger.end() + 1) if ledger.recorded_at(n)]
    assert remembered == [ledger.end() - 2, ledger.end() - 1, ledger.end()]
    ledger.close()


async def test_a_read_asks_the_log_for_nothing_it_has_read_before(ledger, monkeypatch):
    asked, read = [], ledger.log.read

    def spying(stream, *, after=0, until=None):
        found = read(stream, after=after, until=until)
        asked.append((after, len(found)))
        return found

    monkeypatch.setattr(ledger.log, "read", spying)
    await ledger.change(counting())
    version = ledger.read(Trader, DEMO).version
    ledger.read(Trader, DEMO)
    assert asked == [(version, 0), (version, 0)]


# ── following ──────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_follower_hears_everything_from_its_position_on_and_then_what_comes(ledger):
    with ledger.follow(after=0, poll_s=NEVER_S) as follower:
        old = await next_of(follower, ledger.end())
        waiting = asyncio.ensure_future(next_of(follower, 2))
        await spin()
        assert not waiting.done()
        await ledger.change(counting())
        await ledger.change(counting())
        new = await waiting
        assert follower.position == ledger.end() == new[-1].position
    assert [entry.position for entry in old + new] == list(range(1, ledger.end() + 1))
    assert_is_the_log(old + new, ledger)


async def test_a_follower_is_woken_by_this_process_and_decodes_nothing(two, monkeypatch):
    first, _ = two
    with first.follow(after=first.end(), poll_s=NEVER_S) as follower:
        assert await follower.next_entries(wait_s=0) == []
        monkeypatch.setattr(log_reader, "decode", lambda *_: pytest.fail("it is in memory"))
        waiting = asyncio.ensure_future(next_of(follower, 3))
        txs = [await first.change(counting()) for _ in range(3)]
        entries = await waiting
    assert [(entry.event, entry.state_after) for entry in entries] == [tx.recorded[0] for tx in txs]


async def test_an_event_that_is_in_the_log_before_its_answer_is_here_is_not_read_again(two, monkeypatch):
    first, _ = two
    commit = group_commit._answers

    def slowly(*args):
        answers = commit(*args)
        time.sleep(0.02)  # committed, and not answered yet: whoever asks the log sees it
        return answers

    monkeypatch.setattr(group_commit, "_answers", slowly)
    with first.follow(after=first.end(), poll_s=0.001) as follower:
        monkeypatch.setattr(log_reader, "decode", lambda *_: pytest.fail("it is in memory"))
        waiting = asyncio.ensure_future(next_of(follower, 5))
        txs = [await first.change(counting()) for _ in range(5)]
        entries = await waiting
    assert [entry.event for entry in entries] == [tx.recorded[0][0] for tx in txs]


async def test_a_follower_hears_what_another_process_recorded(two):
    first, second = two
    end = first.end()
    with first.follow(after=end, poll_s=0.01) as follower:
        waiting = asyncio.ensure_future(next_of(follower, 4))
        await second.change(counting())
        await first.change(counting("other"))
        await second.change(counting("other"))
        await first.change(counting())
        entries = await waiting
    assert [entry.position for entry in entries] == [end + n for n in range(1, 5)]
    assert_is_the_log(entries, first)


async def test_an_event_of_another_process_between_two_of_ours_is_not_waited_for(two):
    first, second = two
    with first.follow(after=first.end(), poll_s=NEVER_S) as follower:
        assert await follower.next_entries(wait_s=0) == []
        await first.change(counting())
        await second.change(counting("other"))
        await first.change(counting())
        await asyncio.sleep(0.05)  # every wake-up has come, and the first batch takes them all
        entries = await next_of(follower, 3)
    assert_is_the_log(entries, second)


async def test_a_foreign_event_is_folded_upon_ours(two):
    first, second = two

    def suspend(tx):
        tx.record(tx.require(Trader, DEMO).suspend(why=why()))

    with first.follow(after=first.end(), poll_s=NEVER_S) as follower:
        await second.change(counting())
        await first.change(suspend)
        await second.change(counting())
        entries = await next_of(follower, 3)
    assert [entry.state_after.suspended for entry in entries] == [False, True, True]
    assert_is_the_log(entries, second)


async def test_each_foreign_event_is_folded_once_and_no_stream_is_read_twice(two, monkeypatch):
    first, second = two
    for _ in range(5):
        await second.change(counting())
        loads, recalled_at = [], first.recalled_at
    monkeypatch.setattr(first, "recalled_at", lambda *which: loads.append(which) or recalled_at(*which))
    with first.follow(after=first.end() - 4, poll_s=NEVER_S) as follower:
        entries = await next_of(follower, 4)
    assert len(loads) == 1
    assert_is_the_log(entries, second)


async def test_a_follower_that_is_far_behind_is_served_in_bounded_batches(ledger, monkeypatch):
    monkeypatch.setattr(log_reader, "BATCH", 3)
    for _ in range(8):
        await ledger.change(counting())
    fresh = open_log()
    fresh.recorder.insert_events(list(ledger.rows()))
    for each in (ledger, fresh):  # from memory, and from the log
        with each.follow(after=0, poll_s=NEVER_S) as follower:
            batches = []
            while batch := await follower.next_entries(wait_s=0):
                batches.append(batch)
                assert follower.position == batch[-1].position
        assert {len(batch) for batch in batches[:-1]} == {3}
        assert_is_the_log([entry for batch in batches for entry in batch], ledger)
    fresh.close()


async def test_a_wait_ends_without_an_event(ledger):
    with ledger.follow(after=ledger.end(), poll_s=0.001) as follower:
        assert await follower.next_entries(wait_s=0.02) == []


async def test_a_follower_holds_up_no_change(ledger):
    """Nothing waits for a follower that takes nothing: the changes go on."""
    with ledger.follow(after=0) as follower:
        for _ in range(50):
            await ledger.change(counting())
        assert len(await next_of(follower, ledger.end())) == ledger.end()


async def test_a_log_that_cannot_be_read_is_a_store_failure_and_is_asked_again(ledger, monkeypatch):
    rows = ledger.log.rows

    def broken(**_):
        raise OperationalError("no such table")

    fresh = open_log()
    fresh.recorder.insert_events(list(ledger.rows()))
    rows = fresh.log.rows
    with fresh.follow(after=0, poll_s=NEVER_S) as follower:
        monkeypatch.setattr(fresh.log, "rows", broken)
        with pytest.raises(StoreFailure, match="no such table"):
            await anext(follower)
        monkeypatch.setattr(fresh.log, "rows", rows)
        assert_is_the_log(await next_of(follower, fresh.end()), fresh)
    fresh.close()


async def test_what_stands_before_an_unreadable_event_is_handed_out_and_the_event_is_never_skipped(ledger):
    fresh = open_log()
    stored = list(ledger.rows())
    fresh.recorder.insert_events([*stored[:-1], replace(stored[-1], state=b"{")])
    with fresh.follow(after=0, poll_s=NEVER_S) as follower:
        assert len(await next_of(follower, len(stored) - 1)) == len(stored) - 1
        for _ in range(2):
            with pytest.raises(StoreFailure) as failure:
                await anext(follower)
            assert failure.value.code == "unreadable_event"
        assert follower.position == len(stored) - 1
    fresh.close()


async def test_a_follower_that_was_closed_is_woken_no_more(ledger):
    follower = ledger.follow(after=ledger.end(), poll_s=NEVER_S)
    assert await follower.next_entries(wait_s=0) == []
    follower.close()
    await ledger.change(counting())
    await spin()
    assert not follower._woken.is_set()


async def test_a_place_is_kept_through_the_ledger(ledger):
    assert ledger.bookmark("telling") is None
    await ledger.keep_bookmark("telling", 2)
    assert ledger.bookmark("telling") == 2
    ledger.recorder.close()
    with pytest.raises(StoreFailure):
        await ledger.keep_bookmark("telling", 3)


@given(st.lists(st.tuples(st.integers(0, 1), st.sampled_from(["demo", "other"])), min_size=1, max_size=20))
@settings(max_examples=25, deadline=None)
def test_two_followers_of_two_processes_hear_the_same(tmp_path_factory, turns):
    """Two processes append in any order: both followers hear the whole log, in order, with its states."""
    path = tmp_path_factory.mktemp("followed") / "log.db"

    async def run():
        ledgers = open_log(path), open_log(path)
        try:
            followers = [each.follow(after=0, poll_s=0.005) for each in ledgers]
            await hired(ledgers[0], "demo", "other")
            await asyncio.gather(*(ledgers[who].change(counting(name)) for who, name in turns))
            end = ledgers[0].end()
            heard = await asyncio.gather(*(next_of(follower, end) for follower in followers))
            for entries in heard:
                assert [entry.position for entry in entries] == list(range(1, end + 1))
                assert_is_the_log(entries, ledgers[0])
                last = {entry.event.originator_id: entry.state_after for entry in entries}
                assert last == replayed(log(ledgers[1]))
        finally:
            for follower in followers:
                follower.close()
            for each in ledgers:
                each.close()

    asyncio.run(run())
