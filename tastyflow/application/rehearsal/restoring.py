"""
Putting the sandbox account back: what an order's rehearsals and setups changed there is undone.

    begin(order)    after its rehearsal, in a task beside the way to production
                      opened ─▶ wait until no rehearsal is at its instruments ─▶ undo
                      closed ─▶ undo at once, in the turn of the rehearsal
    finish(order)   what a dead process left: placements without outcome, working orders, and what is owed;
                    and what a search did not find, at growing intervals until the next night
    the stream      an order of ours that appears after all (`tidying.Strays`)

What is owed is read from the log alone (`tastyflow.domain.setup.owing`). It is claimed like any order that is sent.
"""

import asyncio
import logging
import math
from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from typing import Final
from uuid import UUID

from tastyflow.application.context import Context
from tastyflow.application.live.recording import Recorder
from tastyflow.application.order_stream import OrderStream
from tastyflow.application.rehearsal.holdings import Held, closable, held_once, is_market_open
from tastyflow.application.rehearsal.placing import SetupPlacer
from tastyflow.application.rehearsal.tidying import Strays, may_hold_something, tidied_attempt
from tastyflow.application.rehearsal.turns import Turn, Turns, Use
from tastyflow.application.sending import Search, not_ready_because
from tastyflow.application.waiting import Tasks, first_done
from tastyflow.domain.instruments import Instrument
from tastyflow.domain.order import Order
from tastyflow.domain.order.events import FoundBy
from tastyflow.domain.order.stages import BEFORE_VERDICT
from tastyflow.domain.order.submission import Attempt, AttemptOutcome
from tastyflow.domain.setup import Purpose, Setup, owed
from tastyflow.domain.ticket import Leg
from tastyflow.domain.venue import Venue
from tastyflow.errors import TastyflowError, VenueFailure

logger = logging.getLogger(__name__)

QUIET_S: Final = 2.0
"""How long no rehearsal has used an instrument before what was opened in it is undone."""

LATEST_S: Final = 30.0
"""How long undoing waits for that at most."""

AT_ONCE: Final = 10
"""How many orders are undone at the same time."""

RESET_AFTER_S: Final = 24 * 3600.0
"""The sandbox forgets its positions at night: what is older is not looked for."""


NO_ANSWER: Final = "The process that sent it ended before an answer."


class Restorer:
    """Undoes what rehearsals leave in the sandbox account."""

    def __init__(self, context: Context, placer: SetupPlacer, turns: Turns, stream: OrderStream) -> None:
        self._context = context
        self._placer = placer
        self._turns = turns
        self._recorder = Recorder(context)
        self._tasks = Tasks()
        self._at_work: set[UUID] = set()
        self._closing = asyncio.Event()
        self._places = asyncio.Semaphore(AT_ONCE)
        self._strays = Strays(context, stream, self._tidy_late)
        self._looked_at_s: dict[UUID, float] = {}

    def open(self) -> None:
        """Listen for what appears late."""
        self._strays.open()

    def doubt(self, order: Order) -> None:
        """An attempt of *order* has ended here: what appears of it from now on is tidied."""
        self._strays.doubt(order)

    def begin(self, order: Order, turn: Turn) -> None:
        """
        Undo what the rehearsal of *order* left, in a task; *turn* is that of the rehearsal, and is released.

        Once the desk has ended, what is left is for the next one: the log knows it.
        """
        self.doubt(order)
        closes = any(not leg.action.opens for leg in order.legs)
        has_filled = any(fill.venue is Venue.SANDBOX for fill in order.fills)
        if self._context.production is None or self._closing.is_set() or not (closes or has_filled):
            turn.release()
            return
        if not closes:
            turn.release()
        self._at_work.add(order.id)
        self._tasks.start(self._put_back(order, turn if closes else None), name=f"restore-{order.reference}")

    async def close(self, *, in_time: bool = True) -> None:
        """End. What is under way is waited for, for `Policy.fill_wait_s` at most; the log knows what is left."""
        self._closing.set()
        await self._strays.close()
        if in_time and not self._tasks.is_empty:
            await self._tasks.outlasted(self._context.clock.sleep(self._context.policy.fill_wait_s))
        await self._tasks.close()

    async def _put_back(self, order: Order, turn: Turn | None) -> None:
        try:
            if turn is None:
                await self._until_quiet([leg.instrument for leg in order.legs])
                undoing = {leg.instrument: Use.SELLING if leg.action.buys else Use.BUYING for leg in order.legs}
                turn = await self._turns.take(undoing, gives_way=True)
            async with self._places:
                await self.undo(order.id)
        except TastyflowError as error:
            logger.warning("The sandbox account was not put back after order %s: %s", order.reference, error.message)
        finally:
            self._at_work.discard(order.id)
            if turn is not None:
                turn.release()

    async def _until_quiet(self, instruments: list[Instrument]) -> None:
        clock = self._context.clock
        latest_s = clock.monotonic() + LATEST_S
        while not self._closing.is_set() and clock.monotonic() < latest_s:
            left_s = self._turns.quiet_in_s(instruments, QUIET_S)
            if left_s <= 0:
                return
            await first_done(clock.sleep(left_s), self._closing.wait())

    async def undo(self, order_id: UUID, *, by: str = "desk") -> None:
        """
        Undo what *order_id* left in the sandbox account. While the market is closed nothing fills: then it is left to
        `finish`.

        Raises:
            StoreFailure, VenueFailure: What is left is found in the log by `finish`.
        """
        most: dict[Instrument, int] = {}
        for _ in range(self._context.policy.max_attempts):
            left = self._owed(order_id)
            if not left or not await is_market_open(self._context):
                return
            for leg in left:
                choose = partial(self._still_owed, leg.instrument, most.get(leg.instrument))
                placement = await self._placer.place(order_id, Purpose.RESTORE, choose, by=by)
                if placement is None or placement.is_open:
                    return  # another process is at it, or its outcome is not known
                if placement.outcome is AttemptOutcome.DECLINED and not leg.action.opens:
                    held = await held_once(self._context, partial(_shows, leg))
                    most[leg.instrument] = closable(leg, held)
                    if not most[leg.instrument]:
                        return  # the position is gone: the sandbox was reset, or another took it

    def _owed(self, order_id: UUID) -> tuple[Leg, ...]:
        ledger = self._context.ledger
        order, setup = ledger.read(Order, order_id), ledger.read(Setup, Setup.id_of(order_id))
        return owed(order, setup, max_tries=self._context.policy.max_attempts) if order else ()

    def _still_owed(self, instrument: Instrument, most: int | None, order: Order, setup: Setup | None) -> Leg | None:
        legs = owed(order, setup, max_tries=self._context.policy.max_attempts)
        leg = next((leg for leg in legs if leg.instrument == instrument), None)
        if leg is None or most is None or leg.quantity <= most:
            return leg
        return Leg(leg.action, most, instrument)

    # ── what a dead process left ───────────────────────────────────────────────────────────────────────────────

    async def finish(self, order: Order) -> Order:
        """
        Bring what *order* has in the sandbox to its end, where no process is at it any more; the order as recorded.

        A venue that cannot be asked is asked the next time.
        """
        with suppress(VenueFailure):
            order = await self._finish(order)
        return order

    async def finish_all(self, orders: Iterable[Order]) -> None:
        """The same for *orders*, until the sandbox gives no answer: the others are not waited for in vain."""
        with suppress(VenueFailure):
            for order in orders:
                await self._finish(order)

    async def _finish(self, order: Order) -> Order:
        setup = self._context.ledger.read(Setup, Setup.id_of(order.id))
        if not self._is_left(order, setup):
            return order
        if (absence := await not_ready_because(self._context, Venue.SANDBOX)) is not None:
            raise absence
        return await self._tidied(order, setup)

    async def _tidied(self, order: Order, setup: Setup | None) -> Order:
        for placement in setup.placements if setup else ():
            if placement.is_open or placement.outcome is AttemptOutcome.NOT_FOUND:
                await self._placer.settle(order.id, placement)
        for attempt in order.attempts:
            if may_hold_something(attempt):
                order = await self._end(order, attempt)
        if self._context.production is not None:
            await self.undo(order.id, by="reconciler")
        return order

    async def _tidy_late(self, order_id: UUID) -> None:
        """Tidy an order of which something appeared that no task is at any more."""
        order = self._context.ledger.read(Order, order_id)
        if order is not None and order.id not in self._at_work:
            await self._tidied(order, self._context.ledger.read(Setup, Setup.id_of(order_id)))

    def _is_left(self, order: Order, setup: Setup | None) -> bool:
        claims = [attempt for attempt in order.attempts if attempt.venue is Venue.SANDBOX]
        claims += [placement.attempt for placement in setup.placements] if setup else []
        if not claims or order.id in self._at_work:
            return False
        if order.stage in BEFORE_VERDICT:
            return False  # it is being rehearsed, or will be closed as interrupted
        age_s = min(self._context.age_s(claim.claimed_at, claim.mark) for claim in claims)
        if age_s <= self._context.policy.settle_s or RESET_AFTER_S <= age_s < math.inf:
            return False
        is_open = bool(setup and setup.open_placements) or any(
            attempt.venue is Venue.SANDBOX and attempt.is_open for attempt in order.attempts
        )
        has_live = self._context.production is not None
        if is_open or (has_live and owed(order, setup, max_tries=self._context.policy.max_attempts)):
            return True
        is_doubted = any(may_hold_something(attempt) for attempt in order.attempts) or any(
            placement.outcome is AttemptOutcome.NOT_FOUND for placement in (setup.placements if setup else ())
        )
        return is_doubted and self._is_due(order.id, age_s)

    def _is_due(self, order_id: UUID, age_s: float) -> bool:
        """Whether to look once more for what was not found: each time that its age has doubled."""
        if age_s < 2 * self._looked_at_s.get(order_id, 0.0):
            return False
        self._looked_at_s[order_id] = age_s
        return True

    async def _end(self, order: Order, attempt: Attempt) -> Order:
        """Cancel what a rehearsal left working, and record how it ended."""
        seen = await tidied_attempt(self._context, attempt)
        if seen:
            return (await self._recorder.heard(order.id, Venue.SANDBOX, seen, found_by=FoundBy.SEARCH)).order
        if attempt.outcome is AttemptOutcome.ADOPTED:
            return await self._recorder.forgotten(order.id, attempt)
        if attempt.outcome is AttemptOutcome.PENDING:
            await self._recorder.lost(order.id, attempt, NO_ANSWER)
        return (await self._recorder.searched(order.id, attempt, Search((), complete=1))).order


def _shows(leg: Leg, held: Held) -> bool:
    """Whether the account shows something that *leg* can close."""
    return closable(leg, held) > 0
