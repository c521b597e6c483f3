"""
What one connection may take: bytes, time, and a place among the others. Whatever is slow or large is closed.

    connected ─ PLACES, PLACES_OF_ONE of one address ─▶ a request within read_s ─▶ its answer within ANSWER_S

The framework behind it waits as long as a sender likes for the first line and each header; this does not.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Final

from tastyflow_adapters.signals.webhook.sources import address_of
from tastyflow_adapters.signals.webhook.tally import AlertFault

PLACES: Final = 64
PLACES_OF_ONE: Final = 16
HEAD_BYTES: Final = 16_384
"""What a request line and headers may be long, beside the body."""
ANSWER_S: Final = 20.0

Refuse = Callable[[AlertFault], None]


class Connections:
    """
    Gives each connection its bounds.

    Args:
        trusted_proxy: The address that may take every place: its senders are many.
        only: The addresses that are listened to; empty for all.
        refuse: Is told of each connection that was closed.
    """

    def __init__(
        self, *, read_s: float, most_bytes: int, trusted_proxy: str, only: frozenset[str], refuse: Refuse
    ) -> None:
        self.read_s = read_s
        self.most_bytes = most_bytes
        self._trusted_proxy = address_of(trusted_proxy)
        self._only = only
        self.refuse = refuse
        self._of: Counter[str] = Counter()
        self._open: dict[asyncio.BaseTransport, BoundedConnection] = {}

    def __len__(self) -> int:
        return len(self._open)

    def bounded(self, inner: asyncio.Protocol) -> "BoundedConnection":
        """A connection around *inner*."""
        return BoundedConnection(inner, self)

    def received(self, transport: asyncio.BaseTransport | None) -> None:
        """The request on *transport* is read to its end: from now on it is our time."""
        if transport is not None and (found := self._open.get(transport)) is not None:
            found.give(ANSWER_S)

    def enter(self, connection: "BoundedConnection", transport: asyncio.BaseTransport, peer: str) -> bool:
        """Give *connection* a place, if there is one."""
        is_known = not self._only or peer in self._only
        most = PLACES if peer == self._trusted_proxy else PLACES_OF_ONE
        if not is_known or len(self._open) >= PLACES or self._of[peer] >= most:
            return False
        self._of[peer] += 1
        self._open[transport] = connection
        return True

    def leave(self, transport: asyncio.BaseTransport, peer: str) -> None:
        """Take its place back."""
        if self._open.pop(transport, None) is not None:
            self._of[peer] -= 1
            if not self._of[peer]:
                del self._of[peer]


class BoundedConnection(asyncio.Protocol):
    """One connection: what it receives goes to *inner*, within the bounds of *among*."""

    def __init__(self, inner: asyncio.Protocol, among: Connections) -> None:
        self._inner = inner
        self._among = among
        self._transport: asyncio.Transport | None = None
        self._peer = ""
        self._bytes = 0
        self._ends: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        name = transport.get_extra_info("peername")
        self._peer = address_of(str(name[0])) if isinstance(name, tuple) and name else ""
        if not isinstance(transport, asyncio.Transport) or not self._among.enter(self, transport, self._peer):
            self._among.refuse(AlertFault.TOO_MANY)
            if isinstance(transport, asyncio.Transport):
                transport.abort()
            return
        self._transport = transport
        self.give(self._among.read_s)
        self._inner.connection_made(transport)

    def give(self, seconds: float) -> None:
        """Close it in *seconds*."""
        if self._ends is not None:
            self._ends.cancel()
        self._ends = asyncio.get_running_loop().call_later(seconds, self._close, AlertFault.TOO_SLOW)

    def data_received(self, data: bytes) -> None:
        if self._transport is None:
            return
        self._bytes += len(data)
        if self._bytes > self._among.most_bytes + HEAD_BYTES:
            self._close(AlertFault.TOO_LARGE)
        else:
            self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        return None if self._transport is None else self._inner.eof_received()

    def pause_writing(self) -> None:
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        self._inner.resume_writing()

    def connection_lost(self, error: Exception | None) -> None:
        if self._ends is not None:
            self._ends.cancel()
        if (transport := self._transport) is not None:
            self._transport = None
            self._among.leave(transport, self._peer)
            self._inner.connection_lost(error)

    def _close(self, fault: AlertFault) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._among.refuse(fault)
            self._transport.abort()
