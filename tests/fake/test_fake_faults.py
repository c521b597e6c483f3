"""Bad days: lost answers, slow searches, streams that stutter."""

import asyncio

import pytest
from fake_orders import limit

from tastyflow.domain.venue import Status
from tastyflow.errors import NotSent, OutcomeUnknown, VenueRefused
from tastyflow_adapters.fake import FakeFault, FakeFaultKind, FakeFaults, FaultyBroker, StreamFaults
from tastyflow_adapters.fake.faults import NOT_SENT, REQUEST_LOST, RESPONSE_LOST, delayed, refused

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("fault", "error", "placed"),
    [
        (RESPONSE_LOST, OutcomeUnknown, 1),
        (REQUEST_LOST, OutcomeUnknown, 0),
        (NOT_SENT, NotSent, 0),
        (refused("margin_check_failed"), VenueRefused, 0),
    ],
    ids=["response lost", "request lost", "not sent", "refused"],
)
async def test_what_the_caller_hears_and_what_was_placed(venue, quote, fault, error, placed):
    broker = venue()
    faulty = FaultyBroker(broker, FakeFaults({"place": [fault]}))
    with pytest.raises(error) as heard:
        await faulty.place(limit(quote.ask), external_id="t")
    assert len(await faulty.find("t")) == len(broker.orders()) == placed
    assert heard.value.code == (fault.code if error is VenueRefused else error.default_code)
    assert (await faulty.place(limit(quote.ask), external_id="u")).status is Status.FILLED


async def test_a_refusal_whose_answer_is_lost_is_unknown_too(venue):
    faulty = FaultyBroker(venue(is_frozen=True), FakeFaults({"place": [RESPONSE_LOST]}))
    with pytest.raises(OutcomeUnknown):
        await faulty.place(limit("1"), external_id="t")


@pytest.mark.parametrize("call", ["account", "positions", "balances"])
async def test_every_call_can_go_wrong(venue, call):
    faulty = FaultyBroker(venue(), FakeFaults())
    faulty.faults.plan(call, None, NOT_SENT)
    await getattr(faulty, call)()
    with pytest.raises(NotSent):
        await getattr(faulty, call)()


async def test_a_lost_answer_to_a_cancel_or_a_replacement_has_done_its_work(venue, quote):
    broker = venue()
    faulty = FaultyBroker(
        broker, FakeFaults({"cancel": [RESPONSE_LOST], "replace": [RESPONSE_LOST], "get": [NOT_SENT]})
    )
    one = await faulty.place(limit(quote.bid - 1), external_id="one")
    two = await faulty.place(limit(quote.bid - 1), external_id="two")
    with pytest.raises(OutcomeUnknown):
        await faulty.cancel(one.broker_order)
    with pytest.raises(OutcomeUnknown):
        await faulty.replace(two.broker_order, limit(quote.bid - 2), external_id="three")
    with pytest.raises(NotSent):
        await faulty.get(one.broker_order)
    assert (await faulty.get(one.broker_order)).status is Status.CANCELLED
    assert [found.replaces for found in await faulty.find("three")] == [two.broker_order]
    assert faulty.venue is broker.venue
    assert (await faulty.dry_run(limit(quote.ask))).fees_usd > 0


async def test_a_slow_answer_comes_after_its_delay(venue, clock, quote):
    faulty = FaultyBroker(venue(), FakeFaults({"place": [delayed(2)]}), clock)
    asked = asyncio.create_task(faulty.place(limit(quote.ask), external_id="t"))
    await clock.turn(1.9)
    assert not asked.done()
    await clock.turn(0.1)
    assert asked.result().status is Status.FILLED


async def test_a_new_order_is_invisible_to_searches_for_a_while(venue, clock, quote):
    faulty = FaultyBroker(venue(), FakeFaults({"place": [RESPONSE_LOST]}, search_lag_s=3), clock)
    with pytest.raises(OutcomeUnknown):
        await faulty.place(limit(quote.ask), external_id="t")
    assert not await faulty.find("t")
    await clock.turn(2.9)
    assert not await faulty.find("t")
    await clock.turn(0.1)
    assert len(await faulty.find("t")) == 1


async def test_chances_are_the_same_for_the_same_seed(venue):
    def course(seed):
        faults = FakeFaults(chances={"place": {NOT_SENT: 0.3, FakeFault(FakeFaultKind.DELAYED): 0.3}}, seed=seed)
        return [faults.next("place") for _ in range(50)]

    assert course(1) == course(1) != course(2)
    assert {fault and fault.kind for fault in course(1)} == {None, FakeFaultKind.NOT_SENT, FakeFaultKind.DELAYED}
    assert FakeFaults().next("place") is None


async def heard_through(venue, quote, stream_faults, orders=40):
    faulty, heard = FaultyBroker(venue(), FakeFaults(stream=stream_faults)), []
    async with faulty.updates() as stream:
        for number in range(orders):
            await faulty.place(limit(quote.bid - 1, 1), external_id=str(number))
        while True:
            try:
                heard.append(int((await asyncio.wait_for(anext(stream), 0.05)).external_id))
            except TimeoutError:
                return heard


async def test_snapshots_come_twice(venue, quote):
    heard = await heard_through(venue, quote, StreamFaults(twice=0.5))
    assert heard == sorted(heard)
    assert set(heard) == set(range(40))
    assert len(heard) > 45


async def test_snapshots_come_out_of_order_and_none_is_missing_but_one_held_back(venue, quote):
    heard = await heard_through(venue, quote, StreamFaults(swapped=0.5, seed=1))
    assert heard != sorted(heard)
    assert len(set(range(40)) - set(heard)) <= 1
    assert max(abs(place - number) for place, number in enumerate(heard)) == 1


async def test_snapshots_get_lost(venue, quote):
    heard = await heard_through(venue, quote, StreamFaults(lost=0.5))
    assert 5 < len(heard) < 35


async def test_a_silent_stream_says_nothing_until_it_speaks_again(venue, quote):
    faulty = FaultyBroker(venue(), FakeFaults(stream=StreamFaults(is_silent=True)))
    async with faulty.updates() as stream:
        await faulty.place(limit(quote.ask), external_id="unheard")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(stream), 0.05)
        faulty.faults.stream.is_silent = False
        await faulty.place(limit(quote.ask), external_id="heard")
        assert (await asyncio.wait_for(anext(stream), 1)).external_id == "heard"
