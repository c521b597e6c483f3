"""
The way out is open: a closing order never depends on what the sandbox happens to hold, and leaves it as it was.

    the sandbox lacks it ─▶ opened there, closed as rehearsed, put back        cannot hold it ─▶ mirrored, and proven
"""

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tastyflow.domain.instruments import Equity
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.setup import Purpose
from tastyflow.domain.testresult import CheckName, CheckOutcome
from tastyflow.domain.ticket import Action
from tastyflow.domain.venue import Position
from tastyflow_adapters.fake import FakeFaults, FaultyBroker, Plan, ScriptedModel, StreamFaults
from tastyflow_adapters.fake.order_plan import live
from tests.application.kit import CALL, PRODUCTION, SANDBOX, DeskUnderTest
from tests.application.soundness import assert_sound
from tests.application.staging import BUY_2, CLOSE_2, CLOSE_10, REST_10, SPREAD, checks, endow, setups

pytestmark = pytest.mark.anyio


# ── what is opened is sold again ───────────────────────────────────────────────────────────────────────────────


async def test_an_opening_rehearsal_that_filled_is_undone_beside_the_way_to_production(house):
    async with house.desk() as desk:
        order = await house.place(desk, BUY_2)
        assert order.stage is Stage.FILLED
        assert house.sandbox_holds() == {CALL: 2}  # the trader did not wait for it
        await house.until(house.clock.sleep(5))
        assert house.sandbox_holds() == {}
    assert house.production_holds() == {CALL: 2}
    assert setups(house, order) == [(Purpose.RESTORE, Action.SELL_TO_CLOSE, 2)]
    assert [attempt.venue for attempt in order.attempts] == [SANDBOX, PRODUCTION]
    assert order.filled(SANDBOX) == 2  # the undoing is no fill of the order
    assert_sound(house)


async def test_a_desk_that_closes_puts_the_sandbox_account_back_first(house):
    await house.once(BUY_2)
    assert house.sandbox_holds() == {}
    assert_sound(house)


async def test_where_no_live_venue_is_the_sandbox_account_keeps_what_was_bought(house):
    house.production = None
    order = await house.once(BUY_2)
    assert (order.stage, house.sandbox_holds()) == (Stage.REHEARSED, {CALL: 2})
    assert setups(house, order) == []


async def test_a_hundred_at_once_on_one_symbol_leave_the_sandbox_as_it_was(house):
    async with house.desk() as desk:
        placing = [desk.place(house.message(BUY_2)) for _ in range(50)]
        placing += [desk.place(house.message("buy 1 SPY 450 call exp Dec 18 2026 at 1.00")) for _ in range(50)]
        orders = await house.until(asyncio.gather(*placing))
    assert {order.stage for order in orders} == {Stage.FILLED, Stage.WORKING}
    assert house.sandbox_holds() == {}
    assert_sound(house)


# ── the way out ────────────────────────────────────────────────────────────────────────────────────────────────


async def test_what_only_production_holds_is_opened_in_the_sandbox_closed_there_and_in_production(house):
    endow(house.live, calls=10)
    order = await house.once(CLOSE_10)
    assert (order.stage, order.filled(PRODUCTION)) == (Stage.FILLED, 10)
    assert setups(house, order) == [(Purpose.OPEN, Action.BUY_TO_OPEN, 10)]
    assert house.sandbox_holds() == house.production_holds() == {}
    effect = checks(house, order)[CheckName.POSITION_EFFECT]
    assert (effect.outcome, effect.evidence["by"]) == (CheckOutcome.PASSED, "sandbox")
    assert_sound(house)


async def test_a_close_that_rests_leaves_nothing_in_the_sandbox(house):
    endow(house.live, calls=10)
    order = await house.once(REST_10)
    assert order.stage is Stage.WORKING
    assert setups(house, order) == [
        (Purpose.OPEN, Action.BUY_TO_OPEN, 10),
        (Purpose.RESTORE, Action.SELL_TO_CLOSE, 10),
    ]
    assert house.sandbox_holds() == {}
    assert_sound(house)


async def test_closed_in_the_sandbox_and_not_in_production_it_is_closed_again_at_a_lower_price(build):
    house = await build(models=(None, ScriptedModel([Plan((live(),))])))
    endow(house.rehearsals, calls=10)
    endow(house.live, calls=10)
    async with house.desk() as desk:
        first = await house.place(desk, CLOSE_10)
        assert (first.stage, first.filled(SANDBOX)) == (Stage.WORKING, 10)
        await house.until(desk.cancel(house.message("cancel"), first.reference))
        second = await house.place(desk, "sell to close 10 SPY 450 calls exp Dec 18 2026 at 7.90")
    assert (second.stage, second.filled(PRODUCTION)) == (Stage.FILLED, 10)
    assert house.sandbox_holds() == {CALL: 10}  # it was there before, and is there again
    assert_sound(house)


async def test_a_working_stop_a_rejected_close_and_then_the_close(build):
    house = await build()
    async with house.desk() as desk:
        await house.place(desk, BUY_2)
        stop = await house.place(desk, "sell to close 2 SPY 450 calls exp Dec 18 2026 stop 1")
        assert stop.stage is Stage.WORKING
        blocked = await house.place(desk, CLOSE_2)
        assert blocked.stage in (Stage.REJECTED, Stage.REFUSED)
        await house.until(desk.cancel(house.message("cancel"), stop.reference))
        order = await house.place(desk, CLOSE_2)
    assert (order.stage, order.filled(PRODUCTION)) == (Stage.FILLED, 2)
    assert house.sandbox_holds() == house.production_holds() == {}
    assert_sound(house)


async def test_after_the_sandbox_was_reset_a_position_is_closed(house):
    async with house.desk() as desk:
        await house.place(desk, BUY_2)
        house.rehearsals.reset()
        order = await house.place(desk, CLOSE_2)
    assert order.stage is Stage.FILLED
    assert house.sandbox_holds() == house.production_holds() == {}


async def test_a_short_position_is_bought_back(house):
    endow(house.live, calls=-2)
    order = await house.once("buy to close 2 SPY 450 calls exp Dec 18 2026 at natural")
    assert (order.stage, order.filled(PRODUCTION)) == (Stage.FILLED, 2)
    assert setups(house, order) == [(Purpose.OPEN, Action.SELL_TO_OPEN, 2)]
    assert house.sandbox_holds() == {}


async def test_shares_are_sold(house):
    shares = Equity("F")
    house.live.endow(Position(shares, 100, Decimal(12)))
    order = await house.once("sell to close 100 F at natural")
    assert order.stage is Stage.FILLED
    assert house.sandbox_holds() == {}


async def test_a_spread_is_closed_as_one_order(house):
    for instrument, quantity in zip(SPREAD, (3, -3), strict=True):
        house.live.endow(Position(instrument, quantity, Decimal(5)))
    order = await house.once(
        "sell to close 3 SPY 450 calls exp Dec 18 2026 / buy to close 3 SPY 460 calls exp Dec 18 2026 at natural"
    )
    assert (order.stage, order.message) == (Stage.FILLED, "")
    assert setups(house, order) == [
        (Purpose.OPEN, Action.BUY_TO_OPEN, 3),  # it covers what is sold after it
        (Purpose.OPEN, Action.SELL_TO_OPEN, 3),
    ]
    assert house.sandbox_holds() == house.production_holds() == {}
    assert_sound(house)


async def test_a_roll_needs_only_what_it_closes(house):
    endow(house.live, calls=2)
    order = await house.once(
        "sell to close 2 SPY 450 calls exp Dec 18 2026 / buy to open 2 SPY 460 calls exp Dec 18 2026 at natural"
    )
    assert (order.stage, order.message) == (Stage.FILLED, "")
    assert setups(house, order) == [
        (Purpose.OPEN, Action.BUY_TO_OPEN, 2),
        (Purpose.RESTORE, Action.SELL_TO_CLOSE, 2),
    ]
    assert house.sandbox_holds() == {}
    assert house.production_holds() == {SPREAD[1]: 2}


async def test_what_the_sandbox_held_before_is_used_and_put_back(house):
    endow(house.rehearsals, calls=4)
    endow(house.live, calls=10)
    order = await house.once(CLOSE_10)
    assert order.stage is Stage.FILLED
    assert setups(house, order) == [
        (Purpose.OPEN, Action.BUY_TO_OPEN, 6),
        (Purpose.RESTORE, Action.BUY_TO_OPEN, 4),
    ]
    assert house.sandbox_holds() == {CALL: 4}


async def test_ten_closes_of_one_position_at_once_do_not_take_the_position_from_each_other(house):
    endow(house.live, calls=20)
    async with house.desk() as desk:
        orders = await house.until(asyncio.gather(*(desk.place(house.message(CLOSE_2)) for _ in range(10))))
    assert {(order.stage, order.message) for order in orders} == {(Stage.FILLED, "")}
    assert house.sandbox_holds() == house.production_holds() == {}
    assert_sound(house)


async def test_positions_that_lag_behind_their_fills_are_waited_for(build):
    house = await build()
    house.rehearsals._book._position_lag = timedelta(seconds=3)
    endow(house.live, calls=10)
    order = await house.once(CLOSE_10)
    assert (order.stage, order.message) == (Stage.FILLED, "")
    assert house.sandbox_holds() == {}


# ── whatever both accounts hold ────────────────────────────────────────────────────────────────────────────────


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    there=st.integers(-5, 8),
    held=st.integers(1, 6),
    is_short=st.booleans(),
    rests=st.booleans(),
    stream=st.sampled_from(
        [StreamFaults(), StreamFaults(is_silent=True), StreamFaults(twice=0.5, swapped=0.5, seed=3)]
    ),
)
def test_a_close_goes_through_and_the_sandbox_holds_what_it_held(there, held, is_short, rests, stream):
    async def closes():
        house = DeskUnderTest.make()
        await house.hire()
        house.sandbox = FaultyBroker(house.rehearsals, FakeFaults(stream=stream), house.clock)
        sign = -1 if is_short else 1
        endow(house.live, calls=sign * held)
        if there:
            endow(house.rehearsals, calls=there)
        side, far = ("buy", "5.00") if is_short else ("sell", "20")
        price = f"at {far}" if rests else "at natural"
        order = await house.once(f"{side} to close {held} SPY 450 calls exp Dec 18 2026 {price}")
        assert order.stage is (Stage.WORKING if rests else Stage.FILLED), order.message
        kept = there if there * sign > 0 else 0  # what was the other way round was in the way
        assert house.sandbox_holds() == ({CALL: kept} if kept else {})
        assert_sound(house)
        house.ledger.close()

    asyncio.run(closes())
