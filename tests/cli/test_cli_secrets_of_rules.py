"""The secrets that alerts for rules are signed with: named after their rule, strong, and kept as the others are."""

import os

import pytest

from tastyflow.errors import Misconfigured
from tastyflow_adapters.config.secret_names import of_rule, secret_name, underscored
from tastyflow_adapters.config.settings import load
from tastyflow_adapters.secrets import SecretsFile

pytestmark = pytest.mark.skipif(os.name != "posix", reason="who may read a file is not in its mode there")

STRONG = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
OTHER = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"


def kept(home):
    return {name: value.get_secret_value() for name, value in SecretsFile(home / "secrets.toml").read().items()}


@pytest.mark.parametrize("name", ["signals.breakout", "signals.gex-flip-2", "signals.breakout_next", "signals.9"])
def test_a_rules_secret_is_stored_under_its_name(inside, home, name):
    ended = inside("secrets", "set", name, typed=STRONG)
    assert (ended.code, kept(home)) == (0, {name: STRONG})
    assert STRONG not in ended.out + ended.err
    listed = inside("secrets", "list", "--json").json["secrets"]
    assert {"name": name, "where": "file"} in listed
    assert STRONG not in inside("secrets", "list").out


def test_the_secrets_of_rules_stand_beside_the_others(inside, home):
    inside("secrets", "set", "signals.b", typed=STRONG)
    inside("secrets", "set", "sandbox.client_secret", typed="c0ffee" * 8)
    inside("secrets", "set", "signals.a", typed=OTHER)
    assert kept(home) == {"sandbox.client_secret": "c0ffee" * 8, "signals.a": OTHER, "signals.b": STRONG}


@pytest.mark.parametrize(
    "name",
    ["signals", "signals.", "signals.Breakout", "signals.a b", "signals._next", "signals.a_b", "signals.a.b",
     "signals.ä", "signals.-a", f"signals.{'a' * 41}", "signals.a_next_next", "signal.a"],
)  # fmt: skip
def test_what_names_no_rule_names_no_secret(inside, home, name):
    ended = inside("secrets", "set", name, typed=STRONG)
    assert ended.code == 2
    assert "signals.RULE" in ended.err
    assert not (home / "secrets.toml").exists()


def test_a_credential_of_systemd_is_called_with_underscores():
    names = of_rule("gex-flip")
    assert names == ("signals.gex-flip", "signals.gex-flip_next")
    assert [secret_name(underscored(name)) for name in names] == list(names)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("hunter2", "shorter than 32"),
        ("ab" * 32, "could be guessed"),
        ("eyJhbGciOiJFZERTQSJ9.eyJhdWQiOiIyIn0.c2ln", "a token"),
    ],
)
def test_what_could_be_guessed_is_not_stored(inside, home, value, told):
    ended = inside("secrets", "set", "signals.breakout", typed=value)
    assert ended.code == 1
    assert told in ended.err
    assert "openssl rand -hex 32" in ended.err
    assert value not in ended.err
    assert not (home / "secrets.toml").exists()


def test_two_rules_do_not_share_a_secret_and_a_rule_may_share_with_its_next(inside):
    inside("secrets", "set", "signals.a", typed=STRONG)
    inside("secrets", "set", "signals.a_next", typed=STRONG)
    assert inside("secrets", "check").code == 0
    inside("secrets", "set", "signals.b", typed=STRONG)
    ended = inside("secrets", "check")
    assert ended.code == 1
    assert "Each rule has a secret of its own" in ended.out


def test_a_file_of_secrets_with_another_word_under_signals_is_told_without_its_value(inside, home):
    home.mkdir(mode=0o700)
    file = home / "secrets.toml"
    file.write_text(f'[signals]\nBreak_Out = "{STRONG}"\n')
    file.chmod(0o600)
    ended = inside("secrets", "list")
    assert ended.code == 3
    assert "[signals] has something beside names of rules" in ended.err
    assert STRONG not in ended.err


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (f'breakout = "{STRONG}"', "signals.breakout is a secret, and this file is not for secrets"),
        ("webhook = 1", "there is no setting 'signals.webhook'. Did you mean signals.webhook_"),
        ("webhook_port = 70000", "signals.webhook_port: "),
        (f'webhook_port = "{STRONG}"', "signals.webhook_port: "),
        ('webhook_host = "localhost"', "signals.webhook_host: write an address such as 127.0.0.1"),
        ('webhook_host = "0.0.0.0"', "signals.webhook_trusted_proxy is not set"),
        ('webhook_trusted_proxy = "10.0.0.0/8"', "signals.webhook_trusted_proxy: write an address"),
        ("webhook_oldest_s = 3600", "signals.webhook_oldest_s: "),
        ("webhook_oldest_s = inf", "signals.webhook_oldest_s: "),
        ("webhook_body_bytes = 10_000_000", "signals.webhook_body_bytes: "),
        ("webhook_alerts_a_minute = 0", "signals.webhook_alerts_a_minute: "),
    ],
)
def test_what_cannot_be_in_the_table_is_one_message_without_the_value(home, monkeypatch, line, told):
    home.mkdir(mode=0o700)
    (home / "config.toml").write_text(f"[signals]\n{line}\n")
    monkeypatch.setenv("TASTYFLOW_HOME", str(home))
    with pytest.raises(Misconfigured) as refused:
        load()
    assert told in refused.value.message
    assert STRONG not in refused.value.message


def test_behind_a_proxy_of_another_machine_the_address_may_be_any(home, monkeypatch):
    home.mkdir(mode=0o700)
    (home / "config.toml").write_text('[signals]\nwebhook_host = "10.0.0.5"\nwebhook_trusted_proxy = "10.0.0.7"\n')
    monkeypatch.setenv("TASTYFLOW_HOME", str(home))
    assert load().signals.webhook_host == "10.0.0.5"
