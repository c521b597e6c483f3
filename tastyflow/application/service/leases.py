"""
Leases: what only one process does at a time, and who does it.

    free │ given back │ holder gone ─▶ taken ─▶ beat … beat ─▶ given back
              ▲                                   │
              └── its beat stands still, by the watcher's own clock, for `SILENT_AFTER_S`

    a holder whose own last beat is older than `FENCED_AFTER_S` acts no more, until the next beat is written;
    where another process has written there meanwhile, the lease is lost

The holder measures from before it writes, by the clock that counts sleep; the watcher from after it has read, by a
clock that never runs faster. So the holder has stopped before the watcher begins, however long it was suspended.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Final, Self
from uuid import uuid4

from attrs import define, evolve, field, frozen

from tastyflow.application.ledger.ledger import Ledger
from tastyflow.application.service.holder import SILENT_AFTER_S, Holder, IsGone
from tastyflow.application.waiting import ended
from tastyflow.domain.age import Mark
from tastyflow.errors import StoreFailure, TastyflowError
from tastyflow.ports import Clock, Lease

logger = logging.getLogger(__name__)

BEAT_S: Final = 1.5
LOOK_S: Final = 0.5
FENCED_AFTER_S: Final = 5.0
assert FENCED_AFTER_S < SILENT_AFTER_S  # noqa: S101  what keeps two holders apart

SERVICE: Final = "service"


def account_stream(account: str) -> str:
    """The lease of following the orders of *account*."""
    return f"account-stream:{account}"


def telling(channel: str) -> str:
    """The lease of telling by *channel*."""
    return f"telling:{channel}"


@define(eq=False)
class Held:
    """
    A lease that this process took.

    Attributes:
        lost: Set once another process has it.
        lease: As this process wrote it last, and *written*, when that was begun.
    """

    name: str
    lease: Lease
    written: Mark
    clock: Clock
    lost: asyncio.Event = field(factory=asyncio.Event)

    @property
    def may_act(self) -> bool:
        """Whether no other process can have it yet. Ask right before acting."""
        return not self.lost.is_set() and self.age_s < FENCED_AFTER_S

    @property
    def age_s(self) -> float:
        """How old the last beat is."""
        now = self.clock.mark()
        return now.elapsed_s - self.written.elapsed_s if now.boot == self.written.boot else float("inf")


@frozen
class _Seen:
    """A lease of another process, and since when it stands as it does, by this process's clock."""

    lease: Lease
    since_s: float


class Leases:
    """
    The leases of one process, for as long as it is entered; at the end all are given back.

    Args:
        me: This process, as others find it in the note.
        is_gone: Whether a holder's process has certainly ended: then nothing has to be waited for.
    """

    def __init__(self, ledger: Ledger, clock: Clock, me: Holder, *, is_gone: IsGone = lambda _: False) -> None:
        self._ledger = ledger
        self._clock = clock
        self._me = me
        self._is_gone = is_gone
        self._name = uuid4().hex
        self._seen: dict[str, _Seen] = {}
        self._held: dict[str, Held] = {}
        self._warned: dict[str, str] = {}
        self._beating: asyncio.Task[None] | None = None
        self.last_write_s: float | None = None

    async def __aenter__(self) -> Self:
        self._beating = asyncio.create_task(self._beat_for_ever(), name="leases")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._beating is not None:
            await ended(self._beating)
        await asyncio.gather(*(self.give_back(held) for held in tuple(self._held.values())))

    def know_port(self, port: int) -> None:
        """Write *port* into the note from the next beat on: where this process tells its health."""
        self._me = evolve(self._me, port=port)

    # ── taking ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def take(self, name: str, *, at_once: Iterable[str] = (), waits: Callable[[], None] | None = None) -> Held:
        """
        Take the lease *name*, as soon as it is free.

        Args:
            at_once: Other leases that are wanted right after: they are watched from now on as well.
            waits: Called once, where another process holds it.
        """
        while True:
            for each in (name, *at_once):
                self._look(each)
            if self._is_free(name) and (held := await self._taken(name)) is not None:
                return held
            if waits is not None and not self._is_free(name):
                waits()
                waits = None
            await self._clock.sleep(LOOK_S)

    def _look(self, name: str) -> None:
        with suppress(StoreFailure):  # looked at again in a moment
            lease = self._ledger.lease(name)
            seen = self._seen.get(name)
            if lease is None:
                self._seen.pop(name, None)
            elif seen is None or seen.lease != lease:
                self._seen[name] = _Seen(lease, self._clock.monotonic())

    def _is_free(self, name: str) -> bool:
        seen = self._seen.get(name)
        if seen is None or not seen.lease.holder:
            return True
        if self._clock.monotonic() - seen.since_s >= SILENT_AFTER_S:
            return True
        holder = Holder.read(seen.lease.about)
        return holder is not None and self._is_gone(holder)

    async def _taken(self, name: str) -> Held | None:
        there = self._seen[name].lease if name in self._seen else None
        beat = there.beat + 1 if there else 1
        try:
            held = await self._write(name, beat, there)
        except StoreFailure as error:
            self._warn(name, f"The lease {name} cannot be taken, and is tried again: {error.message}")
            return None
        self._warned.pop(name, None)
        if held is None:
            self._look(name)
            return None
        self._held[name] = held
        return held

    def _warn(self, name: str, message: str) -> None:
        """Say *message* of the lease *name*, once for as long as it is so."""
        if self._warned.get(name) != message:
            self._warned[name] = message
            logger.warning("%s", message)

    async def _write(self, name: str, beat: int, instead_of: Lease | None) -> Held | None:
        mark = self._clock.mark()
        lease = Lease(name, self._name, beat, evolve(self._me, beat_at=mark).written())
        began_s = self._clock.monotonic()
        is_kept = await self._ledger.keep_lease(lease, instead_of=instead_of)
        self.last_write_s = self._clock.monotonic() - began_s
        return Held(name, lease, mark, self._clock) if is_kept else None

    # ── holding ────────────────────────────────────────────────────────────────────────────────────────────────

    async def _beat_for_ever(self) -> None:
        while True:
            await self._clock.sleep(BEAT_S)
            await asyncio.gather(*(self._beat(held) for held in tuple(self._held.values())))

    async def _beat(self, held: Held) -> None:
        try:
            written = await self._write(held.name, held.lease.beat + 1, held.lease)
            if written is None and not self._is_ours(held):
                self._lose(held)
                return
        except TastyflowError as error:
            self._warn(held.name, f"The beat of the lease {held.name} cannot be written: {error.message}")
            return  # `may_act` ends by itself
        self._warned.pop(held.name, None)
        if written is not None:
            held.lease, held.written = written.lease, written.written

    def _is_ours(self, held: Held) -> bool:
        """Whether what stands there is a beat of ours whose answer went missing: then it is gone on from."""
        there = self._ledger.lease(held.name)
        if there is None or there.holder != self._name:
            return False
        held.lease = there
        return True

    def _lose(self, held: Held) -> None:
        self._held.pop(held.name, None)
        held.lost.set()

    async def give_back(self, held: Held) -> None:
        """Give *held* back: another process may have it at once."""
        if self._held.pop(held.name, None) is None:
            return
        held.lost.set()
        with suppress(StoreFailure):  # then its beat stands still
            await self._ledger.keep_lease(Lease(held.name, "", held.lease.beat + 1), instead_of=held.lease)
