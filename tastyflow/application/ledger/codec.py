"""
Events to bytes and back: JSON that a person can read in the database, typed by the event classes themselves.

    event ─▶ payload (its own fields; the ids stay in their columns) ─▶ JSON          topic names the class
    JSON  ─▶ payload, typed and defaulted ─▶ event

A field added later is defaulted when an old event lacks it. What is hashed or compared is always the stored bytes.
"""

from functools import cache, lru_cache
from typing import Any, Final, TypedDict, get_args, get_type_hints
from uuid import UUID

import attrs
import msgspec
from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import Mapper, StoredEvent

from tastyflow.domain import book, halt, incident, preview, setup, signal, signal_rule, testresult, trader
from tastyflow.domain.events import TOPICS, Event
from tastyflow.domain.order import events as order_events
from tastyflow.domain.ticket import Ticket
from tastyflow.errors import StoreFailure

_VOCABULARY = (
    order_events,
    setup,
    testresult,
    trader,
    book,
    halt,
    incident,
    preview,
    signal,
    signal_rule,
)  # imported, they fill TOPICS
_COLUMNS = frozenset({"originator_id", "originator_version"})
_TICKETS_KEPT: Final = 4096
"""How many tickets that were read last are kept: the events of one order hold the same one several times."""

_encode = msgspec.json.Encoder(decimal_format="string").encode
_form: Final = msgspec.json.Decoder(dict[str, Any] | None)


@cache
def _shape(topic: str) -> tuple[tuple[str, ...], msgspec.json.Decoder[Any], tuple[str, ...]]:
    """The payload's field names, its decoder, and which of the fields are tickets."""
    cls = TOPICS[topic]
    hints = get_type_hints(cls)
    names = tuple(a.name for a in attrs.fields(cls) if a.name not in _COLUMNS)
    tickets = tuple(name for name in names if Ticket in (hints[name], *get_args(hints[name])))
    stored = {name: msgspec.Raw if name in tickets else hints[name] for name in names}
    payload = TypedDict(cls.__name__, stored, total=False)  # type: ignore[misc]
    return names, msgspec.json.Decoder(payload), tickets


def encode(event: Event) -> bytes:
    """The payload of *event* as JSON: every field but the aggregate's id and version."""
    names, _, tickets = _shape(event.TOPIC)
    payload = {name: getattr(event, name) for name in names}
    for name in tickets:
        payload[name] = payload[name] and payload[name].as_form()
    return _encode(payload)


def decode(topic: str, originator_id: UUID, originator_version: int, state: bytes) -> Event:
    """
    The event that was stored.

    Raises:
        StoreFailure: code ``unreadable_event``, for an unknown topic or a payload that does not fit it.
    """
    try:
        cls = TOPICS[topic]
        _, decoder, tickets = _shape(topic)
        payload = decoder.decode(state)
        for name in tickets:
            payload[name] = _ticket(bytes(payload[name])) if name in payload else None
        return cls(originator_id=originator_id, originator_version=originator_version, **payload)
    except Exception as error:
        raise StoreFailure(
            f"Event {originator_version} of {originator_id} ({topic[:80]}) cannot be read: {error}.",
            code="unreadable_event",
            hint="The log was written by a newer version, or was tampered with.",
        ) from error


@lru_cache(_TICKETS_KEPT)
def _ticket(form: bytes) -> Ticket | None:
    """The ticket of its JSON; nothing of what is empty."""
    stored = _form.decode(form)
    return Ticket.from_form(stored) if stored else None


class EventMapper(Mapper[UUID]):
    """The library's mapper on this codec; it needs no transcoder."""

    def to_stored_event(self, domain_event: DomainEventProtocol[UUID]) -> StoredEvent:
        assert isinstance(domain_event, Event)  # noqa: S101  the ledger appends nothing else
        return StoredEvent(
            originator_id=domain_event.originator_id,
            originator_version=domain_event.originator_version,
            topic=domain_event.TOPIC,
            state=encode(domain_event),
        )

    def to_domain_event(self, stored_event: StoredEvent) -> DomainEventProtocol[UUID]:
        originator_id = stored_event.originator_id
        assert isinstance(originator_id, UUID)  # noqa: S101  our tables hold no other kind of id
        return decode(stored_event.topic, originator_id, stored_event.originator_version, stored_event.state)
