"""What becomes of an order at the venue, as the stream tells it and as the answer to asking shows it."""

import asyncio
import re
from datetime import timedelta
from itertools import pairwise

import pytest

from tastyflow.domain.ticket import TimeInForce
from tastyflow.domain.venue import Phase, Status
from tastyflow.errors import VenueRefused
from tests.contract.tickets import (
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
from tests.contract.venue_under_test import in_the_end, listening

pytestmark = pytest.mark.anyio

SYMBOL = CALL.occ


# ── the stream ─────────────────────────────────────────────────────────────────────────────────────────────────


async def test_c20_the_stream_tells_of_every_order_and_replays_nothing(subject):
    before = await subject.broker.place(resting(1), external_id="before")
    await subject.pass_time(1)
    async with listening(subject) as heard:
        after = await subject.broker.place(resting(1, worse=1), external_id="after")
        await subject.broker.cancel(after.broker_order)
        await heard.until_over(after.broker_order)
    assert not heard.of(before.broker_order)
    assert {snapshot.external_id for snapshot in heard} == {"after"}


async def test_c21_statuses_move_forward_and_moments_rise(subject):
    async with listening(subject) as heard:
        order = await subject.broker.place(resting(1), external_id="t")
        await subject.pass_time(1)
        await subject.broker.cancel(order.broker_order)
        await heard.until_over(order.broker_order)
    ranks = [snapshot.status.phase.rank for snapshot in heard]
    assert ranks == sorted(ranks)
    assert [snapshot.updated_at for snapshot in heard] == sorted(snapshot.updated_at for snapshot in heard)
    assert all(snapshot.updated_at.utcoffset() == timedelta(0) for snapshot in heard)


async def test_c22_two_who_follow_hear_the_same(subject):
    async with listening(subject) as one, listening(subject) as other:
        order = await subject.broker.place(marketable(1), external_id="t")
        await one.until_over(order.broker_order)
        await other.until_over(order.broker_order)
    assert one == other


def running():
    """What runs, apart from the venue's own, which may share the loop with us."""
    tasks = asyncio.all_tasks()
    return {task for task in tasks if not re.search("aiohttp|simulator", task.get_coro().cr_code.co_filename)}


async def test_c23_a_stream_that_is_left_leaves_nothing_running(subject):
    async with listening(subject) as heard:  # whatever stays for good is there after the first time
        await subject.broker.place(resting(1), external_id="t")
        await heard.until(bool)
    before = running()
    async with subject.broker.updates() as stream:
        waiting = asyncio.create_task(anext(stream))
        await subject.broker.place(resting(1, worse=1), external_id="u")
        await asyncio.wait_for(waiting, 5)
        listening_on = asyncio.create_task(anext(stream))
        await asyncio.sleep(0)
        listening_on.cancel()
        await asyncio.wait([listening_on])
    assert running() <= before


async def test_c24_stream_and_answer_agree_in_the_end(subject):
    """Scenario 1."""
    async with listening(subject) as heard:
        order = await subject.broker.place(marketable(3), external_id="t")
        await heard.until_over(order.broker_order)
    asked = await in_the_end(subject, order.broker_order)
    assert heard[-1].status is asked.status is Status.FILLED
    assert set(heard[-1].fills) == set(asked.fills)
    assert heard[-1].ticket == asked.ticket


# ── fills ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_c25_a_fill_that_is_heard_before_the_answer_is_the_same_fill(subject):
    """Scenario 2."""
    subject.slow_answer(0.3)
    async with listening(subject) as heard:
        placing = asyncio.create_task(subject.broker.place(marketable(2), external_id="t"))
        await heard.until(lambda told: any(snapshot.fills for snapshot in told))
        assert not placing.done()
        (told,) = {snapshot.broker_order for snapshot in heard}
        await heard.until(lambda _told: placing.done())
    answer = placing.result()
    assert answer.broker_order == told
    assert set(answer.fills) <= set(heard.fills(told).values())
    assert subject.ledger() == ["t"]


async def test_c26_filled_with_one_leg_reported_and_the_other_later(subject):
    """Scenario 3."""
    subject.legs_apart()
    async with listening(subject) as heard:
        order = await subject.broker.place(vertical(quantity=2), external_id="t")
        both = {CALL.occ: 2, HIGHER.occ: 2}

        def whole(told):
            return any({s: each.filled(s) for s in both} == both for each in told.of(order.broker_order))

        await heard.until(whole)
    filled = [each for each in heard.of(order.broker_order) if each.status is Status.FILLED]
    assert {symbol: filled[0].filled(symbol) for symbol in both} == {CALL.occ: 2, HIGHER.occ: 0}
    assert len(heard.fills(order.broker_order)) == len(filled[-1].fills)


async def test_c27_a_fill_that_is_told_again_and_again_is_one_fill(subject):
    """Scenario 4."""
    subject.repeats_messages()
    async with listening(subject) as heard:
        order = await subject.broker.place(marketable(4), external_id="t")
        await heard.until_over(order.broker_order)
        await subject.pass_time(1)
    assert sum(fill.quantity for fill in heard.fills(order.broker_order).values()) == 4


async def test_c28_a_later_message_that_comes_first_tells_the_truth_by_its_moment(subject):
    subject.swaps_messages()
    async with listening(subject) as heard:
        order = await subject.broker.place(resting(2), external_id="t")
        await subject.pass_time(1)
        await subject.broker.cancel(order.broker_order)
        await subject.broker.place(resting(1, worse=2), external_id="u")
        await heard.until_over(order.broker_order)
    latest = max(heard.of(order.broker_order), key=lambda snapshot: snapshot.updated_at)
    assert latest.status is Status.CANCELLED


async def test_c29_filled_in_part_then_cancelled_keeps_what_was_filled(subject):
    """Scenario 5."""
    subject.fills_partly(4)
    async with listening(subject) as heard:
        order = await subject.broker.place(marketable(10), external_id="t")
        await heard.until(lambda told: any(snapshot.fills for snapshot in told))
        assert (await subject.broker.get(order.broker_order)).status.phase is Phase.WORKING
        await subject.broker.cancel(order.broker_order)
        await heard.until_over(order.broker_order)
    ended = await in_the_end(subject, order.broker_order)
    assert (ended.status, ended.filled(SYMBOL)) == (Status.CANCELLED, 4)
    assert [position.quantity for position in await subject.broker.positions()] == [4]


async def test_c30_filled_in_part_then_expired_at_the_close_keeps_what_was_filled(build):
    """Scenario 6."""
    subject = await build(keeps_hours=True)
    subject.fills_partly(4)
    order = await subject.broker.place(marketable(10), external_id="t")
    await subject.pass_time(60)
    assert (await subject.broker.get(order.broker_order)).filled(SYMBOL) == 4
    await subject.pass_time((CLOSE - FRIDAY).total_seconds())
    ended = await in_the_end(subject, order.broker_order)
    assert (ended.status, ended.filled(SYMBOL)) == (Status.EXPIRED, 4)


async def test_c31_rejected_before_it_works(subject):
    """Scenario 7."""
    subject.rejects_next()
    async with listening(subject) as heard:
        order = await subject.broker.place(marketable(1), external_id="t")
        await heard.until_over(order.broker_order)
    ended = await in_the_end(subject, order.broker_order)
    assert ended.status is Status.REJECTED
    assert "Session offline" in ended.reason
    assert not ended.fills
    assert not await subject.broker.positions()
    assert subject.ledger() == ["t"]


async def test_c32_rejected_after_it_worked(subject):
    """Scenario 8."""
    subject.rejects_later()
    async with listening(subject) as heard:
        order = await subject.broker.place(resting(1), external_id="t")
        await heard.until_over(order.broker_order)
    path = [snapshot.status for snapshot in heard.of(order.broker_order)]
    assert path[-1] is Status.REJECTED
    assert Status.LIVE in path
    assert heard[-1].reason


# ── cancel and replace ─────────────────────────────────────────────────────────────────────────────────────────


async def test_c33_a_cancel_that_loses_the_race_is_refused_and_the_fill_stands(subject):
    """Scenario 9."""
    order = await subject.broker.place(resting(2), external_id="t")
    await subject.pass_time(1)
    await subject.quote(CALL, "9.40", "9.50")
    await subject.pass_time(1)
    with pytest.raises(VenueRefused) as refusal:
        await subject.broker.cancel(order.broker_order)
    assert refusal.value.code == "cannot_cancel"
    assert (await in_the_end(subject, order.broker_order)).filled(SYMBOL) == 2


async def test_c34_a_replacement_waits_until_the_old_order_is_gone(subject):
    """Scenario 10."""
    async with listening(subject) as heard:
        old = await subject.broker.place(resting(2), external_id="old")
        await subject.pass_time(1)
        new = await subject.broker.replace(old.broker_order, resting(2, worse=1), external_id="new")
        await heard.until(lambda told: any(each.status is Status.LIVE for each in told.of(new.broker_order)))
    told = [(snapshot.external_id, snapshot.status) for snapshot in heard]
    assert told.index(("old", Status.CANCELLED)) < told.index(("new", Status.LIVE))
    ranks = [snapshot.status.phase.rank for snapshot in heard.of(new.broker_order)]
    assert all(before <= after for before, after in pairwise(ranks))
    assert subject.ledger() == ["old", "new"]


async def test_c35_a_replacement_that_is_refused_leaves_the_old_order_at_work(subject):
    """Scenario 11."""
    old = await subject.broker.place(resting(2), external_id="old")
    await subject.pass_time(1)
    costly = unaffordable().legs[0].quantity
    with pytest.raises(VenueRefused):
        await subject.broker.replace(old.broker_order, limit("9.40", costly), external_id="new")
    assert (await subject.broker.get(old.broker_order)).status is Status.LIVE
    assert not await subject.broker.find("new")
    assert subject.ledger() == ["old"]


async def test_c36_a_fill_on_the_old_order_ends_its_replacement(subject):
    """Scenario 12."""
    subject.fills_when_replaced()
    old = await subject.broker.place(resting(2), external_id="old")
    await subject.pass_time(1)
    new = await subject.broker.replace(old.broker_order, resting(2, worse=1), external_id="new")
    await subject.quote(CALL, "9.40", "9.50")  # before the venue has come to cancelling the old one
    old = await in_the_end(subject, old.broker_order)
    assert (old.status, old.filled(SYMBOL)) == (Status.FILLED, 2)
    new = await in_the_end(subject, new.broker_order)
    assert new.status in (Status.REJECTED, Status.CANCELLED)
    assert not new.fills
    assert [position.quantity for position in await subject.broker.positions()] == [2]


async def test_c37_an_order_that_ends_with_its_day_says_so(build):
    subject = await build(keeps_hours=True)
    order = await subject.broker.place(resting(1), external_id="t")
    lasting = await subject.broker.place(resting(1, worse=1, lasts=TimeInForce.parse("gtc")), external_id="u")
    await subject.pass_time((CLOSE - FRIDAY).total_seconds() + 1)
    assert (await in_the_end(subject, order.broker_order)).status is Status.EXPIRED
    assert not (await subject.broker.get(lasting.broker_order)).status.is_terminal
