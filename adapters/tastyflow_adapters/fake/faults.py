"""
Any broker with faults: `FaultyBroker` wraps one, and `FakeFaults` says what goes wrong.

    place ──▶ ✗ not sent          NotSent: no byte left
              ──▶ ✗ request lost  OutcomeUnknown, and nothing was placed
              ──▶ venue ──▶ ✗ response lost   OutcomeUnknown, and it was placed
                        ──▶ … answered late   the stream has told of it before the answer comes
              ──▶ ✗ refused       VenueRefused, in any code

    find     orders are invisible to searches for ``search_lag_s`` after they were placed
    updates  snapshots sent twice, swapped, lost; or silence on an open line
"""

from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random
from typing import TypeVar

from attrs import define, field, frozen

from tastyflow.domain.ticket import Ticket
from tastyflow.domain.venue import Account, Balances, BrokerOrder, DryRun, Position, Venue
from tastyflow.errors import NotSent, OutcomeUnknown, VenueFailure, VenueRefused
from tastyflow.ports import Broker, Clock, Leave, OnQueued, QueuePlace, SendingTurn
from tastyflow_adapters.clock import SystemClock

T = TypeVar("T")


class FakeFaultKind(StrEnum):
    """What goes wrong with one call."""

    NOT_SENT = "not_sent"
    REQUEST_LOST = "request_lost"
    RESPONSE_LOST = "response_lost"
    REFUSED = "refused"
    DELAYED = "delayed"
    ANSWERED_LATE = "answered_late"


@frozen
class FakeFault:
    """
    What goes wrong with one call.

    Attributes:
        delay_s: How long the call takes before it goes wrong; of a lost or late answer, after the venue has acted.
        code: Of a refusal: the venue's code.
    """

    kind: FakeFaultKind
    delay_s: float = 0.0
    code: str = "sim.refused"
    message: str = "Refused by the fault plan."


NOT_SENT = FakeFault(FakeFaultKind.NOT_SENT)
REQUEST_LOST = FakeFault(FakeFaultKind.REQUEST_LOST)
RESPONSE_LOST = FakeFault(FakeFaultKind.RESPONSE_LOST)


def refused(code: str, message: str = "Refused by the fault plan.") -> FakeFault:
    return FakeFault(FakeFaultKind.REFUSED, code=code, message=message)


def delayed(delay_s: float) -> FakeFault:
    return FakeFault(FakeFaultKind.DELAYED, delay_s=delay_s)


def answered_late(delay_s: float) -> FakeFault:
    return FakeFault(FakeFaultKind.ANSWERED_LATE, delay_s=delay_s)


@define
class StreamFaults:
    """
    What goes wrong with the snapshots, each with its probability.

    Attributes:
        is_silent: Nothing arrives while this is true, and what came meanwhile is lost; the line stays open.
    """

    twice: float = 0.0
    swapped: float = 0.0
    lost: float = 0.0
    is_silent: bool = False
    seed: int = 0


class FakeFaults:
    """
    The plan of what goes wrong.

    Args:
        calls: By name of the port's method, one fault per call; None is a call that goes well, as are all after them.
        chances: By name of the method, faults with their probabilities, for calls beyond the plan.
        search_lag_s: For how long `find` does not see a new order.
    """

    def __init__(
        self,
        calls: Mapping[str, Iterable[FakeFault | None]] | None = None,
        *,
        chances: Mapping[str, Mapping[FakeFault, float]] | None = None,
        search_lag_s: float = 0.0,
        stream: StreamFaults | None = None,
        seed: int = 0,
    ) -> None:
        self.search_lag_s = search_lag_s
        self.stream = stream or StreamFaults()
        self._planned = {call: deque(faults) for call, faults in (calls or {}).items()}
        self._chances = chances or {}
        self._rng = Random(seed)  # noqa: S311  chance that can be repeated

    def plan(self, call: str, *faults: FakeFault | None) -> None:
        """Let the next calls of a method go wrong in this way."""
        self._planned.setdefault(call, deque()).extend(faults)

    def next(self, call: str) -> FakeFault | None:
        """What goes wrong with this call."""
        if planned := self._planned.get(call):
            return planned.popleft()
        return next((each for each, chance in self._chances.get(call, {}).items() if self._rng.random() < chance), None)


@define
class FaultyBroker:
    """A broker whose calls and stream go wrong as *faults* says; *clock* is for delays and lags."""

    broker: Broker
    faults: FakeFaults = field(factory=FakeFaults)
    clock: Clock = field(factory=SystemClock)
    _placed_at: dict[str, datetime] = field(factory=dict, init=False)

    @property
    def venue(self) -> Venue:
        return self.broker.venue

    async def ready(self) -> None:
        await self._suffer("ready", self.broker.ready)

    async def account(self) -> Account:
        return await self._suffer("account", self.broker.account)

    async def dry_run(self, ticket: Ticket, *, turn: SendingTurn | None = None) -> DryRun:
        return await self._suffer("dry_run", lambda: self.broker.dry_run(ticket, turn=turn))

    async def turn(self, queued: OnQueued | None = None, *, for_dry_run: bool = False) -> SendingTurn:
        return await self.broker.turn(queued, for_dry_run=for_dry_run)

    def queue_place(self, behind: int) -> QueuePlace:
        return self.broker.queue_place(behind)

    async def listed(self, since: datetime) -> Sequence[BrokerOrder]:
        found = await self._suffer("listed", lambda: self.broker.listed(since))
        return [order for order in found if self._is_visible(order)]

    async def place(
        self, ticket: Ticket, *, external_id: str, turn: SendingTurn | None = None, leave: Leave | None = None
    ) -> BrokerOrder:
        def act() -> Awaitable[BrokerOrder]:
            return self._noted(self.broker.place(ticket, external_id=external_id, turn=turn, leave=leave))

        return await self._suffer("place", act)

    def body_of(self, ticket: Ticket, *, external_id: str, replacing: bool = False) -> str:
        return self.broker.body_of(ticket, external_id=external_id, replacing=replacing)

    async def find(self, external_id: str, *, since: datetime | None = None) -> Sequence[BrokerOrder]:
        found = await self._suffer("find", lambda: self.broker.find(external_id, since=since))
        return [order for order in found if self._is_visible(order)]

    async def get(self, broker_order: str) -> BrokerOrder | None:
        return await self._suffer("get", lambda: self.broker.get(broker_order))

    async def cancel(self, broker_order: str) -> BrokerOrder:
        return await self._suffer("cancel", lambda: self.broker.cancel(broker_order))

    async def replace(
        self,
        broker_order: str,
        ticket: Ticket,
        *,
        external_id: str,
        turn: SendingTurn | None = None,
        leave: Leave | None = None,
    ) -> BrokerOrder:
        def act() -> Awaitable[BrokerOrder]:
            replacing = self.broker.replace(broker_order, ticket, external_id=external_id, turn=turn, leave=leave)
            return self._noted(replacing)

        return await self._suffer("replace", act)

    def updates(self) -> AbstractAsyncContextManager[AsyncIterator[BrokerOrder]]:
        return self._disturbed()

    async def positions(self) -> Sequence[Position]:
        return await self._suffer("positions", self.broker.positions)

    async def balances(self) -> Balances:
        return await self._suffer("balances", self.broker.balances)

    async def _suffer(self, call: str, act: Callable[[], Awaitable[T]]) -> T:
        fault = self.faults.next(call)
        if fault is None:
            return await act()
        if fault.kind is FakeFaultKind.RESPONSE_LOST:
            with suppress(VenueFailure):  # a refusal is lost on the way like any other answer
                await act()
        if fault.kind is FakeFaultKind.ANSWERED_LATE:
            answer = await act()
            await self._pass(fault.delay_s)
            return answer
        await self._pass(fault.delay_s)
        if fault.kind is FakeFaultKind.DELAYED:
            return await act()
        if fault.kind is FakeFaultKind.NOT_SENT:
            raise NotSent(f"The {call} request could not be sent.")
        if fault.kind is FakeFaultKind.REFUSED:
            raise VenueRefused(fault.message, code=fault.code)
        raise OutcomeUnknown(f"No answer to the {call} request.")  # the caller cannot tell what was lost

    async def _pass(self, seconds: float) -> None:
        if seconds:
            await self.clock.sleep(seconds)

    async def _noted(self, placing: Awaitable[BrokerOrder]) -> BrokerOrder:
        order = await placing
        if self.faults.search_lag_s:
            self._placed_at[order.broker_order] = self.clock.now()
        return order

    def _is_visible(self, order: BrokerOrder) -> bool:
        placed_at = self._placed_at.get(order.broker_order)
        if placed_at is None:
            return True
        return self.clock.now() - placed_at >= timedelta(seconds=self.faults.search_lag_s)

    @asynccontextmanager
    async def _disturbed(self) -> AsyncIterator[AsyncIterator[BrokerOrder]]:
        async with self.broker.updates() as stream:
            yield DisturbedStream(stream, self.faults.stream)


class DisturbedStream:
    """Snapshots of *stream*, by chance told twice, swapped with the next one, or lost."""

    def __init__(self, stream: AsyncIterator[BrokerOrder], faults: StreamFaults) -> None:
        self._stream = stream
        self._faults = faults
        self._rng = Random(faults.seed)  # noqa: S311  chance that can be repeated
        self._ready: deque[BrokerOrder] = deque()
        self._held_back: BrokerOrder | None = None

    def __aiter__(self) -> "DisturbedStream":
        return self

    async def __anext__(self) -> BrokerOrder:
        while not self._ready:
            try:
                self._disturb(await anext(self._stream))
            except StopAsyncIteration:
                if self._held_back is None:
                    raise
                self._release()
        return self._ready.popleft()

    def _disturb(self, snapshot: BrokerOrder) -> None:
        if self._faults.is_silent or self._rng.random() < self._faults.lost:
            return
        if self._held_back is None and self._rng.random() < self._faults.swapped:
            self._held_back = snapshot  # after the next one
            return
        times = 2 if self._rng.random() < self._faults.twice else 1
        self._ready.extend([snapshot] * times)
        self._release()

    def _release(self) -> None:
        if self._held_back is not None:
            self._ready.append(self._held_back)
            self._held_back = None
