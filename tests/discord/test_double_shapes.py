"""What the double says has the shapes that discord.py's own types give it: no key too few, none that it invented."""

import re

import discord
import pytest
from discord import app_commands
from discord import types as wire

from tests.discord.bare import bare
from tests.discord.double import Double, Interaction, payloads
from tests.discord.double.conforming import misfits

pytestmark = pytest.mark.anyio

TOLERATED = (
    "session_type: no such key",
    "presences: no such key",
    "private_channels: no such key",
    "channel.permissions: no such key",
    "options.required: no such key",
    "channel.name: missing",  # direct messages have none
)
"""Where those types and Discord's own documents differ: the double follows the documents."""


def faults(payload, wanted, at: str = "") -> list[str]:
    return [each for each in misfits(payload, wanted, at) if not re.sub(r"\[\d+\]", "", each).endswith(TOLERATED)]


def test_a_missing_a_wrong_and_an_invented_key_are_each_found():
    right = {"id": "1", "username": "ann", "discriminator": "0", "avatar": None, "global_name": None}
    assert misfits(right, wire.user.User) == []
    wrong = right | {"avatar": 3, "sound": "loud"}
    del wrong["username"]
    assert misfits(wrong, wire.user.User) == ["username: missing", "avatar: 3 is no str", "sound: no such key"]
    assert misfits({"channel_id": "1", "thread": None}, wire.message.PartialMessage) == ["thread: no such key"]


@pytest.fixture
async def asked(double: Double) -> dict[str, Interaction]:
    """One interaction of each kind, asked in the guild, and one in direct messages."""
    told = {}

    async def answer(interaction: discord.Interaction) -> None:
        if interaction.type is discord.InteractionType.component:
            form = discord.ui.Modal(title="Change", custom_id="form")
            form.add_item(discord.ui.Label(text="Order", component=discord.ui.TextInput(custom_id="text")))
            await interaction.response.send_modal(form)
        elif interaction.type is not discord.InteractionType.autocomplete:
            view = discord.ui.View(timeout=None)
            view.add_item(discord.ui.Button(label="Go", custom_id="go"))
            menu = discord.ui.Select(custom_id="which", options=[discord.SelectOption(label="one", value="1")])
            view.add_item(menu)
            card = discord.Embed(title="Card", description="one").add_field(name="Legs", value="2")
            await interaction.response.send_message(embed=card, view=view)

    ann = double.person("ann")
    async with bare(double, answer) as client:
        tree = app_commands.CommandTree(client)

        @tree.command(description="place an order")
        async def order(_: discord.Interaction, text: str) -> None: ...

        @order.autocomplete("text")
        async def lines(_: discord.Interaction, text: str) -> list[app_commands.Choice[str]]:
            return [app_commands.Choice(name=text, value=text)]

        await tree.sync()
        told["command"] = double.slash(ann, double.channel, "order", text="buy 1")
        card = await double.answer(told["command"])
        told["completion"] = double.complete(ann, double.channel, "order", "text", "bu")
        told["menu"] = double.choose(ann, card, "1")
        told["button"] = double.press(ann, card, "Go")
        told["form"] = double.fill(await double.form(told["button"]), text="buy 2")
        told["direct"] = double.slash(ann, double.direct(ann), "order", text="buy 1")
        await double.wait(lambda: len(client.asked) == len(told))
    return told


async def test_interactions_have_the_shape_of_their_kind(double, asked):
    kinds = {
        "command": wire.interactions.ApplicationCommandInteraction,
        "completion": wire.interactions.ApplicationCommandInteraction,
        "menu": wire.interactions.MessageComponentInteraction,
        "button": wire.interactions.MessageComponentInteraction,
        "form": wire.interactions.ModalSubmitInteraction,
        "direct": wire.interactions.ApplicationCommandInteraction,
    }
    beside = {"member", "user", "message"}  # the library reads them, and its types leave them out
    for name, one in asked.items():
        payload = {key: value for key, value in one.payload.items() if key not in beside}
        assert faults(payload, kinds[name]) == [], name
        if "member" in one.payload:
            assert faults(one.payload["member"], wire.member.MemberWithUser) == []
        if "message" in one.payload:
            assert faults(one.payload["message"], wire.message.Message) == []


async def test_an_acknowledgement_is_answered_in_its_shape(double, asked):
    answers = [call.answer for call in double.calls if call.path.endswith("/callback") and call.answer]
    assert answers
    for answer in answers:
        assert faults(answer, wire.interactions.InteractionCallback) == []


async def test_messages_have_their_shape_wherever_they_are_written(double, asked):
    ann = double.person("bob")
    said = double.say(ann, double.channel, "hello", mention=True)
    double.say(ann, double.channel, "and on", reply_to=said)
    double.edit(said, "hallo")
    double.say(ann, double.direct(ann), "hello")
    double.say(ann, double.make_thread(double.channel, "talk"), "hello")
    written = [each for place in double.world.channels.values() for each in place.messages.values()]
    assert len(written) > 5
    for each in written:
        assert faults(payloads.message(each), wire.message.Message) == []


async def test_a_session_begins_in_its_shape(double):
    async with bare(double):
        session = double.gateway.sessions[0]
    begun = {event["t"]: event["d"] for event in session.events}
    assert faults(begun["READY"], wire.gateway.ReadyEvent) == []
    assert faults(begun["GUILD_CREATE"], wire.guild.Guild) == []


async def test_places_and_people_have_their_shape(double):
    ann = double.person("ann")
    text, thread = double.channel, double.make_thread(double.channel, "talk")
    assert faults(payloads.user(ann), wire.user.User) == []
    assert faults(payloads.member(double.guild.members[ann.id]), wire.member.MemberWithUser) == []
    assert faults(payloads.channel(text, double.world), wire.channel.TextChannel) == []
    assert faults(payloads.channel(thread, double.world), wire.threads.Thread) == []
    assert faults(payloads.channel(double.direct(ann), double.world), wire.channel.DMChannel, "channel") == []


async def test_commands_are_listed_in_their_shape(double, asked):
    for each in double.rest.commands[None]:
        assert faults(each, wire.command.ApplicationCommand) == []
