"""Who is let in, what is refused at the door, and how."""

import hashlib
import re

import pytest
from sim_kit import http_client, serving, shares

pytestmark = pytest.mark.anyio

JS_SDK = "tastytrade-sdk-js"


# --- User-Agent and versions ---


@pytest.mark.parametrize("agent", [None, "", "curl", "my program", "/1.0", "tasty\tflow/1"])
async def test_a_program_that_does_not_say_what_it_is_gets_the_gateways_page(sandbox, agent):
    answer = await sandbox.get("/customers/me", headers={"User-Agent": agent})
    assert answer.status == 401
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "401 Authorization Required" in answer.text


@pytest.mark.parametrize("agent", ["curl/8.0", "python-httpx2/2.16.2", "Mozilla/5.0 (X11; Linux x86_64)", JS_SDK])
async def test_product_and_version_will_do_and_so_does_tastytrades_own_sdk(sandbox, agent):
    assert (await sandbox.get("/customers/me", headers={"User-Agent": agent})).status == 200


@pytest.mark.parametrize(("takes", "status"), [(True, 200), (False, 406)])
async def test_whether_the_sandbox_takes_versions_is_an_option(takes, status):
    async with serving(sandbox_takes_versions=takes) as simulator, http_client(simulator.sandbox) as sandbox:
        answer = await sandbox.get("/customers/me", headers={"Accept-Version": "20251101"})
    assert answer.status == status


@pytest.mark.parametrize(("version", "status"), [("20251101", 200), ("latest", 406), ("99999999", 406)])
async def test_production_takes_versions_that_are_dates(production, version, status):
    answer = await production.get("/customers/me", headers={"Accept-Version": version})
    assert answer.status == status


# --- tokens ---


@pytest.mark.parametrize("bearer", [None, "", "Bearer", "Bearer ", "Bearer nonsense", "Basic abc"])
async def test_without_a_token_that_it_knows_nobody_is_served(sandbox, bearer):
    answer = await sandbox.get("/customers/me/accounts", headers={"Authorization": bearer})
    assert (answer.status, answer.code) == (401, "token_invalid")


@pytest.mark.parametrize("path", ["/margin-requirements-public-configuration", "/symbols/search/AAP"])
async def test_what_is_public_needs_no_token(sandbox, path):
    assert (await sandbox.get(path, headers={"Authorization": None})).status == 200


async def test_a_token_is_sent_as_a_bearer(sandbox):
    token = sandbox.headers["Authorization"].removeprefix("Bearer ")
    assert (await sandbox.get("/customers/me", headers={"Authorization": token})).status == 401


async def test_a_token_runs_out_by_the_simulators_clock(simulator, sandbox):
    simulator.clock.advance(899)
    assert (await sandbox.get("/customers/me")).status == 200
    simulator.clock.advance(1)
    assert (await sandbox.get("/customers/me")).status == 401
    await sandbox.login()
    assert (await sandbox.get("/customers/me")).status == 200


async def test_a_token_of_one_side_is_nothing_to_the_other(sandbox, production):
    token = {"Authorization": sandbox.headers["Authorization"]}
    assert (await production.get("/customers/me", headers=token)).status == 401


# --- paths ---


async def test_an_account_of_somebody_else_is_none_of_ours(sandbox, production):
    for path in ("/orders", "/balances/USD", "/positions", "/trading-status", ""):
        answer = await sandbox.get(production.account + path)
        assert (answer.status, answer.code) == (403, "not_permitted"), path
    answer = await sandbox.get(f"/margin{production.account}/requirements")
    assert answer.status == 403
    assert (await sandbox.get(f"/customers/me{production.account}")).status == 404
    assert (await sandbox.get("/customers/somebody/accounts")).status == 403


async def test_what_is_not_there_is_said_in_json(sandbox):
    nowhere = await sandbox.get("/nowhere")
    assert (nowhere.status, nowhere.code) == (404, "not_found")
    wrong = await sandbox.ask("DELETE", "/customers/me")
    assert (wrong.status, wrong.code) == (405, "method_not_allowed")
    for path in ("/orders/abc", "/orders/99999999", "/orders/" + "9" * 40, "/transactions/99999999"):
        assert (await sandbox.get(sandbox.account + path)).status == 404, path


# --- bodies ---


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"order",
        b"{",
        b"[]",
        b'"order"',
        b"\xff\xfe",
        b'{"a": NaN}',
        b'{"a": "\\ud800"}',
        b"[" * 100_000,
        b'{"a": ' * 5_000 + b"1" + b"}" * 5_000,
        b'{"a": 1' + b"0" * 10_000 + b"}",
        b" " * 300_000,
    ],
    ids=lambda body: repr(body[:12]),
)
@pytest.mark.parametrize("path", ["/orders", "/orders/dry-run", "/complex-orders", "/orders/1/dry-run"])
async def test_a_body_that_is_no_json_object_is_a_validation_error(sandbox, path, body):
    answer = await sandbox.ask("POST", sandbox.account + path, data=body)
    assert answer.status == 400, answer.text
    assert answer.code == "validation_error"
    (item,) = answer.document["error"]["errors"]
    assert item.keys() == {"domain", "reason"}


@pytest.mark.parametrize("query", ["per-page=0", "per-page=-1", "page-offset=x", "page-offset=²", "per-page=1e3"])
async def test_a_page_that_is_none_is_a_validation_error(sandbox, query):
    answer = await sandbox.get(f"{sandbox.account}/orders?{query}")
    assert (answer.status, answer.code) == (400, "validation_error")


# --- the simulator's own mistakes ---


async def test_what_nobody_foresaw_is_a_500_with_an_id_and_no_traceback(simulator, sandbox, monkeypatch, caplog):
    def broken(*_args, **_more):
        raise ZeroDivisionError("a secret of the simulator's")

    monkeypatch.setattr(simulator.sandbox.book, "live", broken)
    answer = await sandbox.get(f"{sandbox.account}/orders/live")
    assert (answer.status, answer.code) == (500, "internal_server_error")
    (support_id,) = re.findall(r"Support id: ([0-9a-f]{16})$", answer.document["error"]["message"])
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert any(support_id in record.getMessage() for record in caplog.records)
    assert (await sandbox.get("/customers/me")).status == 200


# --- what is written down ---


async def test_the_journal_has_every_request_and_no_secret(simulator, sandbox):
    simulator.journal.clear()
    body = shares(**{"external-identifier": "tf1-a"})
    await sandbox.place(body)
    await sandbox.get(f"{sandbox.account}/orders?per-page=5")
    await sandbox.get("/customers/me", headers={"Authorization": None})
    placed, listed, refused = simulator.journal.entries()
    assert (placed.method, placed.path, placed.status) == ("POST", f"{sandbox.account}/orders", 201)
    assert placed.external_identifier == "tf1-a"
    assert placed.at == simulator.clock.now()
    assert (listed.query, listed.status, listed.body_sha256) == ("per-page=5", 200, hashlib.sha256().hexdigest())
    assert refused.status == 401
    await sandbox.login()
    written = repr([entry.as_json() for entry in simulator.journal.entries()])
    login = simulator.sandbox.login
    for secret in (login.client_secret, login.refresh_token, sandbox.headers["Authorization"][7:]):
        assert secret not in written


async def test_the_answer_carries_the_simulators_time(simulator, sandbox):
    assert (await sandbox.get("/customers/me")).headers["Date"] == "Fri, 20 Nov 2026 15:00:00 GMT"
    simulator.clock.advance(1)
    assert (await sandbox.get("/customers/me")).headers["Date"] == "Fri, 20 Nov 2026 15:00:01 GMT"
