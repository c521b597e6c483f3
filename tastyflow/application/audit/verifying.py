"""
Verifying the log: is it whole, and was every promise kept?

    row ─▶ structure: sequence, versions, topic, payload ─▶ promises about its event ─▶ folded into the world
                              └────────────────────────────────────┴─▶ findings, each with its row and why

One pass, in the order of the log: a promise is asked about an event while the world is still as it was before it. So
"earlier" means earlier in the log, and nothing that came later can excuse it. The promises are in `audit.promises`.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final
from uuid import UUID

from attrs import define, field, frozen

from tastyflow.application.audit.log import Row
from tastyflow.application.audit.promise import always
from tastyflow.application.audit.promises import ALL_PROMISES, IN_THE_END, PROMISES, Promise
from tastyflow.application.audit.replaying import subject_of
from tastyflow.application.audit.world import World
from tastyflow.application.ledger.codec import decode, encode
from tastyflow.application.ledger.folding import KINDS
from tastyflow.domain.events import TOPICS, Event
from tastyflow.errors import TastyflowError

MAX_FINDINGS: Final = 1000
"""How many findings are kept; the rest is counted."""

STRUCTURE: Final[Mapping[str, str]] = {
    "sequence": "The positions go 1, 2, 3 … without a gap, and none comes twice.",
    "versions": "The versions of each aggregate go 1, 2, 3 … without a gap.",
    "payload": "Every topic is known, and every payload reads and writes back as the same event.",
    "folding": "Every event follows from the state before it.",
}
"""What is asked of every row, whatever it is about."""

RULES: Final[Mapping[str, str]] = {**STRUCTURE, **{promise.name: promise.sentence for promise in ALL_PROMISES}}
"""Every rule by name, as a sentence."""


@frozen
class AuditFinding:
    """Something wrong: at which row, which rule it breaks, what it is about, and why."""

    seq: int
    rule: str
    subject: str
    why: str


@frozen
class Report:
    """
    What verifying came to.

    Attributes:
        until: The position of the last row.
        aggregates: How many there are of each kind.
        asked: How often each rule was asked.
        found: How many findings there are; *findings* keeps the first `MAX_FINDINGS`.
    """

    until: int
    events: int
    aggregates: Mapping[str, int]
    asked: Mapping[str, int]
    findings: tuple[AuditFinding, ...]
    found: int

    @property
    def is_clean(self) -> bool:
        return not self.found


def verify(rows: Iterable[Row]) -> Report:
    """Verify a whole log, from its first row on."""
    verifier = _Verifier()
    for row in rows:
        verifier.look_at(row)
    return verifier.report()


@define
class _Verifier:
    world: World = field(factory=World)
    versions: dict[object, int] = field(factory=dict)
    last: int = 0
    events: int = 0
    asked: defaultdict[str, int] = field(factory=lambda: defaultdict(int))
    findings: list[AuditFinding] = field(factory=list)
    found: int = 0
    unfoldable: set[UUID] = field(factory=set)
    folded: int = 0

    def look_at(self, row: Row) -> None:
        self.events += 1
        if row.id != self.last + 1:
            why = f"It stands after row {self.last}." if self.last else "The log begins with it."
            self._find(row, "sequence", why)
        self.last = row.id
        before = self.versions.get(row.originator_id, 0)
        if row.originator_version != before + 1:
            self._find(row, "versions", f"Version {row.originator_version} comes after version {before}.")
        self.versions[row.originator_id] = row.originator_version
        event = self._read(row)
        if event is not None:
            self._hold_against(event, row)
            self._take(event, row)

    def _read(self, row: Row) -> Event | None:
        try:
            event = decode(row.topic, row.originator_id, row.originator_version, row.state)  # type: ignore[arg-type]
            why = _otherwise(row, event)
        except (TastyflowError, ValueError) as error:
            known = row.topic in TOPICS
            event, why = None, str(error) if known else f"The topic {row.topic[:80]!r} is not known."
        if why:
            self._find(row, "payload", why)
        return event

    def _hold_against(self, event: Event, row: Row) -> None:
        asked, world = self.asked, self.world
        for promise in PROMISES.get(type(event), ()):
            if promise.applies is not always and not promise.applies(event):
                continue
            asked[promise.name] += 1
            for why in promise.broken(world, event):
                self._find(row, promise.name, why)

    def _take(self, event: Event, row: Row) -> None:
        if self.unfoldable and event.originator_id in self.unfoldable:
            return
        self.folded += 1
        try:
            self.world.take(event, row.id)
        except (TypeError, KeyError, AttributeError) as error:
            self.unfoldable.add(event.originator_id)
            self._find(row, "folding", f"It cannot follow: {error}.")

    def _find(self, row: Row, rule: str, why: str) -> None:
        self._add(row.id, rule, subject_of(row.topic, row.originator_id), why)

    def _add(self, seq: int, rule: str, subject: str, why: str) -> None:
        self.found += 1
        if len(self.findings) < MAX_FINDINGS:
            self.findings.append(AuditFinding(seq, rule, subject, why))

    def report(self) -> Report:
        for promise in IN_THE_END:
            self._settle(promise)
        counts = Counter(type(state) for state in self.world.states.values())
        return Report(
            until=self.last,
            events=self.events,
            aggregates={name: counts[cls] for name, cls in KINDS.items()},
            asked=self._all_asked(),
            findings=tuple(sorted(self.findings, key=lambda finding: finding.seq)),
            found=self.found,
        )

    def _all_asked(self) -> dict[str, int]:
        every_row = {rule: self.events for rule in ("sequence", "versions", "payload") if self.events}
        return every_row | ({"folding": self.folded} if self.folded else {}) | self.asked

    def _settle(self, promise: Promise) -> None:
        for state in self.world.states.values():
            if not isinstance(state, promise.about) or not promise.applies(state):
                continue
            self.asked[promise.name] += 1
            for why in promise.broken(self.world, state):
                topic = f"tastyflow.{self.world.kind_of(state)}."
                self._add(self.world.last_seq[state.id], promise.name, subject_of(topic, state.id), why)


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
