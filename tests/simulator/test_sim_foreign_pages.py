"""A web page elsewhere knows our port: what its visitors' browsers carry here changes nothing, and shows it nothing."""

import pytest
from sim_kit import shares

pytestmark = pytest.mark.anyio

ELSEWHERE = ["https://example.com", "http://localhost.example.com", "http://127.0.0.1.example.com", "null", "file://"]
CHANGES = [
    ("POST", "/clock", {"advance_s": 60}),
    ("POST", "/faults", {"kind": "status", "status": 503}),
    ("POST", "/reset", {}),
    ("POST", "/endow", {"symbol": "SPY", "quantity": 10, "price": "1"}),
    ("POST", "/status", {"is_frozen": True}),
    ("POST", "/quotes", {"symbol": "SPY", "bid": "1", "ask": "2"}),
    ("POST", "/tokens/expire", {}),
    ("DELETE", "/faults", None),
    ("DELETE", "/requests", None),
]


async def state(admin) -> object:
    clock, faults, ledger = [await admin.get(path) for path in ("/clock", "/faults", "/ledger")]
    return clock, faults, ledger


@pytest.mark.parametrize(("method", "path", "body"), CHANGES, ids=lambda each: each if isinstance(each, str) else "")
@pytest.mark.parametrize("origin", ELSEWHERE)
async def test_a_page_elsewhere_changes_nothing_by_the_admin_api(admin, method, path, body, origin):
    before = await state(admin)
    answer = await admin.raw(method, path, json=body, headers={"Origin": origin})
    assert answer.status == 403
    assert "Origin" in answer.text
    assert await state(admin) == before


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
async def test_what_a_form_can_send_is_no_json(admin, kind):
    before = await state(admin)
    answer = await admin.raw("POST", "/clock", data=b'{"advance_s": 60}', headers={"Content-Type": kind})
    assert answer.status == 415
    assert "application/json" in answer.text
    assert await state(admin) == before


async def test_a_browser_that_names_no_origin_says_that_it_comes_from_elsewhere(admin):
    for method, path, body in CHANGES:
        asked = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
        assert (await admin.raw(method, path, json=body, headers=asked)).status == 403


@pytest.mark.parametrize(
    "host", ["rebound.example.com", "127.0.0.1.example.com", "10.0.0.1", "192.168.0.1", "localhost.", ""]
)
async def test_a_name_made_to_lead_here_reads_and_changes_nothing(admin, production, host):
    assert (await admin.raw("GET", "/describe", headers={"Host": host})).status in (400, 403)
    assert (await admin.raw("POST", "/reset", headers={"Host": host})).status in (400, 403)
    assert (await production.get("/customers/me", headers={"Host": host})).status in (400, 403)


async def test_a_page_elsewhere_places_nothing(production, admin):
    placed = await production.ask(
        "POST", f"{production.account}/orders", json=shares(), headers={"Origin": ELSEWHERE[0]}
    )
    assert placed.status == 403
    assert await admin.get("/ledger") == []


async def test_a_page_on_this_machine_and_a_program_may_change_things(admin):
    for asked in ({}, {"Origin": "http://localhost:5173", "Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "none"}):
        answer = await admin.raw("POST", "/clock", json={"advance_s": 1}, headers=asked)
        assert answer.status == 200


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/endow", '{"symbol": "SPY", "quantity": "1e9999999", "price": "1"}'),
        ("/endow", '{"symbol": "SPY", "quantity": 1e300, "price": "1"}'),
        ("/endow", '{"symbol": "SPY", "quantity": 1, "price": "1e9999999"}'),
        ("/quotes", '{"symbol": "SPY", "bid": "1e999999", "ask": "NaN"}'),
        ("/clock", '{"advance_s": 1e300}'),
        ("/clock", '{"advance_s": "nan"}'),
        ("/clock", "[" * 100_000),
        ("/faults", "[" * 100_000),
        ("/faults", '{"kind":' * 50_000),
    ],
    ids=lambda each: each[:40],
)
async def test_what_is_absurd_or_too_deep_is_refused_in_words(admin, path, body):
    headers = {"Content-Type": "application/json"}
    answer = await admin.raw("POST", path, data=body.encode(), headers=headers)
    assert answer.status == 400
    assert answer.document["error"]
