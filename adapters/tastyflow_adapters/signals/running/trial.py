"""
A rule tried on figures that go by, as it would run in shadow: when it would have fired, and why not at near misses.

    Figures, Figures, … ─▶ Trial.rows ─▶ TrialRow, TrialRow, …  ─▶ Trial.summary
                                        fired      with the line that it asks for, or why there is none
                                        paced      its trigger was met, and its own pace held it back
                                        held       its trigger was met, and the data held it back
                                        near       all but one of its conditions held

What lasts for several moments is one row: when it began, and how long it lasted. The same figures give the same rows.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum

from attrs import evolve, frozen

from tastyflow.domain.events import Because
from tastyflow.domain.signal import Signal
from tastyflow.domain.signal_rule import RuleStanding
from tastyflow.domain.signal_rule.figures import Figures
from tastyflow.domain.signal_rule.holding import held_back
from tastyflow.domain.signal_rule.rule import SignalRule
from tastyflow.domain.signal_rule.trigger import Trigger
from tastyflow.errors import Refused
from tastyflow_adapters.signals.running.rule_run import RuleLook, RuleRun

LineAt = Callable[[SignalRule, Figures], str]
"""The line that a rule asks for on figures; raises `Refused` where there is none."""


class TrialKind(StrEnum):
    """What a row is about."""

    FIRED = "fired"
    PACED = "paced"
    HELD = "held"
    NEAR = "near"


@frozen
class TrialRow:
    """
    A moment, or several in a row, at which something is to be said.

    Attributes:
        at, until: The first and the last moment.
        moments: How many there were.
        line: What it would have asked for; empty where it would have been nothing.
        refusal: Why there is no line.
        reasons: Why it fired.
        against: Why it did not, or why the line is none.
    """

    kind: TrialKind
    at: datetime
    until: datetime
    moments: int = 1
    line: str = ""
    reasons: tuple[str, ...] = ()
    against: tuple[str, ...] = ()


@frozen(kw_only=True)
class TrialSummary:
    """
    All of it, counted.

    Attributes:
        first, last: The first and the last moment; None where there was none.
        fired: How often it would have raised a signal; *without_line* of these ask for nothing.
        paced: How often its trigger was met, and its own pace held it back.
        near: How often it came near.
        held: Moments at which the trigger was met and the data held it back, by reason.
        unfit: Moments at which the data would have held it back, by reason, whatever the trigger said.
    """

    first: datetime | None
    last: datetime | None
    moments: int
    fired: int
    without_line: int
    paced: int
    near: int
    held: Mapping[str, int]
    unfit: Mapping[str, int]


class Trial:
    """
    *rule* on figures that go by.

    Args:
        line_at: What fills its line in.
    """

    def __init__(self, rule: SignalRule, trigger: Trigger, line_at: LineAt) -> None:
        self._run = RuleRun.begin(rule, trigger)
        self._rule = rule
        self._line_at = line_at
        self._standing: RuleStanding | None = None
        self._first: datetime | None = None
        self._last: datetime | None = None
        self._moments = 0
        self._rows: Counter[TrialKind] = Counter()
        self._without_line = 0
        self._held: Counter[str] = Counter()
        self._unfit: Counter[str] = Counter()

    def rows(self, moments: Iterable[Figures]) -> Iterator[TrialRow]:
        """What is to be said of *moments*, in order; a row comes once what it is about is over."""
        lasting: _Lasting | None = None
        for figures in moments:
            found = self._looked(figures)
            if lasting is not None and found is not None and lasting.key == found.key:
                lasting = lasting.until(figures.at)
                continue
            if lasting is not None:
                yield self._counted(lasting.row)
            lasting = found
        if lasting is not None:
            yield self._counted(lasting.row)

    def summary(self) -> TrialSummary:
        """Of every moment that `rows` has seen."""
        return TrialSummary(
            first=self._first,
            last=self._last,
            moments=self._moments,
            fired=self._rows[TrialKind.FIRED],
            without_line=self._without_line,
            paced=self._rows[TrialKind.PACED],
            near=self._rows[TrialKind.NEAR],
            held=dict(sorted(self._held.items())),
            unfit=dict(sorted(self._unfit.items())),
        )

    def _counted(self, row: TrialRow) -> TrialRow:
        self._rows[row.kind] += 1
        return row

    def _looked(self, figures: Figures) -> "_Lasting | None":
        self._first, self._last = self._first or figures.at, figures.at
        self._moments += 1
        self._run, look = self._run.seen(figures, figures.at)
        self._unfit.update({each.code for each in look.held})
        if look.is_held:
            self._held.update({each.code for each in look.held})
            against = tuple(each.sentence for each in look.held)
            row = TrialRow(TrialKind.HELD, figures.at, figures.at, reasons=look.trigger.reasons, against=against)
            return _Lasting(("held", *sorted({each.code for each in look.held})), row)
        if look.fires:
            return _Lasting(("fired", figures.at.isoformat()), self._fired(figures, look))
        if look.trigger.is_near:
            lacking = tuple(str(n) for n, each in enumerate(look.trigger.conditions) if not each.holds)
            against = look.trigger.lacks + tuple(each.sentence for each in look.held)
            return _Lasting(("near", *lacking), TrialRow(TrialKind.NEAR, figures.at, figures.at, against=against))
        return None

    def _fired(self, figures: Figures, look: RuleLook) -> TrialRow:
        why = Because("trial", "trial", "trial", figures.at)
        standing = self._standing or RuleStanding.born_of(RuleStanding.load(self._rule, why=why))
        against = held_back(self._rule, standing, figures, figures.at)
        if against is not None:
            return TrialRow(
                TrialKind.PACED, figures.at, figures.at, reasons=look.trigger.reasons, against=(against.sentence,)
            )
        signal = Signal.id_of(self._rule.name, self._rule.version, figures.at)
        self._standing = standing.evolved(standing.trigger(signal, moment=figures.at, why=why))
        row = TrialRow(TrialKind.FIRED, figures.at, figures.at, reasons=look.trigger.reasons)
        try:
            return evolve(row, line=self._line_at(self._rule, figures))
        except Refused as no:
            self._without_line += 1
            return evolve(row, against=(no.message,))


@frozen
class _Lasting:
    """A row that may go on: moments with the same key are one row."""

    key: tuple[str, ...]
    row: TrialRow

    def until(self, at: datetime) -> "_Lasting":
        return evolve(self, row=evolve(self.row, until=at, moments=self.row.moments + 1))
