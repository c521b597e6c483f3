"""Two processes on one log: who comes second decides again, on what the first wrote."""

import asyncio

import pytest

from tastyflow.domain.trader import Identity, Limits, Trader
from tastyflow.errors import Refused
from tests.application.counting_ledger import DEMO, Slowly, count_of, counting, hired, spin, why
from tests.application.kit import EVERYTHING, FRIDAY, GENEROUS, open_log, register

pytestmark = pytest.mark.anyio


@pytest.fixture
async def two(tmp_path):
    """Two processes' ledgers on one file."""
    first, second = open_log(tmp_path / "log.db"), open_log(tmp_path / "log.db")
    await hired(first, "demo", "other")
    yield first, second
    first.close()
    second.close()


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


# ── what never changes ─────────────────────────────────────────────────────────────────────────────────────────


async def test_what_the_first_event_made_is_read_from_the_log_once(two, monkeypatch):
    first, second = two
    assert first.born(Identity, Identity.id_of("cli", "zoe")) is None
    await second.change(counting())
    read, asked = first.log.read, []
    monkeypatch.setattr(first.log, "read", lambda *which, **how: asked.append(which) or read(*which, **how))
    for _ in range(3):
        assert first.born(Trader, DEMO) == second.state_at(DEMO, version=1)
    assert len(asked) == 1
    await hired(second, "zoe")
    assert first.born(Identity, Identity.id_of("cli", "zoe")).trader == Trader.id_of("zoe")


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
