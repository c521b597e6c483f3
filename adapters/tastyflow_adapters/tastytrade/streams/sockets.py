"""
The SDK's two streamers with our own reading, and a tap on their sockets.

    socket ─▶ Tap: a sign of life; what is no JSON object is counted and left ─┬─▶ VenueAlertStreamer ─▶ raw orders
                                                                               ├─▶ VenueQuoteStreamer ─▶ raw events
                                                                               └─▶ VenueChainStreamer ─▶ raw frames

The SDK opens, closes and keeps alive; what is replaced is what it does with messages. Its queues have no bound, its
models end the stream when a field is missing, and what it sends to log in is written to its log, the token included.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, cast

from anyio import TASK_STATUS_IGNORED
from anyio.abc import TaskStatus
from httpx2.websockets import AsyncWebSocketSession, WebSocketInvalidTypeReceived
from tastytrade import AlertStreamer, DXLinkStreamer
from tastytrade.dxfeed import Event
from tastytrade.streamer import MAP_EVENTS

from tastyflow.application.waiting import first_done
from tastyflow.errors import VenueFailure
from tastyflow_adapters.figures import read_json
from tastyflow_adapters.tastytrade.http.session import USER_AGENT, VenueSession

ACK_S: Final = 10.0
"""How long an answer on the account's socket may take."""

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    kind: tuple(str(field.alias) for field in model.model_fields.values()) for kind, model in MAP_EVENTS.items()
}
"""The fields of each kind of event, in the order in which the SDK asks for them."""

Json = Mapping[str, Any]


class StreamRefused(Exception):
    """The other side answered a request with an error; its words are left out, for they may quote ours."""


class Tap:
    """A socket whose every frame is a sign of life, and of which only JSON objects are passed on."""

    def __init__(
        self, socket: AsyncWebSocketSession, *, heard: Callable[[], None], unreadable: Callable[[], None]
    ) -> None:
        self._socket, self._heard, self._unreadable = socket, heard, unreadable

    async def receive_json(self) -> dict[str, Any]:
        while True:
            try:
                message = read_json(await self._socket.receive_text())
            except (ValueError, WebSocketInvalidTypeReceived):
                message = None
            self._heard()
            if isinstance(message, dict):
                return message
            self._unreadable()

    async def send_json(self, message: Json) -> None:
        await self._socket.send_json(message)


class VenueAlertStreamer(AlertStreamer):
    """
    The account's socket.

    Args:
        heard: Told of every sign of life.
        unreadable: Told of every message that makes no sense.
        account: The number of the account that is subscribed to; the connection's first one unless told otherwise.
        order: Takes the raw object of each Order message.
    """

    session: VenueSession

    def __init__(
        self,
        session: VenueSession,
        *,
        account: str = "",
        heard: Callable[[], None],
        unreadable: Callable[[], None],
        order: Callable[[Json], None],
    ) -> None:
        super().__init__(session)
        self.base_url = session.connection.streamer_url
        self._account = account or session.connection.account
        self._heard, self._unreadable, self._order = heard, unreadable, order
        self._pending: dict[str, asyncio.Future[bool]] = {}

    async def connect(self) -> None:
        """
        Subscribe to the account.

        Raises:
            StreamRefused: The other side will not have it.
            TimeoutError: It does not answer.
            VenueFailure: There is no token.
        """
        await self.session.ready()
        try:
            answered = await self._say("connect", value=[self._account])
        except StreamRefused:
            await self.session.refresh(force=True)  # our token may be good in our eyes only
            raise
        if not answered:
            raise TimeoutError

    async def heartbeat(self) -> None:
        """
        Ask for a sign of life, with a fresh token if there is any to be had.

        Raises:
            StreamRefused: The other side does not know us any more.
        """
        try:
            await self.session.ready()
        except VenueFailure:
            await self._say("heartbeat", lenient=True)  # the old token may be refused, and the feed go on all the same
        else:
            await self._say("heartbeat")

    async def _say(self, action: str, *, lenient: bool = False, **more: object) -> bool:
        """Send *action*; whether it was answered in time."""
        self.request_id += 1
        number = str(self.request_id)
        answered = self._pending[number] = asyncio.get_running_loop().create_future()
        try:
            await self._send({"action": action, "request-id": self.request_id, **more})
            await first_done(asyncio.wait([answered]), self.session.clock.sleep(ACK_S))
        finally:
            del self._pending[number]
        if answered.done() and not answered.result() and not lenient:
            raise StreamRefused(action)
        return answered.done()

    async def _send(self, message: Json) -> None:
        """Send *message* with our login, which is in no frame of what goes wrong: those of the socket are left out."""
        try:
            await self._websocket.send_json(
                {**message, "auth-token": f"Bearer {self.session.session_token}", "source": USER_AGENT}
            )
        except Exception as error:  # noqa: BLE001  of whatever type, it goes on to the supervisor of the connection
            error.__cause__ = error.__context__ = None
            raise error.with_traceback(None) from None

    async def _reader(self) -> None:
        tap = Tap(self._websocket, heard=self._heard, unreadable=self._unreadable)
        while True:
            message = await tap.receive_json()
            batch = message.get("results")
            for each in batch if isinstance(batch, list) else [message]:
                self._take(each)

    def _take(self, message: object) -> None:
        match message:
            case {"type": "Order", "data": Mapping() as data}:
                self._order(data)
            case {"type": "Order"}:
                self._unreadable()
            case {"type": str()}:
                pass  # balances, positions: a sign of life
            case {"status": status, "request-id": int() | str() as number}:
                answered = self._pending.get(str(number))
                if answered is not None and not answered.done():
                    answered.set_result(status == "ok")
            case {"status": _}:
                pass  # an answer to nothing that we asked
            case _:
                self._unreadable()


class VenueQuoteStreamer(DXLinkStreamer):
    """
    The market's socket (DXLink), at the address that the venue names with each quote token.

    Args:
        event: Takes the kind and the fields of each event.
    """

    def __init__(
        self,
        session: VenueSession,
        *,
        heard: Callable[[], None],
        unreadable: Callable[[], None],
        event: Callable[[str, Json], None],
    ) -> None:
        super().__init__(session)
        for kind, model in MAP_EVENTS.items():  # queues without a bound, which nothing here fills
            self._send[kind].close()
            self._recv[model].close()
        self._heard, self._unreadable, self._event = heard, unreadable, event

    async def _reader(self, *, task_status: TaskStatus[None] = TASK_STATUS_IGNORED) -> None:
        tap = Tap(self._websocket, heard=self._heard, unreadable=self._unreadable)
        self._websocket = cast(AsyncWebSocketSession, tap)
        await super()._reader(task_status=task_status)

    def _map_message(self, message: Any, channel: int) -> None:
        kind = self._channels_reversed.get(channel, "")
        try:
            for fields in _rows(kind, message):
                self._event(kind, fields)
        except (ValueError, TypeError, KeyError):
            self._unreadable()


class VenueChainStreamer(VenueQuoteStreamer):
    """
    The market's socket for whole chains, whose frames are taken as they are.

    Args:
        frame: Takes the kind of event and the data of each frame.
    """

    def __init__(
        self,
        session: VenueSession,
        *,
        heard: Callable[[], None],
        unreadable: Callable[[], None],
        frame: Callable[[str, list[Any]], None],
    ) -> None:
        super().__init__(session, heard=heard, unreadable=unreadable, event=lambda _kind, _fields: None)
        self._frame = frame

    async def replace(self, kind: type[Event], symbols: Sequence[str]) -> None:
        """Subscribe to *symbols* in place of all that was subscribed of *kind*, in one message."""
        name = kind.__name__
        await self._websocket.send_json(
            {
                "type": "FEED_SUBSCRIPTION",
                "channel": self._channels[name],
                "reset": True,
                "add": [{"symbol": symbol, "type": name} for symbol in symbols],
            }
        )

    def _map_message(self, message: Any, channel: int) -> None:
        try:
            self._frame(self._channels_reversed.get(channel, ""), message)
        except (ValueError, TypeError, KeyError):
            self._unreadable()


def _rows(kind: str, message: list[Any]) -> Iterator[Json]:
    """
    The events of one FEED_DATA message: objects (FULL), or a name and all values in a row, again and again (COMPACT).

    Raises:
        ValueError: The values do not come out even.
    """
    if message and isinstance(message[0], Mapping):
        yield from message
        return
    columns = COLUMNS[kind]
    for values in message[1::2]:
        if len(values) % len(columns):
            raise ValueError(kind)
        for at in range(0, len(values), len(columns)):
            yield dict(zip(columns, values[at : at + len(columns)], strict=True))
