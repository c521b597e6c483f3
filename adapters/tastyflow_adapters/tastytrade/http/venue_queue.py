"""
The queue before one venue: requests are sent no more often than it allows, and a kind pauses when it says "too many".

    ask ─▶ wait, told the place ─▶ a turn of its own kind, and one of all kinds ─▶ go ─▶ answered
             by rank, then accounts by turns, then in order of asking
    turn ─▶ held (for `HOLD_S`) ─▶ used │ released │ given back by itself        an order's, taken before its claim
    429 ──▶ that kind pauses, and no other: 1, 2, 4, 8 … seconds, and up to a quarter more by chance

A request that gives up leaves its place to the next one; one that would wait too long is refused at once. While some
wait, a timer looks at the queue when the next turn is free. What other processes of this installation send and wait
for counts too (`shared_rates`): nothing here waits for another process.
"""

import asyncio
import logging
import math
from collections.abc import Mapping, Sequence, Set
from random import Random
from typing import Final
from uuid import uuid4

from tastyflow.application.backoff import Backoff
from tastyflow.ports import Clock, OnQueued, QueuePlace
from tastyflow_adapters.tastytrade.http.queued_requests import QueuedRequest, QueueTurn, in_order
from tastyflow_adapters.tastytrade.http.rate_limits import LATE_S, OTHERS, RANKS, SAME_AS, Kind, Limits, TooMany, Window
from tastyflow_adapters.tastytrade.http.shared_rates import Alone, Arrival, Register, Share, Waiting

HOLD_S: Final = 2.0
"""How long a turn is kept for an order: longer than a claim takes."""

SOON_S: Final = 1e-6
"""A moment that is so near counts as now: a sleep can end a rounding error early."""

PAUSE_S: Final = 1.0
MAX_PAUSE_S: Final = 30.0

POLL_S: Final = 0.05
"""How often the register is read while requests wait and another process is at work: it cannot wake this one."""

BEAT_S: Final = 0.25
"""How often a waiting process says that it is alive."""

TYPICAL_S: Final = 0.15
LEARNS: Final = 0.2
"""How long the first answer is expected to take; how much each answer changes what is expected of the next."""

FOLLOWERS: Final = 2
"""A rehearsal's dry run is followed by an order, and by the one that puts the account back. Both go before those that
have not begun, so they count in what is expected."""

FOLLOW_S: Final = 5.0
"""How soon they come."""

logger = logging.getLogger(__name__)


class Limiter:
    """
    The queue before one venue.

    Args:
        register: Where the processes of one installation see each other; this one is alone unless told otherwise.
    """

    def __init__(
        self, limits: Limits, clock: Clock, rng: Random | None = None, *, register: Register | None = None
    ) -> None:
        self._clock = clock
        self._register = register or Alone()
        self._me = uuid4().hex[:12]
        self._windows = {kind: Window(limits.of(kind)) for kind in Kind}
        self._lanes = {kind: SAME_AS.get(kind, kind) for kind in Kind}
        self._together = Window(limits.of(None))
        self._is_limited = not math.isinf(limits.times)
        self._queue: list[QueuedRequest] = []  # of this process, in order of asking
        self._turns: list[QueueTurn] = []  # what this process was given, as long as it counts
        self._timer: asyncio.Task[None] | None = None
        self._wakes_at = self._next_at = math.inf
        self._backoffs = {kind: Backoff(PAUSE_S, longest_s=MAX_PAUSE_S, spread=(1.0, 1.25), rng=rng) for kind in Kind}
        self._paused_until = dict.fromkeys(Kind, -math.inf)
        self._typical_s = TYPICAL_S
        self._followers, self._begun_s = 0, -math.inf  # what rehearsals that have begun will ask for yet
        self._others: Sequence[Share] = ()
        self._seen_s = -math.inf  # when the others were looked at last
        self._accounts: dict[str, int] = {}
        self._served_s: dict[str, float] = {}  # when each account had its last turn

    async def turn(
        self,
        kind: Kind,
        *,
        within_s: float,
        account: str = "",
        holds_s: float | None = None,
        queued: OnQueued | None = None,
    ) -> QueueTurn:
        """
        Wait for a turn; say so with `answered` when it has been used.

        Args:
            account: Accounts that wait take turns.
            holds_s: How long it is kept until `use`; None to use it at once.
            queued: Called with the place in the queue, within a second, and again when that has changed a good deal.

        Raises:
            TooMany: There is none within *within_s* seconds.
        """
        now = self._now()
        turn: asyncio.Future[QueueTurn] = asyncio.get_running_loop().create_future()
        owner = f"{self._me}.{self._accounts.setdefault(account, len(self._accounts))}"  # no number is written down
        rank = RANKS.get(kind, OTHERS)
        me = QueuedRequest(kind, rank, owner, now, now + within_s, turn, holds_s, queued)
        self._queue.append(me)
        if kind is Kind.ORDER:
            self._followers = max(0, self._followers - 1)
        try:
            self._look()
            if not turn.done() and me.expected_at > me.deadline and me.is_placed:
                raise TooMany(me.ahead)
            self._set_timer()
            return await turn
        except BaseException:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self._drop(turn.result())  # given to one that left this very moment
            raise
        finally:
            if me in self._queue:  # it gave up
                self._queue.remove(me)
                self._look()
            self._set_timer()

    def place_after(self, behind: int) -> QueuePlace:
        """Where a rehearsal should stand that comes after *behind* others which are not in the queue yet."""
        if not self._is_limited:
            return QueuePlace(0, 0.0)
        now = self._now()
        if now > self._seen_s + BEAT_S:
            with self._register.held(self._clock.mark()) as others:
                self._others, self._seen_s = others or (), now
        self._count(now, {Kind.ORDER}, self._others)
        waiting = [(place.kind, place.holds_s) for place in self._queue if not place.is_over]
        waiting += [(each.kind, each.holds_s) for share in self._others for each in share.waiting]
        ahead = (1 + FOLLOWERS) * behind + self._to_follow(now) + sum(share.followers for share in self._others)
        for kind, holds_s in waiting:
            if self._lanes[kind] is Kind.ORDER:
                ahead += 1 + (FOLLOWERS if kind is Kind.DRY_RUN and holds_s is not None else 0)
        lane_s = self._windows[Kind.ORDER].after(ahead, now, self._typical_s)
        together_s = self._together.after(ahead, now, self._typical_s)
        return QueuePlace(ahead, max(lane_s, together_s, self._paused_until[Kind.DRY_RUN]) - now)

    def use(self, turn: QueueTurn) -> bool:
        """Whether a held *turn* still holds; it is used from now on."""
        now = self._now()
        if turn not in self._turns or turn.held_until is None or now > turn.held_until:
            return False
        turn.taken_s, turn.arrives_by, turn.held_until = now, now + LATE_S, None
        return True

    def answered(self, turn: QueueTurn) -> None:
        """The request is over, so it arrived before."""
        now = self._now()
        self._typical_s += LEARNS * (min(max(0.0, now - turn.taken_s), LATE_S) - self._typical_s)
        turn.arrives_by = min(turn.arrives_by, now)
        self._look()
        self._set_timer()

    def refused(self, kind: Kind) -> float:
        """The venue answered 429: that kind pauses. Returns for how many seconds."""
        pause_s = self._backoffs[kind].next()
        self._paused_until[kind] = max(self._paused_until[kind], self._now() + pause_s)
        self._look()
        self._set_timer()
        return pause_s

    def accepted(self, kind: Kind) -> None:
        """The venue answered: the next pause is the first one again."""
        self._backoffs[kind].reset()

    def close(self) -> None:
        """Let go of the register."""
        self._register.close()

    # ── the queue ──────────────────────────────────────────────────────────────────────────────────────────────

    def _now(self) -> float:
        """Seconds that the processes of this machine agree on."""
        return self._clock.mark().elapsed_s

    def _look(self) -> None:
        """Give a turn to every request of this process that can have one now, in order; tell the others their place."""
        now = self._now()
        self._turns = [turn for turn in self._turns if self._counts_until(turn) > now]
        self._queue = [place for place in self._queue if not place.is_over]
        news: list[tuple[OnQueued, QueuePlace]] = []
        if self._is_limited:
            with self._register.held(self._clock.mark()) as others:
                if others is None:
                    self._next_at = now + POLL_S
                    return
                self._others, self._seen_s = others, now
                self._grant(now, others, news)
                self._register.keep(self._share(now))
        else:
            self._grant(now, (), news)
        for queued, place in news:
            try:
                queued(place)
            except Exception:
                logger.exception("A place in the queue could not be told.")

    def _grant(self, now: float, others: Sequence[Share], news: list[tuple[OnQueued, QueuePlace]]) -> None:
        self._next_at = math.inf
        if not self._queue:
            return
        places = in_order(self._queue, others, self._served_s)
        self._count(now, {self._lanes[place.kind] for place in places}, others)
        paused_until = self._pauses(others)
        ahead, together = 0, self._together
        followers = self._to_follow(now) + sum(share.followers for share in others)
        for place in places:
            lane, paused = self._windows[self._lanes[place.kind]], paused_until[place.kind]
            if place.begins and followers:
                self._expect(lane, followers, now)
                followers = 0
            alone_at = max(lane.opens_at, paused)
            if max(alone_at, together.opens_at) <= now + SOON_S:
                self._take(place, now)
                continue
            place.expected_at = max(now, paused, lane.expected_at, together.expected_at)
            place.ahead = ahead
            ahead += 1
            lane.expect(place.expected_at + self._typical_s)
            if alone_at <= now:  # a paused one holds up nothing behind it
                together.expect(place.expected_at + self._typical_s)
            if place.begins:
                self._expect(lane, FOLLOWERS, now)
            if place.turn is None:
                continue
            if place.deadline <= now:  # requests of a higher rank came later, and went before it
                place.turn.set_exception(TooMany(place.ahead))
                continue
            told, again_at = place.news(now)
            if told is not None and place.queued is not None:
                news.append((place.queued, told))
            self._next_at = min(self._next_at, max(alone_at, together.opens_at), place.deadline, again_at)
        self._queue = [place for place in self._queue if not place.is_over]
        if self._queue:
            held = (turn.held_until for turn in self._turns if turn.held_until is not None)
            reads_s = (POLL_S if others else BEAT_S) if self._register.is_shared else math.inf
            self._next_at = min(self._next_at, now + reads_s, *held)

    def _to_follow(self, now: float) -> int:
        return self._followers if now < self._begun_s + FOLLOW_S else 0

    def _expect(self, lane: Window, many: int, now: float) -> None:
        for _ in range(many):
            lane.expect(max(now, lane.expected_at) + self._typical_s)

    def _count(self, now: float, lanes: Set[Kind], others: Sequence[Share]) -> None:
        """Show the windows what is under way, here and elsewhere."""
        held = [(self._lanes[turn.kind], turn.held_until) for turn in self._turns if turn.held_until is not None]
        under_way = [(self._lanes[turn.kind], turn.arrives_by) for turn in self._turns if turn.held_until is None]
        under_way += [(self._lanes[each.kind], each.by_s) for share in others for each in share.arrivals]
        for window, own in ((self._together, None), *((self._windows[lane], lane) for lane in lanes)):
            mine = [by_s for lane, by_s in under_way if own in (None, lane) and by_s + window.period_s > now]
            kept = [until for lane, until in held if own in (None, lane)]
            soon = now + self._typical_s
            window.look([by_s + window.period_s for by_s in mine] + kept, [min(by_s, soon) for by_s in mine + kept])

    def _pauses(self, others: Sequence[Share]) -> Mapping[Kind, float]:
        paused_until = dict(self._paused_until)
        for share in others:
            for kind, until in share.pauses.items():
                paused_until[kind] = max(paused_until[kind], until)
        return paused_until

    def _take(self, place: QueuedRequest, now: float) -> None:
        """There is a turn for *place*; where another process waits for it, it is left to that one."""
        held_until = None if place.holds_s is None else now + place.holds_s
        by_s = (now if held_until is None else held_until) + LATE_S
        for window in (self._windows[self._lanes[place.kind]], self._together):
            window.take(by_s + window.period_s, now + self._typical_s)
        if place.turn is not None:
            turn = QueueTurn(place.kind, place.owner, now, by_s, held_until, self._give_back)
            self._turns.append(turn)
            self._served_s[place.owner] = now
            if place.begins:
                self._followers, self._begun_s = self._to_follow(now) + FOLLOWERS, now
            place.turn.set_result(turn)

    def _give_back(self, turn: QueueTurn) -> None:
        if turn.held_until is not None:
            self._drop(turn)

    def _drop(self, turn: QueueTurn) -> None:
        """*turn* is never used: it counts no more."""
        if turn in self._turns:
            self._turns.remove(turn)
            self._look()
            self._set_timer()

    def _counts_until(self, turn: QueueTurn) -> float:
        if turn.held_until is not None:
            return turn.held_until
        return turn.arrives_by + max(self._windows[self._lanes[turn.kind]].period_s, self._together.period_s)

    def _share(self, now: float) -> Share:
        """What the other processes must know of this one."""
        return Share(
            self._me,
            now,
            [Arrival(turn.kind, turn.owner, turn.arrives_by) for turn in self._turns],
            [Waiting(place.kind, place.owner, place.asked_s, place.holds_s) for place in self._queue],
            {kind: until for kind, until in self._paused_until.items() if until > now},
            self._served_s,
            self._to_follow(now),
        )

    # ── the timer ──────────────────────────────────────────────────────────────────────────────────────────────

    def _set_timer(self) -> None:
        """Wake the queue when the next turn is free."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return  # the program is ending, and those that waited are thrown away
        if self._timer is not None and self._timer.get_loop() is not loop:
            return  # one that waited on a loop that has ended is thrown away while another one runs
        if self._timer is not None and (not self._queue or self._next_at < self._wakes_at or self._timer.done()):
            self._timer.cancel()
            self._timer = None
        if self._queue and self._timer is None:
            self._wakes_at = self._next_at
            self._timer = asyncio.create_task(self._run_timer(), name="limits")

    async def _run_timer(self) -> None:
        while self._queue:
            self._wakes_at = self._next_at
            await self._clock.sleep(max(0.0, self._wakes_at - self._now()))
            self._look()
        self._timer = None
