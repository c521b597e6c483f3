"""
Every fault of the simulator, and what the adapter makes of it: a failure of the right certainty, no second order.

The name of each test begins with the fault's own word; `test_every_fault_has_a_test` holds the list to the code. What
goes wrong on the account's stream stands in ``test_tt_faults_streams.py``, a whole desk in ``…_desk.py``.
"""

import asyncio
import re
from decimal import Decimal
from pathlib import Path

import pytest
from tt_faults import bad_day

from tastyflow.domain.venue import Status, Venue
from tastyflow.errors import NotSent, OutcomeUnknown, VenueFailure, VenueRefused
from tastyflow_adapters.tastytrade.http.connection import Timeouts
from tastyflow_simulator import FaultKind
from tastyflow_simulator.credentials import login_of
from tests.contract.bench import in_the_end, listening
from tests.contract.bench_tickets import CALL, closing, marketable, resting

pytestmark = pytest.mark.anyio

HURRIED = Timeouts(read_s=0.15, order_s=0.15, token_s=0.5)
READS = ("find", "positions", "balances", "account")


@pytest.fixture
async def day():
    async with bad_day() as day:
        yield day


async def ask(day, call):
    return await getattr(day.broker, call)(*(("t",) if call == "find" else ()))


# ── on the way there and back ──────────────────────────────────────────────────────────────────────────────────


async def test_request_lost_nothing_is_placed_and_it_is_not_sent_again(day):
    day.fault(FaultKind.REQUEST_LOST, "place")
    with day.fails(OutcomeUnknown):
        await day.broker.place(marketable(), external_id="t")
    assert (day.bench.ledger(), day.asked("place")) == ([], 1)
    assert not await day.broker.find("t")


@pytest.mark.parametrize("call", READS)
async def test_request_lost_a_question_is_asked_again(day, call):
    day.fault(FaultKind.REQUEST_LOST, call)
    await ask(day, call)


async def test_response_lost_the_order_is_there_once_and_it_is_not_sent_again(day):
    day.fault(FaultKind.RESPONSE_LOST, "place")
    with day.fails(OutcomeUnknown):
        await day.broker.place(marketable(2), external_id="t")
    assert (day.bench.ledger(), day.asked("place")) == (["t"], 1)
    (found,) = await day.broker.find("t")
    assert (await in_the_end(day.bench, found.broker_order)).filled(CALL.occ) == 2


async def test_response_lost_a_cancel_is_not_repeated_and_a_question_is(day):
    order = await day.broker.place(resting(), external_id="t")
    await day.bench.pass_time(1)
    day.fault(FaultKind.RESPONSE_LOST, "cancel")
    day.fault(FaultKind.RESPONSE_LOST, "find")
    with day.fails(OutcomeUnknown):
        await day.broker.cancel(order.broker_order)
    assert day.asked("cancel") == 1
    assert len(await day.broker.find("t")) == 1
    assert (await in_the_end(day.bench, order.broker_order)).status is Status.CANCELLED


async def test_delay_a_slow_answer_is_an_answer(day):
    day.fault(FaultKind.DELAY, "place", seconds=0.3)
    assert (await day.broker.place(resting(), external_id="t")).external_id == "t"


async def test_delay_an_order_that_arrives_after_we_gave_up_is_found_later():
    async with bad_day(timeouts=HURRIED) as day:
        day.fault(FaultKind.DELAY, "place", seconds=0.5)
        with day.fails(OutcomeUnknown):
            await day.broker.place(resting(), external_id="t")
        assert not await day.broker.find("t")
        await asyncio.sleep(0.6)
        assert day.bench.ledger() in (["t"], [])  # a server may or may not go on for a client that has gone
        assert [order.external_id for order in await day.broker.find("t")] == day.bench.ledger()
        assert day.asked("place") == 1


# ── instead of an answer ───────────────────────────────────────────────────────────────────────────────────────


async def test_unauthorized_an_order_is_unknown_and_the_next_one_has_a_new_token(day):
    day.fault(FaultKind.UNAUTHORIZED, "place")
    with day.fails(OutcomeUnknown):
        await day.broker.place(marketable(), external_id="t")
    assert (day.bench.ledger(), day.asked("place")) == ([], 1)
    assert await day.broker.find("t") == []
    assert (await day.broker.place(resting(), external_id="u")).external_id == "u"


@pytest.mark.parametrize("call", READS)
async def test_unauthorized_a_question_is_asked_again_with_a_new_token(day, call):
    before = day.requests()["login"]
    day.fault(FaultKind.UNAUTHORIZED, call)
    await ask(day, call)
    assert day.requests()["login"] == before + 1


async def test_unauthorized_for_ever_ends_in_few_logins_and_then_none(day):
    await day.broker.ready()
    before = day.requests()["login"]
    day.fault(FaultKind.UNAUTHORIZED, times=None)
    for _ in range(12):
        with day.fails():
            await day.broker.positions()
    assert day.requests()["login"] - before <= 4


async def test_too_many_requests_an_order_is_unknown_and_is_not_sent_again(day):
    day.fault(FaultKind.TOO_MANY_REQUESTS, "place")
    with day.fails(OutcomeUnknown):
        await day.broker.place(marketable(), external_id="t")
    assert (day.bench.ledger(), day.asked("place")) == ([], 1)
    assert (await day.broker.place(resting(), external_id="u")).external_id == "u"  # after a pause


async def test_too_many_requests_for_a_cancel_is_asked_again_for_it_was_surely_not_taken(day):
    order = await day.broker.place(resting(), external_id="t")
    await day.bench.pass_time(1)
    day.fault(FaultKind.TOO_MANY_REQUESTS, "cancel")
    await day.broker.cancel(order.broker_order)
    assert (await in_the_end(day.bench, order.broker_order)).status is Status.CANCELLED


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_error_before_an_order_may_be_there_for_all_we_know(day, status):
    day.fault(FaultKind.ERROR_BEFORE, "place", status=status)
    with day.fails(OutcomeUnknown):
        await day.broker.place(marketable(), external_id="t")
    assert (day.bench.ledger(), day.asked("place")) == ([], 1)


@pytest.mark.parametrize("call", READS)
async def test_error_before_a_question_is_asked_again(day, call):
    day.fault(FaultKind.ERROR_BEFORE, call, status=502)
    await ask(day, call)


@pytest.mark.parametrize("status", [408, 409, 425, 500, 502, 504])
async def test_error_after_the_order_is_there_and_no_refusal_is_believed(day, status):
    day.fault(FaultKind.ERROR_AFTER, "place", status=status)
    with day.fails(OutcomeUnknown):
        await day.broker.place(marketable(), external_id="t")
    assert (day.bench.ledger(), day.asked("place")) == (["t"], 1)
    assert len(await day.broker.find("t")) == 1


# ── answers that make no sense ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "body", ["{", "null", "[]", '"ok"', "<html>busy</html>", '{"data":null}', '{"data":{}}', "\x00"]
)
async def test_unparsable_the_order_is_there_and_its_answer_is_no_answer(day, body):
    day.fault(FaultKind.UNPARSABLE, "place", reason=body)
    with day.fails(OutcomeUnknown):
        await day.broker.place(marketable(), external_id="t")
    assert (day.bench.ledger(), day.asked("place")) == (["t"], 1)


async def test_unparsable_of_half_an_answer_the_name_of_the_order_is_enough(day):
    day.fault(FaultKind.UNPARSABLE, "place")
    try:
        order = await day.broker.place(marketable(), external_id="t")
    except OutcomeUnknown:
        (order,) = await day.broker.find("t")
    assert (order.external_id, day.bench.ledger(), day.asked("place")) == ("t", ["t"], 1)
    assert (await in_the_end(day.bench, order.broker_order)).status is Status.FILLED


async def test_unparsable_what_is_left_of_an_answer_is_older_than_all_that_is_told_of_the_order(day):
    """Else a late answer would seem to take the order back to its beginning."""
    day.bench.slow_answer(0.2)
    day.fault(FaultKind.UNPARSABLE, "place")
    async with listening(day.bench) as heard:
        placing = asyncio.create_task(day.broker.place(marketable(), external_id="t"))
        await heard.until(lambda told: any(each.status is Status.FILLED for each in told))
        await heard.until(lambda _told: placing.done())
    assert placing.result().updated_at <= min(snapshot.updated_at for snapshot in heard)


@pytest.mark.parametrize("call", READS)
async def test_unparsable_a_question_without_a_readable_answer_is_a_failure(day, call):
    day.fault(FaultKind.UNPARSABLE, call, times=None)
    with day.fails(VenueFailure):
        await ask(day, call)


DRIFTS = {
    "a field more, one less": "",
    "a status nobody knows": "status=Dormant",
    "no status": "-status",
    "no legs": "-legs",
    "no fills": "-fills",
    "another tag": "external-identifier=other",
    "no tag": "-external-identifier",
    "quantities in words": "quantity=many remaining-quantity=some",
    "moments in words": "received-at=yesterday updated-at=now terminal-at=soon",
    "prices in words": "price=cheap fill-price=dear",
}


@pytest.mark.parametrize("drift", DRIFTS.values(), ids=DRIFTS)
async def test_schema_drift_the_order_is_known_or_its_outcome_is_not(day, drift):
    fault = day.fault(FaultKind.SCHEMA_DRIFT, "place", reason=drift)
    try:
        order = await day.broker.place(resting(), external_id="t")
        assert order.external_id == "t"
    except OutcomeUnknown as unknown:
        day.ear.hear_error(unknown)
    assert (day.bench.ledger(), day.asked("place")) == (["t"], 1)
    day.simulator.faults.clear(fault)
    assert len(await day.broker.find("t")) == 1


@pytest.mark.parametrize("drift", DRIFTS.values(), ids=DRIFTS)
async def test_schema_drift_a_search_overlooks_nothing(day, drift):
    await day.broker.place(resting(), external_id="t")
    day.fault(FaultKind.SCHEMA_DRIFT, "find", reason=drift, times=None)
    try:
        found = await day.broker.find("t")
    except VenueFailure as failure:
        day.ear.hear_error(failure)
    else:
        assert len(found) == ("external-identifier" not in drift)


@pytest.mark.parametrize("drift", ["-quantity", "-symbol", "quantity=many", "-cash-balance", "cash-balance=rich"])
@pytest.mark.parametrize("call", ["positions", "balances"])
async def test_schema_drift_of_the_account_is_never_a_wrong_number(day, call, drift):
    await in_the_end(day.bench, (await day.broker.place(marketable(2), external_id="t")).broker_order)
    right = await ask(day, call)
    day.fault(FaultKind.SCHEMA_DRIFT, call, reason=drift, times=None)
    try:
        assert await ask(day, call) == right
    except VenueFailure as failure:
        day.ear.hear_error(failure)


# ── logins ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_token_flap_a_passing_refusal_of_a_login_is_tried_again(day):
    await day.bench.login_expires()
    day.fault(FaultKind.TOKEN_FLAP, path="/oauth/token")
    await day.broker.ready()
    assert (await day.broker.place(resting(), external_id="t")).external_id == "t"


async def test_token_flap_for_long_nothing_is_sent_and_logins_are_few(day):
    await day.bench.login_expires()
    before = day.requests()["login"]
    day.fault(FaultKind.TOKEN_FLAP, path="/oauth/token", times=None)
    for _ in range(10):
        with day.fails(NotSent):
            await day.broker.ready()
        with day.fails(NotSent):
            await day.broker.place(resting(), external_id="t")
    assert (day.bench.ledger(), day.asked("place")) == ([], 0)
    assert day.requests()["login"] - before < 20


async def test_a_revoked_login_is_refused_and_not_tried_in_a_loop(day):
    """Too many failed logins block an address for hours."""
    day.side.login = login_of(day.side.side)  # not the one that we have
    await day.bench.login_expires()
    before = day.requests()["login"]
    for _ in range(10):
        with day.fails(VenueRefused) as refused:
            await day.broker.place(resting(), external_id="t")
        assert refused.value.code == "auth"
    assert day.requests()["login"] - before <= 3
    assert day.bench.ledger() == []


# ── in the book ────────────────────────────────────────────────────────────────────────────────────────────────


async def test_session_offline_an_accepted_order_is_rejected_with_the_venues_words(day):
    day.fault(FaultKind.SESSION_OFFLINE)
    order = await day.broker.place(marketable(), external_id="t")
    ended = await in_the_end(day.bench, order.broker_order)
    assert (ended.status, ended.reason, ended.fills) == (Status.REJECTED, "Session offline", ())


async def test_position_lag_a_close_is_refused_and_never_made_an_opening(day):
    day.fault(FaultKind.POSITION_LAG, times=None, seconds=3)
    await in_the_end(day.bench, (await day.broker.place(marketable(2), external_id="t")).broker_order)
    with day.fails(VenueRefused) as refused:
        await day.broker.place(closing(2), external_id="u")
    assert refused.value.code == "closing_with_no_position"
    assert day.bench.ledger() == ["t"]


async def test_visibility_lag_an_order_is_found_as_soon_as_lists_show_it(day):
    day.fault(FaultKind.VISIBILITY_LAG, times=None, seconds=5)
    order = await day.broker.place(resting(), external_id="t")
    assert not await day.broker.find("t")
    assert (await day.broker.get(order.broker_order)).external_id == "t"
    await day.bench.pass_time(6)
    assert len(await day.broker.find("t")) == 1


async def test_stale_symbols_the_sandbox_refuses_by_name_and_nothing_is_placed():
    async with bad_day(Venue.SANDBOX) as day:
        day.fault(FaultKind.STALE_SYMBOLS, times=None)
        with day.fails(VenueRefused) as refused:
            await day.broker.place(marketable(), external_id="t")
        assert refused.value.code == "instrument_validation_failed"
        assert "not supported" in refused.value.message
        assert day.bench.ledger() == []


async def test_market_data_502_a_quote_is_a_failure_or_the_right_one(day):
    day.fault(FaultKind.MARKET_DATA_502, times=None)
    try:
        quotes = await day.market.quotes([CALL])
    except VenueFailure as failure:
        day.ear.hear_error(failure)
    else:
        assert all((quote.bid, quote.ask) == (Decimal("10.00"), Decimal("10.10")) for quote in quotes.values())
    day.clear()
    assert (await day.market.quotes([CALL]))[CALL].ask == Decimal("10.10")


# ── the list ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", FaultKind)
def test_every_fault_has_a_test(kind):
    files = Path(__file__).parent.glob("test_tt_faults_*.py")
    names = [name for file in files for name in re.findall(r"def test_(\w+)", file.read_text())]
    assert any(name.startswith(kind) for name in names)
