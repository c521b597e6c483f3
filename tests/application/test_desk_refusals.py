"""Every no is recorded, says what to do instead, and places nothing anywhere."""

import asyncio
from decimal import Decimal

import pytest
from attrs import evolve

from tastyflow.application.account.view import AccountView
from tastyflow.application.intake.completion import Completer
from tastyflow.domain.instruments import EquityOption, Right
from tastyflow.domain.order import Order
from tastyflow.domain.order.events import OrderDrafted, OrderRefused
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.trader import Limits, Permission
from tastyflow.domain.venue import Position
from tastyflow.errors import Refused
from tastyflow_adapters.cli.hints import advice_for
from tastyflow_adapters.fake import FakeFaults, FaultyBroker
from tastyflow_adapters.fake.faults import REQUEST_LOST
from tests.application.kit import (
    CALL,
    DECEMBER,
    EVERYTHING,
    GENEROUS,
    MISSION,
    ONE_CALL,
    PRODUCTION,
    Language,
    alter,
    log,
    log_of,
)
from tests.application.soundness import assert_sound

pytestmark = pytest.mark.anyio

DEC = "exp Dec 18 2026"


async def assert_refused(house, text, code, *, user="demo"):
    """The order is refused with *code*, in the log, with nothing at either venue; it comes back."""
    order = await house.once(text, user=user)
    assert (order.stage, order.code) == (Stage.REFUSED, code), order.message
    assert isinstance(log_of(house.ledger, order)[-1], OrderRefused)
    assert order == house.order(order.id)
    assert order.message
    assert house.books() == ([], [])
    if user == "demo":
        assert house.trader().reserved == {}
    assert [notice.sentence for notice in house.told.notices][-1].startswith("Refused: ")
    await assert_suggestions_complete(house, order)
    return order


async def assert_suggestions_complete(house, order):
    """Each suggestion is a command that parses and that the chain and the positions can settle."""
    completer = Completer(
        market=house.market,
        account=AccountView(house.live, house.clock, house.ledger),
        language=Language(),
        clock=house.clock,
    )
    for words in order.suggestions:
        if not words.startswith("tastyflow "):  # that one is for the operator's shell
            await house.until(completer.complete(Language.parse(words, as_of=house.clock.now())))


# ── who ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_stranger_is_refused_with_the_way_to_be_known(house):
    order = await assert_refused(house, MISSION, "unknown_trader", user="nobody")
    assert order.asked.trader is None
    assert (order.hint, order.suggestions) == ("", ())  # the adapter says how: here the command line
    advice = advice_for(order)
    assert "tastyflow trader add NAME" in advice.hint
    assert advice.suggestions == ("tastyflow trader add nobody",)


async def test_a_suspended_trader_is_refused(house):
    await alter(house, lambda t, why: t.suspend(reason="holiday", why=why))
    order = await assert_refused(house, MISSION, "suspended")
    assert order.suggestions == ()
    await alter(house, lambda t, why: t.reinstate(why=why))
    assert (await house.once(ONE_CALL)).stage is Stage.FILLED


async def test_a_trader_without_permission_is_refused(build):
    house = await build(permissions=[Permission.VIEW])
    await assert_refused(house, MISSION, "not_permitted")


async def test_selling_options_to_open_wants_a_permission_of_its_own(build):
    house = await build(permissions=EVERYTHING - {Permission.SHORT_OPTIONS})
    await assert_refused(house, f"sell to open 1 SPY 450 call {DEC}", "not_permitted")


# ── how much ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("limits", "text", "code", "fewer"),
    [
        ({"max_contracts": 4}, MISSION, "over_limit", 4),
        ({"max_shares": 30}, "buy 50 shares of SPY", "over_limit", 30),
        ({"max_notional_usd": Decimal(2000)}, f"buy 10 SPY 450 calls {DEC} limit 7.92", "over_limit", 2),
        ({"max_notional_usd": Decimal(100)}, f"buy 10 SPY 450 calls {DEC} limit 7.92", "over_limit", None),
        ({"max_contracts": 4, "max_notional_usd": Decimal(100)}, MISSION, "over_limit", None),  # four would not fit
        ({"max_open_notional_usd": Decimal(2000)}, MISSION, "over_limit", 2),
        ({"max_open_notional_usd": Decimal(200)}, MISSION, "over_limit", None),
        ({"symbols": ("QQQ",)}, MISSION, "symbol_not_allowed", None),
    ],
)
async def test_each_limit_refuses_and_offers_what_fits(build, limits, text, code, fewer):
    house = await build(limits=evolve(GENEROUS, **limits))
    order = await assert_refused(house, text, code)
    assert isinstance(log_of(house.ledger, order)[0], OrderDrafted)
    if fewer is None:
        assert order.suggestions == ()
        return
    (offer,) = order.suggestions
    accepted = await house.once(offer)
    assert accepted.stage in (Stage.WORKING, Stage.FILLED)
    assert accepted.legs[0].quantity == fewer


async def test_the_limit_itself_is_allowed_and_one_more_is_not(build):
    exactly = f"buy 10 SPY 450 calls {DEC} limit 7.92"
    house = await build(limits=evolve(GENEROUS, max_notional_usd=Decimal(7920), max_contracts=10))
    assert (await house.once(exactly)).stage in (Stage.WORKING, Stage.FILLED)
    await alter(house, lambda t, why: t.set_limits(evolve(t.limits, max_notional_usd=Decimal("7919.99")), why=why))
    assert (await house.once(exactly)).code == "over_limit"


async def test_default_limits_stop_a_thousand_contracts(build):
    house = await build(limits=Limits())
    await assert_refused(house, f"buy 1000 SPY 450 calls {DEC}", "over_limit")


# ── what ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_an_unknown_symbol_offers_those_that_look_like_it_and_fit(house):
    order = await assert_refused(house, f"buy 1 SPYY 450 call {DEC}", "unknown_symbol")
    assert any(" SPY 450 call" in words for words in order.suggestions)


@pytest.mark.parametrize("text", [f"buy 1 ZZZZQ 450 call {DEC}", "buy 5 shares of QZXWV"])
async def test_a_symbol_like_no_other_is_refused_without_a_guess(house, text):
    assert (await assert_refused(house, text, "unknown_symbol")).suggestions == ()


async def test_an_unlisted_expiration_offers_the_nearest_that_fit(house):
    order = await assert_refused(house, "buy 1 AAPL 190 call exp Dec 16 2026", "expiration_not_listed")
    assert "Dec 18 2026" in order.suggestions[0]


async def test_an_unlisted_strike_offers_the_nearest_that_fit(house):
    order = await assert_refused(house, f"buy 1 SPY 450.50 call {DEC}", "strike_not_listed")
    offered = [Language.parse(words, as_of=house.clock.now()).legs[0].instrument.strike for words in order.suggestions]
    assert offered == [450, 451, 449]


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("buy 1 AAPL 190 call exp Dec 18 2026 limit 4.52", {"4.5", "4.55"}),
        ("buy 1 SPY 450 call exp Dec 18 2026 limit 7.923", {"7.92", "7.93"}),
    ],
)
async def test_a_price_off_its_tick_offers_the_ticks_around_it(house, text, offered):
    order = await assert_refused(house, text, "off_tick")
    prices = {str(Language.parse(words, as_of=house.clock.now()).price) for words in order.suggestions}
    assert {Decimal(price) for price in prices} == {Decimal(price) for price in offered}


@pytest.mark.parametrize("text", [f"close 1 SPY 450 call {DEC}", f"sell to close 1 SPY 450 call {DEC}"])
async def test_nothing_to_close_is_refused(house, text):
    await assert_refused(house, text, "nothing_to_close")


@pytest.mark.parametrize("at", ["stop 5.00 gtc", "stop 5.00 limit 4.90"])
async def test_the_wrong_side_with_a_stop_is_never_offered_without_it(house, at):
    house.live.endow(Position(CALL, -1, Decimal(5)))
    order = await assert_refused(house, f"sell to close 1 SPY 450 call {DEC} {at}", "nothing_to_close")
    assert order.suggestions == ()


@pytest.mark.parametrize("side", ["close", "sell", "sell to close"])
async def test_closing_more_than_is_held_offers_what_is_held(house, side):
    for venue in (house.rehearsals, house.live):
        venue.endow(Position(CALL, 3, Decimal(5)))
    order = await assert_refused(house, f"{side} 5 SPY 450 calls {DEC}", "closes_too_much")
    (offer,) = order.suggestions
    assert (await house.once(offer)).filled(PRODUCTION) == 3


@pytest.mark.parametrize("quote", [("0", "0"), ("0", "8"), ("8", "0"), ("9", "8")])
async def test_without_a_two_sided_quote_there_is_no_mid(house, quote):
    house.market.pin(CALL, *quote)
    await assert_refused(house, MISSION, "no_quote")


@pytest.mark.parametrize("quote", [("0", "0"), ("8", "0")])
async def test_a_market_order_without_an_ask_has_no_price_to_be_judged_by(house, quote):
    house.market.pin(CALL, *quote)
    await assert_refused(house, f"buy 10 SPY 450 calls {DEC} market", "no_quote")


async def test_a_market_order_is_judged_by_the_ask(build):
    house = await build(limits=evolve(GENEROUS, max_notional_usd=Decimal(7900)))
    house.market.pin(CALL, "1.00", "8.00")
    order = await assert_refused(house, f"buy 10 SPY 450 calls {DEC} market", "over_limit")
    assert "$8,000.00" in order.message


async def test_an_expired_day_is_not_offered_and_not_taken(house):
    order = await house.once("buy 1 SPY 450 call exp Nov 19 2026")
    assert order.stage is Stage.REFUSED
    assert house.books() == ([], [])


# ── the text itself ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "text",
    [
        "buy ten thousand million calls of everything",
        "buy 10 SPY 450",
        "buy 10 SPY 450 call",
        "buy 0 SPY 450 calls exp Dec 18 2026",
        "buy 10 \ud800 450 calls exp Dec 18 2026",
        "buy 10 calls \x00 SPY",
        "buy " + "9" * 400 + " SPY 450 calls exp Dec 18 2026",
        "buy 100001 shares of SPY",
    ],
)
async def test_a_text_that_is_no_order_is_refused_in_the_log(house, text):
    order = await house.once(text)
    assert order.stage is Stage.REFUSED
    assert order.message
    assert len(order.asked.text) <= 500
    assert house.books() == ([], [])
    await assert_suggestions_complete(house, order)


async def test_a_command_that_is_no_order_is_refused_where_an_order_is_wanted(house):
    order = await house.once("cancel all")
    assert (order.stage, order.code) == (Stage.REFUSED, "not_an_order")


async def test_what_is_asked_of_the_desk_is_refused_the_same_way(house):
    async with house.desk() as desk:
        reply = await house.until(desk.ask(house.message("buy 10 SPY 450 call")))
        unknown = await house.until(desk.ask(house.message("reject 3f2a")))
    assert [order.stage for order in reply.orders] == [Stage.REFUSED]
    assert reply.error is not None
    assert unknown.error.code == "unknown_order"


async def test_a_refused_message_stays_refused_and_its_id_is_used_up(house):
    wrong = "buy 1 SPYY 450 call exp Dec 18 2026"
    async with house.desk() as desk:
        first = await house.place(desk, wrong, message="same")
        assert await house.place(desk, wrong, message="same") == first
        for text, user in ((ONE_CALL, "demo"), (wrong, "other")):
            with pytest.raises(Refused) as no:
                await house.place(desk, text, message="same", user=user)
            assert no.value.code == "message_reused"
    assert house.books() == ([], [])


USED_FOR = {
    "an order": ONE_CALL,
    "a refusal": "buy 1 SPYY 450 call exp Dec 18 2026",
    "a text without a meaning": "buy 10 SPY 450 call",
    "a flattening": "flatten SPY",
    "a preview": f"preview {ONE_CALL}",
}
THEN = ("buy 1 SPY 455 call exp Dec 18 2026", "flatten QQQ", "preview buy 1 SPY 455 call exp Dec 18 2026", "cancel all",
        "approve 3f2a", "replace 3f2a @ 1.25", "halt", "buy 11 SPY 450 call")  # fmt: skip


@pytest.mark.parametrize("other", ["buy 2 SPY 450C next month", "buy 2 SPY 450C", "buy 2 SPYY 450C next month"])
async def test_two_texts_at_once_under_one_id_are_one_order_and_an_error(house, other):
    async with house.desk() as desk:
        both = [house.message(text, message="same") for text in ("buy 1 SPY 450C next month", other)]
        first, second = await house.until(
            asyncio.gather(*(desk.place(message) for message in both), return_exceptions=True)
        )
        errors = [each for each in (first, second) if isinstance(each, Refused)]
        orders = [each for each in (first, second) if isinstance(each, Order)]
    assert [error.code for error in errors] == ["message_reused"]
    assert [house.order(order.id).asked.text for order in orders] == [orders[0].asked.text]
    assert_sound(house)


@pytest.mark.parametrize("used_for", USED_FOR)
async def test_an_id_used_again_with_another_text_is_an_error_whatever_either_asked_for(house, used_for):
    async with house.desk() as desk:
        await house.place(desk, ONE_CALL)  # something to close
        first = await house.until(desk.ask(house.message(USED_FOR[used_for], message="same")))
        before = len(log(house.ledger))
        for text in THEN:
            reply = await house.until(desk.ask(house.message(text, message="same")))
            assert (reply.error.code, reply.orders) == ("message_reused", ()), text
        again = await house.until(desk.ask(house.message(USED_FOR[used_for], message="same")))
        assert [order.id for order in again.orders] == [order.id for order in first.orders]
    assert [event for event in log(house.ledger)[before:] if isinstance(event, OrderDrafted)] == []


async def test_an_account_that_cannot_be_asked_refuses_the_order(house):
    house.production = FaultyBroker(house.live, FakeFaults({"positions": [REQUEST_LOST]}), house.clock)
    await assert_refused(house, MISSION, "outcome_unknown")


async def test_a_put_is_not_a_call(house):
    order = await house.once(f"buy 1 SPY 450 put {DEC}")
    assert order.legs[0].instrument == EquityOption("SPY", DECEMBER, Right.PUT, Decimal(450))
