"""
How it is told what people want of an order: asked, confirmed, refused, withdrawn, cancelled, replaced, given up.

    Understood: buy to open 10 SPY 450 call … .       OrderDrafted
    Within limits: maximum loss $2,100.00.            OrderValidated
    Replaced by order 9c41d2.                         OrderReplaced
"""

from collections.abc import Iterable, Mapping
from typing import Final

from tastyflow.application.telling.telling import (
    Chapter,
    Telling,
    as_words,
    asked_line,
    digest_line,
    in_chapter,
    never,
    where_line,
    why,
)
from tastyflow.domain.events import Event
from tastyflow.domain.instruments import unpadded
from tastyflow.domain.order import Order
from tastyflow.domain.order import events as happened
from tastyflow.domain.order.cancel_causes import cause_words
from tastyflow.domain.preview import PreviewAsked
from tastyflow.domain.risk.worst_case import loss_in_words


def _drafted(event: happened.OrderDrafted, _order: Order | None) -> str:
    instead = (f"It is to take the place of order {event.replaces.hex[:6]}.",) if event.replaces else ()
    return " ".join((f"Understood: {event.words}.", *instead, *event.completions))


def _drafted_details(event: happened.OrderDrafted) -> Iterable[str]:
    yield asked_line(event.asked)
    yield where_line(event.environment, event.account, is_simulated=event.is_simulated)
    for leg in event.ticket.legs:
        yield f"Content: {leg.action} {leg.quantity} {unpadded(leg.instrument.occ)}"
    yield f"Digest {event.digest}"


def _validated(event: happened.OrderValidated, _order: Order | None) -> str:
    if event.book is None:  # the oldest logs
        return f"Within limits: ${event.notional_usd:,.2f} at risk."
    waits = " It waits for your confirmation." if event.confirm_until else ""
    if event.loss_usd == 0:
        return f"Within limits: it adds nothing to what the account can lose.{waits}"
    counted = f", counted as ${event.notional_usd:,.2f}" if event.loss_usd is None else ""
    return f"Within limits: {loss_in_words(event.loss_usd)}{counted}.{waits}"


def _validated_details(event: happened.OrderValidated) -> Iterable[str]:
    yield f"{event.contracts} contract{'' if event.contracts == 1 else 's'}"
    yield from event.checks if event.book is None else ()
    yield f"Fees of ${event.fees_usd:,.2f} estimated" if event.fees_usd is not None else ""
    yield f"To be confirmed until {event.confirm_until:%H:%M:%S} UTC" if event.confirm_until else ""
    yield from _checked(event.risk)


def _refused(event: happened.OrderRefused, _order: Order | None) -> str:
    return " ".join(part for part in (f"Refused: {event.message}", event.hint) if part)


def _briefly_refused(event: happened.OrderRefused, _order: Order | None) -> str:
    """Who did not approve it, without the reason; why a check refused it is the trader's own affair."""
    who, did_not, _ = event.message.partition(" did not approve it")
    return f"Refused: {who}{did_not}." if event.code == "rejected" and did_not else "Refused."


def _refused_details(event: happened.OrderRefused) -> Iterable[str]:
    if event.asked:
        yield asked_line(event.asked)
    yield where_line(event.environment, event.account, is_simulated=event.is_simulated)
    yield f"Code {event.code}"
    yield from _checked(event.risk)
    yield from (f"Suggested: {suggestion}" for suggestion in event.suggestions)


def _checked(checks: Iterable[happened.RecordedCheck]) -> Iterable[str]:
    for check in checks:
        outcome = check.outcome.replace("_", " ")
        seen = "; ".join(f"{name} {value}" for name, value in check.inputs.items())
        yield f"{check.code}, {outcome}: {check.detail}" + (f" [{seen}]" if seen else "")


def _refused_in(event: happened.OrderRefused) -> Chapter | None:
    return Chapter.GATE if event.code == "gate" else None


def _resubmitted(event: happened.OrderResubmitted, _order: Order | None) -> str:
    second = " Another person must approve it." if event.approval else ""
    return f"{event.by} lets it be sent again: production does not have it. It is rehearsed anew.{second}"


def _resubmitted_details(event: happened.OrderResubmitted) -> Iterable[str]:
    yield event.reason
    yield f"Production was searched at {event.searched_at:%H:%M:%S} UTC, and had nothing of it"
    yield event.approval


def _previewed(event: PreviewAsked, _order: Order | None) -> str:
    shown = f"shown {event.words}" if event.words else "it is no order"
    return f"{event.asked.user} asked for a preview: {shown}{f' ({event.code})' if event.code else ''}."


def _previewed_details(event: PreviewAsked) -> Iterable[str]:
    yield asked_line(event.asked)
    yield digest_line(event.digest) if event.digest else ""


def _replaced(event: happened.OrderReplaced, _order: Order | None) -> str:
    return f"Replaced by order {event.replacement.hex[:6]}."


def _changed_outside(event: happened.OrderChangedOutside, _order: Order | None) -> str:
    return " ".join(("It was changed at the venue, not here.", *(event.what or ("Its content is the same.",))))


def _found(event: happened.OrderFoundAtVenue, order: Order | None) -> str:
    words = event.words or (order.words if order else "")
    return " ".join(part for part in (f"Found at the venue: {words}." if words else "", event.message) if part)


def _found_details(event: happened.OrderFoundAtVenue) -> Iterable[str]:
    yield f"It is {event.broker_order} at the venue, with the tag {event.external_id}"
    if event.asked:
        yield where_line(event.environment, event.account, is_simulated=event.is_simulated)


TELLINGS: Final[Mapping[type[Event], Telling]] = {
    happened.OrderDrafted: Telling(_drafted, _drafted_details, in_chapter(Chapter.ASKED)),
    happened.OrderValidated: Telling(
        _validated,
        _validated_details,
    ),
    PreviewAsked: Telling(_previewed, _previewed_details, is_told=never),
    happened.OrderConfirmed: Telling(
        as_words("Confirmed as it was shown."),
        lambda event: (digest_line(event.digest),),
        in_chapter(Chapter.ASKED),
        shared=as_words("Confirmed as it was shown."),
    ),
    happened.OrderRefused: Telling(_refused, _refused_details, _refused_in, shared=_briefly_refused),
    happened.OrderWithdrawn: Telling(
        lambda event, _: f"Cancelled before it reached production{cause_words(event.reason)}.",
        shared=lambda event, _: f"Cancelled before it reached production{cause_words(event.reason, is_shared=True)}.",
    ),
    happened.CancelRequested: Telling(
        lambda event, _: f"Cancelling it{cause_words(event.reason)}.",
        shared=lambda event, _: f"Cancelling it{cause_words(event.reason, is_shared=True)}.",
    ),
    happened.CancelDenied: Telling(
        lambda event, _: f"The venue would not cancel it: {event.message}",
        shared=as_words("The venue would not cancel it."),
    ),
    happened.ReplaceRequested: Telling(
        lambda event, _: f"Order {event.replacement.hex[:6]} is about to take its place.",
        lambda event: (digest_line(event.digest),),
        is_told=never,
    ),
    happened.OrderReplaced: Telling(
        _replaced,
        lambda event: (f"It is {event.broker_order} at the venue",),
        shared=_replaced,
    ),
    happened.ReplaceDenied: Telling(
        lambda event, _: f"It was not replaced: {event.message}", shared=as_words("It was not replaced.")
    ),
    happened.OrderEscalated: Telling(
        lambda event, _: f"A person must look: {event.message}",
        lambda event: (f"Code {event.reason}",),
        shared=as_words("A person must look."),
    ),
    happened.OrderResubmitted: Telling(
        _resubmitted,
        _resubmitted_details,
        in_chapter(Chapter.REHEARSAL),
        shared=as_words("A person lets it be sent again: it is rehearsed anew."),
    ),
    happened.OrderChangedOutside: Telling(
        _changed_outside,
        lambda event: (f"It was {event.replaced} at the venue, and is {event.broker_order}", f"Now: {event.words}"),
        shared=_changed_outside,
    ),
    happened.OrderFoundAtVenue: Telling(
        _found, _found_details, in_chapter(Chapter.PRODUCTION), shared=as_words("Found at the venue.")
    ),
    happened.OrderAbandoned: Telling(as_words("Given up by a person."), why, shared=as_words("Given up by a person.")),
}
