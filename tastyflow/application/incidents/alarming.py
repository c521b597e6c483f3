"""
The operators are told what a person must look at, again and again, until a person looks.

    open, and no person looks ─▶ due? ─▶ one message by every channel at once ─▶ recorded: by which, and which failed
                                  ▲                                                │
                                  └──── 2, 5, 10, 30, 30 … minutes later ◀──────────┘

    what the log could not take ─▶ told at once by the same channels ─▶ recorded once the log can be written

A service runs it all the time. Without one each command does it once, when its work is done: never between the claim of
an order and its sending. Two processes that tell at the same time tell twice, and record it once.
"""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Final
from uuid import UUID

from attrs import frozen

from tastyflow.application.incidents.handling import open_incidents, pass_over_closed
from tastyflow.application.incidents.opening import open_incident
from tastyflow.application.incidents.unrecorded import Unrecorded
from tastyflow.application.ledger.ledger import Ledger
from tastyflow.application.ledger.transaction import Transaction
from tastyflow.domain.age import age_s
from tastyflow.domain.events import Because
from tastyflow.domain.incident import Incident, IncidentKind, IncidentState
from tastyflow.domain.order import Order
from tastyflow.domain.venue import Venue
from tastyflow.errors import StoreFailure
from tastyflow.ports import Channel, Clock

logger = logging.getLogger(__name__)

LOOK_S: Final = 2.0
"""How often a service looks for what is due."""

CHANNEL_S: Final = 10.0
"""How long one channel is waited for."""


@frozen
class Told:
    """By which channels the operators were told, and which did not take the message."""

    channels: tuple[str, ...]
    failed: tuple[str, ...] = ()


class Alarms:
    """
    Tells the operators.

    Args:
        waits_s: `Policy.operators_waits_s`.
        unrecorded: What the log could not take; told too.
    """

    def __init__(
        self,
        ledger: Ledger,
        clock: Clock,
        channels: Sequence[Channel],
        waits_s: Sequence[float],
        unrecorded: Unrecorded | None = None,
    ) -> None:
        self._ledger = ledger
        self._clock = clock
        self._channels = tuple(channels)
        self._waits_s = tuple(waits_s)
        self._unrecorded = unrecorded or Unrecorded()
        self._told_here: dict[UUID, tuple[int, float]] = {}

    async def run(self) -> None:
        """For ever: tell what is due, and look again."""
        while True:
            try:
                await self.tell_unrecorded()
                await self.tell_due()
            except StoreFailure as failure:
                logger.warning("Incidents cannot be read: %s", failure.message)
            await self._clock.sleep(LOOK_S)

    def due(self) -> tuple[Incident, ...]:
        """The open incidents of which the operators are to be told now."""
        waiting = (each for each in open_incidents(self._ledger) if not each.acknowledged_by)
        return tuple(each for each in waiting if self._is_due(each))

    async def tell_due(self) -> tuple[Incident, ...]:
        """
        Tell of what is due, and record that; what was told.

        Raises:
            StoreFailure: The log cannot be read.
        """
        with suppress(StoreFailure):  # it costs time, and nothing else
            await pass_over_closed(self._ledger)
        due = self.due()
        if not due:
            return ()
        told = await self._tell(due)
        for incident in due:
            self._told_here[incident.id] = incident.version, self._clock.monotonic()
            try:
                await self._ledger.change(partial(self._record, incident, told))
            except StoreFailure as failure:
                logger.warning("That the operators were told is not recorded: %s", failure.message)
        return due

    async def tell_unrecorded(self) -> None:
        """Tell of what the log could not take, once, and record it as soon as it can be written."""
        for doubt in self._unrecorded.untold():
            await self._tell([self._unwritten(doubt.order, doubt.message)])
        for doubt in self._unrecorded.unwritten():
            try:
                await self._ledger.change(partial(self._open, doubt.order, doubt.message))
            except StoreFailure:
                return  # it stays in the list: the next look tries again
            self._unrecorded.written(doubt)

    async def _tell(self, incidents: Sequence[IncidentState]) -> Told:
        answers = await asyncio.gather(*(self._by(channel, incidents) for channel in self._channels))
        names = [channel.name for channel in self._channels]
        failed = tuple(name for name, is_told in zip(names, answers, strict=True) if not is_told)
        return Told(tuple(name for name in names if name not in failed), failed)

    async def _by(self, channel: Channel, incidents: Sequence[IncidentState]) -> bool:
        try:
            async with asyncio.timeout(CHANNEL_S):
                await channel.tell(incidents)
        except Exception as error:  # noqa: BLE001  whatever a neighbour raises: the others tell all the same
            logger.warning("The operators are not told by %s (%s)", channel.name, type(error).__name__)
            return False
        return True

    def _is_due(self, incident: Incident) -> bool:
        pause_s = self._waits_s[min(incident.told, len(self._waits_s)) - 1]
        here = self._told_here.get(incident.id)
        if here is not None and here[0] == incident.version:  # it could not be recorded: it is told again after a pause
            return self._clock.monotonic() - here[1] >= self._waits_s[0]
        if incident.told_at is None:
            return True
        now, now_mark = self._clock.now(), self._clock.mark()
        return age_s(incident.told_at, incident.told_mark, now=now, now_mark=now_mark) >= pause_s

    def _record(self, incident: Incident, told: Told, tx: Transaction) -> None:
        known = tx.require(Incident, incident.id)
        if known.is_open and known.told == incident.told:  # else another process told it meanwhile
            tx.record(known.tell(told.channels, failed=told.failed, why=self._why()))

    def _open(self, order_id: UUID, message: str, tx: Transaction) -> None:
        order = tx.require(Order, order_id)
        if not any(a.is_open and a.broker_order is None for a in order.attempts if a.venue is Venue.PRODUCTION):
            return  # meanwhile it is known what became of it
        open_incident(
            tx,
            IncidentKind.STORE,
            order_id.hex,
            message=message,
            order=order_id,
            account=order.account,
            environment=order.environment,
            why=self._why(),
        )

    def _unwritten(self, order_id: UUID, message: str) -> IncidentState:
        incident_id = Incident.id_of(IncidentKind.STORE, order_id.hex)
        now = self._clock.now()
        return IncidentState(incident_id, 0, IncidentKind.STORE, order_id.hex, message, now, order=order_id)

    def _why(self) -> Because:
        now, mark = self._clock.now(), self._clock.mark()
        return Because(actor="operators", cause="telling", command_id="telling", at=now, mark=mark)
