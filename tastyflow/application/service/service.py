"""
The service: one process that follows, recovers and tells, for as long as it runs.

    standing by ─▶ the lease `service` ─▶ desk opened ─▶ reconciled ─▶ parts started ─▶ ready
         ▲                                                                                │
         └── the lease is lost: parts stopped, desk closed ◀──────────────────────────────┤
    asked to stop: no new orders, what is in hand is finished (`service.drain_s` at most), parts stopped,
                   lease given back
    a vital part died again and again: an incident, and the end with an error

    part             lease                        vital   does
    timers                                        yes     what is overdue (`timers`)
    reconcile                                             the venue against the log (`reconciling`)
    log chain                                             the log against its chain (`chain_watch`)
    follow <account> account-stream:<account>     yes     every order at work (`following`)
    and those of the caller: telling operators, chat, signals

The log is read from before the reconciliation on, so that no order falls in between. Nothing here is needed for an
order to be safe: without a service each command looks after what it finds.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from datetime import datetime
from enum import StrEnum
from typing import Final

from attrs import frozen

from tastyflow.application.desk import Desk
from tastyflow.application.incidents import open_incident
from tastyflow.application.ledger.ledger import Ledger
from tastyflow.application.ledger.transaction import Transaction
from tastyflow.application.service.chain_watch import ChainWatch
from tastyflow.application.service.following import LogFollower
from tastyflow.application.service.keeping_models import ModelKeeper
from tastyflow.application.service.leases import SERVICE, Held, Leases, account_stream
from tastyflow.application.service.reconciling import Reconciliations
from tastyflow.application.service.supervision import PartsDied, ServicePart, Supervised, Supervisor
from tastyflow.application.service.timers import Timers
from tastyflow.application.waiting import first_done, first_of
from tastyflow.domain.events import Because
from tastyflow.domain.incident import IncidentKind
from tastyflow.errors import StoreFailure
from tastyflow.ports import Clock

logger = logging.getLogger(__name__)

DRAIN_S: Final = 30.0
"""How long an order in hand may take to its next resting place once the service is asked to stop."""


class Role(StrEnum):
    """What the service is doing."""

    STANDING_BY = "standing by"
    STARTING = "starting"
    WORKING = "working"
    STOPPING = "stopping"


@frozen
class Ready:
    """How the start went: *took_s* from the lease to readiness, with so many orders open."""

    took_s: float
    open_orders: int


class Hears:
    """Is told how the service goes on; each does nothing unless it is overridden."""

    def standing_by(self) -> None:
        """Another service works."""

    def ready(self, ready: Ready) -> None:
        """It works."""

    def lost(self) -> None:
        """Another service has taken over."""

    def stopping(self) -> None:
        """It was asked to stop."""

    def found(self, line: str) -> None:
        """What a reconciliation found, in a sentence."""

    def died(self, part: Supervised) -> None:
        """A part died, and is started again."""


OpenDesk = Callable[[Callable[[], bool]], AbstractAsyncContextManager[Desk]]
"""Opens the desk, whose brokers send only while what is handed in says so."""
MoreParts = Callable[[Desk], Sequence[ServicePart]]


class Service:
    """
    Args:
        open_desk: Opens the desk, once the lease is held.
        accounts: The names of its accounts: their leases are watched while it stands by.
        more_parts: The parts beside following and timers.
        hears: Is told how it goes on.
    """

    def __init__(
        self,
        ledger: Ledger,
        clock: Clock,
        leases: Leases,
        open_desk: OpenDesk,
        *,
        accounts: Sequence[str],
        more_parts: MoreParts = lambda _: (),
        hears: Hears | None = None,
        drain_s: float = DRAIN_S,
    ) -> None:
        self._ledger = ledger
        self._clock = clock
        self.leases = leases
        self._open_desk = open_desk
        self._accounts = tuple(accounts)
        self._more_parts = more_parts
        self._hears = hears or Hears()
        self._drain_s = drain_s
        self._stopping = asyncio.Event()
        self.role = Role.STANDING_BY
        self.since: datetime = clock.now()
        self.desk: Desk | None = None
        self.parts: tuple[Supervised, ...] = ()
        self.held: Held | None = None

    def stop(self) -> None:
        """Ask it to end: what is in hand is finished first."""
        self._stopping.set()

    @property
    def is_asked_to_stop(self) -> bool:
        """Whether it ends by itself from here on."""
        return self._stopping.is_set()

    async def run(self) -> None:
        """
        Until it is asked to stop.

        Raises:
            PartsDied: A vital part died again and again.
            Misconfigured: A part cannot use its settings, and says so at the start.
            TastyflowError: The desk cannot be opened.
        """
        async with self.leases:
            while not self._stopping.is_set():
                self._now(Role.STANDING_BY)
                wanted = [account_stream(each) for each in self._accounts]
                taking = self.leases.take(SERVICE, at_once=wanted, waits=self._hears.standing_by)
                held = await first_of(taking, self._asked_to_stop())
                if held is None:
                    break
                try:
                    await self._work(held)
                finally:
                    await self.leases.give_back(held)
        self._now(Role.STOPPING)

    async def _asked_to_stop(self) -> None:
        await self._stopping.wait()

    async def _work(self, held: Held) -> None:
        """Work until it is asked to stop, the lease is lost, or a vital part has died too often."""
        self.held = held
        self._now(Role.STARTING)
        began_s = self._clock.monotonic()
        async with self._open_desk(lambda: held.may_act) as desk:
            self.desk = desk
            after = self._ledger.end()
            reconciliations = Reconciliations(desk, self._clock, self._hears.found)
            await reconciliations.now()
            parts = self._parts(desk, after, reconciliations)
            supervisor = Supervisor(self._clock, self.leases, parts, died=self._died)
            self.parts = supervisor.parts
            supervisor.start()
            try:
                self._now(Role.WORKING)
                open_orders = len(desk.lookup.everyones_open())
                self._hears.ready(Ready(self._clock.monotonic() - began_s, open_orders))
                await first_done(
                    self._stopping.wait(), held.lost.wait(), asyncio.wait((asyncio.ensure_future(supervisor.failed),))
                )
                if supervisor.failed.done():
                    died = supervisor.failed.exception()
                    if isinstance(died, PartsDied):
                        await self._open_incident(died)
                    supervisor.failed.result()
                if held.lost.is_set():
                    self._hears.lost()
                elif self._stopping.is_set():
                    await self._drain(desk)
            finally:
                await supervisor.close()
                self.desk = None

    async def _drain(self, desk: Desk) -> None:
        self._now(Role.STOPPING)
        self._hears.stopping()
        if not await desk.drain(within_s=self._drain_s):
            logger.warning("An order was still in hand after %g s; the log knows it", self._drain_s)
        await desk.told()

    def _parts(self, desk: Desk, after: int, reconciliations: Reconciliations) -> tuple[ServicePart, ...]:
        return (
            ServicePart("timers", Timers(desk, self._clock).run, is_vital=True),
            ServicePart("reconcile", reconciliations.run),
            ServicePart("log chain", ChainWatch(desk.context).run),
            ServicePart("read models", ModelKeeper(self._ledger, self._clock).run),
            *(
                ServicePart(
                    f"follow {account}",
                    LogFollower(desk, self._ledger, account, after=after).run,
                    is_vital=True,
                    lease=account_stream(account),
                )
                for account in desk.accounts
            ),
            *self._more_parts(desk),
        )

    async def _died(self, supervised: Supervised) -> None:
        self._hears.died(supervised)

    async def _open_incident(self, died: PartsDied) -> None:
        now, mark = self._clock.now(), self._clock.mark()
        why = Because(actor="service", cause="supervision", command_id="supervision", at=now, mark=mark)

        def decide(tx: Transaction) -> None:
            open_incident(tx, IncidentKind.TASK, died.part, message=died.message, hint=died.hint, why=why)

        with suppress(StoreFailure):  # it ends loudly all the same
            await self._ledger.change(decide)

    def _now(self, role: Role) -> None:
        self.role, self.since = role, self._clock.now()
