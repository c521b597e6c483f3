"""An account held against the log: what the venue has of ours is owned, what other hands did is followed."""

from decimal import Decimal

import pytest
from attrs import evolve

from tastyflow.application.reconciling.report import Finding
from tastyflow.domain.incident import Incident, IncidentKind
from tastyflow.domain.order.events import EscalationReason, OrderChangedOutside
from tastyflow.domain.order.stages import Stage
from tastyflow.errors import OutcomeUnknown
from tastyflow_adapters.fake import Plan
from tastyflow_adapters.fake.order_plan import fill, live
from tests.application.kit import PRODUCTION, log
from tests.application.replacing import BID, RESTS, resting, told_of

pytestmark = pytest.mark.anyio


class Silent:
    """A venue that gives no answer about its orders."""

    def __init__(self, broker):
        self._broker = broker

    def __getattr__(self, name):
        if name in ("get", "listed", "find"):
            return self._no_answer
        return getattr(self._broker, name)

    async def _no_answer(self, *_):
        raise OutcomeUnknown("timeout")


async def reconciled(house):
    """What a process that starts now finds."""
    async with house.desk() as desk:
        (report,) = await house.until(desk.reconcile())
    return report


def incidents(house, kind):
    opened = [event.originator_id for event in log(house.ledger) if event.TOPIC.startswith("tastyflow.incident.opened")]
    found = [house.ledger.read(Incident, each) for each in opened]
    return [each for each in found if each.kind is kind]


def edit(house, order, price, *, tag=None):
    """Change *order* in the broker's own application."""
    attempt = order.attempts[-1]
    ticket = evolve(order.ticket, price=Decimal(price))
    return house.live._book.replace(attempt.broker_order, ticket, tag, house.clock.now()).broker_order


# A second time


async def test_a_second_reconciliation_records_nothing(build):
    house = await resting(build)
    await house.once(BID)
    first = await reconciled(house)
    end = house.ledger.end()
    second = await reconciled(house)
    assert first.is_complete
    assert second.is_complete
    assert house.ledger.end() == end
    assert second.news == ()


# What other hands changed


@pytest.mark.parametrize("keeps_tag", [True, False])
async def test_an_order_that_is_edited_elsewhere_works_on_here_under_its_new_id(build, keeps_tag):
    house = await resting(build)
    async with house.desk() as desk:
        order = await house.place(desk, BID)
        new = edit(house, order, "8.50", tag=order.attempts[-1].external_id if keeps_tag else None)
        await house.until(house.clock.sleep(10))
    now = house.order(order.id)
    assert (now.stage, now.attempts[-1].broker_order) == (Stage.WORKING, new)
    assert now.ticket.price == Decimal("8.50")
    assert house.trader().reserved[order.id].notional_usd == order.notional_usd + 500
    assert any("It was limit 8 debit, and is limit 8.5 debit." in said for said in told_of(house, now))
    (event,) = [each for each in log(house.ledger) if isinstance(each, OrderChangedOutside)]
    assert event.replaced == order.attempts[-1].broker_order


async def test_the_fills_of_its_new_id_are_counted_and_it_ends_as_the_venue_says(build):
    house = await resting(build, RESTS, Plan((live(after_s=1), fill(4, after_s=5), fill(6, after_s=10))))
    async with house.desk() as desk:
        order = await house.place(desk, BID)
        edit(house, order, "8.50")
        await house.until(house.clock.sleep(60))
    now = house.order(order.id)
    assert now.stage is Stage.FILLED
    assert now.filled(PRODUCTION) == 10
    assert house.trader().reserved == {}


async def test_an_order_that_was_edited_several_times_while_no_process_ran_is_followed_to_its_last_id(build):
    house = await resting(build)
    order = await house.once(BID)
    for price in ("8.10", "8.20", "8.30"):
        new = house.live._book.replace(
            house.live.orders()[-1].broker_order, evolve(order.ticket, price=Decimal(price)), None, house.clock.now()
        ).broker_order
        house.clock.jump(1)
        house.live._book.settle(house.clock.now())
    report = await reconciled(house)
    now = house.order(order.id)
    assert (now.stage, now.attempts[-1].broker_order) == (Stage.WORKING, new)
    assert len(now.attempts[-1].earlier) == 3
    assert [line.finding for line in report.news] == [Finding.NEWS]
    assert (await reconciled(house)).news == ()


async def test_a_cancel_of_an_order_that_was_edited_elsewhere_reaches_its_new_id(build):
    house = await resting(build)
    order = await house.once(BID)
    edit(house, order, "8.50")
    async with house.desk() as desk:
        await house.until(desk.cancel(house.message("cancel"), order.reference))
        await house.until(house.clock.sleep(5))
    assert house.order(order.id).stage is Stage.CANCELLED
    assert all(each.status.is_terminal for each in house.live.orders())


async def test_an_order_that_other_hands_cancel_ends_as_cancelled(build):
    house = await resting(build)
    async with house.desk() as desk:
        order = await house.place(desk, BID)
        house.live._book.cancel(order.attempts[-1].broker_order, house.clock.now())
        await house.until(house.clock.sleep(10))
    assert house.order(order.id).stage is Stage.CANCELLED


# What the venue knows no more


async def test_an_order_that_production_knows_no_more_is_escalated_and_never_told_as_working(build):
    house = await resting(build)
    order = await house.once(BID)
    house.clock.jump(60)
    house.live.reset()
    await reconciled(house)
    now = house.order(order.id)
    assert (now.stage, now.code) == (Stage.ESCALATED, EscalationReason.VANISHED)
    assert [each.order for each in incidents(house, IncidentKind.ORDER)] == [order.id]
    assert (await reconciled(house)).news == ()


async def test_a_venue_that_is_silent_says_nothing_of_an_order(build):
    house = await resting(build)
    order = await house.once(BID)
    house.clock.jump(60)
    house.production = Silent(house.live)
    report = await reconciled(house)
    assert not report.is_complete
    assert house.order(order.id) == order
