"""Two accounts in production, behind one login, before a simulator: each command finds, shows and touches its own."""

import json
from collections.abc import Iterator

import pytest

from tastyflow_simulator import ClockMode
from tests.cli.conftest import VENUES
from tests.simulator.sim_kit import Threaded

MAIN, IRA = "5WX00001", "5WX00002"
FILLING = "buy 1 SPY 450C next month @ natural"


@pytest.fixture(scope="module")
def two() -> Iterator[Threaded]:
    with Threaded(clock=ClockMode.REAL, starts_at=None, accounts=2) as threaded:
        yield threaded


@pytest.fixture
def at(two: Threaded) -> Iterator[dict[str, str]]:
    """The settings that point there: two accounts in production, one in the sandbox."""
    described = two.simulator.describe()
    chosen = {"TASTYFLOW_SIMULATED": "true", "TASTYFLOW_ENV": "production", "TASTYFLOW_POLICY__REST_WAIT_S": "0.2"}
    for venue in VENUES:
        for key in ("api_url", "streamer_url", "client_secret", "refresh_token"):
            chosen[f"TASTYFLOW_{venue.upper()}__{key.upper()}"] = described[venue][key]
    chosen["TASTYFLOW_SANDBOX__ACCOUNT"] = "5WT00001"
    chosen["TASTYFLOW_PRODUCTION__ACCOUNTS"] = json.dumps({"main": MAIN, "ira": IRA})
    yield chosen
    two.call(two.simulator.reset)


def _positions(side, number):
    return side.books[number].positions(side.clock.now(), query={})


def test_an_order_goes_to_its_account_and_flattening_one_leaves_the_other_alone(inside, home, two, at):
    production = two.simulator.production
    logins = len([entry for entry in two.simulator.journal.entries() if "/oauth/token" in str(entry)])
    for account in ("main", "ira"):
        placed = inside("order", FILLING, "--account", account, "--json", **at)
        assert (placed.code, placed.json["stage"], placed.json["account"]) == (0, "filled", account), placed.err
        assert placed.json["place"] == "PRODUCTION (simulator)"
    now = len([entry for entry in two.simulator.journal.entries() if "/oauth/token" in str(entry)])
    assert now - logins == 4  # one login a venue and command, however many accounts
    rows = {number: two.call(_positions, production, number) for number in (MAIN, IRA)}
    assert {number: len(each) for number, each in rows.items()} == {MAIN: 1, IRA: 1}
    closed = inside("flatten", "--account", "ira", "--json", **at)
    assert [(order["stage"], order["account"]) for order in closed.json["orders"]] == [("filled", "ira")]
    left = {a: inside("positions", "--account", a, "--json", **at).json for a in ("main", "ira")}
    assert {a: len(seen["positions"]) for a, seen in left.items()} == {"main": 1, "ira": 0}
    pins = json.loads((home / "production-simulated" / "venues.json").read_text())
    assert pins["production"]["accounts"] == {"main": MAIN, "ira": IRA}
    listed = inside("orders", **at).out
    assert listed.startswith("PRODUCTION (simulator)\n")
    assert "account" in listed.splitlines()[1]
    assert "PRODUCTION (simulator), account ira" in inside("status", closed.json["orders"][0]["order"], **at).out
    assert "account ira" in inside("audit", "show", "last", **at).out
    log = inside("audit", "log", "--json", **at).out
    assert MAIN not in log
    assert IRA not in log
    assert inside("audit", "verify", **at).code == 0


def test_the_doctor_looks_at_every_account_and_shows_no_number(inside, at):
    ended = inside("doctor", "--json", **at)
    assert ended.code in (0, 4), ended.out
    seen = {(each["venue"], each["name"]): each["seen"] for each in ended.json["checks"]}
    assert seen["production", "account number"] == "main and ira are set"
    assert seen["production", "account"] == "***0001 and ***0002 are of this login, and open"
    assert seen["production", "trading status"].startswith("main: ")
    assert "ira: " in seen["production", "account stream"]
    assert IRA not in ended.out


def test_an_account_that_the_login_does_not_have_is_said_before_anything_is_sent(inside, home, at):
    more = json.dumps({"main": MAIN, "joint": "5WX00007"})
    ended = inside("order", FILLING, "--json", **at | {"TASTYFLOW_PRODUCTION__ACCOUNTS": more})
    assert (ended.code, ended.json["error"]["code"]) == (3, "no_such_account")
    assert "5WX00007" not in ended.out + ended.err
    assert not (home / "production-simulated" / "venues.json").exists()


def test_in_the_sandbox_environment_each_account_there_can_be_ordered_for(inside, two, at):
    chosen = {key: value for key, value in at.items() if key != "TASTYFLOW_SANDBOX__ACCOUNT"}
    chosen |= {
        "TASTYFLOW_ENV": "sandbox",
        "TASTYFLOW_SANDBOX__ACCOUNTS": json.dumps({"a": "5WT00001", "b": "5WT00002"}),
    }
    before = len(two.call(two.simulator.sandbox.books["5WT00002"].ledger))
    placed = inside("order", "buy 1 SPY 450C next month @ 0.05", "--account", "b", "--json", **chosen)
    assert (placed.code, placed.json["stage"], placed.json["account"]) == (0, "rehearsed", "b"), placed.err
    assert placed.json["place"] == "SANDBOX (simulator)"
    assert [attempt["account"] for attempt in placed.json["attempts"]] == ["b"]
    assert len(two.call(two.simulator.sandbox.books["5WT00002"].ledger)) == before + 1
