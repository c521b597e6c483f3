"""The ledger: load, decide, append; and decide again when somebody else was first."""

import asyncio
from concurrent.futures import Future
from datetime import timedelta

import pytest
from attrs import evolve
from eventsourcing.persistence import IntegrityError, OperationalError
from hypothesis import given, settings
from hypothesis import strategies as st

from tastyflow.application.ledger import ledger as ledger_module
from tastyflow.domain.events import Because
from tastyflow.domain.trader import Identity, Limits, Trader
from tastyflow.errors import Conflict, Refused, StoreFailure, TastyflowError
from tests.application.kit import EVERYTHING, FRIDAY, GENEROUS, log, open_log, register, replayed

pytestmark = pytest.mark.anyio

DEMO = Trader.id_of("demo")


def why(number=0):
    return Because(actor="test", cause="test", command_id=f"c-{number}", at=FRIDAY + timedelta(seconds=number))


def counting(name="demo", seen=None):
    """A decision that counts one up, in a trader's limit of contracts."""

    def decide(tx):
        trader = tx.require(Trader, Trader.id_of(name))
        if seen is not None:
            seen.append(trader.limits.max_contracts)
        tx.record(trader.set_limits(evolve(trader.limits, max_contracts=trader.limits.max_contracts + 1), why=why()))

    return decide


def count_of(ledger, name="demo"):
    return ledger.read(Trader, Trader.id_of(name)).limits.max_contracts


async def hired(ledger, *names):
    for name in names:
        await register(ledger, FRIDAY, name, evolve(GENEROUS, max_contracts=0), EVERYTHING)
    return ledger


class Slowly:
    """A recorder's appends, held until the test lets each of them through, or fail."""

    def __init__(self, ledger):
        self._append = ledger.log.append
        self.waiting = []
        ledger.log.append = self.append

    def append(self, stored, **conditions):
        future = Future()
        self.waiting.append((future, stored, conditions))
        return future

    def let(self, error=None):
        future, stored, conditions = self.waiting.pop(0)
        if error is not None:
            future.set_exception(error)
            return
        done = self._append(stored, **conditions)
        future.set_exception(done.exception()) if done.exception() else future.set_result(done.result())


async def spin():
    for _ in range(20):
        await asyncio.sleep(0)


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


# ── two processes on one log ───────────────────────────────────────────────────────────────────────────────────


async def test_who_comes_second_decides_again_on_what_the_first_wrote(two):
    first, second = two
    seen = []
    await first.change(counting())
    await second.change(counting(seen=seen))
    await first.change(counting(seen=seen))
    await second.change(counting(seen=seen))
    assert count_of(first) == count_of(second) == 4
    assert seen == [1, 1, 2, 2, 3]  # each stale look was followed by a fresh one


async def test_what_was_only_read_must_not_have_changed(two):
    """An order of a trader who was suspended by another process meanwhile: the decision only read the trader."""
    first, second = two
    await first.change(counting())  # in the memory of the first

    def of_demo(tx):
        other = tx.require(Trader, Trader.id_of("other"))
        reason = "demo is suspended" if tx.require(Trader, DEMO).suspended else "demo trades"
        tx.record(other.suspend(reason=reason, why=why()))

    await second.change(lambda tx: tx.record(tx.require(Trader, DEMO).suspend(why=why())))
    tx = await first.change(of_demo)
    assert tx.events[-1].reason == "demo is suspended"


async def test_what_was_read_as_missing_must_not_have_come_into_being(two):
    first, second = two
    newcomer = Trader.id_of("newcomer")
    looks = 0

    def unless_newcomer(tx):
        nonlocal looks
        looks += 1
        known = tx.get(Trader, newcomer) is not None
        tx.record(tx.require(Trader, DEMO).suspend(reason="too late" if known else "first", why=why()))

    slowly = Slowly(first)
    task = asyncio.ensure_future(first.change(unless_newcomer))
    await spin()
    await register(second, FRIDAY, "newcomer", Limits(), EVERYTHING)
    while not task.done():
        await asyncio.sleep(0.001)
        if slowly.waiting:
            future, stored, conditions = slowly.waiting.pop(0)
            done = slowly._append(stored, **conditions)
            error = await asyncio.to_thread(done.exception)
            future.set_exception(error) if error else future.set_result(done.result())
    assert (await task).events[-1].reason == "too late"
    assert looks == 2


async def test_a_no_from_stale_memory_is_looked_at_again(two):
    first, second = two
    await first.change(lambda tx: tx.record(tx.require(Trader, DEMO).suspend(why=why())))
    await second.change(lambda tx: tx.record(tx.require(Trader, DEMO).reinstate(why=why())))

    def refuse_when_suspended(tx):
        if tx.require(Trader, DEMO).suspended:
            raise Refused("suspended")

    await first.change(refuse_when_suspended)


async def test_doing_nothing_from_stale_memory_is_looked_at_again(two):
    first, second = two
    await first.change(counting())
    await second.change(counting())
    tx = await first.change(lambda tx: tx.get(Trader, DEMO) and None)
    assert tx.require(Trader, DEMO).limits.max_contracts == 2


async def test_an_identity_belongs_to_one_trader(two):
    first, second = two

    def claim(tx):
        tx.record(Identity.claim("cli", "both", DEMO, why=why()))

    done = await asyncio.gather(first.change(claim), second.change(claim), return_exceptions=True)
    assert sum(isinstance(each, BaseException) for each in done) == 1


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


# ── what never changes ─────────────────────────────────────────────────────────────────────────────────────────


async def test_what_the_first_event_made_is_read_from_the_log_once(two, monkeypatch):
    first, second = two
    assert first.born(Identity, Identity.id_of("cli", "nobody")) is None
    await second.change(counting())
    read, asked = first.log.read, []
    monkeypatch.setattr(first.log, "read", lambda *which, **how: asked.append(which) or read(*which, **how))
    for _ in range(3):
        assert first.born(Trader, DEMO) == second.state_at(DEMO, version=1)
    assert len(asked) == 1
    await hired(second, "nobody")
    assert first.born(Identity, Identity.id_of("cli", "nobody")).trader == Trader.id_of("nobody")


# ── what is not there ──────────────────────────────────────────────────────────────────────────────────────────


async def test_a_decision_on_what_was_not_there_a_moment_ago_does_not_read_again(ledger, monkeypatch):
    new = Trader.id_of("new")
    assert ledger.read(Trader, new) is None
    read, asked = ledger.log.read_from_snapshot, []
    monkeypatch.setattr(ledger.log, "read_from_snapshot", lambda which: asked.append(which) or read(which))
    await hired(ledger, "new")
    assert asked == [Identity.id_of("cli", "new")]
    assert count_of(ledger, "new") == 0


async def test_what_another_process_made_meanwhile_is_seen_by_a_decision_that_found_nothing(two):
    first, second = two
    new, found = Trader.id_of("new"), []

    def once(tx):
        found.append(tx.get(Trader, new))
        if found[-1] is None:
            tx.record(Trader.register("new", limits=GENEROUS, permissions=EVERYTHING, why=why()))

    assert first.read(Trader, new) is None
    await hired(second, "new")
    await first.change(once)
    assert [each and each.name for each in found] == [None, "new"]


async def test_a_no_because_of_what_was_not_there_does_not_rest_on_memory(two):
    first, second = two
    new = Trader.id_of("new")
    assert first.read(Trader, new) is None
    await hired(second, "new")
    await first.change(lambda tx: tx.record(tx.require(Trader, new).suspend(why=why())))
    assert second.read(Trader, new).suspended


async def test_what_was_not_there_is_forgotten_in_time(ledger, monkeypatch):
    monkeypatch.setattr(ledger._cache, "_most_states", 10)
    for number in range(50):
        assert ledger.read(Trader, Trader.id_of(f"nobody {number}")) is None
    assert len(ledger._cache) <= 10
