"""
What the REST routes say of the bot, of guilds and channels, and of the commands that are registered.

    Places ─▶ `rest.Rest`, which adds messages and interactions
"""

from typing import Any, Final

from tests.discord.double import payloads
from tests.discord.double.bits import Intent, Permission
from tests.discord.double.errors import (
    NO_ACCESS,
    NO_PERMISSION,
    UNKNOWN_CHANNEL,
    UNKNOWN_GUILD,
    UNKNOWN_MEMBER,
    UNKNOWN_USER,
    forbidden,
    malformed,
    missing,
)
from tests.discord.double.limits import check_commands
from tests.discord.double.world import Channel, ChannelType, Guild, World

JSON = dict[str, Any]
CONTENT_FLAG: Final = 1 << 19
"""Of an application whose portal has the message-content switch on, below 100 guilds."""


class Places:
    """What the bot may look at; *commands* are those of a guild, and under None those of everywhere."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.gateway_url = ""
        self.commands: dict[str | None, list[JSON]] = {}
        self._command_ids: dict[tuple[str | None, str], str] = {}

    # --- who am I ---

    def me(self, call: Any) -> JSON:
        return payloads.user(self._world.bot) | {"verified": True, "email": None, "flags": 0, "mfa_enabled": False}

    def my_guilds(self, call: Any) -> list[JSON]:
        found = [each for each in self._world.guilds if self._world.bot.id in each.members]
        granted = "0"
        return [
            {"id": each.id, "name": each.name, "icon": None, "owner": False, "permissions": granted, "features": []}
            for each in found
        ]

    def application(self, call: Any) -> JSON:
        flags = CONTENT_FLAG if self._world.portal & Intent.MESSAGE_CONTENT else 0
        return {
            "id": self._world.application_id,
            "name": self._world.bot.name,
            "icon": None,
            "description": "",
            "summary": "",
            "bot_public": False,
            "bot_require_code_grant": False,
            "verify_key": "00",
            "owner": payloads.user(self._world.owner),
            "flags": flags,
        }

    def gateway(self, call: Any) -> JSON:
        limit = {"total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": 1}
        return {"url": self.gateway_url, "shards": 1, "session_start_limit": limit}

    # --- commands ---

    def list_commands(self, call: Any) -> list[JSON]:
        return self.commands.get(call.at.get("guild"), [])

    def put_commands(self, call: Any) -> list[JSON]:
        guild = call.at.get("guild")
        if guild is not None:
            self._guild(call)
        check_commands(call.body)
        self.commands[guild] = [self._registered(guild, sent) for sent in call.body]
        return self.commands[guild]

    def _registered(self, guild: str | None, sent: JSON) -> JSON:
        known = self._command_ids.setdefault((guild, sent["name"]), self._world.ids.next())
        filled = {
            "id": known,
            "application_id": self._world.application_id,
            "version": self._world.ids.next(),
            "type": sent.get("type", 1),
            "options": sent.get("options") or [],
            "contexts": sent.get("contexts") or [0, 1, 2],
            "integration_types": sent.get("integration_types") or [0],
            "default_member_permissions": sent.get("default_member_permissions"),
        }
        kept = {name: value for name, value in sent.items() if value is not None}
        return kept | filled | ({"guild_id": guild} if guild else {})

    # --- what the bot may look at ---

    def user(self, call: Any) -> JSON:
        if (found := self._world.users.get(call.at["user"])) is None:
            raise missing(UNKNOWN_USER)
        return payloads.user(found)

    def _guild(self, call: Any) -> Guild:
        found = next((each for each in self._world.guilds if each.id == call.at["guild"]), None)
        if found is None:
            raise missing(UNKNOWN_GUILD)
        if self._world.bot.id not in found.members:
            raise forbidden(NO_ACCESS)
        return found

    def guild(self, call: Any) -> JSON:
        return payloads.guild(self._guild(call), self._world)

    def guild_channels(self, call: Any) -> list[JSON]:
        return [payloads.channel(each, self._world) for each in self._guild(call).channels]

    def guild_roles(self, call: Any) -> list[JSON]:
        return [payloads.role(each, place) for place, each in enumerate(self._guild(call).roles)]

    def member(self, call: Any) -> JSON:
        if (found := self._guild(call).members.get(call.at["user"])) is None:
            raise missing(UNKNOWN_MEMBER)
        return payloads.member(found)

    def _channel(self, call: Any, *needed: Permission) -> Channel:
        found = self._world.channels.get(call.at["channel"])
        if found is None:
            raise missing(UNKNOWN_CHANNEL)
        may = self._world.bot_may(found)
        if Permission.VIEW_CHANNEL not in may:
            raise forbidden(NO_ACCESS)
        for each in needed:
            if found.type is ChannelType.THREAD and each is Permission.SEND_MESSAGES:
                each = Permission.SEND_MESSAGES_IN_THREADS
            if each not in may:
                raise forbidden(NO_PERMISSION)
        return found

    def channel(self, call: Any) -> JSON:
        return payloads.channel(self._channel(call), self._world)

    def typing(self, call: Any) -> None:
        self._channel(call, Permission.SEND_MESSAGES)

    def open_direct(self, call: Any) -> JSON:
        if (person := self._world.users.get(str(call.body.get("recipient_id")))) is None:
            raise malformed(recipient_id="Unknown user")
        return payloads.channel(self._world.direct(person), self._world)
