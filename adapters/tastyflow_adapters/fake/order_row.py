"""
One order as the fake exchange keeps it: what its owner sees, and what is still to come.

    Row ── snapshot()  ──▶ BrokerOrder, for the broker's caller
        └─ to_text / from_text ──▶ two columns of JSON, for the file: the ticket, and all the rest
"""

import json
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec
from attrs import frozen

from tastyflow.domain.ticket import Ticket
from tastyflow.domain.venue import BrokerOrder, Status, VenueFill
from tastyflow_adapters.fake.order_plan import Step, cancelled

MOMENT = timedelta(microseconds=1)


@frozen
class Due:
    """A step, and when it is due."""

    at: datetime
    step: Step


class Row(msgspec.Struct, frozen=True):
    """
    One order.

    Attributes:
        number: Ascends with every order accepted.
        day: The date in New York on which it was placed.
        expires_at: When it ends by itself; None where only time itself ends it.
        reserved_usd: Buying power set aside until it is over.
        successor: The replacement that waits for this order to be cancelled.
    """

    ticket: Ticket  # the first: it has a column of its own
    number: int
    broker_order: str
    external_id: str | None
    status: Status
    updated_at: datetime
    day: date
    fills: tuple[VenueFill, ...] = ()
    reason: str = ""
    replaces: str | None = None
    replaced_by: str | None = None
    to_come: tuple[Due, ...] = ()
    on_cancel: tuple[Step, ...] = (cancelled(),)
    refuses_cancel: str = ""
    rests: bool = False
    expires_at: datetime | None = None
    reserved_usd: Decimal = Decimal(0)
    successor: str | None = None

    def snapshot(self) -> BrokerOrder:
        """What the venue says of it."""
        return BrokerOrder(
            self.broker_order,
            self.external_id,
            self.status,
            self.updated_at,
            self.ticket,
            self.fills,
            self.reason,
            self.replaces,
            self.replaced_by,
        )

    @property
    def due_at(self) -> datetime | None:
        """When time does something to it next."""
        soonest = self.to_come[0].at if self.to_come else None
        if self.expires_at is None or self.status.is_terminal:
            return soonest
        return min(soonest, self.expires_at) if soonest else self.expires_at

    def filled(self, leg: int) -> int:
        """How much of a leg is done."""
        symbol = self.ticket.legs[leg].instrument.occ
        return sum(each.quantity for each in self.fills if each.symbol == symbol)

    @property
    def units_left(self) -> int:
        """How many whole units are still to be done."""
        units = self.ticket.units
        return min(
            (leg.quantity - self.filled(index)) // (leg.quantity // units) for index, leg in enumerate(self.ticket.legs)
        )

    @property
    def is_filled(self) -> bool:
        return all(self.filled(index) == leg.quantity for index, leg in enumerate(self.ticket.legs))


_FIELDS = msgspec.structs.fields(Row)[1:]  # all but the ticket
_ENCODER = msgspec.json.Encoder()
_DECODER: msgspec.json.Decoder[Any] = msgspec.json.Decoder(tuple[tuple(each.type for each in _FIELDS)])  # type: ignore[misc]


def to_text(row: Row) -> bytes:
    """Everything but the ticket, as a JSON array in the order of the fields."""
    return _ENCODER.encode(msgspec.structs.astuple(row)[1:])


def from_text(ticket: str, rest: bytes) -> Row:
    """The inverse of `ticket_text` and `to_text`."""
    return Row(ticket_from(ticket), *_DECODER.decode(rest))


@lru_cache(maxsize=1024)
def ticket_text(ticket: Ticket) -> str:
    """The ticket's stored form, as JSON."""
    return json.dumps(ticket.as_form())


@lru_cache(maxsize=1024)
def ticket_from(text: str) -> Ticket:
    """The ticket that `ticket_text` wrote."""
    return Ticket.from_form(json.loads(text))
