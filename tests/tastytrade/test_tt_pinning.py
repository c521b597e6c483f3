"""An environment stays what it was at its first use: the same hosts, the same accounts."""

import json
import os
import stat

import pytest
from pydantic import SecretStr

from tastyflow.domain.venue import Venue
from tastyflow.errors import Misconfigured
from tastyflow_adapters.tastytrade.http import pinning
from tastyflow_adapters.tastytrade.http.connection import Connection

ELSEWHERE = {"api_url": "http://127.0.0.1:8701", "streamer_url": "ws://LOCALHOST.:8701"}


def connection(venue=Venue.SANDBOX, **changed):
    chosen = {
        "account": "5WT00001" if venue is Venue.SANDBOX else "5WX00001",
        "client_secret": SecretStr("secret-canary"),
        "refresh_token": SecretStr("token-canary"),
    } | changed
    return Connection.to(venue, **chosen)


def test_the_first_use_is_written_down_for_the_owner_alone_and_without_a_secret(tmp_path):
    pinning.hold(tmp_path, connection(), connection(Venue.PRODUCTION))
    file = tmp_path / "venues.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 or os.name != "posix"
    assert "canary" not in file.read_text()
    assert json.loads(file.read_text())["sandbox"] == {
        "api": "https://api.cert.tastyworks.com:443",
        "streamer": "wss://streamer.cert.tastyworks.com:443",
        "account": "5WT00001",
    }
    assert [path.name for path in tmp_path.iterdir()] == ["venues.json"]


def test_later_uses_that_are_the_same_change_nothing(tmp_path):
    pinning.hold(tmp_path, connection())
    before = (tmp_path / "venues.json").stat()
    pinning.check(tmp_path, connection())
    pinning.hold(tmp_path, connection(refresh_token=SecretStr("a new grant of the same account")))
    assert (tmp_path / "venues.json").stat().st_mtime_ns == before.st_mtime_ns


def test_a_venue_that_comes_later_is_written_beside_the_first(tmp_path):
    pinning.hold(tmp_path, connection())
    pinning.hold(tmp_path, connection(), connection(Venue.PRODUCTION))
    assert set(pinning.read(tmp_path)) == {Venue.SANDBOX, Venue.PRODUCTION}


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"account": "5WT00002"}, "account is ***0002, and was ***0001"),
        (ELSEWHERE, "API is at http://127.0.0.1:8701, and was at https://api.cert.tastyworks.com:443"),
        (ELSEWHERE, "streamer is at ws://localhost:8701"),
    ],
)
def test_another_account_or_another_host_is_refused_with_what_to_do(tmp_path, changed, told):
    pinning.hold(tmp_path, connection())
    for look in (pinning.check, pinning.hold):
        with pytest.raises(Misconfigured) as refused:
            look(tmp_path, connection(**changed))
        assert refused.value.code == "environment_changed"
        assert told in refused.value.message
        assert "5WT0000" not in refused.value.message
        assert "TASTYFLOW_HOME" in refused.value.hint
        assert "venues.json" in refused.value.hint


def several(**named):
    return connection(Venue.PRODUCTION, account="", accounts=named)


def test_several_accounts_are_written_down_by_name_and_one_more_beside_them(tmp_path):
    pinning.hold(tmp_path, several(main="5WX00001", ira="5WX00002"))
    pinning.hold(tmp_path, several(ira="5WX00002", joint="5WX00003"))
    assert pinning.read(tmp_path)[Venue.PRODUCTION].accounts == {
        "main": "5WX00001",
        "ira": "5WX00002",
        "joint": "5WX00003",
    }
    assert "canary" not in (tmp_path / "venues.json").read_text()


def test_the_one_account_of_an_older_start_is_main_and_others_come_beside_it(tmp_path):
    pinning.hold(tmp_path, connection(Venue.PRODUCTION))
    pinning.hold(tmp_path, several(main="5WX00001", ira="5WX00002"))
    assert pinning.read(tmp_path)[Venue.PRODUCTION].accounts == {"main": "5WX00001", "ira": "5WX00002"}


@pytest.mark.parametrize(
    ("named", "told"),
    [
        ({"main": "5WX00001", "ira": "5WX00009"}, "account ira is ***0009, and was ***0002"),
        ({"main": "5WX00002", "ira": "5WX00001"}, "account main is ***0002, and was ***0001"),
        ({"main": "5WX00001", "roth": "5WX00002"}, "account ***0002 is called roth, and was called ira"),
        ({"joint": "5WX00003"}, "account joint was never used here, and main and ira is named no more"),
    ],
)
def test_a_name_keeps_its_account_and_an_account_its_name(tmp_path, named, told):
    pinning.hold(tmp_path, several(main="5WX00001", ira="5WX00002"))
    for look in (pinning.check, pinning.hold):
        with pytest.raises(Misconfigured) as refused:
            look(tmp_path, several(**named))
        assert refused.value.code == "environment_changed"
        assert told in refused.value.message
        assert "5WX0000" not in refused.value.message


def test_before_the_first_use_anything_goes(tmp_path):
    pinning.check(tmp_path / "nothing" / "here", connection())
    assert pinning.read(tmp_path) == {}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"sandbox": {}}',
        '{"sandbox": 1}',
        '{"paper": {}}',
        "\xff\xfe",
        '{"sandbox": {"api": "a", "streamer": "b", "accounts": {}}}',
        '{"sandbox": {"api": "a", "streamer": "b", "accounts": {"main": 1}}}',
        '{"sandbox": {"api": "a", "streamer": "b", "accounts": ["main"]}}',
        '{"sandbox": {"api": "a", "streamer": "b"}}',
    ],
)
def test_a_damaged_pin_is_never_taken_for_none(tmp_path, text):
    (tmp_path / "venues.json").write_text(text, encoding="latin-1")
    for look in (pinning.check, pinning.hold):
        with pytest.raises(Misconfigured) as refused:
            look(tmp_path, connection())
        assert refused.value.code == "pin_unreadable"
    assert (tmp_path / "venues.json").read_text(encoding="latin-1") == text


def test_where_it_cannot_be_written_nothing_begins(tmp_path):
    with pytest.raises(Misconfigured) as refused:
        pinning.hold(tmp_path / "missing", connection())
    assert refused.value.code == "home_unwritable"


def here(api="http://127.0.0.1:8701", streamer="ws://127.0.0.1:8701"):
    return connection(api_url=api, streamer_url=streamer)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (here(api="http://127.0.0.1:8702"), "API is at http://127.0.0.1:8702, and was at http://127.0.0.1:8701"),
        (here(streamer="ws://127.0.0.1:9"), "streamer is at ws://127.0.0.1:9"),
        (here(api="https://127.0.0.1:8701"), "API is at https://127.0.0.1:8701"),
    ],
)
def test_another_port_or_scheme_of_the_same_host_is_another_place(tmp_path, changed, told):
    pinning.hold(tmp_path, here())
    with pytest.raises(Misconfigured) as refused:
        pinning.check(tmp_path, changed)
    assert refused.value.code == "environment_changed"
    assert told in refused.value.message


def test_a_pin_of_an_older_version_holds_the_host_and_learns_the_port(tmp_path):
    older = {"sandbox": {"api": "127.0.0.1", "streamer": "127.0.0.1", "account": "5WT00001"}}
    (tmp_path / "venues.json").write_text(json.dumps(older))
    with pytest.raises(Misconfigured):
        pinning.check(tmp_path, connection())
    pinning.hold(tmp_path, here())
    assert json.loads((tmp_path / "venues.json").read_text())["sandbox"]["api"] == "http://127.0.0.1:8701"
    with pytest.raises(Misconfigured):
        pinning.check(tmp_path, here(api="http://127.0.0.1:8702"))


def test_a_host_that_is_trusted_is_written_down_as_such(tmp_path):
    urls = {"api_url": "https://gw.example", "streamer_url": "wss://gw.example"}
    pinning.hold(tmp_path, connection(trusted_host="gw.example", **urls))
    assert json.loads((tmp_path / "venues.json").read_text())["sandbox"]["trusted_host"] == "gw.example"
    assert pinning.read(tmp_path)[Venue.SANDBOX].trusted_host == "gw.example"


@pytest.mark.parametrize(
    "damage", ["[" * 100_000, '{"sandbox": ' * 50_000, '{"sandbox": {"api": "http://"}}', "NaN", "[]"]
)
def test_a_pin_that_is_damaged_or_nested_without_end_is_an_error_in_words(tmp_path, damage):
    (tmp_path / "venues.json").write_text(damage)
    with pytest.raises(Misconfigured) as refused:
        pinning.read(tmp_path)
    assert refused.value.code == "pin_unreadable"
