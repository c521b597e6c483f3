"""
What a person sees before they approve, in words: who asked, why it waits, the market then and now, until when; and what
became of it.
"""

from typing import Final

from tastyflow.application.approving.waiting_orders import WaitingOrder
from tastyflow.application.card.wording import symbol_words
from tastyflow.application.environment_words import place_of
from tastyflow.application.signalling.asking import signal_id_in
from tastyflow.domain.new_york_time import minute_in_words, moment_in_words
from tastyflow.domain.order import Order
from tastyflow.domain.order.approval import MarketSnapshot
from tastyflow.domain.order.cancel_causes import ended_sentence
from tastyflow.domain.order.stages import BEFORE_VERDICT, Stage
from tastyflow.domain.risk.approval import in_words

NONE_WAITS: Final = "No order waits for an approval."
NO_MARKET: Final = "The market cannot be read now: it cannot be approved before that."

_ON_ITS_WAY: Final = frozenset({*BEFORE_VERDICT, Stage.REHEARSED, Stage.APPROVED, Stage.SUBMITTING})
_ENDS: Final = {
    Stage.CANCELLED: "was withdrawn",
    Stage.REHEARSING: "is rehearsed anew before it is approved",
}


def waiting_title(waiting: WaitingOrder) -> str:
    """``3f2a11 waits for approval · PRODUCTION``"""
    place = place_of(waiting.order)
    return f"{waiting.order.reference} waits for approval" + (f" · {place}" if place else "")


def asked_words(waiting: WaitingOrder) -> str:
    """``asked by ann, Fri Nov 20 10:00 New York: “sell 1 …”``"""
    order = waiting.order
    return f"asked by {asker_words(waiting)}, {moment_in_words(order.asked_at)}: “{order.asked.text}”"


def asker_words(waiting: WaitingOrder) -> str:
    """Who asks, as `asker_in_words`."""
    return asker_in_words(waiting.order, waiting.requester)


def asker_in_words(order: Order, requester: str) -> str:
    """``ann``; of a signal, ``the rule gex-flip, acting as robot``."""
    is_signal = signal_id_in(order.asked) is not None
    return f"the rule {order.asked.user}, acting as {requester}" if is_signal else requester


def signal_words(waiting: WaitingOrder) -> tuple[str, ...]:
    """Why a rule asks: its signal, and what was met; nothing where a person asked."""
    signal = waiting.signal
    if signal is None:
        return ()
    return (f"signal {signal.reference} of version {signal.rule_version}", *signal.reasons)


def named_words(waiting: WaitingOrder) -> str:
    """``FORD · Forward Industries Inc``; empty where the name is not known."""
    ticket = waiting.order.ticket
    return symbol_words(ticket.underlying, waiting.name) if ticket is not None and waiting.name else ""


def market_then(waiting: WaitingOrder) -> str:
    """The market as it was when the order began to wait."""
    return f"market then  {_market(waiting.request.market)}"


def market_now(waiting: WaitingOrder) -> str:
    """The market now; or that it cannot be read, and what that means."""
    return NO_MARKET if waiting.market is None else f"market now   {_market(waiting.market)}"


def until_words(waiting: WaitingOrder) -> str:
    """``waits until Fri Nov 20 10:15 New York``"""
    return f"waits until {moment_in_words(waiting.request.until)}"


def is_decided(order: Order) -> bool:
    """Whether *order*, which waited, waits no more, and what was decided has come to something."""
    return order.waiting_until is None and order.stage not in _ON_ITS_WAY


def decided_title(order: Order) -> str:
    """``3f2a11 was approved by eve``: what became of *order*, which waited."""
    if order.approval is not None:
        return f"{order.reference} was approved by {order.approved_by}"
    return f"{order.reference} {_ENDS.get(order.stage, f'is {order.stage}')}"


def decided_words(order: Order) -> str:
    """Of one that is over why; of one that was approved what came of it, in words that stay true; else nothing."""
    if order.stage.is_over and order.message:
        return ended_sentence(order.message)
    if order.approval is None:
        return ""
    if order.stage in {Stage.APPROVED, Stage.SUBMITTING}:
        return "It is being sent."
    return "The venue has it." if order.stage is Stage.WORKING else f"It is {order.stage}."


def _market(market: MarketSnapshot) -> str:
    return f"{in_words(market)} at {minute_in_words(market.at)}"
