"""How an interaction is acknowledged, in time and once, and what may follow; with what discord.py makes of it."""

from collections.abc import Awaitable, Callable
from typing import Any

import discord
import pytest
from discord import app_commands

from tests.discord.bare import bare
from tests.discord.kit import without_pauses

pytestmark = pytest.mark.anyio
COMMAND = {"id": "1", "name": "order", "type": 1, "options": []}


async def ask(double, doing: Callable[[discord.Interaction], Awaitable[Any]], *, direct: bool = False):
    """What *doing* makes of a command: the interaction, and what it raised."""
    ann = double.person("ann")
    async with bare(double, doing) as client:
        asked = double.ask(ann, double.direct(ann) if direct else double.channel, 2, COMMAND)
        await double.wait(lambda: client.raised or getattr(asked, "done", False))
        return asked, client.raised


def then(double, *steps: Callable[[discord.Interaction], Awaitable[Any]]):
    """Do *steps*, and mark the interaction as done."""

    async def doing(interaction: discord.Interaction) -> None:
        for step in steps:
            await step(interaction)
        double.interactions.asked[str(interaction.id)].done = True
        double.gateway.changed.set()

    return doing


async def test_the_first_word_after_thinking_takes_its_place_and_its_privacy(double):
    asked, _ = await ask(
        double,
        then(
            double,
            lambda i: i.response.defer(ephemeral=True, thinking=True),
            lambda i: i.followup.send("thought of"),
            lambda i: i.followup.send("and this"),
        ),
    )
    assert asked.answers == [5]
    assert [each.content for each in (asked.original, *asked.follow_ups)] == ["thought of", "and this"]
    assert asked.original.only_for is asked.person
    assert not asked.original.is_loading
    assert asked.follow_ups[0].only_for is None, "the second one says for itself who sees it"


async def test_what_answered_is_changed_and_taken_away_by_its_token(double):
    asked, _ = await ask(
        double,
        then(
            double,
            lambda i: i.response.send_message("one", ephemeral=True),
            lambda i: i.edit_original_response(content="two"),
        ),
    )
    assert asked.original.content == "two"
    asked, raised = await ask(
        double,
        then(
            double,
            lambda i: i.response.send_message("one", ephemeral=True),
            lambda i: i.delete_original_response(),
            lambda i: i.edit_original_response(content="two"),
        ),
    )
    assert [error.code for error in raised] == [10008]


async def test_a_private_message_is_not_reached_by_its_channel(double):
    async def by_channel(interaction: discord.Interaction) -> None:
        message = await interaction.original_response()
        place = interaction.client.get_partial_messageable(interaction.channel_id)
        await place.get_partial_message(message.id).edit(content="mine")

    _, raised = await ask(double, then(double, lambda i: i.response.send_message("one", ephemeral=True), by_channel))
    assert [(error.status, error.code) for error in raised] == [(404, 10008)]


async def test_nothing_follows_before_it_is_acknowledged(double):
    _, raised = await ask(double, then(double, lambda i: i.followup.send("too soon")))
    assert [(error.status, error.code) for error in raised] == [(404, 10015)]


async def test_a_token_ends_after_a_quarter_of_an_hour(double):
    async def later(_: discord.Interaction) -> None:
        double.turn(15 * 60 + 1)

    steps = (lambda i: i.response.defer(ephemeral=True), later, lambda i: i.followup.send("too late"))
    _, raised = await ask(double, then(double, *steps))
    assert [(error.status, error.code) for error in raised] == [(401, 50027)]


async def test_a_follow_up_that_was_lost_behind_an_error_is_written_twice(double):
    double.fail("POST", "/webhooks/", 500, apply_first=True)
    with without_pauses():
        asked, _ = await ask(
            double, then(double, lambda i: i.response.send_message("one"), lambda i: i.followup.send("again"))
        )
    assert [each.content for each in asked.follow_ups] == ["again", "again"]


async def test_an_acknowledgement_that_was_lost_behind_an_error_is_refused_at_its_next_try(double):
    double.fail("POST", "/callback", 500, apply_first=True)
    with without_pauses():
        asked, raised = await ask(double, then(double, lambda i: i.response.send_message("one", ephemeral=True)))
    assert [error.code for error in raised] == [40060]
    assert asked.original.content == "one", "the person sees it"


async def test_a_form_is_no_answer_to_a_form(double):
    async def form(interaction: discord.Interaction) -> None:
        shown = discord.ui.Modal(title="Change", custom_id="form")
        shown.add_item(discord.ui.TextInput(label="Order", custom_id="text", default="buy 1"))
        await interaction.response.send_modal(shown)

    asked, _ = await ask(double, then(double, form))
    assert asked.form is not None
    assert asked.form.values == {"text": "buy 1"}

    async def forced(interaction: discord.Interaction) -> None:  # the library refuses it by itself
        route = f"/interactions/{interaction.id}/{interaction.token}/callback"
        await interaction.client.http.request(discord.http.Route("POST", route), json={"type": 9, "data": {}})

    async with bare(double, forced) as client:
        double.fill(asked.form, order="buy 2")
        await double.wait(lambda: client.raised)
        assert [error.code for error in client.raised] == [50035]


@pytest.mark.parametrize(
    "form",
    [
        {"title": "t" * 46, "custom_id": "f"},
        {"title": "t", "custom_id": "f" * 101},
        {"title": "t", "custom_id": "f", "labels": ["l" * 46]},
        {"title": "t", "custom_id": "f", "labels": []},
        {"title": "t", "custom_id": "f", "labels": list("abcdef")},
    ],
)
async def test_a_form_over_its_limits_is_refused(double, form):
    rows = [
        {"type": 18, "label": label, "component": {"type": 4, "custom_id": f"t{place}", "style": 1}}
        for place, label in enumerate(form.pop("labels", ["Order"]))
    ]

    async def shown(interaction: discord.Interaction) -> None:
        route = f"/interactions/{interaction.id}/{interaction.token}/callback"
        body = {"type": 9, "data": form | {"components": rows}}
        await interaction.client.http.request(discord.http.Route("POST", route), json=body)

    _, raised = await ask(double, shown)
    assert [error.code for error in raised] == [50035]


async def test_in_direct_messages_there_is_a_person_and_no_guild(double):
    seen = []

    async def look(interaction: discord.Interaction) -> None:
        seen.append((interaction.guild, interaction.user.id, interaction.channel.type, interaction.context))

    asked, _ = await ask(double, then(double, look), direct=True)
    assert seen[0][:3] == (None, int(asked.person.id), discord.ChannelType.private)
    assert seen[0][3].dm_channel


async def test_in_a_thread_its_parent_is_told(double):
    seen = []
    thread = double.make_thread(double.channel, "talk")

    async def look(interaction: discord.Interaction) -> None:
        seen.append((interaction.channel.type, interaction.channel.parent_id))

    async with bare(double, look):
        double.ask(double.person("ann"), thread, 2, COMMAND)
        await double.wait(lambda: seen)
    assert seen == [(discord.ChannelType.public_thread, int(double.channel.id))]


async def test_the_roles_of_a_member_are_told_as_they_are_now(double):
    ann, role = double.person("ann"), double.world.make_role("trader")
    seen = []

    async def look(interaction: discord.Interaction) -> None:
        seen.append([each.id for each in interaction.user.roles])

    async with bare(double, look):
        double.ask(ann, double.channel, 2, COMMAND)
        await double.wait(lambda: seen)
        double.guild.members[ann.id].roles.append(role)
        double.ask(ann, double.channel, 2, COMMAND)
        await double.wait(lambda: len(seen) == 2)
    assert int(role.id) not in seen[0]


async def test_a_command_of_a_guild_is_not_offered_elsewhere(double):
    ann = double.person("ann")
    async with bare(double) as client:
        tree = app_commands.CommandTree(client)

        @tree.command(description="place an order", guild=discord.Object(int(double.guild.id)))
        async def order(_: discord.Interaction, text: str) -> None: ...

        await tree.sync(guild=discord.Object(int(double.guild.id)))
        double.slash(ann, double.channel, "order", text="buy 1")
        with pytest.raises(AssertionError, match="no /order here"):
            double.slash(ann, double.direct(ann), "order", text="buy 1")
        with pytest.raises(AssertionError, match="not sent without"):
            double.slash(ann, double.channel, "order")
        with pytest.raises(AssertionError, match="no option"):
            double.slash(ann, double.channel, "order", text="buy 1", lots="2")


@pytest.mark.parametrize(
    "changed",
    [
        {"name": "Order"},
        {"name": "or der"},
        {"name": "o" * 33},
        {"description": ""},
        {"description": "d" * 101},
        {"options": [{"name": f"o{number}", "description": "d", "type": 3} for number in range(26)]},
        {
            "options": [
                {"name": "a", "description": "d", "type": 3},
                {"name": "b", "description": "d", "type": 3, "required": True},
            ]
        },
    ],
)
async def test_a_command_over_its_limits_is_refused(double, changed):
    usual = {"name": "order", "description": "place an order", "type": 1}
    async with bare(double) as client:
        with pytest.raises(discord.HTTPException) as raised:
            await client.http.bulk_upsert_global_commands(client.application_id, [usual | changed])
    assert raised.value.code == 50035
    assert not double.rest.commands
