"""
The account streamer: a socket, a message that connects it, and from then on everything that happens to the account.

    client  {"action": "connect", "value": ["5WT00001"], "auth-token": "Bearer …", "request-id": 1}
    server  {"status": "ok", "action": "connect", "web-socket-session-id": …, "value": [...], "request-id": 1}
    server  {"type": "Order", "data": {the whole order}, "timestamp": ms, "ws-sequence": n} · AccountBalance · …

    connect · account-subscribe                        value: one account number, or a list ──▶ connected
    public-watchlists- · quote-alerts- · user-message-subscribe    only when connected
    heartbeat                                          always
    anything else                                      not implemented

There is no replay: a client that connects again hears what happens from then on, and asks by REST for what it missed.
Every message carries its token and is refused without a good one, except that a heartbeat whose token has no scheme is
answered as if it were good, as on the real streamer, where the mistake goes unnoticed. Answers that are not known of
tastytrade begin with ``sim:``.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping
from contextlib import ExitStack
from typing import Any, Final
from uuid import uuid4

from aiohttp import web

from tastyflow_simulator.rest import SIDE
from tastyflow_simulator.streams.line import Line, Unreadable, close_lines_with, line
from tastyflow_simulator.streams.notices import Notices

CONNECTS: Final = frozenset({"connect", "account-subscribe"})
SUBSCRIBES: Final = frozenset({"public-watchlists-subscribe", "quote-alerts-subscribe", "user-message-subscribe"})
HEARTBEAT: Final = "heartbeat"
SCHEME: Final = "Bearer "

UNKNOWN_DOMAIN: Final = "Unknown domain"
BAD_VALUE: Final = "value missing or not valid"
NOT_CONNECTED: Final = "connect-not-completed"
NOT_IMPLEMENTED: Final = "not implemented"
BAD_TOKEN: Final = "sim: the token is unknown or has lapsed"  # noqa: S105
ECHO_LIMIT: Final = 100
"""Characters of an action or a request id that are echoed."""


class Conversation:
    """
    One client's side of it.

    Args:
        accounts: The account numbers that may be followed here.
        is_good: Whether an access token, without its scheme, is good at this moment.
    """

    def __init__(self, accounts: Collection[str], is_good: Callable[[str], bool]) -> None:
        self._accounts = accounts
        self.followed: list[str] = []
        self._is_good = is_good
        self._session = uuid4().hex[:8]
        self.is_connected = False

    def answer(self, message: Mapping[str, Any] | Unreadable) -> dict[str, Any]:
        """The one answer to *message*."""
        if isinstance(message, Unreadable):
            return {"status": "error", "message": f"sim: {message.why}", "web-socket-session-id": self._session}
        said_action = message.get("action")
        action = said_action if isinstance(said_action, str) else ""
        refusal = self._refusal(action, message)
        reply: dict[str, Any] = {"status": "ok" if refusal is None else "error"}
        if action:
            reply["action"] = action[:ECHO_LIMIT]
        reply["web-socket-session-id"] = self._session
        if refusal is not None:
            reply["message"] = refusal
        elif action in CONNECTS:
            self.is_connected = True
            self.followed = list(dict.fromkeys((*self.followed, *_asked(message.get("value")))))
            reply["value"] = self.followed
        if _is_echoable(requested := message.get("request-id")):
            reply["request-id"] = requested
        return reply

    def _refusal(self, action: str, message: Mapping[str, Any]) -> str | None:
        if refusal := self._token_refusal(action, message.get("auth-token")):
            return refusal
        if action in CONNECTS:
            return None if self._may_follow(message.get("value")) else BAD_VALUE
        if action in SUBSCRIBES:
            return None if self.is_connected else NOT_CONNECTED
        return None if action == HEARTBEAT else NOT_IMPLEMENTED

    def _token_refusal(self, action: str, token: object) -> str | None:
        if not isinstance(token, str) or not token.startswith(SCHEME):
            return None if action == HEARTBEAT else UNKNOWN_DOMAIN
        return None if self._is_good(token.removeprefix(SCHEME)) else BAD_TOKEN

    def _may_follow(self, value: object) -> bool:
        asked = _asked(value)
        return bool(asked) and all(account in self._accounts for account in asked)


def _asked(value: object) -> list[str]:
    """The accounts that a message names; none where it does not name them."""
    named = [value] if isinstance(value, str) else value
    return named if isinstance(named, list) and all(isinstance(each, str) for each in named) else []


def _is_echoable(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= ECHO_LIMIT
    return isinstance(value, int) and not isinstance(value, bool) and value.bit_length() <= 64


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
    conversation = Conversation(side.books, side.tokens.check)
    notices = Notices(opened)
    bringing = asyncio.create_task(notices.run())
    with ExitStack() as leaving:
        leaving.callback(bringing.cancel)
        leaving.callback(notices.stop)
        heard: set[str] = set()
        async for message in opened.messages():
            action = "unreadable" if isinstance(message, Unreadable) else str(message.get("action"))
            opened.strike(action)
            opened.tell(conversation.answer(message))
            for account in conversation.followed:
                if account not in heard:
                    heard.add(account)
                    leaving.callback(side.books[account].listen(notices.heard))
