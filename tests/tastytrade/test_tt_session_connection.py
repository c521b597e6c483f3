"""A connection reaches its own venue and no other, and shows no secret."""

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from tt_kit import ACCOUNT, CANARIES, REFRESH, SECRET

from tastyflow.domain.venue import Venue
from tastyflow.errors import Misconfigured
from tastyflow_adapters.config.urls import PRODUCTION_API, PRODUCTION_STREAMER, SANDBOX_API, SANDBOX_STREAMER
from tastyflow_adapters.tastytrade.http.connection import URLS, Connection, check
from tastyflow_adapters.tastytrade.http.session import VenueSession


def connection(venue, **changes):
    settings = {"account": ACCOUNT, "client_secret": SecretStr(SECRET), "refresh_token": SecretStr(REFRESH)}
    return Connection.to(venue, **settings | changes)


def host_of(url):
    return url.partition("://")[2]


def test_each_venue_dials_its_own_hosts_and_the_quotes():
    for venue in Venue:
        its = connection(venue)
        assert its.allows(host_of(its.api_url), None, "https")
        assert its.allows(host_of(its.streamer_url), None, "wss")
        assert its.allows("tasty-openapi-ws.dxfeed.com", None, "wss")


def test_neither_venue_dials_the_other():
    for venue, other in ((Venue.SANDBOX, Venue.PRODUCTION), (Venue.PRODUCTION, Venue.SANDBOX)):
        for url in URLS[other]:
            assert not connection(venue).allows(host_of(url), None, "https")
            assert not connection(venue).allows(host_of(url).upper() + ".", 443, "https")


STRANGERS = [
    "sim.lan",
    "xn--api-tastyworks-7qa.com",
    "api.tastyworks.com.evil.example",
    "api.tastyworks.co",
    "tastyworks.com.evil",
    "evil.example",
    "api-tastyworks.com",
    "10.0.0.5",
    "192.168.1.1",
    "172.16.0.1",
    "169.254.169.254",
    "0.0.0.0",  # noqa: S104  no binding
    "127.1",
    "2130706433",
    "0x7f000001",
    "[fe80::1]",
    "[fd00::1]",
    "[::ffff:127.0.0.1]",
    "[::]",
    "localhost.evil.example",
    "224.0.0.1",
    "api.tastyworks.com..",
    "tastyworks.com@evil.example",
    "api.tastywor\u212as.com",
    "\uff41pi.tastyworks.com",
    "host.docker.internal",
]


@pytest.mark.parametrize("venue", Venue)
@pytest.mark.parametrize("host", STRANGERS)
def test_the_secrets_go_to_tastytrade_or_stay_on_this_machine(venue, host):
    with pytest.raises(Misconfigured) as wrong:
        connection(venue, api_url=f"https://{host}", streamer_url=f"wss://{host}")
    assert wrong.value.code == "wrong_host"


@pytest.mark.parametrize("host", ["xn--api-7qa.com", "169.254.169.254", "[::]", "224.0.0.1", "fe80::1"])
def test_some_hosts_are_no_venue_whatever_is_trusted(host):
    spelled = f"[{host}]" if ":" in host else host
    with pytest.raises(Misconfigured):
        connection(Venue.SANDBOX, api_url=f"https://{spelled}", streamer_url=f"wss://{spelled}", trusted_host=host)


def test_what_is_trusted_is_one_host_and_no_other():
    with pytest.raises(Misconfigured):
        connection(Venue.SANDBOX, api_url="https://a.gw.lan", streamer_url="wss://a.gw.lan", trusted_host="gw.lan")


def test_a_gateway_of_ones_own_has_both_on_one_host_and_no_quotes_beside_it():
    urls = {"api_url": "https://sim.lan", "streamer_url": "wss://sim.lan:8443"}
    its = connection(Venue.SANDBOX, trusted_host="sim.lan", **urls)
    assert its.allows("sim.lan", 443, "https")
    assert its.allows("sim.lan", 8443, "wss")
    assert not its.allows("sim.lan", 8443, "ws")
    assert not its.allows("x.dxfeed.com", None, "wss")


@pytest.mark.parametrize(
    ("venue", "changes"),
    [
        (Venue.SANDBOX, {"api_url": PRODUCTION_API}),
        (Venue.SANDBOX, {"streamer_url": PRODUCTION_STREAMER}),
        (Venue.SANDBOX, {"api_url": "https://API.TASTYWORKS.COM./"}),
        (Venue.SANDBOX, {"api_url": "https://other.tastytrade.com"}),
        (Venue.PRODUCTION, {"api_url": SANDBOX_API}),
        (Venue.PRODUCTION, {"streamer_url": SANDBOX_STREAMER}),
        (Venue.PRODUCTION, {"api_url": "wss://api.tastyworks.com"}),
        (Venue.PRODUCTION, {"streamer_url": "https://streamer.tastyworks.com"}),
        (Venue.PRODUCTION, {"api_url": "https://user@api.tastyworks.com"}),
        (Venue.PRODUCTION, {"api_url": "api.tastyworks.com"}),
        (Venue.PRODUCTION, {"api_url": "https://api.tastyworks.com:notaport"}),
    ],
)
def test_a_url_of_the_other_environment_is_misconfigured(venue, changes):
    with pytest.raises(Misconfigured) as wrong:
        connection(venue, **changes)
    assert wrong.value.code == "wrong_host"


@pytest.mark.parametrize(
    "changes",
    [
        {"api_url": PRODUCTION_API},
        {"streamer_url": PRODUCTION_STREAMER},
        {"api_url": "https://evil.example"},
        {"streamer_url": "wss://evil.example"},
    ],
)
def test_a_connection_put_together_by_hand_is_held_to_the_same(changes, jumping):
    by_hand = evolve(connection(Venue.SANDBOX), **changes)
    for look in (check, lambda wrong: VenueSession(wrong, jumping)):
        with pytest.raises(Misconfigured) as wrong:
            look(by_hand)
        assert wrong.value.code == "wrong_host"


def test_secrets_travel_encrypted_or_not_beyond_this_machine():
    with pytest.raises(Misconfigured) as wrong:
        connection(Venue.SANDBOX, api_url="http://gateway.example", streamer_url="wss://gateway.example")
    assert wrong.value.code == "insecure_url"


@pytest.mark.parametrize(
    ("host", "written"),
    [("127.0.0.1", "127.0.0.1"), ("127.0.0.2", "127.0.0.2"), ("localhost", "LOCALHOST."), ("::1", "[::1]")],
)
def test_a_simulator_is_reached_at_its_own_port_only(host, written):
    its = connection(Venue.SANDBOX, api_url=f"http://{written}:8701", streamer_url=f"ws://{written}:8701/streamer")
    assert its.allows(host, 8701, "ws")
    assert not its.allows(host, 8702, "http")  # the production side of the same simulator
    assert not its.allows(host, 8701, "https")
    assert not its.allows("127.0.0.3", 8701, "http")
    assert not its.allows("tasty-openapi-ws.dxfeed.com", None, "wss")


@pytest.mark.parametrize("empty", ["client_secret", "refresh_token"])
def test_an_empty_secret_never_becomes_one_from_the_environment(empty, monkeypatch):
    monkeypatch.setenv("TT_SECRET", "poison")
    monkeypatch.setenv("TT_REFRESH", "poison")
    with pytest.raises(Misconfigured) as wrong:
        connection(Venue.SANDBOX, **{empty: SecretStr("")})
    assert wrong.value.code == "no_secret"


@given(st.text(max_size=12).filter(lambda text: not text.isascii() or not text.replace("-", "").isalnum()))
@settings(max_examples=50, deadline=None)
def test_an_account_number_is_nothing_that_a_path_would_obey(account):
    with pytest.raises(Misconfigured):
        connection(Venue.SANDBOX, account=account)


def test_a_connection_shows_neither_secret_nor_account():
    shown = repr(connection(Venue.SANDBOX)) + str(connection(Venue.SANDBOX))
    assert not any(canary in shown for canary in (*CANARIES, ACCOUNT))
    assert "***0001" in shown
