"""
Proof that events are of a day, without the others of that day being shown: a path in the Merkle tree over the day.

    all leaves of the day ─▶ root          kept by people who do not see the log; every export of the day has it
    one event, its path   ─▶ the same root
"""

from collections.abc import Sequence
from typing import Any

from tastyflow.application.audit.exporting.picking import DayOfLog, Picked
from tastyflow.application.audit.log import NAMES_AN_ORDER, Row
from tastyflow.domain.merkle import MerkleTree


def trees_of(picked: Picked, shown: Sequence[Row]) -> list[dict[str, Any]]:
    """The tree of each day, with the path of each event of *shown* that is of it."""
    return [_tree(day, picked, shown) for day in picked.days]


def proof_of(picked: Picked) -> dict[str, Any]:
    """The events of an order, each proven; of the others of its days, only what the paths need."""
    events = [row for row in picked.rows if row.originator_id in picked.whole or row.topic in NAMES_AN_ORDER]
    return {
        "format": "tastyflow.proof.1",
        "log": picked.start.log.hex,
        "what": {"kind": picked.scope.kind.value, "name": picked.scope.name},
        "events": [event_line(row) for row in events],
        "trees": trees_of(picked, events),
    }


def event_line(row: Row) -> dict[str, Any]:
    """An event as it is stored, for a reader that knows nothing of tastyflow."""
    stream = getattr(row.originator_id, "hex", str(row.originator_id))
    return {
        "position": row.id,
        "stream": stream,
        "version": row.originator_version,
        "topic": row.topic,
        "state": row.sealed.decode(),
    }


def _tree(day: DayOfLog, picked: Picked, shown: Sequence[Row]) -> dict[str, Any]:
    tree = MerkleTree.of(picked.leaves[day.first - 1 : day.until])
    return {
        "day": day.day.isoformat(),
        "first": day.first,
        "size": day.until - day.first + 1,
        "until": day.until,
        "root": tree.root.hex(),
        "proofs": [
            {"position": row.id, "path": [each.hex() for each in tree.path(row.id - day.first)]}
            for row in shown
            if day.first <= row.id <= day.until
        ],
    }
