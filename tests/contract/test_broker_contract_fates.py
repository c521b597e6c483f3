"""What becomes of an order at the venue, as the stream tells it and as the answer to asking shows it."""

import asyncio
import re
from datetime import timedelta
from itertools import pairwise

import pytest

from tastyflow.domain.ticket import TimeInForce
from tastyflow.domain.venue import Phase, Status
from tastyflow.errors import VenueRefused
from tests.contract.bench import in_the_end, listening
from tests.contract.bench_tickets import (
    CALL,
    CLOSE,
    FRIDAY,
    HIGHER,
    limit,
    marketable,
    resting,
    unaffordable,
    vertical,
)

pytestmark = pytest.mark.anyio

SYMBOL = CALL.occ


# ── the stream ─────────────────────────────────────────────────────────────────────────────────────────────────


async def test_c20_the_stream_tells_of_every_order_and_replays_nothing(bench):
    before = await bench.broker.place(resting(1), external_id="before")
    await bench.pass_time(1)
    async with listening(bench) as heard:
        after = await bench.broker.place(resting(1, worse=1), external_id="after")
        await bench.broker.cancel(after.broker_order)
        await heard.until_over(after.broker_order)
    assert not heard.of(before.broker_order)
    assert {snapshot.external_id for snapshot in heard} == {"after"}


async def test_c21_statuses_move_forward_and_moments_rise(bench):
    async with listening(bench) as heard:
        order = await bench.broker.place(resting(1), external_id="t")
        await bench.pass_time(1)
        await bench.broker.cancel(order.broker_order)
        await heard.until_over(order.broker_order)
    ranks = [snapshot.status.phase.rank for snapshot in heard]
    assert ranks == sorted(ranks)
    assert [snapshot.updated_at for snapshot in heard] == sorted(snapshot.updated_at for snapshot in heard)
    assert all(snapshot.updated_at.utcoffset() == timedelta(0) for snapshot in heard)


async def test_c22_two_who_follow_hear_the_same(bench):
    async with listening(bench) as one, listening(bench) as other:
        order = await bench.broker.place(marketable(1), external_id="t")
        await one.until_over(order.broker_order)
        await other.until_over(order.broker_order)
    assert one == other


def running():
    """What runs, apart from the venue's own, which may share the loop with us."""
    tasks = asyncio.all_tasks()
    return {task for task in tasks if not re.search("aiohttp|simulator", task.get_coro().cr_code.co_filename)}


async def test_c23_a_stream_that_is_left_leaves_nothing_running(bench):
    async with listening(bench) as heard:  # whatever stays for good is there after the first time
        await bench.broker.place(resting(1), external_id="t")
        await heard.until(bool)
    before = running()
    async with bench.broker.updates() as stream:
        waiting = asyncio.create_task(anext(stream))
        await bench.broker.place(resting(1, worse=1), external_id="u")
        await asyncio.wait_for(waiting, 5)
        listening_on = asyncio.create_task(anext(stream))
        await asyncio.sleep(0)
        listening_on.cancel()
        await asyncio.wait([listening_on])
    assert running() <= before


async def test_c24_stream_and_answer_agree_in_the_end(bench):
    """Scenario 1."""
    async with listening(bench) as heard:
        order = await bench.broker.place(marketable(3), external_id="t")
        await heard.until_over(order.broker_order)
    asked = await in_the_end(bench, order.broker_order)
    assert heard[-1].status is asked.status is Status.FILLED
    assert set(heard[-1].fills) == set(asked.fills)
    assert heard[-1].ticket == asked.ticket


# ── fills ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_c25_a_fill_that_is_heard_before_the_answer_is_the_same_fill(bench):
    """Scenario 2."""
    bench.slow_answer(0.3)
    async with listening(bench) as heard:
        placing = asyncio.create_task(bench.broker.place(marketable(2), external_id="t"))
        await heard.until(lambda told: any(snapshot.fills for snapshot in told))
        assert not placing.done()
        (told,) = {snapshot.broker_order for snapshot in heard}
        await heard.until(lambda _told: placing.done())
    answer = placing.result()
    assert answer.broker_order == told
    assert set(answer.fills) <= set(heard.fills(told).values())
    assert bench.ledger() == ["t"]


async def test_c26_filled_with_one_leg_reported_and_the_other_later(bench):
    """Scenario 3."""
    bench.legs_apart()
    async with listening(bench) as heard:
        order = await bench.broker.place(vertical(quantity=2), external_id="t")
        both = {CALL.occ: 2, HIGHER.occ: 2}

        def whole(told):
            return any({s: each.filled(s) for s in both} == both for each in told.of(order.broker_order))

        await heard.until(whole)
    filled = [each for each in heard.of(order.broker_order) if each.status is Status.FILLED]
    assert {symbol: filled[0].filled(symbol) for symbol in both} == {CALL.occ: 2, HIGHER.occ: 0}
    assert len(heard.fills(order.broker_order)) == len(filled[-1].fills)


async def test_c27_a_fill_that_is_told_again_and_again_is_one_fill(bench):
    """Scenario 4."""
    bench.repeats_messages()
    async with listening(bench) as heard:
        order = await bench.broker.place(marketable(4), external_id="t")
        await heard.until_over(order.broker_order)
        await bench.pass_time(1)
    assert sum(fill.quantity for fill in heard.fills(order.broker_order).values()) == 4


async def test_c28_a_later_message_that_comes_first_tells_the_truth_by_its_moment(bench):
    bench.swaps_messages()
    async with listening(bench) as heard:
        order = await bench.broker.place(resting(2), external_id="t")
        await bench.pass_time(1)
        await bench.broker.cancel(order.broker_order)
        await bench.broker.place(resting(1, worse=2), external_id="u")
        await heard.until_over(order.broker_order)
    latest = max(heard.of(order.broker_order), key=lambda snapshot: snapshot.updated_at)
    assert latest.status is Status.CANCELLED


async def test_c29_filled_in_part_then_cancelled_keeps_what_was_filled(bench):
    """Scenario 5."""
    bench.fills_partly(4)
    async with listening(bench) as heard:
        order = await bench.broker.place(marketable(10), external_id="t")
        await heard.until(lambda told: any(snapshot.fills for snapshot in told))
        assert (await bench.broker.get(order.broker_order)).status.phase is Phase.WORKING
        await bench.broker.cancel(order.broker_order)
        await heard.until_over(order.broker_order)
    ended = await in_the_end(bench, order.broker_order)
    assert (ended.status, ended.filled(SYMBOL)) == (Status.CANCELLED, 4)
    assert [position.quantity for position in await bench.broker.positions()] == [4]


async def test_c30_filled_in_part_then_expired_at_the_close_keeps_what_was_filled(build):
    """Scenario 6."""
    bench = await build(keeps_hours=True)
    bench.fills_partly(4)
    order = await bench.broker.place(marketable(10), external_id="t")
    await bench.pass_time(60)
    assert (await bench.broker.get(order.broker_order)).filled(SYMBOL) == 4
    await bench.pass_time((CLOSE - FRIDAY).total_seconds())
    ended = await in_the_end(bench, order.broker_order)
    assert (ended.status, ended.filled(SYMBOL)) == (Status.EXPIRED, 4)


async def test_c31_rejected_before_it_works(bench):
    """Scenario 7."""
    bench.rejects_next()
    async with listening(bench) as heard:
        order = await bench.broker.place(marketable(1), external_id="t")
        await heard.until_over(order.broker_order)
    ended = await in_the_end(bench, order.broker_order)
    assert ended.status is Status.REJECTED
    assert "Session offline" in ended.reason
    assert not ended.fills
    assert not await bench.broker.positions()
    assert bench.ledger() == ["t"]


async def test_c32_rejected_after_it_worked(bench):
    """Scenario 8."""
    bench.rejects_later()
    async with listening(bench) as heard:
        order = await bench.broker.place(resting(1), external_id="t")
        await heard.until_over(order.broker_order)
    path = [snapshot.status for snapshot in heard.of(order.broker_order)]
    assert path[-1] is Status.REJECTED
    assert Status.LIVE in path
    assert heard[-1].reason


# ── cancel and replace ─────────────────────────────────────────────────────────────────────────────────────────


async def test_c33_a_cancel_that_loses_the_race_is_refused_and_the_fill_stands(bench):
    """Scenario 9."""
    order = await bench.broker.place(resting(2), external_id="t")
    await bench.pass_time(1)
    await bench.quote(CALL, "9.40", "9.50")
    await bench.pass_time(1)
    with pytest.raises(VenueRefused) as refusal:
        await bench.broker.cancel(order.broker_order)
    assert refusal.value.code == "cannot_cancel"
    assert (await in_the_end(bench, order.broker_order)).filled(SYMBOL) == 2


async def test_c34_a_replacement_waits_until_the_old_order_is_gone(bench):
    """Scenario 10."""
    async with listening(bench) as heard:
        old = await bench.broker.place(resting(2), external_id="old")
        await bench.pass_time(1)
        new = await bench.broker.replace(old.broker_order, resting(2, worse=1), external_id="new")
        await heard.until(lambda told: any(each.status is Status.LIVE for each in told.of(new.broker_order)))
    told = [(snapshot.external_id, snapshot.status) for snapshot in heard]
    assert told.index(("old", Status.CANCELLED)) < told.index(("new", Status.LIVE))
    ranks = [snapshot.status.phase.rank for snapshot in heard.of(new.broker_order)]
    assert all(before <= after for before, after in pairwise(ranks))
    assert bench.ledger() == ["old", "new"]


async def test_c35_a_replacement_that_is_refused_leaves_the_old_order_at_work(bench):
    """Scenario 11."""
    old = await bench.broker.place(resting(2), external_id="old")
    await bench.pass_time(1)
    costly = unaffordable().legs[0].quantity
    with pytest.raises(VenueRefused):
        await bench.broker.replace(old.broker_order, limit("9.40", costly), external_id="new")
    assert (await bench.broker.get(old.broker_order)).status is Status.LIVE
    assert not await bench.broker.find("new")
    assert bench.ledger() == ["old"]


async def test_c36_a_fill_on_the_old_order_ends_its_replacement(bench):
    """Scenario 12."""
    bench.fills_when_replaced()
    old = await bench.broker.place(resting(2), external_id="old")
    await bench.pass_time(1)
    new = await bench.broker.replace(old.broker_order, resting(2, worse=1), external_id="new")
    await bench.quote(CALL, "9.40", "9.50")  # before the venue has come to cancelling the old one
    old = await in_the_end(bench, old.broker_order)
    assert (old.status, old.filled(SYMBOL)) == (Status.FILLED, 2)
    new = await in_the_end(bench, new.broker_order)
    assert new.status in (Status.REJECTED, Status.CANCELLED)
    assert not new.fills
    assert [position.quantity for position in await bench.broker.positions()] == [2]


async def test_c37_an_order_that_ends_with_its_day_says_so(build):
    bench = await build(keeps_hours=True)
    order = await bench.broker.place(resting(1), external_id="t")
    lasting = await bench.broker.place(resting(1, worse=1, lasts=TimeInForce.parse("gtc")), external_id="u")
    await bench.pass_time((CLOSE - FRIDAY).total_seconds() + 1)
    assert (await in_the_end(bench, order.broker_order)).status is Status.EXPIRED
    assert not (await bench.broker.get(lasting.broker_order)).status.is_terminal
