"""The way out at the desk: sizes that the position says, every leg at once, and the cancel of every trader's orders."""

import asyncio
import re
from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tastyflow.application.attribution import because_of_operator
from tastyflow.application.card.wording import rows_of
from tastyflow.application.flattener import Flattener
from tastyflow.application.intake.drafting import Intake
from tastyflow.application.intake.held_sizes import arithmetic
from tastyflow.application.message import Consent
from tastyflow.domain.commands import Flatten, HeldPart
from tastyflow.domain.instruments import Equity
from tastyflow.domain.order.events import CancelRequested, OrderDrafted
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.policy import Confirm
from tastyflow.domain.ticket import Action, Strategy
from tastyflow.domain.trader import Limits, Permission
from tastyflow.domain.trader.permissions import GRANTABLE
from tastyflow.domain.venue import Position
from tastyflow.errors import StoreFailure, VenueRefused
from tastyflow_adapters.fake import Plan, ScriptedModel
from tastyflow_adapters.fake.order_plan import cancelled, fill, live
from tests.application.kit import FRIDAY, LENIENT, log, register
from tests.application.soundness import assert_sound
from tests.application.strategy_kit import CALLS, PUTS, completed, hold, option, refused, sides

pytestmark = pytest.mark.anyio
DEC = "Dec 18"
LEAST = "Half of the 1 held is 1, the least that can be closed."
CONDOR = ((430, PUTS, 2), (435, PUTS, -2), (465, CALLS, -2), (470, CALLS, 2))


def hold_shares(house, symbol, quantity):
    position = Position(Equity(symbol), quantity, Decimal(1))
    house.live.endow(position)
    house.rehearsals.endow(position)


async def ask(house, desk, text, **who):
    return await house.until(desk.ask(house.message(text, **who)))


async def held(house):
    return {each.instrument: each.quantity for each in await house.until(house.live.positions()) if each.quantity}


def rests(ticket):
    return Plan((live(),), on_cancel=(cancelled(),))


def resting(*, when):
    """A venue where an order rests if *when* is true of its ticket, and fills whole otherwise."""
    fills = lambda ticket: Plan((live(), fill(ticket.units)))  # noqa: E731
    return ScriptedModel(lambda ticket: rests(ticket) if when(ticket) else fills(ticket))


# ── sizes that the position says ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "held_now", "leg", "told"),
    [
        (f"close SPY 450C {DEC}", 5, ("sell_to_close", 5, 450), "It closes all 5 held."),
        (f"close SPY 450C {DEC}", -5, ("buy_to_close", 5, 450), "It closes all 5 held."),
        (f"STC half SPY 450C {DEC}", 5, ("sell_to_close", 2, 450), "Half of the 5 held is 2, rounded down."),
        (f"STC 1/3 SPY 450C {DEC}", 7, ("sell_to_close", 2, 450), "A third of the 7 held is 2, rounded down."),
        (f"BTC 25% SPY 450C {DEC}", -9, ("buy_to_close", 2, 450), "A quarter of the 9 held is 2, rounded down."),
        (f"close half SPY 450C {DEC}", 1, ("sell_to_close", 1, 450), LEAST),
        (f"sell half of my SPY 450C {DEC}", 4, ("sell_to_close", 2, 450), "Half of the 4 held is 2."),
    ],
)
async def test_a_close_without_a_number_or_with_a_part_is_what_the_position_says(house, text, held_now, leg, told):
    hold(house, (450, CALLS, held_now))
    done = await completed(house, text)
    assert sides(done.ticket) == [leg]
    assert told in done.completions


async def test_shares_are_closed_by_what_is_held_too(house):
    hold_shares(house, "SPY", 150)
    done = await completed(house, "close half my SPY shares")
    assert [(leg.action, leg.quantity) for leg in done.ticket.legs] == [(Action.SELL_TO_CLOSE, 75)]


async def test_of_a_strategy_by_its_name_whole_ones_are_closed_and_the_rest_is_told(house):
    hold(house, (440, CALLS, 3), (450, CALLS, -4), (460, CALLS, 2))
    done = await completed(house, f"close SPY 440/450/460 call butterfly {DEC} @ natural")
    assert sides(done.ticket) == [("sell_to_close", 2, 440), ("buy_to_close", 4, 450), ("sell_to_close", 2, 460)]
    assert done.command.strategy is Strategy.BUTTERFLY
    assert "It closes all 2 butterflies held." in done.completions
    assert "1 more of SPY 440 call Dec 18 2026 stay held." in done.completions


async def test_as_many_butterflies_are_held_as_their_middle_allows(house):
    hold(house, (440, CALLS, 3), (450, CALLS, -3), (460, CALLS, 3))
    done = await completed(house, f"close SPY 440/450/460 call butterfly {DEC} @ natural")
    assert sides(done.ticket) == [("sell_to_close", 1, 440), ("buy_to_close", 2, 450), ("sell_to_close", 1, 460)]


async def test_half_of_the_condors_held_is_that_many_condors(house):
    hold(house, *((strike, right, 2 * quantity) for strike, right, quantity in CONDOR))
    done = await completed(house, f"close half SPY 430/435/465/470 iron condor {DEC} @ natural")
    assert {leg.quantity for leg in done.ticket.legs} == {2}
    assert "Half of the 4 iron condors held is 2." in done.completions


async def test_legs_one_by_one_are_each_closed_by_their_own_position(house):
    hold(house, (450, CALLS, 3), (460, CALLS, -1))
    done = await completed(house, f"close half SPY 450C {DEC}, close SPY 460C {DEC} @ natural")
    assert sides(done.ticket) == [("sell_to_close", 1, 450), ("buy_to_close", 1, 460)]


@pytest.mark.parametrize("text", [f"close SPY 450C {DEC}", f"STC half SPY 450C {DEC}"])
async def test_of_nothing_there_is_no_part(house, text):
    no = await refused(house, text, "nothing_to_close")
    assert no.suggestions == ()


async def test_the_wrong_side_is_offered_the_other_way_round(house):
    hold(house, (450, CALLS, -5))
    no = await refused(house, f"STC half SPY 450C {DEC}", "nothing_to_close")
    assert no.suggestions == ("close half SPY 450 call Fri Dec 18 2026 (28 DTE) day",)


async def test_where_one_leg_is_missing_those_that_are_held_are_offered(house):
    hold(house, (450, CALLS, 2))
    no = await refused(house, f"close SPY 450/460 call vertical {DEC}", "nothing_to_close")
    assert no.suggestions == ("close all SPY 450 call Fri Dec 18 2026 (28 DTE) day",)


async def test_what_working_orders_close_already_is_not_closed_again(build):
    house = await build(models=(None, resting(when=lambda ticket: True)))
    hold(house, (450, CALLS, 5))
    async with house.desk() as desk:
        await house.place(desk, f"STC 3 SPY 450C {DEC} @ 99.00")
        rest = await house.place(desk, f"close SPY 450C {DEC}")
        assert [leg.quantity for leg in rest.legs] == [2]
        none = await house.place(desk, f"close half SPY 450C {DEC}")
    assert (none.stage, none.code) == (Stage.REFUSED, "being_closed")
    assert none.message == "All 5 held are being closed by working orders already."


async def test_the_card_shows_the_arithmetic_of_what_is_held_less_what_working_orders_close(build):
    house = await build(models=(None, resting(when=lambda ticket: ticket.units == 2)))
    hold(house, (450, CALLS, 7))
    async with house.desk() as desk:
        await house.place(desk, f"STC 2 SPY 450C {DEC} @ 99.00")
        asked = house.message(f"close half SPY 450C {DEC} @ natural", consent=Consent.ALWAYS)
        order = await house.until(desk.place(asked))
        rows = {row.name: row.lines for row in rows_of(await house.until(desk.card(order)))}
    assert rows["order"][0] == "sell to close 2 SPY 450 call · +7 held, 2 being closed by working orders"
    told = "7 held, 2 being closed by working orders: half of the 5 left is 2, rounded down."
    assert rows["settled"][0] == told


async def test_the_whole_strategies_that_working_orders_close_are_in_the_arithmetic_too(build):
    house = await build(models=(None, resting(when=lambda ticket: True)))
    hold(house, *((strike, right, 2 * quantity) for strike, right, quantity in CONDOR))
    condor = f"SPY 430/435/465/470 iron condor {DEC}"
    async with house.desk() as desk:
        await house.place(desk, f"close 1 {condor} @ .05")
    done = await completed(house, f"close {condor} @ natural")
    told = "4 iron condors held, 1 being closed by working orders: it closes the 3 left."
    assert done.completions[0] == told


@pytest.mark.parametrize(
    ("text", "held_now", "message"),
    [
        (f"close SPY 450C {DEC}", 0, "There is no position in SPY 450 call Dec 18 2026 to close."),
        (f"STC 1 SPY 450C {DEC}", 0, "There is no position in SPY 450 call Dec 18 2026 to close."),
        (f"BTC half SPY 450C {DEC}", 5, "SPY 450 call Dec 18 2026 is held long (+5): to be closed it is sold."),
        (f"STC 1 SPY 450C {DEC}", -5, "SPY 450 call Dec 18 2026 is held short (-5): to be closed it is bought back."),
        ("close half my SPY shares", 0, "There is no position in SPY shares to close."),
    ],
)
async def test_a_refusal_says_what_is_not_held_or_that_it_is_on_the_other_side(house, text, held_now, message):
    if held_now:
        hold(house, (450, CALLS, held_now))
    assert (await refused(house, text, "nothing_to_close")).message == message


@given(st.sampled_from(HeldPart), st.integers(1, 50), st.data())
def test_the_arithmetic_can_be_checked_by_hand(part, held, data):
    closable = data.draw(st.integers(1, held))
    told = arithmetic(part, held, closable)
    numbers = [int(number) for number in re.findall(r"\d+", told)]
    count = part.of(closable)
    busy = [held, held - closable] if closable < held else []
    expected = [*busy, closable] if part is HeldPart.ALL else [*busy, closable, count]
    assert numbers == expected
    assert ("rounded down" in told) is (count * part.divisor < closable)
    assert ("the least" in told) is (count * part.divisor > closable)
    assert 1 <= count <= closable


# ── every leg at once ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "words", ["flatten SPY", "close SPY", "exit SPY", "flatten all", "close all", "close everything"]
)
async def test_flatten_closes_every_leg_and_lists_its_orders(house, words):
    hold(house, *CONDOR, (450, CALLS, 3))
    hold_shares(house, "SPY", 100)
    async with house.desk() as desk:
        reply = await ask(house, desk, words)
    assert [order.stage for order in reply.orders] == [Stage.FILLED] * 3
    assert {order.strategy for order in reply.orders} == {Strategy.IRON_CONDOR, Strategy.SINGLE}
    assert isinstance(reply.command, Flatten)
    assert await held(house) == {}
    assert all(not leg.action.opens for order in reply.orders for leg in order.legs)
    assert_sound(house)


async def test_only_what_is_held_on_the_underlying_is_closed(house):
    hold(house, (450, CALLS, 3))
    hold_shares(house, "AAPL", 50)
    async with house.desk() as desk:
        reply = await ask(house, desk, "flatten AAPL")
    assert [leg.instrument for order in reply.orders for leg in order.legs] == [Equity("AAPL")]
    assert await held(house) == {option(450, CALLS): 3}


async def test_close_half_closes_that_part_of_every_leg(house):
    hold(house, (450, CALLS, 5))
    hold_shares(house, "SPY", 100)
    async with house.desk() as desk:
        await ask(house, desk, "close half SPY")
    assert await held(house) == {option(450, CALLS): 3, Equity("SPY"): 50}


async def test_each_close_is_an_order_of_its_own_that_was_asked_for_by_that_message(house):
    hold(house, (450, CALLS, 1))
    hold_shares(house, "SPY", 100)
    async with house.desk() as desk:
        reply = await ask(house, desk, "flatten SPY", message="m")
    assert [order.asked.message for order in reply.orders] == ["m#1", "m#2"]
    assert {(order.asked.text, order.asked.reply_to) for order in reply.orders} == {("flatten SPY", "m")}


async def test_the_same_message_again_is_the_same_orders(house):
    hold(house, (450, CALLS, 4), (460, CALLS, 2))
    async with house.desk() as desk:
        first = await ask(house, desk, "close half SPY", message="m")
        again = await ask(house, desk, "close half SPY", message="m")
    assert [order.id for order in again.orders] == [order.id for order in first.orders]
    assert await held(house) == {option(450, CALLS): 2, option(460, CALLS): 1}


async def test_a_message_that_was_carried_out_in_part_says_that_something_is_still_held(house):
    """As after a crash behind its first order: it never plans again, and never claims that all is closed."""
    hold(house, (450, CALLS, 4), (460, CALLS, 2))
    async with house.desk() as desk:
        one = desk.intake.understand(house.message("close 4 SPY 450 call Dec 18 2026 @ natural"))
        first = await house.until(desk.take(house.message("flatten SPY", message="m#1"), one))
        assert first.stage is Stage.FILLED
        reply = await ask(house, desk, "flatten SPY", message="m")
        assert [order.id for order in reply.orders] == [first.id]
        assert reply.error is not None
        assert reply.error.code == "asked_before"
        assert (await ask(house, desk, "flatten SPY", message="n")).error is None
        assert (await ask(house, desk, "flatten SPY", message="n")).error is None  # nothing is held by now
    assert await held(house) == {}


async def test_the_same_message_twice_at_once_is_the_same_orders(house):
    hold(house, (450, CALLS, 4))
    async with house.desk() as desk:
        asked = [desk.ask(house.message("close half SPY", message="m")) for _ in range(3)]
        replies = await house.until(asyncio.gather(*asked))
    assert len({order.id for reply in replies for order in reply.orders}) == 1
    assert await held(house) == {option(450, CALLS): 2}


async def test_the_same_message_again_while_the_first_orders_are_under_way_changes_nothing(build):
    house = await build(latency_s=1.0)
    hold(house, (470, CALLS, -1), (430, PUTS, 1), (425, PUTS, 2))
    hold_shares(house, "SPY", 100)
    async with house.desk() as desk:
        first = asyncio.ensure_future(desk.ask(house.message("flatten all", message="m")))
        while not any(isinstance(event, OrderDrafted) for event in log(house.ledger)):
            await house.until(house.clock.sleep(0.5))
        replies = await house.until(asyncio.gather(first, desk.ask(house.message("flatten all", message="m"))))
    assert replies[0].orders == replies[1].orders
    assert {order.stage for order in replies[0].orders} == {Stage.FILLED}
    assert await held(house) == {}


async def test_what_the_log_cannot_take_keeps_none_of_the_others(house):
    hold(house, (450, CALLS, 1))
    hold_shares(house, "SPY", 100)
    async with house.desk() as desk:

        async def place(message, command):
            if message.message.endswith("#1"):
                raise StoreFailure("The disk is full.")
            return (await desk.do(message, command)).orders[0]

        flattener = Flattener(Intake(house.context), place, has_live_venue=True, policy=house.policy)
        message = house.message("flatten all")
        done = await house.until(flattener.flatten(message, Flatten()))
        again = await house.until(flattener.flatten(message, Flatten()))
    assert [order.asked.message for order in done.orders] == [f"{message.message}#2"]
    assert isinstance(done.error, StoreFailure)
    assert again.orders == done.orders


async def test_two_flattenings_at_once_close_everything_once(house):
    hold(house, (450, CALLS, 4), (460, CALLS, 1))
    async with house.desk() as desk:
        replies = await house.until(asyncio.gather(*(desk.ask(house.message("flatten all")) for _ in range(2))))
    assert await held(house) == {}
    assert all(not leg.action.opens for reply in replies for order in reply.orders for leg in order.legs)


async def test_another_authors_message_id_is_refused(house):
    await house.until(register(house.ledger, FRIDAY, "ann", house.trader().limits, frozenset(Permission)))
    hold(house, (450, CALLS, 1))
    async with house.desk() as desk:
        await ask(house, desk, "flatten all", message="m")
        reply = await ask(house, desk, "flatten all", message="m", user="ann")
    assert reply.error is not None
    assert reply.error.code == "message_reused"


@pytest.mark.parametrize("words", ["flatten all", "flatten QQQ", "flatten half"])
async def test_nothing_held_is_a_recorded_refusal(house, words):
    async with house.desk() as desk:
        (no,) = (await ask(house, desk, words)).orders
    assert (no.stage, no.code) == (Stage.REFUSED, "nothing_to_close")
    assert no.message == ("There is nothing on QQQ to close." if "QQQ" in words else "There is nothing to close.")


async def test_a_stranger_closes_nothing(house):
    hold(house, (450, CALLS, 1))
    async with house.desk() as desk:
        (no,) = (await ask(house, desk, "flatten all", user="stranger")).orders
    assert (no.stage, no.code) == (Stage.REFUSED, "unknown_trader")


async def test_what_working_orders_close_already_is_left_to_them(build):
    house = await build(models=(None, resting(when=lambda ticket: ticket.price == 99)))
    hold(house, (450, CALLS, 5), (460, CALLS, 1))
    async with house.desk() as desk:
        await house.place(desk, f"STC 3 SPY 450C {DEC} @ 99.00")
        reply = await ask(house, desk, "flatten SPY")
    assert sorted(leg.quantity for order in reply.orders for leg in order.legs) == [1, 2]
    assert await held(house) == {option(450, CALLS): 3}


async def test_positions_that_lag_are_corrected_by_our_own_fills(house):
    async with house.desk() as desk:
        await house.place(desk, f"BTO 2 SPY 450C {DEC} @ natural")
        stale = await house.until(house.live.positions())
        await ask(house, desk, "flatten all")
        house.live.positions = as_seen(stale)
        (no,) = (await ask(house, desk, "flatten all")).orders
    assert (no.stage, no.code) == (Stage.REFUSED, "nothing_to_close")


def as_seen(positions):
    async def seen():
        return positions

    return seen


async def test_shares_that_cover_a_short_call_are_not_sold_before_it_is_bought_back(build):
    calls_rest = resting(when=lambda ticket: ticket.legs[0].action.buys)
    house = await build(models=(None, calls_rest))
    hold(house, (470, CALLS, -1), (430, PUTS, 1))
    hold_shares(house, "SPY", 100)
    async with house.desk() as desk:
        reply = await ask(house, desk, "flatten SPY")
    ends = {order.legs[0].instrument if order.legs else order.code: order.stage for order in reply.orders}
    assert ends == {
        option(470, CALLS): Stage.WORKING,
        option(430, PUTS): Stage.FILLED,
        "covers_a_short": Stage.REFUSED,
    }
    assert (await held(house))[Equity("SPY")] == 100


async def test_shares_go_once_the_short_call_was_bought_back(house):
    hold(house, (470, CALLS, -1))
    hold_shares(house, "SPY", 100)
    async with house.desk() as desk:
        reply = await ask(house, desk, "flatten SPY")
    assert [order.legs[0].action.buys for order in reply.orders] == [True, False]
    assert await held(house) == {}


async def test_a_spread_without_a_price_together_is_closed_leg_by_leg(house):
    hold(house, (450, CALLS, 1), (455, CALLS, -1))
    house.market.pin(option(450, CALLS), "1.00", "1.10")
    house.market.pin(option(455, CALLS), "1.10", "1.20")  # crossed: selling the dearer spread would cost money
    async with house.desk() as desk:
        reply = await ask(house, desk, "flatten SPY")
    assert [order.stage for order in reply.orders] == [Stage.REFUSED, Stage.FILLED, Stage.FILLED]
    assert [order.legs[0].action.buys for order in reply.orders[1:]] == [True, False]
    assert await held(house) == {}


async def test_a_big_book_is_closed_whole_by_a_trader_who_may_not_sell_to_open_and_over_every_limit(build):
    house = await build(limits=Limits(), permissions=frozenset({Permission.TRADE}))
    hold(house, *((strike, right, 15) for strike in range(430, 475, 5) for right in (CALLS, PUTS)))
    hold(house, (475, CALLS, -3), (425, PUTS, -3))
    async with house.desk() as desk:
        reply = await ask(house, desk, "close everything")
    assert {order.stage for order in reply.orders} == {Stage.FILLED}
    assert len(reply.orders) > house.trader().limits.orders_a_minute
    assert await held(house) == {}
    assert_sound(house)


async def test_a_sold_spread_is_bought_back_before_the_bought_one_that_may_make_up_for_it_is_sold(build):
    house = await build(permissions=frozenset({Permission.TRADE}))
    hold(house, (430, CALLS, 1), (435, CALLS, -1), (440, CALLS, -1), (445, CALLS, 1))
    async with house.desk() as desk:
        reply = await ask(house, desk, "flatten all")
    assert {order.stage for order in reply.orders} == {Stage.FILLED}
    assert await held(house) == {}


async def test_where_one_leg_cannot_be_priced_the_others_are_closed_all_the_same(house):
    hold(house, (450, CALLS, 1), (430, PUTS, 2))
    house.market.pin(option(430, PUTS), "0", "0.05")
    async with house.desk() as desk:
        reply = await ask(house, desk, "flatten all")
    assert sorted((order.stage, order.code) for order in reply.orders) == [
        (Stage.FILLED, ""),
        (Stage.REFUSED, "no_quote"),
    ]
    assert await held(house) == {option(430, PUTS): 2}


# ── the operator's cancel ──────────────────────────────────────────────────────────────────────────────────────


async def two_traders(build, **ann):
    house = await build(models=(None, resting(when=lambda ticket: True)))
    permissions = ann.get("permissions", frozenset(GRANTABLE) - {Permission.APPROVE, Permission.HALT})
    await house.until(register(house.ledger, FRIDAY, "ann", house.trader().limits, permissions))
    return house


async def test_who_may_approve_cancels_for_everyone_and_hears_of_each_order(build):
    house = await two_traders(build)
    async with house.desk() as desk:
        placed = [await house.place(desk, f"BTO 1 SPY 450C {DEC} @ 1", user=user) for user in ("demo", "ann")]
        reply = await ask(house, desk, "cancel all for everyone")
    assert {order.id for order in reply.orders} == {order.id for order in placed}
    assert {order.stage for order in reply.orders} == {Stage.CANCELLED}
    wishes = {event.originator_id: event for event in log(house.ledger) if isinstance(event, CancelRequested)}
    assert {order.asked.user: wishes[order.id].reason for order in placed} == {
        "demo": "by the trader",
        "ann": "by the operator",
    }
    assert_sound(house)


async def test_the_person_at_the_machine_cancels_for_everyone_and_one_dead_order_keeps_none_of_the_others(build):
    house = await two_traders(build)
    why = because_of_operator("root", FRIDAY)
    async with house.desk() as desk:
        for user in ("demo", "ann"):
            await house.place(desk, f"BTO 1 SPY 450C {DEC} @ 1", user=user)
        denied, cancel = house.live.orders()[0].broker_order, house.live.cancel

        async def cancels(broker_order):
            if broker_order == denied:
                raise VenueRefused("It is complicated.")
            return await cancel(broker_order)

        house.live.cancel = cancels
        orders = await house.until(desk.cancel_for_everyone(why))
    assert {order.asked.user: order.stage for order in orders} == {"demo": Stage.WORKING, "ann": Stage.CANCELLED}


async def test_who_may_not_approve_cancels_no_one_elses_orders(build):
    house = await two_traders(build)
    async with house.desk() as desk:
        placed = await house.place(desk, f"BTO 1 SPY 450C {DEC} @ 1")
        reply = await ask(house, desk, "cancel all for everyone", user="ann")
        assert reply.error is not None
        assert reply.error.code == "not_permitted"
        own = await ask(house, desk, "cancel everything", user="ann")
    assert own.orders == ()
    assert house.order(placed.id).stage is Stage.WORKING
    assert not house.order(placed.id).cancel_requested


async def test_what_is_flattened_is_seen_together_and_no_order_of_it_waits_by_itself(build):
    house = await build(policy=evolve(LENIENT, confirm=Confirm.ABOVE))
    hold(house, (450, CALLS, 2))
    async with house.desk() as desk:
        refused = (await house.until(desk.ask(house.message("flatten all", consent=Consent.ASK)))).orders
        assert [order.code for order in refused] == ["confirmation_needed"]
        assert house.books() == ([], [])
        seen = await house.until(desk.planned(house.message("flatten all"), Flatten()))
        done = (await house.until(desk.ask(house.message("flatten all", consent=Consent.GIVEN)))).orders
    assert [order.stage for order in done] == [Stage.FILLED]
    assert all(order.confirmed == order.digest for order in done)
    assert len(seen) == len(done)
