"""
One client's socket: text comes in, text goes out, and faults may end or silence it.

    async with line(request, side, path="/streamer") as line:
        async for message in line.messages():  ── a dict, or Unreadable
            line.tell({...})

Faults are asked for under the stream's path, and under a method that names what is happening: the action or message
type that was heard, the type that is about to be sent, and ``watch`` ten times a second, so that a line on which
nothing happens can be closed or silenced, too.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

from aiohttp import WSCloseCode, WSMsgType, web
from attrs import frozen

from tastyflow_simulator.admin.faults import FaultKind, SimulatorFault
from tastyflow_simulator.streams.outbox import CLOSE_S, Outbox

if TYPE_CHECKING:
    from tastyflow_simulator.simulated_side import SimulatedSide

LINES: Final[web.AppKey[set["Line"]]] = web.AppKey("lines", set)
"""The open ones; they are closed when the server goes."""
RECONNECT: Final = "Reconnection is required"
"""What tastytrade says with code 1012 (tastyware/tastytrade#327)."""
WATCH_S: Final = 0.1
OUTBOX_LIMIT: Final = 2_000
READ_AT_MOST: Final = 8 * 1024 * 1024


@frozen
class Unreadable:
    """A message that is no JSON object, and why."""

    why: str


class Line:
    """
    Args:
        path: How faults name this stream, whichever address it was reached by.
        max_bytes: Of one message; a longer one ends the line.
    """

    def __init__(
        self, request: web.Request, socket: web.WebSocketResponse, side: "SimulatedSide", path: str, *, max_bytes: int
    ) -> None:
        self._max_bytes = max_bytes
        self.side = side
        self.path = path
        self.outbox = Outbox(request, socket, limit=OUTBOX_LIMIT)
        self.socket = socket

    def tell(self, message: Mapping[str, Any]) -> None:
        """Send *message*, unless the line is silenced or over."""
        self.outbox.put(json.dumps(message, separators=(",", ":")))

    def strike(self, what: str, *, order: str = "") -> bool:
        """Let a fault close or silence the line. Returns whether the line still speaks."""
        fault = self.fault((FaultKind.STREAM_CLOSE, FaultKind.STREAM_SILENT), what, order=order)
        if fault is not None and fault.kind is FaultKind.STREAM_CLOSE:
            self.outbox.close(fault.status or WSCloseCode.SERVICE_RESTART, fault.reason or RECONNECT)
        elif fault is not None:
            self.outbox.mute()
        return not self.outbox.is_over

    def fault(self, kinds: Collection[FaultKind], what: str, *, order: str = "") -> SimulatorFault | None:
        """
        The fault of these *kinds* that strikes *what*, if any.

        One that names no path is a stream's when its kind is; drift without a path is left to the answers by REST.
        """
        faults, side = self.side.faults, self.side.side
        if fault := faults.take(kinds, side=side, method=what, path=self.path, order=order):
            return fault
        of_streams = tuple(kind for kind in kinds if kind.startswith("stream_"))
        return faults.take(of_streams, side=side, method=what, order=order)

    async def messages(self) -> AsyncIterator[dict[str, Any] | Unreadable]:
        """What the client says, until it or the line ends. Pings are answered; too large messages end it with 1009."""
        while True:
            message = await self.socket.receive()
            if message.type in (WSMsgType.TEXT, WSMsgType.BINARY) and _size(message.data) > self._max_bytes:
                self.outbox.close(WSCloseCode.MESSAGE_TOO_BIG, "")
                return
            if message.type is WSMsgType.TEXT:
                yield read(message.data)
            elif message.type is WSMsgType.BINARY:
                yield Unreadable("Only text is understood")
            else:
                return

    async def watch(self) -> None:
        """Ask for faults ten times a second."""
        while True:
            await asyncio.sleep(WATCH_S)
            self.strike("watch")


def _size(message: str | bytes) -> int:
    return len(message.encode()) if isinstance(message, str) else len(message)


def read(text: str) -> dict[str, Any] | Unreadable:
    """One message: a JSON object, or what is wrong with it."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return Unreadable("This is not JSON")
    return document if isinstance(document, dict) else Unreadable("A message is an object")


@asynccontextmanager
async def line(request: web.Request, side: "SimulatedSide", *, path: str, max_bytes: int) -> AsyncIterator[Line]:
    """
    Open the socket that *request* asks for; whatever happens inside, it is closed and nothing is left running.

    Raises:
        HTTPUpgradeRequired: When it asks for none.
    """
    # read whole, and then refused: closed in the middle of a message, the client would see a reset instead of the code
    most = max(max_bytes, READ_AT_MOST)
    socket = web.WebSocketResponse(timeout=CLOSE_S, max_msg_size=most, compress=False)
    if not socket.can_prepare(request):
        raise web.HTTPUpgradeRequired(headers={"Upgrade": "websocket"})
    await socket.prepare(request)
    opened = Line(request, socket, side, path, max_bytes=max_bytes)
    lines = request.app[LINES]
    lines.add(opened)
    sending, watching = asyncio.create_task(opened.outbox.run()), asyncio.create_task(opened.watch())
    try:
        yield opened
    finally:
        lines.discard(opened)
        watching.cancel()
        opened.outbox.close(WSCloseCode.OK, "")
        await asyncio.gather(sending, watching, return_exceptions=True)


def close_lines_with(app: web.Application) -> None:
    """When *app* shuts down, its lines close with 1001 rather than hold it up."""
    if LINES in app:
        return
    lines: set[Line] = set()
    app[LINES] = lines

    async def close(_app: web.Application) -> None:
        for opened in tuple(lines):
            opened.outbox.close(WSCloseCode.GOING_AWAY, "The server ends")

    app.on_shutdown.append(close)
