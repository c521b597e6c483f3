"""
What tastyflow costs at the venue, against a bare call of the client library on the same simulator in the same run.

    .venv/bin/python benchmarks/venue.py [--calls N] [--at-once N] [--rounds R]

    bare      tastytrade's Session, Account.place_order                one request, its answer parsed
    adapter   TastytradeBroker.place                                   the same, with login kept fresh, limits, egress
                                                                       guard, and every failure sorted by certainty

The simulator runs in a process of its own (``tastyflow simulator``), as a client of a venue would find it. Calls of
bare and adapter alternate, so that a noisy machine is noisy to both: compare ratios, not seconds.
"""

import argparse
import asyncio
import json
import math
import subprocess
import sys
import time
import urllib.request
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any, Final

import httpx2
from attrs import frozen
from pydantic import SecretStr
from rich import box
from rich.console import Console
from rich.table import Table
from tastytrade import Account, Session
from tastytrade.order import InstrumentType, LimitOrder, OrderAction, OrderTimeInForce
from tastytrade.order import Leg as BareLeg

from tastyflow.domain.expirations import NEW_YORK
from tastyflow.domain.instruments import EquityOption, Right
from tastyflow.domain.ticket import Action, Leg, OrderType, PriceEffect, Ticket
from tastyflow.domain.venue import Venue
from tastyflow_adapters.clock import SystemClock
from tastyflow_adapters.tastytrade.broker import TastytradeBroker
from tastyflow_adapters.tastytrade.http import rate_limits
from tastyflow_adapters.tastytrade.http.connection import Connection
from tastyflow_adapters.tastytrade.http.session import VenueSession
from tastyflow_adapters.tastytrade.market_data import TastytradeMarket

AIM_RATIO: Final = 1.3
PATIENCE_S: Final = 30.0
LIFTED: Final = rate_limits.Limits(times=math.inf)
STRIKE: Final = Decimal(470)
_numbers = count(1)


# ── the simulator, in a process of its own ─────────────────────────────────────────────────────────────────────


@frozen
class Place:
    """Where a simulator serves, as it describes itself."""

    admin: str
    sides: dict[str, dict[str, str]]

    def post(self, path: str, **body: object) -> None:
        """Tell its admin API."""
        json_body, headers = json.dumps(body).encode(), {"Content-Type": "application/json"}
        told = urllib.request.Request(self.admin + path, json_body, headers)  # noqa: S310  ours
        with urllib.request.urlopen(told, timeout=PATIENCE_S) as answer:  # noqa: S310
            answer.read()

    def get(self, path: str) -> Any:
        """What its admin API answers."""
        with urllib.request.urlopen(self.admin + path, timeout=PATIENCE_S) as answer:  # noqa: S310
            return json.load(answer)

    def connection(self, venue: Venue, rates: rate_limits.Limits) -> Connection:
        side = self.sides[venue.value]
        return Connection.to(
            venue,
            account=side["account"],
            client_secret=SecretStr(side["client_secret"]),
            refresh_token=SecretStr(side["refresh_token"]),
            api_url=side["api_url"],
            streamer_url=side["streamer_url"],
            limits=rates,
        )


@contextmanager
def simulator(latency_ms: int = 0, *options: str) -> Iterator[Place]:
    """``tastyflow simulator``, ready."""
    program = [sys.executable, "-m", "tastyflow_adapters.cli", "simulator", "--port", "0", *options]
    process = subprocess.Popen(  # noqa: S603
        [*program, "--latency-ms", str(latency_ms)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        with urllib.request.urlopen(f"{_admin_of(process)}/describe", timeout=PATIENCE_S) as described:  # noqa: S310
            document = json.load(described)
        yield Place(document["admin"], {venue.value: document[venue.value] for venue in Venue})
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE_S)


def _admin_of(process: "subprocess.Popen[str]") -> str:
    """Where the simulator's admin API is, as it says itself, once it is ready."""
    admin = ""
    for line in process.stdout or ():
        name, _, url = line.strip().partition(" ")
        admin = url.strip() if name == "admin" else admin
        if name == "ready" and admin:
            return admin
    raise RuntimeError("The simulator did not start.")


# ── one call, bare and through the adapter ─────────────────────────────────────────────────────────────────────


class BareSession(Session):
    """The client library as it is, pointed at the simulator."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(
            connection.client_secret.get_secret_value(),
            connection.refresh_token.get_secret_value(),
            trust_env=False,
            timeout=PATIENCE_S,
        )
        self._client.base_url = httpx2.URL(connection.api_url)


def option(expires: date) -> EquityOption:
    return EquityOption("SPY", expires, Right.CALL, STRIKE)


def next_monthly(expirations: Sequence[date], today: date) -> date:
    """The third Friday's, a few weeks away."""
    return min(day for day in expirations if (day - today).days > 20 and 15 <= day.day <= 21 and day.weekday() == 4)


@frozen
class Pair:
    """Milliseconds per call, bare and through the adapter."""

    bare_ms: tuple[float, ...]
    adapter_ms: tuple[float, ...]

    def ratio(self, share: float) -> float:
        return percentile(self.adapter_ms, share) / percentile(self.bare_ms, share)


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


async def calls(place: Place, *, one_at_a_time: int, at_once: int, rounds: int) -> tuple[Pair, Pair]:
    """Place resting orders, bare and through the adapter by turns."""
    clock = SystemClock()
    connection = place.connection(Venue.PRODUCTION, LIFTED)
    async with AsyncExitStack() as stack:
        session = VenueSession(connection, clock)
        broker = await stack.enter_async_context(TastytradeBroker(session, clock))
        market = await stack.enter_async_context(TastytradeMarket(session, clock))
        bare = await stack.enter_async_context(BareSession(connection))
        account = await Account.get(bare, connection.account)
        chain = await market.chain("SPY")
        assert chain is not None
        days = [expiration.day for expiration in chain.expirations if STRIKE in expiration.strikes]
        call = option(next_monthly(days, clock.now().astimezone(NEW_YORK).date()))
        ticket = Ticket((Leg(Action.BUY_TO_OPEN, 1, call),), OrderType.LIMIT, Decimal("0.01"), PriceEffect.DEBIT)
        leg = BareLeg(
            instrument_type=InstrumentType.EQUITY_OPTION,
            symbol=call.occ,
            action=OrderAction.BUY_TO_OPEN,
            quantity=Decimal(1),
        )

        async def place_bare() -> None:
            order = LimitOrder(
                time_in_force=OrderTimeInForce.DAY,
                legs=[leg],
                price=Decimal("-0.01"),
                external_identifier=f"bare-{next(_numbers)}",
            )
            await account.place_order(bare, order, dry_run=False)

        async def place_through() -> None:
            await broker.place(ticket, external_id=f"tf1-p-{next(_numbers)}")

        ways = (place_bare, place_through)
        for way in ways:
            await _timed(way)  # the first one opens the connection
        place.post("/reset")
        slow = [[await _timed(way) for way in ways] for _ in range(one_at_a_time)]
        crowds: tuple[list[float], list[float]] = ([], [])
        for turn in range(rounds):
            for crowd, way in sorted(zip(crowds, ways, strict=True), key=lambda each: each[1] is ways[turn % 2]):
                place.post("/reset")
                crowd.extend(await asyncio.gather(*(_timed(way) for _ in range(at_once))))
    return Pair(*(tuple(times) for times in zip(*slow, strict=True))), Pair(*(tuple(crowd) for crowd in crowds))


async def _timed(way: Callable[[], Awaitable[None]]) -> float:
    began = time.perf_counter()
    await way()
    return (time.perf_counter() - began) * 1000


# ── what is printed ────────────────────────────────────────────────────────────────────────────────────────────


def table_of_calls(slow: Pair, crowds: Pair, asked: argparse.Namespace) -> Table:
    made = table("One order at the venue: milliseconds per call", "adapter over bare, same simulator, by turns")
    for heading in ("", "bare p50", "p99", "adapter p50", "p99", "ratio p50", "p99"):
        made.add_column(heading, justify="left" if not heading else "right", no_wrap=True)
    for name, pair in ((f"1 at a time, {asked.calls} calls", slow), (f"{asked.at_once} at once", crowds)):
        figures = [percentile(times, share) for times in (pair.bare_ms, pair.adapter_ms) for share in (0.5, 0.99)]
        made.add_row(name, *(f"{each:,.2f}" for each in (*figures, pair.ratio(0.5), pair.ratio(0.99))))
    return made


def table(title: str, caption: str) -> Table:
    return Table(title=title, caption=caption, box=box.SIMPLE, pad_edge=False, title_justify="left")


def remarks(slow: Pair) -> Iterator[str]:
    yield f"Aim {AIM_RATIO}x at p50, one at a time: {met(slow.ratio(0.5) < AIM_RATIO)} ({slow.ratio(0.5):.2f}x)."


def met(holds: bool) -> str:
    return "met" if holds else "not met"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="What tastyflow costs at the venue.")
    parser.add_argument("--calls", type=int, default=300, help="calls one at a time, each way (default 300)")
    parser.add_argument("--at-once", type=int, default=100, help="calls at once (default 100)")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of calls at once (default 5)")
    asked = parser.parse_args(arguments)
    console = Console() if sys.stdout.isatty() else Console(width=100)
    with simulator() as place, console.status("calls"):
        slow, crowds = asyncio.run(calls(place, one_at_a_time=asked.calls, at_once=asked.at_once, rounds=asked.rounds))
    console.print(table_of_calls(slow, crowds, asked))
    for remark in remarks(slow):
        console.print(remark, soft_wrap=True)


if __name__ == "__main__":
    main()
