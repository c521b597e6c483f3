"""Secrets: stored without an argument, kept from others, recognised in the wrong place, and never shown."""

import json
import os
import stat
from base64 import urlsafe_b64encode

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked
from pydantic import SecretStr

from tastyflow.errors import Misconfigured
from tastyflow_adapters.secrets import Ring, RingTrouble, Secrets, SecretsFile, Source

pytestmark = pytest.mark.skipif(os.name != "posix", reason="who may read a file is not in its mode there")

HEX = "c0ffee" * 6 + "c0de"
OTHER_HEX = "deadbeef" * 5
UUID = "2fbe9fa5-1c7e-4b6f-9a11-0a1b2c3d4e5f"


def token(typ="rt+jwt", **claims):
    def part(value):
        return urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return f"{part({'alg': 'EdDSA', 'typ': typ})}.{part({'aud': UUID} | claims)}.c2lnbmF0dXJl"


TOKEN = token()
OTHER_TOKEN = token(sub="U2")
CANARIES = (HEX, OTHER_HEX, TOKEN, OTHER_TOKEN, TOKEN.split(".")[1])


class Memory(KeyringBackend):
    """A keyring that keeps nothing beyond the test."""

    priority = 1

    def __init__(self):
        super().__init__()
        self.kept = {}
        self.asked = []
        self.failure = None

    def get_password(self, service, username):
        self.asked.append(username)
        if self.failure:
            raise self.failure
        return self.kept.get((service, username))

    def set_password(self, service, username, password):
        if self.failure:
            raise self.failure
        self.kept[service, username] = password

    def delete_password(self, service, username):
        del self.kept[service, username]


@pytest.fixture
def ring(monkeypatch):
    memory = Memory()
    monkeypatch.setattr(keyring.core, "_keyring_backend", memory)
    return memory


@pytest.fixture
def file(home):
    home.mkdir(mode=0o700)
    return home / "secrets.toml"


def write(file, *, mode=0o600, **tables):
    lines = [
        f"[{name}]\n" + "".join(f'{key} = "{value}"\n' for key, value in keys.items()) for name, keys in tables.items()
    ]
    file.write_text("".join(lines))
    file.chmod(mode)


def said_nothing_secret(ended):
    assert [canary for canary in CANARIES if canary in ended.out + ended.err] == []
    return ended


# ── set ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_secret_is_read_from_standard_input_into_a_file_for_its_owner_alone(inside, home):
    ended = said_nothing_secret(inside("secrets", "set", "sandbox.refresh_token", typed=f"{TOKEN}\n"))
    assert ended.code == 0
    file = home / "secrets.toml"
    assert str(file) in ended.out
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert SecretsFile(file).read()["sandbox.refresh_token"].get_secret_value() == TOKEN


def test_a_second_secret_leaves_the_first_where_it_is(inside, home):
    inside("secrets", "set", "sandbox.refresh_token", typed=TOKEN)
    inside("secrets", "set", "sandbox.client_secret", typed=HEX)
    inside("secrets", "set", "sandbox.client_secret", typed=OTHER_HEX)
    kept = SecretsFile(home / "secrets.toml").read()
    assert {name: value.get_secret_value() for name, value in kept.items()} == {
        "sandbox.refresh_token": TOKEN,
        "sandbox.client_secret": OTHER_HEX,
    }
    assert [path.name for path in home.iterdir() if path.is_file()] == ["secrets.toml"]


def test_a_keyring_that_keeps_something_is_preferred(inside, home, ring):
    ended = said_nothing_secret(inside("secrets", "set", "production.refresh_token", "--json", typed=TOKEN))
    assert ended.json["where"] == "keyring"
    assert ring.kept == {("tastyflow", "production.refresh_token"): TOKEN}
    assert not (home / "secrets.toml").exists()


def test_the_file_can_be_asked_for_and_is_kept_to_from_then_on(inside, home, ring):
    assert inside("secrets", "set", "sandbox.client_secret", "--file", "--json", typed=HEX).json["where"] == "file"
    assert inside("secrets", "set", "sandbox.client_secret", "--json", typed=OTHER_HEX).json["where"] == "file"
    assert ring.kept == {}


def test_a_keyring_that_fails_is_said_and_so_is_the_way_out(inside, ring):
    ring.failure = KeyringLocked(f"cannot keep {HEX}")
    ended = said_nothing_secret(inside("secrets", "set", "sandbox.client_secret", typed=HEX))
    assert ended.code == 1
    assert "--file" in ended.err


@pytest.mark.parametrize(
    "args",
    [
        ("sandbox.refresh_token", TOKEN),
        ("sandbox.refresh_token", HEX, TOKEN),
        (TOKEN,),
        (f"sandbox.refresh_token={TOKEN}",),
        ("sandbox.refresh_token", f"--value={TOKEN}"),
    ],
)
def test_a_secret_on_the_command_line_is_refused_and_not_repeated(inside, home, args):
    ended = said_nothing_secret(inside("secrets", "set", *args))
    assert ended.code == 2
    assert not (home / "secrets.toml").exists()


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("sandbox.refresh_token", HEX, "the wrong way round"),
        ("sandbox.client_secret", TOKEN, "the wrong way round"),
        ("production.client_secret", UUID, "client id"),
        ("production.refresh_token", UUID, "client id"),
        ("production.refresh_token", token("at+jwt"), "access token"),
        ("production.refresh_token", token(exp=1), "expired"),
    ],
)
def test_what_belongs_elsewhere_is_recognised_and_not_stored(inside, home, name, value, told):
    ended = inside("secrets", "set", name, typed=value)
    assert ended.code == 1
    assert told in ended.err
    assert value not in ended.err
    assert not (home / "secrets.toml").exists()


@pytest.mark.parametrize("typed", ["", "   \n", "two words", "x" * 10_000, "a\x00b", "é" * 40])
def test_what_is_no_secret_at_all_is_not_stored(inside, home, typed):
    assert inside("secrets", "set", "sandbox.client_secret", typed=typed).code == 1
    assert not (home / "secrets.toml").exists()


def test_a_variable_that_comes_before_it_is_mentioned(inside):
    ended = inside("secrets", "set", "sandbox.client_secret", typed=HEX, TASTYFLOW_SANDBOX__CLIENT_SECRET=OTHER_HEX)
    assert "TASTYFLOW_SANDBOX__CLIENT_SECRET is set" in said_nothing_secret(ended).err


# ── where they are looked for ────────────────────────────────────────────────────────────────────────────────────


def test_the_environment_comes_before_the_file_and_the_file_before_the_keyring(inside, home, ring, file):
    write(file, sandbox={"client_secret": HEX, "refresh_token": TOKEN})
    for name in ("sandbox.client_secret", "sandbox.refresh_token", "production.client_secret"):
        ring.kept["tastyflow", name] = OTHER_HEX
    ended = inside("secrets", "list", "--json", TASTYFLOW_SANDBOX__CLIENT_SECRET=OTHER_HEX)
    assert {each["name"]: each["where"] for each in said_nothing_secret(ended).json["secrets"]} == {
        "sandbox.client_secret": "environment",
        "sandbox.refresh_token": "file",
        "production.client_secret": "keyring",
        "production.refresh_token": None,
        "operators.urls": None,
        "discord.token": None,
    }
    assert "not set" in said_nothing_secret(inside("secrets", "list")).out


def test_the_keyring_is_asked_only_for_what_nothing_else_has(file, ring):
    write(file, sandbox={"client_secret": HEX})
    secrets = Secrets({"sandbox.refresh_token": SecretStr(TOKEN)}, SecretsFile(file))
    assert secrets.find("sandbox.refresh_token").source is Source.ENVIRONMENT
    assert secrets.find("sandbox.client_secret").source is Source.FILE
    assert ring.asked == []
    assert secrets.find("production.client_secret") is None
    assert ring.asked == ["production.client_secret"]


def test_a_broken_keyring_is_no_error_until_nothing_else_has_the_secret(file, ring):
    ring.failure = RuntimeError(f"no bus for {TOKEN}")
    write(file, sandbox={"client_secret": HEX})
    secrets = Secrets({}, SecretsFile(file))
    assert secrets.find("sandbox.client_secret").source is Source.FILE
    with pytest.raises(RingTrouble) as told:
        secrets.find("sandbox.refresh_token")
    assert TOKEN not in str(told.value)


def test_a_keyring_that_does_not_answer_is_not_waited_for(ring, monkeypatch):
    from threading import Event

    never = Event()
    monkeypatch.setattr(ring, "get_password", lambda *_: never.wait(5))
    with pytest.raises(RingTrouble, match="did not answer"):
        Ring(patience_s=0.05).get("sandbox.client_secret")
    never.set()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o601])
def test_a_file_that_others_could_use_is_not_used(inside, file, mode):
    write(file, sandbox={"client_secret": HEX}, mode=mode)
    with pytest.raises(Misconfigured, match="by others") as told:
        SecretsFile(file).read()
    assert f"chmod 600 {file}" in told.value.hint
    ended = said_nothing_secret(inside("secrets", "list", "--json"))
    assert (ended.code, ended.json["error"]["code"]) == (3, "secrets_exposed")
    assert inside("secrets", "set", "sandbox.client_secret", "--file", typed=OTHER_HEX).code == 3


def test_a_file_of_another_user_is_not_used(file, monkeypatch):
    write(file, sandbox={"client_secret": HEX})
    monkeypatch.setattr(os, "geteuid", lambda: file.stat().st_uid + 1)
    with pytest.raises(Misconfigured, match="another user"):
        SecretsFile(file).read()


@pytest.mark.parametrize(
    "text",
    [
        f'[sandbox]\nclient_secret = "{HEX}',
        f'client_secret = "{HEX}"',
        f'[sandbox]\n{HEX} = "x"',
        f'["{HEX}"]\nclient_secret = "x"',
        f'[sandbox]\nclient_secret = ["{HEX}"]',
        f'[sandbox]\nclient_secret = "{HEX} {HEX}"',
        f"[sandbox]\nclient_secret = {HEX}",
        f'[sandbox]\nclient_secret = "{HEX}\\u00e9"',
        f'[sandbox]\nclient_secret = "{HEX}\\u001b[31m"',
        "\xff" * 10,
        "# " + "x" * 200_000,
    ],
)
def test_a_file_that_cannot_be_understood_is_said_without_a_word_of_it(inside, file, text):
    file.write_text(text, encoding="latin-1")
    file.chmod(0o600)
    ended = said_nothing_secret(inside("secrets", "list", "--json"))
    assert (ended.code, ended.json["error"]["code"]) == (3, "secrets_unreadable")


# ── check ────────────────────────────────────────────────────────────────────────────────────────────────────────


def both(**changed):
    given = {
        "TASTYFLOW_SANDBOX__CLIENT_SECRET": HEX,
        "TASTYFLOW_SANDBOX__REFRESH_TOKEN": TOKEN,
        "TASTYFLOW_PRODUCTION__CLIENT_SECRET": OTHER_HEX,
        "TASTYFLOW_PRODUCTION__REFRESH_TOKEN": OTHER_TOKEN,
        "TASTYFLOW_ENV": "production",
    }
    return given | {f"TASTYFLOW_{name}": value for name, value in changed.items()}


def test_secrets_that_are_what_they_should_be_are_good(inside):
    ended = said_nothing_secret(inside("secrets", "check", "--json", **both()))
    assert ended.code == 0
    assert [(each["venue"], each["name"], each["outcome"]) for each in ended.json["checks"]] == [
        ("sandbox", "client_secret", "ok"),
        ("sandbox", "refresh_token", "ok"),
        ("production", "client_secret", "ok"),
        ("production", "refresh_token", "ok"),
    ]
    assert "All is well" in said_nothing_secret(inside("secrets", "check", **both())).out


def test_the_fake_environment_needs_none(inside):
    assert inside("secrets", "check").code == 0


@pytest.mark.parametrize("env", ["sandbox", "production"])
def test_a_missing_secret_is_broken_and_the_command_that_mends_it_is_said(inside, env):
    ended = inside("secrets", "check", TASTYFLOW_ENV=env)
    assert ended.code == 1
    assert "tastyflow secrets set sandbox.client_secret" in ended.out
    assert ("production.client_secret" in ended.out) is (env == "production")


@pytest.mark.parametrize(
    ("changed", "code", "told"),
    [
        ({"SANDBOX__CLIENT_SECRET": TOKEN, "SANDBOX__REFRESH_TOKEN": HEX}, 1, "the wrong way round"),
        ({"SANDBOX__CLIENT_SECRET": UUID}, 1, "client id"),
        ({"SANDBOX__CLIENT_SECRET": "hunter22"}, 4, "does not look like a client secret"),
        ({"SANDBOX__REFRESH_TOKEN": "hunter22"}, 4, "does not look like a refresh token"),
        ({"SANDBOX__REFRESH_TOKEN": token("JWT")}, 4, "another kind"),
        ({"SANDBOX__REFRESH_TOKEN": token(iss="https://api.tastytrade.com")}, 4, "seems to be production's"),
        ({"PRODUCTION__REFRESH_TOKEN": token(iss="https://api.cert.tastyworks.com")}, 4, "seems to be the sandbox's"),
        ({"PRODUCTION__REFRESH_TOKEN": token(scope="read openid")}, 4, "does not include trading"),
    ],
)
def test_a_doubtful_or_wrong_secret_is_told_with_its_exit_code(inside, changed, code, told):
    ended = said_nothing_secret(inside("secrets", "check", **both(**changed)))
    assert (ended.code, told in ended.out) == (code, True)


def test_one_secret_for_both_venues_is_broken_wherever_they_are_kept(inside, file):
    write(file, sandbox={"client_secret": HEX}, production={"client_secret": HEX})
    ended = said_nothing_secret(inside("secrets", "check"))
    assert ended.code == 1
    assert "the same" in ended.out


def test_a_file_that_others_could_use_is_broken(inside, file):
    write(file, sandbox={"client_secret": HEX}, mode=0o644)
    ended = said_nothing_secret(inside("secrets", "check", TASTYFLOW_ENV="sandbox"))
    assert ended.code == 1
    assert "chmod 600" in ended.out


@pytest.mark.parametrize("value", ["a.b.c", "..", "e30.e30.", "e30.W10.x", "💥.💥.💥", "e30." + "x" * 5000 + ".x"])
def test_a_broken_token_is_doubtful_and_no_crash(inside, value):
    code = inside("secrets", "check", TASTYFLOW_ENV="sandbox", TASTYFLOW_SANDBOX__REFRESH_TOKEN=value).code
    assert code in ((1, 4) if value.isascii() else (3,))  # what is not ASCII is refused with the settings
