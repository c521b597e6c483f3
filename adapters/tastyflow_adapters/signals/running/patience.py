"""
How long a rule puts up with data that hold it back, before it turns itself off.

    approve │ auto, in an open session
      too thin for longer than `LONGEST_S`                   ─▶ coverage
      too old for longer than `LONGEST_S`                    ─▶ stale
      would have fired, and only the coverage was against it ─▶ coverage, at once; not while the chain is being told
    shadow, or outside of the session ─▶ it rests: there is no order to keep back

Time is counted by the clock that never runs backwards: a wall clock that is set turns no rule off.
"""

from collections.abc import Sequence
from typing import Final

from attrs import define, frozen

from tastyflow.domain.signal_rule import OffCode, RuleMode
from tastyflow.domain.signal_rule.holding import HeldBack
from tastyflow_adapters.signals.running.rule_run import THIN, RuleLook

LONGEST_S: Final = 300.0
OLD: Final = "stale"

TOLD_S: Final = 5.0
MORE: Final = 0.005
"""A chain of which so much more is known than so long ago is being told: what a part of it says means nothing yet."""


@frozen
class TurnOff:
    """Why a rule turns itself off."""

    code: OffCode
    reason: str


@define
class Patience:
    """Counts for one rule since when its data are too thin and too old, in seconds of the monotonic clock."""

    thin_since_s: float | None = None
    old_since_s: float | None = None
    known: float = 0.0
    grew_at_s: float | None = None

    def told(self, coverage: float | None, now_s: float) -> None:
        """How much of the chain is known at *now_s*: at a start, and after a break, it grows."""
        share = coverage or 0.0
        if share >= self.known + MORE:
            self.known, self.grew_at_s = share, now_s
        elif share <= self.known - MORE:  # it is lost, and not told
            self.known, self.grew_at_s = share, None

    def is_told_at(self, now_s: float) -> bool:
        """Whether the chain is being told just now."""
        return self.grew_at_s is not None and now_s - self.grew_at_s < TOLD_S

    def looked(self, look: RuleLook, mode: RuleMode) -> TurnOff | None:
        """Whether a rule that would have fired turns itself off for it."""
        if not mode.asks or not look.is_held or any(each.code != THIN for each in look.held):
            return None
        return TurnOff(OffCode.COVERAGE, f"It would have fired on too little: {look.held[0].sentence}")

    def waited(self, held: Sequence[HeldBack], mode: RuleMode, now_s: float, *, is_open: bool) -> TurnOff | None:
        """
        Whether the rule has waited too long.

        Args:
            held: Why the data hold it back now; data that came to a stop are old.
            now_s: By the monotonic clock.
            is_open: Whether the session is open.
        """
        why = {each.code: each.sentence for each in reversed(held)} if is_open and mode.asks else {}
        self.thin_since_s = _since(self.thin_since_s, now_s, is_so=THIN in why)
        self.old_since_s = _since(self.old_since_s, now_s, is_so=OLD in why)
        if _is_over(self.old_since_s, now_s):
            return TurnOff(OffCode.STALE, f"Its data were too old for {LONGEST_S / 60:g} minutes. {why[OLD]}")
        if _is_over(self.thin_since_s, now_s):
            return TurnOff(OffCode.COVERAGE, f"Its data were too thin for {LONGEST_S / 60:g} minutes. {why[THIN]}")
        return None


def _since(since_s: float | None, now_s: float, *, is_so: bool) -> float | None:
    if not is_so:
        return None
    return now_s if since_s is None else since_s


def _is_over(since_s: float | None, now_s: float) -> bool:
    return since_s is not None and now_s - since_s > LONGEST_S
