"""While one order is about to take the place of another: fills, cancels, limits, and what the venue says."""

import asyncio
from decimal import Decimal

import pytest
from attrs import evolve

from tastyflow.domain.order import Order
from tastyflow.domain.order.events import FoundBy
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.ticket import Action, OrderType
from tastyflow.domain.venue import Position, Status, VenueFill
from tastyflow.errors import IllegalStep
from tastyflow_adapters.fake import FakeFaults, FaultyBroker, Plan, StreamFaults
from tastyflow_adapters.fake.faults import REQUEST_LOST, delayed, refused
from tastyflow_adapters.fake.order_plan import cancelled, fill, live
from tests.application.kit import CALL, GENEROUS, PRODUCTION
from tests.application.replacing import BID, CONDOR, RESTS, replace, resting, scripted, stages
from tests.application.soundness import assert_sound

pytestmark = pytest.mark.anyio

# ── what changes between the asking and the sending ────────────────────────────────────────────────────────────


async def amid_the_rehearsal(build, meanwhile, *plans, **parts):
    """The new order's rehearsal takes five seconds; *meanwhile* happens within them. Both orders, afterwards."""
    slow = Plan((live(), fill(10, after_s=5)))
    house = await build(models=(scripted(Plan((live(), fill(10))), slow), scripted(*plans)), **parts)
    async with house.desk() as desk:
        old = await house.place(desk, BID)
        asking = asyncio.ensure_future(desk.ask(house.message(f"replace {old.reference} @ 8.10")))
        await house.until(house.clock.sleep(1))
        await meanwhile(house, desk, old)
        reply = await house.until(asking)
        await house.until(house.clock.sleep(5))
    assert_sound(house)
    return house, house.order(reply.orders[0].id), house.order(old.id)


async def nothing(_house, _desk, _old):
    pass


@pytest.mark.parametrize("filled", [4, 10])
async def test_a_fill_before_the_sending_refuses_the_new_order(build, filled):
    plan = Plan((live(), fill(filled, after_s=3)))
    house, new, old = await amid_the_rehearsal(build, nothing, plan, RESTS)
    assert (new.stage, old.replacement) == (Stage.REFUSED, None)
    assert (new.code, old.filled(PRODUCTION)) == ({4: "filled_meanwhile", 10: "over"}[filled], filled)
    assert len(house.books()[1]) == 1
    assert house.trader().reserved.keys() == ({old.id} if filled == 4 else set())


async def test_a_cancel_before_the_sending_refuses_the_new_order(build):
    async def cancelling(house, desk, old):
        await house.until(desk.cancel(house.message("cancel"), old.reference))

    never = Plan((live(),), on_cancel=(cancelled(after_s=60),))
    house, new, old = await amid_the_rehearsal(build, cancelling, never, RESTS)
    assert (new.stage, new.code, old.replacement) == (Stage.REFUSED, "being_cancelled", None)
    assert len(house.books()[1]) == 1


# ── cancelling ─────────────────────────────────────────────────────────────────────────────────────────────────


async def cancel_amid(build, fault, *plans):
    """The old order is cancelled while its replacement is on its way to production."""
    house = await resting(build, *plans)
    house.production = FaultyBroker(house.live, FakeFaults({"replace": [fault]}), house.clock)
    async with house.desk() as desk:
        old = await house.place(desk, BID)
        asking = asyncio.ensure_future(desk.ask(house.message(f"replace {old.reference} @ 8.10")))
        await house.until(house.clock.sleep(1))
        assert house.order(old.id).is_being_replaced
        await house.until(desk.cancel(house.message("cancel"), old.reference))
        reply = await house.until(asking)
        await house.until(house.clock.sleep(60))
    assert_sound(house)
    return house, house.order(reply.orders[0].id), house.order(old.id)


async def test_a_cancel_while_it_is_replaced_cancels_the_new_order_once_it_is_there(build):
    house, new, old = await cancel_amid(build, delayed(3), RESTS)
    assert (new.stage, old.stage) == (Stage.CANCELLED, Stage.CANCELLED)
    assert all(order.status is Status.CANCELLED for order in house.books()[1])
    assert house.trader().reserved == {}


async def test_a_cancel_while_it_is_replaced_cancels_the_old_order_where_the_venue_would_not_replace_it(build):
    late = evolve(refused("no"), delay_s=3.0)
    house, new, old = await cancel_amid(build, late, RESTS)
    assert (new.stage, old.stage) == (Stage.REJECTED, Stage.CANCELLED)
    assert house.trader().reserved == {}


async def test_a_cancel_of_what_was_replaced_names_the_order_that_works_now(build):
    house = await resting(build)
    async with house.desk() as desk:
        await house.place(desk, BID)
        new, old = await replace(house, desk, "replace last @ 8.10")
        with pytest.raises(IllegalStep, match=f"replaced by order {new.reference}"):
            await house.until(desk.cancel(house.message("cancel"), old.reference))
    assert house.order(new.id).stage is Stage.WORKING


async def test_cancel_all_amid_a_replacement_leaves_nothing_at_work(build):
    house = await resting(build)
    house.production = FaultyBroker(house.live, FakeFaults({"replace": [delayed(3)]}), house.clock)
    async with house.desk() as desk:
        old = await house.place(desk, BID)
        asking = asyncio.ensure_future(desk.ask(house.message(f"replace {old.reference} @ 8.10")))
        await house.until(house.clock.sleep(1))
        await house.until(desk.cancel(house.message("cancel all"), "all"))
        await house.until(asking)
        await house.until(house.clock.sleep(60))
    assert all(order.status.is_terminal for order in house.books()[1])
    assert house.trader().reserved == {}
    assert_sound(house)


# ── what is judged ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("price", "stage"), [("8.04", Stage.WORKING), ("8.05", Stage.WORKING), ("8.06", Stage.REFUSED)]
)
async def test_it_is_judged_as_if_the_old_order_could_not_fill(build, price, stage):
    """Ten calls at 8.00 are $8,000 at risk; the trader may have $8,050 open: one of the two, not both."""
    house = await resting(build, limits=evolve(GENEROUS, max_open_notional_usd=Decimal(8_050)))
    async with house.desk() as desk:
        old = await house.place(desk, BID)
        new, *_ = await replace(house, desk, f"replace last @ {price}")
        assert new.stage is stage
        assert house.order(old.id).stage is (Stage.CANCELLED if stage is Stage.WORKING else Stage.WORKING)
    assert_sound(house)


async def test_until_it_is_claimed_both_count_against_the_limits_of_others(build):
    """While the new order is rehearsed nothing slips through beside the two."""
    house_limits = evolve(GENEROUS, max_open_notional_usd=Decimal(9_000))
    seen = []

    async def asking(house, desk, _old):
        other = await house.until(desk.place(house.message("buy 1 SPY 450 call exp Dec 18 2026 @ 8.00")))
        seen.append(other.stage)

    await amid_the_rehearsal(build, asking, RESTS, limits=house_limits)
    assert seen == [Stage.REFUSED]


async def test_a_close_is_replaced_although_all_that_is_held_is_being_closed(build):
    house = await resting(build)
    house.live.endow(Position(CALL, 10, Decimal(5)))
    async with house.desk() as desk:
        await house.place(desk, "sell to close 10 SPY 450 calls exp Dec 18 2026 @ 9.50")
        new, old = await replace(house, desk, "replace last @ 9.40")
    assert stages((new, old)) == [Stage.WORKING, Stage.CANCELLED]
    assert all(leg.action is Action.SELL_TO_CLOSE for leg in new.legs)
    assert_sound(house)


async def test_mid_is_the_market_now(build):
    house = await resting(build)
    async with house.desk() as desk:
        await house.place(desk, BID)
        new, _ = await replace(house, desk, "replace last mid")
    assert new.stage is Stage.WORKING
    assert any("mid" in sentence for sentence in new.completions)


@pytest.mark.parametrize("words", ["replace {ref} @ 9.40", "replace {ref} stop 9.20"])
async def test_a_stop_limit_keeps_both_its_prices(build, words):
    house = await resting(build)
    async with house.desk() as desk:
        old = await house.place(desk, "buy 10 SPY 450 calls exp Dec 18 2026 stop 9.30 limit 9.50")
        assert old.stage is Stage.WORKING
        (no, *_) = await replace(house, desk, words.format(ref=old.reference))
        assert (no.stage, no.code, len(no.suggestions)) == (Stage.REFUSED, "ambiguous", 1)
        new, _ = await replace(house, desk, no.suggestions[0])
    assert (new.stage, new.ticket.order_type) == (Stage.WORKING, OrderType.STOP_LIMIT)


async def test_legs_that_filled_unevenly_are_not_replaced(build):
    house = await resting(build, Plan((live(), fill(1, leg=0))))
    async with house.desk() as desk:
        await house.place(desk, CONDOR)
        (no,) = await replace(house, desk, "replace last @ 3.40")
    assert no.code == "uneven_fills"
    assert len(house.books()[1]) == 1


# ── what the old order's snapshots say ─────────────────────────────────────────────────────────────────────────


async def heard_of_old(build, *snapshots, found_by=FoundBy.SEARCH):
    """An order whose replacement is claimed, and not answered for, hears *snapshots*; both orders."""
    house = await resting(build)
    faults = {"replace": [REQUEST_LOST]}
    house.production = FaultyBroker(house.live, FakeFaults(faults, stream=StreamFaults(is_silent=True)), house.clock)
    async with house.desk() as desk:
        old = await house.place(desk, BID)
        asking = asyncio.ensure_future(desk.ask(house.message(f"replace {old.reference} @ 8.10", message="new")))
        while not house.order(old.id).is_being_replaced:
            await house.until(house.clock.sleep(0.05))
        recorder = desk._desks.first.live._recorder
        (first,) = house.books()[1]
        for changes in snapshots:
            await house.until(recorder.heard(old.id, PRODUCTION, [evolve(first, **changes)], found_by=found_by))
        heard = house.order(old.id), house.order(Order.id_of("cli", "new"))
        asking.cancel()
    return heard


CANCELLED = {"status": Status.CANCELLED}


async def test_cancelled_for_an_order_that_may_yet_be_ours_waits_for_the_search(build):
    old, new = await heard_of_old(build, CANCELLED | {"replaced_by": "5000002"})
    assert (old.stage, old.replacement) == (Stage.WORKING, new.id)


async def test_cancelled_without_more_is_its_end_where_the_venue_was_asked(build):
    old, _ = await heard_of_old(build, CANCELLED)
    assert (old.stage, old.replacement) == (Stage.CANCELLED, None)


async def test_cancelled_without_more_on_the_stream_is_looked_at_again(build):
    old, new = await heard_of_old(build, CANCELLED, found_by=FoundBy.STREAM)
    assert (old.stage, old.replacement) == (Stage.WORKING, new.id)


async def test_a_look_at_the_working_order_before_the_answer_says_nothing(build):
    old, new = await heard_of_old(build, {"status": Status.LIVE}, {"status": Status.REPLACE_REQUESTED})
    assert (old.stage, old.replacement) == (Stage.WORKING, new.id)


async def test_a_fill_that_is_told_after_the_replacement_is_the_old_orders(build):
    house = await resting(build)
    async with house.desk() as desk:
        old = await house.place(desk, BID)
        new, old = await replace(house, desk, "replace last @ 8.10")
        late = evolve(house.books()[1][0], fills=(VenueFill("late", CALL.occ, 2, Decimal(8), house.clock.now()),))
        recorder = desk._desks.first.live._recorder
        heard = await house.until(recorder.heard(old.id, PRODUCTION, [late], found_by=FoundBy.STREAM))
    assert (heard.order.stage, heard.order.filled(PRODUCTION)) == (Stage.CANCELLED, 2)
    assert house.order(new.id).filled(PRODUCTION) == 0


async def test_a_refusal_gives_the_old_order_back_although_the_venue_says_no_more(build):
    """Production refuses the replacement, and answers no question about the old order: a cancel of it still goes."""
    house = await resting(build)
    plan, silent = {"replace": [evolve(refused("no"), delay_s=3.0)], "get": [None]}, StreamFaults(is_silent=True)
    faults = FakeFaults(plan, chances={"get": {REQUEST_LOST: 1.0}}, stream=silent)
    house.production = FaultyBroker(house.live, faults, house.clock)
    async with house.desk() as desk:
        old = await house.place(desk, BID)
        asking = asyncio.ensure_future(desk.ask(house.message(f"replace {old.reference} @ 8.10")))
        await house.until(house.clock.sleep(1))
        assert house.order(old.id).is_being_replaced
        await house.until(desk.cancel(house.message("cancel"), old.reference))
        await house.until(asking)
        assert house.order(old.id).replacement is None
        assert house.books()[1][0].status is Status.CANCELLED
    assert_sound(house)
