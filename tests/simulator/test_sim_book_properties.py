"""What holds for the simulator's book whatever is asked of it, in whatever order."""

import json
from collections import Counter
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sim_orders import (
    CALL,
    FRIDAY_NIGHT,
    HIGHER_CALL,
    PUT,
    TimedBook,
    bracket,
    leg,
    limit,
    market_order,
    order,
    vertical,
)
from tastytrade.order import PlacedOrder

from tastyflow_simulator.admin.faults import FaultKind, SimulatorFault
from tastyflow_simulator.errors import ApiError
from tastyflow_simulator.options import Fills, Hours, Timings

PHASES = {
    **dict.fromkeys(("Received", "Contingent", "Routed", "In Flight"), 0),
    **dict.fromkeys(("Live", "Cancel Requested", "Replace Requested"), 1),
    **dict.fromkeys(("Filled", "Cancelled", "Expired", "Rejected"), 2),
}
TERMS = {"order-type": "Limit", "time-in-force": "GTC", "price": "4.6", "price-effect": "Debit"}

QUICKLY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)

symbols = st.sampled_from([CALL, HIGHER_CALL, PUT, "F", "AAPL"])
actions = st.sampled_from(["Buy to Open", "Sell to Open", "Buy to Close", "Sell to Close"])
behaviors = st.sampled_from(["immediate", "immediate", "delayed", "never", "reject", "partial"])
quantities = st.integers(1, 40)


@st.composite
def bodies(draw: Any) -> Any:
    script = {"behavior": draw(behaviors), "delay": draw(st.sampled_from([0, 0.13, 0.5, 2]))}
    one = leg(draw(actions), draw(symbols), draw(quantities))
    tif = draw(st.sampled_from(["Day", "GTC", "IOC"]))
    effect = "Debit" if one["action"].startswith("Buy") else "Credit"
    price = draw(st.sampled_from(["0.05", "2", "4.75", "4.8", "9.99", "10.46", "2.00001"]))
    return draw(
        st.sampled_from(
            [
                market_order(one, **script),
                limit(price, effect, one, tif=tif, **script),
                order("Stop", one, stop_trigger=price, **script),
                vertical(draw(st.sampled_from(["1", "2.5", "9"])), one["quantity"], tif=tif, **script),
                order("Notional Market", leg("Buy to Open", "AAPL", None), value="7.5", value_effect="Debit"),
            ]
        )
    )


brackets = st.sampled_from(["OCO", "OTO", "OTOCO"]).map(bracket)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("place"), bodies()),
        st.tuples(st.just("place"), bodies()),
        st.tuples(st.just("bracket"), brackets),
        st.tuples(st.just("wait"), st.sampled_from([0, 0.02, 0.035, 0.1, 0.2, 1, 60, 90_000])),
        st.tuples(st.just("cancel"), st.integers(0, 9)),
        st.tuples(st.just("replace"), st.integers(0, 9)),
        st.tuples(st.just("cancel bracket"), st.integers(0, 3)),
        st.tuples(st.just("pin"), st.sampled_from([("4.60", "4.70"), ("1.00", "1.10"), ("9.80", "9.99")])),
        st.tuples(st.just("pin F"), st.sampled_from([("1.98", "2.00"), ("1.2", "1.3"), ("410", "411")])),
    ),
    max_size=25,
)


def act(timed: TimedBook, step: tuple[str, Any]) -> None:
    """Do one thing; a refusal is fine."""
    verb, detail = step
    orders, groups = timed.book.ledger(), timed.book.complex_history(timed.now)
    try:
        if verb == "place":
            timed.place(detail)
        elif verb == "bracket":
            timed.book.place_complex(detail, timed.now, dry_run=False)
        elif verb == "wait":
            timed.wait(detail)
        elif verb == "cancel" and orders:
            timed.book.cancel(orders[-1 - detail % len(orders)]["order-id"], timed.now)
        elif verb == "replace" and orders:
            timed.book.replace(orders[-1 - detail % len(orders)]["order-id"], TERMS, timed.now)
        elif verb == "cancel bracket" and groups:
            timed.book.cancel_complex(groups[detail % len(groups)]["id"], timed.now)
        elif verb.startswith("pin"):
            timed.market.pin("F" if verb == "pin F" else CALL, *detail)
            timed.wait(0)
    except ApiError as refused:
        assert refused.status in (400, 404, 422)  # noqa: PT017


def orders_of(timed: TimedBook) -> list[Any]:
    return timed.book.history(timed.now, query={"sort": ["Asc"]})


def check_orders(timed: TimedBook) -> None:
    fill_ids: Counter[str] = Counter()
    for shown in orders_of(timed):
        PlacedOrder(**json.loads(json.dumps(shown)))
        for each in shown["legs"]:
            done = sum(Decimal(str(fill["quantity"])) for fill in each["fills"])
            assert done + Decimal(str(each.get("remaining-quantity", 0))) == Decimal(str(each.get("quantity", 0)))
            assert Decimal(str(each.get("remaining-quantity", 0))) >= 0
            fill_ids.update(fill["fill-id"] for fill in each["fills"])
        if shown["status"] == "Filled" and shown["order-type"] != "Notional Market":
            assert any(each["remaining-quantity"] == 0 for each in shown["legs"])
        assert shown["cancellable"] is (shown["status"] in ("Received", "Contingent", "Live"))
        check_limit(shown)
    assert set(fill_ids.values()) <= {1}


def check_limit(shown: Any) -> None:
    """A limit order is never done at worse than its limit."""
    if shown["order-type"] != "Limit" or len(shown["legs"]) > 1:
        return
    limit_price = Decimal(shown["price"])
    for fill in shown["legs"][0]["fills"]:
        price = Decimal(fill["fill-price"])
        assert price <= limit_price if shown["price-effect"] == "Debit" else price >= limit_price


def check_story(timed: TimedBook) -> None:
    """Of each order, what was told in order: phases forward, times forward, one end."""
    told: dict[int, list[Any]] = {}
    for kind, shown in timed.heard:
        if kind == "Order":
            told.setdefault(shown["id"], []).append(shown)
    for story in told.values():
        for earlier, later in pairwise(story):
            assert earlier["updated-at"] < later["updated-at"]
            assert PHASES[earlier["status"]] <= PHASES[later["status"]]
            if PHASES[earlier["status"]] == 2:  # only fills of other legs, and what became of a replacement, come after
                assert earlier["status"] == later["status"]
                assert earlier["terminal-at"] == later["terminal-at"]
            for before, after in zip(earlier["legs"], later["legs"], strict=True):
                assert after["fills"][: len(before["fills"])] == before["fills"]


def check_money(timed: TimedBook) -> None:
    """Cash and positions are what the fills make of them, by a second account that only adds."""
    cash, held = Decimal(100_000), Counter[str]()
    for shown in orders_of(timed):
        for each in shown["legs"]:
            buys, is_option = each["action"].startswith("Buy"), each["instrument-type"] == "Equity Option"
            for fill in each["fills"]:
                quantity, price = Decimal(str(fill["quantity"])), Decimal(fill["fill-price"])
                held[each["symbol"]] += quantity if buys else -quantity
                cash += (-1 if buys else 1) * quantity * price * (100 if is_option else 1)
                opening = Decimal(1) if each["action"].endswith("Open") else Decimal(0)
                cash -= quantity * (opening + Decimal("0.12") if is_option else Decimal("0.001166"))
    assert timed.cash() == cash
    for symbol, quantity in held.items():
        assert timed.position(symbol) == quantity


def check_nothing_stays_reserved(timed: TimedBook) -> None:
    """Once nothing works any more, buying power is used by positions only."""
    for shown in orders_of(timed):
        act(timed, ("cancel", -1 - [row["order-id"] for row in timed.book.ledger()].index(shown["id"])))
    timed.wait(10)
    assert not [shown for shown in orders_of(timed) if PHASES[shown["status"]] < 2]
    used = Decimal(timed.book.balances(timed.now)["used-derivative-buying-power"])
    assert used == Decimal(timed.book.margin_requirements(timed.now)["margin-requirement"])


@QUICKLY
@given(steps, st.sampled_from([0.0, 0.01, 0.3]), st.sampled_from(list(Fills)))
def test_fills_statuses_and_money_add_up_whatever_happens(what, leg_gap_s, fills):
    timed = TimedBook(leg_gap_s=leg_gap_s, fills=fills)
    for step in what:
        act(timed, step)
        check_orders(timed)
    timed.wait(10)
    check_orders(timed)
    check_story(timed)
    check_money(timed)
    check_nothing_stays_reserved(timed)


@settings(QUICKLY, max_examples=15)
@given(steps, st.sampled_from([0, 0.01]))
def test_it_adds_up_in_the_exchanges_hours_with_lags_and_moving_quotes(what, routed_s):
    lag = SimulatorFault(kind=FaultKind.POSITION_LAG, seconds=1, times=None)
    timed = TimedBook(lag, now=FRIDAY_NIGHT, hours=Hours.EXCHANGE, quote_step_s=600, timings=Timings(routed_s=routed_s))
    for step in what:
        act(timed, step)
    timed.wait(3 * 86_400)
    timed.wait(10)
    check_orders(timed)
    check_story(timed)
    check_money(timed)


@settings(QUICKLY, max_examples=25)
@given(steps, st.integers(0, 3))
def test_the_same_seed_tells_the_same_story(what, seed):
    books = [TimedBook(seed=seed, quote_step_s=30), TimedBook(seed=seed, quote_step_s=30)]
    for timed in books:
        for step in what:
            act(timed, step)
    assert books[0].heard == books[1].heard
    assert books[0].book.ledger() == books[1].book.ledger()


@settings(QUICKLY, max_examples=25)
@given(steps, st.sampled_from([0.128, 20.0]))
def test_how_often_the_book_is_settled_changes_nothing(what, fill_s):
    """Settling at each due moment, as the server does, and only when asked tell the same."""
    seldom, often = (TimedBook(quote_step_s=7, quote_move=5.0, timings=Timings(fill_s=fill_s)) for _ in range(2))
    for step in what:
        act(seldom, step)
        verb, detail = step
        if verb != "wait" or detail > 100:
            act(often, step)
            continue
        until = seldom.now
        while (due := often.book.next_due(often.now)) is not None and due <= until:
            often.wait((due - often.now).total_seconds())
        often.wait((until - often.now).total_seconds())
    strip = [[told for told in timed.heard if told[0] == "Order"] for timed in (seldom, often)]
    assert strip[0] == strip[1]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KEYS = [
    "order-type", "time-in-force", "legs", "price", "price-effect", "stop-trigger", "gtc-date", "value",
    "value-effect", "source", "external-identifier", "behavior", "schedule", "delay", "advanced-instructions",
    "preflight-id", "partition-key", "rules",
]  # fmt: skip
LEG_KEYS = ["instrument-type", "symbol", "action", "quantity"]


@st.composite
def spoilt(draw: Any) -> Any:
    """A good body with some of it replaced by anything."""
    body = draw(bodies())
    for key in draw(st.lists(st.sampled_from(KEYS), max_size=3)):
        body = body | {key: draw(json_values)}
    if draw(st.booleans()) and isinstance(body.get("legs"), list) and body["legs"]:
        first = body["legs"][0]
        for key in draw(st.lists(st.sampled_from(LEG_KEYS), max_size=2)):
            first = first | {key: draw(json_values)}
        body = body | {"legs": [first, *body["legs"][1:]]}
    return body


@settings(QUICKLY, max_examples=150)
@given(st.one_of(json_values, spoilt()))
def test_any_body_is_answered_or_refused_in_the_wires_words(body):
    timed = TimedBook()
    number = timed.place(limit("2", "Debit", leg("Buy to Open", "F"), tif="GTC"))
    for ask in (
        lambda: timed.book.dry_run(body, timed.now),
        lambda: timed.book.place(body, timed.now),
        lambda: timed.book.replace_dry_run(number, body, timed.now),
        lambda: timed.book.edit(number, body, timed.now),
        lambda: timed.book.place_complex(body, timed.now, dry_run=False),
        lambda: timed.book.place_complex(
            {"type": "OTO", "trigger-order": body, "orders": [body]}, timed.now, dry_run=False
        ),
    ):
        try:
            answer = ask()
        except ApiError as refused:
            assert (refused.status in (400, 422), bool(json.dumps(refused.errors))) == (True, True)  # noqa: PT017
        else:
            assert isinstance(answer, dict)
    timed.wait(200_000)
    json.dumps([timed.book.live(timed.now), timed.book.complex_live(timed.now)], allow_nan=False)


QUERY_KEYS = ["start-date", "end-date", "start-at", "end-at", "status[]", "sort", "snapshot-date", "symbol", "type"]


@settings(QUICKLY, max_examples=100)
@given(st.dictionaries(st.sampled_from(QUERY_KEYS), st.lists(st.text(max_size=12), max_size=2)))
def test_any_query_is_answered_or_refused_in_the_wires_words(query):
    timed = TimedBook()
    timed.place(market_order(leg("Buy to Open")))
    for ask in (timed.book.history, timed.book.transactions, timed.book.positions, timed.book.balance_snapshots):
        try:
            assert isinstance(ask(timed.now, query=query), list)
        except ApiError as refused:
            assert refused.status == 400  # noqa: PT017


def test_a_clock_turned_far_does_not_take_long():
    timed = TimedBook(quote_step_s=0.5)
    number = timed.place(limit("2", "Debit", leg("Buy to Open", "F"), tif="GTC"))
    timed.wait(30 * 86_400)
    assert timed.status(number) == "Live"
    assert datetime.fromisoformat(timed.book.balances(timed.now)["updated-at"]) == timed.now


@pytest.mark.parametrize("count", [200])
def test_many_orders_at_once_each_find_their_end(count):
    timed = TimedBook()
    numbers = [timed.place(market_order(leg("Buy to Open", "F"))) for _ in range(count)]
    timed.wait(1)
    assert {timed.status(number) for number in numbers} == {"Filled"}
    assert timed.position("F") == count
