"""Typed lines: what is written to the bot by a trader is heard once; everything else is silence."""

import pytest

from tastyflow_adapters.discord.gate import NEUTRAL
from tastyflow_adapters.discord.memory.heard import Arrival, Heard, HeardEvents
from tastyflow_adapters.discord.page import ChatPage
from tests.discord.bot_kit import probing
from tests.discord.double.bits import Intent, Permission

pytestmark = pytest.mark.anyio

NO_WRITING = Permission.SEND_MESSAGES
MADE = "2026-11-20T15:00:00+00:00"
PUBLIC = ChatPage(lines=("heard",), is_private=False)


async def hears(p, text="the last line"):
    """Everything before it was heard by now: a line comes after it."""
    p.double.say(p.ann, p.channel, text, mention=True)
    await p.double.wait(lambda: [each for each in p.probe.requests if each.text == text], what="the last line")
    assert await p.bot.handlers.finished(within_s=10.0)


async def test_a_mention_and_a_reply_and_a_direct_message_are_heard_without_the_mention_in_them():
    async with probing() as p:
        p.probe.answers += [PUBLIC]
        p.double.say(p.ann, p.channel, "buy 1 SPY", mention=True)
        shown = await p.double.see(p.ann, p.channel, "heard")
        assert not shown.is_private
        p.probe.answers += [PUBLIC]
        p.double.say(p.ann, p.channel, "@ 1.25", reply_to=shown)
        await p.double.wait(lambda: len(p.probe.requests) == 2)
        p.double.say(p.ann, p.double.direct(p.ann), "orders")
        await p.double.see(p.ann, p.double.direct(p.ann), "done")
        assert [(each.text, each.page) for each in p.probe.requests] == [
            ("buy 1 SPY", ""),
            ("@ 1.25", shown.id),
            ("orders", ""),
        ]
        assert p.probe.requests[2].asker.is_direct


@pytest.mark.parametrize("has_content", [False, True])
async def test_a_mention_of_the_bots_own_role_is_one_of_the_bot_or_told_once_to_be_none(has_content):
    portal = Intent.MESSAGE_CONTENT if has_content else Intent(0)
    async with probing(here={"plain_text": has_content}, double={"portal": portal}) as p:
        (own,) = [each for each in p.double.guild.roles if each.bot]
        other, eve = p.double.world.make_role("traders"), p.double.person("eve")

        def mention(user, role, text):
            p.double.say(user, p.channel, f"<@&{role.id}> {text}", mention_roles=[role.id])

        mention(p.ann, own, "buy 1 SPY")
        mention(p.ann, own, "buy 2 SPY")
        mention(p.ann, other, "buy 3 SPY") if not has_content else None
        mention(eve, own, "buy 4 SPY")
        await hears(p)
        heard = [each.text for each in p.probe.requests]
        hints = [each for each in p.double.seen_by(p.ann, p.channel) if "Mention the bot itself" in each.text]
        assert heard == (["buy 1 SPY", "buy 2 SPY", "the last line"] if has_content else ["the last line"])
        assert len(hints) == (0 if has_content else 1)
        assert len([each for each in p.double.seen_by(eve, p.channel) if NEUTRAL in each.text]) == 1


@pytest.mark.parametrize("has_content", [False, True])
async def test_what_people_say_to_each_other_is_read_only_where_plain_text_is_switched_on(has_content):
    portal = Intent.MESSAGE_CONTENT if has_content else Intent(0)
    async with probing(here={"plain_text": has_content}, double={"portal": portal}) as p:
        eve = p.double.person("eve")
        p.double.say(p.ann, p.channel, "buy 1 SPY")
        p.double.say(eve, p.channel, "buy 2 SPY")
        await hears(p)
        assert [each.text for each in p.probe.requests] == ["buy 1 SPY", "the last line"][not has_content :]
        assert eve.id not in {each["user"] for each in p.chat.memory.rows("SELECT user FROM heard")}


async def test_bots_webhooks_and_what_discord_says_itself_are_not_heard():
    async with probing() as p:
        robot = p.double.person("robot")
        robot.is_bot = True
        p.double.say(robot, p.channel, "buy 1 SPY", mention=True)
        p.double.say(p.ann, p.channel, "buy 1 SPY", mention=True, webhook_id="9")
        p.double.say(p.ann, p.channel, "buy 1 SPY", mention=True, type=7)
        p.double.say(p.ann, p.channel, " ", mention=False, reply_to=None)
        inner = {"type": 0, "content": "buy", "embeds": [], "attachments": [], "flags": 0}
        snapshot = {"message": inner | {"timestamp": MADE, "edited_timestamp": None}}
        p.double.say(p.ann, p.channel, "", mention=True, message_snapshots=[snapshot])
        await hears(p)
        assert [each.text for each in p.probe.requests] == ["the last line"]


async def test_a_line_that_is_delivered_twice_is_heard_once_and_in_the_next_process_too(tmp_path):
    async with probing(folder=tmp_path) as p:
        p.double.say(p.ann, p.channel, "buy 1 SPY", mention=True)
        p.double.resend_last("MESSAGE_CREATE")
        await p.double.wait(lambda: p.probe.requests)
        p.double.resend_last("MESSAGE_CREATE")
        await hears(p)
        assert [each.text for each in p.probe.requests] == ["buy 1 SPY", "the last line"]
        request = p.probe.requests[0]
        other = HeardEvents(p.chat.memory)
        assert not other.first(Heard(request.id, Arrival.LINE, request.asker), at=request.at)


async def test_a_line_that_arrives_late_does_not_trade_and_old_chat_stays_unanswered():
    portal = Intent.MESSAGE_CONTENT
    async with probing(here={"plain_text": True}, double={"portal": portal}) as p:
        p.double.say(p.ann, p.channel, "how was your weekend?", age_s=100)
        p.double.say(p.ann, p.channel, "buy 1 SPY 450 call exp Dec 18 2026", age_s=100)
        await p.double.see(p.ann, p.channel, "received late")
        p.double.say(p.ann, p.channel, "buy", mention=True, age_s=61)
        await hears(p)
        assert [each.text for each in p.probe.requests] == ["the last line"]
        assert len([each for each in p.double.seen_by(p.ann, p.channel) if "received late" in each.text]) == 2


async def test_after_an_outage_what_is_older_than_a_minute_is_refused_and_what_is_new_is_heard():
    async with probing() as p:
        p.double.drop()
        p.double.say(p.ann, p.channel, "buy 1 SPY", mention=True, age_s=90)
        p.double.say(p.ann, p.channel, "sell 1 SPY", mention=True)
        await p.double.see(p.ann, p.channel, "received late")
        await p.double.wait(lambda: p.probe.requests)
        assert [each.text for each in p.probe.requests] == ["sell 1 SPY"]


async def test_a_stranger_who_mentions_the_bot_is_told_once_and_a_stranger_who_writes_to_it_as_well():
    async with probing() as p:
        eve = p.double.person("eve")
        for _ in range(3):
            p.double.say(eve, p.channel, "hello", mention=True)
        p.double.say(eve, p.double.direct(eve), "hello?")
        await hears(p)
        said = [*p.double.seen_by(eve, p.channel), *p.double.seen_by(eve, p.double.direct(eve))]
        assert len([each for each in said if "does not answer" in each.text]) == 1
        assert [each.text for each in p.probe.requests] == ["the last line"]


async def test_direct_messages_are_heard_only_where_they_are_switched_on():
    async with probing(here={"direct_messages": False}) as p:
        p.double.say(p.ann, p.double.direct(p.ann), "balance")
        await hears(p)
        assert [each.text for each in p.probe.requests] == ["the last line"]


async def test_a_private_answer_to_a_line_in_a_channel_comes_directly_or_not_at_all():
    async with probing() as p:
        bob = p.double.person("bob")
        p.probe.answers += [ChatPage(title="your balance")]
        p.double.say(p.ann, p.channel, "balance", mention=True)
        await p.double.see(p.ann, p.double.direct(p.ann), "your balance")
        p.ann.takes_direct = False
        p.probe.answers += [ChatPage(title="your balance")]
        p.double.say(p.ann, p.channel, "balance", mention=True)
        await p.double.see(bob, p.channel, "for you alone")
        assert not [each for each in p.double.seen_by(bob, p.channel) if "your balance" in each.text]


async def test_edits_and_deletions_are_told_to_the_answers_and_what_discord_changes_itself_is_none():
    async with probing() as p:
        line = p.double.say(p.ann, p.channel, "buy 1 SPY", mention=True)
        await p.double.wait(lambda: p.probe.requests)
        p.double.edit(line, f"<@{p.double.world.bot.id}> buy 2 SPY")
        await p.double.wait(lambda: len(p.probe.requests) == 2)
        edited = p.probe.requests[1]
        assert (edited.id, edited.text, edited.asker.user) == (line.id, "buy 2 SPY", p.ann.id)
        p.double.delete(line)
        await p.double.wait(lambda: p.probe.deleted == [line.id])
        eve = p.double.person("eve")
        hers = p.double.say(eve, p.channel, "hello", mention=True)
        p.double.edit(hers, f"<@{p.double.world.bot.id}> buy 2 SPY")
        await hears(p)
        assert len(p.probe.requests) == 3


async def test_what_is_private_is_not_said_in_the_channel_where_a_line_was_deleted(caplog):
    async with probing() as p:
        line, other = (p.double.say(p.ann, p.channel, "hello") for _ in range(2))
        p.probe.answers += [ChatPage(title="your card is void")]
        p.double.delete(line)
        await p.double.wait(lambda: p.probe.deleted == [line.id])
        p.probe.answers += [PUBLIC]
        p.double.delete(other)
        await p.double.see(p.ann, p.channel, "heard")
        assert not [each for each in p.double.seen_by(p.ann, p.channel) if "void" in each.text]
        assert "no place in a channel" in caplog.text


async def test_where_the_line_is_gone_its_answer_stands_in_the_channel():
    async with probing() as p:
        p.probe.answers += [PUBLIC]
        p.double.fail("POST", "/messages", 400, code=50035)
        p.double.say(p.ann, p.channel, "buy", mention=True)
        await p.double.see(p.ann, p.channel, "heard")
        p.double.set_permissions(p.channel, deny=NO_WRITING)
        p.probe.answers += [PUBLIC]
        p.double.say(p.ann, p.channel, "buy", mention=True)
        await p.double.see(p.ann, p.double.direct(p.ann), "heard")
