"""A desk on two such brokers: the same line twice, a process that dies, a venue that forgets."""

import asyncio

import pytest

from tastyflow.domain.order.stages import Stage
from tastyflow.domain.order.submission import AttemptOutcome
from tastyflow.domain.trader import Trader
from tastyflow.domain.venue import Venue
from tests.contract.bench import in_the_end
from tests.contract.bench_tickets import CALL, marketable, resting
from tests.contract.firm import BID, BUY, Crash, log

pytestmark = pytest.mark.anyio


def outcomes(order, venue):
    return [attempt.outcome for attempt in order.attempts if attempt.venue is venue]


async def test_c80_a_line_becomes_one_order_at_each_venue(firm):
    """Scenario 1, from text to filled."""
    async with firm.desk() as desk:
        order = await firm.place(desk, BUY)
    assert (order.stage, order.filled(Venue.PRODUCTION)) == (Stage.FILLED, 2)
    assert [bench.ledger() for bench in (firm.sandbox, firm.production)] == [
        [attempt.external_id for attempt in order.attempts if attempt.venue is venue] for venue in Venue
    ]
    await firm.assert_sound()


async def test_c81_a_line_that_is_delivered_three_times_is_one_order(firm):
    """Scenario 17."""
    async with firm.desk() as desk:
        twice = await firm.until(asyncio.gather(*(desk.place(firm.message(BUY, "m")) for _ in range(2))))
        again = await firm.place(desk, BUY, "m")
    assert {order.id for order in (*twice, again)} == {again.id}
    assert again.stage is Stage.FILLED
    assert (len(firm.sandbox.ledger()), len(firm.production.ledger())) == (1, 1)
    await firm.assert_sound()


async def dies(firm, doing):
    with pytest.raises(Crash):
        await firm.until(doing)


async def test_c82_dead_between_the_claim_and_the_sending_nothing_was_sent_and_nothing_is(firm):
    """Scenario 22: production is not asked to place what may be there; a person must look."""
    firm.dies_at("place", before=True)
    async with firm.desk() as desk:
        await dies(firm, desk.place(firm.message(BUY, "m")))
    after = await firm.recovered()
    order = after.order("m")
    assert (order.stage, outcomes(order, Venue.PRODUCTION)) == (Stage.ESCALATED, [AttemptOutcome.NOT_FOUND])
    assert firm.production.ledger() == []
    await after.assert_sound()


async def test_c83_dead_between_the_sending_and_the_answer_the_order_is_found_and_adopted(firm):
    """Scenario 23."""
    firm.dies_at("place", before=False)
    async with firm.desk() as desk:
        await dies(firm, desk.place(firm.message(BUY, "m")))
    after = await firm.recovered()
    order = after.order("m")
    assert (order.stage, outcomes(order, Venue.PRODUCTION)) == (Stage.FILLED, [AttemptOutcome.ADOPTED])
    assert len(firm.production.ledger()) == 1
    await after.assert_sound()


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
async def test_c84_dead_amid_cancelling_everything_the_rest_is_cancelled_by_the_next(firm, before):
    """Scenario 24."""
    firm.dies_at("cancel", before=before, nth=2)
    async with firm.desk() as desk:
        for number in range(3):
            assert (await firm.place(desk, BID, f"m-{number}")).stage is Stage.WORKING
        await dies(firm, desk.cancel(firm.message("cancel all"), "all"))
    after = await firm.recovered()
    async with after.desk() as desk:
        await after.until(desk.cancel(after.message("cancel all"), "all"))
        await after.rest(1.0)
    assert [after.order(f"m-{number}").stage for number in range(3)] == [Stage.CANCELLED] * 3
    assert after.ledger.read(Trader, Trader.id_of("demo")).reserved == {}
    await after.assert_sound()


async def test_c85_what_others_did_at_the_venue_is_left_as_it_is(firm):
    """Scenario 25: at the start there is an order that nobody here placed, and a position that it made."""
    filled = await firm.until(firm.production.stranger(marketable(3)))
    await firm.rest(1.0)
    rests = await firm.until(firm.production.stranger(resting(1)))
    async with firm.desk() as desk:
        await firm.until(desk.recover())
        await firm.place(desk, BUY)
        await firm.until(desk.cancel(firm.message("cancel all"), "all"))
        await firm.rest(1.0)
    assert not (await firm.until(firm.production.broker.get(rests.broker_order))).status.is_terminal
    assert (await firm.until(in_the_end(firm.production, filled.broker_order))).filled(CALL.occ) == 3
    assert len({event.originator_id for event in log(firm.ledger) if event.TOPIC.startswith("tastyflow.order.")}) == 1
    await firm.assert_sound()


async def test_c86_the_night_in_the_middle_of_a_rehearsal_proves_nothing(firm):
    """Scenario 34."""
    broker = firm.sandbox.broker

    class Nightly:
        def __getattr__(self, name):
            return getattr(broker, name)

        async def place(self, ticket, *, external_id):
            answer = await broker.place(ticket, external_id=external_id)
            firm.sandbox.reset_by_night()
            return answer

    firm.rehearsing = Nightly()
    async with firm.desk() as desk:
        order = await firm.place(desk, BID)
    assert order.stage is Stage.REFUSED
    assert firm.production.ledger() == []
    assert len(firm.sandbox.ledger()) == len(outcomes(order, Venue.SANDBOX))
    assert firm.ledger.read(Trader, Trader.id_of("demo")).reserved == {}


async def test_c87_what_the_sandbox_does_not_know_is_not_sent_to_production_untested(firm):
    """Scenario 35."""
    firm.sandbox.unknown_here("SPY")
    async with firm.desk() as desk:
        order = await firm.place(desk, BUY)
    assert order.stage is Stage.REFUSED
    assert "SPY" in order.message
    assert (firm.sandbox.ledger(), firm.production.ledger()) == ([], [])


async def test_c88_filled_while_nobody_listened_is_heard_once_by_the_next(firm):
    """Scenario 21: two fills happen between one process and the next."""
    firm.production.fills_partly(1)
    async with firm.desk() as desk:
        order = await firm.place(desk, BUY, "m")
        assert order.stage is Stage.WORKING
    await firm.rest(0.5)
    await firm.until(firm.production.quote(CALL, "10.00", "10.10"))
    after = await firm.recovered()
    order = after.order("m")
    assert (order.stage, order.filled(Venue.PRODUCTION)) == (Stage.FILLED, 2)
    assert len({fill.fill_id for fill in order.fills}) == len(order.fills)
    await after.assert_sound()
