"""Halting: at every stage of an order, with cancels that fail, and in a process that dies at every boundary."""

import asyncio
from contextlib import suppress
from uuid import UUID

import pytest
from attrs import evolve

from tastyflow.application.attribution import Author, because_of, is_same_person
from tastyflow.application.ledger.lookup import Lookup
from tastyflow.application.telling.sentences import sentence_of, shared_sentence_of
from tastyflow.domain.halt import Trading
from tastyflow.domain.order.cancel_causes import BY_TRADER
from tastyflow.domain.order.events import SubmissionClaimed
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.trader import Trader
from tastyflow.domain.trader.permissions import Permission
from tastyflow.errors import Refused
from tastyflow_adapters.fake import FakeFaults, FaultyBroker
from tastyflow_adapters.fake.faults import NOT_SENT, REQUEST_LOST, RESPONSE_LOST, answered_late, delayed
from tastyflow_adapters.fake.order_plan import cancelled, expire, fill, live
from tests.application.kit import (
    EVERYTHING,
    GENEROUS,
    LENIENT,
    MISSION,
    ONE_CALL,
    PRODUCTION,
    DeskUnderTest,
    alter,
    log,
    log_of,
    register,
    resuming,
    stopping,
    story,
    turn,
)
from tests.application.soundness import assert_sound
from tests.application.test_desk_cancel import scripted
from tests.application.test_desk_crash import Crash, Fuse, make_mortal

pytestmark = pytest.mark.anyio

CLOSE = "sell to close 1 SPY 450 call exp Dec 18 2026"
HALTED, REDUCING, RUNNING = Trading.HALTED, Trading.REDUCING, Trading.RUNNING


def claims(house):
    return [e for e in log(house.ledger) if isinstance(e, SubmissionClaimed) and e.venue is PRODUCTION]


async def halting(house, desk, reason="fat finger", *, reducing=False, **who):
    return await house.until(desk.halt(house.message("halt", **who), reason, reducing=reducing))


# ── what may be ordered ────────────────────────────────────────────────────────────────────────────────────────


async def test_while_halted_nothing_is_drafted_and_the_refusal_says_since_when_by_whom_why_and_the_way_on(house):
    async with house.desk() as desk:
        await house.place(desk, ONE_CALL)
        await halting(house, desk)
        for text in (MISSION, CLOSE):
            order = await house.place(desk, text)
            assert (order.stage, order.code) == (Stage.REFUSED, "halted")
            assert order.message == 'Trading is halted since Fri Nov 20 10:00 New York, by demo: "fat finger".'
            assert "'halt reducing'" in order.hint
            assert "Cancels always pass." in order.hint
    assert len(claims(house)) == 1
    assert len(house.books()[0]) == 1  # nothing new was rehearsed, either
    assert_sound(house)


async def test_a_halted_desk_refuses_without_asking_any_venue(house):
    await turn(house, stopping())
    house.sandbox, house.production = (
        FaultyBroker(each, FakeFaults({call: [REQUEST_LOST] * 9 for call in ("positions", "dry_run")}), house.clock)
        for each in (house.rehearsals, house.live)
    )
    assert (await house.once(ONE_CALL)).code == "halted"


async def test_while_reducing_only_what_takes_risk_away_goes_on(house):
    async with house.desk() as desk:
        await house.place(desk, ONE_CALL)
        await halting(house, desk, reducing=True)
        opening = await house.place(desk, MISSION)
        assert (opening.stage, opening.code) == (Stage.REFUSED, "reducing")
        closing = await house.place(desk, CLOSE)
        assert closing.stage is Stage.FILLED
        assert closing.was_exit
    assert [claim.is_exit for claim in claims(house)] == [False, True]
    assert_sound(house)


async def test_a_resumed_desk_trades_on(house):
    async with house.desk() as desk:
        await halting(house, desk)
        halt = await house.until(desk.resume(house.message("resume mended"), "mended"))
        assert (halt.trading, halt.reason, halt.by) == (RUNNING, "mended", "demo")
        assert (await house.place(desk, ONE_CALL)).stage is Stage.FILLED


async def test_a_halt_of_another_process_is_heard_at_once_and_survives_restarts(build, tmp_path):
    house = await build(path=tmp_path / "log.db")
    async with house.desk() as desk:
        await house.place(desk, ONE_CALL)
        await turn(house.restarted(tmp_path / "log.db"), stopping())
        assert (await house.place(desk, ONE_CALL)).code == "halted"
        await turn(house.restarted(tmp_path / "log.db"), resuming())
        assert (await house.place(desk, ONE_CALL)).stage is Stage.FILLED
        await turn(house.restarted(tmp_path / "log.db"), stopping())
    assert (await house.restarted(tmp_path / "log.db").once(ONE_CALL)).code == "halted"


# ── who may ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("words", ["halt", "halt reducing", "resume mended"])
async def test_halting_and_resuming_take_a_permission(house, words):
    await house.hire("eve", permissions=EVERYTHING - {Permission.HALT})
    await turn(house, stopping())
    async with house.desk() as desk:
        reply = await house.until(desk.ask(house.message(words, user="eve")))
        assert reply.error.code == "not_permitted"
    assert house.context.halt().version == 1


@pytest.mark.parametrize("words", ["halt", "halt reducing", "resume mended", "cancel all for everyone"])
async def test_a_suspended_trader_neither_halts_nor_resumes_nor_cancels_for_others(house, words):
    await house.hire("eve")
    await turn(house, stopping(reducing=words == "halt"))
    await alter(house, lambda trader, why: trader.suspend(why=why), "eve")
    async with house.desk() as desk:
        reply = await house.until(desk.ask(house.message(words, user="eve")))
        assert reply.error.code == "suspended"
    assert house.context.halt().version == 1


async def test_who_was_suspended_a_moment_ago_does_not_resume(house):
    await house.hire("eve")
    await turn(house, stopping())
    why = because_of(house.message("resume", user="eve"), Author(Trader.id_of("eve"), "eve"), house.clock.now())
    await alter(house, lambda trader, why: trader.suspend(why=why), "eve")
    async with house.desk() as desk:
        with pytest.raises(Refused, match="eve is suspended") as no:
            await house.until(desk.halting.resume(by="eve", reason="mended", why=why))
    assert (no.value.code, house.context.halt().trading) == ("suspended", HALTED)


@pytest.mark.parametrize("reason", [None, "", "   "])
async def test_to_resume_a_reason_is_given(house, reason):
    await turn(house, stopping())
    async with house.desk() as desk:
        reply = await house.until(desk.ask(house.message("resume")))
        assert reply.error.code == "reason_needed"
    assert house.context.halt().trading is HALTED


async def test_where_policy_says_so_another_person_resumes(build):
    house = await build(policy=evolve(LENIENT, resume_by_second_person=True))
    await house.hire("ann")
    async with house.desk() as desk:
        await halting(house, desk)
        reply = await house.until(desk.ask(house.message("resume mended")))
        assert (reply.error.code, house.context.halt().trading) == ("second_person_needed", HALTED)
        reply = await house.until(desk.ask(house.message("resume mended", user="ann")))
        assert (reply.error, reply.halt.trading) == (None, RUNNING)


ANN, BOB = UUID(int=1), UUID(int=2)
ACTORS = {
    "another trader": (f"trader:ann ({ANN}) via discord:1", f"trader:bob ({BOB}) via discord:2", False),
    "the same trader elsewhere": (f"trader:ann ({ANN}) via discord:1", f"trader:ann ({ANN}) via cli:ann as ann", True),
    "a user of a chat who was another trader then": (
        f"trader:ann ({ANN}) via discord:1",
        f"trader:bob ({BOB}) via discord:1",
        True,
    ),
    "another name of one user": (
        f"trader:ann ({ANN}) via cli:ann as al",
        f"trader:bob ({BOB}) via cli:bob as al",
        True,
    ),
    "the operator and a trader of theirs": ("operator:al", f"trader:bob ({BOB}) via cli:bob as al", True),
    "a user of the machine and their own trader": (f"trader:ann ({ANN}) via discord:1", "operator:ann", True),
    "a trader and who acts for another": (
        f"trader:ann ({ANN}) via discord:1",
        f"trader:bob ({BOB}) via cli:bob as ann",
        True,
    ),
    "the operator again": ("operator:al", "operator:al", True),
    "another operator": ("operator:al", "operator:bo", False),
}


@pytest.mark.parametrize("who", ACTORS)
def test_one_person_is_no_second_person_under_any_of_their_names(who):
    one, other, same = ACTORS[who]
    owner = {"ann": ANN}.get
    for each, beside in ((one, other), (other, one)):
        assert is_same_person(each, beside, anyone_acts=False, owner=owner) is same
    by_name_only = who in (
        "the same trader elsewhere",
        "the operator again",
        "a user of a chat who was another trader then",
    )
    assert is_same_person(one, other, anyone_acts=True, owner=owner) is by_name_only


async def test_halting_twice_is_no_news_and_cancels_again(build):
    house = await build(models=(None, scripted(live(), refuses="it is complicated")))
    async with house.desk() as desk:
        order = await house.place(desk, MISSION)
        for _ in range(2):
            halted = await halting(house, desk)
            assert [each.stage for each in halted.orders] == [Stage.WORKING]
    assert house.context.halt().version == 1
    assert story(log_of(house.ledger, order)).count("cancel_requested cancel_denied") >= 4


# ── what becomes of each open order ────────────────────────────────────────────────────────────────────────────


async def test_every_working_order_is_cancelled_and_listed(build):
    house = await build(models=(None, scripted(live())))
    await house.hire("ann")
    async with house.desk() as desk:
        mine = [await house.place(desk, MISSION) for _ in range(3)]
        anns = [await house.place(desk, MISSION, user="ann") for _ in range(2)]
        halted = await halting(house, desk)
    assert {order.id for order in halted.orders} == {order.id for order in (*mine, *anns)}
    assert {order.stage for order in halted.orders} == {Stage.CANCELLED}
    assert house.trader().reserved == house.trader("ann").reserved == {}
    assert_sound(house)


async def test_while_reducing_working_exits_work_on(build):
    house = await build()
    async with house.desk() as desk:
        await house.place(desk, MISSION)
        house.live._book._engine._model = scripted(live())
        way_out = await house.place(desk, CLOSE + " @ 9.50")
        opening = await house.place(desk, "buy 1 SPY 455 call exp Dec 18 2026")
        assert [way_out.stage, opening.stage] == [Stage.WORKING] * 2
        halted = await halting(house, desk, reducing=True)
        assert [(order.id, order.stage) for order in halted.orders] == [(opening.id, Stage.CANCELLED)]
        assert house.order(way_out.id).stage is Stage.WORKING
        assert [order.id for order in (await halting(house, desk)).orders] == [way_out.id]  # halted stops it, too
    assert house.order(way_out.id).stage is Stage.CANCELLED
    assert_sound(house)


async def test_what_waits_before_production_is_withdrawn(build):
    house = await build(models=(scripted(live(), fill(10, after_s=5)), None), policy=None)
    async with house.desk() as desk:
        placing = [asyncio.ensure_future(desk.place(house.message(MISSION))) for _ in range(5)]
        await house.until(house.clock.sleep(0.1))
        halted = await halting(house, desk)
        placed = await house.until(asyncio.gather(*placing))
    assert {order.stage for order in (*halted.orders, *placed)} == {Stage.CANCELLED}
    assert {order.message for order in placed} == {"trading was halted by demo (fat finger)"}
    assert house.books()[1] == []
    assert claims(house) == []
    assert house.trader().reserved == {}
    assert_sound(house)


async def test_what_is_on_its_way_is_cancelled_when_it_arrives(build):
    house = await build(models=(None, scripted(live())))
    house.production = FaultyBroker(house.live, FakeFaults({"place": [answered_late(9)] * 5}), house.clock)
    async with house.desk() as desk:
        placing = [asyncio.ensure_future(desk.place(house.message(MISSION))) for _ in range(5)]
        await house.until(house.clock.sleep(3))
        halted = await halting(house, desk)
        assert {(order.stage, order.cancel_requested) for order in halted.orders} == {(Stage.SUBMITTING, True)}
        placed = await house.until(asyncio.gather(*placing))
        await house.until(house.clock.sleep(5))
    assert {house.order(order.id).stage for order in placed} == {Stage.CANCELLED}
    assert len(house.books()[1]) == 5
    assert_sound(house)


async def test_what_never_left_is_not_sent_again_after_a_halt(build):
    house = await build(policy=evolve(LENIENT, retry_waits_s=(30.0,)))
    house.production = FaultyBroker(house.live, FakeFaults({"place": [NOT_SENT] * 5}), house.clock)
    async with house.desk() as desk:
        placing = [asyncio.ensure_future(desk.place(house.message(MISSION))) for _ in range(5)]
        await house.until(house.clock.sleep(10))
        assert {order.stage for order in desk.lookup.open_orders([house.trader()])} == {Stage.APPROVED}
        await halting(house, desk)
        placed = await house.until(asyncio.gather(*placing))
    assert {order.stage for order in placed} == {Stage.CANCELLED}
    assert len(claims(house)) == 5
    assert house.books()[1] == []
    assert_sound(house)


@pytest.mark.parametrize(
    "fault", [REQUEST_LOST, RESPONSE_LOST, NOT_SENT], ids=["request lost", "answer lost", "not sent"]
)
async def test_a_cancel_that_fails_is_asked_for_again(build, fault):
    house = await build(models=(None, scripted(live())))
    house.production = FaultyBroker(house.live, FakeFaults({"cancel": [fault] * 5}), house.clock)
    async with house.desk() as desk:
        for _ in range(5):
            await house.place(desk, MISSION)
        halted = await halting(house, desk)
    assert {order.stage for order in halted.orders} == {Stage.CANCELLED}
    assert_sound(house)


async def test_a_cancel_that_crosses_a_fill_tells_of_the_fill(build):
    house = await build(models=(None, scripted(live(), on_cancel=(fill(10, after_s=0.1),))))
    async with house.desk() as desk:
        await house.place(desk, MISSION)
        (order,) = (await halting(house, desk)).orders
    assert (order.stage, order.filled(PRODUCTION)) == (Stage.FILLED, 10)


async def test_what_could_not_be_cancelled_is_listed_and_cancelled_once_the_venue_takes_it(build):
    house = await build(models=(None, scripted(live())))
    house.production = FaultyBroker(house.live, FakeFaults({"cancel": [NOT_SENT] * 8}), house.clock)
    async with house.desk() as desk:
        order = await house.place(desk, MISSION)
        (left,) = (await halting(house, desk)).orders
        assert (left.id, left.stage, left.is_cancelling) == (order.id, Stage.WORKING, False)
        for _ in range(5):
            await house.until(desk.recover())
    assert house.order(order.id).stage is Stage.CANCELLED
    assert_sound(house)


async def test_an_order_that_a_person_must_look_at_is_not_given_up_by_a_halt(build):
    house = await build()
    house.production = FaultyBroker(house.live, FakeFaults({"place": [REQUEST_LOST]}), house.clock)
    async with house.desk() as desk:
        order = await house.place(desk, MISSION)
        assert order.stage is Stage.ESCALATED
        (left,) = (await halting(house, desk)).orders
    assert (left.stage, left.cancel_requested) == (Stage.ESCALATED, True)


async def test_it_halts_while_the_sandbox_is_away(build):
    house = await build(models=(None, scripted(live())))
    async with house.desk() as desk:
        await house.place(desk, MISSION)
    after = house.restarted()
    calls = ("ready", "dry_run", "place", "find", "get", "cancel", "positions", "balances")
    faults = FakeFaults({call: [REQUEST_LOST] * 99 for call in calls})
    after.sandbox = FaultyBroker(house.rehearsals, faults, house.clock)
    async with after.desk() as desk:
        (order,) = (await halting(after, desk)).orders
    assert order.stage is Stage.CANCELLED


# ── a process that dies ────────────────────────────────────────────────────────────────────────────────────────


LONG = scripted(live(), on_cancel=(cancelled(after_s=40),))
STAGES = {
    # where five orders stand when the halt comes: what the venues do, when the halt comes, how each ends
    "rehearsing": ((LONG, None), {}, 1, {Stage.CANCELLED}),
    "approved": ((None, None), {"place": [NOT_SENT] * 99}, 30, {Stage.CANCELLED}),
    "submitting": ((None, scripted(live())), {"place": [delayed(20)] * 5}, 8, {Stage.CANCELLED, Stage.ESCALATED}),
    "working": ((None, scripted(live())), {}, 30, {Stage.CANCELLED}),
    "half filled": ((None, scripted(live(), fill(4))), {}, 30, {Stage.CANCELLED}),
    "of unknown outcome": ((None, scripted(live())), {"place": [REQUEST_LOST] * 5}, 60, {Stage.ESCALATED}),
    "slow to cancel": ((None, scripted(live(), on_cancel=(cancelled(after_s=3),))), {}, 30, {Stage.CANCELLED}),
}


async def five(stage, at):
    """Five orders at *stage*; the process halts, and dies at boundary *at* of that."""
    models, faults, after_s, ends = STAGES[stage]
    house = DeskUnderTest.make(models=models, policy=evolve(LENIENT, retry_waits_s=(20.0,), fill_wait_s=100.0))
    await house.until(register(house.ledger, house.clock.now(), "demo", GENEROUS, EVERYTHING))
    house.production = FaultyBroker(house.live, FakeFaults(dict(faults)), house.clock)
    async with house.desk() as desk:
        texts = [f"buy to open 10 SPY {strike} call exp Dec 18 2026" for strike in (440, 445, 450, 455, 460)]
        placing = [asyncio.ensure_future(desk.place(house.message(text))) for text in texts]
        await house.until(house.clock.sleep(after_s))
        fuse = Fuse(at)
        submit = house.ledger.log.append
        make_mortal(house, fuse, {PRODUCTION: dict(faults)})
        with suppress(Crash):
            await halting(house, desk)
        house.ledger.log.append = submit
        for task in placing:
            task.cancel()
        with suppress(BaseException):
            await house.until(asyncio.gather(*placing, return_exceptions=True))
    return house, fuse.burnt, ends


@pytest.mark.parametrize("at", [1, 2, 4, 9, 99])
@pytest.mark.parametrize("stage", STAGES)
async def test_five_orders_at_each_stage_and_a_halt_that_dies_at_each_boundary_of_it(stage, at):
    house, burnt, ends = await five(stage, at)
    after = house.restarted()
    is_recorded = after.context.halt().trading is HALTED
    assert is_recorded or (burnt and at == 1)
    claimed = len(claims(after))
    house.clock.jump(300)
    async with after.desk() as desk:  # opening it is enough, but for what its process died with on the way
        if stage == "submitting":
            await after.until(desk.recover())
        await after.until(after.clock.sleep(60))
        if not is_recorded:
            return
        assert (await after.place(desk, ONE_CALL)).code == "halted"
    orders = [order for order in Lookup(after.ledger).newest_orders(6) if order.code != "halted"]
    assert {order.stage for order in orders} <= ends | {Stage.REFUSED}, stage
    assert len(claims(after)) == claimed
    assert all(order.status.is_terminal for order in after.books()[1])
    assert_sound(after)


# ── a claim and a halt at the same moment ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("reducing", [False, True])
async def test_a_halt_that_lands_between_the_look_and_the_claim_wins(house, reducing):
    """Another process halts after this one has judged the order, and before its claim is in the log."""
    submit, state = house.ledger.log.append, {"done": False}

    def append(stored, **conditions):
        is_claim = any(b'"production"' in each.state and "submission_claimed" in each.topic for each in stored)
        if is_claim and not state["done"]:
            state["done"] = True
            other = [house.ledger.mapper.to_stored_event(event) for event in [halt_event(house, reducing=reducing)]]
            submit(other, after=(), unchanged=(), snapshots=()).result()
        return submit(stored, **conditions)

    house.ledger.log.append = append
    order = await house.once(ONE_CALL)
    assert state["done"]
    assert (order.stage, order.code) == (Stage.REFUSED, "gate")
    assert "by ann" in order.message
    assert claims(house) == []
    assert house.books()[1] == []
    assert_sound(house)


def halt_event(house, *, reducing):
    why = house.context.because("operator", Lookup(house.ledger).newest_orders(1)[0])
    return house.context.halt().stop(reducing=reducing, by="ann", why=why)


async def test_resuming_while_orders_wait_lets_none_of_the_withdrawn_go_on(build):
    house = await build(models=(scripted(live(), fill(10, after_s=5)), None))
    async with house.desk() as desk:
        placing = asyncio.ensure_future(desk.place(house.message(MISSION)))
        await house.until(house.clock.sleep(0.1))
        await halting(house, desk)
        await house.until(desk.resume(house.message("resume x"), "x"))
        order = await house.until(placing)
    assert order.stage is Stage.CANCELLED
    await turn(house, stopping())
    await turn(house, resuming())
    assert_sound(house)


# ── who cancelled it ───────────────────────────────────────────────────────────────────────────────────────────


def ends_of(house, order):
    """How the end of *order* was told, to its trader and where others read along."""
    event = log_of(house.ledger, order)[-1]
    now = house.order(order.id)
    return sentence_of(event, now), shared_sentence_of(event, now)


@pytest.mark.parametrize(
    ("reducing", "own", "shared"),
    [
        (False, "Cancelled: trading was halted by demo (fat finger).", "Cancelled: trading was halted."),
        (
            True,
            "Cancelled: only orders that take risk away may go on, says demo (fat finger).",
            "Cancelled: only orders that take risk away may go on.",
        ),
    ],
)
async def test_an_order_that_a_halt_cancels_says_who_halted_and_why(build, reducing, own, shared):
    house = await build(models=(None, scripted(live())))
    async with house.desk() as desk:
        order = await house.place(desk, ONE_CALL)
        await halting(house, desk, reducing=reducing)
    assert ends_of(house, order) == (own, shared)
    assert house.order(order.id).message == own.removeprefix("Cancelled: ").removesuffix(".")  # on the order's page


async def test_an_order_that_its_trader_cancels_says_so(build):
    house = await build(models=(None, scripted(live())))
    async with house.desk() as desk:
        order = await house.place(desk, ONE_CALL)
        await house.until(desk.cancel(house.message("cancel"), order.reference))
    assert ends_of(house, order) == ("Cancelled by the trader.",) * 2
    assert house.order(order.id).message == BY_TRADER


async def test_a_day_order_that_is_not_filled_ends_with_its_day(build):
    house = await build(models=(None, scripted(live(), expire(after_s=60))))
    order = await house.once(ONE_CALL)
    house.clock.jump(100)
    async with house.desk() as desk:
        await house.until(desk.refresh(order.id))
    assert ends_of(house, order) == ("Expired at the end of the day.",) * 2
