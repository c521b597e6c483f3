"""
A crowd of orders at once: what each trader is told, and how long it takes, at tastytrade's rates and without them.

    .venv/bin/python benchmarks/crowd.py [--orders N] [--processes P] [--latency-ms N]

    rates lifted      one service         from text to placed in production, against bare calls
    rates published   one service         the same, and: when was each trader told a place, how true was it
                      several processes   one home, one log, one account: is any rate exceeded, does each order arrive
    a turn            what it costs to ask for a turn, alone and with the register that processes share

Bare calls are the client library's own, in the same run at the same simulator: for each order the three without which
it cannot be placed (a dry run, an order in the sandbox, an order in production), all orders at once. Where rates are
published, the floor is arithmetic: the requests that change something, as the simulator counted them, by 20 a second.

The simulator runs in a process of its own, answers each call after so many milliseconds, and says 429 to what is too
much. Desks run in processes of their own too. The machine is shared and noisy: compare ratios, not seconds.
"""

import argparse
import asyncio
import gc
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from attrs import evolve, frozen
from rich.console import Console
from rich.table import Table
from tastytrade import Account
from tastytrade.order import InstrumentType, LimitOrder, OrderAction, OrderTimeInForce
from tastytrade.order import Leg as BareLeg

sys.path.insert(0, str(Path(__file__).parent))

from venue import LIFTED, STRIKE, BareSession, Place, met, next_monthly, option, percentile, simulator, table

import tastyflow_grammar
from tastyflow.application.context import Context
from tastyflow.application.desk import Desk
from tastyflow.application.ledger.transaction import Transaction
from tastyflow.application.message import Message
from tastyflow.application.service.holder import Holder
from tastyflow.application.service.leases import Leases
from tastyflow.application.service.service import Hears, Ready, Service
from tastyflow.domain.events import Because
from tastyflow.domain.expirations import NEW_YORK
from tastyflow.domain.order.events import OrderQueued, SubmissionAdopted, SubmissionClaimed
from tastyflow.domain.policy import Policy
from tastyflow.domain.risk.outcomes import Consequence
from tastyflow.domain.trader import Identity, Permission, Trader
from tastyflow.domain.trader.limits import SIZES_ONLY
from tastyflow.domain.venue import Venue
from tastyflow.ports import Address, Notice, PlaceNotice
from tastyflow_adapters.cli.program import COLLECT_AFTER
from tastyflow_adapters.clock import SystemClock
from tastyflow_adapters.config.log_address import LogAddress
from tastyflow_adapters.service.fencing import FencedBroker
from tastyflow_adapters.store.log import open_log
from tastyflow_adapters.tastytrade.broker import TastytradeBroker
from tastyflow_adapters.tastytrade.http.rate_limits import PER_SECOND, Kind, Limits
from tastyflow_adapters.tastytrade.http.session import VenueSession
from tastyflow_adapters.tastytrade.http.shared_rates import Alone, RatesFile, Register
from tastyflow_adapters.tastytrade.http.venue_queue import Limiter
from tastyflow_adapters.tastytrade.market_data import TastytradeMarket

AIM_PLACED_S: Final = 5.0
AIM_TOLD_S: Final = 1.0
LONG_S: Final = 180.0
TURNS: Final = 20
MUTATIONS: Final = frozenset({"POST", "PUT", "DELETE"})
BOUNDLESS: Final = evolve(SIZES_ONLY, max_notional_usd=Decimal(10**9), max_open_notional_usd=Decimal(10**9))
ANY_NUMBER: Final = Policy(house_orders_a_minute=None, duplicate_window_s=0.0, hours=Consequence.WARN)
RATES: Final = {"lifted": LIFTED, "published": Limits()}


# ── one process of desks ───────────────────────────────────────────────────────────────────────────────────────────


class Told:
    """Notes when each place is told, from the log or at once; *name* of the order, seconds by the wall clock."""

    name = None

    def __init__(self, clock: SystemClock) -> None:
        self._clock = clock
        self.first: dict[str, str] = {}
        self.places = 0

    def listens_to(self, address: Address) -> bool:
        return True

    async def tell(self, notice: Notice) -> None:
        if isinstance(notice.event, OrderQueued):
            self._note(notice.order.id)

    async def tell_place(self, notice: PlaceNotice) -> None:
        self._note(notice.order)

    def _note(self, order: UUID) -> None:
        self.places += 1
        self.first.setdefault(order.hex, self._clock.now().isoformat())


class Hearing(Hears):
    """Is told that the service is ready."""

    def __init__(self) -> None:
        self.is_ready = asyncio.Event()

    def ready(self, ready: Ready) -> None:
        self.is_ready.set()


@asynccontextmanager
async def served(context: Context, told: Told) -> AsyncIterator[Desk]:
    """The desk of a service at work on *context*."""

    @asynccontextmanager
    async def open_desk(may_act: Callable[[], bool]) -> AsyncIterator[Desk]:
        assert context.production is not None
        sandbox, production = (FencedBroker(each, may_act) for each in (context.sandbox, context.production))
        async with Desk(evolve(context, sandbox=sandbox, production=production), [told]) as desk:
            yield desk

    hearing, clock = Hearing(), context.clock
    leases = Leases(context.ledger, clock, Holder(os.getpid()))
    service = Service(context.ledger, clock, leases, open_desk, accounts=("main",), hears=hearing)
    running = asyncio.create_task(service.run())
    await hearing.is_ready.wait()
    assert service.desk is not None
    try:
        yield service.desk
    finally:
        service.stop()
        await running


async def desk(place: Place, home: Path, rates: Limits, text: str, orders: int, name: str, way: str) -> None:
    """Open a desk, say so, wait for a line on standard input, ask for all orders at once, see each to its end."""
    gc.set_threshold(COLLECT_AFTER)  # as the program does
    clock, ledger = SystemClock(), open_log(LogAddress.file(home / "log.db"))
    try:
        async with AsyncExitStack() as stack:
            brokers, sessions = [], {}
            for venue in Venue:
                register = RatesFile(home, venue)
                sessions[venue] = VenueSession(place.connection(venue, rates), clock, register=register)
                brokers.append(await stack.enter_async_context(TastytradeBroker(sessions[venue], clock)))
            market = await stack.enter_async_context(TastytradeMarket(sessions[Venue.PRODUCTION], clock))
            context = Context(ledger, tastyflow_grammar, market, *brokers, clock, ANY_NUMBER)
            told = Told(clock)
            opened = served(context, told) if way == "service" else Desk(context, [told])
            asking: Desk = await stack.enter_async_context(opened)
            print("ready", flush=True)
            await asyncio.to_thread(sys.stdin.readline)
            began, cpu_s = clock.now().isoformat(), time.process_time()
            asked = (asking.place(Message(text, "bench", "bench", f"{name}-{each}")) for each in range(orders))
            placed = await asyncio.gather(*asked)
            deadline = clock.monotonic() + LONG_S
            while clock.monotonic() < deadline and not all(_is_over(asking, each.id) for each in placed):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
            cpu_s = time.process_time() - cpu_s
            await asking.told()
            said = {"began": began, "told": told.first, "places": told.places, "cpu_s": cpu_s}
            print(json.dumps(said), flush=True)
    finally:
        ledger.close()


def _is_over(asking: Desk, order: UUID) -> bool:
    return asking.lookup.by_id(order).stage.is_over


# ── a crowd, in one process or in several ──────────────────────────────────────────────────────────────────────────


@frozen
class Crowd:
    """
    What became of orders asked for at once.

    Attributes:
        placed_s: From the asking until production had it, for each that came to that.
        told_s: From the asking until its trader was told a place, for each that was.
        wrong_s: By how much the expected time that was told was wrong, for the same.
        mutations: Requests that changed something, by venue.
        too_many: How many requests the simulator answered with 429.
        tracebacks: What the processes wrote to standard error.
        places: How many places were told.
        cpu_s: Processor time of all processes.
    """

    asked: int
    placed_s: tuple[float, ...]
    told_s: tuple[float, ...]
    wrong_s: tuple[float, ...]
    mutations: Counter[str]
    too_many: int
    tracebacks: str
    places: int
    cpu_s: float

    @property
    def last_s(self) -> float:
        return max(self.placed_s) if len(self.placed_s) == self.asked else math.inf

    @property
    def floor_s(self) -> float:
        """How long the published rates alone make it take."""
        return max(self.mutations.values()) / PER_SECOND[Kind.ORDER]


def crowd(place: Place, rates: str, orders: int, processes: int) -> Crowd:
    """Ask for so many orders at once, shared between so many processes of one home."""
    place.post("/reset")
    with tempfile.TemporaryDirectory() as folder:
        text = asyncio.run(_prepared(place, Path(folder)))
        share = [orders // processes + (each < orders % processes) for each in range(processes)]
        program = [sys.executable, __file__, "--as-desk", place.admin, json.dumps(place.sides), folder, rates, text]
        desks = [
            subprocess.Popen(  # noqa: S603
                [*program, str(many), f"d{number}", "service" if processes == 1 else "desk"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for number, many in enumerate(share)
        ]
        for each in desks:
            assert each.stdout is not None
            each.stdout.readline()
        before = len(place.get("/requests"))
        for each in desks:
            assert each.stdin is not None
            each.stdin.write("go\n")
            each.stdin.flush()
        said = [each.communicate(timeout=2 * LONG_S) for each in desks]
        told = [json.loads(out.splitlines()[-1]) for out, _ in said]
        began = min(datetime.fromisoformat(each["began"]) for each in told)
        requests = place.get("/requests")[before:]
        ledger = open_log(LogAddress.file(Path(folder) / "log.db"))
        try:
            events: list[Any] = [ledger.mapper.to_domain_event(stored) for stored in ledger.rows()]
        finally:
            ledger.close()
    return Crowd(
        orders,
        tuple(
            (each.at - began).total_seconds()
            for each in events
            if isinstance(each, SubmissionAdopted) and each.venue is Venue.PRODUCTION
        ),
        _first_told(began, [each["told"] for each in told]),
        _wrong(events),
        Counter(row["side"] for row in requests if row["method"] in MUTATIONS and "/orders" in row["path"]),
        sum(row["status"] == 429 for row in requests),
        "".join(errors for _, errors in said),
        sum(each["places"] for each in told),
        sum(each["cpu_s"] for each in told),
    )


def _first_told(began: datetime, told: Sequence[dict[str, str]]) -> tuple[float, ...]:
    """Seconds until each trader was told a place by any of the processes: each also tells what the others recorded."""
    orders = {order for each in told for order in each}
    first = (min(datetime.fromisoformat(each[order]) for each in told if order in each) for order in orders)
    return tuple((at - began).total_seconds() for at in first)


def _wrong(events: Sequence[Any]) -> tuple[float, ...]:
    """By how many seconds the expected time that was recorded was wrong."""
    told: dict[UUID, OrderQueued] = {}
    wrong: dict[UUID, float] = {}
    for each in events:
        if isinstance(each, OrderQueued):
            told.setdefault(each.originator_id, each)
        elif isinstance(each, SubmissionClaimed) and each.originator_id in told:
            first = told[each.originator_id]
            expected = first.at + timedelta(seconds=first.expected_s)
            if each.venue is first.venue:
                wrong.setdefault(each.originator_id, (each.at - expected).total_seconds())
    return tuple(wrong.values())


async def _prepared(place: Place, home: Path) -> str:
    """A log with one trader, a quote that stands still; the line that is asked for."""
    clock, ledger = SystemClock(), open_log(LogAddress.file(home / "log.db"))
    try:
        await ledger.change(_register(clock))
        session = VenueSession(place.connection(Venue.PRODUCTION, LIFTED), clock)
        async with session.opened(), TastytradeMarket(session, clock) as market:
            chain = await market.chain("SPY")
    finally:
        ledger.close()
    assert chain is not None
    days = [expiration.day for expiration in chain.expirations if STRIKE in expiration.strikes]
    call = option(next_monthly(days, clock.now().astimezone(NEW_YORK).date()))
    place.post("/quotes", symbol=call.occ, bid="5.00", ask="5.10")  # stands still, so that all of them fill
    return f"buy to open 1 SPY 470 call exp {call.expiration:%b %d %Y} at 5.10"


def _register(clock: SystemClock) -> Any:
    def decide(tx: Transaction) -> None:
        why = Because("benchmark", "benchmark", "benchmark", clock.now())
        trader = Trader.id_of("bench")
        tx.record(Trader.register("bench", limits=BOUNDLESS, permissions=frozenset(Permission), why=why))
        tx.record(Identity.claim("bench", "bench", trader, why=why))

    return decide


# ── floors ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def bare(place: Place, orders: int) -> tuple[float, ...]:
    """Seconds until each of so many orders is placed by the client library alone: dry run, sandbox, production."""
    async with AsyncExitStack() as stack:
        accounts = {}
        for venue in Venue:
            connection = place.connection(venue, LIFTED)
            session = await stack.enter_async_context(BareSession(connection))
            accounts[venue] = (session, await Account.get(session, connection.account))
        market_session = VenueSession(place.connection(Venue.PRODUCTION, LIFTED), SystemClock())
        async with market_session.opened(), TastytradeMarket(market_session, SystemClock()) as market:
            chain = await market.chain("SPY")
        assert chain is not None
        days = [expiration.day for expiration in chain.expirations if STRIKE in expiration.strikes]
        leg = BareLeg(
            instrument_type=InstrumentType.EQUITY_OPTION,
            symbol=option(days[len(days) // 2]).occ,
            action=OrderAction.BUY_TO_OPEN,
            quantity=Decimal(1),
        )
        began = time.perf_counter()

        async def one(number: int) -> float:
            for venue, is_dry in ((Venue.SANDBOX, True), (Venue.SANDBOX, False), (Venue.PRODUCTION, False)):
                session, account = accounts[venue]
                order = LimitOrder(
                    time_in_force=OrderTimeInForce.DAY,
                    legs=[leg],
                    price=Decimal("-0.01"),
                    external_identifier=f"bare-{number}",
                )
                await account.place_order(session, order, dry_run=is_dry)
            return time.perf_counter() - began

        return tuple(await asyncio.gather(*(one(number) for number in range(orders))))


async def turn_us(registers: Sequence[Register]) -> float:
    """Microseconds for a turn that is free at once, and its answer: so many for each register."""
    took_s, many = 0.0, Limits(per_second={Kind.ORDER: 100 * TURNS}, together=100 * TURNS)
    for register in registers:
        limiter = Limiter(many, SystemClock(), register=register)
        limiter.answered(await limiter.turn(Kind.ORDER, within_s=1))
        began = time.perf_counter()
        for _ in range(TURNS):
            limiter.answered(await limiter.turn(Kind.ORDER, within_s=1))
        took_s += time.perf_counter() - began
        limiter.close()
    return took_s / TURNS / len(registers) * 1e6


# ── what is printed ────────────────────────────────────────────────────────────────────────────────────────────────


def table_of_placed(rows: Sequence[tuple[str, Crowd]], floor_s: Sequence[float], asked: argparse.Namespace) -> Table:
    made = table(
        f"{asked.orders} orders at once, from text to placed in production; {asked.latency_ms} ms a call",
        "seconds from asking; lifted over bare calls, published over what the rates alone take",
    )
    for heading in ("", "placed", "p50", "p99", "last", "floor", "ratio", "429", "CPU s"):
        made.add_column(heading, justify="right" if heading else "left", no_wrap=True)
    made.add_row("bare calls", str(len(floor_s)), *_seconds(floor_s), "", "", "", "")
    for name, told in rows:
        floor = percentile(floor_s, 0.99) if "lifted" in name else told.floor_s
        last = (
            f"{floor:,.2f}",
            f"{percentile(told.placed_s, 0.99) / floor:.2f}",
            str(told.too_many),
            f"{told.cpu_s:.2f}",
        )
        made.add_row(name, str(len(told.placed_s)), *_seconds(told.placed_s), *last)
    return made


def table_of_told(rows: Sequence[tuple[str, Crowd]]) -> Table:
    made = table("What traders are told at the published rates", "seconds; those who need not wait are told nothing")
    for heading in ("", "told", "places", "after p50", "p99", "max", "wrong by p50", "p99", "max"):
        made.add_column(heading, justify="right" if heading else "left", no_wrap=True)
    for name, told in rows:
        wrong = [abs(each) for each in told.wrong_s]
        made.add_row(name, str(len(told.told_s)), str(told.places), *_seconds(told.told_s), *_seconds(wrong))
    return made


def _seconds(moments: Sequence[float]) -> tuple[str, str, str]:
    if not moments:
        return ("", "", "")
    return tuple(f"{each:,.2f}" for each in (percentile(moments, 0.5), percentile(moments, 0.99), max(moments)))


def remarks(rows: Sequence[tuple[str, Crowd]], alone_us: float, shared_us: float) -> Iterator[str]:
    for name, told in rows:
        if "lifted" in name:
            p99_s = percentile(told.placed_s, 0.99) if len(told.placed_s) == told.asked else math.inf
            yield f"Aim {AIM_PLACED_S:.0f} s from text to placed at p99, {name}: {met(p99_s < AIM_PLACED_S)}."
        else:
            in_time = bool(told.told_s) and max(told.told_s) < AIM_TOLD_S
            yield f"Aim {AIM_TOLD_S:.0f} s until each trader is told, {name}: {met(in_time)}."
        yield f"No request too many and no traceback, {name}: {met(not told.too_many and not told.tracebacks)}."
    yield f"A turn takes {alone_us:.0f} µs in one process, {shared_us:.0f} µs with the register that processes share."


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="A crowd of orders at once.")
    parser.add_argument("--orders", type=int, default=100, help="orders at once (default 100)")
    parser.add_argument("--processes", type=int, default=4, help="processes that share them (default 4)")
    parser.add_argument("--latency-ms", type=int, default=150, help="of each call (default 150)")
    asked = parser.parse_args(arguments)
    console = Console() if sys.stdout.isatty() else Console(width=110)
    rows, limited = [], ("--set", "limits_rates=true")
    with simulator(asked.latency_ms) as place:
        floor_s = asyncio.run(bare(place, asked.orders))
        rows.append(("rates lifted, service", crowd(place, "lifted", asked.orders, 1)))
    for name, processes in (("service", 1), (f"{asked.processes} processes", asked.processes)):
        with simulator(asked.latency_ms, *limited) as place:
            rows.append((f"rates published, {name}", crowd(place, "published", asked.orders, processes)))
    console.print(table_of_placed(rows, floor_s, asked))
    console.print(table_of_told(rows[1:]))
    with tempfile.TemporaryDirectory() as folder:
        alone_us = asyncio.run(turn_us([Alone() for _ in range(10)]))
        shared_us = asyncio.run(turn_us([RatesFile(Path(folder), Venue.SANDBOX) for _ in range(10)]))
    for remark in remarks(rows, alone_us, shared_us):
        console.print(remark, soft_wrap=True)
    for name, told in rows:
        if told.tracebacks:
            console.print(f"{name} wrote:", told.tracebacks[-2000:], markup=False)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--as-desk"]:
        admin, sides, home, rates, text, orders, name, way = sys.argv[2:]
        asyncio.run(desk(Place(admin, json.loads(sides)), Path(home), RATES[rates], text, int(orders), name, way))
    else:
        main()
