"""What becomes of an order that is cancelled, replaced, or part of a complex order."""

from decimal import Decimal

from sim_orders import (
    HIGHER_CALL,
    NEW_TERMS,
    TimedBook,
    bracket,
    leg,
    limit,
    market_order,
    parts,
    refusal,
    scripted,
    vertical,
)

# --- cancels ---


def test_a_working_order_is_cancelled_in_two_steps():
    timed = TimedBook()
    number = timed.place(limit("2", "Debit", leg("Buy to Open", "F"), tif="GTC"))
    timed.wait(1)
    shown = timed.book.cancel(number, timed.now)
    assert (shown["status"], shown["cancellable"], shown["editable"]) == ("Cancel Requested", False, False)
    timed.wait(1)
    assert timed.told(number)[-2:] == ["Cancel Requested", "Cancelled"]
    assert {"cancelled-at", "terminal-at"} <= timed.order(number).keys()


def test_a_fill_can_cross_a_cancel():
    timed = TimedBook()
    number = timed.place(scripted("delayed", delay=1))
    timed.wait(0.97)
    timed.book.cancel(number, timed.now)
    timed.wait(1)
    assert timed.told(number)[-2:] == ["Cancel Requested", "Filled"]


def test_what_is_over_can_not_be_cancelled():
    timed = TimedBook()
    number = timed.filled(market_order(leg("Buy to Open")))
    refused = refusal(lambda: timed.book.cancel(number, timed.now))
    assert (refused.status, refused.code) == (422, "cannot_update_order")


def test_an_order_that_nobody_placed_is_not_found():
    timed = TimedBook()
    for act in (timed.book.order, timed.book.cancel, timed.book.complex_order, timed.book.cancel_complex):
        assert refusal(lambda act=act: act(7, timed.now)).status == 404


# --- replacements ---


def resting(timed, price="2", **rest):
    number = timed.place(limit(price, "Debit", leg("Buy to Open", "F", 3), tif="GTC", **rest))
    timed.wait(1)
    return number


def test_a_replacement_waits_until_the_original_is_gone():
    timed = TimedBook()
    old = resting(timed)
    new = timed.book.replace(old, NEW_TERMS, timed.now)
    assert (new["status"], new["replaces-order-id"], new["time-in-force"]) == ("Contingent", old, "Day")
    assert timed.status(old) == "Replace Requested"
    timed.wait(1)
    gone = timed.order(old)
    assert (gone["status"], gone["edited"], gone["replacing-order-id"]) == ("Cancelled", True, new["id"])
    assert timed.told(new["id"]) == ["Contingent", "Routed", "In Flight", "Live"]
    routed = next(i for i, (k, e) in enumerate(timed.heard) if k == "Order" and e["status"] == "Routed" and i > 3)
    cancelled = next(i for i, (k, e) in enumerate(timed.heard) if k == "Order" and e["status"] == "Cancelled")
    assert cancelled < routed  # in between, neither works


def test_a_fill_of_the_original_ends_its_replacement():
    timed = TimedBook()
    old = resting(timed, behavior="delayed", delay=1.04)
    new = timed.book.replace(old, NEW_TERMS, timed.now)["id"]
    timed.wait(1)
    assert (timed.status(old), timed.status(new)) == ("Filled", "Rejected")
    assert "replacing-order-id" not in timed.order(old)
    assert timed.position("F") == 3


def test_a_partial_fill_of_the_original_ends_its_replacement_and_the_original_works_on():
    timed = TimedBook()
    old = timed.place(limit("2", "Debit", leg("Buy to Open", "F", 5_000), tif="GTC"))
    timed.wait(1)
    new = timed.book.replace(old, NEW_TERMS, timed.now)["id"]
    timed.market.pin("F", "1.98", "2.00")
    timed.wait(0)
    assert (timed.status(old), timed.status(new)) == ("Live", "Rejected")
    assert not timed.order(old)["edited"]
    timed.wait(60)
    assert (timed.status(old), timed.position("F")) == ("Filled", 5_000)


def test_the_second_half_of_the_original_ends_its_replacement_too():
    timed = TimedBook()
    first = timed.place(limit("1", "Debit", leg("Buy to Open", "AAPL", 4), tif="GTC", behavior="partial", delay=5))
    timed.wait(5.1)
    new = timed.book.replace(first, NEW_TERMS | {"price": "1.5"}, timed.now)["id"]
    timed.wait(0.2)
    assert (timed.status(first), timed.status(new)) == ("Filled", "Rejected")


def test_a_replacement_is_for_what_is_left():
    timed = TimedBook()
    old = timed.place(limit("1", "Debit", leg("Buy to Open", "AAPL", 4), tif="GTC", behavior="partial", delay=3600))
    timed.wait(1)
    new = timed.book.replace(old, NEW_TERMS, timed.now)
    assert new["legs"][0]["quantity"] == 2


def test_legs_may_be_repeated_but_not_changed():
    timed = TimedBook()
    old = resting(timed)
    other = NEW_TERMS | {"legs": [leg("Buy to Open", "F", 4)]}
    assert refusal(lambda: timed.book.replace(old, other, timed.now)).errors[0]["code"] == (
        "sim.replacement_changes_legs"
    )
    same = NEW_TERMS | {"legs": [leg("Buy to Open", "F", 3)]}
    assert timed.book.replace(old, same, timed.now)["status"] == "Contingent"


def test_an_edit_names_only_what_changes():
    timed = TimedBook()
    old = resting(timed)
    new = timed.book.edit(old, {"price": "2.05"}, timed.now)
    assert (new["price"], new["time-in-force"]) == ("2.05", "GTC")


def test_a_trial_replacement_changes_nothing():
    timed = TimedBook()
    old = resting(timed)
    tried = timed.book.replace_dry_run(old, NEW_TERMS, timed.now)
    assert (tried["order"]["price"], timed.status(old), len(timed.book.ledger())) == ("2.01", "Live", 1)


# --- complex orders ---


def test_a_bracket_is_contingent_until_its_trigger_fills():
    timed = TimedBook()
    shown = timed.book.place_complex(bracket(), timed.now, dry_run=False)["complex-order"]
    everything = [shown["trigger-order"], *shown["orders"]]
    assert {each["status"] for each in everything} == {"Contingent"}
    tags = ["OTOCO::trigger-order", "OTOCO::oco-1-order", "OTOCO::oco-2-order"]
    assert [each["complex-order-tag"] for each in everything] == tags
    assert [each["preflight-id"] for each in everything] == [0, 1, 2]
    assert "ext-client-order-id" not in shown["orders"][0]
    timed.wait(1)
    assert parts(timed, shown["id"]) == ("Live", ["Contingent", "Contingent"])
    timed.market.pin("F", "1.98", "2.00")
    timed.wait(0)
    timed.wait(1)
    assert parts(timed, shown["id"]) == ("Filled", ["Live", "Live"])


def test_one_cancels_the_other():
    timed = TimedBook()
    number = timed.book.place_complex(bracket(), timed.now, dry_run=False)["complex-order"]["id"]
    timed.wait(1)
    timed.market.pin("F", "1.98", "2.00")
    timed.wait(0)
    timed.wait(1)
    timed.market.pin("F", "1.40", "1.41")
    timed.wait(0)
    timed.wait(1)
    assert parts(timed, number) == ("Filled", ["Cancelled", "Filled"])
    assert "terminal-at" in timed.book.complex_order(number, timed.now)
    assert timed.position("F") == 0
    assert any(kind == "ComplexOrder" for kind, _ in timed.heard)


def test_a_bracket_goes_with_its_trigger():
    timed = TimedBook()
    shown = timed.book.place_complex(bracket(), timed.now, dry_run=False)["complex-order"]
    timed.wait(1)
    timed.book.cancel(shown["trigger-order"]["id"], timed.now)
    timed.wait(1)
    assert parts(timed, shown["id"]) == ("Cancelled", ["Cancelled", "Cancelled"])


def test_a_complex_order_is_cancelled_by_its_own_number():
    timed = TimedBook()
    timed.book.endow("F", 1, Decimal(9), timed.now)
    number = timed.book.place_complex(bracket("OCO"), timed.now, dry_run=False)["complex-order"]["id"]
    timed.wait(1)
    assert parts(timed, number) == (None, ["Live", "Live"])
    timed.book.cancel_complex(number, timed.now)
    timed.wait(1)
    assert parts(timed, number) == (None, ["Cancelled", "Cancelled"])
    assert refusal(lambda: timed.book.cancel_complex(number, timed.now)).code == "cannot_update_order"


def test_without_a_position_the_limit_of_an_oco_opens_and_its_stop_still_closes():
    timed = TimedBook()
    shown = timed.book.place_complex(bracket("OCO"), timed.now, dry_run=True)
    actions = [each["legs"][0]["action"] for each in shown["complex-order"]["orders"]]
    assert actions == ["Sell to Open", "Sell to Close"]
    assert [each["code"] for each in shown["warnings"]] == ["closing_with_no_position"]


def test_a_trial_bracket_has_no_number_and_no_errors():
    timed = TimedBook()
    shown = timed.book.place_complex(bracket(), timed.now, dry_run=True)
    assert "id" not in shown["complex-order"]
    assert not shown.get("errors")
    assert timed.book.complex_live(timed.now) == []


def test_a_replaced_part_stays_in_its_bracket():
    timed = TimedBook()
    shown = timed.book.place_complex(bracket(), timed.now, dry_run=False)["complex-order"]
    timed.wait(1)
    trigger, target = shown["trigger-order"]["id"], shown["orders"][0]["id"]
    dearer = {"order-type": "Limit", "time-in-force": "GTC", "price": "300", "price-effect": "Credit"}
    timed.book.replace(target, dearer, timed.now)
    cheaper = {"order-type": "Limit", "time-in-force": "Day", "price": "3", "price-effect": "Debit"}
    timed.book.replace(trigger, cheaper, timed.now)
    timed.wait(1)
    assert parts(timed, shown["id"]) == ("Live", ["Contingent", "Contingent"])
    timed.market.pin("F", "2.98", "3.00")
    timed.wait(0)
    timed.wait(1)
    assert parts(timed, shown["id"]) == ("Filled", ["Live", "Live"])
    assert timed.book.complex_order(shown["id"], timed.now)["orders"][0]["price"] == "300.0"


def test_a_late_leg_of_the_trigger_does_not_hurry_the_replacement_of_a_part():
    timed = TimedBook()
    body = {"type": "OTO", "trigger-order": vertical(behavior="partial", delay=1), "orders": bracket()["orders"][:1]}
    body["orders"][0] |= {"legs": [leg("Buy to Open", "F")], "price": "2", "price-effect": "Debit"}
    shown = timed.book.place_complex(body, timed.now, dry_run=False)["complex-order"]
    timed.wait(1.1)
    new = timed.book.replace(shown["orders"][0]["id"], NEW_TERMS, timed.now)["id"]
    timed.wait(0.04)  # by now the spread's other leg has traded
    assert timed.position(HIGHER_CALL) == -1
    assert timed.status(new) == "Contingent"
    timed.wait(1)
    assert timed.status(new) == "Live"
