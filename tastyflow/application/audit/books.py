"""
The promises about books: what can fill is in the book of its account, once, with its own content; what is over is not.
"""

from collections.abc import Iterable
from typing import Final

from tastyflow.application.audit.promise import Promise, promise
from tastyflow.application.audit.world import World
from tastyflow.domain.book import Book, OrderEntered, OrderProgressed
from tastyflow.domain.order import Order
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.rules import broken_rules
from tastyflow.domain.venue import Venue


@promise(
    "entered_once",
    "An order is in its account's book once, with its own content: from its draft, or from when it came back.",
    OrderEntered,
)
def _entered_once(world: World, event: OrderEntered) -> Iterable[str]:
    book, order = world.get(Book, event.originator_id), world.get(Order, event.order)
    if book is None or order is None:
        return ("There is no such book or order.",)
    is_at_work = not order.stage.is_over and any(a.venue is Venue.PRODUCTION and a.broker_order for a in order.attempts)
    return broken_rules(
        (event.order not in book.entries, "It was entered before."),
        (is_at_work if event.again else order.stage is Stage.VALIDATED, f"The order was {order.stage}."),
        (event.again or not event.filled, "Nothing of it can have filled."),
        (order.book == book.id, "The order is of another book."),
        (order.owner == event.trader, "The order is another trader's."),
        (event.ticket.digest == order.digest, "It is other content than the order's."),
    )


@promise("booked_fills", "The book has the fills of production, and no others.", OrderProgressed)
def _booked_fills(world: World, event: OrderProgressed) -> Iterable[str]:
    book, order = world.get(Book, event.originator_id), world.get(Order, event.order)
    if book is None or order is None:
        return ("There is no such book or order.",)
    entry = book.entries.get(event.order)
    before = dict(zip((leg.instrument.occ for leg in order.legs), entry.filled, strict=True)) if entry else None
    now = {
        symbol: done + sum(abs(leg.quantity) for leg in event.filled if leg.symbol == symbol)
        for symbol, done in (before or {}).items()
    }
    told = {symbol: order.filled(Venue.PRODUCTION, symbol) for symbol in now}
    goes_no_further = order.stage.is_over or order.stage is Stage.REHEARSED
    adopted = any(attempt.venue is Venue.PRODUCTION and attempt.broker_order for attempt in order.attempts)
    return broken_rules(
        (before is None or now == told, "The fills are not those of the order."),
        (not event.is_over or goes_no_further, f"The order was {order.stage}."),
        (order.owner == event.trader, "The order is another trader's."),
        (event.is_adopted == adopted, "It is not so that production has it."),
        (event.is_unknown == order.is_of_unknown_outcome, "Its outcome was not so."),
        (not event.has_failed or order.stage is Stage.REJECTED, "The venue did not reject it."),
        (
            not event.was_put_away or (order.stage.is_over and order.needs_confirmation),
            "Its trader had said yes to it, or it was not over.",
        ),
    )


@promise("left_in_the_end", "What is over is in no book.", Book)
def _left_in_the_end(world: World, book: Book) -> Iterable[str]:
    orders = ((order_id, world.get(Order, order_id)) for order_id in book.entries)
    over = [order_id.hex[:6] for order_id, order in orders if order is not None and order.stage.is_over]
    return broken_rules((not over, f"Over, and still in the book: order {', '.join(over)}."))


FOR_BOOKS: Final[tuple[Promise, ...]] = (_entered_once, _booked_fills)
BOOKS_IN_THE_END: Final[tuple[Promise, ...]] = (_left_in_the_end,)
