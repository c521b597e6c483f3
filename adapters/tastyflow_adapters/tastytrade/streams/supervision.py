"""
One connection kept up: opened, listened to, closed when it goes silent, and opened again.

    open ─▶ up ─▶ heard … heard ─┬─▶ ended │ failed │ silent ─▶ closed ─▶ pause (longer each time, jittered) ─▶ open
                                 └─▶ returned by itself: over

A socket can stay open and say nothing for hours (a half-open connection behind a router does), so the only sign of life
is something heard. Nothing that goes wrong in a connection ends the supervision: it is noted, without the words of the
other side, which may quote what we sent.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime
from random import Random
from typing import Final

from attrs import evolve, frozen
from httpx2.websockets import WebSocketDisconnect, WebSocketUpgradeError

from tastyflow.application.backoff import Backoff
from tastyflow.application.waiting import ended, first_done
from tastyflow.errors import VenueFailure
from tastyflow.ports import Clock

logger = logging.getLogger(__name__)

STEADY_S: Final = 10.0
"""A connection that was up for so long was a good one: the next pause begins short again."""


@frozen
class StreamHealth:
    """
    How a stream is doing.

    Attributes:
        since: Since when it is connected, or is not.
        times_up: How often it has been connected; one more than it was connected again.
        gaps: How often something may have been missed; each is closed by asking.
        unreadable: Messages that made no sense.
        dropped: What was left unread for too long.
        trouble: Why it is not connected, or what failed last; for people, free of secrets.
    """

    connected: bool = False
    since: datetime | None = None
    last_heard_at: datetime | None = None
    times_up: int = 0
    gaps: int = 0
    unreadable: int = 0
    dropped: int = 0
    trouble: str = ""


def reconnects(*, first_s: float = 0.5, longest_s: float = 30.0, rng: Random | None = None) -> Backoff:
    """The pauses between connections: they double, and each is drawn from its upper half."""
    return Backoff(first_s, longest_s=longest_s, spread=(0.5, 1.0), rng=rng)


class StreamSupervisor:
    """
    Keeps one connection up for as long as `run` runs.

    Args:
        connect: Opens the connection and serves it: calls `up` when it is ready and `heard` at every sign of life.
            Returning ends the supervision; raising, or silence, means again.
        silence_s: How long nothing may be heard, the opening included.
        on_up: Told whenever the connection is ready.
        on_down: Told when a connection that was up is no more.
    """

    def __init__(
        self,
        name: str,
        clock: Clock,
        connect: Callable[[], Awaitable[None]],
        *,
        silence_s: float,
        backoff: Backoff | None = None,
        on_up: Callable[[], None] = lambda: None,
        on_down: Callable[[], None] = lambda: None,
    ) -> None:
        self._name, self._clock, self._connect = name, clock, connect
        self._silence_s = silence_s
        self._backoff = backoff or reconnects()
        self._on_up, self._on_down = on_up, on_down
        self._heard_s = clock.monotonic()
        self._heard_at: datetime | None = None
        self._ready = asyncio.Event()
        self._health = StreamHealth()

    @property
    def health(self) -> StreamHealth:
        return evolve(self._health, last_heard_at=self._heard_at)

    @property
    def is_up(self) -> bool:
        return self._ready.is_set()

    @property
    def quiet_s(self) -> float:
        """For how long nothing was heard."""
        return self._clock.monotonic() - self._heard_s

    def up(self) -> None:
        """The connection is ready to be used."""
        self.heard()
        health = self._health
        self._health = evolve(health, connected=True, since=self._clock.now(), times_up=health.times_up + 1, trouble="")
        self._ready.set()
        self._on_up()

    def heard(self) -> None:
        """The other side gave a sign of life."""
        self._heard_s, self._heard_at = self._clock.monotonic(), self._clock.now()

    def troubled(self, trouble: str) -> None:
        """Note what failed, while the supervision goes on."""
        self._health = evolve(self._health, trouble=trouble)

    async def up_within(self, seconds: float) -> bool:
        """Whether the connection is up, after waiting at most *seconds* for it."""
        if not self.is_up:
            await first_done(self._ready.wait(), self._clock.sleep(seconds))
        return self.is_up

    async def run(self) -> None:
        """Until cancelled, or until the connection says that it is over."""
        while True:
            began_s = self._heard_s = self._clock.monotonic()
            connection = asyncio.ensure_future(self._connect())
            try:
                trouble = await self._outlive(connection)
            finally:
                self._go_down()
                await ended(connection)
            if trouble is None:
                return
            if self._clock.monotonic() - began_s >= STEADY_S:
                self._backoff.reset()
            pause_s = self._backoff.next()
            self.troubled(trouble)
            logger.info("%s: %s; again in %.1f s", self._name, trouble, pause_s)
            await self._clock.sleep(pause_s)

    async def _outlive(self, connection: asyncio.Future[None]) -> str | None:
        """Why the connection is no good any more; None when it returned by itself."""
        while not connection.done():
            left_s = self._silence_s - self.quiet_s
            if left_s <= 0:
                return f"nothing heard for {self._silence_s:g} s"
            await first_done(asyncio.wait([connection]), self._clock.sleep(left_s))
        if connection.cancelled():
            return "the connection was cut"
        error = connection.exception()
        return None if error is None else why(error)

    def _go_down(self) -> None:
        if self.is_up:
            self._ready.clear()
            self._health = evolve(self._health, connected=False, since=self._clock.now())
            self._on_down()


def why(error: BaseException) -> str:
    """What went wrong, for people: by kind, since the words of an error may quote what was sent."""
    return ", ".join(dict.fromkeys(_kind(leaf) for leaf in _leaves(error)))


def _leaves(error: BaseException) -> Iterator[BaseException]:
    """The errors themselves: task groups (the SDK's, the socket's) wrap them in groups of groups."""
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _leaves(inner)
    else:
        yield error


def _kind(error: BaseException) -> str:
    match error:
        case VenueFailure():
            return f"{error.message} ({error.code})"
        case WebSocketDisconnect():
            return f"closed by the other side ({error.code})"
        case WebSocketUpgradeError():
            return f"the upgrade was refused ({error.response.status_code})"
        case TimeoutError():
            return "no answer in time"
    return type(error).__name__
