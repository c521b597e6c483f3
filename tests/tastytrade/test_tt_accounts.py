"""Positions, balances, trading status and dry runs: tolerant of what is new, strict about what counts."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tt_kit import ACCOUNT, CALL

from tastyflow.domain.instruments import Equity
from tastyflow.domain.venue import CLOSING_WITH_NO_POSITION, Account, Balances, Position, Venue
from tastyflow.errors import VenueRefused
from tastyflow_adapters.tastytrade.orders.account_reading import account_of, balances_of, dry_run_of, positions_of


def row(**changes):
    return {
        "instrument-type": "Equity Option",
        "symbol": CALL.occ,
        "quantity": "2",
        "quantity-direction": "Long",
        "average-open-price": "1.25",
        "multiplier": 100,
    } | {name.replace("_", "-"): value for name, value in changes.items()}


def test_long_is_positive_and_short_is_negative():
    assert positions_of([row(), row(quantity_direction="Short", quantity=3)]) == (
        Position(CALL, 2, Decimal("1.25")),
        Position(CALL, -3, Decimal("1.25")),
    )


def test_shares_count_whole():
    shares = row(instrument_type="Equity", symbol="BRK/B", quantity="10.7")
    assert positions_of([shares]) == (Position(Equity("BRK/B"), 10, Decimal("1.25")),)


@pytest.mark.parametrize(
    "changes",
    [
        {"quantity": "0"},
        {"quantity_direction": "Zero"},
        {"instrument_type": "Future", "symbol": "/ESZ6"},
        {"instrument_type": "Future Option", "symbol": "./ESZ2 E1AZ2 221205P3720"},
        {"instrument_type": "Cryptocurrency", "symbol": "BTC/USD", "quantity": "0.25"},
        {"instrument_type": "Bond", "symbol": "912810TM0"},
        {"instrument_type": "Equity", "symbol": "C/PRK"},
        {"instrument_type": "Warrant", "symbol": "NKLAW", "quantity": None},
    ],
)
def test_what_is_not_held_or_not_ours_to_count_is_left_out(changes):
    assert positions_of([row(**changes), row()]) == (Position(CALL, 2, Decimal("1.25")),)


@pytest.mark.parametrize(
    "changes",
    [
        {"instrument_type": None},
        {"instrument_type": "Equity", "symbol": CALL.occ},
        {"instrument_type": "Equity Option", "symbol": "SPY"},
        {"symbol": None},
        {"quantity": None},
        {"quantity": "many"},
        {"quantity": "NaN"},
        {"quantity_direction": "Sideways"},
        {"quantity_direction": None},
        {"average_open_price": "x"},
    ],
)
def test_a_holding_of_ours_that_cannot_be_read_is_not_left_out(changes):
    with pytest.raises(ValueError, match=r"position|number"):
        positions_of([row(), row(**changes)])


@given(st.dictionaries(st.sampled_from(sorted(row())), st.none() | st.text(max_size=6) | st.floats() | st.integers()))
@settings(max_examples=100, deadline=None)
def test_whatever_drifts_in_a_position_is_read_or_a_value_error(changes):
    try:
        positions = positions_of([row() | changes, row()])
    except ValueError:
        return
    assert positions[-1] == Position(CALL, 2, Decimal("1.25"))


BALANCES = {
    "cash-balance": "99500.25",
    "net-liquidating-value": "100100.5",
    "derivative-buying-power": "88000.0",
    "equity-buying-power": "176000.0",
}


def test_buying_power_is_the_one_for_options():
    assert balances_of(BALANCES) == Balances(Decimal("99500.25"), Decimal("100100.5"), Decimal("88000.0"))


def test_an_effect_decides_the_sign():
    assert balances_of(BALANCES | {"cash-balance-effect": "Debit"}).cash_usd == Decimal("-99500.25")


@pytest.mark.parametrize("name", ["cash-balance", "net-liquidating-value", "derivative-buying-power"])
def test_a_balance_that_is_missing_is_not_taken_for_zero(name):
    with pytest.raises(ValueError, match="no number"):
        balances_of({key: value for key, value in BALANCES.items() if key != name})


STATUS = {"is-closing-only": False, "is-frozen": False, "is-closed": False}


@pytest.mark.parametrize(
    ("changes", "closing_only", "frozen"),
    [
        ({}, False, False),
        ({"is-closing-only": True}, True, False),
        ({"is-frozen": True}, False, True),
        ({"is-closed": True}, False, True),
    ],
)
def test_what_bars_the_account_from_trading_is_seen(changes, closing_only, frozen):
    account = account_of(STATUS | changes, number=ACCOUNT, venue=Venue.SANDBOX)
    assert account == Account(ACCOUNT, Venue.SANDBOX, closing_only, frozen)


@pytest.mark.parametrize("name", ["is-closing-only", "is-frozen"])
@pytest.mark.parametrize("value", [None, "false", 0])
def test_an_account_that_does_not_say_is_not_taken_for_free(name, value):
    with pytest.raises(ValueError, match=name):
        account_of(STATUS | {name: value}, number=ACCOUNT, venue=Venue.SANDBOX)


DRY = {
    "buying-power-effect": {"change-in-buying-power": "251.12", "change-in-buying-power-effect": "Debit"},
    "fee-calculation": {"total-fees": "1.12", "total-fees-effect": "Debit"},
    "warnings": [{"code": "tif.next_valid_session", "message": "Your order will begin working\nlater."}],
}


def test_buying_power_that_falls_is_a_negative_change_and_fees_cost():
    run = dry_run_of(DRY)
    assert run.buying_power_change_usd == Decimal("-251.12")
    assert run.fees_usd == Decimal("1.12")
    assert run.warnings == ("tif.next_valid_session: Your order will begin working later.",)


def test_buying_power_that_rises_is_positive_and_a_rebate_costs_less_than_nothing():
    run = dry_run_of(
        {
            "buying-power-effect": {"change-in-buying-power": "10", "change-in-buying-power-effect": "Credit"},
            "fee-calculation": {"total-fees": "0.5", "total-fees-effect": "Credit"},
        }
    )
    assert (run.buying_power_change_usd, run.fees_usd, run.warnings) == (Decimal(10), Decimal("-0.5"), ())


@pytest.mark.parametrize("before", [0, 12])
def test_a_warning_is_known_by_its_code_however_many_come_before_it(before):
    noise = [{"code": f"w{n}", "message": "Something."} for n in range(before)]
    relabels = {"code": CLOSING_WITH_NO_POSITION, "message": "This order will be updated to a sell to open order."}
    run = dry_run_of(DRY | {"warnings": [*noise, relabels, "no warning", {"message": "without a code"}]})
    assert run.turns_a_close_into_an_opening
    assert run.warning_codes == {CLOSING_WITH_NO_POSITION, *(each["code"] for each in noise)}
    assert not dry_run_of(DRY | {"warnings": noise}).turns_a_close_into_an_opening


def test_buying_power_is_told_before_and_after_with_the_sign_of_its_effect():
    effect = DRY["buying-power-effect"] | {
        "current-buying-power": "200.0",
        "current-buying-power-effect": "Credit",
        "new-buying-power": "51.12",
        "new-buying-power-effect": "Debit",
    }
    run = dry_run_of(DRY | {"buying-power-effect": effect})
    assert (run.buying_power_before_usd, run.buying_power_after_usd) == (Decimal(200), Decimal("-51.12"))
    run = dry_run_of(DRY)
    assert (run.buying_power_before_usd, run.buying_power_after_usd) == (None, None)


@pytest.mark.parametrize("name", ["current-buying-power", "new-buying-power"])
def test_a_buying_power_that_is_no_number_makes_no_dry_run(name):
    with pytest.raises(ValueError, match="no number"):
        dry_run_of(DRY | {"buying-power-effect": DRY["buying-power-effect"] | {name: "plenty"}})


def test_an_answer_with_errors_is_a_refusal_although_it_came_with_a_good_status():
    with pytest.raises(VenueRefused) as refusal:
        dry_run_of(DRY | {"errors": [{"code": "margin_check_failed", "message": "Not enough."}]})
    assert (refusal.value.code, refusal.value.message) == ("margin_check_failed", "Not enough.")


def test_a_dry_run_without_an_effect_is_none():
    with pytest.raises(ValueError, match="buying power"):
        dry_run_of({})


def test_warnings_are_bounded():
    run = dry_run_of(DRY | {"warnings": [{"code": "w", "message": "x" * 5000}] * 500})
    assert len(run.warnings) == 10
    assert all(len(warning) <= 400 for warning in run.warnings)
