"""Whether an order only takes risk away: a close that uncovers something is an opening sale."""

from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tastyflow.domain.instruments import Equity, Right
from tastyflow.domain.risk.exits import reduces_risk, uncovers
from tastyflow.domain.risk.worst_case import NOTHING, Trade, order_risk
from tastyflow.domain.ticket import Action, Leg, OrderType, Ticket
from tests.domain.books import LATER, dice_of, random_book
from tests.domain.makers import leg, limit, option

SPY = Equity("SPY")
PUT = Right.PUT
PUT_SPREAD = Trade({option("435", PUT): -5, option("440", PUT): 5}, Decimal(-600))
CALL_SPREAD_SOLD = Trade({option("450"): -1, option("460"): 1}, Decimal(300))
COVERED_CALL = Trade({SPY: 100, option("455"): -1}, Decimal(-44_000))
BUTTERFLY = Trade({option("450"): 1, option("460"): -2, option("470"): 1}, Decimal(-66))
CALENDAR = Trade({option("450"): -1, option("450", expiration=LATER): 1}, Decimal(-200))
CONDOR = Trade({option("435", PUT): -1, option("430", PUT): 1, option("465"): -1, option("470"): 1}, Decimal(193))
BOX = Trade({option("440"): 1, option("450"): -1, option("450", PUT): 1, option("440", PUT): -1}, Decimal(-900))
GUTS = Trade({option("440"): 1, option("460", PUT): 1}, Decimal(-2500))


def buys(n, *what, **more) -> Leg:
    return leg("buy_to_close", n, what[0] if isinstance(what[0], Equity) else option(*what, **more))


def sells(n, *what, **more) -> Leg:
    return leg("sell_to_close", n, what[0] if isinstance(what[0], Equity) else option(*what, **more))


def order(*legs: Leg, price: str = "1") -> Ticket:
    return limit(*legs, price=price, effect="debit" if all(leg.action.buys for leg in legs) else "credit")


@pytest.mark.parametrize(
    ("held", "legs"),
    [
        (Trade({option("450"): 10}, Decimal(-2500)), [sells(10, "450")]),
        (Trade({option("450"): 10}, Decimal(-2500)), [sells(4, "450")]),
        (Trade({option("450"): -1}, Decimal(500)), [buys(1, "450")]),
        (Trade({option("450", PUT): -2}, Decimal(500)), [buys(1, "450", PUT)]),
        (Trade({SPY: 300}, Decimal(-132_000)), [sells(250, SPY)]),
        (Trade({SPY: -300}, Decimal(132_000)), [buys(300, SPY)]),
        (Trade({SPY: -100, option("440", PUT): -1}, Decimal(45_000)), [buys(100, SPY)]),  # a loss without end, ended
        (PUT_SPREAD, [sells(5, "440", PUT), buys(5, "435", PUT)]),
        (PUT_SPREAD, [sells(2, "440", PUT), buys(2, "435", PUT)]),
        (PUT_SPREAD, [buys(5, "435", PUT)]),
        (CALL_SPREAD_SOLD, [buys(1, "450"), sells(1, "460")]),
        (COVERED_CALL, [buys(1, "455")]),
        (COVERED_CALL, [sells(100, SPY), buys(1, "455")]),
        (BUTTERFLY, [sells(1, "450"), buys(2, "460"), sells(1, "470")]),
        (CALENDAR, [buys(1, "450"), sells(1, "450", expiration=LATER)]),
        (CALENDAR, [buys(1, "450")]),
        (CONDOR, [buys(1, "435", PUT), sells(1, "430", PUT)]),
        (CONDOR, [buys(1, "465"), sells(1, "470")]),
        (BOX, [sells(1, "440"), buys(1, "450"), sells(1, "450", PUT), buys(1, "440", PUT)]),
        (GUTS, [sells(1, "440"), sells(1, "460", PUT)]),
    ],
)
def test_closing_what_covers_nothing_only_takes_risk_away(held, legs):
    ticket = order(*legs)
    assert reduces_risk(ticket, held)
    for price in ("0.01", "900"):  # whatever the price
        assert reduces_risk(evolve(ticket, price=Decimal(price)), held)
    unpriced = legs if len(legs) == 1 else []
    assert all(reduces_risk(Ticket((one,), OrderType.MARKET), held) for one in unpriced)


@pytest.mark.parametrize(
    ("held", "legs"),
    [
        (PUT_SPREAD, [sells(4, "440", PUT)]),  # four naked puts
        (PUT_SPREAD, [sells(5, "440", PUT), buys(4, "435", PUT)]),
        (COVERED_CALL, [sells(100, SPY)]),
        (COVERED_CALL, [sells(1, SPY)]),
        (CALL_SPREAD_SOLD, [sells(1, "460")]),
        (BUTTERFLY, [sells(1, "450")]),
        (BUTTERFLY, [sells(1, "450"), buys(1, "460")]),  # leaves the sold half
        (CALENDAR, [sells(1, "450", expiration=LATER)]),
        (CONDOR, [sells(1, "430", PUT)]),
        (CONDOR, [sells(1, "430", PUT), sells(1, "470")]),
    ],
)
def test_closing_what_covers_another_is_an_opening_sale(held, legs):
    assert not reduces_risk(order(*legs), held)
    assert uncovers(order(*legs), held)


def test_what_a_working_order_counts_on_is_covered_too():
    shares = Trade({SPY: 100}, Decimal(-44_000))
    call = Trade.of(limit(leg("sell_to_open", 1, option("455")), price="2", effect="credit"), {})
    assert reduces_risk(order(sells(100, SPY)), shares)
    assert not reduces_risk(order(sells(100, SPY)), shares, (call,))


def test_an_order_that_opens_anything_is_no_exit():
    shares = Trade({SPY: 100}, Decimal(-44_000))
    protective = limit(leg("buy_to_open", 1, option("430", PUT)), price="1")
    roll = limit(sells(1, "450"), leg("buy_to_open", 1, option("460")), price="1", effect="credit")
    assert not reduces_risk(protective, shares)
    assert not reduces_risk(roll, Trade({option("450"): 1}, Decimal(-250)))
    assert not uncovers(roll, Trade({option("450"): 1}, Decimal(-250)))


HELD = st.builds(lambda seed, days: random_book(dice_of(seed), 3, days).as_trade(), st.integers(), st.just((LATER,)))


@given(HELD, st.integers(1, 4))
def test_closing_a_position_whole_is_always_an_exit(held, part):
    legs = [
        Leg(Action.SELL_TO_CLOSE if quantity > 0 else Action.BUY_TO_CLOSE, abs(quantity), instrument)
        for instrument, quantity in held.amounts.items()
        if quantity
    ]
    if not legs or sum(isinstance(each.instrument, Equity) for each in legs) > 1:
        return
    closing = Ticket(tuple(legs), OrderType.LIMIT, Decimal(part), order(*legs).price_effect)
    assert reduces_risk(closing, held)


@given(HELD, HELD)
def test_an_exit_at_a_fair_price_never_adds_to_the_worst_case(held, working):
    for instrument, quantity in held.amounts.items():
        if not quantity:
            continue
        one = Leg(Action.SELL_TO_CLOSE if quantity > 0 else Action.BUY_TO_CLOSE, abs(quantity), instrument)
        closing = Trade({instrument: -quantity}, Decimal(0))
        if not reduces_risk(order(one), held, (working,)):
            continue
        if can_be_short(held, working, closing):
            assert not order_risk(closing, held, (working,)).is_worse
        else:  # what was paid for it all is the most that can be lost
            paid_usd = -(held.cash_usd + min(working.cash_usd, Decimal(0)))
            assert order_risk(closing, held, (working,)).after.counted_usd <= max(paid_usd, Decimal(0))


def can_be_short(held, *trades):
    instruments = {instrument for trade in (held, *trades) for instrument in trade.amounts}
    sold = {each: sum(min(trade.amounts.get(each, 0), 0) for trade in trades) for each in instruments}
    return any(held.amounts.get(each, 0) + sold[each] < 0 for each in instruments)


STRADDLES = Trade({option("430", PUT): 1, option("430"): 1, option("470", PUT): 1, option("470"): 1}, Decimal(-4_100))
"""Together never worth less than forty dollars a share; each leg alone may be worth nothing."""


@pytest.mark.parametrize(("strike", "right"), [("430", PUT), ("430", Right.CALL), ("470", PUT), ("470", Right.CALL)])
def test_where_nothing_is_short_each_long_option_can_be_sold_by_itself(strike, right):
    assert reduces_risk(order(sells(1, strike, right)), STRADDLES)
    assert reduces_risk(order(sells(1, strike, right)), STRADDLES, (Trade({option("450"): 1}, Decimal(-500)),))


def test_what_a_working_sale_may_need_as_its_cover_is_no_exit():
    writing = Trade({option("480"): -1}, Decimal(100))
    assert not reduces_risk(order(sells(1, "470")), Trade({option("470"): 1}, Decimal(-300)), (writing,))


def test_from_nothing_held_a_close_is_no_exit():
    assert not reduces_risk(order(sells(1, "450")), NOTHING)
    assert not reduces_risk(order(sells(100, SPY)), NOTHING)
