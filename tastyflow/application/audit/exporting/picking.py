"""
What an export holds of the log, read in two passes: what belongs to it, then the rows themselves.

    log ─▶ survey ─▶ span: from the anchor before the first event that is shown to the anchor after the last one
        └─▶ rows that are shown · all rows of the orders, for their stories · the traders as they stood at the end

Of the events in the span that are not shown, their digests are: so the chain can be worked out without them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Final
from uuid import UUID

from attrs import frozen

from tastyflow.application.audit.exporting.scope import Scope, ScopeKind
from tastyflow.application.audit.exporting.surveying import Survey, order_named_in, survey_of
from tastyflow.application.audit.log import NAMES_AN_ORDER, Row, end_of, log_of
from tastyflow.application.ledger.codec import decode
from tastyflow.application.ledger.folding import fold
from tastyflow.application.ledger.ledger import Ledger
from tastyflow.domain.chain import ChainHead, ChainStart
from tastyflow.domain.trader import Trader
from tastyflow.errors import Refused, StoreFailure

Watched = Callable[[Iterable[Row]], Iterable[Row]]
"""Passes rows on, and shows how far it has come."""

_TRADER: Final = "tastyflow.trader."


@frozen
class DayOfLog:
    """The positions of one day in New York."""

    day: date
    first: int
    until: int


@frozen
class Picked:
    """
    What an export holds of the log.

    Attributes:
        start: What the chain of the log begins with.
        end: Its head when the export was made.
        after, until: The span: the heads before its first event, and after its last one.
        rows: The events that are shown, in the order of the log.
        leaves: Of every event of the log, from position 1 on.
        days: The days on which they were recorded.
        whole: The streams whose events are shown without a hole: the version of the last one, by stream.
        stories: All events of each order, also those that are not shown.
        traders: The traders that it is about, as they stood after the last event that is shown.
    """

    scope: Scope
    start: ChainStart
    end: ChainHead
    after: ChainHead
    until: ChainHead
    rows: tuple[Row, ...]
    leaves: Sequence[bytes]
    days: tuple[DayOfLog, ...]
    whole: Mapping[UUID, int]
    stories: Mapping[UUID, Sequence[Row]]
    traders: tuple[Trader, ...]


def pick(ledger: Ledger, scope: Scope, *, anchored: Sequence[int] = (), watched: Watched = lambda rows: rows) -> Picked:
    """
    Read what an export about *scope* holds.

    Args:
        anchored: The positions at which the head was signed.
        watched: Through which the rows are read, twice.

    Raises:
        StoreFailure: code ``not_chained``, ``chain_broken`` or ``unreadable_event``; it cannot be read.
        Refused: code ``nothing_to_export``.
    """
    start, end = ledger.log.chain_start(), end_of(ledger)
    if start is None:
        raise StoreFailure(
            "The log is not chained yet: an export of it would prove nothing.",
            code="not_chained",
            hint="It is chained when it is next opened for writing: give any order, or start the service.",
        )
    survey = survey_of(scope, watched(log_of(ledger, until=end)), start)
    rows, stories = _picked(survey, watched(log_of(ledger, until=end)))
    if not rows:
        raise Refused(f"There is nothing of {scope} in the log.", code="nothing_to_export")
    first, last = rows[0].id, rows[-1].id
    after = max((at for at in anchored if at < first), default=0)
    until = min((at for at in anchored if last <= at <= end), default=end)
    shown = {survey.day_of(row) for row in rows}
    people = survey.people | ({UUID(scope.name)} if scope.kind is ScopeKind.TRADER else set())
    return Picked(
        scope=scope,
        start=start,
        end=ChainHead(end, survey.heads[end]),
        after=ChainHead(after, survey.heads[after]),
        until=ChainHead(until, survey.heads[until]),
        rows=rows,
        leaves=survey.leaves,
        days=tuple(DayOfLog(day, *survey.days[day]) for day in sorted(survey.days) if day in shown),
        whole=_whole(survey, rows),
        stories=stories,
        traders=_traders(people, log_of(ledger, until=last), everyone=scope.kind is ScopeKind.DAY),
    )


def _picked(survey: Survey, rows: Iterable[Row]) -> tuple[tuple[Row, ...], Mapping[UUID, Sequence[Row]]]:
    scope = survey.scope
    day = survey.days.get(date.fromisoformat(scope.name), (0, -1)) if scope.kind is ScopeKind.DAY else None
    trader = UUID(scope.name) if scope.kind is ScopeKind.TRADER else None
    shown: list[Row] = []
    people: list[Row] = []
    stories: dict[UUID, list[Row]] = {order: [] for order in survey.orders}
    owners = dict(survey.signals)
    for row in rows:
        stream, named = row.originator_id, order_named_in(row) if row.topic in NAMES_AN_ORDER else None
        if not isinstance(stream, UUID):
            continue  # the chain holds no such row
        if named in survey.orders and stream in survey.streams and named is not None:
            owners[stream] = named  # its tests and its setup: what comes later of them is of the same order
        owner = stream if stream in survey.orders else named if named in survey.orders else owners.get(stream)
        if isinstance(owner, UUID):
            stories[owner].append(row)
        if day is not None:
            if day[0] <= row.id <= day[1]:
                shown.append(row)
        elif stream in survey.streams or named in survey.orders or stream == trader:
            shown.append(row)
        elif stream in survey.people and row.topic not in NAMES_AN_ORDER:
            people.append(row)
    last = shown[-1].id if shown else 0
    return tuple(sorted([*shown, *(row for row in people if row.id <= last)], key=lambda row: row.id)), stories


def _whole(survey: Survey, rows: Sequence[Row]) -> Mapping[UUID, int]:
    streams = None if survey.scope.kind is ScopeKind.DAY else survey.streams
    return {
        row.originator_id: row.originator_version
        for row in rows
        if isinstance(row.originator_id, UUID) and (streams is None or row.originator_id in streams)
    }


def _traders(people: set[UUID], rows: Iterable[Row], *, everyone: bool) -> tuple[Trader, ...]:
    states: dict[UUID, Trader] = {}
    for row in rows:
        stream = row.originator_id
        if row.topic.startswith(_TRADER) and isinstance(stream, UUID) and (everyone or stream in people):
            state = fold(states.get(stream), (decode(row.topic, stream, row.originator_version, row.state),))
            if isinstance(state, Trader):
                states[stream] = state
    return tuple(states.values())
