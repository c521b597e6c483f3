"""
What programs read of orders: the JSON of ``tastyflow order``, ``orders``, ``status`` and ``approvals``.

    order_json(order, test) ─▶ order, id, stage, text, echo, ticket, test, attempts, fills, rehearsal_fills, …, error
    error_json(error)       ─▶ code, message, hint, suggestions
    failure_json(error)     ─▶ the first, with nothing in it but the second

Pure functions of recorded state. Keys are never left out: what is not there yet is null, or an empty list.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from tastyflow.application.telling.risk_words import profile_of
from tastyflow.domain.instruments import plain
from tastyflow.domain.order import Order
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.order.submission import Attempt, Fill
from tastyflow.domain.risk.profile import Profile
from tastyflow.domain.testresult import TestResult
from tastyflow.domain.venue import Venue
from tastyflow.errors import NotUnderstood, TastyflowError
from tastyflow_adapters.cli.approval_shapes import approval_json, market_json
from tastyflow_adapters.cli.hints import advice_for, advice_on
from tastyflow_adapters.cli.order_facts import KEYS, order_facts
from tastyflow_adapters.cli.place_shapes import environment_json
from tastyflow_adapters.config.choices import Choices
from tastyflow_adapters.unechoed import unechoed

if TYPE_CHECKING:
    from tastyflow.application.approving.waiting_orders import WaitingOrder

UNHAPPY: Final = frozenset({Stage.REFUSED, Stage.REJECTED, Stage.EXPIRED, Stage.ESCALATED, Stage.ABANDONED})


def order_json(order: Order, test: TestResult | None) -> dict[str, Any]:
    """*order* with its latest *test*, as one JSON object; money and prices are decimal strings."""
    return {
        "order": order.reference,
        "id": str(order.id),
        "stage": order.stage.value,
        "replaces": order.replaces and order.replaces.hex[:6],
        "replacement": order.replacement and order.replacement.hex[:6],
        "text": order.asked.text,
        "echo": order.words or None,
        "ticket": order.ticket and {"strategy": order.strategy} | order.ticket.as_dict(),
        "completions": list(order.completions),
        "risk": _risk(order),
        "test": test and _test(test),
        "attempts": [_attempt(attempt) for attempt in order.attempts],
        "fills": [_fill(fill) for fill in order.fills if fill.venue is Venue.PRODUCTION],
        "rehearsal_fills": [_fill(fill) for fill in order.fills if fill.venue is Venue.SANDBOX],
        **order_facts(order, test),
        "approval": approval_json(order),
        "error": _error(order),
    }


def _risk(order: Order) -> dict[str, Any] | None:
    """What the order can lose and gain; null before it was judged. Null dollars are unlimited, or unknown."""
    if order.book is None:
        return None
    profile = profile_of(order)
    return {
        "adds_usd": _usd(order.loss_usd),
        "counted_usd": plain(order.notional_usd),
        "is_unlimited": order.loss_usd is None,
        "alone": profile and profile_json(profile),
    }


def profile_json(profile: Profile) -> dict[str, Any]:
    """What a ticket can lose and gain by itself; null dollars are unlimited, or unknown where it is not exact."""
    return {
        "max_loss_usd": _usd(profile.max_loss_usd),
        "max_gain_usd": _usd(profile.max_gain_usd),
        "break_evens": [plain(price) for price in profile.break_evens],
        "is_exact": profile.exact,
    }


def waiting_json(waiting: "WaitingOrder") -> dict[str, Any]:
    """One order that waits for an approval, as a person who approves sees it."""
    return {
        "order": order_json(waiting.order, None),
        "requester": waiting.requester,
        "rule": waiting.signal.rule if waiting.signal else None,
        "signal": waiting.signal.id.hex if waiting.signal else None,
        "why": list(waiting.signal.reasons) if waiting.signal else [],
        "market_now": waiting.market and market_json(waiting.market),
        "moved": waiting.moved,
    }


def _usd(amount: Decimal | None) -> str | None:
    return None if amount is None else plain(amount)


def failure_json(error: TastyflowError, order: Order | None = None) -> dict[str, Any]:
    """The same object where *error* kept us from an answer; with what is recorded of the order, if anything is."""
    nothing: dict[str, Any] = dict.fromkeys(
        ("order", "id", "stage", "replaces", "replacement", "text", "echo", "ticket", "risk", "test", "approval", *KEYS)
    )
    lists: dict[str, Any] = {"completions": [], "attempts": [], "fills": [], "rehearsal_fills": []}
    seen = order_json(order, None) if order else nothing | lists
    return seen | {"error": error_json(error)}


def error_json(error: TastyflowError) -> dict[str, Any]:
    """What went wrong, and what to do about it."""
    advice = advice_on(error)
    shape: dict[str, Any] = {
        "code": error.code,
        "message": unechoed(error.message),
        "hint": advice.hint,
        "suggestions": list(advice.suggestions),
    }
    if "order" in error.data:
        shape["data"] = {"order": error.data["order"]}
    return shape | {"span": list(error.span)} if isinstance(error, NotUnderstood) else shape


def orders_json(choices: Choices, orders: Sequence[tuple[Order, TestResult | None]]) -> dict[str, Any]:
    """The environment, and each order with its test."""
    return environment_json(choices) | {"orders": [order_json(*each) for each in orders]}


def not_cancelled_json(order: Order) -> dict[str, Any]:
    """Why *order* is not cancelled, and what to do about it."""
    return _error(order) or {
        "code": "not_cancelled",
        "message": f"The order is {order.stage}.",
        "hint": advice_for(order).hint,
        "suggestions": [],
    }


def _error(order: Order) -> dict[str, Any] | None:
    if not order.code and order.stage not in UNHAPPY:
        return None
    advice = advice_for(order)
    return {
        "code": order.code or order.stage.value,
        "message": unechoed(order.message) or f"The order is {order.stage}.",
        "hint": advice.hint,
        "suggestions": list(advice.suggestions),
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
        "environment": attempt.environment or None,
        "account": attempt.account or None,
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
