"""
How fast an order goes from text to filled, against a raw floor measured in the same run.

    .venv/bin/python benchmarks/order_path.py [--orders N] [--rounds R] [--log postgresql | --log postgresql://…]

Four rows: one order at a time and 100 at once, on a SQLite file with synchronous=FULL and in memory. An order takes
every step: understood, completed, within limits, rehearsed in one fake venue with all checks, promoted, filled in the
other. Both venues live in memory and fill a marketable limit at once, so that what is measured is tastyflow.

With ``--log postgresql`` two rows more: on a server that is started here with fsync on and thrown away, or on the one
that is named, each round in a schema of its own.

The floor is bare ``sqlite3`` (WAL, FULL) on the same disk: the same appends, the same bytes, one commit per append, one
after the other. The machine is shared and noisy: compare ratios, not seconds. Rounds alternate floor and product, and
the median round is printed.
"""

import argparse
import asyncio
import gc
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from attrs import frozen
from eventsourcing.persistence import StoredEvent
from rich import box
from rich.console import Console
from rich.table import Table

import tastyflow_grammar
from tastyflow.application.context import Context
from tastyflow.application.desk import Desk
from tastyflow.application.ledger.ledger import Ledger
from tastyflow.application.ledger.transaction import Transaction
from tastyflow.application.message import Message
from tastyflow.domain.events import Because
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.policy import Policy
from tastyflow.domain.trader import Identity, Limits, Permission, Trader
from tastyflow.domain.venue import Venue
from tastyflow.ports import Address, Notice
from tastyflow_adapters.cli.program import COLLECT_AFTER
from tastyflow_adapters.clock import AnchoredClock
from tastyflow_adapters.config.log_address import LogAddress
from tastyflow_adapters.fake import FakeBroker, FakeMarket
from tastyflow_adapters.store.log import open_log

NAUTILUS_ORDERS_PER_S = (1300, 1900)
"""NautilusTrader's engine on a machine like this one, without writing anything to disk."""

DURING_THE_SESSION = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)

MUCH = 10**9
LIMITS = Limits(
    max_notional_usd=Decimal(MUCH),
    max_open_notional_usd=Decimal(MUCH),
    max_defined_loss_usd=Decimal(MUCH),
    max_loss_pct=Decimal(MUCH),
    max_underlying_pct=Decimal(MUCH),
    max_order_buying_power_pct=Decimal(MUCH),
    max_buying_power_pct=Decimal(MUCH),
    orders_a_minute=MUCH,
    orders_a_day=MUCH,
    max_working=MUCH,
    max_working_a_symbol=MUCH,
)
"""Every limit is looked at, and none is reached."""

POLICY = Policy(house_orders_a_minute=MUCH, duplicate_window_s=0.0)


class Reader:
    """Is told everything, as a chat platform would be, and reads it at once."""

    name = None

    def listens_to(self, address: Address) -> bool:
        return True

    async def tell(self, notice: Notice) -> None:
        """Nothing is written anywhere."""


@frozen
class Run:
    """One round: seconds per order from text to filled, the whole time, processor time, and every append."""

    latencies_s: tuple[float, ...]
    took_s: float
    cpu_s: float
    appends: tuple[tuple[StoredEvent, ...], ...]
    commits: int

    @property
    def orders_per_s(self) -> float:
        return len(self.latencies_s) / self.took_s


class Counting:
    """Notes every append on its way to the recorder."""

    def __init__(self, ledger: Ledger) -> None:
        self.appends: list[tuple[StoredEvent, ...]] = []
        log: Any = ledger.log
        self._append = log.append
        log.append = self

    def __call__(self, stored: Sequence[StoredEvent], **how: Any) -> "Future[list[int]]":
        self.appends.append(tuple(stored))
        future: Future[list[int]] = self._append(stored, **how)
        return future


async def product(
    ledger: Ledger, orders: int, at_once: bool, *, at: datetime = DURING_THE_SESSION, hires: bool = True
) -> Run:
    """Place *orders* orders on one desk, at *at*; without *hires*, as a trader who is ``bench`` already."""
    clock = AnchoredClock(at)
    market = FakeMarket(clock)
    sandbox = FakeBroker(Venue.SANDBOX, clock, market, cash_usd=10**12)
    production = FakeBroker(Venue.PRODUCTION, clock, market, seed=1, cash_usd=10**12)
    gc.set_threshold(COLLECT_AFTER)  # as the program does
    context = Context(ledger, tastyflow_grammar, market, sandbox, production, clock, POLICY)  # type: ignore[arg-type]
    if hires:
        await ledger.change(_register(clock))
    numbers = count(1)

    async def one(desk: Desk) -> float:
        began = time.perf_counter()
        text = f"buy {1 + next(numbers) % 10} SPY 450 calls expiring next month at natural"
        order = await desk.place(Message(text, "bench", "bench", f"{began}-{next(numbers)}"))
        assert order.stage is Stage.FILLED, (order.stage, order.message)
        return time.perf_counter() - began

    async with Desk(context, [Reader()]) as desk:
        await one(desk)  # the first one builds the parser and the chain
        counting = Counting(ledger)
        commits = _commits(ledger)
        began, cpu_began = time.perf_counter(), time.process_time()
        if at_once:
            latencies = await asyncio.gather(*(one(desk) for _ in range(orders)))
        else:
            latencies = [await one(desk) for _ in range(orders)]
        took_s = time.perf_counter() - began
    cpu_s = time.process_time() - cpu_began  # until the last one was told, too
    return Run(tuple(latencies), took_s, cpu_s, tuple(counting.appends), _commits(ledger) - commits)


def _register(clock: AnchoredClock) -> Any:
    def decide(tx: Transaction) -> None:
        why = Because("benchmark", "benchmark", "benchmark", clock.now())
        trader = Trader.id_of("bench")
        tx.record(Trader.register("bench", limits=LIMITS, permissions=frozenset(Permission), why=why))
        tx.record(Identity.claim("bench", "bench", trader, why=why))

    return decide


def _commits(ledger: Ledger) -> int:
    return int(getattr(ledger.recorder, "commits", 0))


def floor_s(path: Path, appends: Sequence[Sequence[StoredEvent]]) -> float:
    """Seconds for bare sqlite3 to make the same appends, one commit each."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(
            "CREATE TABLE stored_events (rowid INTEGER PRIMARY KEY AUTOINCREMENT, originator_id TEXT,"
            " originator_version INTEGER, topic TEXT, state BLOB, UNIQUE (originator_id, originator_version))"
        )
        rows = [[(_hex(e.originator_id), e.originator_version, e.topic, e.state) for e in append] for append in appends]
        insert = "INSERT INTO stored_events (originator_id, originator_version, topic, state) VALUES (?, ?, ?, ?)"
        began = time.perf_counter()
        for append in rows:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(insert, append)
            connection.execute("COMMIT")
        return time.perf_counter() - began
    finally:
        connection.close()


def _hex(originator_id: UUID | str) -> str:
    return originator_id.hex if isinstance(originator_id, UUID) else originator_id


@frozen
class Row:
    """What is printed of one set-up: medians over the rounds."""

    name: str
    orders_per_s: float
    p50_ms: float
    p99_ms: float
    events: float
    appends: float
    commits: float
    ratio: float


Place = Callable[[Path], LogAddress]
"""Where the log of a round is, in the folder of that round."""


def in_file(folder: Path) -> LogAddress:
    return LogAddress.file(folder / "log.db")


def in_memory(_: Path) -> LogAddress:
    return LogAddress.memory()


def on_server(url: str) -> Place:
    """Each round in a schema of its own."""
    return lambda _: LogAddress.server(url, f"bench_{uuid4().hex}")


@contextmanager
def served(asked: str | None) -> Iterator[str | None]:
    """The URL of the server that was asked for: a new one, or the one that is named; None for none."""
    if asked != "postgresql":
        yield asked
        return
    sys.path.append(str(Path(__file__).parents[1]))
    from tests.postgres_server import running

    with running(durable=True) as server:
        yield server.url


def measure(name: str, orders: int, rounds: int, *, at_once: bool, place: Place) -> Row:
    """Alternate product and floor for *rounds* rounds."""
    runs: list[Run] = []
    ratios: list[float] = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as home:
            ledger = open_log(place(Path(home)))
            try:
                run = asyncio.run(product(ledger, orders, at_once))
            finally:
                ledger.close()
            runs.append(run)
            ratios.append(run.took_s / floor_s(Path(home) / "floor.db", run.appends))
    middle = sorted(runs, key=lambda run: run.orders_per_s)[len(runs) // 2]
    latencies = sorted(second for run in runs for second in run.latencies_s)
    events = sum(len(append) for append in middle.appends)
    return Row(
        name=name,
        orders_per_s=middle.orders_per_s,
        p50_ms=statistics.median(latencies) * 1000,
        p99_ms=latencies[int(len(latencies) * 0.99)] * 1000,
        events=events / orders,
        appends=len(middle.appends) / orders,
        commits=middle.commits / orders,
        ratio=statistics.median(ratios),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="From text to filled, against a raw floor.")
    parser.add_argument("--orders", type=int, default=100, help="orders a round (default 100)")
    parser.add_argument("--rounds", type=int, default=5, help="rounds, of which the median is printed (default 5)")
    parser.add_argument("--log", metavar="postgresql", help="on a server too: a new one, or the one at this URL")
    asked = parser.parse_args()
    with served(asked.log) as url:
        show(asked.orders, asked.rounds, url)


def show(orders: int, rounds: int, url: str | None) -> None:
    """Measure every row, and print the table."""
    setups: list[tuple[str, bool, Place]] = [
        ("1 at a time, SQLite", False, in_file),
        (f"{orders} at once, SQLite", True, in_file),
        ("1 at a time, memory", False, in_memory),
        (f"{orders} at once, memory", True, in_memory),
    ]
    if url is not None:
        setups.append(("1 at a time, PostgreSQL", False, on_server(url)))
        setups.append((f"{orders} at once, PostgreSQL", True, on_server(url)))
    console = Console() if sys.stdout.isatty() else Console(width=100)
    caption = "figures are per order; ratio: time over bare sqlite3 writing the same, one commit per append"
    table = Table(
        title="From text to filled (SQLite: WAL, synchronous=FULL)", caption=caption, box=box.SIMPLE, pad_edge=False
    )
    for heading in ("", "orders/s", "p50 ms", "p99 ms", "events", "appends", "commits", "ratio"):
        table.add_column(heading, justify="left" if not heading else "right", no_wrap=True)
    rows = []
    for name, at_once, place in setups:
        with console.status(name):
            row = measure(name, orders, rounds, at_once=at_once, place=place)
        rows.append(row)
        figures = [row.orders_per_s, row.p50_ms, row.p99_ms, row.events, row.appends, row.commits, row.ratio]
        table.add_row(name, *(f"{figure:,.2f}" for figure in figures))
    console.print(table)
    low, high = NAUTILUS_ORDERS_PER_S
    at_once_rate = rows[1].orders_per_s
    console.print(
        f"NautilusTrader's engine, nothing on disk: {low:,}–{high:,} orders/s; "
        f"here {at_once_rate:,.0f} on SQLite FULL, {low / at_once_rate:.1f}–{high / at_once_rate:.1f}x apart."
    )


if __name__ == "__main__":
    main()
