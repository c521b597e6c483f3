"""What other people's clients of tastytrade ask for, and how they spell it."""

from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from sim_kit import shares

if TYPE_CHECKING:
    from sim_kit import HttpClient

pytestmark = pytest.mark.anyio

PAGE = "http://localhost:3000"
WHO_ASKS = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}


# --- browsers ---


@pytest.mark.parametrize("origin", [PAGE, "http://127.0.0.1:5173", "https://localhost", "http://[::1]:8080"])
async def test_a_page_on_this_machine_may_place_orders_from_a_browser(production: "HttpClient", origin):
    path = f"{production.account}/orders"
    asked = {"Origin": origin, "Authorization": None, **WHO_ASKS}
    answer = await production.ask("OPTIONS", path, headers=asked)
    assert (answer.status, answer.text) == (200, "")
    assert answer.headers["Access-Control-Allow-Origin"] == origin
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    assert answer.headers["Access-Control-Allow-Headers"] == "authorization,content-type"
    placed = await production.ask("POST", path, json=shares(), headers={"Origin": origin})
    assert (placed.status, placed.headers["Access-Control-Allow-Origin"]) == (201, origin)


@pytest.mark.parametrize(
    "origin", ["https://example.com", "http://localhost.example.com", "http://127.0.0.1.example.com", "null", ""]
)
async def test_a_page_from_elsewhere_is_not_let_in(production: "HttpClient", origin):
    asked = {"Origin": origin, "Authorization": None, **WHO_ASKS}
    answer = await production.ask("OPTIONS", f"{production.account}/orders", headers=asked)
    assert answer.status == 403
    assert "Access-Control-Allow-Origin" not in answer.headers


async def test_a_refusal_can_be_read_in_a_browser_and_other_programs_notice_nothing(production: "HttpClient"):
    refused = await production.get("/customers/me", headers={"Origin": PAGE, "Authorization": None})
    assert (refused.status, refused.headers["Access-Control-Allow-Origin"]) == (401, PAGE)
    assert "Access-Control-Allow-Origin" not in (await production.get("/customers/me")).headers
    assert (await production.ask("OPTIONS", "/customers/me")).status == 405


# --- logging in ---


async def test_names_and_passwords_open_nothing_any_more(production: "HttpClient"):
    body = {"login": "me", "password": "secret", "remember-me": True}
    answer = await production.ask("POST", "/sessions", json=body, headers={"Authorization": None})
    assert (answer.status, answer.code) == (401, "invalid_credentials")


async def test_a_quote_token_says_until_when_it_is_good(production: "HttpClient"):
    token = (await production.get("/api-quote-tokens")).data
    assert token.keys() == {"token", "dxlink-url", "websocket-url", "level", "issued-at", "expires-at"}
    life = datetime.fromisoformat(token["expires-at"]) - datetime.fromisoformat(token["issued-at"])
    assert life.days == 1


async def test_a_customer_is_asked_for_as_me_or_by_id_and_no_other_is(production: "HttpClient"):
    me = (await production.get("/customers/me")).data
    assert (await production.get(f"/customers/{me['external-id']}")).data == me
    assert (await production.get("/customers/somebody")).code == "not_permitted"


# --- accounts ---


async def test_balances_are_an_object_until_the_version_that_lists_currencies(production: "HttpClient"):
    path = f"{production.account}/balances"
    plain = (await production.get(path)).data
    old = (await production.get(path, headers={"Accept-Version": "20240430"})).data
    listed = (await production.get(path, headers={"Accept-Version": "20240501"})).data
    assert plain == old == (await production.get(f"{path}/USD")).data
    assert listed == {"items": [plain]}


async def test_the_rates_of_margin_can_be_asked_for_by_symbol(production: "HttpClient"):
    path = f"{production.account}/margin-requirements"
    rates = (await production.get(f"{path}/BRK%2FB/effective")).data
    assert rates.keys() == {
        "long-equity-initial", "long-equity-maintenance", "naked-option-floor", "naked-option-minimum",
        "naked-option-standard", "short-equity-initial", "short-equity-maintenance", "underlying-symbol",
    }  # fmt: skip
    assert {type(rate) for rate in rates.values()} == {str}
    assert (await production.get(f"{path}/NOPE/effective")).status == 404
    assert (await production.get("/accounts/5WT99999/margin-requirements/SPY/effective")).status == 403


async def test_margin_can_be_tried_without_an_order(production: "HttpClient"):
    body = shares() | {"account-number": production.side.login.account, "underlying-symbol": "AAPL"}
    path = f"/margin{production.account}/dry-run"
    tried = await production.ask("POST", path, json=body)
    assert tried.status == 200
    assert {"margin-requirement", "groups", "buying-power-effect"} <= tried.data.keys()
    assert (await production.get(f"{production.account}/orders/live")).items == []
    assert (await production.ask("POST", path, json={})).status == 400


async def test_only_pairs_could_be_edited_among_complex_orders(production: "HttpClient"):
    exit_leg = {"instrument-type": "Equity", "symbol": "AAPL", "action": "Sell to Close", "quantity": 1}
    take = shares("999.00", legs=[exit_leg]) | {"price-effect": "Credit"}
    body = {"type": "OTO", "trigger-order": shares(), "orders": [take]}
    number = (await production.place(body, "/complex-orders")).data["complex-order"]["id"]
    path = f"{production.account}/complex-orders/{number}"
    assert (await production.ask("PATCH", path, json={"ratio-price-threshold": 1})).code == "sim.complex_type"
    assert (await production.ask("POST", f"{path}/dry-run", json={})).status == 422
    assert (await production.ask("PATCH", f"{production.account}/complex-orders/1", json={})).status == 404


# --- reference ---


@pytest.mark.parametrize("collection", ["CME", "CFE"])
@pytest.mark.parametrize("which", ["current", "next", "previous"])
async def test_futures_have_sessions(production: "HttpClient", which, collection):
    row = (await production.get(f"/market-time/futures/sessions/{which}/{collection}")).data
    assert row["instrument-collection"] == collection
    assert {"start-at", "open-at", "close-at"} <= row.keys()


async def test_sessions_of_all_futures_and_of_none(production: "HttpClient"):
    rows = (await production.get("/market-time/futures/sessions/current")).items
    assert [row["instrument-collection"] for row in rows] == ["CME", "CFE"]
    assert (await production.get("/market-time/futures/sessions/next/NOPE")).status == 400


async def test_span_rows_are_none(production: "HttpClient"):
    answer = await production.get("/span/rows?date=2026-11-20&exchange=CME")
    assert (answer.status, answer.items, answer.document["pagination"]["total-items"]) == (200, [], 0)


async def test_a_quote_alert_is_put_up_listed_and_taken_down(production: "HttpClient"):
    body = {"symbol": "AAPL", "field": "Last", "operator": ">", "threshold": "200.00"}
    made = await production.ask("POST", "/quote-alerts", json=body)
    assert (made.status, made.data["threshold-numeric"]) == (201, 200.0)
    assert (await production.get("/quote-alerts")).items == [made.data]
    path = f"/quote-alerts/{made.data['alert-external-id']}"
    gone = await production.ask("DELETE", path)
    assert (gone.status, gone.text) == (204, "")
    assert (await production.ask("DELETE", path)).status == 404
    assert (await production.get("/quote-alerts")).items == []


@pytest.mark.parametrize(
    "wrong", [{"field": "Close"}, {"operator": "="}, {"threshold": "much"}, {"symbol": ""}, {"symbol": ["AAPL"]}]
)
async def test_a_strange_quote_alert_is_refused(production: "HttpClient", wrong):
    body = {"symbol": "AAPL", "field": "Last", "operator": ">", "threshold": 200} | wrong
    assert (await production.ask("POST", "/quote-alerts", json=body)).status == 400


@pytest.mark.parametrize(
    "query",
    [
        "symbol=AAPL&symbol=SPY",
        "symbol[]=AAPL&symbol[]=SPY",
        "symbol%5B%5D=AAPL&symbol%5B%5D=SPY",
        "symbol[0]=AAPL&symbol[1]=SPY",
    ],
)
async def test_a_list_is_understood_in_every_spelling(production: "HttpClient", query):
    assert [row["symbol"] for row in (await production.get(f"/instruments/equities?{query}")).items] == ["AAPL", "SPY"]
