"""
The double as a test holds it: its parts, its verbs, its faults, and how to wait.
"""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any, Final, Self

from tests.discord.double import payloads
from tests.discord.double.bits import NO_INTENT, NOTHING, Intent, Permission
from tests.discord.double.faults import Fault, Faults, RateLimit
from tests.discord.double.gateway import INVALID, RECONNECT, Gateway
from tests.discord.double.ids import Elapsed, Ids
from tests.discord.double.interactions import Form, Interaction, Interactions
from tests.discord.double.people import People
from tests.discord.double.posting import Posting
from tests.discord.double.rest import Rest
from tests.discord.double.seeing import Seen, seen_by
from tests.discord.double.server import Call, Server
from tests.discord.double.world import Channel, Guild, User, World

TOKEN: Final = "MTAx.double.c2VjcmV0LW9mLXRoZS1kb3VibGU"  # noqa: S105  opens nothing but this
PATIENCE_S: Final = 15.0
LOOK_AGAIN_S: Final = 0.02


def _present() -> datetime:
    return datetime.now(UTC)


class Double(People):
    """
    Attributes:
        guild, channel: The ones that exist from the start.
        calls: Everything the bot asked for, in order.
    """

    def __init__(
        self, *, token: str = TOKEN, now: Callable[[], datetime] = _present, portal: Intent = NO_INTENT
    ) -> None:
        self.token = token
        self._elapsed = Elapsed()
        self.world = World(Ids(now), portal=portal)
        self.gateway = Gateway(self.world, token)
        self.posting = Posting(self.world, self.gateway, now, self._elapsed.now_s)
        self.interactions = Interactions(self.posting, self._elapsed.now_s)
        self.rest = Rest(self.world, self.posting, self.interactions, self._elapsed.now_s)
        self._faults = Faults()
        self.server = Server(self.rest, self.gateway, self._faults)

    @classmethod
    async def started(cls, *, port: int = 0, tls: ssl.SSLContext | None = None, **chosen: Any) -> Self:
        """One that serves: at a free port, or in the place of Discord itself (`Server.start`)."""
        double = cls(**chosen)
        await double.server.start(port, tls)
        double.gateway.url = double.rest.gateway_url = double.server.gateway_url
        return double

    async def stop(self) -> None:
        await self.server.stop()

    @property
    def guild(self) -> Guild:
        return self.world.guild

    @property
    def channel(self) -> Channel:
        return self.world.channel

    @property
    def calls(self) -> list[Call]:
        return self.server.calls

    # --- what exists ---

    def person(self, name: str, *, member: bool = True) -> User:
        """A new person; of the first guild unless told otherwise."""
        return self.world.make_user(name, member=member)

    def direct(self, user: User) -> Channel:
        """The direct messages between *user* and the bot."""
        return self.world.direct(user)

    def make_channel(self, name: str, guild: Guild | None = None) -> Channel:
        channel = self.world.make_channel(name, guild)
        self.gateway.tell_channel(channel, "CHANNEL_CREATE")
        return channel

    def make_thread(self, parent: Channel, name: str) -> Channel:
        thread = self.world.make_thread(parent, name)
        self.gateway.tell_channel(thread, "THREAD_CREATE")
        return thread

    def archive(self, thread: Channel, *, locked: bool = False) -> None:
        """Let *thread* rest: nothing is changed there until a message is written; where it is *locked*, none can be."""
        thread.is_archived, thread.is_locked = True, locked
        self.gateway.tell_channel(thread, "THREAD_UPDATE")

    def remove_channel(self, channel: Channel) -> None:
        """*channel* is gone, and everything in it."""
        del self.world.channels[channel.id]
        if channel.guild is not None:
            channel.guild.channels.remove(channel)
            self.gateway.tell("CHANNEL_DELETE", payloads.channel(channel, self.world), needs=Intent.GUILDS)

    def lose_guild(self, guild: Guild | None = None) -> None:
        """Discord has trouble with *guild*: it is there, and cannot be looked at, until it is told anew."""
        self.gateway.tell("GUILD_DELETE", {"id": (guild or self.guild).id, "unavailable": True}, needs=Intent.GUILDS)

    def kick(self, guild: Guild | None = None) -> None:
        """The bot is a member of *guild* no more."""
        left = guild or self.guild
        left.members.pop(self.world.bot.id, None)
        self.gateway.tell("GUILD_DELETE", {"id": left.id}, needs=Intent.GUILDS)

    def make_guild(self, name: str) -> Guild:
        guild = self.world.make_guild(name)
        self.gateway.join(guild)
        return guild

    def set_permissions(self, channel: Channel, *, deny: Permission = NOTHING, allow: Permission = NOTHING) -> None:
        """What the bot may not do in *channel*, and what it may there alone."""
        channel.denied, channel.allowed = int(deny), int(allow)
        self.gateway.tell_channel(channel)

    # --- what goes wrong ---

    def fail(self, method: str, path: str, status: int | None = None, **how: Any) -> Fault:
        """
        The next request that fits goes wrong (`faults.Fault`): ``fail("PATCH", "/messages/", 500, times=2)``.

        Status 0 cuts the connection; ``delay_s`` alone only makes it late; ``apply_first`` does the thing and loses
        the answer; ``code`` is the code in the body.
        """
        return self._faults.add(method, path, status, **how)

    def limit(self, method: str, path: str, count: int, per_s: float) -> None:
        """No more than *count* requests that fit in *per_s* seconds: the others are told to wait."""
        self._faults.limits.append(RateLimit(method, path, count, per_s))

    def mend(self) -> None:
        """No fault that is still to come strikes."""
        self._faults.clear()

    def drop(self) -> None:
        """Cut the gateway's connections, as a lost network does; what happens meanwhile is told after a resume."""
        self.gateway.abort()

    def reconnect(self) -> None:
        """Ask each session to reconnect and resume (op 7)."""
        self.gateway.say_to_all({"op": RECONNECT, "d": None, "s": None, "t": None})

    def invalidate(self, *, resumable: bool = False) -> None:
        """Tell each session that it is over (op 9); where it may not resume, what is said meanwhile is lost to it."""
        if not resumable:
            self.gateway.forget()
        self.gateway.say_to_all({"op": INVALID, "d": resumable, "s": None, "t": None})

    def close_sessions(self, code: int) -> None:
        """Close each session with *code*."""
        self.gateway.say_to_all(code)

    def resend_last(self, name: str = "") -> None:
        """Tell the last event (of that *name*) once more, with the number it had."""
        for session in self.gateway.connected:
            wanted = [each for each in session.events if not name or each["t"] == name]
            for event in wanted[-1:]:
                session.put(event)

    def malformed(self) -> None:
        """An event that discord.py 2.7.1 does not survive: a message without its author."""
        self.gateway.tell("MESSAGE_CREATE", {"id": self.world.ids.next(), "channel_id": self.channel.id})

    def turn(self, seconds: float) -> None:
        """Let the deadlines of Discord come nearer: 3 s, 15 min, an hour. No id gets older by it."""
        self._elapsed.turn(seconds)

    @asynccontextmanager
    async def away(self) -> AsyncIterator[None]:
        """No Discord at all, inside: connections are cut, and the port is closed."""
        await self.server.close()
        try:
            yield
        finally:
            await self.server.open()

    # --- what is seen, and waiting for it ---

    def seen_by(self, user: User, channel: Channel) -> list[Seen]:
        return seen_by(user, channel)

    async def wait(self, until: Callable[[], Any], timeout_s: float = PATIENCE_S, what: str = "") -> Any:
        """What *until* gives, once it is something; looked at after everything that happens here, and now and then."""
        ends_s = time.monotonic() + timeout_s
        while True:
            self.gateway.changed.clear()
            if found := until():
                return found
            assert not self.server.own_errors, self.server.own_errors[0]
            assert time.monotonic() < ends_s, f"it did not come to be: {what}\n{self.told()}"
            with suppress(TimeoutError):
                await asyncio.wait_for(self.gateway.changed.wait(), LOOK_AGAIN_S)

    async def ready(self, bots: int = 1) -> None:
        """Until so many sessions are connected."""
        await self.wait(lambda: len(self.gateway.connected) >= bots, what="a bot logs in")

    async def answer(self, asked: Interaction) -> Seen:
        """What the person sees in answer, once it is more than "thinking"."""
        return Seen(await self.wait(lambda: asked.answer, what=f"an answer to {asked}"))

    async def form(self, asked: Interaction) -> Form:
        """The form that is shown in answer."""
        found: Form = await self.wait(lambda: asked.form, what=f"a form in answer to {asked}")
        return found

    async def see(self, user: User, channel: Channel, *words: str, timeout_s: float = PATIENCE_S) -> Seen:
        """The newest message in *channel* that says all of *words*, once *user* sees one; capitals do not matter."""

        def found() -> Seen | None:
            seen = reversed(seen_by(user, channel))
            return next((each for each in seen if all(word.lower() in each.text.lower() for word in words)), None)

        seen: Seen = await self.wait(found, timeout_s, what=f"{user.name} sees {words}")
        return seen

    def told(self) -> str:
        """For a test that failed: the last calls, and what stands in the channels."""
        lines = [
            f"{call.method} {call.path} {call.status} {call.answer if call.status != 200 else ''}"
            for call in self.calls[-12:]
        ]
        for place in self.world.channels.values():
            for message in place.messages.values():
                only = f" (only {message.only_for.name})" if message.only_for else ""
                seen = Seen(message)
                lines.append(f"#{place.name or 'direct'} {message.author.name}{only}: {seen.text!r} {seen.labels}")
        return "\n".join(lines)
