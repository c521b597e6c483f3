"""
Sending one claimed attempt, and learning what became of it. An attempt is never sent twice.

    Tries ─▶ is the venue ready? ─▶ a nonce for one claim, as often as the policy allows

    claimed ─▶ place ─▶ answer           the venue has it
                  ├──▶ VenueRefused     nothing was placed
                  ├──▶ NotSent          it never left
                  └──▶ OutcomeUnknown ─▶ search by external id, at growing intervals ─▶ found │ nowhere
                                           listening to the stream in between

Any other failure after the claim counts as unknown: the order may be there. Nothing here records; see `live.recording`.
"""

from collections.abc import AsyncIterator
from uuid import uuid4

from attrs import frozen

from tastyflow.application.context import Context
from tastyflow.application.order_stream import OrderUpdates
from tastyflow.domain.order.submission import Attempt
from tastyflow.domain.ticket import Ticket
from tastyflow.domain.venue import BrokerOrder, Venue
from tastyflow.errors import NotSent, OutcomeUnknown, VenueFailure, VenueRefused
from tastyflow.ports import Broker


async def not_ready_because(broker: Broker) -> VenueFailure | None:
    """Why nothing can be sent to *broker* now; None when an order could leave at once."""
    try:
        await broker.ready()
    except VenueFailure as failure:
        return failure
    except Exception as error:  # noqa: BLE001  whatever it is: no order has left
        return NotSent(f"The venue could not be made ready ({type(error).__name__}).")
    return None


class Tries:
    """
    The tries that an order has at one venue: an async iterator of nonces, one for each claim.

    A try is not spent while the venue is not ready: no attempt is claimed that could not leave.

    Attributes:
        absence: Why the venue was not ready at the last try; None when it was.
    """

    def __init__(self, context: Context, venue: Venue) -> None:
        self._broker, self._policy, self._clock = context.broker(venue), context.policy, context.clock
        self.absence: VenueFailure | None = None

    async def __aiter__(self) -> AsyncIterator[str]:
        for wait_s in self._policy.tries_s:
            if wait_s:
                await self._clock.sleep(wait_s)
            self.absence = await not_ready_because(self._broker)
            if self.absence is None:
                yield uuid4().hex
            elif isinstance(self.absence, VenueRefused):
                return  # asking again would be refused again


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
    """
    What a search for an attempt came to.

    Attributes:
        found: The orders that carry the attempt's external id: more than one is a duplicate.
        complete: How many times the venue's list was read to its end.
        by_stream: Whether the stream told of the order, not the list.
    """

    found: tuple[BrokerOrder, ...] = ()
    complete: int = 0
    by_stream: bool = False


async def search(context: Context, attempt: Attempt, updates: OrderUpdates | None = None) -> Search:
    """Ask for the attempt until it is found, *updates* tell of it, or every interval has passed."""
    complete = 0
    for wait_s in context.policy.search_waits_s:
        if updates is None:
            await context.clock.sleep(wait_s)
        elif (snapshot := await updates.next(wait_s)) is not None:
            return Search((snapshot,), complete, by_stream=True)  # a list can lag behind what the stream told
        try:
            found = tuple(await context.broker(attempt.venue).find(attempt.external_id))
        except Exception:  # noqa: BLE001, S112  half a search is no search, whatever went wrong
            continue
        complete += 1
        if found:
            return Search(found, complete)
    return Search((), complete)
