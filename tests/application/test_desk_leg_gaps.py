"""The legs of a spread fill one after the other, and the venue says Filled after the first of them."""

import asyncio
from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from tastyflow.domain.order.events import OrderEscalated
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.testresult import CheckName, CheckOutcome, Verdict
from tastyflow.domain.ticket import Action, Leg, OrderType, PriceEffect, Ticket
from tastyflow.domain.venue import BrokerOrder, Status, VenueFill
from tastyflow_adapters.fake import FakeFaults, FaultyBroker, Plan, ScriptedModel, StreamFaults
from tastyflow_adapters.fake.order_plan import fill, live
from tests.application.kit import FRIDAY, LENIENT, PRODUCTION, DeskUnderTest, log_of
from tests.application.soundness import assert_sound
from tests.application.staging import SPREAD as VERTICAL

pytestmark = pytest.mark.anyio

SPREAD = "buy 2 SPY 450/460 call vertical Dec 18 at natural"
CONDOR = "sell 1 SPY 430/435/465/470 iron condor Dec 18 at natural"
PATIENCE_S = LENIENT.fill_wait_s


def apart(gap_s, legs=2, *, at_once=1):
    """A venue that fills the first *at_once* legs together, says Filled, and fills each other one *gap_s* later."""
    first = [fill(100, leg=leg, as_filled=True) for leg in range(at_once)]
    later = [fill(100, leg=leg, after_s=gap_s) for leg in range(at_once, legs)]
    return ScriptedModel(
        lambda ticket: Plan((live(), *first, *later)) if len(ticket.legs) == legs else Plan((live(), fill(100)))
    )


async def spread(house, text=SPREAD, *, wait_s=0.0):
    async with house.desk() as desk:
        order = await house.place(desk, text)
        await house.until(house.clock.sleep(wait_s))
        return house.order(order.id), desk.test_of(order)


def tally(order):
    return {leg.instrument.occ: leg.quantity for leg in order.legs}


def escalations(house, order):
    return [event.reason for event in log_of(house.ledger, order) if isinstance(event, OrderEscalated)]


@pytest.mark.parametrize("gap_s", [0.02, 0.5, 2.5])
@pytest.mark.parametrize(("text", "legs"), [(SPREAD, 2), (CONDOR, 4)])
async def test_a_spread_whose_legs_fill_one_after_the_other_passes_and_fills(build, gap_s, text, legs):
    house = await build(models=(apart(gap_s, legs), apart(gap_s, legs)))
    order, test = await spread(house, text, wait_s=legs * gap_s + 1)
    assert test.verdict is Verdict.PASSED, test.reasons
    assert {check.outcome for check in test.checks} == {CheckOutcome.PASSED}
    assert (order.stage, order.message) == (Stage.FILLED, "")
    assert {leg: order.filled(PRODUCTION, leg) for leg in tally(order)} == tally(order)
    assert_sound(house)


@settings(max_examples=20, deadline=None)
@given(
    gap_s=st.floats(0.0, 3.0),
    at_once=st.integers(1, 2),
    stream=st.sampled_from(
        [StreamFaults(), StreamFaults(lost=1.0), StreamFaults(twice=1.0), StreamFaults(swapped=0.5)]
    ),
)
def test_whatever_the_gap_and_whatever_the_stream_loses_filled_means_all_legs(gap_s, at_once, stream):
    async def story():
        house = DeskUnderTest.make(models=(apart(gap_s, at_once=at_once), apart(gap_s, at_once=at_once)))
        await house.hire()
        for side, broker in (("sandbox", house.rehearsals), ("production", house.live)):
            setattr(house, side, FaultyBroker(broker, FakeFaults(stream=evolve(stream)), house.clock))
        order, test = await spread(house, wait_s=20)
        assert test.verdict is Verdict.PASSED, test.reasons
        assert order.stage is Stage.FILLED
        assert {leg: order.filled(PRODUCTION, leg) for leg in tally(order)} == tally(order)
        assert escalations(house, order) == []
        assert_sound(house)

    asyncio.run(story())


async def test_an_order_told_filled_in_the_sandbox_whose_legs_never_add_up_does_not_pass(build):
    house = await build(models=(ScriptedModel(lambda _t: Plan((live(), fill(100, leg=0, as_filled=True)))), None))
    began_s = house.clock.monotonic()
    order, test = await spread(house)
    assert {check.name: check.outcome for check in test.checks}[CheckName.FILLS_ADD_UP] is CheckOutcome.FAILED
    assert (order.stage, house.books()[1]) == (Stage.REFUSED, [])
    assert house.clock.monotonic() - began_s >= PATIENCE_S  # it was given its time


async def test_an_order_told_filled_in_production_whose_legs_never_add_up_is_a_persons_business(build):
    house = await build(models=(apart(0.0), ScriptedModel(lambda _t: Plan((live(), fill(100, leg=0, as_filled=True))))))
    async with house.desk() as desk:
        order = await house.place(desk, SPREAD)
        await house.until(house.clock.sleep(PATIENCE_S - LENIENT.follow_s - 1))
        assert (house.order(order.id).stage, escalations(house, order)) == (Stage.WORKING, [])
        await house.until(house.clock.sleep(3 * LENIENT.news_wait_s))
    order = house.order(order.id)
    assert (order.stage, escalations(house, order)) == (Stage.ESCALATED, ["fills_missing"])
    assert "2 of 2" in order.message
    assert "0 of 2" in order.message
    assert house.trader().reserved  # it may be at work: its capacity is kept
    assert_sound(house)


async def test_a_leg_that_fills_after_all_ends_the_order_that_a_person_was_asked_about(build):
    late_s = 2 * PATIENCE_S
    house = await build(models=(apart(0.0), apart(late_s)))
    order, _ = await spread(house, wait_s=late_s + 5)
    assert escalations(house, order) == ["fills_missing"]
    assert (order.stage, house.trader().reserved) == (Stage.FILLED, {})
    assert_sound(house)


async def test_a_later_command_escalates_what_was_told_filled_long_ago(build):
    house = await build(models=(apart(0.0), ScriptedModel(lambda _t: Plan((live(), fill(100, leg=0, as_filled=True))))))
    order = await house.once(SPREAD)
    assert order.stage is Stage.WORKING
    after = house.restarted()
    after.clock.jump(PATIENCE_S + 1)
    async with after.desk() as desk:
        await after.until(desk.refresh(order.id))
    assert escalations(after, order) == ["fills_missing"]
    async with after.desk() as desk:
        await after.until(desk.refresh(order.id))
    assert escalations(after, order) == ["fills_missing"]


@given(st.lists(st.integers(0, 3), min_size=2, max_size=2), st.sampled_from(Status))
def test_filled_is_an_ending_only_where_every_leg_adds_up(filled, status):
    legs = tuple(Leg(Action.BUY_TO_OPEN, 2, instrument) for instrument in VERTICAL)
    ticket = Ticket(legs, OrderType.LIMIT, Decimal(1), PriceEffect.DEBIT)
    fills = tuple(
        VenueFill(str(number), leg.instrument.occ, quantity, Decimal(1), FRIDAY)
        for number, (leg, quantity) in enumerate(zip(ticket.legs, filled, strict=True))
    )
    shown = BrokerOrder("1", "tf1", status, FRIDAY, ticket, fills)
    adds_up = min(filled) >= 2
    assert shown.has_ended(ticket) is (status.is_terminal and (status is not Status.FILLED or adds_up))
    assert shown.awaits_fills(ticket) is (status is Status.FILLED and not adds_up)
