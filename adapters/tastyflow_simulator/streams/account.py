"""
The account streamer: a socket, a message that connects it, and from then on everything that happens to the account.

    client  {"action": "connect", "value": ["5WT00001"], "auth-token": "Bearer …", "request-id": 1}
    server  {"status": "ok", "action": "connect", "web-socket-session-id": …, "value": [...], "request-id": 1}
    server  {"type": "Order", "data": {the whole order}, "timestamp": ms, "ws-sequence": n} · AccountBalance · …

There is no replay: who connects again hears what happens from then on, and asks by REST for what was missed.
"""

import asyncio
from collections.abc import Callable
from contextlib import ExitStack
from typing import Final

from aiohttp import web

from tastyflow_simulator.rest import SIDE
from tastyflow_simulator.streams.conversation import Conversation
from tastyflow_simulator.streams.line import Line, Unreadable, close_lines_with, line
from tastyflow_simulator.streams.notices import Notices

PATH: Final = "/streamer"
MAX_BYTES: Final = 64 * 1024


def add_account_streamer(app: web.Application) -> None:
    """Serve the account streamer at the root, where tastytrade's is, and under its own path."""
    close_lines_with(app)
    app.router.add_get("/", stream)
    app.router.add_get(PATH, stream)


async def stream(request: web.Request) -> web.StreamResponse:
    """Follow one client until it leaves."""
    side = request.app[SIDE]
    async with line(request, side, path=PATH, max_bytes=MAX_BYTES) as opened:
        await _follow(opened)
        return opened.socket


async def _follow(opened: Line) -> None:
    side = opened.side
    conversation = Conversation(side.login.account, side.tokens.check)
    notices = Notices(opened)
    bringing = asyncio.create_task(notices.run())
    with ExitStack() as leaving:
        leaving.callback(bringing.cancel)
        leaving.callback(notices.stop)
        unlisten: Callable[[], None] | None = None
        async for message in opened.messages():
            action = "unreadable" if isinstance(message, Unreadable) else str(message.get("action"))
            opened.strike(action)
            opened.tell(conversation.answer(message))
            if conversation.is_connected and unlisten is None:
                unlisten = side.book.listen(notices.heard)
                leaving.callback(unlisten)
