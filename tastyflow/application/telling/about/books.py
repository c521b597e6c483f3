"""
How it is told what counts in an account: which orders can fill, and what is reserved for them. Only the audit shows it.

    Order 3fa91c filled 4.                            OrderProgressed
    Reserved $2,100.00 for order 3fa91c.              CapacityReserved
"""

from collections.abc import Iterable, Mapping
from typing import Final

from tastyflow.application.telling.telling import (
    Telling,
    never,
)
from tastyflow.domain.book import (
    BookOpened,
    OrderEntered,
    OrderProgressed,
    OrderReplacing,
    OrderResized,
    PositionExpired,
    PositionExplained,
    PositionsTaken,
    PositionUnexplained,
)
from tastyflow.domain.events import Event
from tastyflow.domain.instruments import plain, unpadded
from tastyflow.domain.order import Order
from tastyflow.domain.trader import CapacityReleased, CapacityReserved


def _progressed(event: OrderProgressed, _order: Order | None) -> str:
    done = (
        f"filled {sum(abs(leg.quantity) for leg in event.filled)}" if event.filled else "",
        "is at the venue" if event.is_adopted and not event.filled and not event.is_over else "",
        "is of unknown outcome" if event.is_unknown else "",
        "was rejected" if event.has_failed else "",
        "can fill no more" if event.is_over else "",
    )
    return f"Order {event.order.hex[:6]} {', '.join(filter(None, done)) or 'is known again'}."


def _progressed_details(event: OrderProgressed) -> Iterable[str]:
    yield from (f"{leg.quantity:+} {unpadded(leg.symbol)} at {plain(leg.price)}" for leg in event.filled)


TELLINGS: Final[Mapping[type[Event], Telling]] = {
    BookOpened: Telling(lambda event, _: f"The book of account {event.account} begins.", is_told=never),
    OrderEntered: Telling(lambda event, _: f"Order {event.order.hex[:6]} counts as one that can fill.", is_told=never),
    OrderProgressed: Telling(_progressed, _progressed_details, is_told=never),
    OrderReplacing: Telling(
        lambda event, _: f"Orders {event.replaces.hex[:6]} and {event.order.hex[:6]} count as one: only one can fill.",
        is_told=never,
    ),
    OrderResized: Telling(lambda event, _: f"Order {event.order.hex[:6]} counts as what it is now.", is_told=never),
    PositionsTaken: Telling(
        lambda event, _: f"The account held {len(event.symbols)} positions when it was first looked at.",
        lambda event: (f"{n:+} {unpadded(each)}" for each, n in zip(event.symbols, event.quantities, strict=True)),
        is_told=never,
    ),
    PositionExpired: Telling(
        lambda event, _: f"{event.quantity:+} {unpadded(event.symbol)} expired, and is held no more.", is_told=never
    ),
    PositionUnexplained: Telling(
        lambda event, _: (
            f"The account holds {event.held:+} {unpadded(event.symbol)}; fills explain {event.explained:+}."
        ),
        is_told=never,
    ),
    PositionExplained: Telling(
        lambda event, _: f"The account holds {event.held:+} {unpadded(event.symbol)}, as orders explain.",
        is_told=never,
    ),
    CapacityReserved: Telling(
        lambda event, _: f"Reserved ${event.notional_usd:,.2f} for order {event.order.hex[:6]}.", is_told=never
    ),
    CapacityReleased: Telling(lambda event, _: f"Released what order {event.order.hex[:6]} held.", is_told=never),
}
