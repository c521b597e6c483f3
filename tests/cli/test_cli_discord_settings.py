"""The table [discord] and the token of the bot: what is understood, refused in one message, never shown."""

import re
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tastyflow.errors import Misconfigured
from tastyflow_adapters.config.discord_choices import OFF, TOKEN, DiscordChoices, Level, NoticeKind
from tastyflow_adapters.config.discord_settings import DiscordSettings
from tastyflow_adapters.config.secret_names import SECRET_NAMES, secret_name, underscored
from tastyflow_adapters.config.settings import Settings, load
from tastyflow_adapters.discord.token import token_of
from tastyflow_adapters.redaction import REDACTOR
from tastyflow_adapters.secrets import Ring, RingTrouble, Secrets, Source
from tastyflow_adapters.secrets.kinds import opinion
from tastyflow_adapters.unechoed import unechoed
from tests.cli.test_cli_secrets import HEX

NOW = datetime(2026, 11, 30, tzinfo=UTC)
GUILD, CHANNEL, OTHER = "803111222333444555", "803111222333444556", "1234567890123456789"


def bots_token(number=GUILD, signature="s1gnaTure-0f_27-characters0rM0re"):
    return f"{urlsafe_b64encode(number.encode()).decode().rstrip('=')}.GhIjKl.{signature}"


BOT = bots_token()


@pytest.fixture
def table(home, monkeypatch):
    """Writes the table [discord], and reads the settings."""
    monkeypatch.setenv("TASTYFLOW_HOME", str(home))

    def read(lines, **variables):
        home.mkdir(exist_ok=True)
        (home / "config.toml").write_text("[discord]\n" + lines)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return load()

    return read


def test_everything_that_can_be_chosen_is_read(table):
    chosen = table(
        f"guilds = {GUILD}\nchannels = ['{CHANNEL}', {OTHER}, {OTHER}]\nroles = ['{OTHER}']\n"
        f"plain_text = true\napprovals_channel = {CHANNEL}\noperators_channel = '{OTHER}'\noldest_s = 30\n"
        "digest_at = 17:15:00\n[discord.notices]\npart_filled = 'silent'\nhalt = 'off'\n"
    ).discord
    assert chosen == DiscordChoices(
        guilds=(GUILD,),
        channels=(CHANNEL, OTHER),
        roles=(OTHER,),
        plain_text=True,
        approvals_channel=CHANNEL,
        operators_channel=OTHER,
        oldest_s=30.0,
        digest_at=time(17, 15),
        notices={"part_filled": Level.SILENT, "halt": Level.OFF},
    )
    assert chosen.is_on


def test_what_is_not_chosen_is_what_is_built_in(tmp_path):
    assert Settings(home=tmp_path).discord == OFF
    assert not OFF.is_on
    assert DiscordSettings(guilds=(GUILD,)).chosen.is_on
    assert DiscordSettings(direct_messages=True).chosen.direct_messages
    assert DiscordSettings(direct_messages=True).chosen.is_on


def test_a_variable_sets_a_list_and_the_digest_can_be_never(table):
    chosen = table(
        f"guilds = ['{GUILD}']",
        TASTYFLOW_DISCORD__GUILDS=OTHER,
        TASTYFLOW_DISCORD__CHANNELS=f'["{CHANNEL}", {OTHER}]',
        TASTYFLOW_DISCORD__DIGEST_AT="never",
        TASTYFLOW_DISCORD__NOTICES='{"filled": "silent"}',
    ).discord
    assert (chosen.guilds, chosen.channels, chosen.digest_at) == ((OTHER,), (CHANNEL, OTHER), None)
    assert chosen.notices == {"filled": Level.SILENT}


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("guild = 1", "there is no setting 'discord.guild'. Did you mean discord.guilds?"),
        ("guilds = ['1234']", "discord.guilds: an id is Discord's own number, 15 to 21 digits"),
        ("guilds = ['#trading']", "discord.guilds: an id is"),
        ("guilds = [true]", "discord.guilds: an id is"),
        ("guilds = 1.5", "discord.guilds"),
        ("guilds = '８０３１１１２２２３３３４４４５５５'", "discord.guilds: an id is"),  # fullwidth digits
        (f"guilds = {[int(GUILD) + n for n in range(101)]}", "discord.guilds"),
        ("operators_channel = 'ops'", "discord.operators_channel: an id is"),
        ("oldest_s = 4", "discord.oldest_s: "),
        ("oldest_s = inf", "discord.oldest_s: "),
        ("digest_at = '4pm'", "discord.digest_at: write it as 16:30"),
        ("digest_at = 16:30:30", "discord.digest_at: write it as 16:30"),
        (f"guilds = {GUILD}\n[discord.notices]\nfiled = 'on'", "does not exist; filled is one"),
        (f"guilds = {GUILD}\n[discord.notices]\nxyz = 'on'", "does not exist; there are rehearsal, "),
        (
            f"guilds = {GUILD}\n[discord.notices]\nfilled = 'loud'",
            "discord.notices.filled: input should be 'on',",
        ),
        (f"channels = {CHANNEL}", "discord.channels is set, and discord.guilds is empty"),
        (f"roles = {OTHER}\nguilds = {GUILD}\ndirect_messages = true", "a direct message carries no role"),
        (f"guilds = {GUILD}\nplain_text = true", "discord.plain_text is on, and discord.channels is empty"),
        (f"token = '{BOT}'", "discord.token is a secret, and this file is not for secrets"),
    ],
)
def test_what_cannot_be_is_one_clear_message_without_the_value(table, lines, told):
    with pytest.raises(Misconfigured) as error:
        table(lines)
    assert told in error.value.message
    assert BOT not in error.value.message


@pytest.mark.parametrize(
    "key", ["GUILDS", "CHANNELS", "ROLES", "OPERATORS_CHANNEL", "NOTICES", "DIGEST_AT", "OLDEST_S"]
)
def test_a_token_in_the_wrong_line_is_in_no_message(inside, home, key):
    ended = inside("orders", **{f"TASTYFLOW_DISCORD__{key}": BOT})
    assert ended.code == 3
    assert BOT.split(".")[0] not in ended.err + ended.out
    home.mkdir(exist_ok=True)
    (home / "config.toml").write_text(f"[discord]\n{key.lower()} = '{BOT}'")
    ended = inside("orders")
    assert ended.code == 3
    assert BOT.split(".")[0] not in ended.err + ended.out


@pytest.mark.parametrize("key", ["GUILDS", "ROLES", "NOTICES", "OPERATORS_CHANNEL"])
def test_no_value_of_the_table_is_repeated_whatever_it_looks_like(inside, key):
    ended = inside("orders", **{f"TASTYFLOW_DISCORD__{key}": "of-no-known-shape"})
    assert (ended.code, "of-no-known-shape" in ended.err) == (3, False)


@given(st.sampled_from(NoticeKind), st.sampled_from(Level))
def test_every_kind_takes_every_level(kind, level):
    assert DiscordSettings(notices={kind: level.value}).chosen.notices == {kind: level}


@given(
    st.one_of(st.integers(), st.booleans(), st.text(max_size=30), st.from_regex(r"\s?[0-9]{13,23}\s?", fullmatch=True))
)
def test_an_id_is_fifteen_to_twenty_one_digits_whatever_is_written(written):
    digits = str(written).strip() if not isinstance(written, bool) else ""
    is_one = bool(re.fullmatch(r"[0-9]{15,21}", digits))
    try:
        chosen = DiscordSettings(guilds=[written]).chosen.guilds
    except ValidationError:
        assert not is_one
    else:
        assert chosen == (digits,)


@given(st.one_of(st.times().map(str), st.text(max_size=8), st.just("never"), st.from_regex(r"[0-9]{2}:[0-9]{2}")))
def test_the_digest_has_a_minute_of_the_day_or_none(written):
    try:
        at = DiscordSettings(digest_at=written).chosen.digest_at
    except ValidationError:
        return
    assert written in ("never", f"{at:%H:%M}" if at else None)


# ── the token ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("typed", ["discord_token", "discord.token"])
def test_the_token_is_stored_by_either_name_and_never_shown(inside, home, typed):
    ended = inside("secrets", "set", typed, "--file", typed=BOT + "\n")
    assert (ended.code, BOT in ended.out + ended.err) == (0, False)
    assert "discord.token is stored in" in ended.out
    assert "Discord is not switched on" in ended.err
    assert f'[discord]\ntoken = "{BOT}"' in (home / "secrets.toml").read_text()
    listed = inside("secrets", "list", "--json")
    assert {each["name"]: each["where"] for each in listed.json["secrets"]}["discord.token"] == "file"


@given(st.sampled_from(SECRET_NAMES))
def test_each_secret_has_two_names_and_no_other(name):
    assert secret_name(name) == secret_name(underscored(name)) == name
    assert secret_name(name.upper()) is secret_name(f"{name} ") is secret_name("") is None


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (GUILD, "an id is where"),
        ("0" * 64, "public key"),
        ("aB3-_" * 6 + "xy", "client secret"),
        ("https://discord.com/api/webhooks/1/x", "an address"),
        ("mfa.xyz", "of a person"),
    ],
)
def test_what_is_pasted_for_the_token_is_recognised_and_not_stored(inside, home, value, told):
    ended = inside("secrets", "set", "discord_token", "--file", typed=value)
    assert (ended.code, told in ended.err, value in ended.err) == (1, True, False)
    assert not (home / "secrets.toml").exists()


def test_a_word_of_no_known_kind_is_stored_and_doubted(inside):
    ended = inside("secrets", "set", "discord_token", "--file", typed="token-of-a-double")
    assert ended.code == 0
    assert "does not look like a bot's token" in ended.err


@pytest.mark.parametrize("name", ["sandbox.client_secret", "production.refresh_token"])
def test_a_bots_token_is_no_secret_of_tastytrade(name):
    assert opinion(name, BOT, now=NOW).wrong


@given(st.integers(10**14, 10**21 - 1), st.text("abcXYZ019-_", min_size=27, max_size=38))
def test_a_bots_token_is_recognised_and_not_repeated(number, signature):
    token = bots_token(str(number), signature)
    about = opinion(TOKEN, token, now=NOW)
    assert (about.wrong, about.doubtful) == (False, False)
    assert unechoed(f"the line {token} is wrong") == "the line [hidden] is wrong"


def test_the_token_is_needed_where_discord_is_on(inside):
    assert "discord" not in inside("secrets", "check").out
    ended = inside("secrets", "check", TASTYFLOW_DISCORD__GUILDS=GUILD)
    assert ended.code == 1
    assert "tastyflow secrets set discord.token" in ended.out


# ── what systemd hands over ──────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def handed(tmp_path, monkeypatch):
    folder = tmp_path / "credentials"
    folder.mkdir()
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    return folder


def test_a_credential_comes_before_the_file_and_after_the_variable(table, handed, inside):
    inside("secrets", "set", "discord_token", "--file", typed=bots_token(OTHER))
    (handed / "discord_token").write_text(f"{BOT}\n")
    found = Secrets.of(table(f"guilds = {GUILD}")).find(TOKEN)
    assert (found.source, found.value.get_secret_value()) == (Source.CREDENTIAL, BOT)
    assert "a credential of systemd" in inside("secrets", "list").out
    found = Secrets.of(table(f"guilds = {GUILD}", TASTYFLOW_DISCORD__TOKEN=bots_token(OTHER))).find(TOKEN)
    assert found.source is Source.ENVIRONMENT


def test_each_secret_can_be_a_credential(table, handed):
    (handed / "sandbox_client_secret").write_text(HEX)
    assert Secrets.of(table("")).find("sandbox.client_secret").source is Source.CREDENTIAL


@pytest.mark.parametrize("content", [b"", b"two words", b"\xff\xfe", b"x" * 9_000])
def test_a_credential_that_is_none_is_said_and_not_repeated(table, handed, content):
    (handed / "discord_token").write_bytes(content)
    with pytest.raises(Misconfigured, match="discord_token cannot be used") as told:
        Secrets.of(table("")).find(TOKEN)
    assert "two words" not in told.value.message


# ── what the bot logs in with ────────────────────────────────────────────────────────────────────────────────────


def test_the_bot_gets_the_token_and_every_log_forgets_it(table):
    assert token_of(table(f"guilds = {GUILD}", TASTYFLOW_DISCORD__TOKEN=BOT)).get_secret_value() == BOT
    assert BOT not in REDACTOR.clean(f"GET /gateway with {BOT}")
    token_of(table(f"guilds = {GUILD}", TASTYFLOW_DISCORD__TOKEN="of-no-known-shape"))  # noqa: S106
    assert "of-no-known-shape" not in REDACTOR.clean("GET /gateway with of-no-known-shape")


def test_without_a_token_one_line_says_how_to_store_it(table):
    with pytest.raises(Misconfigured, match="not set") as told:
        token_of(table(f"guilds = {GUILD}"))
    assert (told.value.code, told.value.hint) == ("no_discord_token", "Store it: tastyflow secrets set discord_token")


def test_a_token_that_cannot_be_one_is_not_tried(table):
    with pytest.raises(Misconfigured, match="cannot be right: an id is where") as told:
        token_of(table(f"guilds = {GUILD}", TASTYFLOW_DISCORD__TOKEN=OTHER))
    assert OTHER not in told.value.message


def test_a_keyring_that_is_silent_is_said(table, monkeypatch):
    def silent(self, name):
        raise RingTrouble("the keyring did not answer within 30 s")

    monkeypatch.setattr(Ring, "get", silent)
    with pytest.raises(Misconfigured, match="did not answer within 30 s"):
        token_of(table(f"guilds = {GUILD}"))


def test_doctor_says_in_one_line_whether_discord_is_on(inside):
    def row(**chosen):
        found = inside("doctor", "--offline", "--json", **chosen).json["checks"]
        return next((each["outcome"], each["seen"]) for each in found if each["name"] == "discord")

    on = {"TASTYFLOW_DISCORD__GUILDS": GUILD}
    assert row() == ("ok", "it is off")
    assert row(**on)[0] == "fail"
    assert row(**on, TASTYFLOW_DISCORD__TOKEN=BOT)[1].startswith("it is on for 1 server, and has its token")
