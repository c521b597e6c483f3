"""
Replaying the log: every aggregate is built again, by folding all events in their one global order.

    rows ─▶ replay ─▶ states ─▶ differences(serve) ─▶ none: what the ledger serves is what the log says

The ledger folds each stream by itself, through an index. That both ways agree is what is proven here. Folding is a
function of the events alone: where the index gives, to the byte, the very events that were replayed, in the same order,
the states are the same, and that stream is not folded a second time. Any other stream is.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from hashlib import sha256
from itertools import islice
from typing import Final
from uuid import UUID

import attrs
from attrs import field, frozen
from eventsourcing.persistence import StoredEvent

from tastyflow.application.audit.log import Row, Watch, rows_of, steady, stored_rows, unwatched
from tastyflow.application.ledger.codec import decode
from tastyflow.application.ledger.folding import KINDS, NAME_OF_KIND, AnyAggregate, fold, step
from tastyflow.application.ledger.ledger import Ledger
from tastyflow.errors import StoreFailure

STREAMS: Final = 200
"""How many streams are read together where all are compared."""

Serve = Callable[[UUID, int], AnyAggregate | None]
"""Gives the aggregate of an id as of a version; None where there is none."""


@frozen
class Mismatch:
    """Something that does not agree: at which row, of which aggregate, and why."""

    seq: int
    subject: str
    why: str


@frozen
class Replayed:
    """
    What replaying gave.

    Attributes:
        until: The position of the last row that was replayed.
        states: Every aggregate by id.
        broken: The rows that could not be folded; their aggregates are left as they were before.
        digests: What was folded into each aggregate, as a digest (`told`); none of one with a broken row.
    """

    until: int = 0
    events: int = 0
    states: Mapping[UUID, AnyAggregate] = field(factory=dict)
    broken: tuple[Mismatch, ...] = ()
    digests: Mapping[UUID, bytes] = field(factory=dict, repr=False)

    @property
    def counts(self) -> dict[str, int]:
        """How many aggregates there are of each kind."""
        found = Counter(kind_name(state) for state in self.states.values())
        return {name: found[name] for name in KINDS}


def kind_name(state: AnyAggregate) -> str:
    """``order``, ``trader``, ``test_result``, ``setup`` or ``identity``."""
    return NAME_OF_KIND[type(state)]


def subject_of(topic: str, aggregate_id: object) -> str:
    """How people call the aggregate of a row: ``order 6f1c2a``."""
    kind = topic.partition(".")[2].partition(".")[0].replace("_", " ")
    return f"{kind or 'aggregate'} {str(aggregate_id)[:6]}"


def replay(rows: Iterable[Row], *, until: int | None = None) -> Replayed:
    """Fold *rows*, up to the position *until*. Nothing stops it: what cannot be folded is reported."""
    states: dict[UUID, AnyAggregate] = {}
    digests: dict[UUID, bytes] = {}
    broken: list[Mismatch] = []
    unsound: set[object] = set()
    last = events = 0
    for row in rows:
        if until is not None and row.id > until:
            break
        last, events = row.id, events + 1
        try:
            stream = fold_row(states, row)
            digests[stream] = told(digests.get(stream, b""), row.originator_version, row.topic, row.state)
        except (StoreFailure, TypeError, KeyError, AttributeError) as error:
            unsound.add(row.originator_id)
            why = error.message if isinstance(error, StoreFailure) else f"It cannot be folded: {error}."
            broken.append(Mismatch(row.id, subject_of(row.topic, row.originator_id), why))
    sound = {stream: digest for stream, digest in digests.items() if stream not in unsound} if unsound else digests
    return Replayed(last, events, states, tuple(broken), sound)


def told(before: bytes, version: int, topic: str, state: bytes) -> bytes:
    """The digest of a stream after one more event, from that *before* it: of its version, topic and stored bytes."""
    return sha256(before + f"{version!r} {topic}\n".encode() + state).digest()


def fold_row(states: dict[UUID, AnyAggregate], row: Row) -> UUID:
    """Fold one row into *states*; the id of its stream."""
    if not isinstance(row.originator_id, UUID):
        raise StoreFailure(f"It is of no stream: {row.originator_id[:40]!r} is no id.", code="unreadable_event")
    event = decode(row.topic, row.originator_id, row.originator_version, row.state)
    states[event.originator_id] = step(states.get(event.originator_id), event)
    return row.originator_id


@frozen
class Compared:
    """
    What replaying, and comparing with what the ledger serves, came to.

    Attributes:
        until: The position of the last row that was replayed.
        counts: How many aggregates there are of each kind.
        found: What could not be folded, and what the ledger serves otherwise.
    """

    until: int
    events: int
    counts: Mapping[str, int]
    found: tuple[Mismatch, ...]

    @classmethod
    def nothing(cls) -> "Compared":
        """Of an empty log."""
        return cls(0, 0, dict.fromkeys(KINDS, 0), ())

    def with_other(self, other: "Compared") -> "Compared":
        """The same together with the *other* half of the streams."""
        found = sorted((*self.found, *other.found), key=lambda each: each.seq)
        counts = {kind: number + other.counts[kind] for kind, number in self.counts.items()}
        return Compared(max(self.until, other.until), self.events + other.events, counts, tuple(found))


def compared(ledger: Ledger, *, until: int, half: int | None = None, watch: Watch = unwatched) -> Compared:
    """
    Fold the log up to the position *until*, and compare with what *ledger* serves.

    Args:
        half: 0 or 1 for one half of the streams; None for all. Streams do not need each other.

    Raises:
        StoreFailure: The log cannot be read.
    """
    stored = watch(stored_rows(ledger.log, until=until), until)
    mine = stored if half is None else (row for row in stored if _half_of(row[1]) == half)
    replayed = replay(rows_of(ledger.log, mine))
    found = differences(replayed, _served_ahead(ledger, replayed), watch=watch)
    return Compared(replayed.until, replayed.events, replayed.counts, (*replayed.broken, *found))


def _served_ahead(ledger: Ledger, replayed: Replayed) -> Serve:
    """As `served_by`, for the states of *replayed* in their order: the next ones are read together."""
    wanted = iter(replayed.states.items())
    ahead: dict[UUID, Sequence[StoredEvent]] = {}

    def serve(aggregate_id: UUID, version: int) -> AnyAggregate | None:
        if aggregate_id not in ahead:
            page = [(stream, state.version) for stream, state in islice(wanted, STREAMS)]
            ahead.update(zip((stream for stream, _ in page), steady(partial(ledger.log.read_each, page)), strict=True))
        events, digest = ahead.pop(aggregate_id), b""
        try:
            for each in events:
                digest = told(digest, each.originator_version, each.topic, each.state)
            if digest == replayed.digests.get(aggregate_id):
                return replayed.states[aggregate_id]  # folded from these very events
            return fold(
                None, (decode(each.topic, aggregate_id, each.originator_version, each.state) for each in events)
            )
        except (StoreFailure, TypeError, KeyError, AttributeError):
            return None  # it can be read as little as it could be replayed, and that is reported there

    return serve


def _half_of(stream: object) -> int:
    """Which half the rows of *stream* belong to: by its last digit."""
    return int(str(stream)[-1:] in "13579bdf")


def differences(replayed: Replayed, serve: Serve, *, watch: Watch = unwatched) -> Iterator[Mismatch]:
    """Where *serve* gives another state than the replay did, at the version that the replay reached."""
    for aggregate_id, state in watch(replayed.states.items(), len(replayed.states)):
        subject = f"{kind_name(state).replace('_', ' ')} {aggregate_id.hex[:6]}"
        served = serve(aggregate_id, state.version)
        if served != state:
            yield Mismatch(replayed.until, subject, _difference(state, served))


def _difference(state: AnyAggregate, served: AnyAggregate | None) -> str:
    if served is None:
        return "The ledger does not know it."
    if type(served) is not type(state):
        return f"The ledger serves a {kind_name(served)}."
    names = [a.name for a in attrs.fields(type(state)) if getattr(state, a.name) != getattr(served, a.name)]
    told = (
        f"{name}: {_short(getattr(state, name))} replayed, {_short(getattr(served, name))} served" for name in names
    )
    return "; ".join(told) + "."


def _short(value: object, length: int = 60) -> str:
    text = str(value)
    return text if len(text) <= length else text[: length - 1] + "…"


def served_by(ledger: Ledger) -> Serve:
    """What *ledger* serves: each stream folded by itself. Others may go on writing; the version says up to where."""

    def serve(aggregate_id: UUID, version: int) -> AnyAggregate | None:
        try:
            return steady(partial(ledger.state_at, aggregate_id, version))
        except (StoreFailure, TypeError, KeyError, AttributeError):
            return None  # it can be read as little as it could be replayed, and that is reported there

    return serve
