"""Snapshots: what is read with them is what folding the log gives, whatever becomes of them."""

import asyncio
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID, uuid4

import attrs
import pytest
from attrs import frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from tastyflow.application.audit import log_of, replay, verify
from tastyflow.application.ledger import snapshots
from tastyflow.application.ledger.folding import FOLDING, KINDS
from tastyflow.application.ledger.snapshots import FIRST, LEAST
from tastyflow.application.ledger.state_codec import packed, shape_of, unpacked
from tastyflow.domain.events import Decision
from tastyflow.domain.instruments import Instrument
from tastyflow.domain.persistent_map import PersistentMap
from tastyflow.domain.ticket import Leg, Ticket
from tastyflow.domain.trader import Limits, Permission, Reservation, Trader
from tastyflow_adapters.config.log_address import LogAddress
from tastyflow_adapters.store import log as store
from tests.application.counting_ledger import DEMO, Slowly, counting, hired, spin, why
from tests.application.kit import log, open_log
from tests.application.test_codec import OPTIONS, TEXT, built, of, tickets

pytestmark = pytest.mark.anyio

DAMAGE = {
    "another topic": "UPDATE snapshots SET topic = 'order:1:1:1'",
    "another kind": "UPDATE snapshots SET topic = 'order' || substr(topic, instr(topic, ':'))",
    "no such kind": "UPDATE snapshots SET topic = 'fish' || substr(topic, instr(topic, ':'))",
    "another version": "UPDATE snapshots SET originator_version = originator_version - 1",
    "a version to come": "UPDATE snapshots SET originator_version = originator_version + 1000",
    "another state": "UPDATE snapshots SET state = replace(state, '\"suspended\":false', '\"suspended\":true')",
    "a version that is no number": "UPDATE snapshots SET originator_version = 'fish'",
    "a topic that is no text": "UPDATE snapshots SET topic = x'00ff'",
    "no JSON": "UPDATE snapshots SET state = x'00ff'",
    "nothing in it": "UPDATE snapshots SET state = x''",
    "of another trader": "UPDATE snapshots SET state = (SELECT state FROM snapshots LIMIT 1)",
    "all deleted": "DELETE FROM snapshots",
    "no table": "DROP TABLE snapshots",
    "another table": "DROP TABLE snapshots; CREATE TABLE snapshots (fish TEXT)",
}


@pytest.fixture
def often(monkeypatch):
    """A snapshot goes into every append from the second event of a stream on."""
    for name, number in {"FIRST": 2, "LEAST": 1, "BYTES_AN_EVENT": 10**9}.items():
        monkeypatch.setattr(snapshots, name, number)


def busy(number):
    """A decision that holds and gives back capacity: *number* says for which order."""

    def decide(tx):
        decision = Decision(tx.require(Trader, DEMO))
        for order in (UUID(int=number), UUID(int=number // 2)):
            if order in decision.now.reserved:
                decision.take(decision.now.release(order, why=why(number)))
            else:
                held = decision.now.reserve(order, contracts=1, notional_usd=Decimal(number), why=why(number))
                decision.take(held)
        tx.record_all(decision)

    return decide


def by_hand(path, statements, *values):
    """A person with the sqlite3 command line."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(statements, values) if values else connection.executescript(statements)


def kept(ledger, aggregate_id=DEMO):
    return ledger.log.read_from_snapshot(aggregate_id)[0]


def folded(ledger, aggregate_id=DEMO):
    return ledger.state_at(aggregate_id, 10**9)


def assert_reads_as_folded(path):
    """A process that starts now reads what the log says."""
    with closing(open_log(path)) as fresh:
        said, proven = fresh.read(Trader, DEMO), folded(fresh)
        assert said == proven
        assert list(said.reserved) == list(proven.reserved)
        assert said.reserved_notional_usd == proven.reserved_notional_usd


# ── states to bytes and back ───────────────────────────────────────────────────────────────────────────────────────


TRADERS = st.builds(
    Trader,
    id=st.uuids(),
    version=st.integers(1, 10**6),
    name=TEXT,
    limits=built(Limits),
    permissions=st.frozensets(st.sampled_from(Permission)),
    identities=st.frozensets(st.tuples(TEXT, TEXT), max_size=3),
    suspended=st.booleans(),
    reserved=st.dictionaries(st.uuids(), built(Reservation), max_size=3),
)


@pytest.mark.parametrize("kind", KINDS.values())
def test_every_state_survives_the_way_to_the_disk_and_back(kind):
    @given(TRADERS if kind is Trader else built(kind))
    @settings(max_examples=40, deadline=None)
    def there_and_back(state):
        again = unpacked(kind, packed(state))
        assert (again, type(again)) == (state, kind)

    there_and_back()


class Side(StrEnum):
    LONG = "long"
    SHORT = "short"


@frozen
class Fill:
    quantity: int


@frozen
class Working:
    """Everything that a state may hold, in one entry of a book."""

    ticket: Ticket
    legs: tuple[Leg, ...]
    amounts: Mapping[Instrument, int]
    last: Instrument | None
    at: datetime
    side: Side | None
    what: "Fill | Ticket"
    pair: tuple[int, Ticket]
    seen: frozenset[Instrument]


@frozen
class Book:
    id: UUID
    version: int
    entries: PersistentMap[UUID, Working]
    by_symbol: PersistentMap[Instrument, tuple[UUID, ...]] = PersistentMap()


WORKING = st.builds(
    Working,
    tickets(),
    tickets().map(lambda ticket: ticket.legs),
    st.dictionaries(OPTIONS, st.integers(-9, 9), max_size=3),
    st.none() | OPTIONS,
    of(datetime),
    st.none() | st.sampled_from(Side),
    st.builds(Fill, st.integers()) | tickets(),
    st.tuples(st.integers(), tickets()),
    st.frozensets(OPTIONS, max_size=3),
)


@given(
    entries=st.dictionaries(st.uuids(), WORKING, max_size=3),
    by_symbol=st.dictionaries(OPTIONS, st.lists(st.uuids()).map(tuple), max_size=3),
)
@settings(max_examples=60, deadline=None)
def test_a_state_may_hold_maps_tickets_instruments_and_one_of_several_classes(entries, by_symbol):
    book = Book(uuid4(), 7, PersistentMap(entries), PersistentMap(by_symbol))
    again = unpacked(Book, packed(book))
    assert again == book
    assert list(again.entries) == list(book.entries)
    assert type(again.entries) is type(again.by_symbol) is PersistentMap


def test_the_shape_changes_with_every_name_and_type_that_a_state_holds():
    @frozen
    class Inner:
        a: int

    def outer(inner, **fields):
        return attrs.make_class("Outer", {"id": attrs.field(type=UUID), "inner": attrs.field(type=inner)} | fields)

    def inner(**fields):
        return attrs.make_class("Inner", {name: attrs.field(type=kind) for name, kind in fields.items()})

    shapes = [
        shape_of(outer(inner(**fields), **more))
        for fields in ({"a": int}, {"b": int}, {"a": str}, {"a": int, "b": int}, {"a": int | None}, {"a": Side})
        for more in ({}, {"later": attrs.field(type=int)})
    ]
    assert len(set(shapes)) == len(shapes)
    assert shape_of(outer(Inner)) == shape_of(outer(inner(a=int)))


# ── what is read with them is what folding gives ───────────────────────────────────────────────────────────────────


@given(
    numbers=st.lists(st.integers(0, 12), min_size=1, max_size=25),
    rule=st.tuples(st.integers(1, 9), st.integers(1, 9), st.sampled_from([1, 50, 10**9])),
    reads=st.sets(st.integers(0, 24)),
    in_other=st.sets(st.integers(0, 24)),
)
@settings(max_examples=60, deadline=None)
async def test_whenever_snapshots_are_made_every_process_reads_what_the_log_says(
    tmp_path_factory, numbers, rule, reads, in_other
):
    path = tmp_path_factory.mktemp("log") / "log.db"
    with pytest.MonkeyPatch.context() as patch, closing(open_log(path)) as one, closing(open_log(path)) as other:
        for name, number in zip(("FIRST", "LEAST", "BYTES_AN_EVENT"), rule, strict=True):
            patch.setattr(snapshots, name, number)
        await hired(one, "demo")
        for place, number in enumerate(numbers):
            await (other if place in in_other else one).change(busy(number))
            if place in reads:
                assert_reads_as_folded(path)
        assert_reads_as_folded(path)
        assert one.read(Trader, DEMO) == other.read(Trader, DEMO) == folded(one)
        end = folded(one).version
        for version in range(1, end + 1):
            assert other.recalled_at(DEMO, version) == one.state_at(DEMO, version)


async def test_a_short_stream_has_no_snapshot_and_a_long_one_is_read_from_its_last(tmp_path):
    with closing(open_log(tmp_path / "log.db")) as ledger:
        await hired(ledger, "demo")
        while folded(ledger).version < FIRST - 1:
            await ledger.change(counting())
        assert kept(ledger) is None
        for _ in range(5 * LEAST):
            await ledger.change(counting())
            snapshot, events = ledger.log.read_from_snapshot(DEMO)
            assert events[0].originator_version == snapshot.originator_version
            assert len(events) <= LEAST
        assert snapshot.originator_version > FIRST
    assert_reads_as_folded(tmp_path / "log.db")


async def test_a_large_state_is_written_as_rarely_as_it_is_large(tmp_path):
    """A thousand open orders: what is written for an event stays within a few hundred bytes."""
    with closing(open_log(tmp_path / "log.db")) as ledger:
        await hired(ledger, "demo")
        written = []
        keep, numbers = ledger.log._writer._statements.keep_snapshot, iter(range(10**6))

        def counted(snapshot):
            written.append(len(snapshot.state))
            keep(snapshot)

        ledger.log._writer._statements.keep_snapshot = counted

        def many(tx):
            decision = Decision(tx.require(Trader, DEMO))
            for _ in range(10):
                order = UUID(int=next(numbers))
                decision.take(decision.now.reserve(order, contracts=1, notional_usd=Decimal(1), why=why()))
            tx.record_all(decision)

        for _ in range(100):
            await ledger.change(many)
        assert max(written) > 40_000
        assert sum(written) / 1000 < 2 * snapshots.BYTES_AN_EVENT
    assert_reads_as_folded(tmp_path / "log.db")


async def test_what_was_not_committed_leaves_no_snapshot(often, tmp_path):
    """Two processes at the same version: the loser's state is not what the snapshot says."""
    with closing(open_log(tmp_path / "log.db")) as first, closing(open_log(tmp_path / "log.db")) as second:
        await hired(first, "demo")
        slowly = Slowly(first)
        task = asyncio.ensure_future(first.change(counting()))
        await spin()
        await second.change(lambda tx: tx.record(tx.require(Trader, DEMO).suspend(why=why())))
        slowly.let()  # the place is taken: it decides again
        await spin()
        assert unpacked(Trader, kept(second).state).suspended
        assert unpacked(Trader, kept(second).state) == folded(second)
        slowly.let()
        await task
        assert unpacked(Trader, kept(second).state) == folded(second)
    assert_reads_as_folded(tmp_path / "log.db")


# ── a cache, and never the truth ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("how", DAMAGE)
async def test_a_snapshot_that_does_not_fit_is_passed_over_and_the_next_one_takes_its_place(often, tmp_path, how):
    path = tmp_path / "log.db"
    with closing(open_log(path)) as ledger:
        await hired(ledger, "another", "demo")
        for number in range(9):
            await ledger.change(busy(number))
        await ledger.change(counting("another"))
        assert unpacked(Trader, kept(ledger).state) == folded(ledger)
        by_hand(path, DAMAGE[how])
        assert_reads_as_folded(path)
        await ledger.change(busy(99))
        assert_reads_as_folded(path)
    with closing(open_log(path)) as ledger:
        await ledger.change(busy(100))
        if how != "another table":
            assert unpacked(Trader, kept(ledger).state) == folded(ledger)
    assert_reads_as_folded(path)


@pytest.mark.parametrize("of_program", ["folding", "shape"])
async def test_two_versions_of_the_program_on_one_log_read_their_own_snapshots_only(
    often, tmp_path, monkeypatch, of_program
):
    path = tmp_path / "log.db"

    def newer(patch):
        if of_program == "folding":
            patch.setattr(snapshots, "FOLDING", FOLDING + 1)
        else:
            patch.setattr(snapshots, "shape_of", lambda kind: f"{shape_of(kind)}, with a field more")

    for round_ in range(3):
        with monkeypatch.context() as patch, closing(open_log(path)) as new:
            newer(patch)
            if not round_:
                await hired(new, "demo")
            await new.change(busy(10 + round_))
            assert new._from_snapshot(DEMO)[0] is not None
        with closing(open_log(path)) as old:
            assert old._from_snapshot(DEMO)[0] is None
            assert old.read(Trader, DEMO) == folded(old)
            await old.change(busy(20 + round_))
            assert old._from_snapshot(DEMO)[0] is not None
            with monkeypatch.context() as patch:
                newer(patch)
                assert_reads_as_folded(path)


async def test_a_snapshot_of_another_log_is_passed_over(often, tmp_path):
    """A trader's id comes from the name: other logs have the same trader at the same version."""
    mine, other = tmp_path / "mine.db", tmp_path / "other.db"
    for path, numbers in ((mine, range(9)), (other, range(20, 29))):
        with closing(open_log(path)) as ledger:
            await hired(ledger, "demo")
            for number in numbers:
                await ledger.change(busy(number))
    with closing(sqlite3.connect(other)) as connection:
        foreign = connection.execute("SELECT * FROM snapshots").fetchone()
    by_hand(mine, "INSERT OR REPLACE INTO snapshots VALUES (?, ?, ?, ?)", *foreign)
    assert_reads_as_folded(mine)


async def test_a_snapshot_tampered_with_under_a_right_seal_changes_nothing_that_an_audit_says(often, tmp_path):
    path = tmp_path / "log.db"
    with closing(open_log(path)) as ledger:
        await hired(ledger, "demo")
        for number in range(9):
            await ledger.change(busy(number))
        before = verify(log_of(ledger)), replay(log_of(ledger)), folded(ledger), log(ledger)
        event = ledger.log.read(DEMO, after=kept(ledger).originator_version - 1)[0]
        data = packed(attrs.evolve(folded(ledger), suspended=True, reserved={}))
        topic = snapshots._topic(Trader, event, data)
        by_hand(path, "UPDATE snapshots SET topic = ?, state = ?", topic, data)
    with closing(open_log(path)) as fresh:
        assert fresh.read(Trader, DEMO).suspended  # the seal is no signature: what is proven is not read from here
        assert (verify(log_of(fresh)), replay(log_of(fresh)), folded(fresh), log(fresh)) == before


async def test_a_log_that_is_only_read_may_have_no_snapshots(often, tmp_path):
    path = tmp_path / "log.db"
    with closing(open_log(path)) as ledger:
        await hired(ledger, "demo")
        for number in range(3):
            await ledger.change(busy(number))
    for damage in ("SELECT 1", "DROP TABLE snapshots"):
        by_hand(path, damage)
        with closing(store.open_log(LogAddress.file(path), read_only=True)) as reader:
            assert reader.read(Trader, DEMO) == folded(reader)
