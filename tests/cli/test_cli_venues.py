"""The whole program before two simulated venues, configured by variables alone; and what it does not load without."""

import json
import logging
import os
import stat
import subprocess
import sys

import pytest

from tastyflow_simulator import FaultKind, Side, SimulatorFault
from tests.cli.conftest import VENUES

RESTING = ("order", "buy 1 SPY 450C next month @ 0.05", "--json")
FILLING = ("order", "buy 1 SPY 450C next month @ natural", "--json")


@pytest.fixture
def at(venues):
    """The settings that point at the simulator, whose fills are waited for."""
    return venues | {"TASTYFLOW_POLICY__REST_WAIT_S": "0.2", "TASTYFLOW_POLICY__FOLLOW_S": "3"}


def accepted(simulator, side):
    """Every order that *side* ever accepted."""
    return simulator.call(getattr(simulator.simulator, side).book.ledger)


def test_an_order_is_rehearsed_in_one_and_placed_in_the_other(inside, simulator, at):
    before = [len(accepted(simulator, side)) for side in VENUES]
    placed = inside(*FILLING, **at)
    assert (placed.code, placed.json["stage"]) == (0, "filled")
    new = [accepted(simulator, side)[count:] for side, count in zip(VENUES, before, strict=True)]
    ids = [[row["external-identifier"] for row in rows] for rows in new]
    assert [len(each) for each in ids] == [2, 1]  # the second one in the sandbox puts the account back
    assert len({each for side in ids for each in side}) == 3
    (position,) = inside("positions", "--json", **at).json["positions"]
    assert position["quantity"] == 1


def test_in_the_sandbox_environment_it_ends_rehearsed(inside, simulator, at):
    before = accepted(simulator, "production")
    ended = inside(*RESTING, **at | {"TASTYFLOW_ENV": "sandbox"})
    assert (ended.code, ended.json["stage"]) == (0, "rehearsed")
    assert accepted(simulator, "production") == before


def test_the_first_use_writes_down_whose_log_it_is(inside, home, at):
    assert inside("balance", **at).code == 0
    file = home / "production-simulated" / "venues.json"
    assert {venue: pin["account"] for venue, pin in json.loads(file.read_text()).items()} == {
        "sandbox": "5WT00001",
        "production": "5WX00001",
    }
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 or os.name != "posix"


def test_a_wrong_account_is_not_written_down(inside, home, at):
    ended = inside("balance", "--json", **at | {"TASTYFLOW_PRODUCTION__ACCOUNT": "5WX00002"})
    assert (ended.code, ended.json["error"]["code"]) == (3, "no_such_account")
    assert not (home / "production-simulated" / "venues.json").exists()
    assert inside("balance", **at).code == 0


def test_another_account_later_is_refused_before_anything_is_sent(inside, simulator, at):
    assert inside("balance", **at).code == 0
    before = len(simulator.simulator.journal.entries())
    ended = inside(*FILLING, **at | {"TASTYFLOW_SANDBOX__ACCOUNT": "5WT00002"})
    assert (ended.code, ended.json["error"]["code"]) == (3, "environment_changed")
    assert len(simulator.simulator.journal.entries()) == before


def test_what_works_in_production_can_be_cancelled_while_the_sandbox_is_away(inside, simulator, at):
    at |= {"TASTYFLOW_POLICY__FOLLOW_S": "0.3"}  # what rests is not waited for
    assert inside(*RESTING, **at).json["stage"] == "working"
    away = SimulatorFault(kind=FaultKind.ERROR_BEFORE, side=Side.SANDBOX, path="/customers/*", status=502, times=None)
    simulator.call(simulator.simulator.faults.add, away)
    assert inside("cancel", "all", **at).code == 0
    assert [each["stage"] for each in inside("orders", "--json", **at).json["orders"]] == ["cancelled"]


def test_a_login_that_is_refused_is_not_away_and_costs_one_login(inside, simulator, at, home):
    assert inside("balance", **at).code == 0
    logins = len(login_of(simulator, "production"))
    ended = inside("orders", "--json", **at | {"TASTYFLOW_PRODUCTION__CLIENT_SECRET": "f" * 40})
    assert (ended.code, ended.json["error"]["code"]) == (1, "auth")
    assert len(login_of(simulator, "production")) == logins + 1
    assert len(json.loads((home / "production-simulated" / "logins.json").read_text())["production"]["refused"]) == 1


def login_of(simulator, side):
    return [entry for entry in simulator.simulator.journal.entries(Side(side)) if entry.path == "/oauth/token"]


def test_quotes_are_asked_for_and_open_no_socket_in_production(inside, simulator, at):
    before = len(simulator.simulator.journal.entries(Side.PRODUCTION))
    assert inside(*FILLING, **at).json["stage"] == "filled"
    asked = [entry.path for entry in simulator.simulator.journal.entries(Side.PRODUCTION)[before:]]
    assert "/market-data/by-type" in asked
    assert "/api-quote-tokens" not in asked


def test_a_first_use_needs_both_venues(inside, simulator, at, home):
    away = SimulatorFault(kind=FaultKind.ERROR_BEFORE, side=Side.SANDBOX, path="/customers/*", status=502, times=None)
    simulator.call(simulator.simulator.faults.add, away)
    assert inside("balance", **at).code == 1
    assert not (home / "production-simulated" / "venues.json").exists()


def test_the_client_librarys_variables_are_poison_and_nobody_drinks(inside, at):
    assert inside("balance", **at | dict.fromkeys(("TT_SECRET", "TT_REFRESH"), "poison")).code == 0


def test_nothing_secret_is_written_at_debug_by_anybody(inside, tastyflow, simulator, at, home, caplog):
    with caplog.at_level(logging.DEBUG):
        inside = inside("balance", **at, TASTYFLOW_VERBOSITY="debug")
    ended = tastyflow(*FILLING, **at, TASTYFLOW_VERBOSITY="debug")
    assert ended.json["stage"] == "filled"
    assert "DEBUG" in ended.err
    files = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    said = "\n".join([inside.out, inside.err, ended.out, ended.err, caplog.text, files.decode("latin-1")])
    secrets = [value for name, value in at.items() if name.endswith(("SECRET", "TOKEN"))]
    tokens = [token for side in VENUES for token in getattr(simulator.simulator, side).tokens._until]
    assert tokens
    assert [each for each in (*secrets, *tokens) if each in said] == []
    assert [account for account in ("5WT00001", "5WX00001") if account in ended.err + caplog.text] == []


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        (
            "from tastyflow_adapters.cli import program; program.run(['parse', 'buy 1 SPY 450C next month'])",
            {"pandas", "tastytrade", "httpx2", "keyring", "aiohttp", "pydantic", "pydantic_settings"},
        ),
        ("import tastyflow_adapters.redaction", {"pandas", "tastytrade", "httpx2", "pydantic", "aiohttp"}),
        ("import tastyflow_adapters.bootstrap", {"pandas", "tastytrade", "httpx2", "keyring", "aiohttp"}),
        ("import tastyflow_adapters.cli.secrets", {"pandas", "tastytrade", "httpx2", "keyring", "aiohttp"}),
        ("import tastyflow_adapters.cli.doctor", {"pandas", "tastytrade", "httpx2", "keyring", "aiohttp"}),
    ],
)
def test_what_is_slow_to_load_is_loaded_by_those_who_need_it(environment, statement, absent):
    program = f"import sys; {statement}; print(*{absent!r} & set(sys.modules), file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True, env=environment
    )
    assert done.stderr.split() == []
