"""A search is complete or it is none: all pages, exactly our tag, since the claim, by the venue's clock."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tt_kit import (
    AT,
    CALL,
    HTML,
    LIVE,
    ODD_FILL,
    ONE,
    ORDERS,
    TAG,
    Reply,
    accepts,
    data,
    items,
    limit,
    listed,
)

from tastyflow.domain.venue import Status
from tastyflow.errors import OutcomeUnknown
from tastyflow_adapters.tastytrade.broker import TastytradeBroker
from tastyflow_adapters.tastytrade.orders.order_search import PER_PAGE

pytestmark = pytest.mark.anyio


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
    "ours, with a status that is not known here": items(listed(status="Something New")),
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


@pytest.mark.parametrize("days", [1, 8, 400])
async def test_a_search_goes_back_to_the_claim_however_old_it_is(scripted, broker, jumping, days):
    claimed = jumping.now() - timedelta(days=days)
    await broker.find(TAG, since=claimed)
    assert scripted.asked("GET", ORDERS)[-1].query["start-at"] < claimed.isoformat()


async def test_a_claim_that_lies_in_the_future_is_searched_for_from_now_on_back(scripted, broker, jumping):
    await broker.find(TAG, since=jumping.now() + timedelta(days=30))
    assert scripted.asked("GET", ORDERS)[-1].query["start-at"] < jumping.now().isoformat()
