"""
Events: what happened, told once, kept for ever.

    Because   who asked, why, when: handed to every verb
    Event     one thing that happened to one aggregate, at the next version of it
    Decision  several verbs in one append, each seeing what the one before it did

What an event does to the state of its aggregate is a method of the event, ``change``; the first event of an aggregate
has ``begin`` instead. They never refuse: what was recorded has happened, and an old log replays under later rules.

An event is named by its topic (``tastyflow.order.drafted@1``), never by its place in the code. A stored shape never
changes its meaning: a new field has a default, a new meaning has a new number.
"""

import json
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import ClassVar, Generic, Protocol, Self, TypedDict, TypeVar
from uuid import UUID, uuid5

from attrs import asdict, frozen

from tastyflow.domain.age import Mark

NAMESPACE = UUID("5f1a3f5e-3c5b-5d0e-9c53-0a7c1f6f7c2b")
"""The root of every id that is derived from a name, so that the same name is the same id everywhere."""


@lru_cache(maxsize=16384)
def derived_id(*names: str) -> UUID:
    """The id of what *names* name: ``derived_id("order", "discord", "1234")``."""
    return uuid5(NAMESPACE, json.dumps(names))  # a list, so that no name can run into the next


@frozen
class Because:
    """
    Who did it, why, and when.

    Attributes:
        actor: ``trader:demo``, ``policy``, ``venue:sandbox``, ``desk``.
        cause: The chat message, signal or recovery behind it: ``cli:6f1c…``.
        command_id: One per command; a writer who lost the answer finds its own event by it.
        at: The time, in UTC.
        mark: The same moment by the clock that counts sleep; None where no age will be asked for.
    """

    actor: str
    cause: str
    command_id: str
    at: datetime
    mark: Mark | None = None


@frozen(kw_only=True, repr=False)
class Event:
    """
    One thing that happened to the aggregate *originator_id*, as its version *originator_version*.

    Each kind of event is declared with ``repr=False``: the one `__repr__` here serves all, and every start of the
    program is spared some thirty that attrs would write.
    """

    TOPIC: ClassVar[str] = ""

    originator_id: UUID
    originator_version: int
    at: datetime
    actor: str
    cause: str
    command_id: str

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={value!r}" for name, value in asdict(self, recurse=False).items())
        return f"{type(self).__name__}({fields})"


TOPICS: dict[str, type[Event]] = {}
"""Every event class by its topic: what the log can hold."""

E = TypeVar("E", bound=Event)


def topic(name: str) -> Callable[[type[E]], type[E]]:
    """Name an event class for ever."""

    def named(cls: type[E]) -> type[E]:
        if name in TOPICS:
            raise ValueError(f"topic {name} is taken")
        cls.TOPIC = name
        TOPICS[name] = cls
        return cls

    return named


class Versioned(Protocol):
    """What the next event of an aggregate needs to know of it."""

    @property
    def id(self) -> UUID: ...

    @property
    def version(self) -> int: ...


class Aggregate(Versioned, Protocol):
    """What a decision needs to know of an aggregate."""

    def evolved(self, event: Event) -> Self: ...


class EventFields(TypedDict):
    """The fields that every event has."""

    originator_id: UUID
    originator_version: int
    at: datetime
    actor: str
    cause: str
    command_id: str


def born(originator_id: UUID, why: Because) -> EventFields:
    """The common fields of an aggregate's first event."""
    return _fields(originator_id, 1, why)


def next_of(aggregate: Versioned, why: Because) -> EventFields:
    """The common fields of an aggregate's next event."""
    return _fields(aggregate.id, aggregate.version + 1, why)


def _fields(originator_id: UUID, version: int, why: Because) -> EventFields:
    return {
        "originator_id": originator_id,
        "originator_version": version,
        "at": why.at,
        "actor": why.actor,
        "cause": why.cause,
        "command_id": why.command_id,
    }


A = TypeVar("A", bound=Aggregate)


class Decision(Generic[A]):
    """
    Several steps on one aggregate that are recorded together. Each event is folded here, once.

    ::

        decision = Decision(order)
        decision.take(decision.now.adopt(...))
        decision.take(decision.now.fill(...))     # sees the adoption
        transaction.record_all(decision)          # takes over the events and the state they lead to

    Attributes:
        before: The aggregate as the decision found it.
        now: The aggregate after the events so far.
        steps: Each event that is to be recorded, with the aggregate after it, in order.
    """

    def __init__(self, aggregate: A) -> None:
        self.before = aggregate
        self.now = aggregate
        self.steps: list[tuple[Event, A]] = []

    @property
    def events(self) -> list[Event]:
        """What is to be recorded, in order."""
        return [event for event, _ in self.steps]

    def take(self, event: Event | None) -> None:
        """Take one step; None is no step: it was recorded before."""
        if event is not None:
            self.now = self.now.evolved(event)
            self.steps.append((event, self.now))
