"""
A sandbox that is in trouble says nothing about an order: each trouble has its name, is tried again, and never passes.
"""

import asyncio

import pytest

from tastyflow.application.audit.verifying import verify
from tastyflow.domain.incident import Incident, IncidentKind
from tastyflow.domain.order.events import OrderRetrying
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.policy import Policy
from tastyflow.domain.testresult import CheckName, CheckOutcome, TestConcluded, Trouble, Verdict
from tastyflow_adapters.fake import FakeFaults, FaultyBroker, Plan, QuoteModel, ScriptedModel
from tastyflow_adapters.fake.faults import NOT_SENT, REQUEST_LOST, refused
from tastyflow_adapters.fake.order_plan import reject
from tests.application.kit import MISSION, SANDBOX, log, log_of
from tests.application.soundness import assert_sound
from tests.application.staging import BUY_2, CLOSE_10, REST_10, ResetAt, endow, rests

pytestmark = pytest.mark.anyio

BID = "buy 10 SPY 450 calls exp Dec 18 2026 @ 1.00"
OFFLINE = ScriptedModel(lambda _ticket: Plan((reject("Session offline"),)))
STALE = refused("instrument_validation_failed", "Trading of SPY 261218C00450000 is not supported")
UNCOUNTED = refused("closing_with_no_position", "Closing order without a position.")


def retries(house, order):
    return [event for event in log_of(house.ledger, order) if isinstance(event, OrderRetrying)]


def verdicts(house):
    return [(event.verdict, event.trouble) for event in log(house.ledger) if isinstance(event, TestConcluded)]


def faulty(house, **calls):
    house.sandbox = FaultyBroker(house.rehearsals, FakeFaults(calls), house.clock)


# ── each trouble by its name ───────────────────────────────────────────────────────────────────────────────────


ALWAYS = 40
TROUBLED = {
    "the dry run is not answered": ({"dry_run": [REQUEST_LOST] * ALWAYS}, MISSION, Trouble.SILENT, "sandbox_away"),
    "the dry run does not leave": ({"dry_run": [NOT_SENT] * ALWAYS}, MISSION, Trouble.UNREACHABLE, "sandbox_away"),
    "the order is not answered": ({"place": [REQUEST_LOST] * ALWAYS}, MISSION, Trouble.SILENT, "sandbox_away"),
    "the order does not leave": ({"place": [NOT_SENT] * ALWAYS}, MISSION, Trouble.UNREACHABLE, "sandbox_away"),
    "it lists less": ({"dry_run": [STALE]}, MISSION, Trouble.STALE_SYMBOLS, "stale_symbols"),
    "it lists less when placed": ({"place": [STALE]}, MISSION, Trouble.STALE_SYMBOLS, "stale_symbols"),
    "it does not count what it shows": (
        {"dry_run": [UNCOUNTED] * ALWAYS}, CLOSE_10, Trouble.POSITION_LAGS, "position_lags",
    ),
    "neither cancels nor says": (
        {"cancel": [REQUEST_LOST] * ALWAYS, "get": [REQUEST_LOST] * ALWAYS}, BID, Trouble.SILENT, "sandbox_away",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TROUBLED)
async def test_a_trouble_of_the_sandbox_is_inconclusive_has_its_name_and_says_what_to_do(house, name):
    calls, text, trouble, code = TROUBLED[name]
    endow(house.live, calls=10)
    faulty(house, **calls)
    order = await house.once(text)
    assert (order.stage, order.code) == (Stage.REFUSED, code)
    assert set(verdicts(house)) == {(Verdict.INCONCLUSIVE, trouble)}
    assert len(verdicts(house)) <= house.policy.max_attempts
    assert trouble.about.words in order.message.lower() or trouble.about.words in order.message
    assert "Nothing went to production" in order.hint
    assert house.books()[1] == []
    assert house.trader().reserved == {}
    assert_sound(house)


async def test_a_session_that_is_offline_is_tried_again_and_then_named(build):
    house = await build(models=(OFFLINE, None))
    order = await house.once(MISSION)
    assert verdicts(house) == [(Verdict.INCONCLUSIVE, Trouble.SESSION_OFFLINE)] * house.policy.max_attempts
    assert (order.code, "session is offline" in order.message) == ("sandbox_away", True)
    assert [(event.tried, event.tries) for event in retries(house, order)] == [(1, 3), (2, 3)]
    assert [event.wait_s for event in retries(house, order)] == sorted(event.wait_s for event in retries(house, order))


@pytest.mark.parametrize("call", ["dry_run", "place"])
@pytest.mark.parametrize("fault", [NOT_SENT, REQUEST_LOST])
async def test_a_trouble_that_passes_costs_an_attempt_and_not_the_order(house, call, fault):
    faulty(house, **{call: [fault]})
    order = await house.once(MISSION)
    assert order.stage is Stage.FILLED
    assert [passed for passed, _ in verdicts(house)] == [Verdict.INCONCLUSIVE, Verdict.PASSED]
    assert len(retries(house, order)) == 1
    sentences = [notice.sentence for notice in house.told.notices]
    assert any("says nothing about the order" in each for each in sentences)
    assert any("tried again in 1 s, 2 of 3" in each for each in sentences)
    assert_sound(house)


async def test_a_bad_order_is_no_trouble_and_is_not_tried_again(house):
    faulty(house, dry_run=[refused("margin_check_failed", "No money.")])
    order = await house.once(MISSION)
    assert (order.code, verdicts(house)) == ("not_proven", [(Verdict.FAILED, "")])


async def test_a_failed_check_beside_a_trouble_is_a_failure(build):
    house = await build(policy=Policy(required_checks=frozenset()), models=(OFFLINE, None))
    order = await house.once(MISSION)
    assert order.stage is Stage.REFUSED
    assert {trouble for _, trouble in verdicts(house)} == {Trouble.SESSION_OFFLINE}  # whatever the policy requires


async def test_a_cancel_whose_answer_is_lost_once_is_asked_for_again(build):
    house = await build(models=(rests(), rests()))
    faulty(house, cancel=[REQUEST_LOST])
    order = await house.once(BID)
    assert [passed for passed, _ in verdicts(house)] == [Verdict.PASSED]
    assert order.stage is Stage.WORKING


# ── the night ──────────────────────────────────────────────────────────────────────────────────────────────────


async def with_a_reset(build, text, index, *, held=0):
    house = await build()
    if held:
        endow(house.live, calls=held)
    house.sandbox = ResetAt(house.rehearsals, clock=house.clock, index=index)
    async with house.desk() as desk:
        order = await house.place(desk, text)
        passed = desk.test_of(order)
    return house, order, passed


@pytest.mark.parametrize(("text", "held"), [(BUY_2, 0), (BID, 0), (CLOSE_10, 10), (REST_10, 10)])
async def test_a_reset_at_any_message_of_a_rehearsal_is_inconclusive_and_rehearsed_again(build, text, held):
    house, order, _ = await with_a_reset(build, text, None, held=held)
    messages, usual = house.sandbox.count, order.stage
    resets = 0
    for index in range(messages):
        house, order, test = await with_a_reset(build, text, index, held=held)
        assert (order.stage, order.message) == (usual, ""), index
        assert test.verdict is Verdict.PASSED
        assert {verdict for verdict, _ in verdicts(house)} <= {Verdict.PASSED, Verdict.INCONCLUSIVE}, index
        resets += (Verdict.INCONCLUSIVE, Trouble.WAS_RESET) in verdicts(house)
        assert [each for each in house.rehearsals.orders() if not each.status.is_terminal] == []
        assert verify(house.ledger.rows()).is_clean
    assert resets


async def test_a_finished_verdict_stays_valid_through_the_night(house):
    async with house.desk() as desk:
        house.production = FaultyBroker(house.live, FakeFaults({"ready": [NOT_SENT]}), house.clock)
    async with house.desk() as desk:
        placing = asyncio.ensure_future(desk.place(house.message(MISSION, message="m")))
        await house.until(house.clock.sleep(0.4))
        house.rehearsals.reset()
        order = await house.until(placing)
    assert order.stage is Stage.FILLED
    assert verdicts(house) == [(Verdict.PASSED, "")]


async def test_what_the_sandbox_forgot_is_not_closed_again(build):
    house, order, _ = await with_a_reset(build, BUY_2, 4)
    assert (order.stage, house.sandbox_holds()) == (Stage.FILLED, {})


# ── storms ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_storm_is_found_out_once_and_not_by_every_order(build):
    house = await build(models=(OFFLINE, None))
    async with house.desk() as desk:
        orders = await house.until(asyncio.gather(*(desk.place(house.message(MISSION)) for _ in range(30))))
        placed_first = len(house.rehearsals.orders())
        later = await house.until(asyncio.gather(*(desk.place(house.message(MISSION)) for _ in range(30))))
    assert {order.code for order in (*orders, *later)} == {"sandbox_away"}
    assert all("session is offline" in order.message for order in (*orders, *later))
    assert placed_first <= 30 + 2 * house.policy.max_attempts
    assert len(house.rehearsals.orders()) <= placed_first + 2 * house.policy.max_attempts
    assert house.trader().reserved == {}


async def test_the_first_order_after_a_storm_goes_its_way_and_all_that_wait_for_it(build):
    house = await build(models=(OFFLINE, None))
    async with house.desk() as desk:
        await house.until(asyncio.gather(*(desk.place(house.message(MISSION)) for _ in range(3))))
        house.rehearsals._book._engine._model = QuoteModel()
        await house.until(house.clock.sleep(60))
        orders = await house.until(asyncio.gather(*(desk.place(house.message(MISSION)) for _ in range(10))))
    assert {order.stage for order in orders} == {Stage.FILLED}


async def test_one_bad_moment_is_no_storm(house):
    faulty(house, dry_run=[REQUEST_LOST, REQUEST_LOST])
    async with house.desk() as desk:
        orders = await house.until(asyncio.gather(*(desk.place(house.message(MISSION)) for _ in range(10))))
    assert {order.stage for order in orders} == {Stage.FILLED}


# ── a leftover in the way ──────────────────────────────────────────────────────────────────────────────────────


async def test_a_leftover_is_no_failure_of_the_order_and_the_sandbox_is_named(house):
    endow(house.rehearsals, calls=-3)
    order = await house.once(BUY_2)
    assert order.stage is Stage.FILLED
    assert verdicts(house) == [(Verdict.INCONCLUSIVE, Trouble.LEFTOVER), (Verdict.PASSED, "")]
    assert any("in the sandbox was in the way" in notice.sentence for notice in house.told.notices)


async def test_a_leftover_that_comes_back_ends_the_order_by_its_name(house):
    crossing = refused("illegal_buy_and_sell_on_same_symbol", "You cannot be long and short the same symbol.")
    faulty(house, dry_run=[crossing] * ALWAYS)
    order = await house.once(BUY_2)
    assert (order.stage, order.code) == (Stage.REFUSED, "leftover")
    assert "sandbox" in order.message
    assert len([a for a in order.attempts if a.venue is SANDBOX]) == house.policy.max_attempts
    assert house.books()[1] == []


# ── which failure of a call is which trouble ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", [CheckName.DRY_RUN, CheckName.ACKNOWLEDGED])
async def test_what_the_sandbox_refuses_is_failed_and_what_it_does_not_say_could_not_run(house, name):
    call = {CheckName.DRY_RUN: "dry_run", CheckName.ACKNOWLEDGED: "place"}[name]
    said = {}
    for word, fault in {"no": refused("margin_check_failed"), "nothing": REQUEST_LOST, "stale": STALE}.items():
        faulty(house, **{call: [fault] * ALWAYS})
        async with house.desk() as desk:
            order = await house.place(desk, MISSION)
            said[word] = {check.name: check.outcome for check in desk.test_of(order).checks}[name]
    assert said == {
        "no": CheckOutcome.FAILED,
        "nothing": CheckOutcome.COULD_NOT_RUN,
        "stale": CheckOutcome.COULD_NOT_RUN,
    }


# ── the operators ──────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_operators_hear_of_a_sandbox_that_is_away_once_and_that_it_is_there_again(house):
    faulty(house, ready=[NOT_SENT] * (2 * house.policy.max_attempts))
    subject = Incident.id_of(IncidentKind.SANDBOX, "the sandbox account main")
    for _ in range(2):
        assert (await house.once(MISSION)).code == "sandbox_away"
    seen = house.ledger.read(Incident, subject)
    assert (seen.is_open, seen.version) == (True, 1)  # the second order is no news
    assert (await house.once(MISSION)).stage is Stage.FILLED
    assert not house.ledger.read(Incident, subject).is_open
    assert verify(house.ledger.rows()).is_clean
