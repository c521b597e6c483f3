"""
The promises of a claim: the one step after which something may be sent.

    claimed ─ its own content, its derived id, alone, reserved for
       └─ in production: proven (passed, matching, fresh, unused), approved, by a trader who may trade
"""

from collections.abc import Iterable
from typing import Final

from tastyflow.application.attribution import trader_id_in
from tastyflow.application.audit.promise import Promise, listed, promise
from tastyflow.application.audit.world import World
from tastyflow.domain.book import Book
from tastyflow.domain.expirations import new_york_date
from tastyflow.domain.order import Order
from tastyflow.domain.order.events import OrderConfirmed, OrderRefused, OrderWithdrawn, SubmissionClaimed
from tastyflow.domain.order.submission import AttemptOutcome, external_id
from tastyflow.domain.rules import broken_rules
from tastyflow.domain.testresult import TestResult, Verdict
from tastyflow.domain.trader import Trader
from tastyflow.domain.trader.permissions import TRADING, may_any
from tastyflow.domain.venue import Venue


def _in_production(event: SubmissionClaimed) -> bool:
    return event.venue is Venue.PRODUCTION


@promise(
    "claimed_content",
    "What is claimed is the order's own content (in the sandbox, or that mirrored), under its derived id, one by one.",
    SubmissionClaimed,
)
def _claimed_content(world: World, event: SubmissionClaimed) -> Iterable[str]:
    order = world.get(Order, event.originator_id)
    if order is None:
        return ("There is no such order.",)
    before = [attempt for attempt in order.attempts if attempt.venue is event.venue]
    derived = external_id(order.id, event.venue, event.attempt)
    still = [attempt.number for attempt in before if attempt.is_open]
    is_mirrored = event.venue is Venue.SANDBOX and event.digest == order.mirrored_digest != ""
    return broken_rules(
        (event.digest == order.digest or is_mirrored, "Other content was claimed."),
        (event.attempt == len(before) + 1, f"Attempt {event.attempt} comes after {len(before)}."),
        (event.external_id == derived, "Its external id is not the derived one."),
        (not still, f"Attempt {listed(still)} may still be at work there."),
        (bool(event.nonce), "The claim has no nonce: no task may send it."),
        (event.venue is Venue.PRODUCTION or event.proof is None, "A rehearsal needs no proof."),
    )


@promise("claimed_capacity", "What is claimed has capacity reserved, and is in its account's book.", SubmissionClaimed)
def _claimed_capacity(world: World, event: SubmissionClaimed) -> Iterable[str]:
    order = world.get(Order, event.originator_id)
    trader = world.get(Trader, order.asked.trader) if order else None
    book = world.get(Book, order.book) if order else None
    in_book = order is not None and (order.book is None or (book is not None and order.id in book.entries))
    return broken_rules(
        (trader is not None and event.originator_id in trader.reserved, "Nothing is reserved for it."),
        (in_book, "It is in no book."),
    )


@promise(
    "claimed_proof",
    "Production is claimed only after a passed test of the same order and content, fresh and unused.",
    SubmissionClaimed,
    where=_in_production,
)
def _claimed_proof(world: World, event: SubmissionClaimed) -> Iterable[str]:
    test, order = world.get(TestResult, event.proof), world.get(Order, event.originator_id)
    if test is None or test.verdict is None or test.concluded_at is None or test.valid_until is None:
        return ("There is no concluded test before it.",)
    attempts = order.attempts if order else ()
    used = [a.number for a in attempts if a.proof == event.proof and a.outcome is not AttemptOutcome.NOT_SENT]
    return broken_rules(
        (test.verdict is Verdict.PASSED, f"Its test {test.verdict}."),
        (test.order == event.originator_id, "Its test is of another order."),
        (test.digest == event.digest, "Its test is of other content."),
        (test.concluded_at <= event.at, "Its test lies in the future."),
        (event.at <= test.valid_until, "Its test was too old."),
        (new_york_date(test.concluded_at) == new_york_date(event.at), "Its test is of another trading day."),
        (not used, f"Its test was used by attempt {listed(used)}."),
        (order is not None and order.test == event.proof, "The order knows of a later test, or of none."),
    )


@promise(
    "claimed_confirmed",
    "What its trader was to confirm is claimed only once exactly that content was confirmed.",
    SubmissionClaimed,
)
def _claimed_confirmed(world: World, event: SubmissionClaimed) -> Iterable[str]:
    order = world.get(Order, event.originator_id)
    if order is None or order.confirm_until is None:
        return ()
    return broken_rules(
        (bool(order.confirmed), "It was not confirmed."),
        (order.confirmed in ("", order.digest), "Other content was confirmed."),
    )


@promise(
    "confirmed_in_time",
    "Only the trader who asked confirms, only what was drafted, and only while it is offered.",
    OrderConfirmed,
)
def _confirmed_in_time(world: World, event: OrderConfirmed) -> Iterable[str]:
    order = world.get(Order, event.originator_id)
    if order is None or order.confirm_until is None:
        return ("No such order waits to be confirmed.",)
    return broken_rules(
        (event.at <= order.confirm_until, "The offer had run out."),
        (event.digest == order.digest, "Other content was confirmed."),
        (trader_id_in(event.actor) == order.asked.trader, "Another person confirmed it."),
    )


@promise(
    "claimed_leave",
    "Production is claimed only with an approval, by a trader who may trade, and never after a cancel.",
    SubmissionClaimed,
    where=_in_production,
)
def _claimed_leave(world: World, event: SubmissionClaimed) -> Iterable[str]:
    order = world.get(Order, event.originator_id)
    trader = world.get(Trader, order.asked.trader) if order else None
    return broken_rules(
        (order is not None and bool(order.approved_by), "It was not approved."),
        (order is not None and not order.stage.is_over, "The order was over."),
        (order is not None and not order.cancel_requested, "It was asked to be cancelled."),
        (trader is not None and not trader.suspended, "Its trader was suspended."),
        (order is not None and order.account == event.account, "It was drafted for another account."),
        (order is not None and order.environment == event.environment, "It was drafted in another environment."),
        (trader is not None and may_any(trader, TRADING), "Its trader may not trade."),
    )


@promise("nothing_sent", "What is refused or withdrawn has nothing in production.", OrderRefused, OrderWithdrawn)
def _nothing_sent(world: World, event: OrderRefused) -> Iterable[str]:
    order = world.get(Order, event.originator_id)
    sent = [a.number for a in order.attempts if a.venue is Venue.PRODUCTION and a.is_open] if order else []
    return broken_rules(
        (not sent, f"Attempt {listed(sent)} may be in production."),
        (order is None or not order.stage.is_over, "The order was over already."),
    )


CLAIMING: Final[tuple[Promise, ...]] = (
    _claimed_content,
    _claimed_capacity,
    _claimed_proof,
    _claimed_confirmed,
    _confirmed_in_time,
    _claimed_leave,
    _nothing_sent,
)
