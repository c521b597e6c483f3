"""
Sending one claimed attempt, and learning what became of it. Never sending it again.

    claimed ─▶ place ─▶ answer           the venue has it
                  ├──▶ VenueRefused     nothing was placed
                  ├──▶ NotSent          it never left
                  └──▶ OutcomeUnknown ─▶ search by external id, at growing intervals ─▶ found │ nowhere
                                           listening to the stream in between

Whatever else goes wrong after the claim counts as unknown: the order may be there.
"""

from collections.abc import Sequence

from attrs import frozen

from tastyflow.application.order_stream import OrderUpdates
from tastyflow.domain.events import Because, Decision, Event
from tastyflow.domain.order import Order
from tastyflow.domain.order.events import FoundBy
from tastyflow.domain.order.submission import Attempt
from tastyflow.domain.policy import Policy
from tastyflow.domain.ticket import Ticket
from tastyflow.domain.venue import BrokerOrder
from tastyflow.domain.venue.hearing import hear
from tastyflow.errors import NotSent, OutcomeUnknown, TastyflowError, VenueFailure, VenueRefused
from tastyflow.ports import Broker, Clock


async def away(broker: Broker) -> VenueFailure | None:
    """Why nothing can be sent to *broker* now; None when an order could leave at once."""
    try:
        await broker.ready()
    except VenueFailure as failure:
        return failure
    except Exception as error:  # noqa: BLE001  whatever it is: no order has left
        return NotSent(f"The venue could not be made ready ({type(error).__name__}).")
    return None


async def place(broker: Broker, ticket: Ticket, attempt: Attempt) -> BrokerOrder | VenueFailure:
    """Send the attempt, once; the venue's answer, or the failure sorted by certainty."""
    try:
        answer = await broker.place(ticket, external_id=attempt.external_id)
    except VenueFailure as failure:
        return failure
    except Exception as error:  # noqa: BLE001  whatever it is, the order may be there
        return OutcomeUnknown(f"Sending failed unexpectedly ({type(error).__name__}).")
    if answer.external_id != attempt.external_id:
        return OutcomeUnknown("The venue answered for another order.")
    return answer


@frozen
class Search:
    """What a search for an attempt found; *searches* counts the complete ones, *heard* is true of the stream's news."""

    found: tuple[BrokerOrder, ...]
    searches: int
    heard: bool = False


async def search(
    broker: Broker, attempt: Attempt, policy: Policy, clock: Clock, news: OrderUpdates | None = None
) -> Search:
    """Ask for the attempt until it is found, *news* of it comes, or every interval has passed."""
    complete = 0
    for wait_s in policy.search_waits_s:
        if news is None:
            await clock.sleep(wait_s)
        elif (snapshot := await news.next(wait_s)) is not None:
            return Search((snapshot,), complete, heard=True)  # a list can lag behind what the stream has told already
        try:
            found = tuple(await broker.find(attempt.external_id))
        except Exception:  # noqa: BLE001, S112  half a search is no search, whatever went wrong
            continue
        complete += 1
        if found:
            return Search(found, complete)
    return Search((), complete)


def outcome_of(order: Order, attempt: Attempt, failure: VenueFailure, *, why: Because) -> Event | None:
    """The event that *failure* is for the attempt."""
    venue, number = attempt.venue, attempt.number
    if isinstance(failure, VenueRefused):
        return order.decline(venue, number, code=failure.code, message=_bounded(failure), why=why)
    if isinstance(failure, NotSent):
        return order.not_sent(venue, number, message=_bounded(failure), why=why)
    return order.lose(venue, number, message=_bounded(failure), why=why)


def adopt_found(order: Order, attempt: Attempt, found: Sequence[BrokerOrder], *, why: Because) -> Decision[Order]:
    """The events of a search's finds: the first is adopted; a second one is a duplicate, and escalates."""
    return hear(order, attempt.venue, *found, found_by=FoundBy.SEARCH, why=why)


def _bounded(error: TastyflowError) -> str:
    return error.message[:300]
