"""
How fast the log is audited: what `audit verify` and `audit replay` read in a second.

    .venv/bin/python benchmarks/audit.py [--orders N] [--rounds R]

The log is made by the desk itself: N orders from text to filled, 29 events each, on SQLite. Each row of the table is
one kind of work of one process, in processor time (the best of R rounds); the last ones are whole runs of two processes
at once, by the clock, with the start of the second one.
"""

import argparse
import asyncio
import gc
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

from order_path import product

from tastyflow.application import audit
from tastyflow.application.ledger.ledger import Ledger
from tastyflow.domain.chain import ChainHead
from tastyflow_adapters.cli.audit import in_two
from tastyflow_adapters.cli.program import COLLECT_AFTER
from tastyflow_adapters.config.log_address import LogAddress
from tastyflow_adapters.store.log import open_log

AIMS: Final[Mapping[str, int]] = {
    "verify, both processes": 60_000,
    "replay, both processes": 60_000,
}


def made(path: Path, orders: int) -> None:
    """A log of so many orders, one after the other."""
    with closing(open_log(LogAddress.file(path))) as ledger:
        asyncio.run(product(ledger, orders, False))


def sealed(ledger: Ledger, until: int) -> None:
    """The chain, from its start."""
    start = ledger.log.chain_start()
    assert start is not None
    rows = audit.sealed_rows(ledger.log, until=until)
    assert audit.check_chain(rows, ChainHead(0, start.head)).is_whole


def parts(ledger: Ledger, end: audit.LogEnd) -> Mapping[str, Callable[[], object]]:
    """What one process does, by name."""
    return {
        "rows, read": lambda: sum(1 for _ in audit.log_of(ledger)),
        "chain and positions": lambda: sealed(ledger, end.position),
        "chain and structure (verify's second)": lambda: audit.structure_of(ledger.log, end),
        "promises (verify's first)": lambda: audit.promises_of(ledger.log, end),
        "replay and compare, all": lambda: audit.compared(ledger, until=end.position),
        "replay and compare, half (replay's)": lambda: audit.compared(ledger, until=end.position, half=0),
    }


def both(address: LogAddress, ledger: Ledger) -> Mapping[str, Callable[[], object]]:
    """What two processes do together."""
    return {
        "verify, both processes": lambda: in_two.verified(address, ledger, audit.unwatched),
        "replay, both processes": lambda: in_two.replayed(address, ledger, audit.unwatched),
    }


def best(work: Callable[[], object], clock: Callable[[], float], rounds: int) -> float:
    """The shortest of so many rounds, in seconds."""
    taken = []
    for _ in range(rounds):
        began = clock()
        work()
        taken.append(clock() - began)
    return min(taken)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="How fast the log is audited.")
    parser.add_argument("--orders", type=int, default=1_000, help="orders in the log (default 1000)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds, of which the best is printed (default 3)")
    asked = parser.parse_args(arguments)
    gc.set_threshold(COLLECT_AFTER)  # as the program does
    with tempfile.TemporaryDirectory(prefix="tastyflow-audit-") as folder:
        address = LogAddress.file(Path(folder) / "log.db")
        made(address.path, asked.orders)
        with closing(open_log(address, read_only=True)) as ledger:
            end = audit.settled_end(ledger.log)
            print(f"{end.position:,} events\n{'':42}{'events/s':>12}{'us an event':>14}{'aim':>10}")
            rows = [(parts(ledger, end), time.process_time), (both(address, ledger), time.perf_counter)]
            for works, clock in rows:
                for name, work in works.items():
                    taken = best(work, clock, asked.rounds)
                    aim = f"{AIMS[name]:,}" if name in AIMS else ""
                    print(f"  {name:40}{end.position / taken:>12,.0f}{taken / end.position * 1e6:>14.1f}{aim:>10}")


if __name__ == "__main__":
    main()
