"""How an order gets to the exchange, and what it trades against there."""

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from sim_orders import (
    CALL,
    HIGHER_CALL,
    TimedBook,
    fills_of,
    leg,
    limit,
    market_order,
    order,
    scripted,
    vertical,
)

from tastyflow_simulator.book.filling import settle_fill
from tastyflow_simulator.book.pricing import MET_UNITS, Execution
from tastyflow_simulator.options import Fills, Side, Timings

# --- to the exchange ---


def test_an_order_is_routed_in_flight_live_and_filled_at_the_recorded_times():
    timed = TimedBook()
    shown = timed.book.place(market_order(leg("Buy to Open")), timed.now)["order"]
    assert shown["status"] == "Routed"
    timed.wait(1)
    done = timed.order(shown["id"])
    assert timed.told(shown["id"]) == ["Routed", "In Flight", "Live", "Filled"]
    moments = [datetime.fromisoformat(done[f"{name}-at"]) for name in ("received", "in-flight", "live", "terminal")]
    assert [(at - moments[0]).total_seconds() for at in moments] == [0, 0.028, 0.038, 0.128]


def test_a_slow_router_leaves_the_order_received_first():
    timed = TimedBook(timings=Timings(routed_s=0.01))
    number = timed.place(market_order(leg("Buy to Open")))
    assert timed.status(number) == "Received"
    timed.wait(1)
    assert timed.told(number) == ["Received", "Routed", "In Flight", "Live", "Filled"]


def test_updated_at_rises_with_every_message_of_an_order():
    timed = TimedBook(timings=Timings(in_flight_s=0, live_s=0, fill_s=0))
    number = timed.place(market_order(leg("Buy to Open")))
    stamps = [each["updated-at"] for kind, each in timed.heard if kind == "Order" and each["id"] == number]
    assert len(stamps) == 4
    assert all(earlier < later for earlier, later in pairwise(stamps))


def test_every_change_of_an_order_is_followed_by_the_balance():
    timed = TimedBook()
    timed.place(market_order(leg("Buy to Open")))
    timed.wait(1)
    kinds = [kind for kind, _ in timed.heard]
    assert kinds == ["Order", "AccountBalance"] * 3 + ["Order", "CurrentPosition", "AccountBalance"]


def test_the_two_sides_number_their_orders_apart():
    sandbox, production = TimedBook(), TimedBook(side=Side.PRODUCTION)
    body = market_order(leg("Buy to Open"))
    assert sandbox.place(body) < 5_000_000 < production.place(body)


# --- against the quotes ---


def test_a_market_order_trades_at_the_touch():
    timed = TimedBook()
    timed.market.pin(CALL, "4.70", "4.80")
    bought = timed.filled(market_order(leg("Buy to Open")))
    assert fills_of(timed.order(bought))[0][0]["fill-price"] == "4.8"
    sold = timed.filled(market_order(leg("Sell to Close")))
    assert fills_of(timed.order(sold))[0][0]["fill-price"] == "4.7"


def test_a_limit_rests_until_the_market_comes_to_it():
    timed = TimedBook()
    timed.market.pin(CALL, "4.70", "4.80")
    number = timed.place(limit("4.70", "Debit", leg("Buy to Open")))
    timed.wait(60)
    assert (timed.status(number), fills_of(timed.order(number))) == ("Live", [[]])
    timed.market.pin(CALL, "4.60", "4.69")
    timed.wait(0)
    assert fills_of(timed.order(number))[0][0]["fill-price"] == "4.69"


@pytest.mark.parametrize(
    ("body", "cost"),
    [
        (limit("4.75", "Debit", leg("Buy to Open")), "4.75"),
        (limit("4.75", "Credit", leg("Sell to Open")), "4.75"),
        (vertical("2.75"), "2.75"),
    ],
)
def test_somebody_meets_a_limit_inside_the_spread_after_a_moment(body, cost):
    timed = TimedBook()
    timed.market.pin(CALL, "4.70", "4.80")
    timed.market.pin(HIGHER_CALL, "2.00", "2.10")
    number = timed.place(body)
    timed.wait(0.2)
    assert timed.status(number) == "Live"
    timed.wait(0.4)
    first, *rest = [Decimal(fills[0]["fill-price"]) for fills in fills_of(timed.order(number))]
    assert first - sum(rest) == Decimal(cost)


def test_one_at_a_time_meets_a_limit_inside_the_spread():
    timed = TimedBook()
    timed.market.pin(CALL, "4.70", "4.80")
    met = max(timed.market.quote(CALL, timed.now).ask_size, int(MET_UNITS))
    number = timed.place(limit("4.75", "Debit", leg("Buy to Open", CALL, 2 * met)))
    timed.wait(0.13)
    for _ in range(3):  # the quotes stir, and stay what they are
        timed.market.pin(CALL, "4.70", "4.80")
        timed.wait(0)
    timed.wait(0.6)
    assert [fill["quantity"] for fill in fills_of(timed.order(number))[0]] == [met]


def test_nobody_meets_a_limit_that_the_spread_has_left():
    timed = TimedBook()
    timed.market.pin(CALL, "4.70", "4.80")
    number = timed.place(limit("4.75", "Debit", leg("Buy to Open")))
    timed.wait(0.2)
    timed.market.pin(CALL, "4.90", "5.00")
    timed.wait(60)
    assert timed.status(number) == "Live"
    timed.market.pin(CALL, "4.70", "4.80")
    timed.wait(0)
    timed.wait(1)
    assert timed.status(number) == "Filled"


def test_quotes_that_move_by_themselves_fill_a_resting_order():
    timed = TimedBook(quote_step_s=5.0, quote_move=1.0)
    quote = timed.market.quote("SPY", timed.now)
    number = timed.place(limit(str(quote.bid + Decimal("0.50")), "Credit", leg("Sell to Open", "SPY")))
    timed.wait(3 * 3600)
    done = timed.order(number)
    assert done["status"] == "Filled"
    at = datetime.fromisoformat(done["legs"][0]["fills"][0]["filled-at"])
    assert at < timed.now
    assert timed.market.quote("SPY", at).ask > quote.bid + Decimal("0.50")


def test_quotes_from_before_an_order_worked_do_not_fill_it():
    timed = TimedBook(quote_step_s=60, quote_move=5.0, timings=Timings(fill_s=3600))
    begins = timed.now + timedelta(hours=1)
    bids = [timed.market.quote("SPY", timed.now + timedelta(minutes=minute)).bid for minute in range(1, 60)]
    assert max(bids) > timed.market.quote("SPY", begins).ask
    number = timed.place(limit(str(max(bids)), "Credit", leg("Sell to Open", "SPY")))
    timed.wait(3601)  # in one go
    assert (timed.status(number), fills_of(timed.order(number))) == ("Live", [[]])


def test_no_more_trades_at_once_than_is_quoted():
    timed = TimedBook()
    size = timed.market.quote(CALL, timed.now).ask_size
    number = timed.place(market_order(leg("Buy to Open", CALL, size + 1)))
    timed.wait(0.2)
    assert (timed.status(number), timed.order(number)["legs"][0]["remaining-quantity"]) == ("Live", 1)
    timed.wait(1)
    assert timed.status(number) == "Filled"
    assert [fill["quantity"] for fill in fills_of(timed.order(number))[0]] == [size, 1]


def test_a_spread_trades_at_its_net_price_or_better():
    timed = TimedBook()
    timed.market.pin(CALL, "5.00", "5.10")
    timed.market.pin(HIGHER_CALL, "2.00", "2.10")
    resting = timed.place(vertical("2.90"))
    timed.wait(1)
    assert timed.status(resting) == "Live"
    timed.book.cancel(resting, timed.now)
    timed.wait(1)
    bought, sold = fills_of(timed.order(timed.filled(vertical("3.10"))))
    assert (bought[0]["fill-price"], sold[0]["fill-price"]) == ("5.1", "2.0")


@pytest.mark.parametrize(("bid", "status"), [("4.90", "Live"), ("4.40", "Filled")])
def test_a_stop_waits_for_its_trigger(bid, status):
    timed = TimedBook()
    timed.book.endow(CALL, 1, Decimal(4), timed.now)
    timed.market.pin(CALL, "5.00", "5.10")
    number = timed.place(order("Stop", leg("Sell to Close"), stop_trigger="4.5"))
    timed.wait(1)
    timed.market.pin(CALL, bid, "5.10")
    timed.wait(1)
    assert timed.status(number) == status


def test_a_triggered_stop_limit_stays_a_limit():
    timed = TimedBook()
    timed.book.endow(CALL, 1, Decimal(4), timed.now)
    body = order("Stop Limit", leg("Sell to Close"), stop_trigger="4.5", price="4.4", price_effect="Credit")
    timed.market.pin(CALL, "5.00", "5.10")
    number = timed.place(body)
    timed.market.pin(CALL, "4.00", "4.40")
    timed.wait(1)
    assert timed.status(number) == "Live"
    timed.market.pin(CALL, "4.45", "4.60")
    timed.wait(1)
    assert timed.status(number) == "Filled"


def test_immediate_or_cancel_leaves_nothing_behind():
    timed = TimedBook()
    size = timed.market.quote(CALL, timed.now).ask_size
    number = timed.place(limit("20", "Debit", leg("Buy to Open", CALL, size + 2), tif="IOC"))
    timed.wait(1)
    done = timed.order(number)
    assert (done["status"], done["legs"][0]["remaining-quantity"]) == ("Cancelled", 2)


def test_a_notional_order_buys_fractions():
    timed = TimedBook()
    body = order("Notional Market", leg("Buy to Open", "AAPL", None), tif="GTC", value="5", value_effect="Debit")
    assert "quantity" not in timed.book.dry_run(body, timed.now)["order"]["legs"][0]
    number = timed.filled(body)
    price = Decimal(fills_of(timed.order(number))[0][0]["fill-price"])
    assert 0 < 5 - timed.position("AAPL") * price < Decimal("0.01")


def test_off_tick_prices_pass_the_checks_and_die_at_the_exchange():
    timed = TimedBook()
    body = limit("2.00001", "Debit", leg("Buy to Open", "F"))
    assert timed.book.dry_run(body, timed.now)["warnings"] == []
    number = timed.place(body)
    assert timed.status(number) == "Routed"
    timed.wait(1)
    assert timed.status(number) == "Rejected"
    assert "tick" in timed.order(number)["reject-reason"]


# --- the old table ---


@pytest.mark.parametrize(
    ("body", "status", "price"),
    [
        (market_order(leg("Buy to Open")), "Filled", "1.0"),
        (limit("2.99", "Debit", leg("Buy to Open")), "Filled", "2.99"),
        (limit("3.00", "Debit", leg("Buy to Open")), "Live", None),
    ],
)
def test_the_old_table_fills_by_price_alone(body, status, price):
    timed = TimedBook(fills=Fills.TABLE)
    number = timed.place(body)
    timed.wait(1)
    assert timed.status(number) == status
    assert [fill["fill-price"] for fill in fills_of(timed.order(number))[0]] == ([price] if price else [])


def test_the_old_table_fills_a_spread_at_its_net_price():
    timed = TimedBook(fills=Fills.TABLE)
    bought, sold = fills_of(timed.order(timed.filled(vertical("1.25"))))
    assert Decimal(bought[0]["fill-price"]) - Decimal(sold[0]["fill-price"]) == Decimal("1.25")


# --- by script ---


@pytest.mark.parametrize(
    ("body", "waits"),
    [
        (scripted("delayed", delay=30), 30),
        (scripted("delayed", delay="PT1M"), 60),
        (scripted("scheduled", schedule="2026-11-20T15:05:00Z"), 300),
    ],
)
def test_a_script_says_when_an_order_fills(body, waits):
    timed = TimedBook()
    number = timed.place(body)
    timed.wait(waits - 0.01)
    assert timed.status(number) == "Live"
    timed.wait(0.01)
    assert timed.status(number) == "Filled"
    assert fills_of(timed.order(number))[0][0]["fill-price"] == "1.0"


def test_a_script_can_fill_in_two_halves():
    timed = TimedBook()
    number = timed.place(scripted("partial"))
    timed.wait(0.5)
    assert (timed.status(number), timed.order(number)["legs"][0]["remaining-quantity"]) == ("Live", 2)
    timed.wait(1)
    assert timed.status(number) == "Filled"


def test_a_script_can_fill_never_though_the_market_would():
    timed = TimedBook()
    number = timed.place(market_order(leg("Buy to Open"), behavior="never"))
    timed.wait(3600)
    assert timed.status(number) == "Live"


def test_a_script_can_reject():
    timed = TimedBook()
    number = timed.place(scripted("reject"))
    timed.wait(1)
    assert timed.told(number) == ["Routed", "Rejected"]


def test_immediate_is_what_every_sdk_sends_and_means_the_market():
    timed = TimedBook()
    number = timed.place(scripted("immediate"))
    timed.wait(60)
    assert timed.status(number) == "Live"


# --- legs one after the other ---


def filled_messages(timed, number):
    messages = [each for kind, each in timed.heard if kind == "Order" and each["id"] == number]
    return [[len(fills) for fills in fills_of(each)] for each in messages if each["status"] == "Filled"]


def test_a_spread_in_parts_is_filled_before_its_second_leg_has_a_fill():
    timed = TimedBook()
    number = timed.place(vertical(behavior="partial"))
    timed.wait(0.2)
    assert (timed.status(number), timed.position(HIGHER_CALL)) == ("Filled", 0)
    timed.wait(1)
    assert filled_messages(timed, number) == [[1, 0], [1, 1]]
    assert timed.position(HIGHER_CALL) == -1


def test_every_spread_can_fill_leg_by_leg():
    timed = TimedBook(leg_gap_s=0.01)
    number = timed.place(vertical("99"))
    timed.wait(1)
    assert filled_messages(timed, number) == [[1, 0], [1, 1]]


def test_all_legs_of_a_spread_fill_together_by_default():
    timed = TimedBook()
    assert filled_messages(timed, timed.filled(vertical("99"))) == [[1, 1]]


def test_the_other_legs_of_a_fill_come_though_the_rest_was_cancelled():
    timed = TimedBook(leg_gap_s=0.5)
    timed.market.pin(CALL, "5.00", "5.10")
    sizes = [timed.market.quote(symbol, timed.now) for symbol in (CALL, HIGHER_CALL)]
    most = min(sizes[0].ask_size, sizes[1].bid_size)
    number = timed.place(vertical("5", quantity=most + 1))
    timed.wait(0.2)
    timed.book.cancel(number, timed.now)
    timed.wait(5)
    assert timed.status(number) == "Cancelled"
    assert [each["remaining-quantity"] for each in timed.order(number)["legs"]] == [1, 1]


def test_no_execution_fills_more_than_was_ordered():
    timed = TimedBook()
    number = timed.place(limit("2", "Debit", leg("Buy to Open", "F", 3)))
    state = timed.book._state
    settle_fill(state, state.orders[number], Execution((Decimal(5),), (Decimal(2),)), timed.now)
    assert (timed.status(number), timed.position("F")) == ("Filled", 3)
