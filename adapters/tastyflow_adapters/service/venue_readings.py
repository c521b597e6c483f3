"""How the venues of a desk are reached: one reading for each account at each venue that can tell."""

from collections.abc import Iterator

from attrs import frozen

from tastyflow.application.context import Context
from tastyflow.application.desk import Desk
from tastyflow.domain.venue import Venue
from tastyflow_adapters.service.fencing import FencedBroker
from tastyflow_adapters.tastytrade.venue_health import TellsHealth, VenueHealth


@frozen
class VenueReading:
    """
    How *account* at *venue* is reached.

    Attributes:
        context: Of the desk that uses it; an account that several use is read once.
    """

    venue: Venue
    account: str
    health: VenueHealth
    context: Context


def readings_of(desk: Desk) -> Iterator[VenueReading]:
    """A reading of each account at each venue; none of a venue that cannot tell, as the fake one."""
    seen: set[int] = set()
    for context in desk.contexts:
        for venue, name, broker in (
            (Venue.SANDBOX, context.sandbox_account, context.sandbox),
            (Venue.PRODUCTION, context.account_name, context.production),
        ):
            bare: object = broker.broker if isinstance(broker, FencedBroker) else broker
            if isinstance(bare, TellsHealth) and id(bare) not in seen:
                seen.add(id(bare))
                yield VenueReading(venue, name, bare.health(), context)
