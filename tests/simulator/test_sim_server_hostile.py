"""Orders and questions as no program should send them: refused in words, never a 500, and the book stays sound."""

import random

import pytest
from sim_kit import call_of, shares

pytestmark = pytest.mark.anyio

VALUES = (
    None, True, False, 0, 1, -1, 1.5, 1e308, 10**15, 2**63, -(2**63), "", " ", "x", "0", "-1", "1", "1.5", "1e5",
    "1e999", "NaN", "-Infinity", "-0", "٣", "1_000", "1" * 500, "\x00", "\u202e", "💥", [], {}, [None], [[]], {"a": 1},
    "AAPL", "Limit", "Market", "Stop", "Stop Limit", "Notional Market", "Marketable Limit", "Day", "GTC", "GTD", "IOC",
    "Debit", "Credit", "None", "Equity", "Equity Option", "Future", "Buy to Open", "Sell to Close", "Sell to Open",
    "Buy to Close", "Allocate", "2026-12-01", "2026-02-30", "0001-01-01", "9999-12-31", "2026-12-01T00:00:00Z", "OTOCO",
    "OCO", "OTO", "PAIRS", "immediate", "delayed", "never", "reject", "partial", "scheduled",
)  # fmt: skip
KEYS = (
    "time-in-force", "order-type", "price", "price-effect", "legs", "stop-trigger", "gtc-date", "value", "value-effect",
    "source", "external-identifier", "behavior", "schedule", "delay", "advanced-instructions", "rules", "preflight-id",
    "partition-key", "automated-source", "type", "orders", "trigger-order", "unheard-of",
)  # fmt: skip
LEG_KEYS = ("instrument-type", "symbol", "action", "quantity", "remaining-quantity", "fills")
QUERIES = (
    "per-page", "page-offset", "start-date", "end-date", "underlying-symbol", "status[]", "sort", "start-at", "end-at",
    "symbol", "instrument-type", "types[]", "type", "sub-type[]", "date", "time-back", "start-time", "snapshot-date",
    "time-of-day", "currency", "include-marks", "net-positions", "account-numbers[]", "underlying-symbol[]",
    "status[0]",
)  # fmt: skip
LISTS = (
    "/orders", "/orders/live", "/complex-orders", "/complex-orders/live", "/positions", "/balances", "/balances/USD",
    "/balance-snapshots", "/transactions", "/transactions/total-fees", "/trading-status", "/net-liq/history",
    "/position-limit", "",
)  # fmt: skip
THROWS = 150
EXPECTED = {200, 201, 400, 404, 422}


def spoiled(luck: random.Random, simulator) -> dict:
    """An order that was once sound."""
    symbol = str(luck.choice(["AAPL", "F", call_of(simulator), "SPX", luck.choice(VALUES)]))
    order = shares(luck.choice(["1.00", "1.01", "400", None]), luck.choice([1, 2, 3, 0, -1]), symbol=symbol)
    if symbol[-9:-8] == "C":
        order["legs"][0]["instrument-type"] = "Equity Option"
    if luck.random() < 0.2:
        order["legs"] *= luck.randint(0, 5)
    order["legs"] = [dict(leg) for leg in order["legs"]]
    for _ in range(luck.choice([0, 0, 0, 0, 1, 1, 2, 3])):
        order[luck.choice(KEYS)] = luck.choice(VALUES)
    if isinstance(order["legs"], list):
        for leg in order["legs"]:
            if isinstance(leg, dict) and luck.random() < 0.2:
                leg[luck.choice(LEG_KEYS)] = luck.choice(VALUES)
    if luck.random() < 0.1:
        order.pop(luck.choice(list(order)))
    return order


async def throw(simulator, caller, luck: random.Random) -> tuple[str, object, object]:
    order_id = luck.choice(
        [1, 10**17, luck.randint(1, 40), *(row["order-id"] for row in caller.side.book.ledger()[-3:])]
    )
    body = spoiled(luck, simulator)
    kind = luck.randrange(8)
    if kind < 2:
        where, body = (
            luck.choice(["/complex-orders", "/complex-orders/dry-run"]),
            {
                "type": luck.choice(["OCO", "OTO", "OTOCO", *VALUES]),
                "trigger-order": luck.choice([body, body, *VALUES]),
                "orders": luck.choice([[body, spoiled(luck, simulator)], [body], *VALUES]),
            },
        )
        return where, body, await caller.place(body, where)
    if kind < 5:
        where = luck.choice(["/orders", "/orders/dry-run"])
        return where, body, await caller.place(body, where)
    if kind == 5:
        where = f"/orders/{order_id}"
        method = luck.choice(["PUT", "PATCH", "DELETE", "GET"])
        return f"{method} {where}", body, await caller.ask(method, caller.account + where, json=body)
    if kind == 6:
        where = f"/orders/{order_id}/dry-run"
        return where, body, await caller.place(body, where)
    where = luck.choice(LISTS)
    query = [(luck.choice(QUERIES), str(luck.choice(VALUES)).replace("\x00", "%00")) for _ in range(luck.randint(0, 3))]
    return where, query, await caller.get(caller.account + where, params=query)


@pytest.mark.parametrize("seed", range(4))
async def test_nothing_that_is_thrown_at_it_breaks_it(simulator, sandbox, production, seed):
    luck = random.Random(seed)  # noqa: S311  luck that can be had again
    for number in range(THROWS):
        caller = luck.choice([sandbox, production])
        where, sent, answer = await throw(simulator, caller, luck)
        assert answer.status in EXPECTED, (where, sent, answer)
        if answer.status >= 400:
            assert answer.document["error"]["code"], (where, sent)
        if number % 10 == 9:
            simulator.clock.advance(luck.choice([0.05, 0.5, 5]))
    for caller in (sandbox, production):
        for where in LISTS[:12]:
            answer = await caller.get(caller.account + where)
            assert answer.status == (
                404 if caller is sandbox and "net-liq" in where else 400 if "net-liq" in where else 200
            )
