"""A desk on two such brokers: the same line twice, a process that dies, a venue that forgets."""

import asyncio

import pytest

from tastyflow.domain.order.stages import Stage
from tastyflow.domain.order.submission import AttemptOutcome
from tastyflow.domain.ticket import Action
from tastyflow.domain.trader import Trader
from tastyflow.domain.venue import Venue
from tests.application.soundness import assert_promotions_were_earned
from tests.contract.desk_between_venues import BID, BUY, Crash, log
from tests.contract.tickets import CALL, limit, marketable, resting
from tests.contract.venue_under_test import in_the_end

pytestmark = pytest.mark.anyio


def outcomes(order, venue):
    return [attempt.outcome for attempt in order.attempts if attempt.venue is venue]


async def test_c80_a_line_becomes_one_order_at_each_venue(venues):
    """Scenario 1, from text to filled."""
    async with venues.desk() as desk:
        order = await venues.place(desk, BUY)
    assert (order.stage, order.filled(Venue.PRODUCTION)) == (Stage.FILLED, 2)
    assert [venues.tags_at(venue) for venue in Venue] == [
        [attempt.external_id for attempt in order.attempts if attempt.venue is venue] for venue in Venue
    ]
    await venues.assert_sound()


async def test_c81_a_line_that_is_delivered_three_times_is_one_order(venues):
    """Scenario 17."""
    async with venues.desk() as desk:
        twice = await venues.until(asyncio.gather(*(desk.place(venues.message(BUY, "m")) for _ in range(2))))
        again = await venues.place(desk, BUY, "m")
    assert {order.id for order in (*twice, again)} == {again.id}
    assert again.stage is Stage.FILLED
    assert [len(venues.tags_at(venue)) for venue in Venue] == [1, 1]
    await venues.assert_sound()


async def dies(venues, doing):
    with pytest.raises(Crash):
        await venues.until(doing)


async def test_c82_dead_between_the_claim_and_the_sending_nothing_was_sent_and_nothing_is(venues):
    """Scenario 22: production is not asked to place what may be there; a person must look."""
    venues.dies_at("place", before=True)
    async with venues.desk() as desk:
        await dies(venues, desk.place(venues.message(BUY, "m")))
    after = await venues.recovered()
    order = after.order("m")
    assert (order.stage, outcomes(order, Venue.PRODUCTION)) == (Stage.ESCALATED, [AttemptOutcome.NOT_FOUND])
    assert venues.production.ledger() == []
    await after.assert_sound()


async def test_c83_dead_between_the_sending_and_the_answer_the_order_is_found_and_adopted(venues):
    """Scenario 23."""
    venues.dies_at("place", before=False)
    async with venues.desk() as desk:
        await dies(venues, desk.place(venues.message(BUY, "m")))
    after = await venues.recovered()
    order = after.order("m")
    assert (order.stage, outcomes(order, Venue.PRODUCTION)) == (Stage.FILLED, [AttemptOutcome.ADOPTED])
    assert len(venues.production.ledger()) == 1
    await after.assert_sound()


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
async def test_c84_dead_amid_cancelling_everything_the_rest_is_cancelled_by_the_next(venues, before):
    """Scenario 24."""
    venues.dies_at("cancel", before=before, nth=2)
    async with venues.desk() as desk:
        for number in range(3):
            assert (await venues.place(desk, BID, f"m-{number}")).stage is Stage.WORKING
        await dies(venues, desk.cancel(venues.message("cancel all"), "all"))
    after = await venues.recovered()
    async with after.desk() as desk:
        await after.until(desk.cancel(after.message("cancel all"), "all"))
        await after.rest(1.0)
    assert [after.order(f"m-{number}").stage for number in range(3)] == [Stage.CANCELLED] * 3
    assert after.ledger.read(Trader, Trader.id_of("demo")).reserved == {}
    await after.assert_sound()


async def test_c85_what_others_did_at_the_venue_is_left_as_it_is(venues):
    """Scenario 25: at the start there is an order that nobody here placed, and a position that it made."""
    filled = await venues.until(venues.production.stranger(marketable(3)))
    await venues.rest(1.0)
    rests = await venues.until(venues.production.stranger(resting(1)))
    async with venues.desk() as desk:
        await venues.until(desk.recover())
        await venues.place(desk, BUY)
        await venues.until(desk.cancel(venues.message("cancel all"), "all"))
        await venues.rest(1.0)
    assert not (await venues.until(venues.production.broker.get(rests.broker_order))).status.is_terminal
    assert (await venues.until(in_the_end(venues.production, filled.broker_order))).filled(CALL.occ) == 3
    assert len({event.originator_id for event in log(venues.ledger) if event.TOPIC.startswith("tastyflow.order.")}) == 1
    await venues.assert_sound()


async def test_c86_the_night_in_the_middle_of_a_rehearsal_proves_nothing(venues):
    """Scenario 34."""
    broker = venues.sandbox.broker

    class Nightly:
        def __getattr__(self, name):
            return getattr(broker, name)

        async def place(self, ticket, *, external_id, **how):
            answer = await broker.place(ticket, external_id=external_id, **how)
            venues.sandbox.reset_by_night()
            return answer

    venues.rehearsing = Nightly()
    async with venues.desk() as desk:
        order = await venues.place(desk, BID)
    assert order.stage is Stage.REFUSED
    assert venues.production.ledger() == []
    assert len(venues.sandbox.ledger()) == len(outcomes(order, Venue.SANDBOX))
    assert venues.ledger.read(Trader, Trader.id_of("demo")).reserved == {}


async def test_c87_what_the_sandbox_does_not_know_is_not_sent_to_production_untested(venues):
    """Scenario 35."""
    venues.sandbox.unknown_here("SPY")
    async with venues.desk() as desk:
        order = await venues.place(desk, BUY)
    assert order.stage is Stage.REFUSED
    assert "SPY" in order.message
    assert (venues.sandbox.ledger(), venues.production.ledger()) == ([], [])


async def test_c88_filled_while_nobody_listened_is_heard_once_by_the_next(venues):
    """Scenario 21: two fills happen between one process and the next."""
    venues.production.fills_partly(1)
    async with venues.desk() as desk:
        order = await venues.place(desk, BUY, "m")
        assert order.stage is Stage.WORKING
    await venues.rest(0.5)
    await venues.until(venues.production.quote(CALL, "10.00", "10.10"))
    after = await venues.recovered()
    order = after.order("m")
    assert (order.stage, order.filled(Venue.PRODUCTION)) == (Stage.FILLED, 2)
    assert len({fill.fill_id for fill in order.fills}) == len(order.fills)
    await after.assert_sound()


# ── the way out ────────────────────────────────────────────────────────────────────────────────────────────────

CLOSE = "sell to close 2 SPY 450 calls exp Dec 18 2026 at 10.00"


async def holds(venues, subject):
    return {each.instrument: each.quantity for each in await venues.until(subject.broker.positions())}


async def test_c89_after_a_rehearsal_the_sandbox_account_holds_what_it_held(venues):
    async with venues.desk() as desk:
        await venues.place(desk, BUY)
    assert (await holds(venues, venues.sandbox), await holds(venues, venues.production)) == ({}, {CALL: 2})
    await venues.assert_sound()


async def test_c90_after_the_sandbox_forgot_everything_by_night_a_position_is_closed(venues):
    """What `POST /reset?side=sandbox` does at the simulator."""
    async with venues.desk() as desk:
        await venues.place(desk, BUY)
        venues.sandbox.reset_by_night()
        order = await venues.place(desk, CLOSE)
    assert (order.stage, order.filled(Venue.PRODUCTION), order.message) == (Stage.FILLED, 2, "")
    assert (await holds(venues, venues.sandbox), await holds(venues, venues.production)) == ({}, {})
    assert_promotions_were_earned(log(venues.ledger))


async def test_c91_a_position_that_only_production_has_is_closed(venues):
    await venues.until(venues.production.stranger(marketable(2)))
    async with venues.desk() as desk:
        order = await venues.place(desk, CLOSE)
    assert (order.stage, order.filled(Venue.PRODUCTION), order.message) == (Stage.FILLED, 2, "")
    assert (await holds(venues, venues.sandbox), await holds(venues, venues.production)) == ({}, {})


async def test_c92_a_position_that_the_sandbox_does_not_give_is_closed_by_its_mirrored_rehearsal(venues):
    await venues.until(venues.production.stranger(marketable(2)))
    venues.sandbox.rejects_next()
    async with venues.desk() as desk:
        order = await venues.place(desk, CLOSE)
    assert (order.stage, order.filled(Venue.PRODUCTION), order.message) == (Stage.FILLED, 2, "")
    assert order.attempt(Venue.SANDBOX).digest == order.mirrored_digest
    assert (await holds(venues, venues.sandbox), await holds(venues, venues.production)) == ({}, {})
    await venues.assert_sound()


async def test_c93_a_leftover_in_the_sandbox_is_cleared_and_the_order_goes_its_way(venues):
    await venues.until(venues.sandbox.stranger(limit("10.00", 3, action=Action.SELL_TO_OPEN)))
    async with venues.desk() as desk:
        order = await venues.place(desk, BUY)
    assert (order.stage, order.message) == (Stage.FILLED, "")
    assert await holds(venues, venues.sandbox) == {}
