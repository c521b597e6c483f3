"""
A sandbox order that appears late, or that a dead process left: it is cancelled and recorded, whatever was said of it.
"""

import asyncio
from contextlib import suppress

import pytest
from attrs import define, evolve, field

from tastyflow.domain.order import Order
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.order.submission import AttemptOutcome
from tastyflow.domain.venue import BrokerOrder, Status
from tastyflow.errors import OutcomeUnknown
from tastyflow_adapters.fake import FakeFaults, FaultyBroker
from tests.application.kit import CALL, LENIENT, SANDBOX
from tests.application.soundness import assert_sound
from tests.application.staging import REST_10, endow, rests
from tests.application.test_desk_leftovers import Killed, mortal

pytestmark = pytest.mark.anyio

BID = "buy 10 SPY 450 calls exp Dec 18 2026 @ 1.00"
ONE_TRY = evolve(LENIENT, max_attempts=1)


@define(slots=False)
class LateSandbox(FaultyBroker):
    """A sandbox that loses the answer, and has the order only when the test says so: `arrive`."""

    late: list = field(factory=list, init=False)
    times: int = field(default=1, init=False)

    async def place(self, ticket, *, external_id, **how):
        if self.times == 0:
            return await super().place(ticket, external_id=external_id, **how)
        self.times -= 1
        self.late.append((ticket, external_id))
        raise OutcomeUnknown("No answer.")

    async def arrive(self) -> list[BrokerOrder]:
        return [await self.broker.place(ticket, external_id=tag) for ticket, tag in self.late]


def late(house, *, times=1):
    house.sandbox = LateSandbox(house.rehearsals, FakeFaults(), house.clock)
    house.sandbox.times = times
    return house.sandbox


def working(house):
    return [each for each in house.rehearsals.orders() if not each.status.is_terminal]


def outcome(house, order):
    attempt = next(a for a in house.order(order.id).attempts if a.venue is SANDBOX)
    return attempt.outcome, attempt.status


async def test_an_attempt_that_appears_while_the_desk_is_open_is_cancelled_at_once(build):
    house = await build(policy=ONE_TRY, models=(rests(), None))
    sandbox = late(house)
    async with house.desk() as desk:
        order = await house.place(desk, BID)
        assert (order.stage, order.code) == (Stage.REFUSED, "sandbox_away")
        assert outcome(house, order) == (AttemptOutcome.NOT_FOUND, None)
        await house.until(sandbox.arrive())
        await house.until(house.clock.sleep(2))
        assert working(house) == []
    assert outcome(house, order) == (AttemptOutcome.ADOPTED, Status.CANCELLED)
    assert_sound(house)


async def test_an_attempt_that_appears_while_a_later_one_passed_is_cancelled_and_the_order_goes_on(build):
    house = await build(models=(rests(), rests()))
    sandbox = late(house)
    async with house.desk() as desk:
        order = await house.place(desk, BID)
        assert order.stage is Stage.WORKING
        await house.until(sandbox.arrive())
        await house.until(house.clock.sleep(2))
    assert working(house) == []
    assert house.order(order.id).stage is Stage.WORKING
    assert_sound(house)


async def test_an_attempt_that_appears_when_no_desk_is_open_is_cancelled_by_the_next_look(build):
    house = await build(policy=ONE_TRY, models=(rests(), None))
    sandbox = late(house)
    order = await house.once(BID)
    await sandbox.arrive()
    house.clock.jump(house.policy.settle_s + 1)
    after = house.restarted()
    async with after.desk() as desk:
        await after.until(desk.recover())
    assert working(after) == []
    assert outcome(after, order) == (AttemptOutcome.ADOPTED, Status.CANCELLED)
    assert_sound(after)


async def test_a_late_attempt_that_fills_is_undone(house):
    house.policy = ONE_TRY
    sandbox = late(house)
    async with house.desk() as desk:
        await house.place(desk, "buy to open 2 SPY 450 calls exp Dec 18 2026 at natural")
    await sandbox.arrive()
    assert house.sandbox_holds() == {CALL: 2}
    house.clock.jump(house.policy.settle_s + 1)
    after = house.restarted()
    async with after.desk() as desk:
        await after.until(desk.recover())
    assert after.sandbox_holds() == {}


async def test_what_is_not_found_is_looked_for_at_growing_intervals_and_not_beyond_the_night(build):
    house = await build(policy=ONE_TRY)
    sandbox = late(house)
    await house.once(BID)
    asked = 0
    find = sandbox.broker.find

    async def counted(*args, **how):
        nonlocal asked
        asked += 1
        return await find(*args, **how)

    sandbox.broker.find = counted
    async with house.desk() as desk:
        for _ in range(200):
            house.clock.jump(house.policy.settle_s)
            await house.until(desk.recover())
        assert 0 < asked <= 10
        house.clock.jump(24 * 3600)
        before = asked
        await house.until(desk.recover())
        assert asked == before


@pytest.mark.parametrize("text", [BID, REST_10])
@pytest.mark.parametrize("before", [True, False], ids=["before it is sent", "before its answer"])
async def test_killed_while_rehearsing_and_then_cancelled_nothing_is_left_working(build, text, before):
    house = await build(models=(None if text == REST_10 else rests(), None))
    endow(house.live, calls=10)
    mortal(house, nth=2 if text == REST_10 else 1, before=before)
    with suppress(Killed):
        await house.once(text, message="m")
    after = house.restarted()
    async with after.desk() as desk:
        await after.until(desk.cancel(after.message("cancel"), "last"))
    order = after.order(Order.id_of("cli", "m"))
    assert (order.stage, after.trader().reserved) == (Stage.CANCELLED, {})
    after.clock.jump(after.policy.settle_s + 1)
    async with after.desk() as desk:
        await after.until(desk.recover())
    assert working(after) == []
    assert after.sandbox_holds() == {}
    assert not any(attempt.is_open for attempt in after.order(order.id).attempts)
    assert_sound(after)


async def test_an_order_that_is_interrupted_tidies_every_attempt_and_not_only_the_last(build):
    house = await build(models=(rests(), None))
    sandbox = late(house, times=1)
    placing = None
    async with house.desk() as desk:
        placing = asyncio.ensure_future(desk.place(house.message(BID, message="m")))
        while len(_attempts(house)) < 2:
            await house.until(house.clock.sleep(0.05))
        strays = desk._desks.first.rehearser._restorer._strays
        strays._tidy = _nothing  # the stream does not tell of it
        await house.until(sandbox.arrive())
        placing.cancel()
        with suppress(asyncio.CancelledError):
            await house.until(placing)
    order = house.order(Order.id_of("cli", "m"))
    assert (order.stage, order.code) == (Stage.REFUSED, "interrupted")
    assert working(house) == []
    assert house.trader().reserved == {}
    assert_sound(house)


def _attempts(house):
    order = house.ledger.read(Order, Order.id_of("cli", "m"))
    return order.attempts if order else ()


async def _nothing(_order_id):
    pass


async def test_without_a_live_venue_what_a_rehearsal_left_working_is_cancelled_too(build):
    house = await build(policy=ONE_TRY, models=(rests(), None))
    house.production = None
    sandbox = late(house)
    order = await house.once(BID)
    await sandbox.arrive()
    house.clock.jump(house.policy.settle_s + 1)
    after = house.restarted()
    after.production = None
    async with after.desk() as desk:
        await after.until(desk.recover())
    assert working(after) == []
    assert outcome(after, order) == (AttemptOutcome.ADOPTED, Status.CANCELLED)


async def test_what_another_process_rehearses_is_left_alone(build):
    house = await build(policy=evolve(LENIENT, rest_wait_s=90.0), models=(rests(), rests()))
    other = house.restarted()
    other.ledger = house.ledger
    async with house.desk() as desk, other.desk():
        order = await house.place(desk, BID)
    assert order.stage is Stage.WORKING
    assert [a.outcome for a in order.attempts if a.venue is SANDBOX] == [AttemptOutcome.ADOPTED]


async def test_what_a_killed_process_left_working_is_cancelled_by_the_one_that_sees_it_on_the_stream(build):
    house = await build(models=(rests(), rests()))
    other = house.restarted()
    other.ledger = house.ledger
    mortal(house, nth=1, before=False)
    async with other.desk():
        with suppress(Killed):
            await house.once(BID, message="m")
        assert len(working(other)) == 1
        del house.ledger.log.append  # the other process goes on
        await other.until(_cancel_by_hand(other))
        await other.until(other.clock.sleep(other.policy.settle_s + 5))
        assert working(other) == []
    order = other.order(Order.id_of("cli", "m"))
    assert not any(attempt.is_open for attempt in order.attempts)


async def _cancel_by_hand(house):
    def decide(tx):
        order = tx.require(Order, Order.id_of("cli", "m"))
        tx.record(order.withdraw(reason="by the trader", why=house.context.because("trader:demo", order)))

    await house.context.change(Order.id_of("cli", "m"), decide)
