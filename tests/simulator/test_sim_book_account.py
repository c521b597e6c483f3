"""What the clock, the account and the lists show of the book: hours, positions and money, the night, faults, lists."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sim_orders import (
    CALL,
    EXPIRY,
    FRIDAY_NIGHT,
    HIGHER_CALL,
    MONDAY_OPEN,
    NEW_TERMS,
    PUT,
    TimedBook,
    bracket,
    leg,
    limit,
    market_order,
    option,
    parts,
    refusal,
    scripted,
)

from tastyflow.domain.instruments import Right
from tastyflow_simulator.admin.faults import FaultKind, SimulatorFault
from tastyflow_simulator.options import Hours, Side

# --- hours ---


def test_off_hours_a_day_order_waits_for_the_next_session():
    timed = TimedBook(now=FRIDAY_NIGHT, hours=Hours.EXCHANGE)
    answer = timed.book.place(limit("99", "Debit", leg("Buy to Open")), timed.now)
    assert (answer["order"]["status"], answer["warnings"][0]["code"]) == ("Received", "tif.next_valid_session")
    timed.wait((MONDAY_OPEN - timed.now).total_seconds() - 1)
    assert timed.status(answer["order"]["id"]) == "Received"
    timed.wait(2)
    assert timed.status(answer["order"]["id"]) == "Filled"


def test_off_hours_a_cancel_is_one_step():
    timed = TimedBook(now=FRIDAY_NIGHT, hours=Hours.EXCHANGE)
    number = timed.place(limit("99", "Debit", leg("Buy to Open")))
    assert timed.book.cancel(number, timed.now)["status"] == "Cancelled"
    assert timed.told(number) == ["Received", "Cancelled"]


def test_off_hours_a_replacement_is_received_at_once():
    timed = TimedBook(now=FRIDAY_NIGHT, hours=Hours.EXCHANGE)
    number = timed.place(limit("99", "Debit", leg("Buy to Open")))
    new = timed.book.replace(number, NEW_TERMS, timed.now)
    assert (new["status"], timed.status(number)) == ("Received", "Cancelled")


def test_day_orders_expire_at_the_close_and_good_till_cancelled_ones_stay():
    timed = TimedBook(hours=Hours.EXCHANGE)
    day = timed.place(limit("2", "Debit", leg("Buy to Open", "F")))
    gtc = timed.place(limit("2", "Debit", leg("Buy to Open", "F"), tif="GTC"))
    until = timed.place(limit("2", "Debit", leg("Buy to Open", "F"), tif="GTD", gtc_date="2026-11-23"))
    timed.wait(6 * 3600 - 1)
    assert timed.status(day) == "Live"
    timed.wait(1)
    assert [timed.status(number) for number in (day, gtc, until)] == ["Expired", "Live", "Live"]
    timed.wait(3 * 86400)
    assert [timed.status(number) for number in (gtc, until)] == ["Live", "Expired"]


def test_a_part_that_starts_after_its_last_day_expires_at_once():
    timed = TimedBook(now=datetime(2026, 11, 20, 20, 59, tzinfo=UTC), hours=Hours.EXCHANGE)
    body = bracket("OTO") | {"orders": [bracket()["orders"][0] | {"time-in-force": "GTD", "gtc-date": "2026-11-20"}]}
    body["trigger-order"] |= {"time-in-force": "GTC"}
    shown = timed.book.place_complex(body, timed.now, dry_run=False)["complex-order"]
    timed.wait(60)
    timed.market.pin("F", "1.98", "2.00")
    timed.wait((MONDAY_OPEN - timed.now).total_seconds() + 1)
    timed.wait(1)
    assert parts(timed, shown["id"]) == ("Filled", ["Expired"])
    late = timed.book.complex_order(shown["id"], timed.now)["orders"][0]
    assert late["terminal-at"] >= late["received-at"]


def test_nothing_trades_over_night():
    timed = TimedBook(hours=Hours.EXCHANGE)
    number = timed.place(limit("2", "Debit", leg("Buy to Open", "F"), tif="GTC"))
    timed.wait(7 * 3600)
    timed.market.pin("F", "1", "1.01")
    timed.wait(3600)
    assert timed.status(number) == "Live"
    timed.wait((MONDAY_OPEN - timed.now).total_seconds())
    assert timed.status(number) == "Filled"


def test_not_even_a_script_trades_over_night():
    timed = TimedBook(hours=Hours.EXCHANGE)
    number = timed.place(scripted("delayed", tif="GTC", delay=12 * 3600))
    timed.wait((MONDAY_OPEN - timed.now).total_seconds() - 1)
    assert timed.status(number) == "Live"
    timed.wait(1)
    assert timed.status(number) == "Filled"


def test_extended_hours_are_for_those_who_ask():
    timed = TimedBook(now=datetime(2026, 11, 20, 22, 0, tzinfo=UTC), hours=Hours.EXCHANGE)
    number = timed.place(limit("99", "Debit", leg("Buy to Open", "F"), tif="Ext"))
    timed.wait(1)
    assert timed.status(number) == "Filled"


# --- positions and money ---


def test_a_trade_moves_cash_by_its_price_and_fees():
    timed = TimedBook()
    timed.market.pin(CALL, "4.70", "4.80")
    timed.filled(market_order(leg("Buy to Open", CALL, 2)))
    assert timed.cash() == 100_000 - 960 - Decimal("2.24")
    timed.filled(market_order(leg("Sell to Close", CALL, 2)))
    assert timed.cash() == 100_000 - 960 - Decimal("2.24") + 940 - Decimal("0.24")
    fees = timed.book.total_fees(timed.now.date(), timed.now)
    assert fees == {"total-fees": "2.48", "total-fees-effect": "Debit"}


def test_a_closed_position_shows_its_gain_for_the_day():
    timed = TimedBook()
    timed.market.pin(CALL, "4.70", "4.80")
    timed.filled(market_order(leg("Buy to Open", CALL, 2)))
    timed.market.pin(CALL, "5.80", "5.90")
    timed.filled(market_order(leg("Sell to Close", CALL, 2)))
    assert timed.book.positions(timed.now) == []
    row = timed.book.positions(timed.now, query={"include-closed-positions": ["true"]})[0]
    assert (row["quantity-direction"], row["realized-day-gain"]) == ("Zero", "200.0")
    timed.wait(86400)
    assert timed.book.positions(timed.now, query={"include-closed-positions": ["true"]}) == []


def test_a_gain_counts_on_its_day_only():
    timed = TimedBook()
    timed.book.endow(CALL, 2, Decimal(4), timed.now)
    for bid, gain in (("5.00", "100.0"), ("4.30", "30.0")):
        timed.market.pin(CALL, bid, "5.10")
        timed.filled(market_order(leg("Sell to Close")))
        row = timed.book.positions(timed.now, query={"include-closed-positions": ["true"]})[0]
        assert row["realized-day-gain"] == gain
        timed.wait(86_400)


def test_a_short_position_is_positive_on_the_wire():
    timed = TimedBook()
    timed.filled(market_order(leg("Sell to Open", PUT)))
    row = timed.book.positions(timed.now)[0]
    assert (row["quantity"], row["quantity-direction"], row["cost-effect"]) == ("1", "Short", "Debit")


def test_endowed_positions_cost_nothing():
    timed = TimedBook()
    timed.book.endow("SPY", 100, Decimal(400), timed.now)
    assert (timed.position("SPY"), timed.cash()) == (100, 100_000)
    assert refusal(lambda: timed.book.endow("SPX", 1, Decimal(1), timed.now)).status == 422


def test_a_covered_call_takes_no_buying_power_and_a_naked_one_does():
    timed = TimedBook()
    body = market_order(leg("Sell to Open", HIGHER_CALL))
    naked = timed.book.dry_run(body, timed.now)["buying-power-effect"]
    timed.book.endow("SPY", 100, Decimal(400), timed.now)
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
    timed = TimedBook(now=datetime(2026, 12, 18, 19, 0, tzinfo=UTC), hours=Hours.EXCHANGE)
    timed.book.endow(symbol, held, Decimal(1), timed.now)
    timed.wait(7200)
    assert timed.position(symbol) == 0
    assert (timed.cash() - 100_000, timed.position("SPY")) == (cash, shares)


def test_an_index_option_is_settled_in_cash():
    timed = TimedBook(now=datetime(2026, 12, 18, 19, 0, tzinfo=UTC), hours=Hours.EXCHANGE)
    level = timed.market.quote("SPX", timed.now).last
    strike = (level / 50).to_integral_value() * 50 - 100
    symbol = option(str(strike), root="SPXW")
    timed.book.endow(symbol, 2, Decimal(1), timed.now)
    timed.wait(7200)
    assert timed.position(symbol) == 0
    assert timed.cash() > 100_000
    line = timed.book.transactions(timed.now, query={"type": ["Receive Deliver"]})[0]
    assert line["transaction-sub-type"] == "Cash Settled Exercise"


# --- the sandbox at night ---


def test_the_sandbox_forgets_at_night_and_its_ledger_does_not():
    timed = TimedBook(sandbox_resets_at=2)
    number = timed.filled(market_order(leg("Buy to Open")))
    timed.place(limit("2", "Debit", leg("Buy to Open", "F"), tif="GTC"))
    timed.wait(86400)
    assert timed.book.live(timed.now) == timed.book.history(timed.now) == timed.book.positions(timed.now) == []
    assert refusal(lambda: timed.order(number)).status == 404
    assert timed.cash() == 100_000
    assert [row["status"] for row in timed.book.ledger()] == ["Filled", "Removed"]
    assert timed.place(market_order(leg("Buy to Open"))) > number


def test_production_never_forgets():
    timed = TimedBook(sandbox_resets_at=2, side=Side.PRODUCTION)
    number = timed.filled(market_order(leg("Buy to Open")))
    timed.wait(86400)
    assert timed.status(number) == "Filled"


# --- faults ---


def test_an_offline_session_rejects_what_it_accepted():
    timed = TimedBook(SimulatorFault(kind=FaultKind.SESSION_OFFLINE))
    number = timed.place(market_order(leg("Buy to Open")))
    timed.wait(1)
    shown = timed.order(number)
    assert (shown["status"], shown["reject-reason"]) == ("Rejected", "Session offline")
    timed.filled(market_order(leg("Buy to Open")))


def test_a_fault_can_name_its_order():
    timed = TimedBook(SimulatorFault(kind=FaultKind.SESSION_OFFLINE, order="mine"))
    timed.filled(market_order(leg("Buy to Open"), external_identifier="yours"))
    number = timed.place(market_order(leg("Buy to Open"), external_identifier="mine"))
    timed.wait(1)
    assert timed.status(number) == "Rejected"


def test_a_lagging_position_turns_a_close_into_an_opening_order():
    timed = TimedBook(SimulatorFault(kind=FaultKind.POSITION_LAG, seconds=2))
    timed.filled(market_order(leg("Buy to Open")))
    assert timed.position(CALL) == 0
    body = market_order(leg("Sell to Close"))
    answer = timed.book.dry_run(body, timed.now)
    assert answer["order"]["legs"][0]["action"] == "Sell to Open"
    assert answer["warnings"][0]["code"] == "closing_with_no_position"
    timed.wait(2)
    assert timed.position(CALL) == 1
    assert timed.book.dry_run(body, timed.now)["order"]["legs"][0]["action"] == "Sell to Close"


def test_a_hidden_order_is_missing_from_lists_only():
    timed = TimedBook(SimulatorFault(kind=FaultKind.VISIBILITY_LAG, seconds=3))
    number = timed.place(market_order(leg("Buy to Open")))
    timed.wait(2.5)
    assert timed.book.live(timed.now) == timed.book.history(timed.now) == []
    assert timed.status(number) == "Filled"
    timed.wait(1)
    assert [each["id"] for each in timed.book.live(timed.now)] == [number]


def test_a_stale_sandbox_does_not_know_the_symbol():
    timed = TimedBook(SimulatorFault(kind=FaultKind.STALE_SYMBOLS, times=2))
    body = market_order(leg("Buy to Open"))
    assert timed.codes(body) == {"instrument_validation_failed"}
    timed.filled(body)


# --- lists ---


def test_refused_orders_are_listed_only_where_that_is_chosen():
    bad = limit("1", "Credit", leg("Buy to Open"))
    for keeps in (False, True):
        timed = TimedBook(keeps_refused=keeps)
        refusal(lambda timed=timed: timed.book.place(bad, timed.now))
        assert [each["status"] for each in timed.book.live(timed.now)] == ["Rejected"] * keeps
        assert timed.book.ledger() == []


def test_live_orders_are_those_of_today_and_those_that_are_open():
    timed = TimedBook()
    timed.filled(market_order(leg("Buy to Open")))
    gtc = timed.place(limit("2", "Debit", leg("Buy to Open", "F"), tif="GTC"))
    timed.wait(86400)
    assert [each["id"] for each in timed.book.live(timed.now)] == [gtc]
    assert len(timed.book.history(timed.now)) == 2


def test_history_knows_the_filters_of_the_api():
    timed = TimedBook()
    first = timed.filled(market_order(leg("Buy to Open")))
    timed.wait(60)
    second = timed.place(limit("2", "Debit", leg("Buy to Open", "F"), tif="GTC"))

    def found(**query):
        query = {name.replace("_", "-"): value for name, value in query.items()}
        return [each["id"] for each in timed.book.history(timed.now, query=query)]

    assert found() == [second, first]
    assert found(sort=["Asc"]) == [first, second]
    assert found(**{"status[]": ["Filled", "Expired"]}) == [first]
    assert found(underlying_symbol=["F"]) == [second]
    assert found(start_date=["2026-11-21"]) == found(end_date=["2026-11-19"]) == []
    assert found(start_at=[(timed.now - timedelta(seconds=5)).isoformat()]) == [second]
    assert found(end_at=["2026-11-20T15:00:30Z"]) == [first]
    assert found(futures_symbol=["/ESZ6"]) == []
    assert refusal(lambda: found(start_at=["soon"])).status == 400


def test_the_ledger_holds_each_accepted_body_as_it_came():
    timed = TimedBook()
    body = market_order(leg("Buy to Open"), external_identifier="ref-1", source="me")
    timed.place(body)
    row = timed.book.ledger()[0]
    assert (row["external-identifier"], row["body"]) == ("ref-1", body)
    assert timed.book.has_accepted("ref-1")
    assert not timed.book.has_accepted("ref-2")


def test_the_same_identifier_twice_is_two_orders():
    timed = TimedBook()
    body = market_order(leg("Buy to Open"), external_identifier="ref-1")
    assert timed.place(body) != timed.place(body)


def test_who_stops_to_listen_hears_no_more():
    timed = TimedBook()
    heard = []
    unlisten = timed.book.listen(lambda kind, shown: heard.append(kind))
    timed.book.set_status(is_frozen=True)
    unlisten()
    unlisten()
    timed.book.set_status(is_frozen=False)
    assert heard == ["TradingStatus"]


def test_the_book_says_when_it_is_due_again():
    timed = TimedBook()
    timed.place(market_order(leg("Buy to Open")))
    assert (timed.book.next_due(timed.now) - timed.now).total_seconds() == 0.028
    timed.wait(1)
    assert timed.book.next_due(timed.now) > timed.now + timedelta(hours=1)


def test_the_expiry_of_an_option_ends_orders_in_it():
    timed = TimedBook(hours=Hours.EXCHANGE)
    number = timed.place(limit("0.01", "Debit", leg("Buy to Open"), tif="GTC"))
    timed.wait((datetime(EXPIRY.year, EXPIRY.month, EXPIRY.day, 22, tzinfo=UTC) - timed.now).total_seconds())
    assert timed.status(number) == "Expired"
