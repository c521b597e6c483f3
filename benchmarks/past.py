"""
A long past, made in minutes: in each month of a year the desk places one order, and it is stored again and again.

    place ─▶ its rows, as they are stored ─▶ copied: under new ids, on each trading day of the month ─▶ rows and heads

The rows of a copy go into the file as an append would have put them there: the next versions of the streams that they
share, and the heads of the chain: ``tastyflow audit verify`` finds it clean. What an append does beside that (groups,
names, guards) is left out, which makes it many times as fast. All of these orders are over, and nothing is held.
"""

import os
import re
import secrets
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from tastyflow.domain.chain import leaf_of_stored, linked
from tastyflow.domain.expirations import trading_days
from tastyflow.domain.order import Order
from tastyflow.domain.order.submission import external_id
from tastyflow.domain.setup import Setup
from tastyflow.domain.setup.placement import external_id as setup_external_id
from tastyflow.domain.testresult import TestResult
from tastyflow.domain.venue import Venue
from tastyflow_adapters.store.sqlite_schema import SCHEMA

PROGRAM: Final = (sys.executable, "-m", "tastyflow_adapters.cli")
PAIR: Final = (("order", "buy 1 SPY 450C next month @ natural"), ("order", "sell 1 SPY 450C next month @ natural"))
MONTHS: Final = tuple(date(2025, month, 1) for month in range(1, 13))
_LAST_PAIR: Final = (
    "SELECT originator_id, originator_version, topic, state FROM stored_events WHERE rowid >= (SELECT rowid FROM "
    "stored_events WHERE topic = 'tastyflow.order.drafted@1' ORDER BY rowid DESC LIMIT 1 OFFSET 1) "
    "AND topic <> 'tastyflow.book.positions_taken@1' ORDER BY rowid"
)
_GUARDS: Final = tuple(statement for statement in SCHEMA if statement.startswith("CREATE TRIGGER"))


def environment(home: Path, now: str = "") -> dict[str, str]:
    """The environment of a person who has chosen nothing but the home."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TASTYFLOW_")}
    return kept | {"TASTYFLOW_HOME": str(home)} | ({"TASTYFLOW_NOW": now} if now else {})


def make_past(home: Path, orders: int) -> None:
    """Let *home* have had *orders* orders in its fake environment, in at most a year; each of them was filled."""
    months = MONTHS[: max(1, orders // 80)]
    for number, month in enumerate(months):
        days = list(trading_days(month, month + timedelta(days=27)))
        pairs = orders // 2 * (number + 1) // len(months) - orders // 2 * number // len(months)
        for command, at in zip(PAIR, ("15:30", "15:50"), strict=True):
            now = environment(home, f"{days[0].isoformat()}T{at}:00+00:00")
            subprocess.run((*PROGRAM, *command), env=now, check=True, capture_output=True)  # noqa: S603  ours
        _copy_last(home / "fake" / "log.db", days, pairs - 1)


def _copy_last(path: Path, days: Sequence[date], times: int) -> None:
    """Store the last pair of orders in the log *times* more, spread over *days*."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for pragma in ("synchronous = OFF", "cache_size = -1000000", "wal_autocheckpoint = 100000"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("BEGIN IMMEDIATE")
        copies = _Copies(connection.execute(_LAST_PAIR).fetchall(), days)
        last, head = connection.execute("SELECT position, head FROM chain ORDER BY position DESC LIMIT 1").fetchone()
        for guard in _GUARDS:
            connection.execute(f"DROP TRIGGER {guard.split()[2]}")
        for number in range(times):
            stored = []
            heads = []
            for stream, version, topic, state in copies.one(number / times):
                last += 1
                head = linked(head, leaf_of_stored(last, bytes.fromhex(stream), version, topic.encode(), state))
                stored.append((last, stream, version, topic, state))
                heads.append((last, head))
            connection.executemany("INSERT INTO stored_events VALUES (?, ?, ?, ?, ?)", stored)
            connection.executemany("INSERT INTO chain VALUES (?, ?)", heads)
        for guard in _GUARDS:
            connection.execute(guard)
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


class _Copies:
    """Copies of the rows of some orders, each with ids and a day of its own."""

    def __init__(self, rows: Sequence[tuple[str, int, str, bytes]], days: Sequence[date]) -> None:
        self._days = days
        stored = b"".join(state for _, _, _, state in rows)
        self._messages = [each.decode() for each in _each(rb'"message":"([0-9a-f]{32})"', stored)]
        self._placed = _each(rb'"broker_order":"(\d+)"', stored)
        self._old = [*_ids(self._messages, days[0]), *self._placed]
        pattern = re.compile(b"(%b)" % b"|".join(map(re.escape, self._old)))
        self._rows = [(stream.encode(), version, topic, pattern.split(state)) for stream, version, topic, state in rows]
        self._shared = {stream: version for stream, version, _, _ in self._rows if stream not in self._old}

    def one(self, part: float) -> Iterator[tuple[str, int, str, bytes]]:
        """The next copy: stream, version, topic and state of each row; *part* of the days have gone by."""
        ids = _ids([secrets.token_hex(16) for _ in self._messages], self._days[int(part * len(self._days))])
        placed = [b"%d" % secrets.randbelow(10**15) for _ in self._placed]
        new = dict(zip(self._old, [*ids, *placed], strict=True))
        for stream, stored_version, topic, parts in self._rows:
            version = stored_version
            if stream in self._shared:
                version = self._shared[stream] = self._shared[stream] + 1
            yield new.get(stream, stream).decode(), version, topic, b"".join(new.get(each, each) for each in parts)


def _each(pattern: bytes, text: bytes) -> list[bytes]:
    return list(dict.fromkeys(re.findall(pattern, text)))


def _ids(messages: Sequence[str], day: date) -> list[bytes]:
    """Everything in the rows of orders that derives from the messages that asked for them, and the day."""
    found = [f"{day.isoformat()}T"]
    for message in messages:
        order = Order.id_of("cli", message)
        rehearsed = external_id(order, Venue.SANDBOX, 1)
        for stream in (order, TestResult.id_of(order, rehearsed), Setup.id_of(order)):
            found += [str(stream), stream.hex]
        found += [rehearsed, external_id(order, Venue.PRODUCTION, 1), setup_external_id(order, 1)[:-1], message]
    return [each.encode() for each in found]
