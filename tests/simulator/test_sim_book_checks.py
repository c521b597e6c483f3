"""Every refusal of the simulator's book: the shape of a body (400), and what the checks say (422)."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sim_orders import (
    CALL,
    FRIDAY_NIGHT,
    HIGHER_CALL,
    PUT,
    TimedBook,
    bracket,
    leg,
    limit,
    market_order,
    option,
    order,
    refusal,
    vertical,
)

from tastyflow_simulator.options import Hours

BUY, SELL = leg("Buy to Open"), leg("Sell to Open")
SHARES = leg("Buy to Open", "F")
CLOSE = leg("Sell to Close")


# --- the shape: 400 validation_error, a reason for each field ---


@pytest.mark.parametrize(
    ("body", "domain", "reason"),
    [
        ([], "body", "is not an object"),
        (None, "body", "is not an object"),
        ({}, "order-type", "is missing"),
        ({}, "time-in-force", "is missing"),
        ({}, "legs", "is missing"),
        (market_order(), "legs", "is missing"),
        (market_order() | {"legs": "SPY"}, "legs", "does not have a valid value"),
        (market_order(*[BUY] * 21), "legs", "is too long"),
        (market_order() | {"legs": ["SPY"]}, "body", "is not an object"),
        (order("Dance", BUY), "order-type", "does not have a valid value"),
        (market_order(BUY, tif="Forever"), "time-in-force", "does not have a valid value"),
        (order("Limit", BUY), "price", "is missing"),
        (order("Limit", BUY, price="1"), "price-effect", "is missing"),
        (order("Limit", BUY, price="-1", price_effect="Debit"), "price", "does not have a valid value"),
        (order("Limit", BUY, price="1e999", price_effect="Debit"), "price", "does not have a valid value"),
        (order("Limit", BUY, price=float("nan"), price_effect="Debit"), "price", "does not have a valid value"),
        (order("Limit", BUY, price=10**5_000, price_effect="Debit"), "price", "does not have a valid value"),
        (order("Limit", BUY, price=True, price_effect="Debit"), "price", "does not have a valid value"),
        (order("Limit", BUY, price="1", price_effect="Free"), "price-effect", "does not have a valid value"),
        (order("Stop", CLOSE), "stop-trigger", "is missing"),
        (order("Notional Market", SHARES, value="5"), "value-effect", "is missing"),
        (order("Notional Market", SHARES, value_effect="Debit"), "value", "is missing"),
        (limit("1", "Debit", BUY, tif="GTD"), "gtc-date", "is missing"),
        (limit("1", "Debit", BUY, tif="GTD", gtc_date="someday"), "gtc-date", "does not have a valid value"),
        (limit("1", "Debit", BUY, tif="GTD", gtc_date="9999-12-31"), "gtc-date", "does not have a valid value"),
        (market_order(leg("Hold")), "action", "does not have a valid value"),
        (market_order(leg("Buy to Open", "")), "symbol", "is missing"),
        (market_order(leg("Buy to Open", "F" * 201)), "symbol", "is too long"),
        (market_order(leg("Buy to Open", kind="Tulip")), "instrument-type", "does not have a valid value"),
        (market_order(leg("Buy to Open", quantity=0)), "quantity", "must be greater than 0"),
        (market_order(leg("Buy to Open", quantity=None)), "legs.quantity", "is missing"),
        (market_order(BUY, behavior="wild"), "behavior", "does not have a valid value"),
        (market_order(BUY, behavior="scheduled"), "schedule", "is missing"),
        (market_order(BUY, behavior="scheduled", schedule="noon"), "schedule", "does not have a valid value"),
        (market_order(BUY, behavior="delayed", delay="PT"), "delay", "does not have a valid value"),
        (market_order(BUY, advanced_instructions=7), "body", "is not an object"),
        (
            market_order(BUY, advanced_instructions={"strict-position-effect-validation": "yes"}),
            "strict-position-effect-validation",
            "does not have a valid value",
        ),
        (market_order(BUY, source={}), "source", "does not have a valid value"),
        (market_order(leg("Buy")), "order_legs.action", "is invalid"),
        (market_order(leg("Sell")), "order_legs.action", "is invalid"),
        (limit("9", "Debit", leg("Buy", "F", kind="Equity")), "order_legs.action", "is invalid"),
        (limit("9", "Credit", leg("Sell", "F", kind="Equity")), "order_legs.action", "is invalid"),
    ],
)
def test_a_body_of_the_wrong_shape_is_refused_field_by_field(body, domain, reason):
    refused = TimedBook().refused(body)
    assert (refused.status, refused.code) == (400, "validation_error")
    assert {"domain": domain, "reason": reason} in refused.errors


@pytest.mark.parametrize(
    ("body", "domain"),
    [
        (bracket() | {"type": "TRIO"}, "type"),
        (bracket() | {"orders": []}, "orders"),
        (bracket() | {"orders": bracket()["orders"][:1]}, "orders"),
        (bracket("OCO") | {"type": "OTO"}, "trigger-order"),
        (bracket() | {"type": "OCO"}, "trigger-order"),
        ({}, "type"),
    ],
)
def test_a_complex_order_of_the_wrong_shape_is_refused(body, domain):
    timed = TimedBook()
    refused = refusal(lambda: timed.book.place_complex(body, timed.now, dry_run=True))
    assert refused.status == 400
    assert domain in {error["domain"] for error in refused.errors}


@pytest.mark.parametrize("price", ["4.75", 4.75, "4.750"])
def test_prices_are_read_as_text_and_as_numbers(price):
    timed = TimedBook()
    body = order("Limit", BUY, price=price, price_effect="Debit")
    assert timed.book.dry_run(body, timed.now)["order"]["price"] == "4.75"


def test_a_price_of_nothing_needs_no_effect():
    timed = TimedBook()
    body = order("Limit", BUY, leg("Sell to Open", HIGHER_CALL), price="0")
    shown = timed.book.dry_run(body, timed.now)["order"]
    assert shown["price"] == "0.0"
    assert "price-effect" not in shown


# --- the checks: 422 preflight_check_failure, a code for each reason ---

FIVE = [leg("Buy to Open", option(str(strike))) for strike in (440, 445, 450, 455, 460)]


@pytest.mark.parametrize(
    ("code", "body"),
    [
        ("cant_buy_for_credit", limit("1", "Credit", BUY)),
        ("cant_buy_for_credit", limit("1", "Credit", BUY, leg("Buy to Open", PUT))),
        ("sim.cant_sell_for_debit", limit("1", "Debit", SELL)),
        ("order_must_omit_price", market_order(BUY, price="1", price_effect="Debit")),
        ("order_must_omit_price", order("Marketable Limit", BUY, price="1", price_effect="Debit")),
        ("order_must_omit_price", order("Stop", BUY, price="1", price_effect="Debit", stop_trigger="9")),
        ("instrument_validation_failed", market_order(leg("Buy to Open", "QQQQ"))),
        ("instrument_validation_failed", market_order(leg("Buy to Open", "SPX"))),
        ("instrument_validation_failed", market_order(leg("Buy to Open", option("450.3")))),
        ("instrument_validation_failed", market_order(leg("Buy to Open", option(day=date(2020, 1, 17))))),
        ("instrument_validation_failed", market_order(leg("Buy to Open", ".SPY261218C450"))),
        ("instrument_validation_failed", market_order(leg("Buy to Open", "F", kind="Equity Option"))),
        ("instrument_validation_failed", market_order(leg("Buy", "/ESZ6", kind="Future"))),
        ("fractional_market_orders_only", limit("9", "Debit", leg("Buy to Open", "F", "0.5"))),
        ("sim.fractional_quantity", market_order(leg("Buy to Open", quantity="0.5"))),
        ("sim.leg_count", limit("1", "Debit", *FIVE)),
        ("sim.leg_count", limit("1", "Debit", *FIVE, SHARES | {"symbol": "SPY"})),
        ("sim.duplicate_legs", limit("1", "Debit", BUY, BUY)),
        ("sim.mixed_underlyings", limit("1", "Debit", BUY, SHARES)),
        ("sim.market_order_legs", market_order(BUY, leg("Sell to Open", HIGHER_CALL))),
        ("gtc_market_orders_not_supported", market_order(BUY, tif="GTC")),
        ("gtc_market_orders_not_supported", market_order(BUY, tif="GTD", gtc_date="2026-12-01")),
        ("sim.opening_stop_tif", order("Stop", BUY, tif="GTC", stop_trigger="9")),
        ("sim.stop_trigger", order("Stop", BUY, stop_trigger="0")),
        ("sim.extended_hours", limit("1", "Debit", BUY, tif="Ext")),
        ("sim.extended_hours_limit_only", market_order(SHARES, tif="Ext")),
        ("sim.extended_hours_limit_only", order("Stop", SHARES, tif="Ext", stop_trigger="9")),
        ("sim.extended_hours_limit_only", order("Stop Limit", SHARES, tif="Ext", stop_trigger="9", price="9",
                                                price_effect="Debit")),
        ("sim.gtd_outlives_option", limit("1", "Debit", BUY, tif="GTD", gtc_date="2026-12-19")),
        ("sim.notional_instrument", order("Notional Market", leg("Buy to Open", quantity=None), value="5",
                                          value_effect="Debit")),
        ("sim.notional_quantity", order("Notional Market", SHARES, value="5", value_effect="Debit")),
        ("sim.notional_value", order("Notional Market", leg("Buy to Open", "F", None), value="0",
                                     value_effect="Debit")),
        ("cant_buy_for_credit", order("Notional Market", leg("Buy to Open", "F", None), value="5",
                                      value_effect="Credit")),
        ("sim.gtc_date", limit("1", "Debit", BUY, tif="GTD", gtc_date="2026-11-19")),
        ("margin_check_failed", limit("4.8", "Debit", leg("Buy to Open", quantity=1_000))),
        ("margin_check_failed", market_order(leg("Sell to Open", PUT, 100))),
    ],
)  # fmt: skip
def test_an_order_is_refused_by_its_code(code, body):
    assert TimedBook().codes(body) == {code}


def test_all_reasons_are_told_at_once():
    body = market_order(BUY, leg("Sell to Open", HIGHER_CALL), tif="GTC", price="1", price_effect="Debit")
    assert TimedBook().codes(body) == {
        "order_must_omit_price",
        "sim.market_order_legs",
        "gtc_market_orders_not_supported",
    }


def test_a_refusal_leaves_nothing_behind():
    timed = TimedBook()
    timed.codes(limit("1", "Credit", BUY))
    assert timed.book.live(timed.now) == timed.book.ledger() == timed.heard == []


@pytest.mark.parametrize(
    ("flag", "value", "code", "body"),
    [
        ("is_frozen", True, "sim.account_frozen", market_order(BUY)),
        ("is_closed", True, "sim.account_closed", market_order(BUY)),
        ("is_closing_only", True, "sim.account_closing_only", market_order(BUY)),
        ("options_level", "No Options Permissions", "sim.invalid_option_level", market_order(BUY)),
    ],
)
def test_an_account_can_be_barred(flag, value, code, body):
    timed = TimedBook()
    timed.book.set_status(**{flag: value})
    assert timed.codes(body) == {code}
    assert timed.book.trading_status(timed.now)[flag.replace("_", "-")] == value


def test_an_account_that_may_only_close_can_close():
    timed = TimedBook()
    timed.book.endow(CALL, 1, Decimal(1), timed.now)
    timed.book.set_status(is_closing_only=True)
    timed.filled(market_order(CLOSE))


@pytest.mark.parametrize("flags", [{"is_on_fire": True}, {"is_frozen": "yes"}, {"id": 2}])
def test_only_known_flags_can_be_set(flags):
    assert refusal(lambda: TimedBook().book.set_status(**flags)).status == 400


def test_off_hours_no_market_order_opens_but_one_may_close():
    timed = TimedBook(now=FRIDAY_NIGHT, hours=Hours.EXCHANGE)
    assert timed.codes(market_order(BUY)) == {"tif_no_after_hours_opening_market_orders"}
    assert timed.codes(limit("1", "Debit", BUY, tif="IOC")) == {"sim.tif_ioc_market_closed"}
    timed.book.endow(CALL, 1, Decimal(1), timed.now)
    answer = timed.book.dry_run(market_order(CLOSE), timed.now)
    assert [each["code"] for each in answer["warnings"]] == ["tif.next_valid_session"]


# --- positions ---


def test_a_close_without_a_position_becomes_an_opening_order_with_a_warning():
    timed = TimedBook()
    answer = timed.book.place(market_order(CLOSE), timed.now)
    assert answer["warnings"] == [
        {
            "code": "closing_with_no_position",
            "message": "You cannot route a closing order without an existing position to close."
            " This order will be updated to a sell to open order when routed.",
        }
    ]
    timed.wait(1)
    assert timed.position(CALL) == -1


def test_a_strict_close_without_a_position_is_refused():
    strict = {"strict-position-effect-validation": True}
    assert TimedBook().codes(market_order(CLOSE, advanced_instructions=strict)) == {"closing_with_no_position"}


STRICTLY = {"strict-position-effect-validation": True}
LAG_S = 30.0


def test_while_the_record_lags_a_strict_close_is_judged_by_what_is_held_and_another_by_the_record():
    timed = TimedBook(position_lag_s=LAG_S)
    timed.filled(market_order(leg("Buy to Open", quantity=2)))
    assert timed.book.positions(timed.now) == []
    relabelled = timed.book.dry_run(market_order(CLOSE), timed.now)
    assert [each["code"] for each in relabelled["warnings"]] == ["closing_with_no_position"]
    assert relabelled["order"]["legs"][0]["action"] == "Sell to Open"
    strict = timed.book.dry_run(market_order(CLOSE, advanced_instructions=STRICTLY), timed.now)
    assert (strict["warnings"], strict["order"]["legs"][0]["action"]) == ([], "Sell to Close")


def test_a_night_forgets_what_the_record_did_not_show_yet():
    timed = TimedBook(position_lag_s=LAG_S)
    timed.filled(market_order(leg("Buy to Open", quantity=2)))
    timed.book.reset(timed.now)
    assert timed.codes(market_order(CLOSE, advanced_instructions=STRICTLY)) == {"closing_with_no_position"}
    timed.wait(LAG_S + 1)
    assert timed.book.positions(timed.now) == []


deeds = st.lists(
    st.tuples(st.sampled_from(["buy", "close", "rest", "cancel", "wait"]), st.integers(1, 3)), min_size=1, max_size=14
)


@settings(max_examples=60, deadline=None)
@given(deeds, st.sampled_from([0.0, 3.0, LAG_S]))
@example([("buy", 1), ("buy", 1), ("wait", 1), ("close", 2), ("wait", 2), ("close", 3)], 3.0)  # all unseen comes to 0
def test_whatever_the_record_shows_strict_closes_come_to_what_is_held_and_no_more(deeds, lag_s):
    """Against a count of what was bought, sold and is spoken for."""
    timed, held, resting = TimedBook(position_lag_s=lag_s), 0, {}
    for deed, number in deeds:
        closing = leg("Sell to Close", quantity=number)
        if deed == "wait":
            timed.wait(number)
        elif deed == "cancel":
            for order_id in resting:
                timed.book.cancel(order_id, timed.now)
            timed.wait(0.2)
            resting = {}
        elif deed == "buy" and not resting:
            timed.filled(market_order(leg("Buy to Open", quantity=number)))
            held += number
        elif deed in ("close", "rest"):
            at_market = market_order(closing, advanced_instructions=STRICTLY)
            body = at_market if deed == "close" else limit("99", "Credit", closing, advanced_instructions=STRICTLY)
            if number > held - sum(resting.values()):
                code = "cannot_close_against_more_than_existing_position" if held else "closing_with_no_position"
                assert timed.codes(body) == {code}
            elif deed == "close":
                timed.filled(body)
                held -= number
            else:
                resting[timed.place(body)] = number
                timed.wait(0.2)
    timed.wait(lag_s + 1)
    assert timed.position(CALL) == held


def test_no_more_is_closed_than_is_held():
    timed = TimedBook()
    timed.book.endow(CALL, 2, Decimal(1), timed.now)
    code = "cannot_close_against_more_than_existing_position"
    assert timed.codes(market_order(leg("Sell to Close", quantity=3))) == {code}
    timed.place(limit("99", "Credit", leg("Sell to Close", quantity=2)))
    assert timed.codes(market_order(CLOSE)) == {code}
    assert "already have a closing order" in timed.refused(market_order(CLOSE)).errors[0]["message"]


def test_a_symbol_is_not_bought_and_sold_at_once():
    timed = TimedBook()
    timed.place(limit("1", "Debit", BUY, tif="GTC"))
    stop = order("Stop", CLOSE, stop_trigger="0.5")
    assert timed.codes(stop) == {"illegal_buy_and_sell_on_same_symbol"}


def test_what_only_waits_for_a_trigger_crosses_nothing():
    timed = TimedBook()
    timed.book.place_complex(bracket(), timed.now, dry_run=False)
    timed.wait(1)
    timed.place(limit("2", "Debit", leg("Buy to Open", "F")))


def test_a_symbol_is_not_held_long_and_short():
    timed = TimedBook()
    timed.book.endow(CALL, 1, Decimal(1), timed.now)
    assert timed.codes(market_order(SELL)) == {"sim.long_and_short"}


def test_both_parts_of_an_oco_may_close_the_same_share():
    timed = TimedBook()
    timed.book.endow("F", 1, Decimal(9), timed.now)
    answer = timed.book.place_complex(bracket("OCO"), timed.now, dry_run=False)
    assert answer["warnings"] == []
    assert timed.codes(market_order(leg("Sell to Close", "F"))) == {"cannot_close_against_more_than_existing_position"}
    target = answer["complex-order"]["orders"][0]["id"]
    timed.wait(1)
    dearer = {"order-type": "Limit", "time-in-force": "GTC", "price": "500", "price-effect": "Credit"}
    assert timed.book.replace(target, dearer, timed.now)["status"] == "Contingent"


def test_a_part_of_a_complex_order_is_checked_like_any_other():
    timed = TimedBook()
    body = bracket()
    body["orders"][0] |= {"price-effect": "Debit"}
    refused = refusal(lambda: timed.book.place_complex(body, timed.now, dry_run=False))
    assert [error["code"] for error in refused.errors] == ["sim.cant_sell_for_debit"]
    assert timed.book.ledger() == []


@pytest.mark.parametrize("kind", ["PAIRS", "BLAST"])
def test_other_complex_types_are_not_simulated(kind):
    timed = TimedBook()
    refused = refusal(lambda: timed.book.place_complex(bracket() | {"type": kind}, timed.now, dry_run=True))
    assert [error["code"] for error in refused.errors] == ["sim.complex_type"]


# --- buying power and fees ---


def test_a_working_order_takes_buying_power_until_it_is_gone():
    timed = TimedBook()
    number = timed.place(limit("4", "Debit", leg("Buy to Open", quantity=200)))
    timed.wait(1)
    body = limit("4", "Debit", leg("Buy to Open", quantity=100))
    assert timed.codes(body) == {"margin_check_failed"}
    timed.book.cancel(number, timed.now)
    timed.wait(1)
    timed.place(body)


def test_a_replacement_may_use_what_the_original_took():
    timed = TimedBook()
    number = timed.place(limit("4", "Debit", leg("Buy to Open", quantity=200)))
    timed.wait(1)
    dearer = {"order-type": "Limit", "time-in-force": "Day", "price": "4.2", "price-effect": "Debit"}
    assert timed.book.replace(number, dearer, timed.now)["price"] == "4.2"


def test_shares_are_bought_with_half_their_price():
    shown = TimedBook()
    effect = shown.book.dry_run(limit("10", "Debit", leg("Buy to Open", "F", 100)), shown.now)["buying-power-effect"]
    assert (effect["current-buying-power"], effect["change-in-margin-requirement"]) == ("200000.0", "1000.0")
    assert (effect["change-in-buying-power"], effect["effect"]) == ("1000.1166", "Debit")


def test_a_vertical_spread_takes_its_debit_and_one_sold_takes_its_width():
    timed = TimedBook()
    bought = timed.book.dry_run(vertical("2"), timed.now)["buying-power-effect"]
    assert (bought["change-in-buying-power"], bought["is-spread"]) == ("202.24", True)
    legs = leg("Sell to Open", CALL), leg("Buy to Open", HIGHER_CALL)
    sold = timed.book.dry_run(limit("2", "Credit", *legs), timed.now)["buying-power-effect"]
    assert (sold["change-in-buying-power"], sold["isolated-order-margin-requirement"]) == ("802.24", "1000.0")


def test_a_call_on_shares_that_are_held_takes_nothing():
    timed = TimedBook()
    body = limit("3", "Credit", leg("Sell to Open", HIGHER_CALL))
    naked = timed.book.dry_run(body, timed.now)["buying-power-effect"]
    assert naked["effect"] == "Debit"
    timed.book.endow("SPY", 100, Decimal(400), timed.now)
    before = Decimal(timed.book.balances(timed.now)["derivative-buying-power"])
    timed.filled(body)
    lent = Decimal(timed.book.balances(timed.now)["long-equity-value"]) / 2
    after = Decimal(timed.book.balances(timed.now)["derivative-buying-power"])
    assert before - lent < after  # the shares cover the call, so nothing is lent against them


@pytest.mark.parametrize(
    ("body", "fees"),
    [
        (market_order(leg("Buy to Open", quantity=2)), ("2.0", "0.2", "0.04", "0.0", "2.24")),
        (market_order(leg("Buy to Open", "F")), ("0.0", "0.001", "0.000166", "0.0", "0.001166")),
        (market_order(leg("Buy to Open", option("4500", root="SPXW"))), ("1.0", "0.1", "0.02", "0.65", "1.77")),
    ],
)
def test_fees_follow_the_recorded_levels(body, fees):
    timed = TimedBook()
    shown = timed.book.dry_run(body, timed.now)["fee-calculation"]
    kinds = ("commission", "clearing-fees", "regulatory-fees", "proprietary-index-option-fees", "total-fees")
    assert tuple(shown[kind] for kind in kinds) == fees
