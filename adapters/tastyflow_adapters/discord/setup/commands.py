"""
The slash commands as Discord is told of them, and what would change there.

    COMMANDS ─▶ wanted(here) ─┬─ for each server: there at once, with all of them
                              └─ everywhere: for direct messages alone, where those are taken; else none
    Discord has ─▶ `Difference`: added, changed, removed ─▶ told, only where there is one

Discord shows the commands of a server in that server alone, and those for everywhere in direct messages too. Told for
both without a context, each would show twice.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import discord
from attrs import frozen
from discord import app_commands

from tastyflow_adapters.config.discord_choices import DiscordChoices
from tastyflow_adapters.discord.commands import COMMANDS, Option, SlashCommand
from tastyflow_adapters.discord.dialogue.arrivals import Arrived
from tastyflow_adapters.discord.dialogue.tree import command_of
from tastyflow_adapters.discord.setup.visit import told

EVERYWHERE: Final = ""
"""The place of commands that are not one server's."""

Payload = dict[str, Any]
"""One command, as JSON."""

_DIRECT: Final = 1
_INSTALLED_IN_SERVERS: Final = 0
_ONLY_EVERYWHERE: Final = ("contexts", "integration_types", "dm_permission")
"""What says where a command shows; of a server's own it says nothing."""


@frozen
class Difference:
    """
    What Discord has in one place, against what it should have.

    Attributes:
        guild: The id of the server; empty for everywhere.
        added, changed, removed: Names of commands.
    """

    guild: str
    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]

    @property
    def is_none(self) -> bool:
        """Whether Discord has it right."""
        return not (self.added or self.changed or self.removed)

    @property
    def in_words(self) -> str:
        """``added /orders, /quote; removed /old``."""
        kinds = (("added", self.added), ("changed", self.changed), ("removed", self.removed))
        return "; ".join(f"{kind} {', '.join(f'/{name}' for name in names)}" for kind, names in kinds if names)


def wanted(here: DiscordChoices, rows: Sequence[SlashCommand] = COMMANDS) -> Mapping[str, Sequence[Payload]]:
    """What Discord should have, by the id of each server, and `EVERYWHERE`."""
    all_of_them = _payloads(rows)
    in_a_server = [{key: value for key, value in each.items() if key not in _ONLY_EVERYWHERE} for each in all_of_them]
    direct = [
        each | {"contexts": [_DIRECT], "integration_types": [_INSTALLED_IN_SERVERS], "dm_permission": True}
        for each in all_of_them
    ]
    return {**dict.fromkeys(here.guilds, in_a_server), EVERYWHERE: direct if here.direct_messages else []}


def difference(guild: str, has: Sequence[Mapping[str, Any]], should: Sequence[Mapping[str, Any]]) -> Difference:
    """What would change in one place."""
    before = {str(each["name"]): _essence(each, guild) for each in has}
    after = {str(each["name"]): _essence(each, guild) for each in should}
    return Difference(
        guild,
        added=tuple(sorted(after.keys() - before.keys())),
        changed=tuple(sorted(name for name in after.keys() & before.keys() if after[name] != before[name])),
        removed=tuple(sorted(before.keys() - after.keys())),
    )


async def looked_up(client: discord.Client, guild: str) -> Sequence[Mapping[str, Any]]:
    """
    The commands that Discord has for *guild*, or for everywhere.

    Raises:
        TastyflowError: As `visit.told`.
    """
    with told():
        if guild == EVERYWHERE:
            return await client.http.get_global_commands(_application(client))
        return await client.http.get_guild_commands(_application(client), int(guild))


async def tell(client: discord.Client, guild: str, should: Sequence[Payload]) -> None:
    """
    Tell Discord all the commands of one place; what it has beside them is removed.

    Raises:
        TastyflowError: As `visit.told`.
    """
    with told():
        if guild == EVERYWHERE:
            await client.http.bulk_upsert_global_commands(_application(client), list(should))
        else:
            await client.http.bulk_upsert_guild_commands(_application(client), int(guild), list(should))


def _application(client: discord.Client) -> int:
    if client.application_id is None:
        raise RuntimeError("the client is not logged in")
    return client.application_id


def _payloads(rows: Sequence[SlashCommand]) -> list[Payload]:
    tree: app_commands.CommandTree[discord.Client] = app_commands.CommandTree(
        discord.Client(intents=discord.Intents(guilds=True))
    )
    return [command_of(row, _not_called, _nothing_offered).to_dict(tree) for row in rows]


async def _not_called(_arrived: Arrived, _row: SlashCommand) -> None:
    raise RuntimeError("a command that is only described was called")


async def _nothing_offered(
    _arrived: Arrived, _row: SlashCommand, _option: Option, _typed: str
) -> Sequence[tuple[str, str]]:
    return ()


def _essence(command: Mapping[str, Any], guild: str) -> Payload:
    """What of a command can differ: Discord adds ids and versions, and leaves out what is as usual."""
    kept: Payload = {
        "description": command.get("description", ""),
        "type": command.get("type") or 1,
        "options": [_of_option(each) for each in command.get("options") or ()],
        "permissions": command.get("default_member_permissions"),
        "nsfw": bool(command.get("nsfw")),
    }
    return kept if guild else kept | {"contexts": sorted(command.get("contexts") or ())}


def _of_option(option: Mapping[str, Any]) -> Payload:
    return {
        "name": option["name"],
        "description": option.get("description", ""),
        "type": option["type"],
        "required": bool(option.get("required")),
        "autocomplete": bool(option.get("autocomplete")),
        "choices": [(each["name"], each["value"]) for each in option.get("choices") or ()],
        "lengths": (option.get("min_length") or 0, option.get("max_length")),
    }
