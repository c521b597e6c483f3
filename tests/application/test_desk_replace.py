"""Replacing a working order: one order takes the place of another, and the race of a fill is told as it was."""

import asyncio
from decimal import Decimal

import pytest
from attrs import evolve

from tastyflow.domain.commands import ReplaceOrder
from tastyflow.domain.order import Order
from tastyflow.domain.order.events import ReplaceRequested
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.venue import Status
from tastyflow.errors import Refused
from tastyflow_adapters.fake import FakeFaults, FaultyBroker, Plan, ScriptedModel, StreamFaults
from tastyflow_adapters.fake.faults import NOT_SENT, REQUEST_LOST, RESPONSE_LOST, delayed, refused
from tastyflow_adapters.fake.order_plan import cancelled, fill, live
from tests.application.kit import PRODUCTION, log, log_of, story
from tests.application.replacing import BID, CONDOR, RESTS, replace, resting, stages, told_of
from tests.application.soundness import assert_sound

pytestmark = pytest.mark.anyio


async def test_a_new_price_is_a_rehearsed_order_that_takes_the_old_ones_place(build):
    house = await resting(build)
    async with house.desk() as desk:
        old = await house.place(desk, BID)
        new, old = await replace(house, desk, f"replace {old.reference} @ 8.10")
        await house.until(desk.told())
    assert stages((new, old)) == [Stage.WORKING, Stage.CANCELLED]
    assert (new.replaces, old.replacement) == (old.id, new.id)
    assert (new.legs, new.ticket.price) == (old.legs, Decimal("8.10"))
    first, second = house.books()[1]
    assert (first.status, first.replaced_by) == (Status.CANCELLED, second.broker_order)
    assert (second.replaces, second.ticket.digest) == (first.broker_order, new.digest)
    assert [order.ticket.digest for order in house.books()[0]] == [old.digest, new.digest]
    assert story(log_of(house.ledger, old)).endswith("replace_requested replaced")
    assert told_of(house, old)[-1] == f"Replaced by order {new.reference}."
    assert set(house.trader().reserved) == {new.id}
    assert_sound(house)


async def test_what_has_filled_stays_with_the_old_order_and_the_new_one_is_for_the_rest(build):
    house = await resting(build, Plan((live(), fill(4))), Plan((live(), fill(6))))
    async with house.desk() as desk:
        old = await house.place(desk, BID)
        new, old = await replace(house, desk, "replace last @ 8.10")
    assert stages((new, old)) == [Stage.FILLED, Stage.CANCELLED]
    assert [order.filled(PRODUCTION) for order in (new, old)] == [6, 4]
    assert [leg.quantity for leg in new.legs] == [6]
    assert sum(house.production_holds().values()) == 10
    assert_sound(house)


async def test_a_fill_while_it_is_replaced_ends_the_new_order_and_is_told(build):
    house = await resting(build, Plan((live(),), on_cancel=(fill(10, after_s=0.1),)), RESTS)
    async with house.desk() as desk:
        old = await house.place(desk, BID)
        new, old = await replace(house, desk, "replace last @ 8.10")
        await house.until(desk.told())
    assert stages((new, old)) == [Stage.CANCELLED, Stage.FILLED]
    assert (old.replacement, old.filled(PRODUCTION), new.filled(PRODUCTION)) == (None, 10, 0)
    assert "filled first" in told_of(house, new)[-1]
    assert any(words.startswith("It was not replaced") for words in told_of(house, old))
    assert house.trader().reserved == {}
    assert_sound(house)


async def test_a_part_that_fills_while_it_is_replaced_ends_both_as_the_venue_says(build):
    house = await resting(build, Plan((live(),), on_cancel=(fill(3, after_s=0.1), cancelled())), RESTS)
    async with house.desk() as desk:
        await house.place(desk, BID)
        new, old = await replace(house, desk, "replace last @ 8.10")
    assert stages((new, old)) == [Stage.CANCELLED, Stage.CANCELLED]
    assert (old.replacement, old.filled(PRODUCTION)) == (None, 3)
    assert_sound(house)


async def test_an_order_that_filled_before_the_venue_heard_of_it_says_so(build):
    house = await resting(build, Plan((live(), fill(10, after_s=2.5))))
    house.production = FaultyBroker(house.live, FakeFaults({"replace": [delayed(1.9)]}), house.clock)
    house.policy = evolve(house.policy, follow_s=1)
    async with house.desk() as desk:
        await house.place(desk, BID)
        new, old = await replace(house, desk, "replace last @ 8.10")
    assert stages((new, old)) == [Stage.REJECTED, Stage.FILLED]
    assert f"Order {old.reference} was filled before it could be replaced: filled 10 of 10" in new.message
    assert (old.replacement, len(house.books()[1])) == (None, 1)
    assert house.trader().reserved == {}
    assert_sound(house)


async def test_a_venue_that_refuses_leaves_the_old_order_at_work(build):
    house = await resting(build)
    house.production = FaultyBroker(house.live, FakeFaults({"replace": [refused("no", "Not today.")]}), house.clock)
    async with house.desk() as desk:
        await house.place(desk, BID)
        new, old = await replace(house, desk, "replace last @ 8.10")
        assert stages((new, old)) == [Stage.REJECTED, Stage.WORKING]
        assert new.message == f"Order {old.reference} was not replaced, and works on: Not today."
        assert (old.replacement, len(house.books()[1])) == (None, 1)
        assert set(house.trader().reserved) == {old.id}
        again, old = await replace(house, desk, f"replace {old.reference} @ 8.10")
    assert stages((again, old)) == [Stage.WORKING, Stage.CANCELLED]
    assert_sound(house)


async def test_a_lost_answer_is_looked_for_and_never_asked_again(build):
    house = await resting(build)
    faulty = FakeFaults({"replace": [RESPONSE_LOST]}, stream=StreamFaults(is_silent=True))
    house.production = FaultyBroker(house.live, faulty, house.clock)
    async with house.desk() as desk:
        await house.place(desk, BID)
        new, old = await replace(house, desk, "replace last @ 8.10")
        assert stages((new, old)) == [Stage.WORKING, Stage.CANCELLED]
    assert len(house.books()[1]) == 2
    assert old.replacement == new.id
    assert_sound(house)


async def test_a_request_that_was_lost_leaves_the_old_order_at_work_and_a_person_looks_at_the_new_one(build):
    house = await resting(build)
    house.production = FaultyBroker(house.live, FakeFaults({"replace": [REQUEST_LOST]}), house.clock)
    async with house.desk() as desk:
        await house.place(desk, BID)
        new, old = await replace(house, desk, "replace last @ 8.10")
        assert stages((new, old)) == [Stage.ESCALATED, Stage.WORKING]
        assert (old.replacement, len(house.books()[1])) == (None, 1)
        (over,) = await house.until(desk.cancel(house.message("cancel"), old.reference))
        assert over.stage is Stage.CANCELLED
    assert_sound(house)


async def test_what_never_left_is_tried_again_under_one_request(build):
    house = await resting(build)
    house.production = FaultyBroker(house.live, FakeFaults({"replace": [NOT_SENT]}), house.clock)
    async with house.desk() as desk:
        await house.place(desk, BID)
        new, old = await replace(house, desk, "replace last @ 8.10")
    assert stages((new, old)) == [Stage.WORKING, Stage.CANCELLED]
    assert story(log_of(house.ledger, old)).count("replace_requested") == 1
    assert_sound(house)


async def test_what_never_leaves_at_all_gives_the_old_order_back(build):
    house = await resting(build)
    house.production = FaultyBroker(house.live, FakeFaults({"replace": [NOT_SENT] * 9}), house.clock)
    async with house.desk() as desk:
        await house.place(desk, BID)
        new, old = await replace(house, desk, "replace last @ 8.10")
    assert (stages((new, old)), old.replacement) == ([Stage.REFUSED, Stage.WORKING], None)
    assert_sound(house)


async def test_a_chain_of_three_is_one_order_at_the_venue(build):
    house = await resting(build)
    async with house.desk() as desk:
        first = await house.place(desk, BID)
        second, first = await replace(house, desk, "replace last @ 8.10")
        third, second = await replace(house, desk, f"replace {second.reference} @ 8.20 gtc")
        with pytest.raises(Refused, match=f"replaced by order {second.reference}"):
            raise_refusal((await replace(house, desk, f"replace {first.reference} @ 8.30"))[0])
    assert stages((first, second, third)) == [Stage.CANCELLED, Stage.CANCELLED, Stage.WORKING]
    assert [order.status.is_terminal for order in house.books()[1]] == [True, True, False]
    assert str(third.ticket.time_in_force) == "gtc"
    assert set(house.trader().reserved) == {third.id}
    assert_sound(house)


async def test_what_is_still_taking_a_place_is_not_replaced(build):
    """The venue has not let go of the first order: which of the two will work is open."""
    slow = Plan((live(),), on_cancel=(cancelled(after_s=60),))
    house = await resting(build, slow, RESTS)
    async with house.desk() as desk:
        await house.place(desk, BID)
        second, first = await replace(house, desk, "replace last @ 8.10")
        assert stages((second, first)) == [Stage.WORKING, Stage.WORKING]
        (no, *_) = await replace(house, desk, f"replace {second.reference} @ 8.20")
        assert (no.stage, no.code) == (Stage.REFUSED, "being_replaced")
        (no, *_) = await replace(house, desk, f"replace {first.reference} @ 8.20")
        assert (no.stage, no.code) == (Stage.REFUSED, "being_replaced")
        await house.until(house.clock.sleep(90))
    assert stages((house.order(second.id), house.order(first.id))) == [Stage.WORKING, Stage.CANCELLED]
    assert_sound(house)


async def test_all_legs_of_a_spread_keep_their_place(build):
    house = await resting(build)
    async with house.desk() as desk:
        await house.place(desk, CONDOR)
        new, old = await replace(house, desk, "replace last @ 3.40")
    assert stages((new, old)) == [Stage.WORKING, Stage.CANCELLED]
    assert (new.legs, new.strategy, new.ticket.price_effect) == (old.legs, old.strategy, old.ticket.price_effect)
    assert_sound(house)


async def test_two_replacements_at_once_are_one(build):
    house = await resting(build)
    async with house.desk() as desk:
        old = await house.place(desk, BID)
        both = (desk.ask(house.message(f"replace {old.reference} @ {price}")) for price in ("8.10", "8.20"))
        replies = await house.until(asyncio.gather(*both))
        news = [house.order(reply.orders[0].id) for reply in replies]
    assert sorted(stages(news)) == [Stage.REFUSED, Stage.WORKING]
    requested = [event for event in log(house.ledger) if isinstance(event, ReplaceRequested)]
    assert len(requested) == 1
    assert sum(not order.status.is_terminal for order in house.books()[1]) == 1
    assert_sound(house)


def raise_refusal(order: Order):
    assert order.stage is Stage.REFUSED
    raise Refused(order.message, code=order.code, hint=order.hint)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("replace {ref} @ 8.00", "nothing_changed"),
        ("replace {ref} day", "nothing_changed"),
        ("replace {ref} x5", "quantity_fixed"),
        ("replace {ref} @ 8.001", "off_tick"),
        ("replace {ref} @ 8.10 credit", "conflict"),
    ],
)
async def test_what_cannot_be_changed_is_refused_with_what_to_do(build, words, code):
    house = await resting(build)
    async with house.desk() as desk:
        old = await house.place(desk, BID)
        (no, *_) = await replace(house, desk, words.format(ref=old.reference))
        assert (no.stage, no.code, house.order(old.id).stage) == (Stage.REFUSED, code, Stage.WORKING)
        assert no.hint
        for suggestion in no.suggestions:
            command = house.context.language.parse(suggestion, as_of=house.clock.now())
            assert isinstance(command, ReplaceOrder)  # an order of its own would double the first
    assert len(house.books()[1]) == 1


async def test_only_what_works_is_replaced(build):
    house = await build()
    async with house.desk() as desk:
        filled = await house.place(desk, "buy 1 SPY 450 call exp Dec 18 2026")
        (no,) = await replace(house, desk, f"replace {filled.reference} @ 8.00")
        assert (filled.stage, no.code) == (Stage.FILLED, "over")
        with pytest.raises(Refused, match="no order"):
            await replace(house, desk, "replace 000000 @ 8.00")


async def test_nobody_replaces_the_order_of_another(build):
    house = await resting(build)
    await house.hire("other")
    async with house.desk() as desk:
        old = await house.place(desk, BID)
        with pytest.raises(Refused, match="no order"):
            await replace(house, desk, f"replace {old.reference} @ 8.10", user="other")


async def test_an_order_before_production_is_not_replaced(build):
    house = await build(models=(ScriptedModel(lambda _ticket: Plan((live(), fill(10, after_s=5)))), None))
    async with house.desk() as desk:
        placing = asyncio.ensure_future(desk.place(house.message(BID)))
        await house.until(house.clock.sleep(0.1))
        (no,) = await replace(house, desk, "replace last @ 8.10")
        assert no.code == "not_in_production"
        assert "cancel" in no.hint
        await house.until(placing)


async def test_the_same_message_again_is_the_same_replacement(build):
    house = await resting(build)
    async with house.desk() as desk:
        await house.place(desk, BID)
        once = await replace(house, desk, "replace last @ 8.10", message="r")
        again = await replace(house, desk, "replace last @ 8.10", message="r")
    assert [order.id for order in once] == [order.id for order in again]
    assert len(house.books()[1]) == 2
