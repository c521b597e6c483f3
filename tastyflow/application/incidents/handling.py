"""
What a person does with incidents: sees those that are open, says that they look at one, closes it.

    open_ones ─▶ find(reference) ─▶ acknowledge ─▶ close, with what was done

A reference is the first digits of an incident's id, or of the id of the order that it is about.
"""

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

from attrs import frozen

from tastyflow.application.attribution import Author, because_of
from tastyflow.application.incidents.opening import MAX_WORDS
from tastyflow.application.intake.identify import Installation, permitted
from tastyflow.application.ledger.ledger import Ledger
from tastyflow.application.ledger.lookup import Lookup
from tastyflow.application.message import Message, bounded
from tastyflow.domain.events import Because, Event
from tastyflow.domain.incident import Incident, IncidentClosed, IncidentKind, IncidentOpened, IncidentReopened
from tastyflow.errors import Refused

BIRTHS: Final = (IncidentOpened.TOPIC,)


@frozen
class Handler:
    """
    The person who handles incidents.

    Attributes:
        by: By the name that people know.
        trader: As a trader; None for an operator at the machine.
    """

    by: str
    why: Because
    trader: UUID | None = None


def handler_of(installation: Installation, message: Message, at: datetime) -> Handler:
    """
    The author of *message*, who handles incidents.

    Raises:
        Refused: The author is no trader, or may not.
    """
    trader = permitted(installation, message, "incidents")
    return Handler(trader.name, because_of(message, Author(trader.id, trader.name), at), trader.id)


def open_incidents(ledger: Ledger) -> tuple[Incident, ...]:
    """
    Every incident that is open, the oldest first.

    What was closed for good is passed over by an index; only what was seen again after its end is read to know.
    """
    log = ledger.log
    never_closed = log.select(BIRTHS, without=(IncidentClosed.TOPIC,))
    seen_again = log.select((IncidentReopened.TOPIC,))
    found = _read(ledger, dict.fromkeys((*never_closed, *seen_again)))
    return tuple(sorted((each for each in found if each.is_open), key=lambda each: (each.opened_at, each.id)))


class Incidents:
    """The incidents of one log."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._orders = Lookup(ledger)

    def open_ones(self) -> tuple[Incident, ...]:
        """Every incident that is open, the oldest first."""
        return open_incidents(self._ledger)

    def find(self, reference: str) -> Incident:
        """
        The incident that *reference* names, open or closed.

        Raises:
            Refused: code ``unknown_incident`` or ``ambiguous_incident``.
        """
        prefix = reference.lower().lstrip("#").replace("-", "")
        if not re.fullmatch(r"[0-9a-f]{1,32}", prefix):
            raise _unknown(reference)
        found = list(_read(self._ledger, self._ledger.log.select(BIRTHS, prefix=prefix)))
        if len(found) > 1:
            named = ", ".join(each.id.hex[:10] for each in found[:5])
            raise Refused(f"{reference!r} names several incidents.", code="ambiguous_incident", hint=f"Say: {named}.")
        return found[0] if found else self._of_order(reference)

    def _of_order(self, reference: str) -> Incident:
        try:
            order = self._orders.find(reference)
        except Refused:
            raise _unknown(reference) from None
        found = self._ledger.read(Incident, Incident.id_of(IncidentKind.ORDER, order.id.hex))
        if found is None:
            raise _unknown(reference)
        return found

    async def acknowledge(self, reference: str, who: Handler) -> Incident:
        """
        *who* looks at it: the operators are told no more.

        Raises:
            Refused: code ``incident_closed``; also as `find` says.
        """
        return await self._changed(self.find(reference), lambda known: known.acknowledge(by=who.by, why=who.why))

    async def close(self, reference: str, how: str, who: Handler) -> Incident:
        """
        It is over; *how* says what was done.

        Raises:
            Refused: code ``incident_closed`` or ``reason_needed``; also as `find` says.
        """
        said = in_a_line(how)
        return await self._changed(self.find(reference), lambda known: known.close(by=who.by, how=said, why=who.why))

    async def _changed(self, incident: Incident, verb: Callable[[Incident], Event | None]) -> Incident:
        tx = await self._ledger.change(lambda tx: tx.record(verb(tx.require(Incident, incident.id))))
        return tx.require(Incident, incident.id)


def in_a_line(words: str) -> str:
    """What a person typed, on one line, no longer than the log keeps."""
    return bounded(" ".join(words.split()), MAX_WORDS)


def _read(ledger: Ledger, ids: Iterable[UUID]) -> Iterable[Incident]:
    return (each for each in (ledger.read(Incident, incident_id) for incident_id in ids) if each is not None)


def _unknown(reference: str) -> Refused:
    return Refused(
        f"There is no incident {reference[:40]!r}.",
        code="unknown_incident",
        hint="Name it by the first digits of its id, or of the order that it is about.",
    )
