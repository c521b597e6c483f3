"""
Where a server that is almost Discord breaks discord.py 2.7.1: the double does it right, and what goes wrong is shown.
"""

import asyncio
from typing import Any

import discord
import pytest
from discord import app_commands

from tests.discord.bare import bare
from tests.discord.double import ABSENT, Double, payloads
from tests.discord.kit import without_pauses

pytestmark = pytest.mark.anyio
BUTTON = {"type": 1, "components": [{"type": 2, "style": 1, "label": "Go", "custom_id": "go"}]}
PRESSED = {"custom_id": "go", "component_type": 2, "id": 1}


def posted(double: Double, text: str = "look") -> Any:
    """A message of the bot with one button."""
    made = double.posting.make(double.channel, double.world.bot, content=text, components=[BUTTON])
    double.posting.announce(made)
    return made


async def test_a_null_where_a_thread_could_be_ends_the_library(double):
    ann, message = double.person("ann"), posted(double)
    async with bare(double) as client:
        double.press(ann, message, "Go")
        await double.wait(lambda: client.asked)
        broken = payloads.message(message) | {"thread": None}
        double.ask(ann, double.channel, 3, PRESSED, about=message, message=broken)
        assert isinstance(await client.died_of(), TypeError)


async def test_a_null_where_a_guild_could_be_ends_the_library(double):
    ann = double.person("ann")
    async with bare(double) as client:
        double.say(ann, double.direct(ann), "hello")
        await double.wait(lambda: client.heard)
        assert client.heard[0].guild is None
        double.say(ann, double.direct(ann), "hello", guild_id=None)
        assert isinstance(await client.died_of(), TypeError)


async def test_an_edit_whose_roles_are_no_ids_ends_the_library(double):
    ann = double.person("ann")
    said = double.say(ann, double.channel, "hello")
    async with bare(double) as client:
        double.edit(said, "hallo")
        double.say(ann, double.channel, "and on")
        await double.wait(lambda: client.heard)
        said.extra = {"member": {"roles": [{"id": "1", "name": "trader"}], "joined_at": None, "flags": 0}}
        double.edit(said, "ciao")
        assert isinstance(await client.died_of(), TypeError)


async def test_an_edit_without_a_type_ends_the_library(double):
    said = double.say(double.person("ann"), double.channel, "hello")
    async with bare(double) as client:
        broken = payloads.message(said)
        del broken["type"]
        double.gateway.tell("MESSAGE_UPDATE", broken)
        assert isinstance(await client.died_of(), KeyError)


async def test_embeds_are_taken_as_the_library_writes_them(double):
    async with bare(double) as client:
        channel = client.get_partial_messageable(int(double.channel.id))
        await channel.send(embed=discord.Embed(title="Card", description="one", url=None).set_footer(text="two"))
    assert double.calls[-1].body["embeds"][0]["flags"] == 0, "the key that a strict server refuses"
    assert double.calls[-1].status == 200


async def test_commands_are_taken_as_the_library_writes_them(double):
    async with bare(double) as client:
        tree = app_commands.CommandTree(client)

        @tree.command(description="place an order")
        async def order(_: discord.Interaction, text: str, lots: app_commands.Range[int, 1, 9] = 1) -> None: ...

        synced = await tree.sync()
    sent = next(call for call in double.calls if call.method == "PUT").body[0]
    assert sent["contexts"] is None
    assert sent["integration_types"] is None
    assert sent["options"][1]["min_value"] == 1
    assert [each.name for each in synced] == ["order"]


async def test_a_command_keeps_its_id_when_it_is_registered_again(double):
    async with bare(double) as client:
        tree = app_commands.CommandTree(client)
        tree.add_command(app_commands.Command(name="help", description="what can be asked", callback=_asked))
        first = await tree.sync()
        again = await tree.sync()
    assert [each.id for each in first] == [each.id for each in again]


async def _asked(_: discord.Interaction) -> None: ...


async def test_a_registration_without_ids_breaks_the_sync_that_was_done(double):
    double.fail("PUT", "/commands", 200, apply_first=True, document=[{"name": "help", "description": "x", "type": 1}])
    async with bare(double) as client:
        tree = app_commands.CommandTree(client)
        tree.add_command(app_commands.Command(name="help", description="what can be asked", callback=_asked))
        with pytest.raises(KeyError):
            await tree.sync()
    assert [each["name"] for each in double.rest.commands[None]] == ["help"]


async def test_an_acknowledgement_that_is_answered_with_nothing_breaks_after_it_was_applied(double):
    async def answer(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("seen", ephemeral=True)

    ann, message = double.person("ann"), posted(double)
    async with bare(double, answer) as client:
        double.press(ann, message, "Go")
        await double.see(ann, double.channel, "seen")
        assert client.raised == []
        double.fail("POST", "/callback", 204, apply_first=True)
        asked = double.press(ann, message, "Go")
        await double.wait(lambda: client.raised)
        assert isinstance(client.raised[0], TypeError)
        assert asked.is_acknowledged


async def test_an_acknowledgement_is_tried_five_times_while_the_server_fails(double):
    async def answer(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("seen", ephemeral=True)

    ann, message = double.person("ann"), posted(double)
    fault = double.fail("POST", "/callback", 500, times=None)
    with without_pauses():
        async with bare(double, answer) as client:
            asked = double.press(ann, message, "Go")
            await double.wait(lambda: client.raised)
    assert isinstance(client.raised[0], discord.DiscordServerError)
    assert fault.met == 5
    assert not asked.is_acknowledged


async def test_an_acknowledgement_that_comes_late_or_twice_is_answered_and_does_not_hang(double):
    async def answer(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("seen", ephemeral=True)

    async def answer_twice(interaction: discord.Interaction) -> None:
        await interaction.response.defer(ephemeral=True)
        interaction._cs_response = discord.InteractionResponse(interaction)  # as a second process would
        await answer(interaction)

    ann, message = double.person("ann"), posted(double)
    async with bare(double, answer) as client:
        asked = double.press(ann, message, "Go")
        double.turn(3.1)
        await double.wait(lambda: client.raised)
        assert [error.code for error in client.raised] == [10062]
        assert not asked.is_acknowledged
        client.raised.clear()
        client._on_ask = answer_twice
        asked = double.press(ann, message, "Go")
        await double.wait(lambda: client.raised)
        assert [error.code for error in client.raised] == [40060]
        assert asked.answers == [6]


async def test_an_interaction_without_a_channel_has_none(double):
    ann = double.person("ann")
    async with bare(double) as client:
        double.ask(ann, double.channel, 3, PRESSED, about=posted(double))
        await double.wait(lambda: client.asked)
        assert client.asked[0].channel_id == int(double.channel.id)
        double.ask(ann, double.channel, 3, PRESSED, channel=ABSENT)
        await double.wait(lambda: len(client.asked) == 2)
        assert client.asked[1].channel is None
        assert client.asked[1].channel_id is None


async def test_a_rate_limit_is_waited_out_only_where_it_came_via_a_proxy(double):
    async with bare(double) as client:
        channel = client.get_partial_messageable(int(double.channel.id))
        double.fail("POST", "/messages", 429, retry_after_s=0.01)
        await channel.send("waited")
        double.fail("POST", "/messages", 429, retry_after_s=0.01, via=False)
        with pytest.raises(discord.HTTPException):
            await channel.send("not waited")
    assert [each.text for each in double.seen_by(double.world.owner, double.channel)] == ["waited"]


async def test_a_session_that_may_not_resume_loses_what_was_said_meanwhile(double):
    ann = double.person("ann")
    async with bare(double) as client:
        double.gateway.forget()
        double.drop()
        double.say(ann, double.direct(ann), "meanwhile")
        await double.wait(lambda: double.gateway.identified == 2)
        double.say(ann, double.direct(ann), "afterwards")
        await double.wait(lambda: client.heard)
    assert [each.content for each in client.heard] == ["afterwards"]
    assert double.gateway.resumed == 0


@pytest.mark.parametrize("code", [50013, 50001, 50007, 0])
async def test_a_403_is_forbidden_whatever_its_code(double, code):
    double.fail("POST", "/messages", 403, code=code)
    async with bare(double) as client:
        with pytest.raises(discord.Forbidden) as raised:
            await client.get_partial_messageable(int(double.channel.id)).send("hello")
    assert raised.value.code == code


async def test_a_content_type_that_names_a_charset_is_handed_on_as_text(double):
    async with bare(double) as client, asyncio.timeout(10):
        right = await client.http.get_channel(int(double.channel.id))
        assert right["id"] == double.channel.id
        double.fail("GET", "/channels/", 200, document=right, charset="utf-8")
        assert isinstance(await client.http.get_channel(int(double.channel.id)), str)
