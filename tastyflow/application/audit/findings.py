"""
What an audit finds wrong, and what it came to.

    pass over the rows ─▶ Findings ─▶ Report        one pass asks some of the rules
    reports ─▶ together ─▶ Report                   of passes over the same rows, in one process or in two
"""

from collections.abc import Iterable, Mapping
from typing import Final

from attrs import define, field, frozen

from tastyflow.application.audit.log import Row
from tastyflow.application.audit.replaying import subject_of

MAX_FINDINGS: Final = 1000
"""How many findings are kept; the rest is counted."""


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


@define
class Findings:
    """The findings of a pass, as they are made."""

    kept: list[AuditFinding] = field(factory=list)
    found: int = 0

    def at(self, row: Row, rule: str, why: str) -> None:
        """Something is wrong at *row*."""
        self.add(row.id, rule, subject_of(row.topic, row.originator_id), why)

    def add(self, seq: int, rule: str, subject: str, why: str) -> None:
        """Something is wrong with *subject*, at the row *seq*."""
        self.found += 1
        if len(self.kept) < MAX_FINDINGS:
            self.kept.append(AuditFinding(seq, rule, subject, why))


def together(*reports: Report) -> Report:
    """One report of passes over the same rows, each of which asked other rules."""
    return Report(
        until=max(report.until for report in reports),
        events=max(report.events for report in reports),
        aggregates={kind: number for report in reports for kind, number in report.aggregates.items()},
        asked={rule: times for report in reports for rule, times in report.asked.items()},
        findings=in_order(finding for report in reports for finding in report.findings),
        found=sum(report.found for report in reports),
    )


def in_order(findings: Iterable[AuditFinding]) -> tuple[AuditFinding, ...]:
    """The first of *findings*, in the order of the log."""
    return tuple(sorted(findings, key=lambda finding: finding.seq)[:MAX_FINDINGS])
