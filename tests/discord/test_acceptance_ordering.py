"""
Ordering with the real bot, unmodified discord.py and the double: the acceptance stories of a card and its yes.

    1  slash, card, yes ─▶ one order, its message edited to filled      2  the same by a mention, and directly
    4  twice, resent, two processes                                     5  too late, after a restart, in an outage
    6  the line cut before, at and after the sign
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest

from tastyflow.application.desk import Desk
from tastyflow.application.waiting import ended
from tastyflow.domain.order.stages import Stage
from tastyflow_adapters.discord.bot import Bot
from tastyflow_adapters.discord.chat import Chat
from tastyflow_adapters.discord.memory.file import MemoryFile
from tastyflow_adapters.discord.telling.chat_telling import ChatTelling
from tastyflow_adapters.discord.telling.through_discord import DiscordPoster
from tests.application.kit import MISSION, ONE_CALL, drive, log_of, story
from tests.discord.double import Seen
from tests.discord.kit import ChatUnderTest, chatting, connected, real_bot, without_pauses

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def served(**chosen: Any) -> AsyncIterator[ChatUnderTest]:
    """The bot with its commands registered, and what is told beside it."""
    async with chatting(**chosen) as there:
        telling = asyncio.create_task(ChatTelling(there.chat, DiscordPoster(lambda: there.bot)).run())
        try:
            yield there
        finally:
            await ended(telling)


@asynccontextmanager
async def another_process(there: ChatUnderTest, folder: Path, *, bots: int = 2) -> AsyncIterator[Bot]:
    """Another process with the same token, log, venues and memory: a desk and a bot of its own; *bots* log in."""
    house = there.house.restarted(folder / "log.db")
    with closing(house.ledger), closing(MemoryFile.open(folder / "discord.db")) as memory:
        async with drive(Desk(house.context), house.until) as desk:
            bot = real_bot(Chat(desk, there.chat.choices, there.chat.here, memory))
            async with connected(bot, there.double, bots=bots):
                yield bot


async def card_of(there: ChatUnderTest, text: str = MISSION) -> Seen:
    card = await there.answer(there.slash(there.ann, "order", text=text))
    assert card.labels == ["Confirm", "Change", "Dismiss"], card.text
    return card


async def over(there: ChatUnderTest, stage: Stage = Stage.FILLED) -> None:
    """Until the one order is there, and the person reads it below the card and in the live message."""
    await there.double.wait(lambda: there.orders() and there.orders()[-1].stage is stage, what=f"the order is {stage}")


def one_order(there: ChatUnderTest) -> None:
    (order,) = there.orders()
    told = story(log_of(there.house.ledger, order)).split()
    assert [told.count(each) for each in ("confirmed", "claimed(sandbox)", "claimed(production)")] == [1, 1, 1]
    assert there.broker_orders() == 1


# ── 1 and 2: from the words to the fill ──────────────────────────────────────────────────────────────────────────


async def test_1_a_slash_command_a_private_card_and_a_yes_are_one_order_whose_message_ends_filled():
    async with served() as there:
        card = await card_of(there)
        assert card.is_private
        assert "FAKE" in card.text
        assert there.broker_orders() == 0
        there.double.press(there.ann, card, "Confirm")
        (order,) = there.orders()
        live = await there.double.see(there.ann, there.channel, f"Order {order.reference} · filled", "for ann")
        assert not live.is_private
        await there.double.see(there.ann, there.channel, "filled 10 of 10 at", "risk")
        one_order(there)
        eve = there.double.person("eve")
        assert [each for each in there.double.seen_by(eve, there.channel) if each.is_private] == []


async def test_2_a_mention_shows_the_words_to_all_and_the_card_to_its_trader_alone():
    async with served() as there:
        eve = await there.trader("eve")
        there.double.say(there.ann, there.channel, MISSION, mention=True)
        page = await there.double.see(there.ann, there.channel, "Its card, and the yes to it")
        assert page.labels == ["Show the card", "Dismiss"]
        assert "$" not in page.text, "no figure of an account stands in a channel"
        refused = await there.answer(there.double.press(eve, page, "Show the card"))
        assert refused.is_private
        assert "Only the trader who asked" in refused.text
        there.double.press(eve, page, "Dismiss")
        await there.double.wait(
            lambda: [each for each in there.double.seen_by(eve, there.channel) if "can do this" in each.text][1:]
        )
        assert page.labels == ["Show the card", "Dismiss"], "the page that all see stands as it stood"
        card = await there.answer(there.double.press(there.ann, page, "Show the card"))
        assert card.is_private
        there.double.press(there.ann, card, "Confirm")
        await over(there)
        one_order(there)


async def test_2_a_direct_message_is_a_card_and_answers_change_its_text():
    async with served() as there:
        direct = there.double.direct(there.ann)
        there.double.say(there.ann, direct, "buy 10 SPY 450C")
        question = await there.double.see(there.ann, direct, "Which expiration?")
        there.double.say(there.ann, direct, "12/18", reply_to=question)
        first = await there.double.see(there.ann, direct, "it waits for your yes")
        there.double.say(there.ann, direct, "make it 5", reply_to=first)
        card = await there.double.see(there.ann, direct, "it waits for your yes", "buy to open 5")
        there.double.press(there.ann, card, "Confirm")
        await over(there)
        old, new = there.orders()
        assert (old.stage, new.legs[0].quantity, there.broker_orders()) == (Stage.CANCELLED, 5, 1)
        there.double.press(there.ann, first, "Confirm")
        late = await there.double.see(there.ann, direct, f"Order {old.reference} · cancelled")
        assert late.id == first.id
        assert there.broker_orders() == 1


async def test_2_a_form_changes_the_text_in_the_place_of_the_card():
    async with served() as there:
        card = await card_of(there)
        form = await there.double.form(there.double.press(there.ann, card, "Change"))
        assert form.values == {"text": MISSION}
        there.double.fill(form, text=ONE_CALL)
        changed = await there.double.see(there.ann, there.channel, "buy to open 1 SPY", "it waits for your yes")
        assert changed.id == card.id
        there.double.press(there.ann, changed, "Confirm")
        await over(there)
        assert [each.stage for each in there.orders()] == [Stage.CANCELLED, Stage.FILLED]


async def test_2_an_edit_or_a_deletion_withdraws_the_card_and_never_trades():
    async with served() as there:
        line = there.double.say(there.ann, there.channel, MISSION, mention=True)
        page = await there.double.see(there.ann, there.channel, "Its card, and the yes to it")
        there.double.edit(line, f"<@{there.double.world.bot.id}> {ONE_CALL}")
        await there.double.see(there.ann, there.channel, "its message was edited")
        gone = there.double.say(there.ann, there.channel, ONE_CALL, mention=True)
        await there.double.wait(lambda: len(there.orders()) == 2)
        there.double.delete(gone)
        await there.double.see(there.ann, there.channel, "its message was deleted")
        late = await there.answer(there.double.press(there.ann, page, "Show the card"))
        assert "Confirm" not in late.labels
        assert {each.stage for each in there.orders()} == {Stage.CANCELLED}
        assert there.house.books() == ([], [])


# ── 4: twice ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_4_a_double_click_and_an_event_that_is_delivered_twice_are_one_order():
    async with served() as there:
        card = await card_of(there)
        asked = there.double.press(there.ann, card, "Confirm")
        there.double.repeat(asked)
        there.double.resend_last("INTERACTION_CREATE")
        await over(there)
        one_order(there)


async def test_4_a_line_that_is_delivered_twice_is_one_order():
    async with served() as there:
        direct = there.double.direct(there.ann)
        there.double.say(there.ann, direct, MISSION)
        there.double.resend_last("MESSAGE_CREATE")
        card = await there.double.see(there.ann, direct, "it waits for your yes")
        there.double.resend_last("MESSAGE_CREATE")
        there.double.press(there.ann, card, "Confirm")
        await over(there)
        one_order(there)


async def test_4_two_processes_that_hear_everything_are_one_order(tmp_path):
    async with served(folder=tmp_path) as there, another_process(there, tmp_path):
        direct = there.double.direct(there.ann)
        there.double.say(there.ann, direct, MISSION)
        card = await there.double.see(there.ann, direct, "it waits for your yes")
        there.double.press(there.ann, card, "Confirm")
        await over(there)
        one_order(there)


# ── 5: late ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_5_a_yes_after_its_time_sends_nothing_and_the_line_can_be_placed_anew():
    async with served() as there:
        card = await card_of(there)
        there.clock.leap(121)
        there.double.press(there.ann, card, "Confirm")
        late = await there.double.see(there.ann, there.channel, "the offer has run out")
        assert late.id == card.id
        assert there.house.books() == ([], [])
        again = await there.answer(there.double.press(there.ann, late, late.labels[0]))
        there.double.press(there.ann, again, "Confirm")
        await over(there)
        assert there.broker_orders() == 1


async def test_5_a_card_is_confirmed_after_a_restart(tmp_path):
    async with served(folder=tmp_path) as there:
        card = await card_of(there)
        assert there.bot is not None
        await there.bot.close()
        async with another_process(there, tmp_path, bots=1):
            there.double.press(there.ann, card, "Confirm")
            await over(there)
            one_order(there)


async def test_5_a_yes_in_an_outage_is_heard_after_it():
    async with served() as there:
        card = await card_of(there)
        there.double.drop()
        there.double.press(there.ann, card, "Confirm")
        await over(there)
        one_order(there)


# ── 6: the line is cut ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("fault", [{"status": 404, "code": 10062}, {"status": 0}, {"status": 503, "times": 9}])
async def test_6_without_a_sign_nothing_is_confirmed_and_the_offer_stays_open(fault):
    async with served() as there:
        card = await card_of(there)
        there.double.fail("POST", "/callback", **fault)
        with without_pauses():
            there.double.press(there.ann, card, "Confirm")
            await there.double.see(there.ann, there.double.direct(there.ann), "nothing was done")
        (order,) = there.orders()
        assert order.waits_for_confirmation
        assert there.house.books() == ([], [])
        there.double.mend()
        shown = await there.double.see(there.ann, there.channel, "it waits for your yes")
        there.double.press(there.ann, shown, "Confirm")
        await over(there)
        one_order(there)


@pytest.mark.parametrize(
    "fault",
    [
        ("POST", "/callback", {"status": 500, "apply_first": True}),
        ("PATCH", "@original", {"status": 404, "code": 10015}),
    ],
)
async def test_6_what_fails_behind_the_sign_touches_no_order(fault):
    method, path, how = fault
    async with served() as there:
        card = await card_of(there)
        there.double.fail(method, path, **how)
        with without_pauses():
            there.double.press(there.ann, card, "Confirm")
            await over(there)
        one_order(there)
