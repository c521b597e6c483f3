"""Orders of a chat: each waits for its trader's yes; said twice, or heard by two processes, it is sent once."""

import asyncio
from asyncio import gather
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from tastyflow.application.confirming import confirm
from tastyflow.application.desk import Desk
from tastyflow.application.message import Consent
from tastyflow.domain.events import Because
from tastyflow.domain.order import Order
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.policy import Confirm
from tastyflow.domain.venue import Position
from tastyflow.errors import IllegalStep, Refused
from tests.application.confirming import ASKING, GIVEN, nothing_was_sent
from tests.application.kit import (
    CALL,
    LENIENT,
    MISSION,
    ONE_CALL,
    DeskUnderTest,
    drive,
    log_of,
    story,
)
from tests.application.soundness import assert_sound

pytestmark = pytest.mark.anyio

CLOSE = "sell to close 4 SPY 450 calls exp Dec 18 2026"
EVERY_POLICY = [evolve(LENIENT, confirm=each) for each in Confirm]


@pytest.mark.parametrize("policy", [*EVERY_POLICY, evolve(ASKING, confirm_above_usd=Decimal(10**9))])
@pytest.mark.parametrize("text", [MISSION, CLOSE])
async def test_an_order_whose_author_always_confirms_waits_whatever_the_policy_says(build, policy, text):
    house = await build(policy=policy)
    house.live.endow(Position(CALL, 4, Decimal(5)))
    async with house.desk() as desk:
        order = await house.place(desk, text, consent=Consent.ALWAYS)
        assert order.waits_for_confirmation
        assert nothing_was_sent(house)
        done = await house.until(desk.confirm(house.message("yes"), order.reference, order.digest))
    assert done.stage is Stage.FILLED
    assert_sound(house)


@pytest.mark.parametrize("policy", EVERY_POLICY)
async def test_nothing_is_closed_for_an_author_who_always_confirms_before_the_list_was_seen(build, policy):
    house = await build(policy=policy)
    house.live.endow(Position(CALL, 4, Decimal(5)))
    async with house.desk() as desk:
        (refused,) = (await house.until(desk.ask(house.message("flatten all", consent=Consent.ALWAYS)))).orders
        assert (refused.stage, refused.code) == (Stage.REFUSED, "confirmation_needed")
        assert nothing_was_sent(house)
        (closed,) = (await house.until(desk.ask(house.message("flatten all", consent=GIVEN)))).orders
    assert closed.stage is Stage.FILLED


@pytest.mark.parametrize("policy", EVERY_POLICY)
async def test_an_order_in_the_place_of_another_waits_too_and_the_old_one_works_on(build, policy):
    house = await build(policy=policy)
    async with house.desk() as desk:
        old = await house.place(desk, f"{ONE_CALL} @ 0.05", consent=GIVEN)
        assert old.stage is Stage.WORKING
        change = house.message(f"replace {old.reference} @ 0.10", consent=Consent.ALWAYS)
        new, untouched = (await house.until(desk.ask(change))).orders
        assert (new.waits_for_confirmation, untouched.stage, untouched.replacement) == (True, Stage.WORKING, None)
        done = await house.until(desk.confirm(house.message("yes"), new.reference, new.digest))
        assert done.stage is Stage.WORKING
        assert house.order(old.id).stage is Stage.CANCELLED
        await house.until(desk.cancel(house.message("cancel"), done.reference))


def untold(house):
    """A desk without recipients: closing it waits for no teller that looks what another process wrote."""
    return drive(Desk(house.context), house.until)


def confirmed_once(house, order, *, setups=0):
    """The log and both venues have one confirmation, one rehearsal and one order."""
    told = story(log_of(house.ledger, order)).split()
    assert [told.count(each) for each in ("confirmed", "claimed(sandbox)", "claimed(production)")] == [1, 1, 1]
    assert [len(book) for book in house.books()] == [1, 1]
    assert len(house.setups()) == setups
    assert house.order(order.id).stage is Stage.FILLED


@pytest.mark.parametrize(("text", "setups"), [(MISSION, 1), (CLOSE, 1)])
async def test_a_yes_again_at_the_same_moment_rehearses_nothing_a_second_time(build, text, setups):
    house = await build(policy=LENIENT)
    house.live.endow(Position(CALL, 4, Decimal(5)))
    async with house.desk() as desk:
        order = await house.place(desk, text, consent=Consent.ALWAYS)
        yes = [desk.confirm(house.message("yes"), order.reference, order.digest) for _ in range(4)]
        await house.until(gather(*yes))
        again = await house.until(desk.confirm(house.message("yes"), order.reference, order.digest))
        assert again.stage is Stage.FILLED
    confirmed_once(house, order, setups=setups)
    assert_sound(house)


@pytest.mark.parametrize(("text", "setups"), [(MISSION, 1), (CLOSE, 1)])
async def test_two_processes_that_hear_the_same_yes_rehearse_and_send_one_order(build, tmp_path, text, setups):
    house = await build(policy=LENIENT, path=tmp_path / "log.db")
    house.live.endow(Position(CALL, 4, Decimal(5)))
    other = house.restarted(tmp_path / "log.db")
    async with untold(house) as desk, untold(other) as second:
        order = await house.place(desk, text, consent=Consent.ALWAYS)
        yes = [
            each.confirm(house.message("yes", message="y"), order.reference, order.digest) for each in (second, desk)
        ]
        await house.until(gather(*yes))
        await house.until(desk.refresh(order.id))
    confirmed_once(house, order, setups=setups)
    assert_sound(house)
    for each in (house, other):
        each.ledger.close()


async def test_a_message_twice_at_once_in_two_processes_is_one_order_with_one_rehearsal(build, tmp_path):
    house = await build(policy=LENIENT, path=tmp_path / "log.db")
    house.live.endow(Position(CALL, 4, Decimal(5)))
    other = house.restarted(tmp_path / "log.db")
    async with untold(house) as desk, untold(other) as second:
        message = house.message(CLOSE, message="once", consent=GIVEN)
        one, same = await house.until(gather(desk.place(message), second.place(message)))
        assert one.id == same.id
        await house.until(desk.refresh(one.id))
    told = story(log_of(house.ledger, one)).split()
    assert [told.count(each) for each in ("drafted", "claimed(sandbox)", "claimed(production)")] == [1, 1, 1]
    assert house.order(one.id).stage is Stage.FILLED
    for each in (house, other):
        each.ledger.close()


async def test_a_yes_after_a_restart_of_what_was_confirmed_and_cut_off_sends_nothing(build):
    """The process died between the yes and the rehearsal: the order is ended as interrupted, and not sent late."""
    house = await build(policy=LENIENT)
    async with house.desk() as desk:
        order = await house.place(desk, MISSION, consent=Consent.ALWAYS)
        trader, why_yes = house.trader(), Because(actor="t", cause="c", command_id="y", at=house.clock.now())
        await house.until(confirm(desk.context, order.id, order.digest, trader, why_yes))
    async with house.desk() as desk:
        again = await house.until(desk.confirm(house.message("yes"), order.reference, order.digest))
        assert (again.stage, nothing_was_sent(house)) == (Stage.VALIDATED, True)
        house.clock.jump(LENIENT.interrupted_after_s + 1)
        over = await house.until(desk.refresh(order.id))
    assert (over.stage, over.code) == (Stage.REFUSED, "interrupted")
    assert nothing_was_sent(house)
    assert house.trader().reserved == {}


@given(st.lists(st.sampled_from(["yes", "yes there", "no", "cancel there", "again there"]), min_size=2, max_size=4))
@settings(max_examples=20, deadline=None)
def test_whatever_two_processes_hear_at_once_of_one_offer_one_order_is_sent_or_none(steps):
    async def story_of(path) -> None:
        house = DeskUnderTest.make(policy=LENIENT, path=path)
        await house.hire()
        house.live.endow(Position(CALL, 4, Decimal(5)))
        other = house.restarted(path)
        async with untold(house) as here, untold(other) as there:
            order = await house.place(here, CLOSE, message="the-close", consent=Consent.ALWAYS)
            heard = {
                "yes": lambda: here.confirm(house.message("y"), order.reference, order.digest),
                "yes there": lambda: there.confirm(house.message("y"), order.reference, order.digest),
                "no": lambda: here.decline(house.message("n"), order.reference),
                "cancel there": lambda: there.cancel(house.message("c"), order.reference),
                "again there": lambda: there.place(house.message(CLOSE, message="the-close", consent=Consent.ALWAYS)),
            }
            answers = await house.until(gather(*(heard[step]() for step in steps), return_exceptions=True))
            assert all(isinstance(each, Order | tuple | IllegalStep | Refused) for each in answers), answers
            await house.until(here.refresh(order.id))
        told = story(log_of(house.ledger, order)).split()
        assert told.count("confirmed") <= 1
        assert told.count("claimed(sandbox)") == told.count("confirmed") or "withdrawn" in told
        assert told.count("claimed(sandbox)") <= 1
        assert len(house.books()[1]) <= told.count("confirmed")
        assert len(house.setups()) <= 2  # opened for the rehearsal; closed again where that did not come to it
        assert house.order(order.id).stage in {Stage.FILLED, Stage.CANCELLED, Stage.VALIDATED}
        assert_sound(house)
        for each in (house, other):
            each.ledger.close()

    with TemporaryDirectory() as folder:
        asyncio.run(story_of(Path(folder) / "log.db"))


@pytest.mark.parametrize("ending", ["declined", "retracted", "late"])
async def test_what_was_put_away_before_the_yes_can_be_asked_for_again_at_once(build, ending):
    house = await build(policy=evolve(LENIENT, duplicate_window_s=3600.0))
    async with house.desk() as desk:
        order = await house.place(desk, MISSION, consent=Consent.ALWAYS)
        twice = await house.place(desk, MISSION, consent=Consent.ALWAYS)
        assert twice.code == "duplicate"
        if ending == "declined":
            await house.until(desk.decline(house.message("no"), order.reference))
        elif ending == "retracted":
            await house.until(desk.retract(order, reason="gone"))
        else:
            house.clock.jump(121)
            await house.until(desk.confirm(house.message("y"), order.reference, order.digest))
        again = await house.place(desk, MISSION, consent=Consent.ALWAYS)
        assert again.waits_for_confirmation
        await house.until(desk.confirm(house.message("y"), again.reference, again.digest))
        assert (await house.place(desk, MISSION, consent=Consent.ALWAYS)).code == "duplicate"
    assert_sound(house)


async def test_what_was_put_away_counts_among_the_orders_of_a_minute(build):
    house = await build(policy=evolve(LENIENT, house_orders_a_minute=3))
    async with house.desk() as desk:
        for _ in range(3):
            order = await house.place(desk, MISSION, consent=Consent.ALWAYS)
            await house.until(desk.decline(house.message("no"), order.reference))
        refused = await house.place(desk, MISSION, consent=Consent.ALWAYS)
    assert refused.stage is Stage.REFUSED
