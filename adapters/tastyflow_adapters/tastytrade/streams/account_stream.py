"""
The updates of the account's orders, as they happen: one socket for all followers.

    VenueAlertStreamer ─▶ raw order ─▶ read_order ─▶ OrderQueue (a bounded queue) ─▶ updates()
          │ down, silent, unreadable, left unread too long = a gap       ▲
          └─▶ opened again ─▶ reconcile: ask for today's orders by REST ─┘ one asking for all who have the gap

The streamer replays nothing, so what was missed is asked for, and every order of the day is handed out as it stands:
the reader of snapshots takes what is new and leaves the rest. Duplicates and late messages are passed on for the same
reason. The stream never ends by itself: where it cannot be opened it keeps trying, and `health` says why.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Final

from attrs import evolve

from tastyflow.application.backoff import Backoff
from tastyflow.application.waiting import ended
from tastyflow.domain.venue import BrokerOrder
from tastyflow.ports import Clock
from tastyflow_adapters.tastytrade.http.session import VenueSession
from tastyflow_adapters.tastytrade.orders.order_reading import read_order
from tastyflow_adapters.tastytrade.streams.queues import OrderQueue
from tastyflow_adapters.tastytrade.streams.sockets import VenueAlertStreamer
from tastyflow_adapters.tastytrade.streams.supervision import StreamHealth, StreamSupervisor, reconnects, why

SILENCE_S: Final = 45.0
PULSE_S: Final = 20.0
"""How often to ask for a sign of life; tastytrade wants to hear from us every 2 to 60 seconds."""

OPENING_S: Final = 4.0
"""How long a follower waits for the stream before it is let in without: a desk that starts waits five."""

UNREAD: Final = 1000
ASK_EVERY_S: Final = 5.0
"""The least time between two askings: tastytrade does not want today's orders polled."""

Json = Mapping[str, Any]
Reconcile = Callable[[], Awaitable[Sequence[Json]]]


class AccountStream:
    """
    The account streamer of one account.

    Args:
        account: Its number; the connection's first one unless told otherwise.
        reconcile: Asks by REST for all orders of today, as raw objects.
        silence_s: After how much silence the socket is given up for a new one.
        opening_s: How long `updates` waits for the stream to be open.
        unread: Snapshots that a follower may leave unread; the oldest go first, and are asked for again.
    """

    def __init__(
        self,
        session: VenueSession,
        clock: Clock,
        *,
        account: str = "",
        reconcile: Reconcile,
        silence_s: float = SILENCE_S,
        opening_s: float = OPENING_S,
        unread: int = UNREAD,
        backoff: Backoff | None = None,
        ask_every_s: float = ASK_EVERY_S,
    ) -> None:
        self._session, self._clock, self._ask_venue = session, clock, reconcile
        self._opening_s, self._unread, self._ask_every_s = opening_s, unread, ask_every_s
        self._account = account or session.connection.account
        self._pulse_s = min(PULSE_S, silence_s / 3)
        self._supervisor = StreamSupervisor(
            f"account stream {session.connection.venue}",
            clock,
            self._serve,
            silence_s=silence_s,
            backoff=backoff,
            on_up=self._after_gap,
        )
        self._followers: list[OrderQueue] = []
        self._asking: set[OrderQueue] = set()
        self._keeper: asyncio.Task[None] | None = None
        self._asker: asyncio.Task[None] | None = None
        self._asked_s: float | None = None
        self._gaps = self._unreadable = self._dropped = 0
        self._unknown = ""

    @property
    def health(self) -> StreamHealth:
        health = self._supervisor.health
        return evolve(
            health,
            gaps=self._gaps,
            unreadable=self._unreadable,
            dropped=self._dropped,
            trouble=health.trouble or self._unknown,
        )

    def updates(self) -> AbstractAsyncContextManager[AsyncIterator[BrokerOrder]]:
        """Snapshots of every order of the account, ours or not, from entering on; no replay of what was before."""
        return self._following()

    @asynccontextmanager
    async def _following(self) -> AsyncIterator[AsyncIterator[BrokerOrder]]:
        follower = OrderQueue(self._unread, self._ask)
        self._followers.append(follower)
        try:
            if self._keeper is None:
                self._keeper = asyncio.create_task(self._supervisor.run(), name="account-stream")
            await self._supervisor.up_within(self._opening_s)
            follower.is_in = True
            yield follower
        finally:
            self._followers.remove(follower)
            self._asking.discard(follower)
            follower.leave()
            if not self._followers:
                await self._close()

    async def _close(self) -> None:
        tasks = [task for task in (self._keeper, self._asker) if task is not None]
        self._keeper = self._asker = None
        await ended(*tasks)

    # ── the socket ─────────────────────────────────────────────────────────────────────────────────────────────

    async def _serve(self) -> None:
        streamer = VenueAlertStreamer(
            self._session,
            account=self._account,
            heard=self._supervisor.heard,
            unreadable=self._missed,
            order=self._hand_out,
        )
        async with streamer:
            await streamer.connect()
            self._supervisor.up()
            while True:
                await self._clock.sleep(self._pulse_s)
                await streamer.heartbeat()

    def _hand_out(self, raw: Json) -> None:
        if raw.get("account-number", self._account) != self._account:
            return  # another account's
        for order in self._read([raw]):
            for follower in self._followers:
                self._dropped += not follower.put(order)
            return
        self._missed(count=0)

    def _read(self, rows: Iterable[Json]) -> list[BrokerOrder]:
        """Those of *rows* that can be read; the others are counted."""
        orders = []
        for raw in rows:
            try:
                orders.append(read_order(raw))
            except Exception:  # noqa: BLE001  whatever is odd about one order, the others are told of
                self._unreadable += 1
        return orders

    # ── what was missed ────────────────────────────────────────────────────────────────────────────────────────

    def _after_gap(self) -> None:
        """Open again, or open at last: those who were let in before may have missed something."""
        self._fall_behind([follower for follower in self._followers if follower.is_in])

    def _missed(self, *, count: int = 1) -> None:
        self._unreadable += count
        self._fall_behind(self._followers)

    def _fall_behind(self, followers: Sequence[OrderQueue]) -> None:
        self._gaps += bool(followers)
        for follower in followers:
            follower.fall_behind()

    def _ask(self, follower: OrderQueue) -> None:
        self._asking.add(follower)
        if self._asker is None or self._asker.done():
            self._asker = asyncio.create_task(self._catch_up(), name="account-stream-reconcile")

    async def _catch_up(self) -> None:
        """Ask until every follower that is behind has an answer; one that falls behind meanwhile has the next one."""
        backoff = reconnects(first_s=1.0)
        while self._asking:
            if self._asked_s is not None:
                await self._clock.sleep(self._asked_s + self._ask_every_s - self._clock.monotonic())
            asking, self._asking = self._asking, set()  # a gap from here on is not in this answer
            try:
                rows = await self._ask_venue()
            except Exception as error:  # noqa: BLE001  the gap stays, and is asked about again
                self._asking |= asking.intersection(self._followers)
                self._unknown = f"what was missed is not known yet: {why(error)}"
                await self._clock.sleep(backoff.next())
                continue
            self._asked_s, self._unknown = self._clock.monotonic(), ""
            orders = self._read(rows)
            for follower in asking:
                follower.catch_up(orders)
