"""
Sending one claimed attempt, and learning what became of it. An attempt is never sent twice.

    Tries ─▶ is the venue ready? ─▶ a nonce for one claim, as often as the policy allows
          ─▶ turn: a place in the venue's queue, told to the trader where the wait is noticeable

    claimed ─▶ place ─▶ answer           the venue has it
                  ├──▶ VenueRefused     nothing was placed
                  ├──▶ NotSent          it never left: also where the last look said no
                  └──▶ OutcomeUnknown ─▶ search by external id, at growing intervals ─▶ found │ nowhere
                                           listening to the stream in between

Any other failure after the claim counts as unknown: the order may be there. Nothing here records; see `live.recording`.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Final, TypeVar
from uuid import UUID, uuid4

from attrs import evolve, frozen

from tastyflow.application.backoff import jitter
from tastyflow.application.context import Context
from tastyflow.application.ledger.transaction import Transaction
from tastyflow.application.order_stream import OrderUpdates
from tastyflow.application.queue_places import NOTICEABLE_S
from tastyflow.application.waiting import answer_of
from tastyflow.domain.order import Order
from tastyflow.domain.order.events import SubmissionClaimed
from tastyflow.domain.order.stages import MENU
from tastyflow.domain.order.submission import Attempt
from tastyflow.domain.ticket import Ticket
from tastyflow.domain.venue import BrokerOrder, Venue
from tastyflow.errors import NotSent, OutcomeUnknown, StoreFailure, VenueFailure, VenueRefused
from tastyflow.ports import Broker, Leave, QueuePlace, SendingTurn

T = TypeVar("T")

MAX_REASON: Final = 300
"""Characters of a venue's message that are kept in the log."""


async def sandbox_answer(context: Context, asking: Coroutine[Any, Any, T]) -> T:
    """
    What the sandbox answers to a question that places nothing; it is waited for `Policy.answer_s` at most.

    Raises:
        VenueFailure: What the sandbox raises; OutcomeUnknown where no answer came in time.
    """
    patience_s = context.policy.answer_s
    try:
        return await answer_of(asking, partial(context.clock.sleep, patience_s))
    except TimeoutError:
        raise OutcomeUnknown(f"The sandbox gave no answer within {patience_s:g} seconds.") from None


async def not_ready_because(context: Context, venue: Venue) -> VenueFailure | None:
    """Why nothing can be sent to *venue* now; None when an order could leave at once."""
    ready = context.broker(venue).ready()
    try:
        await (sandbox_answer(context, ready) if venue is Venue.SANDBOX else ready)
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
        absence: Why the venue was not ready at the last try, or gave no turn; None when it was.
        left: How many tries are left after this one.
        reason: Why the last one came to nothing, where the caller knows; set by it.
    """

    def __init__(self, context: Context, order: Order, venue: Venue) -> None:
        self._context, self._order, self._venue = context, order, venue
        self._broker = context.broker(venue)
        self._telling: asyncio.Task[None] | None = None
        self.absence: VenueFailure | None = None
        self.left = 0
        self.reason = ""

    async def __aiter__(self) -> AsyncIterator[str]:
        waits_s = self._context.policy.tries_s
        for number, wait_s in enumerate(waits_s, start=1):
            self.left = len(waits_s) - number
            if wait_s:
                paused_s = wait_s * jitter()
                await self._tell_of_retry(paused_s, number - 1, len(waits_s))
                await self._context.clock.sleep(paused_s)
            self.absence = await not_ready_because(self._context, self._venue)
            if self.absence is None:
                yield uuid4().hex
            if isinstance(self.absence, VenueRefused) or self._hangs(self.absence):
                return  # asking again would be refused again, or wait as long again for no answer

    async def turn(self, *, for_dry_run: bool = False) -> SendingTurn | None:
        """
        Wait until the order could leave at once; the trader is told of a wait that is noticeable. None: see `absence`.

        It is taken before the claim, so that no claim waits in the queue: in the sandbox that of the dry run, which
        comes first and lets all orders go before it.
        """
        self._context.queue_places.in_queue(self._order.id)
        try:
            return await self._broker.turn(self._queued, for_dry_run=for_dry_run)
        except VenueFailure as failure:
            self.absence = failure
            return None
        finally:
            if self._telling is not None:
                await self._telling  # what is decided of the order next sees it

    async def _tell_of_retry(self, wait_s: float, tried: int, tries: int) -> None:
        def decide(tx: Transaction) -> None:
            order = tx.require(Order, self._order.id)
            attempt = order.attempt(self._venue)
            if "retry" in MENU[order.stage] and (attempt is None or not attempt.is_open):
                reason = self.absence.message if self.absence else self.reason or (attempt.reason if attempt else "")
                why = self._context.because("desk", order)
                reason = reason[:MAX_REASON]
                tx.record(order.retry(self._venue, reason=reason, wait_s=wait_s, tried=tried, tries=tries, why=why))

        with suppress(StoreFailure):  # the try asks the log itself: its claim must be written
            await self._context.change(self._order.id, decide)

    def _queued(self, place: QueuePlace) -> None:
        if place.expected_s > NOTICEABLE_S and self._telling is None:
            self._telling = asyncio.ensure_future(self._tell(place))
        elif self._telling is not None:  # recorded once; what changes of it is told, and nothing more
            self._context.queue_places.stands_at(self._order.id, self._venue, place)

    async def _tell(self, place: QueuePlace) -> None:
        def decide(tx: Transaction) -> None:
            order = tx.require(Order, self._order.id)
            if "queue" in MENU[order.stage]:
                why = self._context.because("desk", order)
                tx.record(order.queue(self._venue, ahead=place.ahead, expected_s=place.expected_s, why=why))

        with suppress(StoreFailure):  # the claim that follows fails by itself where the log cannot be written
            await self._context.change(self._order.id, decide)

    def _hangs(self, absence: VenueFailure | None) -> bool:
        return self._venue is Venue.SANDBOX and isinstance(absence, OutcomeUnknown)


@frozen
class Leaving:
    """
    How an attempt leaves.

    Attributes:
        turn: Its place in the venue's queue; None where it waits for one on its way.
        look: The last look at it (`live.last_look`), asked just before the first byte is written.
    """

    turn: SendingTurn | None
    look: Leave


def with_body(
    claim: SubmissionClaimed, broker: Broker, ticket: Ticket | None, replaces: UUID | None = None
) -> SubmissionClaimed:
    """*claim* with what *broker* sends for *ticket*, so that the bytes are recorded before the first one leaves."""
    if ticket is None:
        return claim
    body = broker.body_of(ticket, external_id=claim.external_id, replacing=replaces is not None)
    return evolve(claim, body=body)


async def place(
    broker: Broker, ticket: Ticket, attempt: Attempt, leaving: Leaving, *, replaces: str | None = None
) -> BrokerOrder | VenueFailure:
    """
    Send the attempt, once; the venue's answer, or the failure sorted by certainty. Its turn is used up.

    *replaces* is the broker id of the order whose place it is to take; None where it takes none.
    """
    tag, turn, look = attempt.external_id, leaving.turn, leaving.look
    try:
        if replaces is None:
            answer = await broker.place(ticket, external_id=tag, turn=turn, leave=look)
        else:
            answer = await broker.replace(replaces, ticket, external_id=tag, turn=turn, leave=look)
    except VenueFailure as failure:
        return failure
    except Exception as error:  # noqa: BLE001  whatever it is, the order may be there
        return OutcomeUnknown(f"Sending failed unexpectedly ({type(error).__name__}).")
    finally:
        if turn is not None:
            turn.release()  # after its use that does nothing
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


async def tagged(context: Context, attempt: Attempt) -> Sequence[BrokerOrder]:
    """
    The orders at its venue that carry the tag of *attempt*, searched for from its claim on, however old that is.

    Raises:
        VenueFailure: The search is not complete.
    """
    return await context.broker(attempt.venue).find(attempt.external_id, since=context.claimed_by(attempt))


async def search(context: Context, attempt: Attempt, updates: OrderUpdates | None = None) -> Search:
    """Ask for the attempt until it is found, *updates* tell of it, or every interval has passed."""
    complete = 0
    for wait_s in context.policy.search_waits_s:
        if updates is None:
            await context.clock.sleep(wait_s)
        elif (snapshot := await updates.next(wait_s)) is not None:
            return Search((snapshot,), complete, by_stream=True)  # a list can lag behind what the stream told
        try:
            found = tuple(await tagged(context, attempt))
        except Exception:  # noqa: BLE001, S112  half a search is no search, whatever went wrong
            continue
        complete += 1
        if found:
            return Search(found, complete)
    return Search((), complete)
