"""The rehearsal: each check can stop an order, and what is stopped places nothing in production."""

from datetime import timedelta
from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tastyflow.application.rehearsal import attempting
from tastyflow.application.rehearsal.checks import Observed, checks_of, first_checks_of
from tastyflow.domain.order.events import OrderWentLive
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.order.submission import AttemptOutcome
from tastyflow.domain.policy import Policy
from tastyflow.domain.testresult import CheckName, CheckOutcome, CheckRecorded, TestPlanned, Verdict
from tastyflow.domain.ticket import Action, Leg, OrderType, PriceEffect, Ticket
from tastyflow.domain.venue import BrokerOrder, Status, VenueFill
from tastyflow.errors import OutcomeUnknown
from tastyflow_adapters.fake import FakeFaults, FaultyBroker, Plan, ScriptedModel, StreamFaults
from tastyflow_adapters.fake.faults import NOT_SENT, REQUEST_LOST, RESPONSE_LOST, refused
from tastyflow_adapters.fake.order_plan import cancelled, fill, live, reject, remove
from tests.application.kit import CALL, FRIDAY, MISSION, PRODUCTION, SANDBOX, AlteredBroker, log_of
from tests.application.soundness import assert_sound

FAILED, PASSED, COULD_NOT_RUN = CheckOutcome.FAILED, CheckOutcome.PASSED, CheckOutcome.COULD_NOT_RUN
AT_NATURAL = "buy 10 SPY 450 calls exp Dec 18 2026 at natural"
ALL = frozenset(CheckName)


def script(*steps, **ending):
    return ScriptedModel(lambda _ticket: Plan(steps, **ending))


def outcomes(desk, order):
    return {check.name: check.outcome for check in desk.test_of(order).checks}


async def rehearsed(house, text=MISSION):
    async with house.desk() as desk:
        order = await house.place(desk, text)
        return order, outcomes(desk, order) if order.test else {}


async def assert_stopped_by(house, check, text=MISSION):
    order, said = await rehearsed(house, text)
    assert said[check] is FAILED
    assert (order.stage, order.code) == (Stage.REFUSED, "not_proven")
    assert check in order.message
    assert house.books()[1] == []
    assert house.trader().reserved == {}
    assert_sound(house)
    return order


# ── a venue that misbehaves ────────────────────────────────────────────────────────────────────────────────────


def more_of_it(_call, snapshot):
    (leg,) = snapshot.ticket.legs
    return evolve(snapshot, ticket=evolve(snapshot.ticket, legs=(evolve(leg, quantity=11),)))


def another_price(_call, snapshot):
    return evolve(snapshot, ticket=evolve(snapshot.ticket, price=snapshot.ticket.price + 1))


def back_to_live(call, snapshot):
    return (
        evolve(snapshot, status=Status.LIVE, updated_at=snapshot.updated_at + timedelta(1))
        if call == "get"
        else snapshot
    )


def one_fill_short(_call, snapshot):
    fills = tuple(evolve(each, quantity=each.quantity - 1) for each in snapshot.fills)
    return evolve(snapshot, fills=fills)


def stream_says_cancelled(call, snapshot):
    ended = call == "stream" and snapshot.status.is_terminal
    return evolve(snapshot, status=Status.CANCELLED) if ended else snapshot


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("bend", "check"),
    [
        (more_of_it, CheckName.ECHO),
        (another_price, CheckName.ECHO),
        (back_to_live, CheckName.STATUSES),
        (one_fill_short, CheckName.FILLS_ADD_UP),
        (stream_says_cancelled, CheckName.STREAM_AND_POLL),
    ],
)
async def test_a_venue_that_tells_another_story_stops_the_order(house, bend, check):
    house.sandbox = AlteredBroker(house.rehearsals, bend)
    await assert_stopped_by(house, check)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("model", "text", "check"),
    [
        (script(live()), AT_NATURAL, CheckName.FILL),  # the market said it must
        (script(live(), fill(4)), AT_NATURAL, CheckName.FILL),
        (script(live(), fill(4)), MISSION, CheckName.FILL),  # neither filled nor rested
        (script(live(), reject()), MISSION, CheckName.FILL),
        (script(live(), remove()), MISSION, CheckName.FILL),
        (script(live(), refuses_cancel="never"), MISSION, CheckName.TIDY),
        (script(live(), on_cancel=()), MISSION, CheckName.TIDY),
        (script(), MISSION, None),
    ],
)
async def test_an_exchange_that_does_what_it_should_not_stops_the_order(build, model, text, check):
    house = await build(models=(model, None))
    if check is None:  # received and never live, then cancelled: that is resting too
        assert (await house.once(text)).stage is Stage.FILLED
        return
    await assert_stopped_by(house, check, text)


@pytest.mark.anyio
@pytest.mark.parametrize(("call", "check"), [("dry_run", CheckName.DRY_RUN), ("place", CheckName.ACKNOWLEDGED)])
async def test_a_venue_that_says_no_stops_the_order_at_once(house, call, check):
    house.sandbox = FaultyBroker(house.rehearsals, FakeFaults({call: [refused("margin_check_failed", "No money.")]}))
    order = await assert_stopped_by(house, check)
    assert [(a.venue, a.outcome) for a in order.attempts] == [(SANDBOX, AttemptOutcome.DECLINED)]
    assert "No money." in order.message
    assert house.books() == ([], [])


@pytest.mark.anyio
async def test_a_fill_that_cannot_be_is_a_persons_business_and_goes_no_further(house):
    stranger = VenueFill("x", "QQQ", 1, Decimal(1), FRIDAY)
    house.sandbox = AlteredBroker(
        house.rehearsals, lambda _call, snapshot: evolve(snapshot, fills=(*snapshot.fills, stranger))
    )
    order, said = await rehearsed(house)
    assert order.stage is Stage.ESCALATED
    assert said == {} or said[CheckName.FILLS_ADD_UP] is FAILED
    assert house.books()[1] == []


# ── resting, filling, streaming ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.anyio
async def test_an_order_that_may_rest_rests_cancels_cleanly_and_passes_every_check(build):
    house = await build(models=(script(live()), None))
    _, said = await rehearsed(house)
    assert set(said) == ALL
    assert set(said.values()) == {PASSED}


@pytest.mark.anyio
async def test_an_order_that_must_fill_is_given_its_time(build):
    house = await build(models=(script(live(), fill(10, after_s=8)), None))
    order, said = await rehearsed(house, AT_NATURAL)
    assert said[CheckName.FILL] is PASSED
    assert order.stage is Stage.FILLED


@pytest.mark.anyio
async def test_an_order_that_has_begun_to_fill_is_given_the_time_of_a_fill(build):
    house = await build(
        policy=Policy(fills_follow_quotes=False), models=(script(live(), fill(4), fill(6, after_s=5)), None)
    )
    order = await house.once(MISSION)
    assert (order.stage, order.filled(SANDBOX)) == (Stage.FILLED, 10)


@pytest.mark.anyio
async def test_a_cancel_that_takes_its_time_is_waited_for(build):
    house = await build(models=(script(live(), on_cancel=(cancelled(after_s=5),)), None))
    _, said = await rehearsed(house)
    assert set(said.values()) == {PASSED}


@pytest.mark.anyio
async def test_a_fill_that_crosses_the_rehearsals_cancel_is_a_fill(build):
    house = await build(models=(script(live(), on_cancel=(fill(10),)), None))
    order, said = await rehearsed(house)
    assert said[CheckName.FILL] is said[CheckName.FILLS_ADD_UP] is PASSED
    assert order.filled(SANDBOX) == 10


@pytest.mark.anyio
@pytest.mark.parametrize("required", [False, True])
async def test_a_silent_stream_blocks_only_where_the_policy_wants_it(build, required):
    policy = Policy(required_checks=ALL) if required else Policy()
    house = await build(policy=policy)
    house.sandbox = FaultyBroker(house.rehearsals, FakeFaults(stream=StreamFaults(is_silent=True)), house.clock)
    order, said = await rehearsed(house)
    assert said[CheckName.STREAM_AND_POLL] is COULD_NOT_RUN
    assert (order.stage, order.code) == ((Stage.REFUSED, "not_proven") if required else (Stage.FILLED, ""))


@pytest.mark.anyio
@pytest.mark.parametrize("required", [False, True])
async def test_an_echo_that_never_came_blocks_only_where_the_policy_wants_it(build, required):
    house = await build(policy=Policy(required_checks=ALL if required else ALL - {CheckName.ECHO}))
    house.sandbox = AlteredBroker(house.rehearsals, lambda _call, snapshot: evolve(snapshot, ticket=None))
    order, said = await rehearsed(house)
    assert said[CheckName.ECHO] is COULD_NOT_RUN
    assert (order.stage, order.code) == ((Stage.REFUSED, "not_proven") if required else (Stage.FILLED, ""))


@pytest.mark.anyio
@pytest.mark.parametrize("required", [False, True])
@pytest.mark.parametrize("fault", [NOT_SENT, REQUEST_LOST, RESPONSE_LOST])
async def test_a_dry_run_without_an_answer_blocks_only_where_the_policy_wants_it(build, required, fault):
    policy = Policy(required_checks=ALL if required else ALL - {CheckName.DRY_RUN})
    house = await build(policy=policy)
    house.sandbox = FaultyBroker(house.rehearsals, FakeFaults({"dry_run": [fault] * policy.max_attempts}), house.clock)
    order, said = await rehearsed(house)
    assert said[CheckName.DRY_RUN] is COULD_NOT_RUN
    assert (order.stage, order.code) == ((Stage.REFUSED, "sandbox_away") if required else (Stage.FILLED, ""))


@pytest.mark.anyio
@pytest.mark.parametrize("required", [frozenset(), ALL])
async def test_a_failed_check_blocks_whatever_the_policy_says(build, required):
    house = await build(policy=Policy(required_checks=required))
    house.sandbox = AlteredBroker(house.rehearsals, more_of_it)
    await assert_stopped_by(house, CheckName.ECHO)


@pytest.mark.anyio
async def test_quotes_that_cannot_be_had_leave_the_rest_of_the_rehearsal_as_it_is(house, monkeypatch):
    quotes, asked = house.market.quotes, 0

    async def not_for_the_rehearsal(instruments):
        nonlocal asked
        asked += 1
        if asked == 2:
            raise OutcomeUnknown("no quotes")
        return await quotes(instruments)

    monkeypatch.setattr(house.market, "quotes", not_for_the_rehearsal)
    assert (await house.once(MISSION)).stage is Stage.FILLED
    assert asked == 3


@pytest.mark.anyio
async def test_what_cannot_be_looked_at_again_before_production_is_not_promoted(house, monkeypatch):
    quotes, asked = house.market.quotes, 0

    async def only_twice(instruments):
        nonlocal asked
        asked += 1
        if asked > 2:
            raise OutcomeUnknown("no quotes")
        return await quotes(instruments)

    monkeypatch.setattr(house.market, "quotes", only_twice)
    order = await house.once(MISSION)
    assert (order.stage, order.code, order.attempt(PRODUCTION)) == (Stage.REFUSED, "gate", None)


@pytest.mark.anyio
async def test_the_evidence_of_each_check_is_in_the_log(house):
    async with house.desk() as desk:
        order = await house.place(desk, MISSION)
        test = desk.test_of(order)
    assert (test.verdict, test.digest) == (Verdict.PASSED, order.digest)
    evidence = {check.name: check.evidence for check in test.checks}
    assert evidence[CheckName.ECHO]["sent"] == evidence[CheckName.ECHO]["echoed"] == order.ticket.canonical[:300]
    assert evidence[CheckName.ACKNOWLEDGED]["broker_order"] == house.books()[0][0].broker_order
    assert evidence[CheckName.FILL]["ended"] == "filled, 10 filled"
    acknowledged = next(check for check in test.checks if check.name == CheckName.ACKNOWLEDGED)
    assert acknowledged.latency_ms is not None


@pytest.mark.anyio
async def test_what_the_sandbox_said_of_an_order_is_recorded_as_soon_as_it_has_it(build):
    house = await build(models=(script(live()), None))
    order = await house.once(MISSION)
    events = [event for event in log_of(house.ledger, order) if not isinstance(event, TestPlanned)]
    taken = next(number for number, event in enumerate(events) if isinstance(event, OrderWentLive))
    early = [event.check.name for event in events[taken + 1 : taken + 4]]
    assert early == [CheckName.DRY_RUN, CheckName.ACKNOWLEDGED, CheckName.ECHO]
    assert len({event.at for event in events[taken : taken + 4]}) == 1
    late = [event.check.name for event in events[taken + 4 :] if isinstance(event, CheckRecorded)]
    assert sorted((*early, *late)) == sorted(CheckName)


@pytest.mark.anyio
async def test_what_is_recorded_early_is_what_the_end_would_have_said(house, monkeypatch):
    early, late = [], []
    monkeypatch.setattr(attempting, "first_checks_of", lambda observed: early.extend(first_checks_of(observed)) or ())
    monkeypatch.setattr(attempting, "checks_of", lambda observed: late.extend(checks_of(observed)) or tuple(late))
    await house.once(MISSION)
    assert early == late[:2]


# ── the checks alone: pure functions of what was seen ──────────────────────────────────────────────────────────

TICKET = Ticket((Leg(Action.BUY_TO_OPEN, 3, CALL),), OrderType.LIMIT, Decimal("2.50"), PriceEffect.DEBIT)


def seen(status, *quantities, at=0, **more):
    fills = tuple(VenueFill(f"f{n}", CALL.occ, q, Decimal(2), FRIDAY) for n, q in enumerate(quantities))
    return BrokerOrder("1", "tf1", status, FRIDAY + timedelta(seconds=at), TICKET, fills, **more)


@given(st.lists(st.sampled_from(Status), min_size=1, max_size=5))
def test_statuses_are_legal_exactly_when_the_phases_never_go_back_and_end_once(path):
    observed = Observed(TICKET, False, 1.0, [seen(status, at=n) for n, status in enumerate(path)])
    ranks = [status.phase.rank for status in path]
    endings = {status for status in path if status.is_terminal}
    legal = ranks == sorted(ranks) and len(endings) <= 1
    (check,) = [check for check in checks_of(observed) if check.name == CheckName.STATUSES]
    assert (check.outcome is PASSED) is legal


@given(
    st.lists(st.integers(1, 3), max_size=4),
    st.booleans(),
    st.booleans(),
    st.sampled_from([Status.FILLED, Status.CANCELLED, Status.LIVE]),
)
def test_a_fill_check_passes_only_what_filled_in_full_or_rested_cleanly(quantities, must_fill, cancelled_by_us, status):
    observed = Observed(TICKET, must_fill, 1.0, [seen(status, *quantities)], cancelled_by_us=cancelled_by_us)
    said = {check.name: check.outcome for check in checks_of(observed)}
    rested = not must_fill and cancelled_by_us and not quantities and status.is_terminal
    assert (said[CheckName.FILL] is PASSED) is (sum(quantities) == 3 or rested)
    whole = sum(quantities) == 3 if status is Status.FILLED else sum(quantities) <= 3
    assert (said[CheckName.FILLS_ADD_UP] is PASSED) is whole
    assert (said[CheckName.TIDY] is PASSED) is status.is_terminal


def test_the_same_fill_twice_does_not_add_up():
    one = seen(Status.FILLED, 3).fills[0]
    observed = Observed(TICKET, True, 1.0, [evolve(seen(Status.LIVE), fills=(evolve(one, quantity=1),) * 2)])
    said = {check.name: check.outcome for check in checks_of(observed)}
    assert said[CheckName.FILLS_ADD_UP] is FAILED


@pytest.mark.parametrize(
    ("streamed", "polled", "outcome"),
    [
        (seen(Status.FILLED, 3), seen(Status.FILLED, 3), PASSED),
        (seen(Status.LIVE), seen(Status.FILLED, 3), COULD_NOT_RUN),  # the stream stopped telling
        (seen(Status.LIVE, 1), seen(Status.FILLED, 1, 2), COULD_NOT_RUN),
        (seen(Status.CANCELLED), seen(Status.FILLED, 3), FAILED),
        (seen(Status.FILLED, 2, 1), seen(Status.FILLED, 1, 2), FAILED),
        (seen(Status.LIVE, 2), seen(Status.FILLED, 3), FAILED),
        (seen(Status.FILLED, 3), seen(Status.LIVE), FAILED),
        (None, seen(Status.FILLED, 3), COULD_NOT_RUN),
        (seen(Status.FILLED, 3), None, COULD_NOT_RUN),
    ],
)
def test_stream_and_answer_agree_contradict_or_one_is_missing(streamed, polled, outcome):
    observed = Observed(TICKET, True, 1.0, [polled or streamed], streamed=[streamed] if streamed else [], polled=polled)
    said = {check.name: check.outcome for check in checks_of(observed)}
    assert said[CheckName.STREAM_AND_POLL] is outcome
