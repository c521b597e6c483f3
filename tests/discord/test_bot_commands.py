"""Slash commands: acknowledged at once, answered by a plain function, refused where their shape is another day's."""

import pytest

from tastyflow_adapters.discord.page import ChatPage
from tests.application.kit import alter
from tests.discord.bot_kit import probing, register
from tests.discord.double.payloads import COMMAND
from tests.discord.kit import without_pauses

pytestmark = pytest.mark.anyio

TEXT = {"name": "text", "type": 3, "value": "a"}


async def test_a_command_is_thinking_at_once_and_its_answer_is_for_the_person_alone():
    async with probing() as p:
        seen = []

        async def look():
            seen.extend(each.is_loading for each in p.double.seen_by(p.ann, p.channel))

        p.probe.meanwhile = look
        asked = p.slash(p.ann, "echo", text="hello", account="main")
        answer = await p.answer(asked)
        assert "hello" in answer.text
        assert answer.is_private
        assert seen == [True]
        assert asked.answers == [5]
        (request,) = p.probe.requests
        assert (request.command, request.text, dict(request.options)) == (
            "echo",
            "hello",
            {"text": "hello", "account": "main"},
        )
        assert (request.asker.guild, request.id) == (p.double.guild.id, asked.id)


async def test_a_command_that_discord_took_no_sign_of_is_not_carried_out_and_that_is_said():
    async with probing() as p:
        p.double.fail("POST", "/callback", 404, code=10062)
        p.slash(p.ann, "echo", text="hello")
        await p.double.see(p.ann, p.double.direct(p.ann), "/echo", "nothing was done")
        assert not p.probe.requests
        with without_pauses():
            p.double.fail("POST", "/callback", 500, apply_first=True)
            await p.answer(p.slash(p.ann, "echo", text="hello"))
        assert len(p.probe.requests) == 1
        assert len([each for each in p.double.seen_by(p.ann, p.channel) if "hello" in each.text]) == 1


async def test_an_answer_that_is_sent_again_stands_there_once():
    async with probing() as p:
        with without_pauses():
            p.double.fail("PATCH", "@original", 500, apply_first=True)
            await p.answer(p.slash(p.ann, "echo", text="hello"))
            p.slash(p.ann, "echo", text="and after it")
            await p.double.see(p.ann, p.channel, "and after it")
        assert len([each for each in p.double.seen_by(p.ann, p.channel) if "hello" in each.text]) == 1


@pytest.mark.parametrize(
    "data",
    [
        {"name": "gone"},
        {"name": "echo"},  # what is required is missing
        {"name": "echo", "options": [{"name": "words", "type": 3, "value": "buy"}]},
        {"name": "echo", "options": [TEXT, {"name": "x", "type": 3, "value": "b"}]},
        {"name": "echo", "options": [{"name": "text", "type": 4, "value": 7}]},
        {"name": "echo", "options": [{"name": "text", "type": 3, "value": "a" * 501}]},
        {"name": "echo", "options": [TEXT, {"name": "force", "type": 3, "value": "ioc"}]},
        {"name": "echo", "options": [{"name": "sub", "type": 1, "options": []}]},
        {"name": "echo", "type": 3, "target_id": "1"},
    ],
    ids=lambda data: str(data)[:60],
)  # fmt: skip
async def test_a_command_of_another_day_is_answered_and_nothing_is_done_by_halves(data):
    async with probing() as p:
        asked = p.double.ask(p.ann, p.channel, COMMAND, {"id": "1", "type": 1} | data)
        told = await p.answer(asked)
        assert "retry" in told.text
        assert told.is_private
        assert not p.probe.requests


async def test_strangers_are_told_once_learn_nothing_and_may_link_themselves():
    async with probing() as p:
        eve = p.double.person("eve")
        told = await p.answer(p.slash(eve, "echo", text="hello"))
        assert told.is_private
        assert told.text == "This bot does not answer you here."
        second, third = p.slash(eve, "echo", text="hello"), p.slash(eve, "echo", text="hello")
        assert not p.double.seen_by(eve, p.double.direct(eve))
        await p.answer(p.slash(eve, "link"))
        assert not second.answers
        assert not third.answers
        assert [each.command for each in p.probe.requests] == ["link"]
        (row,) = p.chat.memory.rows("SELECT * FROM strangers")
        assert (row["user"], row["times"], row["code"]) == (eve.id, 3, "unknown user")
        kept = p.chat.memory.rows("SELECT outcome, count(*) AS n FROM heard GROUP BY outcome ORDER BY outcome")
        assert {each["outcome"]: each["n"] for each in kept} == {"answered": 1, "silence": 2, "turned away": 1}


async def test_what_lies_longer_than_a_minute_is_not_acted_upon():
    async with probing() as p:
        asked = p.slash(p.ann, "echo", text="buy", age_s=61)
        assert "received late" in (await p.answer(asked)).text
        p.double.fail("POST", "/callback", 404, code=10062)  # it is so old that Discord takes no answer
        p.slash(p.ann, "echo", text="buy", age_s=70)
        await p.double.see(p.ann, p.double.direct(p.ann), "received late")
        await p.answer(p.slash(p.ann, "echo", text="sell", age_s=50))
        assert [each.text for each in p.probe.requests] == ["sell"]


async def test_lines_are_offered_to_traders_and_to_no_one_else():
    async with probing() as p:
        offered = p.double.complete(p.ann, p.channel, "echo", "account", "S", text="buy")
        assert await p.double.wait(lambda: offered.choices) == [{"name": "S SPY", "value": "SPY"}]
        assert dict(p.probe.requests[0].options) == {"text": "buy", "account": "S"}
        eve = p.double.person("eve")
        for_eve = p.double.complete(eve, p.channel, "echo", "account", "S", text="buy")
        await p.double.wait(lambda: for_eve.answers)
        assert for_eve.choices == []
        assert len(p.probe.requests) == 1
        assert not p.chat.memory.rows("SELECT * FROM heard")

        async def breaks():
            raise ValueError

        p.probe.meanwhile = breaks
        broken = p.double.complete(p.ann, p.channel, "echo", "account", "S", text="buy")
        await p.double.wait(lambda: broken.answers)
        assert broken.choices == []


async def test_nothing_that_is_sent_may_mention_anyone():
    async with probing() as p:
        p.probe.answers.append(ChatPage(lines=("@everyone <@1> <@&2>",)))
        await p.answer(p.slash(p.ann, "echo", text="x"))
        p.probe.answers.append(ChatPage(lines=("@here",), is_private=False))
        p.double.say(p.ann, p.channel, "hello", mention=True)
        await p.double.see(p.ann, p.channel, "here")
        sent = [each.content for each in p.double.calls if each.is_message]
        assert len(sent) >= 2
        assert all(each["allowed_mentions"]["parse"] == [] for each in sent)
        assert all(not each["allowed_mentions"].get("replied_user") for each in sent)


async def test_a_command_in_a_thread_counts_as_in_its_channel_and_elsewhere_it_is_refused():
    async with probing() as p:
        thread = p.double.make_thread(p.channel, "ideas")
        await p.answer(p.slash(p.ann, "echo", channel=thread, text="in a thread"))
        other = p.double.make_channel("other")
        told = await p.answer(p.slash(p.ann, "echo", channel=other, text="elsewhere"))
        assert told.text == "This bot does not answer you here."
        foreign = p.double.make_guild("foreign")
        await register(p.bot, foreign.id)
        asked = p.slash(p.ann, "echo", channel=p.double.make_channel("orders", foreign), text="far away")
        await p.answer(p.slash(p.ann, "echo", channel=thread, text="again"))
        assert not asked.answers
        assert [each.text for each in p.probe.requests] == ["in a thread", "again"]


async def test_roles_are_those_that_discord_names_now():
    async with probing(here={"roles": ("77",)}) as p:
        told = await p.answer(p.slash(p.ann, "echo", text="hello"))
        assert "does not answer" in told.text
        assert not p.probe.requests
    async with probing(here={"roles": ("1",)}) as p:
        object.__setattr__(p.chat.here, "roles", (p.double.guild.id,))  # the role that everyone has
        await p.answer(p.slash(p.ann, "echo", text="hello"))
        assert len(p.probe.requests) == 1


async def test_a_removed_trader_is_a_stranger():
    async with probing() as p:
        await alter(p.house, lambda trader, why: trader.remove(why=why), "ann")
        assert "does not answer" in (await p.answer(p.slash(p.ann, "echo", text="hello"))).text
