"""The subject of the fake venue: everything in this process, on a clock that is turned by hand."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from attrs import evolve

from tastyflow.domain.instruments import Instrument
from tastyflow.domain.ticket import Ticket
from tastyflow.domain.venue import BrokerOrder
from tastyflow_adapters.clock import TurnableClock
from tastyflow_adapters.fake import (
    BookStore,
    FakeBroker,
    FakeFaults,
    FakeMarket,
    FaultyBroker,
    FileBookStore,
    Plan,
    ScriptedModel,
    Step,
)
from tastyflow_adapters.fake.faults import (
    NOT_SENT,
    REQUEST_LOST,
    RESPONSE_LOST,
    answered_late,
)
from tastyflow_adapters.fake.order_plan import cancelled, fill, live, reject, route
from tests.contract.tickets import CASH_USD, QUOTES
from tests.contract.venue_under_test import VenueOptions

CALLS = ("ready", "account", "dry_run", "place", "find", "get", "cancel", "replace", "positions", "balances")


class NarrowMarket(FakeMarket):
    """The exchange as a venue sees it that knows fewer symbols."""

    def __init__(self, clock: TurnableClock, **how: Any) -> None:
        super().__init__(clock, **how)
        self.unknown: set[str] = set()

    def lists(self, instrument: Instrument) -> bool:
        return instrument.underlying not in self.unknown and super().lists(instrument)


class FakeVenue:
    """A `VenueUnderTest` over `FakeBroker`, whose faults are `FaultyBroker`'s."""

    def __init__(
        self, options: VenueOptions, clock: TurnableClock | None = None, store: BookStore | None = None
    ) -> None:
        self.clock = clock or TurnableClock(options.starts_at)
        self.market = NarrowMarket(self.clock, always_open=not options.keeps_hours)
        self._scripts: list[Plan] = []
        self._forgotten: list[str | None] = []
        self.fake = FakeBroker(
            options.venue,
            self.clock,
            self.market,
            store=store,
            model=ScriptedModel(lambda _ticket: self._scripts.pop(0) if self._scripts else None),
            cash_usd=CASH_USD,
            is_frozen=options.is_frozen,
            is_closing_only=options.is_closing_only,
            position_lag_s=options.position_lag_s,
        )
        self.broker = FaultyBroker(self.fake, FakeFaults(), self.clock)
        for instrument, (bid, ask) in QUOTES.items():
            self.market.pin(instrument, bid, ask)

    def ledger(self) -> list[str | None]:
        return [*self._forgotten, *(order.external_id for order in self.fake.orders())]

    async def pass_time(self, seconds: float) -> None:
        await self.clock.turn(seconds)

    async def quote(self, instrument: Instrument, bid: str, ask: str) -> None:
        self.market.pin(instrument, bid, ask)

    def fills_partly(self, quantity: int) -> None:
        self._scripts.append(Plan((live(), fill(quantity, after_s=0.05)), rests=True))

    def rejects_next(self) -> None:
        self._next(route(), reject("Session offline", after_s=0.05))

    def rejects_later(self) -> None:
        self._next(live(), reject(after_s=1))

    def legs_apart(self) -> None:
        self._next(live(), fill(100, leg=0, as_filled=True, after_s=0.05), fill(100, leg=1, after_s=0.05))

    def fills_when_replaced(self) -> None:
        self._scripts.append(Plan((live(),), on_cancel=(fill(100), cancelled())))

    async def stranger(self, ticket: Ticket) -> BrokerOrder:
        return await self.fake.place(ticket, external_id=None)  # type: ignore[arg-type]

    def answer_lost(self, *, accepted: bool, call: str = "place") -> None:
        self.broker.faults.plan(call, RESPONSE_LOST if accepted else REQUEST_LOST)

    def never_answers(self, call: str) -> None:
        self.broker.faults.plan(call, *[REQUEST_LOST] * 20)

    def error_after_acceptance(self) -> None:
        self.answer_lost(accepted=True)

    def garbled_answer(self) -> None:
        self.answer_lost(accepted=True)

    def slow_answer(self, seconds: float) -> None:
        self.broker.faults.plan("place", answered_late(seconds))

    async def unreachable(self) -> None:
        self.broker.faults = FakeFaults(chances={call: {NOT_SENT: 1.0} for call in CALLS})

    async def reachable(self) -> None:
        self.broker.faults = FakeFaults()

    async def login_expires(self) -> None:
        """The fake has nobody to log in to."""

    def search_lag(self, seconds: float) -> None:
        self.broker.faults.search_lag_s = seconds

    def repeats_messages(self) -> None:
        self.broker.faults.stream.twice = 1.0

    def swaps_messages(self) -> None:
        self.broker.faults.stream.swapped = 1.0

    def stream_silent(self) -> None:
        self.broker.faults.stream.is_silent = True

    def reset_by_night(self) -> None:
        self._forgotten = self.ledger()
        self.fake.reset()

    def unknown_here(self, underlying: str) -> None:
        self.market.unknown.add(underlying)

    def _next(self, *steps: Step) -> None:
        self._scripts.append(Plan(steps))


@asynccontextmanager
async def fake_venue(**chosen: Any) -> AsyncIterator[FakeVenue]:
    """The book in memory."""
    subject = FakeVenue(evolve(VenueOptions(), **chosen))
    yield subject
    subject.fake.close()


@asynccontextmanager
async def fake_venue_in_a_file(**chosen: Any) -> AsyncIterator[FakeVenue]:
    """The book in a file, as several processes share it."""
    with TemporaryDirectory() as folder:
        subject = FakeVenue(evolve(VenueOptions(), **chosen), store=FileBookStore(Path(folder) / "venue.db"))
        yield subject
        subject.fake.close()
