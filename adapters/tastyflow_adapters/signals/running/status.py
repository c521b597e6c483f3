"""
How the rules are, as the health page and `tastyflow signals` say it. It is read without numpy.

    part ─▶ RuleStatus, one for each rule ─▶ as_json, the same size however long it runs
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from attrs import frozen

from tastyflow.domain.signal_rule.holding import HeldBack
from tastyflow_adapters.redaction import REDACTOR

if TYPE_CHECKING:
    from tastyflow_adapters.signals.running.rules_at_work import RuleAtWork
    from tastyflow_adapters.signals.running.watches import Watches

MOST_RULES: Final = 50
MOST_SENTENCES: Final = 12
LONGEST: Final = 200

Json = dict[str, Any]


@frozen(kw_only=True)
class RuleStatus:
    """
    How one rule is.

    Attributes:
        mode: As the log has it; empty where it has none.
        rests: Why it raises no signals whatever the market does; empty where it may.
        at: Of the newest figures; None before the first.
        held: Why its data hold it back now.
        holds: Whether its trigger is met.
        conditions: How each condition stands.
        trouble: Why its chain is not watched.
        in_hand: Whether a signal of it is in hand.
    """

    name: str
    version: int
    mode: str
    symbol: str
    rests: str = ""
    at: datetime | None = None
    spot: float | None = None
    coverage: float | None = None
    oldest_age_s: float | None = None
    held: tuple[str, ...] = ()
    holds: bool | None = None
    is_near: bool = False
    conditions: tuple[tuple[bool, str], ...] = ()
    trouble: str = ""
    in_hand: bool = False

    def as_json(self, now: datetime) -> Json:
        """For programs."""
        return {
            "rule": self.name,
            "version": self.version,
            "mode": self.mode or None,
            "symbol": self.symbol,
            "rests": _clean(self.rests) or None,
            "data": {
                "at": self.at and self.at.isoformat(),
                "spot": self.spot,
                "coverage": self.coverage,
                "oldest_age_s": None if self.oldest_age_s is None or self.at is None else round(self._age_s(now), 1),
                "held": [_clean(each) for each in self.held[:MOST_SENTENCES]],
                "trouble": _clean(self.trouble) or None,
            },
            "trigger": None
            if self.holds is None
            else {
                "holds": self.holds,
                "near": self.is_near,
                "conditions": [
                    {"holds": holds, "sentence": _clean(said)} for holds, said in self.conditions[:MOST_SENTENCES]
                ],
            },
            "in_hand": self.in_hand,
        }

    def _age_s(self, now: datetime) -> float:
        since_s = 0.0 if self.at is None else max(0.0, (now - self.at).total_seconds())
        return (self.oldest_age_s or 0.0) + since_s


class SignalsStatus:
    """
    How all rules are.

    Attributes:
        off: Why no rule is watched here at all; empty where they are.
        rules: Each rule of the folder.
        complaints: What is wrong with files that hold none.
        webhook: How the webhook is; None where there is none.
    """

    def __init__(self) -> None:
        self.off = ""
        self.webhook: Callable[[], Json] | None = None
        self.rules: Sequence[RuleStatus] = ()
        self.complaints: Sequence[str] = ()

    def as_json(self, now: datetime) -> Json:
        """For programs; at most so many rules and complaints."""
        return {
            "off": self.off or None,
            "rules": [each.as_json(now) for each in self.rules[:MOST_RULES]],
            "rules_in_all": len(self.rules),
            "complaints": [_clean(each) for each in self.complaints[:MOST_SENTENCES]],
            "webhook": self.webhook() if self.webhook is not None else None,
        }


def _clean(text: str) -> str:
    return REDACTOR.clean(text)[:LONGEST]


def status_of(
    at_work: "RuleAtWork", watches: "Watches", held: Sequence[HeldBack], in_hand: Collection[str]
) -> RuleStatus:
    """How one rule is; *held* is why its data hold it back now."""
    rule, look, state = at_work.rule, at_work.look, watches.state_by(at_work.rule)
    figures = state.figures if state is not None else None
    return RuleStatus(
        name=rule.name,
        version=rule.version,
        mode=at_work.standing.mode.value if at_work.standing is not None else "",
        symbol=rule.symbol,
        rests=at_work.rests,
        at=figures.at if figures is not None else None,
        spot=figures.get("spot") if figures is not None else None,
        coverage=figures.coverage if figures is not None else None,
        oldest_age_s=figures.oldest_age_s if figures is not None else None,
        held=() if at_work.rests else tuple(each.sentence for each in held),
        holds=look.trigger.holds if look is not None else None,
        is_near=look is not None and look.trigger.is_near,
        conditions=tuple((each.holds, each.sentence) for each in look.trigger.conditions) if look is not None else (),
        trouble=state.trouble if state is not None else "",
        in_hand=rule.name in in_hand,
    )
