"""
What programs read of an audit: the JSON of ``tastyflow audit log``, ``show``, ``replay`` and ``verify``.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import attrs

from tastyflow.application import audit
from tastyflow.application.ledger.folding import AnyAggregate
from tastyflow.domain.book import Book
from tastyflow.domain.order import Order
from tastyflow.domain.setup import Setup
from tastyflow.domain.testresult import TestResult
from tastyflow.domain.trader import Identity, Trader
from tastyflow.domain.venue import Venue

EVERY_EVENT: Final = ("at", "actor", "cause")
"""Keys that every event has; they stand beside its payload."""


def row_json(row: audit.Row) -> dict[str, Any]:
    """
    A row: ``seq``, ``at``, ``topic``, ``aggregate``, ``version``, ``actor``, ``cause``, ``payload``.

    The payload holds the other fields, as stored; where it is no JSON object it is the text itself.
    """
    try:
        payload = json.loads(row.state)
    except (ValueError, RecursionError):
        payload = None
    is_object = isinstance(payload, dict)
    common = {key: payload.pop(key, None) if is_object else None for key in EVERY_EVENT}
    return {
        "seq": row.id,
        "at": common["at"],
        "topic": row.topic,
        "aggregate": str(row.originator_id),
        "version": row.originator_version,
        "actor": common["actor"],
        "cause": common["cause"],
        "payload": payload if is_object else row.state.decode("utf-8", "replace"),
    }


def story_json(story: audit.Story) -> dict[str, Any]:
    """The story of one order."""
    order = story.order
    return {
        "order": order.reference,
        "id": str(order.id),
        "environment": order.environment or None,
        "account": order.account or None,
        "stage": order.stage.value,
        "asked": order.asked.text,
        "by": f"{order.asked.platform}:{order.asked.user}",
        "words": order.words,
        "digest": order.digest,
        "filled": order.filled(Venue.PRODUCTION),
        "elapsed_s": story.elapsed_s,
        "moments": [_moment(moment) for moment in story.moments],
    }


def signal_story_json(story: audit.SignalStory) -> dict[str, Any]:
    """The story of one signal that became no order."""
    signal = story.signal
    return {
        "order": None,
        "signal": signal.reference,
        "id": str(signal.id),
        "rule": signal.rule,
        "version": signal.rule_version,
        "stage": signal.stage.value,
        "line": signal.line,
        "code": signal.code or None,
        "why": list(signal.reasons),
        "moments": [_moment(moment) for moment in story.moments],
    }


def replay_json(done: audit.Compared, models: audit.Modelled) -> dict[str, Any]:
    """A replay of the whole log, and what was found not to agree."""
    told = _replay(done.until, done.events, done.counts, (*done.found, *models.found))
    return told | {"read_models": {"until": models.until, "rows": models.rows}}


def moment_json(replayed: audit.Replayed) -> dict[str, Any]:
    """Everything as it stood at one moment."""
    states = [_state(state) | {"facts": dict(audit.facts_of(state).facts)} for state in replayed.states.values()]
    return _replay(replayed.until, replayed.events, replayed.counts, replayed.broken) | {"states": states}


def difference_json(found: audit.Between) -> dict[str, Any]:
    """What changed between two moments."""
    return {
        "after": found.after,
        "until": found.until,
        "events": found.events,
        "changes": [
            {
                "kind": change.after.kind,
                "aggregate": str(change.after.id),
                "name": change.after.name,
                "new": change.before is None,
                "version": change.after.version,
                "facts": {name: {"before": before, "after": now} for name, (before, now) in change.changed.items()},
            }
            for change in found.changes
        ],
        "broken": [attrs.asdict(each) for each in found.broken],
    }


def what_if_json(done: Sequence[audit.Judged]) -> dict[str, Any]:
    """What other limits would have done with each order."""
    return {
        "orders": [
            {
                "order": each.case.order.reference,
                "id": str(each.case.order.id),
                "seq": each.case.seq,
                "at": each.case.facts.now.isoformat().replace("+00:00", "Z") if each.case.facts.now else None,
                "trader": each.case.facts.trader.name,
                "words": each.case.order.words,
                "then": each.case.then.value,
                "now": each.now.value,
                "why": list(each.why),
            }
            for each in done
        ]
    }


def _replay(until: int, events: int, counts: Mapping[str, int], found: Sequence[audit.Mismatch]) -> dict[str, Any]:
    return {
        "status": "different" if found else "equal",
        "until": until,
        "events": events,
        "aggregates": dict(counts),
        "differences": [attrs.asdict(each) for each in found],
    }


def report_json(report: audit.Report, anchored: Sequence[audit.Anchored] = ()) -> dict[str, Any]:
    """What was verified, and up to where it is anchored."""
    far = audit.how_far(anchored)
    layers = [
        {
            "name": layer.name,
            "asked": sum(report.asked.get(rule, 0) for rule in layer.rules),
            "proves": layer.proves,
            "leaves_open": layer.leaves_open,
        }
        for layer in audit.LAYERS
    ]
    return {
        "status": "clean" if report.is_clean else "findings",
        **attrs.asdict(report),
        "anchored_until": far[0] if far else None,
        "layers": layers,
    }


def _moment(moment: audit.Moment) -> dict[str, Any]:
    return {
        "seq": moment.seq,
        "at": moment.at.isoformat().replace("+00:00", "Z"),
        "elapsed_s": moment.elapsed_s,
        "chapter": moment.chapter.value,
        "topic": moment.topic,
        "actor": moment.actor,
        "cause": moment.cause,
        "text": moment.text,
        "details": list(moment.details),
    }


def _state(state: AnyAggregate) -> dict[str, Any]:
    common = {"kind": audit.kind_name(state), "aggregate": str(state.id), "version": state.version}
    told = _STATES.get(type(state))
    return common | (told(state) if told else {})


def _order(order: Order) -> dict[str, Any]:
    filled = {fill.venue.value: order.filled(fill.venue) for fill in order.fills}
    return {"stage": order.stage.value, "words": order.words, "digest": order.digest, "filled": filled}


_STATES: Final[Mapping[type[AnyAggregate], Callable[[Any], dict[str, Any]]]] = {
    Order: _order,
    TestResult: lambda test: {"verdict": test.verdict and test.verdict.value, "checks": len(test.checks)},
    Setup: lambda setup: {"order": str(setup.order), "placements": len(setup.placements)},
    Trader: lambda trader: {"name": trader.name, "reserved_usd": str(trader.reserved_notional_usd)},
    Book: lambda book: {"account": book.account, "orders": len(book.entries)},
    Identity: lambda identity: {"platform": identity.platform, "user": identity.user},
}
