"""Settings: variables before the file before what is built in; whatever is not understood is one message, exit 3."""

import os

import attrs
import hypothesis
import pytest
from attrs import evolve
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from tastyflow.domain.policy import Confirm, Policy
from tastyflow.domain.risk.codes import RiskCode
from tastyflow.domain.risk.outcomes import Consequence
from tastyflow.errors import Misconfigured
from tastyflow_adapters.config import loading
from tastyflow_adapters.config.choices import TO_TRY, Choices, Environment, Untouched
from tastyflow_adapters.config.policy_settings import PolicySettings
from tastyflow_adapters.config.settings import Settings, load
from tastyflow_adapters.config.venue_settings import ProductionSettings, SandboxSettings
from tastyflow_adapters.tastytrade.http import connection
from tests.cli.test_cli_secrets import CANARIES, HEX, OTHER_HEX, OTHER_TOKEN, TOKEN


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
        ("TASTYFLOW_SIMULATED", "maybe", "TASTYFLOW_SIMULATED is 'maybe'"),
        ("TASTYFLOW_VERBOSITY", "loud", "choose 'warning', 'info' or 'debug'"),
        ("TASTYFLOW_SANDBOX__API_ULR", "x", "Did you mean TASTYFLOW_SANDBOX__API_URL?"),
        ("TASTYFLOW_SANDBOX__API_URL", "api.cert.tastyworks.com", "TASTYFLOW_SANDBOX__API_URL: write it as https://"),
        ("TASTYFLOW_SANDBOX__API_URL", "https://ann:pw@example.com", "without a user"),
        ("TASTYFLOW_SANDBOX__API_URL", "http://example.com", "for this machine only"),
        ("TASTYFLOW_SANDBOX__STREAMER_URL", "ws://example.com", "for this machine only"),
        ("TASTYFLOW_PRODUCTION__STREAMER_URL", "https://example.com", "write it as wss://"),
        ("TASTYFLOW_PRODUCTION__ACCOUNT", "../x", "TASTYFLOW_PRODUCTION__ACCOUNT: "),
        ("TASTYFLOW_PRODUCTION__RATE", "0", "TASTYFLOW_PRODUCTION__RATE: "),
        ("TASTYFLOW_PRODUCTION__ORDER_S", "inf", "TASTYFLOW_PRODUCTION__ORDER_S: "),
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
    tried_at_any_hour = Policy(**TO_TRY)
    assert (tried_at_any_hour.hours, tried_at_any_hour.beyond_collar) == (Consequence.WARN, Consequence.REFUSE)
    assert (tried_at_any_hour.approval_above_usd, tried_at_any_hour.approval_permissions) == (None, ())
    assert Settings(home=tmp_path).rules == tried_at_any_hour
    assert Settings(home=tmp_path, policy=PolicySettings(follow_s=3)).rules == evolve(tried_at_any_hour, follow_s=3)
    chosen = PolicySettings(hours="approval", could_not_run={"collar": "warn"})
    words = {"hours": Consequence.APPROVAL, "could_not_run": {RiskCode.COLLAR: Consequence.WARN}}
    assert Settings(home=tmp_path, policy=chosen).rules == Policy(**TO_TRY | words)
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
    assert inside("trader", "add", "ann", TASTYFLOW_ENV=env).code == 0
    ended = inside(*order, TASTYFLOW_ENV=env)
    assert (ended.code, ended.json["error"]["code"]) == (3, "not_connected")
    assert "tastyflow secrets set sandbox.client_secret" in ended.json["error"]["hint"]
    assert "TASTYFLOW_SANDBOX__ACCOUNT" in ended.json["error"]["hint"]
    assert sorted(path.name for path in home.iterdir()) == [env, "traders.db"]
    assert [path.name for path in (home / env).iterdir() if path.suffix == ".json"] == ["head.json"]  # of its log
    assert inside("positions", "--as", "ann", TASTYFLOW_ENV=env).code == 3


def test_environments_share_no_log(inside):
    inside("order", "buy 1 SPY 450C next month")
    assert inside("trader", "list", "--json", TASTYFLOW_ENV="sandbox").json == {"traders": [], "error": None}


# ── the venues ───────────────────────────────────────────────────────────────────────────────────────────────────


SECRETS = {
    "TASTYFLOW_SANDBOX__CLIENT_SECRET": HEX,
    "TASTYFLOW_SANDBOX__REFRESH_TOKEN": TOKEN,
    "TASTYFLOW_SANDBOX__ACCOUNT": "5WT00001",
    "TASTYFLOW_PRODUCTION__CLIENT_SECRET": OTHER_HEX,
    "TASTYFLOW_PRODUCTION__REFRESH_TOKEN": OTHER_TOKEN,
    "TASTYFLOW_PRODUCTION__ACCOUNT": "5WX00001",
}
NOWHERE = {
    "TASTYFLOW_SANDBOX__API_URL": "http://127.0.0.1:1",
    "TASTYFLOW_SANDBOX__STREAMER_URL": "ws://127.0.0.1:1/streamer",
    "TASTYFLOW_PRODUCTION__API_URL": "http://127.0.0.1:2",
    "TASTYFLOW_PRODUCTION__STREAMER_URL": "ws://127.0.0.1:2/streamer",
}
LOCAL_SANDBOX = {name: url for name, url in NOWHERE.items() if "SANDBOX" in name}
SIMULATED = {"SIMULATED": "true"} | {name.removeprefix("TASTYFLOW_"): url for name, url in NOWHERE.items()}
PLACE = ("order", "buy 1 SPY 450C next month", "--as", "ann", "--json")
PRODUCTION_AT_A_GATEWAY = {
    "PRODUCTION__API_URL": "https://gw.example.com",
    "PRODUCTION__STREAMER_URL": "wss://gw.example.com",
}


def refused(ended):
    said = ended.out + ended.err
    assert [canary for canary in CANARIES if canary in said] == []
    assert ended.code == 3
    return said


def test_the_addresses_built_in_are_the_adapters_own():
    assert (SandboxSettings().api_url, SandboxSettings().streamer_url) == connection.URLS["sandbox"]
    assert (ProductionSettings().api_url, ProductionSettings().streamer_url) == connection.URLS["production"]


@pytest.mark.parametrize("venue", ["sandbox", "production"])
@pytest.mark.parametrize(("key", "value"), [("client_secret", HEX), ("refresh_token", TOKEN)])
def test_a_secret_in_the_file_of_settings_is_refused_unseen(inside, home, venue, key, value):
    home.mkdir()
    (home / "config.toml").write_text(f'[{venue}]\n{key} = "{value}"\n')
    said = refused(inside("orders"))
    assert f"{venue}.{key} is a secret" in said
    assert f"tastyflow secrets set {venue}.{key}" in said


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TASTYFLOW_SANDBOX", f'"{TOKEN}"'),
        ("TASTYFLOW_SANDBOX", TOKEN),
        ("TASTYFLOW_SANDBOX", f'{{"client_secret": "{HEX}"'),
        ("TASTYFLOW_SANDBOX", f'{{"client_secret": ["{HEX}"]}}'),
        ("TASTYFLOW_PRODUCTION", f'{{"refresh_token": "{TOKEN} {TOKEN}"}}'),
        ("TASTYFLOW_PRODUCTION__API_URL", TOKEN),
        ("TASTYFLOW_PRODUCTION__ACCOUNT", TOKEN),
        ("TASTYFLOW_PRODUCTION__RATE", HEX),
        ("TASTYFLOW_SANDBOX__CLIENT_SECRET", f"{HEX}\t{HEX}"),
        ("TASTYFLOW_SANDBOX__REFRESH_TOKEN", TOKEN * 300),
    ],
)
def test_no_message_about_the_settings_repeats_a_secret(inside, name, value):
    refused(inside("orders", **{name: value}))


def test_settings_are_shown_without_their_secrets(monkeypatch, tmp_path):
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    shown = repr(Settings(home=tmp_path)) + str(Settings(home=tmp_path)) + Settings(home=tmp_path).model_dump_json()
    assert [canary for canary in CANARIES if canary in shown] == []


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"SANDBOX__API_URL": "https://api.tastyworks.com"}, "which is a host of production"),
        ({"SANDBOX__API_URL": "https://API.TASTYTRADE.COM./"}, "which is a host of production"),
        ({"SANDBOX__STREAMER_URL": "wss://streamer.tastyworks.com"}, "which is a host of production"),
        ({"PRODUCTION__API_URL": "https://api.cert.tastyworks.com"}, "which is a host of the sandbox"),
        ({"PRODUCTION__STREAMER_URL": "wss://streamer.cert.tastyworks.com"}, "which is a host of the sandbox"),
        ({"PRODUCTION__ACCOUNT": "5WT00001"}, "sandbox.account and production.account are the same"),
        ({"PRODUCTION__CLIENT_SECRET": HEX}, "sandbox.client_secret and production.client_secret are the same"),
        ({"PRODUCTION__REFRESH_TOKEN": TOKEN}, "sandbox.refresh_token and production.refresh_token are the same"),
        ({"SIMULATED": "true"}, "with 'simulated' everything must be on this machine"),
        (
            {"SIMULATED": "true", **{name[10:]: url for name, url in list(NOWHERE.items())[:3]}},
            "production.streamer_url",
        ),
        (
            {"SANDBOX__API_URL": "http://127.0.0.1:1", "SANDBOX__STREAMER_URL": "ws://127.0.0.1:1"},
            "a rehearsal on a simulator proves nothing",
        ),
        (
            {"SANDBOX__API_URL": "http://127.0.0.1:1", "PRODUCTION__API_URL": "http://127.0.0.1:1/"},
            "rehearsed where it is real",
        ),
        (
            {
                name[10:]: url.replace(":1", ":2").replace("127.0.0.1", "localhost")
                for name, url in LOCAL_SANDBOX.items()
            }
            | {name[10:]: url for name, url in NOWHERE.items() if "PRODUCTION" in name},
            "rehearsed where it is real",
        ),
        ({"SANDBOX__API_URL": "http://127.0.0.1:8701"}, "a rehearsal on a simulator proves nothing"),
        ({"SANDBOX__STREAMER_URL": "ws://127.0.0.1:8701"}, "a rehearsal on a simulator proves nothing"),
        (
            {"SANDBOX__API_URL": "https://sim.lan", "SANDBOX__STREAMER_URL": "wss://sim.lan"},
            "a rehearsal on a simulator proves nothing",
        ),
        (
            {"SANDBOX__API_URL": "http://127.0.0.2:8701", "SANDBOX__STREAMER_URL": "ws://[::1]:8701"}
            | {"PRODUCTION__API_URL": "https://gateway.lan", "PRODUCTION__STREAMER_URL": "wss://gateway.lan"},
            "a rehearsal on a simulator proves nothing",
        ),
        ({"PRODUCTION__STREAMER_URL": "wss://evil.example"}, "production.streamer_url do not belong together"),
        ({"SANDBOX__API_URL": "https://evil.example"}, "sandbox.streamer_url do not belong together"),
        (
            {"PRODUCTION__API_URL": "https://one.lan", "PRODUCTION__STREAMER_URL": "wss://other.lan"},
            "one.lan and other.lan are two hosts",
        ),
        ({"PRODUCTION__API_URL": "https://api.tastyworks.com:8443"}, "do not belong together"),
        (PRODUCTION_AT_A_GATEWAY, "production.api_url is refused: gw.example.com is neither a host of tastytrade's"),
        (PRODUCTION_AT_A_GATEWAY, "set production.trusted_host"),
        (PRODUCTION_AT_A_GATEWAY | {"PRODUCTION__TRUSTED_HOST": "example.com"}, "neither URL of production is there"),
        ({"PRODUCTION__TRUSTED_HOST": "gw.example.com"}, "neither URL of production is there: take it out"),
        ({"PRODUCTION__TRUSTED_HOST": "https://gw.example.com"}, "write the host alone"),
    ],
)
@pytest.mark.parametrize("command", [PLACE, ("trader", "list")])
def test_venues_that_cannot_be_what_they_are_called_are_refused_before_anything_is_sent(inside, changed, told, command):
    chosen = SECRETS | {f"TASTYFLOW_{name}": value for name, value in changed.items()}
    assert told in refused(inside(*command, TASTYFLOW_ENV="production", **chosen))


def test_what_a_program_hands_in_is_held_to_the_same_rules(tmp_path):
    from tastyflow_adapters.config import settings

    wrong = Settings(home=tmp_path, env=Environment.PRODUCTION, simulated=True)
    with pytest.raises(Misconfigured, match="on this machine"):
        settings.check(wrong)


@pytest.mark.parametrize("url", ["https://API.tastyworks.com", "https://api.tastyworks.com.:443/"])
def test_the_real_venues_are_themselves_however_they_are_spelled(inside, url):
    chosen = SECRETS | {"TASTYFLOW_PRODUCTION__API_URL": url}
    assert inside("trader", "list", TASTYFLOW_ENV="production", **chosen).code == 0


def test_a_gateway_of_ones_own_is_named_as_trusted_and_doctor_speaks_of_it(inside):
    gateway = PRODUCTION_AT_A_GATEWAY | {"PRODUCTION__TRUSTED_HOST": "GW.example.com."}
    chosen = SECRETS | {f"TASTYFLOW_{name}": value for name, value in gateway.items()}
    assert inside("trader", "list", TASTYFLOW_ENV="production", **chosen).code == 0
    said = inside("doctor", "--offline", TASTYFLOW_ENV="production", **chosen)
    assert "the secrets go to gw.example.com" in " ".join(said.out.replace("│", " ").split())


def test_a_sandbox_on_this_machine_is_enough_where_nothing_is_promoted(inside):
    assert inside("trader", "list", TASTYFLOW_ENV="sandbox", **SECRETS, **LOCAL_SANDBOX).code == 0


@pytest.mark.parametrize("env", ["fake", "sandbox", "production"])
def test_before_simulators_the_first_use_makes_the_trader_to_try_it_with(inside, env):
    ended = inside("trader", "list", "--json", TASTYFLOW_ENV=env, TASTYFLOW_SIMULATED="true", **SECRETS, **NOWHERE)
    assert [each["name"] for each in ended.json["traders"]] == ["demo"]


def test_before_real_venues_it_makes_none(inside):
    ended = inside("trader", "list", "--json", TASTYFLOW_ENV="production", **SECRETS, **NOWHERE)
    assert ended.json["traders"] == []


def test_simulators_are_ordered_from_as_demo(monkeypatch, tmp_path):
    for name, value in {**SECRETS, **NOWHERE, "TASTYFLOW_HOME": str(tmp_path), "TASTYFLOW_ENV": "production"}.items():
        monkeypatch.setenv(name, value)
    assert load().default_trader != "demo"
    monkeypatch.setenv("TASTYFLOW_SIMULATED", "1")
    assert load().default_trader == "demo"


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"SANDBOX__CLIENT_SECRET": TOKEN[:-1] + "x", "SANDBOX__REFRESH_TOKEN": HEX}, "wrong way round"),
        ({"SANDBOX__CLIENT_SECRET": "2fbe9fa5-1c7e-4b6f-9a11-0a1b2c3d4e5f"}, "client id"),
    ],
)
def test_a_secret_that_cannot_be_right_is_not_tried_since_failed_logins_are_counted(inside, changed, told):
    inside("trader", "add", "ann", TASTYFLOW_ENV="production", **SECRETS, **NOWHERE)
    chosen = SECRETS | NOWHERE | {f"TASTYFLOW_{name}": value for name, value in changed.items()}
    assert told in refused(inside(*PLACE, TASTYFLOW_ENV="production", **chosen))


def test_the_client_librarys_own_variables_are_never_read(inside):
    inside("trader", "add", "ann", TASTYFLOW_ENV="sandbox")
    ended = inside(*PLACE, TASTYFLOW_ENV="sandbox", TT_SECRET=HEX, TT_REFRESH=TOKEN)
    assert "sandbox.client_secret" in refused(ended)


@pytest.mark.parametrize("env", [Environment.SANDBOX, Environment.PRODUCTION])
def test_at_a_venue_waits_are_longer_unless_chosen_and_quotes_bind_nobody(tmp_path, env):
    confirm = Confirm.ABOVE if env == "production" else Confirm.NEVER
    usual = Settings(home=tmp_path, env=env).rules
    assert usual == Policy(rest_wait_s=2.0, follow_s=3.0, fills_follow_quotes=False, confirm=confirm)
    chosen = Settings(home=tmp_path, env=env, policy=PolicySettings(rest_wait_s=0.25))
    assert chosen.rules == Policy(rest_wait_s=0.25, follow_s=3.0, fills_follow_quotes=False, confirm=confirm)


@pytest.mark.parametrize(
    ("env", "simulated", "chosen", "confirm"),
    [
        ("production", False, None, Confirm.ABOVE),  # money is at stake, and who is at a terminal is asked
        ("production", False, Confirm.NEVER, Confirm.NEVER),
        ("production", True, None, Confirm.NEVER),
        ("sandbox", False, None, Confirm.NEVER),
        ("fake", False, None, Confirm.NEVER),
        ("fake", False, Confirm.ALWAYS, Confirm.ALWAYS),
    ],
)
def test_orders_are_confirmed_in_production_and_elsewhere_where_it_is_chosen(tmp_path, env, simulated, chosen, confirm):
    policy = PolicySettings() if chosen is None else PolicySettings(confirm=chosen)
    assert Settings(home=tmp_path, env=env, simulated=simulated, policy=policy).rules.confirm is confirm


# ── where nothing is chosen, no model is imported: the answers are the same ──────────────────────────────────────

HOMES = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=30)


@given(name=HOMES)
@hypothesis.settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_home_of_which_nothing_is_chosen_is_what_is_built_in(monkeypatch, name):
    for variable in [each for each in os.environ if each.upper().startswith("TASTYFLOW_")]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("TASTYFLOW_HOME", name.removeprefix("~"))
    assert loading.is_untouched()
    fast, whole = loading.load(), load()
    assert isinstance(fast, Untouched)
    assert not isinstance(fast, Settings)
    for key in everything_read():
        assert (key, getattr(fast, key)) == (key, getattr(whole, key))


def everything_read():
    """Every attribute and property that the rest of the program can read of either."""
    return [*Choices.__annotations__, *(name for name, value in vars(Choices).items() if isinstance(value, property))]


def test_whatever_is_a_setting_but_the_venues_is_a_choice():
    assert set(Settings.model_fields) == {
        *Choices.__annotations__,
        *(
            "policy",
            "service",
            "operators",
            "discord_table",
            "gex_table",
            "signals_table",
            "anchors_table",
            "log_at",
            "sandbox",
            "production",
        ),
    }


@pytest.mark.parametrize(
    ("variables", "file", "untouched"),
    [
        ({}, None, True),
        ({"TASTYFLOW_ENV": "fake"}, None, False),
        ({"TASTYFLOW_ENV": ""}, None, False),
        ({"tastyflow_env": "sandbox"}, None, False),
        ({"TASTYFLOW_HOEM": "x"}, None, False),
        ({"TASTYFLOW_POLICY__FOLLOW_S": "1"}, None, False),
        ({"tastyflow_home": "x"}, None, False),
        ({}, "", False),
        ({}, "trader = 'ann'", False),
    ],
)
def test_anything_chosen_is_read_in_full(monkeypatch, home, variables, file, untouched):
    for name in [each for each in os.environ if each.upper().startswith("TASTYFLOW_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TASTYFLOW_HOME", str(home))
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    if file is not None:
        home.mkdir()
        (home / "config.toml").write_text(file)
    assert loading.is_untouched() is untouched


def test_a_file_that_is_a_broken_link_is_read_in_full(monkeypatch, home):
    for name in [each for each in os.environ if each.upper().startswith("TASTYFLOW_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TASTYFLOW_HOME", str(home))
    home.mkdir()
    (home / "config.toml").symlink_to("nowhere")
    assert not loading.is_untouched()
