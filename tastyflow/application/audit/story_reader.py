"""
The story of one order for a person who waits: the log is read around that order, not from its beginning.

    when it was asked for ─▶ the position then (bisected) ─▶ rows, page by page, until all of its streams were read
                                                         └─▶ one of its rows is missing? the log from its beginning

Other work goes on between the pages.
"""

import asyncio
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

from tastyflow.application.audit.log import PAGE, Row, about, end_of, rows_of, steady
from tastyflow.application.audit.story import Story, story_of
from tastyflow.application.ledger.ledger import Ledger
from tastyflow.application.ledger.lookup import Lookup
from tastyflow.application.signalling.asking import signal_id_in
from tastyflow.domain.order import Order
from tastyflow.domain.setup import Setup
from tastyflow.domain.signal import Signal
from tastyflow.domain.testresult import TestResult

EARLIER: Final = timedelta(minutes=2)
"""How much earlier than the order is looked: clocks of two machines differ."""

SETTLED: Final = 2
"""A signal is raised, and settled: its marks come hours later, and no story waits for them."""


async def read_story(ledger: Ledger, order: Order) -> Story | None:
    """
    The story of *order*, as the log has it now.

    Raises:
        StoreFailure: The log cannot be read.
    """
    end, versions = end_of(ledger), _versions(ledger, order)
    for after in (_position_before(ledger, _began_at(ledger, order) - EARLIER, end), 0):
        rows = await _rows_about(ledger, order, versions, after=after, end=end)
        if _has_all(rows, versions):
            return story_of(order.id, rows)
    return None


def _versions(ledger: Ledger, order: Order) -> Mapping[UUID, int]:
    """How many rows each stream of *order* has: its own, its setup's, its tests'; its signal's until it is settled."""
    tests = {TestResult.id_of(order.id, attempt.external_id) for attempt in order.attempts}
    known: list[Order | Setup | TestResult | None] = [order, ledger.read(Setup, Setup.id_of(order.id))]
    known += [ledger.read(TestResult, each) for each in tests]
    versions = {each.id: each.version for each in known if each is not None}
    signal = _signal_of(ledger, order)
    return versions if signal is None else {**versions, signal.id: min(signal.version, SETTLED)}


def _began_at(ledger: Ledger, order: Order) -> datetime:
    signal = _signal_of(ledger, order)
    return order.asked_at if signal is None else min(signal.raised_at, order.asked_at)


def _signal_of(ledger: Ledger, order: Order) -> Signal | None:
    signal_id = signal_id_in(order.asked)
    return ledger.read(Signal, signal_id) if signal_id is not None else None


def _has_all(rows: Sequence[Row], versions: Mapping[UUID, int]) -> bool:
    counted = Counter(row.originator_id for row in rows)
    return all(counted[stream] >= version for stream, version in versions.items())


def _position_before(ledger: Ledger, at: datetime, end: int) -> int:
    """The last position that was recorded before *at*, where times rise with positions."""
    lookup = Lookup(ledger)

    def is_later(position: int) -> bool:
        recorded = steady(lambda: lookup.recorded_at(position))
        return recorded is None or recorded >= at

    return bisect_left(range(1, end + 1), True, key=is_later)


async def _rows_about(ledger: Ledger, order: Order, versions: Mapping[UUID, int], *, after: int, end: int) -> list[Row]:
    """The rows that tell of *order*: up to one page beyond the last one of its streams."""
    rows: list[Row] = []
    is_whole = False
    while after < end and not is_whole:
        is_whole = _has_all(rows, versions)  # what was appended together with the last of them comes with one page more
        stored = steady(partial(ledger.log.chained_rows, after=after, limit=PAGE, until=end))
        page = list(rows_of(ledger.log, stored))
        if not page:
            break
        after = page[-1].id
        rows = list(about(order.id, [*rows, *page]))
        await asyncio.sleep(0)
    return rows
