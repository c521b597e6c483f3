"""The faults of the account's stream: whatever it repeats, swaps, loses or leaves unsaid, the end is the same."""

import asyncio

import pytest
from tt_faults import faulty_venue

from tastyflow.domain.venue import Status
from tastyflow_adapters.tastytrade.streams.account_stream import SILENCE_S
from tastyflow_simulator import FaultKind
from tests.contract.simulated_venue import SPEED
from tests.contract.tickets import CALL, marketable, resting
from tests.contract.venue_under_test import in_the_end, listening

pytestmark = pytest.mark.anyio


@pytest.fixture
async def faulty():
    async with faulty_venue() as faulty:
        yield faulty


async def to_the_end(faulty, heard, order):
    """What was heard of the order, and what is true of it, agree on the fills."""
    ended = await in_the_end(faulty.subject, order.broker_order)
    assert set(heard.fills(order.broker_order).values()) <= set(ended.fills)
    return ended


async def test_stream_duplicate_everything_twice_is_nothing_new(faulty):
    faulty.fault(FaultKind.STREAM_DUPLICATE, times=None)
    async with listening(faulty.subject) as heard:
        order = await faulty.broker.place(marketable(3), external_id="t")
        await heard.until_over(order.broker_order)
        assert set(heard.fills(order.broker_order).values()) == set((await to_the_end(faulty, heard, order)).fills)
    assert sum(fill.quantity for fill in heard.fills(order.broker_order).values()) == 3


async def test_stream_reorder_the_last_by_its_moment_is_the_last(faulty):
    faulty.fault(FaultKind.STREAM_REORDER, times=None, seconds=0.1)
    async with listening(faulty.subject) as heard:
        order = await faulty.broker.place(marketable(3), external_id="t")
        await heard.until_over(order.broker_order)
        await to_the_end(faulty, heard, order)
    assert max(heard.of(order.broker_order), key=lambda each: each.updated_at).status is Status.FILLED


async def test_stream_drop_what_was_not_told_is_known_by_asking(faulty):
    faulty.fault(FaultKind.STREAM_DROP, times=None)
    async with listening(faulty.subject) as heard:
        order = await faulty.broker.place(marketable(3), external_id="t")
        ended = await to_the_end(faulty, heard, order)
        assert not heard
    assert ended.filled(CALL.occ) == 3


async def test_stream_silent_the_line_is_given_up_and_what_was_missed_is_asked_for(faulty):
    async with listening(faulty.subject) as heard:
        fault = faulty.fault(FaultKind.STREAM_SILENT, times=None)
        order = await faulty.broker.place(marketable(3), external_id="t")
        await to_the_end(faulty, heard, order)
        assert not heard
        await asyncio.sleep(0.2)  # ten times a second the line is looked at, and it falls silent then at the latest
        faulty.simulator.faults.clear(fault)
        await asyncio.sleep(SILENCE_S / SPEED)
        await heard.until_over(order.broker_order)
    assert sum(fill.quantity for fill in heard.fills(order.broker_order).values()) == 3
    assert faulty.broker._stream.health.times_up == 2


async def test_stream_silent_from_the_first_word_whoever_follows_is_let_in_all_the_same(faulty):
    fault = faulty.fault(FaultKind.STREAM_SILENT, times=None)
    async with listening(faulty.subject) as heard:
        order = await faulty.broker.place(marketable(3), external_id="t")
        await to_the_end(faulty, heard, order)
        faulty.simulator.faults.clear(fault)
        await heard.until_over(order.broker_order)


@pytest.mark.parametrize("code", [1000, 1001, 1011, 1012, 4000])
async def test_stream_close_the_line_is_opened_again_and_nothing_is_missing(faulty, code):
    async with listening(faulty.subject) as heard:
        order = await faulty.broker.place(resting(2), external_id="t")
        await heard.until(bool)
        fault = faulty.fault(FaultKind.STREAM_CLOSE, path="/streamer", status=code, times=None)
        await asyncio.sleep(0.25)
        await faulty.subject.quote(CALL, "9.40", "9.50")
        await faulty.subject.pass_time(1)
        faulty.simulator.faults.clear(fault)
        await heard.until_over(order.broker_order)
    assert sum(fill.quantity for fill in heard.fills(order.broker_order).values()) == 2
    assert faulty.broker._stream.health.gaps >= 1


@pytest.mark.parametrize("drift", ["type", "missing", "status", "legs", "id", "external-identifier", ""])
async def test_schema_drift_on_the_stream_costs_a_message_and_not_the_stream(faulty, drift):
    fault = faulty.fault(FaultKind.SCHEMA_DRIFT, path="/streamer", reason=drift, times=None)
    async with listening(faulty.subject) as heard:
        order = await faulty.broker.place(resting(2), external_id="t")
        await to_the_end_of_a_cancel(faulty, order)
        faulty.simulator.faults.clear(fault)
        other = await faulty.broker.place(resting(1), external_id="u")
        await heard.until(lambda told: told.of(other.broker_order))
    assert (await faulty.broker.get(order.broker_order)).status is Status.CANCELLED


async def to_the_end_of_a_cancel(faulty, order):
    await faulty.subject.pass_time(1)
    await faulty.broker.cancel(order.broker_order)
    await in_the_end(faulty.subject, order.broker_order)
