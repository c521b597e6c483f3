"""
What the past costs, and what many orders at once do: neither should be felt.

    .venv/bin/python benchmarks/history.py [--past N] [--at-once N] [--rounds R] [--home FOLDER]

Commands    each a process of its own, and the service from its start to "ready", with 1,000, 10,000 and 100,000 past
            orders. The aim is 1.5 times the first. An order is placed and filled, in the fake environment.
A desk      an order from text to filled, at a desk that runs, by the trader who placed all of the past.
Asking      what a desk that runs asks of the log: a trader by a ledger that was just opened, the orders of a trader who
            has placed none of the newest, whose order it is that has a tag, what is open. Beside it, once: folding all
            events of the trader, and making anew what is kept beside the events.
At once     an order from text to filled, 10, 100 and 1,000 at once, on SQLite; the aim is 1.2 times the one with 10.

The past is that of `past`: the same homes are made once and kept in FOLDER, where that is named. Everything is
processor time, and the rounds of all rows are interleaved: other programs on the machine change that less.
"""

import argparse
import asyncio
import resource
import signal
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final
from uuid import UUID

from order_path import DURING_THE_SESSION, LIMITS, product
from past import PROGRAM, environment, make_past

from tastyflow.application.ledger.ledger import Ledger
from tastyflow.application.ledger.lookup import Lookup
from tastyflow.application.ledger.read_models import CLAIM, TRADER, ReadModels
from tastyflow.application.ledger.rebuilding import rebuilt
from tastyflow.application.ledger.transaction import Transaction
from tastyflow.domain.events import Because
from tastyflow.domain.expirations import new_york_date, next_trading_day
from tastyflow.domain.order import Order
from tastyflow.domain.order.events import OrderDrafted
from tastyflow.domain.trader import Identity, Trader
from tastyflow_adapters.cli.exit_codes import ExitCode
from tastyflow_adapters.config.log_address import LogAddress
from tastyflow_adapters.store.log import open_log

ORDER: Final = ("order", "buy 1 AAPL 190C next month @ natural", "--yes")
COMMANDS: Final[Mapping[str, tuple[str, ...]]] = {
    "orders": ("orders",),
    "status last": ("status", "last"),
    "cancel all": ("cancel", "all"),
    "positions": ("positions",),
    "approvals": ("approvals",),
    "incident list": ("incident", "list"),
    "recover": ("recover",),
    "audit show last": ("audit", "show", "last"),
    "order": ORDER,
}

AIM: Final = 1.5
AIM_AT_ONCE: Final = 1.2
READS: Final = 20
"""A single reading is too short to be measured."""


class Times:
    """When orders are placed: ten minutes apart, on trading days after all of the past."""

    def __init__(self) -> None:
        self._next = DURING_THE_SESSION

    def begin_after(self, last: datetime) -> None:
        """Go on from the trading day after *last*."""
        day = next_trading_day(max(new_york_date(last), new_york_date(self._next)))
        self._next = datetime.combine(day, DURING_THE_SESSION.timetz())

    def next(self) -> datetime:
        """The next one."""
        now = self._next
        self._next += timedelta(minutes=10)
        if self._next - datetime.combine(now.date(), DURING_THE_SESSION.timetz()) > timedelta(hours=4):
            self.begin_after(now)
        return now


_times = Times()


# ── what is measured ───────────────────────────────────────────────────────────────────────────────────────────────


def environment_of(home: Path, command: tuple[str, ...]) -> dict[str, str]:
    """That of a person who has chosen nothing but the home; and the time, where an order is placed."""
    return environment(home, _times.next().isoformat() if command is ORDER else "")


def command_ms(home: Path, command: tuple[str, ...]) -> float:
    """The processor time of one command, in milliseconds."""
    before = _children_s()
    done = subprocess.run((*PROGRAM, *command), env=environment_of(home, command), check=False, capture_output=True)  # noqa: S603  ours
    assert done.returncode in (ExitCode.DONE, ExitCode.UNVERIFIED), done.stderr.decode()
    return 1000 * (_children_s() - before)


def service_ms(home: Path) -> float:
    """The processor time of the service from its start until it is ready, and until it has ended again."""
    before = _children_s()
    with subprocess.Popen(  # noqa: S603  ours
        (*PROGRAM, "run"),
        env=environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as service:
        assert service.stdout is not None
        said = next((line for line in service.stdout if "ready in" in line), "")
        service.send_signal(signal.SIGTERM)
        service.communicate(timeout=60)
    assert said, "the service did not get ready"
    return 1000 * (_children_s() - before)


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def at_desk_ms(path: Path) -> float:
    """The processor time of one order at a desk that runs, by the trader who placed all of the past."""
    with closing(open_log(LogAddress.file(path))) as ledger:
        return asyncio.run(_at_desk_s(ledger)) * 1000


async def _at_desk_s(ledger: Ledger) -> float:
    trader = trader_of(ledger)

    def known_as_bench(tx: Transaction) -> None:
        why = Because("benchmark", "benchmark", "benchmark", DURING_THE_SESSION)
        tx.record(tx.require(Trader, trader.id).set_limits(LIMITS, why=why))
        tx.record(tx.require(Trader, trader.id).link("bench", "bench", why=why))
        tx.record(Identity.claim("bench", "bench", trader.id, why=why))

    if not any(platform == "bench" for platform, _ in trader.identities):
        await ledger.change(known_as_bench)
    run = await product(ledger, READS, False, at=_times.next(), hires=False)
    return run.cpu_s / READS


def asked_ms(path: Path, ask: Callable[[Ledger], object]) -> float:
    """What a ledger that was just opened needs for *ask*, in milliseconds."""
    taken = 0.0
    for _ in range(READS):
        with closing(open_log(LogAddress.file(path), read_only=True)) as ledger:
            began = time.process_time()
            ask(ledger)
            taken += time.process_time() - began
    return taken * 1000 / READS


def once_ms(path: Path, do: Callable[[Ledger], object]) -> float:
    """The same, once, of a log that may be written."""
    with closing(open_log(LogAddress.file(path))) as ledger:
        began = time.process_time()
        do(ledger)
        return (time.process_time() - began) * 1000


def trader_of(ledger: Ledger) -> Trader:
    """The one who placed all of it."""
    (trader,) = Lookup(ledger).traders()
    return trader


def whose(ledger: Ledger) -> UUID:
    """Whose the tag of the first order of all is, of which no list of newest orders knows."""
    (first,) = ledger.next_rows(after=0, limit=1, topics=(OrderDrafted.TOPIC,))
    order = ledger.read(Order, first.originator_id)  # type: ignore[arg-type]
    assert order is not None
    found = ReadModels(ledger).streams(CLAIM, order.attempts[-1].external_id, limit=1)
    assert found == [order.id]
    return order.id


ASKED: Final[Mapping[str, Callable[[Ledger], object]]] = {
    "a trader": trader_of,
    "the newest orders of another": lambda ledger: ReadModels(ledger).streams(TRADER, UUID(int=0).hex, limit=10),
    "whose an old tag is": whose,
    "everything that is open": lambda ledger: Lookup(ledger).everyones_open(),
}
ONCE: Final[Mapping[str, Callable[[Ledger], object]]] = {
    "folding all events of the trader": lambda ledger: ledger.state_at(trader_of(ledger).id, 10**9),
    "making anew (tastyflow log rebuild)": lambda ledger: rebuilt(ledger, watch=lambda items, total: items),
}


def order_ms(at_once: int) -> float:
    """The processor time of one order of *at_once*, from text to filled and told, on SQLite."""
    with tempfile.TemporaryDirectory() as home, closing(open_log(LogAddress.file(Path(home) / "log.db"))) as ledger:
        run = asyncio.run(product(ledger, at_once, True))
    return run.cpu_s * 1000 / at_once


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
    parser.add_argument("--past", type=int, default=100_000, help="the most past orders (default 100000)")
    parser.add_argument("--at-once", type=int, default=1_000, help="the most orders at once (default 1000)")
    parser.add_argument("--rounds", type=int, default=5, help="rounds, of which the median is printed (default 5)")
    parser.add_argument("--home", type=Path, help="keep the pasts in this folder, and use those that are there")
    asked = parser.parse_args(arguments)
    pasts = sorted({max(24, asked.past // 100), max(24, asked.past // 10), max(24, asked.past)})
    names = {past: f"{past:,} past orders" for past in pasts}
    with tempfile.TemporaryDirectory(prefix="tastyflow-history-") as folder:
        homes = {past: (asked.home or Path(folder)) / str(past) for past in pasts}
        for past, home in homes.items():
            if not home.exists():
                make_past(home, past)
        logs = {past: home / "fake" / "log.db" for past, home in homes.items()}
        for path in logs.values():
            with closing(open_log(LogAddress.file(path), read_only=True)) as ledger:
                _times.begin_after(Lookup(ledger).recorded_at(ledger.end()) or DURING_THE_SESSION)
        for name, once in ONCE.items():
            print_table(name, {names[past]: once_ms(path, once) for past, path in logs.items()}, names[pasts[0]])
        for name, ask in ASKED.items():
            rows = {names[past]: partial(asked_ms, path, ask) for past, path in logs.items()}
            print_table(name, measured(rows, asked.rounds), names[pasts[0]], AIM)
        for name, command in COMMANDS.items():
            rows = {names[past]: partial(command_ms, home, command) for past, home in homes.items()}
            print_table(f"tastyflow {name}", measured(rows, asked.rounds), names[pasts[0]], AIM)
        rows = {names[past]: partial(service_ms, home) for past, home in homes.items()}
        print_table("tastyflow run, until it is ready", measured(rows, asked.rounds), names[pasts[0]], AIM)
        # last: its venues are others than those of the commands, which would say so
        rows = {names[past]: partial(at_desk_ms, path) for past, path in logs.items()}
        print_table("An order at a desk that runs", measured(rows, asked.rounds), names[pasts[0]], AIM)
    crowds = {f"{n:,} at once": partial(order_ms, n) for n in sorted({10, 100, asked.at_once})}
    print_table("An order, from text to filled", measured(crowds, asked.rounds), "10 at once", AIM_AT_ONCE)


if __name__ == "__main__":
    main()
