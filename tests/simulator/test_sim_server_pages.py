"""Lists and their pages, and whose orders a customer sees."""

import pytest
from sim_kit import shares

pytestmark = pytest.mark.anyio


async def test_a_page_says_where_it_stands(sandbox):
    for _ in range(7):
        await sandbox.place(shares())
    path = f"{sandbox.account}/orders"
    answer = await sandbox.get(f"{path}?per-page=3&page-offset=1&sort=Asc")
    assert len(answer.items) == 3
    assert answer.document["context"] == path
    assert answer.document["pagination"] == {
        "per-page": 3,
        "page-offset": 1,
        "item-offset": 3,
        "total-items": 7,
        "total-pages": 3,
        "current-item-count": 3,
        "previous-link": f"{path}?per-page=3&sort=Asc&page-offset=0",
        "next-link": f"{path}?per-page=3&sort=Asc&page-offset=2",
        "paging-link-template": None,
    }


async def test_links_lead_through_all_pages_and_end(sandbox):
    placed = [(await sandbox.place(shares())).data["order"]["id"] for _ in range(5)]
    path, seen = f"{sandbox.account}/orders?per-page=2", []
    while path:
        answer = await sandbox.get(path)
        assert answer.items, "a link led nowhere"
        seen += [order["id"] for order in answer.items]
        path = answer.document["pagination"]["next-link"]
    assert sorted(seen) == sorted(placed)
    assert len(seen) == 5


async def test_an_empty_list_has_no_pages_and_a_page_beyond_the_end_is_empty(sandbox):
    empty = await sandbox.get(f"{sandbox.account}/orders")
    assert empty.items == []
    assert empty.document["pagination"]["total-pages"] == 0
    await sandbox.place(shares())
    beyond = await sandbox.get(f"{sandbox.account}/orders?page-offset=3")
    assert beyond.items == []
    assert beyond.document["pagination"]["total-items"] == 1


async def test_a_page_of_orders_is_ten_unless_somebody_says(sandbox):
    for _ in range(12):
        await sandbox.place(shares())
    assert len((await sandbox.get(f"{sandbox.account}/orders")).items) == 10
    assert len((await sandbox.get(f"{sandbox.account}/orders/live")).items) == 12


@pytest.mark.parametrize("status", ["status=Filled", "status[]=Filled", "status[0]=Filled", "status%5B%5D=Filled"])
async def test_a_list_in_a_question_may_be_spelt_in_every_usual_way(sandbox, simulator, status):
    await sandbox.place(shares(None))
    await sandbox.place(shares())
    simulator.clock.advance(5)
    assert [order["status"] for order in (await sandbox.get(f"{sandbox.account}/orders?{status}")).items] == ["Filled"]


async def test_a_customer_sees_the_orders_of_the_accounts_asked_for(sandbox, production):
    await sandbox.place(shares())
    number = sandbox.side.login.account
    for path in ("/customers/me/orders", "/customers/me/orders/live", "/customers/sim-sandbox/orders"):
        assert len((await sandbox.get(path)).items) == 1, path
        assert len((await sandbox.get(f"{path}?account-numbers[]={number}")).items) == 1, path
        assert (await sandbox.get(f"{path}?account-numbers[]=5WY99999")).items == [], path
    assert (await sandbox.get("/customers/other/orders")).status == 403


async def test_an_order_can_be_edited_and_a_replacement_tried(sandbox, simulator):
    placed = (await sandbox.place(shares())).data["order"]
    simulator.clock.advance(1)
    confirmed = await sandbox.ask("POST", f"{sandbox.account}/orders/{placed['id']}/reconfirm")
    assert (confirmed.status, confirmed.data["id"]) == (200, placed["id"])
    cheaper = {"time-in-force": "Day", "order-type": "Limit", "price": "0.99", "price-effect": "Debit"}
    path = f"{sandbox.account}/orders/{placed['id']}"
    tried = await sandbox.place(cheaper, f"/orders/{placed['id']}/dry-run")
    assert tried.status == 201
    assert "buying-power-effect" in tried.data
    edited = await sandbox.ask("PATCH", path, json={"price": "0.98", "price-effect": "Debit"})
    assert (edited.status, edited.data["price"]) == (200, "0.98")
    simulator.clock.advance(1)
    replaced = await sandbox.ask("PUT", f"{sandbox.account}/orders/{edited.data['id']}", json=cheaper)
    assert (replaced.status, replaced.data["price"]) == (200, "0.99")
