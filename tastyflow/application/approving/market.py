"""
The market of one order, read for an approval: when it begins to wait, when a person looks, when they approve.

Quotes that are missing are no market. Neither are old ones, unless the policy lets an order go on with them.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from tastyflow.application.context import Context
from tastyflow.domain.instruments import Instrument
from tastyflow.domain.order import Order
from tastyflow.domain.order.approval import MarketSnapshot
from tastyflow.domain.policy import Policy
from tastyflow.domain.risk.approval import snapshot_of
from tastyflow.domain.risk.outcomes import Consequence
from tastyflow.domain.ticket import Ticket
from tastyflow.domain.venue import Quote
from tastyflow.errors import VenueFailure


async def market_now(context: Context, order: Order) -> MarketSnapshot | None:
    """The market of *order* now; None where it is not to be had."""
    if order.ticket is None:
        return None
    try:
        quotes = await context.market.quotes([leg.instrument for leg in order.legs])
    except VenueFailure:
        return None
    return fresh_market(order.ticket, quotes, context.policy, context.clock.now())


def fresh_market(
    ticket: Ticket, quotes: Mapping[Instrument, Quote], policy: Policy, now: datetime
) -> MarketSnapshot | None:
    """The market of *ticket* by *quotes*; None where one is missing, or too old for the policy."""
    oldest = now - timedelta(seconds=policy.quote_age_s)
    is_old = any(quote.at < oldest for leg in ticket.legs if (quote := quotes.get(leg.instrument)) is not None)
    return None if is_old and policy.old_quotes is not Consequence.WARN else snapshot_of(ticket, quotes, now)
