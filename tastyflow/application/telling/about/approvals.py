"""
How an approval is told: who is asked, who gave it at what market, and why it no longer counts.

    Waits for approval by another person: 'approve 3fa91c', until 10:04 New York.      ApprovalRequested
    Approved by ann, at 2.10 / 2.14.                                              OrderApproved
"""

from collections.abc import Iterable, Mapping
from typing import Final

from tastyflow.application.telling.telling import (
    Chapter,
    Telling,
    as_words,
    digest_line,
    in_chapter,
    never,
)
from tastyflow.domain.events import Event
from tastyflow.domain.instruments import plain, unpadded
from tastyflow.domain.new_york_time import minute_in_words
from tastyflow.domain.order import Order
from tastyflow.domain.order import events as happened
from tastyflow.domain.order.approval import MarketSnapshot
from tastyflow.domain.risk.approval import in_words as market_in_words


def _approval_requested(event: happened.ApprovalRequested, _order: Order | None) -> str:
    by = f"'approve {event.originator_id.hex[:6]}', until {minute_in_words(event.until)}"
    return " ".join((f"Waits for approval by another person: {by}.", *event.reasons))


def _request_details(event: happened.ApprovalRequested) -> Iterable[str]:
    yield from _market("Market", event.market)
    yield digest_line(event.digest)


def _approved(event: happened.OrderApproved, _order: Order | None) -> str:
    at = f", at {market_in_words(event.market)}" if event.market else ""
    return f"Approved by {event.approved_by}{at}."


def _approved_details(event: happened.OrderApproved) -> Iterable[str]:
    if event.market is not None:
        yield from _market("Market", event.market)
    yield digest_line(event.digest)


def _voided_details(event: happened.ApprovalVoided) -> Iterable[str]:
    yield from _market("Market then", event.then)
    yield from _market("Market now", event.now)


def _market(title: str, market: MarketSnapshot) -> Iterable[str]:
    yield f"{title}, at {market.at:%H:%M:%S} UTC: {market_in_words(market)}"
    if len(market.legs) > 1:
        yield from (f"{unpadded(leg.symbol)} {plain(leg.bid)} / {plain(leg.ask)}" for leg in market.legs)


TELLINGS: Final[Mapping[type[Event], Telling]] = {
    happened.ApprovalRequested: Telling(
        _approval_requested,
        _request_details,
        in_chapter(Chapter.GATE),
        shared=as_words("Waits for approval by another person."),
    ),
    happened.OrderApproved: Telling(_approved, _approved_details, in_chapter(Chapter.GATE), shared=_approved),
    happened.ApprovalVoided: Telling(
        lambda event, _: f"The approval does not count: {event.reason}",
        _voided_details,
        in_chapter(Chapter.GATE),
        never,
    ),
}
