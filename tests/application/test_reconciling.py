"""An account held against the log: what the venue has of ours is owned, what other hands did is followed."""

from decimal import Decimal

import pytest
from attrs import evolve

from tastyflow.application.ledger.lookup import Lookup
from tastyflow.application.reconciling.report import Finding
from tastyflow.domain.book import Book
from tastyflow.domain.incident import Incident, IncidentKind
from tastyflow.domain.instruments import Equity, EquityOption, Right
from tastyflow.domain.order.events import EscalationReason, OrderChangedOutside, SubmissionClaimed
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.risk.outcomes import Consequence
from tastyflow.domain.trader import Permission
from tastyflow.domain.venue import Position
from tastyflow.errors import OutcomeUnknown, Refused
from tastyflow_adapters.cli.looking_pages import holdings_page
from tastyflow_adapters.cli.looking_shapes import holdings_json
from tastyflow_adapters.cli.order_facts import order_facts
from tastyflow_adapters.cli.pages import order_page, orders_page
from tastyflow_adapters.cli.safe_console import SafeConsole
from tastyflow_adapters.fake import FakeFaults, FaultyBroker, Plan
from tastyflow_adapters.fake.faults import REQUEST_LOST, refused
from tastyflow_adapters.fake.order_plan import fill, live
from tests.application.kit import (
    CALL,
    DECEMBER,
    GENEROUS,
    LENIENT,
    MISSION,
    PRODUCTION,
    AlteredBroker,
    alter,
    log,
    log_of,
    open_log,
    stopping,
    story,
    turn,
)
from tests.application.replacing import BID, RESTS, resting, told_of

pytestmark = pytest.mark.anyio
LATER_S = 130.0


class Silent:
    """A venue that gives no answer about its orders."""

    names = ("get", "listed", "find")

    def __init__(self, broker):
        self._broker = broker

    def __getattr__(self, name):
        if name in self.names:
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


CHANGED = "Changed at the venue, not here. It was limit 8 debit, and is limit 8.5 debit."


def printed(page):
    """What a wide page shows."""
    console = SafeConsole(piped_width=400)
    with console.capture() as captured:
        console.print(page)
    return captured.get()


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
    for page in (order_page(now, None), orders_page([now])):
        assert CHANGED in printed(page)
    assert CHANGED not in printed(order_page(order, None))
    assert (order_facts(now, None)["outside"], order_facts(order, None)["outside"]) == (CHANGED, None)
    (event,) = [each for each in log(house.ledger) if isinstance(each, OrderChangedOutside)]
    assert event.replaced == order.attempts[-1].broker_order


async def test_the_tag_of_the_program_that_edits_it_does_not_hide_that_it_is_ours(build):
    house = await resting(build)
    async with house.desk() as desk:
        order = await house.place(desk, BID)
        new = edit(house, order, "8.50", tag="web-4711")
        await house.until(house.clock.sleep(10))
    now = house.order(order.id)
    assert (now.stage, now.attempts[-1].broker_order) == (Stage.WORKING, new)


async def test_what_other_hands_made_of_one_order_is_not_adopted_as_another(build):
    house = await resting(build)
    await house.hire("ann", permissions={Permission.ADMINISTER})
    async with house.desk() as desk:
        edited = await house.place(desk, BID)
        new = edit(house, edited, "8.50")
        await house.until(house.clock.sleep(10))
    assert house.order(edited.id).attempts[-1].broker_order == new
    house.production = FaultyBroker(house.live, FakeFaults(calls={"place": [REQUEST_LOST]}), house.clock)
    lost = await house.once(BID.replace("8.00", "8.50"))
    assert lost.stage is Stage.ESCALATED
    async with house.desk() as desk:
        who = desk.handler(house.message("incident", user="ann"))
        with pytest.raises(Refused) as no:
            await house.until(desk.decisions.adopt(lost.reference, new, who))
    assert no.value.code == "owned"


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
    assert told_of(house, order)[-1] == "Cancelled at the venue, not here."


async def test_an_end_that_was_not_asked_for_waits_while_the_venue_does_not_say_what_came_after(build):
    house = await resting(build)
    untold = AlteredBroker(house.live, lambda call, each: evolve(each, replaced_by=None) if call == "stream" else each)
    house.production = Silent(untold)
    house.production.names = ("get",)
    async with house.desk() as desk:
        order = await house.place(desk, BID)
        edit(house, order, "8.50")
        await house.until(house.clock.sleep(5))
        assert house.order(order.id).stage is Stage.WORKING
        assert order.id in house.trader().reserved
        house.production.names = ()
        await house.until(house.clock.sleep(60))
    assert len(house.order(order.id).attempts[-1].earlier) == 1


@pytest.mark.parametrize("why", ["after hours", "halted", "only exits", "suspended"])
async def test_what_other_hands_changed_is_held_to_its_size_whatever_else_keeps_new_orders_from_leaving(build, why):
    house = await resting(build, policy=evolve(LENIENT, hours=Consequence.REFUSE))
    order = await house.once(BID)
    if why == "after hours":
        house.clock.jump((15 * 60 + 57 - 10 * 60) * 60)
    async with house.desk() as desk:
        if why == "suspended":
            await alter(house, lambda trader, because: trader.suspend(reason="on leave", why=because))
        elif why != "after hours":
            await turn(house, stopping(reducing=why == "only exits"))
        edit(house, order, "8.50")
        await house.until(desk.refresh(order.id))
    now = house.order(order.id)
    assert (now.stage, now.ticket.price) == (Stage.WORKING, Decimal("8.50")), now.message


@pytest.mark.parametrize(("price", "stage"), [("8.50", Stage.WORKING), ("8.51", Stage.ESCALATED)])
async def test_what_other_hands_changed_beyond_a_limit_is_for_a_person_and_works_on(build, price, stage):
    house = await resting(build, limits=evolve(GENEROUS, max_notional_usd=Decimal(8_500)))
    order = await house.once(BID)
    edit(house, order, price)
    await reconciled(house)
    now = house.order(order.id)
    assert now.stage is stage
    assert (now.code == EscalationReason.OUTSIDE_LIMITS) == (stage is Stage.ESCALATED)
    assert order.id in house.trader().reserved
    assert not house.live.orders()[-1].status.is_terminal
    assert len(incidents(house, IncidentKind.ORDER)) == (stage is Stage.ESCALATED)
    assert (await reconciled(house)).news == ()


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


# Positions


async def test_what_was_held_before_is_no_alarm(build):
    house = await resting(build)
    house.live.endow(Position(CALL, 5, Decimal(8)))
    assert (await reconciled(house)).lines == ()
    assert incidents(house, IncidentKind.POSITION) == []


async def test_what_the_log_cannot_explain_is_told_once_and_closes_by_itself(build):
    house = await resting(build)
    await reconciled(house)
    house.live.endow(Position(CALL, 5, Decimal(8)))
    first, second = await reconciled(house), await reconciled(house)
    assert [line.finding for line in first.news] == [Finding.POSITION]
    assert "holds 5" in first.news[0].text
    assert second.news == ()
    assert [line.text for line in second.lines] == [first.news[0].text]
    (incident,) = incidents(house, IncidentKind.POSITION)
    assert incident.is_open
    house.live.endow(Position(CALL, 0, Decimal(8)))
    assert [line.finding for line in (await reconciled(house)).news] == [Finding.POSITION]
    (incident,) = incidents(house, IncidentKind.POSITION)
    assert not incident.is_open
    assert (await reconciled(house)).lines == ()


SHARES, PUT = Equity("SPY"), EquityOption("SPY", DECEMBER, Right.PUT, Decimal(450))


@pytest.mark.parametrize("before", [True, False], ids=["it worked before", "it came later"])
@pytest.mark.parametrize("instrument", [SHARES, PUT])
async def test_a_working_order_hides_nothing_that_is_held_of_another_instrument(build, instrument, before):
    house = await resting(build)
    if before:
        await house.once(BID)
    await reconciled(house)
    if not before:
        await house.once(BID)
    house.live.endow(Position(instrument, 5, Decimal(8)))
    report = await reconciled(house)
    assert [line.finding for line in report.news] == [Finding.POSITION]
    assert len(incidents(house, IncidentKind.POSITION)) == 1


@pytest.mark.parametrize("held", [4, 11, -1])
async def test_a_working_order_hides_what_it_could_have_filled_for_a_minute_and_not_for_good(build, held):
    house = await resting(build)
    await house.once(BID)
    await reconciled(house)
    house.live.endow(Position(CALL, held, Decimal(8)))
    assert [line.finding for line in (await reconciled(house)).news] == [Finding.POSITION] * (held != 4)
    house.clock.jump(61)
    (line,) = (await reconciled(house)).lines
    assert line.finding is Finding.POSITION


@pytest.mark.parametrize("call", ["listed", "positions"])
async def test_a_fill_in_the_midst_of_a_reconciliation_is_no_difference(build, call):
    house = await resting(build, Plan((live(), fill(10, after_s=3600))))
    await house.once(BID)
    house.clock.jump(3590)

    unheard = AlteredBroker(house.live, lambda asked, each: None if asked == "stream" else each)

    class Filling:
        """It fills right after *call* was answered, and no stream tells of it."""

        def __getattr__(self, name):
            asked = getattr(unheard, name)
            if name != call:
                return asked

            async def answered(*args):
                answer = await asked(*args)
                house.clock.jump(20)
                return answer

            return answered

    house.production = Filling()
    assert [line for line in (await reconciled(house)).lines if line.finding is Finding.POSITION] == []
    house.clock.jump(120)
    assert [line for line in (await reconciled(house)).lines if line.finding is Finding.POSITION] == []
    assert incidents(house, IncidentKind.POSITION) == []


async def test_fills_of_ours_are_explained_however_late_the_positions_show_them(build):
    house = await build(position_lag_s=30.0)
    await reconciled(house)
    async with house.desk() as desk:
        await house.place(desk, MISSION)
        for _ in range(4):
            (report,) = await house.until(desk.reconcile())
            assert report.lines == ()
            await house.until(house.clock.sleep(15))


async def test_an_option_that_expired_worthless_is_no_alarm(build):
    house = await build()
    await house.once(MISSION)
    assert (await reconciled(house)).lines == ()
    house.clock.jump(40 * 86_400)
    house.live.endow(Position(CALL, 0, Decimal(8)))
    report = await reconciled(house)
    assert [line.text for line in report.lines] == ["10 SPY 450 call Dec 18 2026: expired, and held no more."]
    assert incidents(house, IncidentKind.POSITION) == []
    assert (await reconciled(house)).lines == ()


async def positions_seen(house):
    async with house.desk() as desk:
        return (await house.until(desk.ask(house.message("positions")))).looked


async def test_positions_mark_what_the_log_cannot_explain_as_recover_tells_it(build):
    house = await resting(build)
    house.live.endow(Position(PUT, 2, Decimal(8)))
    assert (await positions_seen(house)).unexplained == (), "it was not held against the log yet"
    await house.once(BID)
    await reconciled(house)
    house.live.endow(Position(SHARES, 7, Decimal(8)))
    seen = await positions_seen(house)
    (line,) = (await reconciled(house)).lines
    assert [each.words for each in seen.unexplained] == [line.text]
    assert {each.position.instrument: seen.difference(each.position.instrument) is None for each in seen.positions} == {
        PUT: True,
        SHARES: False,
    }
    end = house.ledger.end()
    page = "\n".join(str(each) for each in _texts(holdings_page(await positions_seen(house))))
    assert f"! {line.text}" in page
    shape = holdings_json(seen)
    assert [each["is_explained"] for each in shape["positions"]] == [True, False]
    assert [(each["held"], each["explained"], each["message"]) for each in shape["unexplained"]] == [(7, 0, line.text)]
    assert house.ledger.end() == end, "a look records nothing"


def _texts(page):
    return page.renderables if hasattr(page, "renderables") else [page]


@pytest.mark.parametrize(("held", "is_marked"), [(4, False), (10, False), (11, True), (-1, True)])
async def test_positions_do_not_mark_what_a_working_order_may_just_have_filled(build, held, is_marked):
    house = await resting(build)
    await house.once(BID)
    house.clock.jump(3600)
    house.live.endow(Position(CALL, held, Decimal(8)))
    assert len((await positions_seen(house)).unexplained) == is_marked
    await reconciled(house)
    assert len((await positions_seen(house)).unexplained) == 1


async def test_positions_tell_of_what_is_held_no_more_and_was_not_closed_here(build):
    house = await build()
    await house.once(MISSION)
    await reconciled(house)
    house.live.endow(Position(CALL, 0, Decimal(8)))
    house.clock.jump(120)
    seen = await positions_seen(house)
    assert [(each.held, each.explained) for each in seen.unexplained] == [(0, 10)]
    assert "Nothing is held." in str(_texts(holdings_page(seen))[0])


# Before the first production order


async def test_no_order_leaves_before_production_was_held_against_the_log(build):
    house = await resting(build)
    house.production = Silent(house.live)
    order = await house.once(BID)
    assert (order.stage, order.code) == (Stage.REFUSED, "not_reconciled")
    assert house.live.orders() == []
    assert house.trader().reserved == {}


async def test_it_is_held_against_the_log_once_and_not_before_each_order(build):
    house = await resting(build)
    asked = []

    class Counting(Silent):
        async def _no_answer(self, *args):
            asked.append(args)
            return await self._broker.listed(*args)

        def __getattr__(self, name):
            return self._no_answer if name == "listed" else getattr(self._broker, name)

    house.production = Counting(house.live)
    async with house.desk() as desk:
        for _ in range(3):
            await house.place(desk, BID)
    assert len(asked) == 1


# Bounded in time


class Slow:
    """A venue that takes so many seconds for each answer to *calls*."""

    def __init__(self, house, seconds, *calls):
        self._house, self._seconds, self._calls = house, seconds, calls

    def __getattr__(self, name):
        asked = getattr(self._house.live, name)
        if name not in self._calls:
            return asked

        async def late(*args):
            await self._house.clock.sleep(self._seconds)
            return await asked(*args)

        return late


@pytest.mark.parametrize(
    ("calls", "missing"),
    [
        (("positions",), ["positions"]),
        (("listed",), ["listed"]),
        (("positions", "listed"), ["positions", "listed"]),
        (("positions", "listed", "get", "find"), ["positions", "listed", "could not be asked about"]),
    ],
)
async def test_a_venue_that_answers_slowly_holds_a_command_no_longer_than_the_policy_allows(build, calls, missing):
    house = await resting(build)
    order = await house.once(BID)
    house.clock.jump(120)
    house.production = Slow(house, 100, *calls)
    async with house.desk() as desk:
        began_s = house.clock.monotonic()
        (report,) = await house.until(desk.reconcile())
        assert house.clock.monotonic() - began_s <= house.policy.reconcile_s + 0.1
        assert len(report.missing) == len(missing)
        assert all(each in " ".join(report.missing) for each in missing), report.missing
        house.production._seconds = 0
        await house.until(house.clock.sleep(100))  # who asks meanwhile is told what the first one is
        (report,) = await house.until(desk.reconcile())
        assert report.is_complete
    assert house.order(order.id) == order


async def test_an_order_waits_for_a_slow_venue_as_long_as_the_policy_allows_and_is_refused(build):
    house = await resting(build)
    house.production = Slow(house, 1000, "listed")
    began_s = house.clock.monotonic()
    order = await house.once(BID)
    assert (order.stage, order.code) == (Stage.REFUSED, "not_reconciled")
    assert "no answer came in time, of 30 seconds" in order.message
    assert house.clock.monotonic() - began_s < house.policy.reconcile_s + 10
    house.production._seconds = 0
    assert (await house.once(BID)).stage is Stage.WORKING
