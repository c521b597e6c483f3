"""
The process dies at every boundary: before and after each append, before and after each call to a venue.

    one order, dead at boundary k ─▶ a new desk on the same log and venues, later ─▶ recover() ─▶ the promises hold
"""

import asyncio
from decimal import Decimal
from itertools import count

import pytest

from tastyflow.domain.order import Order
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.order.submission import AttemptOutcome
from tastyflow.domain.venue import Position
from tastyflow_adapters.fake import FakeFaults, FaultyBroker, Plan, ScriptedModel, StreamFaults
from tastyflow_adapters.fake.faults import NOT_SENT, REQUEST_LOST, RESPONSE_LOST, refused
from tastyflow_adapters.fake.order_plan import cancelled, fill, live
from tests.application.kit import CALL, EVERYTHING, GENEROUS, MISSION, PRODUCTION, SANDBOX, DeskUnderTest, log, register
from tests.application.soundness import assert_sound

CALLS = ("dry_run", "place", "replace", "find", "get", "cancel", "positions")
ENDED = {AttemptOutcome.ADOPTED, AttemptOutcome.DECLINED, AttemptOutcome.NOT_SENT, AttemptOutcome.NOT_FOUND}


class Crash(BaseException):
    """The process is killed; nothing catches that."""


class Fuse:
    """Burns at the *at*-th boundary; a dead process does nothing more."""

    def __init__(self, at):
        self.left, self.burnt = at, False
        self.passed = []

    def __call__(self, where):
        if not self.burnt:
            self.passed.append(where)
            self.left -= 1
            self.burnt = self.left == 0
        if self.burnt:
            raise Crash(where)


class CrashingBroker:
    """A broker in a process that can die before and after each call."""

    def __init__(self, broker, fuse):
        self._broker, self._fuse = broker, fuse

    def __getattr__(self, name):
        real = getattr(self._broker, name)
        if name not in CALLS:
            return real

        async def call(*args, **kwargs):
            self._fuse(f"before {name}")
            try:
                return await real(*args, **kwargs)
            finally:
                self._fuse(f"after {name}")

        return call


def make_mortal(house, fuse, faults=None):
    """Put the fuse between the desk, its log and its venues."""
    faults = faults or {}
    for venue, broker in ((SANDBOX, house.rehearsals), (PRODUCTION, house.live)):
        unlucky = FaultyBroker(broker, FakeFaults(faults.get(venue)), house.clock)
        setattr(house, venue.value, CrashingBroker(unlucky, fuse))
    submit = house.ledger.log.append

    def mortal(stored, **conditions):
        fuse("before append")
        future = submit(stored, **conditions)
        future.exception()  # it is on the disk
        fuse("after append")
        return future

    house.ledger.log.append = mortal


def script(*steps, **ending):
    return ScriptedModel(lambda _ticket: Plan(steps, **ending))


RESTS = script(live())
SCENARIOS = {
    "fills": ((None, None), {}, False),
    "rests": ((RESTS, RESTS), {}, False),
    "fills in parts": ((None, script(live(), fill(4), fill(6, after_s=0.5))), {}, False),
    "is cancelled": ((None, script(live(), on_cancel=(cancelled(after_s=0.3),))), {}, True),
    "is cancelled too late": ((None, script(live(), on_cancel=(fill(10, after_s=0.3),))), {}, True),
    "answer lost": ((None, None), {PRODUCTION: {"place": [RESPONSE_LOST]}}, False),
    "request lost": ((None, None), {PRODUCTION: {"place": [REQUEST_LOST]}}, False),
    "not sent": ((None, None), {PRODUCTION: {"place": [NOT_SENT] * 9}}, False),
    "not sent once": ((None, None), {PRODUCTION: {"place": [NOT_SENT]}}, False),
    "refused": ((None, None), {PRODUCTION: {"place": [refused("no")]}}, False),
    "sandbox answer lost": ((None, None), {SANDBOX: {"place": [RESPONSE_LOST]}}, False),
    "sandbox request lost": ((None, None), {SANDBOX: {"place": [REQUEST_LOST]}}, False),
    "sandbox refuses": ((None, None), {SANDBOX: {"place": [refused("no")]}}, False),
}


async def live_and_die(house, fuse, *, cancels, text=MISSION):
    """One order by a process that may die on the way; whether it did."""
    async with house.desk() as desk:
        try:
            await house.until(desk.place(house.message(text, message="m")))
            if cancels:
                await house.until(desk.cancel(house.message("cancel", message="c"), "last"))
            await house.until(house.clock.sleep(5))
        except Crash:
            return True
    return fuse.burnt


async def recovered(house, fuse=None):
    """A new process looks after what the dead one left, long enough later."""
    house.clock.jump(house.policy.proof_valid_s + house.policy.settle_s)
    if fuse is not None:
        make_mortal(house, fuse)
    async with house.desk() as desk:
        try:
            await house.until(desk.recover())
            await house.until(house.clock.sleep(10))
        except Crash:
            return False
    return not (fuse and fuse.burnt)


def assert_nothing_is_lost(house, where):
    assert_sound(house)
    assert house.sandbox_holds() == {}, where  # whatever a rehearsal opened there is closed again
    assert all(snapshot.status.is_terminal for snapshot in house.setups()), where
    sandbox, production = house.books()
    order = house.ledger.read(Order, Order.id_of("cli", "m"))
    if order is None:
        assert (sandbox, production) == ([], []), where
        assert house.trader().reserved == {}, where
        return
    assert {attempt.outcome for attempt in order.attempts} <= ENDED, where
    assert all(snapshot.status.is_terminal for snapshot in sandbox), where
    assert len(production) <= 1, where
    if production:
        (placed,) = production
        adopted = [a for a in order.attempts if a.broker_order == placed.broker_order]
        assert [a.outcome for a in adopted] == [AttemptOutcome.ADOPTED], where
        assert order.stage is (Stage(placed.status.value) if placed.status.is_terminal else Stage.WORKING), where
        assert order.filled(PRODUCTION) == sum(each.quantity for each in placed.fills), where
    else:
        nowhere = any(a.venue is PRODUCTION and a.outcome is AttemptOutcome.NOT_FOUND for a in order.attempts)
        assert order.stage is Stage.ESCALATED if nowhere else order.stage.is_over, where
    assert order.stage.is_over or not order.cancel_requested, where
    assert (order.id in house.trader().reserved) is (not order.stage.is_over), where


async def run_through(make, models, faults, cancels, text=MISSION):
    """Kill the process at every boundary of the scenario in turn; the boundaries there were."""
    for k in count(1):
        house = await make(models)
        fuse = Fuse(k)
        make_mortal(house, fuse, faults)
        died = await live_and_die(house, fuse, cancels=cancels, text=text)
        where = f"killed {fuse.passed[-1]}, boundary {k}: {' · '.join(fuse.passed)}"
        after = house.restarted()
        assert await recovered(after)
        assert_nothing_is_lost(after, where)
        known = len(log(after.ledger))
        assert await recovered(after)
        assert len(log(after.ledger)) == known, f"recovering twice says more than once: {where}"
        house.ledger.close()
        after.ledger.close()
        if not died:
            return k - 1
    return 0


async def one_trader(models):
    house = DeskUnderTest.make(models=models)
    await register(house.ledger, house.clock.now(), "demo", GENEROUS, EVERYTHING)
    return house


@pytest.mark.anyio
@pytest.mark.parametrize("name", SCENARIOS)
async def test_a_process_that_dies_anywhere_loses_and_doubles_nothing(name):
    models, faults, cancels = SCENARIOS[name]
    boundaries = await run_through(one_trader, models, faults, cancels)
    assert boundaries > 15


async def one_holder(models):
    """A trader, and ten calls that only production holds."""
    house = await one_trader(models)
    house.live.endow(Position(CALL, 10, Decimal(5)))
    return house


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("models", "price"),
    [((None, None), "at natural"), ((None, None), "at 20"), ((RESTS, None), "at 20")],
    ids=["prepared and filled", "prepared and resting", "mirrored"],
)
async def test_a_process_that_dies_anywhere_on_the_way_out_leaves_the_sandbox_as_it_was(models, price):
    close = f"sell to close 10 SPY 450 calls exp Dec 18 2026 {price}"
    assert await run_through(one_holder, models, {}, False, close) > 20


@pytest.mark.anyio
@pytest.mark.parametrize("name", ["fills", "answer lost", "rests"])
async def test_a_recovery_that_dies_is_recovered_from(name):
    models, faults, _ = SCENARIOS[name]
    for k in range(1, 60, 7):
        for again in count(1):
            house = await one_trader(models)
            make_mortal(house, Fuse(k), faults)
            await live_and_die(house, Fuse(0), cancels=False)
            second, fuse = house.restarted(), Fuse(again)
            went_well = await recovered(second, fuse)
            third = second.restarted()
            assert await recovered(third)
            assert_nothing_is_lost(third, f"killed at {k}, then at {again}: {fuse.passed}")
            if went_well:
                break


@pytest.mark.anyio
async def test_a_process_that_dies_on_a_real_disk_loses_and_doubles_nothing(tmp_path):
    for k in range(1, 80, 5):
        path = tmp_path / f"log-{k}.db"
        house = DeskUnderTest.make(path=path)
        await house.hire()
        fuse = Fuse(k)
        make_mortal(house, fuse)
        await live_and_die(house, fuse, cancels=False)
        house.ledger.close()
        after = house.restarted(path)
        assert await recovered(after)
        assert_nothing_is_lost(after, f"boundary {k}: {fuse.passed}")
        after.ledger.close()


@pytest.mark.anyio
async def test_a_message_delivered_twice_more_after_a_crash_sends_one_order():
    """The process dies between approval and claim; the platform delivers the message again, and again."""
    for k in count(1):
        house = await one_trader((None, None))
        make_mortal(house, Fuse(k))
        await live_and_die(house, Fuse(0), cancels=False)
        after = house.restarted()
        order = after.ledger.read(Order, Order.id_of("cli", "m"))
        if order is not None and order.stage is Stage.APPROVED:
            break
    async with after.desk() as desk:
        asked = (desk.ask(after.message(MISSION, message="m")) for _ in range(2))
        promoted = (desk._desks.first.live.promote(order) for _ in range(2))  # as two who both saw it approved
        *replies, _, _ = await after.until(asyncio.gather(*asked, *promoted))
        await after.until(after.clock.sleep(5))
    assert [reply.error for reply in replies] == [None, None]
    assert after.order(order.id).stage is Stage.FILLED
    assert len(house.books()[1]) == 1
    assert_sound(after)


@pytest.mark.anyio
async def test_a_young_claim_is_left_to_the_process_that_made_it():
    house = await one_trader((None, None))
    fuse = Fuse(0)
    make_mortal(house, fuse)
    house.production = CrashingBroker(
        FaultyBroker(house.live, FakeFaults({"place": [REQUEST_LOST]}), house.clock), fuse
    )
    async with house.desk() as desk:
        placing = asyncio.ensure_future(desk.place(house.message(MISSION, message="m")))
        await house.until(house.clock.sleep(3))
        other = house.restarted()
        async with other.desk() as beside:
            before = len(log(other.ledger))
            await other.until(beside.recover())
            assert len(log(other.ledger)) == before
        await house.until(placing)


@pytest.mark.anyio
async def test_a_sandbox_that_cannot_be_asked_is_asked_the_next_time():
    house = await one_trader((RESTS, RESTS))
    fuse = Fuse(12)
    make_mortal(house, fuse)
    assert await live_and_die(house, fuse, cancels=False)
    after = house.restarted()
    assert house.books()[0]
    after.sandbox = FaultyBroker(house.rehearsals, FakeFaults({"find": [REQUEST_LOST] * 2}), house.clock)
    assert await recovered(after)  # asked when the desk opened, and by the recovery
    assert set(after.trader().reserved) == {Order.id_of("cli", "m")}
    assert await recovered(after)
    assert_nothing_is_lost(after, "asked twice")


@pytest.mark.anyio
async def test_a_silent_stream_does_not_keep_a_recovered_order_from_its_end():
    slowly = script(live(), fill(10, after_s=1200))
    house = await one_trader((None, slowly))
    async with house.desk() as desk:
        await house.place(desk, MISSION, message="m")
    after = house.restarted()
    after.production = FaultyBroker(house.live, FakeFaults(stream=StreamFaults(is_silent=True)), house.clock)
    assert await recovered(after)
    assert after.order(Order.id_of("cli", "m")).stage is Stage.WORKING
    async with after.desk() as desk:
        await after.until(desk.recover())
        await after.until(after.clock.sleep(600))
    assert after.order(Order.id_of("cli", "m")).stage is Stage.FILLED
