"""
An order as programs read it: the JSON of ``tastyflow order``, ``orders`` and ``status``; and how it stands, in words.

    order_view(order, test) ─▶ order, id, stage, text, echo, ticket, test, attempts, fills, error
    error_view(error)       ─▶ code, message, hint, suggestions
    failure_view(error)     ─▶ the first, with nothing in it but the second

Pure functions of recorded state. Keys are never left out: what is not there yet is null, or an empty list.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from attrs import evolve

from tastyflow.application.intake.completion import as_command
from tastyflow.domain.expirations import new_york_date
from tastyflow.domain.instruments import plain
from tastyflow.domain.order import Order
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.order.submission import Attempt, Fill
from tastyflow.domain.testresult import CheckOutcome, TestResult
from tastyflow.domain.trader import Trader
from tastyflow.domain.venue import Balances, Position
from tastyflow.errors import NotUnderstood, TastyflowError
from tastyflow.ports import Language

PROMOTED: Final = frozenset({Stage.WORKING, Stage.FILLED})
UNHAPPY: Final = frozenset({Stage.REFUSED, Stage.REJECTED, Stage.EXPIRED, Stage.ESCALATED, Stage.ABANDONED})

NEXT: Final[Mapping[Stage, str]] = {
    Stage.REHEARSED: "It goes no further here: this environment has no live venue.",
    Stage.WORKING: "It works on at the venue: 'tastyflow status {ref}', 'tastyflow cancel {ref}'.",
    Stage.SUBMITTING: "It may be at the venue: ask with 'tastyflow status {ref}', and do not send it again.",
    Stage.ESCALATED: "It may be at the venue: look there before you order again, then 'tastyflow status {ref}'.",
    Stage.FILLED: "See 'tastyflow positions'.",
}
"""What whoever asked can do about an order at a stage; the refused ones carry their own hint."""


def order_view(order: Order, test: TestResult | None) -> dict[str, Any]:
    """*order* with its latest *test*, as one JSON object; money and prices are decimal strings."""
    return {
        "order": order.reference,
        "id": str(order.id),
        "stage": order.stage.value,
        "text": order.asked.text,
        "echo": order.words or None,
        "ticket": order.ticket and {"strategy": order.strategy} | order.ticket.as_dict(),
        "completions": list(order.completions),
        "test": test and _test(test),
        "attempts": [_attempt(attempt) for attempt in order.attempts],
        "fills": [_fill(fill) for fill in order.fills],
        "error": _trouble(order),
    }


def told_at(order: Order, language: Language, now: datetime) -> Order:
    """
    *order* with its words as they are said *now*: the days to expiration are today's, and so they can be typed today.

    What was suggested on another day is said in full: its "next Friday" is no longer ours.
    """
    if new_york_date(order.asked_at) == new_york_date(now):
        return order
    words = order.words
    if order.ticket is not None and order.strategy is not None:
        words = language.render(as_command(order.ticket, order.strategy), as_of=now)
    suggestions = tuple(_retold(each, language, order.asked_at, now) for each in order.suggestions)
    return evolve(order, words=words, suggestions=suggestions)


def _retold(words: str, language: Language, said_at: datetime, now: datetime) -> str:
    try:
        return language.render(language.parse(words, as_of=said_at), as_of=now)
    except NotUnderstood:
        return words  # for the shell


def failure_view(error: TastyflowError, order: Order | None = None) -> dict[str, Any]:
    """The same object where *error* kept us from an answer; with what is recorded of the order, if anything is."""
    nothing: dict[str, Any] = dict.fromkeys(("order", "id", "stage", "text", "echo", "ticket", "test"))
    seen = order_view(order, None) if order else nothing | {"completions": [], "attempts": [], "fills": []}
    return seen | {"error": error_view(error)}


def error_view(error: TastyflowError) -> dict[str, Any]:
    """What went wrong, and what to do about it."""
    said = {
        "code": error.code,
        "message": error.message,
        "hint": error.hint,
        "suggestions": list(error.suggestions),
    }
    return said | {"span": list(error.span)} if isinstance(error, NotUnderstood) else said


def positions_view(positions: Sequence[Position]) -> list[dict[str, Any]]:
    return [
        {
            "symbol": position.instrument.occ,
            "quantity": position.quantity,
            "average_open_price": plain(position.average_open_price),
        }
        for position in positions
    ]


def balances_view(balances: Balances) -> dict[str, str]:
    return {
        "cash_usd": plain(balances.cash_usd),
        "net_liquidating_value_usd": plain(balances.net_liquidating_value_usd),
        "buying_power_usd": plain(balances.buying_power_usd),
    }


def trader_view(trader: Trader) -> dict[str, Any]:
    limits = trader.limits
    return {
        "name": trader.name,
        "suspended": trader.suspended,
        "permissions": sorted(trader.permissions),
        "limits": {
            "max_contracts": limits.max_contracts,
            "max_shares": limits.max_shares,
            "max_notional_usd": plain(limits.max_notional_usd),
            "max_open_notional_usd": plain(limits.max_open_notional_usd),
            "symbols": None if limits.symbols is None else list(limits.symbols),
        },
        "open_orders": len(trader.reserved),
        "reserved_notional_usd": plain(trader.reserved_notional_usd),
        "identities": [{"platform": platform, "user": user} for platform, user in sorted(trader.identities)],
    }


# ── how it went ──────────────────────────────────────────────────────────────────────────────────────────────────


def is_promoted(order: Order, *, has_live_venue: bool) -> bool:
    """Whether the order got as far as it can here: working or filled; rehearsed where there is no live venue."""
    return order.stage in PROMOTED or (order.stage is Stage.REHEARSED and not has_live_venue)


def is_cancelling(order: Order) -> bool:
    """Whether a cancel was heard: it is over without a fill of everything, or the venue has been asked."""
    return order.stage is Stage.CANCELLED or (order.cancel_requested and not order.stage.is_over)


def next_step(order: Order) -> str:
    """What to do next, in one line; empty where there is nothing."""
    if order.stage is Stage.WORKING and order.cancel_requested:
        return f"The cancel is asked for; the venue has not confirmed it: 'tastyflow status {order.reference}'."
    return order.hint or NEXT.get(order.stage, "").format(ref=order.reference)


def summary_of_test(test: TestResult) -> str:
    """The verdict of the rehearsal, in one line."""
    passed = sum(check.outcome is CheckOutcome.PASSED for check in test.checks)
    told = f"rehearsal {test.verdict or 'not concluded'}: {passed} of {len(test.planned)} checks passed"
    return f"{told}; {'; '.join(test.reasons)}" if test.reasons else told


def _trouble(order: Order) -> dict[str, Any] | None:
    if not order.code and order.stage not in UNHAPPY:
        return None
    return {
        "code": order.code or order.stage.value,
        "message": order.message or f"The order is {order.stage}.",
        "hint": next_step(order),
        "suggestions": list(order.suggestions),
    }


def _test(test: TestResult) -> dict[str, Any]:
    return {
        "verdict": test.verdict and test.verdict.value,
        "digest": test.digest,
        "checks": [
            {
                "name": check.name,
                "outcome": check.outcome.value,
                "detail": check.detail,
                "latency_ms": check.latency_ms,
            }
            for check in test.checks
        ],
    }


def _attempt(attempt: Attempt) -> dict[str, Any]:
    return {
        "venue": attempt.venue.value,
        "attempt": attempt.number,
        "external_id": attempt.external_id,
        "outcome": attempt.outcome.value,
        "broker_order": attempt.broker_order,
        "status": attempt.status and attempt.status.value,
        "reason": attempt.reason,
    }


def _fill(fill: Fill) -> dict[str, Any]:
    return {
        "venue": fill.venue.value,
        "attempt": fill.attempt,
        "fill_id": fill.fill_id,
        "symbol": fill.symbol,
        "quantity": fill.quantity,
        "price": plain(fill.price),
        "filled_at": fill.filled_at.isoformat(),
    }
