"""The ledger: load, decide, append; and decide again when somebody else was first."""

import asyncio
from concurrent.futures import Future

import pytest
from eventsourcing.persistence import IntegrityError, OperationalError
from hypothesis import given, settings
from hypothesis import strategies as st

from tastyflow.application.ledger import ledger as ledger_module
from tastyflow.domain.trader import Identity, Trader
from tastyflow.errors import Conflict, Refused, StoreFailure, TastyflowError
from tests.application.counting_ledger import DEMO, Slowly, count_of, counting, hired, spin, why
from tests.application.kit import log, open_log, replayed

pytestmark = pytest.mark.anyio


@pytest.fixture
async def ledger():
    opened = await hired(open_log(), "demo")
    yield opened
    opened.close()


# ── deciding ───────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_decision_is_appended_whole_and_in_order(ledger):
    before = len(log(ledger))

    def decide(tx):
        trader = tx.require(Trader, DEMO)
        tx.record(trader.suspend(reason="a", why=why()))
        tx.record(tx.require(Trader, DEMO).reinstate(reason="b", why=why()))

    tx = await ledger.change(decide)
    assert [type(event).__name__ for event in log(ledger)[before:]] == ["TraderSuspended", "TraderReinstated"]
    assert tx.require(Trader, DEMO) == ledger.read(Trader, DEMO)


async def test_a_no_records_nothing(ledger):
    def decide(tx):
        tx.record(tx.require(Trader, DEMO).suspend(why=why()))
        raise Refused("no")

    before = log(ledger)
    with pytest.raises(Refused):
        await ledger.change(decide)
    assert log(ledger) == before


async def test_what_does_not_exist_is_said_to_be_missing(ledger):
    with pytest.raises(TastyflowError) as missing:
        await ledger.change(lambda tx: tx.require(Trader, Trader.id_of("nobody")) and None)
    assert missing.value.code == "not_found"


async def test_a_step_that_is_no_news_records_nothing(ledger):
    before = log(ledger)
    tx = await ledger.change(lambda tx: tx.record(tx.require(Trader, DEMO).reinstate(why=why())))
    assert tx.events == []
    assert log(ledger) == before


async def test_nothing_outside_sees_a_state_before_it_is_durable(ledger):
    slowly = Slowly(ledger)
    task = asyncio.ensure_future(ledger.change(counting()))
    await spin()
    assert count_of(ledger) == 0
    assert not task.done()
    slowly.let()
    await task
    assert count_of(ledger) == 1


async def test_a_decision_in_flight_is_built_upon(ledger):
    slowly, seen = Slowly(ledger), []
    tasks = [asyncio.ensure_future(ledger.change(counting(seen=seen))) for _ in range(3)]
    await spin()
    assert seen == [0, 1, 2]
    for _ in tasks:
        slowly.let()
    await asyncio.gather(*tasks)
    assert count_of(ledger) == 3


# ── failing ────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_failed_append_leaves_no_trace_in_memory(ledger):
    slowly = Slowly(ledger)
    task = asyncio.ensure_future(ledger.change(counting()))
    await spin()
    slowly.let(OperationalError("disk full"))
    with pytest.raises(StoreFailure, match="Nothing was recorded"):
        await task
    again = asyncio.ensure_future(ledger.change(counting()))
    await spin()
    slowly.let()
    await again
    assert count_of(ledger) == 1


@pytest.mark.parametrize("error", [IntegrityError("taken"), OperationalError("disk full")])
async def test_what_was_built_on_a_failed_append_decides_again(ledger, error):
    slowly, seen = Slowly(ledger), []
    first = asyncio.ensure_future(ledger.change(counting()))
    others = [asyncio.ensure_future(ledger.change(counting(seen=seen))) for _ in range(2)]
    await spin()
    assert seen == [1, 2]
    slowly.let(error)
    for _ in range(20):
        await spin()
        while slowly.waiting:
            slowly.let()
    done = await asyncio.gather(first, *others, return_exceptions=True)
    failed = [each for each in done if isinstance(each, BaseException)]
    assert len(failed) == isinstance(error, OperationalError)
    assert count_of(ledger) == 3 - len(failed)
    assert 0 in seen[2:] or isinstance(error, IntegrityError)


async def test_a_decision_to_do_nothing_does_not_rest_on_what_failed(ledger):
    slowly = Slowly(ledger)

    def suspended(tx):
        return tx.require(Trader, DEMO).suspended

    first = asyncio.ensure_future(ledger.change(lambda p: p.record(p.require(Trader, DEMO).suspend(why=why()))))
    looked = []
    second = asyncio.ensure_future(ledger.change(lambda tx: looked.append(suspended(tx))))
    await spin()
    assert looked == [True]
    assert not second.done()
    slowly.let(OperationalError("disk full"))
    await spin()
    while slowly.waiting:
        slowly.let()
        await spin()
    with pytest.raises(StoreFailure):
        await first
    tx = await second
    assert looked[-1] is False
    assert tx.require(Trader, DEMO) == ledger.read(Trader, DEMO)


async def test_a_no_does_not_rest_on_what_is_not_in_the_log(ledger):
    slowly = Slowly(ledger)

    def refuse_when_suspended(tx):
        if tx.require(Trader, DEMO).suspended:
            raise Refused("suspended")

    first = asyncio.ensure_future(ledger.change(lambda p: p.record(p.require(Trader, DEMO).suspend(why=why()))))
    second = asyncio.ensure_future(ledger.change(refuse_when_suspended))
    await spin()
    assert not second.done()
    slowly.let(OperationalError("disk full"))
    await spin()
    with pytest.raises(StoreFailure):
        await first
    await second


async def test_others_that_are_always_first_end_in_a_conflict(ledger, monkeypatch):
    calls = 0

    def taken(stored, **conditions):
        nonlocal calls
        calls += 1
        future = Future()
        future.set_exception(IntegrityError("taken"))
        return future

    monkeypatch.setattr(ledger.log, "append", taken)
    with pytest.raises(Conflict):
        await ledger.change(counting())
    assert calls == ledger_module.MAX_DECISIONS


async def test_a_recorder_that_takes_nothing_more_is_a_store_failure(ledger):
    ledger.recorder.close()
    with pytest.raises(StoreFailure):
        await ledger.change(counting())


# ── cancelling whoever waits ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("error", [None, IntegrityError("taken"), OperationalError("disk full")])
async def test_a_waiting_task_that_is_cancelled_leaves_the_ledger_as_the_log_is(ledger, error):
    slowly = Slowly(ledger)
    gone = asyncio.ensure_future(ledger.change(counting()))
    await spin()
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    follower = asyncio.ensure_future(ledger.change(counting()))
    await spin()
    slowly.let(error)
    for _ in range(5):
        await spin()
        while slowly.waiting:
            slowly.let()
    await follower
    expected = 2 if error is None else 1
    assert count_of(ledger) == expected
    late = asyncio.ensure_future(ledger.change(counting()))
    await spin()
    slowly.let()
    assert (await late).require(Trader, DEMO).limits.max_contracts == expected + 1


async def test_memory_is_bounded_also_past_a_cancelled_waiter(monkeypatch):
    monkeypatch.setattr(ledger_module, "MAX_LIVE", 4)
    ledger = await hired(open_log(), *(f"t{n}" for n in range(6)))
    slowly = Slowly(ledger)
    gone = asyncio.ensure_future(ledger.change(counting("t0")))
    await spin()
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)
    slowly.let()
    for n in range(1, 6):
        task = asyncio.ensure_future(ledger.change(counting(f"t{n}")))
        await spin()
        slowly.let()
        await task
    assert len(ledger._cache) <= 4
    assert [count_of(ledger, f"t{n}") for n in range(6)] == [1] * 6
    ledger.close()


@given(
    turns=st.lists(st.tuples(st.integers(0, 1), st.sampled_from(["demo", "other"])), min_size=2, max_size=24),
    together=st.integers(1, 8),
)
@settings(max_examples=25, deadline=None)
def test_no_update_is_ever_lost(tmp_path_factory, turns, together):
    """A model of plain counters beside two ledgers that race on one file."""
    path = tmp_path_factory.mktemp("race") / "log.db"

    async def race():
        ledgers = open_log(path), open_log(path)
        try:
            await hired(ledgers[0], "demo", "other")
            for start in range(0, len(turns), together):
                batch = turns[start : start + together]
                await asyncio.gather(*(ledgers[who].change(counting(name)) for who, name in batch))
            for name in ("demo", "other"):
                expected = sum(1 for _, counted in turns if counted == name)
                assert {count_of(each, name) for each in ledgers} == {expected}
            for aggregate_id, state in replayed(log(ledgers[0])).items():
                assert ledgers[1].read(type(state), aggregate_id) == state
        finally:
            for each in ledgers:
                each.close()

    asyncio.run(race())


@given(
    st.lists(
        st.sampled_from(["change", "change", "let", "let", "lose race", "disk full", "cancel"]), min_size=3, max_size=25
    )
)
@settings(max_examples=100, deadline=None)
def test_memory_never_says_more_than_the_log(steps):
    """In-flight appends that succeed, fail and lose their waiters in any order: the counter is what was committed."""

    async def run():
        ledger = await hired(open_log(), "demo")
        slowly, tasks = Slowly(ledger), []
        for step in steps:
            if step == "change":
                tasks.append(asyncio.ensure_future(ledger.change(counting())))
            elif step == "cancel" and tasks:
                tasks[-1].cancel()
            elif slowly.waiting and step != "cancel":
                slowly.let({"lose race": IntegrityError("x"), "disk full": OperationalError("x")}.get(step))
            await spin()
        while slowly.waiting or not all(task.done() for task in tasks):
            if slowly.waiting:
                slowly.let()
            await spin()
        done = await asyncio.gather(*tasks, return_exceptions=True)
        committed = sum(1 for event in log(ledger) if event.TOPIC == "tastyflow.trader.limits_set@1")
        returned = sum(not isinstance(each, BaseException) for each in done)
        assert returned <= committed == count_of(ledger)
        assert all(isinstance(e, StoreFailure | asyncio.CancelledError) for e in done if isinstance(e, BaseException))
        last = asyncio.ensure_future(ledger.change(counting()))
        await spin()
        slowly.let()
        assert (await last).require(Trader, DEMO).limits.max_contracts == committed + 1
        ledger.close()

    asyncio.run(run())


# ── reading ────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_log_is_read_page_by_page_in_order(ledger, monkeypatch):
    monkeypatch.setattr(ledger_module, "PAGE_SIZE", 3)
    for _ in range(8):
        await ledger.change(counting())
    ids = [stored.id for stored in ledger.rows()]
    assert ids == list(range(1, len(ids) + 1))
    assert [stored.id for stored in ledger.rows(after=5)] == ids[5:]
    topics = ["tastyflow.trader.limits_set@1"]
    assert {stored.topic for stored in ledger.rows(topics=topics)} == set(topics)
    assert len(list(ledger.rows(topics=topics))) == 8


async def test_a_log_that_cannot_be_read_is_a_store_failure(ledger, monkeypatch):
    def broken(*_, **__):
        raise OperationalError("no such table")

    monkeypatch.setattr(ledger.recorder, "select_events", broken)
    with pytest.raises(StoreFailure) as failure:
        ledger.read(Trader, DEMO)
    assert failure.value.code == "store_failure"
    assert "no such table" in failure.value.message


async def test_the_environment_of_the_process_does_not_leak_into_the_ledger(monkeypatch, tmp_path):
    monkeypatch.setenv("PERSISTENCE_MODULE", "nowhere:Nothing")
    monkeypatch.setenv("COMPRESSOR_TOPIC", "zlib")
    open_log(tmp_path / "log.db").close()


# ── what is not there ──────────────────────────────────────────────────────────────────────────────────────────


async def test_a_decision_on_what_was_not_there_a_moment_ago_does_not_read_again(ledger, monkeypatch):
    new = Trader.id_of("new")
    assert ledger.read(Trader, new) is None
    read, asked = ledger.log.read_from_snapshot, []
    monkeypatch.setattr(ledger.log, "read_from_snapshot", lambda which: asked.append(which) or read(which))
    await hired(ledger, "new")
    assert asked == [Identity.id_of("cli", "new")]
    assert count_of(ledger, "new") == 0


async def test_what_was_not_there_is_forgotten_in_time(ledger, monkeypatch):
    monkeypatch.setattr(ledger._cache, "_most_states", 10)
    for number in range(50):
        assert ledger.read(Trader, Trader.id_of(f"nobody {number}")) is None
    assert len(ledger._cache) <= 10
