"""
What a trader was told of one order so far: each sentence once, in order, read from the log alone.

    the order's events ─▶ is it told? ─▶ Told, Told, …      the checks of a rehearsal stand before its verdict
    its tests' events  ─┘
"""

from collections.abc import Iterator
from uuid import UUID

from attrs import frozen

from tastyflow.application.ledger.ledger import Ledger
from tastyflow.application.telling.sentences import is_told, sentence_of, shared_sentence_of
from tastyflow.domain.events import Event
from tastyflow.domain.order import Order
from tastyflow.domain.order.events import RehearsalConcluded, SubmissionClaimed
from tastyflow.domain.testresult import TestResult
from tastyflow.domain.venue import Venue


@frozen
class Told:
    """
    One thing that was told.

    Attributes:
        order: The order as the event left it; of a check, as it was when its rehearsal began.
        sentence: What happened, in one sentence.
        shared: The same for a place where others read along; empty where it is not told there.
    """

    event: Event
    order: Order
    sentence: str
    shared: str


def told_so_far(ledger: Ledger, order_id: UUID) -> tuple[Told, ...]:
    """
    All that was told of an order; nothing where there is none.

    Raises:
        StoreFailure: The log cannot be read.
    """
    return tuple(
        Told(event, order, sentence_of(event, order), shared_sentence_of(event, order))
        for event, order in _recorded(ledger, order_id)
        if is_told(event)
    )


def _recorded(ledger: Ledger, order_id: UUID) -> Iterator[tuple[Event, Order]]:
    """Every event of the order and of its tests, in the order of their times, each with the order as it stood then."""
    order: Order | None = None
    began: Order | None = None
    waiting: list[Event] = []
    for event in ledger.history(order_id):
        is_over = isinstance(event, RehearsalConcluded | SubmissionClaimed)
        while began is not None and waiting and (is_over or waiting[0].at < event.at):
            yield waiting.pop(0), began
        order = Order.born_of(event) if order is None else order.evolved(event)
        if isinstance(event, SubmissionClaimed) and event.venue is Venue.SANDBOX:
            began, waiting = order, [*ledger.history(TestResult.id_of(order_id, event.external_id))]
        yield event, order
    if began is not None:
        yield from ((each, began) for each in waiting)
