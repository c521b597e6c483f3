"""
No order in hand is silent for long: its trader is told that it waits on, and for what.

    in hand ─▶ nothing told of it for `SPOKEN_AFTER_S` ─▶ OrderStillWaiting ─▶ … ─▶ out of hand

The process that takes the steps of an order speaks for it, which shows the others that it is at work, too. Where no
process has it in hand, the reconciler ends it. What works at a venue, or waits for a person, has no need of this.
"""

from contextlib import suppress
from typing import Final
from uuid import UUID

from tastyflow.application.context import Context
from tastyflow.application.ledger.transaction import Transaction
from tastyflow.application.telling.sentences import is_told
from tastyflow.domain.order import Order
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.testresult import TestResult
from tastyflow.domain.venue import Venue
from tastyflow.errors import TastyflowError

SPOKEN_AFTER_S: Final = 60.0
LOOK_S: Final = 20.0
"""Seen at most `LOOK_S` late and spoken of at most `LOOK_S` late: together below the two minutes that are promised."""

WAITS_FOR: Final = {
    Stage.VALIDATED: "It still waits for its rehearsal in the sandbox. It is not on its way to production.",
    Stage.REHEARSING: "It is still being rehearsed in the sandbox. It is not on its way to production.",
    Stage.REHEARSED: "It is rehearsed, and still waits for its next step. It is not on its way to production.",
    Stage.APPROVED: "It still waits for production to take orders. It is not on its way there.",
    Stage.SUBMITTING: "Production has not told yet what became of it. It is being asked: do not order it again.",
}
"""What an order that waits is waiting for, by its stage."""


async def speak_for(context: Context, order_id: UUID) -> None:
    """For as long as the order is in hand: tell its trader that it waits on, where nothing else was told."""
    known, since_s = (-1, -1), 0.0
    while True:
        await context.clock.sleep(LOOK_S)
        last, now_s = _last_told(context, order_id), context.clock.monotonic()
        if last != known:
            known, since_s = last, now_s
        elif now_s - since_s >= SPOKEN_AFTER_S:
            await _speak(context, order_id, now_s - since_s)


async def _speak(context: Context, order_id: UUID, silent_s: float) -> None:
    def decide(tx: Transaction) -> None:
        order = tx.get(Order, order_id)
        if order is None or order.stage not in WAITS_FOR or _waits_for_a_person(order):
            return
        tx.record(
            order.wait(message=WAITS_FOR[order.stage], silent_s=round(silent_s), why=context.because("desk", order))
        )

    with suppress(TastyflowError):  # the next look tries again
        if context.ledger.read(Order, order_id) is not None:
            await context.change(order_id, decide)


def _last_told(context: Context, order_id: UUID) -> tuple[int, int]:
    """The versions of the order and of its latest test with which its trader was told something last; 0 for never."""
    ledger = context.ledger
    try:
        order = ledger.read(Order, order_id)
        rehearsal = order.attempt(Venue.SANDBOX) if order else None
        test = TestResult.id_of(order_id, rehearsal.external_id) if rehearsal else None
        return _told_in(context, order_id), _told_in(context, test) if test else 0
    except TastyflowError:
        return 0, 0


def _told_in(context: Context, aggregate_id: UUID) -> int:
    told = (event.originator_version for event in reversed(context.ledger.history(aggregate_id)) if is_told(event))
    return next(told, 0)


def _waits_for_a_person(order: Order) -> bool:
    return order.needs_confirmation or order.waiting_until is not None
