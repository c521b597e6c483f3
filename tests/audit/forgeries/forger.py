"""
A forger with the file: takes the guards away, changes what is stored, seals it anew, puts the guards back.

    edited, replaced                one value of one event     cut, taken_away, without_last_orders    rows taken away
    sealed_anew                     every head worked out again, by a forger who knows the chain
"""

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from tastyflow.domain.chain import leaf_of, linked
from tastyflow_adapters.store.sqlite_chain import chain_start_of

Forgery = Callable[[sqlite3.Connection], int]
"""Changes a log without guards; the first position that is not as it was."""


@contextmanager
def by_a_forger(path: Path) -> Iterator[sqlite3.Connection]:
    """The log without its guards, which are there again in the end, to the letter."""
    with closing(sqlite3.connect(path, isolation_level=None)) as hand:
        guards = hand.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in guards:
            hand.execute(f"DROP TRIGGER {name}")
        yield hand
        for _, statement in guards:
            hand.execute(statement)
        hand.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def edited(topic: str, steps: Sequence[str | int], value: Any, nth: int = 0) -> Forgery:
    """One value of the nth event of *topic* that has it."""

    def forge(hand: sqlite3.Connection) -> int:
        found = 0
        for position, state in hand.execute(
            "SELECT rowid, state FROM stored_events WHERE topic LIKE ? ORDER BY rowid", (f"%.{topic}@%",)
        ).fetchall():
            content = json.loads(state)
            place = content
            try:
                for step in steps[:-1]:
                    place = place[step]
                before = place[steps[-1]]
            except (KeyError, IndexError, TypeError):
                continue
            changed = value(before) if callable(value) else value
            if changed == before or before is None:
                continue
            if found == nth:
                place[steps[-1]] = changed
                text = json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()
                hand.execute("UPDATE stored_events SET state = ? WHERE rowid = ?", (text, position))
                return position
            found += 1
        raise AssertionError(f"no {topic} with {steps}")

    return forge


def replaced(topic: str, old: str, new: str) -> Forgery:
    """A piece of text in the first event of *topic* that has it."""

    def forge(hand: sqlite3.Connection) -> int:
        for position, state in hand.execute(
            "SELECT rowid, state FROM stored_events WHERE topic LIKE ? ORDER BY rowid", (f"%.{topic}@%",)
        ).fetchall():
            if old.encode() in state:
                text = state.replace(old.encode(), new.encode(), 1)
                hand.execute("UPDATE stored_events SET state = ? WHERE rowid = ?", (text, position))
                return position
        raise AssertionError(f"no {topic} with {old}")

    return forge


def cut(rows: int) -> Forgery:
    """The last rows, with their heads."""

    def forge(hand: sqlite3.Connection) -> int:
        (end,) = hand.execute("SELECT max(rowid) FROM stored_events").fetchone()
        hand.execute("DELETE FROM stored_events WHERE rowid > ?", (end - rows,))
        hand.execute("DELETE FROM chain WHERE position > ?", (end - rows,))
        hand.execute("UPDATE sqlite_sequence SET seq = ? WHERE name = 'stored_events'", (end - rows,))
        return int(end - rows + 1)

    return forge


def without_last_orders(count: int) -> Forgery:
    """Everything of the last orders, as if they had never been asked for; what is left is numbered again."""

    def forge(hand: sqlite3.Connection) -> int:
        born = hand.execute(
            "SELECT originator_id FROM stored_events WHERE topic IN "
            "('tastyflow.order.drafted@1', 'tastyflow.order.refused@1') GROUP BY originator_id "
            "ORDER BY min(rowid) DESC LIMIT ?",
            (count,),
        ).fetchall()
        gone = {str(UUID(stream)) for (stream,) in born}
        kept, first = [], 0
        for position, stream, version, topic, state in hand.execute(
            "SELECT rowid, originator_id, originator_version, topic, state FROM stored_events ORDER BY rowid"
        ).fetchall():
            if str(UUID(stream)) in gone or any(order.encode() in state for order in gone):
                first = first or position
            else:
                kept.append((stream, version, topic, state))
        _written_again(hand, kept)
        return first

    return forge


def taken_away(topic: str) -> Forgery:
    """The last event of *topic*; positions and versions are made good again."""

    def forge(hand: sqlite3.Connection) -> int:
        rows = hand.execute(
            "SELECT rowid, originator_id, originator_version, topic, state FROM stored_events ORDER BY rowid"
        ).fetchall()
        place = max(row[0] for row in rows if f".{topic}@" in row[3])
        _written_again(hand, [row[1:] for row in rows if row[0] != place])
        return int(place)

    return forge


def _written_again(hand: sqlite3.Connection, rows: Sequence[tuple[str, int, str, bytes]]) -> None:
    hand.execute("DELETE FROM stored_events")
    versions: dict[str, int] = {}
    for position, (stream, _, topic, state) in enumerate(rows, start=1):
        versions[stream] = versions.get(stream, 0) + 1
        hand.execute(
            "INSERT INTO stored_events VALUES (?, ?, ?, ?, ?)", (position, stream, versions[stream], topic, state)
        )
    hand.execute("DELETE FROM chain WHERE position > ?", (len(rows),))
    hand.execute("UPDATE sqlite_sequence SET seq = ? WHERE name = 'stored_events'", (len(rows),))


def sealed_anew(hand: sqlite3.Connection) -> None:
    """Every head is worked out again: what is stored then fits to the last event."""
    start = chain_start_of(hand)
    assert start is not None
    head = start.head
    hand.execute("DELETE FROM chain")
    for position, stream, version, topic, state in hand.execute(
        "SELECT rowid, originator_id, originator_version, topic, state FROM stored_events ORDER BY rowid"
    ).fetchall():
        head = linked(head, leaf_of(position, UUID(stream), version, topic, state))
        hand.execute("INSERT INTO chain VALUES (?, ?)", (position, head))
