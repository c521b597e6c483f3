"""Settings: variables before the file before what is built in; whatever is not understood is one message, exit 3."""

import attrs
import pytest

from tastyflow.domain.policy import Policy
from tastyflow_adapters.settings import PolicySettings, Settings


def wrong(ended) -> str:
    assert ended.code == 3
    assert ended.out == ""
    assert "\n" not in ended.err.replace("\nMend it, then try again; nothing was done.", "").strip()
    return ended.err


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("TASTYFLOW_ENV", "prod", "choose 'fake', 'sandbox' or 'production'"),
        ("TASTYFLOW_ENV", "sandbx", "Did you mean sandbox?"),
        ("TASTYFLOW_HOEM", "x", "Did you mean TASTYFLOW_HOME?"),
        ("TASTYFLOW_POLICY__FOLOW_S", "1", "Did you mean TASTYFLOW_POLICY__FOLLOW_S?"),
        ("TASTYFLOW_POLICY__FOLLOW_S", "soon", "TASTYFLOW_POLICY__FOLLOW_S is 'soon'"),
        ("TASTYFLOW_POLICY__FOLLOW_S", "nan", "TASTYFLOW_POLICY__FOLLOW_S"),
        ("TASTYFLOW_POLICY__MAX_ATTEMPTS", "0", "greater than or equal to 1"),
        ("TASTYFLOW_POLICY__SEARCH_WAITS_S", "often", "TASTYFLOW_POLICY__SEARCH_WAITS_S"),
        ("TASTYFLOW_POLICY", "{", "TASTYFLOW_POLICY is '{': write it as JSON"),
        ("TASTYFLOW_NOW", "tomorrow", "write it as 2026-11-20T10:30"),
        ("TASTYFLOW_NOW", "1795000000", "write it as 2026-11-20T10:30"),
        ("TASTYFLOW_FAKE_FILLS", "always", "choose 'quote' or 'table'"),
        ("TASTYFLOW_FAKE_CASH_USD", "much", "TASTYFLOW_FAKE_CASH_USD is 'much'"),
        ("TASTYFLOW_FAKE_CASH_USD", "inf", "TASTYFLOW_FAKE_CASH_USD"),
    ],
)
def test_a_wrong_variable_is_one_clear_message(inside, name, value, told):
    assert told in wrong(inside("orders", **{name: value}))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("trade = 'ann'", "Did you mean trader?"),
        ("[policy]\nfolow_s = 1", "Did you mean policy.follow_s?"),
        ("env = 'prod'", "config.toml: env is 'prod'"),
        ("policy = 3", "config.toml: policy is"),
        ("home = '.'", "use TASTYFLOW_HOME"),
        ("env = ", "cannot be read"),
        ("\udcff", "cannot be read"),
    ],
)
def test_a_wrong_file_is_one_clear_message_that_names_it(inside, home, text, told):
    home.mkdir()
    (home / "config.toml").write_text(text, errors="surrogateescape")
    said = wrong(inside("orders"))
    assert told in said
    assert "config.toml" in said


def test_with_json_a_wrong_setting_is_one_object(tastyflow):
    ended = tastyflow("order", "buy 1 SPY 450C next month", "--json", TASTYFLOW_ENV="prod")
    assert (ended.code, ended.json["error"]["code"]) == (3, "misconfigured")


def test_a_variable_comes_before_the_file_key_by_key(inside, home, monkeypatch):
    home.mkdir()
    (home / "config.toml").write_text("trader = 'ann'\n[policy]\nfollow_s = 7\nsettle_s = 8\n")
    inside("orders", TASTYFLOW_POLICY__FOLLOW_S="9", TASTYFLOW_TRADER="ben")
    assert "'ben'" in inside("orders", TASTYFLOW_TRADER="ben").err
    assert "'ann'" in inside("orders").err


def test_a_wrong_value_in_the_file_is_told_even_where_a_variable_overrides_it(inside, home):
    home.mkdir()
    (home / "config.toml").write_text("env = 'prod'")
    assert "config.toml: env is 'prod'" in wrong(inside("orders", TASTYFLOW_ENV="fake"))


def test_policy_settings_are_the_policys_own_numbers():
    numbers = {field.name for field in attrs.fields(Policy)} - {"required_checks", "fills_follow_quotes"}
    assert set(PolicySettings.model_fields) == numbers


def test_the_rules_are_the_policys_own_unless_chosen(tmp_path):
    assert Settings(home=tmp_path).rules == Policy()
    assert Settings(home=tmp_path, policy=PolicySettings(follow_s=3)).rules == Policy(follow_s=3)
    assert not Settings(home=tmp_path, fake_fills="table").rules.fills_follow_quotes


def test_what_a_program_hands_in_comes_before_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("TASTYFLOW_HOME", "/nowhere")
    assert Settings(home=tmp_path).home == tmp_path


def test_an_empty_variable_is_no_variable(inside):
    assert inside("orders", TASTYFLOW_ENV="", TASTYFLOW_TRADER="").code == 0


@pytest.mark.parametrize("env", ["sandbox", "production"])
def test_the_clock_is_turned_in_fake_only(inside, env):
    assert "only the fake environment" in wrong(inside("orders", TASTYFLOW_ENV=env, TASTYFLOW_NOW="2026-11-20"))


@pytest.mark.parametrize("env", ["sandbox", "production"])
def test_where_no_venue_is_connected_nothing_falls_back_to_the_fake_one(inside, home, env):
    order = ("order", "buy 1 SPY 450C next month", "--as", "ann", "--json")
    stranger = inside(*order, TASTYFLOW_ENV=env)
    assert (stranger.code, stranger.json["error"]["code"]) == (1, "unknown_trader")
    assert "tastyflow trader add" in stranger.json["error"]["hint"]
    assert inside("trader", "add", "ann", TASTYFLOW_ENV=env).code == 0
    known = inside(*order, TASTYFLOW_ENV=env)
    assert (known.code, known.json["error"]["code"]) == (3, "not_connected")
    assert [path.name for path in home.iterdir()] == [env]
    assert inside("positions", "--as", "ann", TASTYFLOW_ENV=env).code == 3
    assert inside("orders", "--as", "ann", TASTYFLOW_ENV=env).code == 0


def test_environments_share_no_log(inside):
    inside("order", "buy 1 SPY 450C next month")
    inside("trader", "add", "demo", TASTYFLOW_ENV="sandbox")
    ended = inside("orders", "--as", "demo", "--json", TASTYFLOW_ENV="sandbox")
    assert ended.json == {"orders": [], "error": None}
