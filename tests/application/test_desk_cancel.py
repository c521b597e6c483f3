"""Cancelling: at every moment of an order's life."""

import asyncio

import pytest

from tastyflow.domain.order.stages import Stage
from tastyflow.domain.venue import Status
from tastyflow.errors import IllegalStep, Refused
from tastyflow_adapters.cli.hints import next_step
from tastyflow_adapters.fake import (
    FakeFault,
    FakeFaultKind,
    FakeFaults,
    FaultyBroker,
    Plan,
    ScriptedModel,
    StreamFaults,
)
from tastyflow_adapters.fake.faults import NOT_SENT, REQUEST_LOST, RESPONSE_LOST, answered_late
from tastyflow_adapters.fake.order_plan import cancelled, fill, live
from tests.application.kit import MISSION, ONE_CALL, PRODUCTION, alter, log_of, story
from tests.application.soundness import assert_sound

pytestmark = pytest.mark.anyio


def scripted(*steps, on_cancel=None, refuses=""):
    ending = (cancelled(),) if on_cancel is None else on_cancel
    return ScriptedModel(lambda _ticket: Plan(steps, on_cancel=ending, refuses_cancel=refuses))


async def test_a_resting_order_is_cancelled_on_request(build):
    house = await build(models=(scripted(live()), scripted(live())))
    async with house.desk() as desk:
        order = await house.place(desk, MISSION)
        (over,) = await house.until(desk.cancel(house.message("cancel"), order.reference))
    assert over.stage is Stage.CANCELLED
    assert house.books()[1][0].status is Status.CANCELLED
    assert house.trader().reserved == {}
    assert_sound(house)


async def test_a_partly_filled_order_keeps_its_fills_when_it_is_cancelled(build):
    house = await build(models=(None, scripted(live(), fill(4))))
    async with house.desk() as desk:
        order = await house.place(desk, MISSION)
        (over,) = await house.until(desk.cancel(house.message("cancel"), order.reference))
    assert (over.stage, over.filled(PRODUCTION)) == (Stage.CANCELLED, 4)


async def test_a_fill_that_crosses_the_cancel_counts(build):
    crossing = scripted(live(), on_cancel=(fill(10, after_s=0.1),))
    house = await build(models=(None, crossing))
    async with house.desk() as desk:
        order = await house.place(desk, MISSION)
        (over,) = await house.until(desk.cancel(house.message("cancel"), order.reference))
    assert (over.stage, over.filled(PRODUCTION)) == (Stage.FILLED, 10)
    assert house.trader().reserved == {}


async def test_a_cancel_that_the_venue_denies_is_told_and_can_be_asked_again(build):
    house = await build(models=(None, scripted(live(), refuses="it is complicated")))
    async with house.desk() as desk:
        order = await house.place(desk, MISSION)
        for _ in range(2):
            (still,) = await house.until(desk.cancel(house.message("cancel"), order.reference))
            assert (still.stage, still.cancel_requested) == (Stage.WORKING, False)
    assert story(log_of(house.ledger, still)).endswith(" cancel_requested cancel_denied" * 2)


async def test_looking_at_an_order_does_not_ask_twice_for_the_cancel_that_is_under_way(build):
    house = await build(models=(None, scripted(live(), on_cancel=(cancelled(after_s=30),))))
    async with house.desk() as desk:
        order = await house.place(desk, MISSION)
        await house.until(desk.cancel(house.message("cancel"), order.reference))
        still = await house.until(desk.refresh(order.id))
        assert (still.stage, still.cancel_requested) == (Stage.WORKING, True)
        await house.until(house.clock.sleep(60))
    assert house.order(order.id).stage is Stage.CANCELLED
    assert "cancel_denied" not in story(log_of(house.ledger, order))


async def test_a_lost_answer_to_the_cancel_is_found_by_asking(build):
    house = await build(models=(None, scripted(live())))
    house.production = FaultyBroker(house.live, FakeFaults({"cancel": [RESPONSE_LOST]}), house.clock)
    async with house.desk() as desk:
        order = await house.place(desk, MISSION)
        (over,) = await house.until(desk.cancel(house.message("cancel"), order.reference))
    assert over.stage is Stage.CANCELLED


async def test_a_cancel_during_the_rehearsal_withdraws_the_order(build):
    house = await build(models=(scripted(live(), fill(10, after_s=5)), None), policy=None)
    async with house.desk() as desk:
        placing = asyncio.ensure_future(desk.place(house.message(MISSION, message="m")))
        await house.until(house.clock.sleep(0.1))
        (over,) = await house.until(desk.cancel(house.message("cancel"), "last"))
        placed = await house.until(placing)
    assert over.stage is placed.stage is Stage.CANCELLED
    assert house.books()[1] == []
    assert [order.status.is_terminal for order in house.books()[0]] == [True]
    assert house.trader().reserved == {}
    assert_sound(house)


async def test_a_cancel_while_the_order_is_on_its_way_is_carried_out_when_it_arrives(build):
    house = await build(models=(None, scripted(live())))
    house.production = FaultyBroker(house.live, FakeFaults({"place": [answered_late(5)]}), house.clock)
    async with house.desk() as desk:
        placing = asyncio.ensure_future(desk.place(house.message(MISSION)))
        await house.until(house.clock.sleep(2))
        (on_its_way,) = await house.until(desk.cancel(house.message("cancel"), "last"))
        assert (on_its_way.stage, on_its_way.cancel_requested) == (Stage.SUBMITTING, True)
        placed = await house.until(placing)
        await house.until(house.clock.sleep(5))
    assert house.order(placed.id).stage is Stage.CANCELLED
    assert house.books()[1][0].status is Status.CANCELLED
    assert_sound(house)


async def test_a_cancel_that_is_denied_when_the_order_arrives_is_recorded_as_denied(build):
    house = await build(models=(None, scripted(live(), refuses="it is complicated")))
    house.production = FaultyBroker(house.live, FakeFaults({"place": [answered_late(5)]}), house.clock)
    async with house.desk() as desk:
        placing = asyncio.ensure_future(desk.place(house.message(MISSION)))
        await house.until(house.clock.sleep(2))
        await house.until(desk.cancel(house.message("cancel"), "last"))
        placed = await house.until(placing)
    assert (placed.stage, placed.cancel_requested) == (Stage.WORKING, False)
    assert story(log_of(house.ledger, placed)).endswith("cancel_denied")


async def test_a_cancel_while_an_attempt_is_out_that_never_left_withdraws_the_order(build):
    house = await build()
    house.production = FaultyBroker(
        house.live, FakeFaults({"place": [FakeFault(FakeFaultKind.NOT_SENT, delay_s=5)]}), house.clock
    )
    async with house.desk() as desk:
        placing = asyncio.ensure_future(desk.place(house.message(MISSION)))
        await house.until(house.clock.sleep(2))
        await house.until(desk.cancel(house.message("cancel"), "last"))
        placed = await house.until(placing)
    assert placed.stage is Stage.CANCELLED
    assert house.trader().reserved == {}
    assert house.books()[1] == []


async def test_a_cancel_between_two_tries_sends_nothing_more(build):
    house = await build(models=(None, scripted(live())))
    house.production = FaultyBroker(house.live, FakeFaults({"place": [NOT_SENT]}), house.clock)
    async with house.desk() as desk:
        placing = asyncio.ensure_future(desk.place(house.message(MISSION)))
        await house.until(house.clock.sleep(0.4))
        (over,) = await house.until(desk.cancel(house.message("cancel"), "last"))
        placed = await house.until(placing)
    assert over.stage is placed.stage is Stage.CANCELLED
    assert house.trader().reserved == {}
    assert house.books()[1] == []


async def test_cancel_all_cancels_every_open_order(build):
    house = await build(models=(None, scripted(live())))
    async with house.desk() as desk:
        for _ in range(3):
            await house.place(desk, ONE_CALL)
        over = await house.until(desk.cancel(house.message("cancel all"), "all"))
    assert [order.stage for order in over] == [Stage.CANCELLED] * 3
    assert {order.status for order in house.books()[1]} == {Status.CANCELLED}


async def test_cancel_all_goes_on_past_an_order_that_has_just_ended(build, monkeypatch):
    house = await build(models=(None, ScriptedModel([Plan((live(), fill(1))), Plan((live(),)), Plan((live(),))])))
    async with house.desk() as desk:
        placed = [await house.place(desk, ONE_CALL) for _ in range(3)]
        monkeypatch.setattr(desk.lookup, "open_orders", lambda _traders: placed)  # as it was a moment ago
        over = await house.until(desk.cancel(house.message("cancel all"), "all"))
    assert [order.stage for order in over] == [Stage.FILLED, Stage.CANCELLED, Stage.CANCELLED]
    assert all(order.status.is_terminal for order in house.books()[1])


async def test_an_order_that_is_over_cannot_be_cancelled(house):
    async with house.desk() as desk:
        order = await house.place(desk, MISSION)
        with pytest.raises(IllegalStep):
            await house.until(desk.cancel(house.message("cancel"), order.reference))


async def test_nobody_cancels_the_order_of_another(build):
    house = await build(models=(None, scripted(live())))
    await house.hire("other")
    async with house.desk() as desk:
        order = await house.place(desk, MISSION)
        with pytest.raises(Refused, match="no order"):
            await house.until(desk.cancel(house.message("cancel", user="other"), order.reference))
        assert house.order(order.id).stage is Stage.WORKING


async def test_a_suspended_trader_may_still_cancel(build):
    house = await build(models=(None, scripted(live())))
    async with house.desk() as desk:
        order = await house.place(desk, MISSION)
        await alter(house, lambda t, why: t.suspend(why=why))
        (over,) = await house.until(desk.cancel(house.message("cancel"), order.reference))
    assert over.stage is Stage.CANCELLED


# ── from another process ───────────────────────────────────────────────────────────────────────────────────────


async def test_who_did_not_place_an_order_sees_the_end_of_its_cancel(build):
    house = await build(models=(None, scripted(live(), on_cancel=(cancelled(after_s=0.3),))))
    order = await house.once(MISSION)
    later = house.restarted()
    async with later.desk() as desk:
        (over,) = await later.until(desk.cancel(later.message("cancel"), order.reference))
    assert over.stage is Stage.CANCELLED


async def test_a_cancel_that_is_not_confirmed_yet_says_so(build):
    house = await build(models=(None, scripted(live(), on_cancel=(cancelled(after_s=60),))))
    async with house.desk() as desk:
        order = await house.place(desk, MISSION)
        (asked,) = await house.until(desk.cancel(house.message("cancel"), order.reference))
        assert asked.stage is Stage.WORKING
        assert "cancel is asked for" in next_step(asked)
        assert "cancel is asked for" not in next_step(order)


async def test_a_lost_order_that_is_there_after_all_is_found_and_cancelled(build):
    house = await build(models=(None, scripted(live())))
    lost = FakeFaults(calls={"place": [RESPONSE_LOST]}, search_lag_s=120, stream=StreamFaults(is_silent=True))
    house.production = FaultyBroker(house.live, lost, house.clock)
    async with house.desk() as desk:
        order = await house.place(desk, MISSION)
        assert order.stage is Stage.ESCALATED
        await house.until(house.clock.sleep(150))
        await house.until(desk.cancel(house.message("cancel"), order.reference))
        await house.until(house.clock.sleep(5))
    assert house.books()[1][0].status is Status.CANCELLED
    assert house.order(order.id).stage is Stage.CANCELLED


async def test_a_cancel_without_an_answer_is_not_recorded_as_denied(build):
    house = await build(models=(None, ScriptedModel(lambda _ticket: Plan((live(),)))))
    house.production = FaultyBroker(
        house.live, FakeFaults({"cancel": [REQUEST_LOST], "get": [REQUEST_LOST]}), house.clock
    )
    async with house.desk() as desk:
        order = await house.place(desk, MISSION)
        await house.until(desk.cancel(house.message("cancel"), order.reference))
        assert house.order(order.id).cancel_requested  # it may still come: the wish stands
    assert not [event for event in log_of(house.ledger, order) if event.TOPIC.endswith("cancel_denied@1")]


async def test_an_order_is_followed_by_one_task_however_often_it_is_asked_about(build):
    house = await build(models=(None, ScriptedModel(lambda _ticket: Plan((live(),)))))
    async with house.desk() as desk:
        order = await house.place(desk, MISSION)
        follower = desk._desks.first.live._follower
        attempt = order.attempt(PRODUCTION)
        follower.take_over(order, attempt, follower._stream.listen(attempt.external_id))
        await house.until(house.clock.sleep(1))
        running = [task for task in follower._tasks._running if not task.done()]
        assert running == [follower._by_order[order.id]]
