"""What each fault makes of a request, and what the book keeps of it."""

import asyncio
import json
import time

import aiohttp
import pytest
from sim_kit import http_client, serving, shares

from tastyflow_simulator import FaultKind, Side, SimulatorFault
from tastyflow_simulator.rest.request_faults import drifted

pytestmark = pytest.mark.anyio

ORDERS = "/accounts/*/orders"
TEN_MS = 0.01


def lost(kind: FaultKind, **more) -> SimulatorFault:
    return SimulatorFault(kind=kind, method="POST", path=ORDERS, **more)


async def taken(admin) -> list[str]:
    """The external identifiers of all orders that were accepted."""
    return [row["external-identifier"] for row in await admin.get("/ledger")]


async def test_a_lost_request_is_never_heard_of_and_a_lost_response_is_an_order(simulator, sandbox, admin):
    simulator.faults.add(lost(FaultKind.REQUEST_LOST))
    with pytest.raises(aiohttp.ClientConnectionError):
        await sandbox.place(shares(**{"external-identifier": "tf1-never"}))
    assert await taken(admin) == []

    simulator.faults.add(lost(FaultKind.RESPONSE_LOST))
    with pytest.raises(aiohttp.ClientConnectionError):
        await sandbox.place(shares(**{"external-identifier": "tf1-lost"}))
    assert await taken(admin) == ["tf1-lost"]
    assert [order["external-identifier"] for order in (await sandbox.get(f"{sandbox.account}/orders")).items] == [
        "tf1-lost"
    ]

    never, kept = [entry for entry in simulator.journal.entries() if entry.method == "POST" and entry.fault]
    assert [(entry.answered, entry.status) for entry in (never, kept)] == [(False, 0), (False, 201)]


async def test_a_lost_answer_may_leave_the_client_waiting(simulator, sandbox, admin):
    simulator.faults.add(lost(FaultKind.RESPONSE_LOST, seconds=30))
    with pytest.raises(TimeoutError):
        await sandbox.ask(
            "POST",
            f"{sandbox.account}/orders",
            json=shares(**{"external-identifier": "tf1-a"}),
            timeout=aiohttp.ClientTimeout(total=0.2),
        )
    assert await taken(admin) == ["tf1-a"]


async def test_a_delayed_request_is_carried_out_even_after_its_client_gave_up(simulator, sandbox, admin):
    simulator.faults.add(lost(FaultKind.DELAY, seconds=0.2))
    with pytest.raises(TimeoutError):
        await sandbox.ask(
            "POST",
            f"{sandbox.account}/orders",
            json=shares(**{"external-identifier": "tf1-late"}),
            timeout=aiohttp.ClientTimeout(total=0.05),
        )
    assert await taken(admin) == []
    for _ in range(200):
        if await taken(admin):
            break
        await asyncio.sleep(TEN_MS)
    assert await taken(admin) == ["tf1-late"]


async def test_latency_is_felt_on_every_request():
    async with serving(latency_s=0.08) as simulator, http_client(simulator.sandbox) as caller:
        began = time.perf_counter()
        await caller.get("/customers/me")
        assert time.perf_counter() - began >= 0.07


@pytest.mark.parametrize(
    ("fault", "status", "is_html", "is_placed"),
    [
        (lost(FaultKind.UNAUTHORIZED), 401, False, False),
        (lost(FaultKind.TOO_MANY_REQUESTS), 429, True, False),
        (lost(FaultKind.ERROR_BEFORE), 502, True, False),
        (lost(FaultKind.ERROR_BEFORE, status=503), 503, True, False),
        (lost(FaultKind.ERROR_BEFORE, status=504), 504, False, False),
        (lost(FaultKind.ERROR_BEFORE, status=500, reason="Boom"), 500, False, False),
        (lost(FaultKind.ERROR_AFTER), 500, False, True),
        (lost(FaultKind.ERROR_AFTER, status=502), 502, True, True),
    ],
)
async def test_an_error_is_one_before_or_after_the_deed(simulator, sandbox, admin, fault, status, is_html, is_placed):
    simulator.faults.add(fault)
    answer = await sandbox.place(shares(**{"external-identifier": "tf1-a"}))
    assert answer.status == simulator.journal.entries()[-1].status == status
    assert answer.headers["Content-Type"].startswith("text/html" if is_html else "application/json")
    assert await taken(admin) == (["tf1-a"] if is_placed else [])
    assert (await sandbox.place(shares())).status == 201


async def test_too_many_requests_are_told_nothing_that_would_help(simulator, sandbox):
    simulator.faults.add(SimulatorFault(kind=FaultKind.TOO_MANY_REQUESTS))
    answer = await sandbox.get("/customers/me")
    assert answer.status == 429
    assert not [name for name in answer.headers if "retry" in name.lower() or "ratelimit" in name.lower()]


async def test_an_unparsable_answer_is_a_success_that_cannot_be_read(simulator, sandbox, admin):
    for fault in (lost(FaultKind.UNPARSABLE), lost(FaultKind.UNPARSABLE, reason="<html>created</html>")):
        simulator.faults.add(fault)
        with pytest.raises((json.JSONDecodeError, aiohttp.ContentTypeError)):
            await sandbox.place(shares())
    assert len(await taken(admin)) == 2
    assert {entry.status for entry in simulator.journal.entries() if entry.fault} == {201}


async def test_a_login_flaps_once_and_then_works_and_is_no_failed_login(simulator, sandbox):
    simulator.faults.add(SimulatorFault(kind=FaultKind.TOKEN_FLAP))
    answer = await sandbox.login()
    assert (answer.status, answer.document["error_code"]) == (400, "invalid_request")
    assert "not a TastyTrade customer" in answer.document["error_description"]
    assert simulator.sandbox.failed_logins == 0
    assert (await sandbox.login()).status == 200


@pytest.mark.parametrize("path", ["/market-data/by-type?equity=SPY", "/market-metrics?symbols=SPY"])
async def test_the_sandbox_has_no_market_data_and_production_only_when_nothing_is_wrong(
    simulator, sandbox, production, path
):
    assert (await sandbox.get(path)).status == 502
    assert (await production.get(path)).status == 200
    simulator.faults.add(SimulatorFault(kind=FaultKind.MARKET_DATA_502))
    answer = await production.get(path)
    assert (answer.status, answer.headers["Content-Type"].split(";")[0]) == (502, "text/html")
    assert (await production.get(path)).status == 200


async def test_drift_changes_what_is_answered_and_not_what_is(simulator, sandbox):
    placed = (await sandbox.place(shares(**{"external-identifier": "tf1-a"}))).data["order"]
    simulator.faults.add(SimulatorFault(kind=FaultKind.SCHEMA_DRIFT, reason="-legs +colour status=Dead"))
    answer = (await sandbox.get(f"{sandbox.account}/orders/{placed['id']}")).document
    assert set(answer) == {"data", "context"}
    assert (answer["data"]["status"], answer["data"]["colour"]) == ("Dead", "new")
    assert "legs" not in answer["data"]
    assert "legs" in await sandbox.order(placed["id"])


def test_drift_reaches_every_object():
    document = {"a": [{"b": 1, "c": {"b": 2}}], "b": 3}
    assert drifted(document, "-b +d") == {"a": [{"c": {"d": "new"}, "d": "new"}], "d": "new"}
    assert drifted(document, "b=x") == {"a": [{"b": "x", "c": {"b": "x"}}], "b": "x"}


# --- whom they strike ---


async def test_a_fault_of_one_side_spares_the_other(simulator, sandbox, production):
    simulator.faults.add(SimulatorFault(kind=FaultKind.ERROR_BEFORE, side=Side.PRODUCTION))
    assert (await sandbox.get("/customers/me")).status == 200
    assert (await production.get("/customers/me")).status == 502


async def test_a_fault_of_one_order_finds_it_in_the_body_by_its_identifier_and_by_its_id(simulator, sandbox):
    simulator.faults.add(SimulatorFault(kind=FaultKind.ERROR_BEFORE, order="tf1-b*", times=None))
    placed = (await sandbox.place(shares(**{"external-identifier": "tf1-a"}))).data["order"]
    assert (await sandbox.place(shares(**{"external-identifier": "tf1-b"}))).status == 502
    assert (await sandbox.ask("DELETE", f"{sandbox.account}/orders/{placed['id']}")).status == 200

    simulator.faults.clear()
    other = (await sandbox.place(shares(**{"external-identifier": "tf1-b"}))).data["order"]
    unnamed = (await sandbox.place(shares())).data["order"]
    for wanted in ("tf1-b", str(unnamed["id"])):
        simulator.faults.add(SimulatorFault(kind=FaultKind.ERROR_BEFORE, order=wanted))
    statuses = [
        (await sandbox.get(f"{sandbox.account}/orders/{order['id']}")).status for order in (placed, other, unnamed)
    ]
    assert statuses == [200, 502, 502]


async def test_a_fault_finds_the_orders_within_a_complex_one(simulator, sandbox):
    simulator.faults.add(SimulatorFault(kind=FaultKind.ERROR_BEFORE, order="tf1-child"))
    children = [shares("2.00", **{"external-identifier": "tf1-child"}), shares("1.00")]
    answer = await sandbox.place({"type": "OCO", "orders": children}, "/complex-orders")
    assert answer.status == 502


async def test_the_journal_names_the_fault_that_struck(simulator, sandbox):
    fault_id = simulator.faults.add(SimulatorFault(kind=FaultKind.ERROR_BEFORE))
    await sandbox.get("/customers/me")
    await sandbox.get("/customers/me")
    assert [entry.fault for entry in simulator.journal.entries()][-2:] == [fault_id, None]
