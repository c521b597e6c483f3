"""Several accounts in the settings, given to traders, and shown: the program at work in `fake`."""

import json

import pytest

from tastyflow.domain.venue import Venue
from tastyflow.errors import Misconfigured
from tastyflow_adapters.config.choices import Environment
from tastyflow_adapters.config.connecting import connections_of, used
from tastyflow_adapters.config.settings import Settings, load
from tests.cli.test_cli_secrets import HEX, OTHER_HEX, OTHER_TOKEN, TOKEN

BOTH = {"TASTYFLOW_FAKE_ACCOUNTS": '["main", "ira"]'}
ONE_CALL = "buy to open 1 SPY 450 call exp next month"


def written(home, text):
    home.mkdir(exist_ok=True)
    (home / "config.toml").write_text(text)


# ── in the settings ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def read(home, monkeypatch):
    monkeypatch.setenv("TASTYFLOW_HOME", str(home))

    def reading(text):
        written(home, text)
        return load()

    return reading


def test_one_account_is_main_and_several_have_their_names_in_the_order_of_the_file(read):
    settings = read('env = "production"\n[production]\naccount = "5WX00001"\n')
    assert (settings.account_names, settings.production.named) == (("main",), {"main": "5WX00001"})
    settings = read('env = "production"\n[production.accounts]\nira = "5WX00002"\nmain = "5WX00001"\n')
    assert settings.account_names == ("ira", "main")
    settings = read('env = "sandbox"\n[sandbox.accounts]\na = "5WT1"\nb = "5WT2"\n[production]\naccount = "5WX1"\n')
    assert settings.account_names == ("a", "b")
    assert read('env = "production"\n').account_names == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            '[production]\naccount = "5WX00001"\n[production.accounts]\nira = "5WX00002"\n',
            "production.account and production.accounts are both set: keep production.accounts",
        ),
        (
            '[production.accounts]\nmain = "5WX00001"\nira = "5WX00001"\n',
            "production.accounts.main and production.accounts.ira are the same account",
        ),
        (
            '[sandbox.accounts]\npaper = "5WX00001"\n[production]\naccount = "5WX00001"\n',
            "sandbox.accounts.paper and production.account are the same: each venue has its own",
        ),
        ('[production.accounts]\nIRA = "5WX00002"\n', "an account's name is a small letter"),
        ('[production.accounts]\nira = "../x"\n', "production.accounts.ira"),
        ("[production.accounts]\n", "production.accounts"),
        ("fake_accounts = []\n", "fake_accounts"),
        ('fake_accounts = ["main", "main"]\n', "each account is named once"),
        ('fake_accounts = ["Main"]\n', "fake_accounts"),
    ],
)
def test_accounts_that_cannot_be_are_one_clear_message_without_a_number(read, text, told):
    with pytest.raises(Misconfigured) as refused:
        read(text)
    assert told in refused.value.message
    assert "5WX" not in refused.value.message


def test_a_variable_names_accounts_as_json(home, monkeypatch):
    monkeypatch.setenv("TASTYFLOW_HOME", str(home))
    monkeypatch.setenv("TASTYFLOW_PRODUCTION__ACCOUNTS", '{"main": "5WX00001", "ira": "5WX00002"}')
    assert load().production.named == {"main": "5WX00001", "ira": "5WX00002"}  # type: ignore[attr-defined]
    for value in ("5WX00001", "{", "[]", '{"ira": 1}'):
        monkeypatch.setenv("TASTYFLOW_PRODUCTION__ACCOUNTS", value)
        with pytest.raises(Misconfigured) as refused:
            load()
        assert "TASTYFLOW_PRODUCTION__ACCOUNTS" in refused.value.message
        assert "5WX" not in refused.value.message


def test_production_rehearses_in_the_first_account_of_the_sandbox_and_uses_no_other(home):
    accounts = {"a": "5WT00001", "b": "5WT00002"}
    chosen = {
        "sandbox": {"accounts": accounts, "client_secret": HEX, "refresh_token": TOKEN},
        "production": {
            "accounts": {"main": "5WX00001", "ira": "5WX00002"},
            "client_secret": OTHER_HEX,
            "refresh_token": OTHER_TOKEN,
        },
    }
    settings = Settings(home=home, env=Environment.PRODUCTION, **chosen)
    assert used(settings, Venue.SANDBOX) == {"a": "5WT00001"}
    sandbox, production = connections_of(settings)
    assert (sandbox.accounts, production.accounts) == ({"a": "5WT00001"}, {"main": "5WX00001", "ira": "5WX00002"})
    assert "5WX" not in repr(production)
    (alone,) = connections_of(Settings(home=home, env=Environment.SANDBOX, **chosen))
    assert alone.accounts == accounts


# ── at work ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_each_fake_account_has_a_book_of_its_own_and_demo_may_use_all(inside, home):
    placed = inside("order", ONE_CALL, "--account", "ira", "--json", **BOTH)
    assert (placed.code, placed.json["account"], placed.json["environment"]) == (0, "ira", "fake")
    assert (home / "fake" / "production-ira.db").exists()
    held = {account: inside("positions", "--account", account, "--json", **BOTH).json for account in ("main", "ira")}
    assert {account: len(seen["positions"]) for account, seen in held.items()} == {"main": 0, "ira": 1}
    assert [(seen["environment"], seen["place"], seen["account"]) for seen in held.values()] == [
        ("fake", "FAKE", "main"),
        ("fake", "FAKE", "ira"),
    ]
    assert inside("positions", "--account", "ira", **BOTH).out.startswith("FAKE, account ira\n")
    assert inside("balance", **BOTH).out.startswith("FAKE, account main\n")
    closed = inside("flatten", "--json", **BOTH)  # of main, the first one given
    assert closed.json["orders"][0]["error"]["code"] == "nothing_to_close"
    closed = inside("flatten", "--account", "ira", "--json", **BOTH)
    assert [order["account"] for order in closed.json["orders"]] == ["ira"]
    assert inside("positions", "--account", "ira", "--json", **BOTH).json["positions"] == []


def test_accounts_are_given_to_a_trader_listed_and_taken_away(inside):
    assert inside("trader", "add", "ann").code == 0
    refused = inside("order", ONE_CALL, "--as", "ann", "--json", **BOTH)
    assert (refused.code, refused.json["error"]["code"]) == (1, "no_account")
    given = inside("trader", "accounts", "ann", "ira", "--json", **BOTH)
    assert (given.code, given.json["accounts"]) == (0, ["ira"])
    assert inside("order", ONE_CALL, "--as", "ann", "--json", **BOTH).json["account"] == "ira"
    other = inside("order", ONE_CALL, "--as", "ann", "--account", "main", "--json", **BOTH)
    assert (other.code, other.json["error"]["code"]) == (1, "account_not_given")
    shown = inside("trader", "accounts", "ann", **BOTH)
    assert "ira" in shown.out
    assert inside("trader", "accounts", "ann", "--none", "--json", **BOTH).json["accounts"] == []
    assert inside("order", ONE_CALL, "--as", "ann", "--json", **BOTH).json["error"]["code"] == "no_account"


@pytest.mark.parametrize(
    ("args", "code", "told"),
    [
        (("accounts", "bob", "ira"), 1, "There is no trader 'bob'"),
        (("accounts", "demo", "joint"), 1, "No account is called 'joint' here"),
        (("accounts", "demo", "ira", "ira"), 1, "Each account is given once"),
        (("accounts", "demo", "ira", "--none"), 2, "--none"),
        (("accounts",), 2, "NAME"),
    ],
)
def test_what_cannot_be_given_is_said_and_nothing_changes(inside, args, code, told):
    ended = inside("trader", *args, **BOTH)
    assert (ended.code, told in ended.err) == (code, True), ended.err
    assert "main, ira" in inside("trader", "accounts", "demo", **BOTH).out


def test_giving_accounts_is_in_the_log_with_who_did_it(inside):
    inside("trader", "accounts", "demo", "ira", **BOTH)
    rows = [json.loads(line) for line in inside("audit", "log", "--json").out.splitlines()]
    given = [row for row in rows if row["topic"] == "tastyflow.trader.accounts_given@1"]
    assert [(row["payload"]["before"], row["payload"]["after"]) for row in given] == [
        ([], ["main", "ira"]),
        (["main", "ira"], ["ira"]),
    ]
    assert given[-1]["actor"].startswith("operator:")
    assert "May use the account ira." in inside("audit", "log").out


def test_an_account_that_the_settings_name_no_more_is_said_with_a_way_out(inside, rests):
    placed = inside("order", f"{ONE_CALL} @ 0.05", "--account", "ira", "--json", **BOTH).json
    listed = inside("orders")
    assert listed.code == 0
    assert placed["order"] in listed.out
    assert "ira" in listed.out
    ended = inside("status", placed["order"], "--json")
    assert (ended.code, ended.json["error"]["code"]) == (3, "no_such_account")
    assert "ira" in ended.json["error"]["message"]
