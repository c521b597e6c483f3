"""Every strategy, from the chat line to the last fill of its last leg, and out again."""

import pytest

FROZEN = {"TASTYFLOW_NOW": "2026-11-20T10:00"}
CONDOR = "sell 1 SPY 430/435/465/470 iron condor Dec 18 @ 1.80"
SHORT_VERTICAL = "sell 2 SPY 440/435 put vertical Dec 18"

ORDERS = {
    "vertical": ("buy 5 QQQ 380/390 call vertical Jan 15", "debit", [5, 5]),
    "bull put spread": ("bull put spread 5 SPY 440/435 12/18 1.25 cr", "credit", [5, 5]),
    "iron condor": (CONDOR, "credit", [1, 1, 1, 1]),
    "iron butterfly": ("sell 1 SPY 440/450/460 iron butterfly Dec 18 @ natural", "credit", [1, 1, 1, 1]),
    "butterfly": ("buy 2 SPY 440/450/460 call butterfly 12/18", "debit", [2, 4, 2]),
    "straddle": ("buy 1 SPY straddle 450 Dec 18", "debit", [1, 1]),
    "strangle": ("sell 1 F strangle 9p/12c 28dte", "credit", [1, 1]),
    "calendar": ("calendar buy 1 SPY 450c Dec 18 / Jan 15", "debit", [1, 1]),
    "diagonal": ("BTO 1 SPY 440C Jan 15, STO 1 SPY 455C Dec 18", "debit", [1, 1]),
    "covered call": ("buy 100 F, sell 1 F 11C Dec 18", "debit", [100, 1]),
    "custom": ("BTO 1 SPY 450C 12/18, STO 2 SPY 460C 12/18, BTO 1 SPY 475C 12/18 @ 1.20 debit", "debit", [1, 2, 1]),
}
MADE = {"bull put spread": "vertical", "custom": "butterfly"}


def net_of(said):
    """What one unit came to, signed: paid is positive; from the fills alone."""
    ticket = said["ticket"]
    per_share = 100 if any(leg["instrument"] == "equity_option" for leg in ticket["legs"]) else 1
    spent = 0
    for leg in ticket["legs"]:
        weight = 100 if leg["instrument"] == "equity_option" else 1
        fills = [f for f in said["fills"] if f["symbol"] == leg["symbol"] and f["venue"] == "production"]
        assert sum(fill["quantity"] for fill in fills) == leg["quantity"]
        sign = 1 if leg["action"].startswith("buy") else -1
        spent += sum(sign * weight * fill["quantity"] * float(fill["price"]) for fill in fills)
    return spent / per_share


@pytest.mark.parametrize("name", ORDERS)
def test_every_strategy_goes_from_the_chat_line_to_the_last_fill(inside, name):
    text, effect, quantities = ORDERS[name]
    ended = inside("order", text, "--json", **FROZEN)
    said = ended.json
    assert (ended.code, said["stage"], said["error"]) == (0, "filled", None), said
    assert said["ticket"]["strategy"] == MADE.get(name, name.replace(" ", "_"))
    assert [leg["quantity"] for leg in said["ticket"]["legs"]] == quantities
    assert said["ticket"]["price_effect"] == effect
    assert said["test"]["verdict"] == "passed"
    assert {check["outcome"] for check in said["test"]["checks"]} == {"passed"}
    units = min(quantities)
    net, limit = net_of(said) / units, float(said["ticket"]["price"])
    assert net <= limit + 0.005 if effect == "debit" else -net >= limit - 0.005  # no worse than the limit
    verified = inside("audit", "verify", **FROZEN)
    assert verified.code == 0, verified.out


def test_a_vertical_is_opened_and_closed(inside):
    opened = inside("order", f"{SHORT_VERTICAL} @ natural", "--json", **FROZEN).json
    assert (opened["stage"], opened["ticket"]["price_effect"]) == ("filled", "credit")
    closed = inside("order", "close 2 SPY 440/435 put vertical Dec 18 @ natural", "--json", **FROZEN).json
    assert (closed["stage"], closed["error"]) == ("filled", None)
    assert [leg["action"] for leg in closed["ticket"]["legs"]] == ["buy_to_close", "sell_to_close"]
    assert (closed["ticket"]["strategy"], closed["ticket"]["price_effect"]) == ("vertical", "debit")
    assert inside("positions", "--json", **FROZEN).json["positions"] == []
    again = inside("order", "close 2 SPY 440/435 put vertical Dec 18", "--json", **FROZEN)
    assert (again.code, again.json["error"]["code"]) == (1, "nothing_to_close")
    assert inside("audit", "verify", **FROZEN).code == 0


@pytest.mark.usefixtures("rests")
def test_the_echo_of_a_strategy_can_be_ordered_as_it_stands(inside):
    again_at_once = FROZEN | {"TASTYFLOW_POLICY__DUPLICATE_WINDOW_S": "0"}
    first = inside("order", f"{SHORT_VERTICAL} @ 4.90", "--json", **FROZEN).json
    again = inside("order", first["echo"], "--json", **again_at_once).json
    assert "Fri Dec 18 2026 (28 DTE)" in first["echo"]
    assert again["ticket"] == first["ticket"]


@pytest.mark.usefixtures("rests")
def test_days_to_expiration_are_of_the_day_on_which_one_looks(inside):
    placed = inside("order", "buy 1 SPY 450C Dec 18 @ 1 gtc", "--json", **FROZEN).json
    later = {"TASTYFLOW_NOW": "2026-11-30T10:00"}
    told = inside("status", placed["order"], "--json", **later).json
    assert "(28 DTE)" in placed["echo"]
    assert "(18 DTE)" in told["echo"]
    assert "(18 DTE)" in inside("orders", **later).out
    assert inside("order", told["echo"], "--json", **later).json["ticket"]["digest"] == placed["ticket"]["digest"]


@pytest.mark.usefixtures("rests")
@pytest.mark.parametrize(
    "text", [f"{SHORT_VERTICAL} market", f"{SHORT_VERTICAL} stop 1.20", f"{SHORT_VERTICAL} @ 1.305"]
)
def test_what_is_offered_instead_can_be_ordered_as_it_stands(inside, text):
    ended = inside("order", text, "--json", **FROZEN)
    assert ended.code == 1
    for suggestion in ended.json["error"]["suggestions"]:
        assert inside("order", suggestion, "--json", **FROZEN).code == 0
    assert ended.json["error"]["suggestions"] != []


def test_people_read_a_leg_a_line(inside):
    filled = inside("order", CONDOR, **FROZEN)
    lines = [line.strip("│ ") for line in filled.out.splitlines()]
    assert lines[1].startswith(
        "sell to open 1 SPY 430/435/465/470 iron condor Fri Dec 18 2026 (28 DTE) @ 1.8 credit day"
    )
    assert lines[2] == "maximum loss $320.00, maximum gain $180.00, break-even at 433.20 and 466.80"
    assert [line.partition(":")[0] for line in lines[3:7]] == [
        "buy to open 1 SPY 430 put Dec 18 2026",
        "sell to open 1 SPY 435 put Dec 18 2026",
        "sell to open 1 SPY 465 call Dec 18 2026",
        "buy to open 1 SPY 470 call Dec 18 2026",
    ]
    assert lines[7].startswith("filled at 1.")
    assert "Filled 1 SPY 430 put Dec 18 2026 at " in filled.err
    listed = inside("orders", **FROZEN).out
    assert "1 of 1 430 put at " in listed
    assert "credit" in listed.splitlines()[-1]
