"""
A desk between two venues, and the ways in which its process ends: for the cases about crashes and repetitions.

    DeskBetweenVenues ── sandbox, production      two venues at one moment
         ├─ desk()                   a desk of this process, on its own log; ``until`` lets the time of all of them pass
         ├─ dies_at(call, before)    the process ends at a call to production: nothing is written or sent any more
         └─ restarted()              what a new process finds: the log, the venues, an empty memory
"""

from collections.abc import AsyncIterator, Awaitable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from itertools import count
from types import SimpleNamespace
from typing import Any, Protocol, TypeVar

from attrs import define, evolve, field

from tastyflow.application.context import Context
from tastyflow.application.desk import Desk
from tastyflow.application.ledger.ledger import Ledger
from tastyflow.application.message import Message
from tastyflow.domain.order import Order
from tastyflow.domain.policy import Policy
from tastyflow.domain.venue import Venue as Side
from tastyflow.ports import Broker, Clock
from tests.application.kit import (
    EVERYTHING,
    GENEROUS,
    LENIENT,
    Language,
    SkippingClock,
    Told,
    drive,
    log,
    open_log,
    register,
    reopened,
    setup_claims,
)
from tests.application.soundness import assert_books_match, assert_promotions_were_earned
from tests.contract.fake_venue import FakeVenue
from tests.contract.tickets import FRIDAY
from tests.contract.venue_under_test import Venue, VenueOptions, VenueUnderTest

T = TypeVar("T")

POLICY = evolve(
    LENIENT,
    rest_wait_s=0.2,
    news_wait_s=0.5,
    search_waits_s=(0.05, 0.1, 0.2, 0.4),
    retry_waits_s=(0.05, 0.1),
    settle_s=0.3,
    follow_s=2.0,
)
BUY = "buy to open 2 SPY 450 calls exp Dec 18 2026 at 10.10"
BID = "buy to open 2 SPY 450 calls exp Dec 18 2026 at 9.50"
_numbers = count(1)


class Crash(BaseException):
    """The process is killed; nothing catches that."""


@define(slots=False)
class CrashingBroker:
    """A broker in a process that ends at its *nth* *call*, before or after the venue has seen it."""

    broker: Broker
    call: str
    before: bool
    nth: int = 1
    is_dead: bool = False

    def __getattr__(self, name: str) -> Any:
        real = getattr(self.broker, name)
        if name in ("venue", "updates", "body_of"):
            return real

        async def call(*args: Any, **kwargs: Any) -> Any:
            self.die_if_dead()
            counts = name == self.call
            self.nth -= counts
            dies = counts and self.nth == 0
            if dies and self.before:
                self.die()
            answer = await real(*args, **kwargs)
            if dies:
                self.die()
            self.die_if_dead()
            return answer

        return call

    def die(self) -> None:
        self.is_dead = True
        raise Crash

    def die_if_dead(self) -> None:
        if self.is_dead:
            raise Crash


class Time(Protocol):
    """How the time of all venues passes while something is awaited."""

    clock: Clock

    async def until(self, doing: Awaitable[T]) -> T: ...


@define(slots=False)
class DeskBetweenVenues:
    sandbox: VenueUnderTest
    production: VenueUnderTest
    time: Time
    ledger: Ledger = field(factory=open_log)
    told: Told = field(factory=Told)
    policy: Policy = POLICY
    rehearsing: Any = field(default=None)
    trading: Any = field(default=None)

    def __attrs_post_init__(self) -> None:
        self.rehearsing = self.rehearsing or self.sandbox.broker
        self.trading = self.trading or self.production.broker
        if isinstance(self.time.clock, SkippingClock):
            self.time.clock.ledgers.append(self.ledger)

    def desk(self) -> AbstractAsyncContextManager[Desk]:
        context = Context(
            self.ledger,
            Language(),
            self.production.market,
            self.rehearsing,
            self.trading,
            self.time.clock,
            self.policy,
        )
        return drive(Desk(context, [self.told]), self.until)

    async def until(self, doing: Awaitable[T]) -> T:
        return await self.time.until(doing)  # type: ignore[no-any-return]

    async def rest(self, seconds: float) -> None:
        await self.until(self.time.clock.sleep(seconds))

    async def register_trader(self) -> None:
        await self.until(register(self.ledger, self.time.clock.now(), "demo", GENEROUS, EVERYTHING))

    def message(self, text: str, message: str = "") -> Message:
        return Message(text, "cli", "demo", message or f"m-{next(_numbers)}")

    async def place(self, desk: Desk, text: str, message: str = "") -> Order:
        return await self.until(desk.place(self.message(text, message)))

    def order(self, message: str) -> Order:
        found = self.ledger.read(Order, Order.id_of("cli", message))
        assert found is not None
        return found

    def dies_at(self, call: str, *, before: bool, nth: int = 1) -> None:
        """Let this process end at a call to production."""
        crashing = CrashingBroker(self.production.broker, call, before, nth)
        self.trading, submit = crashing, self.ledger.log.append  # type: ignore[attr-defined]

        def submit_while_alive(stored: Any, **conditions: Any) -> Any:
            crashing.die_if_dead()
            return submit(stored, **conditions)

        self.ledger.log.append = submit_while_alive  # type: ignore[attr-defined]

    def restarted(self) -> "DeskBetweenVenues":
        return DeskBetweenVenues(self.sandbox, self.production, self.time, reopened(self.ledger), policy=self.policy)

    async def recovered(self) -> "DeskBetweenVenues":
        """A new process has looked after what the old one left, long enough later."""
        after = self.restarted()
        await after.rest(after.policy.settle_s + 0.1)
        async with after.desk() as desk:
            await after.until(desk.recover())
            await after.rest(1.0)
        return after

    def tags_at(self, venue: Side) -> list[str | None]:
        """The tags of traders' orders at a venue; without the desk's own, which prepare rehearsals in the sandbox."""
        own = {claim.external_id for claim in setup_claims(log(self.ledger))}
        subject = self.sandbox if venue is Side.SANDBOX else self.production
        return [tag for tag in subject.ledger() if tag not in own]

    async def assert_sound(self) -> None:
        """Every order at a venue has one claim and every claim one order at most; every promotion was earned."""
        events = log(self.ledger)
        books = []
        for subject in (self.sandbox, self.production):
            tags = [tag for tag in subject.ledger() if tag is not None]
            found = [order for tag in tags for order in await self.until(subject.broker.find(tag))]
            known = {order.external_id: order for order in found}
            gone = [SimpleNamespace(external_id=tag, broker_order="") for tag in tags if tag not in known]
            books.append([*found, *gone])
        assert_books_match(events, *books)
        assert_promotions_were_earned(events)


class FakeTime:
    """The fakes' clock skips from one moment that matters to the next."""

    def __init__(self) -> None:
        self.clock = SkippingClock(FRIDAY)

    async def until(self, doing: Awaitable[T]) -> T:
        return await self.clock.until(doing)


@asynccontextmanager
async def desk_between_fakes() -> AsyncIterator[DeskBetweenVenues]:
    time = FakeTime()
    subjects = [
        FakeVenue(evolve(VenueOptions(), venue=venue), time.clock) for venue in (Venue.SANDBOX, Venue.PRODUCTION)
    ]
    yield DeskBetweenVenues(*subjects, time)
