"""The broker against a venue that answers as told: an order is sent once, and its answer read to the last scrap."""

import asyncio
import json
from decimal import Decimal
from uuid import UUID

import pytest
from tt_kit import (
    ACCOUNT,
    AT,
    CALL,
    HTML,
    LIVE,
    NOT_TAKEN,
    ODD_FILL,
    ONE,
    ORDERS,
    TAG,
    Reply,
    accepts,
    data,
    error,
    items,
    limit,
    listed,
    placed,
)

from tastyflow.domain.order.submission import external_id, tag_prefix
from tastyflow.domain.ticket import PriceEffect
from tastyflow.domain.venue import Account, Status, Venue
from tastyflow.errors import Misconfigured, NotSent, OutcomeUnknown, VenueFailure, VenueRefused
from tastyflow_adapters.tastytrade.broker import TastytradeBroker
from tastyflow_adapters.tastytrade.http.rate_limits import Kind
from tastyflow_adapters.tastytrade.http.session import VenueSession
from tastyflow_adapters.tastytrade.orders.order_body import order_body

pytestmark = pytest.mark.anyio


# ── placing ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_an_order_is_placed_and_its_echo_is_the_ticket(scripted, broker):
    scripted.on("POST", ORDERS, accepts)
    order = await broker.place(limit(), external_id=TAG)
    assert (order.broker_order, order.external_id, order.status) == ("1001", TAG, Status.ROUTED)
    assert order.ticket.digest == limit().digest
    heard = scripted.asked("POST", ORDERS)
    assert [each.body for each in heard] == [order_body(limit(), external_id=TAG)]
    assert [each.body.decode() for each in heard] == [broker.body_of(limit(), external_id=TAG)]


def damaged(heard):
    return Reply(201, json.dumps({"data": {"order": placed(heard.body)}}).encode()[:-10])


def odd(**more):
    return lambda heard: data({"order": placed(heard.body, **more)}, 201)


@pytest.mark.parametrize(
    ("answer", "status", "reason"),
    [
        (damaged, Status.ROUTED, ""),
        (odd(status="Live", legs="x"), Status.LIVE, ""),
        (odd(status="Rejected", legs="x", **{"reject-reason": "No session"}), Status.REJECTED, "No session"),
        (odd(status="Filled", legs=ODD_FILL), Status.FILLED, ""),
    ],
)
async def test_an_accepted_order_is_ours_even_where_little_of_the_answer_can_be_read(
    scripted, broker, answer, status, reason
):
    scripted.on("POST", ORDERS, answer)
    order = await broker.place(limit(), external_id=TAG)
    assert (order.broker_order, order.external_id, order.status) == ("1001", TAG, status)
    assert (order.ticket, order.fills, order.reason) == (None, (), reason)


def cut(text):
    """An answer of which no more than *text* came."""
    return lambda _: Reply(201, text.replace("TAG", TAG).encode())


@pytest.mark.parametrize(
    "answer",
    [
        cut('{"data":{"order":{"external-identifier":"TAG","status":"Routed","id":15718'),
        cut('{"data":{"order":{"external-identifier":"TAG","status":"Routed","id":15718 '),
        cut('{"data":{"order":{"external-identifier":"TAG","status":"Routed","id":"15718'),
        cut('{"data":{"order":{"external-identifier":"TAG","status":"Routed","id":15718.5,'),
        cut('{"data":{"id":7,"order":{"external-identifier":"TAG","status":"Routed","id":'),
        cut('{"data":{"order":{"id":15718,"external-identifier":"TAG",'),
        cut('{"data":{"order":{"id":15718,"external-identifier":"TAG","status":"Dead",'),
        cut('{"data":{"order":{"id":15718,"external-identifier":"TAG","status":"Live"},"was":{"status":"Filled"'),
        cut('{"data":{"order":{"id":15718,"external-identifier":"TAG","status":"Cancelled",'),
        cut('{"data":{"order":{"id":15718,"external-identifier":"TAG","status":"Live"},"errors":[{"code":"no"'),
        odd(status="Something New"),
        odd(status=None),
        odd(status="Cancelled", legs="x"),
        odd(status="Expired", legs=ODD_FILL),
    ],
)
async def test_neither_an_id_nor_a_status_is_made_up_from_what_is_left_of_an_answer(scripted, broker, answer):
    scripted.on("POST", ORDERS, answer)
    with pytest.raises(OutcomeUnknown) as unknown:
        await broker.place(limit(), external_id=TAG)
    assert unknown.value.code == "unreadable"
    assert len(broker._ours) == 0


@pytest.mark.parametrize("text", ['"id":15718,', '"id": "15718" }', '"id" : 15718\n}'])
async def test_an_id_is_whole_where_something_follows_it(scripted, broker, text):
    scripted.on("POST", ORDERS, cut('{"data":{"order":{"external-identifier":"TAG","status":"Routed",' + text))
    assert (await broker.place(limit(), external_id=TAG)).broker_order == "15718"


NO = [{"code": "margin_check_failed", "message": "No"}]


@pytest.mark.parametrize(
    "answer",
    [
        lambda heard: data({"order": placed(heard.body), "errors": NO}, 201),
        lambda heard: data({"order": placed(heard.body)}, 201, errors=NO),
        lambda heard: data({"order": placed(heard.body)}, 201, error=NO[0]),
    ],
)
async def test_an_answer_that_says_both_yes_and_no_is_searched_for(scripted, broker, answer):
    scripted.on("POST", ORDERS, answer)
    with pytest.raises(OutcomeUnknown) as unknown:
        await broker.place(limit(), external_id=TAG)
    assert unknown.value.code == "mixed_answer"
    scripted.on("POST", ORDERS, lambda heard: data({"order": placed(heard.body), "errors": []}, 201, error=None))
    assert (await broker.place(limit(), external_id=TAG)).broker_order == "1001"


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"status": "Dead"}, "status"),
        ({"legs": "x"}, "legs"),
        ({"legs": ODD_FILL}, "quantity of a fill"),
        ({"id": None}, "id"),
    ],
)
async def test_an_order_that_cannot_be_read_says_what_of_it(scripted, broker, more, field):
    scripted.on("GET", ONE, data(listed() | more))
    with pytest.raises(OutcomeUnknown, match=field) as unknown:
        await broker.get("1001")
    assert unknown.value.code == "unreadable"


@pytest.mark.parametrize(
    "answer",
    [
        lambda _: data({"order": listed(tag="tf1-s-another-1")}, 201),
        lambda _: data({"order": listed() | {"external-identifier": None}}, 201),
        lambda _: data({"order": {"external-identifier": TAG, "status": "Routed"}}, 201),
        lambda _: data({}, 201),
        lambda _: Reply(201, b""),
        lambda _: Reply(200, b"<html>it went well</html>"),
        lambda _: Reply(201, b'{"data":{"order":{"id":1001,"external-identifier":"' + TAG.encode() + b'"}},{"id":1002'),
        lambda _: Reply(201, b'{"data":{"order":{"id":1001,"external-identifier":"other"'),
        lambda _: data({"errors": [{"code": "margin_check_failed", "message": "No"}]}, 201),
        lambda _: Reply(drops=True),
        lambda _: HTML,
        lambda _: error(500, "rate_limited", "This body lies about its status."),
        lambda _: error(503, "not_found", "This one, too."),
    ],
)
async def test_what_may_have_been_placed_is_unknown_and_not_sent_again(scripted, broker, answer):
    scripted.on("POST", ORDERS, answer)
    with pytest.raises(OutcomeUnknown):
        await broker.place(limit(), external_id=TAG)
    assert len(scripted.asked("POST", ORDERS)) == 1


async def test_a_refusal_is_certain_and_says_why(scripted, broker):
    nested = {"code": "cant_buy_for_credit", "message": "You cannot buy for a credit."}
    scripted.on("POST", ORDERS, error(422, "preflight_check_failure", "Failed", nested))
    with pytest.raises(VenueRefused) as refusal:
        await broker.place(limit(), external_id=TAG)
    assert (refusal.value.code, refusal.value.message) == ("cant_buy_for_credit", "You cannot buy for a credit.")


@pytest.mark.parametrize("answer", NOT_TAKEN, ids=str)
async def test_what_should_not_have_been_taken_is_unknown_and_never_sent_again(scripted, broker, answer):
    """A list can lag behind: one that shows nothing right after proves nothing, and the core searches for longer."""
    scripted.on("POST", ORDERS, answer)
    with pytest.raises(OutcomeUnknown):
        await broker.place(limit(), external_id=TAG)
    assert len(scripted.asked("POST", ORDERS)) == 1


async def test_two_orders_under_one_tag_are_both_found(scripted, broker):
    scripted.on("GET", LIVE, items(listed(status="Live"), listed(status="Live", order_id=1002)))
    assert [order.broker_order for order in await broker.find(TAG)] == ["1001", "1002"]


async def test_an_expired_token_whose_login_is_revoked_leaves_an_order_unknown(scripted, broker):
    scripted.on("POST", ORDERS, Reply(401, b""))
    scripted.on("POST", "/oauth/token", error(401, "invalid_grant", "Grant revoked"))
    with pytest.raises(OutcomeUnknown):
        await broker.place(limit(), external_id=TAG)


async def test_no_token_means_not_sent(scripted, session, jumping):
    broker = TastytradeBroker(session, jumping)
    scripted.on("POST", "/oauth/token", HTML)
    with pytest.raises(NotSent):
        await broker.ready()
    with pytest.raises(NotSent):
        await broker.place(limit(), external_id=TAG)
    assert not scripted.asked("POST", ORDERS)


# ── the account ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_dry_run_is_asked_of_its_own_address_and_places_nothing(scripted, broker):
    effect = {"change-in-buying-power": "251.12", "change-in-buying-power-effect": "Debit"}
    scripted.on("POST", f"{ORDERS}/dry-run", data({"order": {}, "buying-power-effect": effect}, 201))
    assert (await broker.dry_run(limit())).buying_power_change_usd == Decimal("-251.12")
    assert not scripted.asked("POST", ORDERS)


async def test_a_dry_run_that_is_refused_or_fails_says_which(scripted, broker):
    scripted.on("POST", f"{ORDERS}/dry-run", error(422, "x", "y", {"code": "margin_check_failed", "message": "No"}))
    with pytest.raises(VenueRefused) as refusal:
        await broker.dry_run(limit())
    assert refusal.value.code == "margin_check_failed"
    scripted.on("POST", f"{ORDERS}/dry-run", HTML)
    with pytest.raises(OutcomeUnknown):
        await broker.dry_run(limit())


async def test_the_account_is_read_from_its_trading_status(scripted, broker):
    scripted.on("GET", f"{AT}/trading-status", data({"is-closing-only": True, "is-frozen": False}))
    assert await broker.account() == Account(ACCOUNT, Venue.SANDBOX, is_closing_only=True)


HELD = {"instrument-type": "Equity Option", "symbol": CALL.occ, "quantity": "2", "quantity-direction": "Long"}


async def test_all_who_ask_for_positions_at_once_share_a_request(scripted, broker):
    scripted.on("GET", f"{AT}/positions", Reply(200, items(HELD).body, after_s=0.05))
    answers = await asyncio.gather(*(broker.positions() for _ in range(50)))
    assert {answer[0].quantity for answer in answers} == {2}
    assert len(scripted.asked("GET", f"{AT}/positions")) == 1


async def test_an_answer_is_never_older_than_the_question(scripted, broker):
    scripted.on(
        "GET",
        f"{AT}/positions",
        Reply(200, items(HELD).body, after_s=0.1),
        items(HELD | {"quantity": "3"}),
    )
    early = asyncio.create_task(broker.positions())
    await asyncio.sleep(0.05)
    assert scripted.asked("GET", f"{AT}/positions")
    late = await asyncio.gather(*(broker.positions() for _ in range(10)))
    assert {answer[0].quantity for answer in late} == {3}
    assert (await early)[0].quantity == 2
    assert len(scripted.asked("GET", f"{AT}/positions")) == 2


async def test_one_who_gives_up_asking_takes_nothing_from_the_others(scripted, broker):
    scripted.on("GET", f"{AT}/positions", Reply(200, items(HELD).body, after_s=0.1))
    first, other = (asyncio.create_task(broker.positions()) for _ in range(2))
    await asyncio.sleep(0.02)
    first.cancel()
    assert (await other)[0].quantity == 2


async def test_a_question_that_fails_fails_for_all_and_the_next_one_is_asked_anew(scripted, broker):
    scripted.on("GET", f"{AT}/balances/USD", error(403, "not_permitted", "No"))
    answers = await asyncio.gather(*(broker.balances() for _ in range(5)), return_exceptions=True)
    assert all(isinstance(answer, VenueRefused) for answer in answers)
    balances = {"cash-balance": "1", "net-liquidating-value": "2", "derivative-buying-power": "3"}
    scripted.on("GET", f"{AT}/balances/USD", data(balances))
    assert (await broker.balances()).buying_power_usd == 3


# ── opening ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("rows", "code", "hint"),
    [
        ([], "no_such_account", "secret and token"),
        ([{"account": {"account-number": "5WT99999"}}], "no_such_account", "***9999"),
        ([{"account": {"account-number": ACCOUNT, "is-closed": True}}], "account_closed", "open one"),
        ([None, {"account": None}, {}], "no_such_account", "secret and token"),
    ],
)
async def test_an_account_that_cannot_be_used_is_said_before_the_first_order(scripted, jumping, rows, code, hint):
    scripted.on("GET", "/customers/me/accounts", items(*rows))
    with pytest.raises(Misconfigured) as wrong:
        async with TastytradeBroker(VenueSession(scripted.connection(), jumping), jumping):
            pytest.fail("it opened")
    assert wrong.value.code == code
    assert hint in wrong.value.hint
    assert ACCOUNT not in wrong.value.message
    assert "5WT99999" not in wrong.value.hint


OTHER = "5WT00002"


async def test_one_login_serves_each_account_and_no_request_goes_to_another(scripted, jumping):
    rows = [{"account": {"account-number": number, "is-closed": False}} for number in (ACCOUNT, OTHER)]
    scripted.on("GET", "/customers/me/accounts", items(*rows))
    balances = {"cash-balance": "1", "net-liquidating-value": "2", "derivative-buying-power": "3"}
    connection = scripted.connection(account="", accounts={"main": ACCOUNT, "ira": OTHER})
    for number in (ACCOUNT, OTHER):
        scripted.on("GET", f"/accounts/{number}/positions", items())
        scripted.on("GET", f"/accounts/{number}/balances/USD", data(balances))
        scripted.on("GET", f"/accounts/{number}/orders/live", items())
        scripted.on("GET", f"/accounts/{number}/orders", items())
        scripted.on("POST", f"/accounts/{number}/orders", lambda heard: data({"order": placed(heard.body)}, 201))
    session = VenueSession(connection, jumping)
    async with TastytradeBroker(session, jumping), TastytradeBroker(session, jumping, account=OTHER) as ira:
        before = len(scripted.heard)
        await ira.positions()
        await ira.balances()
        await ira.find(TAG)
        await ira.place(limit(), external_id=TAG)
        asked = scripted.heard[before:]
    assert asked
    assert all(heard.path.startswith(f"/accounts/{OTHER}/") for heard in asked)
    assert scripted.logins == 1


@pytest.mark.parametrize(
    ("second", "code"),
    [(None, "no_such_account"), ({"account-number": OTHER, "is-closed": True}, "account_closed")],
)
async def test_every_account_is_verified_not_the_first_alone(scripted, jumping, second, code):
    first = {"account": {"account-number": ACCOUNT, "is-closed": False}}
    scripted.on("GET", "/customers/me/accounts", items(first, *([{"account": second}] if second else [])))
    connection = scripted.connection(account="", accounts={"main": ACCOUNT, "ira": OTHER})
    with pytest.raises(Misconfigured) as wrong:
        async with TastytradeBroker(VenueSession(connection, jumping), jumping):
            pytest.fail("it opened")
    assert wrong.value.code == code
    assert OTHER not in wrong.value.message
    assert len(scripted.asked("GET", "/customers/me/accounts")) == 1


async def test_a_venue_that_is_away_is_no_misconfiguration(scripted, jumping):
    scripted.on("GET", "/customers/me/accounts", HTML)
    with pytest.raises(VenueFailure):
        await TastytradeBroker(VenueSession(scripted.connection(), jumping), jumping).__aenter__()


def test_the_prefix_of_our_orders_is_that_of_our_tags():
    for venue, other in ((Venue.SANDBOX, Venue.PRODUCTION), (Venue.PRODUCTION, Venue.SANDBOX)):
        tag = external_id(UUID(int=7), venue, 1)
        assert tag.startswith(tag_prefix(venue))
        assert not tag.startswith(tag_prefix(other))


def test_the_effect_of_a_ticket_is_a_word_of_the_wire():
    assert {effect.value.capitalize() for effect in PriceEffect} == {"Debit", "Credit"}
    assert Kind.ORDER.value == "order"


# ── a no that is not the venue's own ──────────────────────────────────────────────────────────────────────────────────

GATEWAY = Reply(403, b"<html><body><h1>403 Forbidden</h1></body></html>")


async def test_a_gateways_no_leaves_an_order_unknown(scripted, broker):
    scripted.on("POST", ORDERS, GATEWAY)
    with pytest.raises(OutcomeUnknown):
        await broker.place(limit(), external_id=TAG)


async def test_a_gateways_no_to_a_cancel_denies_nothing(scripted, broker):
    scripted.on("GET", ONE, data(listed(status="Live")))
    scripted.on("DELETE", ONE, GATEWAY)
    with pytest.raises(OutcomeUnknown):
        await broker.cancel("1001")


async def test_a_gateways_404_does_not_say_that_the_order_is_gone(scripted, broker):
    scripted.on("GET", ONE, Reply(404, b"<html><body>nginx</body></html>"))
    with pytest.raises(OutcomeUnknown):
        await broker.get("1001")
    scripted.on("GET", ONE, Reply(404, {"error": {"code": "not_found", "message": "Not found"}}))
    assert await broker.get("1001") is None
