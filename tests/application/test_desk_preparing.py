"""
The way out is open: a closing order never depends on what the sandbox happens to hold, and leaves it as it was.

    the sandbox lacks it ─▶ opened there, closed as rehearsed, put back        cannot hold it ─▶ mirrored, and proven
"""

import asyncio
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tastyflow.domain.instruments import Equity, EquityOption, Right
from tastyflow.domain.mirroring import mirrored
from tastyflow.domain.order import Order
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.order.submission import AttemptOutcome
from tastyflow.domain.policy import Policy
from tastyflow.domain.setup import Purpose, Setup
from tastyflow.domain.testresult import CheckName, CheckOutcome, TestResult, Verdict
from tastyflow.domain.ticket import Action
from tastyflow.domain.venue import CLOSING_WITH_NO_POSITION, DryRun, Position, Status
from tastyflow.errors import NotSent, OutcomeUnknown, VenueRefused
from tastyflow_adapters.fake import FakeFaults, FaultyBroker, Plan, ScriptedModel, StreamFaults
from tastyflow_adapters.fake.faults import NOT_SENT, REQUEST_LOST, RESPONSE_LOST, refused
from tastyflow_adapters.fake.order_plan import live, reject, route
from tests.application.kit import (
    CALL,
    DECEMBER,
    FRIDAY,
    PRODUCTION,
    SANDBOX,
    DeskUnderTest,
    SkippingClock,
    assert_sound,
    log,
)

pytestmark = pytest.mark.anyio

SPREAD = tuple(EquityOption("SPY", DECEMBER, Right.CALL, Decimal(strike)) for strike in (450, 460))
BUY_2 = "buy to open 2 SPY 450 calls exp Dec 18 2026 at natural"
CLOSE_2 = "sell to close 2 SPY 450 calls exp Dec 18 2026 at natural"
CLOSE_10 = "sell to close 10 SPY 450 calls exp Dec 18 2026 at natural"
REST_10 = "sell to close 10 SPY 450 calls exp Dec 18 2026 at 20"
ALL = frozenset(CheckName)


def endow(broker, **held):
    """Let the account of *broker* hold SPY 450 calls: ``endow(house.live, calls=10)``."""
    broker.endow(Position(CALL, held["calls"], Decimal(5)))


def rests(*steps):
    return ScriptedModel(lambda _ticket: Plan(steps or (live(),)))


def setups(house, order):
    setup = house.ledger.read(Setup, Setup.id_of(order.id))
    return [(each.purpose, each.leg.action, each.filled) for each in setup.placements] if setup else []


def checks(house, order):
    test = house.ledger.read(TestResult, order.test)
    return {check.name: check for check in test.checks}


# ── what is opened is sold again ───────────────────────────────────────────────────────────────────────────────


async def test_an_opening_rehearsal_that_filled_is_undone_beside_the_way_to_production(house):
    async with house.desk() as desk:
        order = await house.place(desk, BUY_2)
        assert order.stage is Stage.FILLED
        assert house.sandbox_holds() == {CALL: 2}  # the trader did not wait for it
        await house.until(house.clock.sleep(5))
        assert house.sandbox_holds() == {}
    assert house.production_holds() == {CALL: 2}
    assert setups(house, order) == [(Purpose.RESTORE, Action.SELL_TO_CLOSE, 2)]
    assert [attempt.venue for attempt in order.attempts] == [SANDBOX, PRODUCTION]
    assert order.filled(SANDBOX) == 2  # the undoing is no fill of the order
    assert_sound(house)


async def test_a_desk_that_closes_puts_the_sandbox_account_back_first(house):
    await house.once(BUY_2)
    assert house.sandbox_holds() == {}
    assert_sound(house)


async def test_where_no_live_venue_is_the_sandbox_account_keeps_what_was_bought(house):
    house.production = None
    order = await house.once(BUY_2)
    assert (order.stage, house.sandbox_holds()) == (Stage.REHEARSED, {CALL: 2})
    assert setups(house, order) == []


async def test_a_hundred_at_once_on_one_symbol_leave_the_sandbox_as_it_was(house):
    async with house.desk() as desk:
        placing = [desk.place(house.message(BUY_2)) for _ in range(50)]
        placing += [desk.place(house.message("buy 1 SPY 450 call exp Dec 18 2026 at 1.00")) for _ in range(50)]
        orders = await house.until(asyncio.gather(*placing))
    assert {order.stage for order in orders} == {Stage.FILLED, Stage.WORKING}
    assert house.sandbox_holds() == {}
    assert_sound(house)


# ── the way out ────────────────────────────────────────────────────────────────────────────────────────────────


async def test_what_only_production_holds_is_opened_in_the_sandbox_closed_there_and_in_production(house):
    endow(house.live, calls=10)
    order = await house.once(CLOSE_10)
    assert (order.stage, order.filled(PRODUCTION)) == (Stage.FILLED, 10)
    assert setups(house, order) == [(Purpose.OPEN, Action.BUY_TO_OPEN, 10)]
    assert house.sandbox_holds() == house.production_holds() == {}
    effect = checks(house, order)[CheckName.POSITION_EFFECT]
    assert (effect.outcome, effect.evidence["by"]) == (CheckOutcome.PASSED, "sandbox")
    assert_sound(house)


async def test_a_close_that_rests_leaves_nothing_in_the_sandbox(house):
    endow(house.live, calls=10)
    order = await house.once(REST_10)
    assert order.stage is Stage.WORKING
    assert setups(house, order) == [
        (Purpose.OPEN, Action.BUY_TO_OPEN, 10),
        (Purpose.RESTORE, Action.SELL_TO_CLOSE, 10),
    ]
    assert house.sandbox_holds() == {}
    assert_sound(house)


async def test_closed_in_the_sandbox_and_not_in_production_it_is_closed_again_at_a_lower_price(build):
    house = await build(models=(None, ScriptedModel([Plan((live(),))])))
    endow(house.rehearsals, calls=10)
    endow(house.live, calls=10)
    async with house.desk() as desk:
        first = await house.place(desk, CLOSE_10)
        assert (first.stage, first.filled(SANDBOX)) == (Stage.WORKING, 10)
        await house.until(desk.cancel(house.message("cancel"), first.reference))
        second = await house.place(desk, "sell to close 10 SPY 450 calls exp Dec 18 2026 at 7.90")
    assert (second.stage, second.filled(PRODUCTION)) == (Stage.FILLED, 10)
    assert house.sandbox_holds() == {CALL: 10}  # it was there before, and is there again
    assert_sound(house)


async def test_a_working_stop_a_rejected_close_and_then_the_close(build):
    house = await build()
    async with house.desk() as desk:
        await house.place(desk, BUY_2)
        stop = await house.place(desk, "sell to close 2 SPY 450 calls exp Dec 18 2026 stop 1")
        assert stop.stage is Stage.WORKING
        blocked = await house.place(desk, CLOSE_2)
        assert blocked.stage in (Stage.REJECTED, Stage.REFUSED)
        await house.until(desk.cancel(house.message("cancel"), stop.reference))
        order = await house.place(desk, CLOSE_2)
    assert (order.stage, order.filled(PRODUCTION)) == (Stage.FILLED, 2)
    assert house.sandbox_holds() == house.production_holds() == {}
    assert_sound(house)


async def test_after_the_sandbox_was_reset_a_position_is_closed(house):
    async with house.desk() as desk:
        await house.place(desk, BUY_2)
        house.rehearsals.reset()
        order = await house.place(desk, CLOSE_2)
    assert order.stage is Stage.FILLED
    assert house.sandbox_holds() == house.production_holds() == {}


async def test_a_short_position_is_bought_back(house):
    endow(house.live, calls=-2)
    order = await house.once("buy to close 2 SPY 450 calls exp Dec 18 2026 at natural")
    assert (order.stage, order.filled(PRODUCTION)) == (Stage.FILLED, 2)
    assert setups(house, order) == [(Purpose.OPEN, Action.SELL_TO_OPEN, 2)]
    assert house.sandbox_holds() == {}


async def test_shares_are_sold(house):
    shares = Equity("F")
    house.live.endow(Position(shares, 100, Decimal(12)))
    order = await house.once("sell to close 100 F at natural")
    assert order.stage is Stage.FILLED
    assert house.sandbox_holds() == {}


async def test_a_spread_is_closed_as_one_order(house):
    for instrument, quantity in zip(SPREAD, (3, -3), strict=True):
        house.live.endow(Position(instrument, quantity, Decimal(5)))
    order = await house.once(
        "sell to close 3 SPY 450 calls exp Dec 18 2026 / buy to close 3 SPY 460 calls exp Dec 18 2026 at natural"
    )
    assert (order.stage, order.message) == (Stage.FILLED, "")
    assert setups(house, order) == [
        (Purpose.OPEN, Action.BUY_TO_OPEN, 3),  # it covers what is sold after it
        (Purpose.OPEN, Action.SELL_TO_OPEN, 3),
    ]
    assert house.sandbox_holds() == house.production_holds() == {}
    assert_sound(house)


async def test_a_roll_needs_only_what_it_closes(house):
    endow(house.live, calls=2)
    order = await house.once(
        "sell to close 2 SPY 450 calls exp Dec 18 2026 / buy to open 2 SPY 460 calls exp Dec 18 2026 at natural"
    )
    assert (order.stage, order.message) == (Stage.FILLED, "")
    assert setups(house, order) == [
        (Purpose.OPEN, Action.BUY_TO_OPEN, 2),
        (Purpose.RESTORE, Action.SELL_TO_CLOSE, 2),
    ]
    assert house.sandbox_holds() == {}
    assert house.production_holds() == {SPREAD[1]: 2}


async def test_what_the_sandbox_held_before_is_used_and_put_back(house):
    endow(house.rehearsals, calls=4)
    endow(house.live, calls=10)
    order = await house.once(CLOSE_10)
    assert order.stage is Stage.FILLED
    assert setups(house, order) == [
        (Purpose.OPEN, Action.BUY_TO_OPEN, 6),
        (Purpose.RESTORE, Action.BUY_TO_OPEN, 4),
    ]
    assert house.sandbox_holds() == {CALL: 4}


async def test_ten_closes_of_one_position_at_once_do_not_take_the_position_from_each_other(house):
    endow(house.live, calls=20)
    async with house.desk() as desk:
        orders = await house.until(asyncio.gather(*(desk.place(house.message(CLOSE_2)) for _ in range(10))))
    assert {(order.stage, order.message) for order in orders} == {(Stage.FILLED, "")}
    assert house.sandbox_holds() == house.production_holds() == {}
    assert_sound(house)


async def test_positions_that_lag_behind_their_fills_are_waited_for(build):
    house = await build()
    house.rehearsals._book._position_lag = timedelta(seconds=3)
    endow(house.live, calls=10)
    order = await house.once(CLOSE_10)
    assert (order.stage, order.message) == (Stage.FILLED, "")
    assert house.sandbox_holds() == {}


# ── the sandbox cannot hold it ─────────────────────────────────────────────────────────────────────────────────


async def test_a_close_that_cannot_be_prepared_is_rehearsed_mirrored_and_proven_by_production(build):
    house = await build(models=(rests(), None))
    endow(house.live, calls=10)
    order = await house.once(REST_10)
    assert (order.stage, order.message) == (Stage.WORKING, "")
    (rehearsed,) = house.books()[0]
    assert rehearsed.ticket.digest == mirrored(order.ticket).digest
    assert [each.ticket.digest for each in house.books()[1]] == [order.digest]
    test = house.ledger.read(TestResult, order.test)
    assert (test.verdict, test.digest, test.rehearsed) == (Verdict.PASSED, order.digest, mirrored(order.ticket).digest)
    effect = checks(house, order)[CheckName.POSITION_EFFECT]
    assert (effect.evidence["by"], effect.evidence["digest"]) == ("production", order.digest)
    assert house.sandbox_holds() == {}
    assert_sound(house)


async def test_a_mirrored_rehearsal_that_filled_is_undone(build):
    opens_nothing = ScriptedModel(
        lambda ticket: Plan((live(),)) if ticket.legs[0].action.buys and ticket.opens else None
    )
    house = await build(models=(opens_nothing, None))
    endow(house.live, calls=10)
    order = await house.once(CLOSE_10)
    assert (order.stage, order.filled(SANDBOX)) == (Stage.FILLED, 10)
    assert setups(house, order)[-1] == (Purpose.RESTORE, Action.BUY_TO_CLOSE, 10)
    assert house.sandbox_holds() == {}
    assert_sound(house)


@pytest.mark.parametrize("fault", [refused("margin_check_failed"), refused("instrument_validation_failed"), NOT_SENT])
async def test_a_sandbox_that_refuses_the_setup_leads_to_the_mirror(house, fault):
    endow(house.live, calls=10)
    house.sandbox = FaultyBroker(house.rehearsals, FakeFaults({"place": [fault]}), house.clock)
    order = await house.once(REST_10)
    assert (order.stage, order.message) == (Stage.WORKING, "")
    assert order.attempt(SANDBOX).digest != order.digest
    assert_sound(house)


async def test_a_policy_without_mirrored_rehearsals_refuses_and_says_that_the_position_stands(build):
    house = await build(models=(rests(), None), policy=Policy(mirrored_rehearsal=False))
    endow(house.live, calls=10)
    order = await house.once(REST_10)
    assert (order.stage, order.code) == (Stage.REFUSED, "not_prepared")
    assert "the position stands" in order.hint
    assert "broker's own application" in order.hint
    assert "hange the order" not in order.hint
    assert house.books() == ([], [])
    assert house.trader().reserved == {}
    assert_sound(house)


async def test_a_roll_is_never_mirrored(build):
    house = await build(models=(rests(), None))
    endow(house.live, calls=2)
    order = await house.once(
        "sell to close 2 SPY 450 calls exp Dec 18 2026 / buy to open 2 SPY 460 calls exp Dec 18 2026 at natural"
    )
    assert (order.stage, order.code) == (Stage.REFUSED, "not_prepared")
    assert house.books() == ([], [])


class WarningProduction(FaultyBroker):
    """Production warns that the close would open a position: in the words of the warning, or by its code alone."""

    codes = frozenset()

    async def dry_run(self, ticket):
        warning = "closing_with_no_position: This order will be updated to a sell to open order when routed."
        said = "It will be updated." if self.codes else warning
        return DryRun(Decimal(0), Decimal(0), (said,), warning_codes=self.codes)


class CodingProduction(WarningProduction):
    codes = frozenset({CLOSING_WITH_NO_POSITION})


@pytest.mark.parametrize("says", ["no", "warns", "codes", "nothing"])
async def test_without_productions_word_a_mirrored_rehearsal_proves_nothing(build, says):
    house = await build(models=(rests(), None))
    endow(house.live, calls=10)
    faults = {"no": [refused("closing_with_no_position", "There is none.")] * 3, "nothing": [REQUEST_LOST] * 3}
    kind = {"warns": WarningProduction, "codes": CodingProduction}.get(says, FaultyBroker)
    house.production = kind(house.live, FakeFaults({"dry_run": faults.get(says, [])}), house.clock)
    order = await house.once(REST_10)
    assert (order.stage, order.code) == (Stage.REFUSED, "not_proven")
    assert "position_effect" in order.message
    assert "the position stands" in order.hint
    outcome = checks(house, order)[CheckName.POSITION_EFFECT].outcome
    assert outcome is (CheckOutcome.COULD_NOT_RUN if says == "nothing" else CheckOutcome.FAILED)
    if says != "nothing":  # production said no: the sandbox was not asked, and the log says so
        assert [attempt.outcome for attempt in order.attempts] == [AttemptOutcome.NOT_SENT]
    assert house.books()[1] == []
    assert house.sandbox_holds() == {}
    assert_sound(house)


async def test_the_effect_is_required_of_a_mirrored_rehearsal_whatever_the_policy_says(build):
    house = await build(models=(rests(), None), policy=Policy(required_checks=ALL - {CheckName.POSITION_EFFECT}))
    endow(house.live, calls=10)
    house.production = FaultyBroker(house.live, FakeFaults({"dry_run": [REQUEST_LOST] * 3}), house.clock)
    order = await house.once(REST_10)
    assert (order.stage, order.code) == (Stage.REFUSED, "not_proven")
    assert house.books()[1] == []


# ── the sandbox is away ────────────────────────────────────────────────────────────────────────────────────────


class Hung(FaultyBroker):
    """A sandbox that answers nothing, for ever."""

    async def _forever(self, *_args, **_kwargs):
        await asyncio.Event().wait()

    ready = dry_run = place = find = get = cancel = positions = _forever


class HungLater(Hung):
    """A sandbox whose login is fresh, and that answers nothing else."""

    async def ready(self):
        """At once."""


@pytest.mark.parametrize("kind", [Hung, HungLater])
@pytest.mark.parametrize("text", [CLOSE_10, BUY_2])
async def test_a_sandbox_that_hangs_ends_the_order_within_seconds(house, kind, text):
    endow(house.live, calls=10)
    house.sandbox = kind(house.rehearsals, FakeFaults(), house.clock)
    began_s = house.clock.monotonic()
    async with house.desk() as desk:
        order = await house.place(desk, text)
        assert house.clock.monotonic() - began_s < 10
    assert (order.stage, order.code) == (Stage.REFUSED, "sandbox_away")
    assert "sandbox" in order.message
    assert ("the position stands" in order.hint) is (text == CLOSE_10)
    assert house.trader().reserved == {}
    assert house.books()[1] == []


class HungOrders(FaultyBroker):
    """A sandbox that answers every question, and no order."""

    async def place(self, ticket, *, external_id):
        await self.clock.sleep(20)
        raise OutcomeUnknown("There was no answer within 20 seconds.")


@pytest.mark.parametrize("text", [CLOSE_10, BUY_2])
async def test_a_sandbox_that_answers_no_order_is_away_and_is_not_asked_again_and_again(house, text):
    endow(house.live, calls=10)
    house.sandbox = HungOrders(house.rehearsals, FakeFaults(), house.clock)
    order = await house.once(text)
    assert (order.stage, order.code, len(order.attempts)) == (Stage.REFUSED, "sandbox_away", 1)
    assert "hange the order" not in order.hint
    assert ("the position stands" in order.hint) is (text == CLOSE_10)


class LeavesMidway(FaultyBroker):
    """A sandbox that fills the setup, shows no position, does not take it back, and then is away."""

    placed = 0

    async def positions(self):
        if self.placed > 1:
            raise NotSent("The connection was refused.")
        return []

    async def place(self, ticket, *, external_id):
        self.placed += 1
        if self.placed > 1:
            raise VenueRefused("There is none.", code=CLOSING_WITH_NO_POSITION)
        return await super().place(ticket, external_id=external_id)


async def test_a_sandbox_that_goes_away_midway_ends_the_order_too(house):
    endow(house.live, calls=10)
    house.sandbox = LeavesMidway(house.rehearsals, FakeFaults(), house.clock)
    order = await house.once(REST_10)
    assert (order.stage, order.code) == (Stage.REFUSED, "sandbox_away")
    assert house.trader().reserved == {}


async def test_a_sandbox_that_is_away_says_of_a_close_that_the_position_stands(house):
    endow(house.live, calls=10)
    house.sandbox = FaultyBroker(house.rehearsals, FakeFaults({"ready": [NOT_SENT] * 9}), house.clock)
    began_s = house.clock.monotonic()
    order = await house.once(CLOSE_10)
    assert (order.stage, order.code, order.attempts) == (Stage.REFUSED, "sandbox_away", ())
    assert "the position stands" in order.hint
    assert "broker's own application" in order.hint
    assert house.clock.monotonic() - began_s < 15


async def test_a_session_that_is_offline_is_a_sandbox_that_is_away(build):
    house = await build(models=(rests(route(), reject("Session offline")), None))
    endow(house.live, calls=10)
    order = await house.once(CLOSE_10)
    assert (order.stage, order.code) == (Stage.REFUSED, "sandbox_away")
    assert "the position stands" in order.hint
    assert house.books()[1] == []


# ── a leftover never refuses a good order ──────────────────────────────────────────────────────────────────────


async def test_a_leftover_position_in_the_sandbox_is_cleared_and_the_rehearsal_is_tried_again(house):
    endow(house.rehearsals, calls=-3)
    order = await house.once(BUY_2)
    assert (order.stage, order.message) == (Stage.FILLED, "")
    assert [a.outcome for a in order.attempts if a.venue is SANDBOX] == [
        AttemptOutcome.DECLINED,
        AttemptOutcome.ADOPTED,
    ]
    assert setups(house, order)[0] == (Purpose.CLEAR, Action.BUY_TO_CLOSE, 3)
    assert house.sandbox_holds() == {}
    details = [e.check.detail for e in log(house.ledger) if e.TOPIC.endswith("check_recorded@1")]
    assert any("The sandbox account was left with" in detail for detail in details)
    assert_sound(house)


async def test_a_leftover_the_other_way_round_is_cleared_before_a_close(house):
    endow(house.rehearsals, calls=-3)
    endow(house.live, calls=10)
    order = await house.once(CLOSE_10)
    assert order.stage is Stage.FILLED
    assert [purpose for purpose, *_ in setups(house, order)] == [Purpose.CLEAR, Purpose.OPEN]
    assert house.sandbox_holds() == {}


async def test_what_production_holds_too_is_no_leftover(house):
    endow(house.rehearsals, calls=-3)
    endow(house.live, calls=-3)
    order = await house.once("buy to open 2 SPY 450 calls exp Dec 18 2026 at natural")
    assert order.stage is Stage.REFUSED
    assert setups(house, order) == []
    assert house.sandbox_holds() == {CALL: -3}


async def test_an_order_of_ours_left_working_in_the_sandbox_is_cancelled_and_the_rehearsal_tried_again(build):
    stuck = ScriptedModel([Plan((live(),), refuses_cancel="not now")])
    house = await build(models=(stuck, None))
    await house.once("buy to open 2 SPY 450 calls exp Dec 18 2026 at 1.00")
    (left,) = house.books()[0]
    assert left.status is Status.LIVE
    store = house.rehearsals._store
    store.put(replace(store.row(left.broker_order), refuses_cancel=""))
    house.clock.jump(house.policy.settle_s + 1)
    endow(house.live, calls=2)
    order = await house.once(CLOSE_2)
    assert (order.stage, order.message) == (Stage.FILLED, "")
    assert house.books()[0][0].status is Status.CANCELLED


# ── the process dies ───────────────────────────────────────────────────────────────────────────────────────────


class Killed(BaseException):
    """The process is killed; nothing catches that."""


class DyingSandbox(FaultyBroker):
    """A sandbox in a process that dies at its *nth* placing, before or after the venue has it."""

    nth, before, dead = 1, True, False

    async def place(self, ticket, *, external_id):
        if self.dead:
            raise Killed
        self.nth -= 1
        self.dead = self.nth == 0
        if self.dead and self.before:
            raise Killed
        answer = await super().place(ticket, external_id=external_id)
        if self.dead:
            raise Killed
        return answer


def mortal(house, *, nth, before):
    house.sandbox = DyingSandbox(house.rehearsals, FakeFaults(), house.clock)
    house.sandbox.nth, house.sandbox.before = nth, before
    append = house.ledger.log.append

    def while_alive(stored, **conditions):
        if house.sandbox.dead:
            raise Killed
        return append(stored, **conditions)

    house.ledger.log.append = while_alive


@pytest.mark.parametrize("before", [True, False], ids=["before it is sent", "before its answer"])
@pytest.mark.parametrize("nth", [1, 2, 3], ids=["setup", "rehearsal", "restore"])
async def test_whenever_the_process_dies_the_next_one_puts_the_sandbox_back(house, nth, before):
    endow(house.live, calls=10)
    mortal(house, nth=nth, before=before)
    try:
        async with house.desk() as desk:
            await house.place(desk, REST_10, message="m")
    except Killed:
        pass
    after = house.restarted()
    after.clock.jump(house.policy.proof_valid_s + 1)
    async with after.desk() as desk:
        await after.until(desk.recover())
        await after.until(desk.recover())
    assert after.sandbox_holds() == {}
    working = [each for each in after.rehearsals.orders() if not each.status.is_terminal]
    assert working == []
    assert_sound(after)


async def test_a_setup_that_a_dead_process_left_working_is_cancelled(build):
    house = await build(models=(rests(), None))
    endow(house.live, calls=10)
    mortal(house, nth=1, before=False)
    try:
        async with house.desk() as desk:
            await house.place(desk, REST_10, message="m")
    except Killed:
        pass
    assert [each.status for each in house.rehearsals.orders()] == [Status.LIVE]
    after = house.restarted()
    after.clock.jump(house.policy.proof_valid_s + 1)
    async with after.desk() as desk:
        await after.until(desk.recover())
    assert [each.status for each in house.rehearsals.orders()] == [Status.CANCELLED]
    setup = after.ledger.read(Setup, Setup.id_of(after.order(Order.id_of("cli", "m")).id))
    assert [each.status for each in setup.placements] == [Status.CANCELLED]
    assert_sound(after)


async def test_a_filled_order_whose_undoing_never_began_is_undone_by_the_next_desk(house):
    mortal(house, nth=2, before=True)
    with suppress(Killed):
        await house.once(BUY_2, message="m")
    after = house.restarted()
    assert after.order(Order.id_of("cli", "m")).stage is Stage.FILLED
    assert after.sandbox_holds() == {CALL: 2}
    async with after.desk() as desk:
        await after.until(desk.recover())
        assert after.sandbox_holds() == {CALL: 2}  # too young: the process that began it may be at it
        after.clock.jump(house.policy.settle_s + 1)
        await after.until(desk.recover())
    assert after.sandbox_holds() == {}
    assert_sound(after)


async def test_what_dead_processes_left_is_not_waited_for_order_by_order_while_the_sandbox_hangs(house):
    for number in range(5):
        mortal(house, nth=2, before=True)
        with suppress(Killed):
            await house.once(BUY_2, message=f"m{number}")
        house = house.restarted()
    assert house.sandbox_holds() == {CALL: 10}
    house.clock.jump(house.policy.settle_s + 1)
    house.sandbox = Hung(house.rehearsals, FakeFaults(), house.clock)
    async with house.desk() as desk:
        began_s = house.clock.monotonic()
        await house.until(desk.recover())
        assert house.clock.monotonic() - began_s <= house.policy.answer_s
    house = house.restarted()
    async with house.desk() as desk:
        await house.until(desk.recover())
    assert house.sandbox_holds() == {}


@pytest.mark.parametrize("wait_s", [1, 100])
async def test_a_close_that_a_dead_process_left_working_in_the_sandbox_does_not_keep_the_next_one_in(house, wait_s):
    endow(house.live, calls=10)
    mortal(house, nth=2, before=False)
    with suppress(Killed):
        await house.once(REST_10, message="m")
    after = house.restarted()
    after.clock.jump(wait_s)
    async with after.desk() as desk:
        await after.until(desk.cancel(after.message("cancel"), "last"))
        order = await after.place(desk, CLOSE_10)
    assert (order.stage, order.message) == (Stage.FILLED, "")
    assert [each.status for each in after.rehearsals.orders() if not each.status.is_terminal] == []
    assert_sound(after)


async def test_what_was_filled_just_before_the_close_is_undone_in_the_next_session(build):
    house = await build(clock=SkippingClock(FRIDAY - timedelta(days=1) + timedelta(hours=6, seconds=-1)))
    house.market.always_open = False
    async with house.desk() as desk:
        order = await house.place(desk, BUY_2)
        await house.until(house.clock.sleep(60))
    assert (order.stage, setups(house, order)) == (Stage.FILLED, [])  # nothing fills now: nothing is tried in vain
    after = house.restarted()
    after.clock.jump(timedelta(hours=18).total_seconds())
    async with after.desk() as desk:
        await after.until(desk.recover())
    assert after.sandbox_holds() == {}
    assert_sound(after)


async def test_overnight_a_close_is_proven_mirrored_and_one_at_the_market_asks_for_a_limit(build):
    house = await build(clock=SkippingClock(FRIDAY + timedelta(hours=12)))
    house.market.always_open = False
    endow(house.live, calls=10)
    at_limit = await house.once(REST_10)
    assert (at_limit.stage, at_limit.message) == (Stage.WORKING, "")
    assert setups(house, at_limit) == []  # nothing fills there now: nothing is tried
    async with house.desk() as desk:
        await house.until(desk.cancel(house.message("cancel"), at_limit.reference))
        at_market = await house.place(desk, "sell to close 10 SPY 450 calls exp Dec 18 2026 at market")
    assert (at_market.stage, at_market.code) == (Stage.REFUSED, "not_prepared")
    assert "with a limit" in at_market.hint


async def test_an_order_that_is_withdrawn_while_its_setup_is_out_leaves_nothing(build):
    house = await build(latency_s=1.0)
    endow(house.live, calls=10)
    async with house.desk() as desk:
        placing = asyncio.ensure_future(desk.place(house.message(CLOSE_10, message="m")))
        while not house.rehearsals.orders():
            await house.until(house.clock.sleep(0.1))
        await house.until(desk.cancel(house.message("cancel"), "last"))
        order = await house.until(placing)
    assert (order.stage, house.books()) == (Stage.CANCELLED, ([], []))
    assert house.sandbox_holds() == {}
    assert_sound(house)


async def test_a_restore_whose_answer_is_lost_is_found(house):
    house.sandbox = FaultyBroker(house.rehearsals, FakeFaults({"place": [None, RESPONSE_LOST]}), house.clock)
    await house.once(BUY_2)
    assert house.sandbox_holds() == {}
    assert_sound(house)


async def test_a_position_that_was_reset_meanwhile_is_not_looked_for_without_end(house):
    async with house.desk() as desk:
        order = await house.place(desk, BUY_2)
        house.rehearsals.reset()
        await house.until(house.clock.sleep(60))
    assert len(setups(house, order)) <= house.policy.max_attempts
    assert all(filled == 0 for _, _, filled in setups(house, order))
    assert house.sandbox_holds() == {}


# ── whatever both accounts hold ────────────────────────────────────────────────────────────────────────────────


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    there=st.integers(-5, 8),
    held=st.integers(1, 6),
    is_short=st.booleans(),
    rests=st.booleans(),
    stream=st.sampled_from(
        [StreamFaults(), StreamFaults(is_silent=True), StreamFaults(twice=0.5, swapped=0.5, seed=3)]
    ),
)
def test_a_close_goes_through_and_the_sandbox_holds_what_it_held(there, held, is_short, rests, stream):
    async def closes():
        house = DeskUnderTest.make()
        await house.hire()
        house.sandbox = FaultyBroker(house.rehearsals, FakeFaults(stream=stream), house.clock)
        sign = -1 if is_short else 1
        endow(house.live, calls=sign * held)
        if there:
            endow(house.rehearsals, calls=there)
        side, far = ("buy", "5.00") if is_short else ("sell", "20")
        price = f"at {far}" if rests else "at natural"
        order = await house.once(f"{side} to close {held} SPY 450 calls exp Dec 18 2026 {price}")
        assert order.stage is (Stage.WORKING if rests else Stage.FILLED), order.message
        kept = there if there * sign > 0 else 0  # what was the other way round was in the way
        assert house.sandbox_holds() == ({CALL: kept} if kept else {})
        assert_sound(house)
        house.ledger.close()

    asyncio.run(closes())
