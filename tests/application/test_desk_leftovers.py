"""
What an earlier rehearsal or a dead process left in the sandbox: cleared, undone, and in no good order's way.
"""

import asyncio
from contextlib import suppress
from datetime import timedelta

import pytest
from msgspec.structs import replace

from tastyflow.application.rehearsal.preparing import IN_THE_WAY, NOT_THERE
from tastyflow.domain.order import Order
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.order.submission import AttemptOutcome
from tastyflow.domain.setup import Purpose, Setup
from tastyflow.domain.ticket import Action
from tastyflow.domain.venue import Status
from tastyflow.errors import VenueRefused
from tastyflow_adapters.fake import FakeFaults, FaultyBroker, Plan, ScriptedModel
from tastyflow_adapters.fake.faults import RESPONSE_LOST
from tastyflow_adapters.fake.order_plan import live
from tests.application.kit import CALL, FRIDAY, SANDBOX, SkippingClock, log
from tests.application.soundness import assert_sound
from tests.application.staging import BUY_2, CLOSE_2, CLOSE_10, REST_10, Hung, endow, rests, setups

pytestmark = pytest.mark.anyio


# ── a leftover never refuses a good order ──────────────────────────────────────────────────────────────────────


async def test_a_leftover_position_in_the_sandbox_is_cleared_and_the_rehearsal_is_tried_again(house):
    endow(house.rehearsals, calls=-3)
    order = await house.once(BUY_2)
    assert (order.stage, order.message) == (Stage.FILLED, "")
    assert [a.outcome for a in order.attempts if a.venue is SANDBOX] == [
        AttemptOutcome.DECLINED,
        AttemptOutcome.ADOPTED,
    ]
    assert setups(house, order)[0] == (Purpose.CLEAR, Action.BUY_TO_CLOSE, 3)
    assert house.sandbox_holds() == {}
    details = [e.check.detail for e in log(house.ledger) if e.TOPIC.endswith("check_recorded@1")]
    assert any("The sandbox account was left with" in detail for detail in details)
    assert_sound(house)


async def test_a_leftover_the_other_way_round_is_cleared_before_a_close(house):
    endow(house.rehearsals, calls=-3)
    endow(house.live, calls=10)
    order = await house.once(CLOSE_10)
    assert order.stage is Stage.FILLED
    assert [purpose for purpose, *_ in setups(house, order)] == [Purpose.CLEAR, Purpose.OPEN]
    assert house.sandbox_holds() == {}


async def test_what_production_holds_too_is_no_leftover(house):
    endow(house.rehearsals, calls=-3)
    endow(house.live, calls=-3)
    order = await house.once("buy to open 2 SPY 450 calls exp Dec 18 2026 at natural")
    assert order.stage is Stage.REFUSED
    assert setups(house, order) == []
    assert house.sandbox_holds() == {CALL: -3}


class Collides:
    """A sandbox in which another process trades the same symbol: it refuses so many orders, and holds nothing after."""

    def __init__(self, broker, times, code="sim.opposite_position"):
        self._broker, self._times, self._code = broker, times, code

    def __getattr__(self, name):
        return getattr(self._broker, name)

    async def place(self, ticket, **how):
        if self._times:
            self._times -= 1
            raise VenueRefused("The account is short 3 of it: close that first.", code=self._code)
        return await self._broker.place(ticket, **how)


@pytest.mark.parametrize("code", sorted(IN_THE_WAY - NOT_THERE))
async def test_what_another_process_rehearses_meanwhile_is_tried_again(house, code):
    house.sandbox = Collides(house.rehearsals, 1, code)
    order = await house.once(BUY_2)
    assert (order.stage, order.message) == (Stage.FILLED, "")
    assert [a.outcome for a in order.attempts if a.venue is SANDBOX] == [
        AttemptOutcome.DECLINED,
        AttemptOutcome.ADOPTED,
    ]
    assert house.sandbox_holds() == {}


async def test_a_collision_that_does_not_end_is_no_word_about_the_order(house):
    house.sandbox = Collides(house.rehearsals, 1_000)
    order = await house.once(BUY_2)
    assert (order.stage, order.code) == (Stage.REFUSED, "leftover")
    assert "says nothing about the order" in order.message
    assert house.books()[1] == []


async def test_a_setup_that_collides_is_prepared_again(house):
    endow(house.live, calls=10)
    house.sandbox = Collides(house.rehearsals, 1, "illegal_buy_and_sell_on_same_symbol")
    order = await house.once(CLOSE_10)
    assert order.stage is Stage.FILLED
    assert order.attempt(SANDBOX).digest == order.digest  # as it is, and not mirrored
    assert house.sandbox_holds() == {}


async def test_an_order_of_ours_left_working_in_the_sandbox_is_cancelled_and_the_rehearsal_tried_again(build):
    stuck = ScriptedModel([Plan((live(),), refuses_cancel="not now")])
    house = await build(models=(stuck, None))
    await house.once("buy to open 2 SPY 450 calls exp Dec 18 2026 at 1.00")
    (left,) = house.books()[0]
    assert left.status is Status.LIVE
    store = house.rehearsals._store
    store.put(replace(store.row(left.broker_order), refuses_cancel=""))
    house.clock.jump(house.policy.settle_s + 1)
    endow(house.live, calls=2)
    order = await house.once(CLOSE_2)
    assert (order.stage, order.message) == (Stage.FILLED, "")
    assert house.books()[0][0].status is Status.CANCELLED


# ── the process dies ───────────────────────────────────────────────────────────────────────────────────────────


class Killed(BaseException):
    """The process is killed; nothing catches that."""


class DyingSandbox(FaultyBroker):
    """A sandbox in a process that dies at its *nth* placing, before or after the venue has it."""

    nth, before, dead = 1, True, False

    async def place(self, ticket, *, external_id, **how):
        if self.dead:
            raise Killed
        self.nth -= 1
        self.dead = self.nth == 0
        if self.dead and self.before:
            raise Killed
        answer = await super().place(ticket, external_id=external_id, **how)
        if self.dead:
            raise Killed
        return answer


def mortal(house, *, nth, before):
    house.sandbox = DyingSandbox(house.rehearsals, FakeFaults(), house.clock)
    house.sandbox.nth, house.sandbox.before = nth, before
    append = house.ledger.log.append

    def while_alive(stored, **conditions):
        if house.sandbox.dead:
            raise Killed
        return append(stored, **conditions)

    house.ledger.log.append = while_alive


@pytest.mark.parametrize("before", [True, False], ids=["before it is sent", "before its answer"])
@pytest.mark.parametrize("nth", [1, 2, 3], ids=["setup", "rehearsal", "restore"])
async def test_whenever_the_process_dies_the_next_one_puts_the_sandbox_back(house, nth, before):
    endow(house.live, calls=10)
    mortal(house, nth=nth, before=before)
    try:
        async with house.desk() as desk:
            await house.place(desk, REST_10, message="m")
    except Killed:
        pass
    after = house.restarted()
    after.clock.jump(house.policy.proof_valid_s + 1)
    async with after.desk() as desk:
        await after.until(desk.recover())
        await after.until(desk.recover())
    assert after.sandbox_holds() == {}
    working = [each for each in after.rehearsals.orders() if not each.status.is_terminal]
    assert working == []
    assert_sound(after)


async def test_a_setup_that_a_dead_process_left_working_is_cancelled(build):
    house = await build(models=(rests(), None))
    endow(house.live, calls=10)
    mortal(house, nth=1, before=False)
    try:
        async with house.desk() as desk:
            await house.place(desk, REST_10, message="m")
    except Killed:
        pass
    assert [each.status for each in house.rehearsals.orders()] == [Status.LIVE]
    after = house.restarted()
    after.clock.jump(house.policy.proof_valid_s + 1)
    async with after.desk() as desk:
        await after.until(desk.recover())
    assert [each.status for each in house.rehearsals.orders()] == [Status.CANCELLED]
    setup = after.ledger.read(Setup, Setup.id_of(after.order(Order.id_of("cli", "m")).id))
    assert [each.status for each in setup.placements] == [Status.CANCELLED]
    assert_sound(after)


async def test_a_filled_order_whose_undoing_never_began_is_undone_by_the_next_desk(house):
    mortal(house, nth=2, before=True)
    with suppress(Killed):
        await house.once(BUY_2, message="m")
    after = house.restarted()
    assert after.order(Order.id_of("cli", "m")).stage is Stage.FILLED
    assert after.sandbox_holds() == {CALL: 2}
    async with after.desk() as desk:
        await after.until(desk.recover())
        assert after.sandbox_holds() == {CALL: 2}  # too young: the process that began it may be at it
        after.clock.jump(house.policy.settle_s + 1)
        await after.until(desk.recover())
    assert after.sandbox_holds() == {}
    assert_sound(after)


async def test_what_dead_processes_left_is_not_waited_for_order_by_order_while_the_sandbox_hangs(house):
    for number in range(5):
        mortal(house, nth=2, before=True)
        with suppress(Killed):
            await house.once(BUY_2, message=f"m{number}")
        house = house.restarted()
    assert house.sandbox_holds() == {CALL: 10}
    house.clock.jump(house.policy.settle_s + 1)
    house.sandbox = Hung(house.rehearsals, FakeFaults(), house.clock)
    async with house.desk() as desk:
        began_s = house.clock.monotonic()
        await house.until(desk.recover())
        assert house.clock.monotonic() - began_s <= house.policy.answer_s
    house = house.restarted()
    async with house.desk() as desk:
        await house.until(desk.recover())
    assert house.sandbox_holds() == {}


@pytest.mark.parametrize("wait_s", [1, 100])
async def test_a_close_that_a_dead_process_left_working_in_the_sandbox_does_not_keep_the_next_one_in(house, wait_s):
    endow(house.live, calls=10)
    mortal(house, nth=2, before=False)
    with suppress(Killed):
        await house.once(REST_10, message="m")
    after = house.restarted()
    after.clock.jump(wait_s)
    async with after.desk() as desk:
        await after.until(desk.cancel(after.message("cancel"), "last"))
        order = await after.place(desk, CLOSE_10)
    assert (order.stage, order.message) == (Stage.FILLED, "")
    assert [each.status for each in after.rehearsals.orders() if not each.status.is_terminal] == []
    assert_sound(after)


async def test_what_was_filled_just_before_the_close_is_undone_in_the_next_session(build):
    house = await build(clock=SkippingClock(FRIDAY - timedelta(days=1) + timedelta(hours=6, seconds=-1)))
    house.market.always_open = False
    async with house.desk() as desk:
        order = await house.place(desk, BUY_2)
        await house.until(house.clock.sleep(60))
    assert (order.stage, setups(house, order)) == (Stage.FILLED, [])  # nothing fills now: nothing is tried in vain
    after = house.restarted()
    after.clock.jump(timedelta(hours=18).total_seconds())
    async with after.desk() as desk:
        await after.until(desk.recover())
    assert after.sandbox_holds() == {}
    assert_sound(after)


async def test_overnight_a_close_is_proven_mirrored_and_one_at_the_market_asks_for_a_limit(build):
    house = await build(clock=SkippingClock(FRIDAY + timedelta(hours=12)))
    house.market.always_open = False
    endow(house.live, calls=10)
    at_limit = await house.once(REST_10)
    assert (at_limit.stage, at_limit.message) == (Stage.WORKING, "")
    assert setups(house, at_limit) == []  # nothing fills there now: nothing is tried
    async with house.desk() as desk:
        await house.until(desk.cancel(house.message("cancel"), at_limit.reference))
        at_market = await house.place(desk, "sell to close 10 SPY 450 calls exp Dec 18 2026 at market")
    assert (at_market.stage, at_market.code) == (Stage.REFUSED, "not_prepared")
    assert "with a limit" in at_market.hint


async def test_an_order_that_is_withdrawn_while_its_setup_is_out_leaves_nothing(build):
    house = await build(latency_s=1.0)
    endow(house.live, calls=10)
    async with house.desk() as desk:
        placing = asyncio.ensure_future(desk.place(house.message(CLOSE_10, message="m")))
        while not house.rehearsals.orders():
            await house.until(house.clock.sleep(0.1))
        await house.until(desk.cancel(house.message("cancel"), "last"))
        order = await house.until(placing)
    assert (order.stage, house.books()) == (Stage.CANCELLED, ([], []))
    assert house.sandbox_holds() == {}
    assert_sound(house)


async def test_a_restore_whose_answer_is_lost_is_found(house):
    house.sandbox = FaultyBroker(house.rehearsals, FakeFaults({"place": [None, RESPONSE_LOST]}), house.clock)
    await house.once(BUY_2)
    assert house.sandbox_holds() == {}
    assert_sound(house)


async def test_a_position_that_was_reset_meanwhile_is_not_looked_for_without_end(house):
    async with house.desk() as desk:
        order = await house.place(desk, BUY_2)
        house.rehearsals.reset()
        await house.until(house.clock.sleep(60))
    assert len(setups(house, order)) <= house.policy.max_attempts
    assert all(filled == 0 for _, _, filled in setups(house, order))
    assert house.sandbox_holds() == {}
