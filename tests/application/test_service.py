"""The service looks after what every other process left, within two minutes, and comes to an orderly end."""

import asyncio
from contextlib import asynccontextmanager
from decimal import Decimal
from itertools import count

import pytest
from attrs import evolve

from tastyflow.application.desk import Desk
from tastyflow.application.ledger.lookup import Lookup
from tastyflow.application.message import Consent
from tastyflow.application.service.following import LogFollower
from tastyflow.application.service.holder import Holder
from tastyflow.application.service.leases import SERVICE, Leases, account_stream
from tastyflow.application.service.reconciling import IN_DOUBT_S, LOOK_S
from tastyflow.application.service.service import Hears, Role, Service
from tastyflow.application.service.supervision import DEATHS, PartsDied, ServicePart
from tastyflow.application.service.timers import AGAIN_S
from tastyflow.domain.incident import Incident, IncidentKind
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.policy import Confirm
from tastyflow.domain.ticket import Action, Leg, OrderType, PriceEffect, Ticket
from tastyflow.errors import NotSent, Refused
from tastyflow.ports import Lease
from tastyflow_adapters.fake import FakeFaults, FaultyBroker
from tastyflow_adapters.fake.faults import REQUEST_LOST, delayed, refused
from tastyflow_adapters.fake.order_plan import fill, live
from tastyflow_adapters.service.fencing import FencedBroker
from tests.application.kit import CALL, LENIENT, MISSION
from tests.application.soundness import assert_sound
from tests.application.test_desk_cancel import scripted
from tests.application.test_desk_crash import (
    SCENARIOS,
    Fuse,
    assert_nothing_is_lost,
    live_and_die,
    make_mortal,
    one_trader,
)

pytestmark = pytest.mark.anyio

TWO_MINUTES_S = 120.0
LATER = scripted(live(), fill(10, after_s=300))


class Heard(Hears):
    """Remembers how the service went on."""

    def __init__(self):
        self.words = []

    def standing_by(self):
        self.words.append("standing by")

    def ready(self, ready):
        self.words.append(f"ready, {ready.open_orders} open")

    def found(self, line):
        self.words.append(line)

    def lost(self):
        self.words.append("lost")

    def stopping(self):
        self.words.append("stopping")

    def died(self, part):
        self.words.append(f"died: {part.part.name}")


@asynccontextmanager
async def serving(house, *, pid=1, parts=(), **how):
    """A service at work on *house*; at the end it is told to stop."""

    @asynccontextmanager
    async def open_desk(may_act):
        context = house.context
        fenced = {name: FencedBroker(getattr(context, name), may_act) for name in ("sandbox", "production")}
        async with Desk(evolve(context, **fenced), [house.told]) as desk:
            yield desk

    leases = Leases(house.ledger, house.clock, Holder(pid))
    how = {"accounts": ("main",), "more_parts": lambda _: parts, "hears": Heard()} | how
    service = Service(house.ledger, house.clock, leases, open_desk, **how)
    service.heard, service.ended = how["hears"].words, None
    task = asyncio.ensure_future(service.run())
    try:
        yield service
    finally:
        service.stop()
        await house.until(asyncio.wait((task,)))
        service.ended = task.exception()


# ── what other processes left ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["fills", "answer lost", "sandbox answer lost"])
async def test_an_order_whose_process_died_anywhere_is_at_rest_within_two_minutes(name):
    models, faults, cancels = SCENARIOS[name]
    for k in count(1, 2):
        house = await one_trader(models)
        fuse = Fuse(k)
        make_mortal(house, fuse, faults)
        died = await live_and_die(house, fuse, cancels=cancels)
        after = house.restarted()
        async with serving(after):
            await after.until(after.clock.sleep(1))
            after.clock.jump(TWO_MINUTES_S - 20)
            await after.until(after.clock.sleep(19))
            for order in Lookup(after.ledger).newest_orders(5):
                assert order.stage.is_over or order.stage in (Stage.WORKING, Stage.ESCALATED), fuse.passed
        assert_nothing_is_lost(after, f"killed {fuse.passed[-1]}, boundary {k}")
        house.ledger.close()
        after.ledger.close()
        if not died:
            break
    assert k > 15


async def test_an_order_in_doubt_is_searched_for_again_every_minute_until_it_is_found(build):
    house = await build()
    house.production = FaultyBroker(house.live, FakeFaults({"place": [REQUEST_LOST]}), house.clock)
    order = await house.once(MISSION)
    assert order.stage is Stage.ESCALATED
    house.production = counted = Counting(house.live)
    async with serving(house):
        await house.until(house.clock.sleep(5 * AGAIN_S))
    assert 3 <= counted.searches <= 40
    assert house.order(order.id).stage is Stage.ESCALATED


async def test_what_production_declined_is_looked_for_once_within_seconds_though_its_command_has_ended(build):
    house = await build()
    refusing = FaultyBroker(house.live, FakeFaults(calls={"place": [refused("gateway")]}), house.clock)
    house.production = counted = Counting(refusing)
    async with serving(house):
        await house.until(house.clock.sleep(2 * LOOK_S))
        order = await house.once(MISSION)
        assert order.stage is Stage.REJECTED
        before = counted.lists
        await house.until(house.clock.sleep(2 * LOOK_S))
        assert counted.lists == before + 1
        await house.until(house.clock.sleep(5 * LOOK_S))
        assert counted.lists == before + 1


async def test_a_venue_that_cannot_be_listed_at_the_start_is_held_against_the_log_once_it_can(build):
    house = await build()
    faults = FakeFaults({"listed": [REQUEST_LOST] * 3})
    house.production = FaultyBroker(house.live, faults, house.clock)
    async with serving(house) as service:
        await house.until(house.clock.sleep(1))
        assert service.role is Role.WORKING  # cancels and looks are possible all the time
        assert any("could not be listed" in line for line in service.heard)
        reconciling = service.desk._desks.first.reconciling
        assert not reconciling.last.is_complete
        await house.until(house.clock.sleep(4 * IN_DOUBT_S))
        assert reconciling.last.is_complete
        assert (await house.until(service.desk.place(house.message(MISSION)))).stage is Stage.FILLED


async def test_what_a_person_did_not_confirm_or_approve_in_time_is_ended_on_time(build):
    policy = evolve(LENIENT, confirm=Confirm.ALWAYS, confirm_within_s=30.0)
    house = await build(policy=policy)
    async with house.desk() as desk:
        offered = await house.place(desk, MISSION, consent=Consent.ASK)
    assert offered.waits_for_confirmation
    async with serving(house):
        await house.until(house.clock.sleep(29))
        assert house.order(offered.id).waits_for_confirmation
        await house.until(house.clock.sleep(2))
        ended = house.order(offered.id)
    assert (ended.stage, ended.code) == (Stage.REFUSED, "offer_expired")
    assert house.trader().reserved == {}
    assert [each.order.id for each in house.told.notices if each.order.code == "offer_expired"] == [offered.id]


async def test_an_order_of_another_process_is_followed_to_its_last_fill(build):
    house = await build(models=(None, LATER))
    async with serving(house) as service:
        await house.until(house.clock.sleep(1))
        assert service.role is Role.WORKING
        order = await house.once(MISSION)  # by a command that ends while it works
        assert order.stage is Stage.WORKING
        await house.until(house.clock.sleep(310))
        assert house.order(order.id).stage is Stage.FILLED
    assert_sound(house)


async def test_an_order_that_came_while_the_lease_was_in_doubt_is_followed_once_it_is_not(build):
    house = await build(models=(None, LATER))
    may_act = [False]
    async with house.desk() as desk:
        follower = LogFollower(desk, house.ledger, desk.accounts[0], after=house.ledger.end())
        following = asyncio.create_task(follower.run(lambda: may_act[0]))
        order = await house.once(MISSION)
        await house.until(house.clock.sleep(5))
        assert desk._desks.first.live.followed == 0
        may_act[0] = True
        await house.until(house.clock.sleep(5))
        assert desk._desks.first.live.followed == 1
        following.cancel()
    assert house.order(order.id).stage is Stage.WORKING


async def test_an_order_that_was_at_work_before_the_service_began_is_followed_too(build):
    house = await build(models=(None, LATER))
    order = await house.once(MISSION)
    async with serving(house) as service:
        await house.until(house.clock.sleep(310))
    assert house.order(order.id).stage is Stage.FILLED
    assert service.heard[0] == "ready, 1 open"


# ── which of several ───────────────────────────────────────────────────────────────────────────────────────────


async def test_of_two_services_one_works_and_the_other_takes_over_where_it_left_off(build):
    house = await build(models=(None, LATER))
    async with serving(house, pid=2) as second, serving(house, pid=1) as first:
        await house.until(house.clock.sleep(20))
        works, waits = sorted((first, second), key=lambda each: each.role is not Role.WORKING)
        assert (works.role, waits.role) == (Role.WORKING, Role.STANDING_BY)
        assert waits.heard == ["standing by"]
        order = await house.once(MISSION)
        works.stop()
        await house.until(house.clock.sleep(5))
        assert waits.role is Role.WORKING
        await house.until(house.clock.sleep(310))
        assert house.order(order.id).stage is Stage.FILLED
    assert (first.ended, second.ended) == (None, None)


async def test_a_service_that_lost_its_lease_sends_nothing_and_stands_by(build):
    house = await build(models=(None, scripted(live())))
    async with serving(house) as service:
        await house.until(house.clock.sleep(1))
        held, desk = service.held, service.desk
        taken = Lease(SERVICE, "another", held.lease.beat + 1, Holder(9).written())
        await house.until(house.ledger.keep_lease(taken, instead_of=held.lease))
        await house.until(house.clock.sleep(3))
        assert held.lost.is_set()
        assert service.role is Role.STANDING_BY
        assert service.heard[-2:] == ["lost", "standing by"]
        with pytest.raises(NotSent, match="Another service"):
            await desk.context.account.place(None, external_id="x")
        assert house.books() == ([], [])


@pytest.mark.parametrize("verb", ["ready", "turn", "place", "replace", "cancel"])
async def test_a_fenced_broker_sends_nothing_and_asks_on(build, verb):
    house = await build()
    fenced = FencedBroker(house.live, lambda: False)
    arguments = {"place": [None], "replace": ["1", None], "cancel": ["1"]}.get(verb, [])
    named = {"external_id": "x"} if verb in ("place", "replace") else {}
    with pytest.raises(NotSent) as no:
        await getattr(fenced, verb)(*arguments, **named)
    assert no.value.code == "fenced"
    assert [*await house.until(fenced.positions()), *await house.until(fenced.find("x"))] == []


async def test_the_fence_is_asked_as_the_last_thing_before_the_first_byte(build):
    """A process can be stopped while it waits for its turn to send: nothing leaves once it goes on."""
    house, answers = await build(), iter([True, False])
    fenced = FencedBroker(house.live, lambda: next(answers))
    with pytest.raises(NotSent):
        await house.until(fenced.place(ONE_TICKET, external_id="x"))
    assert house.books() == ([], [])


# ── how it ends ────────────────────────────────────────────────────────────────────────────────────────────────


async def test_what_is_in_hand_is_finished_and_nothing_new_is_begun_when_it_is_told_to_stop(build):
    house = await build(models=(None, scripted(live())))
    house.production = FaultyBroker(house.live, FakeFaults({"place": [delayed(10)]}), house.clock)
    async with serving(house) as service:
        await house.until(house.clock.sleep(1))
        placing = asyncio.ensure_future(service.desk.place(house.message(MISSION, message="m")))
        await house.until(house.clock.sleep(2))
        desk = service.desk
        service.stop()
        await house.until(house.clock.sleep(0.5))
        with pytest.raises(Refused) as no:
            await house.until(desk.place(house.message(MISSION, message="late")))
        assert no.value.code == "stopping"
        order = await house.until(placing)
        assert order.stage is Stage.WORKING
    assert service.heard[-1] == "stopping"
    assert service.ended is None
    assert house.ledger.lease(SERVICE).holder == house.ledger.lease(account_stream("main")).holder == ""


async def test_an_order_in_hand_is_waited_for_for_a_bounded_time(build):
    house = await build()
    house.production = FaultyBroker(house.live, FakeFaults({"place": [delayed(500)]}), house.clock)
    async with serving(house, drain_s=10.0) as service:
        await house.until(house.clock.sleep(1))
        placing = asyncio.ensure_future(service.desk.place(house.message(MISSION, message="m")))
        await house.until(house.clock.sleep(2))
        began_s = house.clock.monotonic()
    assert house.clock.monotonic() - began_s < 60
    placing.cancel()
    await asyncio.gather(placing, return_exceptions=True)


async def test_a_vital_part_that_dies_again_and_again_opens_an_incident_and_ends_the_service_with_an_error(build):
    house = await build()

    async def dies(_may_act):
        raise OSError

    async with serving(house, parts=(ServicePart("chat", dies, is_vital=True),)) as service:
        await house.until(house.clock.sleep(200))
    assert isinstance(service.ended, PartsDied)
    assert service.heard.count("died: chat") == DEATHS
    incident = house.ledger.read(Incident, Incident.id_of(IncidentKind.TASK, "chat"))
    assert incident is not None
    assert incident.is_open
    assert "'chat' of the service died" in incident.message


async def test_a_part_that_is_not_vital_dies_by_itself(build):
    house = await build(models=(None, LATER))

    async def dies(_may_act):
        raise OSError

    async with serving(house, parts=(ServicePart("chat", dies),)) as service:
        order = await house.once(MISSION)
        await house.until(house.clock.sleep(310))
        assert service.role is Role.WORKING
    assert house.order(order.id).stage is Stage.FILLED


class Counting:
    """A broker that counts how often it is searched, and how often its account is listed."""

    def __init__(self, broker):
        self.broker, self.searches, self.lists = broker, 0, 0

    def __getattr__(self, name):
        return getattr(self.broker, name)

    async def find(self, external_id, **how):
        self.searches += 1
        return await self.broker.find(external_id, **how)

    async def listed(self, since):
        self.lists += 1
        return await self.broker.listed(since)


ONE_TICKET = Ticket((Leg(Action.BUY_TO_OPEN, 1, CALL),), OrderType.LIMIT, Decimal(1), PriceEffect.DEBIT)
