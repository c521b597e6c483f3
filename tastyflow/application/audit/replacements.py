"""
The promises of one order that takes the place of another: it was rehearsed, has the same legs, and is the only one.

    OrderDrafted in the place of another ─ that works, for the same trader and account
    ReplaceRequested ─ the old one works, and nothing else is wanted of it; the new one is approved, for what is left
    SubmissionClaimed of an order that replaces another ─ after that request
    OrderReplaced ─ by the order that was asked for, under the id that production gave it
"""

from collections.abc import Iterable
from typing import Final

from tastyflow.application.audit.promise import Promise, promise
from tastyflow.application.audit.world import World
from tastyflow.domain.book import Book, OrderReplacing
from tastyflow.domain.order import Order
from tastyflow.domain.order.events import OrderDrafted, OrderReplaced, ReplaceRequested, SubmissionClaimed
from tastyflow.domain.order.replacing import require_replaceable, require_same_left
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.rules import broken_rules
from tastyflow.domain.venue import Venue
from tastyflow.errors import Refused


@promise(
    "drafted_in_place",
    "An order is drafted in the place of another only while that works, by its own trader.",
    OrderDrafted,
    where=lambda event: event.replaces is not None,
)
def _drafted_in_place(world: World, event: OrderDrafted) -> Iterable[str]:
    old = world.get(Order, event.replaces)
    if old is None:
        return ("There is no such order.",)
    return broken_rules(
        (old.stage is Stage.WORKING, f"The order was {old.stage}."),
        (old.asked.trader == event.asked.trader, "The order is another trader's."),
        (old.account == event.account, "The order is for another account."),
    )


@promise(
    "replaced_by_one",
    "An order is replaced while it works, by one order at a time, rehearsed and approved, of the legs it has left.",
    ReplaceRequested,
)
def _replaced_by_one(world: World, event: ReplaceRequested) -> Iterable[str]:
    old, new = world.get(Order, event.originator_id), world.get(Order, event.replacement)
    if old is None or new is None or new.ticket is None:
        return ("There is no such order.",)
    return (
        *broken_rules(
            (old.replacement is None, "Another order was to take its place already."),
            (new.replaces == old.id, "The new order was not drafted to take its place."),
            (new.digest == event.digest, "The new order has other content."),
            (new.stage is Stage.APPROVED, f"The new order was {new.stage}."),
            (new.proof is not None and new.proof.passed, "The new order has no passed test."),
            (new.account == old.account, "The new order is for another account."),
            (new.asked.trader == old.asked.trader, "The new order is another trader's."),
        ),
        *_in_the_way(old, new),
    )


def _in_the_way(old: Order, new: Order) -> Iterable[str]:
    try:
        require_replaceable(old, by=new.id)
        if new.ticket is not None:
            require_same_left(old, new.ticket)
    except Refused as no:
        return (no.message,)
    return ()


@promise(
    "claimed_in_place",
    "What is to take an order's place is claimed for production only after that order knows of it.",
    SubmissionClaimed,
    where=lambda event: event.venue is Venue.PRODUCTION,
)
def _claimed_in_place(world: World, event: SubmissionClaimed) -> Iterable[str]:
    order = world.get(Order, event.originator_id)
    if order is None or order.replaces is None:
        return ()
    old = world.get(Order, order.replaces)
    return broken_rules(
        (old is not None and old.replacement == order.id, "The order whose place it takes knows of none.")
    )


@promise("replaced_truly", "An order was replaced by the one that was asked for, as production has it.", OrderReplaced)
def _replaced_truly(world: World, event: OrderReplaced) -> Iterable[str]:
    old = world.get(Order, event.originator_id)
    owner = world.broker_orders.get(event.broker_order)
    return broken_rules(
        (old is not None and old.replacement == event.replacement, "That order was not to take its place."),
        (owner is not None and owner[0] == event.replacement, f"{event.broker_order} is not the new order's."),
    )


@promise("counted_once", "Two orders count as one in the book only where one is to replace the other.", OrderReplacing)
def _counted_once(world: World, event: OrderReplacing) -> Iterable[str]:
    book, new = world.get(Book, event.originator_id), world.get(Order, event.order)
    old = world.get(Order, event.replaces)
    if book is None or new is None or old is None:
        return ("There is no such book or order.",)
    return broken_rules(
        (event.order in book.entries and event.replaces in book.entries, "One of them is not in the book."),
        (new.replaces == old.id and old.replacement == new.id, "The one is not to take the other's place."),
    )


OF_REPLACEMENTS: Final[tuple[Promise, ...]] = (
    _drafted_in_place,
    _replaced_by_one,
    _claimed_in_place,
    _replaced_truly,
    _counted_once,
)
