"""
The gateway: what a session is told, in order, and told again after it was cut off.

    HELLO ◀ connect      IDENTIFY ▶ READY, GUILD_CREATE …      RESUME ▶ what was missed, RESUMED

A session keeps all its events, each with its number. A second bot with the same token has a session of its own, and is
told the same.
"""

import asyncio
from contextlib import suppress
from typing import Any, Final
from uuid import uuid4

import msgspec
from aiohttp import WSMsgType, web
from attrs import define, field

from tests.discord.double import payloads
from tests.discord.double.bits import NO_INTENT, PRIVILEGED, Intent
from tests.discord.double.world import Channel, Guild, Message, World

JSON = dict[str, Any]
DISPATCH, HEARTBEAT, IDENTIFY, RESUME, RECONNECT, INVALID, HELLO, ACK = 0, 1, 2, 6, 7, 9, 10, 11
AUTHENTICATION_FAILED: Final = 4004
DISALLOWED_INTENTS: Final = 4014
GOODBYE: Final = 1000
"""After it there is nothing to go on with; discord.py 2.7.1 says 4000, and could resume."""
HEARTBEAT_MS: Final = 41_250
CLOSE_S: Final = 0.2
"""How long a client is waited for that does not answer a close."""


class Outgoing(asyncio.Queue[JSON | int]):
    """What is still to be written to one socket; a number closes it with that code."""

    is_closing = False


@define(eq=False)
class Session:
    """
    What one login is told.

    Attributes:
        events: Every event so far, as it was sent; the number of one is its place, from 1.
        outgoing: What is to be written to the socket; None where it is cut off.
        is_resumable: Whether it may go on after a cut.
    """

    id: str
    intents: Intent
    events: list[JSON] = field(factory=list)
    outgoing: Outgoing | None = None
    is_resumable: bool = True

    @property
    def is_connected(self) -> bool:
        return self.outgoing is not None

    def tell(self, name: str, payload: JSON) -> None:
        event = {"op": DISPATCH, "s": len(self.events) + 1, "t": name, "d": payload}
        self.events.append(event)
        self.put(event)

    def put(self, frame: JSON | int) -> None:
        """Write *frame*; a number closes the connection with that code."""
        if self.outgoing is not None:
            self.outgoing.put_nowait(frame)


class Gateway:
    """All sessions, and the door to them."""

    def __init__(self, world: World, token: str) -> None:
        self.world = world
        self.token = token
        self.url = ""
        self.sessions: list[Session] = []
        self.identified = self.resumed = 0
        self.changed = asyncio.Event()
        self.is_mute = False
        self._transports: set[asyncio.Transport] = set()

    @property
    def connected(self) -> list[Session]:
        return [each for each in self.sessions if each.is_connected]

    # --- what happens, told to each session that asked for such news ---

    def tell(self, name: str, payload: JSON, *, needs: Intent = NO_INTENT) -> None:
        for session in self.sessions:
            if needs & session.intents == needs:
                session.tell(name, payload)
        self.changed.set()

    def tell_message(self, name: str, message: Message) -> None:
        """A message that was written or changed; what it says is blank for a session that may not read it."""
        needs = Intent.DIRECT_MESSAGES if message.channel.is_direct else Intent.GUILD_MESSAGES
        payload = payloads.message(message)
        for session in self.sessions:
            if needs & session.intents:
                session.tell(name, payload if self._may_read(session, message) else payload | _BLANK)
        self.changed.set()

    def tell_deleted(self, message: Message) -> None:
        place = message.channel
        needs = Intent.DIRECT_MESSAGES if place.is_direct else Intent.GUILD_MESSAGES
        of_guild = {"guild_id": place.guild.id} if place.guild else {}
        self.tell("MESSAGE_DELETE", {"id": message.id, "channel_id": place.id} | of_guild, needs=needs)

    def tell_channel(self, channel: Channel, name: str = "CHANNEL_UPDATE") -> None:
        self.tell(name, payloads.channel(channel, self.world), needs=Intent.GUILDS)

    def _may_read(self, session: Session, message: Message) -> bool:
        bot = self.world.bot
        is_spared = message.author is bot or message.channel.is_direct or bot in message.mentions
        return is_spared or bool(session.intents & Intent.MESSAGE_CONTENT)

    # --- one connection ---

    async def connect(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(timeout=CLOSE_S)
        await socket.prepare(request)
        transport = request.transport
        assert transport is not None
        if self.is_mute:
            transport.abort()
            self.changed.set()
            return socket
        self._transports.add(transport)
        outgoing = Outgoing()
        writer = asyncio.create_task(self._write(socket, outgoing))
        session: Session | None = None
        try:
            outgoing.put_nowait({"op": HELLO, "d": {"heartbeat_interval": HEARTBEAT_MS}, "s": None, "t": None})
            async for frame in socket:
                if frame.type is not WSMsgType.TEXT:
                    continue
                said = msgspec.json.decode(frame.data)
                if said["op"] == HEARTBEAT:
                    outgoing.put_nowait({"op": ACK, "d": None, "s": None, "t": None})
                elif said["op"] == IDENTIFY:
                    session = self._identify(said["d"], outgoing)
                elif said["op"] == RESUME:
                    session = self._resume(said["d"], outgoing)
        finally:
            self._transports.discard(transport)
            if session is not None and session.outgoing is outgoing:
                session.outgoing = None
                if socket.close_code == GOODBYE and not outgoing.is_closing:
                    self.sessions.remove(session)
            self.changed.set()
            if not outgoing.is_closing:
                writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)
        return socket

    async def _write(self, socket: web.WebSocketResponse, outgoing: Outgoing) -> None:
        with suppress(ConnectionError, RuntimeError):
            while True:
                frame = await outgoing.get()
                if isinstance(frame, int):
                    outgoing.is_closing = True
                    await socket.close(code=frame)
                    return
                await socket.send_str(msgspec.json.encode(frame).decode())

    def _identify(self, said: JSON, outgoing: Outgoing) -> Session | None:
        intents = Intent(said.get("intents", 0))
        if said.get("token") != self.token:
            outgoing.put_nowait(AUTHENTICATION_FAILED)
            return None
        if intents & PRIVILEGED & ~self.world.portal:
            outgoing.put_nowait(DISALLOWED_INTENTS)
            return None
        session = Session(uuid4().hex, intents, outgoing=outgoing)
        self.sessions.append(session)
        session.tell("READY", payloads.ready(self.world, session.id, self.url))
        if intents & Intent.GUILDS:
            for guild in self.world.guilds:
                session.tell("GUILD_CREATE", payloads.guild(guild, self.world))
        self.identified += 1
        self.changed.set()
        return session

    def _resume(self, said: JSON, outgoing: Outgoing) -> Session | None:
        known = [each for each in self.sessions if each.id == said.get("session_id") and each.is_resumable]
        if said.get("token") != self.token:
            outgoing.put_nowait(AUTHENTICATION_FAILED)
            return None
        if not known:
            outgoing.put_nowait({"op": INVALID, "d": False, "s": None, "t": None})
            return None
        session = known[0]
        missed = session.events[said.get("seq") or 0 :]
        session.outgoing = outgoing
        for event in missed:
            outgoing.put_nowait(event)
        session.tell("RESUMED", {"_trace": []})
        self.resumed += 1
        self.changed.set()
        return session

    # --- faults ---

    def abort(self) -> None:
        """Cut every connection, as a lost network does."""
        for session in self.sessions:
            session.outgoing = None
        for transport in list(self._transports):
            transport.abort()
        self.changed.set()

    def say_to_all(self, frame: JSON | int) -> None:
        """A frame of its own, or a number that closes each connection with that code."""
        for session in self.connected:
            session.put(frame)

    def forget(self) -> None:
        """No session may go on: each has to log in anew, and what was said meanwhile is lost."""
        for session in self.sessions:
            session.is_resumable = False

    def join(self, guild: Guild) -> None:
        self.tell("GUILD_CREATE", payloads.guild(guild, self.world), needs=Intent.GUILDS)


_BLANK: Final[JSON] = {"content": "", "embeds": [], "components": [], "attachments": []}
