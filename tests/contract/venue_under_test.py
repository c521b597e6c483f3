"""
What a case of the contract is run on: a broker, its market, tickets whose fate is known there, and levers.

    VenueUnderTest ── broker, market        what is judged: `tastyflow.ports`
          ├─ pass_time, quote               the venue's time and prices, turned by the test
          ├─ fills_partly, rejects_next …   what becomes of the next order
          ├─ answer_lost, login_down …      what goes wrong on the way
          └─ ledger                         every order the venue ever accepted, also those that a reset forgot

An adapter joins the suite with a `VenueUnderTest` of its own. Tickets are the same for all: the quotes they go by are
pinned when the venue is made (`tests.contract.tickets`), so that a limit at the ask fills wherever the case runs.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Protocol

from attrs import frozen

from tastyflow.domain.instruments import Instrument
from tastyflow.domain.ticket import Ticket
from tastyflow.domain.venue import BrokerOrder, Venue, VenueFill
from tastyflow.ports import Broker, MarketData
from tests.contract.tickets import FRIDAY


@frozen
class VenueOptions:
    """
    What a subject is made with.

    Attributes:
        keeps_hours: The venue trades in the exchange's sessions; else round the clock.
        position_lag_s: How much later than their fills positions show.
    """

    venue: Venue = Venue.PRODUCTION
    starts_at: datetime = FRIDAY
    keeps_hours: bool = False
    is_frozen: bool = False
    is_closing_only: bool = False
    position_lag_s: float = 0.0


class VenueUnderTest(Protocol):
    """
    One account at one venue, with the quotes of `QUOTES`.

    Attributes:
        broker, market: The ports under test.
    """

    broker: Broker
    market: MarketData

    def ledger(self) -> Sequence[str | None]:
        """The tag of every order ever accepted, in order, None where it has none; no reset forgets one."""
        ...

    async def pass_time(self, seconds: float) -> None:
        """Let so many of the venue's seconds pass, and let what is due happen."""
        ...

    async def quote(self, instrument: Instrument, bid: str, ask: str) -> None:
        """Move the market; zero is a missing side."""
        ...

    # ── what becomes of the next order ──

    def fills_partly(self, quantity: int) -> None:
        """So many fill, the rest works on."""
        ...

    def rejects_next(self) -> None:
        """The next order is accepted and then rejected, before it ever works."""
        ...

    def legs_apart(self) -> None:
        """The next order of several legs says that it is filled when only its first leg is reported."""
        ...

    def rejects_later(self) -> None:
        """The next order works, and is rejected all the same a second later."""
        ...

    def fills_when_replaced(self) -> None:
        """The next order fills between the asking for its replacement and the cancel that this is, if prices allow."""
        ...

    async def stranger(self, ticket: Ticket) -> BrokerOrder:
        """Somebody places an order in the venue's own application, without a tag."""
        ...

    # ── what goes wrong ──

    def answer_lost(self, *, accepted: bool, call: str = "place") -> None:
        """No answer to the next call comes; the venue has acted on it, or never saw it."""
        ...

    def never_answers(self, call: str) -> None:
        """No answer to any such call comes any more."""
        ...

    def error_after_acceptance(self) -> None:
        """The next order is accepted, and answered with a server error."""
        ...

    def garbled_answer(self) -> None:
        """The next order is accepted, and answered with half a document."""
        ...

    def slow_answer(self, seconds: float) -> None:
        """The answer to the next order takes a while to come back."""
        ...

    async def unreachable(self) -> None:
        """Nobody can log in, and every login has run out, until `reachable`: nothing can be sent."""
        ...

    async def reachable(self) -> None: ...

    async def login_expires(self) -> None:
        """Whatever the broker logged in with is no longer good; it can log in again."""
        ...

    def search_lag(self, seconds: float) -> None:
        """New orders are missing from searches for so long."""
        ...

    def repeats_messages(self) -> None:
        """The stream says everything twice, and more."""
        ...

    def swaps_messages(self) -> None:
        """The stream says the later before the earlier."""
        ...

    def stream_silent(self) -> None:
        """The stream says nothing more; the line stays open, and what happens meanwhile is lost to it."""
        ...

    def reset_by_night(self) -> None:
        """The venue forgets orders, positions and money, as a sandbox does."""
        ...

    def unknown_here(self, underlying: str) -> None:
        """Symbols of *underlying* are not supported at this venue."""
        ...


# ── watching ───────────────────────────────────────────────────────────────────────────────────────────────────


async def in_the_end(subject: VenueUnderTest, broker_order: str) -> BrokerOrder:
    """The order once it is over, learnt by asking."""
    for _ in range(200):
        order = await subject.broker.get(broker_order)
        assert order is not None, f"{broker_order} is gone"
        if order.status.is_terminal:
            return order
        await subject.pass_time(0.05)
    raise AssertionError(f"{broker_order} does not end")


class Heard(list[BrokerOrder]):
    """What a stream has told so far, in the order in which it told it."""

    def __init__(self, subject: VenueUnderTest) -> None:
        super().__init__()
        self._bench = subject

    async def until(self, holds: Callable[["Heard"], bool]) -> "Heard":
        """Let time pass until it *holds* of what was heard."""
        for _ in range(200):
            if holds(self):
                return self
            await self._bench.pass_time(0.05)
            await asyncio.sleep(0.001)
        raise AssertionError(f"heard only {[(each.broker_order, each.status.value) for each in self]}")

    async def until_over(self, broker_order: str) -> "Heard":
        return await self.until(lambda heard: any(s.status.is_terminal for s in heard.of(broker_order)))

    def of(self, broker_order: str) -> list[BrokerOrder]:
        return [snapshot for snapshot in self if snapshot.broker_order == broker_order]

    def fills(self, broker_order: str) -> dict[str, VenueFill]:
        """Every fill of the order that any message told of, once."""
        return {fill.fill_id: fill for snapshot in self.of(broker_order) for fill in snapshot.fills}


@asynccontextmanager
async def listening(subject: VenueUnderTest) -> AsyncIterator[Heard]:
    """Follow the broker's stream."""
    heard = Heard(subject)

    async def listen(stream: AsyncIterator[BrokerOrder]) -> None:
        async for snapshot in stream:
            heard.append(snapshot)

    async with subject.broker.updates() as stream:
        task = asyncio.create_task(listen(stream))
        await asyncio.sleep(0)
        try:
            yield heard
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
