"""
What an export shows beside the events, for people and spreadsheets: the orders as a table, the limits, the evidence.
"""

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import attrs
import msgspec

from tastyflow.application.audit.log import Row
from tastyflow.application.audit.story import Story
from tastyflow.domain.testresult import CheckRecorded
from tastyflow.domain.trader import Trader
from tastyflow.domain.venue import Venue

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "'", "|")
"""What a spreadsheet would take for a formula, or swallow."""

COLUMNS: Final = (
    "order",
    "id",
    "asked_at",
    "asked_by",
    "asked_on",
    "typed",
    "understood",
    "environment",
    "account",
    "stage",
    "filled",
    "ordered",
    "approved_by",
    "sandbox_tags",
    "production_tags",
    "production_orders",
    "digest",
)


def orders_csv(stories: Iterable[Story]) -> str:
    """The orders, one a line; a cell that a spreadsheet would calculate begins with an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for story in stories:
        order = story.order
        sent = [attempt for attempt in order.attempts if attempt.venue is Venue.PRODUCTION]
        tried = [attempt for attempt in order.attempts if attempt.venue is Venue.SANDBOX]
        cells = (
            order.reference,
            str(order.id),
            order.asked_at.isoformat(),
            order.asked.user,
            order.asked.platform,
            order.asked.text,
            order.words,
            order.environment,
            order.account,
            order.stage.value,
            order.filled(Venue.PRODUCTION),
            sum(leg.quantity for leg in order.legs),
            order.approved_by,
            " ".join(attempt.external_id for attempt in tried),
            " ".join(attempt.external_id for attempt in sent),
            " ".join(attempt.broker_order or "?" for attempt in sent),
            order.digest,
        )
        writer.writerow([_plain(cell) for cell in cells])
    return out.getvalue()


def _plain(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def limits_of(traders: Sequence[Trader], position: int) -> dict[str, Any]:
    """What each trader may do, as it stood after the event at *position*."""
    return {
        "as_of": position,
        "traders": [
            {
                "id": str(trader.id),
                "name": trader.name,
                "limits": msgspec.to_builtins(attrs.asdict(trader.limits), str_keys=True),
                "permissions": sorted(each.value for each in trader.permissions),
            }
            for trader in traders
        ],
    }


def evidence_in(rows: Iterable[Row]) -> Mapping[str, bytes]:
    """What the checks were seen in: canonical JSON, by its SHA-256."""
    found: dict[str, bytes] = {}
    for row in rows:
        if row.topic == CheckRecorded.TOPIC:
            kept = json.loads(row.sealed)["check"].get("evidence")
            if kept:
                raw = json.dumps(kept, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
                found[hashlib.sha256(raw).hexdigest()] = raw
    return found
