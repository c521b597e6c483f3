"""
What programs read of rules and signals.

    rules_json   every rule, what is wrong with files, whether a service runs
    rule_json    rule, version, mode, since, by, file, limits, live
    signal_json  signal, at, mode, stage, line, figures' coverage and age, order, marks
    score_json   each signal in dollars, sums by minutes, what is not known
    row_json, summary_json   a replay        look_json   how the conditions stand now
"""

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import asdict

from tastyflow.domain.instruments import plain
from tastyflow.domain.order import Order
from tastyflow.domain.signal import Signal
from tastyflow.domain.signal.score import ScoreSum, SignalScore
from tastyflow.domain.signal_rule.rule import SignalRule
from tastyflow_adapters.cli.signals.at_hand import RuleAtHand, RulesAtHand
from tastyflow_adapters.cli.signals.trial_page import Seen
from tastyflow_adapters.signals.running.trial import TrialRow, TrialSummary

Json = dict[str, Any]


def rules_json(found: RulesAtHand, last: Mapping[str, Sequence[tuple[Signal, Order | None]]]) -> Json:
    """Every rule, with its last signal."""
    return {
        "service": found.is_running,
        "off": found.off or None,
        "rules": [
            rule_json(each) | {"last_signal": next((signal_json(*one) for one in last[each.name]), None)}
            for each in found.rules
        ],
        "complaints": list(found.complaints),
    }


def rule_json(at_hand: RuleAtHand) -> Json:
    """One rule: *file* is null where no file holds it, *mode* where the log does not know it."""
    standing = at_hand.standing
    return {
        "rule": at_hand.name,
        "version": standing and standing.rule_version,
        "mode": standing and standing.mode.value,
        "since": standing and standing.since.isoformat(),
        "by": (standing and standing.by) or None,
        "reason": (standing and standing.reason) or None,
        "turned_itself_off": (standing and standing.off_code) or None,
        "digest": standing and standing.digest,
        "refusals_in_a_row": standing and standing.refusals_in_a_row,
        "edited": at_hand.is_edited,
        "unlinked": at_hand.unlinked or None,
        "file": at_hand.rule and _file_json(at_hand.rule),
        "live": at_hand.live,
    }


def _file_json(rule: SignalRule) -> Json:
    return {
        "version": rule.version,
        "digest": rule.digest,
        "about": rule.about or None,
        "symbol": rule.symbol,
        "scope": rule.scope.in_words,
        "trader": rule.trader,
        "account": rule.account or None,
        "source": rule.source,
        "when": rule.trigger.in_words if rule.trigger is not None else None,
        "action": rule.action.text,
        "limits": asdict(rule.limits),
    }


def signal_json(signal: Signal, order: Order | None) -> Json:
    """One signal, and the order that it became."""
    return {
        "signal": signal.reference,
        "id": str(signal.id),
        "at": signal.raised_at.isoformat(),
        "moment": signal.moment.isoformat(),
        "version": signal.rule_version,
        "mode": signal.mode.value,
        "stage": signal.stage.value,
        "line": signal.line or None,
        "coverage": signal.coverage,
        "oldest_age_s": signal.oldest_age_s,
        "snapshot": signal.snapshot or None,
        "code": signal.code or None,
        "message": signal.message or None,
        "order": order and {"order": order.reference, "stage": order.stage.value, "words": order.words},
        "shadow": signal.words or None,
        "marks": [
            {
                "after_min": mark.after_min,
                "at": mark.at.isoformat(),
                "bid": None if mark.bid is None else plain(mark.bid),
                "ask": None if mark.ask is None else plain(mark.ask),
                "spot": mark.spot,
            }
            for mark in signal.marks
        ],
    }


def score_json(at_hand: RuleAtHand, scores: Sequence[SignalScore], sums: Sequence[ScoreSum]) -> Json:
    """Dollars as decimal text; what is not known is null, or not there."""
    return {
        "rule": at_hand.name,
        "signals": [
            {
                "signal": each.signal.reference,
                "at": each.signal.raised_at.isoformat(),
                "version": each.signal.rule_version,
                "shadow": each.is_shadow,
                "cost": None if each.cost is None else plain(each.cost),
                "units": each.units or None,
                "marks": [
                    {
                        "after_min": mark.after_min,
                        "per_unit_usd": plain(mark.per_unit_usd),
                        "usd": plain(mark.usd),
                        "mid_usd": plain(mark.mid_usd),
                    }
                    for mark in each.marks
                ],
                "unknown": list(each.unknown),
            }
            for each in scores
        ],
        "sums": [
            {
                "after_min": each.after_min,
                "signals": each.signals,
                "marked": each.marked,
                "gained": each.gained,
                "usd": plain(each.usd) if each.marked else None,
                "mid_usd": plain(each.mid_usd) if each.marked else None,
            }
            for each in sums
        ],
    }


def row_json(row: TrialRow) -> Json:
    """A row of a replay."""
    return {
        "kind": row.kind.value,
        "at": row.at.isoformat(),
        "until": row.until.isoformat(),
        "moments": row.moments,
        "line": row.line or None,
        "reasons": list(row.reasons),
        "against": list(row.against),
    }


def summary_json(summary: TrialSummary) -> Json:
    """All of a replay, counted."""
    return {
        "first": summary.first and summary.first.isoformat(),
        "last": summary.last and summary.last.isoformat(),
        "moments": summary.moments,
        "fired": summary.fired,
        "without_line": summary.without_line,
        "paced": summary.paced,
        "near": summary.near,
        "held": dict(summary.held),
        "unfit": dict(summary.unfit),
    }


def look_json(rule: SignalRule, seen: Seen) -> Json:
    """How the conditions of a rule stand now."""
    figures, look = seen.figures, seen.look
    return {
        "rule": rule.name,
        "version": rule.version,
        "at": figures.at.isoformat(),
        "figures": dict(figures.values),
        "coverage": figures.coverage,
        "oldest_age_s": figures.oldest_age_s,
        "holds": look.holds if look is not None else None,
        "conditions": [{"holds": each.holds, "sentence": each.sentence} for each in look.conditions] if look else [],
        "held": [{"code": each.code, "sentence": each.sentence} for each in seen.held],
        "line": seen.line or None,
        "refusal": seen.refusal or None,
    }
