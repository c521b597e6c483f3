"""
How an attempt at a venue is told: claimed, what the venue answered, its fills and its end.

    It waits for its turn at the production venue: 3 requests before it, about 2 s.      OrderQueued
    The sandbox could not take it: no answer. It is tried again in 2 s, 2 of 3.          OrderRetrying
    Sending it to production (FAKE).                  SubmissionClaimed
    Production has it as 1001; it is working.         SubmissionAdopted
    Filled 4 at 2.12; 4 of 10.                        FillRecorded

Of fills and ends the trader is told in production; those in the sandbox stand in the audit.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

from tastyflow.application.telling.telling import (
    Chapter,
    Sentence,
    Telling,
    as_words,
    at_venue,
    digest_line,
    in_production,
    never,
)
from tastyflow.application.telling.wording import filled_net
from tastyflow.domain.events import Event
from tastyflow.domain.instruments import plain, unpadded
from tastyflow.domain.order import Order
from tastyflow.domain.order import events as happened
from tastyflow.domain.order.cancel_causes import cause_words
from tastyflow.domain.order.submission import external_id
from tastyflow.domain.ticket import Duration
from tastyflow.domain.trader.accounts import MAIN
from tastyflow.domain.venue import Venue


def _claimed(event: happened.SubmissionClaimed, order: Order | None) -> str:
    if event.venue is Venue.SANDBOX:
        return "Rehearsing it in the sandbox."
    account = "" if event.account in ("", MAIN) else f", account {event.account}"
    return _sending(event, order, account)


def _briefly_claimed(event: happened.SubmissionClaimed, order: Order | None) -> str:
    return "Rehearsing it in the sandbox." if event.venue is Venue.SANDBOX else _sending(event, order, "")


def _sending(event: happened.SubmissionClaimed, order: Order | None, account: str) -> str:
    where = "FAKE" if event.environment == "fake" else "simulator" if order and order.is_simulated else ""
    instead = f", in the place of order {order.replaces.hex[:6]}" if order and order.replaces else ""
    return f"Sending it to production{f' ({where})' if where else ''}{account}{instead}."


def _claimed_details(event: happened.SubmissionClaimed) -> Iterable[str]:
    gate = "" if event.venue is Venue.SANDBOX else "The gate allowed it: "
    yield f"{gate}attempt {event.attempt} claimed before anything was sent".capitalize()
    derived = event.external_id == external_id(event.originator_id, event.venue, event.attempt)
    yield f"External id {event.external_id}" + ("" if derived else " (not the derived one!)")
    yield digest_line(event.digest)
    yield f"Proof: test {event.proof.hex[:6]}" if event.proof else ""


def _claimed_in(event: happened.SubmissionClaimed) -> Chapter:
    return Chapter.REHEARSAL if event.venue is Venue.SANDBOX else Chapter.GATE


def _adopted(event: happened.SubmissionAdopted, order: Order | None) -> str:
    if event.venue is Venue.SANDBOX:
        return f"The sandbox has it as {event.broker_order}."
    found = _FOUND.get(event.found_by, f" (found by {event.found_by})")
    stage = f"; it is {order.stage}" if order else ""
    return f"Production has it as {event.broker_order}{found}{stage}."


_FOUND: Final[Mapping[happened.FoundBy, str]] = {
    happened.FoundBy.ANSWER: "",
    happened.FoundBy.PERSON: " (as a person said)",
}


def _filled_some(event: happened.FillRecorded, order: Order | None) -> str:
    legs = order.legs if order else ()
    leg = next((leg for leg in legs if leg.instrument.occ == event.symbol), None)
    which = f" {leg.instrument.in_words()}" if leg and len(legs) > 1 else ""
    late = " after it was over" if event.late else ""
    done = f"; {order.filled(event.venue, event.symbol):,} of {leg.quantity:,}" if order and leg else ""
    told = f"illed {event.quantity:,}{which} at {plain(event.price)}{late}{done}."
    return f"F{told}" if event.venue is Venue.PRODUCTION else f"The sandbox f{told}"


def _fill_details(event: happened.FillRecorded) -> Iterable[str]:
    yield f"Fill {event.fill_id} of {unpadded(event.symbol)}, at the venue {event.filled_at:%H:%M:%S.%f} UTC"


def _filled(event: happened.OrderFilled, order: Order | None) -> str:
    if event.venue is Venue.SANDBOX:
        return "The sandbox filled it in full."
    net = filled_net(order) if order and len(order.legs) > 1 else ""
    return f"Filled at {net} in all." if net else "Filled."


_Ended: TypeAlias = happened.OrderCancelled | happened.OrderExpired | happened.OrderRejected


def _ended(words: str) -> Sentence:
    def sentence(event: _Ended, order: Order | None) -> str:
        where = " in the sandbox" if event.venue is Venue.SANDBOX else ""
        filled = order.filled(event.venue) if order else 0
        return f"{words}{where}{f': {event.reason}' if event.reason else '.'}{_kept(filled)}"

    return sentence


def _briefly_ended(words: str) -> Sentence:
    def sentence(event: _Ended, order: Order | None) -> str:
        filled = order.filled(event.venue) if order else 0
        return f"{words}.{_kept(filled)}"

    return sentence


def _kept(filled: int) -> str:
    """What an end leaves as it is."""
    return f" {filled} stay{'s' if filled == 1 else ''} filled." if filled else ""


def _cancelled(event: happened.OrderCancelled, order: Order | None) -> str:
    return _ended(_cancelled_words(event, order))(event, order)


def _briefly_cancelled(event: happened.OrderCancelled, order: Order | None) -> str:
    return _briefly_ended(_cancelled_words(event, order, is_shared=True))(event, order)


def _cancelled_words(event: happened.OrderCancelled, order: Order | None, *, is_shared: bool = False) -> str:
    """By whom and why, as far as it is known: where no cancel was asked for here, other hands did it."""
    if order is None or event.venue is Venue.SANDBOX:
        return "Cancelled"
    if order.cancel_reason:
        return f"Cancelled{cause_words(order.cancel_reason, is_shared=is_shared)}"
    if is_by_others(event, order):
        return "Cancelled at the venue, not here"
    return "Cancelled by the venue" if event.reason and not order.replacement else "Cancelled"


def _expired(event: happened.OrderExpired, order: Order | None) -> str:
    return _ended(_expired_words(event, order))(event, order)


def _briefly_expired(event: happened.OrderExpired, order: Order | None) -> str:
    return _briefly_ended(_expired_words(event, order))(event, order)


def _expired_words(event: happened.OrderExpired, order: Order | None) -> str:
    """A day order that is not filled ends with its day."""
    is_of_a_day = order is not None and order.ticket is not None and order.ticket.time_in_force.duration is Duration.DAY
    return "Expired at the end of the day" if is_of_a_day and event.venue is Venue.PRODUCTION else "Expired"


def is_by_others(event: happened.OrderCancelled, order: Order) -> bool:
    """Whether the cancel was not asked for here."""
    is_ours = order.cancel_requested or order.replacement or event.reason
    return event.venue is Venue.PRODUCTION and not is_ours


def _queued(event: happened.OrderQueued, _order: Order | None) -> str:
    return waiting_words(event.venue, event.ahead, event.expected_s)


def waiting_words(venue: Venue, ahead: int, expected_s: float) -> str:
    """Where an order stands in the queue before *venue*, as a sentence."""
    many = f"{ahead} request{'' if ahead == 1 else 's'} before it"
    return f"It waits for its turn at the {venue} venue: {many}, about {math.ceil(expected_s)} s."


def _lost(event: happened.SubmissionLost, _order: Order | None) -> str:
    return f"No answer from the {event.venue} venue; asking what became of it."


def _not_found(event: happened.SubmissionNotFound, _order: Order | None) -> str:
    return f"The {event.venue} venue does not have it."


def _briefly_retrying(event: happened.OrderRetrying, _order: Order | None) -> str:
    where = "Production" if event.venue is Venue.PRODUCTION else "The sandbox"
    which = f"{event.tried + 1} of {event.tries}"
    return f"{where} could not take it. It is tried again in {math.ceil(event.wait_s)} s, {which}."


def _retrying(event: happened.OrderRetrying, _order: Order | None) -> str:
    where = "Production" if event.venue is Venue.PRODUCTION else "The sandbox"
    said = event.reason.rstrip(". ") or "no reason was given"
    which = f"{event.tried + 1} of {event.tries}"
    return f"{where} could not take it: {said}. It is tried again in {math.ceil(event.wait_s)} s, {which}."


TELLINGS: Final[Mapping[type[Event], Telling]] = {
    happened.OrderQueued: Telling(_queued, lambda _: ("Nothing of it is claimed or sent",), at_venue, shared=_queued),
    happened.OrderRetrying: Telling(
        _retrying, lambda _: ("Nothing of it is at the venue",), at_venue, shared=_briefly_retrying
    ),
    happened.OrderStillWaiting: Telling(
        lambda event, _: event.message,
        lambda event: (f"Nothing was told of it for {event.silent_s:.0f} s",),
        shared=lambda event, _: event.message,
    ),
    happened.SubmissionClaimed: Telling(_claimed, _claimed_details, _claimed_in, shared=_briefly_claimed),
    happened.SubmissionAdopted: Telling(_adopted, chapter=at_venue, shared=_adopted),
    happened.SubmissionDeclined: Telling(
        lambda event, _: f"The {event.venue} venue refused it: {event.message}",
        lambda event: (f"Code {event.code}", "Nothing was placed"),
        at_venue,
        shared=lambda event, _: f"The {event.venue} venue refused it.",
    ),
    happened.SubmissionNotSent: Telling(
        lambda event, _: f"It did not reach the {event.venue} venue: {event.message}",
        lambda _: ("Nothing was placed",),
        at_venue,
        shared=lambda event, _: f"It did not reach the {event.venue} venue.",
    ),
    happened.SubmissionLost: Telling(
        _lost,
        lambda event: (event.message,),
        at_venue,
        shared=_lost,
    ),
    happened.SubmissionNotFound: Telling(
        _not_found,
        lambda event: (f"Searched {event.searches} times",),
        at_venue,
        shared=_not_found,
    ),
    happened.AttemptForgotten: Telling(
        as_words("The sandbox was reset: it has nothing of the order any more."),
        chapter=at_venue,
        shared=as_words("The sandbox was reset: it has nothing of the order any more."),
    ),
    happened.OrderWentLive: Telling(
        lambda event, _: f"{'Production' if event.venue is Venue.PRODUCTION else 'The sandbox'} works it.",
        chapter=at_venue,
        is_told=never,
    ),
    happened.FillRecorded: Telling(_filled_some, _fill_details, at_venue, in_production, _filled_some),
    happened.OrderFilled: Telling(_filled, chapter=at_venue, is_told=in_production, shared=_filled),
    happened.OrderCancelled: Telling(_cancelled, chapter=at_venue, is_told=in_production, shared=_briefly_cancelled),
    happened.OrderExpired: Telling(_expired, chapter=at_venue, is_told=in_production, shared=_briefly_expired),
    happened.OrderRejected: Telling(
        _ended("Rejected by the venue"),
        chapter=at_venue,
        is_told=in_production,
        shared=_briefly_ended("Rejected by the venue"),
    ),
}
