"""
What is kept beside the events and is no part of the truth, made anew from them: read models and snapshots.

    drop the models ─▶ page by page: their rows, each page in a transaction ─▶ then a snapshot of each long stream

Others may append meanwhile, and may take the models further: a page that another process has written is passed over.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol, TypeVar
from uuid import UUID

from attrs import frozen
from eventsourcing.persistence import IntegrityError

from tastyflow.application.ledger.ledger import Ledger
from tastyflow.application.ledger.read_models import MOST, PLACE, ReadModels, rows_in
from tastyflow.application.ledger.snapshots import FIRST
from tastyflow.ports import ChainedRow, EventLog, ModelStep

T = TypeVar("T")


class Watch(Protocol):
    """Gives on the items that it is given, *total* of them, and can count them."""

    def __call__(self, items: Iterable[T], total: int) -> Iterable[T]: ...


@frozen
class Rebuilt:
    """
    What was made anew.

    Attributes:
        until: The position up to which the read models are.
        rows: How many rows they have.
        snapshots: How many streams have one.
    """

    until: int
    rows: int
    snapshots: int


def rebuilt(ledger: Ledger, *, watch: Watch) -> Rebuilt:
    """
    Drop the read models and make them anew; make a new snapshot of each long stream.

    Raises:
        StoreFailure, EventSourcingError: The log cannot be read or written. What was made stays.
    """
    log, until = ledger.log, 0
    log.drop_models().result()
    long: dict[str, None] = {}
    for page in watch(_pages(log), -(-log.end() // MOST)):
        long.update((stream, None) for _, stream, version, *_ in page if version == FIRST)
        before, until = until, page[-1][0]
        try:
            log.keep_models(ModelStep(PLACE, before, until, rows_in(page))).result()
        except IntegrityError:
            if ReadModels(ledger).place() < until:
                raise
    made = sum(ledger.keep_snapshot(UUID(stream)) for stream in long)
    return Rebuilt(until, log.models_size(until=until), made)


def _pages(log: EventLog) -> Iterator[Sequence[ChainedRow]]:
    after = 0
    while page := log.chained_rows(after=after, limit=MOST):
        yield page
        after = page[-1][0]
