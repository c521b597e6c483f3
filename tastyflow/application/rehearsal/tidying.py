"""
Tidying: what the attempts of an order have at work in the sandbox is cancelled, whatever was recorded of them.

    tidied(order)   every attempt that may hold something there: searched for by its tag, cancelled where it works
    Strays          orders with our tag that the stream shows working, while no rehearsal here listens for them:
                      of an attempt that is done with ─▶ at once
                      of any other ─▶ once no process can be at it any more

A search can be wrong, and an order can appear later than any search looked: nothing is taken for gone until the sandbox
forgets its orders, at night.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import Final
from uuid import UUID

from tastyflow.application.context import Context
from tastyflow.application.ledger.read_models import CLAIM, SETUP, ReadModels
from tastyflow.application.live.cancelling import ask_to_cancel
from tastyflow.application.order_stream import OrderStream
from tastyflow.application.sending import sandbox_answer, tagged
from tastyflow.application.waiting import Tasks
from tastyflow.domain.order import Order
from tastyflow.domain.order.events import SubmissionClaimed
from tastyflow.domain.order.stages import BEFORE_VERDICT
from tastyflow.domain.order.submission import Attempt, AttemptOutcome, tag_prefix
from tastyflow.domain.setup import Setup, SetupClaimed
from tastyflow.domain.venue import BrokerOrder, Venue
from tastyflow.errors import TastyflowError, VenueFailure, VenueRefused

logger = logging.getLogger(__name__)

MAX_STRAYS: Final = 1000
"""So many strays are remembered, so that none is looked up twice."""


def may_hold_something(attempt: Attempt) -> bool:
    """Whether the sandbox may have something of *attempt* at work: also where a search did not find it."""
    if attempt.venue is not Venue.SANDBOX:
        return False
    return attempt.is_open or (attempt.status is None and attempt.outcome is AttemptOutcome.NOT_FOUND)


async def tidied(context: Context, order: Order) -> list[BrokerOrder]:
    """
    What the sandbox has of *order*, after cancelling what works there.

    Raises:
        VenueFailure: It does not say what it has, or whether it cancelled that.
    """
    seen: list[BrokerOrder] = []
    for attempt in order.attempts:
        if may_hold_something(attempt):
            seen += await tidied_attempt(context, attempt)
    return seen


async def tidied_attempt(context: Context, attempt: Attempt) -> list[BrokerOrder]:
    """The same of one attempt."""
    sandbox = context.sandbox
    seen = list(await sandbox_answer(context, tagged(context, attempt)))
    for found in [snapshot for snapshot in seen if not snapshot.status.is_terminal]:
        answer = await ask_to_cancel(sandbox, found.broker_order)
        if isinstance(answer, VenueFailure) and not isinstance(answer, VenueRefused):  # refused: it has ended
            raise answer
        seen += filter(None, [await sandbox_answer(context, sandbox.get(found.broker_order))])
    return seen


class Strays:
    """
    What the stream shows at work that no rehearsal here listens for.

    Args:
        tidy: Brings what an order has in the sandbox to its end.
    """

    def __init__(self, context: Context, stream: OrderStream, tidy: Callable[[UUID], Awaitable[None]]) -> None:
        self._context = context
        self._stream = stream
        self._tidy = tidy
        self._done_with: dict[str, UUID] = {}
        self._seen: set[str] = set()
        self._ended: set[str] = set()
        self._tasks = Tasks()

    def open(self) -> None:
        self._stream.strays.append(self._shown)

    async def close(self) -> None:
        """What is under way ends here: the next command looks for it."""
        if self._shown in self._stream.strays:
            self._stream.strays.remove(self._shown)
        await self._tasks.close()

    def doubt(self, order: Order) -> None:
        """No task here rehearses *order* any more: what appears of its attempts from now on is tidied at once."""
        for attempt in order.attempts:
            if may_hold_something(attempt) and len(self._done_with) < MAX_STRAYS:
                self._done_with[attempt.external_id] = order.id
                self._seen.discard(attempt.external_id)
                self._ended.discard(attempt.external_id)

    def _shown(self, snapshot: BrokerOrder) -> None:
        tag = snapshot.external_id or ""
        if not tag.startswith(tag_prefix(Venue.SANDBOX)):
            return
        if snapshot.status.is_terminal:
            self._ended |= {tag} & self._seen
            return
        if tag in self._seen:
            return
        if len(self._seen) >= MAX_STRAYS:
            self._seen.clear()
            self._ended.clear()
        self._seen.add(tag)
        self._tasks.start(self._look(tag, snapshot.broker_order), name=f"stray-{tag}")

    async def _look(self, tag: str, broker_order: str) -> None:
        try:
            if tag not in self._done_with:
                await self._context.clock.sleep(self._context.policy.settle_s)
                if tag in self._ended:
                    return  # the process that rehearses it has brought it to its end
                shown = await self._context.sandbox.get(broker_order)
                if shown is None or shown.status.is_terminal:
                    return
            order_id = self._done_with.get(tag) or self._owner_of(tag)
            order = self._context.ledger.read(Order, order_id) if order_id else None
            if order is None or order.account not in ("", self._context.account_name):
                return
            if (
                tag in self._done_with or order.stage not in BEFORE_VERDICT
            ):  # else a process is at it, or it is interrupted
                await self._tidy(order.id)
        except TastyflowError as error:  # the next command looks for it
            logger.warning("A sandbox order that appeared late was not tidied: %s", error.message)

    def _owner_of(self, tag: str) -> UUID | None:
        ledger = self._context.ledger
        models = ReadModels(ledger)
        order_id = models.first(CLAIM, tag, or_of=(SubmissionClaimed.TOPIC,), holding=tag)
        if order_id is not None:
            return order_id
        setup_id = models.first(SETUP, tag, or_of=(SetupClaimed.TOPIC,), holding=tag)
        setup = ledger.read(Setup, setup_id) if setup_id is not None else None
        return setup.order if setup else None
