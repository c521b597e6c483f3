"""
Supervision: parts of the service, each in a task of its own, started again where they die.

    waiting for its lease ─▶ running ─▶ died │ returned ─▶ pause (longer each time, jittered) ─▶ running …
                     ▲           └─▶ lease lost ─┐
                     └───────────────────────────┘
    a vital part that died more than `DEATHS` times within `WITHIN_S` ─▶ the whole ends, loudly
    a part that cannot use its settings, where it says so at the start   ─▶ the whole ends, with what is to be mended

What another part does is not held up by it. The words of an error can quote anything, so that only its kind is kept
where it is not our own.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from enum import StrEnum
from random import Random
from typing import Final

from attrs import define, field, frozen

from tastyflow.application.backoff import Backoff
from tastyflow.application.service.leases import Held, Leases
from tastyflow.application.waiting import Tasks, ended, first_done
from tastyflow.errors import Misconfigured, TastyflowError
from tastyflow.ports import Clock

logger = logging.getLogger(__name__)

DEATHS: Final = 5
WITHIN_S: Final = 300.0
FIRST_PAUSE_S: Final = 0.5
LONGEST_PAUSE_S: Final = 30.0
STEADY_S: Final = 60.0
"""A part that ran so long was well: the next pause begins short again."""

MayAct = Callable[[], bool]
"""Whether the lease of a part is held beyond doubt; asked right before acting."""


@frozen
class ServicePart:
    """
    One part of the service: a line in the list of parts.

    Attributes:
        run: Runs for ever; what it raises, and returning, is its death.
        is_vital: Whether the service is of no use without it.
        lease: What it may do only while this process holds it; empty for none.
        ends_misconfigured: Whether the whole ends where the part raises `Misconfigured`: what it raises so is for the
            operator who starts the service, and trying again is no use.
    """

    name: str
    run: Callable[[MayAct], Awaitable[None]]
    is_vital: bool = False
    lease: str = ""
    ends_misconfigured: bool = False


class PartState(StrEnum):
    """What a part is doing."""

    WAITING = "waiting for its lease"
    RUNNING = "running"
    PAUSING = "pausing after a failure"
    GIVEN_UP = "given up"


@define
class Supervised:
    """
    A part, and how it is doing.

    Attributes:
        deaths: How often it died since the start.
        trouble: Of what it died last; for people, free of secrets.
    """

    part: ServicePart
    state: PartState
    since: datetime
    deaths: int = 0
    trouble: str = ""
    recent: deque[float] = field(factory=deque)


class PartsDied(TastyflowError):
    """A vital part died again and again: the service cannot go on. *part* is its name."""

    default_code = "part_died"

    def __init__(self, part: str, deaths: int, trouble: str) -> None:
        super().__init__(
            f"The part {part!r} of the service died {deaths} times within {WITHIN_S / 60:g} minutes: {trouble}",
            hint="Orders go on at the venues, and no service follows them. Start it again once the cause is mended.",
        )
        self.part = part


class Supervisor:
    """
    Runs *parts* until it is closed.

    Args:
        leases: Where the leases of parts are taken.
        died: Told of each death; what it raises is logged.
    """

    def __init__(
        self,
        clock: Clock,
        leases: Leases,
        parts: Sequence[ServicePart],
        *,
        died: Callable[[Supervised], Awaitable[None]] | None = None,
        rng: Random | None = None,
    ) -> None:
        self._clock = clock
        self._leases = leases
        self._died = died
        self._rng = rng
        self._tasks = Tasks()
        self.parts = tuple(Supervised(part, PartState.WAITING, clock.now()) for part in parts)
        self.failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def start(self) -> None:
        """Start all parts."""
        for supervised in self.parts:
            self._tasks.start(self._supervise(supervised), name=f"part-{supervised.part.name}")

    async def close(self) -> None:
        """Stop all parts."""
        await self._tasks.close()
        if self.failed.done() and not self.failed.cancelled():
            self.failed.exception()  # it was heard, or is logged
        self.failed.cancel()

    # ── one part ───────────────────────────────────────────────────────────────────────────────────────────────

    async def _supervise(self, supervised: Supervised) -> None:
        pauses = Backoff(FIRST_PAUSE_S, longest_s=LONGEST_PAUSE_S, spread=(0.5, 1.0), rng=self._rng)
        while True:
            began_s = self._clock.monotonic()
            try:
                trouble = await self._run(supervised)
            except Misconfigured as wrong:
                self._end(supervised, wrong)
                return
            if trouble is None:
                continue  # its lease was lost: it waits for it again
            if self._clock.monotonic() - began_s >= STEADY_S:
                pauses.reset()
            if self._is_too_much(supervised, trouble):
                return
            await self._tell(supervised)
            self._now(supervised, PartState.PAUSING)
            await self._clock.sleep(pauses.next())

    async def _run(self, supervised: Supervised) -> str | None:
        """Run it once, with its lease; of what it died, None where it lost the lease."""
        part = supervised.part
        if not part.lease:
            self._now(supervised, PartState.RUNNING)
            return await _death_of(part, _always)
        self._now(supervised, PartState.WAITING)
        held = await self._leases.take(part.lease)
        try:
            self._now(supervised, PartState.RUNNING)
            return await self._run_while(held, part)
        finally:
            await asyncio.shield(self._leases.give_back(held))

    async def _run_while(self, held: Held, part: ServicePart) -> str | None:
        running = asyncio.ensure_future(_death_of(part, lambda: held.may_act))
        try:
            await first_done(asyncio.wait((running,)), held.lost.wait())
            return running.result() if running.done() else None
        finally:
            await ended(running)

    def _is_too_much(self, supervised: Supervised, trouble: str) -> bool:
        """Count a death; whether it was one too many for the whole."""
        now_s, part, recent = self._clock.monotonic(), supervised.part, supervised.recent
        supervised.deaths, supervised.trouble = supervised.deaths + 1, trouble
        recent.append(now_s)
        while recent and now_s - recent[0] > WITHIN_S:
            recent.popleft()
        logger.warning("The part %s of the service died (%d): %s", part.name, supervised.deaths, trouble)
        if not part.is_vital or len(recent) <= DEATHS:
            return False
        self._end(supervised, PartsDied(part.name, len(recent), trouble))
        return True

    def _end(self, supervised: Supervised, error: TastyflowError) -> None:
        """*error* ends the whole."""
        supervised.trouble = supervised.trouble or error.message
        self._now(supervised, PartState.GIVEN_UP)
        if not self.failed.done():
            self.failed.set_exception(error)

    async def _tell(self, supervised: Supervised) -> None:
        if self._died is None:
            return
        try:
            await self._died(supervised)
        except Exception:
            logger.exception("The death of a part could not be told")

    def _now(self, supervised: Supervised, state: PartState) -> None:
        supervised.state, supervised.since = state, self._clock.now()


async def _death_of(part: ServicePart, may_act: MayAct) -> str:
    """
    Run *part*; of what it died.

    Raises:
        Misconfigured: It says that its settings cannot be used, and that ends the whole.
    """
    try:
        await part.run(may_act)
    except TastyflowError as error:
        if part.ends_misconfigured and isinstance(error, Misconfigured):
            raise
        return f"{error.message} ({error.code})"
    except Exception as error:
        logger.exception("A part died in an unforeseen way")
        return type(error).__name__
    return "it ended by itself"


def _always() -> bool:
    return True
