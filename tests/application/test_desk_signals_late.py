"""What comes late: a signal that expires on the way, a word just before the wire, a restart, and the marks after it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from attrs import evolve

from tastyflow.application.audit import log_of, verify
from tastyflow.application.signalling.acting import message_of
from tastyflow.application.signalling.asking import NotAsking
from tastyflow.application.signalling.marking import DUE_FOR
from tastyflow.domain.order import Order
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.signal import SignalStage
from tastyflow.domain.signal_rule import RuleMode
from tastyflow.errors import Refused, StoreFailure, VenueFailure
from tests.application.approvals import QuietMarket, WhenReady, approve
from tests.application.kit import CALL, stopping, turn
from tests.application.signalling_kit import (
    LINE,
    NAME,
    acted,
    cooled,
    fire,
    link,
    rule,
    set_to,
    turned_down,
    with_robot,
)
from tests.application.test_desk_last_look import hold

pytestmark = pytest.mark.anyio
OFF, SHADOW, APPROVE, AUTO = RuleMode
OFTEN = {"cool_down_min": 0.0, "most_a_day": 99}


@pytest.fixture
async def house(build):
    made = await with_robot(await build())
    yield made
    assert verify(log_of(made.ledger)).findings == ()


class SlowMarket:
    """A market whose quotes take so long that the clock has moved by *seconds*, once."""

    def __init__(self, market, clock, seconds) -> None:
        self._market, self._clock, self._left = market, clock, [seconds]

    def __getattr__(self, name):
        return getattr(self._market, name)

    async def quotes(self, instruments):
        if self._left:
            self._clock.jump(self._left.pop())
        return await self._market.quotes(instruments)


# ── on the way ───────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_signal_that_expires_while_its_order_is_completed_becomes_none(house):
    house.market = SlowMarket(house.market, house.clock, 61)
    async with house.desk() as desk:
        await set_to(house, desk, rule(), AUTO)
        settled = await acted(house, desk, rule())
    assert settled.stage is SignalStage.EXPIRED
    assert house.ledger.read(Order, Order.id_of("signal", settled.id.hex)) is None
    assert house.books() == ([], [])


async def test_a_signal_whose_data_grow_old_while_its_order_is_completed_becomes_none(house):
    which = rule(expires_after_s=900.0)
    house.market = SlowMarket(house.market, house.clock, 30)
    async with house.desk() as desk:
        await set_to(house, desk, which, AUTO)
        settled = await acted(house, desk, which)
    assert settled.stage is SignalStage.EXPIRED
    assert "too old" in settled.message
    assert house.books() == ([], [])


async def test_two_that_complete_at_the_same_time_draft_one_order(house):
    async with house.desk() as desk:
        await set_to(house, desk, rule(), AUTO)
        signal = await fire(house, desk, rule())
        house.market = SlowMarket(house.market, house.clock, 1)
        for _ in range(2):
            await house.until(desk.signalling.act(signal))
    assert [len(book) for book in house.books()] == [1, 1]


@pytest.mark.parametrize("mode", [OFF, SHADOW, APPROVE])
async def test_the_last_look_keeps_what_a_rule_may_not_send_any_more(house, mode):
    held = hold(house, meanwhile=lambda: turned_down(house, mode))
    async with house.desk() as desk:
        await set_to(house, desk, rule(), AUTO)
        settled = await acted(house, desk, rule())
    assert held.looks == ["gate" if mode is APPROVE else "not_asking"]
    assert house.books()[1] == []
    assert settled.order is not None
    assert house.order(settled.order).stage in {Stage.CANCELLED, Stage.REFUSED}


async def test_what_a_person_approved_is_kept_back_where_the_rule_was_turned_off_meanwhile(house):
    async with house.desk() as desk:
        await set_to(house, desk, rule(), APPROVE)
        settled = await acted(house, desk, rule())
    house.production = WhenReady(house.live, lambda: turned_down(house, OFF))
    async with house.desk() as desk:
        order = await approve(house, desk, house.order(settled.order))
    assert order.stage is Stage.CANCELLED
    assert house.books()[1] == []


async def test_a_signal_that_expires_before_its_order_waits_is_refused(house):
    async def slow() -> None:
        house.clock.jump(61)

    hold(house, venue="sandbox", meanwhile=slow)
    async with house.desk() as desk:
        await set_to(house, desk, rule(), APPROVE)
        settled = await acted(house, desk, rule())
    assert house.order(settled.order).code == "signal_expired"
    assert house.books()[1] == []


async def test_what_waits_outlives_its_signal_and_is_sent_once_a_person_approves(house):
    async with house.desk() as desk:
        await set_to(house, desk, rule(), APPROVE)
        order = house.order((await acted(house, desk, rule())).order)
        house.clock.jump(300)
        assert (await approve(house, desk, order)).stage is Stage.FILLED


@pytest.mark.parametrize("mode", [APPROVE, AUTO])
async def test_a_clock_that_is_set_back_on_the_way_keeps_the_order_here(house, mode):
    async def back() -> None:
        house.clock.set_wall(-3600.0)

    hold(house, venue="sandbox", meanwhile=back)
    async with house.desk() as desk:
        await set_to(house, desk, rule(), mode)
        settled = await acted(house, desk, rule())
    order = house.order(settled.order)
    assert order.stage.is_over
    assert order.waiting_until is None
    assert house.books()[1] == []


async def test_a_signal_that_lies_in_the_future_of_a_clock_set_back_expires(house):
    async with house.desk() as desk:
        await set_to(house, desk, rule(), AUTO)
        signal = await fire(house, desk, rule())
        house.clock.set_wall(-3600.0)
        settled = await house.until(desk.signalling.act(signal))
    assert settled.stage is SignalStage.EXPIRED
    assert "set back" in settled.message
    assert house.books() == ([], [])


# ── after a restart ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("later_s", "stage"), [(5, SignalStage.ACTED), (29, SignalStage.EXPIRED), (90, SignalStage.EXPIRED)]
)
async def test_a_restart_between_trigger_and_order_goes_on_or_expires(house, later_s, stage):
    async with house.desk() as desk:
        await set_to(house, desk, rule(), AUTO)
        signal = await fire(house, desk, rule())
    after = house.restarted()
    after.clock.jump(later_s)
    async with after.desk() as desk:
        (settled,) = await after.until(desk.signalling.finish())
        assert await after.until(desk.signalling.finish()) == ()
    assert (settled.id, settled.stage) == (signal.id, stage)
    assert len(after.books()[1]) == (stage is SignalStage.ACTED)
    assert verify(log_of(after.ledger)).findings == ()


async def test_what_a_rule_that_was_turned_off_left_waiting_is_withdrawn_by_the_next_process(house):
    async with house.desk() as desk:
        await set_to(house, desk, rule(), APPROVE)
        order = house.order((await acted(house, desk, rule())).order)
        await turned_down(house, OFF)  # by a process that ended before it withdrew anything
        await house.until(desk.signalling.finish())
    assert house.order(order.id).stage is Stage.CANCELLED
    assert house.trader("robot").reserved == {}


async def test_while_the_desk_drains_a_signal_stays_open_for_the_next_process(house):
    async with house.desk() as desk:
        await set_to(house, desk, rule(), AUTO)
        signal = await fire(house, desk, rule())
        await house.until(desk.drain(within_s=1.0))
        assert (await house.until(desk.signalling.act(signal))).is_open
    async with house.desk() as desk:
        (settled,) = await house.until(desk.signalling.finish())
    assert settled.stage is SignalStage.ACTED
    assert len(house.books()[1]) == 1


async def test_a_halt_by_a_process_that_knows_no_rules_still_stops_what_they_ask_for(house):
    async with house.desk() as desk:
        await set_to(house, desk, rule(), AUTO)
        house.production = WhenReady(house.live, lambda: turn(house, stopping()))
    async with house.desk() as desk:
        await acted(house, desk, rule())
    assert house.books()[1] == []


# ── marks ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("mode", [SHADOW, AUTO])
async def test_the_market_is_looked_at_when_the_rule_says_and_once(house, mode):
    which = rule(marked_after_min=(5, 30))
    async with house.desk() as desk:
        if mode is SHADOW:
            await house.until(desk.signalling.load(which))
        else:
            await set_to(house, desk, which, mode)
        signal = await acted(house, desk, which)
        assert desk.signalling.due_marks() == ()
        house.clock.jump((signal.raised_at + timedelta(minutes=5) - house.clock.now()).total_seconds())
        house.market.pin(CALL, Decimal("3.40"), Decimal("3.60"))
        (due,) = desk.signalling.due_marks()
        marked = await house.until(desk.signalling.mark(due))
        assert await house.until(desk.signalling.mark(due)) is not None
        assert desk.signalling.due_marks() == ()
    (mark,) = marked.marks
    assert (mark.after_min, mark.bid, mark.ask) == (5, Decimal("3.40"), Decimal("3.60"))
    assert mark.spot is not None


async def test_a_mark_that_was_missed_is_left_out(house):
    which = rule(marked_after_min=(5, 30))
    async with house.desk() as desk:
        await house.until(desk.signalling.load(which))
        signal = await acted(house, desk, which)
        missed = signal.raised_at + timedelta(minutes=5) + DUE_FOR
        house.clock.jump((missed - house.clock.now()).total_seconds())
        assert desk.signalling.due_marks() == ()


async def test_an_order_without_a_market_is_marked_so_and_a_venue_that_is_away_is_asked_again(house):
    async with house.desk() as desk:
        await house.until(desk.signalling.load(rule()))
        await acted(house, desk, rule())

    class Away(QuietMarket):
        async def quotes(self, instruments):
            raise VenueFailure("It is away.", code="away")

    house.clock.jump(301)
    real = house.market
    house.market = Away(real)
    async with house.desk() as desk:
        (due,) = desk.signalling.due_marks()
        assert await house.until(desk.signalling.mark(due)) is None
    house.market = QuietMarket(real)
    async with house.desk() as desk:
        (due,) = desk.signalling.due_marks()
        marked = await house.until(desk.signalling.mark(due))
    assert (marked.marks[0].bid, marked.marks[0].ask) == (None, None)


# ── looking ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_signals_are_found_by_reference_and_the_newest_first(house):
    which = rule(**OFTEN)
    async with house.desk() as desk:
        await house.until(desk.signalling.load(which))
        raised = []
        for _ in range(4):
            raised.append(await acted(house, desk, which))
            cooled(house, 1)
        assert [each.id for each in desk.signalling.signals_of(NAME, 3)] == [each.id for each in raised[:0:-1]]
        assert desk.signalling.signals_of("unknown") == ()
        assert desk.signalling.find(raised[1].reference).id == raised[1].id
        for reference, code in (("zz", "unknown_signal"), ("", "unknown_signal")):
            with pytest.raises(Refused) as no:
                desk.signalling.find(reference)
            assert no.value.code == code


async def test_looking_costs_the_same_however_long_the_history(house, monkeypatch):
    which, real = rule(**OFTEN, marked_after_min=()), house.ledger.read
    reads, costs = [], []
    monkeypatch.setattr(house.ledger, "read", lambda kind, each: (reads.append(each), real(kind, each))[1])
    async with house.desk() as desk:
        await house.until(desk.signalling.load(which))
        for many in (3, 20):
            for _ in range(many):
                cooled(house, 1)
                await acted(house, desk, which, line=LINE)
            cooled(house, 7 * 24 * 60)
            await acted(house, desk, which, line=LINE)
            reads.clear()
            desk.signalling.still_open()
            desk.signalling.due_marks()
            desk.signalling.signals_of(NAME, 2)
            desk.signalling.standings()
            costs.append(len(reads))
    assert costs[0] == costs[1]


async def test_the_message_of_a_signal_for_another_account_places_nothing_in_this_one(house):
    elsewhere = evolve(rule(), account="ira")
    async with house.desk() as desk:
        await set_to(house, desk, elsewhere, AUTO)
        signal = await fire(house, desk, elsewhere)
        with pytest.raises(NotAsking) as no:
            await house.until(desk.place(evolve(message_of(signal), account="")))
    assert no.value.code == "other_account"
    assert house.books() == ([], [])


async def test_a_rule_for_another_account_is_not_drafted_for_this_one(house):
    elsewhere = evolve(rule(), account="ira")
    async with house.desk() as desk:
        await set_to(house, desk, elsewhere, AUTO)
        settled = await acted(house, desk, elsewhere)
    assert settled.stage is SignalStage.DECLINED
    assert house.books() == ([], [])


async def test_a_signal_that_cannot_be_settled_now_keeps_no_other_one_from_it(house, monkeypatch):
    await link(house, "wall")
    flip, wall = rule(), rule("wall")
    async with house.desk() as desk:
        for each in (flip, wall):
            await set_to(house, desk, each, SHADOW)
        stuck, other = [await fire(house, desk, each) for each in (flip, wall)]
        act = desk.signalling._acting.act

        async def acts(signal):
            if signal.id == stuck.id:
                raise StoreFailure("The log is busy.", code="store_busy")
            await house.clock.sleep(1)
            return await act(signal)

        monkeypatch.setattr(desk.signalling._acting, "act", acts)
        with pytest.raises(StoreFailure):
            await house.until(desk.signalling.finish())
        assert desk.signalling.find(other.id.hex).stage is SignalStage.SHADOWED
        assert desk.signalling.find(stuck.id.hex).is_open
        monkeypatch.undo()
        await house.until(desk.signalling.finish())
