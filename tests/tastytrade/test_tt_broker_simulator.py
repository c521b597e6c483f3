"""The broker on a whole venue: orders live, misfortunes strike, and what is claimed about certainty holds there."""

import asyncio
from contextlib import asynccontextmanager
from decimal import Decimal

import pytest
from attrs import evolve
from pydantic import SecretStr
from tt_kit import BTO, DECEMBER, STC, STO, JumpingClock

from tastyflow.domain.instruments import Equity, EquityOption, Right
from tastyflow.domain.ticket import Leg, OrderType, PriceEffect, Ticket
from tastyflow.domain.venue import Status, Venue
from tastyflow.errors import NotSent, OutcomeUnknown, VenueRefused
from tastyflow_adapters.clock import SystemClock
from tastyflow_adapters.tastytrade.broker import TastytradeBroker
from tastyflow_adapters.tastytrade.http.connection import Connection, Timeouts
from tastyflow_adapters.tastytrade.http.rate_limits import Limits
from tastyflow_adapters.tastytrade.http.session import VenueSession
from tastyflow_simulator import FaultKind, Options, Simulator, SimulatorFault

pytestmark = pytest.mark.anyio

TAG = "tf1-s-simulated-1"
QUICK = Timeouts(connect_s=0.5, read_s=1, order_s=0.4, token_s=1)


@asynccontextmanager
async def on(side, venue=Venue.SANDBOX, clock=None, limits=Limits(times=float("inf")), timeouts=QUICK):  # noqa: B008
    connection = Connection.to(
        venue,
        account=side.login.account,
        client_secret=SecretStr(side.login.client_secret),
        refresh_token=SecretStr(side.login.refresh_token),
        api_url=side.api_url,
        streamer_url=side.streamer_url,
        timeouts=timeouts,
        limits=limits,
    )
    clock = clock or JumpingClock()
    async with TastytradeBroker(VenueSession(connection, clock), clock) as broker:
        yield broker


@pytest.fixture
async def simulator(anyio_backend):
    async with Simulator(Options(port=0, seed=4)) as simulator:
        yield simulator


@pytest.fixture
async def broker(simulator):
    async with on(simulator.sandbox) as broker:
        yield broker


def calls(simulator, count=2):
    """Neighbouring calls that are listed, from the middle of a chain."""
    chain = simulator.market.chain("SPY", simulator.clock.now())
    listed = next(e for e in chain.expirations if e.day >= DECEMBER)
    middle = len(listed.strikes) // 2
    return [EquityOption(listed.root, listed.day, Right.CALL, k) for k in listed.strikes[middle : middle + count]]


def bid_for(instrument, price="0.05", quantity=1):
    return Ticket((Leg(BTO, quantity, instrument),), OrderType.LIMIT, Decimal(price), PriceEffect.DEBIT)


def at_the_ask(simulator, instrument, quantity=1):
    quote = simulator.market.quote(instrument.occ, simulator.clock.now())
    return bid_for(instrument, str(quote.ask), quantity)


async def ended(broker, number):
    for _ in range(100):
        order = await broker.get(number)
        if order.status.is_terminal:
            return order
        await asyncio.sleep(0.02)
    raise AssertionError("it does not end")


async def test_an_order_lives_from_its_dry_run_to_its_position(simulator):
    call = calls(simulator)[0]
    ticket = at_the_ask(simulator, call, 2)
    async with on(simulator.sandbox, clock=SystemClock()) as broker:
        assert (await broker.dry_run(ticket)).buying_power_change_usd < 0
        async with broker.updates() as stream:
            order = await broker.place(ticket, external_id=TAG)
            assert order.ticket.digest == ticket.digest
            heard = [order]
            while not heard[-1].status.is_terminal:
                heard.append(await asyncio.wait_for(anext(stream), 5))
        assert heard[-1] == await broker.get(order.broker_order)
        assert heard[-1].filled(call.occ) == 2
        assert [(held.instrument, held.quantity) for held in await broker.positions()] == [(call, 2)]
        assert (await broker.balances()).cash_usd < 100_000


async def test_every_shape_of_ticket_comes_back_as_itself(simulator, broker):
    legs = calls(simulator, 4)
    shapes = [
        bid_for(Equity("SPY"), "1.01", 7),
        Ticket((Leg(BTO, 1, legs[0]),), OrderType.STOP_LIMIT, Decimal(900), PriceEffect.DEBIT, Decimal(900)),
        *(
            Ticket(
                tuple(Leg((BTO, STO)[n % 2], 1, leg) for n, leg in enumerate(legs[:count])),
                OrderType.LIMIT,
                Decimal("0.05"),
                PriceEffect.DEBIT,
            )
            for count in (2, 4)
        ),
    ]
    for number, ticket in enumerate(shapes):
        tag = f"tf1-s-shape-{number}"
        order = await broker.place(ticket, external_id=tag)
        [found] = await broker.find(tag)
        assert order.ticket.digest == found.ticket.digest == ticket.digest
        await broker.cancel(order.broker_order)


async def test_a_resting_order_is_replaced_and_cancelled(simulator, broker):
    call = calls(simulator)[0]
    old = await broker.place(bid_for(call), external_id=TAG)
    new = await broker.replace(old.broker_order, bid_for(call, "0.06"), external_id="tf1-s-new-1")
    assert new.replaces == old.broker_order
    assert (await ended(broker, old.broker_order)).replaced_by == new.broker_order
    await broker.cancel(new.broker_order)
    assert (await ended(broker, new.broker_order)).status is Status.CANCELLED


async def test_a_hand_made_order_is_seen_and_left_alone(simulator, broker):
    body = {
        "time-in-force": "GTC",
        "order-type": "Limit",
        "price": "0.05",
        "price-effect": "Debit",
        "legs": [{"instrument-type": "Equity", "symbol": "SPY", "quantity": 1, "action": "Buy to Open"}],
    }
    made = simulator.sandbox.book.place(body, simulator.clock.now())["order"]
    seen = await broker.get(str(made["id"]))
    assert seen.external_id is None
    with pytest.raises(VenueRefused) as refusal:
        await broker.cancel(seen.broker_order)
    assert refusal.value.code == "external_order"


async def test_a_close_of_nothing_is_refused_and_opens_nothing(simulator, broker):
    call = calls(simulator)[0]
    ticket = Ticket((Leg(STC, 1, call),), OrderType.LIMIT, Decimal("0.05"), PriceEffect.CREDIT)
    try:
        order = await broker.place(ticket, external_id=TAG)
        assert (await ended(broker, order.broker_order)).status is Status.REJECTED
    except VenueRefused:
        pass
    assert not await broker.positions()


@pytest.mark.parametrize("pages", [0, 1, 3])
async def test_an_order_is_found_behind_any_number_of_others(simulator, broker, pages, monkeypatch):
    monkeypatch.setattr("tastyflow_adapters.tastytrade.orders.order_search.PER_PAGE", 5)
    spy = Equity("SPY")
    wanted = await broker.place(bid_for(spy), external_id=TAG)
    for number in range(5 * pages):
        await broker.place(bid_for(spy), external_id=f"tf1-s-other-{number}")
    assert [order.broker_order for order in await broker.find(TAG)] == [wanted.broker_order]


async def test_the_venues_rehearsal_and_production_are_two_logins(simulator):
    async with on(simulator.sandbox) as sandbox, on(simulator.production, Venue.PRODUCTION) as production:
        await sandbox.place(bid_for(Equity("SPY")), external_id=TAG)
        assert not await production.find(TAG)
        assert (await production.account()).venue is Venue.PRODUCTION


async def test_at_the_published_rates_a_crowd_of_orders_is_never_told_too_many(anyio_backend):
    async with Simulator(Options(port=0, limits_rates=True)) as strict:
        side = strict.sandbox
        async with on(side, clock=SystemClock(), limits=Limits(), timeouts=Timeouts()) as broker:
            tags = [f"tf1-s-crowd-{n}" for n in range(45)]
            orders = await asyncio.gather(*(broker.place(bid_for(Equity("SPY")), external_id=tag) for tag in tags))
            await asyncio.gather(*(broker.positions() for _ in range(30)), broker.balances(), broker.account())
        assert len({order.broker_order for order in orders}) == len(tags)
        assert not [entry for entry in strict.journal.entries() if entry.status == 429]


MISFORTUNES = [
    *(SimulatorFault(kind=kind, method="POST", path="*/orders") for kind in (
        FaultKind.REQUEST_LOST, FaultKind.RESPONSE_LOST, FaultKind.UNAUTHORIZED, FaultKind.TOO_MANY_REQUESTS,
        FaultKind.ERROR_BEFORE, FaultKind.ERROR_AFTER, FaultKind.UNPARSABLE, FaultKind.SCHEMA_DRIFT,
    )),
    SimulatorFault(kind=FaultKind.DELAY, method="POST", path="*/orders", seconds=1.2),
    SimulatorFault(kind=FaultKind.TOKEN_FLAP, times=2),
    SimulatorFault(kind=FaultKind.TOKEN_FLAP, times=None),
    SimulatorFault(kind=FaultKind.SCHEMA_DRIFT, method="POST", path="*/orders", reason="-status"),
    SimulatorFault(kind=FaultKind.SCHEMA_DRIFT, method="POST", path="*/orders", reason="-external-identifier"),
    SimulatorFault(kind=FaultKind.SCHEMA_DRIFT, method="POST", path="*/orders", reason="-id"),
    SimulatorFault(kind=FaultKind.UNPARSABLE, method="POST", path="*/orders", reason="<html>Thank you</html>"),
    *(
        SimulatorFault(kind=FaultKind.ERROR_AFTER, method="POST", path="*/orders", status=status)
        for status in (500, 503, 504)
    ),
]  # fmt: skip


@pytest.mark.parametrize("fault", MISFORTUNES, ids=lambda fault: f"{fault.kind}{fault.reason}{fault.status or ''}")
async def test_whatever_happens_the_failure_is_as_certain_as_it_says(simulator, broker, fault):
    call = calls(simulator)[0]
    simulator.faults.add(evolve(fault))
    if fault.kind is FaultKind.TOKEN_FLAP:
        await broker._session._tokens.ready(0)
        broker._session._tokens._ends_at = float("-inf")
    try:
        order = await broker.place(bid_for(call), external_id=TAG)
    except (NotSent, VenueRefused):
        order, expected = None, 0
    except OutcomeUnknown:
        order, expected = None, None
    else:
        expected = 1
    simulator.faults.clear()
    broker._clock.jumped_s += 60  # the pause after a login service that was away is over
    await asyncio.sleep(1.2 if fault.kind is FaultKind.DELAY else 0)
    there = [row for row in simulator.sandbox.book.ledger() if row["external-identifier"] == TAG]
    assert len(there) <= 1
    assert expected is None or len(there) == expected
    found = await broker.find(TAG)
    assert len(found) == len(there)
    assert order is None or [each.broker_order for each in found] == [order.broker_order]


async def test_what_other_hands_made_of_an_order_of_ours_is_ours_to_cancel(simulator, broker):
    call = calls(simulator)[0]
    ticket = Ticket((Leg(BTO, 1, call),), OrderType.LIMIT, Decimal("0.01"), PriceEffect.DEBIT)
    placed = await broker.place(ticket, external_id="tf1-s-aaaaaaaaaaaaaaaaaaaa-1")
    body = {"order-type": "Limit", "price": "0.02", "price-effect": "Debit", "time-in-force": "Day"}
    made = simulator.sandbox.book.replace(int(placed.broker_order), body, simulator.clock.now())
    new = await broker.get(str(made["id"]))
    assert (new.external_id, new.replaces) == (None, placed.broker_order)
    cancelled = await broker.cancel(new.broker_order)
    assert cancelled.broker_order == new.broker_order
