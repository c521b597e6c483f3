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

PLACE: Final = "incidents closed"
"""The bookmark up to which every incident that was opened is closed; one that is seen again is opened behind it."""

WORTH_MOVING: Final = 32
"""How many closed ones are read before the place is moved."""


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
    """Every incident that is open, the oldest first. What was opened up to `PLACE` is closed, and is not read."""
    place = _place_of(ledger)
    found = _read(ledger, _opened_since(ledger, place) if place else _perhaps_open(ledger))
    return tuple(sorted((each for each in found if each.is_open), key=lambda each: (each.opened_at, each.id)))


async def pass_over_closed(ledger: Ledger) -> None:
    """
    Move `PLACE` to before the oldest incident that is open, where that passes over many.

    Raises:
        StoreFailure: The log cannot be read or written.
    """
    before, end = _place_of(ledger), ledger.end()  # what is opened from here on lies behind
    opened = _opened_since(ledger, before)
    still = [at for each, at in opened.items() if (known := ledger.read(Incident, each)) is not None and known.is_open]
    if len(opened) - len(still) >= WORTH_MOVING and (place := min(still, default=end + 1) - 1) > before:
        await ledger.keep_bookmark(PLACE, place)


def _place_of(ledger: Ledger) -> int:
    place = ledger.bookmark(PLACE) or 0
    return place if place <= ledger.end() else 0  # the log has lost its end since


def _perhaps_open(ledger: Ledger) -> Iterable[UUID]:
    """What was never closed, by an index, and what was seen again after its end."""
    never_closed = ledger.log.select(BIRTHS, without=(IncidentClosed.TOPIC,))
    return dict.fromkeys((*never_closed, *ledger.log.select((IncidentReopened.TOPIC,))))


def _opened_since(ledger: Ledger, place: int) -> dict[UUID, int]:
    """The incidents that were opened, or seen again, after the position *place*; each with where that was last."""
    rows = ledger.rows(after=place, topics=(IncidentOpened.TOPIC, IncidentReopened.TOPIC))
    return {row.originator_id: row.id for row in rows if isinstance(row.originator_id, UUID)}


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
