"""An order without a price becomes a limit at the mid: on a tick, inside the spread, in the trader's favour."""

from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tastyflow.application.intake.net_market import NetMarket, must_fill, net_market
from tastyflow.domain.instruments import EQUITY_TICKS, Equity, EquityOption, Right, net_ticks
from tastyflow.domain.ticket import Action, Leg, OrderType, PriceEffect, Ticket
from tastyflow.domain.venue import Quote
from tastyflow_adapters.exchange.listings import DIMES, NICKELS, PENNIES
from tests.application.kit import CALL, DECEMBER, FRIDAY

CENTS, SPX_TICKS = net_ticks("SPY"), net_ticks("SPX")
RULES = {"pennies": PENNIES, "nickels": NICKELS, "dimes": DIMES, "equity": EQUITY_TICKS, "net": CENTS, "spx": SPX_TICKS}
PUT = EquityOption("SPY", DECEMBER, Right.PUT, Decimal(450))
HIGHER = EquityOption("SPY", DECEMBER, Right.CALL, Decimal(455))


@st.composite
def markets(draw):
    """A tick rule, a bid on a tick and an ask on a later one."""
    rule = draw(st.sampled_from(list(RULES.values())))
    bid = rule.up(Decimal(draw(st.integers(1, 9_000))) / draw(st.sampled_from([100, 1000])))
    ask = bid
    for _ in range(draw(st.integers(1, 12))):
        ask += rule.size_at(ask)
    return rule, bid, ask


def price_of(action, quantity, bid, ask, rule):
    leg = Leg(action, quantity, CALL)
    return net_market([leg], {CALL: Quote(bid, ask, FRIDAY)}).at_mid(rule)


@given(markets(), st.sampled_from(Action), st.integers(1, 30))
def test_the_mid_is_on_a_tick_within_the_spread_and_inside_where_a_tick_lies_inside(market, action, quantity):
    rule, bid, ask = market
    price, effect = price_of(action, quantity, bid, ask, rule)
    assert rule.allows(price)
    assert bid <= price <= ask
    assert effect is (PriceEffect.DEBIT if action.buys else PriceEffect.CREDIT)
    if bid + rule.size_at(bid) < ask:
        assert bid < price < ask


@given(st.integers(1, 90_000), st.integers(1, 300), st.sampled_from(Action))
def test_a_tick_inside_a_spread_of_prices_off_their_ticks_is_found(bid, width, action):
    """As between fractions of cents, where shares are part of the order."""
    low, high = Decimal(bid) / 1000, Decimal(bid + width) / 1000
    price, _ = price_of(action, 1, low, high, PENNIES)
    first_inside = PENNIES.up(low + Decimal("0.001"))
    if first_inside < high:
        assert PENNIES.allows(price)
        assert low < price < high


@given(markets(), st.sampled_from(Action))
def test_the_mid_is_rounded_in_the_traders_favour(market, action):
    rule, bid, ask = market
    assume(bid + rule.size_at(bid) < ask)
    price, _ = price_of(action, 1, bid, ask, rule)
    mid = (bid + ask) / 2
    kinder = rule.down(mid) if action.buys else rule.up(mid)
    assert price == kinder or kinder in (bid, ask)


@given(st.integers(-2_000, 2_000), st.integers(1, 400))
def test_the_net_mid_of_several_legs_lies_between_passive_and_natural(passive, width):
    market = NetMarket(natural=Decimal(passive + width) / 100, passive=Decimal(passive) / 100)
    price, effect = market.at_mid(CENTS)
    signed = price if effect is PriceEffect.DEBIT else -price
    assert price > 0
    assert CENTS.allows(price)
    if market.natural - market.passive > Decimal("0.02") or 0 not in (market.natural, market.passive):
        assert market.passive <= signed <= market.natural
    if market.natural - market.passive > Decimal("0.02"):
        assert market.passive < signed < market.natural or signed in (Decimal("0.01"), Decimal("-0.01"))


def test_a_spread_whose_mid_is_a_credit_is_never_priced_as_a_debit():
    market = NetMarket(natural=Decimal("0.02"), passive=Decimal("-0.10"))
    assert market.at_mid(CENTS) == (Decimal("0.04"), PriceEffect.CREDIT)


@given(st.integers(1, 20), st.sampled_from([(1, 1), (1, 2), (2, 3)]))
def test_the_net_price_is_per_unit_of_the_smallest_ratio(units, ratio):
    near, far = ratio
    legs = [Leg(Action.BUY_TO_OPEN, near * units, CALL), Leg(Action.SELL_TO_OPEN, far * units, HIGHER)]
    quotes = {CALL: Quote(Decimal(8), Decimal("8.10"), FRIDAY), HIGHER: Quote(Decimal(5), Decimal("5.10"), FRIDAY)}
    market = net_market(legs, quotes)
    assert market.natural == near * Decimal("8.10") - far * Decimal(5)
    assert market.passive == near * Decimal(8) - far * Decimal("5.10")


@pytest.mark.parametrize("quote", [None, (0, 1), (1, 0), (2, 1), (0, 0)])
def test_no_two_sided_quote_no_market(quote):
    quotes = {} if quote is None else {CALL: Quote(Decimal(quote[0]), Decimal(quote[1]), FRIDAY)}
    assert net_market([Leg(Action.BUY_TO_OPEN, 1, CALL)], quotes) is None


@given(st.integers(1, 500), st.integers(1, 50), st.integers(1, 600), st.booleans())
def test_a_limit_must_fill_exactly_when_it_reaches_the_other_side(bid, width, price, buys):
    low, high, limit = (Decimal(n) / 100 for n in (bid, bid + width, price))
    action = Action.BUY_TO_OPEN if buys else Action.SELL_TO_OPEN
    effect = PriceEffect.DEBIT if buys else PriceEffect.CREDIT
    ticket = Ticket((Leg(action, 1, CALL),), OrderType.LIMIT, limit, effect)
    assert must_fill(ticket, {CALL: Quote(low, high, FRIDAY)}) is (limit >= high if buys else limit <= low)


def test_a_stop_never_must_fill_and_a_market_order_must_where_there_is_a_market():
    leg = Leg(Action.SELL_TO_CLOSE, 1, Equity("SPY"))
    quotes = {leg.instrument: Quote(Decimal(450), Decimal("450.02"), FRIDAY)}
    assert must_fill(Ticket((leg,), OrderType.MARKET), quotes)
    assert not must_fill(Ticket((leg,), OrderType.MARKET), {})
    assert not must_fill(Ticket((leg,), OrderType.STOP, stop=Decimal(440)), quotes)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("text", "bid", "ask", "price"),
    [
        ("buy 1 SPY 450 call exp Dec 18 2026", "2.50", "2.53", "2.51"),
        ("sell 1 SPY 450 call exp Dec 18 2026", "2.50", "2.53", "2.52"),
        ("buy 1 SPY 450 call exp Dec 18 2026", "2.50", "2.51", "2.50"),
        ("sell 1 SPY 450 call exp Dec 18 2026", "2.50", "2.51", "2.51"),
        ("buy 1 SPY 450 call exp Dec 18 2026 at natural", "2.50", "2.53", "2.53"),
        ("sell 1 SPY 450 call exp Dec 18 2026 at natural", "2.50", "2.53", "2.50"),
    ],
)
async def test_the_desk_prices_what_the_text_does_not(house, text, bid, ask, price):
    house.market.pin(CALL, bid, ask)
    order = await house.once(text)
    assert (order.ticket.order_type, order.ticket.price) == (OrderType.LIMIT, Decimal(price))
    assert any(sentence.startswith("Priced at") for sentence in order.completions)
