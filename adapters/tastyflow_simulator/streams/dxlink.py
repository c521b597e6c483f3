"""
DXLink, the quote stream: one socket, one session, a feed for every channel that the client opens.

    messages ──▶ protocol.Session ──▶ answers ──▶ line
                     └─ channels ──▶ feed.Feed, a task each, as long as its channel is open
    clock ─────▶ KEEPALIVE, twice as often as promised · ERROR TIMEOUT when the client says nothing for too long

The sandbox's clients see the market of a quarter of an hour ago; tastytrade calls that level ``demo``.
"""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from aiohttp import WSCloseCode, web

from tastyflow_simulator.options import Side
from tastyflow_simulator.rest import SIDE
from tastyflow_simulator.streams.channels import DOCUMENTED, Limits
from tastyflow_simulator.streams.feed import Feed
from tastyflow_simulator.streams.line import Line, Unreadable, close_lines_with, line
from tastyflow_simulator.streams.protocol import Session, error

if TYPE_CHECKING:
    from tastyflow_simulator.market import Market
    from tastyflow_simulator.simulated_side import SimulatedSide

PATH: Final = "/realtime"
TICK_S: Final = 0.1


class Exchange:
    """What all sessions of one side have in common: how many they are, what they see, and that they take turns."""

    def __init__(self, limits: Limits | None) -> None:
        self.sessions: set[Session] = set()
        self.turn = asyncio.Lock()
        self._limits = limits
        self._market: Market | None = None

    def limits_of(self, side: "SimulatedSide") -> Limits:
        return self._limits or (DOCUMENTED if side.options.limits_rates else Limits())

    def market_of(self, side: "SimulatedSide") -> "Market":
        if self._market is None:
            is_late = side.side is Side.SANDBOX
            self._market = side.market.delayed(side.options.sandbox_delay_s) if is_late else side.market
        return self._market


EXCHANGE: Final = web.AppKey("exchange", Exchange)


def add_dxlink(app: web.Application, limits: Limits | None = None) -> None:
    """
    Serve DXLink.

    Args:
        limits: None are the documented ones where rates are limited, and hardly any otherwise.
    """
    close_lines_with(app)
    app[EXCHANGE] = Exchange(limits)
    app.router.add_get(PATH, stream)


async def stream(request: web.Request) -> web.StreamResponse:
    """Serve one client until it leaves."""
    side, exchange = request.app[SIDE], request.app[EXCHANGE]
    limits = exchange.limits_of(side)

    def admit() -> bool:
        return limits.sessions is None or sum(each.is_authorized for each in exchange.sessions) < limits.sessions

    session = Session(side.tokens.check_for_quotes, limits=limits, admit=admit)
    async with line(request, side, path=PATH, max_bytes=limits.message_bytes) as opened:
        exchange.sessions.add(session)
        try:
            with _feeds(opened, session, exchange.market_of(side), exchange.turn) as feeds:
                await _converse(opened, session, feeds)
        finally:
            exchange.sessions.discard(session)
        return opened.socket


async def _converse(opened: Line, session: Session, feeds: "Feeds") -> None:
    loop = asyncio.get_running_loop()
    heard_at = loop.time()

    async def keep_alive() -> None:
        told_at = loop.time()
        while True:
            await asyncio.sleep(TICK_S)
            if loop.time() - told_at >= session.speaks_within_s / 2:
                told_at = loop.time()
                opened.tell({"type": "KEEPALIVE", "channel": 0})
            if loop.time() - heard_at > session.hears_within_s:
                opened.tell(error(0, "TIMEOUT", f"Nothing was heard for {session.hears_within_s:g} seconds"))
                opened.outbox.close(WSCloseCode.OK, "TIMEOUT")

    keeping = asyncio.create_task(keep_alive())
    try:
        async for message in opened.messages():
            heard_at = loop.time()
            opened.strike("unreadable" if isinstance(message, Unreadable) else str(message.get("type")))
            for answer in session.answer(message):
                opened.tell(answer)
            if session.is_turned_away:
                opened.outbox.close(WSCloseCode.POLICY_VIOLATION, "UNAUTHORIZED")
            feeds.follow()
    finally:
        keeping.cancel()


class Feeds:
    """The feeds of a session's open channels."""

    def __init__(self, opened: Line, session: Session, market: "Market", turn: asyncio.Lock) -> None:
        self._line = opened
        self._session = session
        self._market = market
        self._turn = turn
        self._running: dict[int, tuple[Feed, asyncio.Task[None]]] = {}

    def follow(self) -> None:
        """Start feeds of new channels, end those of closed ones, and let the others look again."""
        for number in self._running.keys() - self._session.channels.keys():
            self._running.pop(number)[1].cancel()
        for number, channel in self._session.channels.items():
            if number not in self._running:
                feed = Feed(self._line, channel, self._market, self._turn)
                running = asyncio.create_task(feed.run())
                running.add_done_callback(self._end_with)
                self._running[number] = feed, running
            self._running[number][0].asked()

    def _end_with(self, running: "asyncio.Task[None]") -> None:
        """A feed that failed takes its session along, rather than leave it silent."""
        if not running.cancelled() and (failure := running.exception()) is not None:
            logging.getLogger(__name__).error("a feed failed", exc_info=failure)
            self._line.outbox.close(WSCloseCode.INTERNAL_ERROR, "A feed failed")

    def stop(self) -> None:
        for _feed, running in self._running.values():
            running.cancel()


@contextmanager
def _feeds(opened: Line, session: Session, market: "Market", turn: asyncio.Lock) -> Iterator[Feeds]:
    feeds = Feeds(opened, session, market, turn)
    try:
        yield feeds
    finally:
        feeds.stop()
