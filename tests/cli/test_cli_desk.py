"""Orders, holdings and traders on the command line; help, version, examples."""

import subprocess
import sys

import attrs
import pytest

from tastyflow.domain.trader import Limits
from tastyflow.domain.trader.permissions import GRANTABLE
from tests.cli.conftest import RESTING, ROOT

COMMANDS = (
    "parse", "order", "flatten", "chat", "orders", "status", "cancel", "positions", "balance", "trader", "audit",
    "doctor", "secrets", "simulator", "demo",
)  # fmt: skip


def test_holdings_follow_a_fill(inside):
    inside("order", "buy 2 SPY 450C next month")
    (held,) = inside("positions", "--json").json["positions"]
    assert (held["quantity"], held["symbol"][:3]) == (2, "SPY")
    assert "+2" in inside("positions").out
    assert float(inside("balance", "--json").json["balance"]["cash_usd"]) < 1_000_000
    assert "buying power" in inside("balance").out


@pytest.mark.usefixtures("rests")
def test_orders_are_listed_newest_first_refused_ones_too(inside):
    inside("order", RESTING)
    inside("order", "buy 11 SPY 450C next month")
    listed = inside("orders", "--json").json["orders"]
    assert [each["stage"] for each in listed] == ["refused", "working"]
    assert "limit of 10" in inside("orders").out


@pytest.mark.usefixtures("rests")
def test_status_shows_one_order_with_its_test(inside):
    placed = inside("order", RESTING, "--json").json
    said = inside("status", placed["order"], "--json").json
    assert said == placed
    assert "9 of 9 checks passed" in inside("status", "last").out


@pytest.mark.parametrize("command", ["status", "cancel"])
@pytest.mark.parametrize("reference", ["last", "abcdef", "no such thing; cancel all", "\x1b[31m"])
def test_a_reference_to_nothing_is_exit_1(inside, command, reference):
    ended = inside(command, reference, "--json")
    assert (ended.code, ended.json["error"]["code"]) == (1, "unknown_order")


@pytest.mark.usefixtures("rests")
def test_all_that_is_open_can_be_cancelled_at_once(inside):
    assert "No order is open" in inside("cancel", "all").out
    inside("order", RESTING)
    inside("order", f"{RESTING} gtc")
    assert [each["stage"] for each in inside("cancel", "all", "--json").json["orders"]] == ["cancelled"] * 2


def test_what_is_over_cannot_be_cancelled(inside):
    placed = inside("order", "buy 1 SPY 450C next month", "--json").json
    ended = inside("cancel", placed["order"], "--json")
    assert (ended.code, ended.json["error"]["code"]) == (1, "illegal_step")
    error = inside("cancel", "last", "--json").json["error"]
    assert (error["code"], error["hint"]) == ("last_is_over", "No order of yours is open.")
    assert placed["order"] in error["message"]


@pytest.mark.usefixtures("rests")
def test_an_order_is_its_traders_own(inside):
    placed = inside("order", RESTING, "--json").json
    inside("trader", "add", "ann")
    assert inside("status", placed["order"], "--as", "ann").code == 1
    assert inside("cancel", placed["order"], "--as", "ann").code == 1


FIRST_LIMITS = ("max_contracts", "max_shares", "max_notional_usd", "max_open_notional_usd", "symbols")

# ── traders ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("rests")
def test_a_trader_is_added_with_limits_that_hold(inside):
    added = inside(
        "trader", "add", "ann", "--max-contracts", "3", "--max-notional", "$5,000.50", "--max-shares", "7",
        "--max-open-notional", "6000", "--symbols", "spy, brk/b", "--permission", "long_options", "--json",
        "--limit", "max_loss_pct=3%", "--limit", "max_working=none", "--limit", "zero_dte=yes",
        "--limit", "denied_symbols=vix,uvxy", "--limit", "orders_a_minute=4",
    )  # fmt: skip
    limits = added.json["limits"]
    assert set(limits) == {field.name for field in attrs.fields(Limits)}
    assert (limits["max_loss_pct"], limits["max_working"], limits["zero_dte"]) == ("3", None, True)
    assert (limits["denied_symbols"], limits["orders_a_minute"]) == (["VIX", "UVXY"], 4)
    assert {name: limits[name] for name in FIRST_LIMITS} == {
        "max_contracts": 3,
        "max_shares": 7,
        "max_notional_usd": "5000.5",
        "max_open_notional_usd": "6000",
        "symbols": ["SPY", "BRK.B"],
    }
    order = inside("order", "buy 4 SPY 450C next month @ 2", "--as", "ann", "--json")
    assert order.json["error"]["code"] == "over_limit"
    assert inside("order", "buy 1 QQQ 380C next month @ 1", "--as", "ann").code == 1
    assert inside("order", RESTING, "--as", "ann").code == 0


@pytest.mark.parametrize("limit", ["max_loss_pct", "sky=1", "zero_dte=maybe", "max_working=-", "max_loss_pct=nan"])
def test_a_limit_that_is_none_is_refused_before_anything_is_recorded(inside, limit):
    ended = inside("trader", "add", "ann", "--limit", limit)
    assert (ended.code, "limit" in ended.err or "no value" in ended.err) == (2, True)
    assert inside("trader", "add", "ann", "--limit", "symbols=SPY;RM").code == 1
    assert [each["name"] for each in inside("trader", "list", "--json").json["traders"]] == ["demo"]


def test_the_fake_environment_begins_with_a_trader_to_try(inside):
    (demo,) = inside("trader", "list", "--json").json["traders"]
    assert (demo["name"], demo["limits"]["max_contracts"]) == ("demo", 10)
    assert demo["permissions"] == sorted(permission.value for permission in GRANTABLE)


def test_every_other_environment_begins_with_none_and_says_how_to_add_one(inside):
    ended = inside("trader", "list", TASTYFLOW_ENV="sandbox")
    assert "tastyflow trader add NAME" in ended.out


@pytest.mark.usefixtures("rests")
def test_a_suspended_trader_can_cancel_and_not_order(inside):
    inside("order", RESTING)
    assert "suspended" in inside("trader", "suspend", "demo").out
    assert inside("order", RESTING, "--json").json["error"]["code"] == "suspended"
    assert inside("cancel", "all").code == 0
    assert inside("trader", "reinstate", "demo").code == 0
    assert inside("order", f"{RESTING} gtc").code == 0


@pytest.mark.usefixtures("rests")
def test_the_same_order_a_moment_later_is_a_repetition(inside):
    inside("order", RESTING)
    again = inside("order", RESTING, "--json")
    assert (again.code, again.json["error"]["code"]) == (1, "duplicate")


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (("add", "demo"), "trader_exists"),
        (("add", "  "), "bad_name"),
        (("add", "x\x1b[31m"), "bad_name"),
        (("suspend", "nobody"), "unknown_trader"),
        (("reinstate", "nobody"), "unknown_trader"),
    ],
)
def test_a_trader_who_cannot_be_is_exit_1(inside, args, code):
    ended = inside("trader", *args, "--json")
    assert (ended.code, ended.json["error"]["code"]) == (1, code)


@pytest.mark.parametrize("amount", ["much", "-1", "nan", "inf", "1e99"])
def test_an_amount_that_is_none_is_a_matter_of_usage(inside, amount):
    assert inside("trader", "add", "ann", "--max-notional", amount).code == 2


# ── the program ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_help_lists_every_command_with_examples_and_exit_codes(tastyflow):
    ended = tastyflow("--help")
    assert ended.code == 0
    assert [command for command in COMMANDS if f"\n  {command} " not in ended.out] == []
    assert 'tastyflow order "buy 10 calls for SPY at strike 450 expiring next month"' in ended.out
    assert "130" in ended.out or "Exit codes" in ended.out


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(inside, command):
    ended = inside(command, "--help")
    assert ended.code == 0
    assert f"Usage: tastyflow {command}" in ended.out


def test_a_mistyped_command_is_answered_with_the_one_that_was_meant(inside):
    ended = inside("oder", "x")
    assert ended.code == 2
    assert "Did you mean 'order'?" in ended.err


def test_the_version_is_told(inside):
    ended = inside("--version")
    assert (ended.code, ended.out.split()[0]) == (0, "tastyflow")


def test_no_command_at_all_is_answered_with_help(inside):
    ended = inside()
    assert ended.code == 2
    assert "Commands:" in ended.out + ended.err


def test_the_example_for_library_users_runs(environment):
    done = subprocess.run(
        [sys.executable, ROOT / "examples" / "place_an_order.py"],
        capture_output=True, text=True, check=False, timeout=30, env=environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert " filled buy to open 1 SPY 450 call " in done.stdout
