"""A desk on two such brokers replaces orders: one order takes another's place, and a fill in between is told."""

import asyncio

import pytest

from tastyflow.domain.order.stages import Stage
from tastyflow.domain.trader import Trader
from tastyflow.domain.venue import Status, Venue
from tests.contract.desk_between_venues import BID, Crash
from tests.contract.tickets import CALL, limit, resting
from tests.contract.venue_under_test import in_the_end

pytestmark = pytest.mark.anyio

CHANGE = "replace last @ 9.60"


async def replaced(venues, desk, words=CHANGE, message="new"):
    reply = await venues.until(desk.ask(venues.message(words, message)))
    assert reply.error is None
    return reply.orders[0]


def stages(venues, *messages):
    return [venues.order(message).stage for message in messages]


def reserved(venues):
    return venues.ledger.read(Trader, Trader.id_of("demo")).reserved.keys()


async def at_the_venue(venues, message):
    attempt = venues.order(message).attempt(Venue.PRODUCTION)
    return await venues.until(venues.production.broker.get(attempt.broker_order))


async def test_c94_a_replacement_is_for_what_is_left(build):
    subject = await build()
    subject.fills_partly(1)
    old = await subject.broker.place(limit("10.10", 3), external_id="old")
    await subject.pass_time(1)
    assert (await subject.broker.get(old.broker_order)).filled(CALL.occ) == 1
    await subject.quote(CALL, "10.20", "10.30")
    new = await subject.broker.replace(old.broker_order, resting(2), external_id="new")
    await in_the_end(subject, old.broker_order)
    await subject.pass_time(1)
    assert (await subject.broker.get(new.broker_order)).ticket.legs == resting(2).legs


async def test_c95_one_order_takes_the_place_of_another(venues):
    async with venues.desk() as desk:
        await venues.place(desk, BID, "old")
        new = await replaced(venues, desk)
        await venues.rest(1.0)
    assert stages(venues, "old", "new") == [Stage.CANCELLED, Stage.WORKING]
    assert venues.order("old").replacement == new.id
    first, second = await at_the_venue(venues, "old"), await at_the_venue(venues, "new")
    assert (first.status, first.replaced_by, second.replaces) == (
        Status.CANCELLED,
        second.broker_order,
        first.broker_order,
    )
    assert second.ticket.digest == new.digest
    assert reserved(venues) == {new.id}
    await venues.assert_sound()


async def test_c96_a_chain_of_three_is_one_order_at_work(venues):
    async with venues.desk() as desk:
        await venues.place(desk, BID, "old")
        second = await replaced(venues, desk, message="second")
        await venues.rest(1.0)
        await replaced(venues, desk, f"replace {second.reference} @ 9.70 gtc", "third")
        await venues.rest(1.0)
    assert stages(venues, "old", "second", "third") == [Stage.CANCELLED, Stage.CANCELLED, Stage.WORKING]
    await venues.assert_sound()


async def test_c97_a_fill_while_it_is_replaced_is_the_old_orders(venues):
    """Scenario 12, at the desk: the venue has the request, and the old order fills before it is cancelled."""
    venues.production.fills_when_replaced()
    broker = venues.production.broker

    class Racing:
        def __getattr__(self, name):
            return getattr(broker, name)

        async def replace(self, broker_order, ticket, *, external_id, **how):
            answer = await broker.replace(broker_order, ticket, external_id=external_id, **how)
            await venues.production.quote(CALL, "9.40", "9.50")
            return answer

    venues.trading = Racing()
    async with venues.desk() as desk:
        await venues.place(desk, BID, "old")
        await replaced(venues, desk)
        await venues.rest(2.0)
    old, new = venues.order("old"), venues.order("new")
    assert (old.stage, old.filled(Venue.PRODUCTION), old.replacement) == (Stage.FILLED, 2, None)
    assert new.stage in (Stage.REJECTED, Stage.CANCELLED)
    assert new.filled(Venue.PRODUCTION) == 0
    assert reserved(venues) == set()
    await venues.assert_sound()


async def test_c98_an_order_that_filled_first_is_not_replaced(venues):
    broker = venues.production.broker

    class TooLate:
        def __getattr__(self, name):
            return getattr(broker, name)

        async def replace(self, broker_order, ticket, *, external_id, **how):
            await venues.production.quote(CALL, "9.40", "9.50")
            await asyncio.sleep(0)
            await in_the_end(venues.production, broker_order)
            return await broker.replace(broker_order, ticket, external_id=external_id, **how)

    venues.trading = TooLate()
    async with venues.desk() as desk:
        await venues.place(desk, BID, "old")
        await replaced(venues, desk)
    old, new = venues.order("old"), venues.order("new")
    assert (old.stage, new.stage, old.replacement) == (Stage.FILLED, Stage.REJECTED, None)
    assert "was filled before it could be replaced" in new.message
    await venues.assert_sound()


@pytest.mark.parametrize("accepted", [True, False], ids=["answer lost", "request lost"])
async def test_c99_without_an_answer_whichever_works_is_recorded(venues, accepted):
    venues.production.answer_lost(accepted=accepted, call="replace")
    async with venues.desk() as desk:
        await venues.place(desk, BID, "old")
        await replaced(venues, desk)
        await venues.rest(2.0)
    after = await venues.recovered()
    expected = [Stage.CANCELLED, Stage.WORKING] if accepted else [Stage.WORKING, Stage.ESCALATED]
    assert stages(after, "old", "new") == expected
    assert after.order("old").replacement == (after.order("new").id if accepted else None)
    await after.assert_sound()


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
async def test_c100_dead_at_the_replacement_the_next_process_ends_it_the_same(venues, before):
    venues.dies_at("replace", before=before)
    async with venues.desk() as desk:
        await venues.place(desk, BID, "old")
        with pytest.raises(Crash):
            await venues.until(desk.ask(venues.message(CHANGE, "new")))
    after = await venues.recovered()
    expected = [Stage.WORKING, Stage.ESCALATED] if before else [Stage.CANCELLED, Stage.WORKING]
    assert stages(after, "old", "new") == expected
    await after.assert_sound()
