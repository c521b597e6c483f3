"""
What can be asked of an order as it stands: what a chat offers as buttons, so that none of them would be refused.

    cancel      before production it is withdrawn; in production the venue is asked
    replace     it works, has something left to fill, and nothing else is asked of it
    look        what became of it is not known: the venue can be asked
"""

from enum import StrEnum

from tastyflow.domain.order.replacing import left_of, require_replaceable
from tastyflow.domain.order.stages import MENU, Stage
from tastyflow.domain.order.state import UNANSWERED, OrderState
from tastyflow.domain.venue import Venue
from tastyflow.errors import Refused


class Wish(StrEnum):
    """Something that can be asked of an order."""

    CANCEL = "cancel"
    REPLACE = "replace"
    LOOK = "look"


def wishes_for(order: OrderState) -> frozenset[Wish]:
    """What can be asked of *order* now. It may have moved on until it is asked."""
    return frozenset(
        wish
        for wish, is_possible in (
            (Wish.CANCEL, _can_be_cancelled(order)),
            (Wish.REPLACE, _can_be_replaced(order)),
            (Wish.LOOK, _is_in_doubt(order)),
        )
        if is_possible
    )


def _can_be_cancelled(order: OrderState) -> bool:
    if order.cancel_requested or not MENU[order.stage] & {"withdraw", "request_cancel"}:
        return False
    at_work = any(attempt.is_open for attempt in order.attempts if attempt.venue is Venue.PRODUCTION)
    return order.stage is not Stage.ESCALATED or at_work  # without it, a cancel would give up what a person looks at


def _can_be_replaced(order: OrderState) -> bool:
    if "request_replace" not in MENU[order.stage]:
        return False
    try:
        require_replaceable(order)
        left_of(order)
    except Refused:
        return False
    return True


def _is_in_doubt(order: OrderState) -> bool:
    live = order.attempt(Venue.PRODUCTION)
    is_unanswered = live is not None and live.outcome in UNANSWERED and order.stage is Stage.SUBMITTING
    return is_unanswered or order.stage is Stage.ESCALATED
