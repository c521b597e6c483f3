"""
What every adapter owes to the port `tastyflow.ports.Broker`, in numbered cases. No case knows which broker it runs on.

Another adapter runs them by giving a fixture ``bench`` of its own: a broker, tickets that fill at once, that rest and
that are refused there, and a way to let its time pass.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from attrs import evolve, frozen
from fake_orders import CALL, CENT, STC, limit

from tastyflow.domain.instruments import EquityOption
from tastyflow.domain.ticket import Ticket
from tastyflow.domain.venue import Status, Venue
from tastyflow.errors import VenueRefused
from tastyflow.ports import Broker

pytestmark = pytest.mark.anyio


@frozen
class Bench:
    """
    Attributes:
        marketable: A ticket to open so many contracts that fills at once.
        resting: One that works until it is cancelled; *worse* is by how many ticks it is even further away.
        closing: One that closes so many of them at once.
        unlisted: One for something that is not listed.
        pass_time: Let so many seconds pass at the venue.
    """

    broker: Broker
    marketable: Callable[[int], Ticket]
    resting: Callable[..., Ticket]
    closing: Callable[[int], Ticket]
    unlisted: Callable[[], Ticket]
    pass_time: Callable[[float], Awaitable[None]]


@pytest.fixture
def bench(venue, quote, clock):
    return Bench(
        broker=venue(),
        marketable=lambda quantity: limit(quote.ask, quantity),
        resting=lambda quantity, worse=0: limit(quote.bid - (10 + worse) * CENT, quantity),
        closing=lambda quantity: limit(quote.bid, quantity, action=STC),
        unlisted=lambda: limit("1", instrument=evolve(CALL, strike=CALL.strike + CENT)),
        pass_time=clock.turn,
    )


async def in_the_end(bench, broker_order):
    """The order once it is over."""
    for _ in range(200):
        order = await bench.broker.get(broker_order)
        if order.status.is_terminal:
            return order
        await bench.pass_time(0.05)
    raise AssertionError(f"{broker_order} does not end")


async def test_c01_the_account_belongs_to_the_venue(bench):
    account = await bench.broker.account()
    assert account.venue is bench.broker.venue
    assert isinstance(bench.broker.venue, Venue)
    assert account.number


async def test_c02_a_dry_run_places_nothing(bench):
    answer = await bench.broker.dry_run(bench.marketable(2))
    assert answer.buying_power_change_usd < 0
    assert answer.fees_usd >= 0
    assert not await bench.broker.positions()


async def test_c03_the_answer_to_placing_names_the_order_and_echoes_ticket_and_tag(bench):
    ticket = bench.resting(3)
    order = await bench.broker.place(ticket, external_id="tag-1")
    assert order.broker_order
    assert order.external_id == "tag-1"
    assert order.ticket is None or order.ticket.digest == ticket.digest
    assert not order.status.is_terminal


async def test_c04_what_was_placed_is_found_by_its_tag_and_by_its_name(bench):
    order = await bench.broker.place(bench.resting(1), external_id="tag-1")
    assert [found.broker_order for found in await bench.broker.find("tag-1")] == [order.broker_order]
    assert (await bench.broker.get(order.broker_order)).external_id == "tag-1"
    assert not await bench.broker.find("tag-2")
    assert await bench.broker.get("no-such-order") is None


async def test_c05_a_tag_is_no_idempotency_key(bench):
    first = await bench.broker.place(bench.resting(1), external_id="tag-1")
    second = await bench.broker.place(bench.resting(1), external_id="tag-1")
    assert first.broker_order != second.broker_order
    assert {each.broker_order for each in await bench.broker.find("tag-1")} == {
        first.broker_order,
        second.broker_order,
    }


async def test_c06_a_marketable_order_fills_completely_and_makes_a_position(bench):
    ticket = bench.marketable(4)
    order = await in_the_end(bench, (await bench.broker.place(ticket, external_id="t")).broker_order)
    symbol = ticket.legs[0].instrument.wire
    assert order.status is Status.FILLED
    assert order.filled(symbol) == 4
    assert len({fill.fill_id for fill in order.fills}) == len(order.fills)
    assert all(fill.price > 0 and fill.quantity > 0 and fill.symbol == symbol for fill in order.fills)
    held = {position.instrument: position.quantity for position in await bench.broker.positions()}
    assert held == {ticket.legs[0].instrument: 4}


async def test_c07_a_fill_costs_money(bench):
    before = await bench.broker.balances()
    await in_the_end(bench, (await bench.broker.place(bench.marketable(1), external_id="t")).broker_order)
    after = await bench.broker.balances()
    assert after.cash_usd < before.cash_usd
    assert after.buying_power_usd < before.buying_power_usd


async def test_c08_opened_and_closed_leaves_nothing(bench):
    await in_the_end(bench, (await bench.broker.place(bench.marketable(2), external_id="t1")).broker_order)
    closed = await bench.broker.place(bench.closing(2), external_id="t2")
    assert (await in_the_end(bench, closed.broker_order)).status is Status.FILLED
    assert not await bench.broker.positions()


async def test_c09_a_resting_order_is_cancelled(bench):
    order = await bench.broker.place(bench.resting(1), external_id="t")
    asked = await bench.broker.cancel(order.broker_order)
    assert asked.broker_order == order.broker_order
    ended = await in_the_end(bench, order.broker_order)
    assert (ended.status, ended.fills) == (Status.CANCELLED, ())


async def test_c10_what_is_over_cannot_be_cancelled(bench):
    order = await bench.broker.place(bench.marketable(1), external_id="t")
    await in_the_end(bench, order.broker_order)
    with pytest.raises(VenueRefused) as refusal:
        await bench.broker.cancel(order.broker_order)
    assert refusal.value.code == "cannot_cancel"


async def test_c11_a_refused_order_does_not_exist(bench):
    for ask in (bench.broker.dry_run, lambda ticket: bench.broker.place(ticket, external_id="t")):
        with pytest.raises(VenueRefused) as refusal:
            await ask(bench.unlisted())
        assert refusal.value.code
        assert str(refusal.value)
    assert not await bench.broker.find("t")


async def test_c12_a_replacement_is_a_new_order_and_the_old_one_points_to_it(bench):
    old = await bench.broker.place(bench.resting(2), external_id="old")
    new = await bench.broker.replace(old.broker_order, bench.resting(2, worse=1), external_id="new")
    assert new.broker_order != old.broker_order
    assert new.replaces == old.broker_order
    ended = await in_the_end(bench, old.broker_order)
    assert (ended.status, ended.replaced_by) == (Status.CANCELLED, new.broker_order)
    assert not (await bench.broker.get(new.broker_order)).status.is_terminal
    assert [found.broker_order for found in await bench.broker.find("new")] == [new.broker_order]


async def test_c13_what_is_over_cannot_be_replaced(bench):
    order = await bench.broker.place(bench.marketable(1), external_id="t")
    await in_the_end(bench, order.broker_order)
    with pytest.raises(VenueRefused):
        await bench.broker.replace(order.broker_order, bench.resting(1), external_id="t2")
    assert not await bench.broker.find("t2")


async def test_c14_the_stream_tells_of_every_order_and_replays_nothing(bench):
    before = await bench.broker.place(bench.resting(1), external_id="before")
    async with bench.broker.updates() as stream:
        after = await bench.broker.place(bench.resting(1, worse=1), external_id="after")
        await bench.broker.cancel(after.broker_order)
        heard = []
        while not heard or not heard[-1].status.is_terminal:
            heard.append(await asyncio.wait_for(anext(stream), 5))
    assert {snapshot.broker_order for snapshot in heard} == {after.broker_order}
    assert before.broker_order not in {snapshot.broker_order for snapshot in heard}


async def test_c15_statuses_move_forward_and_moments_rise(bench):
    async with bench.broker.updates() as stream:
        order = await bench.broker.place(bench.resting(1), external_id="t")
        await bench.broker.cancel(order.broker_order)
        heard = []
        while not heard or not heard[-1].status.is_terminal:
            heard.append(await asyncio.wait_for(anext(stream), 5))
    ranks = [snapshot.status.phase.rank for snapshot in heard]
    assert ranks == sorted(ranks)
    assert [snapshot.updated_at for snapshot in heard] == sorted(snapshot.updated_at for snapshot in heard)
    assert all(snapshot.updated_at.utcoffset() == timedelta(0) for snapshot in heard)


async def test_c16_two_streams_hear_the_same(bench):
    async with bench.broker.updates() as one, bench.broker.updates() as other:
        await bench.broker.place(bench.resting(1), external_id="t")
        assert await asyncio.wait_for(anext(one), 5) == await asyncio.wait_for(anext(other), 5)


async def test_c17_a_stream_that_is_left_leaves_nothing_running(bench):
    before = asyncio.all_tasks()
    async with bench.broker.updates() as stream:
        waiting = asyncio.create_task(anext(stream))
        await bench.broker.place(bench.resting(1), external_id="t")
        await asyncio.wait_for(waiting, 5)
        listening = asyncio.create_task(anext(stream))
        await asyncio.sleep(0)
        listening.cancel()
        await asyncio.wait([listening])
    assert asyncio.all_tasks() == before


async def test_c18_polling_alone_sees_an_order_to_its_end(bench):
    order = await bench.broker.place(bench.marketable(1), external_id="t")
    ended = await in_the_end(bench, order.broker_order)
    assert (await bench.broker.find("t"))[0] == ended
    assert isinstance(ended.ticket.legs[0].instrument, EquityOption)
