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
from tt_faults import faulty_venue

from tastyflow.domain.venue import Status, Venue
from tastyflow.errors import NotSent, OutcomeUnknown, VenueFailure, VenueRefused
from tastyflow_adapters.tastytrade.http.connection import Timeouts
from tastyflow_simulator import FaultKind
from tastyflow_simulator.credentials import login_of
from tests.contract.tickets import CALL, closing, marketable, resting
from tests.contract.venue_under_test import in_the_end, listening

pytestmark = pytest.mark.anyio

HURRIED = Timeouts(read_s=0.15, order_s=0.15, token_s=0.5)
READS = ("find", "positions", "balances", "account")


@pytest.fixture
async def faulty():
    async with faulty_venue() as faulty:
        yield faulty


async def ask(faulty, call):
    return await getattr(faulty.broker, call)(*(("t",) if call == "find" else ()))


# ── on the way there and back ──────────────────────────────────────────────────────────────────────────────────


async def test_request_lost_nothing_is_placed_and_it_is_not_sent_again(faulty):
    faulty.fault(FaultKind.REQUEST_LOST, "place")
    with faulty.fails(OutcomeUnknown):
        await faulty.broker.place(marketable(), external_id="t")
    assert (faulty.subject.ledger(), faulty.asked("place")) == ([], 1)
    assert not await faulty.broker.find("t")


@pytest.mark.parametrize("call", READS)
async def test_request_lost_a_question_is_asked_again(faulty, call):
    faulty.fault(FaultKind.REQUEST_LOST, call)
    await ask(faulty, call)


async def test_response_lost_the_order_is_there_once_and_it_is_not_sent_again(faulty):
    faulty.fault(FaultKind.RESPONSE_LOST, "place")
    with faulty.fails(OutcomeUnknown):
        await faulty.broker.place(marketable(2), external_id="t")
    assert (faulty.subject.ledger(), faulty.asked("place")) == (["t"], 1)
    (found,) = await faulty.broker.find("t")
    assert (await in_the_end(faulty.subject, found.broker_order)).filled(CALL.occ) == 2


async def test_response_lost_a_cancel_is_not_repeated_and_a_question_is(faulty):
    order = await faulty.broker.place(resting(), external_id="t")
    await faulty.subject.pass_time(1)
    faulty.fault(FaultKind.RESPONSE_LOST, "cancel")
    faulty.fault(FaultKind.RESPONSE_LOST, "find")
    with faulty.fails(OutcomeUnknown):
        await faulty.broker.cancel(order.broker_order)
    assert faulty.asked("cancel") == 1
    assert len(await faulty.broker.find("t")) == 1
    assert (await in_the_end(faulty.subject, order.broker_order)).status is Status.CANCELLED


async def test_delay_a_slow_answer_is_an_answer(faulty):
    faulty.fault(FaultKind.DELAY, "place", seconds=0.3)
    assert (await faulty.broker.place(resting(), external_id="t")).external_id == "t"


async def test_delay_an_order_that_arrives_after_we_gave_up_is_found_later():
    async with faulty_venue(timeouts=HURRIED) as faulty:
        faulty.fault(FaultKind.DELAY, "place", seconds=0.5)
        with faulty.fails(OutcomeUnknown):
            await faulty.broker.place(resting(), external_id="t")
        assert not await faulty.broker.find("t")
        await asyncio.sleep(0.6)
        assert faulty.subject.ledger() in (["t"], [])  # a server may or may not go on for a client that has gone
        assert [order.external_id for order in await faulty.broker.find("t")] == faulty.subject.ledger()
        assert faulty.asked("place") == 1


# ── instead of an answer ───────────────────────────────────────────────────────────────────────────────────────


async def test_unauthorized_an_order_is_unknown_and_the_next_one_has_a_new_token(faulty):
    faulty.fault(FaultKind.UNAUTHORIZED, "place")
    with faulty.fails(OutcomeUnknown):
        await faulty.broker.place(marketable(), external_id="t")
    assert (faulty.subject.ledger(), faulty.asked("place")) == ([], 1)
    assert await faulty.broker.find("t") == []
    assert (await faulty.broker.place(resting(), external_id="u")).external_id == "u"


@pytest.mark.parametrize("call", READS)
async def test_unauthorized_a_question_is_asked_again_with_a_new_token(faulty, call):
    before = faulty.requests()["login"]
    faulty.fault(FaultKind.UNAUTHORIZED, call)
    await ask(faulty, call)
    assert faulty.requests()["login"] == before + 1


async def test_unauthorized_for_ever_ends_in_few_logins_and_then_none(faulty):
    await faulty.broker.ready()
    before = faulty.requests()["login"]
    faulty.fault(FaultKind.UNAUTHORIZED, times=None)
    for _ in range(12):
        with faulty.fails():
            await faulty.broker.positions()
    assert faulty.requests()["login"] - before <= 4


async def test_too_many_requests_an_order_is_unknown_and_is_not_sent_again(faulty):
    faulty.fault(FaultKind.TOO_MANY_REQUESTS, "place")
    with faulty.fails(OutcomeUnknown):
        await faulty.broker.place(marketable(), external_id="t")
    assert (faulty.subject.ledger(), faulty.asked("place")) == ([], 1)
    assert (await faulty.broker.place(resting(), external_id="u")).external_id == "u"  # after a pause


async def test_too_many_requests_for_a_cancel_is_asked_again_for_it_was_surely_not_taken(faulty):
    order = await faulty.broker.place(resting(), external_id="t")
    await faulty.subject.pass_time(1)
    faulty.fault(FaultKind.TOO_MANY_REQUESTS, "cancel")
    await faulty.broker.cancel(order.broker_order)
    assert (await in_the_end(faulty.subject, order.broker_order)).status is Status.CANCELLED


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_error_before_an_order_may_be_there_for_all_we_know(faulty, status):
    faulty.fault(FaultKind.ERROR_BEFORE, "place", status=status)
    with faulty.fails(OutcomeUnknown):
        await faulty.broker.place(marketable(), external_id="t")
    assert (faulty.subject.ledger(), faulty.asked("place")) == ([], 1)


@pytest.mark.parametrize("call", READS)
async def test_error_before_a_question_is_asked_again(faulty, call):
    faulty.fault(FaultKind.ERROR_BEFORE, call, status=502)
    await ask(faulty, call)


@pytest.mark.parametrize("status", [408, 409, 425, 500, 502, 504])
async def test_error_after_the_order_is_there_and_no_refusal_is_believed(faulty, status):
    faulty.fault(FaultKind.ERROR_AFTER, "place", status=status)
    with faulty.fails(OutcomeUnknown):
        await faulty.broker.place(marketable(), external_id="t")
    assert (faulty.subject.ledger(), faulty.asked("place")) == (["t"], 1)
    assert len(await faulty.broker.find("t")) == 1


# ── answers that make no sense ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "body", ["{", "null", "[]", '"ok"', "<html>busy</html>", '{"data":null}', '{"data":{}}', "\x00"]
)
async def test_unparsable_the_order_is_there_and_its_answer_is_no_answer(faulty, body):
    faulty.fault(FaultKind.UNPARSABLE, "place", reason=body)
    with faulty.fails(OutcomeUnknown):
        await faulty.broker.place(marketable(), external_id="t")
    assert (faulty.subject.ledger(), faulty.asked("place")) == (["t"], 1)


async def test_unparsable_of_half_an_answer_the_name_of_the_order_is_enough(faulty):
    faulty.fault(FaultKind.UNPARSABLE, "place")
    try:
        order = await faulty.broker.place(marketable(), external_id="t")
    except OutcomeUnknown:
        (order,) = await faulty.broker.find("t")
    assert (order.external_id, faulty.subject.ledger(), faulty.asked("place")) == ("t", ["t"], 1)
    assert (await in_the_end(faulty.subject, order.broker_order)).status is Status.FILLED


async def test_unparsable_what_is_left_of_an_answer_is_older_than_all_that_is_told_of_the_order(faulty):
    """Else a late answer would seem to take the order back to its beginning."""
    faulty.subject.slow_answer(0.2)
    faulty.fault(FaultKind.UNPARSABLE, "place")
    async with listening(faulty.subject) as heard:
        placing = asyncio.create_task(faulty.broker.place(marketable(), external_id="t"))
        await heard.until(lambda told: any(each.status is Status.FILLED for each in told))
        await heard.until(lambda _told: placing.done())
    assert placing.result().updated_at <= min(snapshot.updated_at for snapshot in heard)


@pytest.mark.parametrize("call", READS)
async def test_unparsable_a_question_without_a_readable_answer_is_a_failure(faulty, call):
    faulty.fault(FaultKind.UNPARSABLE, call, times=None)
    with faulty.fails(VenueFailure):
        await ask(faulty, call)


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
async def test_schema_drift_the_order_is_known_or_its_outcome_is_not(faulty, drift):
    fault = faulty.fault(FaultKind.SCHEMA_DRIFT, "place", reason=drift)
    try:
        order = await faulty.broker.place(resting(), external_id="t")
        assert order.external_id == "t"
    except OutcomeUnknown as unknown:
        faulty.leaks.record_error(unknown)
    assert (faulty.subject.ledger(), faulty.asked("place")) == (["t"], 1)
    faulty.simulator.faults.clear(fault)
    assert len(await faulty.broker.find("t")) == 1


@pytest.mark.parametrize("drift", DRIFTS.values(), ids=DRIFTS)
async def test_schema_drift_a_search_overlooks_nothing(faulty, drift):
    await faulty.broker.place(resting(), external_id="t")
    faulty.fault(FaultKind.SCHEMA_DRIFT, "find", reason=drift, times=None)
    try:
        found = await faulty.broker.find("t")
    except VenueFailure as failure:
        faulty.leaks.record_error(failure)
    else:
        assert len(found) == ("external-identifier" not in drift)


@pytest.mark.parametrize("drift", ["-quantity", "-symbol", "quantity=many", "-cash-balance", "cash-balance=rich"])
@pytest.mark.parametrize("call", ["positions", "balances"])
async def test_schema_drift_of_the_account_is_never_a_wrong_number(faulty, call, drift):
    await in_the_end(faulty.subject, (await faulty.broker.place(marketable(2), external_id="t")).broker_order)
    right = await ask(faulty, call)
    faulty.fault(FaultKind.SCHEMA_DRIFT, call, reason=drift, times=None)
    try:
        assert await ask(faulty, call) == right
    except VenueFailure as failure:
        faulty.leaks.record_error(failure)


# ── logins ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_token_flap_a_passing_refusal_of_a_login_is_tried_again(faulty):
    await faulty.subject.login_expires()
    faulty.fault(FaultKind.TOKEN_FLAP, path="/oauth/token")
    await faulty.broker.ready()
    assert (await faulty.broker.place(resting(), external_id="t")).external_id == "t"


async def test_token_flap_for_long_nothing_is_sent_and_logins_are_few(faulty):
    await faulty.subject.login_expires()
    before = faulty.requests()["login"]
    faulty.fault(FaultKind.TOKEN_FLAP, path="/oauth/token", times=None)
    for _ in range(10):
        with faulty.fails(NotSent):
            await faulty.broker.ready()
        with faulty.fails(NotSent):
            await faulty.broker.place(resting(), external_id="t")
    assert (faulty.subject.ledger(), faulty.asked("place")) == ([], 0)
    assert faulty.requests()["login"] - before < 20


async def test_a_revoked_login_is_refused_and_not_tried_in_a_loop(faulty):
    """Too many failed logins block an address for hours."""
    faulty.side.login = login_of(faulty.side.side)  # not the one that we have
    await faulty.subject.login_expires()
    before = faulty.requests()["login"]
    for _ in range(10):
        with faulty.fails(VenueRefused) as refused:
            await faulty.broker.place(resting(), external_id="t")
        assert refused.value.code == "auth"
    assert faulty.requests()["login"] - before <= 3
    assert faulty.subject.ledger() == []


# ── in the book ────────────────────────────────────────────────────────────────────────────────────────────────


async def test_session_offline_an_accepted_order_is_rejected_with_the_venues_words(faulty):
    faulty.fault(FaultKind.SESSION_OFFLINE)
    order = await faulty.broker.place(marketable(), external_id="t")
    ended = await in_the_end(faulty.subject, order.broker_order)
    assert (ended.status, ended.reason, ended.fills) == (Status.REJECTED, "Session offline", ())


async def test_position_lag_a_close_beyond_what_is_held_is_refused_and_never_made_an_opening(faulty):
    faulty.fault(FaultKind.POSITION_LAG, times=None, seconds=3)
    await in_the_end(faulty.subject, (await faulty.broker.place(marketable(2), external_id="t")).broker_order)
    assert not await faulty.broker.positions()
    with faulty.fails(VenueRefused) as refused:
        await faulty.broker.place(closing(3), external_id="u")
    assert refused.value.code == "cannot_close_against_more_than_existing_position"
    await in_the_end(faulty.subject, (await faulty.broker.place(closing(2), external_id="v")).broker_order)
    with faulty.fails(VenueRefused) as refused:
        await faulty.broker.place(closing(1), external_id="w")
    assert refused.value.code == "closing_with_no_position"
    assert faulty.subject.ledger() == ["t", "v"]


async def test_visibility_lag_an_order_is_found_as_soon_as_lists_show_it(faulty):
    faulty.fault(FaultKind.VISIBILITY_LAG, times=None, seconds=5)
    order = await faulty.broker.place(resting(), external_id="t")
    assert not await faulty.broker.find("t")
    assert (await faulty.broker.get(order.broker_order)).external_id == "t"
    await faulty.subject.pass_time(6)
    assert len(await faulty.broker.find("t")) == 1


async def test_stale_symbols_the_sandbox_refuses_by_name_and_nothing_is_placed():
    async with faulty_venue(Venue.SANDBOX) as faulty:
        faulty.fault(FaultKind.STALE_SYMBOLS, times=None)
        with faulty.fails(VenueRefused) as refused:
            await faulty.broker.place(marketable(), external_id="t")
        assert refused.value.code == "instrument_validation_failed"
        assert "not supported" in refused.value.message
        assert faulty.subject.ledger() == []


async def test_market_data_502_a_quote_is_a_failure_or_the_right_one(faulty):
    faulty.fault(FaultKind.MARKET_DATA_502, times=None)
    try:
        quotes = await faulty.market.quotes([CALL])
    except VenueFailure as failure:
        faulty.leaks.record_error(failure)
    else:
        assert all((quote.bid, quote.ask) == (Decimal("10.00"), Decimal("10.10")) for quote in quotes.values())
    faulty.clear()
    assert (await faulty.market.quotes([CALL]))[CALL].ask == Decimal("10.10")


# ── the list ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", FaultKind)
def test_every_fault_has_a_test(kind):
    files = Path(__file__).parent.glob("test_tt_faults_*.py")
    names = [name for file in files for name in re.findall(r"def test_(\w+)", file.read_text())]
    assert any(name.startswith(kind) for name in names)
