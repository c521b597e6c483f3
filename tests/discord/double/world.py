"""
What exists in this Discord: people, guilds, channels, messages. State only; no socket and no JSON.

    World ─┬─ bot, application      who logs in here
           ├─ guilds ── roles, members, channels ── threads
           ├─ direct channels       one for each person who talks with the bot
           └─ messages              `Channel.messages`, in the order they were made; private ones name their only reader
"""

from enum import IntEnum
from typing import Any

from attrs import define, field

from tests.discord.double.bits import NO_INTENT, NOTHING, USUAL, Intent, Permission
from tests.discord.double.ids import Ids


class ChannelType(IntEnum):
    TEXT = 0
    DIRECT = 1
    THREAD = 11


@define(eq=False, repr=False)
class User:
    """A person, or the bot."""

    id: str
    name: str
    display: str = ""
    is_bot: bool = False
    takes_direct: bool = True

    def __repr__(self) -> str:
        return f"<{self.name}>"


@define(eq=False)
class Role:
    id: str
    name: str
    permissions: int = 0
    bot: str = ""  # whose own role it is: Discord makes it, and it cannot be given


@define(eq=False)
class Member:
    """A person in a guild."""

    user: User
    roles: list[Role] = field(factory=list)


@define(eq=False, repr=False)
class Guild:
    """A server: everyone's role is the first of *roles* and has the id of the guild."""

    id: str
    name: str
    owner: User
    roles: list[Role] = field(factory=list)
    members: dict[str, Member] = field(factory=dict)
    channels: list["Channel"] = field(factory=list)

    def __repr__(self) -> str:
        return f"<guild {self.name}>"


@define(eq=False, repr=False)
class Channel:
    """
    A text channel, a thread in one (*parent*), or the direct messages with one *person*.

    Attributes:
        denied, allowed: What the overwrite for the bot takes and gives here; a thread has none of its own.
        is_archived: Of a thread: it rests, until a message is written there; *is_locked*: for good.
    """

    id: str
    type: ChannelType
    name: str = ""
    guild: Guild | None = None
    parent: "Channel | None" = None
    person: User | None = None
    denied: int = 0
    allowed: int = 0
    is_archived: bool = False
    is_locked: bool = False
    messages: "dict[str, Message]" = field(factory=dict)

    @property
    def is_direct(self) -> bool:
        return self.guild is None

    def __repr__(self) -> str:
        return f"<#{self.name or self.person}>"


@define(eq=False, repr=False)
class Message:
    """
    One message.

    Attributes:
        only_for: The one person who sees it (an ephemeral one); None for everyone in the channel.
        is_loading: The bot is "thinking"; it has no content yet.
        asked: The interaction that made it, where one did.
        made_s, edited_s: By the clock that deadlines are held against.
    """

    id: str
    channel: Channel
    author: User
    content: str = ""
    embeds: list[dict[str, Any]] = field(factory=list)
    components: list[dict[str, Any]] = field(factory=list)
    attachments: list["Attachment"] = field(factory=list)
    flags: int = 0
    nonce: str | int | None = None
    reply_to: "Message | None" = None
    only_for: User | None = None
    is_loading: bool = False
    asked: Any = None
    edited: str | None = None
    mentions: list[User] = field(factory=list)
    pings: list[str] = field(factory=list)
    made_s: float = 0.0
    is_deleted: bool = False
    extra: dict[str, Any] = field(factory=dict)

    def __repr__(self) -> str:
        return f"<message {self.id} of {self.author.name}>"


@define(eq=False)
class Attachment:
    id: str
    filename: str
    content: bytes


class World:
    """All of it. A new one has the bot, and one guild with its owner and a text channel."""

    def __init__(self, ids: Ids, *, portal: Intent = NO_INTENT) -> None:
        self.ids = ids
        self.portal = portal
        self.users: dict[str, User] = {}
        self.guilds: list[Guild] = []
        self.channels: dict[str, Channel] = {}
        self.bot = self.make_user("tasty", is_bot=True)
        self.owner = self.make_user("olivia")
        self.application_id = self.bot.id
        self.guild = self.make_guild("desk")
        self.channel = self.make_channel("orders")

    def make_user(self, name: str, *, is_bot: bool = False, member: bool = True) -> User:
        """A person; of the first guild too, unless they are no *member*."""
        user = User(self.ids.next(), name, name.title(), is_bot)
        self.users[user.id] = user
        if member and self.guilds:
            self.join(user)
        return user

    def join(self, user: User, guild: Guild | None = None, *roles: Role) -> Member:
        guild = guild or self.guild
        member = guild.members.setdefault(user.id, Member(user))
        member.roles.extend(roles)
        return member

    def make_guild(self, name: str) -> Guild:
        """A guild with the bot in it, by a role of its own."""
        guild_id = self.ids.next()
        guild = Guild(guild_id, name, self.owner, [Role(guild_id, "@everyone", int(USUAL))])
        own = Role(self.ids.next(), self.bot.name, bot=self.bot.id)
        guild.roles.append(own)
        guild.members[self.bot.id] = Member(self.bot, [own])
        self.guilds.append(guild)
        return guild

    def make_role(self, name: str, guild: Guild | None = None) -> Role:
        guild = guild or self.guild
        role = Role(self.ids.next(), name)
        guild.roles.append(role)
        return role

    def make_channel(self, name: str, guild: Guild | None = None) -> Channel:
        guild = guild or self.guild
        channel = Channel(self.ids.next(), ChannelType.TEXT, name, guild)
        guild.channels.append(channel)
        self.channels[channel.id] = channel
        return channel

    def make_thread(self, parent: Channel, name: str) -> Channel:
        thread = Channel(self.ids.next(), ChannelType.THREAD, name, parent.guild, parent)
        self.channels[thread.id] = thread
        return thread

    def direct(self, user: User) -> Channel:
        """The direct messages between *user* and the bot."""
        for channel in self.channels.values():
            if channel.person is user:
                return channel
        channel = Channel(self.ids.next(), ChannelType.DIRECT, person=user)
        self.channels[channel.id] = channel
        return channel

    def threads_of(self, guild: Guild) -> list[Channel]:
        return [each for each in self.channels.values() if each.parent is not None and each.guild is guild]

    def find(self, message_id: str) -> Message | None:
        for channel in self.channels.values():
            if (found := channel.messages.get(message_id)) is not None:
                return found
        return None

    def bot_may(self, channel: Channel) -> Permission:
        """What the bot may do in *channel*."""
        if channel.guild is None:
            return USUAL
        at = channel.parent or channel
        granted = 0
        me = channel.guild.members.get(self.bot.id)
        if me is None:
            return NOTHING
        for role in (channel.guild.roles[0], *me.roles):
            granted |= role.permissions
        return Permission(granted & ~at.denied | at.allowed)
