"""
`tastyflow discord check` and `sync`: what is found in Discord, what is told there, and that it is REST alone.
"""

import asyncio
import json
import os
from contextlib import AsyncExitStack
from types import SimpleNamespace
from unittest.mock import patch

import keyring.core
import pytest
from attrs import evolve
from keyring.backends import null
from pydantic import SecretStr

from tastyflow.errors import Misconfigured, TastyflowError
from tastyflow_adapters import redaction
from tastyflow_adapters.checkup import ProbeOutcome, ProbeResult, examine
from tastyflow_adapters.cli import program
from tastyflow_adapters.cli.discord_visits import synced
from tastyflow_adapters.discord.commands import COMMANDS, Option, SlashCommand
from tastyflow_adapters.discord.setup.checks import TOKEN as TOKEN_CHECK
from tastyflow_adapters.discord.setup.checks import checks, invitation
from tastyflow_adapters.discord.setup.commands import difference, looked_up, tell, wanted
from tastyflow_adapters.discord.setup.permissions import INVITE, NEEDED
from tastyflow_adapters.discord.setup.visit import visiting
from tests.discord.double import TOKEN
from tests.discord.double.bits import Intent, Permission
from tests.discord.double.world import Role
from tests.discord.kit import choices_for, double_of_discord, without_pauses

pytestmark = pytest.mark.anyio

STRANGE = "803111222333444555"
WRONG = "MTAx.wrong.canary"


async def seen(double, here, token=TOKEN):
    """What the checks find, by name: outcome, what was seen, what to do."""
    known = [ProbeResult(TOKEN_CHECK, "", ProbeOutcome.OK, "")]
    async with AsyncExitStack() as stack:
        looks = checks(stack, SecretStr(token), here)
        found = await examine(looks, begun=lambda _: None, known=known)
    return {each.name: each for each in found}


async def sync(double, here):
    async with visiting(SecretStr(TOKEN)) as client:
        for place, should in wanted(here).items():
            await tell(client, place, should)


def broken(found):
    return {name: each.seen for name, each in found.items() if each.outcome is ProbeOutcome.FAIL}


def doubtful(found):
    return {name: each.seen for name, each in found.items() if each.outcome is ProbeOutcome.WARN}


async def test_all_is_well_where_everything_is_as_the_docs_say(double):
    private = double.make_channel("operators")
    double.set_permissions(private, allow=Permission.VIEW_CHANNEL)
    here = choices_for(double, operators_channel=private.id)
    await sync(double, here)
    found = await seen(double, here)
    assert broken(found) == {}
    assert doubtful(found) == {
        f"operators channel {private.id}": "#operators can be read by every member of the server"
    }
    assert found[f"server {double.guild.id}"].seen == "desk"
    assert found[f"commands {double.guild.id}"].seen == f"{len(COMMANDS)}, as they should be"


async def test_only_rest_is_used_and_nothing_is_posted(double):
    await seen(double, choices_for(double))
    assert double.gateway.connected == []
    assert {call.method for call in double.calls} == {"GET"}


async def test_a_token_that_discord_does_not_take_is_the_one_thing_that_is_broken(double):
    found = await seen(double, choices_for(double), token=WRONG)
    assert list(broken(found)) == ["token taken"]
    assert "Discord does not take the token" in found["token taken"].seen
    assert {each.outcome for name, each in found.items() if name != "token taken"} == {ProbeOutcome.SKIPPED}
    assert "canary" not in str(found)


async def test_the_content_intent_is_needed_for_plain_text_alone(double):
    here = choices_for(double, plain_text=True)
    assert "would not start" in (await seen(double, here))["intents"].seen
    assert "intents" not in broken(await seen(double, choices_for(double)))
    async with double_of_discord(portal=Intent.MESSAGE_CONTENT) as other:
        assert "intents" not in broken(await seen(other, choices_for(other, plain_text=True)))


async def test_a_server_without_the_bot_comes_with_its_invitation(double):
    await sync(double, choices_for(double))
    found = await seen(double, evolve(choices_for(double), guilds=(double.guild.id, STRANGE)))
    assert broken(found) == {f"server {STRANGE}": "the bot is not on this server"}
    told = found[f"server {STRANGE}"].do
    assert f"permissions={INVITE}" in told
    assert "scope=bot+applications.commands" in told
    assert found[f"channel {double.channel.id}"].outcome is ProbeOutcome.SKIPPED


async def test_an_administrator_is_warned_of(double):
    role = Role(double.world.ids.next(), "bots", 1 << 3)
    double.guild.roles.append(role)
    double.guild.members[double.world.bot.id].roles.append(role)
    assert "may do everything" in doubtful(await seen(double, choices_for(double)))[f"server {double.guild.id}"]
    assert not any(each.administrator for each in NEEDED.values())


@pytest.mark.parametrize(
    ("denied", "name"),
    [
        (Permission.SEND_MESSAGES, "Send Messages"),
        (Permission.EMBED_LINKS, "Embed Links"),
        (Permission.READ_MESSAGE_HISTORY, "Read Message History"),
        (Permission.SEND_MESSAGES_IN_THREADS, "Send Messages in Threads"),
        (Permission.ATTACH_FILES, "Attach Files"),
    ],
)
async def test_each_permission_that_a_channel_lacks_is_named(double, denied, name):
    double.set_permissions(double.channel, deny=denied)
    found = await seen(double, choices_for(double))
    assert name in broken(found)[f"channel {double.channel.id}"]


async def test_a_channel_of_approvers_in_which_orders_are_taken_is_doubtful(double):
    both = evolve(choices_for(double), approvals_channel=double.channel.id)
    assert any("what others may lose" in said for said in doubtful(await seen(double, both)).values())


async def test_what_does_not_exist_there_is_named(double):
    here = evolve(choices_for(double), channels=(STRANGE,), approvals_channel=double.channel.id, roles=(STRANGE,))
    found = await seen(double, here)
    assert {f"channel {STRANGE}", f"role {STRANGE}"} <= {*broken(found)}
    role = double.world.make_role("traders")
    assert f"role {role.id}" not in broken(await seen(double, evolve(here, roles=(role.id,))))


async def test_an_endpoint_that_would_take_the_presses_away_is_broken(double):
    public = double.rest.application(None) | {"bot_public": True}
    taken = public | {"interactions_endpoint_url": "https://elsewhere.example"}
    double.fail("GET", "/oauth2/applications/@me", 200, document=taken, times=None)
    assert "never to the bot" in broken(await seen(double, choices_for(double)))["application"]
    double.mend()
    double.fail("GET", "/oauth2/applications/@me", 200, document=public, times=None)
    assert "any user of Discord may add the bot" in doubtful(await seen(double, choices_for(double)))["application"]


async def test_a_discord_that_fails_is_no_wrong_token(double):
    double.fail("GET", "/users/@me", 503, times=None)
    with without_pauses():
        found = await seen(double, choices_for(double))
    assert "does not answer as it should" in found["token taken"].seen
    assert "HTTPException" in found["token taken"].seen or "DiscordServerError" in found["token taken"].seen


async def test_a_discord_that_is_not_there_is_said(double):
    await double.server.stop()
    assert "does not answer as it should" in (await seen(double, choices_for(double)))["token taken"].seen


# ── commands ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def _nothing(_chat, _request):
    return None


ROWS = (
    SlashCommand("orders", "Your orders", _nothing),
    SlashCommand("order", "An order", _nothing, (Option("text", "In words", is_required=True),)),
)


async def test_commands_are_told_for_servers_and_in_direct_messages_each_once(double):
    here = choices_for(double)
    await sync(double, here)
    in_guild, everywhere = double.rest.commands[double.guild.id], double.rest.commands[None]
    assert [each["name"] for each in in_guild] == [each["name"] for each in everywhere] == [c.name for c in COMMANDS]
    assert {tuple(each["contexts"]) for each in everywhere} == {(1,)}  # in direct messages with the bot alone
    offered = [each for each in (*in_guild, *everywhere) if 0 in each["contexts"]]
    assert len(offered) == len(COMMANDS)


async def test_without_direct_messages_copies_for_everywhere_are_removed(double):
    await sync(double, choices_for(double))
    here = choices_for(double, direct_messages=False)
    assert "commands everywhere" in broken(await seen(double, here))
    await sync(double, here)
    assert double.rest.commands[None] == []
    assert broken(await seen(double, here)) == {}


async def test_what_discord_has_is_what_was_told(double):
    """Whatever it adds and leaves out, it is no difference."""
    here = choices_for(double)
    await sync(double, here)
    async with visiting(SecretStr(TOKEN)) as client:
        for place, should in wanted(here).items():
            assert difference(place, await looked_up(client, place), should).is_none


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (ROWS[:1], "removed /order"),
        ((*ROWS, SlashCommand("new", "x", _nothing)), "added /new"),
        ((evolve(ROWS[0], description="Others"), ROWS[1]), "changed /orders"),
        ((ROWS[0], evolve(ROWS[1], options=())), "changed /order"),
        ((ROWS[0], evolve(ROWS[1], options=(Option("text", "In words"),))), "changed /order"),
        ((ROWS[0], evolve(ROWS[1], options=(Option("text", "Words", is_required=True),))), "changed /order"),
        (
            (ROWS[0], evolve(ROWS[1], options=(Option("text", "In words", is_required=True, longest=9),))),
            "changed /order",
        ),
        ((ROWS[0], evolve(ROWS[1], options=(Option("text", "In words", True, ("a", "b")),))), "changed /order"),
        (ROWS[::-1], ""),
    ],
)
async def test_every_change_of_a_command_is_a_difference(double, after, words):
    here = choices_for(double)
    before = wanted(here, ROWS)[double.guild.id]
    assert difference(double.guild.id, before, wanted(here, after)[double.guild.id]).in_words == words


async def test_where_discord_lists_no_commands_the_invitation_lacked_a_scope(double):
    double.fail("GET", "/guilds/.*/commands", 403, code=50001, times=None)
    found = await seen(double, choices_for(double))
    assert "Discord refuses that" in broken(found)[f"commands {double.guild.id}"]


async def test_a_failure_of_discord_is_one_of_ours_and_says_no_token(double):
    double.fail("PUT", "/commands", 400, code=30034)
    async with visiting(SecretStr(TOKEN)) as client:
        with pytest.raises(TastyflowError) as told:
            await tell(client, double.guild.id, [])
        assert TOKEN not in told.value.message
    with pytest.raises(Misconfigured, match="does not take the token"):
        async with visiting(SecretStr(WRONG)):
            pass


async def test_where_nothing_differs_nothing_is_told_unless_it_is_forced(double):
    chosen = SimpleNamespace(discord=evolve(choices_for(double), guilds=(STRANGE, double.guild.id)))
    double.fail("GET", f"/guilds/{STRANGE}/commands", 403, code=50001, times=None)

    async def told(*, force=False):
        before = len(double.calls)
        done = dict(await synced(chosen, SecretStr(TOKEN), force=force))
        refused = done.pop(STRANGE)
        assert isinstance(refused, TastyflowError)  # what one server refuses keeps no other from being told
        return {each.in_words[:5] for each in done.values()}, [c.method for c in double.calls[before:]].count("PUT")

    assert await told() == ({"added"}, 2)
    assert await told() == ({""}, 0)
    assert await told(force=True) == ({""}, 2)


def test_the_invitation_asks_for_what_is_needed_and_nothing_more():
    assert len(NEEDED) == 6
    assert f"permissions={INVITE}&" in f"{invitation(1)}&"
    assert INVITE & (1 << 3 | 1 << 13) == 0  # Administrator, Manage Messages


# ── the command line ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def typed(double, tmp_path, capsys, monkeypatch):
    """Runs ``tastyflow discord *words*`` in a thread: it speaks to the double, which serves in this one."""
    monkeypatch.setattr(keyring.core, "_keyring_backend", null.Keyring())
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TASTYFLOW_")}
    chosen = {
        "TASTYFLOW_HOME": str(tmp_path / "home"),
        "TASTYFLOW_DISCORD__TOKEN": TOKEN,
        "TASTYFLOW_DISCORD__GUILDS": double.guild.id,
        "TASTYFLOW_DISCORD__CHANNELS": double.channel.id,
    }

    async def run(*words, **variables):
        capsys.readouterr()
        try:
            with patch.dict(os.environ, kept | chosen | variables, clear=True):
                code = await asyncio.to_thread(program.run, ["discord", *words])
        finally:
            redaction.uninstall()
        said = capsys.readouterr()
        assert TOKEN not in said.out + said.err
        return code, said.out, said.err

    return run


async def test_a_bot_is_set_up_checked_and_told_on_the_command_line(double, typed):
    code, said, _ = await typed("check")
    assert code == 1
    assert "Run: tastyflow discord sync" in said
    code, said, _ = await typed("sync")
    lines = said.splitlines()
    assert (code, lines[-1]) == (0, "everywhere: nothing new")
    assert lines[0].startswith(f"server {double.guild.id}: added /approvals, ")
    code, said, _ = await typed("check", "--json")
    outcomes = {each["name"]: each["outcome"] for each in json.loads(said)["checks"]}
    assert code == 4
    assert {name for name, outcome in outcomes.items() if outcome != "ok"} == {"linked traders"}
    code, said, _ = await typed("sync", "--json")
    assert (code, json.loads(said)["places"][0]) == (
        0, {"guild": double.guild.id, "added": [], "changed": [], "removed": [], "error": None},
    )  # fmt: skip


async def test_what_keeps_a_sync_from_being_done_has_one_line_and_its_exit_code(double, typed):
    off = {"TASTYFLOW_DISCORD__GUILDS": "", "TASTYFLOW_DISCORD__CHANNELS": ""}
    for variables, words in (
        ({"TASTYFLOW_DISCORD__TOKEN": WRONG}, "Discord does not take the token of the bot."),
        ({"TASTYFLOW_DISCORD__TOKEN": ""}, "the token of the bot is not set"),
        (off, "it is off"),
    ):
        code, _, told = await typed("sync", **variables)
        assert (code, words in told.splitlines()[0], WRONG in told) == (3, True, False)
    code, said, _ = await typed("check", **off)
    assert (code, "it is off" in said) == (4, True)
    double.fail("GET", "/guilds/.*/commands", 403, code=50001, times=None)
    code, said, _ = await typed("sync")
    assert (code, "not told. Discord refuses that" in said) == (1, True)


async def test_names_from_discord_are_only_text_in_a_terminal(double, typed):
    double.guild.name = "desk\x1b[31m\u202e\nall is well"
    code, said, _ = await typed("check")
    assert code == 1
    assert not {"\x1b", "\u202e"} & {*said}
    assert "desk\\x1b[31m\\u202e all is well" in said
