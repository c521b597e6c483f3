"""
What every adapter owes to the port `tastyflow.ports.Broker`: placing, finding, cancelling, replacing, holding.

No case knows which broker it runs on (`tests.contract.venue_under_test`). The others stand in
``test_broker_contract_fates.py`` (what becomes of an order), ``…_failures.py`` (what goes wrong on the way),
``…_calendar.py`` (prices, days, accounts) and ``…_desk.py`` (crashes and repetitions, with a desk on two such brokers).
"""

import pytest

from tastyflow.domain.instruments import EquityOption
from tastyflow.domain.venue import Status, Venue
from tastyflow.errors import VenueRefused
from tests.contract.tickets import (
    STC,
    closing,
    limit,
    market_order,
    marketable,
    resting,
    unaffordable,
    unlisted,
    vertical,
)
from tests.contract.venue_under_test import in_the_end

pytestmark = pytest.mark.anyio


async def test_c01_the_account_belongs_to_the_venue(subject):
    account = await subject.broker.account()
    assert account.venue is subject.broker.venue
    assert isinstance(subject.broker.venue, Venue)
    assert account.number
    assert not account.is_frozen
    assert not account.is_closing_only


async def test_c02_a_dry_run_places_nothing(subject):
    answer = await subject.broker.dry_run(marketable(2))
    assert -2100 < answer.buying_power_change_usd < -2000
    assert 0 <= answer.fees_usd < 20
    assert not await subject.broker.positions()
    assert not subject.ledger()


async def test_c03_the_answer_to_placing_names_the_order_and_echoes_ticket_and_tag(subject):
    ticket = resting(3)
    order = await subject.broker.place(ticket, external_id="tag-1")
    assert order.broker_order
    assert order.external_id == "tag-1"
    assert order.ticket is None or order.ticket.digest == ticket.digest
    assert not order.status.is_terminal
    assert subject.ledger() == ["tag-1"]


async def test_c04_what_was_placed_is_found_by_its_tag_and_by_its_name(subject):
    order = await subject.broker.place(resting(1), external_id="tag-1")
    assert [found.broker_order for found in await subject.broker.find("tag-1")] == [order.broker_order]
    assert (await subject.broker.get(order.broker_order)).external_id == "tag-1"
    assert not await subject.broker.find("tag-2")
    assert not await subject.broker.find("tag")
    assert await subject.broker.get("999999999") is None
    assert await subject.broker.get("no-such-order") is None


async def test_c05_a_tag_is_no_idempotency_key(subject):
    first = await subject.broker.place(resting(1), external_id="tag-1")
    second = await subject.broker.place(resting(1), external_id="tag-1")
    assert first.broker_order != second.broker_order
    found = {each.broker_order for each in await subject.broker.find("tag-1")}
    assert found == {first.broker_order, second.broker_order}


async def test_c06_a_marketable_order_fills_completely_and_makes_a_position(subject):
    """Scenario 1."""
    ticket = marketable(4)
    order = await in_the_end(subject, (await subject.broker.place(ticket, external_id="t")).broker_order)
    symbol = ticket.legs[0].instrument.occ
    assert order.status is Status.FILLED
    assert order.filled(symbol) == 4
    assert len({fill.fill_id for fill in order.fills}) == len(order.fills)
    assert all(fill.price > 0 and fill.quantity > 0 and fill.symbol == symbol for fill in order.fills)
    held = {position.instrument: position.quantity for position in await subject.broker.positions()}
    assert held == {ticket.legs[0].instrument: 4}


async def test_c07_a_fill_costs_money(subject):
    before = await subject.broker.balances()
    await in_the_end(subject, (await subject.broker.place(marketable(1), external_id="t")).broker_order)
    after = await subject.broker.balances()
    assert after.cash_usd < before.cash_usd
    assert after.buying_power_usd < before.buying_power_usd
    assert before.cash_usd - 1100 < after.net_liquidating_value_usd <= before.cash_usd


async def test_c08_opened_and_closed_leaves_nothing(subject):
    await in_the_end(subject, (await subject.broker.place(marketable(2), external_id="t1")).broker_order)
    closed = await subject.broker.place(closing(2), external_id="t2")
    assert (await in_the_end(subject, closed.broker_order)).status is Status.FILLED
    assert not await subject.broker.positions()


async def test_c09_a_resting_order_is_cancelled(subject):
    order = await subject.broker.place(resting(1), external_id="t")
    asked = await subject.broker.cancel(order.broker_order)
    assert asked.broker_order == order.broker_order
    ended = await in_the_end(subject, order.broker_order)
    assert (ended.status, ended.fills) == (Status.CANCELLED, ())


async def test_c10_what_is_over_cannot_be_cancelled(subject):
    """Scenario 9, after the race."""
    order = await subject.broker.place(marketable(1), external_id="t")
    await in_the_end(subject, order.broker_order)
    with pytest.raises(VenueRefused) as refusal:
        await subject.broker.cancel(order.broker_order)
    assert refusal.value.code == "cannot_cancel"


@pytest.mark.parametrize("ticket", [unlisted(), unaffordable()], ids=["unlisted", "unaffordable"])
async def test_c11_a_refused_order_does_not_exist(subject, ticket):
    for ask in (subject.broker.dry_run, lambda refused: subject.broker.place(refused, external_id="t")):
        with pytest.raises(VenueRefused) as refusal:
            await ask(ticket)
        assert refusal.value.code
        assert str(refusal.value)
    assert not await subject.broker.find("t")
    assert not subject.ledger()


async def test_c12_a_replacement_is_a_new_order_and_the_old_one_points_to_it(subject):
    """Scenario 10, seen by asking."""
    old = await subject.broker.place(resting(2), external_id="old")
    new = await subject.broker.replace(old.broker_order, resting(2, worse=1), external_id="new")
    assert new.broker_order != old.broker_order
    assert new.replaces == old.broker_order
    ended = await in_the_end(subject, old.broker_order)
    assert (ended.status, ended.replaced_by) == (Status.CANCELLED, new.broker_order)
    assert not (await subject.broker.get(new.broker_order)).status.is_terminal
    assert [found.broker_order for found in await subject.broker.find("new")] == [new.broker_order]


async def test_c13_what_is_over_cannot_be_replaced(subject):
    order = await subject.broker.place(marketable(1), external_id="t")
    await in_the_end(subject, order.broker_order)
    with pytest.raises(VenueRefused):
        await subject.broker.replace(order.broker_order, resting(1), external_id="t2")
    assert not await subject.broker.find("t2")


@pytest.mark.parametrize("ask", ["cancel", "replace"])
async def test_c14_what_does_not_exist_can_be_neither_cancelled_nor_replaced(subject, ask):
    arguments = ((), {}) if ask == "cancel" else ((resting(),), {"external_id": "t"})
    with pytest.raises(VenueRefused) as refusal:
        await getattr(subject.broker, ask)("999999999", *arguments[0], **arguments[1])
    assert refusal.value.code
    assert not subject.ledger()


async def test_c15_polling_alone_sees_an_order_to_its_end(subject):
    order = await subject.broker.place(marketable(1), external_id="t")
    ended = await in_the_end(subject, order.broker_order)
    assert (await subject.broker.find("t"))[0] == ended
    assert isinstance(ended.ticket.legs[0].instrument, EquityOption)


async def test_c16_every_shape_of_ticket_is_echoed_to_the_letter(subject):
    await in_the_end(subject, (await subject.broker.place(market_order(2), external_id="open")).broker_order)
    tickets = [resting(3), vertical("2.00"), limit("11.00", action=STC)]
    for number, ticket in enumerate(tickets):
        placed = await subject.broker.place(ticket, external_id=f"t{number}")
        echoed = await subject.broker.get(placed.broker_order)
        assert echoed.ticket.digest == ticket.digest
        await subject.broker.cancel(placed.broker_order)
        await in_the_end(subject, placed.broker_order)


async def test_c17_more_orders_than_a_page_holds_are_all_searched(subject):
    """Scenarios 13 and 23 rest on it: a search that overlooks a page overlooks the order."""
    await in_the_end(subject, (await subject.broker.place(marketable(1), external_id="the oldest")).broker_order)
    await subject.pass_time(2 * 86_400)  # it is no longer among today's
    for number in range(105):
        await subject.broker.place(limit("0.50"), external_id=f"t{number}")
    assert [found.status for found in await subject.broker.find("the oldest")] == [Status.FILLED]
    assert len(subject.ledger()) == 106


async def test_c18_a_broker_that_is_there_is_ready(subject):
    assert await subject.broker.ready() is None
    assert not subject.ledger()
