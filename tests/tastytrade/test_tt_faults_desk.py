"""
Every fault of the simulator under a whole desk: text in, rehearsed in its sandbox, promoted to its production.

Whatever goes wrong, on whichever side: no order stands in a ledger twice, every order there has an owner in the log,
every promotion was earned, the trader's capacity is given back where it is over, and nobody's secret is told.
"""

import asyncio

import pytest
from attrs import evolve
from tt_faults import faulty_desk

from tastyflow.domain.order.stages import Stage
from tastyflow.domain.trader import Trader
from tastyflow.domain.venue import Venue
from tastyflow_simulator import FaultKind, SimulatorFault
from tastyflow_simulator.admin.faults import STANDING
from tests.contract.desk_between_venues import BID, BUY, POLICY
from tests.contract.simulated_venue import ASKED

pytestmark = pytest.mark.anyio

SANDBOX, PRODUCTION = Venue
POST = {"method": "POST", "path": "*/orders"}
DRY = {"method": "POST", "path": "*/dry-run"}
LOGIN = {"path": "/oauth/token"}
ALWAYS = {"times": None}

HAPPENINGS = {
    "request lost": (FaultKind.REQUEST_LOST, POST),
    "response lost": (FaultKind.RESPONSE_LOST, POST),
    "every question lost twice": (FaultKind.REQUEST_LOST, {"method": "GET", "times": 2}),
    "slow": (FaultKind.DELAY, {**POST, "seconds": 0.1}),
    "unauthorized": (FaultKind.UNAUTHORIZED, POST),
    "too many requests": (FaultKind.TOO_MANY_REQUESTS, POST),
    "error before": (FaultKind.ERROR_BEFORE, POST),
    "error after": (FaultKind.ERROR_AFTER, POST),
    "unparsable": (FaultKind.UNPARSABLE, POST),
    "unparsable to the last": (FaultKind.UNPARSABLE, {**POST, "reason": "{"}),
    "no dry run": (FaultKind.ERROR_BEFORE, {**DRY, "times": 3}),
    "no dry run for long": (FaultKind.ERROR_BEFORE, {**DRY, **ALWAYS}),
    "token flap": (FaultKind.TOKEN_FLAP, LOGIN),
    "session offline": (FaultKind.SESSION_OFFLINE, {}),
    "session offline for long": (FaultKind.SESSION_OFFLINE, ALWAYS),
    "position lag": (FaultKind.POSITION_LAG, {**ALWAYS, "seconds": 3}),
    "visibility lag": (FaultKind.VISIBILITY_LAG, {**ALWAYS, "seconds": 0.1}),
    "messages twice": (FaultKind.STREAM_DUPLICATE, ALWAYS),
    "messages swapped": (FaultKind.STREAM_REORDER, {**ALWAYS, "seconds": 0.02}),
    "messages lost": (FaultKind.STREAM_DROP, ALWAYS),
    "silence": (FaultKind.STREAM_SILENT, ALWAYS),
    "line cut": (FaultKind.STREAM_CLOSE, {**ALWAYS, "path": "/streamer"}),
    "drift": (FaultKind.SCHEMA_DRIFT, ALWAYS),
    "drift on the stream": (FaultKind.SCHEMA_DRIFT, {**ALWAYS, "path": "/streamer", "reason": "missing"}),
    "stale symbols": (FaultKind.STALE_SYMBOLS, ALWAYS),
    "no market data": (FaultKind.MARKET_DATA_502, ALWAYS),
}
"""Each fault, where it strikes."""

ENDS = {
    ("request lost", PRODUCTION): Stage.ESCALATED,  # a person looks: it is not sent again
    ("error before", PRODUCTION): Stage.ESCALATED,
    ("unauthorized", PRODUCTION): Stage.ESCALATED,
    ("too many requests", PRODUCTION): Stage.ESCALATED,
    ("session offline", PRODUCTION): Stage.REJECTED,
    ("session offline for long", PRODUCTION): Stage.REJECTED,
    ("session offline for long", SANDBOX): Stage.REFUSED,  # proven is nothing; a short time of it is waited for
    ("stale symbols", SANDBOX): Stage.REFUSED,
    ("stale symbols", PRODUCTION): Stage.REJECTED,
    ("no dry run for long", SANDBOX): Stage.REFUSED,
    ("no market data", PRODUCTION): Stage.REFUSED,  # unpriced is untested, and unsent
}
"""How it ends, where it does not end filled."""

UNMET = {
    ("no market data", SANDBOX),
    ("no dry run", PRODUCTION),
    ("no dry run for long", PRODUCTION),
    ("token flap", SANDBOX),
    ("token flap", PRODUCTION),
}
"""What a desk that has just opened never asks there."""


def strike(venues, venue, kind, how):
    side = (venues.sandbox if venue is SANDBOX else venues.production).side
    venues.production.simulator.faults.add(SimulatorFault(kind=kind, side=side.side, **how))


def reserved(venues):
    return venues.ledger.read(Trader, Trader.id_of("demo")).reserved


async def settled(venues, desk, order):
    """The order once nothing more is to come of it by itself."""
    for _ in range(100):
        now = desk.lookup.by_id(order.id)
        if now.stage.is_over or now.stage in (Stage.ESCALATED, Stage.WORKING):
            return now
        await venues.rest(0.2)
    return desk.lookup.by_id(order.id)


@pytest.mark.parametrize("venue", Venue)
@pytest.mark.parametrize("name", HAPPENINGS)
async def test_whatever_goes_wrong_there_is_one_order_or_none_and_it_has_an_owner(venue, name):
    kind, how = HAPPENINGS[name]
    async with faulty_desk() as (venues, _leaks):
        strike(venues, venue, kind, how)
        async with venues.desk() as desk:
            order = await settled(venues, desk, await venues.place(desk, BUY))
            assert order.stage is ENDS.get((name, venue), Stage.FILLED), (order.stage, order.code, order.message)
        struck = sum(fault["struck"] for fault in venues.production.simulator.faults.listed())
        assert bool(struck) is ((name, venue) not in UNMET)
        venues.production.simulator.faults.clear()
        assert len(venues.production.ledger()) <= 1
        assert (reserved(venues) == {}) is (order.stage is not Stage.ESCALATED)
        await venues.assert_sound()


@pytest.mark.parametrize("deaf", [False, True])
@pytest.mark.parametrize("status", [401, 429])
async def test_what_was_taken_and_answered_as_if_it_were_not_is_one_order(status, deaf):
    """The lists show it late; with the stream, too, told nothing, a person looks, and finds it by asking again."""
    async with faulty_desk() as (venues, _leaks):
        strike(venues, PRODUCTION, FaultKind.ERROR_AFTER, {**POST, "status": status})
        strike(venues, PRODUCTION, FaultKind.VISIBILITY_LAG, {**ALWAYS, "seconds": 3600})
        if deaf:
            strike(venues, PRODUCTION, FaultKind.STREAM_DROP, ALWAYS)
        async with venues.desk() as desk:
            order = await settled(venues, desk, await venues.place(desk, BUY))
            assert order.stage is (Stage.ESCALATED if deaf else Stage.FILLED)
        assert len(venues.production.ledger()) == 1


@pytest.mark.parametrize("seed", range(3))
async def test_a_day_on_which_everything_goes_wrong_at_once(seed):
    """Six orders, every fault of the list with a chance of its own, on both sides."""
    kinds = [kind for kind in FaultKind if kind not in (FaultKind.TOKEN_FLAP, FaultKind.STALE_SYMBOLS)]
    async with faulty_desk(policy=evolve(POLICY, fill_wait_s=3.0)) as (venues, _leaks):
        faults = venues.production.simulator.faults
        faults.__init__(venues.production.simulator.clock, seed=seed)
        for kind in kinds:
            faults.add(SimulatorFault(kind=kind, times=None, probability=0.08, seconds=0.02))
        async with venues.desk() as desk:
            asked = (desk.place(venues.message(BUY if n % 3 else BID, f"m-{n}")) for n in range(6))
            await venues.until(asyncio.gather(*asked))
            await venues.rest(3.0)
        faults.clear()
        after = await venues.recovered()
        orders = [after.order(f"m-{number}") for number in range(6)]
        open_ones = {order.id for order in orders if order.stage in (Stage.ESCALATED, Stage.WORKING)}
        assert all(order.stage.is_over for order in orders if order.id not in open_ones)
        assert set(reserved(after)) == open_ones
        await after.assert_sound()
        after.ledger.close()


async def test_token_flap_while_the_desk_is_open_costs_no_attempt():
    """The login is away for a moment when the order comes: it is claimed when it can be sent, and not before."""
    async with faulty_desk() as (venues, _leaks):
        async with venues.desk() as desk:
            for subject in (venues.sandbox, venues.production):
                strike(venues, subject.broker.venue, FaultKind.TOKEN_FLAP, {**LOGIN, "times": 2})
                subject.side.tokens.expire()
                subject.broker._session._tokens._ends_at = float("-inf")
            order = await settled(venues, desk, await venues.place(desk, BUY))
        assert order.stage is Stage.FILLED
        assert len(order.attempts) == 2
        await venues.assert_sound()


async def test_a_login_that_stays_away_ends_the_order_and_places_nothing():
    async with faulty_desk() as (venues, _leaks):
        async with venues.desk() as desk:
            strike(venues, PRODUCTION, FaultKind.TOKEN_FLAP, {**LOGIN, **ALWAYS})
            venues.production.side.tokens.expire()
            venues.production.broker._session._tokens._ends_at = float("-inf")
            order = await settled(venues, desk, await venues.place(desk, BUY))
        assert order.stage is Stage.REFUSED
        assert venues.production.ledger() == []
        assert reserved(venues) == {}
        await venues.assert_sound()


async def test_an_order_lost_on_its_way_that_arrives_late_is_adopted_by_whoever_looks_next():
    """The search came back empty, a person was called, and then the venue has it after all."""
    async with faulty_desk() as (venues, _leaks):
        strike(venues, PRODUCTION, FaultKind.RESPONSE_LOST, POST)
        strike(venues, PRODUCTION, FaultKind.VISIBILITY_LAG, {**ALWAYS, "seconds": 300})
        strike(venues, PRODUCTION, FaultKind.STREAM_SILENT, ALWAYS)
        async with venues.desk() as desk:
            order = await venues.place(desk, BUY, "m")
            assert order.stage is Stage.ESCALATED
        await venues.rest(300)
        after = await venues.recovered()
        assert after.order("m").stage is Stage.FILLED
        assert len(venues.production.ledger()) == 1
        await after.assert_sound()
        after.ledger.close()


def test_every_fault_is_among_the_happenings():
    """But what is wrong with quotes alone, of which a desk that places orders hears nothing: `test_tt_faults_feed`."""
    assert {kind for kind, _ in HAPPENINGS.values()} == set(FaultKind) - STANDING
    assert ASKED["place"] == (POST["method"], POST["path"])
