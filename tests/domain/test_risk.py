"""What an order can cost, counted on the safe side, and the limits it must keep to the unit."""

from decimal import Decimal
from itertools import permutations

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tastyflow.domain.events import derived_id
from tastyflow.domain.instruments import Equity, Right
from tastyflow.domain.risk.limits import Breach, breaches
from tastyflow.domain.risk.worst_case import contracts, notional_usd, shares
from tastyflow.domain.ticket import Action, OrderType, PriceEffect, Ticket, TimeInForce
from tastyflow.domain.trader import Limits, Permission, Trader
from tests.domain.makers import EXPIRY, leg, limit, option, registered, why
from tests.domain.strategies import tickets

SPY = Equity("SPY")
CALL, PUT = Right.CALL, Right.PUT
LATER = EXPIRY.replace(year=2027)


def unpriced(kind: str, *legs, stop: str | None = None) -> Ticket:
    return Ticket(legs, OrderType(kind), stop=None if stop is None else Decimal(stop))


def bto(n: int, strike: str, right: Right = CALL, **more):
    return leg("buy_to_open", n, option(strike, right, **more))


def sto(n: int, strike: str, right: Right = CALL, **more):
    return leg("sell_to_open", n, option(strike, right, **more))


def btc(n: int, strike: str, right: Right = CALL):
    return leg("buy_to_close", n, option(strike, right))


def stc(n: int, strike: str, right: Right = CALL):
    return leg("sell_to_close", n, option(strike, right))


# What it costs or obliges to

ASKS = {option("450"): Decimal("2.60"), SPY: Decimal(450)}


@pytest.mark.parametrize(
    ("ticket", "dollars"),
    [
        # bought: what is paid
        (limit(bto(10, "450"), price="2.50"), 2500),
        (limit(bto(3, "450", PUT), price="0.01"), 3),
        (limit(leg("buy_to_open", 7, SPY), price="450"), 3150),
        (unpriced("market", bto(10, "450")), 2600),
        (unpriced("market", leg("buy_to_open", 7, SPY)), 3150),
        (unpriced("stop", bto(10, "450"), stop="3"), 3000),
        # sold: what it obliges to
        (limit(sto(2, "450", PUT), price="5", effect="credit"), 90_000),
        (limit(sto(2, "450"), price="5", effect="credit"), 90_000),
        (unpriced("market", sto(1, "450")), 45_000),
        (limit(leg("sell_to_open", 10, SPY), price="440", effect="credit"), 4500),  # shares at what they cost now
        (limit(leg("sell_to_open", 10, SPY), price="460", effect="credit"), 4600),
        (unpriced("market", leg("sell_to_open", 10, SPY)), 4500),
        (unpriced("stop", leg("sell_to_open", 10, SPY), stop="440"), 4500),
        (unpriced("stop", leg("sell_to_open", 10, SPY), stop="460"), 4600),
        # verticals: covered
        (limit(bto(5, "450"), sto(5, "460"), price="4"), 2000),  # a debit spread costs its debit
        (limit(bto(5, "460", PUT), sto(5, "450", PUT), price="4"), 2000),
        (limit(sto(5, "450"), bto(5, "460"), price="3", effect="credit"), 5000),  # a credit spread risks its width
        (limit(sto(5, "460", PUT), bto(5, "450", PUT), price="3", effect="credit"), 5000),
        (limit(bto(1, "450"), sto(2, "460"), bto(1, "470"), price="2"), 1200),  # a butterfly
        (limit(sto(1, "450", expiration=EXPIRY), bto(1, "450", expiration=LATER), price="6"), 600),  # a calendar
        # covered no further than there is cover
        (limit(bto(1, "450"), sto(2, "460"), price="1", effect="credit"), 46_000),
        (limit(bto(1, "450"), sto(10, "460"), price="1"), 100 + 9 * 46_000),
        (limit(bto(1, "450"), sto(1, "455"), sto(1, "460"), price="1", effect="credit"), 46_000),
        (limit(sto(1, "450"), bto(1, "460", PUT), price="1"), 45_100),  # a put covers no call
        (limit(sto(1, "450", expiration=LATER), bto(1, "450"), price="1", effect="credit"), 45_000),  # gone before
        (limit(sto(1, "450", root="SPXW"), bto(1, "450", root="SPX"), price="1", effect="credit"), 45_000),  # AM
        (limit(btc(1, "450"), sto(1, "460"), price="1", effect="credit"), 46_000),  # what is closed covers nothing
        # shares and calls
        (limit(leg("buy_to_open", 100, SPY), sto(1, "455"), price="440"), 44_000),
        (limit(leg("buy_to_open", 199, SPY), sto(2, "455"), price="440"), 44_000 + 45_500),
        (limit(leg("buy_to_open", 100, SPY), sto(1, "440", PUT), price="440"), 44_000 + 44_000),
        # closing is free
        (limit(stc(10, "450"), price="2.50", effect="credit"), 0),
        (limit(btc(10, "450"), price="2.50"), 0),
        (unpriced("market", stc(10, "450")), 0),
        (limit(stc(5, "450"), btc(5, "460"), price="4", effect="credit"), 0),
        (limit(leg("sell_to_close", 100, SPY), price="440", effect="credit"), 0),
    ],
)  # fmt: skip
def test_what_an_order_can_cost(ticket, dollars):
    assert notional_usd(ticket, ASKS) == dollars
    for legs in permutations(ticket.legs):
        assert notional_usd(evolve(ticket, legs=legs), ASKS) == dollars  # in whatever order the legs are written


@pytest.mark.parametrize(
    "ticket",
    [
        unpriced("market", bto(1, "450")),
        unpriced("market", leg("sell_to_open", 10, SPY)),
        limit(leg("sell_to_open", 100, SPY), bto(1, "450"), price="440", effect="credit"),
    ],
)
def test_without_a_price_that_is_needed_nothing_is_counted_as_free(ticket):
    with pytest.raises(KeyError):
        notional_usd(ticket, {})


def prices_of(ticket: Ticket, price: Decimal) -> dict:
    return {leg.instrument: price for leg in ticket.legs}


@given(tickets(), st.decimals(0, 1000, places=2))
def test_the_cost_is_never_negative(ticket, price):
    assert notional_usd(ticket, prices_of(ticket, price)) >= 0


@given(tickets(quantities=st.integers(1, 50)), st.integers(2, 9))
def test_n_times_the_order_is_n_times_the_cost(ticket, times):
    if any(isinstance(leg.instrument, Equity) for leg in ticket.legs) and len(ticket.legs) > 1:
        return  # cover by shares goes in hundreds
    prices = prices_of(ticket, Decimal(3))
    more = evolve(ticket, legs=tuple(evolve(leg, quantity=leg.quantity * times) for leg in ticket.legs))
    assert notional_usd(more, prices) == times * notional_usd(ticket, prices)


STRIKES = st.sampled_from(["90", "95", "100", "105", "110", "120"])


@st.composite
def combinations(draw):
    """Options opened on one day, at a price between nothing and the widest spread."""
    instruments = draw(st.lists(st.tuples(STRIKES, st.sampled_from(Right)), min_size=1, max_size=4, unique=True))
    legs = []
    for strike, right in instruments:
        action = draw(st.sampled_from(["buy_to_open", "sell_to_open"]))
        legs.append(leg(action, draw(st.integers(1, 4)), option(strike, right)))
    sides = {leg.action.buys for leg in legs}
    effect = draw(st.sampled_from(["debit", "credit"])) if len(sides) == 2 else "debit" if True in sides else "credit"
    return limit(*legs, price=draw(st.sampled_from(["0.05", "1", "4.50", "20"])), effect=effect)


def lost_at_expiry(ticket: Ticket, at: Decimal) -> Decimal:
    """What is lost when the underlying ends *at*, by the definition of options: the boring oracle."""
    paid = ticket.price * ticket.units * 100 * (1 if ticket.price_effect is PriceEffect.DEBIT else -1)
    value = Decimal(0)
    for one in ticket.legs:
        strike = one.instrument.strike
        worth = max(Decimal(0), at - strike if one.instrument.right is CALL else strike - at)
        value += worth * one.quantity * 100 * (1 if one.action.buys else -1)
    return paid - value


@given(combinations())
def test_no_less_is_counted_than_can_be_lost_at_expiry(ticket):
    calls = sum((1 if one.action.buys else -1) * one.quantity for one in ticket.legs if one.instrument.right is CALL)
    counted = notional_usd(ticket, {})
    ends = [Decimal(0), *(one.instrument.strike for one in ticket.legs)]
    if calls >= 0:
        ends.append(Decimal(10_000))
        assert counted >= max(lost_at_expiry(ticket, end) for end in ends)
    else:  # no end to it: every uncovered call counts its strike, at least
        assert counted >= -calls * 100 * min(one.instrument.strike for one in ticket.legs)


@pytest.mark.parametrize(
    ("legs", "most", "many"),
    [
        ((bto(10, "450"),), 10, 0),
        ((bto(1, "450"), sto(3, "460")), 3, 0),
        ((leg("buy_to_open", 300, SPY),), 0, 300),
        ((leg("buy_to_open", 100, SPY), sto(1, "455")), 1, 100),
    ],
)
def test_contracts_are_of_the_largest_leg_and_shares_are_shares(legs, most, many):
    ticket = limit(*legs, price="1")
    assert (contracts(ticket), shares(ticket)) == (most, many)


# Limits, to the unit

EVERYTHING = frozenset(Permission)
ORDER = derived_id("order", "cli", "1")


def found(ticket: Ticket, limits: Limits, notional: int | str = 0, **more) -> tuple[Breach, ...]:
    trader = more.pop("trader", None) or registered(permissions=EVERYTHING)
    return breaches(ticket, evolve(trader, limits=limits), Decimal(notional), **more)


@pytest.mark.parametrize(("asked", "over"), [(9, False), (10, False), (11, True)])
def test_contracts_are_limited_per_order(asked, over):
    assert found(limit(bto(asked, "450"), price="1"), Limits(max_contracts=10)) == (
        (Breach("over_limit", "11 contracts is over demo's limit of 10 an order.", "Ask for 10 or fewer.", 10),)
        if over
        else ()
    )


@pytest.mark.parametrize(("asked", "over"), [(499, False), (500, False), (501, True)])
def test_shares_are_limited_per_order(asked, over):
    hit = found(limit(leg("buy_to_open", asked, SPY), price="1"), Limits(max_shares=500))
    assert [breach.allowed_units for breach in hit] == ([500] if over else [])


@pytest.mark.parametrize(("notional", "over"), [("9999.99", False), ("10000", False), ("10000.01", True)])
def test_dollars_are_limited_per_order(notional, over):
    hit = found(limit(bto(10, "450"), price="1"), Limits(max_notional_usd=Decimal(10_000)), notional)
    assert [(breach.code, breach.allowed_units) for breach in hit] == ([("over_limit", 9)] if over else [])


@pytest.mark.parametrize(("notional", "over"), [("999.99", False), ("1000", False), ("1000.01", True)])
def test_dollars_are_limited_over_all_open_orders(notional, over):
    trader = registered(permissions=EVERYTHING)
    trader = trader.evolved(trader.reserve(ORDER, contracts=1, notional_usd=Decimal(4000), why=why()))
    limits = Limits(max_open_notional_usd=Decimal(5000))
    hit = found(limit(bto(1, "450"), price="1"), limits, notional, trader=trader)
    assert [breach.message for breach in hit] == (
        ["With the open orders that is $5,000.01; the limit is $5,000.00."] if over else []
    )


def test_what_an_order_holds_already_is_not_counted_twice():
    trader = registered(permissions=EVERYTHING)
    trader = trader.evolved(trader.reserve(ORDER, contracts=1, notional_usd=Decimal(4000), why=why()))
    limits = Limits(max_open_notional_usd=Decimal(4000))
    ticket = limit(bto(1, "450"), price="1")
    assert found(ticket, limits, 4000, trader=trader, holding=Decimal(4000)) == ()
    assert len(found(ticket, limits, 4000, trader=trader)) == 1


@pytest.mark.parametrize(
    ("symbols", "refused"), [(None, False), (("SPY",), False), (("QQQ", "IWM"), True), ((), True), (("SPYG",), True)]
)
def test_underlyings_can_be_limited_to_a_list(symbols, refused):
    hit = found(limit(bto(1, "450"), price="1"), Limits(symbols=symbols))
    assert [breach.code for breach in hit] == (["symbol_not_allowed"] if refused else [])


def test_the_list_names_underlyings_as_traders_write_them():
    weekly = limit(bto(1, "4000", root="SPXW"), price="1")
    assert found(weekly, Limits(symbols=("SPX",))) == ()
    assert found(limit(leg("buy_to_open", 1, Equity("BRK/B")), price="1"), Limits(symbols=("BRK.B",))) == ()
    (hit,) = found(weekly, Limits(symbols=("SPXW",)))
    assert hit.message == "SPX is not on demo's list."


def test_a_list_is_told_as_far_as_it_goes():
    ticket = limit(bto(1, "450"), price="1")
    assert [b.hint for b in found(ticket, Limits(symbols=("QQQ", "IWM")))] == ["Allowed: QQQ, IWM."]
    assert [b.hint for b in found(ticket, Limits(symbols=()))] == ["Allowed: none."]


def test_where_not_even_one_would_fit_no_quantity_is_offered():
    ticket = limit(bto(2, "450"), price="1")
    hit = found(ticket, Limits(max_contracts=0, max_notional_usd=Decimal(50)), 200)
    assert [breach.allowed_units for breach in hit] == [None, None]


# Permission


@pytest.mark.parametrize(
    ("legs", "effect"),
    [
        ((sto(1, "450"),), "credit"),
        ((sto(1, "450", PUT),), "credit"),
        ((bto(1, "450"), sto(1, "460")), "debit"),
        ((leg("buy_to_open", 100, SPY), sto(1, "460")), "debit"),
        ((btc(1, "450"), sto(1, "460")), "credit"),
        ((leg("sell_to_open", 100, SPY),), "credit"),
    ],
)
def test_selling_to_open_wants_a_permission_of_its_own(legs, effect):
    ticket = limit(*legs, price="1", effect=effect)
    assert [b.message for b in breaches(ticket, registered(), Decimal(0))] == ["demo may not sell to open."]
    assert breaches(ticket, registered(permissions=EVERYTHING), Decimal(0)) == ()


def test_selling_to_close_wants_no_more_than_the_permission_to_trade():
    roll = limit(stc(1, "450"), bto(1, "460"), price="1")
    assert breaches(roll, registered(), Decimal(0)) == ()


def test_without_permission_to_trade_nothing_is_traded_not_even_a_close():
    trader = registered(permissions=EVERYTHING - {Permission.TRADE})
    for ticket in (limit(bto(1, "450"), price="1"), limit(stc(1, "450"), price="1", effect="credit")):
        assert [breach.code for breach in breaches(ticket, trader, Decimal(0))] == ["not_permitted"]


def test_for_a_suspended_trader_nothing_is_placed():
    trader = evolve(registered(), suspended=True)
    for ticket in (limit(bto(1, "450"), price="1"), limit(stc(1, "450"), price="1", effect="credit")):
        assert [breach.code for breach in breaches(ticket, trader, Decimal(0))] == ["suspended"]


def test_every_breach_is_told_at_once():
    ticket = limit(sto(11, "450"), price="1", effect="credit")
    trader = evolve(registered(permissions=()), suspended=True)
    trader = evolve(trader, limits=Limits(0, 0, Decimal(0), Decimal(0), ()))
    codes = [breach.code for breach in breaches(ticket, trader, Decimal(1))]
    assert codes == ["suspended", "not_permitted", "not_permitted", "symbol_not_allowed", *["over_limit"] * 3]


CLOSING = tickets().filter(lambda ticket: not ticket.opens)


@given(CLOSING, st.integers(0, 10**9))
def test_getting_out_is_never_limited(ticket, notional):
    nothing = Limits(0, 0, Decimal(0), Decimal(0), ())
    assert breaches(ticket, registered(nothing), Decimal(notional)) == ()


@given(tickets(quantities=st.integers(1, 200)), st.integers(1, 30), st.integers(1, 20_000))
def test_the_quantity_that_is_offered_instead_is_within_the_limit(ticket, most, dollars):
    limits = Limits(most, 10**6, Decimal(dollars), Decimal(10**12))
    prices = prices_of(ticket, Decimal("1.37"))
    hit = found(ticket, limits, str(notional_usd(ticket, prices)))
    offers = [breach.allowed_units for breach in hit if breach.allowed_units]
    if not hit or len(ticket.legs) > 1 or len(offers) < len(hit):
        return
    smaller = evolve(ticket, legs=(evolve(ticket.legs[0], quantity=min(offers)),))
    assert found(smaller, limits, str(notional_usd(smaller, prices))) == ()


# Two at once


@given(st.lists(st.integers(1, 4000), min_size=2, max_size=12))
def test_orders_decided_one_after_the_other_never_pass_one_limit_together(amounts):
    limits = Limits(max_open_notional_usd=Decimal(5000))
    trader: Trader = registered(limits)
    ticket, passed = limit(bto(1, "450"), price="1"), 0
    for number, dollars in enumerate(amounts):
        fits = passed + dollars <= 5000
        assert (breaches(ticket, trader, Decimal(dollars)) == ()) == fits
        if fits:
            order = derived_id("order", "cli", str(number))
            trader = trader.evolved(trader.reserve(order, contracts=1, notional_usd=Decimal(dollars), why=why()))
            passed += dollars
        assert trader.reserved_notional_usd == passed <= 5000


def test_the_ways_in_and_out_are_what_they_say():
    assert {action for action in Action if action.opens} == {Action.BUY_TO_OPEN, Action.SELL_TO_OPEN}
    assert {action for action in Action if action.buys} == {Action.BUY_TO_OPEN, Action.BUY_TO_CLOSE}
    assert TimeInForce().until is None
