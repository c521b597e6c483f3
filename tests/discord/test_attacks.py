"""What a person with bad intentions, or bad luck, can try where every rule of Discord is kept: no money moves by it."""

import asyncio
from datetime import UTC, datetime

import discord
import pytest

from tastyflow_adapters.discord.bot import Bot
from tastyflow_adapters.discord.memory.heard import HeardEvents
from tests.discord.double import Intent, payloads
from tests.discord.kit import chatting, real_bot

pytestmark = pytest.mark.anyio
LINE = "buy 1 SPY 450C next month @ 2"
NOWHERE = "does not answer you here"


async def test_a_line_whose_mention_is_edited_away_withdraws_its_card_although_its_words_are_hidden_then():
    async with chatting() as there:
        line = there.double.say(there.ann, there.channel, LINE, mention=True)
        page = await there.double.see(there.ann, there.channel, "Its card, and the yes to it")
        there.double.edit(line, "never mind")
        await there.double.see(there.ann, there.channel, "its message was edited")
        card = await there.answer(there.double.press(there.ann, page, "Show the card"))
        assert "Confirm" not in card.labels


@pytest.mark.parametrize("how", ["edited", "deleted"])
async def test_a_card_that_is_still_being_made_is_withdrawn_where_its_line_goes_meanwhile(how):
    async with chatting() as there:
        line = there.double.say(there.ann, there.channel, LINE, mention=True)
        if how == "edited":
            there.double.edit(line, f"<@{there.double.world.bot.id}> {LINE}5")
        else:
            there.double.delete(line)
        page = await there.double.see(there.ann, there.channel, "Its card, and the yes to it")
        await there.double.see(there.ann, there.channel, f"its message was {how}")
        card = await there.answer(there.double.press(there.ann, page, "Show the card"))
        assert "Confirm" not in card.labels
        assert len(there.orders()) == 1


@pytest.mark.parametrize("is_told_who", [True, False])
async def test_a_line_in_a_guild_that_the_bot_does_not_know_is_no_direct_message(is_told_who):
    async with chatting() as there:
        there.double.gateway.tell("GUILD_DELETE", {"id": there.double.guild.id})
        for text in ("balance", LINE):
            line = there.double.posting.make(there.channel, there.ann, content=text)
            said = payloads.message(line) | {"mentions": [payloads.user(there.double.world.bot)]}
            if not is_told_who:
                del said["member"]
            there.double.gateway.tell("MESSAGE_CREATE", said, needs=Intent.GUILD_MESSAGES)
        direct = there.double.direct(there.ann)
        there.double.say(there.ann, direct, "help")
        await there.double.see(there.ann, direct, "What you can ask for")
        assert not there.orders()
        answers = [each.text for each in there.double.seen_by(there.ann, there.channel) if each.author is not there.ann]
        assert all(NOWHERE in each for each in answers)


@pytest.mark.parametrize("kind", ["command", "press"])
async def test_what_is_used_between_two_people_is_no_direct_message(kind):
    """Who installs the bot for themselves can use it there, and the other one would see the answer."""
    async with chatting() as there:
        direct = there.double.direct(there.ann)
        there.double.say(there.ann, direct, LINE)
        card = await there.double.see(there.ann, direct, "450 call", "Order")
        if kind == "command":
            data = {"id": "1577000000000000000", "name": "balance", "type": 1, "options": []}
            asked = there.double.ask(there.ann, direct, 2, data, context=2)
        else:
            data = {"custom_id": card.button("Confirm")["custom_id"], "component_type": 2}
            asked = there.double.ask(there.ann, direct, 3, data, about=card, context=2)
        answer = await there.answer(asked)
        assert answer.is_private
        assert NOWHERE in answer.text
        (order,) = there.orders()
        assert order.waits_for_confirmation


async def test_who_was_told_that_nothing_came_of_it_is_not_told_by_the_next_process_that_they_were_cut_off():
    async with chatting() as there:
        data = {
            "id": "1577000000000000000",
            "name": "balance",
            "type": 1,
            "options": [{"name": "old", "type": 3, "value": "x"}],
        }
        stale = await there.answer(there.double.ask(there.ann, there.channel, 2, data))
        assert "were updated" in stale.text
        unheard = HeardEvents(there.chat.memory).unanswered(
            since=datetime(2020, 1, 1, tzinfo=UTC), before=datetime(2100, 1, 1, tzinfo=UTC)
        )
        assert unheard == []


async def test_a_process_that_does_not_answer_says_nothing_of_a_line_that_is_gone():
    is_ours = [True]
    async with chatting(bot=lambda chat: real_bot(chat, may_act=lambda: is_ours[0])) as there:
        line = there.double.say(there.ann, there.channel, LINE, mention=True)
        await there.double.see(there.ann, there.channel, "Its card, and the yes to it")
        is_ours[0] = False
        assert isinstance(there.bot, Bot)
        where = {"channel_id": there.channel.id, "guild_id": there.double.guild.id}
        gone = discord.RawMessageDeleteEvent({"id": line.id, **where})
        await asyncio.create_task(there.bot.on_raw_message_delete(gone))
        (order,) = there.orders()
        assert order.waits_for_confirmation  # the process that answers withdraws it, and says so
