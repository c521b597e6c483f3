"""An account held against the log over real sockets: strays, other hands, an order that is gone, a leg closed."""

from decimal import Decimal

import pytest

from tastyflow.application.reconciling.report import Finding
from tastyflow.domain.incident import Incident, IncidentKind
from tastyflow.domain.order import Order
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.venue import Venue
from tests.application.kit import log
from tests.contract.desk_between_venues import BID
from tests.contract.simulated_desk import desk_between_simulated
from tests.contract.tickets import CALL, STC, limit, resting

pytestmark = pytest.mark.anyio

SPREAD = "buy 2 SPY 450/455 call vertical Dec 18 at natural"


async def reconciled(venues):
    """What a process that starts now finds; a second one after it records nothing."""
    reports = []
    for _ in range(2):
        async with venues.desk() as desk:
            reports += await venues.until(desk.reconcile())
            end = venues.ledger.end()
    first, second = reports
    assert (first.missing, second.missing) == ((), ())
    assert (second.news, venues.ledger.end()) == ((), end)
    return first


def incidents(venues, kind):
    opened = {each.originator_id for each in log(venues.ledger) if each.TOPIC.startswith("tastyflow.incident.opened")}
    return [each for each in (venues.ledger.read(Incident, one) for one in opened) if each.kind is kind]


def edited(venues, broker_order, price):
    """The broker's own application gives *broker_order* another price; its new id."""
    book = venues.production.side.book
    row = next(row for row in book.ledger() if str(row["order-id"]) == broker_order)
    body = {key: value for key, value in row["body"].items() if key not in ("external-identifier", "source")}
    book.replace(int(broker_order), body | {"price": price}, venues.production.side.settle())
    venues.production.simulator.clock.wake()
    return str(max(int(row["order-id"]) for row in book.ledger()))


async def working(venues):
    await venues.register_trader()
    async with venues.desk() as desk:
        order = await venues.place(desk, BID)
    assert order.stage is Stage.WORKING, order.message
    return order


async def test_a_stray_with_our_tag_is_adopted_and_can_be_cancelled():
    async with desk_between_simulated() as venues:
        await working(venues)
        stray = await venues.until(venues.production.broker.place(resting(worse=1), external_id=f"tf1-p-{'a' * 20}-1"))
        report = await reconciled(venues)
        (line,) = [each for each in report.news if each.finding is Finding.UNKNOWN_ORDER]
        found = venues.ledger.read(Order, line.order)
        assert (found.stage, found.attempts[-1].broker_order) == (Stage.ESCALATED, stray.broker_order)
        assert len(incidents(venues, IncidentKind.UNKNOWN_ORDER)) == 1
        async with venues.desk() as desk:
            await venues.until(desk.cancel_everyones(venues.message("cancel all everyone")))
            await venues.rest(2)
        assert (await venues.until(venues.production.broker.get(stray.broker_order))).status.is_terminal
        venues.ledger.close()


async def test_an_order_that_was_edited_twice_elsewhere_is_followed_to_its_fill():
    async with desk_between_simulated() as venues:
        order = await working(venues)
        second = edited(venues, edited(venues, order.attempts[-1].broker_order, "9.60"), "9.70")
        await reconciled(venues)
        now = venues.ledger.read(Order, order.id)
        assert (now.stage, now.attempts[-1].broker_order) == (Stage.WORKING, second)
        assert now.ticket.price == Decimal("9.70")
        edited(venues, second, "10.20")
        await venues.rest(2)
        await reconciled(venues)
        now = venues.ledger.read(Order, order.id)
        assert (now.stage, now.filled(Venue.PRODUCTION)) == (Stage.FILLED, 2), now.message
        assert (len(now.attempts[-1].earlier), incidents(venues, IncidentKind.POSITION)) == (3, [])
        venues.ledger.close()


async def test_an_order_that_production_answers_404_for_is_for_a_person_and_works_no_more():
    async with desk_between_simulated() as venues:
        order = await working(venues)
        await venues.rest(11)
        venues.production.side.reset()
        await reconciled(venues)
        now = venues.ledger.read(Order, order.id)
        assert (now.stage, now.code) == (Stage.ESCALATED, "vanished")
        assert len(incidents(venues, IncidentKind.ORDER)) == 1
        venues.ledger.close()


async def test_one_leg_that_was_closed_elsewhere_is_one_incident():
    async with desk_between_simulated() as venues:
        await venues.register_trader()
        async with venues.desk() as desk:
            order = await venues.place(desk, SPREAD)
            await venues.rest(4)
        assert venues.ledger.read(Order, order.id).stage is Stage.FILLED
        await venues.until(venues.production.stranger(limit("10.00", 2, action=STC, of=CALL)))
        await venues.rest(2)
        venues.production.simulator.clock.advance(70)  # a snapshot of positions lags no fill of ours any more
        report = await reconciled(venues)
        assert [line.finding for line in report.news] == [Finding.POSITION], report
        assert "holds no SPY 450 call" in report.news[0].text
        assert "explains 2" in report.news[0].text
        (incident,) = incidents(venues, IncidentKind.POSITION)
        assert incident.is_open
        venues.ledger.close()
