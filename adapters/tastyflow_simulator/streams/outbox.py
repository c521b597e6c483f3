"""
What waits to be sent to one client. The book never waits for a client; a client that does not read is disconnected.

    put(text) ──▶ [ … at most `limit` … ] ──▶ one sender ──▶ socket
                    └─ full: closed with 1008     └─ close(code, reason): after what was put before it

    mute(): the socket stays open and nothing is sent any more, which is the worst that a stream can do.
"""

import asyncio
from collections import deque
from contextlib import suppress
from typing import Final

from aiohttp import WSCloseCode, web

CLOSE_S: Final = 1.0
"""How long a client has to read what is left, and again to answer the close."""


class Outbox:
    """
    Args:
        limit: Messages that may wait; one more and the client is closed with 1008.
    """

    def __init__(self, request: web.Request, socket: web.WebSocketResponse, *, limit: int) -> None:
        self._request = request
        self._socket = socket
        self._limit = limit
        self._waiting: deque[str] = deque()
        self._changed = asyncio.Event()
        self._drained = asyncio.Event()
        self._drained.set()
        self._ended = asyncio.Event()
        self._ending: tuple[int, bytes] = (WSCloseCode.GOING_AWAY, b"")
        self._muted = False

    @property
    def is_over(self) -> bool:
        """Whether nothing that is put now will be sent."""
        return self._muted or self._ended.is_set()

    def put(self, text: str) -> None:
        """Send *text* after all that waits."""
        if self.is_over:
            return
        if len(self._waiting) >= self._limit:
            self._waiting.clear()
            self.close(WSCloseCode.POLICY_VIOLATION, "Messages were not read in time")
            return
        self._waiting.append(text)
        self._drained.clear()
        self._changed.set()

    async def drained(self) -> None:
        """Wait until nothing waits: for senders that can make their next message later."""
        await self._drained.wait()

    def mute(self) -> None:
        """Fall silent for good, with the socket open."""
        self._muted = True
        self._waiting.clear()

    def close(self, code: int, reason: str) -> None:
        """Close the socket when what waits has been sent; the first reason given stands."""
        if not self._ended.is_set():
            self._ending = (code, reason.encode())
            self._ended.set()
            self._changed.set()

    async def run(self) -> None:
        """Send until the end. A client that reads nothing delays it by seconds, and is cut off."""
        sending = asyncio.create_task(self._send())
        try:
            await self._ended.wait()
            await asyncio.wait((sending,), timeout=CLOSE_S)
            read_all = sending.done()
            sending.cancel()
            await self._end(abort=not read_all)
        finally:
            sending.cancel()

    async def _send(self) -> None:
        try:
            while True:
                while self._waiting:
                    await self._socket.send_str(self._waiting.popleft())
                self._drained.set()
                if self._ended.is_set():
                    return
                self._changed.clear()
                await self._changed.wait()
        except ConnectionError:  # the client is gone
            self._drained.set()
            self._ended.set()

    async def _end(self, *, abort: bool) -> None:
        code, reason = self._ending
        if not abort:
            with suppress(ConnectionError, TimeoutError):
                async with asyncio.timeout(CLOSE_S):
                    await self._socket.close(code=code, message=reason)
                return
        if transport := self._request.transport:
            transport.abort()
