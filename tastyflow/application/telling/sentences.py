"""
What a trader is told of each recorded event: one sentence, from the event and the order it made. Never from intent.
"""

from collections.abc import Callable, Mapping
from typing import Any

from tastyflow.application.telling.wording import filled_net
from tastyflow.domain.events import Event
from tastyflow.domain.instruments import plain
from tastyflow.domain.order import Order
from tastyflow.domain.order import events as happened
from tastyflow.domain.testresult import CheckOutcome, CheckRecorded, TestConcluded, in_words
from tastyflow.domain.venue import Venue
from tastyflow.ports import Notice

MARKS: Mapping[CheckOutcome, str] = {
    CheckOutcome.PASSED: "✓",
    CheckOutcome.FAILED: "✗",
    CheckOutcome.COULD_NOT_RUN: "–",
}


def notice_of(event: Event, order: Order) -> Notice | None:
    """What to tell of *event*, where *order* is the state after it; None where it is nobody's news."""
    words = SENTENCES.get(type(event))
    text = words(event, order) if words else ""
    if not text:
        return None
    return Notice(order.reference, order.stage.value, text, f"{event.originator_id}:{event.originator_version}")


def _drafted(event: happened.OrderDrafted, _order: Order) -> str:
    settled = "".join(f" {sentence}" for sentence in event.completions)
    return f"Understood: {event.words}.{settled}"


def _refused(event: happened.OrderRefused, _order: Order) -> str:
    return " ".join(part for part in (f"Refused: {event.message}", event.hint) if part)


def _claimed(event: happened.SubmissionClaimed, _order: Order) -> str:
    return "Rehearsing it in the sandbox." if event.venue is Venue.SANDBOX else "Sending it to production."


def _adopted(event: happened.SubmissionAdopted, order: Order) -> str:
    if event.venue is Venue.SANDBOX:
        return f"The sandbox has it as {event.broker_order}."
    found = "" if event.found_by is happened.FoundBy.ANSWER else f" (found by {event.found_by})"
    return f"Production has it as {event.broker_order}{found}; it is {order.stage}."


def _declined(event: happened.SubmissionDeclined, _order: Order) -> str:
    return f"The {event.venue} venue said no: {event.message}"


def _fill(event: happened.FillRecorded, order: Order) -> str:
    if event.venue is Venue.SANDBOX:
        return ""
    leg = next(leg for leg in order.legs if leg.instrument.occ == event.symbol)
    which = f" {leg.instrument.in_words()}" if len(order.legs) > 1 else ""
    late = " after it was over" if event.late else ""
    done = f"{order.filled(Venue.PRODUCTION, event.symbol):,} of {leg.quantity:,}"
    return f"Filled {event.quantity:,}{which} at {plain(event.price)}{late}; {done}."


def _filled(event: happened.OrderFilled, order: Order) -> str:
    if event.venue is Venue.SANDBOX:
        return ""
    net = filled_net(order) if len(order.legs) > 1 else ""
    return f"Filled at {net} in all." if net else "Filled."


def _ended(words: str) -> Callable[[Any, Order], str]:
    def sentence(event: Any, order: Order) -> str:
        if event.venue is Venue.SANDBOX:
            return ""
        filled = order.filled(Venue.PRODUCTION)
        kept = f" {filled} stay filled." if filled else ""
        reason = getattr(event, "reason", "")
        return f"{words}{f': {reason}' if reason else '.'}{kept}"

    return sentence


def _concluded(event: happened.RehearsalConcluded, _order: Order) -> str:
    if event.passed:
        return "The rehearsal passed."
    return f"The rehearsal did not pass: {in_words(event.reasons)}."


SENTENCES: Mapping[type[Event], Callable[[Any, Order], str]] = {
    happened.OrderDrafted: _drafted,
    happened.OrderValidated: lambda event, _: f"Within limits: ${event.notional_usd:,.2f} at risk.",
    happened.OrderRefused: _refused,
    happened.OrderWithdrawn: lambda _event, _order: "Cancelled before it reached production.",
    happened.SubmissionClaimed: _claimed,
    happened.SubmissionAdopted: _adopted,
    happened.SubmissionDeclined: _declined,
    happened.SubmissionNotSent: lambda event, _: f"It did not reach the {event.venue} venue: {event.message}",
    happened.SubmissionLost: lambda event, _: f"No answer from the {event.venue} venue; asking what became of it.",
    happened.SubmissionNotFound: lambda event, _: f"The {event.venue} venue does not have it.",
    happened.RehearsalConcluded: _concluded,
    happened.OrderApproved: lambda event, _: f"Approved by {event.approved_by}.",
    happened.FillRecorded: _fill,
    happened.OrderFilled: _filled,
    happened.OrderCancelled: _ended("Cancelled"),
    happened.OrderExpired: _ended("Expired"),
    happened.OrderRejected: _ended("Rejected by the venue"),
    happened.CancelRequested: lambda _event, _order: "Cancelling it.",
    happened.CancelDenied: lambda event, _: f"The venue would not cancel it: {event.message}",
    happened.OrderReplaced: lambda event, _: f"Replaced by order {event.replacement.hex[:6]}.",
    happened.ReplaceDenied: lambda event, _: f"The venue would not replace it: {event.message}",
    happened.OrderEscalated: lambda event, _: f"A person must look: {event.message}",
    happened.OrderAbandoned: lambda _event, _order: "Given up by a person.",
    CheckRecorded: lambda event, _: f"{MARKS[event.check.outcome]} {event.check.name}: {event.check.detail}",
    TestConcluded: lambda _event, _order: "",  # the order's own event tells it
}
