"""
Verifying the log: is it whole, and was every promise kept?

    row ─▶ structure: sequence, versions, topic, payload ─▶ promises about its event ─▶ folded into the world
                              └────────────────────────────────────┴─▶ findings, each with its row and why

One pass, in the order of the log: a promise is asked about an event while the world is still as it was before it. So
"earlier" means earlier in the log, and nothing that came later can excuse it. The promises are in `audit.promises`.

The structure and the promises can be asked apart, by two processes at once, and their reports put together. ::

    assert together(verify_structure(rows), verify_promises(rows)) == verify(rows)
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Final
from uuid import UUID

from attrs import define, field

from tastyflow.application.audit.anchors import ANCHORING
from tastyflow.application.audit.findings import AuditFinding, Findings, Report, in_order, together
from tastyflow.application.audit.log import Row
from tastyflow.application.audit.naming import NAMING
from tastyflow.application.audit.promise import always
from tastyflow.application.audit.promises import ALL_PROMISES, IN_THE_END, PROMISES, Promise
from tastyflow.application.audit.replaying import subject_of
from tastyflow.application.audit.sealing import SEALING
from tastyflow.application.audit.structure import OF_EVERY_ROW, Structure
from tastyflow.application.audit.words import WORDING
from tastyflow.application.audit.world import World
from tastyflow.application.ledger.codec import decode
from tastyflow.application.ledger.folding import KINDS
from tastyflow.domain.events import Event
from tastyflow.errors import StoreFailure

__all__ = [
    "OF_THE_CHAIN",
    "RULES",
    "STRUCTURE",
    "AuditFinding",
    "Report",
    "Verifier",
    "together",
    "verify",
    "verify_promises",
    "verify_structure",
]

STRUCTURE: Final[Mapping[str, str]] = {
    **OF_EVERY_ROW,
    "folding": "Every event follows from the state before it.",
}
"""What is asked of every row, whatever it is about."""

OF_THE_CHAIN: Final = {rule: SEALING[rule] for rule in ("stored", "chain")}

RULES: Final[Mapping[str, str]] = {
    **STRUCTURE,
    **OF_THE_CHAIN,
    **NAMING,
    **ANCHORING,
    **WORDING,
    **{promise.name: promise.sentence for promise in ALL_PROMISES},
}
"""Every rule by name, as a sentence."""


def verify(rows: Iterable[Row]) -> Report:
    """Verify a whole log, from its first row on."""
    verifier = Verifier()
    for row in rows:
        verifier.look_at(row)
    return verifier.report()


def verify_structure(rows: Iterable[Row]) -> Report:
    """What is asked of every row by itself, of a whole log."""
    structure = Structure(Findings())
    for row in rows:
        structure.look_at(row)
    kept, found = structure.findings.kept, structure.findings.found
    return Report(structure.last, structure.events, {}, structure.asked, in_order(kept), found)


def verify_promises(rows: Iterable[Row]) -> Report:
    """The promises, and whether each event follows: of a whole log. A row that cannot be read is passed over."""
    promises, last, events = _Promises(Findings()), 0, 0
    for row in rows:
        last, events = row.id, events + 1
        try:
            event = decode(row.topic, row.originator_id, row.originator_version, row.state)  # type: ignore[arg-type]
        except (StoreFailure, ValueError):
            continue
        promises.look_at(row, event)
    promises.settle()
    kept, found = promises.findings.kept, promises.findings.found
    return Report(last, events, promises.aggregates, promises.asked, in_order(kept), found)


@define
class Verifier:
    """The same, row by row."""

    findings: Findings = field(factory=Findings)
    structure: Structure = field(init=False)
    promises: "_Promises" = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.structure, self.promises = Structure(self.findings), _Promises(self.findings)

    def look_at(self, row: Row) -> None:
        """Ask about the next row."""
        event = self.structure.look_at(row)
        if event is not None:
            self.promises.look_at(row, event)

    def report(self) -> Report:
        """What it came to; nothing is looked at after it."""
        self.promises.settle()
        return Report(
            until=self.structure.last,
            events=self.structure.events,
            aggregates=self.promises.aggregates,
            asked=self.structure.asked | self.promises.asked,
            findings=in_order(self.findings.kept),
            found=self.findings.found,
        )


@define
class _Promises:
    findings: Findings
    world: World = field(factory=World)
    _asked: defaultdict[str, int] = field(factory=lambda: defaultdict(int))
    _unfoldable: set[UUID] = field(factory=set)
    _folded: int = 0

    def look_at(self, row: Row, event: Event) -> None:
        asked, world = self._asked, self.world
        for promise in PROMISES.get(type(event), ()):
            if promise.applies is not always and not promise.applies(event):
                continue
            asked[promise.name] += 1
            for why in promise.broken(world, event):
                self.findings.at(row, promise.name, why)
        if self._unfoldable and event.originator_id in self._unfoldable:
            return
        self._folded += 1
        try:
            world.take(event, row.id)
        except (TypeError, KeyError, AttributeError) as error:
            self._unfoldable.add(event.originator_id)
            self.findings.at(row, "folding", f"It cannot follow: {error}.")

    def settle(self) -> None:
        """Ask what is asked in the end, about every aggregate."""
        for promise in IN_THE_END:
            self._settle(promise)

    def _settle(self, promise: Promise) -> None:
        for state in self.world.states.values():
            if not isinstance(state, promise.about) or not promise.applies(state):
                continue
            self._asked[promise.name] += 1
            for why in promise.broken(self.world, state):
                subject = subject_of(f"tastyflow.{self.world.kind_of(state)}.", state.id)
                self.findings.add(self.world.last_seq[state.id], promise.name, subject, why)

    @property
    def asked(self) -> dict[str, int]:
        """How often each rule was asked."""
        return ({"folding": self._folded} if self._folded else {}) | self._asked

    @property
    def aggregates(self) -> dict[str, int]:
        """How many there are of each kind."""
        counts = Counter(type(state) for state in self.world.states.values())
        return {name: counts[cls] for name, cls in KINDS.items()}
