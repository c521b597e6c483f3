"""
The REST routes that a bot of this kind uses, below ``/api/v10``; anything else is a 404 that a test can look up.

    /users/@me  /applications/@me  /gateway/bot       who am I, where do I listen
    /applications/{app}/[guilds/{g}/]commands         the slash commands
    /guilds/{g}  /channels/{c}                        what the bot may look at
    /channels/{c}/messages …                          write, change, read, take away
    /interactions/{id}/{token}/callback               acknowledge
    /webhooks/{app}/{token} …                         what comes after
"""

from typing import Any, Final

from tests.discord.double import payloads
from tests.discord.double.errors import (
    DIRECT_CLOSED,
    NO_ACCESS,
    NO_PERMISSION,
    NOT_THE_AUTHOR,
    OLD_MESSAGE_EDITED_TOO_OFTEN,
    THREAD_ARCHIVED,
    UNKNOWN_CHANNEL,
    UNKNOWN_GUILD,
    UNKNOWN_MEMBER,
    UNKNOWN_MESSAGE,
    UNKNOWN_USER,
    ApiError,
    forbidden,
    malformed,
    missing,
)
from tests.discord.double.interactions import Interactions, _after
from tests.discord.double.limits import check_commands, check_message
from tests.discord.double.posting import Posting
from tests.discord.double.world import Channel, ChannelType, Guild, Intent, Message, Permission, World

JSON = dict[str, Any]
OLD_S: Final = 3600.0
OLD_EDITS: Final = 3
"""How many edits a message older than an hour takes, here; Discord does not tell its number."""

CONTENT_FLAG: Final = 1 << 19
"""Of an application whose portal has the message-content switch on, below 100 guilds."""


class Rest:
    """What each route does. A body is read before: a handler gets the call, and gives a document or None (204)."""

    def __init__(self, world: World, posting: Posting, interactions: Interactions, now_s: Any) -> None:
        self._world, self._posting, self._interactions, self._now_s = world, posting, interactions, now_s
        self.gateway_url = ""
        self.commands: dict[str | None, list[JSON]] = {}
        self._command_ids: dict[tuple[str | None, str], str] = {}
        self._nonces: dict[tuple[str, str], Message] = {}
        self._old_edits: dict[str, int] = {}

    @property
    def routes(self) -> list[tuple[str, str, Any]]:
        app, message = "/applications/{app}", "/channels/{channel}/messages/{message}"
        hook = "/webhooks/{app}/{token}"
        return [
            ("GET", "/users/@me", self.me),
            ("GET", "/users/@me/guilds", self.my_guilds),
            ("POST", "/users/@me/channels", self.open_direct),
            ("GET", "/users/{user}", self.user),
            ("GET", "/oauth2/applications/@me", self.application),
            ("GET", "/applications/@me", self.application),
            ("GET", "/gateway", self.gateway),
            ("GET", "/gateway/bot", self.gateway),
            ("GET", f"{app}/commands", self.list_commands),
            ("PUT", f"{app}/commands", self.put_commands),
            ("GET", f"{app}/guilds/{{guild}}/commands", self.list_commands),
            ("PUT", f"{app}/guilds/{{guild}}/commands", self.put_commands),
            ("GET", "/guilds/{guild}", self.guild),
            ("GET", "/guilds/{guild}/channels", self.guild_channels),
            ("GET", "/guilds/{guild}/roles", self.guild_roles),
            ("GET", "/guilds/{guild}/members/{user}", self.member),
            ("GET", "/channels/{channel}", self.channel),
            ("POST", "/channels/{channel}/typing", self.typing),
            ("GET", "/channels/{channel}/messages", self.history),
            ("POST", "/channels/{channel}/messages", self.post),
            ("GET", message, self.get),
            ("PATCH", message, self.patch),
            ("DELETE", message, self.delete),
            ("PUT", message + "/reactions/{emoji}/@me", self.react),
            ("POST", "/interactions/{id}/{token}/callback", self.callback),
            ("POST", hook, self.follow_up),
            ("GET", hook + "/messages/{message}", self.get_follow_up),
            ("PATCH", hook + "/messages/{message}", self.patch_follow_up),
            ("DELETE", hook + "/messages/{message}", self.delete_follow_up),
        ]

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

    # --- messages ---

    def _message(self, call: Any, *needed: Permission) -> Message:
        found = self._channel(call, *needed).messages.get(call.at["message"])
        if found is None or found.only_for is not None:  # a private one is reached by its token alone
            raise missing(UNKNOWN_MESSAGE)
        return found

    def history(self, call: Any) -> list[JSON]:
        place = self._channel(call, Permission.READ_MESSAGE_HISTORY)
        seen = [each for each in place.messages.values() if each.only_for is None]
        after, before = int(call.query.get("after", 0)), int(call.query.get("before", 1 << 63))
        seen = [each for each in seen if after < int(each.id) < before]
        most = int(call.query.get("limit", 50))
        return [payloads.message(each) for each in reversed(seen[:most] if after else seen[-most:])]

    def post(self, call: Any) -> JSON:
        needed = [Permission.SEND_MESSAGES]
        needed += [Permission.EMBED_LINKS] if call.body.get("embeds") else []
        needed += [Permission.ATTACH_FILES] if call.files else []
        place = self._channel(call, *needed)
        if place.is_locked:
            raise ApiError(400, THREAD_ARCHIVED)
        if place.person is not None and not place.person.takes_direct:
            raise forbidden(DIRECT_CLOSED)
        check_message(call.body, files=len(call.files))
        nonce = call.body.get("nonce")
        known = self._nonces.get((place.id, str(nonce))) if nonce is not None else None
        if known is not None and call.body.get("enforce_nonce"):
            return payloads.message(known)
        reply_to = self._reply_to(place, call.body.get("message_reference"))
        made = self._posting.make(place, self._world.bot, nonce=nonce, reply_to=reply_to)
        self._posting.fill(made, call.body, call.files)
        if nonce is not None:
            self._nonces[place.id, str(nonce)] = made
        self._posting.announce(made)
        return payloads.message(made)

    def _reply_to(self, place: Channel, reference: JSON | None) -> Message | None:
        if reference is None:
            return None
        found = place.messages.get(str(reference.get("message_id")))
        if found is None and reference.get("fail_if_not_exists", True):
            raise malformed(message_reference="Unknown message")
        return found

    def get(self, call: Any) -> JSON:
        return payloads.message(self._message(call, Permission.READ_MESSAGE_HISTORY))

    def patch(self, call: Any) -> JSON:
        found = self._message(call)
        if found.author is not self._world.bot:
            raise forbidden(NOT_THE_AUTHOR)
        if found.channel.is_archived:
            raise ApiError(400, THREAD_ARCHIVED)
        if self._now_s() - found.made_s > OLD_S:
            self._old_edits[found.id] = self._old_edits.get(found.id, 0) + 1
            if self._old_edits[found.id] > OLD_EDITS:
                raise ApiError(429, OLD_MESSAGE_EDITED_TOO_OFTEN, retry_after_s=300.0)
        check_message(_after(found, call.body), files=len(call.files) + len(found.attachments))
        self._posting.change(found, call.body, call.files)
        return payloads.message(found)

    def delete(self, call: Any) -> None:
        found = self._message(call)
        if found.author is not self._world.bot:
            raise forbidden(NO_PERMISSION)
        self._posting.delete(found)

    def react(self, call: Any) -> None:
        self._message(call, Permission.ADD_REACTIONS)

    # --- interactions ---

    def callback(self, call: Any) -> JSON | None:
        said = self._interactions.callback(call.at["id"], call.at["token"], call.body, call.files)
        return said if call.query.get("with_response") in ("1", "true") else None

    def follow_up(self, call: Any) -> JSON | None:
        made = self._interactions.follow_up(call.at["token"], call.body, call.files)
        return payloads.message(made) if call.query.get("wait") in ("1", "true") else None

    def get_follow_up(self, call: Any) -> JSON:
        return payloads.message(self._interactions.find(call.at["token"], call.at["message"]))

    def patch_follow_up(self, call: Any) -> JSON:
        args = (call.at["token"], call.at["message"], call.body, call.files)
        return payloads.message(self._interactions.change(*args))

    def delete_follow_up(self, call: Any) -> None:
        self._interactions.delete(call.at["token"], call.at["message"])
