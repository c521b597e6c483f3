"""An order whose command is stopped or killed on its way to production: it is ended, and its capacity is free again."""

import asyncio
import math
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal

import pytest
from attrs import evolve

from tastyflow.application.ledger.lookup import Lookup
from tastyflow.application.message import Consent
from tastyflow.application.reconciling.orders import BEFORE_PRODUCTION
from tastyflow.domain.order import Order
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.order.submission import AttemptOutcome
from tastyflow.domain.policy import Confirm
from tastyflow.domain.setup import Setup
from tastyflow.domain.venue import Position, Status
from tastyflow_adapters.fake import FakeFaults, FaultyBroker
from tastyflow_adapters.fake.faults import answered_late, delayed
from tastyflow_adapters.fake.order_plan import cancelled, fill, live
from tests.application.kit import CALL, LENIENT, MISSION, ONE_CALL, PRODUCTION, DeskUnderTest, log_of, story
from tests.application.soundness import assert_sound
from tests.application.staging import REST_10, endow, rests
from tests.application.test_desk_cancel import scripted
from tests.application.test_desk_crash import Fuse, live_and_die, make_mortal
from tests.application.test_desk_leftovers import Killed, mortal

pytestmark = pytest.mark.anyio

SLOW = scripted(live(), fill(10, after_s=8))
LONG = scripted(live(), on_cancel=(cancelled(after_s=400),))
PATIENT = evolve(LENIENT, fill_wait_s=1_000.0)
BOUND_S = LENIENT.interrupted_after_s


async def begun(house, desk, *, after_s):
    """An order whose steps are under way, in a task; the order as recorded by then."""
    placing = asyncio.ensure_future(desk.place(house.message(MISSION, message="m")))
    await house.until(house.clock.sleep(after_s))
    return placing, desk.lookup.newest_orders(1)[0]


async def stopped(house, placing):
    """As Ctrl-C stops it."""
    placing.cancel()
    with suppress(asyncio.CancelledError):
        await house.until(placing)


# ── stopped ────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_an_order_that_is_stopped_in_its_rehearsal_is_ended_at_once_and_the_sandbox_is_tidied(build):
    house = await build(models=(SLOW, None))
    async with house.desk() as desk:
        placing, order = await begun(house, desk, after_s=0.1)
        assert order.stage is Stage.REHEARSING
        await stopped(house, placing)
        order = house.order(order.id)
        assert (order.stage, order.code) == (Stage.REFUSED, "interrupted")
        assert house.trader().reserved == {}
    (rehearsed,) = house.books()[0]
    assert rehearsed.status is Status.CANCELLED
    assert house.books()[1] == []
    assert_sound(house)


async def test_an_order_that_is_stopped_before_its_claim_is_ended_at_once(build):
    house = await build(policy=evolve(LENIENT, retry_waits_s=(60.0,)))
    house.production = FaultyBroker(house.live, FakeFaults({"ready": [delayed(30)]}), house.clock)
    async with house.desk() as desk:
        placing, order = await begun(house, desk, after_s=5)
        assert order.stage is Stage.APPROVED
        await stopped(house, placing)
    assert house.order(order.id).code == "interrupted"
    assert house.books()[1] == []
    assert_sound(house)


async def test_an_order_that_is_stopped_on_its_way_to_production_goes_on(build):
    house = await build()
    house.production = FaultyBroker(house.live, FakeFaults({"place": [answered_late(5)]}), house.clock)
    async with house.desk() as desk:
        placing, order = await begun(house, desk, after_s=2)
        assert order.stage is Stage.SUBMITTING
        await stopped(house, placing)
        await house.until(house.clock.sleep(20))
    assert house.order(order.id).stage is Stage.FILLED
    assert_sound(house)


async def test_where_the_sandbox_is_away_a_stopped_order_waits_for_the_next_command(build):
    house = await build(models=(SLOW, None))
    async with house.desk() as desk:
        placing, order = await begun(house, desk, after_s=0.1)
        for broker in (desk.context.sandbox,):
            broker.find = hangs(house)
        await stopped(house, placing)
        assert house.order(order.id).stage is Stage.REHEARSING
        del desk.context.sandbox.find
    house.clock.jump(BOUND_S + 1)
    after = house.restarted()
    async with after.desk() as desk:
        await after.until(desk.place(after.message(ONE_CALL)))
    assert after.order(order.id).code == "interrupted"
    assert set(after.trader().reserved) == set()


def hangs(house):
    async def find(_external_id, **_):
        await house.clock.sleep(10_000)

    return find


# ── killed ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("at", range(3, 25, 2))
async def test_a_killed_order_is_ended_by_the_next_command_within_the_bound_and_never_before(at):
    house = DeskUnderTest.make(models=(scripted(live()), scripted(live())))
    await house.hire()
    fuse = Fuse(at)
    make_mortal(house, fuse)
    assert await live_and_die(house, fuse, cancels=False)
    after = house.restarted()
    order = next(iter(Lookup(after.ledger).newest_orders(1)), None)
    if order is None or order.stage not in BEFORE_PRODUCTION:
        return  # nothing was recorded, or it got as far as production
    async with after.desk() as desk:
        await after.until(desk.recover())
        assert not after.order(order.id).stage.is_over
    after.clock.jump(BOUND_S + 1)
    async with after.desk() as desk:
        await after.until(desk.place(after.message(ONE_CALL)))
    assert after.order(order.id).code == "interrupted"
    assert order.id not in after.trader().reserved
    assert [each.status.is_terminal for each in after.books()[0]].count(False) == 0


@pytest.mark.parametrize(("seconds", "is_over"), [(-1, False), (0, False), (1, True)])
async def test_to_the_second_nothing_recorded_for_as_long_as_the_policy_says_is_an_interruption(
    build, seconds, is_over
):
    house = await build(models=(scripted(live()), None))
    fuse = Fuse(11)
    make_mortal(house, fuse)
    assert await live_and_die(house, fuse, cancels=False)
    after = house.restarted()
    (order,) = Lookup(after.ledger).newest_orders(1)
    last = log_of(after.ledger, order)[-1].at
    after.clock.jump((last - after.clock.now()).total_seconds() + BOUND_S + seconds)
    async with after.desk() as desk:
        await after.until(desk.refresh(order.id))
    assert after.order(order.id).stage.is_over is is_over


async def test_an_order_that_this_process_is_at_is_not_interrupted_however_long_it_takes(build):
    house = await build(policy=PATIENT, models=(LONG, None))
    async with house.desk() as desk:
        placing, order = await begun(house, desk, after_s=300)
        await house.until(desk.recover())
        assert house.order(order.id).stage is Stage.REHEARSING
        assert (await house.until(placing)).stage is Stage.FILLED


@pytest.fixture
def held_up(monkeypatch):
    """The process is held up as far as others can see: it does not speak for its orders."""
    monkeypatch.setattr("tastyflow.application.speaking.SPOKEN_AFTER_S", math.inf)


@pytest.mark.usefixtures("held_up")
async def test_another_process_that_ends_it_is_noticed_and_nothing_is_sent_after_that(build, tmp_path):
    house = await build(path=tmp_path / "log.db", policy=PATIENT, models=(LONG, None))
    async with house.desk() as desk:
        placing, order = await begun(house, desk, after_s=300)
        other = house.restarted(tmp_path / "log.db")
        async with other.desk() as beside:
            await other.until(beside.recover())
        assert other.order(order.id).code == "interrupted"
        assert (await house.until(placing)).code == "interrupted"
    assert house.books()[1] == []
    assert "claimed(production)" not in story(log_of(house.ledger, order))


async def test_an_order_that_waits_to_be_confirmed_waits_until_its_own_time(build):
    policy = evolve(LENIENT, confirm=Confirm.ABOVE, confirm_above_usd=Decimal(0), confirm_within_s=600.0)
    house = await build(policy=policy)
    async with house.desk() as desk:
        order = await house.place(desk, MISSION, consent=Consent.ASK)
        assert order.waits_for_confirmation
    house.clock.jump(590)
    async with house.desk() as desk:
        await house.until(desk.recover())
    assert house.order(order.id).stage is Stage.VALIDATED
    house.clock.jump(11)
    async with house.desk() as desk:
        await house.until(desk.recover())
    assert house.order(order.id).code == "offer_expired"
    assert house.trader().reserved == {}


@pytest.mark.usefixtures("held_up")
async def test_what_is_recorded_of_a_setup_counts_as_a_step_of_its_order(build):
    house = await build(
        models=(scripted(live(), on_cancel=(cancelled(after_s=400),)), None), policy=PATIENT, latency_s=2.0
    )
    house.live.endow(Position(CALL, 4, Decimal(5)))
    close = "sell to close 4 SPY 450 calls exp Dec 18 2026 @ natural"
    async with house.desk() as desk:
        placing = asyncio.ensure_future(desk.place(house.message(close)))
        await house.until(house.clock.sleep(100))
        other = house.restarted()
        async with other.desk() as beside:
            (order,) = beside.lookup.newest_orders(1)
            assert order.stage is Stage.VALIDATED  # what it closes is being opened in the sandbox
            setup = other.ledger.last_event(Setup.id_of(order.id))
            assert setup.at > order.asked_at
            live_orders = beside._desks.first.live
            assert not live_orders.is_interrupted(order)
            house.clock.jump((setup.at - house.clock.now()).total_seconds() + BOUND_S)
            assert not live_orders.is_interrupted(order)
            house.clock.jump(1)
            assert live_orders.is_interrupted(order)
        await stopped(house, placing)


# ── a wall clock that was wrong ────────────────────────────────────────────────────────────────────────────────


class AtTheSecond(Fuse):
    """Burns where a boundary is passed the second time."""

    def __init__(self, where):
        super().__init__(0)
        self._where = where

    def __call__(self, where):
        if not self.burnt and where == self._where and where in self.passed:
            self.left = 1
        super().__call__(where)


TURNED_S = [5 * 3600, -1200]


@pytest.mark.parametrize("turned_s", TURNED_S)
@pytest.mark.parametrize("at", [9, 13])
async def test_a_wall_clock_that_was_wrong_lets_no_interrupted_order_wait_longer_than_the_bound(at, turned_s):
    house = DeskUnderTest.make(models=(scripted(live()), scripted(live())))
    await house.hire()
    house.clock.set_wall(turned_s)
    fuse = Fuse(at)
    make_mortal(house, fuse)
    assert await live_and_die(house, fuse, cancels=False)
    after = house.restarted()
    (order,) = Lookup(after.ledger).newest_orders(1)
    assert order.stage in BEFORE_PRODUCTION
    after.clock.set_wall(0)
    after.clock.jump(BOUND_S + 1)
    async with after.desk() as desk:
        await after.until(desk.recover())
    assert after.order(order.id).code == "interrupted"


@pytest.mark.parametrize("turned_s", TURNED_S)
async def test_a_wall_clock_that_was_wrong_at_the_claim_leaves_no_order_without_an_owner(build, turned_s):
    house = await build()
    house.clock.set_wall(turned_s)
    fuse = AtTheSecond("after place")  # the first one is the rehearsal's
    make_mortal(house, fuse)
    assert await live_and_die(house, fuse, cancels=False)
    after = house.restarted()
    (order,) = Lookup(after.ledger).newest_orders(1)
    assert order.stage is Stage.SUBMITTING
    after.clock.set_wall(0)
    after.clock.jump(LENIENT.settle_s + 1)
    async with after.desk() as desk:
        await after.until(desk.recover())
    assert after.order(order.id).attempt(PRODUCTION).outcome is AttemptOutcome.ADOPTED
    assert_sound(after)


# ── long ago ───────────────────────────────────────────────────────────────────────────────────────────────────


class SevenDays:
    """A venue whose search shows what was placed within seven days before the time that it is asked from."""

    def __init__(self, broker, clock):
        self._broker, self._clock = broker, clock

    def __getattr__(self, name):
        return getattr(self._broker, name)

    async def find(self, external_id, *, since=None):
        found = await self._broker.find(external_id)
        earliest = (since or self._clock.now()) - timedelta(days=7)
        return [each for each in found if each.updated_at > earliest]


@pytest.mark.parametrize("days", [6, 8, 40])
@pytest.mark.parametrize("turned_s", [0, 5 * 3600])
async def test_a_claim_is_searched_for_from_its_own_time_on_however_long_ago_that_is(build, days, turned_s):
    house = await build()
    house.clock.set_wall(turned_s)
    fuse = AtTheSecond("after place")
    make_mortal(house, fuse)
    assert await live_and_die(house, fuse, cancels=False)
    after = house.restarted()
    after.production = SevenDays(after.live, after.clock)
    after.clock.set_wall(0)
    after.clock.jump(days * 86_400)
    (order,) = Lookup(after.ledger).newest_orders(1)
    async with after.desk() as desk:
        await after.until(desk.refresh(order.id))
    assert after.order(order.id).attempt(PRODUCTION).outcome is AttemptOutcome.ADOPTED
    assert_sound(after)


@pytest.mark.parametrize("before", [True, False], ids=["before it is sent", "before its answer"])
@pytest.mark.parametrize("nth", [1, 2], ids=["in its setup", "in its rehearsal"])
async def test_a_close_that_is_killed_in_its_rehearsal_is_ended_tidied_and_told_by_the_next_command(build, nth, before):
    house = await build(models=(rests() if nth == 1 else None, None))
    endow(house.live, calls=10)
    mortal(house, nth=nth, before=before)
    with suppress(Killed):
        await house.once(REST_10, message="m")
    after = house.restarted()
    order = after.order(Order.id_of("cli", "m"))
    assert order.stage in BEFORE_PRODUCTION
    after.clock.jump(BOUND_S + 1)
    async with after.desk() as desk:
        await after.until(desk.recover())
    order = after.order(order.id)
    assert (order.stage, order.code, after.trader().reserved) == (Stage.REFUSED, "interrupted", {})
    assert [each for each in after.rehearsals.orders() if not each.status.is_terminal] == []
    assert after.sandbox_holds() == {}
    assert not any(attempt.is_open for attempt in order.attempts)
    assert [n.sentence for n in after.told.notices if "interrupted before it reached production" in n.sentence]
    assert after.books()[1] == []
    assert_sound(after)
