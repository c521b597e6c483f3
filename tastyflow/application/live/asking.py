"""
How one order stands at a venue: three answers that must never be taken for one another.

    ask_about ─▶ Shown     the venue shows it
              ├▶ Gone      the venue answers that it knows no such order
              └▶ Silent    the venue gives no answer: nothing more is known than before
"""

from attrs import frozen

from tastyflow.domain.venue import BrokerOrder
from tastyflow.errors import VenueFailure
from tastyflow.ports import Broker


@frozen
class Shown:
    """The order as it stands."""

    order: BrokerOrder


@frozen
class Gone:
    """The venue knows no such order."""


@frozen
class Silent:
    """The venue gave no answer."""

    failure: VenueFailure


VenueAnswer = Shown | Gone | Silent


async def ask_about(broker: Broker, broker_order: str) -> VenueAnswer:
    """How *broker_order* stands at the venue."""
    try:
        shown = await broker.get(broker_order)
    except VenueFailure as failure:
        return Silent(failure)
    return Gone() if shown is None else Shown(shown)


async def shown_by(broker: Broker, broker_order: str) -> BrokerOrder | None:
    """The order as the venue shows it; None where it shows none, for whatever reason."""
    answer = await ask_about(broker, broker_order)
    return answer.order if isinstance(answer, Shown) else None
