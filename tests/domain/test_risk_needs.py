"""What an order needs of its trader's permissions: by its own legs, what is held, what could fill, and the cash."""

from datetime import timedelta
from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import assume, given
from hypothesis import strategies as st

from tastyflow.domain.instruments import Right
from tastyflow.domain.policy import Policy
from tastyflow.domain.risk.checks import checks_of
from tastyflow.domain.risk.codes import RiskCode
from tastyflow.domain.risk.cover import matched
from tastyflow.domain.risk.needs import SELLING, permissions_needed
from tastyflow.domain.risk.outcomes import RiskOutcome
from tastyflow.domain.risk.worst_case import NOTHING, Trade, order_risk, worst_case
from tastyflow.domain.ticket import OrderType, PriceEffect, Ticket
from tastyflow.domain.trader import Permission
from tastyflow.domain.trader.permissions import GRANTABLE, TRADING, may, with_included
from tests.domain.books import LATER
from tests.domain.facts import SPY, account, facts
from tests.domain.makers import EXPIRY, leg, limit, option, registered

CALL, PUT = Right.CALL, Right.PUT
COVERED, LONG, SPREADS = Permission.COVERED, Permission.LONG_OPTIONS, Permission.SPREADS
SHORT, SHARES, MARKET = Permission.SHORT_OPTIONS, Permission.SHARES, Permission.MARKET_ORDERS
STO, BTO, STC, BTC = "sell_to_open", "buy_to_open", "sell_to_close", "buy_to_close"
ZERO = Decimal(0)


def ticket(*legs, price="1") -> Ticket:
    """A ticket of *legs*; one that only sells is for a credit."""
    made = tuple(leg(*each) for each in legs)
    return limit(*made, price=price, effect="debit" if any(each.action.buys for each in made) else "credit")


def needed(*legs, held=None, could_fill=(), cash=0, **more) -> set[Permission]:
    made = legs[0] if isinstance(legs[0], Ticket) else ticket(*legs)
    known = {"held": Trade(held or {}, ZERO), "could_fill": could_fill, "balances": account(cash)} | more
    return set(permissions_needed(facts(made, **known)))


C450, C460, C470 = option("450"), option("460"), option("470")
P430, P440, P450 = (option(strike, PUT) for strike in ("430", "440", "450"))
C450_LATER, C460_LATER = option("450", expiration=LATER), option("460", expiration=LATER)


@pytest.mark.parametrize(
    ("legs", "needs"),
    [
        pytest.param([(BTO, 1, C450)], {LONG}, id="a call"),
        pytest.param([(BTO, 1, C450), (BTO, 1, P450)], {LONG}, id="a straddle, bought"),
        pytest.param([(BTO, 1, C450), (STO, 1, C460)], {SPREADS}, id="a vertical, bought"),
        pytest.param([(STO, 1, C450), (BTO, 1, C460)], {SPREADS}, id="a vertical, sold"),
        pytest.param([(STO, 1, P450), (BTO, 1, P440)], {SPREADS}, id="a put vertical, sold"),
        pytest.param([(BTO, 1, P430), (STO, 1, P440), (STO, 1, C460), (BTO, 1, C470)], {SPREADS}, id="an iron condor"),
        pytest.param([(BTO, 1, C450), (STO, 2, C460), (BTO, 1, C470)], {SPREADS}, id="a butterfly"),
        pytest.param([(STO, 1, C450), (BTO, 1, C450_LATER)], {SPREADS}, id="a calendar"),
        pytest.param([(BTO, 1, C450), (STO, 1, C450_LATER)], {LONG, SHORT}, id="a calendar, sold"),
        pytest.param([(STO, 1, C450), (BTO, 2, C460)], {SPREADS}, id="a backspread"),
        pytest.param([(BTO, 1, C450), (STO, 2, C460)], {SHORT}, id="a ratio spread"),
        pytest.param([(BTO, 1, C450), (STO, 1, P440)], {LONG, SHORT}, id="a risk reversal: a put is no cover"),
        pytest.param([(STO, 1, C450)], {SHORT}, id="a naked call"),
        pytest.param([(STO, 1, P450)], {SHORT}, id="a naked put"),
        pytest.param([(STO, 1, C460), (STO, 1, P440)], {SHORT}, id="a strangle, sold"),
        pytest.param([(BTO, 100, SPY)], {SHARES}, id="shares"),
        pytest.param([(STO, 100, SPY)], {SHARES, SHORT}, id="shares, sold short"),
        pytest.param([(BTO, 100, SPY), (STO, 1, C460)], {SHARES, COVERED}, id="a covered call"),
        pytest.param([(BTO, 99, SPY), (STO, 1, C460)], {SHARES, SHORT}, id="one share too few"),
    ],
)
def test_what_an_order_needs_by_its_own_legs(legs, needs):
    assert needed(*legs) == needs


@pytest.mark.parametrize(("held", "needs"), [(199, {SHORT}), (200, {COVERED}), (201, {COVERED}), (-200, {SHORT})])
def test_a_sold_call_is_covered_by_a_hundred_shares(held, needs):
    assert needed((STO, 2, C460), held={SPY: held}) == needs


@pytest.mark.parametrize(("cash", "needs"), [("89999.99", {SHORT}), (90_000, {COVERED}), ("90000.01", {COVERED})])
def test_a_sold_put_is_covered_by_its_strike_in_cash(cash, needs):
    assert needed((STO, 2, P450), cash=cash) == needs


@pytest.mark.parametrize(
    ("more", "needs"),
    [
        ({"held": {P440: -1}}, {SHORT}),
        ({"could_fill": (Trade({P440: -1}, ZERO),)}, {SHORT}),
        ({"put_cash_elsewhere_usd": Decimal("0.01")}, {SHORT}),
        ({"put_cash_elsewhere_usd": None}, {SHORT}),
        ({"balances": None}, {SHORT}),
        ({"held": {P440: -1, P430: 1}}, {COVERED}),  # a spread that is held has a bound of its own
        ({"could_fill": (Trade({P440: -1, P430: 1}, ZERO),)}, {COVERED}),
        ({"held": {C450: -1, SPY: 100}}, {COVERED}),
    ],
)
def test_cash_covers_one_put_only(more, needs):
    assert needed((STO, 1, P450), **({"cash": 45_000} | more)) == needs


@pytest.mark.parametrize(
    ("more", "needs"),
    [
        ({"held": {SPY: 100, C450: -1}}, {SHORT}),
        ({"held": {SPY: 200, C450: -1}}, {COVERED}),
        ({"held": {SPY: 100, C450: -1, C470: 1}}, {COVERED}),
        ({"could_fill": (Trade({C470: -1}, ZERO),)}, {SHORT}),
        ({"could_fill": (Trade({SPY: -1}, ZERO),)}, {SHORT}),
        ({"could_fill": (Trade({SPY: 100}, ZERO),), "held": {}}, {SHORT}),  # it may never fill
        ({"could_fill": (Trade({SPY: 100, C470: -1}, ZERO),)}, {COVERED}),  # one that covers itself
        ({"held": None}, {SHORT}),
    ],
)
def test_shares_cover_one_call_only(more, needs):
    made = ticket((STO, 1, C460))
    if "held" in more and more["held"] is None:
        assert set(permissions_needed(facts(made, held=None))) == needs
        return
    assert needed(made, **({"held": {SPY: 100}} | more)) == needs


def test_an_adjusted_call_is_covered_by_no_shares():
    adjusted = option("460", root="SPY7")
    assert needed((STO, 1, adjusted), held={SPY: 1000}) == {SHORT}


def test_a_bought_option_that_is_only_held_is_no_leg_of_the_order():
    assert needed((STO, 1, C460), held={C450: 1}) == {SHORT}


def test_an_option_on_vix_bounds_only_what_settles_with_it():
    near, far = (option("20", root="VIX", expiration=day) for day in (EXPIRY, LATER))
    assert matched({near: 1}, {far: 1}).sold == {near: 1}
    assert matched({near: 1}, {option("25", root="VIX"): 1}).sold == {}


def test_options_that_settle_in_the_morning_bound_nothing_until_the_afternoon():
    morning, afternoon = option("4000", root="SPX"), option("4010", root="SPXW")
    assert matched({afternoon: 1}, {morning: 1}).sold == {afternoon: 1}
    assert matched({morning: 1}, {afternoon: 1}).sold == {}


# A close


@pytest.mark.parametrize(
    ("legs", "held", "cash", "needs"),
    [
        pytest.param([(STC, 1, C450)], {C450: 1}, 0, set(), id="what is held alone"),
        pytest.param([(BTC, 1, C450)], {C450: -1}, 0, set(), id="what was sold"),
        pytest.param([(STC, 1, C450)], {C450: 1, C460: -1}, 0, {SHORT}, id="the cover of a call"),
        pytest.param([(STC, 1, C450), (BTC, 1, C460)], {C450: 1, C460: -1}, 0, set(), id="a spread, whole"),
        pytest.param([(STC, 100, SPY)], {SPY: 100, C450: -1}, 0, {SHORT}, id="shares under a call"),
        pytest.param([(STC, 100, SPY)], {SPY: 200, C450: -1}, 0, set(), id="shares that cover nothing"),
        pytest.param([(STC, 1, P430)], {P430: 1, P440: -1}, "43999.99", {SHORT}, id="the cover of a put"),
        pytest.param([(STC, 1, P430)], {P430: 1, P440: -1}, 44_000, {COVERED}, id="of a put with its strike in cash"),
        pytest.param([(STC, 1, C450)], {C450: 1, C460: -1, SPY: 100}, 0, set(), id="of a call with shares"),
        pytest.param([(STC, 1, C450)], {C450: 1, C460: -1, C470: 1}, 0, {SPREADS}, id="a nearer bound"),
        pytest.param([(STC, 1, C450), (BTO, 1, C470)], {C450: 1, C460: -1}, 0, {LONG, SPREADS}, id="a roll of a bound"),
        pytest.param([(STC, 1, C450), (BTO, 1, C470)], {C450: 1}, 0, {LONG}, id="a roll"),
        pytest.param([(BTC, 1, C450), (STO, 1, C460)], {C450: -1}, 0, {SHORT}, id="a roll of a naked call"),
        pytest.param([(BTC, 1, C450), (STO, 1, C460)], {C450: -1, SPY: 100}, 0, {COVERED}, id="of a covered one"),
    ],
)
def test_what_a_close_needs_is_what_it_leaves_behind(legs, held, cash, needs):
    assert needed(*legs, held=held, cash=cash) == needs


@pytest.mark.parametrize("kind", [OrderType.MARKET, OrderType.STOP, OrderType.LIMIT, OrderType.STOP_LIMIT])
@pytest.mark.parametrize("action", [BTO, STC])
def test_only_what_opens_at_the_market_needs_the_permission_for_it(kind, action):
    stop = Decimal(1) if "stop" in kind.value else None
    effect = PriceEffect.DEBIT if action == BTO else PriceEffect.CREDIT
    limited = {"price": Decimal(1), "price_effect": effect} if "limit" in kind.value else {}
    made = Ticket((leg(action, 1, C450),), kind, stop=stop, **limited)
    opens_at_the_market = kind in (OrderType.MARKET, OrderType.STOP) and action == BTO
    assert (MARKET in needed(made, held={C450: 1} if action == STC else {})) == opens_at_the_market


# Properties

STRIKES = st.sampled_from(["430", "440", "450", "460"])
OPTIONS = st.builds(option, STRIKES, st.sampled_from(Right), st.sampled_from([EXPIRY, LATER]))
OF_ONE_DAY = st.builds(option, STRIKES, st.sampled_from(Right))  # over several days a worst case is only never too low


def legs_of(options):
    leg = st.tuples(st.sampled_from([BTO, STO]), st.integers(1, 3), options)
    return st.lists(leg, min_size=1, max_size=4, unique_by=lambda each: each[2])


def held_of(options):
    held = st.dictionaries(st.one_of(options, st.just(SPY)), st.integers(-3, 3), max_size=4)
    return held.map(lambda held: {each: n * (100 if each == SPY else 1) for each, n in held.items()})


LEGS, HELD = legs_of(OPTIONS), held_of(OPTIONS)


def signed(made: Ticket) -> Trade:
    return Trade({leg.instrument: leg.quantity if leg.action.buys else -leg.quantity for leg in made.legs}, ZERO)


@given(legs_of(OF_ONE_DAY))
def test_what_needs_no_more_than_spreads_can_lose_no_more_than_between_its_strikes(legs):
    made = ticket(*legs)
    if needed(made) <= {LONG, SPREADS}:
        worst = worst_case(NOTHING, (signed(made),))
        assert not worst.unlimited
        most = sum(3 * 100 * 30 for each in made.legs if not each.action.buys)  # strikes lie 30 apart at most
        assert worst.counted_usd <= most


@given(legs_of(OF_ONE_DAY), held_of(OF_ONE_DAY))
def test_an_order_whose_loss_has_no_end_needs_the_permission_for_short_options(legs, held):
    made = ticket(*legs)
    assume(not any(each.instrument in held for each in made.legs))
    if order_risk(signed(made), Trade(held, ZERO)).unlimited:
        assert SHORT in needed(made, held=held)


@given(held_of(OF_ONE_DAY), st.data())
def test_a_close_after_which_a_loss_has_no_end_needs_it_too(held, data):
    held = {each: n for each, n in held.items() if n}
    assume(held)
    closed = data.draw(st.sampled_from(sorted(held, key=lambda each: each.occ)))
    quantity = data.draw(st.integers(1, abs(held[closed])))
    made = ticket((STC if held[closed] > 0 else BTC, quantity, closed))
    if order_risk(signed(made), Trade(held, ZERO)).unlimited:
        assert SHORT in needed(made, held=held)


@given(LEGS, HELD, st.integers(0, 10), st.integers(0, 200_000))
def test_more_shares_and_more_cash_never_need_more(legs, held, hundreds, cash):
    made = ticket(*legs)
    assume(not any(each.instrument in held for each in made.legs))
    poorer = needed(made, held=held, cash=cash)
    richer = needed(made, held=held | {SPY: max(held.get(SPY, 0), 0) + 100 * hundreds}, cash=cash + 1000)
    assert richer & {SHORT} <= poorer


@given(LEGS, HELD, st.frozensets(st.sampled_from(GRANTABLE)))
def test_the_two_checks_pass_exactly_who_has_what_is_needed(legs, held, permissions):
    made, trader = ticket(*legs), registered(permissions=permissions)
    assume(not any(each.instrument in held for each in made.legs))
    known = facts(made, trader=trader, held=Trade(held, ZERO))
    checks = checks_of(known, Policy(), (RiskCode.TRADE_PERMISSION, RiskCode.SELL_PERMISSION))
    needs = permissions_needed(known)
    may_trade = not with_included(permissions).isdisjoint(TRADING)
    assert all(check.outcome is RiskOutcome.PASSED for check in checks) == (
        may_trade and all(may(trader, each) for each in needs)
    )
    assert (checks[1].outcome is RiskOutcome.PASSED) == all(may(trader, each) for each in needs & SELLING)


# Words


def words(made: Ticket, permissions=(LONG,), code=RiskCode.SELL_PERMISSION, **more):
    trader = evolve(registered(permissions=permissions), name="ann")
    (check,) = checks_of(facts(made, trader=trader, **more), Policy(), (code,))
    return check.detail, check.hint


def test_a_sale_of_what_is_not_held_says_so():
    assert words(ticket((STO, 1, C450)))[0] == (
        "You hold no SPY 450 call Dec 18 2026; this sale would open a short call, and ann may not."
    )
    assert words(ticket((STO, 1, P450)), balances=account(45_000))[0] == (
        "You hold no SPY 450 put Dec 18 2026; this sale would open a cash-secured put, and ann may not."
    )
    assert words(ticket((STO, 1, C450)), held=Trade({C450: -1}, ZERO))[0] == (
        "The sale of SPY 450 call Dec 18 2026 would open a short call, and ann may not."
    )
    assert words(ticket((STO, 9, SPY)), permissions=(SHARES,))[0] == (
        "You hold no SPY shares; this sale would open a short position in shares, and ann may not."
    )


def test_what_is_missing_is_named_with_who_can_give_it_and_what_would_need_less():
    _, hint = words(ticket((STO, 1, C450)))
    assert hint == (
        "Buy an option against it in the same order, or hold the shares or the cash for it. "
        "That takes the permission short_options. A trader who may administer can give it."
    )
    detail, hint = words(ticket((BTO, 5, SPY)), code=RiskCode.TRADE_PERMISSION)
    assert detail == "The order buys SPY shares, and ann may not trade shares."
    assert hint == "That takes the permission shares. A trader who may administer can give it."
    at_market = Ticket((leg(BTO, 1, C450),), OrderType.MARKET)
    detail, hint = words(at_market, code=RiskCode.TRADE_PERMISSION)
    assert detail == "The order would open by a market order, and ann may not."
    assert hint.startswith("Give a limit: '@ natural' trades at once.")


def test_a_close_needs_any_permission_to_trade_and_no_particular_one():
    close = ticket((STC, 1, C450))
    for permission in GRANTABLE:
        trader = registered(permissions=[permission])
        known = facts(close, trader=trader, held=Trade({C450: 1}, ZERO), now=facts().now + timedelta(seconds=1))
        checks = checks_of(known, Policy(), (RiskCode.TRADE_PERMISSION, RiskCode.SELL_PERMISSION))
        assert (checks[0].outcome is RiskOutcome.PASSED) == (permission in TRADING)
        assert checks[1].outcome is RiskOutcome.PASSED
