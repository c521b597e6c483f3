"""The broker against a venue that answers as told: sent once, read to the last scrap, searched for completely."""

import asyncio
import json
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tt_kit import (
    ACCOUNT,
    AT,
    CALL,
    HTML,
    STC,
    TAG,
    Reply,
    data,
    error,
    items,
    limit,
    placed,
)

from tastyflow.domain.order.submission import external_id
from tastyflow.domain.ticket import PriceEffect
from tastyflow.domain.venue import Account, Status, Venue
from tastyflow.errors import Misconfigured, NotSent, OutcomeUnknown, VenueFailure, VenueRefused
from tastyflow_adapters.tastytrade.broker import TastytradeBroker, own_prefix
from tastyflow_adapters.tastytrade.http.rate_limits import Kind
from tastyflow_adapters.tastytrade.http.session import VenueSession
from tastyflow_adapters.tastytrade.orders.order_body import order_body
from tastyflow_adapters.tastytrade.orders.order_search import PER_PAGE

pytestmark = pytest.mark.anyio
ORDERS, LIVE, ONE = f"{AT}/orders", f"{AT}/orders/live", f"{AT}/orders/1001"


def accepts(heard):
    return data({"order": placed(heard.body), "warnings": [], "buying-power-effect": {}}, 201)


def listed(tag=TAG, **more):
    return placed(order_body(limit(), external_id=tag), **more)


# ── placing ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_an_order_is_placed_and_its_echo_is_the_ticket(scripted, broker):
    scripted.on("POST", ORDERS, accepts)
    order = await broker.place(limit(), external_id=TAG)
    assert (order.broker_order, order.external_id, order.status) == ("1001", TAG, Status.ROUTED)
    assert order.ticket.digest == limit().digest
    heard = scripted.asked("POST", ORDERS)
    assert [each.body for each in heard] == [order_body(limit(), external_id=TAG)]


def damaged(heard):
    return Reply(201, json.dumps({"data": {"order": placed(heard.body)}}).encode()[:-10])


def odd(**more):
    return lambda heard: data({"order": placed(heard.body, **more)}, 201)


ODD_FILL = [{"instrument-type": "Equity Option", "symbol": "SPY", "fills": [{"fill-id": "a", "quantity": "0.5"}]}]


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


NOT_TAKEN = [Reply(401, b"<html>"), Reply(429, b"")]


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


# ── searching ──────────────────────────────────────────────────────────────────────────────────────────────────────


def page_of(rows, number, pages):
    return items(*rows, pages=pages, page=number)


async def test_a_search_reads_every_page_and_takes_exactly_our_tag(scripted, broker):
    strangers = [listed(tag=tag, order_id=n) for n, tag in enumerate(["", TAG + "0", TAG[:-1], TAG.upper()], 1)]
    scripted.on(
        "GET", ORDERS, page_of(strangers, 0, 3), page_of([], 1, 3), page_of([listed(order_id=77, status="Live")], 2, 3)
    )
    assert [order.broker_order for order in await broker.find(TAG)] == ["77"]
    heard = scripted.asked("GET", ORDERS)
    assert [each.query["page-offset"] for each in heard] == ["0", "1", "2"]
    assert {each.query["sort"] for each in heard} == {"Desc"}


async def test_an_order_listed_twice_is_one_and_its_newest_self(scripted, broker):
    scripted.on("GET", LIVE, items(listed(status="Live")))
    filled = listed(status="Filled") | {"updated-at": 1781292899999}
    scripted.on("GET", ORDERS, items(filled, listed(status="Routed") | {"updated-at": 1}))
    assert [order.status for order in await broker.find(TAG)] == [Status.FILLED]


async def test_two_orders_with_one_tag_are_both_found(scripted, broker):
    scripted.on("GET", LIVE, items(listed(order_id=1002)))
    scripted.on("GET", ORDERS, items(listed(order_id=1001)))
    assert [order.broker_order for order in await broker.find(TAG)] == ["1001", "1002"]


UNREADABLE = [
    listed(tag="", order_id=9, status="Something New"),
    listed(tag="", order_id=9, legs=ODD_FILL),
    listed(tag="my-own", order_id=9, legs=ODD_FILL),
    listed(tag="", order_id=9, **{"replaces-order-id": 8, "legs": ODD_FILL}),
]
SINCE = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.mark.parametrize("stranger", UNREADABLE)
async def test_an_order_of_a_stranger_that_cannot_be_read_keeps_no_other_from_being_listed(scripted, broker, stranger):
    scripted.on("GET", LIVE, items(stranger, listed(status="Live")))
    scripted.on("GET", ORDERS, items())
    assert [order.broker_order for order in await broker.listed(SINCE)] == ["1001"]


@pytest.mark.parametrize(
    "ours",
    [
        [listed(status="Something New")],
        [listed(status="Cancelled"), listed(tag="", order_id=9, **{"replaces-order-id": 1001, "legs": ODD_FILL})],
        [
            listed(status="Cancelled"),
            listed(tag="", order_id=8, status="Cancelled", **{"replaces-order-id": 1001}),
            listed(tag="", order_id=9, **{"replaces-order-id": 8, "legs": ODD_FILL}),
        ],
        [
            listed(status="Cancelled", **{"replacing-order-id": 9}),
            listed(tag="", order_id=9, legs=ODD_FILL),
        ],
    ],
)
async def test_a_list_without_what_became_of_ours_is_none(scripted, broker, ours):
    scripted.on("GET", LIVE, items(*ours))
    scripted.on("GET", ORDERS, items())
    with pytest.raises(OutcomeUnknown):
        await broker.listed(SINCE)


FULL = [listed(tag=f"t{n}", order_id=n + 1) for n in range(PER_PAGE)]
BROKEN = {
    "a page of HTML": HTML,
    "no answer": Reply(drops=True),
    "no list": data({"items": None}),
    "a row that is none": data({"items": [None]}),
    "ours, with a status that nobody knows": items(listed(status="Something New")),
}
BROKEN_PAGES = BROKEN | {
    "full, and not a word on more": data({"items": FULL}),
    "pages without a number": data({"items": []}, pagination={"total-pages": "many"}),
}


@pytest.mark.parametrize("name", BROKEN_PAGES)
async def test_a_search_with_a_broken_page_is_no_search(scripted, broker, name):
    scripted.on("GET", ORDERS, page_of([listed(order_id=5)], 0, 2), BROKEN_PAGES[name])
    with pytest.raises(OutcomeUnknown):
        await broker.find(TAG)


@pytest.mark.parametrize("name", BROKEN)
async def test_a_search_without_the_orders_of_today_is_no_search(scripted, broker, name):
    scripted.on("GET", LIVE, BROKEN[name])
    scripted.on("GET", ORDERS, items(listed()))
    with pytest.raises(OutcomeUnknown):
        await broker.find(TAG)


async def test_an_order_of_somebody_else_that_cannot_be_read_spoils_no_search(scripted, broker):
    scripted.on("GET", LIVE, items(listed(tag="theirs", status="Something New"), listed()))
    assert [order.broker_order for order in await broker.find(TAG)] == ["1001"]


async def test_a_search_goes_by_the_venues_clock(scripted, broker, jumping):
    jumping.jumped_s += 400 * 86_400  # this machine's is a year ahead
    await broker.find(TAG)
    await broker.find(TAG)
    assert scripted.asked("GET", ORDERS)[-1].query["start-at"] < (jumping.now() - timedelta(days=300)).isoformat()


async def test_a_search_goes_back_over_a_long_weekend_and_further_than_the_sending(scripted, broker, jumping):
    await broker.find(TAG)
    scripted.on("POST", ORDERS, accepts)
    await broker.place(limit(), external_id=TAG)
    await broker.find(TAG)
    now = jumping.now()
    starts = [heard.query["start-at"] for heard in scripted.asked("GET", ORDERS)]
    assert starts[0] < (now - timedelta(days=4)).isoformat()
    assert (now - timedelta(days=2)).isoformat() < starts[1] < (now - timedelta(hours=12)).isoformat()


async def test_an_order_is_looked_at_by_its_number(scripted, broker):
    scripted.on("GET", ONE, data(listed(status="Live")))
    assert (await broker.get("1001")).status is Status.LIVE
    assert await broker.get("1002") is None


FILL = {"fill-id": "a", "quantity": 10, "fill-price": "2.45", "filled-at": "2026-11-20T15:00:01Z"}


async def test_a_filled_order_that_lacks_fills_is_asked_for_again_and_not_for_ever(scripted, broker):
    bare, whole = listed(status="Filled"), listed(status="Filled")
    whole["legs"] = [whole["legs"][0] | {"fills": [FILL]}]
    scripted.on("GET", ONE, data(bare), data(whole))
    assert (await broker.get("1001")).filled(CALL.occ) == 10
    scripted.on("GET", ONE, data(bare))
    assert (await broker.get("1001")).fills == ()
    assert len(scripted.asked("GET", ONE)) == 2 + 3


@given(st.text(max_size=12).filter(lambda text: not (text.isascii() and text.isdigit())))
@settings(max_examples=50, deadline=None)
def test_nothing_but_a_number_is_asked_for(text):
    async def look():
        class NoSession:
            connection = None

        broker = TastytradeBroker.__new__(TastytradeBroker)
        broker._session, broker._at = NoSession(), AT
        return await broker.get(text)

    assert asyncio.run(look()) is None


async def test_an_order_that_cannot_be_read_is_not_taken_for_gone(scripted, broker):
    scripted.on("GET", ONE, data(listed(status="Something New")))
    with pytest.raises(OutcomeUnknown):
        await broker.get("1001")


# ── cancelling and replacing ───────────────────────────────────────────────────────────────────────────────────────


async def test_our_order_is_cancelled(scripted, broker):
    scripted.on("GET", ONE, data(listed(status="Live")))
    scripted.on("DELETE", ONE, data(listed(status="Cancel Requested")))
    assert (await broker.cancel("1001")).status is Status.CANCEL_REQUESTED


async def test_what_we_placed_is_cancelled_without_looking_first(scripted, broker):
    scripted.on("POST", ORDERS, accepts)
    scripted.on("DELETE", ONE, data(listed(status="Cancel Requested")))
    await broker.place(limit(), external_id="any-tag")
    await broker.cancel("1001")
    assert not scripted.asked("GET", ONE)


@pytest.mark.parametrize("tag", [None, "another-program", "tf1-p-abcdefghij0123456789-1", "tf", "TF1-S-x"])
async def test_an_order_that_is_not_ours_is_never_touched(scripted, broker, tag):
    scripted.on("GET", ONE, data(listed() | {"external-identifier": tag, "status": "Live"}))
    scripted.on("DELETE", ONE, data(listed()))
    scripted.on("PUT", ONE, data(listed()))
    for touch in (broker.cancel("1001"), broker.replace("1001", limit("2.6"), external_id=TAG)):
        with pytest.raises(VenueRefused) as refusal:
            await touch
        assert refusal.value.code == "external_order"
    assert not scripted.asked("DELETE", ONE)
    assert not scripted.asked("PUT", ONE)


async def test_an_order_that_cannot_be_looked_at_is_not_touched_either(scripted, broker):
    scripted.on("GET", ONE, HTML)
    with pytest.raises(NotSent):
        await broker.cancel("1001")
    with pytest.raises(NotSent):
        await broker.replace("1001", limit("2.6"), external_id=TAG)


@pytest.mark.parametrize("number", ["1002", "no-such-order", "../1001", ""])
async def test_an_order_that_is_not_there_is_not_cancelled(broker, number):
    with pytest.raises(VenueRefused) as refusal:
        await broker.cancel(number)
    assert refusal.value.code == "not_found"


@pytest.mark.parametrize(
    ("answer", "failure", "code"),
    [
        (error(422, "cannot_update_order", "the order could not be cancelled"), VenueRefused, "cannot_cancel"),
        (error(422, "outer", "x", {"code": "cannot_update_order", "message": "x"}), VenueRefused, "cannot_cancel"),
        (error(403, "not_permitted", "x"), VenueRefused, "not_permitted"),
        (Reply(429, b""), NotSent, "rate_limited"),
        (Reply(401, b""), NotSent, "unauthorized"),
        (HTML, OutcomeUnknown, "http_502"),
        (Reply(drops=True), OutcomeUnknown, "no_answer"),
        (data({"id": 1001, "status": "?"}), OutcomeUnknown, "unreadable"),
    ],
    ids=str,
)
async def test_a_cancel_that_fails_says_how_certainly(scripted, broker, answer, failure, code):
    scripted.on("GET", ONE, data(listed(status="Live")))
    scripted.on("DELETE", ONE, answer)
    with pytest.raises(failure) as raised:
        await broker.cancel("1001")
    assert raised.value.code == code


@pytest.mark.parametrize("answer", [Reply(204, b""), Reply(200, b"<html>"), data({"id": 4, "status": "Live"})], ids=str)
async def test_a_cancel_whose_answer_says_too_little_is_looked_after(scripted, broker, answer):
    scripted.on("GET", ONE, data(listed(status="Live")), data(listed(status="Cancel Requested")))
    scripted.on("DELETE", ONE, answer)
    assert (await broker.cancel("1001")).status is Status.CANCEL_REQUESTED


@pytest.mark.parametrize("first", NOT_TAKEN, ids=str)
async def test_a_cancel_that_was_not_taken_is_asked_for_again(scripted, broker, first):
    scripted.on("GET", ONE, data(listed(status="Live")))
    scripted.on("DELETE", ONE, first, data(listed(status="Cancel Requested")))
    assert (await broker.cancel("1001")).status is Status.CANCEL_REQUESTED


def replaces(heard):
    legs = listed()["legs"]
    return data(placed(heard.json | {"legs": legs}, order_id=1002))


NEW = TAG[:-1] + "2"


async def test_a_replacement_carries_no_legs_and_is_a_new_order(scripted, broker):
    scripted.on("GET", ONE, data(listed(status="Live")))
    scripted.on("PUT", ONE, replaces)
    new = await broker.replace("1001", limit("2.6"), external_id=NEW)
    assert (new.broker_order, new.replaces, new.external_id) == ("1002", "1001", NEW)
    assert new.ticket.digest == limit("2.6").digest
    assert "legs" not in scripted.asked("PUT", ONE)[0].json


@pytest.mark.parametrize(
    "ticket", [limit("2.6", 11), limit("2.6", action=STC)], ids=["another quantity", "another action"]
)
async def test_a_replacement_with_other_legs_is_not_sent(scripted, broker, ticket):
    scripted.on("GET", ONE, data(listed(status="Live")))
    with pytest.raises(VenueRefused) as refusal:
        await broker.replace("1001", ticket, external_id=NEW)
    assert refusal.value.code == "other_legs"
    assert not scripted.asked("PUT", ONE)


@pytest.mark.parametrize(("left", "is_sent"), [(5, False), (6, True), (7, False), (10, False)])
async def test_a_replacement_is_for_what_the_old_order_has_left(scripted, broker, left, is_sent):
    old = listed(status="Live")
    filled = {"fill-id": "f1", "quantity": 4, "fill-price": "2.5", "filled-at": "2026-11-20T15:00:00.000+00:00"}
    old["legs"][0] |= {"remaining-quantity": 6, "fills": [filled]}
    scripted.on("GET", ONE, data(old))
    scripted.on("PUT", ONE, replaces)
    with nullcontext() if is_sent else pytest.raises(VenueRefused, match="what these have left"):
        await broker.replace("1001", limit("2.6", left), external_id=NEW)
    assert len(scripted.asked("PUT", ONE)) == is_sent


async def test_what_is_over_is_not_replaced(scripted, broker):
    scripted.on("GET", ONE, data(listed(status="Filled")))
    with pytest.raises(VenueRefused):
        await broker.replace("1001", limit("2.6"), external_id=NEW)
    assert not scripted.asked("PUT", ONE)


@pytest.mark.parametrize("answer", [HTML, Reply(drops=True), Reply(200, b""), lambda _: data(listed())])
async def test_a_replacement_without_an_answer_is_unknown(scripted, broker, answer):
    scripted.on("GET", ONE, data(listed(status="Live")))
    scripted.on("PUT", ONE, answer)
    with pytest.raises(OutcomeUnknown):
        await broker.replace("1001", limit("2.6"), external_id=NEW)
    assert len(scripted.asked("PUT", ONE)) == 1


# ── the account ────────────────────────────────────────────────────────────────────────────────────────────────────


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


# ── opening ────────────────────────────────────────────────────────────────────────────────────────────────────────


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
        assert tag.startswith(own_prefix(venue))
        assert not tag.startswith(own_prefix(other))


def test_the_effect_of_a_ticket_is_a_word_of_the_wire():
    assert {effect.value.capitalize() for effect in PriceEffect} == {"Debit", "Credit"}
    assert Kind.ORDER.value == "order"


# ── a no that is not the venue's own ───────────────────────────────────────────────────────────────────────────────

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


@pytest.mark.parametrize("days", [1, 8, 400])
async def test_a_search_goes_back_to_the_claim_however_old_it_is(scripted, broker, jumping, days):
    claimed = jumping.now() - timedelta(days=days)
    await broker.find(TAG, since=claimed)
    assert scripted.asked("GET", ORDERS)[-1].query["start-at"] < claimed.isoformat()


async def test_a_claim_that_lies_in_the_future_is_searched_for_from_now_on_back(scripted, broker, jumping):
    await broker.find(TAG, since=jumping.now() + timedelta(days=30))
    assert scripted.asked("GET", ORDERS)[-1].query["start-at"] < jumping.now().isoformat()
