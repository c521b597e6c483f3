"""The book's storage: memory and file agree, processes share a file, and a kill -9 leaves it whole."""

import asyncio
import os
import signal
import stat
import subprocess
import sys
import tempfile
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import fake_worker
import pytest
from attrs import evolve
from fake_orders import BTO, CALL, CENT, FRIDAY, GTC, HIGHER, IOC, PUT, STC, STO, at_market, limit, spread, stop
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tastyflow.domain.ticket import Ticket
from tastyflow.domain.venue import Account, Status, Venue
from tastyflow.errors import NotSent, VenueRefused
from tastyflow_adapters.clock import AnchoredClock
from tastyflow_adapters.fake import (
    FakeBroker,
    FakeMarket,
    FileBookStore,
    MemoryBookStore,
    Plan,
    ScriptedModel,
    orders_in,
)
from tastyflow_adapters.fake.book import Book
from tastyflow_adapters.fake.money import fee_usd, signed
from tastyflow_adapters.fake.order_plan import cancelled, fill, live, reject
from tastyflow_adapters.fake.order_row import ticket_from, ticket_text

# -- two stores, one truth ------------------------------------------------------------------------------------------


class HandClock:
    """A clock for synchronous tests: set *moment*."""

    def __init__(self):
        self.moment = FRIDAY

    def now(self):
        return self.moment


SCRIPTS = [
    None,
    None,
    Plan((live(), fill(2, after_s=1), fill(2, after_s=1), fill(99, after_s=1))),
    Plan((live(),), on_cancel=(fill(1, after_s=0.5), cancelled(after_s=0.5))),
    Plan((live(), reject("Session offline", after_s=3))),
    Plan((live(),), on_cancel=(cancelled(), fill(1))),
    Plan((live(),), refuses_cancel="no"),
]
INSTRUMENTS = st.sampled_from([CALL, HIGHER, PUT])
QUANTITIES = st.integers(1, 6)
PRICES = st.sampled_from(["1", "7.00", "7.96", "8.01", "8.07", "12", "7.955"])
TICKETS = st.one_of(
    st.builds(
        limit,
        PRICES,
        QUANTITIES,
        action=st.sampled_from([BTO, BTO, STC, STO]),
        instrument=INSTRUMENTS,
        tif=st.sampled_from([GTC, IOC]),
    ),
    st.builds(at_market, QUANTITIES, action=st.sampled_from([BTO, STC]), instrument=INSTRUMENTS),
    st.builds(stop, PRICES, QUANTITIES, instrument=INSTRUMENTS),
    st.builds(spread, st.sampled_from(["1", "2.40", "2.60", "4"]), QUANTITIES, opens=st.just(True)),
)


class SameVenueTwice(RuleBasedStateMachine):
    """Every question to the venue in memory and to the one in a file, and the books added up by hand."""

    @initialize()
    def open_both(self):
        self.clock = HandClock()
        self.market = FakeMarket(self.clock)
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "venue.sqlite3"
        self.memory, self.file = MemoryBookStore(), FileBookStore(self.path)
        self.books = [self.book_on(self.memory), self.book_on(self.file)]
        self.ranks = {}

    def book_on(self, store):
        account = Account("FAKE", Venue.SANDBOX)
        scripts = ScriptedModel(lambda ticket: SCRIPTS[int(ticket.digest, 16) % len(SCRIPTS)])
        return Book(store, self.market, scripts, account, seed=3, cash_usd=Decimal(50_000))

    def teardown(self):
        if hasattr(self, "file"):
            self.file.close()
            self.folder.cleanup()

    def both(self, verb, *args):
        answers = []
        for book in self.books:
            try:
                answers.append(getattr(book, verb)(*args, self.clock.moment))
            except VenueRefused as refusal:
                answers.append((refusal.code, str(refusal)))
        assert answers[0] == answers[1]
        return answers[0]

    def some_order(self, which):
        """One that still works, if any does."""
        orders = self.books[0].orders()
        orders = [order for order in orders if not order.status.is_terminal] or orders
        return orders[which % len(orders)] if orders else None

    @rule(ticket=TICKETS, tag=st.sampled_from(["a", "b", "c"]))
    def place(self, ticket, tag):
        self.both("place", ticket, tag)

    @rule(ticket=TICKETS)
    def rehearse(self, ticket):
        self.both("dry_run", ticket)

    @rule(which=st.integers(0, 50))
    def cancel(self, which):
        order = self.some_order(which)
        self.both("cancel", order.broker_order if order else "none")

    @rule(which=st.integers(0, 50), price=PRICES)
    def replace(self, which, price):
        order = self.some_order(which)
        if order is not None and len(order.ticket.legs) == 1 and order.ticket.price is not None:
            self.both("replace", order.broker_order, evolve(order.ticket, price=Decimal(price)), "r")

    @rule(seconds=st.sampled_from([0.01, 0.5, 1, 4, 3600, 40_000]))
    def pass_time(self, seconds):
        self.clock.moment += timedelta(seconds=seconds)

    @rule(cents=st.integers(-60, 60), instrument=INSTRUMENTS)
    def move_the_market(self, cents, instrument):
        self.market.pin(instrument, Decimal("7.96") + cents * CENT, Decimal("8.07") + cents * CENT)

    @rule()
    def open_the_file_anew(self):
        for book in self.books:  # a book that has just been opened looks at the market first: let both have looked
            book.settle(self.clock.moment)
        self.file.close()
        self.file = FileBookStore(self.path)
        self.books[1] = self.book_on(self.file)

    @invariant()
    def both_hold_the_same(self):
        if not hasattr(self, "books"):
            return
        for question in ("positions", "balances"):
            self.both(question)
        for tag in ("a", "b", "c", "r"):
            self.both("find", tag)
        assert self.books[0].orders() == self.books[1].orders()
        assert self.memory.rows() == self.file.rows()
        assert self.memory.since(0) == self.file.since(0)
        assert self.memory.due() == self.file.due()

    @invariant()
    def the_account_is_the_sum_of_the_fills(self):
        if not hasattr(self, "books"):
            return
        held, cash_usd = Counter(), Decimal(50_000)
        for order in self.books[0].orders():
            legs = {leg.instrument.occ: leg for leg in order.ticket.legs}
            for done in order.fills:
                leg = legs[done.symbol]
                held[leg.instrument] += signed(leg.action, done.quantity)
                cash_usd -= signed(leg.action, done.quantity) * done.price * 100 + fee_usd(leg, done.quantity)
            assert all(order.filled(symbol) <= leg.quantity for symbol, leg in legs.items())
            assert order.status.phase.rank >= self.ranks.get(order.broker_order, 0)
            self.ranks[order.broker_order] = order.status.phase.rank
        positions = self.books[0].positions(self.clock.moment)
        if self.clock.moment.date() < CALL.expiration:
            assert {each.instrument: each.quantity for each in positions} == {i: n for i, n in held.items() if n}
            assert self.books[0].balances(self.clock.moment).cash_usd == cash_usd


TestSameVenueTwice = SameVenueTwice.TestCase
TestSameVenueTwice.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)


@pytest.mark.parametrize("ticket", [limit("7.96", 3), at_market(1), stop("5"), spread("2.5", tif=GTC)])
def test_a_ticket_survives_its_way_through_the_file(ticket):
    again = ticket_from(ticket_text(ticket))
    assert again == ticket
    assert isinstance(again, Ticket)
    assert again.digest == ticket.digest


# -- processes -------------------------------------------------------------------------------------------------------


def worker(path, name, orders):
    folder = Path(fake_worker.__file__)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, str(folder), str(path), name, str(orders)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def test_two_processes_trade_in_one_file_and_no_order_is_lost_or_numbered_twice(tmp_path):
    path, each = tmp_path / "venue.sqlite3", 60
    workers = [worker(path, name, each) for name in ("one", "two", "three")]
    answers = [line.split() for process in workers for line in process.communicate(timeout=60)[0].splitlines()]
    assert [process.returncode for process in workers] == [0, 0, 0]
    orders = orders_in(path)
    assert len(orders) == 3 * each
    assert {(order.external_id, order.broker_order) for order in orders} == {tuple(line) for line in answers}
    store = FileBookStore(path)
    (held,) = store.holdings().values()
    changes = [number for number, _ in store.since(0)]
    store.close()
    assert held.quantity == 3 * each // 2
    assert changes == list(range(1, 3 * each + 1))


def test_a_killed_process_leaves_every_order_it_was_told_of(tmp_path):
    path = tmp_path / "venue.sqlite3"
    process = worker(path, "doomed", 0)
    told = [process.stdout.readline().split()[0] for _ in range(25)]
    os.kill(process.pid, signal.SIGKILL)
    told += [line.split()[0] for line in process.stdout if " " in line]  # what it had said before it died
    process.communicate(timeout=10)
    kept = [order.external_id for order in orders_in(path)]
    assert kept[: len(told)] == told
    assert len(kept) <= len(told) + 1  # the last one may have been accepted without a word
    survivor = worker(path, "survivor", 2)
    assert survivor.wait(60) == 0
    survivor.communicate()
    assert len(orders_in(path)) == len(kept) + 2


@pytest.mark.anyio
async def test_a_stream_hears_of_what_another_process_did(tmp_path):
    path, clock = tmp_path / "venue.sqlite3", AnchoredClock(FRIDAY)
    broker = FakeBroker(Venue.SANDBOX, clock, FakeMarket(clock), store=FileBookStore(path), cash_usd=10**9)
    async with broker.updates() as stream:
        other = worker(path, "other", 2)
        heard = [(await asyncio.wait_for(anext(stream), 30)) for _ in range(2)]
    assert other.wait(30) == 0
    other.communicate()
    assert [(each.external_id, each.status) for each in heard] == [("other-0", Status.LIVE), ("other-1", Status.FILLED)]
    broker.close()


@pytest.mark.anyio
async def test_an_order_placed_by_one_call_fills_in_the_next(tmp_path, clock, market, quote):
    path = tmp_path / "venue.sqlite3"
    first = FakeBroker(Venue.SANDBOX, clock, market, store=FileBookStore(path))
    order = await first.place(limit(quote.bid + CENT), external_id="t")
    first.close()
    await clock.turn(1)
    second = FakeBroker(Venue.SANDBOX, clock, market, store=FileBookStore(path), cash_usd=1)
    assert (await second.get(order.broker_order)).status is Status.FILLED
    assert (await second.balances()).cash_usd > 1
    second.close()


# -- the file itself -------------------------------------------------------------------------------------------------


def test_only_its_owner_reads_the_file(tmp_path):
    store = FileBookStore(tmp_path / "venue.sqlite3")
    with store.held():
        store.next_number()
    modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    store.close()
    assert modes == {0o600}


def test_a_locked_file_means_that_nothing_was_sent(tmp_path, monkeypatch):
    monkeypatch.setattr("tastyflow_adapters.fake.book_file.BUSY_S", 0.01)
    one, other = FileBookStore(tmp_path / "venue.sqlite3"), FileBookStore(tmp_path / "venue.sqlite3")
    with one.held(), pytest.raises(NotSent), other.held():
        pass
    one.close()
    other.close()


def test_what_fails_midway_is_not_kept(tmp_path):
    store = FileBookStore(tmp_path / "venue.sqlite3")
    with suppress(ZeroDivisionError), store.held():
        store.set_cash_usd(Decimal(5))
        _ = 1 / 0
    assert store.cash_usd() is None
    store.close()


def test_there_are_no_orders_where_there_is_no_file(tmp_path):
    assert orders_in(tmp_path / "none.sqlite3") == ()
    assert not list(tmp_path.iterdir())


def test_old_changes_are_let_go(tmp_path, monkeypatch, market, clock):
    monkeypatch.setattr("tastyflow_adapters.fake.book_file.REMEMBERED", 20)
    monkeypatch.setattr("tastyflow_adapters.fake.book_file.PRUNE_EVERY", 10)
    store = FileBookStore(tmp_path / "venue.sqlite3")
    book = Book(store, market, ScriptedModel([]), Account("FAKE", Venue.SANDBOX), seed=0, cash_usd=Decimal(10**9))
    for _ in range(60):
        book.place(limit("1", 1), "t", clock.now())
    changes = [number for number, _ in store.since(0)]
    store.close()
    assert changes == list(range(41, 61))


@pytest.mark.parametrize("is_exchanged", [False, True])
def test_a_file_removed_or_exchanged_while_it_is_open_takes_nothing_more(tmp_path, is_exchanged):
    file = tmp_path / "sandbox.db"
    store = FileBookStore(file)
    with store.held():
        store.set_cash_usd(Decimal(1))
    file.rename(tmp_path / "elsewhere.db")
    if is_exchanged:
        FileBookStore(file).close()
    with pytest.raises(NotSent, match="exchanged") as no, store.held():
        store.set_cash_usd(Decimal(2))
    assert no.value.code == "fake_file"
    store.close()
