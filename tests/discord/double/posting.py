"""
Messages as they are written, changed and taken away; each change is told to the sessions, but of a private one.

    make ─▶ fill ─▶ announce        change        delete
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from tests.discord.double.bits import EPHEMERAL, LOADING
from tests.discord.double.gateway import Gateway
from tests.discord.double.world import Attachment, Channel, Message, User, World

JSON = dict[str, Any]
File = tuple[str, bytes]
"""The name of a file, and what is in it."""


class Posting:
    """
    Attributes:
        now, now_s: What stands on an edit, and the clock that deadlines are held against.
    """

    def __init__(self, world: World, gateway: Gateway, now: Callable[[], datetime], now_s: Callable[[], float]) -> None:
        self._world, self._gateway, self._now, self._now_s = world, gateway, now, now_s

    @property
    def bot(self) -> User:
        return self._world.bot

    def make(self, channel: Channel, author: User, *, age_s: float = 0.0, **what: Any) -> Message:
        made = Message(self._world.ids.next(age_s=age_s), channel, author, made_s=self._now_s() - age_s, **what)
        channel.messages[made.id] = made
        return made

    def fill(self, message: Message, body: JSON, files: Sequence[File] = ()) -> None:
        """What *body* names takes the place of what was there."""
        if "content" in body:
            message.content = body["content"] or ""
        if "embeds" in body:
            message.embeds = [{"type": "rich"} | each for each in body["embeds"] or []]
        if "components" in body:
            message.components = body["components"] or []
        if "attachments" in body or files:
            if "attachments" in body:
                kept = {str(each["id"]) for each in body["attachments"] or ()}
                message.attachments = [each for each in message.attachments if each.id in kept]
            message.attachments += [Attachment(self._world.ids.next(), name, content) for name, content in files]
        message.flags = message.flags & (EPHEMERAL | LOADING) | (body.get("flags") or 0) & ~EPHEMERAL
        message.pings = pings_of(message.content, body.get("allowed_mentions"))

    def announce(self, message: Message) -> None:
        """Tell of *message*, which is written; it wakes a thread that rests."""
        if message.channel.is_archived and not message.channel.is_locked:
            message.channel.is_archived = False
            self._gateway.tell_channel(message.channel, "THREAD_UPDATE")
        if message.only_for is None:
            self._gateway.tell_message("MESSAGE_CREATE", message)
        self._gateway.changed.set()

    def change(self, message: Message | None, body: JSON, files: Sequence[File] = ()) -> None:
        """What it says from now on. What was "thinking" has been thought of."""
        assert message is not None
        message.is_loading = False
        message.flags &= ~LOADING
        self.fill(message, {"flags": message.flags} | body, files)
        message.edited = self._now().isoformat()
        if message.only_for is None:
            self._gateway.tell_message("MESSAGE_UPDATE", message)
        self._gateway.changed.set()

    def delete(self, message: Message) -> None:
        message.is_deleted = True
        message.channel.messages.pop(message.id, None)
        if message.only_for is None:
            self._gateway.tell_deleted(message)
        self._gateway.changed.set()


def pings_of(content: str, allowed: JSON | None) -> list[str]:
    """Who is alerted by a text of the bot: without *allowed_mentions*, each person and group that it names."""
    kinds = ("everyone", "users", "roles") if allowed is None else tuple(allowed.get("parse") or ())
    found = []
    if "everyone" in kinds and ("@everyone" in content or "@here" in content):
        found.append("everyone")
    for kind, sign in (("users", "<@"), ("roles", "<@&")):
        named = content.split(sign)[1:]
        ids = [each.partition(">")[0] for each in named]
        listed = set(allowed.get(kind) or ()) if allowed else set()
        found += [each for each in ids if each.isdigit() and (kind in kinds or each in listed)]
    return found
