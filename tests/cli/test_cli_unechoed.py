"""A secret that is typed in the wrong place is not repeated: not on the screen, not in JSON, not in the log."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tastyflow_adapters.unechoed import HIDDEN, unechoed
from tests.cli.test_cli_secrets import HEX, TOKEN

KEY = "sk9Zq" + "aB3xY7" * 6
SECRETS = {"hexadecimal": HEX, "token": TOKEN, "key": KEY}
ORDER = "buy 1 SPY 450C next month"

TYPED = [
    ("{}",),
    ("--{}",),
    ("order", "{}"),
    ("order", "buy 1 {} 450C next month"),
    ("order", ORDER, "--as", "{}"),
    ("order", ORDER, "--account", "{}"),
    ("order", ORDER, "--token={}"),
    ("preview", "{}"),
    ("parse", "{}"),
    ("status", "{}"),
    ("cancel", "{}"),
    ("approve", "{}"),
    ("quote", "{}"),
    ("chain", "{}"),
    ("orders", "--as", "{}"),
    ("trader", "{}"),
    ("trader", "add", "{}"),
    ("trader", "add", "ann", "--os-user", "{}"),
    ("trader", "add", "ann", "--limit", "{}"),
    ("trader", "add", "ann", "--limit", "max_contracts={}"),
    ("trader", "add", "ann", "--symbols", "{}"),
    ("trader", "add", "ann", "--permission", "{}"),
    ("trader", "add", "ann", "--max-contracts", "{}"),
    ("trader", "suspend", "{}"),
    ("trader", "link", "demo", "cli", "{}"),
    ("trader", "link", "demo", "discord", "{}"),
    ("trader", "show", "{}"),
    ("secrets", "set", "{}"),
    ("secrets", "{}"),
    ("audit", "show", "{}"),
    ("audit", "{}"),
    ("resume", "{}"),
    ("doctor", "{}"),
]

VARIABLES = [
    "ENV",
    "NOW",
    "FAKE_ACCOUNTS",
    "FAKE_FILLS",
    "SIMULATED",
    "VERBOSITY",
    "POLICY__FOLLOW_S",
    "POLICY__HOURS",
    "SANDBOX__API_URL",
    "SANDBOX__ACCOUNT",
    "SANDBOX__TRUSTED_HOST",
    "TRADER",
    "POLICY__SEARCH_WAITS_S",
]

FILES = [
    'env = "{}"',
    '"{}" = 1',
    "{}",
    "env = {}",
    '[policy]\n"{}" = 1',
    '["{}"]\nx = 1',
    '[policy]\nhours = "{}"',
    '[sandbox]\n"{}" = 1',
    '[sandbox]\napi_url = "{}"',
    'trader = "{}"\nenv = "{}"',
    'fake_accounts = ["{}"]',
]


def unseen(ended, secret: str, home: Path) -> None:
    for part in (secret, secret[:20], secret[-20:]):
        assert part not in ended.out + ended.err
        for file in home.rglob("*"):
            assert file.name == "config.toml" or not file.is_file() or part.encode() not in file.read_bytes()


@pytest.mark.parametrize("kind", SECRETS)
@pytest.mark.parametrize("typed", TYPED, ids=" ".join)
def test_a_secret_in_a_command_is_not_repeated(inside, home, typed, kind):
    line = [each.replace("{}", SECRETS[kind]) for each in typed]
    unseen(inside(*line, "--json"), SECRETS[kind], home)
    unseen(inside(*line), SECRETS[kind], home)


@pytest.mark.parametrize("kind", SECRETS)
@pytest.mark.parametrize("variable", VARIABLES)
def test_a_secret_in_a_variable_is_not_repeated(inside, home, variable, kind):
    for command in (("orders", "--json"), ("orders",), ("doctor", "--offline")):
        unseen(inside(*command, **{f"TASTYFLOW_{variable}": SECRETS[kind]}), SECRETS[kind], home)
    unseen(inside("orders", **{f"TASTYFLOW_{SECRETS[kind]}": "1"}), SECRETS[kind], home)


@pytest.mark.parametrize("kind", SECRETS)
@pytest.mark.parametrize("written", FILES)
def test_a_secret_in_the_file_of_settings_is_not_repeated(inside, home, written, kind):
    home.mkdir()
    (home / "config.toml").write_text(written.replace("{}", SECRETS[kind]))
    for command in (("orders", "--json"), ("orders",), ("doctor", "--offline")):
        unseen(inside(*command), SECRETS[kind], home)


@given(
    st.text(alphabet="0123456789abcdef", min_size=16, max_size=128).filter(lambda t: not (t.isdigit() or t.isalpha()))
)
def test_whatever_is_hexadecimal_and_long_is_hidden(secret: str) -> None:
    for text in (secret, f"there is no {secret!r}.", f"name={secret}", f"({secret})"):
        assert secret not in unechoed(text)


@pytest.mark.parametrize(
    "text",
    [
        "SPY   261218C00450000",
        "buy 10 calls for SPY at strike 450 expiring next month",
        "c0ffee",
        "12345678901234567890",
        "0b6bb4a2-4f2e-5f3c-9a3c-0f6f6f4c2b1a",
        "/srv/ann/share/tastyflow/production/log.db",
        "TASTYFLOW_POLICY__FOLLOW_S",
        "tf1-p-0b6bb4a24f2e-1",
        "https://api.cert.tastyworks.com",
        "5WT00001",
    ],
)
def test_what_is_no_secret_is_repeated(text: str) -> None:
    assert unechoed(text) == text
    assert HIDDEN not in unechoed(f"{text!r} is not known.")
