"""What the simulator's book says is what the real SDK can read: every object is parsed by the SDK's own models."""

import json
from decimal import Decimal
from typing import Any

import pytest
from sim_orders import CALL, FRIDAY_NIGHT, PUT, TimedBook, bracket, leg, limit, market_order, order, refusal, vertical
from tastytrade.account import (
    Account,
    AccountBalance,
    AccountBalanceSnapshot,
    CurrentPosition,
    FeesInfo,
    MarginReport,
    NetLiqOhlc,
    TradingStatus,
    Transaction,
)
from tastytrade.order import (
    PLACED_TYPES,
    LimitOrder,
    OCOOrder,
    OrderAction,
    OrderTimeInForce,
    OrderType,
    OTOCOOrder,
    OTOOrder,
    PlacedComplexOrder,
    PlacedComplexOrderResponse,
    PlacedLimitOrder,
    PlacedOCOOrder,
    PlacedOrder,
    PlacedOrderResponse,
    PlacedOTOCOOrder,
    PlacedOTOOrder,
    StopOrder,
    UnplacedComplexOrder,
    UnplacedOrder,
)
from tastytrade.order import Leg as SdkLeg

from tastyflow_simulator.options import Fills, Hours, Side

EVERY_KIND = [
    market_order(leg("Buy to Open")),
    limit("4.70", "Debit", leg("Buy to Open")),
    limit("0.55", "Credit", leg("Sell to Open", PUT)),
    vertical("99"),
    order("Stop", leg("Buy to Open"), stop_trigger="4.00"),
    order("Stop Limit", leg("Buy to Open"), stop_trigger="4.00", price="9", price_effect="Debit"),
    order("Marketable Limit", leg("Buy to Open")),
    order("Notional Market", leg("Buy to Open", "AAPL", None), tif="GTC", value="5", value_effect="Debit"),
    limit("4.70", "Debit", leg("Buy to Open"), tif="GTD", gtc_date="2026-12-01"),
    limit("99", "Debit", leg("Buy to Open"), tif="IOC"),
    limit("9", "Debit", leg("Buy to Open", "F"), tif="GTC Ext Overnight"),
    market_order(leg("Buy to Open"), behavior="reject"),
    market_order(leg("Sell to Close")),
    order("Limit", leg("Buy to Open"), leg("Sell to Open", PUT), price=0),
]


def as_received(shown: Any) -> Any:
    """As a client receives it: written as JSON and read again."""
    return json.loads(json.dumps(shown))


@pytest.mark.parametrize("body", EVERY_KIND, ids=lambda body: f"{body['order-type']} {body['time-in-force']}")
def test_orders_of_every_kind_parse_on_trial_placed_and_told(body):
    timed = TimedBook()
    PlacedOrderResponse[UnplacedOrder](**as_received(timed.book.dry_run(body, timed.now)))
    model = PLACED_TYPES.get(OrderType(body["order-type"]), PlacedOrder)
    placed = PlacedOrderResponse[model](**as_received(timed.book.place(body, timed.now)))  # type: ignore[valid-type]
    timed.wait(2)
    order_now = PlacedOrder(**as_received(timed.order(placed.order.id)))
    assert order_now.status.value in ("Filled", "Live", "Rejected")
    models = {"Order": PlacedOrder, "AccountBalance": AccountBalance, "CurrentPosition": CurrentPosition}
    for kind, told in timed.heard:
        models[kind](**told)


def test_a_trial_order_looks_as_recorded():
    timed = TimedBook()
    answer = timed.book.dry_run(limit("1", "Debit", leg("Buy to Open", "AAPL"), tif="Day"), timed.now)
    shown = answer["order"]
    assert "id" not in shown
    assert (shown["status"], shown["updated-at"], shown["size"]) == ("Received", 0, 1)
    assert (shown["cancellable"], shown["editable"], shown["edited"]) == (True, True, False)
    assert shown["legs"] == [
        {
            "instrument-type": "Equity",
            "symbol": "AAPL",
            "quantity": 1,
            "remaining-quantity": 1,
            "action": "Buy to Open",
            "fills": [],
        }
    ]
    assert answer["fee-calculation"]["total-fees"] == "0.001166"


def test_a_filled_order_has_the_documented_keys():
    timed = TimedBook()
    body = limit("99", "Debit", leg("Buy to Open"), external_identifier="ref", source="me")
    shown = timed.order(timed.filled(body))
    assert {
        "id", "account-number", "time-in-force", "order-type", "size", "leg-count", "underlying-symbol",
        "underlying-instrument-type", "price", "price-effect", "status", "cancellable", "editable",
        "edited", "source", "external-identifier",
        "ext-client-order-id", "ext-exchange-order-number", "ext-global-order-number", "global-request-id",
        "received-at", "in-flight-at", "live-at", "terminal-at", "updated-at", "user-id", "username", "legs",
    } == shown.keys()  # fmt: skip
    assert (shown["cancellable"], shown["editable"], shown["user-id"]) == (False, False, "99")
    assert isinstance(shown["updated-at"], int)
    assert {
        "ext-group-fill-id", "ext-exec-id", "fill-id", "quantity", "fill-price", "filled-at", "destination-venue",
    } == shown["legs"][0]["fills"][0].keys()  # fmt: skip


def test_a_spread_has_the_average_that_the_sdk_works_out():
    timed = TimedBook()
    timed.market.pin(CALL, "5.00", "5.10")
    shown = PlacedOrder(**as_received(timed.order(timed.filled(vertical("99", quantity=2)))))
    fills = [each.fills[0].fill_price for each in shown.legs if each.fills]
    assert shown.average_fill_price() == fills[0] - fills[1]


def test_the_account_parses():
    timed = TimedBook(now=FRIDAY_NIGHT, hours=Hours.ALWAYS)
    timed.filled(market_order(leg("Buy to Open")))
    timed.filled(market_order(leg("Sell to Open", PUT)))
    timed.book.endow("SPY", 10, Decimal(400), timed.now)
    book, now = timed.book, timed.now
    Account(**as_received(book.account_row(now)))
    TradingStatus(**as_received(book.trading_status(now)))
    balances = AccountBalance(**as_received(book.balances(now)))
    assert balances.net_liquidating_value == sum(
        (
            balances.cash_balance,
            balances.long_equity_value,
            balances.long_derivative_value,
            -balances.short_derivative_value,
        )
    )
    rows = as_received(book.positions(now, query={"include-marks": ["true"]}))
    assert {row["symbol"]: CurrentPosition(**row).quantity for row in rows} == {CALL: 1, PUT: 1, "SPY": 10}
    assert all(CurrentPosition(**row).mark for row in rows)
    report = MarginReport(**as_received(book.margin_requirements(now)))
    assert [group.code for group in report.groups] == ["SPY"]  # type: ignore[union-attr]
    assert report.margin_requirement < 0  # of the put that was sold
    for row in as_received(book.net_liq_history(now)):
        NetLiqOhlc(**row)
    for row in as_received(book.balance_snapshots(now, {})):
        AccountBalanceSnapshot(**row)
    FeesInfo(**as_received(book.total_fees(now.date(), now)))
    assert book.position_limit(now)["account-number"] == "5WT00001"


def test_there_is_a_deposit_before_anything_is_traded():
    timed = TimedBook()
    lines = [Transaction(**line) for line in as_received(timed.book.transactions(timed.now))]
    assert [(line.transaction_type, line.value) for line in lines] == [("Money Movement", 100_000)]
    assert timed.book.transaction(lines[0].id, timed.now)["id"] == lines[0].id
    assert refusal(lambda: timed.book.transaction(0, timed.now)).status == 404


def test_a_trade_leaves_a_transaction_with_its_fees():
    timed = TimedBook()
    timed.market.pin(CALL, "4.70", "4.80")
    number = timed.filled(market_order(leg("Buy to Open", quantity=2)))
    line = Transaction(**as_received(timed.book.transactions(timed.now, query={"type": ["Trade"]})[0]))
    assert (line.order_id, line.transaction_sub_type, line.quantity, line.price) == (
        number, "Buy to Open", 2, Decimal("4.8"),
    )  # fmt: skip
    assert (line.value, line.net_value, line.commission) == (-960, Decimal("-962.24"), -2)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"type": ["Trade"]}, 1),
        ({"types[]": ["Trade", "Money Movement"]}, 2),
        ({"sub-type[]": ["Deposit"]}, 1),
        ({"symbol": [CALL]}, 1),
        ({"underlying-symbol": ["QQQ"]}, 0),
        ({"instrument-type": ["Equity Option"]}, 1),
        ({"action": ["Sell to Open"]}, 0),
        ({"start-date": ["2026-11-21"]}, 0),
        ({"end-at": ["2026-11-20T15:00:00Z"]}, 1),
        ({"futures-symbol": ["/ESZ6"]}, 0),
        ({}, 2),
    ],
)
def test_transactions_know_the_filters_of_the_api(query, found):
    timed = TimedBook()
    timed.filled(market_order(leg("Buy to Open")))
    assert len(timed.book.transactions(timed.now, query=query)) == found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, {CALL, "F"}),
        ({"underlying-symbol[]": ["SPY"]}, {CALL}),
        ({"symbol": ["F"]}, {"F"}),
        ({"instrument-type": ["Equity"]}, {"F"}),
    ],
)
def test_positions_know_the_filters_of_the_api(query, found):
    timed = TimedBook()
    timed.filled(market_order(leg("Buy to Open")))
    timed.filled(market_order(leg("Buy to Open", "F")))
    assert {row["symbol"] for row in timed.book.positions(timed.now, query=query)} == found


def test_each_day_leaves_a_snapshot():
    timed = TimedBook()
    timed.wait(3 * 86_400)
    rows = [AccountBalanceSnapshot(**row) for row in as_received(timed.book.balance_snapshots(timed.now, {}))]
    assert [row.snapshot_date.day for row in rows] == [23, 22, 21, 20]
    one = timed.book.balance_snapshots(timed.now, {"snapshot-date": ["2026-11-21"]})
    assert [row["snapshot-date"] for row in one] == ["2026-11-21"]
    assert len(timed.book.balance_snapshots(timed.now, {"start-date": ["2026-11-22"]})) == 2
    assert len(timed.book.balance_snapshots(timed.now, {"end-date": ["2026-11-20"]})) == 1
    assert len(timed.book.net_liq_history(timed.now)) == 5


@pytest.mark.parametrize(
    ("kind", "model"), [("OCO", PlacedOCOOrder), ("OTOCO", PlacedOTOCOOrder), ("OTO", PlacedOTOOrder)]
)
def test_complex_orders_parse_on_trial_placed_and_told(kind, model):
    timed = TimedBook()
    timed.book.endow("F", 1, Decimal(9), timed.now) if kind == "OCO" else None
    body = bracket(kind)
    tried = PlacedComplexOrderResponse[UnplacedComplexOrder](
        **as_received(timed.book.place_complex(body, timed.now, dry_run=True))
    )
    assert not tried.errors
    placed = PlacedComplexOrderResponse[model](**as_received(timed.book.place_complex(body, timed.now, dry_run=False)))
    timed.wait(1)
    model(**as_received(timed.book.complex_order(placed.complex_order.id, timed.now)))
    assert [model(**row).id for row in as_received(timed.book.complex_live(timed.now))] == [placed.complex_order.id]
    assert len(timed.book.complex_history(timed.now)) == 1
    for told in (each for name, each in timed.heard if name == "ComplexOrder"):
        PlacedComplexOrder(**told)
    model(**as_received(timed.book.cancel_complex(placed.complex_order.id, timed.now)))


def sent(thing: Any) -> Any:
    """The body as the SDK writes it."""
    return json.loads(thing.model_dump_json(exclude_none=True, by_alias=True))


def sdk_leg(action: OrderAction, symbol: str = "F") -> SdkLeg:
    return SdkLeg(instrument_type="Equity", symbol=symbol, action=action, quantity=1)


def test_the_story_of_the_sdks_own_suite():
    timed = TimedBook(fills=Fills.QUOTE, side=Side.PRODUCTION)
    new = LimitOrder(time_in_force=OrderTimeInForce.GTC, legs=[sdk_leg(OrderAction.BUY_TO_OPEN)], price=Decimal(-2))
    placed = PlacedOrderResponse[PlacedLimitOrder](**as_received(timed.book.place(sent(new), timed.now))).order
    assert placed.price == -2
    assert placed.legs[0].fills == []
    timed.wait(3)
    new.price = Decimal("-2.01")
    terms = sent(new)
    del terms["legs"]
    replaced = PlacedLimitOrder(**as_received(timed.book.replace(placed.id, terms, timed.now)))
    assert (replaced.price, replaced.replaces_order_id) == (Decimal("-2.01"), placed.id)
    timed.wait(3)
    timed.book.cancel(replaced.id, timed.now)
    timed.wait(3)
    assert {timed.status(placed.id), timed.status(replaced.id)} == {"Cancelled"}


def test_the_complex_orders_of_the_sdk_are_understood():
    timed = TimedBook()
    opening = LimitOrder(
        time_in_force=OrderTimeInForce.GTC, legs=[sdk_leg(OrderAction.BUY_TO_OPEN, "AAPL")], price=Decimal(-2)
    )
    closing = [sdk_leg(OrderAction.SELL_TO_CLOSE, "AAPL")]
    target = LimitOrder(time_in_force=OrderTimeInForce.GTC, legs=closing, price=Decimal(400))
    stop = StopOrder(time_in_force=OrderTimeInForce.GTC, legs=closing, stop_trigger=Decimal("1.5"))
    for wanted in (
        OTOCOOrder(trigger_order=opening, take_profit=target, stop_loss=stop),
        OTOOrder(trigger_order=opening, orders=[target]),
        OCOOrder(take_profit=target, stop_loss=stop),
    ):
        answer = timed.book.place_complex(sent(wanted), timed.now, dry_run=True)
        assert PlacedComplexOrderResponse[UnplacedComplexOrder](**as_received(answer)).complex_order.type == wanted.type
