"""
What is asked of every row, whatever it is about: does it stand in its place, and can it be read?

    row ─▶ sequence ─▶ versions ─▶ payload ─▶ the event

It needs nothing but the rows, so a second process can ask it while the first one holds the promises against them.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from attrs import define, field

from tastyflow.application.audit.findings import Findings
from tastyflow.application.audit.log import Row
from tastyflow.application.ledger.codec import decode, encode
from tastyflow.domain.events import TOPICS, Event
from tastyflow.errors import TastyflowError

OF_EVERY_ROW: Final[Mapping[str, str]] = {
    "sequence": "The positions go 1, 2, 3 … without a gap, and none comes twice.",
    "versions": "The versions of each aggregate go 1, 2, 3 … without a gap.",
    "payload": "Every topic is known, and every payload reads and writes back as the same event.",
}


@define
class Structure:
    """
    Looks at row after row.

    Attributes:
        last: The position of the last row.
        events: How many rows there were.
    """

    findings: Findings
    last: int = 0
    events: int = 0
    _versions: dict[object, int] = field(init=False, factory=dict)

    def look_at(self, row: Row) -> Event | None:
        """The event of *row*; None where it cannot be read."""
        self.events += 1
        if row.id != self.last + 1:
            why = f"It stands after row {self.last}." if self.last else "The log begins with it."
            self.findings.at(row, "sequence", why)
        self.last = row.id
        before = self._versions.get(row.originator_id, 0)
        if row.originator_version != before + 1:
            self.findings.at(row, "versions", f"Version {row.originator_version} comes after version {before}.")
        self._versions[row.originator_id] = row.originator_version
        return self._read(row)

    @property
    def asked(self) -> dict[str, int]:
        """How often each rule was asked."""
        return dict.fromkeys(OF_EVERY_ROW, self.events) if self.events else {}

    def _read(self, row: Row) -> Event | None:
        try:
            event = decode(row.topic, row.originator_id, row.originator_version, row.state)  # type: ignore[arg-type]
            why = _otherwise(row, event)
        except (TastyflowError, ValueError) as error:
            known = row.topic in TOPICS
            event, why = None, str(error) if known else f"The topic {row.topic[:80]!r} is not known."
        if why:
            self.findings.at(row, "payload", why)
        return event


def _otherwise(row: Row, event: Event) -> str:
    """How *event*, written again, is not what is stored; nothing when it is."""
    written = encode(event)
    if written == row.state:
        return ""  # to the byte, as nearly always
    if decode(row.topic, event.originator_id, event.originator_version, written) != event:
        return "Written again, it reads as another event."
    if not _says_the_same(json.loads(row.state), json.loads(written)):
        return "The payload says more, or otherwise, than its event."
    return ""


def _says_the_same(stored: Any, written: Any) -> bool:
    """Whether all that is stored is in what is written; an old payload may lack what was added later."""
    if isinstance(stored, dict) and isinstance(written, dict):
        return all(key in written and _says_the_same(value, written[key]) for key, value in stored.items())
    if isinstance(stored, list) and isinstance(written, list):
        return len(stored) == len(written) and all(map(_says_the_same, stored, written))
    return bool(stored == written)
