"""
Telling over real sockets: live messages and messages of their own, whatever Discord answers (DISCORD.md, 4: 1, 7, 9).
"""

import asyncio
from contextlib import asynccontextmanager

import pytest

from tastyflow.application.message import Consent, Message
from tastyflow.domain.order.stages import Stage
from tastyflow_adapters.config.discord_choices import Level
from tastyflow_adapters.discord.telling.chat_telling import ChatTelling
from tastyflow_adapters.discord.telling.through_discord import DiscordPoster
from tastyflow_adapters.fake import Plan, ScriptedModel
from tastyflow_adapters.fake.order_plan import fill, live
from tests.application.kit import MISSION
from tests.discord.double.bits import Permission
from tests.discord.kit import chatting, without_pauses

pytestmark = pytest.mark.anyio

SLOW = (live(), fill(4, after_s=40.0), fill(6, after_s=40.0))


def scripted(*steps):
    return (None, ScriptedModel(lambda _ticket: Plan(steps)))


@asynccontextmanager
async def telling(*steps, **chosen):
    """`chatting`, with the telling beside the bot, as the part of the service has it."""
    parts = {"models": scripted(*steps)} if steps else {}
    async with chatting(**parts | chosen) as there:
        task = asyncio.create_task(ChatTelling(there.chat, DiscordPoster(lambda: there.bot)).run())
        try:
            yield there
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def confirmed(there, text=MISSION, channel=None):
    """What a press of Confirm comes to, without the press."""
    place = channel or there.channel
    how = {"channel": place.id, "consent": Consent.ALWAYS}
    order = await there.desk.place(Message(text, "discord", there.ann.id, there.double.world.ids.next(), **how))
    yes = Message("yes", "discord", there.ann.id, there.double.world.ids.next(), **how)
    return await there.desk.confirm(yes, order.reference, order.digest)


def notices(there):
    """The messages of their own, as ann sees them."""
    return [m for m in there.double.seen_by(there.ann, there.channel) if "so far" not in m.text and not m.is_private]


def posted(there):
    return [call for call in there.double.calls if call.method == "POST" and "/messages" in call.path]


async def test_from_the_slash_command_to_the_live_message_that_says_filled():
    async with telling() as there:
        card = await there.answer(there.slash(there.ann, "order", text="buy 10 SPY 450 calls dec 18"))
        there.double.press(there.ann, card, "Confirm")
        seen = await there.double.see(there.ann, there.channel, "filled 10 of 10", "so far")
        (notice,) = await there.double.wait(lambda: notices(there), what="a message of its own")
        (order,) = there.orders()
        assert order.stage is Stage.FILLED
        assert there.broker_orders() == 1
        assert not seen.is_private
        assert "FAKE" in seen.text
        assert seen.labels == ["Why"]
        assert notice.payload["message_reference"]["message_id"] == seen.id
        for call in posted(there):
            assert call.body["allowed_mentions"]["parse"] == []
            assert call.body["enforce_nonce"] is True
            assert len(call.body["nonce"]) == 25


TROUBLES = {
    "500, and not applied": {"status": 500, "times": 2},
    "500, and applied": {"status": 500, "apply_first": True, "times": 2},
    "502 for long": {"status": 502, "times": 7},
    "429 with Via": {"status": 429, "retry_after_s": 0.05, "times": 2},
    "429 without Via": {"status": 429, "via": False, "times": 2},
    "deleted": {"status": 404, "code": 10008},
    "too old": {"status": 400, "code": 30046},
    "cut off": {"status": 0, "times": 2},
}


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_no_answer_of_discord_to_an_edit_touches_the_order_and_the_end_is_shown(trouble):
    async with telling(*SLOW) as there:
        with without_pauses():
            order = await confirmed(there)
            await there.double.see(there.ann, there.channel, "working")
            fault = there.double.fail("PATCH", "/messages/", **TROUBLES[trouble])
            there.clock.leap(45.0)
            await there.double.wait(lambda: fault.met or None, what="an edit goes wrong")
            there.clock.leap(45.0)
            there.double.mend()
            there.clock.leap(60.0)
            await there.double.see(there.ann, there.channel, "filled 10 of 10", "so far")
        assert there.house.order(order.id).stage is Stage.FILLED
        assert there.broker_orders() == 1
        live_ones = [m for m in there.double.seen_by(there.ann, there.channel) if "so far" in m.text]
        assert len(live_ones) == (2 if trouble in ("deleted", "too old") else 1)


@pytest.mark.parametrize("trouble", ["500, and applied", "429 with Via", "cut off"])
async def test_what_discord_answers_to_a_post_makes_no_second_message(trouble):
    async with telling() as there:
        with without_pauses():
            there.double.fail("POST", "/messages", **TROUBLES[trouble])
            await confirmed(there)
            there.clock.leap(5.0)
            await there.double.see(there.ann, there.channel, "filled 10 of 10", "so far")
            await there.double.wait(lambda: notices(there), what="a message of its own")
        assert len(there.double.seen_by(there.ann, there.channel)) == 2


async def test_where_the_bot_may_not_write_its_trader_is_told_directly_and_with_more():
    async with telling(*SLOW) as there:
        order = await confirmed(there)
        await there.double.see(there.ann, there.channel, "working")
        there.double.set_permissions(there.channel, deny=Permission.SEND_MESSAGES | Permission.VIEW_CHANNEL)
        there.clock.leap(45.0)
        there.clock.leap(45.0)
        seen = await there.double.see(there.ann, there.double.direct(there.ann), "filled 10 of 10", "so far")
        assert "maximum loss" in seen.text
        assert there.house.order(order.id).stage is Stage.FILLED
        assert not any("maximum loss" in m.text for m in there.double.seen_by(there.ann, there.channel))


async def test_in_direct_messages_the_risk_is_said_and_in_a_thread_it_is_not():
    async with telling(*SLOW) as there:
        direct = there.double.direct(there.ann)
        await confirmed(there, channel=direct)
        seen = await there.double.see(there.ann, direct, "working", "so far")
        assert "maximum loss" in seen.text
        thread = there.double.make_thread(there.channel, "talk")
        await confirmed(there, "buy 1 SPY 455 call dec 18", channel=thread)
        seen = await there.double.see(there.ann, thread, "working", "so far")
        assert "maximum loss" not in seen.text
        assert "$" not in seen.text


async def test_what_happens_while_discord_is_away_is_told_afterwards_once_and_in_order():
    fills = [fill(1, after_s=60.0) for _ in range(10)]
    async with telling(live(), *fills, here={"notices": {"part_filled": Level.SILENT}}) as there:
        order = await confirmed(there)
        await there.double.see(there.ann, there.channel, "working")
        async with there.double.away():
            for _ in range(11):
                there.clock.leap(61.0)
                await asyncio.sleep(0.02)
            while there.house.order(order.id).stage is not Stage.FILLED:
                there.clock.leap(20.0)
                await asyncio.sleep(0.02)
        await there.double.wait(lambda: there.double.gateway.connected, what="the bot is back")
        there.clock.leap(30.0)
        await there.double.wait(lambda: len(notices(there)) >= 11, what="everything is told")
        texts = [notice.text for notice in notices(there)]
        assert [line for text in texts for line in text.splitlines() if line.lower().startswith("filled")] == [
            *(f"Filled 1 at 8.01; {number} of 10." for number in range(1, 11)),
            "filled 10 of 10 at 8.01 on average",
        ]
        assert "told late" in texts[0]
        assert there.broker_orders() == 1


async def test_a_burst_of_fifty_fills_is_a_few_edits_and_the_last_one_is_right():
    async with telling(live(), *(fill(1, after_s=0.1) for _ in range(50))) as there:
        await confirmed(there, MISSION.replace("10", "50"))
        await there.double.see(there.ann, there.channel, "filled 50 of 50", "so far")
        edits = [call for call in there.double.calls if call.method == "PATCH"]
        assert len(edits) <= 8
        (live_one,) = [m for m in there.double.seen_by(there.ann, there.channel) if "so far" in m.text]
        assert "filled 50 of 50" in live_one.text
