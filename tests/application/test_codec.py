"""Events to bytes and back; and yesterday's bytes, which must be read for ever."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints
from uuid import UUID, uuid4

import attrs
import pytest
from eventsourcing.persistence import StoredEvent
from hypothesis import given, settings
from hypothesis import strategies as st

from tastyflow.application.ledger.codec import EventMapper, decode, encode
from tastyflow.application.ledger.folding import KINDS, fold, kind_of
from tastyflow.domain.events import TOPICS
from tastyflow.domain.instruments import Equity, EquityOption, Right
from tastyflow.domain.order import Order
from tastyflow.domain.persistent_map import PersistentMap
from tastyflow.domain.ticket import Action, Duration, Leg, OrderType, PriceEffect, Ticket, TimeInForce
from tastyflow.domain.trader import Limits
from tastyflow.errors import StoreFailure

HISTORY = sorted((Path(__file__).parents[1] / "history").glob("*.jsonl"))

# ── a strategy for every type that an event holds ──────────────────────────────────────────────────────────────

MONEY = st.decimals(min_value=0, max_value=10**7, places=4)
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2099, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))  # noqa: DTZ001
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
OPTIONS = st.builds(
    EquityOption,
    st.sampled_from(["SPY", "SPXW", "BRK/B", "AAPL7"]),
    st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    st.sampled_from(Right),
    st.integers(1, 99_999_999).map(lambda thousandths: Decimal(thousandths) / 1000),
)


@st.composite
def tickets(draw):
    """Limit orders of one side, or of both; at every duration that takes options."""
    instruments = draw(st.lists(OPTIONS, min_size=1, max_size=4, unique=True))
    instruments = [attrs.evolve(each, root=instruments[0].root) for each in instruments]
    effect = draw(st.sampled_from(PriceEffect))
    action = draw(st.sampled_from([a for a in Action if a.buys is (effect is PriceEffect.DEBIT)]))
    legs = tuple(Leg(action, draw(st.integers(1, 500)), each) for each in dict.fromkeys(instruments))
    price = draw(st.integers(1, 999_999)) / Decimal(100)
    until = draw(st.none() | st.dates(date(2026, 1, 1), date(2027, 1, 1)))
    tif = (
        TimeInForce(Duration.GTD, until) if until else TimeInForce(draw(st.sampled_from([Duration.DAY, Duration.GTC])))
    )
    kind = draw(st.sampled_from([OrderType.LIMIT, OrderType.STOP_LIMIT]))
    stop = price + 1 if kind is OrderType.STOP_LIMIT else None
    return Ticket(legs, kind, price, effect, stop, tif)


PLAIN = {
    UUID: st.uuids(),
    int: st.integers(0, 10**9),
    float: st.floats(0, 10**6),
    bool: st.booleans(),
    str: TEXT,
    Decimal: MONEY,
    datetime: MOMENTS,
    Ticket: tickets(),
    date: st.dates(date(2026, 1, 1), date(2028, 1, 1)),
    Equity: st.sampled_from([Equity("SPY"), Equity("BRK/B")]),
    EquityOption: st.sampled_from([EquityOption("SPY", date(2026, 12, 18), right, Decimal(450)) for right in Right]),
}


def of(hint: Any) -> st.SearchStrategy[Any]:
    """Values of one annotated type."""
    if hint in PLAIN:
        return PLAIN[hint]
    if hint is NoneType:
        return st.none()
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return st.one_of(*(of(each) for each in inner))
    if origin is tuple:
        return st.lists(of(inner[0]), max_size=3).map(tuple) if ... in inner else st.tuples(*map(of, inner))
    if origin is PersistentMap:
        return st.dictionaries(of(inner[0]), of(inner[1]), max_size=3).map(PersistentMap)
    if origin is Mapping:
        return st.dictionaries(of(inner[0]), of(inner[1]), max_size=3)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return st.sampled_from(hint)
    if attrs.has(hint):
        return built(hint)
    raise TypeError(f"no values for {hint}")


def built(cls: type) -> st.SearchStrategy[Any]:
    hints = get_type_hints(cls)
    if cls is Limits:
        symbols = st.lists(st.sampled_from(["SPY", "BRK.B"]), max_size=2).map(tuple)
        others = {a.name: of(hints[a.name]) for a in attrs.fields(cls) if "symbols" not in a.name}
        return st.builds(cls, symbols=st.none() | symbols, denied_symbols=symbols, **others)
    return st.builds(cls, **{a.name: of(hints[a.name]) for a in attrs.fields(cls) if a.init})


@pytest.mark.parametrize("topic", sorted(TOPICS))
def test_every_event_survives_the_way_to_the_disk_and_back(topic):
    cls = TOPICS[topic]

    @given(built(cls))
    @settings(max_examples=30, deadline=None)
    def there_and_back(event):
        state = encode(event)
        again = decode(topic, event.originator_id, event.originator_version, state)
        assert again == event
        assert type(again) is cls
        assert encode(again) == state
        if getattr(event, "ticket", None) is not None:
            assert again.ticket.digest == event.ticket.digest

    there_and_back()


@given(built(TOPICS["tastyflow.order.drafted@1"]))
@settings(max_examples=30, deadline=None)
def test_the_payload_is_json_for_people_and_leaves_the_columns_out(event):
    state = json.loads(encode(event))
    assert "originator_id" not in state
    assert "originator_version" not in state
    assert state["ticket"]["price"] == f"{event.ticket.price.normalize():f}"


@given(built(TOPICS["tastyflow.trader.capacity_reserved@1"]))
def test_the_mapper_of_the_library_stores_the_topic_and_the_bytes(event):
    mapper = EventMapper(transcoder=None)
    stored = mapper.to_stored_event(event)
    assert (stored.topic, stored.state) == (event.TOPIC, encode(event))
    assert mapper.to_domain_event(stored) == event


def test_a_field_added_later_is_defaulted_where_an_old_event_lacks_it():
    event = decode("tastyflow.order.withdrawn@1", uuid4(), 2, COMMON)
    assert event.reason == ""


def test_a_field_of_a_newer_version_is_passed_over():
    state = json.dumps({**json.loads(COMMON), "surprise": 1}).encode()
    assert decode("tastyflow.order.withdrawn@1", uuid4(), 2, state).actor == "desk"


COMMON = b'{"at":"2026-11-20T15:00:00Z","actor":"desk","cause":"cli:1","command_id":"1"}'


@pytest.mark.parametrize(
    ("topic", "state"),
    [
        ("tastyflow.order.drafted@2", COMMON),
        ("tastyflow.nothing.happened@1", COMMON),
        ("tastyflow.order.Order", COMMON),
        ("", b""),
        ("tastyflow.order.withdrawn@1", b""),
        ("tastyflow.order.withdrawn@1", b"\x00\xff"),
        ("tastyflow.order.withdrawn@1", b"[]"),
        ("tastyflow.order.withdrawn@1", b"{}"),
        ("tastyflow.order.withdrawn@1", COMMON.replace(b"2026-11-20", b"2026-13-20")),
        ("tastyflow.order.withdrawn@1", COMMON.replace(b'"desk"', b"7")),
        ("tastyflow.order.drafted@1", COMMON.replace(b"}", b',"ticket":{"form":1,"legs":[["steal",1,"SPY"]]}}')),
        ("tastyflow.order.approved@1", COMMON),
    ],
)
def test_what_cannot_be_read_is_a_store_failure(topic, state):
    with pytest.raises(StoreFailure) as failure:
        decode(topic, uuid4(), 2, state)
    assert failure.value.code == "unreadable_event"


@given(st.sampled_from(sorted(TOPICS)), st.binary(max_size=60))
@settings(max_examples=200, deadline=None)
def test_garbage_is_a_store_failure_and_nothing_else(topic, state):
    with pytest.raises(StoreFailure):
        decode(topic, uuid4(), 1, state)


# ── history ────────────────────────────────────────────────────────────────────────────────────────────────────


def lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_the_history_has_every_topic_that_was_ever_stored():
    told = {line["topic"] for path in HISTORY for line in lines(path)}
    assert told >= set(TOPICS)


@pytest.mark.parametrize("path", HISTORY, ids=lambda path: path.stem)
def test_a_recorded_log_is_read_and_means_the_same_for_ever(path):
    states = {}
    for line in lines(path):
        aggregate_id = UUID(line["id"])
        event = decode(line["topic"], aggregate_id, line["version"], line["state"].encode())
        state = states[aggregate_id] = fold(states.get(aggregate_id), (event,))
        assert isinstance(state, kind_of(line["topic"]))
        assert state.version == line["version"]
        if isinstance(state, Order):
            assert state.stage == line["becomes"]
            assert state.digest == line["digest"]


def test_every_topic_names_the_aggregate_it_speaks_of():
    assert {topic.split(".")[1] for topic in TOPICS} == set(KINDS)


def test_a_stored_event_of_a_foreign_program_is_not_ours():
    with pytest.raises(StoreFailure):
        EventMapper(transcoder=None).to_domain_event(StoredEvent(uuid4(), 1, "bank:Account.Opened", b"{}"))
