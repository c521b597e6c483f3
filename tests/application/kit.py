"""
What the desk's tests are made of: real parts, a clock that skips, and an operator who registers traders.

    DeskUnderTest  a market, two venues, a log:  ``async with house.desk() as desk: await house.ask(desk, "…")``
    SkippingClock  stands still while a task has something to do, then skips to the next moment that matters
    AlteredBroker  a broker whose answers the test alters
    story(…)       the log as short words: ``claimed(sandbox) planned adopted(sandbox) …``
"""

import asyncio
import heapq
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar
from uuid import UUID

from attrs import define, evolve, field

import tastyflow_grammar
from tastyflow.application.context import Context
from tastyflow.application.desk import Desk
from tastyflow.application.ledger.folding import AnyAggregate, fold
from tastyflow.application.ledger.ledger import Ledger
from tastyflow.application.ledger.transaction import Transaction
from tastyflow.application.message import Consent, Message
from tastyflow.domain.events import Because, Event
from tastyflow.domain.halt import Halt
from tastyflow.domain.instruments import EquityOption, Instrument, Right
from tastyflow.domain.order import Order
from tastyflow.domain.policy import Confirm, Policy
from tastyflow.domain.risk.outcomes import Consequence
from tastyflow.domain.setup import SetupClaimed
from tastyflow.domain.testresult import TestResult
from tastyflow.domain.trader import Identity, Limits, Permission, Trader
from tastyflow.domain.trader.limits import SIZES_ONLY
from tastyflow.domain.trader.permissions import GRANTABLE
from tastyflow.domain.venue import BrokerOrder, Venue
from tastyflow.ports import Address, Broker, Notice, OptionFeed
from tastyflow_adapters.clock import TurnableClock
from tastyflow_adapters.config.log_address import LogAddress
from tastyflow_adapters.fake import BookStore, FakeBroker, FakeMarket, FillModel
from tastyflow_adapters.store import log as store

T = TypeVar("T")

FRIDAY = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)  # ten in the morning in New York
DECEMBER = date(2026, 12, 18)
CALL = EquityOption("SPY", DECEMBER, Right.CALL, Decimal(450))
SANDBOX, PRODUCTION = Venue.SANDBOX, Venue.PRODUCTION
MISSION = "buy 10 calls for SPY at strike 450 expiring next month"
ONE_CALL = "buy to open 1 SPY 450 call exp Dec 18 2026"
EVERYTHING = frozenset(GRANTABLE)
GENEROUS = evolve(
    SIZES_ONLY,
    max_contracts=100,
    max_shares=10_000,
    max_notional_usd=Decimal(1_000_000),
    max_open_notional_usd=Decimal(10_000_000),
)
"""What each test does not ask about is not limited."""

LENIENT = Policy(
    hard_max_contracts=None,
    hard_max_shares=None,
    house_orders_a_minute=None,
    duplicate_window_s=0.0,
    failures_in_a_row=10_000,
    max_unknown_outcomes=10_000,
    hours=Consequence.WARN,
    beyond_collar=Consequence.REFUSE,
    approval_above_usd=None,
    approval_permissions=(),
)
DEMO = Trader.id_of("demo")
REAL_PATIENCE_S = 20.0
_numbers = count(1)


class Language:
    """The real one, as the port wants it."""

    parse = staticmethod(tastyflow_grammar.parse)
    render = staticmethod(tastyflow_grammar.render)
    complete = staticmethod(tastyflow_grammar.complete)
    version = staticmethod(tastyflow_grammar.version)


class SkippingClock(TurnableClock):
    """Nobody waits for real: when there is nothing left to do, it is the next moment that somebody waits for."""

    def __init__(self, start: datetime = FRIDAY) -> None:
        super().__init__(start)
        self.ledgers: list[Ledger] = []

    async def until(self, doing: Awaitable[T], *, within_s: float = 7200.0) -> T:
        """What *doing* comes to, within so many of this clock's seconds."""
        task = asyncio.ensure_future(doing)
        latest_s, patience = self.monotonic() + within_s, monotonic() + REAL_PATIENCE_S
        while not task.done():
            before = self._written()
            await self._settle()
            if task.done():
                break
            assert monotonic() < patience, "it hangs"
            if self._is_writing() or self._written() != before:  # a thread wrote, and what waited for it goes on
                while self._is_writing():  # noqa: ASYNC110  nothing here can be awaited
                    await asyncio.sleep(0.0005)
                await asyncio.sleep(0.001)
            elif self._sleepers:
                self._skip()
                assert self.monotonic() <= latest_s, f"it is not done after {within_s} seconds"
            else:
                await asyncio.sleep(0.001)
        return await task

    def jump(self, seconds: float) -> None:
        """Let time pass while nobody is there: before a desk opens."""
        self._elapsed_s += seconds

    def _skip(self) -> None:
        due_s, _, awake = heapq.heappop(self._sleepers)
        if not awake.done():
            self._elapsed_s = max(self._elapsed_s, due_s)
            awake.set_result(None)

    def _written(self) -> list[int]:
        return [ledger.answered for ledger in self.ledgers]

    def _is_writing(self) -> bool:
        return any(ledger.is_writing for ledger in self.ledgers)


class Told:
    """A recipient that remembers."""

    name = None

    def __init__(self) -> None:
        self.heard: list[tuple[str, Notice]] = []

    def listens_to(self, address: Address) -> bool:
        return True

    async def tell(self, notice: Notice) -> None:
        self.heard.append((notice.to.user, notice))

    @property
    def notices(self) -> list[Notice]:
        return [notice for _, notice in self.heard]


@define(slots=False)
class AlteredBroker:
    """A broker whose snapshots *bend(call, snapshot)* alters; where it gives None, the snapshot never comes."""

    broker: Broker
    bend: Callable[[str, BrokerOrder], BrokerOrder | None]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.broker, name)

    async def place(self, ticket: Any, *, external_id: str, **how: Any) -> BrokerOrder:
        return self.bend("place", await self.broker.place(ticket, external_id=external_id, **how))  # type: ignore[return-value]

    async def get(self, broker_order: str) -> BrokerOrder | None:
        found = await self.broker.get(broker_order)
        return found and self.bend("get", found)

    async def cancel(self, broker_order: str) -> BrokerOrder:
        return self.bend("cancel", await self.broker.cancel(broker_order))  # type: ignore[return-value]

    def updates(self) -> AbstractAsyncContextManager[AsyncIterator[BrokerOrder]]:
        return self._bent_updates()

    @asynccontextmanager
    async def _bent_updates(self) -> AsyncIterator[AsyncIterator[BrokerOrder]]:
        async def bent(stream: AsyncIterator[BrokerOrder]) -> AsyncIterator[BrokerOrder]:
            async for snapshot in stream:
                if (changed := self.bend("stream", snapshot)) is not None:
                    yield changed

        async with self.broker.updates() as stream:
            yield bent(stream)


@define(slots=False)
class DeskUnderTest:
    """
    Everything a desk needs, real and in this process. *sandbox* and *production* may be wrapped before opening, and a
    *feed* given.
    """

    clock: SkippingClock
    market: FakeMarket
    ledger: Ledger
    rehearsals: FakeBroker
    live: FakeBroker
    told: Told = field(factory=Told)
    policy: Policy = LENIENT
    feed: OptionFeed | None = None
    sandbox: Any = field(init=False)
    production: Any = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.sandbox, self.production = self.rehearsals, self.live
        self.clock.ledgers.append(self.ledger)

    @classmethod
    def make(
        cls,
        *,
        path: Path | None = None,
        clock: SkippingClock | None = None,
        policy: Policy | None = None,
        models: tuple[FillModel | None, FillModel | None] = (None, None),
        stores: tuple[BookStore | None, BookStore | None] = (None, None),
        latency_s: float = 0.0,
        position_lag_s: float = 0.0,
    ) -> "DeskUnderTest":
        clock = clock or SkippingClock()
        market = FakeMarket(clock)
        common: dict[str, Any] = {"cash_usd": 10**7, "latency_s": latency_s, "position_lag_s": position_lag_s}
        return cls(
            clock,
            market,
            open_log(path),
            FakeBroker(SANDBOX, clock, market, model=models[0], store=stores[0], **common),
            FakeBroker(PRODUCTION, clock, market, model=models[1], store=stores[1], seed=1, **common),
            policy=policy or LENIENT,
        )

    @property
    def context(self) -> Context:
        venues = (self.market, self.sandbox, self.production)
        return Context(self.ledger, Language(), *venues, self.clock, self.policy, feed=self.feed)

    def desk(self) -> AbstractAsyncContextManager[Desk]:
        """A desk to open; closing it takes this clock's time: the sandbox account is put back."""
        return drive(Desk(self.context, [self.told]), self.until)

    def message(self, text: str, *, user: str = "demo", message: str = "", consent: Consent = Consent.NONE) -> Message:
        return Message(text, "cli", user, message or f"m-{next(_numbers)}", consent=consent)

    async def until(self, doing: Awaitable[T], **within: float) -> T:
        return await self.clock.until(doing, **within)

    async def place(self, desk: Desk, text: str, **who: Any) -> Order:
        return await self.until(desk.place(self.message(text, **who)))

    async def once(self, text: str, **who: Any) -> Order:
        """Open a desk, place one order, close the desk."""
        async with self.desk() as desk:
            return await self.place(desk, text, **who)

    async def confirmed(self, text: str, **who: Any) -> Order:
        """Open a desk where every order is confirmed, place one, say yes to it, close the desk."""
        policy, self.policy = self.policy, evolve(self.policy, confirm=Confirm.ALWAYS)
        async with self.desk() as desk:
            order = await self.place(desk, text, consent=Consent.ASK, **who)
            order = await self.until(desk.confirm(self.message("yes"), order.reference, order.digest))
        self.policy = policy
        return order

    async def hire(
        self, name: str = "demo", *, limits: Limits = GENEROUS, permissions: Iterable[Permission] = EVERYTHING
    ) -> Trader:
        return await self.until(register(self.ledger, self.clock.now(), name, limits, permissions))

    def restarted(self, path: Path | None = None) -> "DeskUnderTest":
        """The same venues and the same log, as a process that starts now finds them."""
        return DeskUnderTest(
            self.clock, self.market, reopened(self.ledger, path), self.rehearsals, self.live, policy=self.policy
        )

    def trader(self, name: str = "demo") -> Trader:
        found = self.ledger.read(Trader, Trader.id_of(name))
        assert found is not None
        return found

    def order(self, order_id: UUID) -> Order:
        found = self.ledger.read(Order, order_id)
        assert found is not None
        return found

    def books(self) -> tuple[list[BrokerOrder], list[BrokerOrder]]:
        """The orders of traders at both venues; `setups` are the desk's own in the sandbox."""
        own = {claim.external_id for claim in setup_claims(log(self.ledger))}
        return [each for each in self.rehearsals.orders() if each.external_id not in own], list(self.live.orders())

    def setups(self) -> list[BrokerOrder]:
        """The desk's own orders in the sandbox: they prepare a rehearsal and put the account back."""
        own = {claim.external_id for claim in setup_claims(log(self.ledger))}
        return [each for each in self.rehearsals.orders() if each.external_id in own]

    def sandbox_holds(self) -> dict[Instrument, int]:
        """What the sandbox account holds, signed."""
        return held(self.rehearsals)

    def production_holds(self) -> dict[Instrument, int]:
        """What the production account holds, signed."""
        return held(self.live)


@asynccontextmanager
async def drive(desk: Desk, until: Callable[[Awaitable[Any]], Awaitable[Any]]) -> AsyncIterator[Desk]:
    """*desk*, open, and closed while *until* lets the time pass."""
    await desk.__aenter__()
    try:
        yield desk
    except BaseException as error:
        await until(desk.__aexit__(type(error), error, error.__traceback__))
        raise
    await until(desk.__aexit__(None, None, None))


def held(broker: FakeBroker) -> dict[Instrument, int]:
    """What the account of *broker* really holds, signed; its own record may lag behind."""
    return {each.instrument: each.quantity for each in broker._store.holdings().values() if each.quantity}


def setup_claims(events: Iterable[Event]) -> list[SetupClaimed]:
    return [event for event in events if isinstance(event, SetupClaimed)]


def open_log(path: Path | None = None) -> Ledger:
    """The log in the file at *path*, or in memory."""
    return store.open_log(LogAddress.file(path) if path else LogAddress.memory())


def reopened(ledger: Ledger, path: Path | None = None) -> Ledger:
    """The same log, as a process that starts now finds it: nothing is in memory."""
    if path is not None:
        return open_log(path)
    fresh = open_log()
    stored = list(ledger.rows())
    if stored:
        fresh.recorder.insert_events(stored)
    return fresh


async def register(
    ledger: Ledger, at: datetime, name: str, limits: Limits, permissions: Iterable[Permission]
) -> Trader:
    """What ``tastyflow trader add`` does."""
    why = Because(actor="operator", cause="test", command_id=f"add-{name}", at=at)
    trader_id = Trader.id_of(name)

    def decide(tx: Transaction) -> None:
        tx.record(Trader.register(name, limits=limits, permissions=frozenset(permissions), why=why))
        tx.record(tx.require(Trader, trader_id).link("cli", name, why=why))
        tx.record(Identity.claim("cli", name, trader_id, why=why))

    return (await ledger.change(decide)).require(Trader, trader_id)


async def alter(house: DeskUnderTest, verb: Callable[[Trader, Because], Event | None], name: str = "demo") -> None:
    """Let the operator change a trader."""
    why = Because(actor="operator", cause="test", command_id="alter", at=house.clock.now())

    def decide(tx: Transaction) -> None:
        tx.record(verb(tx.require(Trader, Trader.id_of(name)), why))

    await house.until(house.ledger.change(decide))


async def turn(house: DeskUnderTest, verb: Callable[[Halt, Because], Event | None]) -> None:
    """Move the switch as another process does that ends right after."""
    why = Because(actor="operator", cause="test", command_id="turn", at=house.clock.now())

    def decide(tx: Transaction) -> None:
        tx.record(verb(tx.get(Halt, Halt.switch_id()) or Halt.never(), why))

    await house.until(house.ledger.change(decide))


def stopping(*, reducing: bool = False, reason: str = "fat finger") -> Callable[[Halt, Because], Event | None]:
    """What moves the switch to halted, or to reducing, for `turn`."""
    return lambda halt, why: halt.stop(reducing=reducing, by="ann", reason=reason, why=why)


def resuming(reason: str = "mended") -> Callable[[Halt, Because], Event | None]:
    """What lets trading go on, for `turn`."""
    return lambda halt, why: halt.resume(by="bob", reason=reason, why=why)


def log(ledger: Ledger) -> list[Event]:
    """Every event, in the order of the log."""
    return [ledger.mapper.to_domain_event(stored) for stored in ledger.rows()]  # type: ignore[misc]


def log_of(ledger: Ledger, order: Order) -> list[Event]:
    """The events of *order* and of its tests, in the order of the log."""
    tests = {TestResult.id_of(order.id, attempt.external_id) for attempt in order.attempts}
    return [event for event in log(ledger) if event.originator_id in {order.id, *tests}]


def story(events: Iterable[Event]) -> str:
    """The events as short words, with the venue where there is one."""
    return " ".join(_word(event) for event in events)


def _word(event: Event) -> str:
    name = event.TOPIC.rsplit(".", 1)[-1].partition("@")[0].removeprefix("submission_")
    venue = getattr(event, "venue", None)
    return f"{name}({venue})" if venue else name


def replayed(events: Iterable[Event]) -> dict[UUID, AnyAggregate]:
    """What the whole log says, folded in its global order."""
    states: dict[UUID, AnyAggregate] = {}
    for event in events:
        state = fold(states.get(event.originator_id), (event,))
        assert state is not None
        states[event.originator_id] = state
    return states
