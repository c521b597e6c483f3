"""
The judge: what the venues hold against what the log says.

    never twice        an approved order is at most one order in production; no tag is used twice
    never lost         every order at a venue that carries our tag is owned by the attempt or setup that claimed it
    never untested     the promises of the audit hold, that of the proof among them
    never silent       every order is over, works at the venue as the log says, or waits for a person
    nothing left       nothing works in the sandbox; what is over holds no capacity
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any, Final

from attrs import field, frozen

from tastyflow.application.audit.log import entry_of, log_of
from tastyflow.application.audit.sealing import check_chain, sealed_rows
from tastyflow.application.audit.verifying import verify
from tastyflow.application.ledger.ledger import Ledger
from tastyflow.application.ledger.lookup import BIRTHS, Lookup
from tastyflow.domain.chain import ChainHead
from tastyflow.domain.order import Order
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.order.submission import AttemptOutcome
from tastyflow.domain.setup import SetupClaimed
from tastyflow.domain.venue import Venue
from tastyflow_adapters.store.log import open_log
from tests.attacks.arena import Arena

OURS: Final = "tf1-"
LIVE: Final = frozenset({"Received", "Routed", "In Flight", "Live", "Cancel Requested", "Replace Requested"})
ENDED: Final[Mapping[str, Stage]] = {
    "Filled": Stage.FILLED, "Cancelled": Stage.CANCELLED, "Rejected": Stage.REJECTED, "Expired": Stage.EXPIRED,
}  # fmt: skip
UNSETTLED: Final = frozenset({AttemptOutcome.PENDING, AttemptOutcome.UNKNOWN})

Row = Mapping[str, Any]


@frozen
class Judgement:
    """What is wrong; nothing where *faults* is empty. *orders* is what the log knows, *seen* what the venues have."""

    faults: tuple[str, ...]
    orders: tuple[Order, ...] = field(default=())
    seen: Mapping[str, tuple[Row, ...]] = field(factory=dict)


def judge(arena: Arena, *, has_forgotten: bool = False) -> Judgement:
    """
    Judge the log of *arena* against its venues.

    Args:
        has_forgotten: Whether the log lost what it had: what is over in the sandbox then needs no owner.
    """
    ledger = open_log(arena.address, read_only=True)
    try:
        seen = {venue.value: tuple(arena.ledger(venue.value)) for venue in Venue}
        found = (ledger.read(Order, order_id) for order_id in ledger.log.select(BIRTHS))
        orders = tuple(order for order in found if order is not None)
        faults = chain(
            _twice(orders, seen),
            _lost(orders, seen, _setups(ledger), forgives=has_forgotten),
            _untested(ledger),
            _silent(orders, seen),
            _left(ledger, orders, seen),
        )
        return Judgement(tuple(faults), orders, seen)
    finally:
        ledger.close()


def events_in(arena: Arena) -> int:
    """How long the log is."""
    ledger = open_log(arena.address, read_only=True)
    try:
        return sum(1 for _ in log_of(ledger))
    finally:
        ledger.close()


def _ours(rows: Iterable[Row]) -> Iterator[Row]:
    return (row for row in rows if str(row["external-identifier"] or "").startswith(OURS))


def _twice(orders: Iterable[Order], seen: Mapping[str, Iterable[Row]]) -> Iterator[str]:
    for side, rows in seen.items():
        tags = Counter(row["external-identifier"] for row in _ours(rows) if row["replaces-order-id"] is None)
        yield from (f"TWICE: {side} took the tag {tag} {n} times." for tag, n in tags.items() if n > 1)
    there = {row["external-identifier"] for row in seen["production"]}
    for order in orders:
        tags_there = [a.external_id for a in order.attempts if a.venue is Venue.PRODUCTION and a.external_id in there]
        if len(tags_there) > 1 and order.stage is not Stage.ESCALATED:
            yield f"TWICE: {order.reference} is {len(tags_there)} orders in production."


def _lost(
    orders: Iterable[Order], seen: Mapping[str, Iterable[Row]], setups: frozenset[str], *, forgives: bool
) -> Iterator[str]:
    owned = {a.external_id: (order, a) for order in orders for a in order.attempts}
    for side, rows in seen.items():
        for row in _ours(rows):
            tag = row["external-identifier"]
            if tag not in owned:
                is_forgiven = forgives and side == "sandbox" and row["status"] not in LIVE
                if tag not in setups and not is_forgiven:
                    yield f"LOST: {side} has {row['order-id']} ({row['status']}) as {tag}, which the log does not know."
                continue
            order, attempt = owned[tag]
            if attempt.outcome is not AttemptOutcome.ADOPTED and side == "production":
                yield f"LOST: {side} has {row['order-id']} ({row['status']}); {order.reference} says {attempt.outcome}."


def _setups(ledger: Ledger) -> frozenset[str]:
    claims = (row for row in log_of(ledger) if row.topic == SetupClaimed.TOPIC)
    events = (entry_of(row).event for row in claims)
    return frozenset(event.external_id for event in events if isinstance(event, SetupClaimed))


def _untested(ledger: Ledger) -> Iterator[str]:
    start, end = ledger.chain_start(), ledger.chain_head()
    if start is None or end is None:
        yield "CHAIN: the log is not chained."
    else:
        at = ChainHead(0, start.head)
        for seam in check_chain(sealed_rows(ledger.log, after=0, until=end.position), at, end=end).seams:
            yield f"CHAIN: event {seam.position}: {seam.why}"
    for finding in verify(log_of(ledger)).findings:
        yield f"AUDIT: {finding.rule} at {finding.seq} of {finding.subject}: {finding.why}"


def _silent(orders: Iterable[Order], seen: Mapping[str, Iterable[Row]]) -> Iterator[str]:
    by_id = {str(row["order-id"]): row for row in seen["production"]}
    for order in orders:
        if order.stage.is_over or order.stage is Stage.ESCALATED or order.waiting_until is not None:
            yield from _untrue(order, by_id)
        elif order.stage is not Stage.WORKING:
            yield f"SILENT: {order.reference} stays {order.stage}."
        else:
            held = [a.broker_order for a in order.attempts if a.venue is Venue.PRODUCTION and a.is_open]
            statuses = [by_id[each]["status"] if each in by_id else "nowhere" for each in held if each]
            if not any(status in LIVE for status in statuses):
                yield f"SILENT: {order.reference} works, says the log; the venue says {statuses}."


def _untrue(order: Order, by_id: Mapping[str, Row]) -> Iterator[str]:
    """Where the log calls *order* over, and production does not, or says that it ended otherwise."""
    if order.stage is Stage.ESCALATED:
        return
    for attempt in order.attempts:
        row = by_id.get(attempt.broker_order or "") if attempt.venue is Venue.PRODUCTION else None
        if row is not None and row["status"] in LIVE:
            yield f"SILENT: {order.reference} is {order.stage}, and production has it {row['status']}."
        elif row is not None and ENDED.get(row["status"], order.stage) is not order.stage:
            yield f"UNTRUE: {order.reference} is {order.stage}, and production says {row['status']}."


def _left(ledger: Ledger, orders: Iterable[Order], seen: Mapping[str, Iterable[Row]]) -> Iterator[str]:
    for row in seen["sandbox"]:
        if row["status"] in LIVE:
            yield f"LEFT: the sandbox has {row['order-id']} {row['status']} as {row['external-identifier']}."
    held = {order_id for trader in Lookup(ledger).traders() for order_id in trader.reserved}
    for order in orders:
        if order.stage.is_over and order.id in held:
            yield f"LEFT: {order.reference} is {order.stage}, and holds capacity."
