"""
Timers: what is overdue is looked at again, of all traders.

    a claim without an outcome, older than `Policy.settle_s`     ─▶ searched for, adopted or escalated
    an order interrupted in its rehearsal or on the way          ─▶ ended; its sandbox order tidied, its capacity free
    a confirmation or an approval whose time is over             ─▶ ended
    an attempt that was not found                                ─▶ searched for again, once a minute
    a halt whose orders are not all cancelled                    ─▶ cancelled
    what rehearsals left in the sandbox                          ─▶ undone, once a minute

The next look is at the nearest deadline that is known, and after `LONGEST_S` at the latest.
"""

import asyncio
import logging
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from tastyflow.application.desk import RECENT, Desk
from tastyflow.application.service.supervision import MayAct
from tastyflow.domain.age import age_s
from tastyflow.domain.order import Order
from tastyflow.domain.order.submission import AttemptOutcome
from tastyflow.domain.policy import Policy
from tastyflow.domain.venue import Venue
from tastyflow.errors import TastyflowError
from tastyflow.ports import Clock

logger = logging.getLogger(__name__)

LONGEST_S: Final = 5.0
SHORTEST_S: Final = 0.2
AGAIN_S: Final = 60.0
"""How long an attempt that was not found, or a leftover in the sandbox, is left alone after it was looked for."""

AT_ONCE: Final = 8
UNANSWERED: Final = frozenset({AttemptOutcome.PENDING, AttemptOutcome.UNKNOWN})


class Timers:
    """Looks after what is overdue, for as long as it runs."""

    def __init__(self, desk: Desk, clock: Clock) -> None:
        self._desk = desk
        self._clock = clock
        self._policy = desk.context.policy
        self._looked_s: dict[UUID, float] = {}
        self._tidied_s: float | None = None

    async def run(self, may_act: MayAct) -> None:
        """For ever."""
        while True:
            if may_act():
                await self.look()
            await self._clock.sleep(self.next_look_s())

    def next_look_s(self) -> float:
        """In how many seconds the nearest deadline is."""
        now, open_orders = self._clock.now(), self._open_orders()
        known = [at for order in open_orders for at in deadlines_of(order, self._policy)]
        left = min(((at - now).total_seconds() for at in known if at > now), default=LONGEST_S)
        return min(LONGEST_S, max(SHORTEST_S, left))

    async def look(self) -> None:
        """Look once at everything that is overdue now."""
        with suppress(TastyflowError):  # looked at again in a moment
            await self._desk.halting.finish()
        open_orders = self._open_orders()
        self._forget_but(order.id for order in open_orders)
        slots = asyncio.Semaphore(AT_ONCE)

        async def one(order: Order) -> None:
            async with slots:
                await self._look_after(order)

        await asyncio.gather(*(one(order) for order in open_orders if self.is_due(order)))
        await self._tidy()

    def is_due(self, order: Order) -> bool:
        """Whether something is overdue about *order*."""
        if self._desk.is_interrupted(order):
            return True
        if order.waiting_until is not None and self._clock.now() >= order.waiting_until:
            return True
        attempts = [each for each in order.attempts if each.venue is Venue.PRODUCTION]
        now, now_mark = self._clock.now(), self._clock.mark()
        for attempt in attempts:
            if attempt.outcome in UNANSWERED:
                age = age_s(attempt.claimed_at, attempt.mark, now=now, now_mark=now_mark)
                if age > self._policy.settle_s and self._not_just_now(order):
                    return True
            if attempt.outcome is AttemptOutcome.NOT_FOUND and self._not_just_now(order):
                return True
        return False

    def _not_just_now(self, order: Order) -> bool:
        looked_s = self._looked_s.get(order.id)
        return looked_s is None or self._clock.monotonic() - looked_s >= AGAIN_S

    async def _look_after(self, order: Order) -> None:
        self._looked_s[order.id] = self._clock.monotonic()
        try:
            await self._desk.refresh(order.id)
        except TastyflowError as error:
            logger.warning("Order %s could not be looked at: %s", order.reference, error.message)

    async def _tidy(self) -> None:
        now_s = self._clock.monotonic()
        if self._tidied_s is not None and now_s - self._tidied_s < AGAIN_S:
            return
        self._tidied_s = now_s
        with suppress(TastyflowError):  # tried again after `AGAIN_S`
            await self._desk.tidy(self._desk.lookup.newest_orders(RECENT))

    def _open_orders(self) -> tuple[Order, ...]:
        lookup = self._desk.lookup
        return lookup.everyones_open()

    def _forget_but(self, still_open: Iterable[UUID]) -> None:
        kept = set(still_open)
        self._looked_s = {order_id: at for order_id, at in self._looked_s.items() if order_id in kept}


def deadlines_of(order: Order, policy: Policy) -> Iterable[datetime]:
    """The moments at which *order* is due that can be read from it alone."""
    if order.needs_confirmation and order.confirm_until is not None:
        yield order.confirm_until + timedelta(milliseconds=1)
    if order.waiting_until is not None:
        yield order.waiting_until
    for attempt in order.attempts:
        if attempt.venue is Venue.PRODUCTION and attempt.outcome in UNANSWERED:
            yield attempt.claimed_at + timedelta(seconds=policy.settle_s, milliseconds=1)
