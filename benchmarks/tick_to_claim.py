"""
How long tastyflow itself takes from a tick of the market to the claim of the order that a rule asks for.

    .venv/bin/python benchmarks/tick_to_claim.py [--signals N] [--symbol SPX]

The whole way, on real parts: a tick comes out of the feed of a watched chain ─▶ figures ─▶ the rule fires ─▶ its line
is filled in ─▶ the signal is raised ─▶ the order is understood, completed, judged and drafted ─▶ the claim of the
sandbox is in the log, and the request would leave. The venues answer at once, so that what is left is our own time: the
pause between two figures and each commit of the log are in it. The log is a SQLite file with synchronous=FULL; beside
it, one in memory.

The rule has no cool-down here, or one signal a minute could be measured. The aim is 50 ms for 99 of 100.
"""

import argparse
import asyncio
import math
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from attrs import evolve
from order_path import DURING_THE_SESSION, LIMITS, POLICY
from rich import box
from rich.console import Console
from rich.table import Table

from tastyflow.application.context import Context
from tastyflow.application.desk import Desk
from tastyflow.application.message import Message
from tastyflow.application.traders import Traders
from tastyflow.application.waiting import ended
from tastyflow.domain.instruments import EquityOption
from tastyflow.domain.signal_rule import RuleMode
from tastyflow.domain.signal_rule.rule import RuleLimits, SignalRule
from tastyflow.domain.trader.permissions import GRANTABLE
from tastyflow.domain.venue import Venue
from tastyflow.ports import SpotSource, SpotTick, Tick
from tastyflow_adapters.clock import AnchoredClock
from tastyflow_adapters.config.gex_choices import STANDARD
from tastyflow_adapters.config.log_address import LogAddress
from tastyflow_adapters.fake import FakeBroker, FakeMarket, FakeOptionFeed
from tastyflow_adapters.language import Grammar
from tastyflow_adapters.signals.rules import read_rule
from tastyflow_adapters.signals.running.opening import watch_opener
from tastyflow_adapters.signals.running.part import SignalsHome, SignalsPart
from tastyflow_adapters.signals.running.rule_files import RuleChange, RuleFolder, RuleNews
from tastyflow_adapters.signals.running.status import SignalsStatus
from tastyflow_adapters.store.log import open_log

AIM_MS: Final = 50.0
RULE: Final = """
name = "bench"
version = 1
symbol = "{symbol}"
trader = "bench"

[scope]
dte = "all"

[trigger]
figure = "spot"
above = {level}
hysteresis = 0

[limits]
greatest_age_s = 300
expires_after_s = 300

[action]
line = "buy 1 {{symbol}} {{call_wall}} call {{expiration 10..60 dte monthly}} @ natural"
"""


class HandFeed:
    """The fake exchange's chain, said once; then the spot, when it is told to."""

    def __init__(self, feed: FakeOptionFeed, clock: AnchoredClock) -> None:
        self._feed, self._clock = feed, clock
        self._told: asyncio.Queue[float] = asyncio.Queue()

    def tell(self, spot: float) -> None:
        """Say *spot*, now."""
        self._told.put_nowait(spot)

    @asynccontextmanager
    async def follow(
        self, underlying: str, options: Sequence[EquityOption]
    ) -> AsyncIterator[AsyncIterator[Sequence[Tick]]]:
        async with self._feed.follow(underlying, options) as batches:
            yield self._both(batches)

    async def _both(self, batches: AsyncIterator[Sequence[Tick]]) -> AsyncIterator[Sequence[Tick]]:
        told = asyncio.ensure_future(self._told.get())
        said = asyncio.ensure_future(anext(batches))
        try:
            while True:
                await asyncio.wait((told, said), return_when=asyncio.FIRST_COMPLETED)
                if told.done():
                    yield [SpotTick(told.result(), SpotSource.TRADE, self._clock.now())]
                    told = asyncio.ensure_future(self._told.get())
                if said.done():
                    yield [each for each in said.result() if not isinstance(each, SpotTick)]
                    said = asyncio.ensure_future(anext(batches))
        finally:
            await ended(told, said)

    async def volatility_rank(self, underlying: str) -> float | None:
        return await self._feed.volatility_rank(underlying)


class Claims:
    """Notes when a request would leave for *broker*: its claim is in the log."""

    def __init__(self, broker: FakeBroker) -> None:
        self._place = broker.place
        self.at: asyncio.Queue[float] = asyncio.Queue()
        broker.place = self._noted  # type: ignore[method-assign]

    async def _noted(self, *args: Any, **how: Any) -> Any:
        self.at.put_nowait(time.perf_counter())
        return await self._place(*args, **how)


class OneRule(RuleFolder):
    """A folder that holds *rule*."""

    def __init__(self, rule: SignalRule) -> None:
        self._rule = rule
        self.complaints = ()
        self._is_told = False

    async def look(self) -> tuple[RuleNews, ...]:
        news = () if self._is_told else (RuleNews(RuleChange.NEW, "found", self._rule),)
        self._is_told = True
        return news


async def tick_to_claim(log: LogAddress, symbol: str, signals: int) -> list[float]:
    """Milliseconds from tick to claim, of each signal."""
    clock = AnchoredClock(DURING_THE_SESSION)
    market = FakeMarket(clock)
    feed = HandFeed(FakeOptionFeed(market, clock), clock)
    sandbox, production = (FakeBroker(v, clock, market, seed=n, cash_usd=10**12) for n, v in enumerate(Venue))
    claims = Claims(sandbox)
    level = float(market.spot(symbol))
    ledger = open_log(log)
    context = Context(ledger, Grammar(), market, sandbox, production, clock, POLICY, feed=feed)
    await Traders(ledger, clock).add("bench", "cli", limits=LIMITS, permissions=frozenset(GRANTABLE), by="benchmark")
    await Traders(ledger, clock).link("bench", "signal", "bench", by="benchmark")
    text = RULE.format(symbol=symbol, level=level)
    read, complaints = read_rule(text, file="bench.toml", language=Grammar(), now=clock.now())
    assert read is not None, complaints
    limits: RuleLimits = evolve(read.limits, cool_down_min=0.0, most_a_day=10**6)
    rule = evolve(read, limits=limits)
    took: list[float] = []
    said: list[str] = []
    async with Desk(context) as desk:
        await desk.signalling.load(rule)
        for mode in (RuleMode.APPROVE, RuleMode.AUTO):
            await desk.signalling.move("bench", mode, Message("…", "cli", "bench", mode), seen=rule.digest)
        status = SignalsStatus()
        home = SignalsHome(folder=lambda: OneRule(rule), open_watch=watch_opener(context, STANDARD))
        part = asyncio.ensure_future(SignalsPart(desk, home, status, said.append).run(lambda: True))
        while not (status.rules and status.rules[0].coverage and status.rules[0].coverage > 0.99):
            feed.tell(level - 1)
            await asyncio.sleep(0.5)
        for number in range(signals + 1):
            feed.tell(level - 1)
            await asyncio.sleep(0.4 + 0.013 * (number % 20))  # at no fixed place between two figures
            while not claims.at.empty():  # what the rehearsal before left in the sandbox is closed there by orders, too
                claims.at.get_nowait()
            began = time.perf_counter()
            feed.tell(level + 1)
            took.append(1000 * (await asyncio.wait_for(claims.at.get(), 20) - began))
            while status.rules[0].in_hand or desk.signalling.still_open():  # noqa: ASYNC110  it is no event
                await asyncio.sleep(0.05)
        await ended(part)
    ledger.close()
    return took[1:]  # the first one builds the parser and reads the chain


def main() -> None:
    parser = argparse.ArgumentParser(description="From a tick to the claim of the order that a rule asks for.")
    parser.add_argument("--signals", type=int, default=100)
    parser.add_argument("--symbol", default="SPX")
    asked = parser.parse_args()
    console = Console() if sys.stdout.isatty() else Console(width=110)
    table = Table(title=f"From a tick to the claim, {asked.symbol}", box=box.SIMPLE, pad_edge=False)
    for place, heading in enumerate(("log", "signals", "least ms", "median ms", "p99 ms", "most ms")):
        table.add_column(heading, justify="right" if place else "left")
    with tempfile.TemporaryDirectory() as folder:
        for name, log in (("SQLite, FULL", LogAddress.file(Path(folder) / "log.db")), ("memory", LogAddress.memory())):
            took = sorted(asyncio.run(tick_to_claim(log, asked.symbol, asked.signals)))
            p99 = took[math.ceil(0.99 * len(took)) - 1]
            figures = (took[0], statistics.median(took), p99, took[-1])
            table.add_row(name, f"{len(took)}", *(f"{each:,.1f}" for each in figures))
    console.print(table)
    console.print(f"The aim is {AIM_MS:g} ms for 99 of 100, on an idle machine.")


if __name__ == "__main__":
    main()
