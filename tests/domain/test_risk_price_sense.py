"""Whether a price can be meant: against the market, against what the legs can be worth, and the side of a stop."""

from datetime import timedelta
from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tastyflow.domain.halt import Halt
from tastyflow.domain.instruments import Equity, Right
from tastyflow.domain.policy import Policy
from tastyflow.domain.risk.checks import checks_of
from tastyflow.domain.risk.codes import RiskCode
from tastyflow.domain.risk.facts import Facts
from tastyflow.domain.risk.finding import Correction, RiskCheck
from tastyflow.domain.risk.outcomes import Consequence, RiskOutcome
from tastyflow.domain.risk.price_sense import signed_price
from tastyflow.domain.risk.unit_market import market_of
from tastyflow.domain.risk.worst_case import NOTHING
from tastyflow.domain.ticket import Leg, OrderType, PriceEffect, Strategy, Ticket
from tastyflow.domain.venue import Quote
from tests.domain.books import LATER
from tests.domain.makers import NOW, leg, limit, option, registered

PASSED, REFUSED = RiskOutcome.PASSED, RiskOutcome.REFUSED
APPROVAL, COULD_NOT_RUN = RiskOutcome.NEEDS_APPROVAL, RiskOutcome.COULD_NOT_RUN
SPY, PUT = Equity("SPY"), Right.PUT
DEBIT, CREDIT = PriceEffect.DEBIT, PriceEffect.CREDIT


def quote(bid: str, ask: str) -> Quote:
    return Quote(Decimal(bid), Decimal(ask), NOW)


MARKET = {
    option("450"): quote("7.96", "8.07"),
    option("460"): quote("3.90", "4.00"),
    option("470"): quote("1.60", "1.70"),
    option("450", PUT): quote("6.90", "7.00"),
    option("500"): quote("0.20", "0.25"),
    option("505"): quote("0.10", "0.15"),
    option("300"): quote("151.20", "154.00"),
    option("600"): quote("0", "0.05"),
    option("450", expiration=LATER): quote("12.00", "12.30"),
    SPY: quote("452.90", "453.00"),
}


def check(code: RiskCode, ticket: Ticket, policy: Policy | None = None, **changes) -> RiskCheck:
    known = {"quotes": MARKET, "spot": Decimal(453), "held": NOTHING, "could_fill": (), "now": NOW}
    told = Facts(ticket=ticket, strategy=Strategy.SINGLE, trader=registered(), halt=Halt.never(), **(known | changes))
    (found,) = checks_of(told, policy or Policy(), [code])
    return found


def buy(what: str = "450", *, price: str, right: Right = Right.CALL) -> Ticket:
    return limit(leg("buy_to_open", 1, option(what, right)), price=price)


def sell(what: str = "450", *, price: str, right: Right = Right.CALL) -> Ticket:
    return limit(leg("sell_to_close", 1, option(what, right)), price=price, effect="credit")


def stop(action: str, trigger: str, price: str | None = None, what: str = "450") -> Ticket:
    one = leg(action, 1, option(what))
    effect = None if price is None else DEBIT if one.action.buys else CREDIT
    kind = OrderType.STOP if price is None else OrderType.STOP_LIMIT
    return Ticket((one,), kind, None if price is None else Decimal(price), effect, Decimal(trigger))


def spread(low: str, high: str, price: str, *, side: str = "buy", right: Right = Right.CALL, units: int = 1) -> Ticket:
    near, far = ("buy_to_open", "sell_to_open") if side == "buy" else ("sell_to_open", "buy_to_open")
    legs = (leg(near, units, option(low, right)), leg(far, units, option(high, right)))
    return limit(*legs, price=price, effect="debit" if side == "buy" else "credit")


# The market of a ticket


@pytest.mark.parametrize(
    ("ticket", "natural", "passive"),
    [
        (buy(price="1"), "8.07", "7.96"),
        (sell(price="1"), "-7.96", "-8.07"),
        (spread("450", "460", "4"), "4.17", "3.96"),
        (spread("450", "460", "4", units=7), "4.17", "3.96"),
        (spread("450", "460", "4", side="sell"), "-3.96", "-4.17"),
        (limit(leg("buy_to_open", 100, SPY), leg("sell_to_open", 1, option("460")), price="449"), "449.1", "448.9"),
        (buy("600", price="0.05"), "0.05", None),
        (sell("600", price="0.05"), "0", None),
        (buy("610", price="0.05"), None, None),
    ],
)
def test_one_unit_trades_at_the_other_side_of_every_leg(ticket, natural, passive):
    market = market_of(ticket, MARKET)
    assert market.natural == (None if natural is None else Decimal(natural))
    assert market.passive == (None if passive is None else Decimal(passive))


def test_a_crossed_quote_is_no_market():
    assert market_of(buy(price="1"), {option("450"): quote("8", "7")}).natural is None
    assert market_of(buy(price="1"), None).natural is None
    assert market_of(buy(price="1"), {option("450"): quote("8", "0")}).natural is None
    assert market_of(sell(price="1"), {option("450"): quote("8", "0")}).natural == -8


# The collar


@pytest.mark.parametrize(
    ("ticket", "outcome"),
    [
        (buy(price="0.01"), PASSED),  # it merely rests
        (buy(price="8.07"), PASSED),
        (buy(price="8.08"), PASSED),
        (buy(price="8.81"), PASSED),  # within 10 % of mid, 8.015
        (buy(price="8.82"), APPROVAL),
        (buy(price="10.08"), APPROVAL),  # within 25 % of natural, 8.07
        (buy(price="10.09"), REFUSED),
        (buy(price="100"), REFUSED),
        (sell(price="900"), PASSED),
        (sell(price="7.96"), PASSED),
        (sell(price="7.22"), PASSED),
        (sell(price="7.21"), APPROVAL),
        (sell(price="5.97"), APPROVAL),
        (sell(price="5.96"), REFUSED),
        (sell(price="0.01"), REFUSED),
        (buy("500", price="0.27"), PASSED),  # a nickel is always near: mid 0.225
        (buy("500", price="0.28"), APPROVAL),
        (buy("500", price="0.30"), APPROVAL),
        (buy("500", price="0.32"), REFUSED),
        (buy("505", price="0.175"), PASSED),  # at the edge: mid 0.125
        (buy("505", price="0.1751"), APPROVAL),
        (buy("505", price="0.20"), APPROVAL),  # a nickel beyond natural is never out of the question
        (buy("505", price="0.2001"), REFUSED),
        (sell("600", price="0.01"), PASSED),  # nobody bids: nothing is given away
        (buy("600", price="0.05"), PASSED),
        (buy("600", price="0.06"), COULD_NOT_RUN),
        (buy("600", price="1"), REFUSED),
        (spread("450", "460", "4.17"), PASSED),
        (spread("450", "460", "4.47"), PASSED),  # mid 4.065
        (spread("450", "460", "4.48"), APPROVAL),
        (spread("450", "460", "5.22"), REFUSED),
        (spread("450", "460", "3.66", side="sell"), PASSED),
        (spread("450", "460", "3.65", side="sell"), APPROVAL),
        (spread("450", "460", "2.96", side="sell"), REFUSED),
        (limit(leg("buy_to_open", 100, SPY), leg("sell_to_open", 1, option("460")), price="600"), REFUSED),
        (limit(leg("buy_to_open", 10, SPY), price="453"), PASSED),
        (limit(leg("buy_to_open", 10, SPY), price="500"), APPROVAL),
        (limit(leg("buy_to_open", 10, SPY), price="567"), REFUSED),
        (Ticket((leg("buy_to_open", 1, option("450")),), OrderType.MARKET), PASSED),
        # behind a trigger, the limit is judged by the trigger
        (stop("buy_to_open", "12", "12.50"), PASSED),
        (stop("buy_to_open", "12", "15.01"), REFUSED),
        (stop("sell_to_close", "5", "4.90"), PASSED),
        (stop("sell_to_close", "5", "3.74"), REFUSED),
    ],
)
def test_a_limit_is_held_against_what_trades_now_on_the_side_that_hurts(ticket, outcome):
    assert check(RiskCode.COLLAR, ticket).outcome is outcome


def test_the_collar_says_what_the_price_gives_away_and_offers_the_market():
    refused = check(RiskCode.COLLAR, buy(price="100"))
    assert refused.detail == "A limit of 100 is 91.93 worse than what trades now (7.96 / 8.07)."
    assert refused.inputs == {"limit": "100", "market": "7.96 / 8.07", "worse_than_natural": "91.93"}
    assert refused.corrections == (Correction(Decimal("8.07"), DEBIT),)
    assert check(RiskCode.COLLAR, sell(price="0.01")).corrections == (Correction(Decimal("7.96"), CREDIT),)
    wanting = check(RiskCode.COLLAR, spread("450", "460", "4.48"))
    assert wanting.corrections == (Correction(Decimal("4.17"), DEBIT),)
    assert check(RiskCode.COLLAR, stop("buy_to_open", "12", "20")).corrections == (
        Correction(Decimal(12), DEBIT, Decimal(12)),
    )


def test_policy_sets_the_bands_and_what_lies_between_them():
    assert check(RiskCode.COLLAR, buy(price="8.08"), Policy(collar_pct=Decimal(0))).outcome is APPROVAL
    assert not check(RiskCode.COLLAR, buy(price="8.82"), Policy(beyond_collar=Consequence.WARN)).blocks
    assert check(RiskCode.COLLAR, buy(price="8.82"), Policy(beyond_collar=Consequence.REFUSE)).outcome is REFUSED
    assert check(RiskCode.COLLAR, buy(price="8.82"), Policy(hard_collar_pct=Decimal(5))).outcome is REFUSED
    assert check(RiskCode.COLLAR, buy(price="100"), Policy(hard_collar_pct=Decimal(9999))).outcome is APPROVAL


CENTS = st.integers(1, 3000).map(lambda n: Decimal(n) / 100)
HARSH = (PASSED, APPROVAL, REFUSED)


@given(CENTS, CENTS, CENTS, CENTS, st.booleans())
def test_what_is_no_worse_than_the_market_passes_and_worse_is_never_judged_better(bid, wide, price, more, buys):
    quotes = {option("450"): Quote(bid, bid + wide, NOW)}
    ticket = buy(price=str(price)) if buys else sell(price=str(price))
    worse = price + more if buys else price - more
    found = check(RiskCode.COLLAR, ticket, quotes=quotes).outcome
    if price <= bid + wide if buys else price >= bid:
        assert found is PASSED
    if worse > 0:
        beyond = evolve(ticket, price=worse)
        assert HARSH.index(check(RiskCode.COLLAR, beyond, quotes=quotes).outcome) >= HARSH.index(found)


@given(CENTS, CENTS, CENTS, st.booleans())
def test_a_price_that_the_collar_offers_passes_it(bid, wide, price, buys):
    quotes = {option("450"): Quote(bid, bid + wide, NOW)}
    ticket = buy(price=str(price)) if buys else sell(price=str(price))
    for offer in check(RiskCode.COLLAR, ticket, quotes=quotes).corrections:
        better = evolve(ticket, price=offer.price, price_effect=offer.price_effect, stop=offer.stop)
        assert check(RiskCode.COLLAR, better, quotes=quotes).outcome is PASSED


# Quotes


@pytest.mark.parametrize(("age", "fresh"), [(0, True), (5, True), (5.1, False)])
def test_old_quotes_are_told(age, fresh):
    found = check(RiskCode.QUOTE_AGE, buy(price="8"), now=NOW + timedelta(seconds=age))
    assert (found.outcome, found.warning) == (PASSED, not fresh)
    two = {**MARKET, option("460"): evolve(MARKET[option("460")], at=NOW - timedelta(seconds=6))}
    assert check(RiskCode.QUOTE_AGE, spread("450", "460", "4"), quotes=two).warning
    assert check(RiskCode.QUOTE_AGE, buy("610", price="8")).outcome is COULD_NOT_RUN


@pytest.mark.parametrize(("bid", "ask", "wide"), [("0.85", "1.15", False), ("0.84", "1.14", True), ("1", "1", False)])
def test_a_wide_market_is_told(bid, ask, wide):
    found = check(RiskCode.SPREAD_WIDTH, buy(price="1"), quotes={option("450"): quote(bid, ask)})
    assert (found.outcome, found.warning) == (PASSED, wide)
    assert check(RiskCode.SPREAD_WIDTH, buy("600", price="1")).outcome is COULD_NOT_RUN
    asked = Policy(wide_spread=Consequence.APPROVAL, spread_pct=Decimal(1))
    assert check(RiskCode.SPREAD_WIDTH, buy(price="8"), asked).outcome is APPROVAL


# Stops


@pytest.mark.parametrize(
    ("ticket", "outcome"),
    [
        (stop("sell_to_close", "7.95"), PASSED),
        (stop("sell_to_close", "7.96"), REFUSED),
        (stop("sell_to_close", "20"), REFUSED),
        (stop("buy_to_open", "8.08"), PASSED),
        (stop("buy_to_open", "8.07"), REFUSED),
        (stop("buy_to_open", "1"), REFUSED),
        (stop("sell_to_close", "20", "19"), REFUSED),
        (stop("buy_to_open", "1", "2"), REFUSED),
        (stop("sell_to_close", "5", "4.90"), PASSED),
        (stop("sell_to_close", "1", what="600"), COULD_NOT_RUN),
        (stop("buy_to_open", "1", what="610"), COULD_NOT_RUN),
        (buy(price="8"), PASSED),
    ],
)
def test_a_stop_waits_on_its_side_of_the_market(ticket, outcome):
    assert check(RiskCode.STOP_SIDE, ticket).outcome is outcome


@pytest.mark.parametrize(
    ("side", "trigger", "outcome"),
    [("buy", "4.18", PASSED), ("buy", "4.17", REFUSED), ("sell", "3.95", PASSED), ("sell", "3.96", REFUSED)],
)
def test_a_stop_on_a_net_price_waits_too(side, trigger, outcome):
    ticket = spread("450", "460", "4", side=side)
    stopped = evolve(ticket, order_type=OrderType.STOP_LIMIT, stop=Decimal(trigger))
    assert check(RiskCode.STOP_SIDE, stopped).outcome is outcome


def test_a_stop_on_the_wrong_side_is_offered_as_a_limit():
    found = check(RiskCode.STOP_SIDE, stop("sell_to_close", "20"))
    assert found.detail == "A stop at 20 would fire at once: the market is 7.96 / 8.07."
    assert found.corrections == (Correction(Decimal(20), CREDIT),)
    assert check(RiskCode.STOP_SIDE, stop("buy_to_open", "1", "2")).corrections == (Correction(Decimal(1), DEBIT),)


# What the legs can ever be worth

BUTTERFLY = (
    leg("buy_to_open", 1, option("450")),
    leg("sell_to_open", 2, option("460")),
    leg("buy_to_open", 1, option("470")),
)
CONDOR = (
    leg("sell_to_open", 2, option("435", PUT)),
    leg("buy_to_open", 2, option("430", PUT)),
    leg("sell_to_open", 2, option("465")),
    leg("buy_to_open", 2, option("470")),
)


def priced(legs: tuple[Leg, ...], price: str, effect: str) -> Ticket:
    return limit(*legs, price=price, effect=effect)


@pytest.mark.parametrize(
    ("ticket", "possible"),
    [
        (spread("500", "505", "4.99"), True),
        (spread("500", "505", "5"), True),
        (spread("500", "505", "5.01"), False),
        (spread("500", "505", "120"), False),
        (spread("500", "505", "120", side="sell"), False),  # it would never fill: a mistake all the same
        (spread("500", "505", "5", side="sell"), True),
        (spread("505", "500", "5.01", right=PUT), False),
        (priced(BUTTERFLY, "10", "debit"), True),
        (priced(BUTTERFLY, "10.01", "debit"), False),
        (priced(CONDOR, "5", "credit"), True),
        (priced(CONDOR, "5.01", "credit"), False),
        (buy(right=PUT, price="450"), True),
        (buy(right=PUT, price="450.01"), False),
        (sell(right=PUT, price="450.01"), False),
        (buy(price="453"), True),
        (buy(price="453.01"), False),  # a call costs no more than the underlying
        (sell(price="453.01"), True),
        (sell(price="3"), True),  # its intrinsic value
        (sell(price="2.99"), False),
        (sell(right=PUT, price="0.01"), True),  # out of the money
        (sell("300", price="151.20"), True),  # below intrinsic value, and what is bid
        (sell("300", price="151.19"), False),
        (limit(leg("buy_to_open", 100, SPY), leg("sell_to_open", 1, option("460")), price="460"), True),
        (limit(leg("buy_to_open", 100, SPY), leg("sell_to_open", 1, option("460")), price="460.01"), False),
        (limit(leg("buy_to_open", 1, SPY), price="9999"), True),  # shares have no bound
        (limit(*(leg("buy_to_open", 1, option("450", right)) for right in Right), price="900"), True),
        (Ticket((leg("buy_to_open", 1, option("450")),), OrderType.MARKET), True),
        (
            limit(
                leg("sell_to_open", 1, option("450")),
                leg("buy_to_open", 1, option("450", expiration=LATER)),
                price="99",
            ),
            True,
        ),
    ],
)
def test_a_limit_lies_within_what_the_legs_can_ever_be_worth(ticket, possible):
    found = check(RiskCode.POSSIBLE_PRICE, ticket)
    assert found.outcome is (PASSED if possible else REFUSED)


def test_dollars_for_the_contract_are_offered_as_the_price_of_a_share_and_so_is_the_market():
    found = check(RiskCode.POSSIBLE_PRICE, spread("500", "505", "120"))
    assert found.detail == "120 is more than it can ever be worth: 5."
    assert found.hint == "Prices are per share: $120 a contract is 1.20."
    assert found.corrections == (Correction(Decimal("1.2"), DEBIT), Correction(Decimal("0.15"), DEBIT))
    assert found.inputs == {"limit": "120", "bound": "5"}
    sold = check(RiskCode.POSSIBLE_PRICE, spread("500", "505", "120", side="sell"))
    assert sold.corrections[0] == Correction(Decimal("1.2"), CREDIT)
    off_tick = check(RiskCode.POSSIBLE_PRICE, spread("500", "505", "120.5"))
    assert [offer.price for offer in off_tick.corrections] == [Decimal("0.15")]
    still_too_much = check(RiskCode.POSSIBLE_PRICE, spread("500", "505", "1000"))
    assert [offer.price for offer in still_too_much.corrections] == [Decimal("0.15")]


def test_without_the_price_of_the_underlying_one_option_is_not_judged_by_it():
    assert check(RiskCode.POSSIBLE_PRICE, buy(price="999"), spot=None).outcome is COULD_NOT_RUN
    assert check(RiskCode.POSSIBLE_PRICE, spread("500", "505", "5"), spot=None).outcome is PASSED
    assert check(RiskCode.POSSIBLE_PRICE, sell(price="2.99"), quotes={}).outcome is REFUSED


def test_a_signed_price_is_paid_positive_and_received_negative():
    assert (signed_price(buy(price="8")), signed_price(sell(price="8"))) == (8, -8)
    assert signed_price(stop("sell_to_close", "5")) is None
