"""
What a person can decide of an incident, as it stands: the same on the command line and in a chat.

    open ─┬─ no person looks                                  ─▶ acknowledge
          ├─ its order works at the venue                     ─▶ cancel it
          ├─ its order is in doubt ─┬─ never seen there       ─▶ resubmit
          │                         └─                        ─▶ abandon, adopt
          ├─ the log is in doubt                              ─▶ accept the log, once it was compared
          └─                                                  ─▶ close
"""

from collections.abc import Iterator
from enum import StrEnum

from tastyflow.domain.incident import IncidentKind, IncidentState
from tastyflow.domain.order import Order
from tastyflow.domain.order.events import EscalationReason
from tastyflow.domain.order.stages import MENU
from tastyflow.domain.venue import Venue


class IncidentChoice(StrEnum):
    """One thing that a person can decide."""

    ACKNOWLEDGE = "acknowledge"
    ACCEPT_LOG = "accept_log"
    CANCEL = "cancel"
    RESUBMIT = "resubmit"
    ABANDON = "abandon"
    ADOPT = "adopt"
    CLOSE = "close"


def choices_of(incident: IncidentState, order: Order | None) -> tuple[IncidentChoice, ...]:
    """What can be decided of *incident*, the usual first; *order* is the one that it is about."""
    return tuple(_choices(incident, order)) if incident.is_open else ()


def works_there(order: Order) -> bool:
    """Whether production has something of *order* that is not over, as far as the log knows."""
    live = (each for each in order.attempts if each.venue is Venue.PRODUCTION)
    return order.code != EscalationReason.VANISHED and any(each.broker_order and each.is_open for each in live)


def can_be_sent_again(order: Order) -> bool:
    """Whether a person may let *order* be sent again: it is in doubt, and production never showed anything of it."""
    live = (each for each in order.attempts if each.venue is Venue.PRODUCTION)
    return "resubmit" in MENU[order.stage] and not any(each.broker_order for each in live)


def _choices(incident: IncidentState, order: Order | None) -> Iterator[IncidentChoice]:
    if not incident.acknowledged_by:
        yield IncidentChoice.ACKNOWLEDGE
    if incident.kind is IncidentKind.LOG:
        yield IncidentChoice.ACCEPT_LOG
    if order is not None:
        yield from _of_order(order)
    yield IncidentChoice.CLOSE


def _of_order(order: Order) -> Iterator[IncidentChoice]:
    live = [each for each in order.attempts if each.venue is Venue.PRODUCTION]
    if works_there(order):
        yield IncidentChoice.CANCEL
    elif "abandon" in MENU[order.stage]:
        if can_be_sent_again(order):
            yield IncidentChoice.RESUBMIT
        yield IncidentChoice.ABANDON
    if "adopt" in MENU[order.stage] and any(each.broker_order is None for each in live):
        yield IncidentChoice.ADOPT
