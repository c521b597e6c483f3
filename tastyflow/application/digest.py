"""
One trading day in figures, as the operators read it: what was asked, refused, filled and escalated, and how it stands.

    due(now, at) ─▶ the period of the latest digest ─▶ digest_of(ledger, period) ─▶ Digest

A period runs from the digest of one trading day to that of the next one: no event falls between two of them. Only the
events of the period are read, however long the log is.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Final
from uuid import UUID

from attrs import field, frozen

from tastyflow.application.incidents.handling import open_incidents
from tastyflow.application.ledger.codec import decode
from tastyflow.application.ledger.ledger import Ledger
from tastyflow.application.ledger.lookup import Lookup
from tastyflow.application.reconciling.head import head_of
from tastyflow.domain.events import Event
from tastyflow.domain.expirations import NEW_YORK, is_trading_day, new_york_date, previous_trading_day
from tastyflow.domain.halt import Halt, TradingHalted, TradingReduced, TradingResumed
from tastyflow.domain.incident import Incident, IncidentOpened, IncidentReopened
from tastyflow.domain.order import Order
from tastyflow.domain.order import events as happened
from tastyflow.domain.venue import Venue
from tastyflow.errors import StoreFailure
from tastyflow.ports import LogHead

APART: Final = timedelta(hours=1)
"""How far the clocks of processes that write one log may lie apart: so much earlier the reading begins."""

_READ: Final = (
    happened.OrderDrafted,
    happened.OrderRefused,
    happened.OrderWithdrawn,
    happened.OrderEscalated,
    happened.OrderFilled,
    happened.OrderCancelled,
    happened.OrderExpired,
    happened.OrderRejected,
    happened.FillRecorded,
    happened.RehearsalConcluded,
    TradingHalted,
    TradingReduced,
    TradingResumed,
    IncidentOpened,
    IncidentReopened,
)
"""What a digest counts."""
_AT_A_VENUE: Final = (
    happened.FillRecorded,
    happened.OrderFilled,
    happened.OrderCancelled,
    happened.OrderExpired,
    happened.OrderRejected,
)
"""What happens in the sandbox as well."""
_ENDED: Final[Mapping[str, tuple[type[Event], ...]]] = {
    "cancelled": (happened.OrderCancelled, happened.OrderWithdrawn),
    "expired": (happened.OrderExpired,),
    "rejected by the venue": (happened.OrderRejected,),
}


@frozen
class Period:
    """From *since* up to, and without, *until*; both aware."""

    since: datetime
    until: datetime


@frozen(kw_only=True)
class Digest:
    """
    What happened in *period*, and how it stood when the digest was made.

    Attributes:
        asked: Orders that were asked for, those that were refused at once too.
        rehearsed, failed: Rehearsals that passed, and that did not.
        filled: Orders that were filled; *fills* executions, of *contracts* contracts and shares.
        ended: Orders that ended otherwise, by the word for it: cancelled, expired, rejected.
        refused: Orders that the desk refused, by code, the most frequent first.
        escalated: How often a person had to look at an order.
        incidents: How many incidents were opened, or seen again.
        halts: How often trading was halted, reduced or resumed.
        open_orders, waiting: Orders that are open now, and those among them that wait for an approval.
        unhandled: The incidents that are open now.
        halt: Whether orders may leave now.
        head: How far the log had come; None of an empty one.
    """

    period: Period
    asked: int
    rehearsed: int
    failed: int
    filled: int
    fills: int
    contracts: int
    ended: Mapping[str, int] = field(hash=False)
    refused: Mapping[str, int] = field(hash=False)
    escalated: int
    incidents: int
    halts: int
    open_orders: int
    waiting: int
    unhandled: tuple[Incident, ...]
    halt: Halt
    head: LogHead | None


def due(now: datetime, at: time) -> Period:
    """The period of the latest digest whose time has come: told at *at* in New York, on trading days."""
    day = new_york_date(now)
    if not is_trading_day(day) or datetime.combine(day, at, NEW_YORK) > now:
        day = previous_trading_day(day)
    since = datetime.combine(previous_trading_day(day), at, NEW_YORK)
    return Period(since.astimezone(UTC), datetime.combine(day, at, NEW_YORK).astimezone(UTC))


def digest_of(ledger: Ledger, period: Period) -> Digest:
    """
    The digest of *period*.

    Raises:
        StoreFailure: The log cannot be read.
    """
    events = list(_events(ledger, period))
    live = [each for each in events if not _is_rehearsal(each)]
    kinds = Counter(type(each) for each in live)
    refused = Counter(each.code for each in events if isinstance(each, happened.OrderRefused))
    tests = Counter(each.passed for each in events if isinstance(each, happened.RehearsalConcluded))
    filled = [each for each in live if isinstance(each, happened.FillRecorded)]
    open_orders = Lookup(ledger).everyones_open()
    return Digest(
        period=period,
        asked=sum(isinstance(each, happened.OrderDrafted) or _is_refused_at_once(each) for each in events),
        rehearsed=tests[True],
        failed=tests[False],
        filled=kinds[happened.OrderFilled],
        fills=len(filled),
        contracts=sum(each.quantity for each in filled),
        ended={word: number for word, ends in _ENDED.items() if (number := sum(kinds[each] for each in ends))},
        refused=dict(sorted(refused.items(), key=lambda row: (-row[1], row[0]))),
        escalated=kinds[happened.OrderEscalated],
        incidents=kinds[IncidentOpened] + kinds[IncidentReopened],
        halts=kinds[TradingHalted] + kinds[TradingReduced] + kinds[TradingResumed],
        open_orders=len(open_orders),
        waiting=sum(_waits(each) for each in open_orders),
        unhandled=open_incidents(ledger),
        halt=ledger.read(Halt, Halt.switch_id()) or Halt.never(),
        head=head_of(ledger),
    )


def begins_after(ledger: Ledger, period: Period) -> bool:
    """Whether the log has nothing of *period*, or of a time before it."""
    first = Lookup(ledger).recorded_at(1)
    return first is None or first >= period.until


def _is_rehearsal(event: Event) -> bool:
    """Whether it happened in the sandbox, where an order is filled and cancelled too."""
    return isinstance(event, _AT_A_VENUE) and event.venue is not Venue.PRODUCTION


def _waits(order: Order) -> bool:
    return order.waiting_until is not None


def _is_refused_at_once(event: Event) -> bool:
    return isinstance(event, happened.OrderRefused) and event.asked is not None


def _events(ledger: Ledger, period: Period) -> Iterator[Event]:
    """What is counted of *period*, in the order of the log. An event that cannot be read is left to the audit."""
    for row in ledger.rows(after=_begin(ledger, period), topics=[each.TOPIC for each in _READ]):
        if not isinstance(row.originator_id, UUID):
            continue
        try:
            event = decode(row.topic, row.originator_id, row.originator_version, row.state)
        except StoreFailure:
            continue
        if event.at >= period.until + APART:
            return  # only the events of the period are read, also of one that is long over
        if period.since <= event.at < period.until:
            yield event


def _begin(ledger: Ledger, period: Period) -> int:
    """A position before the first event of *period*."""
    lookup, earliest = Lookup(ledger), period.since - APART

    def recorded_at(position: int) -> datetime:
        try:
            return lookup.recorded_at(position) or period.until
        except StoreFailure:
            return period.until  # an event that cannot be read: the reading begins before it

    return max(0, bisect_left(range(1, ledger.end() + 1), earliest, key=recorded_at))
