"""
What became of a signal's order, recorded in the append of the order itself: of the signal, and heard by its rule.

    drafted, accepted    ─▶ SignalActed           drafted, refused ─▶ SignalDeclined
    at the venue         ─▶ RuleAnswered          refused, rejected ─▶ RuleAnswered, with the code
                                                    └─ a limit's no, three in a row ─▶ it turns itself off: an incident
    in doubt, or a halt  ─▶ it turns itself off, too
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from tastyflow.application.incidents.opening import open_incident
from tastyflow.application.ledger.transaction import Transaction
from tastyflow.application.signalling.asking import PLATFORM, asking_of, changed_since
from tastyflow.domain.events import Because
from tastyflow.domain.incident import IncidentKind
from tastyflow.domain.order import Order
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.risk.outcomes import RefusalCode
from tastyflow.domain.signal import Signal
from tastyflow.domain.signal_rule import OffCode, RuleStanding

MOST_REFUSALS: Final = 3
"""So many refusals in a row turn a rule off."""

_LIMITS: Final = frozenset(
    {
        RefusalCode.OVER_LIMIT,
        RefusalCode.TOO_MANY_ORDERS,
        RefusalCode.DAILY_LOSS,
        RefusalCode.PAUSED,
        RefusalCode.SYMBOL_NOT_ALLOWED,
        RefusalCode.NOT_PERMITTED,
        RefusalCode.ACCOUNT_NOT_GIVEN,
        RefusalCode.SUSPENDED,
        RefusalCode.MARKET_ORDER,
        RefusalCode.ZERO_DTE,
    }
)
"""Refusals that say that a rule asks for more than its trader may: the next signal would ask for it again."""

_HALTS: Final = frozenset({RefusalCode.HALTED, RefusalCode.REDUCING})
_REFUSED: Final = frozenset({Stage.REFUSED, Stage.REJECTED})
_ACCEPTED: Final = frozenset({Stage.WORKING, Stage.FILLED})


def keep_signal(tx: Transaction, order_id: UUID, *, is_live: bool, why: Because) -> None:
    """
    Record in *tx* what became of the signal that asked for an order, and what its rule hears of it.

    Args:
        is_live: Whether there is a production; without one, a passed rehearsal is as far as an order goes.
    """
    order = tx.require(Order, order_id)
    if order.asked.platform != PLATFORM or (asking := asking_of(tx, order.asked)) is None:
        return
    signal, standing = asking.signal, asking.standing
    if signal.is_open:
        refused = order.stage is Stage.REFUSED
        reasons = (order.message,) if order.message else ()
        tx.record(
            signal.decline(order.code, reasons=reasons, order=order.id, why=why)
            if refused
            else signal.act(order.id, why=why)
        )
    if changed_since(asking) is not None:
        return
    read = tx.read.get(order_id)
    before = read if isinstance(read, Order) else None
    if order.stage is Stage.ESCALATED and before is not None and before.stage is not Stage.ESCALATED:
        doubt = f"A person must look at its order {order.reference}."
        rest(tx, standing, OffCode.DOUBT, doubt, environment=order.environment, why=why)
    code = _answer(order, before, is_live=is_live)
    if code is None:
        return
    answer_rule(tx, standing, signal, code, order.message, environment=order.environment, why=why)


def answer_rule(
    tx: Transaction, standing: RuleStanding, signal: Signal, code: str, message: str, *, environment: str, why: Because
) -> None:
    """Record in *tx* what became of the order of *signal*; where the rule should rest now, it turns itself off."""
    tx.record(standing.answer(signal.id, code=code, why=why))
    standing = tx.require(RuleStanding, standing.id)
    if not (code and standing.mode.asks):
        return
    said = f"Signal {signal.reference}: {message}" if message else f"Signal {signal.reference} was refused ({code})."
    if code in _HALTS:
        rest(tx, standing, OffCode.HALT, said, environment=environment, why=why)
    elif code in _LIMITS:
        rest(tx, standing, OffCode.LIMIT, said, environment=environment, why=why)
    elif standing.refusals_in_a_row >= MOST_REFUSALS:
        many = f"{standing.refusals_in_a_row} of its orders in a row were refused, the last one: {message or code}"
        rest(tx, standing, OffCode.REFUSALS, many, environment=environment, why=why)


def rest(
    tx: Transaction, standing: RuleStanding, code: OffCode, reason: str, *, environment: str, why: Because
) -> None:
    """Record in *tx* that a rule turns itself off, and that the operators must look. No news where it is off."""
    turned = standing.turn_itself_off(code, reason=reason, why=why)
    if turned is None:
        return
    tx.record(turned)
    open_incident(
        tx,
        IncidentKind.SIGNAL,
        standing.name,
        message=f"The rule {standing.name} turned itself off. {reason}",
        hint="It stays off until a person who looked at it sets it to shadow again.",
        environment=environment,
        why=why,
    )


def rest_for_halt(tx: Transaction, rules: Sequence[UUID], *, by: str, environment: str, why: Because) -> None:
    """Record in *tx*, which halts trading, that each of *rules* that asks for orders turns itself off."""
    for each in rules:
        standing = tx.get(RuleStanding, each)
        if standing is not None and standing.mode.asks:
            rest(tx, standing, OffCode.HALT, f"{by} halted trading.", environment=environment, why=why)


def _answer(order: Order, before: Order | None, *, is_live: bool) -> str | None:
    """What its rule hears of an order that came to something now; empty where it was accepted, None without news."""
    was = before.stage if before is not None else None
    if order.stage in _REFUSED:
        return (order.code or order.stage.value) if was not in _REFUSED else None
    accepted = _ACCEPTED if is_live else _ACCEPTED | {Stage.REHEARSED}
    return "" if order.stage in accepted and was not in accepted else None
