"""Completing orders of several legs: listed or not, one expiration or two, and priced as a whole."""

from datetime import date
from decimal import Decimal

import pytest
from attrs import define, evolve, field

from tastyflow.application.account.view import AccountView
from tastyflow.application.intake.completion import Completer
from tastyflow.application.intake.listed_legs import find
from tastyflow.application.intake.unsettled import Unsettled
from tastyflow.domain.commands import AskedAction, AskedLeg, AskedOption, AskedShares, DaysOut, PlaceOrder
from tastyflow.domain.instruments import Equity, Right
from tastyflow.domain.risk.worst_case import NOTHING, Trade, order_risk
from tastyflow.domain.ticket import Duration, OrderType, PriceEffect, Strategy, TimeInForce
from tastyflow.errors import Refused
from tastyflow_adapters.fake import FakeBroker, FakeMarket
from tests.application.kit import DECEMBER, PRODUCTION, SkippingClock

pytestmark = pytest.mark.anyio

BUY, SELL = AskedAction.BUY_TO_OPEN, AskedAction.SELL_TO_OPEN
CALL, PUT = Right.CALL, Right.PUT
UNLISTED, JANUARY = date(2026, 12, 16), date(2027, 1, 15)


@define
class Remembering:
    """A language that keeps the commands it was asked to say."""

    said: list[PlaceOrder] = field(factory=list)

    def render(self, command, *, as_of):
        self.said.append(command)
        return f"order {len(self.said)}"

    def parse(self, text, *, as_of):
        return self.said[int(text.removeprefix("order ")) - 1]


def is_listed(offer, chain, now):
    try:
        find(offer, chain, now)
    except Unsettled:
        return False
    return True


@pytest.fixture
def clock():
    return SkippingClock()


@pytest.fixture
def market(clock):
    return FakeMarket(clock)


@pytest.fixture
def language():
    return Remembering()


@pytest.fixture
def completer(clock, market, language):
    account = FakeBroker(PRODUCTION, clock, market)
    return Completer(market=market, account=AccountView(account, clock), language=language, clock=clock)


def option(action, strike, right=CALL, *, day=DECEMBER, symbol="SPY", quantity=1):
    return AskedLeg(action, quantity, AskedOption(symbol, right, Decimal(strike), day))


def shares(action, quantity=100, symbol="SPY"):
    return AskedLeg(action, quantity, AskedShares(symbol))


def order(*legs, strategy=Strategy.CUSTOM, price=None, effect=None):
    kind = None if price is None else OrderType.LIMIT
    return PlaceOrder(legs, strategy, kind, price and Decimal(price), effect)


VERTICAL = [option(BUY, "450.5"), option(SELL, "455")]
STRADDLE = [option(BUY, "450.5"), option(BUY, "450.5", PUT)]
COVERED = [shares(BUY), option(SELL, "450.5")]
CONDOR = [option(SELL, "440.5", PUT), option(BUY, "435", PUT), option(SELL, "460"), option(BUY, "465")]


@pytest.mark.parametrize(
    "legs", [VERTICAL, STRADDLE, COVERED, CONDOR], ids=["vertical", "straddle", "covered", "condor"]
)
async def test_an_unlisted_strike_offers_whole_orders_that_are_listed(completer, language, market, clock, legs):
    with pytest.raises(Refused) as no:
        await completer.complete(order(*legs))
    assert no.value.code == "strike_not_listed"
    assert len(no.value.suggestions) == len(language.said) == 3
    chain = market.chain_now("SPY")
    for offer in language.said:
        assert is_listed(offer, chain, clock.now())
        assert [(leg.action, leg.quantity) for leg in offer.legs] == [(leg.action, leg.quantity) for leg in legs]
    if legs is STRADDLE:
        assert all(len({leg.instrument.strike for leg in offer.legs}) == 1 for offer in language.said)


async def test_a_strike_that_another_leg_has_or_that_turns_the_trade_round_is_not_offered(completer, language):
    with pytest.raises(Refused):
        await completer.complete(order(option(BUY, "450.5"), option(SELL, "451")))
    assert [offer.legs[0].instrument.strike for offer in language.said] == [450, 449, 448]  # at 452 it would be sold


@pytest.mark.parametrize(
    "legs",
    [
        [option(BUY, "190", day=UNLISTED, symbol="AAPL"), option(SELL, "200", day=UNLISTED, symbol="AAPL")],
        [option(SELL, "190", day=UNLISTED, symbol="AAPL"), option(BUY, "190", day=JANUARY, symbol="AAPL")],
        [shares(BUY, symbol="AAPL"), option(SELL, "190", day=UNLISTED, symbol="AAPL")],
    ],
    ids=["vertical", "calendar", "covered"],
)
async def test_an_unlisted_expiration_offers_whole_orders_that_are_listed(completer, language, market, clock, legs):
    with pytest.raises(Refused) as no:
        await completer.complete(order(*legs))
    assert no.value.code == "expiration_not_listed"
    assert len(language.said) == 3
    for offer in language.said:
        assert is_listed(offer, market.chain_now("AAPL"), clock.now())
    assert language.said[0].legs[-1].instrument.expiration in (DECEMBER, JANUARY)


async def test_an_expiration_that_lacks_the_strike_is_not_offered(completer, language, market):
    beyond = date(2027, 12, 16)
    sparse = next(e for e in market.chain_now("SPY").expirations if e.day > date(2027, 12, 10))
    assert Decimal(451) not in sparse.strikes
    with pytest.raises(Refused):
        await completer.complete(order(option(BUY, "451", day=beyond)))
    assert sparse.day not in [offer.legs[0].instrument.expiration for offer in language.said]


async def test_the_nearest_expiration_is_said_once_for_all_legs(completer):
    near = DaysOut(28)
    done = await completer.complete(order(option(BUY, 450, day=near), option(SELL, 455, day=near)))
    assert {leg.instrument.expiration for leg in done.ticket.legs} == {DECEMBER}
    assert [sentence for sentence in done.completions if "nearest" in sentence] == [
        "The listed expiration nearest to 28 days is Fri Dec 18 2026."
    ]


async def test_an_index_weekly_is_found_under_its_root_and_said(completer):
    day = date(2026, 11, 24)
    done = await completer.complete(order(option(BUY, 4500, day=day, symbol="SPX")))
    assert done.ticket.legs[0].instrument.root == "SPXW"
    assert "Nov 24 is listed under the root SPXW." in done.completions


async def test_an_index_has_no_shares(completer):
    with pytest.raises(Refused) as no:
        await completer.complete(order(shares(BUY, symbol="SPX")))
    assert no.value.code == "no_shares"


async def test_shares_sold_in_a_combination_count_at_its_price_and_are_covered_by_its_call(completer, market):
    market.pin(Equity("SPY"), "0", "0")
    combination = order(shares(SELL), option(BUY, 450), price="440", effect=PriceEffect.CREDIT)
    done = await completer.complete(combination)
    risk = order_risk(Trade.of(done.ticket, done.quotes), NOTHING)
    assert (risk.unlimited, risk.added_usd) == (False, 1_000)  # bought back at 450 at the worst, sold at 440


async def test_a_net_price_goes_by_cents(completer):
    with pytest.raises(Refused) as no:
        await completer.complete(order(option(BUY, 450), option(SELL, 455), price="2.505", effect=PriceEffect.DEBIT))
    assert no.value.code == "off_tick"


async def test_a_spread_without_a_price_is_priced_between_its_sides(completer, market):
    done = await completer.complete(order(option(BUY, 450), option(SELL, 455)))
    quotes = market.quotes_now([leg.instrument for leg in done.ticket.legs])
    long, short = (quotes[leg.instrument] for leg in done.ticket.legs)
    assert done.ticket.price_effect is PriceEffect.DEBIT
    assert long.bid - short.ask < done.ticket.price < long.ask - short.bid


async def test_what_cannot_be_a_ticket_is_refused_with_its_reason(completer):
    overnight = evolve(order(option(BUY, 450), option(SELL, 455)), time_in_force=TimeInForce(Duration.EXT))
    with pytest.raises(Refused) as no:
        await completer.complete(overnight)
    assert (no.value.code, no.value.message) == ("bad_ticket", "Extended hours are for shares alone.")


async def test_one_contract_is_one_leg(completer):
    with pytest.raises(Refused) as no:
        await completer.complete(order(option(BUY, 450), option(SELL, 450)))
    assert no.value.code == "same_contract"
