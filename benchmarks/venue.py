"""
What tastyflow costs at the venue, against a bare call of the client library on the same simulator in the same run.

    .venv/bin/python benchmarks/venue.py [--calls N] [--at-once N] [--rounds R] [--orders N] [--latency-ms N]

    bare      tastytrade's Session, Account.place_order                one request, its answer parsed
    adapter   TastytradeBroker.place                                   the same, with login kept fresh, limits, egress
                                                                       guard, and every failure sorted by certainty
    desk      a line of text ─▶ rehearsed, tested, promoted, filled    sandbox and production brokers, log on SQLite

The simulator runs in a process of its own (``tastyflow simulator``), as a client of a venue would find it. Calls of
bare and adapter alternate, so that a noisy machine is noisy to both: compare ratios, not seconds. The desk's part has
a venue that takes its time, once at tastytrade's published rates and once without: 20 orders, dry runs and cancels per
second and account alone make 100 rehearsals, which are a dry run and an order each, last ten seconds.
"""

import argparse
import asyncio
import json
import math
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from datetime import date, datetime
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any, Final

import httpx2
from attrs import evolve, frozen
from pydantic import SecretStr
from rich import box
from rich.console import Console
from rich.table import Table
from tastytrade import Account, Session
from tastytrade.order import InstrumentType, LimitOrder, OrderAction, OrderTimeInForce
from tastytrade.order import Leg as BareLeg

import tastyflow_grammar
from tastyflow.application.context import Context
from tastyflow.application.desk import Desk
from tastyflow.application.ledger.ledger import Ledger
from tastyflow.application.ledger.transaction import Transaction
from tastyflow.application.message import Message
from tastyflow.domain.events import Because
from tastyflow.domain.expirations import NEW_YORK
from tastyflow.domain.instruments import EquityOption, Right
from tastyflow.domain.order.events import OrderFilled, SubmissionAdopted
from tastyflow.domain.policy import Policy
from tastyflow.domain.risk.outcomes import Consequence
from tastyflow.domain.ticket import Action, Leg, OrderType, PriceEffect, Ticket
from tastyflow.domain.trader import Identity, Permission, Trader
from tastyflow.domain.trader.limits import SIZES_ONLY
from tastyflow.domain.venue import Venue
from tastyflow_adapters.clock import SystemClock
from tastyflow_adapters.config.log_address import LogAddress
from tastyflow_adapters.store.log import open_log
from tastyflow_adapters.tastytrade.broker import TastytradeBroker
from tastyflow_adapters.tastytrade.http import rate_limits
from tastyflow_adapters.tastytrade.http.connection import Connection
from tastyflow_adapters.tastytrade.http.session import VenueSession
from tastyflow_adapters.tastytrade.market_data import TastytradeMarket

AIM_RATIO: Final = 1.3
AIM_S: Final = 5.0
PATIENCE_S: Final = 30.0
BOUNDLESS: Final = evolve(SIZES_ONLY, max_notional_usd=Decimal(10**9), max_open_notional_usd=Decimal(10**9))
ANY_NUMBER: Final = Policy(house_orders_a_minute=None, duplicate_window_s=0.0, hours=Consequence.WARN)
PUBLISHED: Final = rate_limits.Limits()
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
def simulator(latency_ms: int = 0) -> Iterator[Place]:
    """``tastyflow simulator``, ready."""
    program = [sys.executable, "-m", "tastyflow_adapters.cli", "simulator", "--port", "0"]
    process = subprocess.Popen(  # noqa: S603
        [*program, "--latency-ms", str(latency_ms)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
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


# ── a crowd of orders through the desk ─────────────────────────────────────────────────────────────────────────


@frozen
class Crowd:
    """What became of orders asked for at once. Seconds from the asking; infinite where it never came to that."""

    asked: int
    placed_s: tuple[float, ...]
    filled_s: tuple[float, ...]

    def last_s(self, moments_s: Sequence[float]) -> float:
        return max(moments_s) if len(moments_s) == self.asked else math.inf


async def crowd(place: Place, folder: Path, orders: int, rates: rate_limits.Limits) -> Crowd:
    """Ask one desk for so many orders at once; each is rehearsed, tested and promoted."""
    clock = SystemClock()
    ledger = open_log(LogAddress.file(folder / f"log-{next(_numbers)}.db"))
    try:
        async with AsyncExitStack() as stack:
            sessions = {venue: VenueSession(place.connection(venue, rates), clock) for venue in Venue}
            sandbox, production = [
                await stack.enter_async_context(TastytradeBroker(session, clock)) for session in sessions.values()
            ]
            market = await stack.enter_async_context(TastytradeMarket(sessions[Venue.PRODUCTION], clock))
            context = Context(ledger, tastyflow_grammar, market, sandbox, production, clock, ANY_NUMBER)
            await ledger.change(_register(clock))
            chain = await market.chain("SPY")
            assert chain is not None
            days = [expiration.day for expiration in chain.expirations if STRIKE in expiration.strikes]
            call = option(next_monthly(days, clock.now().astimezone(NEW_YORK).date()))
            place.post("/quotes", symbol=call.occ, bid="5.00", ask="5.10")  # stands still, so that all of them fill
            text = f"buy to open 1 SPY 470 call exp {call.expiration:%b %d %Y} at 5.10"
            desk = await stack.enter_async_context(Desk(context))
            began = clock.now()
            asked = (desk.place(Message(text, "bench", "bench", f"b-{next(_numbers)}")) for _ in range(orders))
            placed = await asyncio.gather(*asked)
            deadline = clock.monotonic() + PATIENCE_S
            while clock.monotonic() < deadline and not all(_is_over(desk, order.id) for order in placed):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        return _told(ledger, orders, began)
    finally:
        ledger.close()


def _is_over(desk: Desk, order_id: Any) -> bool:
    return desk.lookup.by_id(order_id).stage.is_over


def _told(ledger: Ledger, orders: int, began: datetime) -> Crowd:
    """What the log says became of the crowd in production, and when."""
    events: list[Any] = [ledger.mapper.to_domain_event(stored) for stored in ledger.rows()]
    placed, filled = (
        tuple(
            (event.at - began).total_seconds()
            for event in events
            if isinstance(event, kind) and event.venue is Venue.PRODUCTION
        )
        for kind in (SubmissionAdopted, OrderFilled)
    )
    return Crowd(orders, placed, filled)


def _register(clock: SystemClock) -> Any:
    def decide(tx: Transaction) -> None:
        why = Because("benchmark", "benchmark", "benchmark", clock.now())
        trader = Trader.id_of("bench")
        tx.record(Trader.register("bench", limits=BOUNDLESS, permissions=frozenset(Permission), why=why))
        tx.record(Identity.claim("bench", "bench", trader, why=why))

    return decide


# ── what is printed ────────────────────────────────────────────────────────────────────────────────────────────


def table_of_calls(slow: Pair, crowds: Pair, asked: argparse.Namespace) -> Table:
    table = _table("One order at the venue: milliseconds per call", "adapter over bare, same simulator, by turns")
    for heading in ("", "bare p50", "p99", "adapter p50", "p99", "ratio p50", "p99"):
        table.add_column(heading, justify="left" if not heading else "right", no_wrap=True)
    for name, pair in ((f"1 at a time, {asked.calls} calls", slow), (f"{asked.at_once} at once", crowds)):
        figures = [percentile(times, share) for times in (pair.bare_ms, pair.adapter_ms) for share in (0.5, 0.99)]
        table.add_row(name, *(f"{each:,.2f}" for each in (*figures, pair.ratio(0.5), pair.ratio(0.99))))
    return table


def table_of_crowds(rows: Sequence[tuple[str, Crowd]], asked: argparse.Namespace) -> Table:
    table = _table(
        f"{asked.orders} orders at once, from text to filled; the venue takes {asked.latency_ms} ms a call",
        "seconds from asking; each order was rehearsed, tested and promoted",
    )
    for heading in ("rates", "placed", "filled", "p50 placed", "last placed", "last filled"):
        table.add_column(heading, justify="left" if heading == "rates" else "right", no_wrap=True)
    for name, told in rows:
        middle = statistics.median(told.placed_s) if told.placed_s else math.inf
        seconds = (middle, told.last_s(told.placed_s), told.last_s(told.filled_s))
        table.add_row(name, str(len(told.placed_s)), str(len(told.filled_s)), *(f"{each:,.2f}" for each in seconds))
    return table


def _table(title: str, caption: str) -> Table:
    return Table(title=title, caption=caption, box=box.SIMPLE, pad_edge=False, title_justify="left")


def remarks(slow: Pair, crowds: Sequence[tuple[str, Crowd]], asked: argparse.Namespace) -> Iterator[str]:
    yield f"Aim {AIM_RATIO}x at p50, one at a time: {_met(slow.ratio(0.5) < AIM_RATIO)} ({slow.ratio(0.5):.2f}x)."
    for name, told in crowds:
        last_s = told.last_s(told.filled_s)
        yield f"Aim {AIM_S:.0f} s until the last is filled, {name}: {_met(last_s < AIM_S)} ({last_s:.2f} s)."
    mutations = rate_limits.PER_SECOND[rate_limits.Kind.ORDER]
    least_s = 2 * asked.orders / mutations
    yield (
        f"A rehearsal is a dry run and an order. At tastytrade's {mutations:.0f} per second and account, "
        f"{asked.orders} of them last {least_s:.0f} s whatever the program does: the published rates, not tastyflow, "
        f"decide there."
    )


def _met(holds: bool) -> str:
    return "met" if holds else "not met"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="What tastyflow costs at the venue.")
    parser.add_argument("--calls", type=int, default=300, help="calls one at a time, each way (default 300)")
    parser.add_argument("--at-once", type=int, default=100, help="calls at once (default 100)")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of calls at once (default 5)")
    parser.add_argument("--orders", type=int, default=100, help="orders at once through the desk (default 100)")
    parser.add_argument("--latency-ms", type=int, default=150, help="of each call, for the desk (default 150)")
    asked = parser.parse_args(arguments)
    console = Console() if sys.stdout.isatty() else Console(width=100)
    with simulator() as place, console.status("calls"):
        slow, crowds = asyncio.run(calls(place, one_at_a_time=asked.calls, at_once=asked.at_once, rounds=asked.rounds))
    console.print(table_of_calls(slow, crowds, asked))
    rows = []
    with tempfile.TemporaryDirectory() as folder, simulator(asked.latency_ms) as place:
        for name, rates in (("lifted", LIFTED), ("published", PUBLISHED)):
            place.post("/reset")
            with console.status(f"{asked.orders} orders, rates {name}"):
                rows.append((f"rates {name}", asyncio.run(crowd(place, Path(folder), asked.orders, rates))))
    console.print(table_of_crowds(rows, asked))
    for remark in remarks(slow, rows, asked):
        console.print(remark, soft_wrap=True)


if __name__ == "__main__":
    main()
