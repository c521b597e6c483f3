"""
Folding: what events make of an aggregate, of whichever kind they are.

    fold(None, events)      the state from the first event on
    fold(state, events)     the state, further on
"""

from collections.abc import Iterable
from functools import cache
from typing import Final, TypeVar

from tastyflow.domain.book import Book
from tastyflow.domain.events import Event
from tastyflow.domain.halt import Halt
from tastyflow.domain.incident import Incident
from tastyflow.domain.order import Order
from tastyflow.domain.preview import PreviewRequest
from tastyflow.domain.setup import Setup
from tastyflow.domain.signal import Signal
from tastyflow.domain.signal_rule import RuleStanding
from tastyflow.domain.testresult import TestResult
from tastyflow.domain.trader import Identity, Trader

AnyAggregate = (
    Order | Trader | TestResult | Setup | Identity | Book | PreviewRequest | Halt | Incident | Signal | RuleStanding
)
A = TypeVar("A", Order, Trader, TestResult, Setup, Identity, Book, PreviewRequest, Halt, Incident, Signal, RuleStanding)

KINDS: Final[dict[str, type[AnyAggregate]]] = {
    "order": Order,
    "trader": Trader,
    "test_result": TestResult,
    "setup": Setup,
    "identity": Identity,
    "book": Book,
    "preview": PreviewRequest,
    "halt": Halt,
    "incident": Incident,
    "signal": Signal,
    "signal_rule": RuleStanding,
}
"""The aggregate that a topic speaks of: ``tastyflow.order.drafted@1`` of an `Order`."""

FOLDING: Final = 2
"""Counted up where an event is to make another state than before out of the same fields: older snapshots are void."""

NAME_OF_KIND: Final[dict[type[AnyAggregate], str]] = {cls: name for name, cls in KINDS.items()}


@cache
def kind_of(topic: str) -> type[AnyAggregate]:
    """The aggregate class whose event *topic* names."""
    return KINDS[topic.split(".")[1]]


def step(state: AnyAggregate | None, event: Event) -> AnyAggregate:
    """What one event makes of *state*; its first event makes an aggregate out of None."""
    return kind_of(event.TOPIC).born_of(event) if state is None else state.evolved(event)


def fold(state: AnyAggregate | None, events: Iterable[Event]) -> AnyAggregate | None:
    """What *events* make of *state*."""
    for event in events:
        state = step(state, event)
    return state
