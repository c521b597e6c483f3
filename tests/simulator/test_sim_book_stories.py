"""What becomes of an order in the simulator's book, from the POST to the end."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from sim_orders import (
    CALL,
    EXPIRY,
    FRIDAY_NIGHT,
    HIGHER_CALL,
    PUT,
    Floor,
    bracket,
    fills_of,
    leg,
    limit,
    market_order,
    option,
    order,
    refusal,
    vertical,
)

from tastyflow.domain.instruments import Right
from tastyflow_simulator.admin.faults import FaultKind, SimulatorFault
from tastyflow_simulator.book.filling import settle_fill
from tastyflow_simulator.book.pricing import MET_UNITS, Execution
from tastyflow_simulator.options import Fills, Hours, Side, Timings

MONDAY_OPEN = datetime(2026, 11, 23, 14, 30, tzinfo=UTC)


# --- to the exchange ---


def test_an_order_is_routed_in_flight_live_and_filled_at_the_recorded_times():
    floor = Floor()
    shown = floor.book.place(market_order(leg("Buy to Open")), floor.now)["order"]
    assert shown["status"] == "Routed"
    floor.wait(1)
    done = floor.order(shown["id"])
    assert floor.told(shown["id"]) == ["Routed", "In Flight", "Live", "Filled"]
    moments = [datetime.fromisoformat(done[f"{name}-at"]) for name in ("received", "in-flight", "live", "terminal")]
    assert [(at - moments[0]).total_seconds() for at in moments] == [0, 0.028, 0.038, 0.128]


def test_a_slow_router_leaves_the_order_received_first():
    floor = Floor(timings=Timings(routed_s=0.01))
    number = floor.place(market_order(leg("Buy to Open")))
    assert floor.status(number) == "Received"
    floor.wait(1)
    assert floor.told(number) == ["Received", "Routed", "In Flight", "Live", "Filled"]


def test_updated_at_rises_with_every_message_of_an_order():
    floor = Floor(timings=Timings(in_flight_s=0, live_s=0, fill_s=0))
    number = floor.place(market_order(leg("Buy to Open")))
    stamps = [each["updated-at"] for kind, each in floor.heard if kind == "Order" and each["id"] == number]
    assert len(stamps) == 4
    assert all(earlier < later for earlier, later in pairwise(stamps))


def test_every_change_of_an_order_is_followed_by_the_balance():
    floor = Floor()
    floor.place(market_order(leg("Buy to Open")))
    floor.wait(1)
    kinds = [kind for kind, _ in floor.heard]
    assert kinds == ["Order", "AccountBalance"] * 3 + ["Order", "CurrentPosition", "AccountBalance"]


def test_the_two_sides_number_their_orders_apart():
    sandbox, production = Floor(), Floor(side=Side.PRODUCTION)
    body = market_order(leg("Buy to Open"))
    assert sandbox.place(body) < 5_000_000 < production.place(body)


# --- against the quotes ---


def test_a_market_order_trades_at_the_touch():
    floor = Floor()
    floor.market.pin(CALL, "4.70", "4.80")
    bought = floor.filled(market_order(leg("Buy to Open")))
    assert fills_of(floor.order(bought))[0][0]["fill-price"] == "4.8"
    sold = floor.filled(market_order(leg("Sell to Close")))
    assert fills_of(floor.order(sold))[0][0]["fill-price"] == "4.7"


def test_a_limit_rests_until_the_market_comes_to_it():
    floor = Floor()
    floor.market.pin(CALL, "4.70", "4.80")
    number = floor.place(limit("4.70", "Debit", leg("Buy to Open")))
    floor.wait(60)
    assert (floor.status(number), fills_of(floor.order(number))) == ("Live", [[]])
    floor.market.pin(CALL, "4.60", "4.69")
    floor.wait(0)
    assert fills_of(floor.order(number))[0][0]["fill-price"] == "4.69"


@pytest.mark.parametrize(
    ("body", "cost"),
    [
        (limit("4.75", "Debit", leg("Buy to Open")), "4.75"),
        (limit("4.75", "Credit", leg("Sell to Open")), "4.75"),
        (vertical("2.75"), "2.75"),
    ],
)
def test_somebody_meets_a_limit_inside_the_spread_after_a_moment(body, cost):
    floor = Floor()
    floor.market.pin(CALL, "4.70", "4.80")
    floor.market.pin(HIGHER_CALL, "2.00", "2.10")
    number = floor.place(body)
    floor.wait(0.2)
    assert floor.status(number) == "Live"
    floor.wait(0.4)
    first, *rest = [Decimal(fills[0]["fill-price"]) for fills in fills_of(floor.order(number))]
    assert first - sum(rest) == Decimal(cost)


def test_one_at_a_time_meets_a_limit_inside_the_spread():
    floor = Floor()
    floor.market.pin(CALL, "4.70", "4.80")
    met = max(floor.market.quote(CALL, floor.now).ask_size, int(MET_UNITS))
    number = floor.place(limit("4.75", "Debit", leg("Buy to Open", CALL, 2 * met)))
    floor.wait(0.13)
    for _ in range(3):  # the quotes stir, and stay what they are
        floor.market.pin(CALL, "4.70", "4.80")
        floor.wait(0)
    floor.wait(0.6)
    assert [fill["quantity"] for fill in fills_of(floor.order(number))[0]] == [met]


def test_nobody_meets_a_limit_that_the_spread_has_left():
    floor = Floor()
    floor.market.pin(CALL, "4.70", "4.80")
    number = floor.place(limit("4.75", "Debit", leg("Buy to Open")))
    floor.wait(0.2)
    floor.market.pin(CALL, "4.90", "5.00")
    floor.wait(60)
    assert floor.status(number) == "Live"
    floor.market.pin(CALL, "4.70", "4.80")
    floor.wait(0)
    floor.wait(1)
    assert floor.status(number) == "Filled"


def test_quotes_that_move_by_themselves_fill_a_resting_order():
    floor = Floor(quote_step_s=5.0, quote_move=1.0)
    quote = floor.market.quote("SPY", floor.now)
    number = floor.place(limit(str(quote.bid + Decimal("0.50")), "Credit", leg("Sell to Open", "SPY")))
    floor.wait(3 * 3600)
    done = floor.order(number)
    assert done["status"] == "Filled"
    at = datetime.fromisoformat(done["legs"][0]["fills"][0]["filled-at"])
    assert at < floor.now
    assert floor.market.quote("SPY", at).ask > quote.bid + Decimal("0.50")


def test_quotes_from_before_an_order_worked_do_not_fill_it():
    floor = Floor(quote_step_s=60, quote_move=5.0, timings=Timings(fill_s=3600))
    begins = floor.now + timedelta(hours=1)
    bids = [floor.market.quote("SPY", floor.now + timedelta(minutes=minute)).bid for minute in range(1, 60)]
    assert max(bids) > floor.market.quote("SPY", begins).ask
    number = floor.place(limit(str(max(bids)), "Credit", leg("Sell to Open", "SPY")))
    floor.wait(3601)  # in one go
    assert (floor.status(number), fills_of(floor.order(number))) == ("Live", [[]])


def test_no_more_trades_at_once_than_is_quoted():
    floor = Floor()
    size = floor.market.quote(CALL, floor.now).ask_size
    number = floor.place(market_order(leg("Buy to Open", CALL, size + 1)))
    floor.wait(0.2)
    assert (floor.status(number), floor.order(number)["legs"][0]["remaining-quantity"]) == ("Live", 1)
    floor.wait(1)
    assert floor.status(number) == "Filled"
    assert [fill["quantity"] for fill in fills_of(floor.order(number))[0]] == [size, 1]


def test_a_spread_trades_at_its_net_price_or_better():
    floor = Floor()
    floor.market.pin(CALL, "5.00", "5.10")
    floor.market.pin(HIGHER_CALL, "2.00", "2.10")
    resting = floor.place(vertical("2.90"))
    floor.wait(1)
    assert floor.status(resting) == "Live"
    floor.book.cancel(resting, floor.now)
    floor.wait(1)
    bought, sold = fills_of(floor.order(floor.filled(vertical("3.10"))))
    assert (bought[0]["fill-price"], sold[0]["fill-price"]) == ("5.1", "2.0")


@pytest.mark.parametrize(("bid", "status"), [("4.90", "Live"), ("4.40", "Filled")])
def test_a_stop_waits_for_its_trigger(bid, status):
    floor = Floor()
    floor.book.endow(CALL, 1, Decimal(4), floor.now)
    floor.market.pin(CALL, "5.00", "5.10")
    number = floor.place(order("Stop", leg("Sell to Close"), stop_trigger="4.5"))
    floor.wait(1)
    floor.market.pin(CALL, bid, "5.10")
    floor.wait(1)
    assert floor.status(number) == status


def test_a_triggered_stop_limit_stays_a_limit():
    floor = Floor()
    floor.book.endow(CALL, 1, Decimal(4), floor.now)
    body = order("Stop Limit", leg("Sell to Close"), stop_trigger="4.5", price="4.4", price_effect="Credit")
    floor.market.pin(CALL, "5.00", "5.10")
    number = floor.place(body)
    floor.market.pin(CALL, "4.00", "4.40")
    floor.wait(1)
    assert floor.status(number) == "Live"
    floor.market.pin(CALL, "4.45", "4.60")
    floor.wait(1)
    assert floor.status(number) == "Filled"


def test_immediate_or_cancel_leaves_nothing_behind():
    floor = Floor()
    size = floor.market.quote(CALL, floor.now).ask_size
    number = floor.place(limit("20", "Debit", leg("Buy to Open", CALL, size + 2), tif="IOC"))
    floor.wait(1)
    done = floor.order(number)
    assert (done["status"], done["legs"][0]["remaining-quantity"]) == ("Cancelled", 2)


def test_a_notional_order_buys_fractions():
    floor = Floor()
    body = order("Notional Market", leg("Buy to Open", "AAPL", None), tif="GTC", value="5", value_effect="Debit")
    assert "quantity" not in floor.book.dry_run(body, floor.now)["order"]["legs"][0]
    number = floor.filled(body)
    price = Decimal(fills_of(floor.order(number))[0][0]["fill-price"])
    assert 0 < 5 - floor.position("AAPL") * price < Decimal("0.01")


def test_off_tick_prices_pass_the_checks_and_die_at_the_exchange():
    floor = Floor()
    body = limit("2.00001", "Debit", leg("Buy to Open", "F"))
    assert floor.book.dry_run(body, floor.now)["warnings"] == []
    number = floor.place(body)
    assert floor.status(number) == "Routed"
    floor.wait(1)
    assert floor.status(number) == "Rejected"
    assert "tick" in floor.order(number)["reject-reason"]


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
    floor = Floor(fills=Fills.TABLE)
    number = floor.place(body)
    floor.wait(1)
    assert floor.status(number) == status
    assert [fill["fill-price"] for fill in fills_of(floor.order(number))[0]] == ([price] if price else [])


def test_the_old_table_fills_a_spread_at_its_net_price():
    floor = Floor(fills=Fills.TABLE)
    bought, sold = fills_of(floor.order(floor.filled(vertical("1.25"))))
    assert Decimal(bought[0]["fill-price"]) - Decimal(sold[0]["fill-price"]) == Decimal("1.25")


# --- by script ---


def scripted(behavior, quantity=4, price="1.00", **rest):
    """A limit that the market would never fill."""
    return limit(price, "Debit", leg("Buy to Open", CALL, quantity), behavior=behavior, **rest)


@pytest.mark.parametrize(
    ("body", "waits"),
    [
        (scripted("delayed", delay=30), 30),
        (scripted("delayed", delay="PT1M"), 60),
        (scripted("scheduled", schedule="2026-11-20T15:05:00Z"), 300),
    ],
)
def test_a_script_says_when_an_order_fills(body, waits):
    floor = Floor()
    number = floor.place(body)
    floor.wait(waits - 0.01)
    assert floor.status(number) == "Live"
    floor.wait(0.01)
    assert floor.status(number) == "Filled"
    assert fills_of(floor.order(number))[0][0]["fill-price"] == "1.0"


def test_a_script_can_fill_in_two_halves():
    floor = Floor()
    number = floor.place(scripted("partial"))
    floor.wait(0.5)
    assert (floor.status(number), floor.order(number)["legs"][0]["remaining-quantity"]) == ("Live", 2)
    floor.wait(1)
    assert floor.status(number) == "Filled"


def test_a_script_can_fill_never_though_the_market_would():
    floor = Floor()
    number = floor.place(market_order(leg("Buy to Open"), behavior="never"))
    floor.wait(3600)
    assert floor.status(number) == "Live"


def test_a_script_can_reject():
    floor = Floor()
    number = floor.place(scripted("reject"))
    floor.wait(1)
    assert floor.told(number) == ["Routed", "Rejected"]


def test_immediate_is_what_every_sdk_sends_and_means_the_market():
    floor = Floor()
    number = floor.place(scripted("immediate"))
    floor.wait(60)
    assert floor.status(number) == "Live"


# --- legs one after the other ---


def filled_messages(floor, number):
    messages = [each for kind, each in floor.heard if kind == "Order" and each["id"] == number]
    return [[len(fills) for fills in fills_of(each)] for each in messages if each["status"] == "Filled"]


def test_a_spread_in_parts_is_filled_before_its_second_leg_has_a_fill():
    floor = Floor()
    number = floor.place(vertical(behavior="partial"))
    floor.wait(0.2)
    assert (floor.status(number), floor.position(HIGHER_CALL)) == ("Filled", 0)
    floor.wait(1)
    assert filled_messages(floor, number) == [[1, 0], [1, 1]]
    assert floor.position(HIGHER_CALL) == -1


def test_every_spread_can_fill_leg_by_leg():
    floor = Floor(leg_gap_s=0.01)
    number = floor.place(vertical("99"))
    floor.wait(1)
    assert filled_messages(floor, number) == [[1, 0], [1, 1]]


def test_all_legs_of_a_spread_fill_together_by_default():
    floor = Floor()
    assert filled_messages(floor, floor.filled(vertical("99"))) == [[1, 1]]


def test_the_other_legs_of_a_fill_come_though_the_rest_was_cancelled():
    floor = Floor(leg_gap_s=0.5)
    floor.market.pin(CALL, "5.00", "5.10")
    sizes = [floor.market.quote(symbol, floor.now) for symbol in (CALL, HIGHER_CALL)]
    most = min(sizes[0].ask_size, sizes[1].bid_size)
    number = floor.place(vertical("5", quantity=most + 1))
    floor.wait(0.2)
    floor.book.cancel(number, floor.now)
    floor.wait(5)
    assert floor.status(number) == "Cancelled"
    assert [each["remaining-quantity"] for each in floor.order(number)["legs"]] == [1, 1]


def test_no_execution_fills_more_than_was_ordered():
    floor = Floor()
    number = floor.place(limit("2", "Debit", leg("Buy to Open", "F", 3)))
    state = floor.book._state
    settle_fill(state, state.orders[number], Execution((Decimal(5),), (Decimal(2),)), floor.now)
    assert (floor.status(number), floor.position("F")) == ("Filled", 3)


# --- cancels ---


def test_a_working_order_is_cancelled_in_two_steps():
    floor = Floor()
    number = floor.place(limit("2", "Debit", leg("Buy to Open", "F"), tif="GTC"))
    floor.wait(1)
    shown = floor.book.cancel(number, floor.now)
    assert (shown["status"], shown["cancellable"], shown["editable"]) == ("Cancel Requested", False, False)
    floor.wait(1)
    assert floor.told(number)[-2:] == ["Cancel Requested", "Cancelled"]
    assert {"cancelled-at", "terminal-at"} <= floor.order(number).keys()


def test_a_fill_can_cross_a_cancel():
    floor = Floor()
    number = floor.place(scripted("delayed", delay=1))
    floor.wait(0.97)
    floor.book.cancel(number, floor.now)
    floor.wait(1)
    assert floor.told(number)[-2:] == ["Cancel Requested", "Filled"]


def test_what_is_over_can_not_be_cancelled():
    floor = Floor()
    number = floor.filled(market_order(leg("Buy to Open")))
    refused = refusal(lambda: floor.book.cancel(number, floor.now))
    assert (refused.status, refused.code) == (422, "cannot_update_order")


def test_an_order_that_nobody_placed_is_not_found():
    floor = Floor()
    for act in (floor.book.order, floor.book.cancel, floor.book.complex_order, floor.book.cancel_complex):
        assert refusal(lambda act=act: act(7, floor.now)).status == 404


# --- replacements ---


def resting(floor, price="2", **rest):
    number = floor.place(limit(price, "Debit", leg("Buy to Open", "F", 3), tif="GTC", **rest))
    floor.wait(1)
    return number


NEW_TERMS = {"order-type": "Limit", "time-in-force": "Day", "price": "2.01", "price-effect": "Debit"}


def test_a_replacement_waits_until_the_original_is_gone():
    floor = Floor()
    old = resting(floor)
    new = floor.book.replace(old, NEW_TERMS, floor.now)
    assert (new["status"], new["replaces-order-id"], new["time-in-force"]) == ("Contingent", old, "Day")
    assert floor.status(old) == "Replace Requested"
    floor.wait(1)
    gone = floor.order(old)
    assert (gone["status"], gone["edited"], gone["replacing-order-id"]) == ("Cancelled", True, new["id"])
    assert floor.told(new["id"]) == ["Contingent", "Routed", "In Flight", "Live"]
    routed = next(i for i, (k, e) in enumerate(floor.heard) if k == "Order" and e["status"] == "Routed" and i > 3)
    cancelled = next(i for i, (k, e) in enumerate(floor.heard) if k == "Order" and e["status"] == "Cancelled")
    assert cancelled < routed  # in between, neither works


def test_a_fill_of_the_original_ends_its_replacement():
    floor = Floor()
    old = resting(floor, behavior="delayed", delay=1.04)
    new = floor.book.replace(old, NEW_TERMS, floor.now)["id"]
    floor.wait(1)
    assert (floor.status(old), floor.status(new)) == ("Filled", "Rejected")
    assert "replacing-order-id" not in floor.order(old)
    assert floor.position("F") == 3


def test_a_partial_fill_of_the_original_ends_its_replacement_and_the_original_works_on():
    floor = Floor()
    old = floor.place(limit("2", "Debit", leg("Buy to Open", "F", 5_000), tif="GTC"))
    floor.wait(1)
    new = floor.book.replace(old, NEW_TERMS, floor.now)["id"]
    floor.market.pin("F", "1.98", "2.00")
    floor.wait(0)
    assert (floor.status(old), floor.status(new)) == ("Live", "Rejected")
    assert not floor.order(old)["edited"]
    floor.wait(60)
    assert (floor.status(old), floor.position("F")) == ("Filled", 5_000)


def test_the_second_half_of_the_original_ends_its_replacement_too():
    floor = Floor()
    first = floor.place(limit("1", "Debit", leg("Buy to Open", "AAPL", 4), tif="GTC", behavior="partial", delay=5))
    floor.wait(5.1)
    new = floor.book.replace(first, NEW_TERMS | {"price": "1.5"}, floor.now)["id"]
    floor.wait(0.2)
    assert (floor.status(first), floor.status(new)) == ("Filled", "Rejected")


def test_a_replacement_is_for_what_is_left():
    floor = Floor()
    old = floor.place(limit("1", "Debit", leg("Buy to Open", "AAPL", 4), tif="GTC", behavior="partial", delay=3600))
    floor.wait(1)
    new = floor.book.replace(old, NEW_TERMS, floor.now)
    assert new["legs"][0]["quantity"] == 2


def test_legs_may_be_repeated_but_not_changed():
    floor = Floor()
    old = resting(floor)
    other = NEW_TERMS | {"legs": [leg("Buy to Open", "F", 4)]}
    assert refusal(lambda: floor.book.replace(old, other, floor.now)).errors[0]["code"] == (
        "sim.replacement_changes_legs"
    )
    same = NEW_TERMS | {"legs": [leg("Buy to Open", "F", 3)]}
    assert floor.book.replace(old, same, floor.now)["status"] == "Contingent"


def test_an_edit_names_only_what_changes():
    floor = Floor()
    old = resting(floor)
    new = floor.book.edit(old, {"price": "2.05"}, floor.now)
    assert (new["price"], new["time-in-force"]) == ("2.05", "GTC")


def test_a_trial_replacement_changes_nothing():
    floor = Floor()
    old = resting(floor)
    tried = floor.book.replace_dry_run(old, NEW_TERMS, floor.now)
    assert (tried["order"]["price"], floor.status(old), len(floor.book.ledger())) == ("2.01", "Live", 1)


# --- complex orders ---


def parts(floor, number):
    shown = floor.book.complex_order(number, floor.now)
    trigger = shown.get("trigger-order")
    return trigger and trigger["status"], [each["status"] for each in shown["orders"]]


def test_a_bracket_is_contingent_until_its_trigger_fills():
    floor = Floor()
    shown = floor.book.place_complex(bracket(), floor.now, dry_run=False)["complex-order"]
    everything = [shown["trigger-order"], *shown["orders"]]
    assert {each["status"] for each in everything} == {"Contingent"}
    tags = ["OTOCO::trigger-order", "OTOCO::oco-1-order", "OTOCO::oco-2-order"]
    assert [each["complex-order-tag"] for each in everything] == tags
    assert [each["preflight-id"] for each in everything] == [0, 1, 2]
    assert "ext-client-order-id" not in shown["orders"][0]
    floor.wait(1)
    assert parts(floor, shown["id"]) == ("Live", ["Contingent", "Contingent"])
    floor.market.pin("F", "1.98", "2.00")
    floor.wait(0)
    floor.wait(1)
    assert parts(floor, shown["id"]) == ("Filled", ["Live", "Live"])


def test_one_cancels_the_other():
    floor = Floor()
    number = floor.book.place_complex(bracket(), floor.now, dry_run=False)["complex-order"]["id"]
    floor.wait(1)
    floor.market.pin("F", "1.98", "2.00")
    floor.wait(0)
    floor.wait(1)
    floor.market.pin("F", "1.40", "1.41")
    floor.wait(0)
    floor.wait(1)
    assert parts(floor, number) == ("Filled", ["Cancelled", "Filled"])
    assert "terminal-at" in floor.book.complex_order(number, floor.now)
    assert floor.position("F") == 0
    assert any(kind == "ComplexOrder" for kind, _ in floor.heard)


def test_a_bracket_goes_with_its_trigger():
    floor = Floor()
    shown = floor.book.place_complex(bracket(), floor.now, dry_run=False)["complex-order"]
    floor.wait(1)
    floor.book.cancel(shown["trigger-order"]["id"], floor.now)
    floor.wait(1)
    assert parts(floor, shown["id"]) == ("Cancelled", ["Cancelled", "Cancelled"])


def test_a_complex_order_is_cancelled_by_its_own_number():
    floor = Floor()
    floor.book.endow("F", 1, Decimal(9), floor.now)
    number = floor.book.place_complex(bracket("OCO"), floor.now, dry_run=False)["complex-order"]["id"]
    floor.wait(1)
    assert parts(floor, number) == (None, ["Live", "Live"])
    floor.book.cancel_complex(number, floor.now)
    floor.wait(1)
    assert parts(floor, number) == (None, ["Cancelled", "Cancelled"])
    assert refusal(lambda: floor.book.cancel_complex(number, floor.now)).code == "cannot_update_order"


def test_without_a_position_the_limit_of_an_oco_opens_and_its_stop_still_closes():
    floor = Floor()
    shown = floor.book.place_complex(bracket("OCO"), floor.now, dry_run=True)
    actions = [each["legs"][0]["action"] for each in shown["complex-order"]["orders"]]
    assert actions == ["Sell to Open", "Sell to Close"]
    assert [each["code"] for each in shown["warnings"]] == ["closing_with_no_position"]


def test_a_trial_bracket_has_no_number_and_no_errors():
    floor = Floor()
    shown = floor.book.place_complex(bracket(), floor.now, dry_run=True)
    assert "id" not in shown["complex-order"]
    assert not shown.get("errors")
    assert floor.book.complex_live(floor.now) == []


def test_a_replaced_part_stays_in_its_bracket():
    floor = Floor()
    shown = floor.book.place_complex(bracket(), floor.now, dry_run=False)["complex-order"]
    floor.wait(1)
    trigger, target = shown["trigger-order"]["id"], shown["orders"][0]["id"]
    dearer = {"order-type": "Limit", "time-in-force": "GTC", "price": "300", "price-effect": "Credit"}
    floor.book.replace(target, dearer, floor.now)
    cheaper = {"order-type": "Limit", "time-in-force": "Day", "price": "3", "price-effect": "Debit"}
    floor.book.replace(trigger, cheaper, floor.now)
    floor.wait(1)
    assert parts(floor, shown["id"]) == ("Live", ["Contingent", "Contingent"])
    floor.market.pin("F", "2.98", "3.00")
    floor.wait(0)
    floor.wait(1)
    assert parts(floor, shown["id"]) == ("Filled", ["Live", "Live"])
    assert floor.book.complex_order(shown["id"], floor.now)["orders"][0]["price"] == "300.0"


def test_a_late_leg_of_the_trigger_does_not_hurry_the_replacement_of_a_part():
    floor = Floor()
    body = {"type": "OTO", "trigger-order": vertical(behavior="partial", delay=1), "orders": bracket()["orders"][:1]}
    body["orders"][0] |= {"legs": [leg("Buy to Open", "F")], "price": "2", "price-effect": "Debit"}
    shown = floor.book.place_complex(body, floor.now, dry_run=False)["complex-order"]
    floor.wait(1.1)
    new = floor.book.replace(shown["orders"][0]["id"], NEW_TERMS, floor.now)["id"]
    floor.wait(0.04)  # by now the spread's other leg has traded
    assert floor.position(HIGHER_CALL) == -1
    assert floor.status(new) == "Contingent"
    floor.wait(1)
    assert floor.status(new) == "Live"


# --- hours ---


def test_off_hours_a_day_order_waits_for_the_next_session():
    floor = Floor(now=FRIDAY_NIGHT, hours=Hours.EXCHANGE)
    answer = floor.book.place(limit("99", "Debit", leg("Buy to Open")), floor.now)
    assert (answer["order"]["status"], answer["warnings"][0]["code"]) == ("Received", "tif.next_valid_session")
    floor.wait((MONDAY_OPEN - floor.now).total_seconds() - 1)
    assert floor.status(answer["order"]["id"]) == "Received"
    floor.wait(2)
    assert floor.status(answer["order"]["id"]) == "Filled"


def test_off_hours_a_cancel_is_one_step():
    floor = Floor(now=FRIDAY_NIGHT, hours=Hours.EXCHANGE)
    number = floor.place(limit("99", "Debit", leg("Buy to Open")))
    assert floor.book.cancel(number, floor.now)["status"] == "Cancelled"
    assert floor.told(number) == ["Received", "Cancelled"]


def test_off_hours_a_replacement_is_received_at_once():
    floor = Floor(now=FRIDAY_NIGHT, hours=Hours.EXCHANGE)
    number = floor.place(limit("99", "Debit", leg("Buy to Open")))
    new = floor.book.replace(number, NEW_TERMS, floor.now)
    assert (new["status"], floor.status(number)) == ("Received", "Cancelled")


def test_day_orders_expire_at_the_close_and_good_till_cancelled_ones_stay():
    floor = Floor(hours=Hours.EXCHANGE)
    day = floor.place(limit("2", "Debit", leg("Buy to Open", "F")))
    gtc = floor.place(limit("2", "Debit", leg("Buy to Open", "F"), tif="GTC"))
    until = floor.place(limit("2", "Debit", leg("Buy to Open", "F"), tif="GTD", gtc_date="2026-11-23"))
    floor.wait(6 * 3600 - 1)
    assert floor.status(day) == "Live"
    floor.wait(1)
    assert [floor.status(number) for number in (day, gtc, until)] == ["Expired", "Live", "Live"]
    floor.wait(3 * 86400)
    assert [floor.status(number) for number in (gtc, until)] == ["Live", "Expired"]


def test_a_part_that_starts_after_its_last_day_expires_at_once():
    floor = Floor(now=datetime(2026, 11, 20, 20, 59, tzinfo=UTC), hours=Hours.EXCHANGE)
    body = bracket("OTO") | {"orders": [bracket()["orders"][0] | {"time-in-force": "GTD", "gtc-date": "2026-11-20"}]}
    body["trigger-order"] |= {"time-in-force": "GTC"}
    shown = floor.book.place_complex(body, floor.now, dry_run=False)["complex-order"]
    floor.wait(60)
    floor.market.pin("F", "1.98", "2.00")
    floor.wait((MONDAY_OPEN - floor.now).total_seconds() + 1)
    floor.wait(1)
    assert parts(floor, shown["id"]) == ("Filled", ["Expired"])
    late = floor.book.complex_order(shown["id"], floor.now)["orders"][0]
    assert late["terminal-at"] >= late["received-at"]


def test_nothing_trades_over_night():
    floor = Floor(hours=Hours.EXCHANGE)
    number = floor.place(limit("2", "Debit", leg("Buy to Open", "F"), tif="GTC"))
    floor.wait(7 * 3600)
    floor.market.pin("F", "1", "1.01")
    floor.wait(3600)
    assert floor.status(number) == "Live"
    floor.wait((MONDAY_OPEN - floor.now).total_seconds())
    assert floor.status(number) == "Filled"


def test_not_even_a_script_trades_over_night():
    floor = Floor(hours=Hours.EXCHANGE)
    number = floor.place(scripted("delayed", tif="GTC", delay=12 * 3600))
    floor.wait((MONDAY_OPEN - floor.now).total_seconds() - 1)
    assert floor.status(number) == "Live"
    floor.wait(1)
    assert floor.status(number) == "Filled"


def test_extended_hours_are_for_those_who_ask():
    floor = Floor(now=datetime(2026, 11, 20, 22, 0, tzinfo=UTC), hours=Hours.EXCHANGE)
    number = floor.place(limit("99", "Debit", leg("Buy to Open", "F"), tif="Ext"))
    floor.wait(1)
    assert floor.status(number) == "Filled"


# --- positions and money ---


def test_a_trade_moves_cash_by_its_price_and_fees():
    floor = Floor()
    floor.market.pin(CALL, "4.70", "4.80")
    floor.filled(market_order(leg("Buy to Open", CALL, 2)))
    assert floor.cash() == 100_000 - 960 - Decimal("2.24")
    floor.filled(market_order(leg("Sell to Close", CALL, 2)))
    assert floor.cash() == 100_000 - 960 - Decimal("2.24") + 940 - Decimal("0.24")
    fees = floor.book.total_fees(floor.now.date(), floor.now)
    assert fees == {"total-fees": "2.48", "total-fees-effect": "Debit"}


def test_a_closed_position_shows_its_gain_for_the_day():
    floor = Floor()
    floor.market.pin(CALL, "4.70", "4.80")
    floor.filled(market_order(leg("Buy to Open", CALL, 2)))
    floor.market.pin(CALL, "5.80", "5.90")
    floor.filled(market_order(leg("Sell to Close", CALL, 2)))
    assert floor.book.positions(floor.now) == []
    row = floor.book.positions(floor.now, query={"include-closed-positions": ["true"]})[0]
    assert (row["quantity-direction"], row["realized-day-gain"]) == ("Zero", "200.0")
    floor.wait(86400)
    assert floor.book.positions(floor.now, query={"include-closed-positions": ["true"]}) == []


def test_a_gain_counts_on_its_day_only():
    floor = Floor()
    floor.book.endow(CALL, 2, Decimal(4), floor.now)
    for bid, gain in (("5.00", "100.0"), ("4.30", "30.0")):
        floor.market.pin(CALL, bid, "5.10")
        floor.filled(market_order(leg("Sell to Close")))
        row = floor.book.positions(floor.now, query={"include-closed-positions": ["true"]})[0]
        assert row["realized-day-gain"] == gain
        floor.wait(86_400)


def test_a_short_position_is_positive_on_the_wire():
    floor = Floor()
    floor.filled(market_order(leg("Sell to Open", PUT)))
    row = floor.book.positions(floor.now)[0]
    assert (row["quantity"], row["quantity-direction"], row["cost-effect"]) == ("1", "Short", "Debit")


def test_endowed_positions_cost_nothing():
    floor = Floor()
    floor.book.endow("SPY", 100, Decimal(400), floor.now)
    assert (floor.position("SPY"), floor.cash()) == (100, 100_000)
    assert refusal(lambda: floor.book.endow("SPX", 1, Decimal(1), floor.now)).status == 422


def test_a_covered_call_takes_no_buying_power_and_a_naked_one_does():
    floor = Floor()
    body = market_order(leg("Sell to Open", HIGHER_CALL))
    naked = floor.book.dry_run(body, floor.now)["buying-power-effect"]
    floor.book.endow("SPY", 100, Decimal(400), floor.now)
    assert Decimal(naked["isolated-order-margin-requirement"]) > 1_000
    assert naked["effect"] == "Debit"


@pytest.mark.parametrize(
    ("symbol", "held", "cash", "shares"),
    [
        (option("400"), 1, 0 - 40_000, 100),  # exercised
        (option("400"), -1, 40_000, -100),  # assigned
        (option("500", Right.PUT), 1, 50_000, -100),
        (option("500"), 1, 0, 0),  # worthless
        (option("5900", root="SPXW"), 1, 0, 0),
    ],
)
def test_options_end_at_their_expiry(symbol, held, cash, shares):
    floor = Floor(now=datetime(2026, 12, 18, 19, 0, tzinfo=UTC), hours=Hours.EXCHANGE)
    floor.book.endow(symbol, held, Decimal(1), floor.now)
    floor.wait(7200)
    assert floor.position(symbol) == 0
    assert (floor.cash() - 100_000, floor.position("SPY")) == (cash, shares)


def test_an_index_option_is_settled_in_cash():
    floor = Floor(now=datetime(2026, 12, 18, 19, 0, tzinfo=UTC), hours=Hours.EXCHANGE)
    level = floor.market.quote("SPX", floor.now).last
    strike = (level / 50).to_integral_value() * 50 - 100
    symbol = option(str(strike), root="SPXW")
    floor.book.endow(symbol, 2, Decimal(1), floor.now)
    floor.wait(7200)
    assert floor.position(symbol) == 0
    assert floor.cash() > 100_000
    line = floor.book.transactions(floor.now, query={"type": ["Receive Deliver"]})[0]
    assert line["transaction-sub-type"] == "Cash Settled Exercise"


# --- the sandbox at night ---


def test_the_sandbox_forgets_at_night_and_its_ledger_does_not():
    floor = Floor(sandbox_resets_at=2)
    number = floor.filled(market_order(leg("Buy to Open")))
    floor.place(limit("2", "Debit", leg("Buy to Open", "F"), tif="GTC"))
    floor.wait(86400)
    assert floor.book.live(floor.now) == floor.book.history(floor.now) == floor.book.positions(floor.now) == []
    assert refusal(lambda: floor.order(number)).status == 404
    assert floor.cash() == 100_000
    assert [row["status"] for row in floor.book.ledger()] == ["Filled", "Removed"]
    assert floor.place(market_order(leg("Buy to Open"))) > number


def test_production_never_forgets():
    floor = Floor(sandbox_resets_at=2, side=Side.PRODUCTION)
    number = floor.filled(market_order(leg("Buy to Open")))
    floor.wait(86400)
    assert floor.status(number) == "Filled"


# --- faults ---


def test_an_offline_session_rejects_what_it_accepted():
    floor = Floor(SimulatorFault(kind=FaultKind.SESSION_OFFLINE))
    number = floor.place(market_order(leg("Buy to Open")))
    floor.wait(1)
    shown = floor.order(number)
    assert (shown["status"], shown["reject-reason"]) == ("Rejected", "Session offline")
    floor.filled(market_order(leg("Buy to Open")))


def test_a_fault_can_name_its_order():
    floor = Floor(SimulatorFault(kind=FaultKind.SESSION_OFFLINE, order="mine"))
    floor.filled(market_order(leg("Buy to Open"), external_identifier="yours"))
    number = floor.place(market_order(leg("Buy to Open"), external_identifier="mine"))
    floor.wait(1)
    assert floor.status(number) == "Rejected"


def test_a_lagging_position_turns_a_close_into_an_opening_order():
    floor = Floor(SimulatorFault(kind=FaultKind.POSITION_LAG, seconds=2))
    floor.filled(market_order(leg("Buy to Open")))
    assert floor.position(CALL) == 0
    body = market_order(leg("Sell to Close"))
    answer = floor.book.dry_run(body, floor.now)
    assert answer["order"]["legs"][0]["action"] == "Sell to Open"
    assert answer["warnings"][0]["code"] == "closing_with_no_position"
    floor.wait(2)
    assert floor.position(CALL) == 1
    assert floor.book.dry_run(body, floor.now)["order"]["legs"][0]["action"] == "Sell to Close"


def test_a_hidden_order_is_missing_from_lists_only():
    floor = Floor(SimulatorFault(kind=FaultKind.VISIBILITY_LAG, seconds=3))
    number = floor.place(market_order(leg("Buy to Open")))
    floor.wait(2.5)
    assert floor.book.live(floor.now) == floor.book.history(floor.now) == []
    assert floor.status(number) == "Filled"
    floor.wait(1)
    assert [each["id"] for each in floor.book.live(floor.now)] == [number]


def test_a_stale_sandbox_does_not_know_the_symbol():
    floor = Floor(SimulatorFault(kind=FaultKind.STALE_SYMBOLS, times=2))
    body = market_order(leg("Buy to Open"))
    assert floor.codes(body) == {"instrument_validation_failed"}
    floor.filled(body)


# --- lists ---


def test_refused_orders_are_listed_only_where_that_is_chosen():
    bad = limit("1", "Credit", leg("Buy to Open"))
    for keeps in (False, True):
        floor = Floor(keeps_refused=keeps)
        refusal(lambda floor=floor: floor.book.place(bad, floor.now))
        assert [each["status"] for each in floor.book.live(floor.now)] == ["Rejected"] * keeps
        assert floor.book.ledger() == []


def test_live_orders_are_those_of_today_and_those_that_are_open():
    floor = Floor()
    floor.filled(market_order(leg("Buy to Open")))
    gtc = floor.place(limit("2", "Debit", leg("Buy to Open", "F"), tif="GTC"))
    floor.wait(86400)
    assert [each["id"] for each in floor.book.live(floor.now)] == [gtc]
    assert len(floor.book.history(floor.now)) == 2


def test_history_knows_the_filters_of_the_api():
    floor = Floor()
    first = floor.filled(market_order(leg("Buy to Open")))
    floor.wait(60)
    second = floor.place(limit("2", "Debit", leg("Buy to Open", "F"), tif="GTC"))

    def found(**query):
        query = {name.replace("_", "-"): value for name, value in query.items()}
        return [each["id"] for each in floor.book.history(floor.now, query=query)]

    assert found() == [second, first]
    assert found(sort=["Asc"]) == [first, second]
    assert found(**{"status[]": ["Filled", "Expired"]}) == [first]
    assert found(underlying_symbol=["F"]) == [second]
    assert found(start_date=["2026-11-21"]) == found(end_date=["2026-11-19"]) == []
    assert found(start_at=[(floor.now - timedelta(seconds=5)).isoformat()]) == [second]
    assert found(end_at=["2026-11-20T15:00:30Z"]) == [first]
    assert found(futures_symbol=["/ESZ6"]) == []
    assert refusal(lambda: found(start_at=["soon"])).status == 400


def test_the_ledger_holds_each_accepted_body_as_it_came():
    floor = Floor()
    body = market_order(leg("Buy to Open"), external_identifier="ref-1", source="me")
    floor.place(body)
    row = floor.book.ledger()[0]
    assert (row["external-identifier"], row["body"]) == ("ref-1", body)
    assert floor.book.has_accepted("ref-1")
    assert not floor.book.has_accepted("ref-2")


def test_the_same_identifier_twice_is_two_orders():
    floor = Floor()
    body = market_order(leg("Buy to Open"), external_identifier="ref-1")
    assert floor.place(body) != floor.place(body)


def test_who_stops_to_listen_hears_no_more():
    floor = Floor()
    heard = []
    unlisten = floor.book.listen(lambda kind, shown: heard.append(kind))
    floor.book.set_status(is_frozen=True)
    unlisten()
    unlisten()
    floor.book.set_status(is_frozen=False)
    assert heard == ["TradingStatus"]


def test_the_book_says_when_it_is_due_again():
    floor = Floor()
    floor.place(market_order(leg("Buy to Open")))
    assert (floor.book.next_due(floor.now) - floor.now).total_seconds() == 0.028
    floor.wait(1)
    assert floor.book.next_due(floor.now) > floor.now + timedelta(hours=1)


def test_the_expiry_of_an_option_ends_orders_in_it():
    floor = Floor(hours=Hours.EXCHANGE)
    number = floor.place(limit("0.01", "Debit", leg("Buy to Open"), tif="GTC"))
    floor.wait((datetime(EXPIRY.year, EXPIRY.month, EXPIRY.day, 22, tzinfo=UTC) - floor.now).total_seconds())
    assert floor.status(number) == "Expired"
