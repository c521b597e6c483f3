"""
How long the service takes until it is ready again, with a hundred orders open at the venue.

    .venv/bin/python benchmarks/recovery.py [--orders N] [--restarts N] [--latency-ms N]

    a restart    the service is killed (SIGKILL), and a new process started: from its start to its word "ready"
    bare         a process that imports the same and does nothing: what no start can be faster than

Ready means: the lease is held, both venues are logged in to, each open order was asked for and is followed. The
simulator runs in a process of its own and answers each call after so many milliseconds; rates are tastytrade's
published ones. Restarts and bare starts take turns. The machine is shared and noisy: compare ratios, not seconds.
"""

import argparse
import asyncio
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from rich import box
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parent))

from venue import Place, percentile, simulator

AIM_S: Final = 5.0
PATIENCE_S: Final = 60.0
PROGRAM: Final = [sys.executable, "-m", "tastyflow_adapters.cli"]
BARE: Final = [
    sys.executable,
    "-c",
    (
        "import tastyflow_adapters.cli.serving, tastyflow_adapters.venues.tastytrade_venues, "
        "tastyflow_adapters.tastytrade.market_data, tastyflow_adapters.tastytrade.broker, "
        "tastyflow_adapters.tastytrade.streams.quote_stream, tastyflow_adapters.config.settings, tastyflow_grammar"
    ),
]
LIMITLESS: Final = {
    "TASTYFLOW_POLICY__HOUSE_ORDERS_A_MINUTE": "1000",
    "TASTYFLOW_POLICY__DUPLICATE_WINDOW_S": "0",
    "TASTYFLOW_POLICY__REST_WAIT_S": "0.05",
    "TASTYFLOW_POLICY__FOLLOW_S": "0.01",
}


def settings_of(place: Place, home: Path) -> dict[str, str]:
    """The variables of a service before the simulator."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TASTYFLOW_")}
    chosen = {"TASTYFLOW_HOME": str(home), "TASTYFLOW_ENV": "production", "TASTYFLOW_SIMULATED": "true"}
    for venue, side in place.sides.items():
        for key in ("api_url", "streamer_url", "client_secret", "refresh_token", "account"):
            chosen[f"TASTYFLOW_{venue.upper()}__{key.upper()}"] = side[key]
    return kept | LIMITLESS | chosen | {"PYTHONUNBUFFERED": "1"}


async def place_orders(environment: Mapping[str, str], orders: int) -> int:
    """Let so many orders rest in production; how many do."""
    os.environ.update(environment | {f"TASTYFLOW_{venue}__RATE": "1000" for venue in ("SANDBOX", "PRODUCTION")})
    from tastyflow.application.message import Message
    from tastyflow_adapters.bootstrap import open_desk
    from tastyflow_adapters.config.choices import PLATFORM

    async with open_desk() as desk:
        slots = asyncio.Semaphore(10)

        async def one(number: int) -> bool:
            async with slots:
                text = f"buy to open 1 SPY {430 + number % 40} call next month at 0.01"
                order = await desk.place(Message(text, PLATFORM, "demo", f"recovery-{number}"))
                return order.stage == "working"

        return sum(await asyncio.gather(*(one(number) for number in range(orders))))


class Service:
    """``tastyflow run``, from its start."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        began = time.perf_counter()
        self._process = subprocess.Popen(  # noqa: S603
            [*PROGRAM, "run"], env=dict(environment), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        said = []
        for line in self._process.stdout or ():
            said.append(line.rstrip())
            if line.startswith("ready in"):
                self.ready_s, self.said = time.perf_counter() - began, line.strip()
                return
        raise RuntimeError(f"The service did not become ready: {said}")

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.communicate(timeout=PATIENCE_S)


def bare_s() -> float:
    began = time.perf_counter()
    subprocess.run(BARE, check=True, timeout=PATIENCE_S)  # noqa: S603
    return time.perf_counter() - began


def page(rows: Sequence[tuple[str, Sequence[float]]], asked: argparse.Namespace) -> Table:
    title = f"{asked.orders} orders open, {asked.restarts} restarts after SIGKILL, {asked.latency_ms} ms a call"
    found = Table(title=title, box=box.SIMPLE, pad_edge=False, title_justify="left")
    for heading in ("seconds", "p50", "p99", "most"):
        found.add_column(heading, justify="left" if heading == "seconds" else "right", no_wrap=True)
    for name, times in rows:
        figures = (statistics.median(times), percentile(times, 0.99), max(times))
        found.add_row(name, *(f"{each:,.2f}" for each in figures))
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="How long the service takes until it is ready again.")
    parser.add_argument("--orders", type=int, default=100, help="orders at work (default 100)")
    parser.add_argument("--restarts", type=int, default=20, help="restarts (default 20)")
    parser.add_argument("--latency-ms", type=int, default=150, help="of each call (default 150)")
    asked = parser.parse_args(arguments)
    console = Console() if sys.stdout.isatty() else Console(width=100)
    ready, bare = [], []
    with tempfile.TemporaryDirectory() as folder, simulator(asked.latency_ms) as place:
        environment = settings_of(place, Path(folder) / "home")
        at_work = asyncio.run(place_orders(environment, asked.orders))
        assert at_work == asked.orders, f"{at_work} of {asked.orders} orders are at work"
        for _ in range(asked.restarts):
            bare.append(bare_s())
            service = Service(environment)
            ready.append(service.ready_s)
            service.kill()
            assert f"{asked.orders} open orders" in service.said, service.said
    console.print(page([("bare start", bare), ("ready again", ready)], asked))
    ratio, p99_s = statistics.median(ready) / statistics.median(bare), percentile(ready, 0.99)
    console.print(f"Ready again over a bare start: {ratio:.2f}x at p50.")
    console.print(f"Aim {AIM_S:g} s at p99: {'met' if p99_s < AIM_S else 'not met'} ({p99_s:.2f} s).")


if __name__ == "__main__":
    main()
