"""
Brokers that send nothing once the lease of this process is in doubt.

    place · replace · cancel ─▶ is the lease held? ─▶ the broker     no: NotSent, nothing left this machine
    everything else          ─▶ the broker

A process that was stopped and goes on acts in the order in which its tasks wake. The question is asked as the last
thing before the first byte, too (`Leave`): whichever task wakes first, nothing is sent by a process that was replaced.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime

from tastyflow.domain.ticket import Ticket
from tastyflow.domain.venue import Account, Balances, BrokerOrder, DryRun, Position, Venue
from tastyflow.errors import NotSent
from tastyflow.ports import Broker, Leave, OnQueued, QueuePlace, SendingTurn


class FencedBroker:
    """*broker*, which sends only while *may_act* says so."""

    def __init__(self, broker: Broker, may_act: Callable[[], bool]) -> None:
        self.broker = broker
        self._may_act = may_act

    def _require(self) -> None:
        if not self._may_act():
            raise NotSent(
                "Another service may have taken over, so this one sends nothing.",
                code="fenced",
                hint="The other one goes on with it.",
            )

    def _leaving(self, leave: Leave | None) -> Leave:
        def fenced() -> None:
            self._require()
            if leave is not None:
                leave()

        return fenced

    @property
    def venue(self) -> Venue:
        return self.broker.venue

    async def ready(self) -> None:
        self._require()
        await self.broker.ready()

    async def account(self) -> Account:
        return await self.broker.account()

    async def dry_run(self, ticket: Ticket, *, turn: SendingTurn | None = None) -> DryRun:
        return await self.broker.dry_run(ticket, turn=turn)

    async def turn(self, queued: OnQueued | None = None, *, for_dry_run: bool = False) -> SendingTurn:
        self._require()
        return await self.broker.turn(queued, for_dry_run=for_dry_run)

    def queue_place(self, behind: int) -> QueuePlace:
        return self.broker.queue_place(behind)

    async def place(
        self, ticket: Ticket, *, external_id: str, turn: SendingTurn | None = None, leave: Leave | None = None
    ) -> BrokerOrder:
        self._require()
        return await self.broker.place(ticket, external_id=external_id, turn=turn, leave=self._leaving(leave))

    def body_of(self, ticket: Ticket, *, external_id: str, replacing: bool = False) -> str:
        return self.broker.body_of(ticket, external_id=external_id, replacing=replacing)

    async def find(self, external_id: str, *, since: datetime | None = None) -> Sequence[BrokerOrder]:
        return await self.broker.find(external_id, since=since)

    async def get(self, broker_order: str) -> BrokerOrder | None:
        return await self.broker.get(broker_order)

    async def cancel(self, broker_order: str) -> BrokerOrder:
        self._require()
        return await self.broker.cancel(broker_order)

    async def listed(self, since: datetime) -> Sequence[BrokerOrder]:
        return await self.broker.listed(since)

    async def replace(
        self,
        broker_order: str,
        ticket: Ticket,
        *,
        external_id: str,
        turn: SendingTurn | None = None,
        leave: Leave | None = None,
    ) -> BrokerOrder:
        self._require()
        leaving = self._leaving(leave)
        return await self.broker.replace(broker_order, ticket, external_id=external_id, turn=turn, leave=leaving)

    def updates(self) -> AbstractAsyncContextManager[AsyncIterator[BrokerOrder]]:
        return self.broker.updates()

    async def positions(self) -> Sequence[Position]:
        return await self.broker.positions()

    async def balances(self) -> Balances:
        return await self.broker.balances()
