"""
The files of an export, and the one file that holds them.

    picked ─▶ events, leaves, names, anchors, trees, tables, report, README, verify.py
                 └─▶ export.json: SHA-256 of each ─▶ seal.txt: SHA-256 of that ─▶ the zip, every byte of it determined
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from attrs import frozen

from tastyflow.application.audit.exporting import tables
from tastyflow.application.audit.exporting.masking import AccountMask
from tastyflow.application.audit.exporting.picking import Picked
from tastyflow.application.audit.exporting.proving import event_line, trees_of
from tastyflow.application.audit.exporting.scope import ScopeKind
from tastyflow.application.audit.log import Entry, Row, entry_of
from tastyflow.application.audit.story import Story, story_of
from tastyflow.domain.anchor import Anchor, KeyStep
from tastyflow.domain.names_apart import TOKEN, NameApart
from tastyflow.errors import Refused
from tastyflow_adapters.exports import verify
from tastyflow_adapters.exports.readme import readme_of
from tastyflow_adapters.exports.report import Heading, report_page

MAX_FILES: Final = 60_000
MAX_BYTES: Final = 2**32 - 2**24
"""What a plain zip can hold."""


@frozen
class Beside:
    """
    What an export takes along that is not in the events.

    Attributes:
        names: The names that the log keeps apart.
        anchors: The signed heads of this log.
        keys: The public keys, the oldest first.
        version: Of the program that makes the export.
    """

    names: Sequence[NameApart] = ()
    anchors: Sequence[Anchor] = ()
    keys: Sequence[KeyStep] = ()
    version: str = ""


@frozen
class Export:
    """An export: its file, and the seal to be told by another way."""

    zipped: bytes
    seal: str
    files: Mapping[str, bytes]


def export_of(picked: Picked, beside: Beside, mask: AccountMask, *, made_at: datetime) -> Export:
    """
    The export of what was *picked*, made at *made_at*.

    Raises:
        Refused: code ``too_much``: it does not fit into one file.
        StoreFailure: code ``unreadable_event``.
    """
    files = _files(picked, beside, mask, made_at)
    if len(files) > MAX_FILES or sum(map(len, files.values())) > MAX_BYTES:
        raise Refused(f"{picked.scope} does not fit into one file.", code="too_much", hint="Export orders or a trader.")
    files[verify.MANIFEST] = _written(_manifest(picked, beside, files, made_at))
    seal = hashlib.sha256(files[verify.MANIFEST]).hexdigest()
    files[verify.SEALED_BY] = f"{seal}\n".encode()
    return Export(verify.zip_of(files), seal, files)


def report_of(picked: Picked, mask: AccountMask, *, made_at: datetime) -> str:
    """The report alone: HTML."""
    what = str(picked.scope)
    end = picked.end
    heading = Heading(what, picked.start.log.hex, end.position, end.head.hex(), made_at)
    told = [(story, tuple(_entries(picked, story))) for story in stories_of(picked)]
    return mask.over(report_page(heading, told))


def stories_of(picked: Picked) -> list[Story]:
    """The stories of its orders, in the order in which they were asked for."""
    told = (story_of(order, rows) for order, rows in picked.stories.items())
    return sorted((story for story in told if story), key=lambda story: story.moments[0].seq)


def _entries(picked: Picked, story: Story) -> list[Entry]:
    told = {moment.seq for moment in story.moments}
    return [entry_of(row) for row in picked.stories[story.order.id] if row.id in told]


def _files(picked: Picked, beside: Beside, mask: AccountMask, made_at: datetime) -> dict[str, bytes]:
    lines = [_line(row, mask) for row in picked.rows]
    unmasked = [row for row, line in zip(picked.rows, lines, strict=True) if "masked" not in line]
    trees = trees_of(picked, () if picked.scope.kind is ScopeKind.DAY else picked.rows)
    leaves = picked.leaves[picked.after.position : picked.until.position]
    limits = mask.over(json.dumps(tables.limits_of(picked.traders, picked.rows[-1].id), indent=1, ensure_ascii=False))
    shown = {row.originator_id for row in picked.rows}
    return {
        "README.txt": readme_of(picked, made_at).encode(),
        "verify.py": Path(verify.__file__).read_bytes(),
        "report.html": report_of(picked, mask, made_at=made_at).encode(),
        "orders.csv": mask.over(tables.orders_csv(stories_of(picked))).encode(),
        "limits.json": f"{limits}\n".encode(),
        "events.jsonl": b"".join(_written(line) for line in lines),
        "leaves.txt": b"".join(f"{leaf.hex()}\n".encode() for leaf in leaves),
        "names.json": _written(_names(lines, beside.names)),
        "anchors.jsonl": "".join(f"{anchor.line}\n" for anchor in _in_span(picked, beside.anchors)).encode(),
        "keys.jsonl": "".join(f"{step.line}\n" for step in beside.keys).encode(),
        "merkle.json": _written({"trees": trees}),
        "accounts.json": _written(mask.shown({stream for stream in shown if not isinstance(stream, str)})),
        **{f"evidence/{digest}.json": raw for digest, raw in tables.evidence_in(unmasked).items()},
    }


def _in_span(picked: Picked, anchors: Sequence[Anchor]) -> list[Anchor]:
    span = range(picked.after.position, picked.until.position + 1)
    return [each for each in anchors if each.log == picked.start.log and each.position in span]


def _line(row: Row, mask: AccountMask) -> dict[str, Any]:
    line = event_line(row)
    masked = mask.over(line["state"])
    return line if masked == line["state"] else {**line, "state": masked, "masked": True}


def _names(lines: Sequence[Mapping[str, Any]], names: Sequence[NameApart]) -> dict[str, Any]:
    wanted = {found for line in lines for found in TOKEN.findall(line["state"].encode())}
    return {
        apart.token: None if apart.name is None else {"salt": apart.salt.hex(), "name": apart.name}
        for apart in names
        if apart.token.encode() in wanted
    }


def _manifest(picked: Picked, beside: Beside, files: Mapping[str, bytes], made_at: datetime) -> dict[str, Any]:
    scope, start = picked.scope, picked.start
    return {
        "format": "tastyflow.export.1",
        "what": {"kind": scope.kind.value, "name": scope.name, "called": scope.called},
        "made": {"at": made_at.isoformat(), "by": f"tastyflow {beside.version}".strip()},
        "log": {"id": start.log.hex, "until": start.until, "at": start.at.isoformat()},
        "end": {"position": picked.end.position, "head": picked.end.head.hex()},
        "span": {
            "after": picked.after.position,
            "head": picked.after.head.hex(),
            "until": picked.until.position,
            "last": picked.until.head.hex(),
        },
        "shows": len(picked.rows),
        "whole": {stream.hex: version for stream, version in picked.whole.items()},
        "files": {name: hashlib.sha256(data).hexdigest() for name, data in sorted(files.items())},
    }


def _written(said: object) -> bytes:
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
