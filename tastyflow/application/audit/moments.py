"""
Everything as it stood at a moment of the log, and what is different between two moments.

    rows ─▶ replay(until) ─▶ facts_of(state)     each aggregate in words: its kind, its name, its facts by name
    rows ─▶ between(A, B) ─▶ Change              what began, and which facts are others than they were

A moment is a position of the log, or a time: then the last event that was recorded by that time. Where a clock went
back, the order of the log counts.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from attrs import asdict, field, frozen

from tastyflow.application.audit.log import Row, steady
from tastyflow.application.audit.replaying import Mismatch, fold_row, kind_name, subject_of
from tastyflow.application.ledger.folding import AnyAggregate
from tastyflow.application.ledger.ledger import Ledger
from tastyflow.application.ledger.lookup import Lookup
from tastyflow.domain.book import Book
from tastyflow.domain.halt import Halt
from tastyflow.domain.incident import Incident
from tastyflow.domain.instruments import plain
from tastyflow.domain.order import Order
from tastyflow.domain.preview import PreviewRequest
from tastyflow.domain.setup import Setup
from tastyflow.domain.signal import Signal
from tastyflow.domain.signal_rule import RuleStanding
from tastyflow.domain.testresult import TestResult
from tastyflow.domain.trader import Identity, Trader
from tastyflow.domain.venue import Venue
from tastyflow.errors import StoreFailure

NOTHING: Final = "none"


@frozen
class Facts:
    """
    One aggregate in words.

    Attributes:
        kind: ``order``, ``trader``, ``halt`` …
        name: What people call it.
        facts: What is so, by name, the same names for all of one kind.
    """

    kind: str
    id: UUID
    version: int
    name: str
    facts: Mapping[str, str] = field(hash=False)


@frozen
class Change:
    """
    What is different of one aggregate.

    Attributes:
        before: As it was; None where it did not exist yet.
    """

    before: Facts | None
    after: Facts

    @property
    def changed(self) -> Mapping[str, tuple[str, str]]:
        """Each fact that is another than it was: before, and after. All of them where it did not exist yet."""
        was = self.before.facts if self.before else {}
        return {
            name: (was.get(name, NOTHING), value)
            for name, value in self.after.facts.items()
            if was.get(name, NOTHING) != value
        }


@frozen
class Between:
    """
    What happened from one moment to another.

    Attributes:
        after, until: The positions of both moments: the events after the one, up to the other.
        changes: Of each aggregate that changed, in the order in which it first did.
        broken: The rows that could not be folded.
    """

    after: int
    until: int
    events: int
    changes: tuple[Change, ...]
    broken: tuple[Mismatch, ...] = ()


def position_at(ledger: Ledger, moment: datetime, end: int) -> int:
    """
    The last position up to *end* that was recorded by *moment*; 0 where none was.

    Raises:
        StoreFailure: The log cannot be read.
    """
    lookup = Lookup(ledger)

    def is_later(position: int) -> bool:
        recorded = steady(lambda: lookup.recorded_at(position))
        return recorded is None or recorded > moment

    return bisect_left(range(1, end + 1), True, key=is_later)


def between(rows: Iterable[Row], after: int) -> Between:
    """What changed in *rows*, which begin with the first of the log, after the position *after*."""
    states: dict[UUID, AnyAggregate] = {}
    before: dict[UUID, AnyAggregate | None] = {}
    broken: list[Mismatch] = []
    last = events = 0
    for row in rows:
        last = row.id
        if row.id > after:
            events += 1
            if isinstance(row.originator_id, UUID):
                before.setdefault(row.originator_id, states.get(row.originator_id))
        try:
            fold_row(states, row)
        except (StoreFailure, TypeError, KeyError, AttributeError) as error:
            broken.append(Mismatch(row.id, subject_of(row.topic, row.originator_id), f"It cannot be folded: {error}."))
    pairs = ((was, states.get(stream)) for stream, was in before.items())
    changes = (Change(facts_of(was) if was else None, facts_of(now)) for was, now in pairs if now is not None)
    return Between(after, last, events, tuple(each for each in changes if each.changed), tuple(broken))


def facts_of(state: AnyAggregate) -> Facts:
    """*state* in words."""
    name, facts = _FACTS[type(state)](state)
    return Facts(kind_name(state), state.id, state.version, name, facts)


def _listed(items: Iterable[object]) -> str:
    return ", ".join(sorted(map(str, items))) or NOTHING


def _usd(amount: object) -> str:
    return f"${amount:,.2f}"


def _order(order: Order) -> tuple[str, Mapping[str, str]]:
    live = order.attempt(Venue.PRODUCTION)
    wanted = sum(leg.quantity for leg in order.legs)
    return order.reference, {
        "stage": order.stage.value,
        "words": order.words or order.asked.text,
        "asked by": f"{order.asked.platform}:{order.asked.user}",
        "account": order.account or NOTHING,
        "can lose": _usd(order.notional_usd),
        "approved by": order.approved_by or NOTHING,
        "in production": live.broker_order or live.outcome.value if live else NOTHING,
        "filled": f"{order.filled(Venue.PRODUCTION)} of {wanted}",
        "says": order.message or NOTHING,
    }


def _trader(trader: Trader) -> tuple[str, Mapping[str, str]]:
    standing = "removed" if trader.removed else "suspended" if trader.suspended else "trades"
    return trader.name, {
        "standing": standing,
        "permissions": _listed(permission.value for permission in trader.permissions),
        "accounts": _listed(trader.accounts),
        "identities": _listed(f"{user} on {platform}" for platform, user in trader.identities),
        "holds": f"{_usd(trader.reserved_notional_usd)} for {len(trader.reserved)}",
        **{name: limit_in_words(value) for name, value in asdict(trader.limits, recurse=False).items()},
    }


def limit_in_words(value: Any) -> str:
    """The value of a limit as people write it: ``10``, ``none``, ``yes``, ``SPY, QQQ``."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return NOTHING
    return _listed(value) if isinstance(value, tuple) else plain(value) if not isinstance(value, int) else str(value)


def _halt(halt: Halt) -> tuple[str, Mapping[str, str]]:
    return "trading", {"trading": halt.trading.value, "by": halt.by or NOTHING, "reason": halt.reason or NOTHING}


def _book(book: Book) -> tuple[str, Mapping[str, str]]:
    return book.account, {
        "can fill": str(len(book.entries)),
        "takes": _usd(book.taken_usd),
        "outcome unknown": str(book.unknown),
        "held": _listed(f"{quantity:+} {thing.occ}" for thing, quantity in (book.explained or {}).items()),
    }


def _test(test: TestResult) -> tuple[str, Mapping[str, str]]:
    verdict = test.verdict.value if test.verdict else "running"
    return test.id.hex[:6], {"verdict": verdict, "checks": f"{len(test.checks)} of {len(test.planned)}"}


def _incident(incident: Incident) -> tuple[str, Mapping[str, str]]:
    return incident.reference, {
        "standing": "open" if incident.is_open else "closed",
        "about": incident.kind.value,
        "says": incident.message,
        "looked at by": incident.acknowledged_by or NOTHING,
        "closed by": incident.closed_by or NOTHING,
    }


def _rule(rule: RuleStanding) -> tuple[str, Mapping[str, str]]:
    return rule.name, {
        "mode": rule.mode.value,
        "version": str(rule.rule_version),
        "by": rule.by or NOTHING,
        "trader": rule.trader,
        "signals that day": str(rule.raised_that_day),
    }


def _signal(signal: Signal) -> tuple[str, Mapping[str, str]]:
    return signal.reference, {
        "stage": signal.stage.value,
        "rule": signal.rule,
        "line": signal.line or NOTHING,
        "order": signal.order.hex[:6] if signal.order else NOTHING,
        "says": signal.message or NOTHING,
    }


_FACTS: Final[Mapping[type[AnyAggregate], Callable[[Any], tuple[str, Mapping[str, str]]]]] = {
    Order: _order,
    Trader: _trader,
    Halt: _halt,
    Book: _book,
    TestResult: _test,
    Setup: lambda setup: (setup.order.hex[:6], {"placements": str(len(setup.placements))}),
    Identity: lambda who: (
        who.id.hex[:6],
        {"who": f"{who.user} on {who.platform}", "taken": str(who.trader or NOTHING)},
    ),
    PreviewRequest: lambda preview: (preview.id.hex[:6], {"versions": str(preview.version)}),
    Incident: _incident,
    RuleStanding: _rule,
    Signal: _signal,
}
