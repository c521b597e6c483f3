"""The admin API: what was asked and accepted, and every knob of the simulator, in plain JSON."""

import hashlib
import json
from decimal import Decimal

import pytest
from sim_kit import FRIDAY, call_of, eventually, http_client, serving, shares

from tastyflow_simulator import ClockMode

pytestmark = pytest.mark.anyio


async def test_it_is_there_and_says_how_one_gets_in(simulator, admin):
    assert (await admin.get("/health"))["status"] == "ok"
    described = await admin.get("/describe")
    assert described == json.loads(json.dumps(simulator.describe()))
    assert described["admin"] == simulator.admin_url
    for side in simulator.sides:
        assert described[side.side] == {
            "api_url": side.api_url,
            "streamer_url": side.streamer_url,
            "client_secret": side.login.client_secret,
            "refresh_token": side.login.refresh_token,
            "account": side.login.account,
        }


# --- ledger and requests ---


async def test_the_ledger_has_every_order_ever_accepted_as_it_came(sandbox, production, admin, simulator):
    bodies = [shares(**{"external-identifier": f"tf1-{number}"}) for number in range(3)]
    await sandbox.place(bodies[0])
    await production.place(bodies[1])
    simulator.clock.advance(10)
    await production.place(bodies[2])
    await production.place(shares("1.00", symbol="NOSUCH"))
    await production.place(shares(), "/orders/dry-run")

    first, second, third = await admin.get("/ledger")
    assert [row["side"] for row in (first, second, third)] == ["sandbox", "production", "production"]
    assert [row["body"] for row in (first, second, third)] == bodies
    assert [row["external-identifier"] for row in await admin.get("/ledger?side=production")] == ["tf1-1", "tf1-2"]
    assert second["received-at"].startswith("2026-11-20T15:00:00")
    assert third["received-at"].startswith("2026-11-20T15:00:10")

    await admin.ask("POST", "/reset")
    assert (await sandbox.get(f"{sandbox.account}/orders")).items == []
    assert [row["body"] for row in await admin.get("/ledger")] == bodies


async def test_the_ledger_knows_how_each_order_ended(sandbox, admin, simulator):
    await sandbox.place(shares(None))
    simulator.clock.advance(5)
    (row,) = await admin.get("/ledger")
    assert row["status"] == "Filled"


async def test_requests_are_listed_with_the_hash_of_their_body(sandbox, production, admin):
    assert (await admin.ask("DELETE", "/requests")).status == 200
    body = json.dumps(shares(**{"external-identifier": "tf1-a"})).encode()
    await sandbox.ask("POST", f"{sandbox.account}/orders", data=body)
    await production.get("/customers/me")
    placed, asked = await admin.get("/requests")
    assert placed["body-sha256"] == hashlib.sha256(body).hexdigest()
    assert (placed["side"], placed["external-identifier"], placed["status"]) == ("sandbox", "tf1-a", 201)
    assert (asked["side"], asked["path"]) == ("production", "/customers/me")
    assert await admin.get("/requests?side=sandbox") == [placed]


# --- clock ---


async def test_the_clock_is_read_and_turned(sandbox, admin, simulator):
    await sandbox.place(shares(None))
    assert (await admin.get("/clock"))["now"] == "2026-11-20T15:00:00Z"
    turned = await admin.ask("POST", "/clock", {"advance_s": 5})
    assert turned.document == {"now": "2026-11-20T15:00:05Z", "mode": "virtual"}
    (order,) = (await sandbox.get(f"{sandbox.account}/orders/live")).items
    assert order["status"] == "Filled"
    await admin.ask("POST", "/clock", {"set": "2026-11-20T10:01:00-05:00"})
    assert (await admin.get("/clock"))["now"] == "2026-11-20T15:01:00Z"


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"advance_s": -1},
        {"advance_s": "x"},
        {"advance_s": None},
        {"set": "soon"},
        {"set": "2020-01-01T00:00:00Z"},
    ],
)
async def test_a_clock_that_cannot_be_turned_so_says_why(admin, simulator, body):
    answer = await admin.ask("POST", "/clock", body)
    assert answer.status == 400
    assert answer.document["error"]
    assert simulator.clock.now() == FRIDAY


# --- faults ---


async def test_faults_are_added_listed_and_cleared(sandbox, admin):
    added = await admin.ask(
        "POST", "/faults", [{"kind": "error_before", "times": None}, {"kind": "delay", "seconds": 0.01}]
    )
    first, second = added.document["ids"]
    assert (await sandbox.get("/customers/me")).status == 502
    listed = await admin.get("/faults")
    assert [(row["id"], row["kind"]) for row in listed] == [(first, "error_before"), (second, "delay")]
    assert listed[0]["struck"] == 1
    assert (await admin.ask("DELETE", f"/faults/{first}")).document == {"cleared": 1}
    assert (await sandbox.get("/customers/me")).status == 200
    assert (await admin.ask("DELETE", "/faults")).document == {"cleared": 1}
    assert await admin.get("/faults") == []


@pytest.mark.parametrize("body", [{}, {"kind": "delays"}, {"kind": "delay", "sekonds": 1}, [1], "delay"])
async def test_a_wrong_fault_is_refused_and_none_is_added(admin, body):
    answer = await admin.ask("POST", "/faults", body)
    assert answer.status == 400
    assert await admin.get("/faults") == []


# --- the account and the market ---


async def test_a_position_can_be_given_as_if_it_had_always_been_there(sandbox, production, admin, simulator):
    spy = call_of(simulator)
    given = {"side": "sandbox", "symbol": spy, "quantity": 3, "price": "2.50"}
    assert (await admin.ask("POST", "/endow", given)).status == 200
    (position,) = (await sandbox.get(f"{sandbox.account}/positions")).items
    assert (position["symbol"], Decimal(str(position["quantity"]))) == (spy, 3)
    assert (await production.get(f"{production.account}/positions")).items == []


async def test_what_the_account_may_do_can_be_changed(sandbox, production, admin):
    assert (await admin.ask("POST", "/status", {"side": "production", "is-closing-only": True})).status == 200
    assert (await production.get(f"{production.account}/trading-status")).data["is-closing-only"] is True
    assert (await sandbox.get(f"{sandbox.account}/trading-status")).data["is-closing-only"] is False
    assert (await production.place(shares())).status == 422
    assert (await admin.ask("POST", "/status", {"is_full_of_eels": True})).status == 400


async def test_a_quote_can_be_held_and_an_order_fills_when_it_moves(sandbox, admin, simulator):
    hold = {"symbol": "AAPL", "bid": "100.00", "ask": "100.10"}
    assert (await admin.ask("POST", "/quotes", hold)).status == 200
    placed = (await sandbox.place(shares("99.00", **{"time-in-force": "GTC"}))).data["order"]
    await admin.ask("POST", "/clock", {"advance_s": 60})
    assert (await sandbox.order(placed["id"]))["status"] == "Live"
    await admin.ask("POST", "/quotes", hold | {"bid": "98.00", "ask": "98.10"})
    await admin.ask("POST", "/clock", {"advance_s": 60})
    filled = await sandbox.order(placed["id"])
    assert filled["status"] == "Filled"
    assert Decimal(filled["legs"][0]["fills"][0]["fill-price"]) == Decimal("98.10")
    assert (await admin.ask("POST", "/quotes", {})).status == 200


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/endow", {"symbol": "AAPL", "quantity": 1}),
        ("/endow", {"symbol": "AAPL", "quantity": "many", "price": 1}),
        ("/endow", {"symbol": "AAPL", "quantity": 1, "price": "NaN"}),
        ("/endow", {"side": "cert", "symbol": "AAPL", "quantity": 1, "price": 1}),
        ("/quotes", {"symbol": "AAPL", "bid": "x", "ask": 1}),
        ("/quotes", {"symbol": "AAPL", "bid": 1}),
        ("/status", []),
        ("/reset?side=both", None),
    ],
)
async def test_what_makes_no_sense_is_a_400_with_a_reason(admin, path, body):
    answer = await admin.ask("POST", path, body)
    assert answer.status == 400, answer.text
    assert answer.document["error"]


async def test_expired_tokens_are_no_good_any_more(sandbox, production, admin):
    assert (await admin.ask("POST", "/tokens/expire?side=sandbox")).document == {"expired": 1}
    assert (await sandbox.get("/customers/me")).status == 401
    assert (await production.get("/customers/me")).status == 200


async def test_a_reset_is_a_night_for_orders_positions_and_money(sandbox, production, admin, simulator):
    for caller in (sandbox, production):
        await caller.place(shares(None))
    simulator.clock.advance(5)
    await admin.ask("POST", "/reset?side=sandbox")
    assert (await sandbox.get(f"{sandbox.account}/positions")).items == []
    assert (await sandbox.get(f"{sandbox.account}/balances/USD")).data["cash-balance"] == "100000.0"
    assert len((await production.get(f"{production.account}/positions")).items) == 1
    simulator.reset()
    assert (await production.get(f"{production.account}/positions")).items == []


async def test_only_this_machine_is_answered(simulator, admin, sandbox):
    answer = await sandbox.get("/ledger", base=simulator.admin_url, headers={"Host": "evil.example:8700"})
    assert answer.status == 403


# --- things that happen by themselves ---


FILLED = ("Order", "Filled")


async def test_with_a_clock_that_runs_orders_fill_by_themselves():
    async with serving(clock=ClockMode.ANCHORED) as simulator, http_client(simulator.production) as caller:
        heard = []
        simulator.production.book.listen(lambda kind, row: heard.append((kind, row.get("status"))))
        placed = (await caller.place(shares(None))).data["order"]
        await eventually(lambda: FILLED in heard)  # nobody asks: the pump alone makes it happen
        assert (await caller.order(placed["id"]))["status"] == "Filled"


async def test_a_turned_clock_makes_it_happen_without_a_request(simulator, sandbox):
    heard = []
    await sandbox.place(shares(None))
    simulator.sandbox.book.listen(lambda kind, row: heard.append((kind, row.get("status"))))
    simulator.clock.advance(5)
    await eventually(lambda: FILLED in heard)


async def test_who_asks_after_a_turned_clock_sees_what_has_happened_by_then(simulator, sandbox, monkeypatch):
    monkeypatch.setattr(simulator.clock, "wake", lambda: None)  # the pump sleeps on
    placed = (await sandbox.place(shares(None))).data["order"]
    simulator.clock.advance(5)
    assert (await sandbox.order(placed["id"]))["status"] == "Filled"


async def test_a_book_that_fails_is_tried_again(simulator, sandbox, monkeypatch, caplog):
    book, failures = simulator.sandbox.book, []
    settle = book.settle

    def fails_once(now):
        if not failures:
            failures.append(now)
            raise ZeroDivisionError
        return settle(now)

    monkeypatch.setattr(book, "settle", fails_once)
    simulator.clock.advance(60)
    await eventually(lambda: bool(failures))
    assert "could not be settled" in caplog.text
    placed = (await sandbox.place(shares(None))).data["order"]
    simulator.clock.advance(60)
    assert (await sandbox.order(placed["id"]))["status"] == "Filled"
