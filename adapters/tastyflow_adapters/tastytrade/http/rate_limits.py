"""
Requests are sent no more often than tastytrade allows, and a kind pauses when it answers "too many".

    ask ─▶ a turn of its own kind, and one of all kinds ─▶ go
             in order of asking; cancels before orders before searches before everything else
    429 ─▶ that kind pauses, and no other: 1, 2, 4, 8 … seconds, and up to a quarter more by chance

A limit of n per second means: no n+1 requests reach the venue within any second. Of a request we know when it was sent
and when it was answered, not when it arrived; so it counts until a second after its answer (at most after `LATE_S`),
and neither a slow line nor a busy machine makes requests arrive in a bunch.
A request that gives up leaves its place to the next one; one that would wait too long is refused at once. While some
wait, a timer wakes the queue when the next turn is free.
"""

import asyncio
import math
from bisect import insort
from collections.abc import Mapping
from enum import StrEnum
from random import Random
from typing import Final

from attrs import define, frozen

from tastyflow.application.backoff import Backoff
from tastyflow.ports import Clock


class Kind(StrEnum):
    """What a request is about; each kind has a limit of its own at tastytrade."""

    CANCEL = "cancel"
    ORDER = "order"
    DRY_RUN = "dry_run"
    ORDERS = "orders"
    ONE_ORDER = "one_order"
    POSITIONS = "positions"
    BALANCES = "balances"
    TRADING_STATUS = "trading_status"
    ACCOUNTS = "accounts"
    CHAIN = "chain"
    MARKET_DATA = "market_data"
    EQUITY = "equity"
    SESSIONS = "sessions"
    QUOTE_TOKEN = "quote_token"  # noqa: S105  a name, no secret
    OTHER = "other"


PER_SECOND: Final[Mapping[Kind, float]] = {
    Kind.ORDER: 20,
    Kind.ORDERS: 5,  # none is published; tastytrade asks not to poll the lists
    Kind.POSITIONS: 1,
    Kind.BALANCES: 1,
    Kind.TRADING_STATUS: 1,
    Kind.ACCOUNTS: 1,
    Kind.CHAIN: 2,
    Kind.MARKET_DATA: 2,
    Kind.EQUITY: 2,  # one may be asked for three times, a list of them twice
}
"""Requests per second, as tastytrade's own MCP server keeps to them; kinds without one have only the common limit."""

SAME_AS: Final[Mapping[Kind, Kind]] = {Kind.DRY_RUN: Kind.ORDER, Kind.CANCEL: Kind.ORDER}
"""Kinds that are counted as another one. They pause alone: a cancel does not wait for what dry runs have earned."""

RANKS: Final[Mapping[Kind, int]] = {Kind.CANCEL: -1, Kind.ORDER: 0, Kind.ORDERS: 1, Kind.ONE_ORDER: 1, Kind.DRY_RUN: 1}
OTHERS: Final = 2

MARGIN: Final = 1.01
"""A second counts as so many: two clocks never agree."""

LATE_S: Final = 1.0
"""How much later than it was sent a request is taken to have arrived at most. The sandbox thinks longer than that."""

SOON_S: Final = 1e-6
"""A moment that is so near counts as now: a sleep can end a rounding error early."""

PAUSE_S: Final = 1.0
MAX_PAUSE_S: Final = 30.0


@frozen
class Limits:
    """
    Attributes:
        per_second: Requests per second of each kind.
        together: Requests per second of all kinds.
        times: What all of them are multiplied by; ``math.inf`` switches them off.
    """

    per_second: Mapping[Kind, float] = PER_SECOND
    together: float = 50
    times: float = 1.0

    def of(self, kind: Kind | None) -> float:
        """The limit of *kind*; of all kinds together for None."""
        return (self.together if kind is None else self.per_second.get(kind, math.inf)) * self.times


class TooMany(Exception):
    """No turn within the time given. Nothing was sent."""

    def __init__(self, ahead: int) -> None:
        super().__init__(f"{ahead} requests are waiting before this one.")
        self.ahead = ahead


@define(eq=False)
class Turn:
    """Permission to send one request. *arrives_by* is when it is taken to have arrived at the latest."""

    arrives_by: float


class Window:
    """At most so many arrivals within any such second."""

    def __init__(self, per_second: float) -> None:
        self._unlimited = math.isinf(per_second)
        self._size = 1 if self._unlimited else max(1, math.floor(per_second))
        self._period_s = 0.0 if self._unlimited else self._size / per_second * MARGIN
        self._turns: list[Turn] = []

    def opens_at(self, now: float, *, ahead: int = 0, paused_until: float = -math.inf) -> float:
        """When a turn is free for a request with *ahead* others before it; far ahead it is an estimate."""
        if self._unlimited:
            return paused_until
        arrivals = sorted(turn.arrives_by for turn in self._turns if turn.arrives_by + self._period_s > now)
        place = len(arrivals) + ahead - self._size
        if place < len(arrivals):
            return max(arrivals[place] + self._period_s if place >= 0 else -math.inf, paused_until)
        rounds = (place - len(arrivals)) // self._size + 1
        return max(arrivals[-1] + self._period_s if arrivals else now, paused_until) + rounds * self._period_s

    def take(self, turn: Turn, now: float) -> None:
        self._turns = [other for other in self._turns if other.arrives_by + self._period_s > now]
        if not self._unlimited:
            self._turns.append(turn)


@define(eq=False)
class _Waiting:
    kind: Kind
    rank: int
    deadline: float
    turn: asyncio.Future[Turn]


class Limiter:
    """The queue before one venue."""

    def __init__(self, limits: Limits, clock: Clock, rng: Random | None = None) -> None:
        self._clock = clock
        self._windows = {kind: Window(limits.of(kind)) for kind in Kind}
        self._windows |= {kind: self._windows[other] for kind, other in SAME_AS.items()}
        self._together = Window(limits.of(None))
        self._queue: list[_Waiting] = []  # by rank, then in order of asking
        self._timer: asyncio.Task[None] | None = None
        self._wakes_at = math.inf
        self._backoffs = {kind: Backoff(PAUSE_S, longest_s=MAX_PAUSE_S, spread=(1.0, 1.25), rng=rng) for kind in Kind}
        self._paused_until = dict.fromkeys(Kind, -math.inf)

    async def turn(self, kind: Kind, *, within_s: float) -> Turn:
        """
        Wait for a turn; say so with `answered` when it has been used.

        Raises:
            TooMany: There is none within *within_s* seconds.
        """
        deadline = self._clock.monotonic() + within_s
        me = _Waiting(kind, RANKS.get(kind, OTHERS), deadline, asyncio.get_running_loop().create_future())
        insort(self._queue, me, key=lambda waiting: waiting.rank)
        try:
            self._grant()
            if not me.turn.done() and self._turn_of(me) > deadline:
                raise TooMany(self._queue.index(me))
            self._set_timer()
            return await me.turn
        finally:
            if me in self._queue:
                self._queue.remove(me)
            self._set_timer()

    def answered(self, turn: Turn) -> None:
        """The request is over, so it arrived before."""
        turn.arrives_by = min(turn.arrives_by, self._clock.monotonic())
        self._set_timer()

    def refused(self, kind: Kind) -> float:
        """The venue answered 429: that kind pauses. Returns for how many seconds."""
        pause_s = self._backoffs[kind].next()
        self._paused_until[kind] = max(self._paused_until[kind], self._clock.monotonic() + pause_s)
        return pause_s

    def accepted(self, kind: Kind) -> None:
        """The venue answered: the next pause is the first one again."""
        self._backoffs[kind].reset()

    # ── the queue ──────────────────────────────────────────────────────────────────────────────────────────────

    def _turn_of(self, me: _Waiting) -> float:
        """When *me* should get a turn, as the queue stands."""
        ahead = self._queue[: self._queue.index(me)]
        mine, now = self._windows[me.kind], self._clock.monotonic()
        same = sum(1 for other in ahead if self._windows[other.kind] is mine)
        ready = sum(1 for other in ahead if self._alone_at(other, now) <= now)
        alone = mine.opens_at(now, ahead=same, paused_until=self._paused_until[me.kind])
        return max(alone, self._together.opens_at(now, ahead=ready))

    def _alone_at(self, waiting: _Waiting, now: float) -> float:
        """When there is a turn of its own kind."""
        return self._windows[waiting.kind].opens_at(now, paused_until=self._paused_until[waiting.kind])

    def _opens_at(self, waiting: _Waiting, now: float) -> float:
        return max(self._alone_at(waiting, now), self._together.opens_at(now))

    def _grant(self) -> None:
        """Give a turn to every request that can have one now, in order."""
        now = self._clock.monotonic()
        for waiting in list(self._queue):
            if self._opens_at(waiting, now) <= now + SOON_S:
                turn = Turn(now + LATE_S)
                self._windows[waiting.kind].take(turn, now)
                self._together.take(turn, now)
                self._leave(waiting, turn)
            elif waiting.deadline <= now:  # requests of a higher rank came later, and went before it
                self._leave(waiting, TooMany(self._queue.index(waiting)))

    def _leave(self, waiting: _Waiting, outcome: Turn | TooMany) -> None:
        self._queue.remove(waiting)
        if waiting.turn.done():
            return  # it gave up this very moment
        if isinstance(outcome, Turn):
            waiting.turn.set_result(outcome)
        else:
            waiting.turn.set_exception(outcome)

    def _set_timer(self) -> None:
        """Wake the queue when the next turn is free."""
        at = self._next_at()
        if self._timer is not None and (not self._queue or at < self._wakes_at):
            self._timer.cancel()
            self._timer = None
        if self._queue and self._timer is None:
            self._timer = asyncio.create_task(self._run_timer(), name="limits")

    async def _run_timer(self) -> None:
        while self._queue:
            self._wakes_at = self._next_at()
            await self._clock.sleep(max(0.0, self._wakes_at - self._clock.monotonic()))
            self._grant()
        self._timer = None

    def _next_at(self) -> float:
        now = self._clock.monotonic()
        return min((min(waiting.deadline, self._opens_at(waiting, now)) for waiting in self._queue), default=math.inf)
