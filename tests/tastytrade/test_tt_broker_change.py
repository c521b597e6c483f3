"""Cancelling and replacing: only what is ours, and what became of it is said with its certainty."""

from contextlib import nullcontext

import pytest
from tt_kit import (
    HTML,
    NOT_TAKEN,
    ONE,
    ORDERS,
    STC,
    TAG,
    Reply,
    accepts,
    data,
    error,
    limit,
    listed,
    placed,
)

from tastyflow.domain.venue import Status
from tastyflow.errors import NotSent, OutcomeUnknown, VenueRefused

pytestmark = pytest.mark.anyio


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
