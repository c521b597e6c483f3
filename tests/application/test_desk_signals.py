"""Signals at the desk: a rule is let do more step by step, and its signal becomes at most one order."""

import asyncio
from datetime import timedelta

import pytest
from attrs import evolve

from tastyflow.application.audit import differences, log_of, replay, served_by, verify
from tastyflow.application.message import Message
from tastyflow.application.signalling.acting import message_of
from tastyflow.application.signalling.asking import NotAsking
from tastyflow.domain.incident import Incident, IncidentKind
from tastyflow.domain.order import Order
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.signal import SignalStage
from tastyflow.domain.signal_rule import OffCode, RuleMode
from tastyflow.domain.signal_rule.figures import DataFault
from tastyflow.errors import IllegalStep, Refused
from tests.application.approvals import WhenReady
from tests.application.kit import log, stopping, turn
from tests.application.signalling_kit import (
    LINE,
    NAME,
    acted,
    cooled,
    edited,
    figures,
    fire,
    rule,
    set_to,
    standing,
    tight,
    turned_down,
    with_robot,
)

pytestmark = pytest.mark.anyio
OFF, SHADOW, APPROVE, AUTO = RuleMode
DIGEST = rule().digest


@pytest.fixture
async def house(build):
    return await with_robot(await build())


@pytest.fixture(autouse=True)
def build(build):
    """As everywhere; and afterwards the log of each house keeps every promise, and replays to what is served."""
    made = []

    async def making(**parts):
        made.append(await build(**parts))
        return made[-1]

    yield making
    for each in made:
        rows = list(log_of(each.ledger))
        assert verify(rows).findings == ()
        assert list(differences(replay(rows), served_by(each.ledger))) == []


def order_of(house, signal) -> Order:
    assert signal.order is not None
    return house.order(signal.order)


# ── the three modes ──────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_new_rule_begins_in_shadow_and_records_what_it_would_have_done(house):
    async with house.desk() as desk:
        loaded = await house.until(desk.signalling.load(rule()))
        assert loaded.mode is SHADOW
        signal = await acted(house, desk, rule())
    assert signal.stage is SignalStage.SHADOWED
    assert signal.ticket is not None
    assert "SPY" in signal.words
    assert signal.bid is not None
    assert signal.ask is not None
    assert signal.bid < signal.ask
    assert house.books() == ([], [])
    assert house.trader("robot").reserved == {}


async def test_an_auto_rule_is_rehearsed_once_and_sent_once(house):
    async with house.desk() as desk:
        await set_to(house, desk, rule(), AUTO)
        signal = await acted(house, desk, rule())
    order = order_of(house, signal)
    assert signal.stage is SignalStage.ACTED
    assert order.stage is Stage.FILLED
    assert (order.asked.platform, order.asked.user, order.asked.message) == ("signal", NAME, signal.id.hex)
    rehearsed, sent = house.books()
    assert (len(rehearsed), len(sent)) == (1, 1)


async def test_an_order_of_a_rule_in_approve_waits_for_a_person(house):
    async with house.desk() as desk:
        await set_to(house, desk, rule(), APPROVE)
        signal = await acted(house, desk, rule())
        order = order_of(house, signal)
        assert order.stage is Stage.REHEARSED
        assert order.waiting_until is not None
        assert [code for code, _ in order.approval_reasons] == ["signal_approval"]
        assert house.books()[1] == []
        waiting = await house.until(desk.approvals(house.message("approvals", user="eve")))
        assert [each.order.id for each in waiting] == [order.id]
        approved = await house.until(desk.approve(house.message("approve", user="eve"), order.reference))
    assert approved.stage is Stage.FILLED
    assert len(house.books()[1]) == 1


async def test_an_exit_of_a_rule_in_approve_waits_for_a_person_too(house):
    closing = rule(line="sell to close 1 SPY 450 call exp Dec 18 2026")
    await house.once("buy to open 1 SPY 450 call exp Dec 18 2026")
    async with house.desk() as desk:
        await set_to(house, desk, closing, APPROVE)
        order = order_of(house, await acted(house, desk, closing))
        assert order.was_exit
        assert order.stage is Stage.REHEARSED
        approved = await house.until(desk.approve(house.message("approve", user="eve"), order.reference))
    assert approved.stage is Stage.FILLED


async def test_the_traders_own_word_does_not_approve_what_their_rule_asks(house):
    async with house.desk() as desk:
        await set_to(house, desk, rule(), APPROVE)
        order = order_of(house, await acted(house, desk, rule()))
        with pytest.raises(Refused) as no:
            await house.until(desk.approve(house.message("approve", user="robot"), order.reference))
    assert no.value.code == "not_permitted"
    assert house.books()[1] == []


# ── at most once ─────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_same_moment_is_the_same_signal(house):
    async with house.desk() as desk:
        await set_to(house, desk, rule(cool_down_min=0.0, most_a_day=9), AUTO)
        which, seen = rule(cool_down_min=0.0, most_a_day=9), figures(house.clock.now())
        raising = [desk.signalling.raise_signal(which, seen, ("met",), LINE) for _ in range(5)]
        raised = [each for each in await house.until(asyncio.gather(*raising)) if each is not None]
        assert len(raised) == 1
        await house.until(asyncio.gather(*(desk.signalling.act(raised[0]) for _ in range(3))))
        assert await house.until(desk.signalling.raise_signal(which, seen, ("met",), LINE)) is None
    assert len(house.books()[1]) == 1


async def test_the_cool_down_and_the_count_of_the_day_hold_it_back(house):
    which = rule(cool_down_min=10.0, most_a_day=2)
    async with house.desk() as desk:
        await house.until(desk.signalling.load(which))
        await acted(house, desk, which)
        held = desk.signalling.held_back(which, figures(house.clock.now() + timedelta(milliseconds=1)))
        assert held is not None
        assert held.code == "cool_down"
        cooled(house, 10)
        await acted(house, desk, which)
        cooled(house, 10)
        held = desk.signalling.held_back(which, figures(house.clock.now()))
        assert held is not None
        assert held.code == "most_a_day"


async def test_a_second_signal_waits_until_the_first_one_is_settled(house):
    which = rule(cool_down_min=0.0, most_a_day=9)
    async with house.desk() as desk:
        await house.until(desk.signalling.load(which))
        first = await fire(house, desk, which)
        house.clock.jump(1)
        raised = desk.signalling.raise_signal(which, figures(house.clock.now()), (), LINE)
        assert await house.until(raised) is None
        house.clock.jump(60)
        second = await fire(house, desk, which)
        assert second.previous == first.id
        newest = desk.signalling.signals_of(NAME)
    assert [each.stage for each in newest] == [SignalStage.RAISED, SignalStage.EXPIRED]


@pytest.mark.parametrize(
    ("known", "code"),
    [
        ({"values": {"flip": 450.0}, "coverage": 0.5}, "coverage"),
        ({"oldest_age_s": 31.0}, "stale"),
        ({"oldest_age_s": None}, "stale"),
        *(({"faults": (fault,)}, fault.value) for fault in DataFault),
    ],
)
async def test_no_signal_is_raised_on_data_that_its_limits_exclude(house, known, code):
    which = evolve(rule(), action=evolve(rule().action, pieces=(LINE,)))
    reading = {"spot", "flip"} if "values" in known else {"spot"}
    which = reads(which, reading)
    async with house.desk() as desk:
        await house.until(desk.signalling.load(which))
        seen = figures(house.clock.now(), **known)
        held = desk.signalling.held_back(which, seen)
        assert held is not None
        assert held.code == code
        assert await house.until(desk.signalling.raise_signal(which, seen, (), LINE)) is None


def reads(which, names):
    """*which*, whose trigger reads *names*."""

    class Reading:
        figures = frozenset(names)

    return evolve(which, trigger=Reading())


# ── what may not become an order ─────────────────────────────────────────────────────────────────────────────────


async def test_a_message_that_says_it_is_a_signal_is_none(house):
    async with house.desk() as desk:
        await set_to(house, desk, rule(), AUTO)
        with pytest.raises(NotAsking) as no:
            await house.until(desk.place(Message(LINE, "signal", NAME, "0" * 32)))
    assert no.value.code == "no_signal"
    assert house.books() == ([], [])


async def test_another_line_under_the_id_of_a_signal_is_none(house):
    async with house.desk() as desk:
        await set_to(house, desk, rule(), AUTO)
        signal = await fire(house, desk, rule())
        other = Message(LINE.replace("1 SPY", "9 SPY"), "signal", NAME, signal.id.hex)
        with pytest.raises(NotAsking):
            await house.until(desk.place(other))
    assert house.books() == ([], [])


async def test_a_rule_that_was_turned_off_before_its_signal_acts_places_nothing(house):
    async with house.desk() as desk:
        await set_to(house, desk, rule(), AUTO)
        signal = await fire(house, desk, rule())
        await house.until(desk.signalling.move(NAME, OFF, house.message("off", user="ann")))
        settled = await house.until(desk.signalling.act(signal))
    assert (settled.stage, settled.code) == (SignalStage.DECLINED, "rule_off")
    assert house.books() == ([], [])


async def test_a_signal_that_was_declined_is_not_asked_for_again_when_its_rule_is_let_do_more(house):
    async with house.desk() as desk:
        await set_to(house, desk, rule(), AUTO)
        signal = await fire(house, desk, rule())
        await house.until(desk.signalling.move(NAME, OFF, house.message("off", user="ann")))
        assert (await house.until(desk.signalling.act(signal))).stage is SignalStage.DECLINED
        await house.until(desk.signalling.move(NAME, SHADOW, house.message("on", user="ann"), seen=DIGEST))
        await set_to(house, desk, rule(), AUTO)
        with pytest.raises(NotAsking) as no:
            await house.until(desk.place(message_of(signal)))
    assert no.value.code == "signal_settled"
    assert house.books() == ([], [])


async def test_a_signal_of_shadow_stays_one_when_its_rule_is_let_do_more(house):
    async with house.desk() as desk:
        await house.until(desk.signalling.load(rule()))
        signal = await fire(house, desk, rule())
        await set_to(house, desk, rule(), AUTO)
        settled = await house.until(desk.signalling.act(signal))
    assert settled.stage is SignalStage.SHADOWED
    assert house.books() == ([], [])


@pytest.mark.parametrize("limits", [{"expires_after_s": 20.0}, {"greatest_age_s": 20.0}])
async def test_a_signal_whose_time_ran_out_becomes_no_order(house, limits):
    which = rule(**limits)
    async with house.desk() as desk:
        await set_to(house, desk, which, AUTO)
        signal = await fire(house, desk, which)
        house.clock.jump(20)
        settled = await house.until(desk.signalling.act(signal))
    assert settled.stage is SignalStage.EXPIRED
    assert house.books() == ([], [])


async def test_a_rule_acts_only_as_the_trader_of_its_file(house):
    other = evolve(rule(), trader="demo")
    async with house.desk() as desk:
        await set_to(house, desk, other, AUTO)
        settled = await acted(house, desk, other)
    assert (settled.stage, settled.code) == (SignalStage.DECLINED, "other_trader")
    assert house.books() == ([], [])


async def test_a_rule_whose_identity_is_not_linked_acts_as_no_one(build):
    house = await with_robot(await build(), name="another")
    async with house.desk() as desk:
        await set_to(house, desk, rule(), AUTO)
        settled = await acted(house, desk, rule())
    assert (settled.stage, settled.code) == (SignalStage.DECLINED, "unknown_trader")
    assert house.books() == ([], [])


@pytest.mark.parametrize("line", ["", "close all SPY", "cancel last", "buy something"])
async def test_a_line_that_is_no_order_places_nothing(house, line):
    async with house.desk() as desk:
        await set_to(house, desk, rule(), AUTO)
        settled = await acted(house, desk, rule(), line=line)
    assert settled.stage is SignalStage.DECLINED
    assert settled.order is None
    assert house.books() == ([], [])


# ── editing ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_rule_that_was_edited_under_its_version_rests(house):
    other = rule(text="something else")
    async with house.desk() as desk:
        await set_to(house, desk, rule(), AUTO)
        with pytest.raises(Refused) as no:
            await house.until(desk.signalling.load(other))
        assert no.value.code == "rule_edited"
        held = desk.signalling.held_back(other, figures(house.clock.now()))
        assert held is not None
        assert held.code == "other_content"
        assert (await house.until(desk.signalling.load(rule()))).mode is AUTO


async def test_a_rule_with_a_higher_version_begins_in_shadow_and_its_old_signal_places_nothing(house):
    async with house.desk() as desk:
        await set_to(house, desk, rule(), AUTO)
        signal = await fire(house, desk, rule())
        assert (await house.until(desk.signalling.load(rule(version=2)))).mode is SHADOW
        settled = await house.until(desk.signalling.act(signal))
        with pytest.raises(Refused) as no:
            await house.until(desk.signalling.load(rule()))
    assert settled.stage in {SignalStage.SHADOWED, SignalStage.DECLINED}
    assert no.value.code == "rule_outdated"
    assert house.books() == ([], [])


async def test_a_signal_of_an_old_version_places_nothing_although_the_new_one_may(house):
    async with house.desk() as desk:
        await set_to(house, desk, rule(), AUTO)
        signal = await fire(house, desk, rule())
        await edited(house, rule(version=2))
        settled = await house.until(desk.signalling.act(signal))
    assert (settled.stage, settled.code) == (SignalStage.DECLINED, "rule_changed")
    assert house.books() == ([], [])


async def test_an_order_of_an_old_version_stays_out_of_production_although_the_new_one_may(house):
    house.production = WhenReady(house.live, lambda: edited(house, rule(version=2)))
    async with house.desk() as desk:
        await set_to(house, desk, rule(), AUTO)
        order = order_of(house, await acted(house, desk, rule()))
    assert order.stage is Stage.CANCELLED
    assert "was changed since" in order.message
    assert house.books()[1] == []


# ── people ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_up_goes_one_step_at_a_time_and_takes_the_permission_and_the_content_as_it_was_seen(house):
    async with house.desk() as desk:
        await house.until(desk.signalling.load(rule()))

        async def move(mode, user, seen=DIGEST):
            return await house.until(desk.signalling.move(NAME, mode, house.message("up", user=user), seen=seen))

        for user in ("vic", "robot", "eve", "hal"):
            with pytest.raises(Refused) as no:
                await move(APPROVE, user)
            assert no.value.code == "not_permitted"
        with pytest.raises(Refused) as no:
            await move(APPROVE, "ann", seen="of another content")
        assert no.value.code == "other_content"
        with pytest.raises(IllegalStep):
            await move(AUTO, "ann")
        assert (await move(APPROVE, "ann")).standing.mode is APPROVE
        assert (await move(AUTO, "ann")).standing.mode is AUTO


async def test_who_lets_a_rule_do_more_is_told_that_no_person_could_approve(build):
    house = await with_robot(await build(hire=False), approver=False)
    async with house.desk() as desk:
        await house.until(desk.signalling.load(rule()))
        message = house.message("up", user="ann")
        (note,) = (await house.until(desk.signalling.move(NAME, APPROVE, message, seen=DIGEST))).notes
    assert "it waits in vain" in note


async def test_a_rule_that_lacks_nothing_has_no_notes(house):
    async with house.desk() as desk:
        await house.until(desk.signalling.load(rule()))
        for mode in (APPROVE, AUTO, OFF):
            message = house.message("move", user="ann")
            assert (await house.until(desk.signalling.move(NAME, mode, message, seen=DIGEST))).notes == ()


@pytest.mark.parametrize(
    ("user", "may"), [("ann", True), ("eve", True), ("hal", True), ("robot", True), ("vic", False)]
)
async def test_down_goes_at_the_word_of_who_may_stop_its_orders_and_of_its_own_trader(house, user, may):
    async with house.desk() as desk:
        await set_to(house, desk, rule(), AUTO)
        moving = desk.signalling.move(NAME, OFF, house.message("off", user=user))
        if may:
            assert (await house.until(moving)).standing.mode is OFF
            return
        with pytest.raises(Refused):
            await house.until(moving)
    assert standing(house.ledger).mode is AUTO


async def test_off_withdraws_what_waits_and_says_what_is_at_work(house):
    async with house.desk() as desk:
        which = rule(cool_down_min=0.0, most_a_day=9)
        await set_to(house, desk, which, APPROVE)
        order = order_of(house, await acted(house, desk, which))
        moved = await house.until(desk.signalling.move(NAME, OFF, house.message("off", user="ann")))
    assert [each.id for each in moved.withdrawn] == [order.id]
    assert house.order(order.id).stage is Stage.CANCELLED
    assert house.trader("robot").reserved == {}
    assert house.books()[1] == []


@pytest.mark.parametrize("mode", [OFF, SHADOW])
async def test_a_rule_turned_down_between_rehearsal_and_claim_keeps_its_order_out_of_production(house, mode):
    house.production = WhenReady(house.live, lambda: turned_down(house, mode))
    async with house.desk() as desk:
        await set_to(house, desk, rule(), AUTO)
        settled = await acted(house, desk, rule())
    order = order_of(house, settled)
    assert order.stage is Stage.CANCELLED
    assert str(mode) in order.message
    assert house.books()[1] == []


async def test_a_rule_set_back_to_approve_between_rehearsal_and_claim_sends_nothing_without_a_person(house):
    house.production = WhenReady(house.live, lambda: turned_down(house, APPROVE))
    async with house.desk() as desk:
        await set_to(house, desk, rule(), AUTO)
        settled = await acted(house, desk, rule())
    order = order_of(house, settled)
    assert (order.stage, order.code) == (Stage.REFUSED, "gate")
    assert "a person must approve" in order.message
    assert house.books()[1] == []


async def test_a_signal_whose_time_runs_out_before_the_claim_stays_out_of_production(house):
    async def slow() -> None:
        house.clock.jump(61)

    house.production = WhenReady(house.live, slow)
    async with house.desk() as desk:
        await set_to(house, desk, rule(), AUTO)
        order = order_of(house, await acted(house, desk, rule()))
    assert order.stage is Stage.CANCELLED
    assert "ran out" in order.message
    assert house.books()[1] == []


# ── turning itself off ───────────────────────────────────────────────────────────────────────────────────────────


def incident(house) -> Incident | None:
    return house.ledger.read(Incident, Incident.id_of(IncidentKind.SIGNAL, NAME))


async def test_an_order_that_a_limit_refuses_turns_the_rule_off_and_tells_the_operators(build):
    house = await with_robot(await build(), limits=tight(max_contracts=1))
    which = rule(line=LINE.replace("1 SPY", "2 SPY"))
    async with house.desk() as desk:
        await set_to(house, desk, which, AUTO)
        settled = await acted(house, desk, which)
    assert (settled.stage, settled.code) == (SignalStage.DECLINED, "over_limit")
    found = standing(house.ledger)
    assert (found.mode, found.off_code) == (OFF, OffCode.LIMIT)
    told = incident(house)
    assert told is not None
    assert told.is_open
    events = [type(each).__name__ for each in log(house.ledger)][-20:]
    assert events.index("OrderRefused") < events.index("SignalDeclined") if "OrderRefused" in events else True


async def test_three_refusals_in_a_row_turn_it_off_and_one_that_is_accepted_begins_the_count_anew(house):
    which = rule(cool_down_min=0.0, most_a_day=99)
    async with house.desk() as desk:
        await set_to(house, desk, which, AUTO)
        for line in ("buy nothing at all", "buy nothing at all", LINE, "buy nothing", "buy nothing"):
            house.clock.jump(70)
            await acted(house, desk, which, line=line)
        assert standing(house.ledger).mode is AUTO
        assert standing(house.ledger).refusals_in_a_row == 2
        house.clock.jump(70)
        await acted(house, desk, which, line="buy nothing")
    found = standing(house.ledger)
    assert (found.mode, found.off_code) == (OFF, OffCode.REFUSALS)
    assert incident(house) is not None


async def test_a_person_who_sets_it_to_shadow_again_closes_the_incident(house):
    async with house.desk() as desk:
        await set_to(house, desk, rule(), AUTO)
        await house.until(desk.signalling.turn_itself_off(NAME, OffCode.STALE, "Its data are old."))
        told = incident(house)
        assert told is not None
        assert told.is_open
        await house.until(desk.signalling.move(NAME, SHADOW, house.message("shadow", user="ann"), seen=rule().digest))
    closed = incident(house)
    assert closed is not None
    assert not closed.is_open


async def test_a_halt_turns_rules_off_in_its_own_append_and_none_is_let_do_more_meanwhile(house):
    async with house.desk() as desk:
        await set_to(house, desk, rule(), AUTO)
        await house.until(desk.halt(house.message("halt", user="hal"), "fat finger"))
        found = standing(house.ledger)
        assert (found.mode, found.off_code) == (OFF, OffCode.HALT)
        await house.until(desk.signalling.move(NAME, SHADOW, house.message("shadow", user="ann"), seen=rule().digest))
        with pytest.raises(Refused) as no:
            await house.until(
                desk.signalling.move(NAME, APPROVE, house.message("approve", user="ann"), seen=rule().digest)
            )
    assert no.value.code == "halted"


# ── the expiry of what waits ─────────────────────────────────────────────────────────────────────────────────────


async def test_its_order_waits_for_a_person_as_long_as_the_rule_says(house):
    which = rule(approval_within_min=2.0)
    async with house.desk() as desk:
        await set_to(house, desk, which, APPROVE)
        order = order_of(house, await acted(house, desk, which))
        assert order.waiting_until is not None
        assert order.waiting_until - order.request.at == timedelta(minutes=2)
        house.clock.jump(121)
        with pytest.raises(Refused):
            await house.until(desk.approve(house.message("approve", user="eve"), order.reference))
    assert house.order(order.id).code == "approval_expired"
    assert house.books()[1] == []


async def test_a_halted_desk_places_nothing_of_a_signal(house):
    async with house.desk() as desk:
        await set_to(house, desk, rule(), AUTO)
        signal = await fire(house, desk, rule())
        await turn(house, stopping())  # by another process, which knows no rules
        settled = await house.until(desk.signalling.act(signal))
    assert (settled.stage, settled.code) == (SignalStage.DECLINED, "halted")
    assert standing(house.ledger).off_code == OffCode.HALT
    assert house.books() == ([], [])
