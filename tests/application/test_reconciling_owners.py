"""What the venue has under our tag is owned, whatever the log says of it, also where the log lost its tail."""

import pytest

from tastyflow.application.ledger.lookup import Lookup
from tastyflow.application.reconciling.report import Finding
from tastyflow.domain.book import Book
from tastyflow.domain.incident import IncidentKind
from tastyflow.domain.order.events import EscalationReason, SubmissionClaimed
from tastyflow.domain.order.stages import Stage
from tastyflow.errors import OutcomeUnknown
from tastyflow_adapters.fake import FakeFaults, FaultyBroker, Plan
from tastyflow_adapters.fake.faults import REQUEST_LOST, refused
from tastyflow_adapters.fake.order_plan import fill, live
from tests.application.kit import (
    CALL,
    PRODUCTION,
    log,
    log_of,
    open_log,
    story,
)
from tests.application.reconciling import LATER_S, incidents, reconciled
from tests.application.replacing import BID, RESTS, resting

pytestmark = pytest.mark.anyio


# Our tag, and no claim


def stray_tag(number=1):
    return f"tf1-p-{'a' * 20}-{number}"


def place_stray(house, ticket, tag=None):
    """An order of ours of which the log knows nothing: its tail was lost after it was sent."""
    return house.live._book.place(ticket, tag or stray_tag(), house.clock.now())


async def test_an_order_with_our_tag_that_the_log_does_not_know_is_owned_and_a_person_looks(build):
    house = await resting(build)
    known = await house.once(BID)
    house.live._book.cancel(known.attempts[-1].broker_order, house.clock.now())
    shown = place_stray(house, known.ticket)
    report = await reconciled(house)
    (line,) = [each for each in report.news if each.finding is Finding.UNKNOWN_ORDER]
    stray = house.order(line.order)
    assert (stray.stage, stray.attempts[-1].broker_order) == (Stage.ESCALATED, shown.broker_order)
    assert stray.ticket == known.ticket
    assert [each.order for each in incidents(house, IncidentKind.UNKNOWN_ORDER)] == [stray.id]
    assert stray.id in house.ledger.read(Book, stray.book).entries
    assert stray.id in {order.id for order in Lookup(house.ledger).everyones_open()}
    assert (await reconciled(house)).news == ()


async def test_an_order_that_was_found_and_is_over_is_not_told_as_one_that_works(build):
    house = await resting(build)
    known = await house.once(BID)
    shown = place_stray(house, known.ticket)
    house.live._book.cancel(shown.broker_order, house.clock.now())
    await reconciled(house)
    (told,) = incidents(house, IncidentKind.UNKNOWN_ORDER)
    assert (
        told.hint == f"It is order {told.order.hex[:6]} here, and is cancelled there: what it filled is in the account."
    )


async def test_an_order_that_was_found_is_followed_and_its_fills_are_positions(build):
    house = await resting(build, RESTS, Plan((live(after_s=60), fill(4, after_s=5), fill(6, after_s=5))))
    known = await house.once(BID)
    place_stray(house, known.ticket)
    async with house.desk() as desk:
        (report,) = await house.until(desk.reconcile())
        await house.until(house.clock.sleep(120))
    (line,) = [each for each in report.news if each.finding is Finding.UNKNOWN_ORDER]
    stray = house.order(line.order)
    assert stray.stage is Stage.FILLED
    book = house.ledger.read(Book, stray.book)
    assert stray.id not in book.entries
    assert book.explained[CALL] == 10
    assert [line.finding for line in (await reconciled(house)).lines] == [Finding.LOG], "until a person accepts the log"


async def test_an_operator_cancels_an_order_that_was_found(build):
    house = await resting(build)
    known = await house.once(BID)
    shown = place_stray(house, known.ticket)
    await reconciled(house)
    async with house.desk() as desk:
        orders = await house.until(desk.cancel_everyones(house.message("cancel all everyone")))
    assert {order.attempts[-1].broker_order for order in orders} >= {shown.broker_order}
    assert all(each.status.is_terminal for each in house.live.orders())


async def test_an_order_that_the_stream_shows_under_our_tag_is_owned_at_once(build):
    house = await resting(build)
    async with house.desk() as desk:
        known = await house.place(desk, BID)
        place_stray(house, known.ticket)
        await house.until(house.clock.sleep(2))
    assert len(incidents(house, IncidentKind.UNKNOWN_ORDER)) == 1


async def test_an_order_of_another_hand_in_the_account_is_none_of_ours(build):
    house = await resting(build)
    known = await house.once(BID)
    house.live._book.place(known.ticket, None, house.clock.now())
    house.live._book.place(known.ticket, "my-own-tag", house.clock.now())
    report = await reconciled(house)
    assert report.lines == ()
    assert incidents(house, IncidentKind.UNKNOWN_ORDER) == []


async def test_what_production_declined_and_holds_all_the_same_is_adopted_and_escalated(build):
    house = await resting(build)
    faults = FakeFaults(calls={"place": [refused("gateway")]})
    house.production = FaultyBroker(house.live, faults, house.clock)
    order = await house.once(BID)
    assert order.stage is Stage.REJECTED
    house.live._book.place(order.ticket, order.attempts[-1].external_id, house.clock.now())
    report = await reconciled(house)
    now = house.order(order.id)
    assert (now.stage, now.code) == (Stage.ESCALATED, EscalationReason.TURNED_UP)
    assert [(line.finding, line.is_news) for line in report.lines] == [(Finding.DOUBT, True)]
    assert order.id in house.trader().reserved


async def test_what_was_declined_before_others_worked_is_still_looked_for(build):
    house = await resting(build, Plan((fill(10, after_s=5),)))
    faults = FakeFaults(calls={"place": [refused("gateway")]})
    house.production = FaultyBroker(house.live, faults, house.clock)
    await reconciled(house)
    declined = await house.once(BID)
    house.live._book.place(declined.ticket, declined.attempts[-1].external_id, house.clock.now())
    house.clock.jump(60)
    house.live._book.settle(house.clock.now())  # it filled, and is over
    house.clock.jump(3 * 86_400)
    await house.hire("bob")  # a later day's first event
    await reconciled(house)
    now = house.order(declined.id)
    assert now.filled(PRODUCTION) == 10
    assert now.code == EscalationReason.TURNED_UP


async def test_a_claim_by_a_clock_that_was_ahead_is_looked_for_since_it_was_made(build):
    house = await resting(build)
    house.production = FaultyBroker(house.live, FakeFaults(calls={"place": [REQUEST_LOST]}), house.clock)
    began = house.clock.now()
    house.clock.set_wall(7_200)
    assert (await house.once(BID)).stage is Stage.ESCALATED
    house.clock.set_wall(0)
    house.clock.jump(4 * 86_400)
    since, listed = [], house.live.listed

    async def noted(at):
        since.append(at)
        return await listed(at)

    house.production = house.live
    house.live.listed = noted
    await reconciled(house)
    assert since[0] <= began


class NoAccount:
    """A venue whose account cannot be asked about."""

    def __init__(self, broker):
        self._broker = broker

    def __getattr__(self, name):
        return getattr(self._broker, name)

    async def account(self):
        raise OutcomeUnknown("timeout")


async def test_an_order_that_cannot_be_taken_up_now_is_missing_in_the_report_and_no_order_leaves(build):
    house = await resting(build)
    known = await house.once(BID)
    place_stray(house, known.ticket)
    house.production = NoAccount(house.live)
    report = await reconciled(house)
    assert any("could not be taken up" in each for each in report.missing)
    order = await house.once("buy 1 SPY 450 call exp Dec 18 2026 @ 8.00")
    assert order.stage is Stage.REFUSED


async def test_an_order_that_production_does_not_tell_of_is_missing_in_the_report(build):
    house = await resting(build)
    order = await house.once(BID)
    house.clock.jump(60)
    house.production = Unlisted(house.live)
    report = await reconciled(house)
    assert any(order.reference in each for each in report.missing)


class Unlisted:
    """A venue that lists nothing and gives no answer about an order."""

    def __init__(self, broker):
        self._broker = broker

    def __getattr__(self, name):
        return getattr(self._broker, name)

    async def listed(self, since):
        return ()

    async def get(self, broker_order):
        raise OutcomeUnknown("timeout")


async def test_whose_an_order_is_takes_no_search_through_the_whole_log(build):
    house = await resting(build, Plan((fill(10),)))
    for _ in range(3):
        await house.once(BID)
    asked = []
    holding = house.ledger.log.holding
    house.ledger.log.holding = lambda *how: asked.append(how) or holding(*how)
    await reconciled(house)
    assert asked == []


async def test_a_cancel_that_production_never_got_is_asked_for_again(build):
    house = await resting(build)
    house.production = FaultyBroker(house.live, FakeFaults(calls={"cancel": [REQUEST_LOST]}), house.clock)
    async with house.desk() as desk:
        order = await house.place(desk, BID)
        await house.until(desk.cancel(house.message("cancel"), order.reference))
        await house.until(house.clock.sleep(60))
    assert house.order(order.id).stage is Stage.CANCELLED


# The tail of the log is lost


def cut(house, before):
    """The same venues, and a log that ends right before its first event for which *before* holds."""
    rows = list(house.ledger.rows())
    events = log(house.ledger)
    kept = rows[: next(n for n, event in enumerate(events) if before(event))]
    fresh = open_log()
    fresh.recorder.insert_events(kept)
    return evolve_house(house, fresh)


def evolve_house(house, ledger):
    return type(house)(house.clock, house.market, ledger, house.rehearsals, house.live, policy=house.policy)


async def test_an_order_whose_claim_was_lost_with_the_tail_of_the_log_is_never_told_as_not_sent(build):
    house = await resting(build)
    order = await house.once(BID)
    lost = cut(house, lambda event: isinstance(event, SubmissionClaimed) and event.venue is PRODUCTION)
    lost.clock.jump(LATER_S)
    await reconciled(lost)
    now = lost.order(order.id)
    assert now.stage is Stage.ESCALATED
    assert now.attempts[-1].broker_order == order.attempts[-1].broker_order
    assert "refused" not in story(log_of(lost.ledger, now))
    assert len(incidents(lost, IncidentKind.ORDER)) == 1


async def test_a_command_that_ends_an_interrupted_order_looks_at_production_first(build):
    house = await resting(build)
    order = await house.once(BID)
    lost = cut(house, lambda event: isinstance(event, SubmissionClaimed) and event.venue is PRODUCTION)
    lost.clock.jump(LATER_S)
    async with lost.desk() as desk:
        now = await lost.until(desk.refresh(order.id))
    assert now.stage is Stage.ESCALATED
    assert now.code == EscalationReason.UNCLAIMED


async def test_a_log_that_lost_everything_owns_what_the_venue_still_has(build):
    house = await resting(build)
    order = await house.once(BID)
    lost = cut(house, lambda event: event.TOPIC.startswith("tastyflow.order.drafted"))
    await reconciled(lost)
    (found,) = Lookup(lost.ledger).everyones_open()
    assert found.attempts[-1].external_id == order.attempts[-1].external_id
    assert found.asked.trader is None
