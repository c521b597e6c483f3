"""
What a person must look at is opened, and closed again by what is heard later, in the append that records it.

    an order is escalated in an append          ─▶ its incident is opened in the same append
    a search was in vain, and the venue has it  ─▶ its incident is closed, and says what the venue said
    a person gave the order up                  ─▶ its incident is closed
    it was sent again, and works or is over     ─▶ its incident is closed; refused before that: it is seen again

What else a person must look at (a position, a login) is opened by whatever saw it: `open_incident`.
"""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from tastyflow.application.ledger.transaction import Transaction
from tastyflow.domain.events import Because
from tastyflow.domain.incident import Incident, IncidentKind
from tastyflow.domain.order import Order
from tastyflow.domain.order.events import EscalationReason, OrderAbandoned, OrderEscalated
from tastyflow.domain.order.stages import OVER, Stage

MAX_WORDS: Final = 200
"""Characters of what a person typed that are kept in the log."""

BY_DESK: Final = "the desk"
"""Who closed an incident where no person did."""

GIVEN_UP: Final = "The order was given up, and is watched on."

_HINTS: Final[Mapping[EscalationReason, str]] = {
    EscalationReason.OUTCOME_UNKNOWN: "Look for it at the venue before it is ordered again.",
    EscalationReason.DUPLICATE_ORDER: "Look at the venue, and cancel there what is one too many.",
    EscalationReason.EXCESS_FILL: "Compare the positions at the venue with the order.",
    EscalationReason.ECHO_DIFFERS: "Compare it with what was asked, and cancel it at the venue if need be.",
    EscalationReason.FILLS_MISSING: "Compare the fills and the positions at the venue with the order.",
    EscalationReason.VANISHED: "Look at the venue what became of it, and whether it filled.",
    EscalationReason.TURNED_UP: "It holds its capacity again: decide whether it may work on, or cancel it.",
    EscalationReason.UNCLAIMED: "The log has lost a part of its end: compare it with the venue before you order again.",
    EscalationReason.OUTSIDE_LIMITS: "It works at the venue beyond a limit: cancel it, or change it there again.",
}


def open_incident(
    tx: Transaction,
    kind: IncidentKind,
    subject: str,
    *,
    message: str,
    hint: str = "",
    order: UUID | None = None,
    account: str = "",
    environment: str = "",
    why: Because,
) -> None:
    """
    Record in *tx* that a person must look at *subject*; no news while its incident is open under the same words.

    Args:
        subject: What it is about, within its kind: the id of an order, an account and a symbol. The same subject is the
            same incident, whichever process sees it.
        message: What was seen, as a sentence.
        hint: What to do, as a sentence.
    """
    known = tx.get(Incident, Incident.id_of(kind, subject))
    if known is not None:
        tx.record(known.see_again(message=message, hint=hint, why=why))
        return
    tx.record(
        Incident.open(
            kind,
            subject,
            message=message,
            hint=hint,
            order=order,
            environment=environment,
            account=account,
            why=why,
        )
    )


def close_incident(tx: Transaction, kind: IncidentKind, subject: str, *, how: str, why: Because) -> None:
    """Record in *tx* that what was seen of *subject* is over: *how* says why. No news where no incident is open."""
    known = tx.get(Incident, Incident.id_of(kind, subject))
    if known is not None and known.is_open:
        tx.record(known.close(by=BY_DESK, how=how, why=why))


def keep_incident(tx: Transaction, order_id: UUID, why: Because) -> None:
    """Open the incident of an order that *tx* escalates, or close it where *tx* records what settles it."""
    order, before = tx.require(Order, order_id), tx.read.get(order_id)
    told = [event for event in tx.events if event.originator_id == order_id]
    escalated = [event for event in told if isinstance(event, OrderEscalated)]
    if escalated:
        _open(tx, order, escalated[-1].message, _HINTS.get(escalated[-1].reason, ""), why)
    elif any(isinstance(event, OrderAbandoned) for event in told):
        close_incident(tx, IncidentKind.ORDER, order_id.hex, how=GIVEN_UP, why=why)
    elif isinstance(before, Order) and _is_settled(order, before):
        close_incident(tx, IncidentKind.ORDER, order_id.hex, how=_said(order), why=why)
    elif isinstance(before, Order) and before.resubmitted_by and order.stage is Stage.REFUSED is not before.stage:
        _open(tx, order, f"It was not sent again. {order.message}", _HINTS[EscalationReason.OUTCOME_UNKNOWN], why)


def _open(tx: Transaction, order: Order, message: str, hint: str, why: Because) -> None:
    open_incident(
        tx,
        IncidentKind.ORDER,
        order.id.hex,
        message=f"Order {order.reference}, {order.words}: {message}",
        hint=hint,
        order=order.id,
        account=order.account,
        environment=order.environment,
        why=why,
    )


def _is_settled(order: Order, before: Order) -> bool:
    """Whether only the outcome was in doubt, and the venue has told it now; or it was sent again, and arrived."""
    if before.code in _FOR_A_PERSON:
        return False
    if order.resubmitted_by:
        return order.stage in _ARRIVED and before.stage not in _ARRIVED
    waited = before.stage in _WAITING and before.code in _TOLD_LATER
    return waited and order.stage not in _WAITING


_TOLD_LATER: Final = frozenset({EscalationReason.OUTCOME_UNKNOWN, EscalationReason.FILLS_MISSING})
"""What the venue's own word can settle, however late it comes."""

_FOR_A_PERSON: Final = frozenset(EscalationReason) - _TOLD_LATER
_WAITING: Final = frozenset({Stage.ESCALATED, Stage.ABANDONED})
_ARRIVED: Final = OVER - _WAITING - {Stage.REFUSED} | {Stage.WORKING}


def _said(order: Order) -> str:
    words = "works" if order.stage is Stage.WORKING else f"is {order.stage}"
    return f"The venue has told what became of it: the order {words}."
