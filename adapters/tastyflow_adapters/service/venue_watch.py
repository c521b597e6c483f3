"""
What the operators must hear of a venue while no order meets it: a login that is gone, a clock that lies apart.

    every `LOOK_S` ─▶ each venue's reading ─▶ ill `TIMES` times in a row ─▶ an incident ─▶ well again ─▶ closed

A login is renewed long before it ends: one that is not good any more is one that the venue does not give. A clock
that lies apart by more than `SKEW_S` misjudges quotes, proofs and hours.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Final

from attrs import frozen

from tastyflow.application.context import Context
from tastyflow.application.desk import Desk
from tastyflow.application.incidents import close_incident, open_incident
from tastyflow.application.ledger.transaction import Transaction
from tastyflow.application.service.supervision import MayAct
from tastyflow.domain.events import Because
from tastyflow.domain.incident import IncidentKind
from tastyflow.errors import StoreFailure
from tastyflow_adapters.service.venue_readings import VenueReading, readings_of

LOOK_S: Final = 10.0
TIMES: Final = 3
"""So many looks in a row: a login that is being renewed, or one slow answer, is no incident."""

SKEW_S: Final = 2.0
"""Two seconds: what tastyflow lets a clock be wrong by before it says so."""

HINTS: Final[Mapping[IncidentKind, str]] = {
    IncidentKind.LOGIN: "See what the venue says of the login, and store new secrets if need be.",
    IncidentKind.CLOCK: "Set this machine's clock: run an NTP client.",
}


@frozen
class VenueTrouble:
    """What is the matter with a venue; *message* is None where nothing is."""

    kind: IncidentKind
    subject: str
    message: str | None
    context: Context


class VenueWatch:
    """Opens and closes the incidents of the venues of *desk*."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._ill: Counter[tuple[IncidentKind, str]] = Counter()

    async def run(self, may_act: MayAct) -> None:
        """For ever."""
        while True:
            if may_act():
                await self.look()
            await self._desk.context.clock.sleep(LOOK_S)

    async def look(self) -> None:
        """Look once at every venue."""
        for trouble in self._troubles():
            subject = (trouble.kind, trouble.subject)
            self._ill[subject] = self._ill[subject] + 1 if trouble.message else 0
            if not trouble.message or self._ill[subject] == TIMES:
                with suppress(StoreFailure):  # a log that cannot be written has an incident of its own
                    await self._record(trouble)

    def _troubles(self) -> Iterator[VenueTrouble]:
        told: set[str] = set()
        for reading in readings_of(self._desk):
            if reading.venue.value not in told:  # one login, and one clock, for all accounts of a venue
                told.add(reading.venue.value)
                yield VenueTrouble(IncidentKind.LOGIN, reading.venue.value, _no_login(reading), reading.context)
                yield VenueTrouble(IncidentKind.CLOCK, reading.venue.value, _apart(reading), reading.context)

    async def _record(self, trouble: VenueTrouble) -> None:
        context = trouble.context
        why = Because("service", "venue watch", "venue watch", context.clock.now(), context.clock.mark())

        def decide(tx: Transaction) -> None:
            if trouble.message is None:
                close_incident(tx, trouble.kind, trouble.subject, how="It is well again.", why=why)
                return
            open_incident(
                tx,
                trouble.kind,
                trouble.subject,
                message=trouble.message,
                hint=HINTS[trouble.kind],
                environment=context.environment,
                why=why,
            )

        await context.ledger.change(decide)


def _no_login(reading: VenueReading) -> str | None:
    if reading.health.token_left_s > 0:
        return None
    return f"There is no login at the {reading.venue}: no order can leave for it, and what works there is not seen."


def _apart(reading: VenueReading) -> str | None:
    ahead_s = reading.health.ahead_s
    if ahead_s is None or abs(ahead_s) <= SKEW_S:
        return None
    lies = "behind" if ahead_s > 0 else "ahead of"
    return f"This machine's clock is {lies} that of the {reading.venue} by more than {SKEW_S:g} s."
