"""
The fake venue as a `tastyflow.ports.Broker`: the book, on an event loop and a clock.

    place · cancel · replace · get · find …  ──▶ half the latency ─▶ Book ─▶ the other half
    updates()  ──▶ Feed: settle, hand out what changed, then sleep until
                     the next step is due · this process changed something · the file may have (every 20 ms)

A feed drives the venue only while a follower waits on it; with no stream open, `get` and `find` settle what is due.
The book's calls are short and block the loop: microseconds in memory, a transaction in a file.
"""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from datetime import datetime
from decimal import Decimal
from typing import Final, TypeVar

from tastyflow.domain.ticket import Ticket
from tastyflow.domain.venue import Account, Balances, BrokerOrder, DryRun, Position, Venue
from tastyflow.ports import Clock, Leave, OnQueued, QueuePlace, SendingTurn
from tastyflow_adapters.fake.book import Book
from tastyflow_adapters.fake.book_store import BookStore, MemoryBookStore
from tastyflow_adapters.fake.fill_models import FillModel, QuoteModel
from tastyflow_adapters.fake.market import FakeMarket

T = TypeVar("T")

ACCOUNTS: Final = {Venue.SANDBOX: "FAKE-SANDBOX", Venue.PRODUCTION: "FAKE-PRODUCTION"}
POLL_S: Final = 0.02
"""How often a shared file is looked at for what others did."""


class NoQueue:
    """The turn at a venue without a queue."""

    def release(self) -> None:
        """There is nothing to give back."""


class FakeBroker:
    """
    One account at the fake venue.

    Args:
        store: Where the book is kept; in memory unless told otherwise.
        model: How orders fill; against the quotes unless told otherwise.
        latency_s: How long each request takes, half on the way there and half back.
        seed: Draws the delays of fills within the spread.
        cash_usd: What a new account begins with.
        account: What tells this account's number and orders from those of the venue's others; empty for the first.
        position_lag_s: How much later than its fill a position is shown; closes are judged by what is held.
    """

    def __init__(
        self,
        venue: Venue,
        clock: Clock,
        market: FakeMarket,
        *,
        store: BookStore | None = None,
        model: FillModel | None = None,
        latency_s: float = 0.0,
        seed: int = 0,
        cash_usd: Decimal | int = 100_000,
        is_closing_only: bool = False,
        is_frozen: bool = False,
        account: str = "",
        position_lag_s: float = 0.0,
    ) -> None:
        self._clock = clock
        self._store = store or MemoryBookStore()
        self._latency_s = latency_s
        of = f"-{account}" if account else ""
        self._account = Account(f"{ACCOUNTS[venue]}{of.upper()}", venue, is_closing_only, is_frozen)
        self._book = Book(
            self._store,
            market,
            model or QuoteModel(),
            self._account,
            seed=seed,
            cash_usd=Decimal(cash_usd),
            position_lag_s=position_lag_s,
            suffix=of,
        )

    @property
    def venue(self) -> Venue:
        return self._account.venue

    async def ready(self) -> None:
        """At once: the fake venue has no logins."""

    async def account(self) -> Account:
        return await self._ask(lambda _now: self._account)

    async def dry_run(self, ticket: Ticket, *, turn: SendingTurn | None = None) -> DryRun:
        return await self._ask(lambda now: self._book.dry_run(ticket, now))

    async def turn(self, queued: OnQueued | None = None, *, for_dry_run: bool = False) -> SendingTurn:
        """At once: the fake venue has no queue."""
        return NoQueue()

    def queue_place(self, behind: int) -> QueuePlace:
        return QueuePlace(0, 0.0)

    async def place(
        self, ticket: Ticket, *, external_id: str, turn: SendingTurn | None = None, leave: Leave | None = None
    ) -> BrokerOrder:
        return await self._ask(lambda now: self._book.place(ticket, external_id, now), leave)

    def body_of(self, ticket: Ticket, *, external_id: str, replacing: bool = False) -> str:
        """What a venue in memory is handed, written as JSON."""
        return json.dumps({"external-identifier": external_id, "replacing": replacing, "ticket": ticket.as_form()})

    async def find(self, external_id: str, *, since: datetime | None = None) -> Sequence[BrokerOrder]:
        return await self._ask(lambda now: self._book.find(external_id, now))

    async def get(self, broker_order: str) -> BrokerOrder | None:
        return await self._ask(lambda now: self._book.get(broker_order, now))

    async def cancel(self, broker_order: str) -> BrokerOrder:
        return await self._ask(lambda now: self._book.cancel(broker_order, now))

    async def listed(self, since: datetime) -> Sequence[BrokerOrder]:
        def recent(now: datetime) -> Sequence[BrokerOrder]:
            self._book.settle(now)
            return [each for each in self._book.orders() if each.updated_at > since or not each.status.is_terminal]

        return await self._ask(recent)

    async def replace(
        self,
        broker_order: str,
        ticket: Ticket,
        *,
        external_id: str,
        turn: SendingTurn | None = None,
        leave: Leave | None = None,
    ) -> BrokerOrder:
        return await self._ask(lambda now: self._book.replace(broker_order, ticket, external_id, now), leave)

    def updates(self) -> AbstractAsyncContextManager[AsyncIterator[BrokerOrder]]:
        return self._following()

    async def positions(self) -> Sequence[Position]:
        return await self._ask(self._book.positions)

    async def balances(self) -> Balances:
        return await self._ask(self._book.balances)

    def orders(self) -> Sequence[BrokerOrder]:
        """Every order ever accepted here, in order, as it stands; for tests and proofs, not a part of the port."""
        return self._book.orders()

    def endow(self, *positions: Position) -> None:
        """Put positions into the account, as if they had always been there."""
        self._book.endow(positions)

    def reset(self) -> None:
        """The night at the sandbox: orders and positions are gone, the cash is as it was in the beginning."""
        self._book.reset()

    def close(self) -> None:
        """Let go of the file."""
        self._store.close()

    async def _ask(self, question: Callable[[datetime], T], leave: Leave | None = None) -> T:
        """What *question* answers; *leave* is asked as the last thing before the request is on its way."""
        if leave is not None:
            leave()
        if not self._latency_s:
            return question(self._clock.now())
        await self._clock.sleep(self._latency_s / 2)
        answer = question(self._clock.now())
        await self._clock.sleep(self._latency_s / 2)
        return answer

    @asynccontextmanager
    async def _following(self) -> AsyncIterator[AsyncIterator[BrokerOrder]]:
        feed = Feed(self._book, self._store, self._clock)
        try:
            yield feed
        finally:
            await feed.close()


class Feed:
    """The snapshots of one account from its making on, each once, in the order in which they came about."""

    def __init__(self, book: Book, store: BookStore, clock: Clock) -> None:
        self._book = book
        self._store = store
        self._clock = clock
        self._seen = store.last_change()
        self._ready: deque[BrokerOrder] = deque()
        self._nudge = asyncio.Event()
        self._unlisten = store.listen(self._nudge.set)
        self._alarm: asyncio.Task[None] | None = None
        self._alarm_at: datetime | None = None
        self._closed = False

    def __aiter__(self) -> "Feed":
        return self

    async def __anext__(self) -> BrokerOrder:
        while not self._ready:
            if self._closed:
                raise StopAsyncIteration
            self._nudge.clear()
            self._book.settle(self._clock.now())
            self._take()
            if not self._ready:
                await self._wait()
        return self._ready.popleft()

    async def close(self) -> None:
        """End the iteration, also for who waits on it right now, and leave nothing running."""
        self._closed = True
        self._unlisten()
        self._nudge.set()
        await self._set_alarm(None)

    def _take(self) -> None:
        for change, snapshot in self._store.since(self._seen):
            self._seen = change
            self._ready.append(snapshot)

    async def _wait(self) -> None:
        due = self._store.due()
        await self._set_alarm(due[0] if due else None)
        with suppress(TimeoutError):
            async with asyncio.timeout(POLL_S if self._store.is_shared else None):
                await self._nudge.wait()

    async def _set_alarm(self, at: datetime | None) -> None:
        """Be nudged at *at*. One sleeper at most: an order's last moment is set once, not at every look."""
        if self._alarm is not None and (self._alarm.done() or at != self._alarm_at):
            self._alarm.cancel()
            await asyncio.wait([self._alarm])
            self._alarm = None
        if at is not None and self._alarm is None:
            self._alarm_at = at
            self._alarm = asyncio.create_task(self._ring((at - self._clock.now()).total_seconds()))

    async def _ring(self, after_s: float) -> None:
        await self._clock.sleep(after_s)
        self._nudge.set()
