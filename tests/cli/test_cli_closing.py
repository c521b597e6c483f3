"""The way out on the command line: everything that is held is closed, every open order is cancelled."""

import pytest

from tests.cli.conftest import RESTING

LONG = "buy 2 SPY 450C next month @ natural"
SPREAD = "buy 1 SPY 440/450 call vertical next month @ natural"


def holdings(run):
    return {each["symbol"].split()[0]: each["quantity"] for each in run("positions", "--json").json["positions"]}


def test_flatten_closes_what_is_held_and_prints_each_order(inside):
    inside("order", LONG)
    inside("order", "buy 10 AAPL @ natural")
    ended = inside("flatten", "SPY")
    assert ended.code == 0
    assert "sell to close 2 SPY 450 call" in ended.out
    assert holdings(inside) == {"AAPL": 10}


def test_flatten_as_a_process_of_its_own_lists_its_orders(tastyflow, inside):
    inside("order", SPREAD)
    inside("order", "buy 10 AAPL @ natural")
    ended = tastyflow("flatten", "--json")
    assert ended.code == 0
    orders, error = ended.json["orders"], ended.json["error"]
    assert error is None
    assert {order["ticket"]["strategy"] for order in orders} == {"vertical", "single"}
    assert {order["stage"] for order in orders} == {"filled"}
    assert {order["text"] for order in orders} == {"flatten all"}
    assert all(f"{order['order']} " in ended.err for order in orders)  # the lines of several orders say which
    assert inside("positions", "--json").json["positions"] == []


def test_half_is_half_of_each_leg(inside):
    inside("order", LONG)
    assert inside("flatten", "half", "SPY").code == 0
    assert holdings(inside) == {"SPY": 1}


@pytest.mark.parametrize(
    ("words", "code"), [((), "nothing_to_close"), (("SPY",), "nothing_to_close"), (("SPY", "QQQ"), "syntax")]
)
def test_flatten_without_anything_to_close_is_exit_1(inside, words, code):
    ended = inside("flatten", *words, "--json")
    assert ended.code == 1
    assert {order["error"]["code"] for order in ended.json["orders"]} == {code}


def test_what_the_help_of_flatten_shows_is_understood(inside):
    said = inside("flatten", "--help").out
    assert "tastyflow flatten half SPY" in said
    assert "nothing is held" in said


def test_in_the_conversation_it_is_the_same(inside):
    said = inside("chat", typed=f"{LONG}\nclose SPY\npositions\ncancel all\n").out
    assert "sell to close 2 SPY 450 call" in said
    assert "Nothing is held." in said
    assert "No order is open." in said


# ── every trader's open orders ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("rests")
def test_the_operator_cancels_the_orders_of_every_trader_and_sees_what_became_of_each(inside):
    inside("trader", "add", "ann", "--permission", "long_options")
    inside("order", RESTING)
    inside("order", RESTING, "--as", "ann")
    ended = inside("cancel", "all", "--everyone")
    assert ended.code == 0
    told = [line.split() for line in ended.out.splitlines() if line.endswith("cancelled")]
    assert {line[1] for line in told} == {"demo", "ann"}
    assert "No order is open." in inside("cancel", "all", "--everyone").out


@pytest.mark.usefixtures("rests")
def test_a_trader_cancels_only_their_own_without_the_right_to_approve(inside):
    inside("trader", "add", "ann", "--permission", "long_options")
    placed = inside("order", RESTING, "--json").json
    said = inside("chat", "--as", "ann", typed="cancel all for everyone\ncancel everything\n").out
    assert "ann may not cancel other traders' orders." in said
    assert inside("status", placed["order"], "--json").json["stage"] == "working"
    said = inside("chat", typed="cancel all for everyone\n").out
    assert placed["order"] in said


WRONG = [("last", "--everyone"), ("7f3a", "--everyone"), ("all", "--everyone", "--as", "ann")]


@pytest.mark.parametrize("words", WRONG)
def test_everyone_goes_with_all_and_with_no_trader(inside, words):
    ended = inside("cancel", *words)
    assert (ended.code, "--everyone goes with 'all'" in ended.err) == (2, True)
