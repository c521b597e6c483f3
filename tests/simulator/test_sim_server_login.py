"""Logging in: the bare answer, the refusals, and the block after too many of them."""

import asyncio
import base64
import json

import aiohttp
import pytest
from sim_kit import http_client, serving

from tastyflow_simulator import Side
from tastyflow_simulator.credentials import login_of

pytestmark = pytest.mark.anyio

WRONG = {"refresh_token": "wrong"}


async def test_a_login_is_answered_without_an_envelope(simulator):
    async with http_client(simulator.sandbox, logged_in=False) as caller:
        answer = await caller.login()
    assert answer.status == 200
    assert answer.document.keys() == {"access_token", "token_type", "expires_in"}
    assert (answer.document["token_type"], answer.document["expires_in"]) == ("Bearer", 900)


@pytest.mark.parametrize(
    ("instead", "code"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": None}, "invalid_request"),
        ({"client_secret": ""}, "invalid_request"),
        ({"refresh_token": 17}, "invalid_request"),
        ({"client_secret": "0" * 40}, "invalid_client"),
        ({"client_secret": "ünïcode"}, "invalid_client"),
        ({"refresh_token": "a.b.c"}, "invalid_grant"),
    ],
)
async def test_a_wrong_login_is_refused_in_words_of_oauth(simulator, instead, code):
    async with http_client(simulator.sandbox, logged_in=False) as caller:
        answer = await caller.login(**instead)
        assert answer.status == 400
        assert answer.document.keys() == {"error_code", "error_description"}
        assert answer.document["error_code"] == code
        assert "Authorization" not in caller.headers


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff"])
async def test_a_login_that_is_no_json_is_an_invalid_request(simulator, body):
    async with http_client(simulator.sandbox, logged_in=False) as caller:
        answer = await caller.ask("POST", "/oauth/token", data=body)
        assert (answer.status, answer.document["error_code"]) == (400, "invalid_request")


async def test_a_login_may_come_as_a_form_and_scopes_are_ignored(simulator):
    login = simulator.sandbox.login
    form = {
        "grant_type": "refresh_token",
        "client_secret": login.client_secret,
        "refresh_token": login.refresh_token,
        "scope": "read",
    }
    async with http_client(simulator.sandbox, logged_in=False) as caller:
        assert (await caller.ask("POST", "/oauth/token", data=form)).status == 200
        assert (await caller.ask("POST", "/oauth/token", json=form)).status == 200


async def test_the_login_of_one_side_does_not_open_the_other(simulator):
    other = simulator.production.login
    async with http_client(simulator.sandbox, logged_in=False) as caller:
        both = {"client_secret": other.client_secret, "refresh_token": other.refresh_token}
        for instead in (both, {"client_secret": other.client_secret}, {"refresh_token": other.refresh_token}):
            assert (await caller.login(**instead)).status == 400


async def test_credentials_are_the_same_in_every_simulator_and_look_like_tastytrades():
    for side in Side:
        login = login_of(side)
        assert login == login_of(side)
        assert len(login.client_secret) == 40
        int(login.client_secret, 16)
        header, claims, _ = login.refresh_token.split(".")
        assert json.loads(base64.urlsafe_b64decode(header + "=="))["typ"] == "rt+jwt"
        assert side.value in json.loads(base64.urlsafe_b64decode(claims + "=="))["sub"]
        assert login.client_secret not in repr(login)
        assert login.refresh_token not in repr(login)
    assert login_of(Side.SANDBOX).account == "5WT00001"
    assert login_of(Side.PRODUCTION).account == "5WX00001"


async def test_the_session_can_be_asked_whether_it_is_any_good(sandbox):
    assert (await sandbox.ask("POST", "/sessions/validate")).status == 201
    assert (await sandbox.ask("POST", "/sessions/validate", headers={"Authorization": None})).status == 401


async def test_too_many_failed_logins_in_a_row_block_the_address_until_hours_later():
    async with serving(blocks_logins_after=2) as simulator, http_client(simulator.sandbox) as caller:
        await caller.login(**WRONG)
        await caller.login()
        await caller.login(**WRONG)
        assert (await caller.get("/customers/me")).status == 200
        await caller.login(**WRONG)
        with pytest.raises((TimeoutError, aiohttp.ClientError)):
            await caller.get("/customers/me", timeout=aiohttp.ClientTimeout(total=0.2))
        simulator.clock.advance(8 * 3600)
        assert (await caller.login()).status == 200


async def test_a_blocked_address_does_not_keep_the_simulator_from_ending():
    async with serving(blocks_logins_after=1) as simulator, http_client(simulator.sandbox) as caller:
        await caller.login(**WRONG)
        waiting = asyncio.create_task(caller.get("/customers/me"))
        await asyncio.sleep(0.05)
    with pytest.raises(aiohttp.ClientError):
        await asyncio.wait_for(waiting, 5)


async def test_the_way_into_the_quote_stream_is_the_servers_to_say(simulator, sandbox, production):
    demo, api = (await sandbox.get("/api-quote-tokens")).data, (await production.get("/api-quote-tokens")).data
    assert (demo["level"], api["level"]) == ("demo", "api")
    assert demo["dxlink-url"] == simulator.sandbox.dxlink_url
    assert simulator.sandbox.tokens.check_for_quotes(demo["token"])
    assert not simulator.production.tokens.check_for_quotes(demo["token"])
