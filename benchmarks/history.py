"""
What the past costs, and what many orders at once do: neither should be felt.

    .venv/bin/python benchmarks/history.py [--past N] [--at-once N] [--rounds R]

Reading     a trader with 10, 1,000 and 10,000 past orders, by a ledger that was just opened, at the worst moment: right
            before the next snapshot. The aim is 1.5 times the one with 10. Beside it, what folding all events takes.
Commands    ``orders``, ``status last``, ``approvals`` and ``order``, each a process of its own, with 10 and with 10,000
            past orders.
At once     an order from text to filled, 10, 100 and 1,000 at once, on SQLite; the aim is 1.2 times the one with 10.

The floor of a reading is bare ``sqlite3`` reading as many rows as one order has. Everything is processor time, and the
rounds of all rows are interleaved: other programs on the machine change that less. The past is one order that the desk
placed, stored again and again under new ids.
"""

import argparse
import asyncio
import json
import os
import resource
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

from eventsourcing.persistence import StoredEvent
from order_path import DURING_THE_SESSION, LIMITS, product

from tastyflow.application.ledger.snapshots import LEAST
from tastyflow.application.ledger.transaction import Transaction
from tastyflow.domain.events import Because
from tastyflow.domain.trader import Trader
from tastyflow_adapters.clock import SystemClock
from tastyflow_adapters.config.log_address import LogAddress
from tastyflow_adapters.store.log import open_log

PROGRAM: Final = (sys.executable, "-m", "tastyflow_adapters.cli")
PLACED: Final = ("order", "buy 1 SPY 450C next month @ natural")
COMMANDS: Final[Mapping[str, tuple[str, ...]]] = {
    "orders": ("orders",),
    "status last": ("status", "last"),
    "approvals": ("approvals",),
    "order": PLACED,
}
_starts = count()

AIM_READING: Final = 1.5
AIM_AT_ONCE: Final = 1.2
READS: Final = 20
"""A single reading is too short to be measured."""


# ── a long past ────────────────────────────────────────────────────────────────────────────────────────────────────


def placed_once(path: Path) -> UUID:
    """A log in which one order went the whole way, and the trader who placed it."""
    subprocess.run((*PROGRAM, *PLACED), env=environment(path.parents[1], PLACED), check=True, capture_output=True)  # noqa: S603  ours
    with closing(open_log(LogAddress.file(path))) as ledger:
        (trader,) = ledger.log.select(("tastyflow.trader.registered@1",))
        return trader


def repeat(path: Path, times: int) -> None:
    """Store the order of the log *times* more: its own streams under new ids, those it shares one after the other."""
    with closing(open_log(LogAddress.file(path))) as ledger:
        rows = [StoredEvent(row.originator_id, row.originator_version, row.topic, row.state) for row in ledger.rows()]
        start = next(place for place, row in enumerate(rows) if row.topic == "tastyflow.order.drafted@1")
        kinds = {row.originator_id: row.topic.split(".")[1] for row in rows}
        own = [stream for stream, kind in kinds.items() if kind in ("order", "test_result")]
        versions = Counter(row.originator_id for row in rows)
        for batch in _batches(times, 8000 // len(rows)):
            stored: list[StoredEvent] = []
            for _ in range(batch):
                stored += _renamed(
                    rows[start:], {stream: uuid4() for stream in own if isinstance(stream, UUID)}, versions
                )
            ledger.log.append(stored).result()


def _batches(whole: int, most: int) -> Iterator[int]:
    while whole > 0:
        yield min(whole, most)
        whole -= most


def _renamed(
    rows: Sequence[StoredEvent], names: Mapping[UUID, UUID], versions: "Counter[UUID | str]"
) -> Iterator[StoredEvent]:
    for row in rows:
        state = row.state
        for old, new in names.items():
            state = state.replace(str(old).encode(), str(new).encode()).replace(old.hex.encode(), new.hex.encode())
        stream: UUID | str = names.get(row.originator_id, row.originator_id)  # type: ignore[call-overload]
        versions[stream] += 1
        yield StoredEvent(stream, versions[stream], row.topic, state)


async def go_on(path: Path, trader_id: UUID) -> None:
    """Lift the trader's limits, which brings a snapshot, and change the trader until one more pair brings the next."""
    with closing(open_log(LogAddress.file(path))) as ledger:
        await ledger.change(partial(_without_limits, trader_id=trader_id))
        for number in range(LEAST - 2):
            await ledger.change(partial(_turn, trader_id=trader_id, number=number))


def _turn(tx: Transaction, *, trader_id: UUID, number: int) -> None:
    why = Because("benchmark", "benchmark", f"benchmark-{number}", SystemClock().now())
    trader = tx.require(Trader, trader_id)
    tx.record(trader.reinstate(why=why) if trader.suspended else trader.suspend(why=why))


def _without_limits(tx: Transaction, *, trader_id: UUID) -> None:
    why = Because("benchmark", "benchmark", "benchmark", SystemClock().now())
    tx.record(tx.require(Trader, trader_id).set_limits(LIMITS, why=why))


# ── what is measured ───────────────────────────────────────────────────────────────────────────────────────────────


def reading_ms(path: Path, trader_id: UUID) -> float:
    """What a ledger that was just opened needs to read the trader."""
    taken = 0.0
    for _ in range(READS):
        with closing(open_log(LogAddress.file(path), read_only=True)) as ledger:
            began = time.process_time()
            assert ledger.read(Trader, trader_id) is not None
            taken += time.process_time() - began
    return taken * 1000 / READS


def folding_ms(path: Path, trader_id: UUID) -> float:
    """What folding all events of the trader takes."""
    with closing(open_log(LogAddress.file(path), read_only=True)) as ledger:
        began = time.process_time()
        assert ledger.state_at(trader_id, 10**9) is not None
        return (time.process_time() - began) * 1000


def floor_ms(path: Path) -> float:
    """What bare sqlite3 needs to read the rows of one order, as JSON."""
    began = time.process_time()
    for _ in range(READS):
        with closing(sqlite3.connect(path)) as connection:
            rows = connection.execute("SELECT topic, state FROM stored_events ORDER BY rowid LIMIT 24").fetchall()
            assert all(json.loads(state) for _, state in rows)
    return (time.process_time() - began) * 1000 / READS


def command_ms(home: Path, command: tuple[str, ...]) -> float:
    """The processor time of one command, in milliseconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run((*PROGRAM, *command), env=environment(home, command), check=True, capture_output=True)  # noqa: S603  ours
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)


def order_ms(at_once: int) -> float:
    """The processor time of one order of *at_once*, from text to filled and told, on SQLite."""
    with tempfile.TemporaryDirectory() as home, closing(open_log(LogAddress.file(Path(home) / "log.db"))) as ledger:
        run = asyncio.run(product(ledger, at_once, True))
    return run.cpu_s * 1000 / at_once


def environment(home: Path, command: tuple[str, ...]) -> dict[str, str]:
    """The environment of a person who has chosen nothing but the home; orders are placed two minutes apart."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TASTYFLOW_")}
    now = DURING_THE_SESSION + timedelta(minutes=2 * next(_starts))
    return kept | {"TASTYFLOW_HOME": str(home)} | ({"TASTYFLOW_NOW": now.isoformat()} if command is PLACED else {})


# ── the tables ─────────────────────────────────────────────────────────────────────────────────────────────────────


def measured(rows: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, float]:
    """The median of each row over *rounds* interleaved rounds."""
    taken: dict[str, list[float]] = {name: [] for name in rows}
    for _ in range(rounds):
        for name, measure in rows.items():
            taken[name].append(measure())
    return {name: statistics.median(times) for name, times in taken.items()}


def print_table(title: str, figures: Mapping[str, float], first: str, aim: float | None = None) -> None:
    """Each figure, and how many times *first* it is."""
    print(f"\n{title:44}{'median ms':>10}{f'x {first}':>20}{'aim':>6}")
    for name, figure in figures.items():
        told = "" if aim is None or name in ("floor", first) else f"{aim:.1f}"
        print(f"  {name:42}{figure:>10.2f}{figure / figures[first]:>20.2f}{told:>6}")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="What the past costs, and what many orders at once do.")
    parser.add_argument("--past", type=int, default=10_000, help="the most past orders (default 10000)")
    parser.add_argument("--at-once", type=int, default=1_000, help="the most orders at once (default 1000)")
    parser.add_argument("--rounds", type=int, default=5, help="rounds, of which the median is printed (default 5)")
    asked = parser.parse_args(arguments)
    pasts = sorted({10, max(10, asked.past // 10), max(10, asked.past)})
    with tempfile.TemporaryDirectory(prefix="tastyflow-history-") as folder:
        homes = {past: Path(folder) / str(past) for past in pasts}
        logs = {past: home / "fake" / "log.db" for past, home in homes.items()}
        trader_id = placed_once(logs[pasts[0]])
        for past in pasts[1:]:
            shutil.copytree(homes[pasts[0]], homes[past])
        for past, path in logs.items():
            repeat(path, past - 1)
            asyncio.run(go_on(path, trader_id))
        reading: dict[str, Callable[[], float]] = {"floor": partial(floor_ms, logs[pasts[0]])}
        for past, path in logs.items():
            reading[f"{past:,} past orders"] = partial(reading_ms, path, trader_id)
        print_table("Reading a trader", measured(reading, asked.rounds), f"{pasts[0]:,} past orders", AIM_READING)
        folding = {f"{past:,} past orders": partial(folding_ms, path, trader_id) for past, path in logs.items()}
        print_table("Folding all events of the trader", measured(folding, asked.rounds), f"{pasts[0]:,} past orders")
        for name, command in COMMANDS.items():
            ends = {
                f"{past:,} past orders": partial(command_ms, homes[past], command) for past in (pasts[0], pasts[-1])
            }
            print_table(f"tastyflow {name}", measured(ends, asked.rounds), f"{pasts[0]:,} past orders")
    crowds = {f"{n:,} at once": partial(order_ms, n) for n in sorted({10, 100, asked.at_once})}
    print_table("An order, from text to filled", measured(crowds, asked.rounds), "10 at once", AIM_AT_ONCE)


if __name__ == "__main__":
    main()
