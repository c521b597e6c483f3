"""An order that waits stands in the approvals' channel until it is decided, and then says by whom."""

import asyncio

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tastyflow_adapters.discord.memory.file import MemoryFile
from tastyflow_adapters.discord.overseeing import approval_posts
from tastyflow_adapters.discord.page import Act, Tone
from tests.application.approvals import APPROVE, STRICT, approve, quoted
from tests.application.kit import ONE_CALL, DeskUnderTest
from tests.discord.answers_kit import APPROVALS, Overseen, chat_of, linked, overseen, pressed

pytestmark = pytest.mark.anyio

DECIDING = {Act.APPROVE, Act.APPROVE_SEEN, Act.REJECT}


@pytest.fixture
async def house():
    house = DeskUnderTest.make(policy=STRICT)
    await house.hire()
    await house.hire("eve", permissions=APPROVE)
    quoted(house)
    yield house
    house.ledger.close()


def decides(message) -> bool:
    return bool({button.act for button in message.page.buttons} & DECIDING)


async def test_it_is_posted_with_what_an_approver_must_know_and_notifies(house):
    async with overseen(house) as there:
        order = await house.place(there.desk, ONE_CALL)
        await there.look()
        await there.look()
        (message,) = there.chat.shown(APPROVALS)
        text = there.text(message)
        for words in (order.reference, "demo", ONE_CALL, "2.40 / 2.60", "maximum loss", "waits until", "SPY"):
            assert words in text
        assert [button.act for button in message.page.buttons] == [Act.APPROVE, Act.REJECT, Act.WHY]
        assert not message.is_silent


async def test_approved_rejected_withdrawn_or_too_late_the_message_says_so_and_decides_nothing_more(house):
    async with overseen(house) as there:
        desk = there.desk
        approved, rejected, withdrawn, late = [await house.place(desk, ONE_CALL) for _ in range(4)]
        await there.look()
        await approve(house, desk, approved)
        await house.until(desk.reject(house.message("reject", user="eve"), rejected.reference, "too @here much"))
        await house.until(desk.cancel(house.message("cancel"), withdrawn.reference))
        await there.look()
        assert late.waiting_until is not None
        house.clock.jump((late.waiting_until - house.clock.now()).total_seconds() + 1)
        await house.until(desk.approvals(house.message("approvals", user="eve")))
        await there.look()
        messages = there.chat.shown(APPROVALS)
        assert [decides(each) for each in messages] == [False] * 4
        told = {each.page.title: there.text(each) for each in messages}
        assert f"Order {approved.reference} was approved by eve" in told
        assert "too @here much" in told[f"Order {rejected.reference} is refused"]
        assert f"Order {withdrawn.reference} was withdrawn" in told
        assert f"Order {late.reference} is refused" in told


async def test_the_message_follows_an_approved_order_until_the_venue_has_it(house):
    async with overseen(house) as there:
        order = await house.place(there.desk, ONE_CALL)
        await there.look()
        await approve(house, there.desk, order)
        await there.look()
        (message,) = there.chat.shown(APPROVALS)
        assert message.page.tone is Tone.GOOD
        assert f"It is {house.order(order.id).stage}." in there.text(message)


async def test_what_was_decided_while_discord_was_away_is_shown_as_decided_and_never_posted_anew(house):
    async with overseen(house) as there:
        shown = await house.place(there.desk, ONE_CALL)
        await there.look()
        there.chat.is_away = True
        unseen = await house.place(there.desk, ONE_CALL)
        await there.look()
        await approve(house, there.desk, shown)
        await approve(house, there.desk, unseen)
        there.chat.is_away = False
        house.clock.jump(120)
        await there.look()
        (message,) = there.chat.shown(APPROVALS)
        assert shown.reference in message.page.title
        assert "approved by eve" in message.page.title


async def test_it_survives_a_restart_and_is_posted_no_second_time(house):
    memory = MemoryFile.open(None)
    async with overseen(house, memory=memory) as there:
        order = await house.place(there.desk, ONE_CALL)
        there.chat.loses_answers = 1
        await there.look()
        chat = there.chat
    async with overseen(house, memory=memory, chat=chat) as again:
        await again.look()
        (message,) = chat.shown(APPROVALS)
        eve = await linked(house, "eve")
        bot = chat_of(again.desk, memory)
        await pressed(house, bot, eve, message.page.buttons[0].act, message.page.buttons[0].about)
        await pressed(house, bot, eve, Act.APPROVE_SEEN, order.id.hex)
        await again.look()
        assert not decides(message)
        assert len(house.books()[1]) == 1


async def test_a_market_that_hangs_delays_no_post_for_long(house, monkeypatch):
    monkeypatch.setattr(approval_posts, "MARKET_S", 0.02)
    async with overseen(house) as there:
        await house.place(there.desk, ONE_CALL)

        async def hangs(_instruments):
            await asyncio.Event().wait()

        monkeypatch.setattr(house.market, "quotes", hangs)
        await there.overseer.look()
        (message,) = there.chat.shown(APPROVALS)
        assert "The market cannot be read now" in there.text(message)
        monkeypatch.undo()


async def test_a_channel_that_forbids_it_holds_up_nothing_else(house):
    async with overseen(house) as there:
        there.chat.forbidden.add(APPROVALS)
        order = await house.place(there.desk, ONE_CALL)
        await there.look()
        assert there.chat.shown(APPROVALS) == []
        done = await approve(house, there.desk, order)
        assert done.approved_by == "eve"


STEPS = ("place", "approve", "reject", "cancel", "expire", "look", "look", "away", "back", "restart", "lose")


@given(st.lists(st.sampled_from(STEPS), max_size=16))
@example(["lose", "look", "approve"])
@settings(max_examples=12, deadline=None)
def test_whatever_happens_a_button_that_decides_stands_below_each_order_that_waits_and_below_no_other(steps):
    async def play():
        house, memory, chat = DeskUnderTest.make(policy=STRICT), MemoryFile.open(None), None
        await house.hire()
        await house.hire("eve", permissions=APPROVE)
        quoted(house)
        remaining, placed = iter(("place", *steps)), []
        is_more = True
        while is_more:
            is_more = False
            async with overseen(house, memory=memory, chat=chat) as there:
                chat = there.chat
                for each in remaining:
                    if each == "restart":
                        is_more = True
                        break
                    await _happens(each, there, placed)
                if not is_more:
                    chat.is_away, chat.loses_answers = False, 0
                    await house.until(house.clock.sleep(61))
                    await there.look()
                    _require_in_step(there, placed)
        house.ledger.close()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.discord.telling_kit.NONCE_S", float("inf"))  # what is found out later is found out twice
        asyncio.run(play())


async def _happens(each: str, there: Overseen, placed: list) -> None:
    house, desk = there.house, there.desk
    waiting = [order for order in map(house.order, placed) if order.waiting_until is not None]
    if each == "place" and len(placed) < 4:
        placed.append((await house.place(desk, ONE_CALL)).id)
    elif each == "look":
        await there.look()
    elif each in {"away", "back"}:
        there.chat.is_away = each == "away"
    elif each == "lose":
        there.chat.loses_answers = 1
    elif waiting:
        order = waiting[0]
        if each == "expire":
            house.clock.jump((order.waiting_until - house.clock.now()).total_seconds() + 1)
            await house.until(desk.approvals(house.message("approvals", user="eve")))
        elif house.clock.now() < order.waiting_until:
            await _decided(each, there, order)


async def _decided(each: str, there: Overseen, order) -> None:
    house, desk = there.house, there.desk
    if each == "approve":
        await approve(house, desk, order)
    elif each == "reject":
        await house.until(desk.reject(house.message("reject", user="eve"), order.reference))
    elif each == "cancel":
        await house.until(desk.cancel(house.message("cancel"), order.reference))


def _require_in_step(there: Overseen, placed: list) -> None:
    shown = there.chat.shown(APPROVALS)
    for order in map(there.house.order, placed):
        deciding = [each for each in shown if order.reference in each.page.title and decides(each)]
        assert len(deciding) == (order.waiting_until is not None), order.stage
