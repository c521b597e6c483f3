"""
The sweep: everything in a log of 1,000 events is changed once, and the first bad place is named each time.

The forger has the file, and takes the guards away. Every change is made with SQL, looked at from the head before it,
and undone; some of them are looked at from the first event on, too.
"""

import random
import sqlite3
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from tastyflow.application.audit import Sealed, check_chain
from tastyflow.domain.chain import ChainHead
from tastyflow_adapters.store.sqlite_chain import chain_start_of, chained, head_of
from tests.store.kit import by_hand, event, opened, without_guards

EVENTS = 1_000
NAMES = "abcdefg"

Look = Callable[[int], Sealed]


@pytest.fixture(scope="module")
def hand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    path = tmp_path_factory.mktemp("sweep") / "log.db"
    draw, versions = random.Random(16), dict.fromkeys(NAMES, 0)  # noqa: S311  the same log each time
    with opened(path) as recorder:
        events = []
        for _ in range(EVENTS):
            name = draw.choice(NAMES)
            versions[name] += 1
            events.append(event(name, versions[name], f"happened@{draw.randint(1, 3)}", draw.randbytes(12)))
        recorder.insert_events(events)
    with by_hand(path) as hand:
        without_guards(hand)
        hand.execute("PRAGMA synchronous = OFF")
        yield hand


@pytest.fixture(scope="module")
def heads(hand: sqlite3.Connection) -> list[ChainHead]:
    start = chain_start_of(hand)
    return [ChainHead(0, start.head), *(ChainHead(row[0], row[-1]) for row in chained(hand, after=0))]


@pytest.fixture
def near(hand: sqlite3.Connection, heads: list[ChainHead]) -> Look:
    """Look at the two events from a position on, or at the end of the log."""

    def look(position: int, *, rows: int = 2) -> Sealed:
        at = heads[position - 1]
        until = min(position + rows - 1, EVENTS)
        end = head_of(hand, chain_start_of(hand)) if until == EVENTS else None
        until = None if until == EVENTS else until
        return check_chain(chained(hand, after=at.position, until=until), at, end=end)

    return look


@pytest.fixture
def whole(hand: sqlite3.Connection) -> Callable[[], Sealed]:
    """Look at the whole log, as an audit does."""

    def look() -> Sealed:
        start = chain_start_of(hand)
        return check_chain(chained(hand, after=0), ChainHead(0, start.head), end=head_of(hand, start))

    return look


def undone(hand: sqlite3.Connection, *statements: str, **values: object) -> Iterator[None]:
    """Make a change, and undo it."""
    hand.execute("BEGIN")
    try:
        for statement in statements:
            hand.execute(statement, values)
        yield
    finally:
        hand.execute("ROLLBACK")


CHANGES = {
    "originator_id": [
        "substr(originator_id, 1, 31) || char(103 - unicode(substr(originator_id, 32)) % 2)",
        "upper(originator_id) || ''",
        "originator_id || ' '",
        "CAST(originator_id AS BLOB)",
        "'forged'",
    ],
    "originator_version": ["originator_version + 100000", "-originator_version", "originator_version + 0.5", "'one'"],
    "topic": [
        "topic || ' '",
        "upper(topic)",
        "replace(topic, '@', '@9')",
        "CAST(topic AS BLOB)",
        "CAST(x'ff' AS TEXT)",
    ],
    "state": [
        "x'00' || state",
        "substr(state, 2)",
        "CAST(hex(state) AS TEXT)",
        "zeroblob(length(state))",
        "CAST(state || x'20' AS BLOB)",
        "1",
    ],
}
"""By column of an event: what a hand could write in the place of what stands there."""

HEADS = ["zeroblob(32)", "substr(head, 2)", "head || x'00'", "hex(head)", "CAST(head AS TEXT)", "7"]


def is_other(hand: sqlite3.Connection, table: str, column: str, to: str, at: str, position: int) -> bool:
    differs = f"{column} IS NOT ({to}) OR typeof({column}) <> typeof({to})"
    ((is_other,),) = hand.execute(f"SELECT {differs} FROM {table} WHERE {at} = ?", (position,))  # noqa: S608
    return bool(is_other)


@pytest.mark.parametrize(
    ("table", "at", "column", "changes"),
    [*(("stored_events", "rowid", column, to) for column, to in CHANGES.items()), ("chain", "position", "head", HEADS)],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_column_of_every_row_that_is_changed_is_named(hand, near, whole, table, at, column, changes):
    changed = 0
    for position in range(1, EVENTS + 1):
        to = changes[position % len(changes)]
        if not is_other(hand, table, column, to, at, position):
            to = changes[0]
        for _ in undone(hand, f"UPDATE {table} SET {column} = {to} WHERE {at} = :position", position=position):  # noqa: S608
            sealed = near(position)
            assert not sealed.is_whole, (position, to)
            assert sealed.seams[0].position == position
            if position % 97 == 0:
                assert whole().seams[0] == sealed.seams[0]
        changed += 1
    assert changed == EVENTS
    assert whole().is_whole


@pytest.mark.parametrize(("table", "at"), [("stored_events", "rowid"), ("chain", "position")])
@pytest.mark.parametrize("by", [5_000, -5_000])
def test_every_position_that_is_changed_is_named(hand, near, whole, table, at, by):
    for position in range(1, EVENTS + 1):
        move = f"UPDATE {table} SET {at} = {at} + {by} WHERE {at} = :position"  # noqa: S608
        for _ in undone(hand, move, position=position):
            sealed = near(position)
            assert sealed.seams[0].position in (position, position + 1, position + by), position
            if position % 97 == 0:
                assert whole().seams[0] == sealed.seams[0]


@pytest.mark.parametrize("table", ["stored_events", "chain", "both"])
def test_every_row_that_is_taken_away_is_missed(hand, near, whole, table):
    for position in range(1, EVENTS + 1):
        statements = [
            statement
            for name, statement in (
                ("stored_events", "DELETE FROM stored_events WHERE rowid = :position"),
                ("chain", "DELETE FROM chain WHERE position = :position"),
            )
            if table in (name, "both")
        ]
        if (table, position) == ("both", EVENTS):
            continue  # the end, cut with its head: the next test
        for _ in undone(hand, *statements, position=position):
            sealed = near(position, rows=3)
            first = position if table == "chain" or position == EVENTS else position + 1
            assert sealed.seams, position
            assert sealed.seams[0].position == first
            if position % 97 == 0:
                assert whole().seams[0] == sealed.seams[0]


def test_every_tail_that_is_cut_is_missed(hand, heads, whole):
    kept = heads[-1]  # what is kept beside the log, or was published
    start = heads[0]
    for position in range(1, EVENTS + 1):
        for _ in undone(hand, "DELETE FROM stored_events WHERE rowid >= :position", position=position):
            last = chained(hand, after=max(0, position - 2))
            sealed = check_chain(last, heads[max(0, position - 2)], end=kept)
            assert [seam.position for seam in sealed.seams] == [position]
            assert "taken away at the end" in sealed.seams[0].why
    for position in range(1, EVENTS + 1, 25):
        cut = ("DELETE FROM stored_events WHERE rowid >= :position", "DELETE FROM chain WHERE position >= :position")
        for _ in undone(hand, *cut, position=position):
            assert whole().is_whole  # the log alone does not know
            assert not check_chain(chained(hand, after=0), start, end=kept).is_whole  # a head that was kept does


def test_every_row_that_comes_twice_is_named(hand, near):
    columns = "originator_id, originator_version + 100000, topic, state"
    for position in range(1, EVENTS + 1):
        again = f"INSERT INTO stored_events SELECT {EVENTS + 1}, {columns} FROM stored_events WHERE rowid = :position"  # noqa: S608
        for _ in undone(hand, again, position=position):
            assert near(EVENTS).seams[0].position == EVENTS + 1
    head = f"INSERT INTO chain SELECT {EVENTS + 1}, head FROM chain WHERE position = :position"  # noqa: S608
    for position in range(1, EVENTS + 1, 50):
        for _ in undone(hand, again, head, position=position):
            assert near(EVENTS).seams[0].position == EVENTS + 1


@pytest.mark.parametrize("with_heads", [False, True])
def test_every_two_rows_that_change_places_are_named(hand, near, with_heads):
    for position in range(1, EVENTS):
        tables = [("stored_events", "rowid"), *([("chain", "position")] if with_heads else [])]
        swap = [
            f"UPDATE {table} SET {at} = {target} WHERE {at} = {source}"  # noqa: S608
            for table, at in tables
            for source, target in (
                ("1000000", "-5"),
                (":position", "-5"),
                (":position + 1", ":position"),
                ("-5", ":position + 1"),
            )
        ]
        for _ in undone(hand, *swap, position=position):
            assert near(position).seams[0].position == position


def test_what_is_worked_out_again_from_a_place_on_is_known_by_a_head_that_was_kept(hand, heads):
    from uuid import UUID

    from tastyflow.domain.chain import leaf_of, linked

    for position in range(1, EVENTS + 1, 100):
        for _ in undone(hand, "UPDATE stored_events SET state = x'7b207d' WHERE rowid = :position", position=position):
            head = heads[position - 1].head
            for at, stream, version, topic, state, _ in chained(hand, after=position - 1):
                head = linked(head, leaf_of(at, UUID(stream), version, topic, state))
                hand.execute("UPDATE chain SET head = ? WHERE position = ?", (head, at))
            rows = partial(chained, hand, after=0)
            assert check_chain(rows(), heads[0], end=ChainHead(EVENTS, head)).is_whole  # the log alone does not know
            seams = check_chain(rows(), heads[0], end=heads[-1]).seams
            assert [(seam.position, seam.why) for seam in seams] == [(EVENTS, "The chain ends with another head.")]


def test_a_log_under_another_name_fits_no_head(hand, heads):
    for column, to in (
        ("log", "'00000000000000000000000000000000'"),
        ("until", "5"),
        ("at", "'2020-01-01T00:00:00+00:00'"),
    ):
        for _ in undone(hand, f"UPDATE chain_start SET {column} = {to}"):  # noqa: S608
            start = chain_start_of(hand)
            assert check_chain(chained(hand, after=0), ChainHead(0, start.head)).seams[0].position == 1
