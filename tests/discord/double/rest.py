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
from tests.discord.double.bits import Permission
from tests.discord.double.errors import (
    DIRECT_CLOSED,
    NO_PERMISSION,
    NOT_THE_AUTHOR,
    OLD_MESSAGE_EDITED_TOO_OFTEN,
    THREAD_ARCHIVED,
    UNKNOWN_MESSAGE,
    ApiError,
    forbidden,
    malformed,
    missing,
)
from tests.discord.double.interactions import Interactions, changed_by
from tests.discord.double.limits import check_message
from tests.discord.double.places import Places
from tests.discord.double.posting import Posting
from tests.discord.double.world import Channel, Message, World

JSON = dict[str, Any]
OLD_S: Final = 3600.0
OLD_EDITS: Final = 3
"""How many edits a message older than an hour takes, here; Discord does not tell its number."""


class Rest(Places):
    """What each route does. A body is read before: a handler gets the call, and gives a document or None (204)."""

    def __init__(self, world: World, posting: Posting, interactions: Interactions, now_s: Any) -> None:
        super().__init__(world)
        self._posting, self._interactions, self._now_s = posting, interactions, now_s
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
        check_message(changed_by(found, call.body), files=len(call.files) + len(found.attachments))
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
