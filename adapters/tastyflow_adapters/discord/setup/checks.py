"""
What is looked at in Discord by ``tastyflow discord check``, in the order in which it depends on each other.

    token ─▶ token taken ─▶ application ─▶ intents
                 └─▶ each server: joined, not as administrator ─┬─▶ each channel: there, with what the bot needs
                                                                ├─▶ roles
                                                                └─▶ commands: as they should be?

Nothing is posted and nothing is changed there. Names that come from Discord are a stranger's text: the page of the
check-up makes them safe, as everything it prints.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from functools import partial
from typing import Final

import discord
from attrs import define, field
from pydantic import SecretStr

from tastyflow.errors import TastyflowError
from tastyflow_adapters.checkup import Observation, Probe, fail, ok, warn
from tastyflow_adapters.config.discord_choices import DiscordChoices
from tastyflow_adapters.discord.setup.commands import EVERYWHERE, difference, looked_up, wanted
from tastyflow_adapters.discord.setup.permissions import INVITE, missing
from tastyflow_adapters.discord.setup.visit import told, visiting

PATIENCE_S: Final = 40.0
"""discord.py tries a failed request five times, with growing pauses."""

ORDERS, APPROVALS, OPERATORS = "channel", "approvals channel", "operators channel"
TOKEN, TAKEN, APPLICATION = "token", "token taken", "application"
PRIVATE: Final = (APPROVALS, OPERATORS)
"""Channels that not every member of the server should read."""


def checks(stack: AsyncExitStack, token: SecretStr, here: DiscordChoices) -> Sequence[Probe]:
    """Every check, for `tastyflow_adapters.checkup.examine`; the connection is closed with *stack*."""
    look = _Look(stack, token, here)
    servers = tuple(_server(each) for each in here.guilds)
    places = [(ORDERS, each) for each in here.channels]
    places += [(kind, each) for kind, each in zip(PRIVATE, _posts(here), strict=True) if each]
    return (
        _probe(TAKEN, look.at_token, TOKEN),
        _probe(APPLICATION, look.at_application, TAKEN),
        _probe("intents", look.at_intents, APPLICATION),
        *(_probe(_server(each), partial(look.at_server, each), TAKEN) for each in here.guilds),
        *(_probe(f"{kind} {each}", partial(look.at_channel, kind, each), *servers) for kind, each in places),
        *(_probe(f"role {each}", partial(look.at_role, each), *servers) for each in here.roles),
        *(_probe(f"commands {each}", partial(look.at_commands, each), _server(each)) for each in here.guilds),
        _probe("commands everywhere", partial(look.at_commands, EVERYWHERE), TAKEN),
    )


def _probe(name: str, look: Callable[[], Awaitable[Observation]], *needs: str) -> Probe:
    return Probe(name, look, needs=needs, patience_s=PATIENCE_S)


def _server(guild: str) -> str:
    return f"server {guild}"


def _posts(here: DiscordChoices) -> tuple[str, str]:
    return here.approvals_channel, here.operators_channel


@define
class _Look:
    """One visit: what a check found is there for the next ones."""

    stack: AsyncExitStack
    token: SecretStr
    here: DiscordChoices
    client: discord.Client = field(init=False)
    application: discord.AppInfo = field(init=False)
    members: dict[str, discord.Member] = field(factory=dict)
    channels: dict[str, discord.abc.GuildChannel] = field(factory=dict)

    async def at_token(self) -> Observation:
        self.client = await self.stack.enter_async_context(visiting(self.token))
        return ok(f"Discord takes it: the bot is {self.client.user}")

    async def at_application(self) -> Observation:
        with told():
            self.application = await self.client.application_info()
        if self.application.interactions_endpoint_url:
            return fail(
                "it has an interactions endpoint URL: presses and commands go there, and never to the bot",
                "Take it out in the portal, under General Information.",
            )
        if self.application.bot_public:
            return warn(
                "any user of Discord may add the bot to a server of theirs, where it answers no person",
                "In the portal: Installation, Install Link: None; then Bot, Public Bot: off.",
            )
        return ok("only its owner adds the bot to a server")

    async def at_intents(self) -> Observation:
        flags = self.application.flags
        has_content = flags.gateway_message_content or flags.gateway_message_content_limited
        if not self.here.plain_text:
            return ok("it needs no privileged one")
        if has_content:
            return ok("the message content intent is on")
        return fail(
            "discord.plain_text is on, and the message content intent is off in the portal: the bot would not start",
            "In the portal: Bot, Message Content Intent: on. Or set discord.plain_text to false.",
        )

    async def at_server(self, guild_id: str) -> Observation:
        try:
            with told():
                guild = await self.client.fetch_guild(int(guild_id), with_counts=False)
                member = await guild.fetch_member(self.client.user.id if self.client.user else 0)
                channels = await guild.fetch_channels()
        except TastyflowError as refused:
            if refused.code != "discord_refused":
                raise
            return fail("the bot is not on this server", f"Invite it: {invitation(self.client.application_id)}")
        self.members[guild_id] = member
        self.channels |= {str(each.id): each for each in channels}
        if member.guild_permissions.administrator:
            return warn(
                f"{guild.name}: the bot is administrator there, and may do everything",
                "Take Administrator from its role: it needs six permissions, in the channels that are named.",
            )
        return ok(guild.name)

    async def at_channel(self, kind: str, channel_id: str) -> Observation:
        channel = self.channels.get(channel_id)
        if channel is None:
            return fail(
                "there is no such channel on the servers that are named, or the bot may not see it",
                "Copy its id anew: in Discord's menu of the channel. A thread counts as its channel.",
            )
        takes = (discord.TextChannel, discord.VoiceChannel, discord.StageChannel)
        if not isinstance(channel, takes if kind in PRIVATE else (*takes, discord.ForumChannel)):
            return fail(f"#{channel.name} is of a kind in which nothing can be written", "Name a text channel.")
        if lacks := missing(channel.permissions_for(self.members[str(channel.guild.id)])):
            return fail(
                f"in #{channel.name} the bot may not: {', '.join(lacks)}",
                "In the settings of the channel: Permissions, the bot's role.",
            )
        if kind in PRIVATE and channel_id in self.here.channels:
            return warn(
                f"#{channel.name} is also one where orders are taken: all traders read there what others may lose",
                "Name a channel of its own for it.",
            )
        if kind in PRIVATE and channel.permissions_for(channel.guild.default_role).view_channel:
            return warn(
                f"#{channel.name} can be read by every member of the server",
                "In the settings of the channel: Permissions, Private Channel, for those who need it and the bot.",
            )
        return ok(f"#{channel.name}")

    async def at_role(self, role_id: str) -> Observation:
        for member in self.members.values():
            role = member.guild.get_role(int(role_id))
            if role is not None:
                return ok(role.name)
        return fail("there is no such role on the servers that are named", "Copy its id anew: Server Settings, Roles.")

    async def at_commands(self, guild_id: str) -> Observation:
        should = wanted(self.here)[guild_id]
        differs = difference(guild_id, await looked_up(self.client, guild_id), should)
        if differs.is_none:
            return ok(f"{len(should)}, as they should be" if should else "none, as it should be")
        return fail(f"they differ; a sync brings: {differs.in_words}", "Run: tastyflow discord sync")


def invitation(application: int | None) -> str:
    """The address by which the owner of a server adds the bot, with what it needs and nothing more."""
    return discord.utils.oauth_url(
        application or 0, permissions=discord.Permissions(INVITE), scopes=("bot", "applications.commands")
    )
